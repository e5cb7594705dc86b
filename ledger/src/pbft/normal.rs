//! The normal case: pre-prepare, prepare, commit, execute (section 4.2).
use std::sync::Arc;

use super::message::{Commit, Prepare, Proposal, Signed, Vote};
use super::replica::{Mode, Own, Turn};
use super::{Batch, Block, Evidence, Frame, Mutant, Output, Point, Prepared, Record, Replica, Seq};

impl Replica {
    /// PRE-PREPARE: what a backup accepts, and once only for a number of a view.
    pub(super) fn on_pre_prepare(&mut self, proposal: Signed<Proposal>, batch: &Arc<Batch>, turn: &mut Turn<'_>) {
        if proposal.body.digest != batch.digest() {
            return;
        }
        self.on_proposal(proposal, turn);
        self.on_batch(batch, turn);
    }

    /// The signed part of a PRE-PREPARE.
    pub(super) fn on_proposal(&mut self, proposal: Signed<Proposal>, turn: &mut Turn<'_>) {
        let Proposal { view, seq, .. } = proposal.body;
        if view != self.view || self.mode != Mode::Normal || self.is_primary_of(view) || !self.is_open(seq) {
            return;
        }
        let known = self.slots.get(&seq).and_then(|slot| slot.proposal);
        match known {
            Some(known) if known.body == proposal.body => {}
            Some(known) => self.report(Evidence::Proposals(known, proposal), turn),
            None if self.keys.verify(&proposal) => {
                self.slots.entry(seq).or_default().proposal = Some(proposal);
            }
            None => {}
        }
    }

    /// A batch, with its PRE-PREPARE or because it was wanted.
    pub(super) fn on_batch(&mut self, batch: &Arc<Batch>, turn: &mut Turn<'_>) {
        let digest = batch.digest();
        let waiting = self.slots.iter().filter(|(_, slot)| slot.missing() == Some(digest));
        let numbers: Vec<Seq> = waiting.map(|(seq, _)| *seq).collect();
        for seq in numbers {
            self.fill(seq, batch, turn);
        }
    }

    fn fill(&mut self, seq: Seq, batch: &Arc<Batch>, turn: &mut Turn<'_>) {
        let digest = batch.digest();
        let Some(slot) = self.slots.get(&seq) else { return };
        let judged = slot.certified || slot.committed == Some(digest);
        if !judged && self.clock.wall == 0 {
            return;
        }
        let good = judged || self.is_admissible(seq, batch, turn);
        let Some(slot) = self.slots.get_mut(&seq) else { return };
        if !good {
            slot.refused = true;
            return;
        }
        slot.keep(Arc::clone(batch));
        self.accept(seq, turn);
        self.execute(turn);
    }

    /// Binds this replica to a proposal whose batch it has: durably first, then by its PREPARE if it is a backup.
    pub(super) fn accept(&mut self, seq: Seq, turn: &mut Turn<'_>) {
        if self.mode != Mode::Normal || !self.may_vote() || seq <= self.low {
            return;
        }
        let Some(slot) = self.slots.get_mut(&seq) else { return };
        let (Some(proposal), Some(batch)) = (slot.proposal, slot.batch().cloned()) else { return };
        if slot.accepted {
            return;
        }
        slot.accepted = true;
        if seq > self.handed.seq {
            self.pool.ordered(&batch, turn.check, self.clock.steady);
        }
        self.persist(Record::Batch { seq, batch }, turn.out);
        let token = self.persist(Record::Accepted(proposal), turn.out);
        let primary = self.is_primary_of(proposal.body.view);
        let prepare = (!primary || self.config.bug(Mutant::PrimaryPrepares)).then(|| self.own_prepare(&proposal.body));
        if let Some(slot) = self.slots.get_mut(&seq) {
            slot.proposed = token;
            slot.own_prepare = prepare.map(|prepare| (prepare, token));
            slot.prepares.extend(prepare.map(|prepare| (prepare.body.0.by, prepare)));
        }
        if let Some(prepare) = prepare {
            self.cast(&Frame::Prepare(prepare), token, turn);
        }
        self.prepare(seq, turn);
    }

    pub(super) fn own_prepare(&mut self, proposal: &Proposal) -> Signed<Prepare> {
        let Proposal { view, seq, digest } = *proposal;
        self.keys.sign(Prepare(Vote { view, seq, digest, by: self.config.me }), &self.signer)
    }

    pub(super) fn own_commit(&mut self, proposal: &Proposal) -> Signed<Commit> {
        let Proposal { view, seq, digest } = *proposal;
        self.keys.sign(Commit(Vote { view, seq, digest, by: self.config.me }), &self.signer)
    }

    /// PREPARE of a backup. Votes are kept while a view opens too: others may have entered it already.
    pub(super) fn on_prepare(&mut self, prepare: Signed<Prepare>, turn: &mut Turn<'_>) {
        let Prepare(Vote { view, seq, digest, by }) = prepare.body;
        let primary = by == self.quorum().primary(view) && !self.config.bug(Mutant::PrimaryPrepares);
        if view != self.view || primary || by == self.me() || !self.is_open(seq) {
            return;
        }
        let known = self.slots.get(&seq).and_then(|slot| slot.prepares.get(&by)).copied();
        if let Some(known) = known {
            if known.body.0.digest != digest {
                self.report(Evidence::Prepares(known, prepare), turn);
            }
            return;
        }
        let enough =
            self.slots.get(&seq).is_some_and(|slot| slot.is_prepared_in(view) && slot.digest() == Some(digest));
        if !enough && self.keys.verify(&prepare) {
            self.slots.entry(seq).or_default().prepares.insert(by, prepare);
            self.prepare(seq, turn);
        }
    }

