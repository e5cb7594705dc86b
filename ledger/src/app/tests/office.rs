//! How validators and submitters change, and what validators are caught at.
use super::*;
use crate::governance::{Change, Proposal};
use crate::pbft::{Evidence, Keys, Prepare, ReplicaId, Vote};
use crate::validators::Validator;
use crate::validators::tests::validator;

fn seat(id: u8) -> Signer {
    Signer::from_seed(&[100 + id; 32])
}

fn proposal(serial: u64, changes: Vec<Change>) -> Proposal {
    Proposal { serial, changes }
}

fn agreed(world: &World, proposal: &Proposal, by: &[u8]) -> Said {
    let ledger = world.app.ledger();
    let assents: Vec<_> = by.iter().map(|id| proposal.assent(&ledger, *id, &seat(*id))).collect();
    say(Kind::Governance, proposal.reference(&ledger)).with(proposal.attachment(&assents))
}

fn change(world: &mut World, changes: Vec<Change>) -> Result<(), Void> {
    let said = agreed(world, &proposal(world.app.serial(), changes), &[0, 1, 2]);
    world.say(said)
}

#[test]
fn a_change_of_the_validators_waits_for_the_next_checkpoint() {
    let mut world = World::new();
    let said = agreed(&world, &proposal(0, vec![Change::Add(validator(4))]), &[0, 1, 3]);
    let entry = world.hand_in(said);
    let executed = world.block(vec![entry]);
    assert_eq!((executed.outcomes, executed.ends, executed.turn), (vec![Ok(())], true, None));
    assert_eq!(world.block(Vec::new()).turn, None);
    assert!(world.block(Vec::new()).ends);
    let executed = world.block(Vec::new());
    let turn = executed.turn.unwrap();
    assert!(executed.ends);
    assert_eq!((turn.epoch, turn.validators.len()), (1, 5));
    assert_eq!(
        (world.app.epoch(), world.app.validators(1), world.app.validators(0).unwrap().len()),
        (1, Some(&turn.validators), 4)
    );
    assert!(!world.block(Vec::new()).ends);
}

#[test]
fn a_change_agreed_in_a_checkpoints_own_block_takes_over_there() {
    let mut world = World::new();
    (1..4).for_each(|_| drop(world.block(Vec::new())));
    let replaced = Validator { public: seat(9).public(), ..validator(2) };
    let said = agreed(&world, &proposal(0, vec![Change::Replace(replaced)]), &[0, 1, 3]);
    let entry = world.hand_in(said);
    let executed = world.block(vec![entry]);
    assert_eq!(executed.head.seq, 4);
    assert!(executed.ends);
    assert_eq!(executed.turn.unwrap().validators.key(2), Some(&seat(9).public()));
}

#[test]
fn too_few_validators_change_nothing() {
    let mut world = World::new();
    let said = agreed(&world, &proposal(0, vec![Change::Add(validator(4))]), &[0, 1]);
    assert_eq!(world.say(said), Err(Void::NotAgreed));
}

#[test]
fn an_old_agreement_cannot_be_handed_in_again() {
    let mut world = World::new();
    let add = agreed(&world, &proposal(0, vec![Change::Add(validator(4))]), &[0, 1, 2]);
    assert_eq!(world.say(add.clone()), Ok(()));
    assert_eq!(change(&mut world, vec![Change::Remove(4)]), Ok(()));
    assert_eq!(world.say(add), Err(Void::Serial));
}

#[test]
fn a_set_that_is_agreed_on_and_taken_back_before_the_checkpoint_never_takes_over() {
    let mut world = World::new();
    change(&mut world, vec![Change::Add(validator(4))]).unwrap();
    change(&mut world, vec![Change::Remove(4)]).unwrap();
    assert!(!world.block(Vec::new()).ends);
    assert_eq!(world.block(Vec::new()).turn, None);
}

#[test]
fn those_who_go_no_longer_agree_to_anything() {
    let mut world = World::new();
    let new = |id| Change::Replace(Validator { public: seat(id + 10).public(), ..validator(id) });
    change(&mut world, vec![new(0), new(1)]).unwrap();
    (1..4).for_each(|_| drop(world.block(Vec::new())));
    assert_eq!(world.app.epoch(), 1);
    assert_eq!(change(&mut world, vec![Change::Add(validator(4))]), Err(Void::NotAgreed));
}

