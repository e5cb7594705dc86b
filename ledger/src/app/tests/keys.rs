//! Whose key is whose.
use super::*;

#[test]
fn a_key_is_in_the_map_while_it_is_bound() {
    let (mut world, key) = (World::new(), someone("asha"));
    assert_eq!(world.say(bind("label", &key)), Ok(()));
    let binding = hash(&format!("binding of {:?}", key.id()));
    let value = Hash::of(&[b"vaidya/ledger/keys/v1", &binding.0]);
    assert_eq!(world.app.map().get(&hash("label").0), Some(value.0));
    assert_eq!(world.say(say(Kind::KeyRevoke, hash("label")).on(named(key.id()))), Ok(()));
    assert_eq!(world.app.map().get(&hash("label").0), None);
}

#[test]
fn the_map_covers_every_live_key_of_a_person_so_that_none_can_be_added_in_silence() {
    let mut world = World::new();
    world.say(bind("label", &someone("phone"))).unwrap();
    let one = world.app.map().get(&hash("label").0);
    world.say(bind("label", &someone("laptop"))).unwrap();
    let two = world.app.map().get(&hash("label").0);
    assert_ne!(one, two);
    let replaced = bind("label", &someone("tablet")).on(named(someone("laptop").id()));
    let replaced = Said { actor: Some(replaced.statement.signed_by(&someone("tablet"))), ..replaced };
    assert_eq!(world.say(replaced), Ok(()));
    let live: Vec<_> = world.app.live_keys(&hash("label").0).into_iter().map(|(id, _)| id).collect();
    assert_eq!(live.len(), 2);
    assert!(!live.contains(&someone("laptop").id()));
}

#[test]
fn the_last_leaf_of_a_block_has_the_maps_root() {
    let mut world = World::new();
    let entry = world.hand_in(bind("label", &someone("asha")));
    let executed = world.block(vec![entry]);
    let end = Leaf::End { seq: 1, time: NOW, keymap: world.app.map().root() };
    assert_eq!(executed.leaves.last(), Some(&end));
}

#[test]
fn a_key_is_bound_once_and_never_again() {
    let mut world = World::new();
    world.say(bind("one", &someone("asha"))).unwrap();
    assert_eq!(world.say(bind("two", &someone("asha"))), Err(Void::KeyKnown));
    world.say(say(Kind::KeyRevoke, hash("one")).on(named(someone("asha").id()))).unwrap();
    assert_eq!(world.say(bind("one", &someone("asha"))), Err(Void::KeyKnown));
}

#[test]
fn nobody_binds_a_key_they_do_not_have() {
    let mut world = World::new();
    let stolen = bind("label", &someone("asha"));
    let forged = Said { actor: Some(stolen.statement.signed_by(&someone("mallory"))), ..stolen };
    let entry = world.hand_in(forged);
    assert_eq!(world.app.check(&entry), Err(Refused::Possession));
    assert_eq!(world.block(vec![entry]).outcomes, [Err(Void::ActorSignature)]);
}

#[test]
fn a_key_of_someone_else_revokes_nothing() {
    let mut world = World::new();
    world.say(bind("asha", &someone("asha"))).unwrap();
    world.say(bind("ravi", &someone("ravi"))).unwrap();
    let of = |label: &str, key: &str| say(Kind::KeyRevoke, hash(label)).on(named(someone(key).id()));
    assert_eq!(world.say(of("asha", "asha").by(&someone("ravi"))), Err(Void::OthersKey));
    assert_eq!(world.say(of("ravi", "asha").by(&someone("ravi"))), Err(Void::OthersKey));
    assert_eq!(world.say(of("asha", "nobody")), Err(Void::UnknownKey));
    assert_eq!(world.say(of("asha", "asha").by(&someone("asha"))), Ok(()));
    assert_eq!(world.say(of("asha", "asha")), Err(Void::RevokedKey));
}

#[test]
fn a_person_has_at_most_sixteen_keys() {
    let mut world = World::new();
    for number in 0..MOST_KEYS {
        world.say(bind("label", &someone(&format!("device {number}")))).unwrap();
    }
    assert_eq!(world.say(bind("label", &someone("one more"))), Err(Void::TooManyKeys));
}

#[test]
fn a_revoked_key_says_nothing_any_more() {
    let mut world = World::new();
    world.say(bind("asha", &someone("asha"))).unwrap();
    let put = |name: &str| say(Kind::RecordPut, hash(name)).that("object").by(&someone("asha"));
    assert_eq!(world.say(put("one")), Ok(()));
    world.say(say(Kind::KeyRevoke, hash("asha")).on(named(someone("asha").id()))).unwrap();
    assert_eq!(world.say(put("two")), Err(Void::RevokedKey));
}

#[test]
fn a_statement_under_another_persons_signature_is_void() {
    let mut world = World::new();
    world.say(bind("asha", &someone("asha"))).unwrap();
    let mut put = say(Kind::RecordPut, hash("record")).that("object").by(&someone("asha"));
    put.statement.commitment = hash("another object");
    assert_eq!(world.say(put), Err(Void::ActorSignature));
    assert_eq!(world.say(say(Kind::RecordPut, hash("r")).that("o").by(&someone("nobody"))), Err(Void::UnknownKey));
}
