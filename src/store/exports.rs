//! Everything about one person, for themselves: what lists show in pages is here whole.

use std::collections::HashMap;

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;
use vaidya_clinic::id::PersonId;
use vaidya_clinic::record::{RecordView, VersionView};
use vaidya_clinic::wire::VisitView;

use super::entity::{record, record_block, visit};
use super::{Store, StoreError, records, views};

/// Ids in one question: SQLite takes 32,766 values.
const AT_ONCE: usize = 1_000;

/// A record with every version of it. No `Debug`: it names people.
#[derive(Clone)]
pub struct WholeRecord {
    /// As lists show it.
    pub view: RecordView,
    /// From the first, each with the names of its further blocks.
    pub versions: Vec<(VersionView, Vec<String>)>,
}

impl Store {
    /// Every record of a patient that is not erased, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn every_record_of(&self, patient: PersonId) -> Result<Vec<WholeRecord>, StoreError> {
        self.read(move |db| Box::pin(every_record(db, patient))).await
    }

    /// Every visit of a patient, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn every_visit_of(&self, patient: PersonId) -> Result<Vec<VisitView>, StoreError> {
        let rows = visit::Entity::find()
            .filter(visit::Column::PatientId.eq(patient.0))
            .order_by_asc(visit::Column::MadeAt)
            .order_by_asc(visit::Column::Id);
        self.read(move |db| {
            Box::pin(async move {
                let mut found = Vec::new();
                for some in rows.all(db).await?.chunks(AT_ONCE) {
                    found.extend(views::with_names(db, some.to_vec()).await?);
                }
                Ok(found)
            })
        })
        .await
    }
}

async fn every_record<C: ConnectionTrait>(db: &C, patient: PersonId) -> Result<Vec<WholeRecord>, StoreError> {
    let rows = record::Entity::find()
        .filter(record::Column::PatientId.eq(patient.0))
        .filter(record::Column::ErasedAt.is_null())
        .order_by_asc(record::Column::MadeAt)
        .order_by_asc(record::Column::Id);
    let mut found = Vec::new();
    for some in rows.all(db).await?.chunks(AT_ONCE) {
        found.extend(whole(db, some).await?);
    }
    Ok(found)
}

async fn whole<C: ConnectionTrait>(db: &C, rows: &[record::Model]) -> Result<Vec<WholeRecord>, StoreError> {
    let further = record_block::Entity::find()
        .filter(record_block::Column::RecordId.is_in(rows.iter().map(|row| row.id)))
        .order_by_asc(record_block::Column::Place);
    let mut blocks: HashMap<(Uuid, i64), Vec<String>> = HashMap::new();
    for row in further.all(db).await? {
        blocks.entry((row.record_id, row.ver)).or_default().push(row.cid);
    }
    let mut found = Vec::with_capacity(rows.len());
    for (view, row) in records::views_of(db, rows.to_vec()).await?.into_iter().zip(rows) {
        let versions = records::versions_of(db, row).await?.into_iter();
        let mut with_blocks = |version: VersionView| {
            let blocks = blocks.remove(&(row.id, i64::from(version.ver))).unwrap_or_default();
            (version, blocks)
        };
        found.push(WholeRecord { view, versions: versions.map(&mut with_blocks).collect() });
    }
    Ok(found)
}
