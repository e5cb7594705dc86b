//! Reads: blocks with their certificates, tiles, and what a validator starts from.

use std::collections::BTreeMap;
use std::sync::Arc;

use sea_orm::sqlx::sqlite::SqliteConnection;
use sea_orm::sqlx::{self, Connection as _};
use vaidya_actors::validator::{Certified, Office, Recalled};
use vaidya_ledger::Hash;
use vaidya_ledger::chain::{Broken, Kept};
use vaidya_ledger::pbft::{Point, Record, Seq, Stable};

use super::super::StoreError;
use super::file::{Wrong, get, signed};

/// Blocks that are read at once.
const PAGE: i64 = 64;

/// Who reads.
pub(super) struct Reader(Option<SqliteConnection>);

type Row = (i64, Vec<u8>, Option<Vec<u8>>);

impl Reader {
    pub(super) fn new(connection: SqliteConnection) -> Self {
        Self(Some(connection))
    }

    /// Lets go of the file: nothing can be read any more.
    pub(super) async fn close(&mut self) {
        if let Some(connection) = self.0.take() {
            // What can't be closed was only read.
            let _closed = connection.close().await;
        }
    }

    fn connection(&mut self) -> Result<&mut SqliteConnection, Wrong> {
        self.0.as_mut().ok_or_else(|| Wrong::Store(StoreError::Unavailable("the file is closed".to_owned())))
    }

    /// Blocks after a number, as many as fit in so many bytes, but at least one.
    pub(super) async fn blocks(&mut self, after: Seq, bytes: usize) -> Result<Vec<Certified>, Wrong> {
        let page = if bytes == 0 { 1 } else { PAGE };
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT block.seq, block.bytes, stable.bytes FROM block LEFT JOIN stable ON stable.seq = block.seq \
             WHERE block.seq > ? ORDER BY block.seq LIMIT ?",
        )
        .bind(signed(after))
        .bind(page)
        .fetch_all(self.connection()?)
        .await?;
        let (mut all, mut length) = (Vec::new(), 0_usize);
        for row in rows {
            length = length.saturating_add(row.1.len());
            if !all.is_empty() && length > bytes {
                break;
            }
            all.push(certified(&row)?);
        }
        Ok(all)
    }

    pub(super) async fn tile(&mut self, level: u32, index: u64) -> Result<Option<Vec<u8>>, Wrong> {
        let query = sqlx::query_scalar("SELECT hashes FROM tile WHERE level = ? AND idx = ?");
        Ok(query.bind(i64::from(level)).bind(signed(index)).fetch_optional(self.connection()?).await?)
    }

    pub(super) async fn last(&mut self) -> Result<Seq, Wrong> {
        let last: Option<i64> = sqlx::query_scalar("SELECT max(seq) FROM block").fetch_one(self.connection()?).await?;
        Ok(unsigned(last.unwrap_or(0)))
    }

    pub(super) async fn leaves(&mut self) -> Result<u64, Wrong> {
        let sum: i64 =
            sqlx::query_scalar("SELECT coalesce(sum(leaves), 0) FROM block").fetch_one(self.connection()?).await?;
        Ok(unsigned(sum))
    }

    /// What a validator starts from.
    pub(super) async fn recall(&mut self) -> Result<Recalled, Wrong> {
        let records: Vec<(Vec<u8>,)> =
            sqlx::query_as("SELECT bytes FROM record ORDER BY kind, seq, digest").fetch_all(self.connection()?).await?;
        let snapshot: Option<(i64, Vec<u8>)> =
            sqlx::query_as("SELECT seq, bytes FROM snapshot").fetch_optional(self.connection()?).await?;
        let (from, snapshot) = snapshot.map_or((0, None), |(seq, bytes)| (unsigned(seq), Some(bytes)));
        let (mut blocks, mut after) = (Vec::new(), from.saturating_sub(1));
        loop {
            let page = self.blocks(after, usize::MAX).await?;
            let Some((last, _)) = page.last() else { break };
            after = last.point.seq;
            blocks.extend(page.into_iter().map(|(kept, _)| kept));
        }
        let office = office(&get(self.connection()?, "office").await?)?;
        let records = records.into_iter().map(|(bytes,)| bytes).collect();
        Ok(Recalled { snapshot, blocks, stable: self.newest(after).await?, records, office })
    }

    /// The certificate of the newest block that has one.
    async fn newest(&mut self, last: Seq) -> Result<Option<Arc<Stable>>, Wrong> {
        let row: Option<(i64, Vec<u8>)> =
            sqlx::query_as("SELECT seq, bytes FROM stable WHERE seq <= ? ORDER BY seq DESC LIMIT 1")
                .bind(signed(last))
                .fetch_optional(self.connection()?)
                .await?;
        row.map(|(seq, bytes)| stable(unsigned(seq), &bytes)).transpose()
    }

    /// The unfinished tile of each level of a log of that size.
    pub(super) async fn open_tiles(&mut self, size: u64) -> Result<BTreeMap<u32, Vec<u8>>, Wrong> {
        let mut open = BTreeMap::new();
        for level in 0..8 {
            let width = size.checked_shr(level * 8).unwrap_or(0);
            if !width.is_multiple_of(256) {
                let hashes = self.tile(level, width / 256).await?.unwrap_or_default();
                open.insert(level, hashes);
            }
        }
        Ok(open)
    }

    /// Hashes of leaves as the tiles have them.
    pub(super) async fn hashes(&mut self, from: u64, count: usize) -> Result<Vec<Hash>, Wrong> {
        let mut all = Vec::with_capacity(count);
        while all.len() < count {
            let at = from.saturating_add(u64::try_from(all.len()).unwrap_or(u64::MAX));
            let tile = self.tile(0, at / 256).await?.unwrap_or_default();
            let (hashes, _) = tile.as_chunks::<32>();
            let skip = usize::try_from(at % 256).unwrap_or(0);
            let before = all.len();
            all.extend(hashes.iter().skip(skip).take(count - before).map(|hash| Hash(*hash)));
            if all.len() == before {
                break;
            }
        }
        Ok(all)
    }
}

fn certified((seq, bytes, signed): &Row) -> Result<Certified, Wrong> {
    let seq = unsigned(*seq);
    let kept = Arc::new(Kept::decode(bytes, seq)?);
    let stable = signed.as_ref().map(|bytes| stable(seq, bytes)).transpose()?;
    Ok((kept, stable))
}

fn stable(seq: Seq, bytes: &[u8]) -> Result<Arc<Stable>, Wrong> {
    match Record::decode(bytes) {
        Some(Record::Stable(stable)) if stable.seq() == seq => Ok(stable),
        _ => Err(Broken::Unsigned { seq }.into()),
    }
}

fn office(bytes: &[u8]) -> Result<Option<Office>, Wrong> {
    if bytes.is_empty() {
        return Ok(None);
    }
    let parts = || {
        let (epoch, rest) = bytes.split_first_chunk::<8>()?;
        let (seq, rest) = rest.split_first_chunk::<8>()?;
        let (chain, time) = rest.split_first_chunk::<32>()?;
        let time = u64::from_be_bytes(time.try_into().ok()?);
        let start = Point { seq: u64::from_be_bytes(*seq), chain: Hash(*chain), time };
        Some(Office { epoch: u64::from_be_bytes(*epoch), start })
    };
    parts().map(Some).ok_or_else(|| Wrong::Damaged("the office of the validators".to_owned()))
}

fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}
