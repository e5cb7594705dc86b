//! Uploads: blocks that came before the record they belong to, of one person, for a day.

use std::collections::BTreeSet;
use std::time::Duration;

use sea_orm::sea_query::Query;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, Set,
};
use uuid::Uuid;
use vaidya_clinic::id::PersonId;
use vaidya_clinic::time::Timestamp;
use vaidya_clinic::vault::object::MAX_OBJECT;

use super::accounts::{self, Person};
use super::entity::{upload, upload_block};
use super::{Store, StoreError};

/// How long an upload waits for its record. Lower cuts off who comes back tomorrow, higher keeps what nobody finishes.
pub const LIFE: Duration = Duration::from_secs(24 * 60 * 60);

/// Most uploads of one person at the same time. Lower makes who sends a folder wait, higher lets one account fill a disk.
pub const MOST_OPEN: u64 = 8;

/// Most bytes of one person's uploads at the same time. Lower refuses the second large scan, higher lets one account fill
/// a disk.
pub const MOST_BYTES: u64 = 256 * 1024 * 1024;

/// Most blocks in one upload: those of the largest file.
pub const MOST_BLOCKS: u64 = 49;

/// Rows in one question: SQLite takes 32,766 values.
const AT_ONCE: usize = 1_000;

/// What is to come.
#[derive(Clone, Copy, Debug)]
pub struct NewUpload {
    /// How many blocks.
    pub blocks: u64,
    /// Their bytes together.
    pub bytes: u64,
}

/// How far an upload is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    /// Its id.
    pub id: Uuid,
    /// The names of the blocks that came.
    pub have: Vec<String>,
    /// Their bytes together.
    pub bytes: u64,
    /// Until when it waits.
    pub expires: Timestamp,
}

/// A block on its way.
#[derive(Clone, Debug)]
pub struct NewBlock {
    /// Its name.
    pub cid: String,
    /// Its bytes.
    pub size: u64,
}

impl Store {
    /// Begins an upload.
    ///
    /// # Errors
    /// [`StoreError::TooMany`] when the person has as much under way as they may.
    pub async fn begin_upload(&self, person: &Person, new: NewUpload, now: Timestamp) -> Result<Upload, StoreError> {
        let person = person.clone();
        self.write(move |tx| Box::pin(begin(tx, person, new, now))).await
    }

    /// Whether a block is still wanted: `false` when it is there. Asked before it is written to disk.
    ///
    /// # Errors
    /// As [`Store::keep_block`].
    pub async fn wants_block(
        &self,
        person: PersonId,
        id: Uuid,
        block: NewBlock,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        self.read(move |db| {
            Box::pin(async move {
                let of = own(db, person, id, now).await?;
                wanted(db, &of, &block).await
            })
        })
        .await
    }

    /// Writes down that a block came; it is on disk. The same block again changes nothing.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is no such upload of theirs (any more), [`StoreError::TooMany`] when it is more
    /// than was announced.
    pub async fn keep_block(
        &self,
        person: PersonId,
        id: Uuid,
        block: NewBlock,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.write(move |tx| Box::pin(keep(tx, person, id, block, now))).await
    }

    /// How far an upload is.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn upload(&self, person: PersonId, id: Uuid, now: Timestamp) -> Result<Upload, StoreError> {
        self.read(move |db| {
            Box::pin(async move {
                let of = own(db, person, id, now).await?;
                shown(db, of).await
            })
        })
        .await
    }

    /// Gives an upload up.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn end_upload(&self, person: PersonId, id: Uuid, now: Timestamp) -> Result<(), StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                own(tx, person, id, now).await?;
                gone(tx, vec![id]).await
            })
        })
        .await
    }

    /// Forgets uploads nobody finished in time; says how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget_uploads(&self, now: Timestamp) -> Result<usize, StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                let over = upload::Entity::find().filter(upload::Column::ExpiresAt.lte(now.0)).all(tx).await?;
                let ids: Vec<Uuid> = over.into_iter().map(|row| row.id).collect();
                let count = ids.len();
                gone(tx, ids).await.map(|()| count)
            })
        })
        .await
    }
}

async fn begin(tx: &DatabaseTransaction, person: Person, new: NewUpload, now: Timestamp) -> Result<Upload, StoreError> {
    accounts::hold(tx, &[person.id]).await?;
    let open = upload::Entity::find()
        .filter(upload::Column::PersonId.eq(person.id.0))
        .filter(upload::Column::ExpiresAt.gt(now.0));
    let open = open.all(tx).await?;
    let bytes = open.iter().map(|row| u64::try_from(row.bytes).unwrap_or(MOST_BYTES));
    let bytes = bytes.fold(new.bytes, u64::saturating_add);
    if u64::try_from(open.len()).unwrap_or(MOST_OPEN) >= MOST_OPEN || bytes > MOST_BYTES {
        return Err(StoreError::TooMany);
    }
    let number = |number: u64| i64::try_from(number).map_err(|_| StoreError::strange("an upload beyond every size"));
    let life = i64::try_from(LIFE.as_millis()).unwrap_or(i64::MAX);
    let row = upload::ActiveModel {
        id: Set(Uuid::new_v4()),
        person_id: Set(person.id.0),
        org_id: Set(person.org.0),
        blocks: Set(number(new.blocks)?),
        bytes: Set(number(new.bytes)?),
        made_at: Set(now.0),
        expires_at: Set(now.0.saturating_add(life)),
    };
    shown(tx, row.insert(tx).await?).await
}

