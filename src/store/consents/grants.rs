//! What live grants open: which records, wrapped for whom, and what the clinic has still to wrap.

use std::collections::{BTreeSet, HashMap, HashSet};

use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    Set,
};
use uuid::Uuid;
use vaidya_clinic::consent::{Approval, How, Scope, State, Subject};
use vaidya_clinic::id::{ConsentId, KeyId, OrgId, PersonId, RecordId};
use vaidya_clinic::record::RecordKind;
use vaidya_clinic::role::Role;
use vaidya_clinic::time::Timestamp;

use super::super::accounts::Person;
use super::super::entity::consent::{self, Column};
use super::super::entity::{clinic_wrap, grant_wrap, record, record_version, record_wrap};
use super::super::error::known;
use super::super::records::clinic_key;
use super::super::wraps::Wrap;
use super::super::{Store, StoreError, doctors, keys};
use super::{GrantWrap, rows};

/// Rows in one statement: 6 values each, and SQLite takes 32,766 of them.
const AT_ONCE: usize = 1_000;

/// Grants in hand at a time.
const GRANTS: u64 = 500;

/// What the clinic has to do for a grant. No `Debug`: it names people.
pub struct Wanting {
    /// Which grant.
    pub consent: ConsentId,
    /// Whose records.
    pub patient: PersonId,
    /// Who may see them.
    pub grantee: PersonId,
    /// In which organisation.
    pub org: OrgId,
    /// The clinic's key and what it has to sign in place of the patient, who read out a code.
    pub sign: Option<(KeyId, Vec<u8>)>,
    /// What is wrapped for the clinic and not for the doctor.
    pub missing: Vec<Missing>,
}

/// A version that the clinic can open and the doctor can't yet.
pub struct Missing {
    /// Which record.
    pub record: RecordId,
    /// Which version.
    pub ver: u32,
    /// The name of its block.
    pub cid: String,
    /// The clinic's key.
    pub key: KeyId,
    /// The content key, wrapped for that.
    pub ek: Vec<u8>,
    /// The doctor's keys that lack it: their ids and what to seal to (SPKI).
    pub to: Vec<(KeyId, Vec<u8>)>,
}

impl Store {
    /// What the clinic has to do for a grant, at most so many versions; none when it does not hold (any more).
    ///
    /// # Errors
    /// When the database fails.
    pub async fn grant_wants(&self, id: ConsentId, most: usize, now: Timestamp) -> Result<Option<Wanting>, StoreError> {
        self.read(move |db| Box::pin(wants(db, id, most, now))).await
    }

    /// Keeps what the clinic wrapped, as long as the grant holds: how many versions that were.
    ///
    /// # Errors
    /// [`StoreError::BadState`] when it does not hold any more.
    pub async fn keep_grant(&self, id: ConsentId, wraps: Vec<GrantWrap>, now: Timestamp) -> Result<(), StoreError> {
        self.write(move |tx| Box::pin(keep(tx, id, wraps, now))).await
    }

    /// Keeps the clinic's signature under what was consented to by a code.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sign_grant(&self, id: ConsentId, key: KeyId, signature: [u8; 64]) -> Result<(), StoreError> {
        let sign = consent::Entity::update_many()
            .col_expr(Column::SignedBy, Expr::value(key.0))
            .col_expr(Column::Signature, Expr::value(signature.to_vec()))
            .filter(Column::Id.eq(id.0))
            .filter(Column::How.eq(How::Code.as_str()))
            .filter(Column::Signature.is_null());
        self.write(move |tx| Box::pin(async move { Ok(sign.exec(tx).await.map(|_| ())?) })).await
    }

    /// The grants that hold now: all, or those of the patient of a record.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn live_grants(&self, of: Option<RecordId>, now: Timestamp) -> Result<Vec<ConsentId>, StoreError> {
        self.read(move |db| Box::pin(alive(db, of, now))).await
    }
}

async fn alive<C: ConnectionTrait>(db: &C, of: Option<RecordId>, now: Timestamp) -> Result<Vec<ConsentId>, StoreError> {
    let mut holding = holding(now);
    if let Some(of) = of {
        let Some(row) = record::Entity::find_by_id(of.0).one(db).await? else { return Ok(Vec::new()) };
        holding = holding.add(Column::PatientId.eq(row.patient_id)).add(Column::OrgId.eq(row.org_id));
    }
    let ids = consent::Entity::find().select_only().column(Column::Id).filter(holding).order_by_asc(Column::Until);
    let ids: Vec<Uuid> = ids.into_tuple().all(db).await?;
    Ok(ids.into_iter().map(ConsentId).collect())
}

