//! What a reader of the log knows who doesn't judge entries: the chain of blocks, whose keys are live, and who validates.
use std::collections::BTreeMap;

use crate::chain::{Broken, Chain, Kept};
use crate::governance::{Change, Proposal};
use crate::key::Public;
use crate::keymap::{Keymap, Label, value_of};
use crate::merkle::Frontier;
use crate::pbft::Point;
use crate::validators::Validators;
use crate::{Entry, Genesis, Hash, KeyId, Kind, Leaf};

/// Follows blocks that validators have executed: it takes their word for which entries are void, and finds everything else out itself.
#[derive(Clone)]
pub struct Follower {
    interval: u64,
    chain: Chain,
    /// Live keys with their bindings.
    people: BTreeMap<Label, Vec<(KeyId, Hash)>>,
    map: Keymap,
    /// By epoch.
    sets: Vec<Validators>,
    next: Option<Validators>,
    /// Those who may hand entries in, or once could.
    submitters: BTreeMap<KeyId, Public>,
    end: Option<(u64, Leaf)>,
}

/// What a block changes, before it is known to be right.
#[derive(Default)]
struct Changes {
    people: BTreeMap<Label, Vec<(KeyId, Hash)>>,
    next: Option<Option<Validators>>,
    submitters: Vec<Public>,
}

impl Follower {
    /// From the beginning.
    #[must_use]
    pub fn begin(genesis: &Genesis) -> Self {
        let (interval, chain) = (genesis.interval.max(1), Chain::begin(genesis.made_at));
        let sets = vec![genesis.validators.clone()];
        let submitters = genesis.submitters.iter().map(|public| (KeyId::of(public), *public)).collect();
        Self { interval, chain, people: BTreeMap::new(), map: Keymap::new(), sets, next: None, submitters, end: None }
    }

    /// Goes on by a block.
    ///
    /// # Errors
    /// What is not as it should be; nothing has changed then.
    pub fn follow(&mut self, kept: &Kept) -> Result<(), Broken> {
        let seq = kept.point.seq;
        let (mut chain, mut changes) = (self.chain.clone(), Changes::default());
        chain.follow(kept, &[], &mut |_, _| {})?;
        if kept.epoch != self.epoch() {
            return Err(Broken::Head { seq });
        }
        effective(&kept.leaves).for_each(|entry| self.note(&entry, &mut changes));
        let map = self.mapped(&changes.people);
        let root = map.root();
        if kept.leaves.iter().any(|leaf| matches!(leaf, Leaf::End { keymap, .. } if *keymap != root)) {
            return Err(Broken::Head { seq });
        }
        (self.chain, self.map) = (chain, map);
        self.settle(kept, changes);
        Ok(())
    }

    /// Where it has come to.
    #[must_use]
    pub fn point(&self) -> Point {
        self.chain.point()
    }

    /// The log so far.
    #[must_use]
    pub fn log(&self) -> &Frontier {
        self.chain.log()
    }

    /// Labels and their live keys. A copy is cheap and stays as it is.
    #[must_use]
    pub fn map(&self) -> &Keymap {
        &self.map
    }

    /// The last leaf that ended a block, with its place in the log: it has the key map's root.
    #[must_use]
    pub fn end(&self) -> Option<&(u64, Leaf)> {
        self.end.as_ref()
    }

