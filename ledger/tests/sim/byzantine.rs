//! Validators that lie: an honest replica whose messages are changed on their way out, and what it says of its own accord.
use std::sync::Arc;

use vaidya_ledger::pbft::{
    Batch, Bytes, Commit, Frame, Keys, Limits, NewView, Prepare, Prepared, Proposal, ReplicaId, Signed, Tx, ViewChange,
    Vote,
};
use vaidya_ledger::{Hash, Signer};

use crate::rng::Rng;

const HOUR: u64 = 3_600_000;
/// How many messages of others are remembered to be said again.
const REMEMBERED: usize = 64;

/// What a validator does that it must not.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Vice {
    /// Proposes one batch to some and another to the rest, and votes for both.
    Equivocate,
    /// Proposes two different batches to everybody. Caught at once, and so not drawn.
    EquivocateOpenly,
    /// Proposes as late as it dares.
    Slow,
    /// Votes for everything anyone proposes, at once and without having it prepared.
    DoubleVote,
    /// Says nothing to some.
    SilentToSome,
    /// One bit of every other message is flipped.
    CorruptSignatures,
    /// Says again what was said long ago, its own and others'.
    StaleReplays,
    /// Its view changes show certificates that it made up, with signatures nobody made.
    ForgedPrepared,
    /// Its view changes show nothing of what it has prepared.
    HiddenPrepared,
    /// Its new views leave out or exchange what must be proposed again.
    WrongO,
    /// Opens views that are another's to open.
    Usurp,
    /// Its checkpoints have another root.
    WrongCheckpoint,
    /// Noise.
    Garbage,
    /// Its proposals are an hour late or early.
    TimeLiar,
    /// Leaves out what one client wants.
    Censor,
    /// Its batches are larger than allowed.
    Oversized,
    /// Proposes and votes for numbers far beyond the watermarks.
    FarAhead,
    /// Gives those who are behind blocks that never were.
    ForgedBlocks,
}

impl Vice {
    pub(crate) const ALL: [Self; 17] = [
        Self::Equivocate,
        Self::Slow,
        Self::DoubleVote,
        Self::SilentToSome,
        Self::CorruptSignatures,
        Self::StaleReplays,
        Self::ForgedPrepared,
        Self::HiddenPrepared,
        Self::WrongO,
        Self::Usurp,
        Self::WrongCheckpoint,
        Self::Garbage,
        Self::TimeLiar,
        Self::Censor,
        Self::Oversized,
        Self::FarAhead,
        Self::ForgedBlocks,
    ];
}

/// A message and how many milliseconds later than now it leaves.
pub(crate) type Said = (u64, usize, Bytes);

pub(crate) struct Liar {
    me: usize,
    n: usize,
    vice: Vice,
    keys: Keys,
    signer: Signer,
    limits: Limits,
    rng: Rng,
    /// Entries that clients really signed, to make other batches of.
    entries: Vec<Tx>,
    heard: Vec<Bytes>,
    changes: Vec<Arc<Signed<ViewChange>>>,
}

impl Liar {
    pub(crate) fn new(me: usize, n: usize, vice: Vice, keys: Keys, signer: Signer, limits: Limits, rng: Rng) -> Self {
        let (entries, heard, changes) = (Vec::new(), Vec::new(), Vec::new());
        Self { me, n, vice, keys, signer, limits, rng, entries, heard, changes }
    }

