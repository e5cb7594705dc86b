//! The ledger's client through its mailbox: what it believes, whom it answers, what it proves.

use std::sync::Arc;

use actix::Message;
use vaidya_actors::ledger::Unstarted;
use vaidya_actors::port::{Compare, Flush, Measure, Prove, ProveKey, Publish, Unanchored, WhoKeeps};
use vaidya_actors::validator::Told;
use vaidya_ledger::chain::Broken;
use vaidya_ledger::keymap::value_of;
use vaidya_ledger::merkle::{leaf_hash, verify_consistency, verify_inclusion};
use vaidya_ledger::note::Policy;
use vaidya_ledger::pbft::{Evidence, Keys, Prepare, ReplicaId, Vote};
use vaidya_ledger::proof::KeyProof;
use vaidya_ledger::{Hash, Kind, Leaf, Signer, Statement};

use self::probe::{World, certificate, genesis, seat};

mod probe;

fn policy() -> Policy {
    let genesis = genesis();
    genesis.validators.policy(&genesis.origin, genesis.log).unwrap()
}

fn hashes(path: &[[u8; 32]]) -> Vec<Hash> {
    path.iter().copied().map(Hash).collect()
}

async fn ask<M>(world: &World, message: M) -> M::Result
where
    M: Message + Send + 'static,
    M::Result: Send,
    vaidya_actors::ledger::Ledger: actix::Handler<M>,
{
    world.ledger.send(message).await.unwrap()
}

#[actix_rt::test]
async fn an_urgent_entry_is_answered_when_two_of_four_say_the_same() {
    let mut world = World::new().await;
    let entry = world.entry();
    let answer = actix_rt::spawn(world.anchor(&entry, true));
    let handed = world.submitted(1).await;
    assert_eq!(&*handed[0], entry);
    let block = world.block(&handed);
    world.tell(&[0], &block).await;
    assert!(!answer.is_finished(), "one may lie");
    world.tell(&[2], &block).await;
    let anchored = answer.await.unwrap().unwrap();
    assert_eq!((anchored.leaf, anchored.seq, anchored.outcome), (0, 1, 0));
    assert_eq!(anchored.time, block.point.time);
}

#[actix_rt::test]
async fn entries_wait_for_the_window_and_a_flush_does_not() {
    let mut world = World::new().await;
    let (one, two) = (world.entry(), world.entry());
    let _one = actix_rt::spawn(world.anchor(&one, false));
    let _two = actix_rt::spawn(world.anchor(&two, false));
    world.rest().await;
    assert!(world.heard.submitted.borrow().is_empty(), "six seconds are not over");
    let flushed = actix_rt::spawn(world.ledger.send(Flush));
    let handed = world.submitted(2).await;
    world.commit(&handed).await;
    let stands = flushed.await.unwrap().unwrap().unwrap();
    assert_eq!((stands.entries, stands.height, stands.size), (2, 1, 3));
    let three = world.entry();
    let _three = actix_rt::spawn(world.anchor(&three, false));
    tokio::task::yield_now().await;
    world.pass(6_000);
    world.submitted(3).await;
}

#[actix_rt::test]
async fn a_void_entry_is_answered_with_its_reason() {
    let mut world = World::new().await;
    let room = Statement {
        kind: Kind::RoomClosed,
        reference: Hash([9; 32]),
        parent: Hash::default(),
        commitment: Hash::default(),
        not_after: 0,
    };
    let entry = world.said(room, None, Vec::new());
    let answer = actix_rt::spawn(world.anchor(&entry, true));
    let handed = world.submitted(1).await;
    world.commit(&handed).await;
    let anchored = answer.await.unwrap().unwrap();
    assert_eq!((anchored.reason, anchored.may_pass), ("unknown_room", true));
    let health = ask(&world, Measure).await;
    assert_eq!((health.committed, health.refused), (1, vec![("unknown_room".to_owned(), 1)]));
}

#[actix_rt::test]
async fn who_hands_in_the_same_entry_again_is_told_of_the_first_time() {
    let mut world = World::new().await;
    let entry = world.entry();
    let first = actix_rt::spawn(world.anchor(&entry, true));
    let handed = world.submitted(1).await;
    world.commit(&handed).await;
    let first = first.await.unwrap();
    assert_eq!(world.anchor(&entry, true).await, first);
    world.commit(&[&entry]).await;
    assert_eq!(world.anchor(&entry, true).await, first, "a copy on the log changes nothing about the first");
    let world = world.again().await.unwrap();
    assert_eq!(world.anchor(&entry, true).await, first, "and after a restart");
}

#[actix_rt::test]
async fn when_nobody_answers_it_says_so_and_goes_on_trying() {
    let mut world = World::new().await;
    let entry = world.entry();
    let answer = actix_rt::spawn(world.anchor(&entry, true));
    world.submitted(1).await;
    world.pass(2_000);
    assert_eq!(answer.await.unwrap(), Err(Unanchored::NoQuorum));
    let handed = world.submitted(2).await;
    assert_eq!(handed[0], handed[1], "it was handed in again");
    world.commit(&handed[..1]).await;
    assert_eq!(world.anchor(&entry, true).await.unwrap().seq, 1);
}

