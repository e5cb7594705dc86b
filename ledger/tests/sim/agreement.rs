//! Worlds in which everything goes wrong at once, and nothing that was promised may break.
use crate::byzantine::Vice;
use crate::disk::Damage;
use crate::scenario::{Crash, Scenario};
use crate::world::{Outcome, World};

fn world(seed: u64) -> Outcome {
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
    for seed in 0..20 {
        assert_eq!(world(seed).trace, world(seed).trace, "seed {seed}");
    }
    assert_ne!(world(1).trace, world(2).trace);
}

#[test]
fn no_more_than_f_are_ever_faulty() {
    for seed in 0..10_000 {
        let scenario = Scenario::of(seed);
        assert!(scenario.faulty() <= scenario.faulty_at_most(), "seed {seed}");
    }
}

#[test]
fn every_vice_and_every_damage_is_drawn() {
    let scenarios: Vec<_> = (0..2_000).map(Scenario::of).collect();
    for vice in Vice::ALL {
        assert!(scenarios.iter().any(|it| it.vices.values().any(|drawn| *drawn == vice)), "{vice:?}");
    }
    for damage in [Damage::BitFlip, Damage::Empty, Damage::LyingSync] {
        let drawn = |it: &Scenario| it.crashes.iter().any(|crash| crash.damage == Some(damage));
        assert!(scenarios.iter().any(drawn), "{damage:?}");
    }
}

#[test]
fn a_primary_that_tells_everyone_both_is_caught_by_everyone() {
    for seed in 0..8 {
        let vices = [(0, Vice::EquivocateOpenly)].into();
        let outcome = World::new(Scenario { vices, ..Scenario::calm(seed) }).run();
        assert!(outcome.violations.is_empty(), "{:?}", outcome.violations);
        assert!(outcome.evidence >= 3, "seed {seed}: {} contradictions were found", outcome.evidence);
    }
}

/// A small world in which this validator loses power after so many outputs; whether it came to that.
fn survives(calm: &Scenario, node: usize, outputs: usize) -> bool {
    let crash = Crash { at: 0, node, outputs, down: 150, damage: None };
    let mut scenario = calm.clone();
    scenario.crashes.push(crash);
    let (planned, outcome) = (scenario.crashes.len(), World::new(scenario).run());
    assert!(outcome.violations.is_empty(), "{node} after {outputs} outputs: {:?}", outcome.violations);
    outcome.crashes == planned
}

fn small(seed: u64) -> Scenario {
    Scenario { clients: 2, entries: 4, sync: (2, 6), ..Scenario::calm(seed) }
}

#[test]
fn a_primary_may_crash_after_any_output() {
    let boundaries = (0..).take_while(|outputs| survives(&small(3), 0, *outputs)).count();
    assert!(boundaries > 40, "{boundaries} outputs are too few to prove anything");
}

#[test]
fn a_backup_may_crash_after_any_output() {
    let boundaries = (0..).take_while(|outputs| survives(&small(4), 2, *outputs)).count();
    assert!(boundaries > 40, "{boundaries} outputs are too few to prove anything");
}

#[test]
fn the_next_primary_may_crash_after_any_output_of_a_view_change() {
    let dead = Crash { at: 25, node: 0, outputs: 0, down: 3_000, damage: None };
    let calm = Scenario { crashes: vec![dead], ..small(5) };
    let boundaries = (0..).take_while(|outputs| survives(&calm, 1, *outputs)).count();
    assert!(boundaries > 40, "{boundaries} outputs are too few to prove anything");
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
    nothing_breaks_in_worlds_200_to_399: 200..400,
    nothing_breaks_in_worlds_400_to_599: 400..600,
    nothing_breaks_in_worlds_600_to_799: 600..800,
    nothing_breaks_in_worlds_800_to_999: 800..1_000,
    nothing_breaks_in_worlds_1000_to_1199: 1_000..1_200,
    nothing_breaks_in_worlds_1200_to_1399: 1_200..1_400,
    nothing_breaks_in_worlds_1400_to_1599: 1_400..1_600,
    nothing_breaks_in_worlds_1600_to_1799: 1_600..1_800,
    nothing_breaks_in_worlds_1800_to_1999: 1_800..2_000,
}
