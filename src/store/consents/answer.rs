//! The patient's answers: yes with their key, no, and not any more.

use std::collections::BTreeSet;
use std::time::Duration;

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use uuid::Uuid;
use vaidya_clinic::consent::{Approval, ConsentView, How, State};
use vaidya_clinic::id::{ConsentId, KeyId, OrgId, PersonId, RecordId};
use vaidya_clinic::keyring::KeyStatus;
use vaidya_clinic::policy::Custody;
use vaidya_clinic::time::Timestamp;
use vaidya_clinic::vault::keys::Identity;

use super::super::accounts::{self, Person};
use super::super::entity::consent::{self, Column};
use super::super::entity::{record, record_version};
use super::super::records::is_for;
use super::super::{StoreError, doctors, guardians, keys, organisations};
use super::{ask, grants, rows, views};

/// How much later than the server's own count a consent may end: as far as a browser's clock may be off.
const CLOCKS: Duration = Duration::from_secs(120);

/// What someone is to a child who did not say more.
const GUARDIAN: &str = "guardian";

/// A version's content key, for a key of the one who may look.
#[derive(Clone)]
pub struct GrantWrap {
    /// Which record.
    pub record: RecordId,
    /// Which version.
    pub ver: u32,
    /// For which key.
    pub key: KeyId,
    /// RSA-OAEP-256 of the content key.
    pub ek: Vec<u8>,
}

/// A yes.
#[derive(Clone)]
pub struct Approved {
    /// The key that signed it.
    pub key: KeyId,
    /// Until when it is to hold.
    pub until: Timestamp,
    /// The signature over all of it.
    pub signature: [u8; 64],
    /// Whether a guardian says it.
    pub guardian: bool,
    /// What it opens.
    pub wraps: Vec<GrantWrap>,
}

pub(super) async fn approve(
    tx: &DatabaseTransaction,
    id: ConsentId,
    who: Person,
    approved: Approved,
    now: Timestamp,
) -> Result<ConsentView, StoreError> {
    let row = theirs(tx, id, &who, now).await?;
    if rows::state(&row, now)? != State::Asked {
        return Err(StoreError::BadState);
    }
    let (patient, doctor, org) = (PersonId(row.patient_id), rows::doctor(&row)?, OrgId(row.org_id));
    accounts::hold(tx, &[patient, doctor, who.id]).await?;
    doctors::must_be_in_force(tx, doctor, org, now).await?;
    let terms = rows::terms(&row)?;
    let last = now.plus(ask::minutes(terms.minutes.unwrap_or_default())).plus(CLOCKS);
    if approved.until <= now || approved.until > last {
        return Err(StoreError::BadSignature);
    }
    let (key, until) = (approved.key, Some(approved.until));
    let approval = Approval { consent: id, patient, key, grantee: rows::grantee(&row), until, terms: &terms };
    signed(tx, &who, key, &approval, &approved.signature).await?;
    let spoken = spoken_for(tx, &who, (patient, org), approved.guardian, now).await?;
    let granted = rows::change(row.id, State::Asked)
        .col_expr(Column::State, Expr::value(State::Granted.as_str()))
        .col_expr(Column::How, Expr::value(How::Tap.as_str()))
        .col_expr(Column::CodeHash, Expr::value(None::<Vec<u8>>))
        .col_expr(Column::GivenBy, Expr::value(who.id.0))
        .col_expr(Column::GuardianName, Expr::value(spoken.0))
        .col_expr(Column::GuardianRelation, Expr::value(spoken.1))
        .col_expr(Column::SignedBy, Expr::value(key.0))
        .col_expr(Column::Signature, Expr::value(approved.signature.to_vec()))
        .col_expr(Column::DecidedAt, Expr::value(now.0))
        .col_expr(Column::Until, Expr::value(approved.until.0));
    rows::once(tx, granted).await?;
    fitting(tx, &row, doctor, &approved.wraps).await?;
    grants::insert(tx, id, approved.wraps, now).await?;
    rows::tell(tx, row.id, State::Granted, None, now).await?;
    views::view(tx, rows::find(tx, id).await?, now).await
}

pub(super) async fn refuse(
    tx: &DatabaseTransaction,
    id: ConsentId,
    who: Person,
    now: Timestamp,
) -> Result<ConsentView, StoreError> {
    let row = theirs(tx, id, &who, now).await?;
    rows::state(&row, now)?.refuse().map_err(|_| StoreError::BadState)?;
    let refused = rows::change(row.id, State::Asked)
        .col_expr(Column::State, Expr::value(State::Refused.as_str()))
        .col_expr(Column::CodeHash, Expr::value(None::<Vec<u8>>))
        .col_expr(Column::GivenBy, Expr::value(who.id.0))
        .col_expr(Column::DecidedAt, Expr::value(now.0))
        .col_expr(Column::EndedAt, Expr::value(now.0));
    rows::once(tx, refused).await?;
    rows::tell(tx, row.id, State::Refused, None, now).await?;
    views::view(tx, rows::find(tx, id).await?, now).await
}

