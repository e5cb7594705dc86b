//! View changes (section 4.4): leaving a view, opening the next, and entering it.
use std::sync::Arc;

use super::message::{NewView, Proposal, Signed, ViewChange};
use super::new_view::{Plan, is_entitled, is_proven};
use super::replica::{Mode, Own, Turn};
use super::{Batch, Evidence, Frame, Mutant, Output, Record, Replica, ReplicaId, Seq, Token, View};
use crate::Hash;

impl Replica {
    /// Leaves the current view for that one: from now on nothing is accepted but checkpoints and what opens it.
    pub(super) fn change_view(&mut self, view: View, failed: bool, turn: &mut Turn<'_>) {
        if !self.may_vote() || view <= self.view {
            return;
        }
        self.patience.left(failed);
        self.leave_for(view);
        let change =
            ViewChange { view, stable: self.stable.clone(), prepared: self.prepared_above(self.low), by: self.me() };
        let change = Arc::new(self.keys.sign(change, &self.signer));
        let token = self.persist(Record::Changing(Arc::clone(&change)), turn.out);
        self.own_change = Some((Arc::clone(&change), token));
        self.cast(&Frame::ViewChange(Arc::clone(&change)), token, turn);
        self.hold(token, Own::Change(change));
    }

    /// P: the prepared certificates above h.
    fn prepared_above(&self, low: Seq) -> Vec<Arc<super::Prepared>> {
        if self.config.bug(Mutant::ViewChangeWithoutPrepared) {
            return Vec::new();
        }
        self.slots.range(low + 1..).filter_map(|(_, slot)| slot.prepared.clone()).collect()
    }

    fn leave_for(&mut self, view: View) {
        self.view = view;
        self.mode = Mode::Changing;
        self.new_view = None;
        self.own_change = None;
        self.slots.values_mut().for_each(super::slot::Slot::leave_view);
        self.pool.restore();
    }

    /// VIEW-CHANGE of another. The newest of each is kept.
    pub(super) fn on_view_change(&mut self, change: Arc<Signed<ViewChange>>, turn: &mut Turn<'_>) {
        let (by, view) = (change.body.by, change.body.view);
        let late = view < self.view || (view == self.view && self.mode == Mode::Normal);
        if late || by == self.me() || !self.quorum().has(by) {
            return;
        }
        let known = self.changes.get(&by).cloned();
        if let Some(known) = known.filter(|known| known.body.view >= view) {
            if known.body.view == view && known.body != change.body {
                self.report(Evidence::ViewChanges(known, change), turn);
            }
            return;
        }
        if is_proven(&change, &mut self.keys, &self.config) {
            if let Some(stable) = &change.body.stable {
                self.adopt(Arc::clone(stable), turn);
            }
            self.count_change(change, turn);
        }
    }

    /// One more wants its view: follow f + 1, open with 2f + 1.
    pub(super) fn count_change(&mut self, change: Arc<Signed<ViewChange>>, turn: &mut Turn<'_>) {
        if self.changes.get(&change.body.by).is_none_or(|known| known.body.view < change.body.view) {
            self.changes.insert(change.body.by, change);
        }
        self.join(turn);
        let count = |wanted: fn(View, View) -> bool| {
            self.changes.values().filter(|change| wanted(change.body.view, self.view)).count()
        };
        let (past, here) = (count(|view, own| view >= own), count(|view, own| view == own));
        // Who wants a later view has wanted this one, and may never say so again: without counting it, two views could wait for each other.
        if self.mode == Mode::Changing && past >= self.quorum().strong() {
            self.await_opening();
        }
        if self.mode == Mode::Changing && here >= self.quorum().strong() {
            self.open_view(turn);
        }
    }

    /// f + 1 have left for higher views: go to the lowest of these, even if patience isn't over (section 4.5.2, second rule). One is
    /// enough for who finds the primary slow too.
    fn join(&mut self, turn: &mut Turn<'_>) {
        let higher: Vec<View> =
            self.changes.values().map(|change| change.body.view).filter(|view| *view > self.view).collect();
        let Some(lowest) = higher.iter().min().copied() else { return };
        let grudge = self.has_grudge() && lowest == self.view + 1;
        if grudge || higher.len() >= self.quorum().weak() {
            self.change_view(lowest, !grudge, turn);
        }
    }

