//! Checkpoints: what was executed becomes stable, and the log before it is collected (section 4.3).
use std::collections::BTreeMap;
use std::sync::Arc;

use super::config::MAX_COSIGNATURE;
use super::message::{Checkpoint, Signed};
use super::replica::{Own, Turn};
use super::{Cosigner, Evidence, Frame, Mutant, Output, Record, Replica, Seq, Stable};
use crate::Head;

/// Heads that a certificate has announced and that wait for execution. Each chunk of a transfer announces one.
pub(super) const MOST_EXPECTED: usize = 64;

impl Replica {
    /// A block was executed. After a restart the last one is said again, because its checkpoint may not have been made.
    pub(super) fn on_executed(&mut self, head: Head, cosignature: Vec<u8>, ends: bool, turn: &mut Turn<'_>) {
        let again = head.seq == self.executed.seq && self.executing.is_empty();
        if !again {
            let Some(point) = self.executing.pop_front_if(|point| point.seq == head.seq) else { return };
            self.executed = point;
        }
        self.heads.insert(head.seq, head);
        if self.contradicts(&head) {
            self.diverged = true;
            return;
        }
        if ends && self.ending.is_none() {
            self.end_at(head.seq.next_multiple_of(self.config.limits.checkpoint_every.max(1)));
        }
        if self.is_checkpoint(head.seq) {
            self.checkpoint(head, cosignature, turn);
        }
        self.collect();
        self.remember_again(turn);
        self.fetch_on(turn);
    }

    /// The validator set's last block is decided: what was handed out above it is not executed, and will be ordered by the next set.
    pub(super) fn end_at(&mut self, last: Seq) {
        self.ending = Some(last);
        self.executing.retain(|point| point.seq <= last);
        if self.handed.seq > last {
            self.handed = self.executing.back().copied().unwrap_or(self.executed);
        }
    }

    fn is_checkpoint(&self, seq: Seq) -> bool {
        seq.is_multiple_of(self.config.limits.checkpoint_every.max(1)) || self.ending == Some(seq)
    }

    fn contradicts(&mut self, head: &Head) -> bool {
        self.expected.retain(|seq, _| *seq >= head.seq);
        self.expected.get(&head.seq).is_some_and(|expected| expected != head)
    }

    fn checkpoint(&mut self, head: Head, mut cosignature: Vec<u8>, turn: &mut Turn<'_>) {
        let known = self.checkpoints.get(&head.seq).is_some_and(|all| all.contains_key(&self.me()));
        if known || head.seq <= self.low || !self.may_vote() {
            return;
        }
        cosignature.truncate(MAX_COSIGNATURE);
        let body = Checkpoint { chain: self.executed.chain, head, cosignature, by: self.me() };
        let checkpoint = self.keys.sign(body, &self.signer);
        let token = self.persist(Record::Checkpoint(checkpoint.clone()), turn.out);
        self.cast(&Frame::Checkpoint(checkpoint.clone()), token, turn);
        self.hold(token, Own::Checkpoint(checkpoint));
        if self.config.bug(Mutant::EarlyCollection) {
            self.slots.retain(|seq, _| *seq > head.seq);
        }
    }

    /// CHECKPOINT of another.
    pub(super) fn on_checkpoint(&mut self, checkpoint: Signed<Checkpoint>, turn: &mut Turn<'_>) {
        let (seq, by) = (checkpoint.body.head.seq, checkpoint.body.by);
        if by == self.me() || !self.in_window(seq) || !self.is_plausible(seq) {
            return;
        }
        if let Some(known) = self.checkpoints.get(&seq).and_then(|all| all.get(&by)) {
            let differs = (known.body.head, known.body.chain) != (checkpoint.body.head, checkpoint.body.chain);
            if differs {
                self.report(Evidence::Checkpoints(known.clone(), checkpoint), turn);
            }
            return;
        }
        let Checkpoint { head, cosignature, .. } = &checkpoint.body;
        if self.keys.verify(&checkpoint) && turn.check.cosignature(by, head, cosignature) {
            self.count_checkpoint(checkpoint, turn);
        }
    }