    /// What it says instead of this message to one of the others.
    pub(crate) fn say(&mut self, to: usize, bytes: &Bytes) -> Vec<Said> {
        let Some(frame) = Frame::decode(bytes) else { return vec![(0, to, Arc::clone(bytes))] };
        let honest = vec![(0, to, Arc::clone(bytes))];
        match (self.vice, frame) {
            (Vice::Equivocate | Vice::EquivocateOpenly, Frame::PrePrepare(proposal, batch)) => {
                self.equivocate(to, proposal, &batch)
            }
            (Vice::Slow, Frame::PrePrepare(..)) => {
                let late = self.limits.view_timeout.as_millis() as u64;
                vec![(self.rng.between(late / 2, late * 9 / 10), to, Arc::clone(bytes))]
            }
            (Vice::SilentToSome, _) if to % 2 == self.me % 2 => Vec::new(),
            (Vice::CorruptSignatures, _) if self.rng.chance(50) => vec![(0, to, self.flipped(bytes))],
            (Vice::StaleReplays, _) => self.replays(to, honest),
            (Vice::ForgedPrepared, Frame::ViewChange(change)) => vec![(0, to, self.forged(&change))],
            (Vice::HiddenPrepared, Frame::ViewChange(change)) => {
                let body = ViewChange { prepared: Vec::new(), ..change.body.clone() };
                vec![(0, to, self.sign_change(body))]
            }
            (Vice::WrongO, Frame::NewView(view)) => vec![(0, to, self.wrong_o(&view))],
            (Vice::WrongCheckpoint, Frame::Checkpoint(it)) => {
                let mut body = it.body;
                body.head.root = Hash(self.rng.bytes());
                vec![(0, to, Frame::Checkpoint(self.keys.sign(body, &self.signer)).encode())]
            }
            (Vice::Garbage, _) => self.garbage(to, honest),
            (Vice::TimeLiar, Frame::PrePrepare(proposal, batch)) => {
                let time = if proposal.body.seq.is_multiple_of(2) {
                    batch.time() + HOUR
                } else {
                    batch.time().saturating_sub(HOUR)
                };
                vec![(0, to, self.propose(proposal.body, Batch::new(time, batch.entries().to_vec())))]
            }
            (Vice::Censor, Frame::PrePrepare(proposal, batch)) => {
                let left = batch.entries().iter().filter(|entry| Batch::request(entry).0[0].is_multiple_of(2));
                let other = Batch::new(batch.time(), left.cloned().collect());
                if other.entries().is_empty() { Vec::new() } else { vec![(0, to, self.propose(proposal.body, other))] }
            }
            (Vice::Oversized, Frame::PrePrepare(proposal, batch)) => {
                let many = batch.entries().iter().cycle().take(self.limits.batch_entries + 1).cloned();
                vec![(0, to, self.propose(proposal.body, Batch::new(batch.time(), many.collect())))]
            }
            (Vice::FarAhead, Frame::PrePrepare(proposal, batch)) => {
                let far = Proposal { seq: proposal.body.seq + self.limits.window * 2, ..proposal.body };
                vec![(0, to, Arc::clone(bytes)), (0, to, self.propose(far, (*batch).clone()))]
            }
            (Vice::ForgedBlocks, Frame::Chunk(mut chunk)) => {
                let at = self.rng.index(chunk.batches.len());
                if let Some(batch) = chunk.batches.get_mut(at) {
                    *batch = Arc::new(Batch::new(batch.time() + 1, batch.entries().to_vec()));
                }
                vec![(0, to, Frame::Chunk(chunk).encode())]
            }
            _ => honest,
        }
    }

    /// What it says when it hears something, beside what its replica answers.
    pub(crate) fn hear(&mut self, bytes: &Bytes) -> Vec<Said> {
        if self.heard.len() < REMEMBERED {
            self.heard.push(Arc::clone(bytes));
        } else {
            let at = self.rng.index(REMEMBERED);
            self.heard[at] = Arc::clone(bytes);
        }
        match Frame::decode(bytes) {
            Some(Frame::PrePrepare(proposal, batch)) => {
                self.entries.extend(batch.entries().iter().take(4).cloned());
                self.entries.truncate(REMEMBERED);
                self.vote_for(&proposal.body)
            }
            Some(Frame::Prepare(it)) if self.vice == Vice::DoubleVote => self.vote(it.body.0),
            Some(Frame::ViewChange(change)) if self.vice == Vice::Usurp => self.usurp(change),
            _ => Vec::new(),
        }
    }

    fn others(&self) -> impl Iterator<Item = usize> + use<> {
        let me = self.me;
        (0..self.n).filter(move |to| *to != me)
    }

    fn to_all(&self, bytes: &Bytes) -> Vec<Said> {
        self.others().map(|to| (0, to, Arc::clone(bytes))).collect()
    }

    fn propose(&mut self, body: Proposal, batch: Batch) -> Bytes {
        let body = Proposal { digest: batch.digest(), ..body };
        Frame::PrePrepare(self.keys.sign(body, &self.signer), Arc::new(batch)).encode()
    }

    /// Two different batches, each to every other replica or sometimes both to one, with a commit for each.
    fn equivocate(&mut self, to: usize, proposal: Signed<Proposal>, batch: &Batch) -> Vec<Said> {
        let mut entries = batch.entries().to_vec();
        entries.reverse();
        let other = Batch::new(batch.time() + 1, entries);
        let second = Proposal { digest: other.digest(), ..proposal.body };
        let first = Frame::PrePrepare(proposal, Arc::new(batch.clone())).encode();
        let lie = self.propose(second, other);
        let both = self.vice == Vice::EquivocateOpenly || self.rng.chance(10);
        let mut said = Vec::new();
        for (bytes, body, wanted) in
            [(first, proposal.body, to.is_multiple_of(2)), (lie, second, !to.is_multiple_of(2))]
        {
            if wanted || both {
                let commit = Commit(Vote { view: body.view, seq: body.seq, digest: body.digest, by: self.id() });
                said.push((0, to, bytes));
                said.push((2, to, Frame::Commit(self.keys.sign(commit, &self.signer)).encode()));
            }
        }
        said
    }

    fn vote_for(&mut self, body: &Proposal) -> Vec<Said> {
        let vote = Vote { view: body.view, seq: body.seq, digest: body.digest, by: self.id() };
        match self.vice {
            Vice::DoubleVote | Vice::Equivocate => self.vote(vote),
            Vice::FarAhead => self.vote(Vote { seq: vote.seq + 2 * self.limits.window, ..vote }),
            _ => Vec::new(),
        }
    }

