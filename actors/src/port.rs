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

/// Put this entry on the ledger. Answered when f + 1 validators say the same of it; who gets no answer, or an error that
/// is not [`Unanchored::Refused`], hands the same bytes in again, and is told of the first time when they came through.
#[derive(Message, Clone)]
#[rtype(result = "Result<Anchored, Unanchored>")]
pub struct Anchor {
    /// The entry's bytes.
    pub entry: Vec<u8>,
    /// Whether it goes in at once, with everything that was handed in before it.
    pub urgent: bool,
}

/// Where an entry came to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anchored {
    /// Its index in the log.
    pub leaf: u64,
    /// The number of its block.
    pub seq: u64,
    /// The time of its block, milliseconds since 1970.
    pub time: u64,
    /// 0 when it holds; else why it doesn't.
    pub outcome: u8,
    /// The same in words.
    pub reason: &'static str,
    /// Whether the same bytes may hold later, when what they stand on is there.
    pub may_pass: bool,
}

/// Why an entry was not put on the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unanchored {
    /// Too many wait already; trying again later is safe.
    #[error("too many entries wait for the ledger")]
    Full,
    /// Too few validators answer; trying again is safe.
    #[error("too few validators answer")]
    NoQuorum,
    /// It is no entry, or its signature is wrong: it will never be taken.
    #[error("the entry was refused: {0}")]
    Refused(&'static str),
}

/// Hand in now what waits, and say how the log stands afterwards.
#[derive(Message, Clone, Copy)]
#[rtype(result = "Result<Stands, Unanchored>")]
pub struct Flush;

/// How the log stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stands {
    /// Entries that were handed in for this, and are there.
    pub entries: u64,
    /// The view in which validators agree.
    pub view: u64,
    /// The number of the last block.
    pub height: u64,
    /// Leaves of the log.
    pub size: u64,
    /// Its root.
    pub root: [u8; 32],
    /// Validators whose signatures are under it.
    pub votes: u32,
}

/// What is published of the log.
#[derive(Message, Clone, Debug, PartialEq, Eq)]
#[rtype(result = "Option<Vec<u8>>")]
pub enum Publish {
    /// The newest signed head, with its cosignatures.
    Checkpoint,
    /// A tile, by what follows `/tile/` in its address.
    Tile(String),
}

/// The way from a leaf to the root under the newest signed head; none when that doesn't reach it yet.
#[derive(Message, Clone, Copy)]
#[rtype(result = "Option<Proof>")]
pub struct Prove {
    /// Which leaf.
    pub leaf: u64,
}

/// A way through the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// The hashes beside the way, from the leaf on (RFC 6962 §2.1.1).
    pub path: Vec<[u8; 32]>,
    /// The head under which it is: a signed note with its cosignatures.
    pub checkpoint: String,
}

/// That the log at one size begins with what it was at another (RFC 6962 §2.1.2); none when it was never that large.
#[derive(Message, Clone, Copy)]
#[rtype(result = "Option<Vec<[u8; 32]>>")]
pub struct Compare {
    /// The smaller size, from 1.
    pub from: u64,
    /// The larger one.
    pub to: u64,
}

/// What a label is bound to under the newest signed head.
#[derive(Message, Clone, Copy)]
#[rtype(result = "Option<Bound>")]
pub struct ProveKey {
    /// The label.
    pub label: [u8; 32],
}

/// What a label is bound to, with the way to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bound {
    /// The head: a signed note with its cosignatures.
    pub checkpoint: String,
    /// The place of the key map's leaf: the last of the log.
    pub index: u64,
    /// The way from that leaf to the root of the log.
    pub path: Vec<[u8; 32]>,
    /// That leaf.
    pub leaf: Vec<u8>,
    /// The way to the label in the key map.
    pub way: Vec<u8>,
}

/// Who keeps the ledger.
#[derive(Message, Clone, Copy)]
#[rtype(result = "Policy")]
pub struct WhoKeeps;

