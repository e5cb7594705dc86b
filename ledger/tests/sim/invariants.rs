//! What must be true of every world: thirteen promises, each with what watches over it.
use std::collections::{BTreeMap, BTreeSet};

use vaidya_ledger::pbft::{Evidence, Load, Seq, Stable, View};
use vaidya_ledger::{Hash, Head, Kind, Tree, verify_consistency, verify_inclusion};

use crate::log::{Copy, leaf};

/// What is promised.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) enum Promise {
    /// No two correct validators execute different blocks of one number, or come to different heads.
    Agreement,
    /// Of any two signed heads one continues the other, and there is a proof of it.
    Prefix,
    /// What is executed was handed in by a client and well signed, and block time is a correct validator's, give or take the bound.
    Validity,
    /// What a client was told is on the log is there, at the place it was told.
    Durability,
    /// Nothing takes effect twice.
    Once,
    /// A correct validator never signs two things that contradict each other, whatever crashed in between.
    NoDoubleSigning,
    /// Nothing a replica keeps grows past its bound.
    BoundedMemory,
    /// What may have been committed in one view is what later views order at that number.
    PreparedSurvive,
    /// After the network has calmed down, whatever was handed in is executed by every correct validator.
    Liveness,
    /// Who contradicts itself is found out, and nobody else is.
    Accountability,
    /// A code works once.
    OneNullifier,
    /// The same blocks lead to the same heads, from the beginning and from any saved state.
    Replay,
    /// What is in the log has a proof, and the proof of anything else is refused.
    ProofSoundness,
}

/// A promise that was not kept, and how.
#[derive(Clone, Debug)]
pub(crate) struct Violation {
    pub(crate) promise: Promise,
    pub(crate) what: String,
    pub(crate) at: u64,
}
