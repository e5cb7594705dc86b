//! Worlds in which everything goes wrong at once, and nothing that was promised may break.
use crate::scenario::Scenario;
use crate::world::{Outcome, World};

pub(crate) fn world(seed: u64) -> Outcome {
    World::new(Scenario::of(seed)).run()
}

/// Runs the worlds of these numbers; fails with the numbers that broke a promise.
fn nothing_breaks(seeds: std::ops::Range<u64>) {
    let broken: Vec<_> = seeds.map(|seed| (seed, world(seed))).filter(|(_, it)| !it.violations.is_empty()).collect();
    let said: Vec<_> = broken.iter().map(|(seed, it)| format!("seed {seed}: {:?}", it.violations)).collect();
    assert!(said.is_empty(), "{}", said.join("\n"));
}

#[test]
fn a_calm_world_does_what_its_clients_want() {
    let outcome = World::new(Scenario::calm(1)).run();
    assert!(outcome.violations.is_empty(), "{:?}", outcome.violations);
    assert_eq!((outcome.entries, outcome.views), (18, 0));
}

#[test]
fn the_same_number_is_the_same_world_bit_for_bit() {
    for seed in 0..10 {
        assert_eq!(world(seed).trace, world(seed).trace, "seed {seed}");
    }
    assert_ne!(world(1).trace, world(2).trace);
}

macro_rules! worlds {
    ($($name:ident: $from:literal..$to:literal,)+) => {
        $(#[test]
        fn $name() {
            nothing_breaks($from..$to);
        })+
    };
}

worlds! {
    nothing_breaks_in_worlds_0_to_199: 0..200,
}
