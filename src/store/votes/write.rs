//! Writes: one transaction each, with the hashes of the log that follow from its blocks.

use std::collections::BTreeMap;

use sea_orm::sqlx::sqlite::SqliteConnection;
use sea_orm::sqlx::{self, Connection as _};
use vaidya_actors::validator::{Office, Persist};
use vaidya_ledger::chain::Kept;
use vaidya_ledger::merkle::{Frontier, Node};
use vaidya_ledger::pbft::Record;
use vaidya_ledger::tile::WIDTH;
use vaidya_ledger::{Hash, Leaf};

use super::super::StoreError;
use super::super::error::of_driver;
use super::file::{File, Wrong, insert, put, signed};

/// Levels of the tree that a tile stands for: only each eighth level is kept, the rest follows from them.
const HEIGHT: u32 = 8;

/// The right edge of the log: enough to write what its next leaves complete.
#[derive(Clone, Default)]
pub(super) struct Edge {
    pub(super) log: Frontier,
    /// The unfinished tile of each level.
    open: BTreeMap<u32, Vec<u8>>,
}

/// Tiles by level and index.
pub(super) type Tiles = BTreeMap<(u32, u64), Vec<u8>>;

impl Edge {
    /// Of a log that already is there.
    pub(super) fn resume(log: Frontier, open: BTreeMap<u32, Vec<u8>>) -> Self {
        Self { log, open }
    }

    /// Goes on by leaves; the tiles that are longer now.
    pub(super) fn grow(&mut self, leaves: &[Leaf], longer: &mut Tiles) {
        let (log, open) = (&mut self.log, &mut self.open);
        let mut tell = |node: Node, hash: Hash| push(open, longer, node, hash);
        leaves.iter().for_each(|leaf| log.append_telling(leaf.hash(), &mut tell));
    }
}

fn push(open: &mut BTreeMap<u32, Vec<u8>>, longer: &mut Tiles, node: Node, hash: Hash) {
    if !node.level.is_multiple_of(HEIGHT) {
        return;
    }
    let (level, index) = (node.level / HEIGHT, node.index / WIDTH);
    let tile = open.entry(level).or_default();
    if node.index.is_multiple_of(WIDTH) {
        tile.clear();
    }
    tile.extend(hash.0);
    longer.insert((level, index), tile.clone());
}

/// Who writes.
pub(super) struct Writer {
    file: File,
    /// None after a failure: what the driver began on a connection whose disk was full is nobody's to commit.
    connection: Option<SqliteConnection>,
    edge: Edge,
}

impl Writer {
    pub(super) fn new(file: File, connection: SqliteConnection, edge: Edge) -> Self {
        Self { file, connection: Some(connection), edge }
    }

    /// Writes it, all or nothing.
    pub(super) async fn write(&mut self, persist: Persist) -> Result<(), StoreError> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.file.connect().await.map_err(store)?,
        };
        let mut edge = self.edge.clone();
        transact(&mut connection, &persist, &mut edge).await.map_err(|why| of_driver(&why))?;
        (self.connection, self.edge) = (Some(connection), edge);
        Ok(())
    }

    pub(super) async fn close(&mut self) {
        if let Some(connection) = self.connection.take()
            && let Err(error) = connection.close().await
        {
            tracing::warn!(error = %of_driver(&error), "a validator's file was not closed cleanly");
        }
    }
}

fn store(wrong: Wrong) -> StoreError {
    match wrong {
        Wrong::Store(why) => why,
        Wrong::Damaged(what) => StoreError::Failed(what.into()),
        Wrong::Chain(what) => StoreError::Failed(what.to_string().into()),
    }
}

async fn transact(connection: &mut SqliteConnection, persist: &Persist, edge: &mut Edge) -> Result<(), sqlx::Error> {
    let mut tx = connection.begin_with("BEGIN IMMEDIATE").await?;
    if let Some(office) = persist.office {
        sqlx::query("DELETE FROM record").execute(&mut *tx).await?;
        put(&mut tx, "office", &of_office(office)).await?;
    }
    for record in &persist.records {
        insert(&mut tx, record).await?;
    }
    let mut longer = Tiles::new();
    for kept in &persist.blocks {
        edge.grow(&kept.leaves, &mut longer);
        block(&mut tx, kept).await?;
    }
    for ((level, index), hashes) in longer {
        let query = sqlx::query("INSERT OR REPLACE INTO tile (level, idx, hashes) VALUES (?, ?, ?)");
        query.bind(i64::from(level)).bind(signed(index)).bind(hashes).execute(&mut *tx).await?;
    }
    for stable in &persist.stables {
        // As a record, for its checksum.
        let (seq, bytes) = (signed(stable.seq()), Record::Stable(stable.clone()).encode());
        let query = sqlx::query("INSERT OR REPLACE INTO stable (seq, bytes) VALUES (?, ?)").bind(seq);
        query.bind(bytes).execute(&mut *tx).await?;
    }
    if persist.forget > 0 {
        let query = sqlx::query("DELETE FROM record WHERE seq > 0 AND seq <= ?").bind(signed(persist.forget));
        query.execute(&mut *tx).await?;
    }
    if let Some((seq, bytes)) = &persist.snapshot {
        let query = sqlx::query("INSERT OR REPLACE INTO snapshot (one, seq, bytes) VALUES (1, ?, ?)");
        query.bind(signed(*seq)).bind(bytes.clone()).execute(&mut *tx).await?;
    }
    tx.commit().await
}

/// A block has its number once: what would be written in its place is another history.
async fn block(connection: &mut SqliteConnection, kept: &Kept) -> Result<(), sqlx::Error> {
    let leaves = i64::try_from(kept.leaves.len()).unwrap_or(i64::MAX);
    let query = sqlx::query("INSERT INTO block (seq, leaves, bytes) VALUES (?, ?, ?)");
    query.bind(signed(kept.point.seq)).bind(leaves).bind(kept.encode()).execute(connection).await.map(|_| ())
}

/// `u64 epoch ‖ u64 seq ‖ chain ‖ u64 time`.
fn of_office(office: Office) -> Vec<u8> {
    let Office { epoch, start } = office;
    [&epoch.to_be_bytes()[..], &start.seq.to_be_bytes(), &start.chain.0, &start.time.to_be_bytes()].concat()
}
