//! What lasts: the one door to the database, SQLite or PostgreSQL, in the clinic's words.
//!
//! `Store` is cheap to clone. Its SQL runs on a runtime of its own, so it may be called from any thread, and work that
//! was begun ends by itself when the caller goes away: a transaction is committed or rolled back, never left open.

use std::future::Future;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use futures_util::future::BoxFuture;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, SqliteTransactionMode, TransactionOptions,
    TransactionTrait,
};
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use vaidya_clinic::time::Timestamp;

pub mod accounts;
pub mod arrivals;
pub mod audit;
mod bars;
pub mod bearers;
pub mod blocks;
pub mod claims;
mod connect;
pub mod consents;
pub mod contact_codes;
pub mod cover;
mod credential_rows;
pub mod credentials;
pub mod custody;
pub mod doctors;
mod entity;
pub mod erasures;
mod error;
pub mod exports;
pub mod factors;
mod facts;
#[cfg(test)]
mod full;
pub mod guardians;
pub mod invites;
pub mod keys;
pub mod ledger;
pub mod links;
pub mod lockout;
pub mod members;
pub mod messages;
pub mod organisations;
pub mod outbox;
pub mod papers;
pub mod passwords;
pub mod patients;
pub mod phone_only;
pub mod profiles;
pub mod proofs;
pub mod records;
pub mod recoveries;
pub mod registrations;
pub mod registry;
mod rooms;
mod scope;
pub mod scribe;
pub mod seats;
pub mod sent_messages;
pub mod sessions;
pub mod setup;
pub mod standing;
pub mod tokens;
pub mod trail;
pub mod uploads;
pub mod views;
pub mod visits;
pub mod votes;
pub mod wards;
pub mod wraps;

use audit::Trace;
pub use error::StoreError;
pub use scope::Thing;

/// Threads that drive SQL. They mostly wait: lower makes a burst of reads queue, higher costs a stack each.
const THREADS: usize = 2;

/// PostgreSQL's advisory lock for migrating: any number nobody else takes.
const MIGRATING: i64 = 0x7661_6964_7961;

/// The SHA-256 (peppered where a code is short) of a token or code; the plain one is never kept.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SecretHash(pub [u8; 32]);

/// The door to the database.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
    /// In whose name it writes, when that goes into the audit.
    trace: Option<Arc<Trace>>,
}

struct Inner {
    db: Db,
    handle: Handle,
    /// Where erasures are noted beside the database.
    erasures: OnceLock<erasures::Note>,
    /// What texts of messages are sealed with.
    cover: OnceLock<cover::Cover>,
    /// Whether a ledger is kept: what is opened without asking waits for it then.
    keeps_ledger: AtomicBool,
    /// Whether SQLite's log of writes may still hold something that was erased.
    soiled: AtomicBool,
    _runtime: Engine,
}

/// Holds the runtime, and lets go of it in the only way that is allowed where futures run.
struct Engine(Option<Runtime>);

impl Drop for Engine {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// The two ways to the database, and the bell that rings when facts were written.
#[derive(Clone)]
struct Db {
    reads: DatabaseConnection,
    /// On SQLite a pool of one: writers queue here, in order, instead of fighting for the file's lock.
    writes: DatabaseConnection,
    written: watch::Sender<()>,
    /// Rings when the ledger's receipts were kept.
    anchored: watch::Sender<()>,
}

/// What a transaction does: borrows it, and answers.
type Work<'t, T> = BoxFuture<'t, Result<T, StoreError>>;

impl Store {
    /// Opens the database, which may still be empty. `None` and `sqlite:` are a file in `data` (made when missing);
    /// otherwise a `postgres://` address.
    ///
    /// # Errors
    /// [`StoreError::Newer`] when a newer Vaidya wrote it, [`StoreError::BadUrl`], or when it cannot be reached.
    pub async fn open(url: Option<&str>, data: &Path) -> Result<Self, StoreError> {
        let place = connect::Place::read(url, data)?;
        let runtime = Builder::new_multi_thread()
            .worker_threads(THREADS)
            .thread_name("store")
            .enable_all()
            .build()
            .map_err(|err| StoreError::Unavailable(err.to_string()))?;
        let handle = runtime.handle().clone();
        let opened = handle.spawn(async move { connect::connect(&place).await });
        let runtime = Engine(Some(runtime));
        let (reads, writes) = opened.await.map_err(lost)??;
        let db = Db { reads, writes, written: watch::Sender::new(()), anchored: watch::Sender::new(()) };
        let store = Self {
            inner: Arc::new(Inner {
                db,
                handle,
                erasures: OnceLock::new(),
                cover: OnceLock::new(),
                keeps_ledger: AtomicBool::new(false),
                soiled: AtomicBool::new(false),
                _runtime: runtime,
            }),
            trace: None,
        };
        store.standing().await?;
        Ok(store)
    }

    /// The same store in the name of a request: its first change goes into the audit, in the transaction of the change.
    #[must_use]
    pub fn acting(&self, trace: Arc<Trace>) -> Self {
        Self { inner: Arc::clone(&self.inner), trace: Some(trace) }
    }

