//! What actors need from outside, as messages. The shell answers them (`src/store/scribe.rs`); tests answer with probes.

use std::sync::Arc;

use actix::{Message, Recipient};
use vaidya_clinic::id::VisitId;
use vaidya_clinic::time::Timestamp;
use vaidya_clinic::visit::{Change, RoomMemory};
use vaidya_clinic::wire::Said;

/// Put these changes of one visit, and the outbox rows that report them, on disk in one transaction.
/// When the answer is `Ok` they are durable; when it is an error none of them is.
#[derive(Message, Clone)]
#[rtype(result = "Result<(), KeepError>")]
pub struct Keep {
    /// Which visit.
    pub visit: VisitId,
    /// When they were decided.
    pub at: Timestamp,
    /// In order.
    pub changes: Vec<Change>,
}

/// Why nothing was kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeepError {
    /// The disk, or the database's share of it, is full.
    #[error("the disk is full")]
    Full,
    /// The store could not do it now; trying again is safe.
    #[error("the store could not keep it")]
    Failed,
}

/// What is remembered of a visit's room; `None` when there is no such visit.
#[derive(Message, Clone, Copy)]
#[rtype(result = "Result<Option<RoomMemory>, KeepError>")]
pub struct Recall(pub VisitId);

/// Kept messages of a visit after a sequence number, oldest first.
#[derive(Message, Clone, Copy)]
#[rtype(result = "Result<Vec<Said>, KeepError>")]
pub struct ReadBack {
    /// Which visit.
    pub visit: VisitId,
    /// Messages with higher numbers are wanted.
    pub after: u64,
    /// At most so many.
    pub limit: usize,
}

/// The clock of the shell.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Everything a room needs from outside.
#[derive(Clone)]
pub struct Ports {
    /// Puts changes on disk.
    pub keep: Recipient<Keep>,
    /// Rebuilds a room.
    pub recall: Recipient<Recall>,
    /// Reads the chat.
    pub read_back: Recipient<ReadBack>,
    /// Carries media.
    pub media: vaidya_media::Handle,
    /// Tells the time.
    pub clock: Clock,
}
