//! Primaries that are dead, slow or lie, and the views that follow theirs.
use super::*;

#[test]
fn a_dead_primary_is_replaced() {
    let mut world = World::new(4, one_each());
    world.request(1);
    world.kill(0);
    world.request(2);
    world.tick(200);
    for at in 1..4 {
        assert_eq!(world.log(at), [tx(1), tx(2)]);
        assert_eq!(world.nodes[at].replica.view(), 1);
    }
    world.restart(0, true, true);
    world.request(3);
    world.tick(300);
    world.agree();
    assert_eq!(world.log(0), [tx(1), tx(2), tx(3)], "it came back, and caught up");
    assert_eq!(world.nodes[0].replica.view(), 1);
}

#[test]
fn what_was_prepared_survives_the_view() {
    let mut world = World::new(4, one_each());
    world.filter = Box::new(|_, _, frame| !matches!(frame, Frame::Commit(_)));
    world.request(1);
    let digest = world.nodes[1].replica.slots[&1].prepared.as_ref().unwrap().proposal.body.digest;
    world.kill(0);
    world.filter = Box::new(|_, _, frame| !matches!(frame, Frame::Commit(commit) if commit.body.0.view == 0));
    world.tick(300);
    assert!(world.nodes[1].replica.view() >= 1);
    assert_eq!(world.nodes[1].blocks[&1].batch.digest(), digest);
    world.agree();
}

#[test]
fn the_third_view_comes_when_two_primaries_are_dead_of_seven() {
    let mut world = World::new(7, one_each());
    world.kill(0);
    world.kill(1);
    world.request(1);
    world.tick(600);
    (2..7).for_each(|at| {
        assert_eq!(world.log(at), [tx(1)]);
        assert_eq!(world.nodes[at].replica.view(), 2);
    });
    world.request(2);
    (2..7).for_each(|at| assert_eq!(world.nodes[at].replica.failed_views(), 0, "patience is back to where it was"));
}

#[test]
fn an_equivocating_primary_is_replaced_and_reported() {
    let mut world = World::new(4, one_each());
    let mut keys = Keys::of(&config(4, 0, one_each()));
    world.kill(0);
    for (to, number) in [(1, 1), (2, 2), (3, 2)] {
        let batch = Arc::new(Batch::new(world.now, vec![tx(number)]));
        let proposal = keys.sign(Proposal { view: 0, seq: 1, digest: batch.digest() }, &signer(0));
        world.step(to, Input::Msg { from: ReplicaId(0), bytes: Frame::PrePrepare(proposal, batch).encode() });
    }
    world.settle();
    world.tick(300);
    world.agree();
    let mut log = world.log(1);
    log.sort();
    assert_eq!(log, [tx(1), tx(2)], "both requests are ordered in the end");
    let found = (1..4).flat_map(|at| &world.nodes[at].evidence).collect::<Vec<_>>();
    assert!(!found.is_empty());
    for evidence in found {
        assert_eq!(evidence.culprit(&keys), ReplicaId(0));
        assert!(Evidence::decode(&evidence.encode()).unwrap().holds(&mut keys));
    }
}

#[test]
fn a_primary_with_a_wrong_clock_orders_nothing() {
    let mut world = World::new(4, one_each());
    let wrong = world.now + 3_600_000;
    world.step(0, Input::Tick(wrong));
    world.step(0, Input::Request { entries: vec![tx(1)], urgent: true });
    world.settle();
    assert!(world.log(1).is_empty());
    (1..4).for_each(|at| world.step(at, Input::Request { entries: vec![tx(1)], urgent: true }));
    world.tick(300);
    assert_eq!(world.log(1), [tx(1)], "another primary did");
    assert!(world.nodes[1].blocks[&1].point.time < wrong);
}

#[test]
fn a_primary_that_is_slow_from_the_beginning_is_replaced() {
    let limits = Limits { batch_entries: 1, view_timeout: Duration::from_secs(60), ..one_each() };
    let mut world = World::new(4, limits);
    let mut last = 0;
    for number in 1..=2_000 {
        (1..4).for_each(|at| world.step(at, Input::Request { entries: vec![tx(number)], urgent: false }));
    }
    world.settle();
    // The primary knows one request a second, and its backups two thousand.
    world.filter = Box::new(|_, to, frame| to != ReplicaId(0) || !matches!(frame, Frame::Request(_)));
    let mut replaced = None;
    for second in 1..=60 {
        last += 1;
        world.step(0, Input::Request { entries: vec![tx(last)], urgent: false });
        world.tick(50);
        if world.nodes[1].replica.view() > 0 {
            replaced = replaced.or(Some(second));
        }
    }
    assert!(replaced.is_some_and(|second| second <= 20), "{replaced:?}");
    world.filter = Box::new(|_, _, _| true);
    world.tick(200);
    assert!(world.nodes[1].replica.view() < 4, "and the next ones not for nothing: {}", world.nodes[1].replica.view());
    assert_eq!(world.log(1).len(), 2_000);
    world.agree();
}

#[test]
fn who_left_a_view_alone_still_learns_what_the_others_commit_in_it() {
    let mut world = World::new(4, Limits { checkpoint_every: 8, window: 16, ..one_each() });
    world.filter = Box::new(|_, to, _| to != ReplicaId(3));
    world.step(3, Input::Request { entries: vec![tx(9)], urgent: true });
    world.tick(150);
    assert_eq!((world.nodes[3].replica.view(), world.nodes[3].replica.mode()), (1, Mode::Changing));
    (1..=3).for_each(|number| world.request(number));
    world.filter = Box::new(|_, _, _| true);
    world.tick(100);
    assert!(world.log(3).len() >= 3 && world.nodes[3].replica.stable() == 0, "no checkpoint has helped it");
    world.agree();
}
