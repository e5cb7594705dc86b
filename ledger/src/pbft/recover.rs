//! Coming back: from the records, or without them.
use std::collections::BTreeMap;
use std::sync::Arc;

use super::message::{NewView, Proposal, Signed, Status};
use super::replica::{Mode, Turn};
use super::{Config, Mutant, Point, Prepared, Record, Replica, ReplicaId, Seq, View};
use crate::Signer;

/// A replica that lost its log. It may have voted for anything up to a high watermark that it no longer knows, and must not vote there
/// again: it asks where its peers are, and stays silent until they have moved past all of it.
#[derive(Debug, Default)]
pub(super) struct Amnesia {
    answers: BTreeMap<ReplicaId, View>,
    /// Number and view below which it could contradict itself.
    floor: Option<(Seq, View)>,
}

impl Replica {
    /// A validator that comes back with its records, and a state that has executed everything up to `at`. Without a
    /// [`Record::Started`] of this validator set it has lost its log, and doesn't vote before its peers have moved on. The driver then
    /// says the last [`Input::Executed`](super::Input::Executed) once more.
    #[must_use]
    pub fn recover(config: Config, signer: Signer, records: &[Record], at: Point) -> Self {
        let epoch = config.epoch;
        let mut replica = Self::blank(config, signer);
        let started = records.iter().any(|record| matches!(record, Record::Started { epoch: of } if *of == epoch));
        (replica.executed, replica.handed) = (at, at);
        if started {
            replica.recall(records);
        } else if !replica.config.bug(Mutant::AmnesiacVotes) {
            replica.amnesia = Some(Amnesia::default());
        }
        let known = replica.slots.iter().filter(|(_, slot)| slot.proposal.is_some()).map(|(seq, _)| *seq).max();
        replica.next = known.unwrap_or(0).max(replica.low).max(at.seq) + 1;
        replica
    }

    fn recall(&mut self, records: &[Record]) {
        for record in records {
            match record {
                Record::Stable(stable) if stable.seq() > self.low => {
                    self.low = stable.seq();
                    self.stable = Some(Arc::clone(stable));
                }
                Record::Changing(change) => self.view = self.view.max(change.body.view),
                Record::Entered(new_view) => self.view = self.view.max(new_view.body.view),
                _ => {}
            }
        }
        self.recall_view(records);
        if !self.config.bug(Mutant::VoteForgotten) {
            records.iter().for_each(|record| self.recall_votes(record));
        }
        records.iter().for_each(|record| self.recall_batch(record));
        if let Some(stable) = &self.stable {
            self.expect(stable.head);
        }
        self.collect();
    }

    fn recall_view(&mut self, records: &[Record]) {
        let mut entered: Option<Arc<Signed<NewView>>> = None;
        for record in records {
            match record {
                Record::Changing(change) if change.body.view == self.view => {
                    self.own_change = Some((Arc::clone(change), 0));
                    self.changes.insert(self.config.me, Arc::clone(change));
                }
                Record::Entered(new_view) if new_view.body.view == self.view => entered = Some(Arc::clone(new_view)),
                _ => {}
            }
        }
        match entered {
            Some(new_view) => {
                (self.own_change, self.changes) = (None, BTreeMap::new());
                self.take_over(&new_view.body.proposals);
                self.new_view = Some((new_view, 0));
            }
            None if self.view > 0 => self.mode = Mode::Changing,
            None => {}
        }
    }

    fn recall_votes(&mut self, record: &Record) {
        match record {
            Record::Accepted(proposal) if proposal.body.view == self.view && self.mode == Mode::Normal => {
                self.recall_accepted(proposal);
            }
            Record::Prepared(prepared) => self.recall_prepared(prepared),
            Record::Checkpoint(checkpoint) if checkpoint.body.head.seq > self.low => {
                let all = self.checkpoints.entry(checkpoint.body.head.seq).or_default();
                all.insert(checkpoint.body.by, checkpoint.clone());
            }
            _ => {}
        }
    }

    fn recall_accepted(&mut self, proposal: &Signed<Proposal>) {
        let primary = self.is_primary_of(proposal.body.view);
        let prepare = (!primary).then(|| self.own_prepare(&proposal.body));
        let slot = self.slots.entry(proposal.body.seq).or_default();
        slot.proposal = Some(*proposal);
        slot.accepted = true;
        slot.own_prepare = prepare.map(|prepare| (prepare, 0));
        slot.prepares.extend(prepare.map(|prepare| (prepare.body.0.by, prepare)));
    }

    fn recall_prepared(&mut self, prepared: &Arc<Prepared>) {
        let body = prepared.proposal.body;
        let current = body.view == self.view && self.mode == Mode::Normal;
        let commit = current.then(|| self.own_commit(&body));
        let slot = self.slots.entry(body.seq).or_default();
        slot.prepared = Some(Arc::clone(prepared));
        slot.own_commit = commit.map(|commit| (commit, 0));
        slot.commits.extend(commit.map(|commit| (commit.body.0.by, commit)));
    }

    /// Batches come after the votes, so that what the votes need is kept.
    fn recall_batch(&mut self, record: &Record) {
        if let Record::Batch { seq, batch } = record
            && *seq > self.low
        {
            self.slots.entry(*seq).or_default().keep(Arc::clone(batch));
        }
    }

    /// Goes on with what was accepted or announced before the crash, and not voted for.
    pub(super) fn revive(&mut self, turn: &mut Turn<'_>) {
        let silent = |slot: &super::slot::Slot| !slot.accepted && slot.batch().is_some();
        let numbers: Vec<Seq> = self.slots.iter().filter(|(_, slot)| silent(slot)).map(|(seq, _)| *seq).collect();
        numbers.into_iter().for_each(|seq| self.accept(seq, turn));
    }

    /// A peer says where it is. What it says of its checkpoint is proven by then; of its view, f + 1 must say as much.
    pub(super) fn on_answer(&mut self, from: ReplicaId, status: &Status, turn: &mut Turn<'_>) {
        let (enough, weak) = (self.quorum().strong(), self.quorum().weak());
        let (low, window, boot) = (self.low, self.config.limits.window, self.config.boot.max(1));
        let Some(amnesia) = self.amnesia.as_mut() else { return };
        if status.answers != boot || status.stable > low || amnesia.floor.is_some() {
            return;
        }
        amnesia.answers.insert(from, status.view);
        if amnesia.answers.len() >= enough.min(self.config.quorum().n() - 1) {
            let mut views: Vec<View> = amnesia.answers.values().copied().collect();
            views.sort_unstable_by(|one, other| other.cmp(one));
            let view = views.get(weak - 1).copied().unwrap_or(0);
            amnesia.floor = Some((low.saturating_add(window.saturating_mul(2)), view));
        }
        self.remember_again(turn);
    }

    /// Votes again, once a stable checkpoint has passed everything it may have voted for.
    pub(super) fn remember_again(&mut self, turn: &mut Turn<'_>) {
        let Some((seq, view)) = self.amnesia.as_ref().and_then(|amnesia| amnesia.floor) else { return };
        if self.low < seq || self.view < view || self.is_behind() || self.mode == Mode::Changing {
            return;
        }
        self.amnesia = None;
        let epoch = self.config.epoch;
        self.persist(Record::Started { epoch }, turn.out);
        self.stable.clone().into_iter().for_each(|stable| {
            self.persist(Record::Stable(stable), turn.out);
        });
        if let Some((new_view, _)) = self.new_view.clone() {
            let token = self.persist(Record::Entered(Arc::clone(&new_view)), turn.out);
            self.new_view = Some((new_view, token));
        }
    }
}