    /// NEW-VIEW, by the primary of the view that a quorum wants.
    fn open_view(&mut self, turn: &mut Turn<'_>) {
        let own = self.changes.get(&self.me()).is_some_and(|change| change.body.view == self.view);
        if !self.is_primary_of(self.view) || self.new_view.is_some() || !own || !self.may_vote() {
            return;
        }
        let of_view = self.changes.values().filter(|change| change.body.view == self.view);
        let changes: Vec<_> = of_view.take(self.quorum().strong()).cloned().collect();
        let plan = Plan::of(changes.iter().map(|change| &change.body), &self.config);
        let view = self.view;
        let proposals = plan.proposals.iter().map(|(seq, digest)| {
            let proposal = Proposal { view, seq: *seq, digest: *digest };
            self.keys.sign(proposal, &self.signer)
        });
        let proposals = proposals.collect();
        let new_view = Arc::new(self.keys.sign(NewView { view, changes, proposals }, &self.signer));
        let token = self.persist(Record::Entered(Arc::clone(&new_view)), turn.out);
        self.cast(&Frame::NewView(Arc::clone(&new_view)), token, turn);
        self.enter(new_view, plan, token, turn);
    }

    /// NEW-VIEW of another: V must entitle it, and O must be what V gives.
    pub(super) fn on_new_view(&mut self, new_view: Arc<Signed<NewView>>, turn: &mut Turn<'_>) {
        let view = new_view.body.view;
        let late = view < self.view || (view == self.view && self.mode == Mode::Normal);
        if late || self.is_primary_of(view) || !self.is_signed(&new_view) {
            return;
        }
        let body = &new_view.body;
        let entitled = is_entitled(&body.changes, view, &self.config)
            && body.changes.iter().all(|change| is_proven(change, &mut self.keys, &self.config));
        if !entitled {
            return;
        }
        let mut plan = Plan::of(body.changes.iter().map(|change| &change.body), &self.config);
        let proposed: Vec<(Seq, Hash)> = body.proposals.iter().map(|it| (it.body.seq, it.body.digest)).collect();
        if self.config.bug(Mutant::NewViewUnchecked) {
            plan.proposals = proposed;
        } else if proposed != plan.proposals || !self.are_signed(&new_view) {
            return;
        }
        let mut token = 0;
        if self.may_vote() {
            token = self.persist(Record::Entered(Arc::clone(&new_view)), turn.out);
        }
        self.enter(new_view, plan, token, turn);
    }

    fn is_signed(&mut self, new_view: &Signed<NewView>) -> bool {
        self.keys.verify(new_view) || (self.config.bug(Mutant::NewViewFromAnyone) && self.keys.is_anyones(new_view))
    }

    fn are_signed(&mut self, new_view: &Signed<NewView>) -> bool {
        let lax = self.config.bug(Mutant::NewViewFromAnyone);
        let view = new_view.body.view;
        new_view.body.proposals.iter().all(|proposal| proposal.body.view == view && (lax || self.keys.verify(proposal)))
    }

    /// Enters a view: what it proposes again is prepared again, whether it was executed or not (section 4.4).
    fn enter(&mut self, new_view: Arc<Signed<NewView>>, plan: Plan, token: Token, turn: &mut Turn<'_>) {
        let view = new_view.body.view;
        if view > self.view {
            self.leave_for(view);
        }
        self.mode = Mode::Normal;
        self.own_change = None;
        self.patience.entered(self.clock.steady);
        self.changes.retain(|_, change| change.body.view > view);
        if let Some(stable) = plan.stable {
            self.adopt(stable, turn);
        }
        self.drop_votes_of_others(view);
        self.next = plan.proposals.last().map_or(plan.low, |(seq, _)| *seq).max(self.low).max(self.handed.seq) + 1;
        self.take_over(&new_view.body.proposals);
        self.new_view = Some((new_view, token));
        turn.out.push(Output::Entered { view });
        let numbers: Vec<Seq> = self.slots.keys().copied().collect();
        numbers.into_iter().for_each(|seq| self.accept(seq, turn));
        self.told = 0;
    }

    /// Votes that came before the view opened are this view's, or nothing.
    fn drop_votes_of_others(&mut self, view: View) {
        for slot in self.slots.values_mut() {
            slot.prepares.retain(|_, prepare| prepare.body.0.view == view);
            slot.commits.retain(|_, commit| commit.body.0.view == view);
        }
    }

    /// Puts O in the log, with the batches that are here; the others are asked for.
    pub(super) fn take_over(&mut self, proposals: &[Signed<Proposal>]) {
        let null = Arc::new(Batch::null());
        for proposal in proposals {
            if !self.is_open(proposal.body.seq) {
                continue;
            }
            let slot = self.slots.entry(proposal.body.seq).or_default();
            slot.proposal = Some(*proposal);
            slot.certified = true;
            if proposal.body.digest == null.digest() {
                slot.keep(Arc::clone(&null));
            }
        }
    }

    /// Sends who waits for a view what opens it, or this replica's wish for it.
    pub(super) fn show_view(&self, to: ReplicaId, turn: &mut Turn<'_>) {
        match (&self.new_view, &self.own_change) {
            (Some((new_view, token)), _) => self.send(to, &Frame::NewView(Arc::clone(new_view)), *token, turn),
            (None, Some((change, token))) => self.send(to, &Frame::ViewChange(Arc::clone(change)), *token, turn),
            (None, None) => {}
        }
    }
}
