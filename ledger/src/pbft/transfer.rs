//! State transfer: blocks from a peer, believed because they lead to a stable checkpoint (section 4.6, for a log instead of pages).
use std::sync::Arc;

use super::codec::{self, Reader, Wire};
use super::config::MAX_WINDOW;
use super::{Batch, Block, Point, Seq, Stable};

/// A run of blocks, with the certificate of the last of them. Their chain must end in the certificate's, so that a peer can't slip
/// anything in, leave anything out or change the order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// The number before the first.
    pub after: Seq,
    /// The blocks' batches, ascending.
    pub batches: Vec<Arc<Batch>>,
    /// The certificate of the last.
    pub stable: Arc<Stable>,
}

impl Chunk {
    /// The blocks, after the place where their reader is.
    pub(super) fn blocks(&self, from: Point) -> Vec<Block> {
        let next = |at: &mut Point, batch: &Arc<Batch>| {
            *at = at.then(batch);
            Some(Block { point: *at, batch: Arc::clone(batch) })
        };
        self.batches.iter().scan(from, next).collect()
    }
}

impl Wire for Chunk {
    fn write(&self, to: &mut Vec<u8>) {
        to.extend(self.after.to_be_bytes());
        codec::list(to, &self.batches);
        self.stable.write(to);
    }
    fn read(from: &mut Reader<'_>) -> Option<Self> {
        Some(Self { after: from.u64()?, batches: from.list(MAX_WINDOW)?, stable: Arc::read(from)? })
    }
}
