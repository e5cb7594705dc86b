//! The same blocks come to the same heads, wherever one begins.
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;

use super::*;

/// Something plausible that a clinic says, made of four small numbers so that entries meet each other.
fn plausible(kind: Kind, what: u8, on: u8, when: u64, who: u8) -> Said {
    let (name, person) = (format!("thing {what}"), someone(&format!("person {who}")));
    let parent = match kind {
        Kind::CredentialIssued => hash(&format!("person {on}")),
        Kind::KeyRevoke => named(someone(&format!("person {on}")).id()),
        _ => hash(&format!("thing {on}")),
    };
    let may_stand_alone = matches!(kind, Kind::RecordPut | Kind::RoomOpened);
    let parent = if may_stand_alone && on.is_multiple_of(2) { NONE } else { parent };
    let said = say(kind, hash(&name)).on(parent).that("commitment").until(NOW + when);
    match kind {
        Kind::KeyBind => bind(&format!("person {who}"), &person),
        Kind::KeyRevoke => say(kind, hash(&format!("person {on}"))).on(parent),
        Kind::CredentialStatus => Said { attachment: vec![1 + on % 3], ..said }.on(NONE),
        Kind::AuditRoot | Kind::ExternalCheckpoint => {
            said.on(NONE).until(0).with((1 + u64::from(on)).to_be_bytes().to_vec())
        }
        Kind::ConsentRequested | Kind::ConsentGranted => said.on(NONE),
        Kind::ConsentRevoked | Kind::RoomClosed => said.on(NONE).until(0),
        Kind::ConsentUsed => Said { statement: Statement { commitment: NONE, not_after: 0, ..said.statement }, ..said },
        Kind::RecordErased | Kind::BreakGlassReview | Kind::DatasetPublished | Kind::RoomOpened => said.until(0),
        Kind::RecordPut if who.is_multiple_of(2) => said.by(&person),
        _ => said,
    }
}

fn kinds() -> Vec<Kind> {
    Kind::ALL.iter().copied().filter(|kind| !matches!(kind, Kind::Governance | Kind::Evidence)).collect()
}

fn blocks() -> impl Strategy<Value = Vec<Vec<Said>>> {
    let said = (prop::sample::select(kinds()), 0..6_u8, 0..6_u8, 0..9_000_u64, 0..4_u8)
        .prop_map(|(kind, what, on, when, who)| plausible(kind, what, on, when, who));
    prop::collection::vec(prop::collection::vec(said, 0..16), 1..14)
}

fn lived(blocks: Vec<Vec<Said>>) -> (World, Vec<Executed>) {
    let mut world = World::new();
    let mut executed = Vec::new();
    for block in blocks {
        let batch = block.into_iter().map(|said| world.hand_in(said)).collect();
        executed.push(world.block(batch));
        world.time += 400;
    }
    (world, executed)
}

#[test]
fn the_plausible_world_has_effects_of_every_kind() {
    let mut counts = std::collections::BTreeMap::new();
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    for _ in 0..100 {
        let (world, executed) = lived(blocks().new_tree(&mut runner).unwrap().current());
        for ((_, batch), executed) in world.blocks.iter().zip(executed) {
            for (bytes, outcome) in batch.iter().zip(executed.outcomes) {
                let kind = Entry::decode(bytes).unwrap().statement.kind;
                *counts.entry((kind, outcome.is_ok())).or_insert(0) += 1;
            }
        }
    }
    for kind in kinds() {
        assert!(counts.contains_key(&(kind, true)), "{kind:?} never had an effect: {counts:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_same_blocks_come_to_the_same_heads(blocks in blocks()) {
        let (world, executed) = lived(blocks);
        let mut again = App::genesis(&genesis());
        for (seq, ((time, batch), first)) in (1..).zip(world.blocks.iter().zip(&executed)) {
            prop_assert_eq!(&again.execute(seq, *time, batch), first);
        }
        prop_assert_eq!(again.snapshot(), world.app.snapshot());
    }

    #[test]
    fn who_begins_at_a_snapshot_goes_on_with_the_same_heads(blocks in blocks(), cut: prop::sample::Index) {
        let (world, executed) = lived(blocks);
        let cut = cut.index(executed.len());
        let mut early = App::genesis(&genesis());
        for (seq, (time, batch)) in (1..).zip(&world.blocks[..cut]) {
            early.execute(seq, *time, batch);
        }
        let mut late = App::restore(&early.snapshot()).unwrap();
        prop_assert_eq!(late.head(), early.head());
        for (seq, ((time, batch), first)) in (1..).zip(world.blocks.iter().zip(&executed)).skip(cut) {
            prop_assert_eq!(&late.execute(seq, *time, batch), first);
        }
    }

    #[test]
    fn the_digest_says_all_there_is(blocks in blocks()) {
        let (world, _) = lived(blocks);
        let restored = App::restore(&world.app.snapshot()).unwrap();
        prop_assert_eq!(restored.state.digest(), world.app.state.digest());
        prop_assert_eq!(restored.map().root(), world.app.map().root());
    }

    #[test]
    fn a_changed_snapshot_is_refused_or_has_another_head(blocks in blocks(), at: prop::sample::Index, bit in 0..8_u8) {
        let (world, _) = lived(blocks);
        let mut bytes = world.app.snapshot();
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        prop_assert!(App::restore(&bytes).map_or(true, |other| other.head() != world.app.head()));
    }

    #[test]
    fn garbage_is_no_snapshot_and_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let bytes = [b"vaidya/ledger/snapshot/v1".as_slice(), &bytes].concat();
        prop_assert!(App::restore(&bytes).is_err());
    }

    #[test]
    fn the_leaves_are_the_log(blocks in blocks()) {
        let (_, executed) = lived(blocks);
        let mut log = Frontier::new();
        for block in executed {
            block.leaves.iter().for_each(|leaf| log.append(leaf.hash()));
            prop_assert_eq!((log.size(), log.root()), (block.head.size, block.head.root));
        }
    }

    #[test]
    fn one_nullifier_never_counts_twice(blocks in blocks()) {
        let (world, executed) = lived(blocks);
        let mut used = std::collections::BTreeSet::new();
        for ((_, batch), executed) in world.blocks.iter().zip(executed) {
            for (bytes, _) in batch.iter().zip(executed.outcomes).filter(|(_, outcome)| outcome.is_ok()) {
                let said = Entry::decode(bytes).unwrap().statement;
                prop_assert!(said.kind != Kind::ConsentUsed || used.insert(said.reference));
            }
        }
    }
}
