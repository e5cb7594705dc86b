//! Who hands entries in, and each once.
use super::*;

fn put(name: &str) -> Said {
    say(Kind::RecordPut, hash(name)).that("object")
}

#[test]
fn a_stranger_hands_nothing_in() {
    let mut world = World::new();
    world.submitter = someone("stranger");
    let entry = world.hand_in(put("record"));
    assert_eq!(world.app.check(&entry), Err(Refused::UnknownSubmitter));
    assert_eq!(world.block(vec![entry]).outcomes, [Err(Void::UnknownSubmitter)]);
}

#[test]
fn an_entry_for_another_ledger_is_refused() {
    let mut world = World::new();
    let Said { statement, .. } = put("record");
    let entry = Entry::submit(&hash("other"), &world.submitter, 1, statement, None, Vec::new()).encode();
    assert_eq!(world.app.check(&entry), Err(Refused::Signature));
    assert_eq!(world.block(vec![entry]).outcomes, [Err(Void::SubmitterSignature)]);
}

#[test]
fn the_same_entry_has_an_effect_once() {
    let mut world = World::new();
    let entry = world.hand_in(put("record"));
    assert_eq!(world.block(vec![entry.clone(), entry.clone()]).outcomes, [Ok(()), Err(Void::Sequence)]);
    assert_eq!(world.block(vec![entry]).outcomes, [Err(Void::Sequence)]);
}

#[test]
fn what_had_an_effect_is_spent_and_what_was_void_is_not() {
    use crate::pbft::Check as _;
    let mut world = World::new();
    let (good, early) = (world.hand_in(put("record")), world.hand_in(say(Kind::RoomClosed, hash("room"))));
    assert!(!world.app.is_spent(&good));
    world.block(vec![good.clone(), early.clone()]);
    assert!(world.app.is_spent(&good) && !world.app.is_spent(&early));
    assert_eq!(world.app.lane(&early), (world.submitter.id(), 2));
}

#[test]
fn entries_may_overtake_each_other() {
    let mut world = World::new();
    let (one, two) = (world.hand_in(put("one")), world.hand_in(put("two")));
    assert_eq!(world.block(vec![two, one]).outcomes, [Ok(()), Ok(())]);
}

#[test]
fn a_sequence_far_behind_is_too_old() {
    let mut world = World::new();
    let old = world.hand_in(put("old"));
    world.sequence = WINDOW;
    let new = world.hand_in(put("new"));
    assert_eq!(world.block(vec![new, old]).outcomes, [Ok(()), Err(Void::Sequence)]);
}

#[test]
fn a_void_entry_changes_nothing_but_the_log() {
    let mut world = World::new();
    let early = world.hand_in(say(Kind::RoomClosed, hash("room")));
    let before = (world.app.state.digest(), world.app.map().root());
    assert_eq!(world.block(vec![early.clone()]).outcomes, [Err(Void::UnknownRoom)]);
    assert_eq!((world.app.state.digest(), world.app.map().root()), before);
    assert_eq!(world.app.head().size, 2);
    world.say(say(Kind::RoomOpened, hash("room"))).unwrap();
    assert_eq!(world.block(vec![early]).outcomes, [Ok(())], "what it stands on came, and its number was not used up");
}

#[test]
fn what_comes_after_its_deadline_is_void() {
    let mut world = World::new();
    assert_eq!(world.say(put("in time").until(NOW)), Ok(()));
    assert_eq!(world.say(put("late").until(NOW - 1)), Err(Void::Late));
}

#[test]
fn bytes_that_are_no_entry_are_a_void_leaf_that_can_be_read_again() {
    let mut world = World::new();
    let executed = world.block(vec![b"nonsense".to_vec()]);
    assert_eq!(executed.outcomes, [Err(Void::Malformed)]);
    for leaf in executed.leaves {
        assert_eq!(Leaf::decode(&leaf.encode()), Ok(leaf));
    }
}

#[test]
fn time_never_goes_back() {
    let mut world = World::new();
    world.say(put("one")).unwrap();
    world.time -= 500;
    world.say(put("two")).unwrap();
    assert_eq!(world.app.time(), NOW);
}

#[test]
fn a_block_without_entries_leaves_no_leaf() {
    let mut world = World::new();
    let before = world.app.head();
    let after = world.block(Vec::new()).head;
    assert_eq!((after.size, after.root), (before.size, before.root));
    assert_eq!(after.seq, 1);
    assert_ne!(after.state, before.state);
}

#[test]
fn what_was_checked_is_not_verified_again_and_comes_to_the_same() {
    let mut world = World::new();
    let entry = world.hand_in(put("record"));
    let mut fresh = App::restore(&world.app.snapshot()).unwrap();
    world.app.check(&entry).unwrap();
    assert!(world.app.seen.submitter(&Hash::of(&[&entry])));
    assert_eq!(world.app.execute(1, NOW, &[&entry]), fresh.execute(1, NOW, &[&entry]));
}
