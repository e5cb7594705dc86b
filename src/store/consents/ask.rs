//! Asking a patient: checked, kept, and told to them by what reaches them.

use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter, Set,
};
use std::time::Duration;
use vaidya_clinic::consent::{CODE, ConsentView, Opening, Purpose, State, Subject, TEXT, Terms, code_hash};
use vaidya_clinic::id::{ConsentId, OrgId, PersonId};
use vaidya_clinic::message::{Ask, Notice};
use vaidya_clinic::time::Timestamp;

use super::super::accounts::{self, Person};
use super::super::entity::consent::{self, Column};
use super::super::sent_messages::{self, Draft};
use super::super::{StoreError, before, doctors};
use super::{Asking, Otp, rows, views};

/// Asks of one doctor that may wait for one patient at a time. Lower is in the way of who asks for more bit by bit,
/// higher lets a doctor wear a patient down.
const WAITING: u64 = 5;

/// Milliseconds of a minute.
const MINUTE: i64 = 60_000;

/// Whether a patient can answer with a key.
pub(super) async fn by_key<C: ConnectionTrait>(
    db: &C,
    patient: PersonId,
    org: OrgId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    accounts::find(db, patient, org).await?.ok_or(StoreError::NotFound)?;
    rows::has_key(db, patient, now).await
}

pub(super) async fn ask(
    tx: &DatabaseTransaction,
    doctor: Person,
    asking: Asking,
    now: Timestamp,
) -> Result<ConsentView, StoreError> {
    put(tx, doctor, asking, None, now).await
}

/// The same for a second doctor, from what the first was granted.
pub(super) async fn delegate(
    tx: &DatabaseTransaction,
    doctor: Person,
    from: ConsentId,
    (id, to): (ConsentId, PersonId),
    otp: Otp,
    now: Timestamp,
) -> Result<ConsentView, StoreError> {
    let row = rows::held(tx, from).await?;
    if row.grantee_id != Some(doctor.id.0) || row.org_id != doctor.org.0 || to == doctor.id {
        return Err(StoreError::NotFound);
    }
    let left = row.until.map_or(0, |until| until.saturating_sub(now.0) / MINUTE);
    let minutes = u64::try_from(left).ok().filter(|left| *left > 0).ok_or(StoreError::BadState)?;
    if rows::state(&row, now)? != State::Granted || row.review_by.is_some() {
        return Err(StoreError::BadState);
    }
    let (patient, scope) = (PersonId(row.patient_id), rows::scope(&row)?);
    let (purpose, why) = (Purpose::SecondOpinion, vaidya_clinic::consent::Why::SecondOpinion);
    let asking = Asking { id, patient, grantee: to, purpose, scope, minutes, why, by_code: false, otp };
    put(tx, doctor, asking, Some(from), now).await
}

async fn put(
    tx: &DatabaseTransaction,
    doctor: Person,
    asking: Asking,
    from: Option<ConsentId>,
    now: Timestamp,
) -> Result<ConsentView, StoreError> {
    let org = doctor.org;
    doctors::must_be_in_force(tx, doctor.id, org, now).await?;
    let grantee = accounts::find(tx, asking.grantee, org).await?.ok_or(StoreError::NotFound)?;
    if grantee.id != doctor.id {
        doctors::must_be_in_force(tx, grantee.id, org, now).await?;
    }
    accounts::hold(tx, &[asking.patient]).await?;
    let patient = rows::patient(tx, asking.patient, org, now).await?;
    if waiting(tx, &doctor, asking.patient, now).await? >= WAITING {
        return Err(StoreError::TooMany);
    }
    let coded = asking.by_code || !rows::has_key(tx, asking.patient, now).await?;
    if coded {
        rows::must_have_custody(tx, org).await?;
    }
    if coded && patient.contact.is_none() {
        return Err(StoreError::Unreachable);
    }
    let terms = Terms {
        subject: Subject::Share,
        purpose: asking.purpose,
        scope: asking.scope.clone(),
        minutes: Some(asking.minutes),
        text: TEXT,
        language: patient.language,
    };
    let code = coded.then(|| hashed(&asking, &terms));
    let row = fresh(&doctor, &asking, &terms, from, now)?;
    let row = if let Some(hash) = code { with_code(row, hash, now) } else { row };
    let row = row.insert(tx).await?;
    if let Some(to) = &patient.contact {
        let code = coded.then_some(asking.otp.code.as_str());
        let ask = Ask { doctor: &grantee.name, kinds: &terms.scope.kinds, minutes: asking.minutes, code };
        let draft = Draft { to: Some(to), notice: Notice::Asked(ask), language: patient.language, org };
        sent_messages::tell(tx, draft, now).await?;
    }
    rows::tell(tx, row.id, State::Asked, None, now).await?;
    views::view(tx, row, now).await
}

/// How many asks of a doctor a patient has not answered.
async fn waiting(
    tx: &DatabaseTransaction,
    doctor: &Person,
    patient: PersonId,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let asks = consent::Entity::find()
        .filter(Column::PatientId.eq(patient.0))
        .filter(Column::AskedBy.eq(doctor.id.0))
        .filter(Column::State.eq(State::Asked.as_str()))
        .filter(Column::MadeAt.gt(before(now, vaidya_clinic::consent::ASKED).0));
    Ok(asks.count(tx).await?)
}

fn hashed(asking: &Asking, terms: &Terms) -> [u8; 32] {
    let opening = Opening::of(&asking.otp.key.0, asking.id, asking.grantee, terms);
    code_hash(asking.id, &opening, &asking.otp.code)
}

fn with_code(row: consent::ActiveModel, hash: [u8; 32], now: Timestamp) -> consent::ActiveModel {
    consent::ActiveModel {
        code_hash: Set(Some(hash.to_vec())),
        code_sent_at: Set(Some(now.0)),
        code_expires_at: Set(Some(now.plus(CODE).0)),
        ..row
    }
}

fn fresh(
    doctor: &Person,
    asking: &Asking,
    terms: &Terms,
    from: Option<ConsentId>,
    now: Timestamp,
) -> Result<consent::ActiveModel, StoreError> {
    let minutes = i64::try_from(asking.minutes).map_err(|_| StoreError::strange("minutes beyond every limit"))?;
    let row = blank(asking.id, doctor.org, asking.patient, terms, State::Asked, now);
    Ok(consent::ActiveModel {
        asked_by: Set(Some(doctor.id.0)),
        grantee_id: Set(Some(asking.grantee.0)),
        why: Set(Some(asking.why.as_str().to_owned())),
        minutes: Set(Some(minutes)),
        delegated_from: Set(from.map(|from| from.0)),
        ..row
    })
}

/// A row that says what its terms say, and nothing more.
pub(super) fn blank(
    id: ConsentId,
    org: OrgId,
    patient: PersonId,
    terms: &Terms,
    state: State,
    now: Timestamp,
) -> consent::ActiveModel {
    let (kinds, departments) = rows::written(&terms.scope);
    consent::ActiveModel {
        id: Set(id.0),
        org_id: Set(org.0),
        patient_id: Set(patient.0),
        subject: Set(terms.subject.as_str().to_owned()),
        purpose: Set(terms.purpose.as_str().to_owned()),
        kinds: Set(kinds),
        departments: Set(departments),
        text_version: Set(i64::from(terms.text)),
        language: Set(terms.language.as_str().to_owned()),
        state: Set(state.as_str().to_owned()),
        code_tries: Set(0),
        made_at: Set(now.0),
        ..Default::default()
    }
}

/// So many minutes.
pub(super) fn minutes(number: u64) -> Duration {
    Duration::from_secs(number.saturating_mul(60))
}
