//! Consents and codes.
use super::*;

fn request(name: &str) -> Said {
    say(Kind::ConsentRequested, hash(name)).that("terms").until(NOW + 100)
}

fn grant(name: &str) -> Said {
    say(Kind::ConsentGranted, hash(name)).that("approval").until(NOW + 1_000)
}

fn revoke(name: &str) -> Said {
    say(Kind::ConsentRevoked, hash(name))
}

fn used(nullifier: &str, consent: &str) -> Said {
    say(Kind::ConsentUsed, hash(nullifier)).on(hash(consent))
}

#[test]
fn a_consent_is_given_once() {
    let mut world = World::new();
    world.say(request("share")).unwrap();
    assert_eq!(world.say(grant("share")), Ok(()));
    assert_eq!(world.say(grant("share")), Err(Void::ConsentOver));
    assert_eq!(world.say(request("share")), Err(Void::Known));
}

#[test]
fn a_standing_consent_needs_no_request() {
    assert_eq!(World::new().say(grant("store").until(0)), Ok(()));
}

#[test]
fn a_request_answered_too_late_opens_nothing() {
    let mut world = World::new();
    world.say(request("share")).unwrap();
    world.time += 101;
    assert_eq!(world.say(grant("share")), Err(Void::ConsentOver));
}

#[test]
fn a_consent_that_is_taken_back_stays_so() {
    let mut world = World::new();
    world.say(grant("share")).unwrap();
    assert_eq!(world.say(revoke("share")), Ok(()));
    assert_eq!(world.say(revoke("share")), Err(Void::ConsentOver));
    assert_eq!(world.say(grant("share")), Err(Void::ConsentOver));
    assert_eq!(world.say(revoke("other")), Err(Void::UnknownConsent));
}

#[test]
fn one_nullifier_is_used_once() {
    let mut world = World::new();
    world.say(grant("share")).unwrap();
    world.say(grant("other")).unwrap();
    assert_eq!(world.say(used("code", "share")), Ok(()));
    assert_eq!(world.say(used("code", "share")), Err(Void::NullifierUsed));
    assert_eq!(world.say(used("code", "other")), Err(Void::NullifierUsed));
}

#[test]
fn a_code_is_for_a_consent_that_is_open() {
    let mut world = World::new();
    assert_eq!(world.say(used("code", "share")), Err(Void::UnknownConsent));
    world.say(grant("share")).unwrap();
    world.say(revoke("share")).unwrap();
    assert_eq!(world.say(used("code", "share")), Err(Void::ConsentOver));
}

#[test]
fn a_consent_holds_until_its_end_and_no_longer() {
    let mut world = World::new();
    world.say(grant("share")).unwrap();
    let put = |name: &str| say(Kind::RecordPut, hash(name)).on(hash("share")).that("object");
    world.time = NOW + 1_000;
    assert_eq!(world.say(put("in time")), Ok(()));
    world.time += 1;
    assert_eq!(world.say(put("late")), Err(Void::ConsentOver));
}