#[actix_rt::test]
async fn what_validators_could_not_vote_for_is_refused_at_once() {
    let mut world = World::new().await;
    let mut entry = world.entry();
    assert!(matches!(world.anchor(b"nonsense", true).await, Err(Unanchored::Refused(_))));
    entry[30] ^= 1;
    assert!(matches!(world.anchor(&entry, true).await, Err(Unanchored::Refused(_))));
    assert!(world.heard.submitted.borrow().is_empty());
}

#[actix_rt::test]
async fn a_proof_holds_for_whoever_has_the_policy_and_nothing_is_published_before_a_quorum_signed() {
    let mut world = World::new().await;
    let entries: Vec<_> = (0..300).map(|_| world.entry()).collect();
    let block = world.block(&entries);
    world.tell(&[0, 1, 2, 3], &block).await;
    world.certify(&[0, 1], &block).await;
    assert_eq!(ask(&world, Publish::Checkpoint).await, None);
    assert_eq!(ask(&world, Prove { leaf: 7 }).await, None);
    world.certify(&[0, 1, 3], &block).await;
    world.rest().await;
    let proof = ask(&world, Prove { leaf: 7 }).await.unwrap();
    let witnessed = policy().verify(&proof.checkpoint).unwrap();
    let head = &witnessed.checkpoint;
    assert_eq!((head.size, head.root, witnessed.cosigners.len()), (301, block.head.root, 3));
    verify_inclusion(&block.leaves[7].hash(), 7, head.size, &hashes(&proof.path), &head.root).unwrap();
    assert_eq!(ask(&world, Prove { leaf: 301 }).await, None);
    let tile = ask(&world, Publish::Tile("0/001.p/45".to_owned())).await.unwrap();
    assert_eq!(tile.len(), 45 * 32);
    assert_eq!(ask(&world, Publish::Tile("0/001.p/46".to_owned())).await, None, "no head covers that");
}

#[actix_rt::test]
async fn forged_certificates_publish_nothing() {
    let mut world = World::new().await;
    let entry = world.entry();
    let block = world.block(&[entry]);
    world.tell(&[0, 1], &block).await;
    let mut forged = (*certificate(&[0, 1, 2], &block)).clone();
    forged.cosigners[1].signature[5] ^= 1;
    let mut uncosigned = (*certificate(&[0, 1, 2], &block)).clone();
    uncosigned.cosigners[2].cosignature.truncate(20);
    let twice = (*certificate(&[0, 1, 1], &block)).clone();
    for stable in [forged, uncosigned, twice] {
        let stable = Arc::new(stable);
        world.ledger.send(Told::Certified { by: 0, epoch: 0, stable }).await.unwrap();
        world.rest().await;
        assert_eq!(ask(&world, Publish::Checkpoint).await, None);
    }
    world.certify(&[0, 1, 2], &block).await;
    world.rest().await;
    assert!(ask(&world, Publish::Checkpoint).await.is_some());
}

#[actix_rt::test]
async fn the_log_only_grows_and_that_can_be_proven() {
    let mut world = World::new().await;
    let (mut sizes, mut roots) = (Vec::new(), Vec::new());
    for _ in 0..5 {
        let entries = [world.entry(), world.entry()];
        let block = world.commit(&entries).await;
        sizes.push(block.head.size);
        roots.push(block.head.root);
    }
    world.rest().await;
    let path = ask(&world, Compare { from: sizes[1], to: sizes[4] }).await.unwrap();
    verify_consistency(sizes[1], &roots[1], sizes[4], &roots[4], &hashes(&path)).unwrap();
    assert_eq!(ask(&world, Compare { from: 1, to: sizes[4] + 1 }).await, None);
}

#[actix_rt::test]
async fn a_persons_keys_are_proven_under_the_newest_head() {
    let mut world = World::new().await;
    let (key, label) = (Signer::from_seed(&[50; 32]), Hash([7; 32]));
    let commitment = Hash([8; 32]);
    let bind = Statement { kind: Kind::KeyBind, reference: label, parent: Hash::default(), commitment, not_after: 0 };
    let entry = world.said(bind, Some(&key), key.public().to_vec());
    world.commit(&[entry]).await;
    world.rest().await;
    for (label, value) in [(label.0, value_of(&[commitment])), ([1; 32], None)] {
        let bound = ask(&world, ProveKey { label }).await.unwrap();
        let proof = KeyProof {
            checkpoint: bound.checkpoint,
            index: bound.index,
            path: hashes(&bound.path),
            leaf: bound.leaf,
            way: bound.way,
        };
        assert_eq!(proof.verify(&label, &policy()).unwrap().value, value);
    }
}

