//! Worlds that found something, and what. They are run again as they were.
use crate::scenario::Scenario;
use crate::world::World;

fn holds(seed: u64) {
    let outcome = World::new(Scenario::of(seed)).run();
    assert!(outcome.violations.is_empty(), "seed {seed}: {:?}", outcome.violations);
}

#[test]
fn votes_are_not_dropped_before_the_checkpoint_that_replaces_them_is_on_disk() {
    [3_273, 3_690].into_iter().for_each(holds);
}

#[test]
fn a_liar_in_a_network_slower_than_the_first_timeout_only_takes_time() {
    [201, 238].into_iter().for_each(holds);
}

#[test]
fn worlds_that_ran_longest_come_to_their_end() {
    [1_387, 120, 165].into_iter().for_each(holds);
}
