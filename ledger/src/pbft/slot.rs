//! What a replica knows about one number.
use std::collections::BTreeMap;
use std::sync::Arc;

use super::message::{Commit, Prepare, Proposal, Signed};
use super::{Batch, Point, Prepared, ReplicaId, Token, View};
use crate::Hash;

/// Batches kept for one number. Each view may propose another, and whoever voted for one may be the only correct replica that still has it when a
/// later view chooses it. Lower could lose it to a liar who shows its certificate and not the batch; higher costs memory.
const MOST_BATCHES: usize = 4;

/// A number between the watermarks. The votes are the current view's; what was prepared stays for the next.
#[derive(Debug, Default)]
pub(super) struct Slot {
    /// The current view's proposal.
    pub(super) proposal: Option<Signed<Proposal>>,
    /// Whether it comes from a NEW-VIEW: correct replicas had it prepared, so it isn't judged again.
    pub(super) certified: bool,
    /// Whether its batch was judged and refused.
    pub(super) refused: bool,
    /// Whether this replica proposed or prepared it.
    pub(super) accepted: bool,
    pub(super) prepares: BTreeMap<ReplicaId, Signed<Prepare>>,
    pub(super) commits: BTreeMap<ReplicaId, Signed<Commit>>,
    /// Its own votes, and what must be durable before they leave.
    pub(super) own_prepare: Option<(Signed<Prepare>, Token)>,
    pub(super) own_commit: Option<(Signed<Commit>, Token)>,
    /// When its own proposal may leave.
    pub(super) proposed: Token,
    /// The prepared certificate of the highest view: this number's part of P.
    pub(super) prepared: Option<Arc<Prepared>>,
    /// What a quorum has committed, in whichever view.
    pub(super) committed: Option<Hash>,
    /// Where it was executed.
    pub(super) point: Option<Point>,
    /// The batches that were voted for here, in this view or before, or are committed; oldest first.
    pub(super) batches: Vec<Arc<Batch>>,
}

impl Slot {
    /// The digest that is proposed in the current view.
    pub(super) fn digest(&self) -> Option<Hash> {
        self.proposal.as_ref().map(|proposal| proposal.body.digest)
    }

    /// The batch that is proposed in the current view, when it is here.
    pub(super) fn batch(&self) -> Option<&Arc<Batch>> {
        self.find(&self.digest()?)
    }

    /// The batch of that digest, when it is here.
    pub(super) fn find(&self, digest: &Hash) -> Option<&Arc<Batch>> {
        self.batches.iter().find(|batch| batch.digest() == *digest)
    }

    /// Keeps a batch; the oldest that isn't needed goes when there are too many.
    pub(super) fn keep(&mut self, batch: Arc<Batch>) {
        if self.find(&batch.digest()).is_some() {
            return;
        }
        self.batches.push(batch);
        let needed: Vec<Hash> = self.needed().collect();
        if self.batches.len() > MOST_BATCHES
            && let Some(at) = self.batches.iter().position(|batch| !needed.contains(&batch.digest()))
        {
            self.batches.remove(at);
        }
    }

    /// The digests whose batches this number needs.
    fn needed(&self) -> impl Iterator<Item = Hash> {
        let proposed = self.digest().filter(|_| !self.refused);
        let prepared = self.prepared.as_ref().map(|prepared| prepared.proposal.body.digest);
        [proposed, self.committed, prepared].into_iter().flatten()
    }

    /// A digest that is proposed or committed here, and whose batch isn't.
    pub(super) fn missing(&self) -> Option<Hash> {
        let proposed = self.digest().filter(|_| !self.refused);
        [self.committed, proposed].into_iter().flatten().find(|digest| self.find(digest).is_none())
    }

    /// Forgets the view that is being left. What was prepared, committed or voted for in it stays.
    pub(super) fn leave_view(&mut self) {
        let left = std::mem::take(self);
        let Self { prepared, committed, point, batches, .. } = left;
        *self = Self { prepared, committed, point, batches, ..Self::default() };
    }

    /// Whether it has a commit of its own in this view.
    pub(super) fn is_prepared_in(&self, view: View) -> bool {
        self.prepared.as_ref().is_some_and(|prepared| prepared.proposal.body.view == view)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pbft::tests::tx;

    #[test]
    fn a_batch_that_was_voted_for_outlives_its_view() {
        let mut slot = Slot::default();
        let batch = |number| Arc::new(Batch::new(1, vec![tx(number)]));
        slot.keep(batch(1));
        slot.leave_view();
        slot.keep(batch(2));
        assert!(slot.find(&batch(1).digest()).is_some(), "a later view may choose it");
    }

    #[test]
    fn batches_are_bounded_and_the_committed_one_stays() {
        let mut slot = Slot::default();
        let batch = |number| Arc::new(Batch::new(1, vec![tx(number)]));
        slot.committed = Some(batch(1).digest());
        (1..=20).for_each(|number| slot.keep(batch(number)));
        assert_eq!(slot.batches.len(), MOST_BATCHES);
        assert!(slot.find(&batch(1).digest()).is_some() && slot.missing().is_none());
    }
}
