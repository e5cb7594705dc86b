//! What the ledger is started with, and what it says of those who contradict themselves.
use std::sync::Arc;
use std::time::Duration;

use actix::{Message, Recipient};
use vaidya_ledger::chain::Broken;
use vaidya_ledger::{Genesis, Signer};

use crate::port::Clock;
use crate::validator::{Persist, ReadBlocks, ReadTile, Unkept};

/// Everything the ledger needs from outside.
pub struct Setup {
    /// How it began.
    pub genesis: Genesis,
    /// The log's own key.
    pub log: Signer,
    /// Puts blocks on disk here.
    pub persist: Recipient<Persist>,
    /// Reads them.
    pub read_blocks: Recipient<ReadBlocks>,
    /// Reads the tree over them.
    pub read_tile: Recipient<ReadTile>,
    /// Tells the time.
    pub clock: Clock,
    /// Tells what was used.
    pub energy: Energy,
    /// Hears of contradictions, to put them on the ledger: that takes a key that may hand entries in.
    pub accuse: Option<Recipient<Accuse>>,
    /// How long entries wait for others. Lower makes more and smaller blocks, higher makes receipts wait.
    pub window: Duration,
    /// Who runs the validators, by name.
    pub operators: Vec<String>,
    /// Whether all of them are in this process.
    pub one_process: bool,
}

/// Energy used since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Used {
    /// In joules, when it is known.
    pub joules: Option<f64>,
    /// How: `rapl`, `cpu` or `none`.
    pub method: &'static str,
    /// The configured figure behind `cpu`, in watts.
    pub watts: Option<f64>,
}

/// What reads the energy used.
pub type Energy = Arc<dyn Fn() -> Used + Send + Sync>;

/// Put this contradiction on the ledger: the attachment of an Evidence entry, whose reference is its SHA-256.
#[derive(Message, Clone)]
#[rtype(result = "()")]
pub struct Accuse {
    /// `u64 epoch ‖ evidence`.
    pub attachment: Vec<u8>,
}

/// Why the ledger doesn't start.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Unstarted {
    /// Its copy of the log isn't the one that was agreed on.
    #[error("the copy of the ledger here was changed: {0}")]
    Broken(#[from] Broken),
    /// Its copy can't be read.
    #[error("the copy of the ledger here can't be read: {0}")]
    Unread(#[from] Unkept),
    /// What should read it is gone.
    #[error("the copy of the ledger here can't be read")]
    Gone,
}
