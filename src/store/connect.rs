//! Opening the database: which one an address means, its pools, and the settings that make a commit durable.

use std::path::{Path, PathBuf};
use std::time::Duration;

use sea_orm::sqlx::Connection as _;
use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::{ConnectOptions, Database, DatabaseConnection};

use super::StoreError;

/// Name of the SQLite file in the data folder.
const FILE: &str = "vaidya.db";

/// Readers of SQLite at a time. Lower makes pages wait for each other, higher costs a thread and a cache each.
const SQLITE_READERS: u32 = 4;

/// Connections to PostgreSQL. Lower makes requests queue, higher takes places others need (100 by default there).
const POSTGRES_POOL: u32 = 16;

/// How long a call waits for a connection before it fails. Lower fails sooner under a burst, higher holds people longer.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long SQLite waits for another process that writes (a backup, `vaidya migrate`).
const BUSY: Duration = Duration::from_secs(5);

/// Where the database is.
pub(super) enum Place {
    /// A SQLite file.
    File(PathBuf),
    /// A PostgreSQL address.
    Postgres(String),
}

impl Place {
    /// Reads an address; none is the file in the data folder.
    pub(super) fn read(url: Option<&str>, data: &Path) -> Result<Self, StoreError> {
        match url {
            None => Ok(Self::File(data.join(FILE))),
            Some(url) if url.starts_with("postgres://") || url.starts_with("postgresql://") => {
                Ok(Self::Postgres(url.to_owned()))
            }
            Some(url) => {
                let path = url.strip_prefix("sqlite:").ok_or(StoreError::BadUrl)?;
                let path = path.strip_prefix("//").unwrap_or(path);
                if path.is_empty() { Ok(Self::File(data.join(FILE))) } else { Ok(Self::File(path.into())) }
            }
        }
    }
}

/// Connects: the way for reads and the way for writes.
pub(super) async fn connect(place: &Place) -> Result<(DatabaseConnection, DatabaseConnection), StoreError> {
    match place {
        Place::File(path) => {
            if let Some(folder) = path.parent() {
                tokio::fs::create_dir_all(folder).await.map_err(|err| no_folder(&err))?;
            }
            // The writer first: it makes the file and turns write-ahead logging on.
            let writes = Database::connect(sqlite(path, 1, false)).await?;
            let reads = Database::connect(sqlite(path, SQLITE_READERS, true)).await?;
            Ok((reads, writes))
        }
        Place::Postgres(url) => {
            let pool = Database::connect(postgres(url)).await?;
            Ok((pool.clone(), pool))
        }
    }
}

/// A disk that gets full can end a transaction behind the driver's back. What the driver begins on that connection from
/// then on is nested in something that nobody commits: such a connection is closed, and a new one takes its place.
fn sqlite(path: &Path, connections: u32, only_reads: bool) -> ConnectOptions {
    let path = path.to_owned();
    let mut options = quiet(ConnectOptions::new("sqlite:"), connections);
    options.map_sqlx_sqlite_opts(move |lite| {
        let lite = lite
            .filename(&path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(BUSY)
            // What is erased is overwritten, not only forgotten.
            .pragma("secure_delete", "ON");
        if only_reads { lite.pragma("query_only", "ON") } else { lite }
    });
    options.map_sqlx_sqlite_pool_opts(|pool| {
        pool.before_acquire(|connection, _| {
            let clean = !connection.is_in_transaction();
            Box::pin(async move { Ok(clean) })
        })
    });
    options
}

fn postgres(url: &str) -> ConnectOptions {
    let mut options = quiet(ConnectOptions::new(url), POSTGRES_POOL);
    options.map_sqlx_postgres_opts(|pg| pg.application_name("vaidya"));
    options
}

/// Statements carry names and bodies: none of them is logged, by us or by the driver.
fn quiet(mut options: ConnectOptions, connections: u32) -> ConnectOptions {
    options.max_connections(connections).acquire_timeout(PATIENCE).sqlx_logging(false).record_stmt_in_spans(false);
    options
}

fn no_folder(err: &std::io::Error) -> StoreError {
    match err.kind() {
        std::io::ErrorKind::StorageFull => StoreError::Full,
        kind => StoreError::Unavailable(format!("the data folder cannot be made: {kind}")),
    }
}
