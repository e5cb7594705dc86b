//! State transfer: blocks from a peer, believed because they lead to a stable checkpoint (section 4.6, for a log instead of pages).
use std::sync::Arc;

use super::codec::{self, Reader, Wire};
use super::config::MAX_WINDOW;
use super::message::Fetch;
use super::pace::millis;
use super::replica::Turn;
use super::{Batch, Block, Frame, Mutant, Output, Point, Replica, ReplicaId, Seq, Stable};
use crate::Hash;

/// Bytes of requests in one run of blocks, unless the first block alone has more. Lower asks more often, higher holds up what else a connection
/// carries.
const MOST_BYTES: usize = 4 << 20;

/// A run of blocks, and a stable checkpoint that they lead to. Their chain must end in the certificate's, so that a peer can't slip anything in,
/// leave anything out or change the order. Where the checkpoint is too far to send every batch on the way, the last are there by digest only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// The number before the first.
    pub after: Seq,
    /// The blocks' batches, ascending.
    pub batches: Vec<Arc<Batch>>,
    /// Digests of the batches between the last of these and the checkpoint.
    pub rest: Vec<Hash>,
    /// The certificate of the checkpoint.
    pub stable: Arc<Stable>,
}

impl Chunk {
    /// Of all batches from that number to the checkpoint: as many as fit, at least one.
    pub(super) fn of(after: Seq, mut batches: Vec<Arc<Batch>>, stable: Arc<Stable>) -> Self {
        let mut bytes = 0;
        let fits = batches.iter().take_while(|batch| {
            bytes += batch.bytes();
            bytes <= MOST_BYTES
        });
        let fits = fits.count().max(1).min(batches.len());
        let rest = batches.split_off(fits).iter().map(|batch| batch.digest()).collect();
        Self { after, batches, rest, stable }
    }

    /// The blocks, after the place where their reader is.
    #[must_use]
    pub fn blocks(&self, from: Point) -> Vec<Block> {
        let next = |at: &mut Point, batch: &Arc<Batch>| {
            *at = at.then(batch);
            Some(Block { point: *at, batch: Arc::clone(batch) })
        };
        self.batches.iter().scan(from, next).collect()
    }

    /// Where the chain is at the end, that is at its certificate, when it was there after the last block.
    #[must_use]
    pub fn end(&self, last: Point) -> Point {
        self.rest.iter().fold(last, |at, digest| {
            let (seq, chain) = at.link(*digest);
            Point { seq, chain, ..at }
        })
    }
}

impl Wire for Chunk {
    fn write(&self, to: &mut Vec<u8>) {
        to.extend(self.after.to_be_bytes());
        codec::list(to, &self.batches);
        codec::list(to, &self.rest);
        self.stable.write(to);
    }
    fn read(from: &mut Reader<'_>) -> Option<Self> {
        let after = from.u64()?;
        let (batches, rest) = (from.list(MAX_WINDOW)?, from.list(MAX_WINDOW)?);
        Some(Self { after, batches, rest, stable: Arc::read(from)? })
    }
}

/// How far a replica is with fetching.
#[derive(Debug, Default)]
pub(super) struct Fetching {
    /// Since when it is behind.
    since: Option<u64>,
    /// When it last asked, and whom it asks next: another each time, so that a liar or a mute is only a delay.
    asked: Option<u64>,
    turn: usize,
}

impl Replica {
    /// When it has been behind a stable checkpoint for too long, or too far, asks a peer for blocks.
    pub(super) fn fetch(&mut self, turn: &mut Turn<'_>) {
        if !self.is_behind() {
            self.fetching.since = None;
            self.fetching.asked = None;
            return;
        }
        let (now, pause) = (self.clock.steady, millis(self.config.limits.fetch_after));
        let since = *self.fetching.since.get_or_insert(now);
        let lost = self.low - self.handed.seq > self.config.limits.window || self.amnesia.is_some();
        let due = self.fetching.asked.map_or(if lost { since } else { since + pause }, |asked| asked + pause);
        if now >= due {
            self.ask(turn);
        }
    }

    fn ask(&mut self, turn: &mut Turn<'_>) {
        let others: Vec<ReplicaId> = self.quorum().everyone().filter(|peer| *peer != self.me()).collect();
        self.fetching.turn += 1;
        let Some(peer) = others.get(self.fetching.turn % others.len().max(1)) else { return };
        if self.fetching.asked.is_none() {
            turn.out.push(Output::NeedState { seq: self.low });
        }
        self.fetching.asked = Some(self.clock.steady);
        self.send(*peer, &Frame::Fetch(Fetch { after: self.handed.seq }), 0, turn);
    }

    /// A peer needs blocks. The driver has them; how often it is bothered is bounded here.
    pub(super) fn on_fetch(&mut self, from: ReplicaId, fetch: Fetch, turn: &mut Turn<'_>) {
        if fetch.after < self.low && from != self.me() && self.may_serve(from) {
            turn.out.push(Output::Serve { to: from, after: fetch.after });
        }
    }

    /// Blocks from a peer: executed if they lead to a stable checkpoint, forgotten if not.
    pub(super) fn on_chunk(&mut self, chunk: &Chunk, turn: &mut Turn<'_>) {
        let blocks = chunk.blocks(self.handed);
        let Some(last) = blocks.last().map(|block| block.point) else { return };
        let reaches = chunk.after == self.handed.seq && chunk.stable.is_of(&chunk.end(last));
        let enough = self.stable_at();
        let proven = reaches && chunk.stable.holds(&mut self.keys, enough);
        let believed = self.config.bug(Mutant::TransferUnverified) && chunk.after == self.handed.seq;
        if !proven && !believed {
            return;
        }
        if proven {
            self.expect(chunk.stable.head);
        }
        let end = self.ending.unwrap_or(Seq::MAX);
        for block in blocks.into_iter().filter(|block| block.point.seq <= end) {
            if let Some(slot) = self.slots.get_mut(&block.point.seq) {
                slot.point = Some(block.point);
            }
            self.hand_out(block, turn);
        }
        if proven && chunk.stable.seq() <= self.low {
            // Who serves others from these blocks needs their certificate.
            turn.out.push(Output::Stable(Arc::clone(&chunk.stable)));
        } else if proven {
            self.adopt(Arc::clone(&chunk.stable), turn);
        }
        self.collect();
        self.execute(turn);
    }

    /// Asks for the next run once the last is executed, so that no more than one waits here.
    pub(super) fn fetch_on(&mut self, turn: &mut Turn<'_>) {
        if self.is_behind() && self.executing.is_empty() && self.fetching.asked.is_some() {
            self.ask(turn);
        }
    }
}
