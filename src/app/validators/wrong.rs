//! Why the ledger doesn't start: sentences that name the file and what differs in it.

use vaidya_actors::ledger::Unstarted;
use vaidya_actors::validator::Unfit;

use super::super::AppError;
use crate::gateway::custody::NoKey;
use crate::gateway::validators::NoTransport;
use crate::store::votes::NoVotes;

/// Why a validator or the ledger doesn't start; a sentence.
#[derive(Debug, thiserror::Error)]
pub enum NoLedger {
    /// A file of votes can't be used.
    #[error("{0}")]
    Votes(#[from] NoVotes),
    /// What it remembers can't be.
    #[error("validator {id} does not start: {why}")]
    Unfit {
        /// Which.
        id: u8,
        /// Why.
        why: Unfit,
    },
    /// A key can't be used.
    #[error("the key in {folder} can't be used: {why}")]
    Key {
        /// Where it is.
        folder: String,
        /// Why not.
        why: NoKey,
    },
    /// The genesis file can't be used.
    #[error("the genesis file {file} can't be used: {why}")]
    Genesis {
        /// Which.
        file: String,
        /// Why not.
        why: String,
    },
    /// There are votes, and nothing says for which ledger.
    #[error("{folder} has votes of validators and no genesis file: bring {folder}/genesis back from a backup")]
    NoGenesis {
        /// The folder.
        folder: String,
    },
    /// This key is no validator's.
    #[error(
        "the key {key} is not among the validators of the genesis {file}: give this public key to whoever makes the genesis, or use the data folder of the validator"
    )]
    NotAValidator {
        /// The public key, in hexadecimal.
        key: String,
        /// The genesis file.
        file: String,
    },
    /// Two files tell different histories.
    #[error(
        "{one} and {other} tell different histories of the ledger: {what}. One of them is a copy that went on by itself; stop, and find out which before anything is removed"
    )]
    Forked {
        /// A file.
        one: String,
        /// Another.
        other: String,
        /// Where they part.
        what: String,
    },
    /// The folder can't be written.
    #[error("{folder} can't be written: {why}")]
    Unwritable {
        /// Which.
        folder: String,
        /// What the system says.
        why: std::io::Error,
    },
    /// The other validators can't be reached or heard.
    #[error("{0}")]
    Transport(#[from] NoTransport),
    /// The node's own copy of the log can't be used.
    #[error("{0}")]
    Copy(#[from] Unstarted),
    /// The system gives no threads.
    #[error("a validator can't be started: {0}")]
    Arbiter(std::io::Error),
}

impl From<NoLedger> for AppError {
    fn from(why: NoLedger) -> Self {
        Self::Ledger(Box::new(why))
    }
}
