//! Records that are erased, or restricted until they may be: what opened them goes, that they were there stays.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use sea_orm::{Condition, ConnectionTrait, DbBackend};
use vaidya_clinic::erasure::{Erased, Kept, Outcome};
use vaidya_clinic::id::{OrgId, PersonId, RecordId};
use vaidya_clinic::record::RecordKind;
use vaidya_clinic::time::Timestamp;

use super::accounts::Person;
use super::entity::record;
use super::{Store, StoreError};

mod deed;
mod fate;
mod told;

pub(super) use told::withheld;

/// Writes down beside the database what is about to be erased in it; it is on the disk when this returns.
pub type Note = Arc<dyn Fn(&[Erased]) -> io::Result<()> + Send + Sync>;

/// Which records are to be erased.
#[derive(Clone, Debug)]
pub enum Which {
    /// All of one's own.
    All,
    /// These, of one's own or of children one speaks for.
    These(Vec<RecordId>),
}

/// What became of a record that was to be erased.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fate {
    /// Which record.
    pub record: RecordId,
    /// What became of it.
    pub outcome: Outcome,
    /// Why it is not erased, when it isn't.
    pub why: Option<Kept>,
    /// Until when it is kept then.
    pub until: Option<Timestamp>,
}

/// A record that is erased or restricted, as its patient and the auditor see it. No `Debug`: it says who is a patient.
#[derive(Clone, PartialEq, Eq)]
pub struct Tombstone {
    /// Which record it was.
    pub record: RecordId,
    /// What it was.
    pub kind: RecordKind,
    /// Whose.
    pub patient: PersonId,
    /// When it was first kept.
    pub made_at: Timestamp,
    /// What became of it.
    pub outcome: Outcome,
    /// When.
    pub at: Timestamp,
    /// Why it is not erased, when it isn't.
    pub why: Option<Kept>,
    /// Until when it is kept then.
    pub until: Option<Timestamp>,
}

impl Store {
    /// Where erasures are noted from now on: without such a place nothing is erased. Only the first one counts.
    pub fn note_erasures(&self, note: Note) {
        if self.inner.erasures.set(note).is_err() {
            tracing::warn!("erasures have a log already");
        }
    }

    fn log_of_erasures(&self) -> Result<Note, StoreError> {
        let note = self.inner.erasures.get().cloned();
        note.ok_or_else(|| StoreError::Unavailable("there is no log of erasures".to_owned()))
    }

    /// Erases a patient's records as far as the law lets them be, and restricts the others: once, so that asking again
    /// changes nothing. What is done is noted before it is committed, and gone from the database's file when this
    /// returns, or soon after.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when one of those named is not theirs; [`StoreError::Full`] or
    /// [`StoreError::Unavailable`] when it cannot be noted. Nothing is erased then.
    pub async fn erase_records(&self, who: &Person, which: Which, now: Timestamp) -> Result<Vec<Fate>, StoreError> {
        let (who, note) = (who.clone(), self.log_of_erasures()?);
        let fates = self.report(move |tx| Box::pin(deed::asked(tx, who, which, note, now))).await?;
        self.soil();
        self.scrub().await;
        Ok(fates)
    }

    /// Erases restricted records that the law keeps no longer, at most `limit`, and says how many.
    ///
    /// # Errors
    /// As [`erase_records`](Self::erase_records).
    pub async fn erase_due(&self, limit: u64, now: Timestamp) -> Result<usize, StoreError> {
        let due = self.read(move |db| Box::pin(fate::due(db, limit, now))).await?;
        if due.is_empty() {
            return Ok(0);
        }
        let note = self.log_of_erasures()?;
        let erased = self.report(move |tx| Box::pin(deed::due(tx, due, note, now))).await?;
        self.soil();
        Ok(erased)
    }

    /// Does again what was noted and is not so in this database: it came back from a backup. Says for how many records.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn erase_again(&self, noted: Vec<Erased>, now: Timestamp) -> Result<usize, StoreError> {
        let undone = self.read(move |db| Box::pin(fate::undone(db, noted))).await?;
        if undone.is_empty() {
            return Ok(0);
        }
        let many = undone.len();
        self.report(move |tx| Box::pin(deed::again(tx, undone, now))).await?;
        self.soil();
        self.scrub().await;
        Ok(many)
    }

    /// What of a patient's is erased or restricted, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn erasures_of(&self, patient: PersonId, now: Timestamp) -> Result<Vec<Tombstone>, StoreError> {
        let theirs = Condition::all().add(sea_orm::ColumnTrait::eq(&record::Column::PatientId, patient.0));
        self.read(move |db| Box::pin(told::list(db, theirs, now))).await
    }

    /// What in an organisation is erased or restricted, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn erasures_in(&self, org: OrgId, now: Timestamp) -> Result<Vec<Tombstone>, StoreError> {
        let there = Condition::all().add(sea_orm::ColumnTrait::eq(&record::Column::OrgId, org.0));
        self.read(move |db| Box::pin(told::list(db, there, now))).await
    }

    /// Something was erased whose traces are still in SQLite's log of writes.
    fn soil(&self) {
        self.inner.soiled.store(true, Ordering::Release);
    }

    /// Empties SQLite's log of writes now, whatever is in it: what laid the schema would take room there for as long as the
    /// server runs.
    pub async fn cut_log(&self) {
        self.soil();
        self.scrub().await;
    }

    /// Empties SQLite's log of writes after an erasure: freed pages are overwritten in the database's file
    /// (`secure_delete`), but their older copies lie in that log until it is cut. Readers may be in the way of that for a
    /// moment: it is done later then. PostgreSQL has no such command; its administrator vacuums.
    pub async fn scrub(&self) {
        if !self.inner.soiled.load(Ordering::Acquire) {
            return;
        }
        let writes = self.inner.db.writes.clone();
        let done = self.spawn(async move {
            match writes.get_database_backend() {
                DbBackend::Sqlite => {
                    let row = writes.query_one_raw(sea_orm::Statement::from_string(DbBackend::Sqlite, CUT)).await;
                    matches!(row, Ok(Some(row)) if row.try_get_by_index::<i64>(0).is_ok_and(|busy| busy == 0))
                }
                _ => true,
            }
        });
        if matches!(done.await, Ok(true)) {
            self.inner.soiled.store(false, Ordering::Release);
        }
    }
}

/// Moves everything from the log of writes into the database's file, and cuts the log to nothing (SQLite manual, PRAGMA
/// wal_checkpoint).
const CUT: &str = "PRAGMA wal_checkpoint(TRUNCATE)";

/// A file beside the database that cannot be written.
fn unnoted(error: &io::Error) -> StoreError {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => StoreError::Full,
        kind => StoreError::Unavailable(format!("the log of erasures cannot be written: {kind}")),
    }
}