/// Shares that hold now.
fn holding(now: Timestamp) -> Condition {
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

/// Held, so that what is taken back at the same time stays without wraps.
async fn keep(
    tx: &DatabaseTransaction,
    id: ConsentId,
    wraps: Vec<GrantWrap>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let row = rows::held(tx, id).await?;
    if rows::state(&row, now)? != State::Granted {
        return Err(StoreError::BadState);
    }
    insert(tx, id, wraps, now).await
}

async fn wants<C: ConnectionTrait>(
    db: &C,
    id: ConsentId,
    most: usize,
    now: Timestamp,
) -> Result<Option<Wanting>, StoreError> {
    let row = rows::find(db, id).await?;
    let Some(grantee) = row.grantee_id.map(PersonId) else { return Ok(None) };
    if rows::state(&row, now)? != State::Granted || rows::must_have_custody(db, OrgId(row.org_id)).await.is_err() {
        return Ok(None);
    }
    let missing = missing(db, &row, grantee, most).await?;
    let (patient, org) = (PersonId(row.patient_id), OrgId(row.org_id));
    let sign = to_sign(db, &row).await?;
    Ok(Some(Wanting { consent: id, patient, grantee, org, sign, missing }))
}

async fn to_sign<C: ConnectionTrait>(db: &C, row: &consent::Model) -> Result<Option<(KeyId, Vec<u8>)>, StoreError> {
    if rows::how(row)? != Some(How::Code) || row.signature.is_some() {
        return Ok(None);
    }
    let Some(key) = clinic_key(db, OrgId(row.org_id)).await? else { return Ok(None) };
    let (consent, patient, until) = (ConsentId(row.id), PersonId(row.patient_id), row.until.map(Timestamp));
    let terms = rows::terms(row)?;
    let approval = Approval { consent, patient, key: key.id, grantee: rows::grantee(row), until, terms: &terms };
    Ok(Some((key.id, approval.message())))
}

async fn missing<C: ConnectionTrait>(
    db: &C,
    row: &consent::Model,
    grantee: PersonId,
    most: usize,
) -> Result<Vec<Missing>, StoreError> {
    let live = keys::live(db, grantee).await?;
    let own: Vec<Uuid> = live.iter().map(|key| key.id.0).collect();
    let records: BTreeSet<Uuid> = covered(db, row).await?.into_iter().map(|row| row.id).collect();
    let mut found = Vec::new();
    for some in records.into_iter().collect::<Vec<_>>().chunks(AT_ONCE) {
        let there = opened_for(db, row.id, some, &own).await?;
        let cids = versions(db, some.iter().copied().collect()).await?;
        let cids: HashMap<_, _> = cids.into_iter().map(|row| ((row.record_id, row.ver), row.cid)).collect();
        let held = clinic_wrap::Entity::find().filter(clinic_wrap::Column::RecordId.is_in(some.to_vec()));
        let mut seen = HashSet::new();
        for wrap in held.all(db).await? {
            let place = (wrap.record_id, wrap.ver);
            let lacks = |key: &&keys::PersonKey| !there.contains(&(wrap.record_id, wrap.ver, key.id.0));
            let to: Vec<_> = live.iter().filter(lacks).map(|key| (key.id, key.rsa.clone())).collect();
            let Some(cid) = cids.get(&place).filter(|_| !to.is_empty() && seen.insert(place)) else { continue };
            let ver = u32::try_from(wrap.ver).map_err(|_| StoreError::strange("a version below zero"))?;
            let (record, key) = (RecordId(wrap.record_id), KeyId(wrap.key_id));
            found.push(Missing { record, ver, cid: cid.clone(), key, ek: wrap.ek, to });
            if found.len() >= most {
                return Ok(found);
            }
        }
    }
    Ok(found)
}

/// Which versions these keys open already, as their own or by this grant.
async fn opened_for<C: ConnectionTrait>(
    db: &C,
    grant: Uuid,
    records: &[Uuid],
    own: &[Uuid],
) -> Result<HashSet<(Uuid, i64, Uuid)>, StoreError> {
    let by_grant = grant_wrap::Entity::find()
        .filter(grant_wrap::Column::ConsentId.eq(grant))
        .filter(grant_wrap::Column::RecordId.is_in(records.to_vec()))
        .filter(grant_wrap::Column::KeyId.is_in(own.to_vec()));
    let by_grant = by_grant.all(db).await?.into_iter().map(|row| (row.record_id, row.ver, row.key_id));
    let as_own = record_wrap::Entity::find()
        .filter(record_wrap::Column::RecordId.is_in(records.to_vec()))
        .filter(record_wrap::Column::KeyId.is_in(own.to_vec()));
    let as_own = as_own.all(db).await?.into_iter().map(|row| (row.record_id, row.ver, row.key_id));
    Ok(by_grant.chain(as_own).collect())
}
