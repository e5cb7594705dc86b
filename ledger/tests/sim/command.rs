//! What `make ledger-sim` runs: as many worlds as one likes, or one with its trace.
use std::env::var;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{available_parallelism, scope};
use std::time::Instant;

use vaidya_ledger::pbft::Mutant;

use crate::scenario::Scenario;
use crate::world::{Outcome, World};

/// What all worlds did together.
#[derive(Default)]
struct Sum {
    violations: usize,
    blocks: u64,
    entries: usize,
    messages: u64,
    evidence: usize,
    slowest: (u64, u64),
}

impl Sum {
    fn add(&mut self, seed: u64, outcome: &Outcome) {
        self.violations += outcome.violations.len();
        self.blocks += outcome.blocks;
        self.entries += outcome.entries;
        self.messages += outcome.events;
        self.evidence += outcome.evidence;
        self.slowest = self.slowest.max((outcome.took, seed));
    }
}

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
    let (next, sum, start) = (AtomicU64::new(first), Mutex::new(Sum::default()), Instant::now());
    scope(|scope| {
        for _ in 0..available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some(seed) = Some(next.fetch_add(1, Ordering::Relaxed)).filter(|it| *it < first + count) {
                    let outcome = World::new(scenario(seed)).run();
                    sum.lock().unwrap().add(seed, &outcome);
                    for it in &outcome.violations {
                        println!("SEED={seed} at {} ms: {:?}: {}", it.at, it.promise, it.what);
                    }
                }
            });
        }
    });
    let (seconds, sum) = (start.elapsed().as_secs_f64(), sum.into_inner().unwrap());
    let Sum { violations, blocks, entries, messages, evidence, slowest } = sum;
    println!("{blocks} blocks of {entries} entries in {messages} events, {evidence} contradictions caught");
    println!("longest: {} simulated seconds, seed {}", slowest.0 / 1_000, slowest.1);
    println!("{count} seeds from {first}: {violations} violations, {:.1} seeds/s", count as f64 / seconds);
    assert_eq!(violations, 0, "replay one with make ledger-sim SEED=…");
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