pub(super) async fn revoke(
    tx: &DatabaseTransaction,
    id: ConsentId,
    who: Person,
    now: Timestamp,
) -> Result<ConsentView, StoreError> {
    let row = theirs(tx, id, &who, now).await?;
    rows::state(&row, now)?.revoke().map_err(|_| StoreError::BadState)?;
    rows::end(tx, row.id, State::Revoked, now).await?;
    passed_on(tx, row.id, now).await?;
    views::view(tx, rows::find(tx, id).await?, now).await
}

/// Takes back what was passed on from a consent, and from those, too.
async fn passed_on(tx: &DatabaseTransaction, id: Uuid, now: Timestamp) -> Result<(), StoreError> {
    let mut from = vec![id];
    while let Some(id) = from.pop() {
        let more = consent::Entity::find()
            .filter(Column::DelegatedFrom.eq(id))
            .filter(Column::State.eq(State::Granted.as_str()));
        for row in more.all(tx).await? {
            rows::end(tx, row.id, State::Revoked, now).await?;
            from.push(row.id);
        }
    }
    Ok(())
}

/// A consent that someone may answer, held.
async fn theirs(
    tx: &DatabaseTransaction,
    id: ConsentId,
    who: &Person,
    now: Timestamp,
) -> Result<consent::Model, StoreError> {
    let row = rows::held(tx, id).await?;
    let theirs = is_for(tx, who, PersonId(row.patient_id), now).await?;
    if theirs { Ok(row) } else { Err(StoreError::NotFound) }
}

/// [`StoreError::BadSignature`] unless a live key of theirs signed it.
pub(super) async fn signed(
    tx: &DatabaseTransaction,
    who: &Person,
    key: KeyId,
    approval: &Approval<'_>,
    signature: &[u8; 64],
) -> Result<(), StoreError> {
    let found = keys::all(tx, who.id).await?.into_iter().find(|one| one.id == key && one.status == KeyStatus::Live);
    let found = found.ok_or(StoreError::KeysChanged)?;
    let identity = Identity::parse(&found.ed).map_err(|_| StoreError::strange("a key that is none"))?;
    identity.verify(&approval.statement().message(), signature).map_err(|_| StoreError::BadSignature)
}

/// Who speaks for a child, when it is one: a guardian with an account of their own, or the one who is named in the child's
/// and says so.
pub(super) async fn spoken_for(
    tx: &DatabaseTransaction,
    who: &Person,
    (patient, org): (PersonId, OrgId),
    says: bool,
    now: Timestamp,
) -> Result<(Option<String>, Option<String>), StoreError> {
    let child = rows::patient(tx, patient, org, now).await?;
    if who.id != patient {
        let linked = guardians::related(tx, patient, who.id).await?.map(|relation| relation.as_str().to_owned());
        let relation =
            linked.or(child.guardian.map(|guardian| guardian.relation)).unwrap_or_else(|| GUARDIAN.to_owned());
        return Ok((Some(who.name.clone()), Some(relation)));
    }
    if !child.minor {
        return Ok((None, None));
    }
    let guardian = child.guardian.filter(|_| says).ok_or(StoreError::GuardianNeeded)?;
    Ok((Some(guardian.name), Some(guardian.relation)))
}

/// Wraps are for live keys of the doctor, of versions that the consent covers.
async fn fitting(
    tx: &DatabaseTransaction,
    row: &consent::Model,
    doctor: PersonId,
    wraps: &[GrantWrap],
) -> Result<(), StoreError> {
    let live: BTreeSet<KeyId> = keys::live(tx, doctor).await?.into_iter().map(|key| key.id).collect();
    if live.is_empty() && organisations::policy(tx, OrgId(row.org_id)).await?.custody == Custody::PatientOnly {
        return Err(StoreError::NoKey);
    }
    if wraps.iter().any(|wrap| !live.contains(&wrap.key)) {
        return Err(StoreError::KeysChanged);
    }
    let covered: BTreeSet<Uuid> =
        grants::covered(tx, row).await?.into_iter().map(|row: record::Model| row.id).collect();
    let versions: BTreeSet<(Uuid, i64)> = grants::versions(tx, covered)
        .await?
        .into_iter()
        .map(|row: record_version::Model| (row.record_id, row.ver))
        .collect();
    let fits = |wrap: &GrantWrap| versions.contains(&(wrap.record.0, i64::from(wrap.ver)));
    if wraps.iter().all(fits) { Ok(()) } else { Err(StoreError::NotFound) }
}
