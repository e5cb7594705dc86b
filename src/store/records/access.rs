//! Who may write to a patient's record, and who may read in it.

use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter};
use vaidya_clinic::id::{PersonId, RecordId};
use vaidya_clinic::role::Role;
use vaidya_clinic::time::Timestamp;
use vaidya_clinic::visit::VisitState;

use super::super::accounts::Person;
use super::super::entity::{record, record_version, visit};
use super::super::{StoreError, consents, doctors, guardians};

/// Whether a doctor has or had a visit with a patient in their organisation: one that was asked for or declined is none.
pub(in crate::store) async fn treats<C: ConnectionTrait>(
    db: &C,
    doctor: &Person,
    patient: PersonId,
) -> Result<bool, StoreError> {
    let state = Condition::any()
        .add(visit::Column::State.eq(VisitState::Open.as_str()))
        .add(visit::Column::State.eq(VisitState::Ended.as_str()));
    let visits = visit::Entity::find()
        .filter(visit::Column::OrgId.eq(doctor.org.0))
        .filter(visit::Column::DoctorId.eq(doctor.id.0))
        .filter(visit::Column::PatientId.eq(patient.0))
        .filter(state);
    Ok(doctor.role == Role::Doctor && visits.count(db).await? > 0)
}

/// Whether someone is a patient, or speaks for them.
pub(in crate::store) async fn is_for<C: ConnectionTrait>(
    db: &C,
    person: &Person,
    patient: PersonId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    if person.role != Role::Patient {
        return Ok(false);
    }
    Ok(person.id == patient || guardians::of(db, patient, now).await?.contains(&person.id))
}

/// Whether a record, erased or not, is someone's own, or of a child they speak for.
pub(in crate::store) async fn is_of<C: ConnectionTrait>(
    db: &C,
    who: &Person,
    id: RecordId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    match record::Entity::find_by_id(id.0).one(db).await? {
        Some(row) => is_for(db, who, PersonId(row.patient_id), now).await,
        None => Ok(false),
    }
}

/// Lets pass who may add to a patient's record: the patient, who speaks for them, and who treats them.
///
/// # Errors
/// [`StoreError::NotFound`], and [`StoreError::NotActive`] for a doctor whose registration is not in force.
pub(in crate::store) async fn may_write<C: ConnectionTrait>(
    db: &C,
    author: &Person,
    patient: PersonId,
    now: Timestamp,
) -> Result<(), StoreError> {
    if is_for(db, author, patient, now).await? {
        return Ok(());
    }
    if !treats(db, author, patient).await? {
        return Err(StoreError::NotFound);
    }
    if doctors::in_force(db, author.id, author.org, now).await? { Ok(()) } else { Err(StoreError::NotActive) }
}

/// Whether someone may read a record: the patient and who speaks for them; and, in their organisation and as long as it is
/// not restricted, the doctor of its visit, who wrote a version of it, and whom a live grant shows it to.
pub(in crate::store) async fn may_read<C: ConnectionTrait>(
    db: &C,
    person: &Person,
    row: &record::Model,
    now: Timestamp,
) -> Result<bool, StoreError> {
    if row.erased_at.is_some() {
        return Ok(false);
    }
    if person.role == Role::Patient {
        return is_for(db, person, PersonId(row.patient_id), now).await;
    }
    if person.role != Role::Doctor || row.org_id != person.org.0 || row.restricted_at.is_some() {
        return Ok(false);
    }
    if wrote(db, person, row, None).await? {
        return Ok(true);
    }
    let theirs = visit::Entity::find()
        .filter(visit::Column::Id.eq(row.visit_id))
        .filter(visit::Column::DoctorId.eq(person.id.0));
    if row.visit_id.is_some() && theirs.count(db).await? > 0 {
        return Ok(true);
    }
    consents::reads(db, person, row, now).await
}

/// Whether someone who may read and write it may amend a record: doctors may, the patient's side what is from there.
pub(super) async fn may_amend<C: ConnectionTrait>(
    db: &C,
    person: &Person,
    row: &record::Model,
    now: Timestamp,
) -> Result<bool, StoreError> {
    if row.restricted_at.is_some() || !may_read(db, person, row, now).await? {
        return Ok(false);
    }
    if person.role != Role::Patient || wrote(db, person, row, Some(1)).await? {
        return Ok(true);
    }
    let first = record_version::Entity::find_by_id((row.id, 1)).one(db).await?.ok_or(StoreError::NotFound)?;
    let side = guardians::of(db, PersonId(row.patient_id), now).await?;
    Ok(first.author_id == row.patient_id || side.contains(&PersonId(first.author_id)))
}

async fn wrote<C: ConnectionTrait>(
    db: &C,
    person: &Person,
    row: &record::Model,
    ver: Option<i64>,
) -> Result<bool, StoreError> {
    let mut versions = record_version::Entity::find()
        .filter(record_version::Column::RecordId.eq(row.id))
        .filter(record_version::Column::AuthorId.eq(person.id.0));
    if let Some(ver) = ver {
        versions = versions.filter(record_version::Column::Ver.eq(ver));
    }
    Ok(versions.count(db).await? > 0)
}
