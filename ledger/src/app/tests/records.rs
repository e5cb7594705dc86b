//! Records, rooms, other logs, data.
use super::*;

fn put(name: &str) -> Said {
    say(Kind::RecordPut, hash(name)).that("object")
}

fn amend(name: &str, before: &str) -> Said {
    say(Kind::RecordAmended, hash(name)).on(hash(before)).that("object")
}

fn erase(record: &str, latest: &str) -> Said {
    say(Kind::RecordErased, hash(record)).on(hash(latest)).that("reason")
}

fn grow(kind: Kind, parent: Hash, root: &str, size: u64) -> Said {
    say(kind, hash("clinic")).on(parent).that(root).with(size.to_be_bytes().to_vec())
}

#[test]
fn a_record_stands_on_a_visit_a_consent_or_itself() {
    let mut world = World::new();
    world.say(say(Kind::RoomOpened, hash("room"))).unwrap();
    assert_eq!(world.say(put("a").on(hash("room"))), Ok(()));
    world.say(say(Kind::RoomClosed, hash("room"))).unwrap();
    assert_eq!(world.say(put("b").on(hash("room"))), Ok(()), "what was said is sealed when the visit is over");
    assert_eq!(world.say(put("c").on(hash("nothing"))), Err(Void::UnknownGround));
    world.say(say(Kind::ConsentRequested, hash("asked")).that("terms")).unwrap();
    assert_eq!(world.say(put("c").on(hash("asked"))), Err(Void::ConsentOver), "asking is not having");
    assert_eq!(world.say(put("c")), Ok(()));
    assert_eq!(world.say(put("c")), Err(Void::Known));
}

#[test]
fn of_two_amendments_of_one_version_the_first_counts() {
    let mut world = World::new();
    world.say(put("v1")).unwrap();
    assert_eq!(world.say(amend("v2", "v1")), Ok(()));
    assert_eq!(world.say(amend("other v2", "v1")), Err(Void::NotLatest));
    assert_eq!(world.say(amend("v3", "v2")), Ok(()));
    assert_eq!(world.say(amend("v5", "v4")), Err(Void::UnknownRecord));
    assert_eq!(world.say(amend("v2", "v3")), Err(Void::Known));
}

#[test]
fn an_erased_record_goes_on_no_more() {
    let mut world = World::new();
    world.say(put("v1")).unwrap();
    world.say(amend("v2", "v1")).unwrap();
    assert_eq!(world.say(erase("record", "v1")), Err(Void::NotLatest));
    assert_eq!(world.say(erase("record", "v2")), Ok(()));
    assert_eq!(world.say(amend("v3", "v2")), Err(Void::Erased));
    assert_eq!(world.say(erase("record", "v2")), Err(Void::Erased));
}

#[test]
fn a_room_is_closed_once() {
    let mut world = World::new();
    let close = || say(Kind::RoomClosed, hash("room"));
    assert_eq!(world.say(close()), Err(Void::UnknownRoom));
    world.say(say(Kind::RoomOpened, hash("room"))).unwrap();
    assert_eq!(world.say(close()), Ok(()));
    assert_eq!(world.say(close()), Err(Void::RoomClosed));
}

#[test]
fn a_log_grows_from_its_last_root_and_never_forks() {
    let mut world = World::new();
    for kind in [Kind::AuditRoot, Kind::ExternalCheckpoint] {
        assert_eq!(world.say(grow(kind, hash("a"), "a", 5)), Err(Void::Fork));
        assert_eq!(world.say(grow(kind, NONE, "a", 0)), Err(Void::Fork));
        assert_eq!(world.say(grow(kind, NONE, "a", 5)), Ok(()));
        assert_eq!(world.say(grow(kind, NONE, "b", 6)), Err(Void::Fork));
        assert_eq!(world.say(grow(kind, hash("a"), "b", 5)), Err(Void::Fork));
        assert_eq!(world.say(grow(kind, hash("a"), "b", 6)), Ok(()));
    }
}

#[test]
fn nobody_goes_on_with_anothers_log() {
    let mut world = World::new();
    world.say(grow(Kind::AuditRoot, NONE, "a", 5)).unwrap();
    world.submitter = Signer::from_seed(&[2; 32]);
    assert_eq!(world.say(grow(Kind::AuditRoot, hash("a"), "b", 6)), Err(Void::OthersLog));
}

#[test]
fn data_are_published_once() {
    let mut world = World::new();
    let publish = || say(Kind::DatasetPublished, hash("data")).that("manifest");
    assert_eq!(world.say(publish()), Ok(()));
    assert_eq!(world.say(publish()), Err(Void::Known));
}