async fn own<C: ConnectionTrait>(
    db: &C,
    person: PersonId,
    id: Uuid,
    now: Timestamp,
) -> Result<upload::Model, StoreError> {
    let row = upload::Entity::find_by_id(id)
        .filter(upload::Column::PersonId.eq(person.0))
        .filter(upload::Column::ExpiresAt.gt(now.0));
    row.one(db).await?.ok_or(StoreError::NotFound)
}

async fn wanted<C: ConnectionTrait>(db: &C, of: &upload::Model, new: &NewBlock) -> Result<bool, StoreError> {
    let have = upload_block::Entity::find().filter(upload_block::Column::UploadId.eq(of.id)).all(db).await?;
    if have.iter().any(|row| row.cid == new.cid) {
        return Ok(false);
    }
    let size = i64::try_from(new.size).map_err(|_| StoreError::TooMany)?;
    let bytes = have.iter().map(|row| row.size).fold(size, i64::saturating_add);
    let blocks = i64::try_from(have.len()).unwrap_or(i64::MAX);
    if blocks < of.blocks && bytes <= of.bytes { Ok(true) } else { Err(StoreError::TooMany) }
}

async fn keep(
    tx: &DatabaseTransaction,
    person: PersonId,
    id: Uuid,
    new: NewBlock,
    now: Timestamp,
) -> Result<(), StoreError> {
    // One after the other, so that together they stay within what was announced.
    accounts::hold(tx, &[person]).await?;
    let of = own(tx, person, id, now).await?;
    if !wanted(tx, &of, &new).await? {
        return Ok(());
    }
    let size = i64::try_from(new.size).map_err(|_| StoreError::TooMany)?;
    let row = upload_block::ActiveModel { upload_id: Set(id), cid: Set(new.cid), size: Set(size), made_at: Set(now.0) };
    upload_block::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(())
}

async fn shown<C: ConnectionTrait>(db: &C, row: upload::Model) -> Result<Upload, StoreError> {
    let have = upload_block::Entity::find()
        .filter(upload_block::Column::UploadId.eq(row.id))
        .order_by_asc(upload_block::Column::MadeAt)
        .order_by_asc(upload_block::Column::Cid);
    let have = have.all(db).await?;
    let bytes = have.iter().map(|block| u64::try_from(block.size).unwrap_or_default()).sum();
    let have = have.into_iter().map(|block| block.cid).collect();
    Ok(Upload { id: row.id, have, bytes, expires: Timestamp(row.expires_at) })
}

/// Whether every one of these blocks came from this person, lately; a record names none twice.
pub(super) async fn all_there<C: ConnectionTrait>(
    db: &C,
    person: PersonId,
    blocks: &[String],
    now: Timestamp,
) -> Result<(), StoreError> {
    let wanted: BTreeSet<&str> = blocks.iter().map(String::as_str).collect();
    if wanted.len() != blocks.len() {
        return Err(StoreError::BlockMissing);
    }
    let theirs = Query::select()
        .column(upload::Column::Id)
        .from(upload::Entity)
        .and_where(upload::Column::PersonId.eq(person.0))
        .and_where(upload::Column::ExpiresAt.gt(now.0))
        .to_owned();
    let mut found = BTreeSet::new();
    for some in blocks.chunks(AT_ONCE) {
        let rows = upload_block::Entity::find()
            .filter(upload_block::Column::Cid.is_in(some))
            .filter(upload_block::Column::UploadId.in_subquery(theirs.clone()));
        found.extend(rows.all(db).await?.into_iter().map(|row| row.cid));
    }
    if found.len() == wanted.len() { Ok(()) } else { Err(StoreError::BlockMissing) }
}

/// The uploads of this person that brought these blocks have done what they were for.
pub(super) async fn used(tx: &DatabaseTransaction, person: PersonId, blocks: &[String]) -> Result<(), StoreError> {
    for some in blocks.chunks(AT_ONCE) {
        let brought = Query::select()
            .column(upload_block::Column::UploadId)
            .from(upload_block::Entity)
            .and_where(upload_block::Column::Cid.is_in(some))
            .to_owned();
        let done = upload::Entity::find()
            .filter(upload::Column::PersonId.eq(person.0))
            .filter(upload::Column::Id.in_subquery(brought));
        gone(tx, done.all(tx).await?.into_iter().map(|row| row.id).collect()).await?;
    }
    Ok(())
}

async fn gone(tx: &DatabaseTransaction, ids: Vec<Uuid>) -> Result<(), StoreError> {
    for some in ids.chunks(AT_ONCE) {
        let some = some.to_vec();
        let blocks = upload_block::Entity::delete_many().filter(upload_block::Column::UploadId.is_in(some.clone()));
        blocks.exec(tx).await?;
        upload::Entity::delete_many().filter(upload::Column::Id.is_in(some)).exec(tx).await?;
    }
    Ok(())
}

const _: () = assert!(MAX_OBJECT == 1 << 20 && MOST_BLOCKS << 20 <= MOST_BYTES, "the largest file fits");
