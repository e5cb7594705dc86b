//! What the client knows of the log: its blocks, which of them are on disk here, and the newest head that a quorum signed.
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use vaidya_ledger::chain::{Broken, Kept};
use vaidya_ledger::follow::Follower;
use vaidya_ledger::keymap::Keymap;
use vaidya_ledger::note::{Checkpoint, Note, Role, Vkey};
use vaidya_ledger::pbft::{Cosigner, Keys, Seq, Stable};
use vaidya_ledger::{Genesis, Hash, Head, Leaf, Signer, Validators};

/// How many of the last blocks a certificate is still waited for. Lower misses those of slow validators, higher remembers more key maps.
const AWAITED: usize = 256;
/// How many blocks may wait for the disk here. When it is full, no more are taken up until it writes again; validators keep them.
pub const UNKEPT: usize = 256;
/// How many signatures are remembered while a certificate is checked: those of all validators.
const SIGNATURES: usize = 64;

/// What was known after a block.
#[derive(Clone)]
struct After {
    epoch: u64,
    head: Head,
    map: Keymap,
    end: Option<(u64, Leaf)>,
}

/// A head that a quorum signed, as it is published.
#[derive(Clone)]
pub(super) struct Published {
    /// Its block, and the time of that.
    pub(super) seq: Seq,
    pub(super) time: u64,
    pub(super) head: Head,
    /// The signed note.
    pub(super) note: Arc<str>,
    pub(super) votes: usize,
    pub(super) map: Keymap,
    pub(super) end: Option<(u64, Leaf)>,
}

/// What is known.
pub(super) struct Known {
    ledger: Hash,
    origin: String,
    log: Signer,
    follower: Follower,
    after: BTreeMap<Seq, (u64, After)>,
    certificates: BTreeMap<Seq, (u64, Arc<Stable>)>,
    unkept: VecDeque<Arc<Kept>>,
    published: Option<Published>,
}

impl Known {
    /// Nothing but how the ledger began. The log's own key signs what a quorum has signed.
    pub(super) fn begin(genesis: &Genesis, log: Signer) -> Self {
        Self {
            ledger: genesis.id(),
            origin: genesis.origin.clone(),
            log,
            follower: Follower::begin(genesis),
            after: BTreeMap::new(),
            certificates: BTreeMap::new(),
            unkept: VecDeque::new(),
            published: None,
        }
    }

    /// Which ledger it is.
    pub(super) fn ledger(&self) -> Hash {
        self.ledger
    }

    /// The epoch of one of the last blocks.
    pub(super) fn epoch_of(&self, seq: Seq) -> Option<u64> {
        self.after.get(&seq).map(|(_, after)| after.epoch)
    }

    pub(super) fn follower(&self) -> &Follower {
        &self.follower
    }

    /// The last block.
    pub(super) fn seq(&self) -> Seq {
        self.follower.point().seq
    }

    /// Who validates the next block.
    pub(super) fn validators(&self) -> Option<&Validators> {
        self.follower.validators(self.follower.epoch())
    }

    /// The newest head that a quorum signed and whose blocks are on disk here.
    pub(super) fn published(&self) -> Option<&Published> {
        self.published.as_ref()
    }

    /// Takes up the next block.
    pub(super) fn follow(&mut self, kept: &Arc<Kept>) -> Result<(), Broken> {
        self.follower.follow(kept)?;
        let (map, end) = (self.follower.map().clone(), self.follower.end().cloned());
        let after = After { epoch: kept.epoch, head: kept.head, map, end };
        self.after.insert(kept.point.seq, (kept.point.time, after));
        if self.after.len() > AWAITED {
            self.after.pop_first();
        }
        Ok(())
    }

    /// The block has to go to the disk here.
    pub(super) fn keep(&mut self, kept: Arc<Kept>) {
        self.unkept.push_back(kept);
    }

    /// Whether the disk is too far behind to take up more.
    pub(super) fn is_full(&self) -> bool {
        self.unkept.len() >= UNKEPT
    }

    /// Blocks that have to go to the disk.
    pub(super) fn unkept(&mut self) -> Vec<Arc<Kept>> {
        self.unkept.drain(..).collect()
    }

    /// They could not be written.
    pub(super) fn put_back(&mut self, blocks: Vec<Arc<Kept>>) {
        blocks.into_iter().rev().for_each(|block| self.unkept.push_front(block));
    }

    /// Someone shows a certificate. It is looked at when its block is known.
    pub(super) fn hear(&mut self, epoch: u64, stable: Arc<Stable>) {
        let seq = stable.seq();
        let old = self.published.as_ref().is_some_and(|published| seq <= published.seq);
        let far = seq > self.seq().saturating_add(super::words::AHEAD);
        if !old && !far {
            self.certificates.entry(seq).or_insert((epoch, stable));
        }
    }

    /// The newest certificate that holds of the blocks up to `last`, as it would be published.
    pub(super) fn certified(&mut self, last: Seq) -> Option<(Arc<Stable>, Published)> {
        let mut found = None;
        while let Some(seq) =
            self.certificates.range(..=last).next_back().map(|(seq, _)| *seq).filter(|_| found.is_none())
        {
            let certificate = self.certificates.remove(&seq);
            found = certificate.and_then(|(epoch, stable)| Some((Arc::clone(&stable), self.note(epoch, &stable)?)));
        }
        if let Some((stable, _)) = &found {
            self.certificates = self.certificates.split_off(&stable.seq());
        }
        found
    }

    /// It is on disk here, with everything before it.
    pub(super) fn publish(&mut self, published: Published) {
        let newer = self.published.as_ref().is_none_or(|before| before.seq < published.seq);
        if newer {
            self.after = self.after.split_off(&published.seq);
            self.published = Some(published);
        }
    }

    /// A certificate as a signed note: of this head, by a quorum of that epoch's validators, each with a cosignature that holds.
    fn note(&self, epoch: u64, stable: &Stable) -> Option<Published> {
        let (time, after) = self.after.get(&stable.seq())?;
        let set = self.follower.validators(epoch).filter(|_| after.epoch == epoch && after.head == stable.head)?;
        let publics = set.iter().map(|validator| validator.public).collect();
        if !stable.holds(&mut Keys::new(self.ledger, epoch, publics, SIGNATURES), set.quorum()) {
            return None;
        }
        let text = Checkpoint::new(&self.origin, stable.head.size, stable.head.root).to_string();
        let names = set.cosigners(&self.origin).ok()?;
        let cosigned: Vec<_> = stable.cosigners.iter().filter_map(|one| line(one, &names, &text)).collect();
        let votes = cosigned.len();
        let own = Vkey::new(&self.origin, Role::Log, self.log.public()).ok()?.sign(&self.log, &text);
        let note = Note { text, lines: [vec![own], cosigned].concat() }.to_string();
        let After { head, map, end, .. } = after.clone();
        let published = Published { seq: head.seq, time: *time, head, note: note.into(), votes, map, end };
        (votes >= set.quorum()).then_some(published)
    }
}

/// A cosigner's line, when it holds: `u64 seconds ‖ signature`.
fn line(one: &Cosigner, names: &[Vkey], text: &str) -> Option<vaidya_ledger::note::Line> {
    let name = names.get(usize::from(one.by.0))?;
    let (seconds, signature) = one.cosignature.split_first_chunk()?;
    let seconds = u64::from_be_bytes(*seconds);
    let line = name.cosigned(&vaidya_ledger::note::Cosigned { seconds, signature: signature.try_into().ok()? });
    name.check(text, &line).map(|_| line)
}
