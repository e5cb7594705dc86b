//! Requests are ordered and executed: once each, in one order, whatever is lost.
use super::*;

#[test]
fn four_replicas_order_and_execute_a_request() {
    let mut world = World::new(4, one_each());
    world.request(1);
    for at in 0..4 {
        assert_eq!(world.log(at), [tx(1)]);
        assert_eq!(world.nodes[at].replica.stable(), 1, "and its checkpoint is stable");
    }
    world.agree();
}

#[test]
fn a_hundred_requests_are_executed_once_each_in_one_order() {
    for every in [1, 2, 4] {
        let mut world = World::new(4, Limits { checkpoint_every: every, ..one_each() });
        (1..=100).for_each(|number| world.request(number));
        (1..=100).for_each(|number| world.request(number));
        world.tick(100);
        world.agree();
        (0..4).for_each(|at| {
            let mut log = world.log(at);
            assert_eq!(log.len(), 100, "checkpoint every {every}");
            log.sort();
            log.dedup();
            assert_eq!(log.len(), 100);
        });
    }
}

#[test]
fn a_third_of_all_messages_lost_is_no_loss() {
    for seed in 1..=20u64 {
        let mut world = World::new(4, one_each());
        let mut luck = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        world.filter = Box::new(move |_, _, _| {
            luck ^= luck << 13;
            luck ^= luck >> 7;
            luck ^= luck << 17;
            luck % 10 >= 3
        });
        (1..=20).for_each(|number| world.request(number));
        world.tick(3_000);
        (0..4).for_each(|at| assert_eq!(world.log(at).len(), 20, "seed {seed}, node {at}"));
        world.agree();
    }
}

#[test]
fn nothing_grows_without_end() {
    let mut world = World::new(4, one_each());
    for number in 1..=300 {
        world.request(number);
        assert!(world.nodes.iter().all(|node| node.replica.held() < 200), "at {number}");
    }
    assert!(world.nodes.iter().all(|node| node.records.len() < 30));
}

#[test]
fn what_a_set_ends_with_is_the_last_it_executes() {
    let mut world = World::new(4, Limits { checkpoint_every: 4, ..one_each() });
    world.ends = Some(2);
    (1..=9).for_each(|number| world.request(number));
    world.tick(100);
    for node in &world.nodes {
        assert_eq!(
            node.replica.executed().seq,
            4,
            "the checkpoint after the change, filled up with empty blocks if need be"
        );
        assert_eq!(node.stables.keys().copied().collect::<Vec<_>>(), [4]);
    }
    world.agree();
}
