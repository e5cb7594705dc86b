//! What live grants open: which records, and wrapped for whom.

use std::collections::{BTreeSet, HashSet};

use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    Set,
};
use uuid::Uuid;
use vaidya_clinic::consent::{Scope, State, Subject};
use vaidya_clinic::id::{ConsentId, KeyId, OrgId, PersonId};
use vaidya_clinic::record::RecordKind;
use vaidya_clinic::role::Role;
use vaidya_clinic::time::Timestamp;

use super::super::accounts::Person;
use super::super::entity::consent::{self, Column};
use super::super::entity::{grant_wrap, record, record_version};
use super::super::error::known;
use super::super::wraps::Wrap;
use super::super::{StoreError, doctors};
use super::{GrantWrap, rows};

/// Rows in one statement: 6 values each, and SQLite takes 32,766 of them.
pub(super) const AT_ONCE: usize = 1_000;

/// Grants in hand at a time.
const GRANTS: u64 = 500;

/// Shares that hold now.
pub(super) fn holding(now: Timestamp) -> Condition {
    Condition::all()
        .add(Column::State.eq(State::Granted.as_str()))
        .add(Column::Subject.eq(Subject::Share.as_str()))
        .add(Column::Until.gt(now.0))
}

/// The grants that hold now for a doctor whose registration is in force.
async fn of_doctor<C: ConnectionTrait>(
    db: &C,
    doctor: &Person,
    patient: Option<Uuid>,
    now: Timestamp,
) -> Result<Vec<consent::Model>, StoreError> {
    if doctor.role != Role::Doctor || !doctors::in_force(db, doctor.id, doctor.org, now).await? {
        return Ok(Vec::new());
    }
    let rows = consent::Entity::find()
        .filter(holding(now))
        .filter(Column::GranteeId.eq(doctor.id.0))
        .filter(Column::OrgId.eq(doctor.org.0))
        .filter(Condition::all().add_option(patient.map(|patient| Column::PatientId.eq(patient))))
        .order_by_desc(Column::DecidedAt)
        .limit(GRANTS);
    Ok(rows.all(db).await?)
}

/// What a doctor's own grant from a patient covers, while it holds.
pub(in crate::store) async fn granted<C: ConnectionTrait>(
    db: &C,
    doctor: &Person,
    id: ConsentId,
    patient: PersonId,
    now: Timestamp,
) -> Result<Option<Scope>, StoreError> {
    let grants = of_doctor(db, doctor, Some(patient.0), now).await?;
    grants.iter().find(|grant| grant.id == id.0).map(rows::scope).transpose()
}

/// Whether a live grant shows a record to someone.
pub(in crate::store) async fn reads<C: ConnectionTrait>(
    db: &C,
    person: &Person,
    row: &record::Model,
    now: Timestamp,
) -> Result<bool, StoreError> {
    Ok(!showing(db, person, row, now).await?.is_empty())
}

/// The live grants that show a record to someone.
async fn showing<C: ConnectionTrait>(
    db: &C,
    person: &Person,
    row: &record::Model,
    now: Timestamp,
) -> Result<Vec<Uuid>, StoreError> {
    if row.org_id != person.org.0 || row.restricted_at.is_some() || row.erased_at.is_some() {
        return Ok(Vec::new());
    }
    let kind = known(RecordKind::parse(&row.kind))?;
    let mut found = Vec::new();
    for grant in of_doctor(db, person, Some(row.patient_id), now).await? {
        if rows::scope(&grant)?.covers(kind, row.department.as_deref()) {
            found.push(grant.id);
        }
    }
    Ok(found)
}

/// The records that live grants show to someone, as a condition; none when nothing is.
pub(in crate::store) async fn granted_to<C: ConnectionTrait>(
    db: &C,
    person: &Person,
    now: Timestamp,
) -> Result<Option<Condition>, StoreError> {
    let grants = of_doctor(db, person, None, now).await?;
    if grants.is_empty() {
        return Ok(None);
    }
    let mut any = Condition::any();
    for grant in grants {
        any = any.add(covering(PersonId(grant.patient_id), OrgId(grant.org_id), &rows::scope(&grant)?));
    }
    Ok(Some(any))
}

