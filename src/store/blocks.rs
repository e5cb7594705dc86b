//! Which blocks rows know, a sample of them to be looked at, and alarms about them.

use std::collections::{BTreeSet, HashMap, HashSet};

use sea_orm::sea_query::{Expr, ExprTrait as _, OnConflict};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, Set,
};
use uuid::Uuid;
use vaidya_clinic::block::{BlockAlarm, Flaw};
use vaidya_clinic::id::RecordId;
use vaidya_clinic::time::Timestamp;
use vaidya_clinic::vault::object::Cid;

use super::entity::{block_alarm, credential_document, record_block, record_version, upload_block};
use super::error::known;
use super::{Store, StoreError};

/// Most alarms in one list. Lower hides some, higher makes the page slow on a thin link.
const LISTED: u64 = 200;

impl Store {
    /// Which of these blocks a record or an upload under way names. Registrations' documents are not asked.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn known_blocks(&self, names: &[Cid]) -> Result<HashSet<String>, StoreError> {
        let names: Vec<String> = names.iter().map(|name| name.as_str().to_owned()).collect();
        self.read(move |db| Box::pin(async move { of_rows(db, &names).await })).await
    }

    /// Whether any row names this block.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn knows_block(&self, name: &Cid) -> Result<bool, StoreError> {
        let name = name.as_str().to_owned();
        self.read(move |db| {
            Box::pin(async move {
                let documents =
                    credential_document::Entity::find().filter(credential_document::Column::Cid.contains(&name));
                Ok(!of_rows(db, &[name]).await?.is_empty() || documents.count(db).await? > 0)
            })
        })
        .await
    }

    /// The names of up to `limit` blocks that rows know, in their order from `from` on and around. Names are hashes: from
    /// a point drawn by lot it is a fair sample.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sample_blocks(&self, from: &Cid, limit: u64) -> Result<Vec<Cid>, StoreError> {
        let from = from.as_str().to_owned();
        self.read(move |db| Box::pin(async move { sample(db, &from, limit).await })).await
    }

    /// Every block of a record, of all its versions; of everything when none is named, papers of registrations included.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is no such record.
    pub async fn blocks_of(&self, record: Option<RecordId>) -> Result<Vec<Cid>, StoreError> {
        self.read(move |db| Box::pin(async move { all(db, record).await })).await
    }

    /// Writes down that a block is missing or damaged; whether nobody knew.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn raise_block_alarm(&self, name: &Cid, what: Flaw, now: Timestamp) -> Result<bool, StoreError> {
        let name = name.as_str().to_owned();
        self.write(move |tx| Box::pin(raise(tx, name, what, now))).await
    }

    /// Writes down that a good copy is there again; whether an alarm waited for it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn mend_block_alarm(&self, name: &Cid, now: Timestamp) -> Result<bool, StoreError> {
        let mend = block_alarm::Entity::update_many()
            .col_expr(block_alarm::Column::MendedAt, Expr::value(now.0))
            .filter(block_alarm::Column::Cid.eq(name.as_str()))
            .filter(block_alarm::Column::MendedAt.is_null());
        self.write(move |tx| Box::pin(async move { Ok(mend.exec(tx).await?.rows_affected > 0) })).await
    }

    /// Alarms, those that wait for a good copy first, then the latest.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn block_alarms(&self) -> Result<Vec<BlockAlarm>, StoreError> {
        self.read(move |db| Box::pin(async move { alarms(db).await })).await
    }

    /// The blocks whose alarms wait for a good copy.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn alarmed_blocks(&self) -> Result<Vec<Cid>, StoreError> {
        self.read(move |db| {
            Box::pin(async move {
                let rows = open().all(db).await?;
                Ok(rows.iter().filter_map(|row| Cid::parse(&row.cid).ok()).collect())
            })
        })
        .await
    }

    /// How many alarms wait for a good copy.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn open_block_alarms(&self) -> Result<u64, StoreError> {
        self.read(move |db| Box::pin(async move { Ok(open().count(db).await?) })).await
    }
}

async fn of_rows<C: ConnectionTrait>(db: &C, names: &[String]) -> Result<HashSet<String>, StoreError> {
    let mut found = HashSet::new();
    let versions = record_version::Entity::find().select_only().column(record_version::Column::Cid);
    let versions = versions.filter(record_version::Column::Cid.is_in(names));
    found.extend(versions.into_tuple::<String>().all(db).await?);
    let blocks = record_block::Entity::find().select_only().column(record_block::Column::Cid);
    let blocks = blocks.filter(record_block::Column::Cid.is_in(names));
    found.extend(blocks.into_tuple::<String>().all(db).await?);
    let uploads = upload_block::Entity::find().select_only().column(upload_block::Column::Cid);
    let uploads = uploads.filter(upload_block::Column::Cid.is_in(names));
    found.extend(uploads.into_tuple::<String>().all(db).await?);
    Ok(found)
}

async fn sample<C: ConnectionTrait>(db: &C, from: &str, limit: u64) -> Result<Vec<Cid>, StoreError> {
    let (mut names, wanted) = (Vec::new(), usize::try_from(limit).unwrap_or(usize::MAX));
    for ahead in [true, false] {
        let part: BTreeSet<String> = ranges(db, from, ahead, limit).await?;
        names.extend(part);
    }
    names.truncate(wanted);
    Ok(names.iter().filter_map(|name| Cid::parse(name).ok()).collect())
}

