//! Registrations, and what they allow.
use super::*;

fn status(name: &str, status: u8, until: u64) -> Said {
    say(Kind::CredentialStatus, hash(name)).that("status").until(until).with(vec![status])
}

fn open(room: &str) -> Said {
    say(Kind::RoomOpened, hash(room)).on(hash("registration"))
}

fn break_glass(name: &str) -> Said {
    say(Kind::BreakGlass, hash(name)).on(hash("registration")).that("why").until(NOW + 100)
}

fn clinic() -> World {
    let mut world = World::new();
    world.say(bind("doctor", &someone("doctor"))).unwrap();
    world.say(bind("auditor", &someone("auditor"))).unwrap();
    world.say(issue("registration", "doctor")).unwrap();
    world
}

#[test]
fn a_room_is_opened_under_a_registration_in_force() {
    let mut world = clinic();
    assert_eq!(world.say(open("one")), Ok(()));
    assert_eq!(world.say(open("one")), Err(Void::Known));
    world.say(status("registration", 2, NOW + 1_000)).unwrap();
    assert_eq!(world.say(open("two")), Err(Void::InactiveCredential));
    world.say(status("registration", 1, NOW + 1_000)).unwrap();
    assert_eq!(world.say(open("two")), Ok(()));
    world.time = NOW + 1_001;
    assert_eq!(world.say(open("three")), Err(Void::InactiveCredential));
    assert_eq!(world.say(open("three").on(hash("none"))), Err(Void::UnknownCredential));
    assert_eq!(world.say(open("three").on(NONE)), Ok(()), "no registration is named");
}

#[test]
fn a_status_needs_a_registration_and_must_be_one() {
    let mut world = clinic();
    assert_eq!(world.say(status("other", 1, NOW)), Err(Void::UnknownCredential));
    assert_eq!(world.say(status("registration", 9, NOW)), Err(Void::UnknownStatus));
    assert_eq!(world.say(status("registration", 1, NOW - 1)), Err(Void::Late));
    assert_eq!(world.say(status("registration", 3, NOW - 1)), Ok(()), "that it is over is said afterwards");
    assert_eq!(world.say(issue("registration", "doctor")), Err(Void::Known));
}

#[test]
fn the_glass_is_broken_under_ones_own_registration_in_force() {
    let mut world = clinic();
    assert_eq!(world.say(break_glass("a").by(&someone("auditor"))), Err(Void::OthersKey));
    assert_eq!(world.say(break_glass("a").by(&someone("doctor"))), Ok(()));
    assert_eq!(world.say(break_glass("b")), Ok(()), "a doctor may have no key");
    world.say(status("registration", 2, NOW + 1_000)).unwrap();
    assert_eq!(world.say(break_glass("c").by(&someone("doctor"))), Err(Void::InactiveCredential));
}

#[test]
fn a_broken_glass_may_be_told_after_its_end_and_opens_records_until_then() {
    let mut world = clinic();
    world.say(break_glass("a")).unwrap();
    let put = |name: &str| say(Kind::RecordPut, hash(name)).on(hash("a")).that("note");
    assert_eq!(world.say(put("note")), Ok(()));
    world.time = NOW + 500;
    assert_eq!(world.say(put("late")), Err(Void::ConsentOver));
    assert_eq!(world.say(break_glass("b")), Ok(()), "it may have waited for a quorum");
}

#[test]
fn a_broken_glass_is_reviewed_once_and_by_someone_else() {
    let mut world = clinic();
    world.say(break_glass("a").by(&someone("doctor"))).unwrap();
    let review = |of: &str| say(Kind::BreakGlassReview, hash("review")).on(hash(of)).that("verdict");
    assert_eq!(world.say(review("other")), Err(Void::UnknownEmergency));
    assert_eq!(world.say(review("a").by(&someone("doctor"))), Err(Void::OwnReview));
    assert_eq!(world.say(review("a").by(&someone("auditor"))), Ok(()));
    assert_eq!(world.say(review("a").by(&someone("auditor"))), Err(Void::Reviewed));
}
