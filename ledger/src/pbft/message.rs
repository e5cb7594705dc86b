//! The messages of the protocol, their signed parts first (section 4.2 to 4.4 of the paper).
use std::sync::Arc;

use super::codec::{self, Reader, Wire};
use super::config::{MAX_COSIGNATURE, MAX_VALIDATORS, MAX_WINDOW};
use super::{Prepared, Quorum, ReplicaId, Seq, Stable, View};
use crate::key;
use crate::{Hash, Head};

/// Digests one status asks for at most.
pub(super) const MAX_WANTED: usize = 16;

/// What is signed: it has a kind of its own, and says who must have signed it.
pub trait Body: Wire {
    /// Separates the domains of signatures: no message can be read as another kind.
    const KIND: u8;
    /// Whose signature it needs.
    fn by(&self, quorum: Quorum) -> ReplicaId;
}

/// A body with its signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signed<T> {
    /// What was signed.
    pub body: T,
    /// Ed25519, over [`Keys::message`](super::Keys::message).
    pub signature: key::Signed,
}

/// PRE-PREPARE without its batch: the primary gives a batch a number (section 4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// In which view.
    pub view: View,
    /// Which number.
    pub seq: Seq,
    /// Digest of the batch.
    pub digest: Hash,
}

/// What PREPARE and COMMIT say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Vote {
    /// In which view.
    pub view: View,
    /// For which number.
    pub seq: Seq,
    /// For which batch.
    pub digest: Hash,
    /// Whose vote.
    pub by: ReplicaId,
}

/// PREPARE: a backup has accepted the proposal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prepare(pub Vote);

/// COMMIT: a replica has the proposal prepared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Commit(pub Vote);

/// CHECKPOINT: what a replica has after executing a block (section 4.3), with its cosignature of the tree head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// All blocks up to it.
    pub chain: Hash,
    /// What came of them; it has the number.
    pub head: Head,
    /// C2SP `cosignature/v1` of the tree head.
    pub cosignature: Vec<u8>,
    /// Whose.
    pub by: ReplicaId,
}

/// VIEW-CHANGE: a replica wants this view, and shows what it has (section 4.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ViewChange {
    /// The view it wants.
    pub view: View,
    /// C: proof of its last stable checkpoint; none while it is where the validator set began.
    pub stable: Option<Arc<Stable>>,
    /// P: what it has prepared above that, ascending.
    pub prepared: Vec<Arc<Prepared>>,
    /// Whose.
    pub by: ReplicaId,
}

/// NEW-VIEW: the primary of a view opens it (section 4.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewView {
    /// The view.
    pub view: View,
    /// V: the view changes that entitle it.
    pub changes: Vec<Arc<Signed<ViewChange>>>,
    /// O: what is proposed again, ascending.
    pub proposals: Vec<Signed<Proposal>>,
}

/// Where a replica stands. Not signed, and believed only as far as it costs its sender: it is answered with what it lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// Of which validator set.
    pub epoch: u64,
    /// The view it is in, or wants.
    pub view: View,
    /// Whether it waits for that view to open.
    pub changing: bool,
    /// Number of its stable checkpoint.
    pub stable: Seq,
    /// The last block it executed.
    pub executed: Seq,
    /// Set when it lost its log: wants an answer with the same number.
    pub asks: u64,
    /// The number of the question this answers; 0 when it answers none.
    pub answers: u64,
    /// Batches it needs and doesn't have.
    pub wanted: Vec<Hash>,
}

/// A replica that is behind asks for blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fetch {
    /// After this number.
    pub after: Seq,
}

macro_rules! body {
    ($name:ty, $kind:literal, |$it:ident, $quorum:ident| $by:expr) => {
        impl Body for $name {
            const KIND: u8 = $kind;
            fn by(&self, $quorum: Quorum) -> ReplicaId {
                let $it = self;
                $by
            }
        }
    };
}

body!(Proposal, 1, |it, quorum| quorum.primary(it.view));
body!(Prepare, 2, |it, _quorum| it.0.by);
body!(Commit, 3, |it, _quorum| it.0.by);
body!(Checkpoint, 4, |it, _quorum| it.by);
body!(ViewChange, 5, |it, _quorum| it.by);
body!(NewView, 6, |it, quorum| quorum.primary(it.view));

impl<T: Wire> Wire for Signed<T> {
    fn write(&self, to: &mut Vec<u8>) {
        self.body.write(to);
        to.extend(self.signature);
    }
    fn read(from: &mut Reader<'_>) -> Option<Self> {
        Some(Self { body: T::read(from)?, signature: from.array()? })
    }
}

impl<T: Wire> Wire for Arc<T> {
    fn write(&self, to: &mut Vec<u8>) {
        T::write(self, to);
    }
    fn read(from: &mut Reader<'_>) -> Option<Self> {
        T::read(from).map(Self::new)
    }
}

