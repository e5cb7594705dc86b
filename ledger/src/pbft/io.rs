//! What goes into a replica, and what comes out.
use std::sync::Arc;

use super::{Batch, Evidence, Millis, Record, ReplicaId, Seq, Stable, Tx, View};
use crate::{Hash, Head};

/// An encoded message; shared, because one is sent to many.
pub type Bytes = Arc<[u8]>;

/// Names a record on its way to the disk. They rise by one: when a token is durable, so are all before it.
pub type Token = u64;

/// A place in the chain of blocks: what a driver must keep beside its state to start a replica there again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Point {
    /// Number of the block.
    pub seq: Seq,
    /// SHA-256("vaidya/ledger/chain/v1" ‖ chain of the block before ‖ number ‖ digest of the batch): all blocks up to this one.
    pub chain: Hash,
    /// Time of the block: never before that of the one before it.
    pub time: Millis,
}

impl Point {
    /// The place after a block with this batch. Time is the batch's, unless it would go backwards (a null request has none).
    #[must_use]
    pub fn then(&self, batch: &Batch) -> Self {
        let (seq, chain) = self.link(batch.digest());
        Self { seq, chain, time: batch.time().max(self.time) }
    }

    /// Number and chain after a block with a batch of that digest.
    pub(super) fn link(&self, digest: Hash) -> (Seq, Hash) {
        let seq = self.seq.saturating_add(1);
        (seq, Hash::of(&[b"vaidya/ledger/chain/v1", &self.chain.0, &seq.to_be_bytes(), &digest.0]))
    }
}

/// A block: what everyone executes next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Where it leads.
    pub point: Point,
    /// What is in it; empty for a null request, which is executed like any other and changes nothing but the block's number.
    pub batch: Arc<Batch>,
}

/// What happens to a replica.
#[derive(Clone, Debug)]
pub enum Input {
    /// A message arrived. `from` is who the transport has authenticated; what is inside proves its own origin.
    Msg {
        /// Whose connection.
        from: ReplicaId,
        /// As it came.
        bytes: Bytes,
    },
    /// A client wants these entries ordered. Clients tell every validator; urgent ones don't wait for the pipeline.
    Request {
        /// Encoded entries, each at most [`Limits::entry_bytes`](super::Limits::entry_bytes).
        entries: Vec<Tx>,
        /// Whether to propose at once.
        urgent: bool,
    },
    /// What the clock says, in milliseconds since 1970. Every 10 to 50 ms; deadlines can't be kept better than that.
    Tick(Millis),
    /// This record, and all before it, are durable.
    Persisted(Token),
    /// The block was executed and its state is durable. In the order in which blocks were handed out.
    Executed {
        /// What came of it.
        head: Head,
        /// The validator's C2SP cosignature of that tree head; looked at every [`Limits::checkpoint_every`](super::Limits) blocks.
        cosignature: Vec<u8>,
        /// Whether the validator set changes: this set's last block is the next checkpoint (this one, if it is one).
        ends: bool,
    },
}

/// What a replica wants done, in order.
#[derive(Clone, Debug)]
pub enum Output {
    /// Send to one replica.
    Send {
        /// Whom.
        to: ReplicaId,
        /// What.
        bytes: Bytes,
        /// Not before this is durable.
        after: Option<Token>,
    },
    /// Send to every other replica.
    Cast {
        /// What.
        bytes: Bytes,
        /// Not before this is durable.
        after: Option<Token>,
    },
    /// Write it, replacing what is at [`Record::place`], then say [`Input::Persisted`]. Several may be written in one transaction.
    Persist {
        /// Names it.
        token: Token,
        /// What to write.
        record: Record,
    },
    /// Execute the block, keep it with its point durably, then say [`Input::Executed`].
    Execute(Block),
    /// A checkpoint is stable: keep the certificate with the block of that number, and drop records that aren't
    /// [`Record::kept_above`] it. Its cosignatures are the public proof.
    Stable(Arc<Stable>),
    /// A peer is behind: read a run of blocks after this number up to the next number with a certificate, make a
    /// [`Frame::chunk`](super::Frame::chunk) of them, and send it.
    Serve {
        /// Who asked.
        to: ReplicaId,
        /// The last block it has.
        after: Seq,
    },
    /// This replica is behind a stable checkpoint of that number, and fetches. For metrics; nothing needs to be done.
    NeedState {
        /// The checkpoint's number.
        seq: Seq,
    },
    /// A view was entered as its primary or backup. For metrics.
    Entered {
        /// Which.
        view: View,
    },
    /// Someone has signed two things that contradict each other. To be kept, and put on the ledger.
    Evidence(Box<Evidence>),
}
