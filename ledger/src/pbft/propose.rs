//! What a primary proposes, from what waits, and what a backup lets it propose.
use std::collections::BTreeSet;
use std::sync::Arc;

use super::message::Proposal;
use super::pace::millis;
use super::replica::{Mode, Turn};
use super::{Batch, Frame, Mutant, Replica, ReplicaId, Seq, Tx};
use crate::Hash;

impl Replica {
    /// Requests of a client here, or handed on by a peer.
    pub(super) fn on_requests(&mut self, from: Option<ReplicaId>, entries: &[Tx], urgent: bool, turn: &mut Turn<'_>) {
        if from.is_some_and(|from| self.is_ignored(from)) {
            return;
        }
        for entry in entries {
            let hash = Batch::request(entry);
            if self.pool.knows(&hash) {
                continue;
            }
            if entry.len() <= self.config.limits.entry_bytes && turn.check.entry(entry) {
                if turn.check.is_spent(entry) {
                    continue;
                }
                self.pool.put(hash, entry, turn.check, urgent, self.clock.steady);
            } else if let Some(from) = from {
                self.distrust(from);
            }
        }
    }

    /// Hands on what has waited here: its client may have told only this replica.
    pub(super) fn relay(&mut self, turn: &mut Turn<'_>) {
        let after = millis(self.config.limits.relay_after);
        let again = after.saturating_mul(2);
        let entries = self.pool.relay(self.clock.steady, after, again);
        if !entries.is_empty() {
            self.cast(&Frame::Request(entries), 0, turn);
        }
    }

    /// As primary, gives numbers to what waits: under the batch limits, inside the watermarks, a few blocks ahead of execution.
    pub(super) fn propose(&mut self, turn: &mut Turn<'_>) {
        while self.may_propose() {
            let entries = self.pool.take();
            if entries.is_empty() && self.ending.is_none() {
                return;
            }
            let (hashes, entries) = entries.into_iter().unzip();
            let before = self.slots.get(&(self.next - 1)).and_then(|slot| slot.batch()).map_or(0, |batch| batch.time());
            let time = self.clock.wall.max(self.handed.time).max(before);
            let batch = Arc::new(Batch::hashed(time, entries, hashes));
            let proposal = Proposal { view: self.view, seq: self.next, digest: batch.digest() };
            self.next += 1;
            self.begin_order(proposal, batch, turn);
        }
    }

    fn may_propose(&self) -> bool {
        let on_the_way = self.next.saturating_sub(self.handed.seq + 1);
        self.mode == Mode::Normal
            && self.is_primary_of(self.view)
            && self.may_vote()
            && self.clock.wall > 0
            && self.in_window(self.next)
            && self.ending.is_none_or(|last| self.next <= last)
            && (self.pool.ready() > 0 || self.ending.is_some())
            && (on_the_way < self.config.limits.pipeline || self.pool.urgent())
            && !self.is_behind()
            && self.slots.values().all(|slot| slot.missing().is_none())
    }

    fn begin_order(&mut self, proposal: Proposal, batch: Arc<Batch>, turn: &mut Turn<'_>) {
        let signed = self.keys.sign(proposal, &self.signer);
        let slot = self.slots.entry(proposal.seq).or_default();
        slot.proposal = Some(signed);
        slot.keep(Arc::clone(&batch));
        self.accept(proposal.seq, turn);
        if let Some(slot) = self.slots.get(&proposal.seq) {
            self.cast(&Frame::PrePrepare(signed, batch), slot.proposed, turn);
        }
    }

    /// Whether a fresh proposal may be voted for: its size, its time, no request twice, and every request checked.
    pub(super) fn is_admissible(&mut self, seq: Seq, batch: &Batch, turn: &Turn<'_>) -> bool {
        let limits = self.config.limits;
        let different: BTreeSet<&Hash> = batch.hashes().iter().collect();
        let fits = batch.entries().len() <= limits.batch_entries && batch.bytes() <= limits.batch_bytes;
        let filled = !batch.entries().is_empty() || self.ending.is_some();
        fits && filled
            && different.len() == batch.entries().len()
            && seq > self.handed.seq
            && self.is_timely(seq, batch)
            && !self.is_ordered_elsewhere(seq, &different)
            && batch.entries().iter().zip(batch.hashes()).all(|(entry, hash)| {
                self.pool.holds(hash) || (entry.len() <= limits.entry_bytes && turn.check.entry(entry))
            })
    }

    /// Time: the primary proposes it, and backups bound it by their own clocks and by the block before.
    fn is_timely(&self, seq: Seq, batch: &Batch) -> bool {
        let before = self.slots.get(&(seq - 1)).and_then(|slot| slot.batch()).map_or(0, |batch| batch.time());
        let near = batch.time().abs_diff(self.clock.wall) <= millis(self.config.limits.clock_bound);
        (near || self.config.bug(Mutant::TimeUnchecked)) && batch.time() >= before.max(self.handed.time)
    }

    fn is_ordered_elsewhere(&self, seq: Seq, requests: &BTreeSet<&Hash>) -> bool {
        let others = self.slots.range(self.handed.seq + 1..).filter(|(other, _)| **other != seq);
        others
            .filter_map(|(_, slot)| slot.batch())
            .any(|batch| batch.hashes().iter().any(|hash| requests.contains(hash)))
    }
}
