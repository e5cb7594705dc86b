//! What the store says when it cannot do what was asked: words that may be logged, never a value out of a row.

use std::sync::Arc;

use sea_orm::sqlx;
use sea_orm::{DbErr, RuntimeErr, SqlErr};
use vaidya_clinic::time::Timestamp;

/// Why the store did not do it. Nothing was changed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// The disk, or the database's share of it, is full.
    #[error("the disk of the database is full; free some space")]
    Full,
    /// The database has a migration this program does not know.
    #[error(
        "migration {migration} is unknown here: this database was written by a newer Vaidya; run that version, or \
         restore a backup"
    )]
    Newer {
        /// Its name.
        migration: String,
    },
    /// The address of the database is not one of ours.
    #[error("the database address must begin with postgres:// or sqlite:")]
    BadUrl,
    /// There is no such thing, or it is not theirs.
    #[error("no such thing")]
    NotFound,
    /// Someone else has it: a login, a place in an order.
    #[error("it is taken")]
    Taken,
    /// The visit is not in a state that allows it.
    #[error("the visit is not in a state that allows this")]
    BadState,
    /// As many devices came by this link as may.
    #[error("the link was used by too many devices")]
    LinkUsed,
    /// It is too early for that.
    #[error("it is too early for that")]
    NotBefore(Timestamp),
    /// The visit has as many live links as it may have.
    #[error("too many live links")]
    TooMany,
    /// Whoever did one half of it may not do the other.
    #[error("a second person must do this")]
    TwoPeople,
    /// Their organisation would be left without anybody who looks after it.
    #[error("the last admin stays")]
    LastAdmin,
    /// They belong to other organisations too, which have a say in it.
    #[error("they belong to another organisation too")]
    Elsewhere,
    /// The doctor's registration is not in force.
    #[error("the doctor is not active")]
    NotActive,
    /// The keys it was sealed for are not the live keys of those it concerns (any more).
    #[error("the keys have changed")]
    KeysChanged,
    /// Neither the patient nor the clinic could open it.
    #[error("nobody on the patient's side has a key")]
    NoReader,
    /// A block of it did not come, or not from this person.
    #[error("a block is missing")]
    BlockMissing,
    /// No clinic holds what would be needed, and by the organisation's policy none will.
    #[error("the clinic does not hold a key")]
    NoCustody,
    /// A patient who has neither a key nor a contact.
    #[error("nobody can be asked")]
    Unreachable,
    /// A signature that is not one, or is over something else.
    #[error("the signature does not hold")]
    BadSignature,
    /// A child, for whom somebody must speak.
    #[error("a guardian must say so")]
    GuardianNeeded,
    /// Someone without a live key, for whom nothing can be wrapped.
    #[error("there is no key to wrap for")]
    NoKey,
    /// The patient has not consented to that, or not any more.
    #[error("the patient's consent is needed")]
    ConsentNeeded,
    /// The law keeps it from everyone until it may be erased.
    #[error("it is restricted")]
    Restricted,
    /// The database does not answer; trying again is safe.
    #[error("the database does not answer: {0}")]
    Unavailable(String),
    /// A failure of ours or of the database's.
    #[error("the database failed: {0}")]
    Failed(Arc<str>),
}

impl StoreError {
    /// A row that this program could not have written.
    pub(super) fn strange(what: &'static str) -> Self {
        Self::Failed(what.into())
    }
}

/// A word out of a row, which must be one of ours.
pub(super) fn known<T>(parsed: Option<T>) -> Result<T, StoreError> {
    parsed.ok_or_else(|| StoreError::strange("an unknown word in a row"))
}

/// SQLite's result codes for a full disk: `SQLITE_FULL`, and the I/O errors of writing, syncing and truncating, which
/// is what a full file system or a quota looks like from inside (<https://sqlite.org/rescode.html>).
const SQLITE_FULL: [&str; 5] = ["13", "778", "1034", "1290", "1546"];

/// PostgreSQL's `disk_full` (PostgreSQL manual, appendix A).
const POSTGRES_FULL: &str = "53100";

impl From<DbErr> for StoreError {
    fn from(err: DbErr) -> Self {
        if let Some(SqlErr::UniqueConstraintViolation(_)) = err.sql_err() {
            return Self::Taken;
        }
        match &err {
            DbErr::Exec(RuntimeErr::SqlxError(e))
            | DbErr::Query(RuntimeErr::SqlxError(e))
            | DbErr::Conn(RuntimeErr::SqlxError(e)) => of_driver(e),
            DbErr::ConnectionAcquire(why) => Self::Unavailable(why.to_string()),
            other => Self::Failed(other.to_string().into()),
        }
    }
}

pub(super) fn of_driver(err: &sqlx::Error) -> StoreError {
    match err {
        sqlx::Error::Database(told) => of_database(told.code().as_deref().unwrap_or_default(), told.message()),
        sqlx::Error::Io(io) if io.kind() == std::io::ErrorKind::StorageFull => StoreError::Full,
        sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => {
            StoreError::Unavailable(err.to_string())
        }
        other => StoreError::Failed(other.to_string().into()),
    }
}

/// The classes of PostgreSQL codes that say "not now": connection, resources, operator intervention; and SQLite's busy.
fn of_database(code: &str, message: &str) -> StoreError {
    if SQLITE_FULL.contains(&code) || code == POSTGRES_FULL {
        return StoreError::Full;
    }
    let later = code.len() == 5 && ["08", "53", "57", "40"].iter().any(|class| code.starts_with(class));
    if later || code == "5" || code == "6" || code == "517" {
        return StoreError::Unavailable(message.to_owned());
    }
    StoreError::Failed(message.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_told_from_other_failures() {
        assert!(matches!(of_database("13", "database or disk is full"), StoreError::Full));
        assert!(matches!(of_database("53100", "could not extend file"), StoreError::Full));
        assert!(matches!(of_database("5", "database is locked"), StoreError::Unavailable(_)));
        assert!(matches!(of_database("57P01", "terminating connection"), StoreError::Unavailable(_)));
        assert!(matches!(of_database("1", "no such table"), StoreError::Failed(_)));
    }

    #[test]
    fn a_newer_database_is_named_with_what_to_do() {
        let told = StoreError::Newer { migration: "m0099_tomorrow".into() }.to_string();
        assert!(told.contains("m0099_tomorrow"));
        assert!(told.contains("this database was written by a newer Vaidya; run that version, or restore a backup"));
    }
}
