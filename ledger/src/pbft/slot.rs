//! What a replica knows about one number.
use std::collections::BTreeMap;
use std::sync::Arc;

use super::message::{Commit, Prepare, Proposal, Signed};
use super::{Batch, Point, Prepared, ReplicaId, Token, View};
use crate::Hash;

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
    /// The batches that are proposed, prepared or committed here.
    pub(super) batches: BTreeMap<Hash, Arc<Batch>>,
}

impl Slot {
    /// The digest that is proposed in the current view.
    pub(super) fn digest(&self) -> Option<Hash> {
        self.proposal.as_ref().map(|proposal| proposal.body.digest)
    }

    /// The batch that is proposed in the current view, when it is here.
    pub(super) fn batch(&self) -> Option<&Arc<Batch>> {
        self.batches.get(&self.digest()?)
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
        [self.committed, proposed].into_iter().flatten().find(|digest| !self.batches.contains_key(digest))
    }

    /// Forgets the view that is being left. What was prepared or committed in it stays.
    pub(super) fn leave_view(&mut self) {
        let batches = std::mem::take(&mut self.batches);
        *self =
            Self { prepared: self.prepared.take(), committed: self.committed, point: self.point, ..Self::default() };
        self.batches = batches;
        let needed: Vec<Hash> = self.needed().collect();
        self.batches.retain(|digest, _| needed.contains(digest));
    }

    /// Whether it has a commit of its own in this view.
    pub(super) fn is_prepared_in(&self, view: View) -> bool {
        self.prepared.as_ref().is_some_and(|prepared| prepared.proposal.body.view == view)
    }
}