/// What a reader has to believe to verify proofs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The name of the log.
    pub origin: String,
    /// The log's own key, as C2SP writes keys.
    pub log: String,
    /// The validators' keys, as C2SP writes keys.
    pub validators: Vec<String>,
    /// How many of them must have signed.
    pub threshold: u32,
    /// The same as a C2SP policy.
    pub text: String,
    /// Who runs the validators, by name.
    pub operators: Vec<String>,
    /// Whether all of them are in this process.
    pub one_process: bool,
    /// How long entries wait for others.
    pub window: std::time::Duration,
}

/// How the ledger does.
#[derive(Message, Clone, Copy)]
#[rtype(result = "Health")]
pub struct Measure;

/// Half and nearly all of what was measured are below these, in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spread {
    /// Half.
    pub p50: Option<f64>,
    /// 99 of 100.
    pub p99: Option<f64>,
}

/// How the ledger does.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Health {
    /// The last block whose head a quorum signed: its number, the log's size, when.
    pub stable: Option<(u64, u64, Timestamp)>,
    /// The view in which validators agree.
    pub view: u64,
    /// Which of them proposes in it.
    pub primary: u32,
    /// Entries that wait.
    pub waiting: u64,
    /// Entries committed in the last second, and a second over the last minute.
    pub tps: (f64, f64),
    /// From a proposal to its commitment.
    pub consensus: Spread,
    /// From an entry to its receipt.
    pub total: Spread,
    /// Entries committed since the start.
    pub committed: u64,
    /// Entries that did not hold since the start, by why.
    pub refused: Vec<(String, u64)>,
    /// Changes of the view since the start.
    pub view_changes: u64,
    /// Validators caught saying two things.
    pub equivocations: u64,
    /// Energy since the start, in joules.
    pub joules: Option<f64>,
    /// How that was found: `rapl`, `cpu` or `none`.
    pub method: &'static str,
    /// The configured figure behind `cpu`.
    pub watts: Option<f64>,
    /// The validators.
    pub validators: Vec<ValidatorHealth>,
}

/// How a validator does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValidatorHealth {
    /// Its name.
    pub name: String,
    /// `voting`, `behind`, `waiting` or `silent`.
    pub state: &'static str,
    /// The last block it is known to have.
    pub seq: u64,
    /// When it was last heard.
    pub seen_at: Option<Timestamp>,
}

/// How the ledger did, minute by minute up to now.
#[derive(Message, Clone, Copy)]
#[rtype(result = "Vec<Stretch>")]
pub struct Series {
    /// How far back.
    pub minutes: u32,
}

/// A stretch of time in a series.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Stretch {
    /// When it began, milliseconds since 1970.
    pub at: i64,
    /// Entries committed in a second.
    pub tps: Option<f64>,
    /// Median milliseconds from a proposal to its commitment.
    pub consensus: Option<f64>,
    /// Median milliseconds from an entry to its receipt.
    pub total: Option<f64>,
    /// The part of entries that hold.
    pub success: Option<f64>,
    /// Changes of the view.
    pub view_changes: u64,
}

/// The ways to the ledger.
#[derive(Clone)]
pub struct LedgerPorts {
    /// Puts entries there.
    pub anchor: Recipient<Anchor>,
    /// Hands in what waits.
    pub flush: Recipient<Flush>,
    /// Publishes it.
    pub publish: Recipient<Publish>,
    /// Proves leaves.
    pub prove: Recipient<Prove>,
    /// Proves that it only grew.
    pub compare: Recipient<Compare>,
    /// Proves bindings of keys.
    pub prove_key: Recipient<ProveKey>,
    /// Says who keeps it.
    pub policy: Recipient<WhoKeeps>,
    /// Says how it does.
    pub measure: Recipient<Measure>,
    /// Says how it did.
    pub series: Recipient<Series>,
}