/// What opens a version of a record for these keys of someone a live grant shows it to.
pub(in crate::store) async fn opening<C: ConnectionTrait>(
    db: &C,
    person: &Person,
    row: &record::Model,
    (ver, own): (i64, &[KeyId]),
    now: Timestamp,
) -> Result<Vec<Wrap>, StoreError> {
    let grants = showing(db, person, row, now).await?;
    if grants.is_empty() {
        return Ok(Vec::new());
    }
    let wraps = grant_wrap::Entity::find()
        .filter(grant_wrap::Column::ConsentId.is_in(grants))
        .filter(grant_wrap::Column::RecordId.eq(row.id))
        .filter(grant_wrap::Column::Ver.eq(ver))
        .filter(grant_wrap::Column::KeyId.is_in(own.iter().map(|key| key.0)))
        .order_by_asc(grant_wrap::Column::KeyId);
    let wraps = wraps.all(db).await?.into_iter().map(|row| Wrap { key: KeyId(row.key_id), ek: row.ek });
    let mut seen = HashSet::new();
    Ok(wraps.filter(|wrap| seen.insert(wrap.key)).collect())
}

/// Records of a patient that a scope covers.
fn covering(patient: PersonId, org: OrgId, scope: &Scope) -> Condition {
    let departments = scope.departments.as_ref().map(|all| record::Column::Department.is_in(all.clone()));
    Condition::all()
        .add(record::Column::PatientId.eq(patient.0))
        .add(record::Column::OrgId.eq(org.0))
        .add(record::Column::Kind.is_in(scope.kinds.iter().map(|kind| kind.as_str())))
        .add(record::Column::ErasedAt.is_null())
        .add(record::Column::RestrictedAt.is_null())
        .add_option(departments)
}

/// The records that a consent covers.
pub(super) async fn covered<C: ConnectionTrait>(
    db: &C,
    row: &consent::Model,
) -> Result<Vec<record::Model>, StoreError> {
    let which = covering(PersonId(row.patient_id), OrgId(row.org_id), &rows::scope(row)?);
    Ok(record::Entity::find().filter(which).order_by_asc(record::Column::Id).all(db).await?)
}

/// Every version of these records.
pub(super) async fn versions<C: ConnectionTrait>(
    db: &C,
    records: BTreeSet<Uuid>,
) -> Result<Vec<record_version::Model>, StoreError> {
    let mut found = Vec::new();
    for some in records.into_iter().collect::<Vec<_>>().chunks(AT_ONCE) {
        let rows = record_version::Entity::find().filter(record_version::Column::RecordId.is_in(some.to_vec()));
        found.extend(rows.all(db).await?);
    }
    Ok(found)
}

/// Writes what opens versions for a grant; what is there stays.
pub(super) async fn insert(
    tx: &DatabaseTransaction,
    id: ConsentId,
    wraps: Vec<GrantWrap>,
    now: Timestamp,
) -> Result<(), StoreError> {
    use grant_wrap::Column;
    let row = |wrap: GrantWrap| grant_wrap::ActiveModel {
        consent_id: Set(id.0),
        record_id: Set(wrap.record.0),
        ver: Set(i64::from(wrap.ver)),
        key_id: Set(wrap.key.0),
        ek: Set(wrap.ek),
        made_at: Set(now.0),
    };
    let rows: Vec<_> = wraps.into_iter().map(row).collect();
    let columns = [Column::ConsentId, Column::RecordId, Column::Ver, Column::KeyId];
    let once = OnConflict::columns(columns).do_nothing().to_owned();
    for some in rows.chunks(AT_ONCE) {
        let insert = grant_wrap::Entity::insert_many(some.to_vec()).on_conflict(once.clone());
        insert.exec_without_returning(tx).await?;
    }
    Ok(())
}
