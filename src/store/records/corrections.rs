//! Asks to have a record corrected, as those hear of them who wrote it.

use std::collections::BTreeSet;

use sea_orm::{ConnectionTrait, EntityTrait};
use vaidya_clinic::id::{OrgId, PersonId, RecordId};

use super::super::entity::{record, visit};
use super::super::{Store, StoreError};
use super::seal;

/// An ask, and who has to know.
pub struct Correction {
    /// The record that is to be corrected.
    pub record: RecordId,
    /// Whose it is.
    pub patient: PersonId,
    /// In which organisation.
    pub org: OrgId,
    /// Who wrote it last, and the doctors of its visit and of the note's.
    pub doctors: BTreeSet<PersonId>,
}

impl Store {
    /// What a note asks to have corrected.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when it asks for nothing.
    pub async fn correction(&self, note: RecordId) -> Result<Correction, StoreError> {
        self.read(move |db| Box::pin(async move { found(db, note).await })).await
    }
}

async fn found<C: ConnectionTrait>(db: &C, note: RecordId) -> Result<Correction, StoreError> {
    let asks = record::Entity::find_by_id(note.0).one(db).await?.ok_or(StoreError::NotFound)?;
    let of = asks.corrects.map(RecordId).ok_or(StoreError::NotFound)?;
    let row = record::Entity::find_by_id(of.0).one(db).await?.ok_or(StoreError::NotFound)?;
    let mut doctors = BTreeSet::from([PersonId(seal::newest(db, of).await?.author_id)]);
    for id in [asks.visit_id, row.visit_id].into_iter().flatten() {
        doctors.extend(visit::Entity::find_by_id(id).one(db).await?.map(|visit| PersonId(visit.doctor_id)));
    }
    doctors.remove(&PersonId(row.patient_id));
    Ok(Correction { record: of, patient: PersonId(row.patient_id), org: OrgId(row.org_id), doctors })
}