    /// The epoch of the next block.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        u64::try_from(self.sets.len()).unwrap_or(u64::MAX).saturating_sub(1)
    }

    /// Who validates in an epoch.
    #[must_use]
    pub fn validators(&self, epoch: u64) -> Option<&Validators> {
        self.sets.get(usize::try_from(epoch).ok()?)
    }

    /// Whether other validators take over at the next checkpoint.
    #[must_use]
    pub fn is_turning(&self) -> bool {
        self.next.is_some()
    }

    /// The key of someone who may hand entries in, or once could.
    #[must_use]
    pub fn submitter(&self, id: KeyId) -> Option<&Public> {
        self.submitters.get(&id)
    }

    fn note(&self, entry: &Entry, changes: &mut Changes) {
        let said = &entry.statement;
        match said.kind {
            Kind::KeyBind | Kind::KeyRevoke => {
                let known = || self.people.get(&said.reference.0).cloned().unwrap_or_default();
                let keys = changes.people.entry(said.reference.0).or_insert_with(known);
                keys.retain(|(id, _)| !said.parent.0.starts_with(&id.0));
                let bound = <[u8; 32]>::try_from(entry.attachment.as_slice()).ok();
                keys.extend(bound.map(|public| (KeyId::of(&public), said.commitment)));
            }
            Kind::Governance => self.govern(entry, changes),
            _ => {}
        }
    }

    fn govern(&self, entry: &Entry, changes: &mut Changes) {
        let Ok((proposal, _)) = Proposal::read(&entry.attachment) else { return };
        let office = self.sets.last();
        let before = changes.next.as_ref().unwrap_or(&self.next).as_ref().or(office);
        if let Some(after) = before.and_then(|before| proposal.validators(before).ok()) {
            changes.next = Some(Some(after).filter(|after| Some(after) != office));
        }
        changes.submitters.extend(proposal.changes.iter().filter_map(|change| match change {
            Change::AddSubmitter(public) => Some(*public),
            _ => None,
        }));
    }

    fn mapped(&self, people: &BTreeMap<Label, Vec<(KeyId, Hash)>>) -> Keymap {
        let mut map = self.map.clone();
        for (label, keys) in people {
            let bindings: Vec<Hash> = keys.iter().map(|(_, binding)| *binding).collect();
            match value_of(&bindings) {
                Some(value) => drop(map.insert(*label, value)),
                None => drop(map.remove(label)),
            }
        }
        map
    }

    fn settle(&mut self, kept: &Kept, changes: Changes) {
        for (label, keys) in changes.people {
            match keys.is_empty() {
                true => drop(self.people.remove(&label)),
                false => drop(self.people.insert(label, keys)),
            }
        }
        self.submitters.extend(changes.submitters.into_iter().map(|public| (KeyId::of(&public), public)));
        self.next = changes.next.unwrap_or(self.next.take());
        if kept.point.seq.is_multiple_of(self.interval) {
            self.sets.extend(self.next.take());
        }
        if let Some(end @ Leaf::End { .. }) = kept.leaves.last() {
            self.end = Some((kept.head.size.saturating_sub(1), end.clone()));
        }
    }
}

