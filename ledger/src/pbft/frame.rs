//! One message on the wire: a kind, its body, and nothing else.
use std::sync::Arc;

use super::codec::{self, Reader, Wire};
use super::config::MAX_BATCH_ENTRIES;
use super::{
    Batch, Bytes, Checkpoint, Chunk, Commit, Fetch, NewView, Prepare, Proposal, Seq, Signed, Stable, Status, Tx,
    ViewChange,
};

/// Longest message that is looked at. A chunk of [`Limits::checkpoint_every`](super::Limits) full batches must fit.
pub const MAX_FRAME: usize = 20 << 20;

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// PRE-PREPARE, with the batch that its digest is of.
    PrePrepare(Signed<Proposal>, Arc<Batch>),
    /// PRE-PREPARE without its batch, for who missed it; the batch is asked for by its digest.
    Proposal(Signed<Proposal>),
    /// PREPARE.
    Prepare(Signed<Prepare>),
    /// COMMIT.
    Commit(Signed<Commit>),
    /// CHECKPOINT.
    Checkpoint(Signed<Checkpoint>),
    /// VIEW-CHANGE.
    ViewChange(Arc<Signed<ViewChange>>),
    /// NEW-VIEW.
    NewView(Arc<Signed<NewView>>),
    /// A stable checkpoint, for who is behind it.
    Stable(Arc<Stable>),
    /// Requests of clients, handed on.
    Request(Vec<Tx>),
    /// Where the sender stands.
    Status(Status),
    /// The sender needs blocks.
    Fetch(Fetch),
    /// Blocks.
    Chunk(Chunk),
    /// A batch that was asked for by its digest.
    Batch(Arc<Batch>),
}

impl Frame {
    /// The blocks after a number, to answer [`Output::Serve`](super::Output::Serve): as many as lead to the next number with a
    /// certificate.
    #[must_use]
    pub fn chunk(after: Seq, batches: Vec<Arc<Batch>>, stable: Arc<Stable>) -> Self {
        Self::Chunk(Chunk { after, batches, stable })
    }

    /// Its bytes.
    #[must_use]
    pub fn encode(&self) -> Bytes {
        let mut to = vec![self.kind()];
        match self {
            Self::PrePrepare(proposal, batch) => {
                proposal.write(&mut to);
                batch.write(&mut to);
            }
            Self::Proposal(it) => it.write(&mut to),
            Self::Prepare(it) => it.write(&mut to),
            Self::Commit(it) => it.write(&mut to),
            Self::Checkpoint(it) => it.write(&mut to),
            Self::ViewChange(it) => it.write(&mut to),
            Self::NewView(it) => it.write(&mut to),
            Self::Stable(it) => it.write(&mut to),
            Self::Request(it) => codec::list(&mut to, it),
            Self::Status(it) => it.write(&mut to),
            Self::Fetch(it) => to.extend(it.after.to_be_bytes()),
            Self::Chunk(it) => it.write(&mut to),
            Self::Batch(it) => it.write(&mut to),
        }
        to.into()
    }

    /// From its bytes; `None` for anything else.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        if bytes.len() > MAX_FRAME {
            return None;
        }
        let mut from = Reader::new(bytes);
        let frame = match from.u8()? {
            1 => Self::PrePrepare(Signed::read(&mut from)?, Arc::read(&mut from)?),
            2 => Self::Prepare(Signed::read(&mut from)?),
            3 => Self::Commit(Signed::read(&mut from)?),
            4 => Self::Checkpoint(Signed::read(&mut from)?),
            5 => Self::ViewChange(Arc::read(&mut from)?),
            6 => Self::NewView(Arc::read(&mut from)?),
            7 => Self::Stable(Arc::read(&mut from)?),
            8 => Self::Request(from.list(MAX_BATCH_ENTRIES)?),
            9 => Self::Status(Status::read(&mut from)?),
            10 => Self::Fetch(Fetch { after: from.u64()? }),
            11 => Self::Chunk(Chunk::read(&mut from)?),
            12 => Self::Batch(Arc::read(&mut from)?),
            13 => Self::Proposal(Signed::read(&mut from)?),
            _ => return None,
        };
        from.finish(frame)
    }

    fn kind(&self) -> u8 {
        match self {
            Self::PrePrepare(..) => 1,
            Self::Prepare(_) => 2,
            Self::Commit(_) => 3,
            Self::Checkpoint(_) => 4,
            Self::ViewChange(_) => 5,
            Self::NewView(_) => 6,
            Self::Stable(_) => 7,
            Self::Request(_) => 8,
            Self::Status(_) => 9,
            Self::Fetch(_) => 10,
            Self::Chunk(_) => 11,
            Self::Batch(_) => 12,
            Self::Proposal(_) => 13,
        }
    }
}
