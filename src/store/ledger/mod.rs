//! The way from facts to the ledger and back: entries with their numbers, clinics' own logs, and receipts.
//!
//! Nothing is lost in between: a fact in the outbox waits until what was made of it is committed, an entry that was made
//! keeps its bytes and its number, and whoever asks for its receipt after a crash gets the one there is.

use std::time::Duration;

use vaidya_clinic::time::Timestamp;
use vaidya_ledger::{Hash, Kind, Signer};

use super::outbox::Job;
use super::{Store, StoreError};

mod drafts;
mod entries;
mod keys;
mod openings;
pub(super) mod proofs;
mod put;
mod sublog;

pub use entries::{Came, Receipt, Waiting};
pub use keys::KnownKey;
pub use proofs::{Place, Proven, Step};

/// How long a look without asking waits for the ledger before it opens something. Lower opens more that the ledger does
/// not have yet, higher lets an emergency wait.
pub const QUORUM: Duration = Duration::from_secs(2);

/// Draws 32 random bytes.
pub type Draw = fn() -> [u8; 32];

/// Who hands entries in, and to which ledger.
pub struct Submitter {
    /// The ledger's id: the hash of its first entry.
    pub ledger: Hash,
    /// The node's key.
    pub signer: Signer,
}

/// Whether a kind of entry goes in at once, with everything that waits before it. Bindings do, too: what is signed with a
/// key comes right after it.
#[must_use]
pub fn is_urgent(kind: Kind) -> bool {
    kind.is_urgent() || kind == Kind::KeyBind
}

/// What became of some facts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Put {
    /// Entries that were made.
    pub entries: u64,
    /// Facts in clinics' own logs.
    pub leaves: u64,
    /// Facts to be looked at again.
    pub later: u64,
    /// Facts that a human has to look at.
    pub refused: u64,
}

impl Store {
    /// Makes entries of facts, or puts them into their clinic's own log, in one transaction: afterwards they wait for
    /// receipts. Facts that were dealt with before are left alone.
    ///
    /// # Errors
    /// When the database fails: then nothing was made.
    pub async fn put_on_ledger(
        &self,
        jobs: Vec<Job>,
        submitter: std::sync::Arc<Submitter>,
        draw: Draw,
        now: Timestamp,
    ) -> Result<Put, StoreError> {
        self.write(move |tx| Box::pin(async move { put::all(tx, &jobs, &submitter, draw, now).await })).await
    }

    /// Makes an entry of the root of every clinic's own log that went on and whose last root is older than `window`.
    /// At most one of each waits at a time. Says how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn root_sublogs(
        &self,
        window: Duration,
        submitter: std::sync::Arc<Submitter>,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        self.write(move |tx| Box::pin(async move { sublog::root_all(tx, window, &submitter, now).await })).await
    }

    /// Makes an entry of a contradiction that validators were caught at; the same once more is the one there is.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn accuse(
        &self,
        attachment: Vec<u8>,
        submitter: std::sync::Arc<Submitter>,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let made =
            self.write(move |tx| Box::pin(async move { entries::accuse(tx, attachment, &submitter, now).await }));
        let made = made.await?;
        self.inner.db.written.send_replace(());
        Ok(made)
    }

    /// Entries that wait for their receipt, in their order, after this one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn waiting_entries(&self, after: i64, limit: u64) -> Result<Vec<Waiting>, StoreError> {
        self.read(move |db| Box::pin(entries::waiting(db, after, limit))).await
    }

    /// Keeps receipts, and ends the facts that are wholly committed. Rings for those who wait for a receipt. What did not
    /// hold and may later gets a new number: it is another entry then, and the void one stays in the log.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn keep_receipts(
        &self,
        receipts: Vec<(i64, Receipt)>,
        submitter: std::sync::Arc<Submitter>,
    ) -> Result<Vec<Came>, StoreError> {
        let kept =
            self.write(move |tx| Box::pin(async move { entries::receipts(tx, &receipts, &submitter).await })).await?;
        self.inner.db.anchored.send_replace(());
        Ok(kept)
    }

    /// Says that a ledger is kept: what is opened without asking waits for it, a moment.
    pub fn keep_ledger(&self) {
        self.inner.keeps_ledger.store(true, std::sync::atomic::Ordering::Release);
    }

    /// Whether one is.
    #[must_use]
    pub fn keeps_ledger(&self) -> bool {
        self.inner.keeps_ledger.load(std::sync::atomic::Ordering::Acquire)
    }

    /// Changes when receipts were kept by this process.
    #[must_use]
    pub fn anchored(&self) -> tokio::sync::watch::Receiver<()> {
        self.inner.db.anchored.subscribe()
    }

    /// The keys of someone that are not revoked: those that the ledger holds, and those that it doesn't (yet).
    ///
    /// # Errors
    /// When the database fails.
    pub async fn keys_on_ledger(&self, whose: uuid::Uuid) -> Result<Vec<KnownKey>, StoreError> {
        self.read(move |db| Box::pin(async move { keys::known(db, whose).await })).await
    }

    /// Whether someone has to do with another: a visit, a consent, a child, or the organisation they are in.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn have_to_do(
        &self,
        who: &super::accounts::Person,
        whose: vaidya_clinic::id::PersonId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let who = who.clone();
        self.read(move |db| Box::pin(async move { keys::have_to_do(db, &who, whose, now).await })).await
    }

    /// Whether a look without asking is on the ledger.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn emergency_is_anchored(&self, id: vaidya_clinic::id::ConsentId) -> Result<bool, StoreError> {
        self.read(move |db| Box::pin(async move { proofs::is_there(db, Kind::BreakGlass, id.0).await })).await
    }

    /// What hides from the ledger whose keys these are; made when there is none.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn label_salt(&self, whose: uuid::Uuid, draw: Draw) -> Result<[u8; 32], StoreError> {
        if let Some(salt) = self.read(move |db| Box::pin(keys::salt(db, whose))).await? {
            return Ok(salt);
        }
        self.write(move |tx| Box::pin(keys::salt_of(tx, whose, draw))).await
    }
}

/// A number as the database has it.
fn number(number: u64) -> Result<i64, StoreError> {
    i64::try_from(number).map_err(|_| StoreError::strange("a number beyond the database's"))
}

/// A number of the database's.
fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}
