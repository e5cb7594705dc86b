//! What validators hear and say: to who hands entries in, to each other, and to the disk.
use std::sync::Arc;

use actix::{Message, Recipient};
use vaidya_ledger::Validators;
use vaidya_ledger::chain::Kept;
use vaidya_ledger::pbft::{Bytes, Evidence, Point, Record, Seq, Stable, Tx, View};

/// Order these entries. All validators are told, because any one of them may be down or may keep it to itself.
/// `false`: this one could not take them.
#[derive(Message, Clone)]
#[rtype(result = "bool")]
pub struct Submit {
    /// Encoded entries.
    pub entries: Vec<Tx>,
    /// Whether to propose them at once.
    pub urgent: bool,
}

/// Say again what was committed after this number, as [`Told`].
#[derive(Message, Clone, Copy)]
#[rtype(result = "()")]
pub struct Since(
    /// The last block that is known.
    pub Seq,
);

/// What a validator says to who hands entries in. It is one validator's word: `f + 1` that say the same are believed.
#[derive(Message, Clone)]
#[rtype(result = "()")]
pub enum Told {
    /// A block was committed and executed.
    Committed {
        /// Who says so.
        by: u8,
        /// The block, and what came of it.
        block: Arc<Kept>,
    },
    /// A checkpoint is stable. That needs no belief: the signatures are in it.
    Certified {
        /// Who says so.
        by: u8,
        /// Which set of validators has signed.
        epoch: u64,
        /// The certificate.
        stable: Arc<Stable>,
    },
    /// How a validator is, each second and whenever its view changes.
    Standing(Standing),
    /// Someone has signed two things that contradict each other.
    Caught {
        /// Who says so.
        by: u8,
        /// In which set of validators.
        epoch: u64,
        /// Both.
        evidence: Box<Evidence>,
    },
}

/// How a validator is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Who.
    pub by: u8,
    /// The view it is in, or waits for.
    pub view: View,
    /// Whether it waits for that view to open.
    pub changing: bool,
    /// Whether it votes: it is in office, has its log, and a state that nobody contradicts.
    pub voting: bool,
    /// The last block it executed.
    pub executed: Seq,
    /// The last checkpoint that it knows to be stable.
    pub stable: Seq,
    /// Entries it knows that aren't ordered yet.
    pub waiting: u64,
    /// Its clock, ms since 1970.
    pub at: u64,
}

/// A message of another validator, whom the transport has authenticated.
#[derive(Message, Clone)]
#[rtype(result = "()")]
pub struct Heard {
    /// The number of the one at the other end of the connection.
    pub from: u8,
    /// As it came.
    pub bytes: Bytes,
}

/// For the transport. What it can't carry is lost: it will be said again.
#[derive(Message, Clone)]
#[rtype(result = "()")]
pub enum Carry {
    /// To one validator.
    To(u8, Bytes),
    /// To every other validator.
    All(Bytes),
    /// These validate from now on.
    Set(Validators),
}

/// What is to be on disk, all of it or nothing. When the answer is `Ok` it is durable.
#[derive(Message, Clone, Default)]
#[rtype(result = "Result<(), Unkept>")]
pub struct Persist {
    /// Another set of validators is in office: the records there are go, before these come.
    pub office: Option<Office>,
    /// Records, each in the place of the one that was there.
    pub records: Vec<Record>,
    /// Blocks that were executed, ascending.
    pub blocks: Vec<Arc<Kept>>,
    /// Certificates of blocks that are there, or come with it, or after it.
    pub stables: Vec<Arc<Stable>>,
    /// Records that were needed up to this block aren't any more; 0 forgets none.
    pub forget: Seq,
    /// The state after that block, in the place of the one that was there.
    pub snapshot: Option<(Seq, Vec<u8>)>,
}

/// A set of validators that took office.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Office {
    /// Which set.
    pub epoch: u64,
    /// Where: the last block of the set before.
    pub start: Point,
}

/// Why nothing was kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unkept {
    /// The disk is full.
    #[error("the disk is full")]
    Full,
    /// It could not be done now; trying again is safe.
    #[error("the file can't be written: {0}")]
    Failed(Arc<str>),
}

/// A block with its certificate, if it has one.
pub type Certified = (Arc<Kept>, Option<Arc<Stable>>);

/// Blocks after a number, ascending, as many as fit in so many bytes, but at least one when there is one.
#[derive(Message, Clone, Copy)]
#[rtype(result = "Result<Vec<Certified>, Unkept>")]
pub struct ReadBlocks {
    /// The number before the first.
    pub after: Seq,
    /// Bytes.
    pub bytes: usize,
}

/// Hashes of a tile (256 of them, fewer at the right edge of the log), 32 bytes each; none when there is no such tile.
#[derive(Message, Clone, Copy)]
#[rtype(result = "Result<Option<Vec<u8>>, Unkept>")]
pub struct ReadTile {
    /// 0 has the leaves.
    pub level: u32,
    /// From the left.
    pub index: u64,
}

/// The way to a validator, here or elsewhere.
#[derive(Clone)]
pub struct Way {
    /// Its number.
    pub id: u8,
    /// Hands entries in.
    pub submit: Recipient<Submit>,
    /// Asks for what was committed.
    pub since: Recipient<Since>,
}