    /// Prepared: the pre-prepare and prepares of 2f backups that match it. The certificate outlives the view, so it is durable before the
    /// COMMIT leaves.
    fn prepare(&mut self, seq: Seq, turn: &mut Turn<'_>) {
        let Some(slot) = self.slots.get(&seq) else { return };
        let Some(proposal) = slot.proposal.filter(|_| slot.accepted && slot.own_commit.is_none()) else { return };
        let any = self.config.bug(Mutant::PrepareAnyDigest);
        let matching = slot.prepares.values().filter(|prepare| any || prepare.body.0.digest == proposal.body.digest);
        let enough = self.quorum().prepares();
        let prepares: Vec<_> = matching.take(enough).map(|prepare| (prepare.body.0.by, prepare.signature)).collect();
        if prepares.len() < enough {
            return;
        }
        let prepared = Arc::new(Prepared { proposal, prepares });
        let token = self.persist(Record::Prepared(Arc::clone(&prepared)), turn.out);
        let commit = self.own_commit(&proposal.body);
        if let Some(slot) = self.slots.get_mut(&seq) {
            slot.prepared = Some(prepared);
            slot.own_commit = Some((commit, token));
        }
        self.hold(token, Own::Commit(commit));
        self.cast(&Frame::Commit(commit), token, turn);
    }

    /// COMMIT of another.
    pub(super) fn on_commit(&mut self, commit: Signed<Commit>, turn: &mut Turn<'_>) {
        let Commit(Vote { view, seq, digest, by }) = commit.body;
        if !self.counts(&commit.body.0) || by == self.me() || !self.is_open(seq) {
            return;
        }
        let known = self.slots.get(&seq).and_then(|slot| slot.commits.get(&by)).copied();
        if let Some(known) = known.filter(|known| known.body.0.view >= view) {
            if known.body.0.view == view && known.body.0.digest != digest {
                self.report(Evidence::Commits(known, commit), turn);
            }
            return;
        }
        let enough = self.slots.get(&seq).is_some_and(|slot| slot.committed == Some(digest));
        if !enough && self.keys.verify(&commit) {
            self.count_commit(commit, turn);
        }
    }

    /// Whether the commit is of this view, or of one before it that this replica left and whose outcome it may still learn: a quorum's commits prove
    /// themselves, whoever counts them. Those of different views are never counted together.
    fn counts(&self, vote: &Vote) -> bool {
        let learns = self.mode == Mode::Changing && vote.view < self.view && vote.seq > self.handed.seq;
        vote.view == self.view || learns || self.config.bug(Mutant::StaleCommit)
    }

    /// Committed: 2f + 1 commits that match. They prove it by themselves, so that a replica that missed the prepares needn't wait.
    pub(super) fn count_commit(&mut self, commit: Signed<Commit>, turn: &mut Turn<'_>) {
        let Commit(Vote { view, seq, digest, by }) = commit.body;
        if !self.counts(&commit.body.0) || !self.is_open(seq) {
            return;
        }
        let enough = self.quorum().strong() - usize::from(self.config.bug(Mutant::SmallQuorum));
        let slot = self.slots.entry(seq).or_default();
        slot.commits.insert(by, commit);
        let mixed = self.config.bug(Mutant::StaleCommit);
        let same = |vote: &Vote| vote.digest == digest && (vote.view == view || mixed);
        let matching = slot.commits.values().filter(|commit| same(&commit.body.0)).count();
        if matching < enough {
            return;
        }
        let again = slot.point.is_some() && self.config.bug(Mutant::ExecutedTwice);
        slot.committed = Some(digest);
        if again {
            self.execute_again(seq, turn);
        }
        self.execute(turn);
    }

    /// Hands out what is committed, in order, without gaps.
    pub(super) fn execute(&mut self, turn: &mut Turn<'_>) {
        loop {
            let seq = self.handed.seq + 1;
            let Some(slot) = self.slots.get_mut(&seq).filter(|_| self.ending.is_none_or(|last| seq <= last)) else {
                break;
            };
            let Some(batch) = slot.committed.and_then(|digest| slot.find(&digest)).cloned() else { break };
            let point = self.handed.then(&batch);
            slot.point = Some(point);
            self.hand_out(Block { point, batch }, turn);
        }
        self.collect();
    }

    /// One block to execute, by its votes or from a peer.
    pub(super) fn hand_out(&mut self, block: Block, turn: &mut Turn<'_>) {
        self.handed = block.point;
        self.next = self.next.max(block.point.seq + 1);
        self.executing.push_back(block.point);
        self.pool.executed(&block.batch);
        self.patience.progress(block.batch.entries().len());
        turn.out.push(Output::Execute(block));
    }

    /// The bug of replicas that execute what a new view proposes again.
    fn execute_again(&mut self, seq: Seq, turn: &mut Turn<'_>) {
        let Some(slot) = self.slots.get_mut(&seq) else { return };
        let (Some(point), Some(batch)) = (slot.point.take(), slot.batch().cloned()) else { return };
        turn.out.push(Output::Execute(Block { point: Point { seq, ..point }, batch }));
    }
}
