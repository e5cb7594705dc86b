//! One-time codes of consents: sent again, and redeemed once.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, QueryFilter};
use vaidya_clinic::consent::{ASKED, CODE, CODE_TRIES, ConsentView, How, Nullifier, Opening, RESEND, State, code_hash};
use vaidya_clinic::id::{ConsentId, OrgId, PersonId};
use vaidya_clinic::message::{Ask, Notice};
use vaidya_clinic::time::Timestamp;

use super::super::accounts::{self, Person};
use super::super::contact_codes::Redeemed;
use super::super::entity::consent::{self, Column};
use super::super::records::is_for;
use super::super::sent_messages::{self, Draft};
use super::super::{StoreError, before, doctors};
use super::{Otp, OtpKey, ask, rows, views};

/// A code that was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodeSent {
    /// Until when it works.
    pub expires: Timestamp,
    /// From when on another may be sent.
    pub resend_after: Timestamp,
}

/// The ask for which someone may have a code sent: the patient, or a doctor of it whose patient has no key to answer with.
pub(super) async fn may_send<C: ConnectionTrait>(
    db: &C,
    id: ConsentId,
    who: &Person,
    now: Timestamp,
) -> Result<consent::Model, StoreError> {
    let row = rows::find(db, id).await?;
    let patient = PersonId(row.patient_id);
    if !is_for(db, who, patient, now).await? {
        let asks = row.asked_by == Some(who.id.0) || row.grantee_id == Some(who.id.0);
        if !asks || row.org_id != who.org.0 || rows::has_key(db, patient, now).await? {
            return Err(StoreError::NotFound);
        }
    }
    if rows::state(&row, now)? != State::Asked {
        return Err(StoreError::BadState);
    }
    Ok(row)
}

pub(super) async fn send_again(
    tx: &DatabaseTransaction,
    id: ConsentId,
    who: Person,
    otp: Otp,
    now: Timestamp,
) -> Result<CodeSent, StoreError> {
    rows::held(tx, id).await?;
    let row = may_send(tx, id, &who, now).await?;
    let (org, doctor) = (OrgId(row.org_id), rows::doctor(&row)?);
    rows::must_have_custody(tx, org).await?;
    if let Some(again) = row.code_sent_at.map(|at| Timestamp(at).plus(RESEND)).filter(|again| now < *again) {
        return Err(StoreError::NotBefore(again));
    }
    let patient = rows::patient(tx, PersonId(row.patient_id), org, now).await?;
    let to = patient.contact.as_ref().ok_or(StoreError::Unreachable)?;
    let doctor = accounts::find(tx, doctor, org).await?.ok_or(StoreError::NotFound)?;
    let terms = rows::terms(&row)?;
    let change = rows::change(row.id, State::Asked)
        .col_expr(Column::CodeHash, Expr::value(hashed(id, doctor.id, &row, &otp.key, &otp.code)?.to_vec()))
        .col_expr(Column::CodeTries, Expr::value(0))
        .col_expr(Column::CodeSentAt, Expr::value(now.0))
        .col_expr(Column::CodeExpiresAt, Expr::value(now.plus(CODE).0));
    rows::once(tx, change).await?;
    let minutes = terms.minutes.unwrap_or_default();
    let ask = Ask { doctor: &doctor.name, kinds: &terms.scope.kinds, minutes, code: Some(&otp.code) };
    let draft = Draft { to: Some(to), notice: Notice::Asked(ask), language: patient.language, org };
    sent_messages::tell(tx, draft, now).await?;
    Ok(CodeSent { expires: now.plus(CODE), resend_after: now.plus(RESEND) })
}

/// Whether a code of this consent can be tried at all now.
pub(super) async fn may_try<C: ConnectionTrait>(
    db: &C,
    id: ConsentId,
    doctor: &Person,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let row = rows::find(db, id).await?;
    if row.grantee_id != Some(doctor.id.0) || row.org_id != doctor.org.0 {
        return Err(StoreError::NotFound);
    }
    let tries = row.code_tries < i64::from(CODE_TRIES) && row.code_expires_at.is_some_and(|end| end > now.0);
    Ok(tries && row.code_hash.is_some() && rows::state(&row, now)? == State::Asked)
}

/// Counts the try before anything is compared; the row is ours from then on until the transaction ends, so that of many
/// who come at once one wins and no more are compared than there are tries. A wrong try is committed too.
pub(super) async fn redeem(
    tx: &DatabaseTransaction,
    id: ConsentId,
    doctor: Person,
    typed: Otp,
    now: Timestamp,
) -> Result<Redeemed<ConsentView>, StoreError> {
    if !may_try(tx, id, &doctor, now).await? {
        return Ok(Redeemed::Spent);
    }
    let (row, org) = (rows::find(tx, id).await?, doctor.org);
    doctors::must_be_in_force(tx, doctor.id, org, now).await?;
    rows::must_have_custody(tx, org).await?;
    let patient = rows::patient(tx, PersonId(row.patient_id), org, now).await?;
    let counted = live(&row, now).col_expr(Column::CodeTries, Expr::col(Column::CodeTries).add(1));
    if counted.exec(tx).await?.rows_affected != 1 {
        return Ok(Redeemed::Spent);
    }
    let row = rows::find(tx, id).await?;
    let hash = hashed(id, doctor.id, &row, &typed.key, &typed.code)?;
    let kept = row.code_hash.as_deref().ok_or(StoreError::BadState)?;
    if verify_slices_are_equal(kept, &hash).is_err() {
        return Ok(Redeemed::Wrong);
    }
    let until = now.plus(ask::minutes(rows::terms(&row)?.minutes.unwrap_or_default()));
    let (name, relation) =
        patient.guardian.filter(|_| patient.minor).map(|guardian| (guardian.name, guardian.relation)).unzip();
    let granted = rows::change(row.id, State::Asked)
        .col_expr(Column::State, Expr::value(State::Granted.as_str()))
        .col_expr(Column::How, Expr::value(How::Code.as_str()))
        .col_expr(Column::CodeHash, Expr::value(None::<Vec<u8>>))
        .col_expr(Column::GuardianName, Expr::value(name))
        .col_expr(Column::GuardianRelation, Expr::value(relation))
        .col_expr(Column::DecidedAt, Expr::value(now.0))
        .col_expr(Column::Until, Expr::value(until.0));
    rows::once(tx, granted).await?;
    rows::tell(tx, row.id, State::Granted, Some(Nullifier::of(&typed.key.0, id)), now).await?;
    Ok(Redeemed::Right(views::view(tx, rows::find(tx, id).await?, now).await?))
}

/// The row as long as its code can be tried.
fn live(row: &consent::Model, now: Timestamp) -> sea_orm::UpdateMany<consent::Entity> {
    rows::change(row.id, State::Asked)
        .filter(Column::CodeHash.is_not_null())
        .filter(Column::CodeTries.lt(i64::from(CODE_TRIES)))
        .filter(Column::CodeExpiresAt.gt(now.0))
        .filter(Column::MadeAt.gt(before(now, ASKED).0))
}

fn hashed(
    id: ConsentId,
    doctor: PersonId,
    row: &consent::Model,
    key: &OtpKey,
    code: &str,
) -> Result<[u8; 32], StoreError> {
    Ok(code_hash(id, &Opening::of(&key.0, id, doctor, &rows::terms(row)?), code))
}