/// The entries that are not void, in order.
pub fn effective(leaves: &[Leaf]) -> impl Iterator<Item = Entry> {
    leaves.iter().filter_map(|leaf| match leaf {
        Leaf::Entry { outcome: 0, entry, .. } => Entry::decode(entry).ok(),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::App;
    use crate::genesis::tests::genesis;
    use crate::pbft::{Batch, Tx};
    use crate::validators::tests::validator;
    use crate::{Signer, Statement};

    /// A ledger that is executed, and its blocks as they are kept.
    struct World {
        app: App,
        at: Point,
        sequence: u64,
    }

    impl World {
        fn new() -> Self {
            let at = Point { time: genesis().made_at, ..Point::default() };
            Self { app: App::genesis(&genesis()), at, sequence: 0 }
        }

        fn entry(&mut self, statement: Statement, by: Option<&Signer>, attachment: Vec<u8>) -> Vec<u8> {
            self.sequence += 1;
            let actor = by.map(|signer| statement.signed_by(signer));
            let submitter = Signer::from_seed(&[1; 32]);
            Entry::submit(&self.app.ledger(), &submitter, self.sequence, statement, actor, attachment).encode()
        }

        fn block(&mut self, entries: Vec<Vec<u8>>) -> Kept {
            let proposed = if entries.is_empty() { 0 } else { self.at.time + 5 };
            let batch = Batch::new(proposed, entries.iter().map(|it| Tx::from(it.as_slice())).collect());
            self.at = self.at.then(&batch);
            let epoch = self.app.epoch();
            let executed = self.app.execute(self.at.seq, self.at.time, batch.entries());
            Kept { epoch, point: self.at, proposed, head: executed.head, leaves: executed.leaves }
        }

        fn bind(&mut self, label: u8, key: u8, parent: Hash) -> Vec<u8> {
            let signer = Signer::from_seed(&[key; 32]);
            let reference = Hash([label; 32]);
            let commitment = Hash([key; 32]);
            let said = Statement { kind: Kind::KeyBind, reference, parent, commitment, not_after: 0 };
            self.entry(said, Some(&signer), signer.public().to_vec())
        }

        fn govern(&mut self, changes: Vec<Change>) -> Vec<u8> {
            let (ledger, proposal) = (self.app.ledger(), Proposal { serial: self.app.serial(), changes });
            let assent = |id: u8| proposal.assent(&ledger, id, &Signer::from_seed(&[100 + id; 32]));
            let attachment = proposal.attachment(&[assent(0), assent(1), assent(2)]);
            let (reference, none) = (proposal.reference(&ledger), Hash::default());
            let said = Statement { kind: Kind::Governance, reference, parent: none, commitment: none, not_after: 0 };
            self.entry(said, None, attachment)
        }
    }

    fn padded(key: u8) -> Hash {
        let mut bytes = [0; 32];
        bytes[..16].copy_from_slice(&Signer::from_seed(&[key; 32]).id().0);
        Hash(bytes)
    }

    #[test]
    fn a_follower_knows_the_keys_and_sets_that_the_state_machine_knows() {
        let (mut world, mut follower) = (World::new(), Follower::begin(&genesis()));
        let bound = vec![world.bind(10, 11, Hash::default()), world.bind(10, 12, Hash::default())];
        let twice = vec![world.bind(10, 11, Hash::default()), world.bind(10, 13, padded(12))];
        let none = Hash::default();
        let revoked = [(20, 11), (10, 11), (10, 13)].map(|(label, key)| {
            let said = Statement {
                kind: Kind::KeyRevoke,
                reference: Hash([label; 32]),
                parent: padded(key),
                commitment: none,
                not_after: 0,
            };
            world.entry(said, None, Vec::new())
        });
        let [other, first, last] = revoked;
        let new = Signer::from_seed(&[77; 32]).public();
        let grown = vec![world.govern(vec![Change::Add(validator(4)), Change::AddSubmitter(new)])];
        for entries in [bound, Vec::new(), twice, vec![other, first], grown, vec![last], Vec::new(), Vec::new()] {
            let kept = world.block(entries);
            assert_eq!(follower.follow(&kept), Ok(()));
            assert_eq!(follower.map().root(), world.app.map().root());
            assert_eq!((follower.log(), follower.epoch()), (world.app.log(), world.app.epoch()));
        }
        assert!(follower.map().is_empty());
        assert_eq!(follower.epoch(), 1);
        assert_eq!(follower.submitter(KeyId::of(&new)), Some(&new));
        assert_eq!(follower.validators(1), world.app.validators(1));
        let (place, end) = follower.end().unwrap();
        assert_eq!(*place, 12);
        assert!(matches!(end, Leaf::End { seq: 6, .. }));
    }

    #[test]
    fn a_key_that_was_left_out_of_the_map_is_missed() {
        let (mut world, mut follower) = (World::new(), Follower::begin(&genesis()));
        let entry = world.bind(10, 11, Hash::default());
        let mut kept = world.block(vec![entry]);
        kept.leaves[1] = Leaf::End { seq: 1, time: kept.point.time, keymap: Hash::default() };
        let mut log = Frontier::new();
        kept.leaves.iter().for_each(|leaf| log.append(leaf.hash()));
        kept.head.root = log.root();
        assert_eq!(follower.follow(&kept), Err(Broken::Head { seq: 1 }));
        assert_eq!(follower.point().seq, 0);
    }

    #[test]
    fn a_block_of_another_epoch_is_refused() {
        let (mut world, mut follower) = (World::new(), Follower::begin(&genesis()));
        let mut kept = world.block(Vec::new());
        kept.epoch = 1;
        assert_eq!(follower.follow(&kept), Err(Broken::Head { seq: 1 }));
    }

    #[test]
    fn the_policy_of_a_genesis_asks_for_a_quorum() {
        let genesis = genesis();
        let policy = genesis.validators.policy(&genesis.origin, genesis.log).unwrap();
        assert_eq!(policy.logs()[0].name(), "clinic.example/log");
        assert_eq!(policy.cosigners()[3].name(), "clinic.example/log/validator/3");
    }
}
