//! Who may write to a patient's record, and who may read in it.

use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter};
use vaidya_clinic::id::PersonId;
use vaidya_clinic::role::Role;
use vaidya_clinic::time::Timestamp;
use vaidya_clinic::visit::VisitState;

use super::super::StoreError;
use super::super::accounts::Person;
use super::super::entity::{record, record_version, visit};

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

/// Whether someone may add to a patient's record: the patient, and who treats them.
pub(in crate::store) async fn may_write<C: ConnectionTrait>(
    db: &C,
    author: &Person,
    patient: PersonId,
) -> Result<bool, StoreError> {
    Ok((author.id == patient && author.role == Role::Patient) || treats(db, author, patient).await?)
}

/// Whether someone may read a record without being shown it by a consent: the patient; the doctor of its visit and who
/// wrote a version of it, in their organisation and as long as it is not restricted.
pub(in crate::store) async fn may_read<C: ConnectionTrait>(
    db: &C,
    person: &Person,
    row: &record::Model,
    _now: Timestamp,
) -> Result<bool, StoreError> {
    if row.erased_at.is_some() {
        return Ok(false);
    }
    if person.role == Role::Patient {
        return Ok(row.patient_id == person.id.0);
    }
    if person.role != Role::Doctor || row.org_id != person.org.0 || row.restricted_at.is_some() {
        return Ok(false);
    }
    let wrote = record_version::Entity::find()
        .filter(record_version::Column::RecordId.eq(row.id))
        .filter(record_version::Column::AuthorId.eq(person.id.0));
    if wrote.count(db).await? > 0 {
        return Ok(true);
    }
    let Some(visit) = row.visit_id else { return Ok(false) };
    let theirs = visit::Entity::find_by_id(visit).filter(visit::Column::DoctorId.eq(person.id.0));
    Ok(theirs.count(db).await? > 0)
}
