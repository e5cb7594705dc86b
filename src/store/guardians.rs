//! Guardians with an account: linked to a child by whoever keeps the people of a clinic, until the child is of age.

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;
use vaidya_clinic::id::PersonId;
use vaidya_clinic::profile::is_minor;
use vaidya_clinic::time::Timestamp;

use super::StoreError;
use super::entity::{guardian, person};

/// Who speaks for a child now, in the order of their ids; nobody does for someone of age.
pub(super) async fn of<C: ConnectionTrait>(
    db: &C,
    patient: PersonId,
    now: Timestamp,
) -> Result<Vec<PersonId>, StoreError> {
    let links = live().filter(guardian::Column::PatientId.eq(patient.0)).order_by_asc(guardian::Column::GuardianId);
    let links = links.all(db).await?;
    if links.is_empty() || minors(db, vec![patient.0], now).await?.is_empty() {
        return Ok(Vec::new());
    }
    Ok(links.into_iter().map(|row| PersonId(row.guardian_id)).collect())
}

/// The children someone speaks for now.
pub(super) async fn wards<C: ConnectionTrait>(
    db: &C,
    guardian: PersonId,
    now: Timestamp,
) -> Result<Vec<PersonId>, StoreError> {
    let links = live().filter(guardian::Column::GuardianId.eq(guardian.0)).all(db).await?;
    if links.is_empty() {
        return Ok(Vec::new());
    }
    minors(db, links.into_iter().map(|row| row.patient_id).collect(), now).await
}

fn live() -> sea_orm::Select<guardian::Entity> {
    guardian::Entity::find().filter(guardian::Column::EndedAt.is_null())
}

/// Those of them who are children now; whose year nobody knows is not known to be one.
async fn minors<C: ConnectionTrait>(db: &C, ids: Vec<Uuid>, now: Timestamp) -> Result<Vec<PersonId>, StoreError> {
    let rows = person::Entity::find()
        .filter(person::Column::Id.is_in(ids))
        .filter(person::Column::DisabledAt.is_null())
        .order_by_asc(person::Column::Id);
    let young = |row: &person::Model| {
        row.birth_year.and_then(|year| i32::try_from(year).ok()).is_some_and(|year| is_minor(year, now))
    };
    Ok(rows.all(db).await?.into_iter().filter(young).map(|row| PersonId(row.id)).collect())
}