#[test]
fn no_change_leaves_too_few_validators_or_nobody_who_hands_in() {
    let mut world = World::new();
    assert_eq!(change(&mut world, vec![Change::Remove(3)]), Err(Void::Unfit));
    let gone = |seed: u8| Change::RemoveSubmitter(Signer::from_seed(&[seed; 32]).id());
    assert_eq!(change(&mut world, vec![gone(1), gone(2)]), Err(Void::Unfit));
    assert_eq!(change(&mut world, vec![gone(2), gone(2)]), Err(Void::Unfit));
    assert_eq!(change(&mut world, vec![gone(9)]), Err(Void::Unfit));
    assert_eq!(change(&mut world, vec![gone(2)]), Ok(()));
}

#[test]
fn a_submitter_who_goes_is_void_at_once_and_what_was_checked_stays_checked() {
    let mut world = World::new();
    change(&mut world, vec![Change::RemoveSubmitter(Signer::from_seed(&[2; 32]).id())]).unwrap();
    world.submitter = Signer::from_seed(&[2; 32]);
    let entry = world.hand_in(say(Kind::RecordPut, hash("record")).that("object"));
    assert!(world.app.check(&entry).is_ok(), "validators that are not as far yet may have voted for it");
    assert_eq!(world.block(vec![entry]).outcomes, [Err(Void::UnknownSubmitter)]);
}

#[test]
fn a_submitter_who_comes_back_cannot_use_a_number_twice() {
    let mut world = World::new();
    let (one, two) = (Signer::from_seed(&[1; 32]), Signer::from_seed(&[2; 32]));
    world.submitter = Signer::from_seed(&[2; 32]);
    let entry = world.hand_in(say(Kind::RecordPut, hash("record")).that("object"));
    world.block(vec![entry.clone()]);
    world.submitter = one;
    change(&mut world, vec![Change::RemoveSubmitter(two.id())]).unwrap();
    change(&mut world, vec![Change::AddSubmitter(two.public())]).unwrap();
    assert_eq!(world.block(vec![entry]).outcomes, [Err(Void::Sequence)]);
    assert_eq!(change(&mut world, vec![Change::AddSubmitter(two.public())]), Err(Void::Unfit));
}

fn evidence(world: &World, epoch: u64, digests: [&str; 2], by: u8) -> Said {
    let publics = (0..4).map(|id| seat(id).public()).collect();
    let mut keys = Keys::new(world.app.ledger(), epoch, publics, 16);
    let vote = |digest| Prepare(Vote { view: 0, seq: 7, digest: hash(digest), by: ReplicaId(by) });
    let [one, other] = digests.map(|digest| keys.sign(vote(digest), &seat(by)));
    let attachment = [epoch.to_be_bytes().as_slice(), &Evidence::Prepares(one, other).encode()].concat();
    say(Kind::Evidence, Hash::of(&[&attachment])).with(attachment)
}

#[test]
fn two_prepares_that_contradict_each_other_are_held_against_who_signed_them() {
    let mut world = World::new();
    let said = evidence(&world, 0, ["one", "other"], 2);
    assert_eq!(world.say(said.clone()), Ok(()));
    let accused: Vec<_> = world.app.state.all::<row::Accused>().map(|row| (row.epoch, row.validator)).collect();
    assert_eq!(accused, [(0, 2)]);
    assert_eq!(world.say(said), Err(Void::Known));
}

#[test]
fn messages_that_agree_or_are_of_no_epoch_prove_nothing() {
    let mut world = World::new();
    let same = evidence(&world, 0, ["one", "one"], 2);
    assert_eq!(world.say(same), Err(Void::NoContradiction));
    let later = evidence(&world, 1, ["one", "other"], 2);
    assert_eq!(world.say(later), Err(Void::NoContradiction));
    let mut forged = evidence(&world, 0, ["one", "other"], 2);
    *forged.attachment.last_mut().unwrap() ^= 1;
    forged.statement.reference = Hash::of(&[&forged.attachment]);
    assert_eq!(world.say(forged), Err(Void::NoContradiction));
}
