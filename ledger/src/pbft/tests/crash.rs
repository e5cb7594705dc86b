//! Replicas that crash, sleep or lose their disk, and what they learn from peers.
use super::*;

#[test]
fn everyone_can_crash_at_once_and_go_on() {
    for every in [1, 2] {
        let mut world = World::new(4, Limits { checkpoint_every: every, ..one_each() });
        world.request(1);
        world.filter = Box::new(|_, _, frame| !matches!(frame, Frame::Commit(_)));
        world.request(2);
        (0..4).for_each(|at| world.restart(at, true, true));
        world.filter = Box::new(|_, _, _| true);
        world.tick(300);
        (0..4).for_each(|at| assert_eq!(world.log(at), [tx(1), tx(2)]));
        world.agree();
    }
}

#[test]
fn after_a_crash_a_replica_says_what_it_said() {
    let mut world = World::new(4, one_each());
    world.filter = Box::new(|_, _, frame| !matches!(frame, Frame::Commit(_)));
    world.request(1);
    let before = world.nodes[2].replica.slots[&1].own_prepare.map(|(prepare, _)| prepare);
    world.restart(2, true, true);
    let replica = &mut world.nodes[2].replica;
    assert!(before.is_some());
    assert_eq!(replica.slots[&1].own_prepare.map(|(prepare, _)| prepare), before);
    let other = Arc::new(Batch::new(1_000_000, vec![tx(9)]));
    let body = Proposal { view: 0, seq: 1, digest: other.digest() };
    let forged = Keys::of(&config(4, 0, one_each())).sign(body, &signer(0));
    let mut out = Vec::new();
    let bytes = Frame::PrePrepare(forged, other).encode();
    replica.step(Input::Msg { from: ReplicaId(0), bytes }, &Anything, &mut out);
    assert!(matches!(out.as_slice(), [Output::Evidence(_)]), "it votes for nothing else, and tells: {out:?}");
}

#[test]
fn an_empty_disk_is_filled_by_peers_and_votes_only_when_they_moved_on() {
    let mut world = World::new(4, one_each());
    (1..=20).for_each(|number| world.request(number));
    world.restart(3, false, false);
    world.tick(200);
    assert_eq!(world.log(3).len(), 20, "it has everything");
    assert!(world.nodes[3].replica.amnesiac());
    assert!(world.nodes[3].records.is_empty());
    (21..=60).for_each(|number| world.request(number));
    world.tick(100);
    world.agree();
    assert!(!world.nodes[3].replica.amnesiac(), "two windows later it votes again");
    world.kill(0);
    world.request(61);
    world.tick(400);
    assert_eq!(world.log(3).len(), 61, "and is needed");
}

#[test]
fn a_lying_peer_is_found_out() {
    let mut world = World::new(4, one_each());
    world.kill(3);
    (1..=20).for_each(|number| world.request(number));
    let forged = |frame: &Frame| match frame {
        Frame::Chunk(chunk) => {
            Frame::chunk(chunk.after, vec![Arc::new(Batch::new(5, vec![tx(666)]))], Arc::clone(&chunk.stable))
        }
        other => other.clone(),
    };
    let at = Point::default();
    let mut replica = Replica::recover(config(4, 3, one_each()), signer(3), &[], at);
    let stable = Arc::clone(&world.nodes[0].stables[&1]);
    let honest = Frame::chunk(0, vec![Arc::clone(&world.nodes[0].blocks[&1].batch)], stable);
    let mut out = Vec::new();
    replica.step(Input::Msg { from: ReplicaId(0), bytes: forged(&honest).encode() }, &Anything, &mut out);
    assert!(out.is_empty(), "{out:?}");
    replica.step(Input::Msg { from: ReplicaId(0), bytes: honest.encode() }, &Anything, &mut out);
    assert!(out.iter().any(|output| matches!(output, Output::Execute(_))));
}

#[test]
fn a_run_that_is_too_long_for_one_message_comes_in_several() {
    let limits = Limits { checkpoint_every: 8, window: 16, entry_bytes: 1 << 20, ..Limits::default() };
    let mut world = World::new(4, limits);
    world.kill(3);
    for number in 1..=8 {
        let large: Tx = [tx(number).as_ref(), vec![7; (1 << 20) - 9].as_slice()].concat().into();
        (0..4).for_each(|at| world.step(at, Input::Request { entries: vec![large.clone()], urgent: true }));
        world.settle();
    }
    assert_eq!(world.nodes[0].replica.stable(), 8);
    let batches: Vec<_> = world.nodes[0].blocks.values().map(|block| Arc::clone(&block.batch)).collect();
    let Frame::Chunk(chunk) = Frame::chunk(0, batches, Arc::clone(&world.nodes[0].stables[&8])) else { panic!() };
    assert_eq!((chunk.batches.len(), chunk.rest.len()), (4, 4));
    world.restart(3, true, true);
    world.tick(200);
    assert_eq!(world.log(3).len(), 8);
    world.agree();
}

#[test]
fn a_replica_that_slept_catches_up() {
    let mut world = World::new(4, one_each());
    world.kill(3);
    (1..=50).for_each(|number| world.request(number));
    world.restart(3, true, true);
    world.tick(300);
    assert_eq!(world.log(3).len(), 50);
    world.agree();
}
