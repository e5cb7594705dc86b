//! A validator that isn't in office yet: it takes blocks from those who are, believing signatures alone.
use std::sync::Arc;

use vaidya_ledger::app::App;
use vaidya_ledger::pbft::{Block, Bytes, Fetch, Frame, Keys, Point, Quorum, Seq, Stable};
use vaidya_ledger::{Hash, Validators};

use super::seat::publics;

/// How many signatures are remembered while certificates are checked.
const SIGNATURES: usize = 256;

/// How often blocks are asked for, ms. Lower asks again before an answer is there, higher takes longer to catch up.
const ASK: u64 = 250;

/// Who follows, and since when it waits for an answer.
pub(super) struct Follow {
    keys: Keys,
    quorum: usize,
    asked: u64,
    turn: u8,
}

impl Follow {
    pub(super) fn new(ledger: Hash, epoch: u64, set: &Validators) -> Self {
        let keys = Keys::new(ledger, epoch, publics(set), SIGNATURES);
        Self { keys, quorum: Quorum::of(set.len()).strong(), asked: 0, turn: 0 }
    }

    /// Whom to ask for blocks now, and how: one of the others after the other.
    pub(super) fn ask(&mut self, now: u64, after: Seq, others: &[u8]) -> Option<(u8, Bytes)> {
        if now < self.asked.saturating_add(ASK) || others.is_empty() {
            return None;
        }
        self.asked = now;
        self.turn = self.turn.wrapping_add(1);
        let to = others.get(usize::from(self.turn) % others.len())?;
        Some((*to, Frame::Fetch(Fetch { after }).encode()))
    }

    /// The blocks of a message, if it is some that follow, with a certificate that they lead to.
    pub(super) fn hear(&mut self, bytes: &[u8], at: Point) -> Option<(Vec<Block>, Arc<Stable>)> {
        let Some(Frame::Chunk(chunk)) = Frame::decode(bytes) else { return None };
        let (blocks, stable) = (chunk.blocks(at), Arc::clone(&chunk.stable));
        let leads = blocks.last().is_some_and(|last| stable.is_of(&chunk.end(last.point)));
        let proven = chunk.after == at.seq && leads && stable.holds(&mut self.keys, self.quorum);
        // Asked again at once: there may be more.
        self.asked = if proven { 0 } else { self.asked };
        proven.then_some((blocks, stable))
    }
}

/// Whether an executed state is the one that was signed, as far as it is the same block.
pub(super) fn agrees(app: &App, stable: &Stable) -> bool {
    let head = app.head();
    head.seq != stable.head.seq || head == stable.head
}