    /// Brings the schema up to date, in one transaction, and names the migrations that were applied.
    ///
    /// # Errors
    /// [`StoreError::Newer`], and when the database cannot be reached or written.
    pub async fn migrate(&self) -> Result<Vec<String>, StoreError> {
        let pending = self.standing().await?;
        self.write(|tx| Box::pin(migrate(tx))).await?;
        Ok(pending)
    }

    /// The migrations that [`Store::migrate`] would apply.
    ///
    /// # Errors
    /// [`StoreError::Newer`], and when the database cannot be reached.
    pub async fn pending(&self) -> Result<Vec<String>, StoreError> {
        self.standing().await
    }

    /// Answers when the database does.
    ///
    /// # Errors
    /// When it doesn't.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.read(|db| Box::pin(async move { Ok(db.ping().await?) })).await
    }

    /// Closes every connection once its work is done. Calls after it fail.
    pub async fn close(&self) {
        let db = self.inner.db.clone();
        let closed = self.spawn(async move {
            let (reads, writes) = (db.reads.close_by_ref().await, db.writes.close_by_ref().await);
            reads.and(writes)
        });
        if !matches!(closed.await, Ok(Ok(()))) {
            tracing::warn!("the database did not close cleanly");
        }
    }

    /// Runs a future on the store's runtime: for jobs, which live as long as the store.
    pub fn spawn<F>(&self, work: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.inner.handle.spawn(work)
    }

    /// Changes when facts were written to the outbox by this process.
    #[must_use]
    pub fn written(&self) -> watch::Receiver<()> {
        self.inner.db.written.subscribe()
    }

    /// Reads, on the store's runtime.
    async fn read<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        F: for<'t> FnOnce(&'t DatabaseConnection) -> Work<'t, T> + Send + 'static,
        T: Send + 'static,
    {
        let db = self.inner.db.reads.clone();
        self.spawn(async move { work(&db).await }).await.map_err(lost)?
    }

    /// Does all of the work in one transaction, or none of it.
    async fn write<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        F: for<'t> FnOnce(&'t DatabaseTransaction) -> Work<'t, T> + Send + 'static,
        T: Send + 'static,
    {
        let (db, trace) = (self.inner.db.clone(), self.trace.clone());
        let done = async move {
            let done = transact(&db.writes, trace.as_deref(), work).await;
            // The audit's entry waits in the outbox.
            if trace.is_some() && done.is_ok() {
                db.written.send_replace(());
            }
            done
        };
        self.spawn(self.under_cover(done)).await.map_err(lost)?
    }

    /// The same, for work that writes facts: rings for their consumers when it is on disk.
    async fn report<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        F: for<'t> FnOnce(&'t DatabaseTransaction) -> Work<'t, T> + Send + 'static,
        T: Send + 'static,
    {
        let (Db { writes, written, .. }, trace) = (self.inner.db.clone(), self.trace.clone());
        let done = async move {
            let done = transact(&writes, trace.as_deref(), work).await?;
            written.send_replace(());
            Ok(done)
        };
        self.spawn(self.under_cover(done)).await.map_err(lost)?
    }

    /// What is pending; an unknown migration is an error.
    async fn standing(&self) -> Result<Vec<String>, StoreError> {
        let standing = self.read(|db| Box::pin(async move { Ok(vaidya_migrations::standing(db).await?) })).await?;
        match standing.unknown.into_iter().next() {
            Some(migration) => Err(StoreError::Newer { migration }),
            None => Ok(standing.pending),
        }
    }
}

async fn transact<T, F>(db: &DatabaseConnection, trace: Option<&Trace>, work: F) -> Result<T, StoreError>
where
    F: for<'t> FnOnce(&'t DatabaseTransaction) -> Work<'t, T>,
{
    let options = TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    };
    let tx = db.begin_with_options(options).await?;
    let done = work(&tx).await;
    // Asked now: the work may have found that there is nothing to write down.
    let trace = trace.filter(|trace| done.is_ok() && trace.take());
    let done = match (done, trace) {
        (Ok(done), Some(trace)) => audit::done(&tx, trace).await.map(|()| done),
        (other, _) => other,
    };
    let done = match done {
        Ok(done) => tx.commit().await.map(|()| done).map_err(StoreError::from),
        Err(err) => {
            if let Err(failed) = tx.rollback().await {
                tracing::warn!(error = %StoreError::from(failed), "a transaction was not rolled back cleanly");
            }
            Err(err)
        }
    };
    if let (Err(_), Some(trace)) = (&done, trace) {
        trace.let_go();
    }
    done
}

/// Two servers that start together take turns: the second finds nothing left to do.
async fn migrate(tx: &DatabaseTransaction) -> Result<(), StoreError> {
    if tx.get_database_backend() == DbBackend::Postgres {
        tx.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({MIGRATING})")).await?;
    }
    Ok(vaidya_migrations::up(tx).await?)
}

/// The time so long before another.
pub(crate) fn before(now: Timestamp, span: Duration) -> Timestamp {
    Timestamp(now.0.saturating_sub(i64::try_from(span.as_millis()).unwrap_or(i64::MAX)))
}

/// The store's runtime is gone, or work in it broke.
fn lost(err: tokio::task::JoinError) -> StoreError {
    StoreError::Failed(err.to_string().into())
}
