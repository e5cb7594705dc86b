//! What organisations hold of records: the content keys that are wrapped for their keys.

use sea_orm::sea_query::{Expr, ExprTrait as _, Query, SimpleExpr};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use vaidya_clinic::id::{KeyId, OrgId, PersonId, RecordId};
use vaidya_clinic::record::{Held, RecordKind};

use super::super::entity::{clinic_wrap, record, record_version, record_wrap};
use super::super::{Store, StoreError};

/// Where a walk over what is held has come to: the last record and version.
pub type Place = (RecordId, u32);

/// Records in one list for a consent: a patient has fewer.
const MOST: u64 = 100_000;

impl Store {
    /// What is wrapped for a key of an organisation, after a place, at most `limit`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn held_by(&self, key: KeyId, after: Option<Place>, limit: u64) -> Result<Vec<Held>, StoreError> {
        let which = Condition::all().add(clinic_wrap::Column::KeyId.eq(key.0)).add_option(after.map(behind));
        self.read(move |db| Box::pin(async move { found(db, which, limit).await })).await
    }

    /// What an organisation holds of one patient's records of these kinds: every version, with nothing that is erased or
    /// restricted.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn held_of(&self, patient: PersonId, org: OrgId, kinds: &[RecordKind]) -> Result<Vec<Held>, StoreError> {
        let kinds: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
        let which = Condition::all()
            .add(record::Column::PatientId.eq(patient.0))
            .add(record::Column::OrgId.eq(org.0))
            .add(record::Column::RestrictedAt.is_null())
            .add(record::Column::Kind.is_in(kinds));
        self.read(move |db| Box::pin(async move { found(db, which, MOST).await })).await
    }
}

/// What comes after a place, in the order of [`found`].
pub(super) fn behind((record, ver): Place) -> SimpleExpr {
    let of = |column: clinic_wrap::Column| Expr::col((clinic_wrap::Entity, column));
    let same = of(clinic_wrap::Column::RecordId).eq(record.0).and(of(clinic_wrap::Column::Ver).gt(i64::from(ver)));
    of(clinic_wrap::Column::RecordId).gt(record.0).or(same)
}

/// What is held of these people's records and not wrapped for a key yet.
pub(super) fn not_wrapped_for(patients: &[PersonId], key: KeyId) -> Condition {
    let mut there = Query::select();
    let row = |column: record_wrap::Column| Expr::col((record_wrap::Entity, column));
    there
        .expr(Expr::value(1))
        .from(record_wrap::Entity)
        .and_where(row(record_wrap::Column::RecordId).equals((clinic_wrap::Entity, clinic_wrap::Column::RecordId)))
        .and_where(row(record_wrap::Column::Ver).equals((clinic_wrap::Entity, clinic_wrap::Column::Ver)))
        .and_where(row(record_wrap::Column::KeyId).eq(key.0));
    Condition::all().add(of(patients)).add(Expr::exists(there).not())
}

/// Those that fit, by record and version; of what is erased nothing is given.
pub(super) async fn found<C: ConnectionTrait>(db: &C, which: Condition, limit: u64) -> Result<Vec<Held>, StoreError> {
    let version = clinic_wrap::Entity::belongs_to(record_version::Entity)
        .from((clinic_wrap::Column::RecordId, clinic_wrap::Column::Ver))
        .to((record_version::Column::RecordId, record_version::Column::Ver))
        .into();
    let whole = clinic_wrap::Entity::belongs_to(record::Entity)
        .from(clinic_wrap::Column::RecordId)
        .to(record::Column::Id)
        .into();
    let rows = clinic_wrap::Entity::find()
        .select_only()
        .columns([clinic_wrap::Column::RecordId, clinic_wrap::Column::Ver])
        .column(record_version::Column::Cid)
        .columns([record::Column::PatientId, record::Column::OrgId])
        .columns([clinic_wrap::Column::KeyId, clinic_wrap::Column::Ek])
        .join(sea_orm::JoinType::InnerJoin, version)
        .join(sea_orm::JoinType::InnerJoin, whole)
        .filter(which)
        .filter(record::Column::ErasedAt.is_null())
        .order_by_asc(clinic_wrap::Column::RecordId)
        .order_by_asc(clinic_wrap::Column::Ver)
        .order_by_asc(clinic_wrap::Column::KeyId)
        .limit(limit)
        .into_tuple::<Row>();
    rows.all(db).await?.into_iter().map(held).collect()
}

type Row = (uuid::Uuid, i64, String, uuid::Uuid, uuid::Uuid, uuid::Uuid, Vec<u8>);

fn held((record, ver, cid, patient, org, key, ek): Row) -> Result<Held, StoreError> {
    let ver = u32::try_from(ver).map_err(|_| StoreError::strange("a version below zero"))?;
    let (record, patient) = (RecordId(record), PersonId(patient));
    Ok(Held { record, ver, cid, patient, org: OrgId(org), key: KeyId(key), ek })
}

/// All of those that fit.
pub(in crate::store) async fn every<C: ConnectionTrait>(db: &C, which: Condition) -> Result<Vec<Held>, StoreError> {
    found(db, which, MOST).await
}

/// Whether anything at all is held of these people's records.
pub(super) async fn any<C: ConnectionTrait>(db: &C, patients: &[PersonId]) -> Result<bool, StoreError> {
    Ok(!found(db, Condition::all().add(of(patients)), 1).await?.is_empty())
}

fn of(patients: &[PersonId]) -> SimpleExpr {
    record::Column::PatientId.is_in(patients.iter().map(|patient| patient.0))
}