    fn vote(&mut self, vote: Vote) -> Vec<Said> {
        let vote = Vote { by: self.id(), ..vote };
        let prepare = Frame::Prepare(self.keys.sign(Prepare(vote), &self.signer)).encode();
        let commit = Frame::Commit(self.keys.sign(Commit(vote), &self.signer)).encode();
        let mut said = self.to_all(&prepare);
        said.extend(self.to_all(&commit));
        said
    }

    fn flipped(&mut self, bytes: &Bytes) -> Bytes {
        let mut bytes = bytes.to_vec();
        let at = bytes.len() - 1 - self.rng.index(bytes.len().min(64));
        bytes[at] ^= 1 << self.rng.below(8);
        bytes.into()
    }

    fn replays(&mut self, to: usize, mut said: Vec<Said>) -> Vec<Said> {
        if !self.heard.is_empty() && self.rng.chance(60) {
            let again = Arc::clone(self.rng.pick(&self.heard));
            said.push((self.rng.below(500), to, again));
        }
        said
    }

    fn garbage(&mut self, to: usize, mut said: Vec<Said>) -> Vec<Said> {
        let mut noise: Vec<u8> = (0..self.rng.index(200)).map(|_| self.rng.next() as u8).collect();
        if self.rng.chance(50) && !noise.is_empty() {
            noise[0] = self.rng.between(1, 12) as u8;
        }
        if self.rng.chance(30) {
            // A message cut off in the middle.
            let whole = &said[0].2;
            noise = whole[..self.rng.index(whole.len())].to_vec();
        }
        said.push((0, to, noise.into()));
        said
    }

    /// For each number above the checkpoint that it shows, a certificate of its own making, of the highest view that could have one.
    fn forged(&mut self, change: &Signed<ViewChange>) -> Bytes {
        let mut body = change.body.clone();
        let low = body.stable.as_ref().map_or(0, |stable| stable.seq());
        let view = body.view - 1;
        let numbers = 1 + self.rng.below(3);
        body.prepared = (low + 1..=low + numbers).map(|seq| Arc::new(self.certificate(view, seq))).collect();
        self.sign_change(body)
    }

    fn certificate(&mut self, view: u64, seq: u64) -> Prepared {
        let digest = Batch::new(1, self.entries.iter().take(1).cloned().collect()).digest();
        let quorum = self.keys.quorum();
        let primary = quorum.primary(view);
        let proposal = self.keys.sign(Proposal { view, seq, digest }, &self.signer);
        let backups = quorum.everyone().filter(|id| *id != primary).take(quorum.prepares());
        let backups: Vec<_> = backups.collect();
        let prepares = backups.into_iter().map(|by| {
            let body = Prepare(Vote { view, seq, digest, by });
            (by, self.keys.sign(body, &self.signer).signature)
        });
        Prepared { prepares: prepares.collect(), proposal }
    }

    fn sign_change(&mut self, body: ViewChange) -> Bytes {
        Frame::ViewChange(Arc::new(self.keys.sign(body, &self.signer))).encode()
    }

    fn wrong_o(&mut self, view: &Signed<NewView>) -> Bytes {
        let mut body = view.body.clone();
        let seq = body.proposals.first().map_or(1, |first| first.body.seq);
        match self.rng.below(3) {
            0 => body.proposals.clear(),
            1 => body.proposals.iter_mut().for_each(|it| {
                it.body.digest = Batch::null().digest();
                *it = self.keys.sign(it.body, &self.signer);
            }),
            _ => {
                let batch = Batch::new(1, self.entries.iter().take(1).cloned().collect());
                let added = Proposal { view: body.view, seq, digest: batch.digest() };
                body.proposals = vec![self.keys.sign(added, &self.signer)];
            }
        }
        Frame::NewView(Arc::new(self.keys.sign(body, &self.signer))).encode()
    }

    /// Opens a view that isn't its own to open, without anything to propose again, as soon as enough others want it.
    fn usurp(&mut self, change: Arc<Signed<ViewChange>>) -> Vec<Said> {
        let view = change.body.view;
        self.changes.retain(|it| it.body.view >= view && it.body.by != change.body.by);
        self.changes.push(change);
        let quorum = self.keys.quorum();
        let stable = self.changes.iter().find_map(|it| it.body.stable.clone());
        let mine = ViewChange { view, stable, prepared: Vec::new(), by: self.id() };
        let mine = Arc::new(self.keys.sign(mine, &self.signer));
        let mut changes: Vec<_> = self.changes.iter().filter(|it| it.body.view == view).cloned().collect();
        changes.push(mine);
        if changes.len() < quorum.strong() || quorum.primary(view) == self.id() {
            return Vec::new();
        }
        changes.sort_by_key(|it| it.body.by);
        let body = NewView { view, changes, proposals: Vec::new() };
        let bytes = Frame::NewView(Arc::new(self.keys.sign(body, &self.signer))).encode();
        self.to_all(&bytes)
    }

    fn id(&self) -> ReplicaId {
        ReplicaId(self.me as u8)
    }
}