#[actix_rt::test]
async fn a_missed_block_is_asked_for() {
    let mut world = World::new().await;
    let entry = world.entry();
    let missed = world.block(&[entry]);
    let entry = world.entry();
    let next = world.block(&[entry]);
    world.tell(&[0, 1, 2], &next).await;
    world.pass(1_000);
    world
        .heard
        .asked
        .subscribe()
        .wait_for(|asked| asked.len() >= 2 && asked.iter().all(|seq| *seq == 0))
        .await
        .unwrap();
    world.tell(&[1, 3], &missed).await;
    assert_eq!(ask(&world, Flush).await.unwrap().height, 2);
}

#[actix_rt::test]
async fn a_full_disk_keeps_nobody_waiting_and_publishes_nothing_until_it_writes_again() {
    let mut world = World::new().await;
    world.disk.written().full = true;
    let entry = world.entry();
    let answer = actix_rt::spawn(world.anchor(&entry, true));
    let handed = world.submitted(1).await;
    world.commit(&handed).await;
    assert!(answer.await.unwrap().is_ok(), "validators have it");
    world.rest().await;
    assert_eq!(ask(&world, Publish::Checkpoint).await, None);
    world.disk.written().full = false;
    world.pass(1_000);
    world.rest().await;
    assert!(ask(&world, Publish::Checkpoint).await.is_some());
    assert_eq!(world.disk.written().blocks.len(), 1);
}

#[actix_rt::test]
async fn after_a_restart_the_copy_proves_what_it_proved_before() {
    let mut world = World::new().await;
    for _ in 0..5 {
        let entry = world.entry();
        world.commit(&[entry]).await;
    }
    world.rest().await;
    let before = ask(&world, Publish::Checkpoint).await.unwrap();
    let mut world = world.again().await.unwrap();
    assert_eq!(ask(&world, Publish::Checkpoint).await.unwrap(), before);
    let proof = ask(&world, Prove { leaf: 4 }).await.unwrap();
    let head = policy().verify(&proof.checkpoint).unwrap().checkpoint;
    let leaf = world.disk.written().blocks[2].0.leaves[0].encode();
    verify_inclusion(&leaf_hash(&leaf), 4, head.size, &hashes(&proof.path), &head.root).unwrap();
    let entry = world.entry();
    world.commit(&[entry]).await;
    assert_eq!(ask(&world, Flush).await.unwrap().height, 6);
}

#[actix_rt::test]
async fn a_changed_copy_does_not_start_and_its_block_is_named() {
    let mut world = World::new().await;
    for _ in 0..3 {
        let entry = world.entry();
        world.commit(&[entry]).await;
    }
    world.rest().await;
    {
        let mut disk = world.disk.written();
        let mut changed = (*disk.blocks[1].0).clone();
        let Leaf::Entry { entry, .. } = &mut changed.leaves[0] else { panic!("a block begins with an entry") };
        entry[50] ^= 1;
        disk.blocks[1].0 = Arc::new(changed);
    }
    let refused = world.again().await.err().expect("a copy that was changed is not believed");
    assert!(matches!(refused, Unstarted::Broken(Broken::Head { seq: 2 } | Broken::Entry { seq: 2, .. })), "{refused}");
}

#[actix_rt::test]
async fn a_contradiction_is_handed_on_and_counted() {
    let world = World::new().await;
    let mut keys = Keys::new(genesis().id(), 0, (0..4).map(|id| seat(id).public()).collect(), 16);
    let vote = |digest: u8| Prepare(Vote { view: 0, seq: 7, digest: Hash([digest; 32]), by: ReplicaId(2) });
    let [one, other] = [1, 2].map(|digest| keys.sign(vote(digest), &seat(2)));
    let evidence = Box::new(Evidence::Prepares(one, other));
    world.ledger.send(Told::Caught { by: 0, epoch: 0, evidence }).await.unwrap();
    world.heard.accused.subscribe().wait_for(|count| *count == 1).await.unwrap();
    assert_eq!(ask(&world, Measure).await.equivocations, 1);
}

#[actix_rt::test]
async fn it_says_how_validators_are_and_who_keeps_it() {
    let mut world = World::new().await;
    let entry = world.entry();
    world.commit(&[entry]).await;
    for (by, view, executed) in [(0, 5, 1), (1, 5, 1), (2, 9, 1)] {
        world.stands(by, view, executed).await;
    }
    world.rest().await;
    let health = ask(&world, Measure).await;
    assert_eq!((health.view, health.primary, health.view_changes), (5, 1, 1), "one alone may say anything");
    assert_eq!(health.stable.map(|(seq, size, _)| (seq, size)), Some((1, 2)));
    let states: Vec<_> = health.validators.iter().map(|validator| validator.state).collect();
    assert_eq!(states, ["voting", "voting", "voting", "silent"]);
    world.pass(6_000);
    assert!(ask(&world, Measure).await.validators.iter().all(|validator| validator.state == "silent"));
    let kept = ask(&world, WhoKeeps).await;
    assert_eq!((kept.threshold, kept.validators.len(), kept.one_process), (3, 4, true));
    assert_eq!(Policy::parse(&kept.text).unwrap().cosigners().len(), 4);
}
