//! The file itself: its tables, whose it is, and how it is opened.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use sea_orm::sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};
use sea_orm::sqlx::{self, ConnectOptions as _, Connection as _};
use vaidya_ledger::Genesis;
use vaidya_ledger::chain::Broken;
use vaidya_ledger::pbft::Record;

use super::super::StoreError;
use super::super::error::of_driver;
use super::{NoVotes, Owner};

/// How long a write waits for somebody who reads the file from outside (a backup, `vaidya ledger audit`).
const BUSY: Duration = Duration::from_secs(5);

/// Pages of the log of writes after which SQLite moves them into the file. Lower moves them more often in the middle of votes, higher
/// keeps a longer log.
const PAGES: &str = "8192";

const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS record (
        kind INTEGER NOT NULL, seq INTEGER NOT NULL, digest BLOB NOT NULL, bytes BLOB NOT NULL,
        PRIMARY KEY (kind, seq, digest)
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS block (seq INTEGER PRIMARY KEY, leaves INTEGER NOT NULL, bytes BLOB NOT NULL);
    CREATE TABLE IF NOT EXISTS stable (seq INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
    CREATE TABLE IF NOT EXISTS tile (
        level INTEGER NOT NULL, idx INTEGER NOT NULL, hashes BLOB NOT NULL, PRIMARY KEY (level, idx)
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS snapshot (one INTEGER PRIMARY KEY, seq INTEGER NOT NULL, bytes BLOB NOT NULL);
";

/// What is wrong with what is in a file, before the file is named.
#[derive(Debug)]
pub(super) enum Wrong {
    Chain(Broken),
    Damaged(String),
    Store(StoreError),
}

impl From<Broken> for Wrong {
    fn from(broken: Broken) -> Self {
        Self::Chain(broken)
    }
}

impl From<sqlx::Error> for Wrong {
    fn from(error: sqlx::Error) -> Self {
        match of_code(&error) {
            Some(what) => Self::Damaged(what),
            None => Self::Store(of_driver(&error)),
        }
    }
}

/// SQLite's own words for a file that isn't one any more: `SQLITE_CORRUPT`, `SQLITE_NOTADB`.
fn of_code(error: &sqlx::Error) -> Option<String> {
    let sqlx::Error::Database(told) = error else { return None };
    let code: u32 = told.code()?.parse().ok()?;
    matches!(code & 0xff, 11 | 26).then(|| told.message().to_owned())
}

/// Where a file is.
#[derive(Clone)]
pub(super) struct File {
    pub(super) path: Arc<PathBuf>,
}

impl File {
    pub(super) async fn connect(&self) -> Result<SqliteConnection, Wrong> {
        Ok(self.options().connect().await?)
    }

    pub(super) async fn connect_to_read(&self) -> Result<SqliteConnection, Wrong> {
        Ok(self.options().pragma("query_only", "ON").connect().await?)
    }

    fn options(&self) -> SqliteConnectOptions {
        SqliteConnectOptions::new()
            .filename(self.path.as_ref())
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(BUSY)
            .pragma("wal_autocheckpoint", PAGES)
            .disable_statement_logging()
    }

    /// Makes the tables, and writes down whose they are. A validator whose key is new has lost nothing, and says so.
    pub(super) async fn make(
        &self,
        connection: &mut SqliteConnection,
        genesis: &Genesis,
        owner: Owner,
    ) -> Result<(), NoVotes> {
        let made = async {
            let mut tx = connection.begin().await?;
            sqlx::raw_sql(TABLES).execute(&mut *tx).await?;
            let there: Option<i64> =
                sqlx::query_scalar("SELECT 1 FROM meta WHERE name = 'ledger'").fetch_optional(&mut *tx).await?;
            if there.is_none() {
                put(&mut tx, "ledger", &genesis.id().0).await?;
                put(&mut tx, "key", owner.key.as_ref().map_or(&[][..], |key| key)).await?;
                if owner.is_new {
                    let record = Record::Started { epoch: 0 };
                    insert(&mut tx, &record).await?;
                }
            }
            tx.commit().await
        };
        made.await.map_err(|why: sqlx::Error| self.named(why.into()))
    }

    /// Whether it is that ledger's and that validator's.
    pub(super) async fn belongs(
        &self,
        connection: &mut SqliteConnection,
        genesis: &Genesis,
        owner: Owner,
    ) -> Result<(), NoVotes> {
        let (ledger, key) = (get(connection, "ledger").await, get(connection, "key").await);
        let (ledger, key) = (ledger.map_err(|why| self.named(why))?, key.map_err(|why| self.named(why))?);
        let ours = genesis.id().0;
        let file = self.name();
        if ledger != ours {
            return Err(NoVotes::OtherLedger { file, theirs: short(&ledger), ours: short(&ours) });
        }
        let mine = owner.key.as_ref().map_or(&[][..], |key| key);
        if key != mine {
            return Err(NoVotes::OtherKey { file, theirs: short(&key), ours: short(mine) });
        }
        Ok(())
    }

    pub(super) fn named(&self, wrong: Wrong) -> NoVotes {
        let file = self.name();
        match wrong {
            Wrong::Chain(what) => NoVotes::Changed { file, what },
            Wrong::Damaged(what) => NoVotes::Damaged { file, what },
            Wrong::Store(why) => NoVotes::Failed { file, why },
        }
    }

    pub(super) fn failed(&self, wrong: Wrong) -> NoVotes {
        self.named(wrong)
    }

    fn name(&self) -> String {
        self.path.display().to_string()
    }
}

/// Puts a value under a name.
pub(super) async fn put(connection: &mut SqliteConnection, name: &str, value: &[u8]) -> Result<(), sqlx::Error> {
    let query = sqlx::query("INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)").bind(name.to_owned());
    query.bind(value.to_vec()).execute(connection).await.map(|_| ())
}

pub(super) async fn get(connection: &mut SqliteConnection, name: &str) -> Result<Vec<u8>, Wrong> {
    let query = sqlx::query_scalar("SELECT value FROM meta WHERE name = ?").bind(name.to_owned());
    Ok(query.fetch_optional(connection).await?.unwrap_or_default())
}

/// Puts a record in its place.
pub(super) async fn insert(connection: &mut SqliteConnection, record: &Record) -> Result<(), sqlx::Error> {
    let place = record.place();
    sqlx::query("INSERT OR REPLACE INTO record (kind, seq, digest, bytes) VALUES (?, ?, ?, ?)")
        .bind(i64::from(place.kind))
        .bind(signed(place.seq))
        .bind(place.digest.0.to_vec())
        .bind(record.encode())
        .execute(connection)
        .await
        .map(|_| ())
}

/// A number as SQLite has it. No block has one beyond.
pub(super) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn short(bytes: &[u8]) -> String {
    bytes.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
