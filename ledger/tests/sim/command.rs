//! What `make ledger-sim` runs: as many worlds as one likes, or one with its trace.
use std::env::var;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{available_parallelism, scope};
use std::time::Instant;

use vaidya_ledger::pbft::Mutant;

use crate::scenario::Scenario;
use crate::world::World;

fn number(name: &str) -> Option<u64> {
    var(name).ok()?.parse().ok()
}

fn scenario(seed: u64) -> Scenario {
    let named = var("MUTANT").unwrap_or_default();
    let mutant = Mutant::ALL.iter().copied().find(|it| format!("{it:?}") == named);
    assert!(named.is_empty() || mutant.is_some(), "there is no mutant {named}; there are {:?}", Mutant::ALL);
    Scenario { mutant, ..Scenario::of(seed) }
}

#[test]
#[ignore = "make ledger-sim"]
#[expect(clippy::disallowed_methods, clippy::print_stdout, reason = "a command says how fast it is")]
fn worlds() {
    let (first, count) = (number("FIRST").unwrap_or(0), number("SEEDS").unwrap_or(2_000));
    let (next, broken, start) = (AtomicU64::new(first), AtomicU64::new(0), Instant::now());
    scope(|scope| {
        for _ in 0..available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= first + count {
                        break;
                    }
                    for violation in &World::new(scenario(seed)).run().violations {
                        broken.fetch_add(1, Ordering::Relaxed);
                        println!("SEED={seed} at {} ms: {:?}: {}", violation.at, violation.promise, violation.what);
                    }
                }
            });
        }
    });
    let (seconds, broken) = (start.elapsed().as_secs_f64(), broken.into_inner());
    println!("{count} seeds from {first}: {broken} violations, {:.1} seeds/s", count as f64 / seconds);
    assert_eq!(broken, 0, "replay one with make ledger-sim SEED=…");
}

#[test]
#[ignore = "make ledger-sim SEED=…"]
#[expect(clippy::print_stdout, reason = "a world that is replayed is looked at")]
fn one_world() {
    let seed = number("SEED").unwrap_or(0);
    let scenario = scenario(seed);
    println!("{scenario:#?}");
    let outcome = World::new(scenario).loud().run();
    println!("{outcome:#?}");
    assert!(outcome.violations.is_empty());
}