/// Names at or after a point, or before it, out of each table that has some for good.
async fn ranges<C: ConnectionTrait>(
    db: &C,
    from: &str,
    ahead: bool,
    limit: u64,
) -> Result<BTreeSet<String>, StoreError> {
    let side = |column: Expr| if ahead { column.gte(from) } else { column.lt(from) };
    let versions = record_version::Entity::find()
        .select_only()
        .column(record_version::Column::Cid)
        .filter(side(Expr::col(record_version::Column::Cid)))
        .order_by_asc(record_version::Column::Cid)
        .limit(limit);
    let blocks = record_block::Entity::find()
        .select_only()
        .column(record_block::Column::Cid)
        .distinct()
        .filter(side(Expr::col(record_block::Column::Cid)))
        .order_by_asc(record_block::Column::Cid)
        .limit(limit);
    let documents = credential_document::Entity::find()
        .select_only()
        .column(credential_document::Column::Cid)
        .filter(side(Expr::col(credential_document::Column::Cid)))
        .order_by_asc(credential_document::Column::Cid)
        .limit(limit);
    let mut names: BTreeSet<String> = versions.into_tuple::<String>().all(db).await?.into_iter().collect();
    names.extend(blocks.into_tuple::<String>().all(db).await?);
    for listed in documents.into_tuple::<String>().all(db).await? {
        names.extend(listed.split(' ').map(str::to_owned));
    }
    Ok(names)
}

async fn all<C: ConnectionTrait>(db: &C, record: Option<RecordId>) -> Result<Vec<Cid>, StoreError> {
    let mut versions = record_version::Entity::find().select_only().column(record_version::Column::Cid);
    let mut blocks = record_block::Entity::find().select_only().column(record_block::Column::Cid);
    if let Some(RecordId(id)) = record {
        versions = versions.filter(record_version::Column::RecordId.eq(id));
        blocks = blocks.filter(record_block::Column::RecordId.eq(id));
    }
    let mut names: BTreeSet<String> = versions.into_tuple::<String>().all(db).await?.into_iter().collect();
    if record.is_some() && names.is_empty() {
        return Err(StoreError::NotFound);
    }
    names.extend(blocks.into_tuple::<String>().all(db).await?);
    if record.is_none() {
        let documents = credential_document::Entity::find().select_only().column(credential_document::Column::Cid);
        for listed in documents.into_tuple::<String>().all(db).await? {
            names.extend(listed.split(' ').map(str::to_owned));
        }
    }
    Ok(names.iter().filter_map(|name| Cid::parse(name).ok()).collect())
}

fn open() -> sea_orm::Select<block_alarm::Entity> {
    block_alarm::Entity::find()
        .filter(block_alarm::Column::MendedAt.is_null())
        .order_by_asc(block_alarm::Column::FoundAt)
        .order_by_asc(block_alarm::Column::Cid)
}

async fn raise(tx: &DatabaseTransaction, cid: String, what: Flaw, now: Timestamp) -> Result<bool, StoreError> {
    let known = open().filter(block_alarm::Column::Cid.eq(cid.as_str())).one(tx).await?;
    if known.is_some_and(|known| known.what == what.as_str()) {
        return Ok(false);
    }
    let row = block_alarm::ActiveModel {
        cid: Set(cid),
        found_at: Set(now.0),
        what: Set(what.as_str().to_owned()),
        mended_at: Set(None),
    };
    let anew = OnConflict::column(block_alarm::Column::Cid)
        .update_columns([block_alarm::Column::FoundAt, block_alarm::Column::What, block_alarm::Column::MendedAt])
        .to_owned();
    block_alarm::Entity::insert(row).on_conflict(anew).exec_without_returning(tx).await?;
    Ok(true)
}

async fn alarms<C: ConnectionTrait>(db: &C) -> Result<Vec<BlockAlarm>, StoreError> {
    let mut rows = open().limit(LISTED).all(db).await?;
    let mended = block_alarm::Entity::find()
        .filter(block_alarm::Column::MendedAt.is_not_null())
        .order_by_desc(block_alarm::Column::MendedAt)
        .limit(LISTED);
    rows.extend(mended.all(db).await?);
    let records = records_with(db, rows.iter().map(|row| row.cid.clone()).collect()).await?;
    let alarm = |row: block_alarm::Model| {
        let records = records.get(&row.cid).map_or(0, HashSet::len);
        Ok(BlockAlarm {
            what: known(Flaw::parse(&row.what))?,
            found_at: Timestamp(row.found_at),
            mended_at: row.mended_at.map(Timestamp),
            records: u64::try_from(records).unwrap_or(u64::MAX),
            cid: row.cid,
        })
    };
    rows.into_iter().map(alarm).collect()
}

/// The records that have these blocks.
async fn records_with<C: ConnectionTrait>(
    db: &C,
    cids: Vec<String>,
) -> Result<HashMap<String, HashSet<Uuid>>, StoreError> {
    let versions = record_version::Entity::find()
        .select_only()
        .columns([record_version::Column::Cid, record_version::Column::RecordId])
        .filter(record_version::Column::Cid.is_in(cids.clone()));
    let blocks = record_block::Entity::find()
        .select_only()
        .columns([record_block::Column::Cid, record_block::Column::RecordId])
        .filter(record_block::Column::Cid.is_in(cids));
    let mut found = versions.into_tuple::<(String, Uuid)>().all(db).await?;
    found.extend(blocks.into_tuple::<(String, Uuid)>().all(db).await?);
    let mut records: HashMap<String, HashSet<Uuid>> = HashMap::new();
    for (cid, record) in found {
        records.entry(cid).or_default().insert(record);
    }
    Ok(records)
}