    /// Whether a correct replica could make a checkpoint of that number. The last one of a validator set may be any.
    fn is_plausible(&self, seq: Seq) -> bool {
        seq <= self.low.saturating_add(self.config.limits.window.saturating_mul(2))
    }

    /// Stable: 2f + 1 checkpoints that say the same.
    pub(super) fn count_checkpoint(&mut self, checkpoint: Signed<Checkpoint>, turn: &mut Turn<'_>) {
        let seq = checkpoint.body.head.seq;
        if seq <= self.low {
            return;
        }
        let (chain, head) = (checkpoint.body.chain, checkpoint.body.head);
        let all = self.checkpoints.entry(seq).or_default();
        all.insert(checkpoint.body.by, checkpoint);
        let equal = all.values().filter(|it| (it.body.chain, it.body.head) == (chain, head));
        let cosigner = |it: &Signed<Checkpoint>| Cosigner {
            by: it.body.by,
            cosignature: it.body.cosignature.clone(),
            signature: it.signature,
        };
        let cosigners: Vec<Cosigner> = equal.map(cosigner).collect();
        if cosigners.len() >= self.stable_at() {
            self.adopt(Arc::new(Stable { chain, head, cosigners }), turn);
        }
    }

    pub(super) fn stable_at(&self) -> usize {
        let quorum = self.quorum();
        if self.config.bug(Mutant::WeakCheckpoint) { quorum.weak() } else { quorum.strong() }
    }

    /// A stable checkpoint that someone showed.
    pub(super) fn on_stable(&mut self, stable: Arc<Stable>, turn: &mut Turn<'_>) {
        let enough = self.stable_at();
        if stable.seq() > self.low && stable.holds(&mut self.keys, enough) {
            self.adopt(stable, turn);
        }
    }

    /// Moves the low watermark to a verified stable checkpoint. What isn't executed yet stays open, to be learnt or fetched.
    pub(super) fn adopt(&mut self, stable: Arc<Stable>, turn: &mut Turn<'_>) {
        let seq = stable.seq();
        if seq <= self.low {
            return;
        }
        if self.heads.get(&seq).is_some_and(|head| *head != stable.head) {
            self.diverged = true;
            return;
        }
        self.low = seq;
        self.expect(stable.head);
        self.stable = Some(Arc::clone(&stable));
        self.next = self.next.max(seq + 1);
        if self.amnesia.is_none() {
            self.persist(Record::Stable(Arc::clone(&stable)), turn.out);
        }
        turn.out.push(Output::Stable(stable));
        self.collect();
        self.remember_again(turn);
    }

    /// Execution must come to this head.
    pub(super) fn expect(&mut self, head: Head) {
        if head.seq > self.executed.seq {
            self.expected.insert(head.seq, head);
        }
        while self.expected.len() > MOST_EXPECTED {
            self.expected.pop_last();
        }
    }

    /// Collects garbage: everything at or below the low watermark that was executed, and whatever is a whole window below it. That comes from a peer's
    /// blocks; kept, it would grow for as long as no peer sends them.
    pub(super) fn collect(&mut self) {
        let (low, window) = (self.low, self.config.limits.window);
        let done = low.min(self.handed.seq).max(low.saturating_sub(window));
        self.slots = self.slots.split_off(&(done + 1));
        self.checkpoints = self.checkpoints.split_off(&(low + 1));
        let kept = low.min(self.executed.seq);
        self.heads = self.heads.split_off(&(kept + 1));
    }

    /// The checkpoints of its own that a peer at that number lacks: the newest proves the others.
    pub(super) fn newest_checkpoint(&self, above: Seq) -> Option<&Signed<Checkpoint>> {
        let own = |all: &BTreeMap<_, Signed<Checkpoint>>| all.contains_key(&self.config.me);
        let (seq, all) = self.checkpoints.iter().rev().find(|(_, all)| own(all))?;
        all.get(&self.config.me).filter(|_| *seq > above)
    }
}
