//! Status: replicas say where they stand, and are sent what they lack, because the network loses things.
use std::sync::Arc;

use super::message::{MAX_WANTED, Status};
use super::pace::millis;
use super::replica::{Mode, Turn};
use super::slot::Slot;
use super::{Frame, Output, Replica, ReplicaId, Seq};
use crate::Hash;

/// Bad requests a peer may hand on before its next ones are ignored for [`IGNORED`]. Lower is unjust to a peer whose client misbehaves,
/// higher lets it waste more of our time.
const MOST_BAD: u32 = 16;

/// For how long, in milliseconds.
const IGNORED: u64 = 10_000;

/// Runs of blocks that a peer is served in a second. Lower makes an empty disk fill slowly, higher lets a peer keep our disk busy.
const MOST_SERVED: u32 = 100;

/// What is known of a peer.
#[derive(Debug, Default)]
pub(super) struct Peer {
    /// When it was last answered; asking more often costs it its answers.
    answered: Option<u64>,
    /// Since when, and how often, it was served blocks.
    served: (u64, u32),
    bad: u32,
    ignored_until: u64,
}

impl Replica {
    /// Says where it stands: often while something is under way, seldom otherwise.
    pub(super) fn tell_status(&mut self, turn: &mut Turn<'_>) {
        let limits = &self.config.limits;
        let pause = millis(if self.is_busy() { limits.status_busy } else { limits.status_idle });
        if self.told > 0 && self.clock.steady < self.told + pause {
            return;
        }
        self.told = self.clock.steady.max(1);
        let asks = self.amnesia.as_ref().map_or(0, |_| self.config.boot.max(1));
        self.cast(&Frame::Status(self.status(asks, 0)), 0, turn);
    }

    fn is_busy(&self) -> bool {
        self.mode == Mode::Changing
            || self.amnesia.is_some()
            || self.is_behind()
            || self.handed.seq > self.low
            || self.pool.len() > 0
            || self.slots.range(self.handed.seq + 1..).next().is_some()
    }

    fn status(&self, asks: u64, answers: u64) -> Status {
        Status {
            epoch: self.config.epoch,
            view: self.view,
            changing: self.mode == Mode::Changing,
            stable: self.low,
            executed: self.handed.seq,
            asks,
            answers,
            wanted: self.slots.values().filter_map(Slot::missing).take(MAX_WANTED).collect(),
        }
    }

    /// Sends a peer what it lacks. What is sent again is what was sent before, so nothing new is promised.
    pub(super) fn on_status(&mut self, from: ReplicaId, status: &Status, turn: &mut Turn<'_>) {
        if from == self.me() {
            return;
        }
        self.on_answer(from, status, turn);
        if status.epoch > self.config.epoch || !self.may_answer(from) {
            return;
        }
        if status.epoch < self.config.epoch {
            turn.out.push(Output::Serve { to: from, after: status.executed });
            return;
        }
        if let Some(stable) = self.stable.as_ref().filter(|stable| stable.seq() > status.stable) {
            self.send(from, &Frame::Stable(Arc::clone(stable)), 0, turn);
        }
        if status.asks > 0 && self.amnesia.is_none() {
            self.send(from, &Frame::Status(self.status(0, status.asks)), 0, turn);
        }
        if let Some(checkpoint) = self.newest_checkpoint(status.stable) {
            self.send(from, &Frame::Checkpoint(checkpoint.clone()), 0, turn);
        }
        self.answer_batches(from, &status.wanted, turn);
        let waits =
            status.view < self.view || (status.view == self.view && (status.changing || self.mode == Mode::Changing));
        if waits {
            self.show_view(from, turn);
        } else if status.view == self.view || status.changing {
            self.answer_votes(from, status.executed, turn);
        }
    }

    fn may_answer(&mut self, to: ReplicaId) -> bool {
        let (now, pause) = (self.clock.steady, millis(self.config.limits.status_busy) / 4);
        let peer = self.peers.entry(to).or_default();
        let may = peer.answered.is_none_or(|last| now >= last + pause);
        if may {
            peer.answered = Some(now);
        }
        may
    }

    fn answer_batches(&self, to: ReplicaId, wanted: &[Hash], turn: &mut Turn<'_>) {
        for digest in wanted {
            let batch = self.slots.values().find_map(|slot| slot.find(digest));
            if let Some(batch) = batch {
                self.send(to, &Frame::Batch(Arc::clone(batch)), 0, turn);
            }
        }
    }

    /// Its own votes, and the primary's proposals, for the numbers after what the peer has executed.
    fn answer_votes(&self, to: ReplicaId, executed: Seq, turn: &mut Turn<'_>) {
        let until = executed.saturating_add(self.config.limits.answer_blocks);
        for (_, slot) in self.slots.range(executed.saturating_add(1)..=until.max(executed.saturating_add(1))) {
            if let (Some(proposal), true) = (slot.proposal, slot.accepted) {
                let frame = match slot.batch().filter(|_| self.is_primary_of(self.view)) {
                    Some(batch) => Frame::PrePrepare(proposal, Arc::clone(batch)),
                    None => Frame::Proposal(proposal),
                };
                self.send(to, &frame, slot.proposed, turn);
            }
            if let Some((prepare, token)) = slot.own_prepare {
                self.send(to, &Frame::Prepare(prepare), token, turn);
            }
            if let Some((commit, token)) = slot.own_commit {
                self.send(to, &Frame::Commit(commit), token, turn);
            }
        }
    }

    /// Whether a peer that fetches is to be served now.
    pub(super) fn may_serve(&mut self, to: ReplicaId) -> bool {
        let now = self.clock.steady;
        let (since, times) = &mut self.peers.entry(to).or_default().served;
        if now >= *since + 1_000 {
            (*since, *times) = (now, 0);
        }
        *times += 1;
        *times <= MOST_SERVED
    }

    /// A peer handed on a request that nobody may make.
    pub(super) fn distrust(&mut self, peer: ReplicaId) {
        let now = self.clock.steady;
        let peer = self.peers.entry(peer).or_default();
        peer.bad += 1;
        if peer.bad >= MOST_BAD {
            (peer.bad, peer.ignored_until) = (0, now + IGNORED);
        }
    }

    pub(super) fn is_ignored(&self, peer: ReplicaId) -> bool {
        self.peers.get(&peer).is_some_and(|peer| peer.ignored_until > self.clock.steady)
    }
}
