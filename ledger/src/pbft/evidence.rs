//! Evidence: two signed messages of one validator that no correct one sends both of.
use std::sync::Arc;

use super::codec::{Reader, Wire};
use super::message::{Body, Checkpoint, Commit, Prepare, Proposal, Signed, ViewChange};
use super::{Keys, ReplicaId, Seq, View};

/// A contradiction. Anyone who has the validators' keys can check it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// Two batches for one number in one view: an equivocating primary.
    Proposals(Signed<Proposal>, Signed<Proposal>),
    /// Two prepares for one number in one view.
    Prepares(Signed<Prepare>, Signed<Prepare>),
    /// Two commits for one number in one view.
    Commits(Signed<Commit>, Signed<Commit>),
    /// Two outcomes of one block.
    Checkpoints(Signed<Checkpoint>, Signed<Checkpoint>),
    /// Two view changes to one view.
    ViewChanges(Arc<Signed<ViewChange>>, Arc<Signed<ViewChange>>),
}

/// What must be equal for two messages to contradict each other.
type Slot = (u8, View, Seq);

impl Evidence {
    /// Whose contradiction it is.
    #[must_use]
    pub fn culprit(&self, keys: &Keys) -> ReplicaId {
        let quorum = keys.quorum();
        match self {
            Self::Proposals(one, _) => one.body.by(quorum),
            Self::Prepares(one, _) => one.body.by(quorum),
            Self::Commits(one, _) => one.body.by(quorum),
            Self::Checkpoints(one, _) => one.body.by(quorum),
            Self::ViewChanges(one, _) => one.body.by(quorum),
        }
    }

    /// Whether both are signed by the same validator, for the same slot, and differ.
    #[must_use]
    pub fn holds(&self, keys: &mut Keys) -> bool {
        fn pair<T: Body>(keys: &mut Keys, one: &Signed<T>, other: &Signed<T>) -> bool {
            let quorum = keys.quorum();
            one.body.by(quorum) == other.body.by(quorum) && keys.verify(one) && keys.verify(other)
        }
        self.differs()
            && match self {
                Self::Proposals(one, other) => pair(keys, one, other),
                Self::Prepares(one, other) => pair(keys, one, other),
                Self::Commits(one, other) => pair(keys, one, other),
                Self::Checkpoints(one, other) => pair(keys, one, other),
                Self::ViewChanges(one, other) => pair(keys, one, other),
            }
    }

    fn differs(&self) -> bool {
        match self {
            Self::Proposals(one, other) => {
                (one.body.view, one.body.seq) == (other.body.view, other.body.seq)
                    && one.body.digest != other.body.digest
            }
            Self::Prepares(Signed { body: Prepare(one), .. }, Signed { body: Prepare(other), .. })
            | Self::Commits(Signed { body: Commit(one), .. }, Signed { body: Commit(other), .. }) => {
                (one.view, one.seq) == (other.view, other.seq) && one.digest != other.digest
            }
            Self::Checkpoints(one, other) => {
                one.body.head.seq == other.body.head.seq
                    && (one.body.head, one.body.chain) != (other.body.head, other.body.chain)
            }
            Self::ViewChanges(one, other) => one.body.view == other.body.view && one.body != other.body,
        }
    }

    /// What it is about, so that the same is reported once.
    pub(super) fn slot(&self) -> Slot {
        match self {
            Self::Proposals(one, _) => (1, one.body.view, one.body.seq),
            Self::Prepares(one, _) => (2, one.body.0.view, one.body.0.seq),
            Self::Commits(one, _) => (3, one.body.0.view, one.body.0.seq),
            Self::Checkpoints(one, _) => (4, 0, one.body.head.seq),
            Self::ViewChanges(one, _) => (5, one.body.view, 0),
        }
    }

    /// Its bytes, to be kept.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        fn both<T: Wire>(kind: u8, one: &T, other: &T) -> Vec<u8> {
            let mut to = vec![kind];
            one.write(&mut to);
            other.write(&mut to);
            to
        }
        match self {
            Self::Proposals(one, other) => both(1, one, other),
            Self::Prepares(one, other) => both(2, one, other),
            Self::Commits(one, other) => both(3, one, other),
            Self::Checkpoints(one, other) => both(4, one, other),
            Self::ViewChanges(one, other) => both(5, one, other),
        }
    }

    /// From its bytes.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let mut from = Reader::new(bytes);
        let evidence = match from.u8()? {
            1 => Self::Proposals(Signed::read(&mut from)?, Signed::read(&mut from)?),
            2 => Self::Prepares(Signed::read(&mut from)?, Signed::read(&mut from)?),
            3 => Self::Commits(Signed::read(&mut from)?, Signed::read(&mut from)?),
            4 => Self::Checkpoints(Signed::read(&mut from)?, Signed::read(&mut from)?),
            5 => Self::ViewChanges(Arc::read(&mut from)?, Arc::read(&mut from)?),
            _ => return None,
        };
        from.finish(evidence)
    }
}