impl Wire for ReplicaId {
    fn write(&self, to: &mut Vec<u8>) {
        to.push(self.0);
    }
    fn read(from: &mut Reader<'_>) -> Option<Self> {
        from.u8().map(Self)
    }
}

impl Wire for Hash {
    fn write(&self, to: &mut Vec<u8>) {
        to.extend(self.0);
    }
    fn read(from: &mut Reader<'_>) -> Option<Self> {
        from.hash()
    }
}

impl Wire for Head {
    fn write(&self, to: &mut Vec<u8>) {
        to.extend(self.seq.to_be_bytes());
        to.extend(self.size.to_be_bytes());
        to.extend(self.root.0);
        to.extend(self.state.0);
    }
    fn read(from: &mut Reader<'_>) -> Option<Self> {
        Some(Self { seq: from.u64()?, size: from.u64()?, root: from.hash()?, state: from.hash()? })
    }
}

impl Wire for Proposal {
    fn write(&self, to: &mut Vec<u8>) {
        to.extend(self.view.to_be_bytes());
        to.extend(self.seq.to_be_bytes());
        to.extend(self.digest.0);
    }
    fn read(from: &mut Reader<'_>) -> Option<Self> {
        Some(Self { view: from.u64()?, seq: from.u64()?, digest: from.hash()? })
    }
}

impl Wire for Vote {
    fn write(&self, to: &mut Vec<u8>) {
        to.extend(self.view.to_be_bytes());
        to.extend(self.seq.to_be_bytes());
        to.extend(self.digest.0);
        self.by.write(to);
    }
    fn read(from: &mut Reader<'_>) -> Option<Self> {
        Some(Self { view: from.u64()?, seq: from.u64()?, digest: from.hash()?, by: ReplicaId::read(from)? })
    }
}

impl Wire for Prepare {
    fn write(&self, to: &mut Vec<u8>) {
        self.0.write(to);
    }
    fn read(from: &mut Reader<'_>) -> Option<Self> {
        Vote::read(from).map(Self)
    }
}

impl Wire for Commit {
    fn write(&self, to: &mut Vec<u8>) {
        self.0.write(to);
    }
    fn read(from: &mut Reader<'_>) -> Option<Self> {
        Vote::read(from).map(Self)
    }
}

impl Wire for Checkpoint {
    fn write(&self, to: &mut Vec<u8>) {
        to.extend(self.chain.0);
        self.head.write(to);
        codec::bytes(to, &self.cosignature);
        self.by.write(to);
    }
    fn read(from: &mut Reader<'_>) -> Option<Self> {
        let (chain, head) = (from.hash()?, Head::read(from)?);
        let cosignature = from.bytes(MAX_COSIGNATURE)?.to_vec();
        Some(Self { chain, head, cosignature, by: ReplicaId::read(from)? })
    }
}

impl Wire for ViewChange {
    fn write(&self, to: &mut Vec<u8>) {
        to.extend(self.view.to_be_bytes());
        to.push(u8::from(self.stable.is_some()));
        self.stable.iter().for_each(|stable| stable.write(to));
        codec::list(to, &self.prepared);
        self.by.write(to);
    }
    fn read(from: &mut Reader<'_>) -> Option<Self> {
        let view = from.u64()?;
        let stable = if from.flag()? { Some(Arc::read(from)?) } else { None };
        Some(Self { view, stable, prepared: from.list(MAX_WINDOW)?, by: ReplicaId::read(from)? })
    }
}

impl Wire for NewView {
    fn write(&self, to: &mut Vec<u8>) {
        to.extend(self.view.to_be_bytes());
        codec::list(to, &self.changes);
        codec::list(to, &self.proposals);
    }
    fn read(from: &mut Reader<'_>) -> Option<Self> {
        Some(Self { view: from.u64()?, changes: from.list(MAX_VALIDATORS)?, proposals: from.list(MAX_WINDOW)? })
    }
}

impl Wire for Status {
    fn write(&self, to: &mut Vec<u8>) {
        to.extend(self.epoch.to_be_bytes());
        to.extend(self.view.to_be_bytes());
        to.push(u8::from(self.changing));
        [self.stable, self.executed, self.asks, self.answers].iter().for_each(|it| to.extend(it.to_be_bytes()));
        codec::list(to, &self.wanted);
    }
    fn read(from: &mut Reader<'_>) -> Option<Self> {
        Some(Self {
            epoch: from.u64()?,
            view: from.u64()?,
            changing: from.flag()?,
            stable: from.u64()?,
            executed: from.u64()?,
            asks: from.u64()?,
            answers: from.u64()?,
            wanted: from.list(MAX_WANTED)?,
        })
    }
}
