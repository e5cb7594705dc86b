//! What the clinic has still to do for a grant: wrap what it holds for the doctor, sign in place of the patient.

use std::collections::{BTreeSet, HashSet};

use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;
use vaidya_clinic::consent::{Approval, How, State};
use vaidya_clinic::id::{ConsentId, KeyId, OrgId, PersonId, RecordId};
use vaidya_clinic::record::Held;
use vaidya_clinic::time::Timestamp;

use super::super::audit::{self, GRANT, Use};
use super::super::entity::consent::{self, Column};
use super::super::entity::{clinic_wrap, grant_wrap, record, record_wrap};
use super::super::ledger::QUORUM;
use super::super::records::clinic_key;
use super::super::{Store, StoreError, custody, keys};
use super::grants::{AT_ONCE, covered, holding, insert};
use super::{GrantWrap, rows};

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
    /// Whether it was opened without asking just now: it waits a moment for the ledger.
    pub just_broken: bool,
}

/// A version that the clinic can open and the doctor can't yet.
pub struct Missing {
    /// The version, and its content key as the clinic has it.
    pub held: Held,
    /// The doctor's keys that lack it: their ids and what to seal to (SPKI).
    pub to: Vec<(KeyId, Vec<u8>)>,
}

impl Store {
    /// What the clinic has to do for a grant, at most so many versions; none when it does not hold (any more).
    ///
    /// # Errors
    /// When the database fails.
    pub async fn grant_wants(&self, id: ConsentId, most: usize, now: Timestamp) -> Result<Option<Wanting>, StoreError> {
        let waits = self.keeps_ledger();
        let wanting = self.read(move |db| Box::pin(wants(db, id, most, now))).await?;
        if !waits || !wanting.as_ref().is_some_and(|wanting| wanting.just_broken) {
            return Ok(wanting);
        }
        Ok(if self.emergency_is_anchored(id).await? { wanting } else { None })
    }

    /// Keeps what the clinic wrapped, as long as the grant holds, and writes down what it opened for that.
    ///
    /// # Errors
    /// [`StoreError::BadState`] when it does not hold any more.
    pub async fn keep_grant(
        &self,
        id: ConsentId,
        opened: Vec<(Held, Vec<GrantWrap>)>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.report(move |tx| Box::pin(keep(tx, id, opened, now))).await
    }

    /// Keeps the clinic's signature under what was consented to by a code, or aloud.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sign_grant(&self, id: ConsentId, key: KeyId, signature: [u8; 64]) -> Result<(), StoreError> {
        let asserted = How::ALL.iter().filter(|how| how.is_asserted()).map(|how| how.as_str());
        let sign = consent::Entity::update_many()
            .col_expr(Column::SignedBy, Expr::value(key.0))
            .col_expr(Column::Signature, Expr::value(signature.to_vec()))
            .filter(Column::Id.eq(id.0))
            .filter(Column::How.is_in(asserted))
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

/// Held, so that what is taken back at the same time stays without wraps.
async fn keep(
    tx: &DatabaseTransaction,
    id: ConsentId,
    opened: Vec<(Held, Vec<GrantWrap>)>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let row = rows::held(tx, id).await?;
    if rows::state(&row, now)? != State::Granted {
        return Err(StoreError::BadState);
    }
    let (held, wraps): (Vec<_>, Vec<_>) = opened.into_iter().unzip();
    insert(tx, id, wraps.into_iter().flatten().collect(), now).await?;
    let on_behalf = row.grantee_id.map(PersonId);
    let uses: Vec<_> = held.iter().map(|held| Use { action: GRANT, held, on_behalf }).collect();
    audit::used(tx, &uses, now).await
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
    let just_broken = rows::how(&row)? == Some(How::BreakGlass) && now < Timestamp(row.made_at).plus(QUORUM);
    Ok(Some(Wanting { consent: id, patient, grantee, org, sign, missing, just_broken }))
}

async fn to_sign<C: ConnectionTrait>(db: &C, row: &consent::Model) -> Result<Option<(KeyId, Vec<u8>)>, StoreError> {
    if !rows::how(row)?.is_some_and(How::is_asserted) || row.signature.is_some() {
        return Ok(None);
    }
    let Some(key) = clinic_key(db, OrgId(row.org_id)).await? else { return Ok(None) };
    let (consent, patient, until) = (ConsentId(row.id), PersonId(row.patient_id), row.until.map(Timestamp));
    let terms = rows::terms(row)?;
    let approval = Approval { consent, patient, key: key.id, grantee: rows::grantee(row), until, terms: &terms };
    Ok(Some((key.id, approval.statement().message())))
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
    let (mut found, mut seen) = (Vec::new(), HashSet::new());
    for some in records.into_iter().collect::<Vec<_>>().chunks(AT_ONCE) {
        let there = opened_for(db, row.id, some, &own).await?;
        let which = Condition::all().add(clinic_wrap::Column::RecordId.is_in(some.to_vec()));
        for held in custody::held(db, which).await? {
            let (record, ver) = (held.record.0, i64::from(held.ver));
            let lacks = |key: &&keys::PersonKey| !there.contains(&(record, ver, key.id.0));
            let to: Vec<_> = live.iter().filter(lacks).map(|key| (key.id, key.rsa.clone())).collect();
            if !to.is_empty() && found.len() < most && seen.insert((record, ver)) {
                found.push(Missing { held, to });
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
