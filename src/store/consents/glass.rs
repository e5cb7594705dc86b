//! Looking without asking: opened in an emergency, told to the patient, and looked at by an auditor.

use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect, Set,
};
use vaidya_clinic::consent::{
    BREAK_GLASS, ConsentView, Emergency, How, Purpose, REVIEW, Scope, State, Subject, TEXT, Terms, Verdict,
};
use vaidya_clinic::event::HouseEvent;
use vaidya_clinic::id::{ConsentId, OrgId, PersonId};
use vaidya_clinic::message::Notice;
use vaidya_clinic::record::RecordKind;
use vaidya_clinic::time::Timestamp;

use super::super::accounts::{self, Person};
use super::super::entity::consent::{self, Column};
use super::super::sent_messages::{self, Draft};
use super::super::views::LISTED;
use super::super::{StoreError, doctors, facts};
use super::{ask, rows, views};

/// A look without asking.
pub struct Breaking {
    /// Its id.
    pub id: ConsentId,
    /// Whose records.
    pub patient: PersonId,
    /// Why nobody could be asked.
    pub why: Emergency,
    /// And in words.
    pub text: String,
}

/// What an auditor found.
pub struct Review {
    /// Whether it had to be.
    pub verdict: Verdict,
    /// And why.
    pub note: String,
}

pub(super) async fn shatter(
    tx: &DatabaseTransaction,
    doctor: Person,
    broken: Breaking,
    now: Timestamp,
) -> Result<(ConsentView, bool), StoreError> {
    let org = doctor.org;
    doctors::must_be_in_force(tx, doctor.id, org, now).await?;
    accounts::hold(tx, &[broken.patient]).await?;
    let patient = rows::patient(tx, broken.patient, org, now).await?;
    rows::must_have_custody(tx, org).await?;
    if let Some(open) = still_open(tx, &doctor, broken.patient, now).await? {
        return Ok((views::view(tx, open, now).await?, false));
    }
    let minutes = BREAK_GLASS.as_secs() / 60;
    let terms = Terms {
        subject: Subject::Share,
        purpose: Purpose::Emergency,
        scope: Scope { kinds: RecordKind::ALL.to_vec(), departments: None },
        minutes: Some(minutes),
        text: TEXT,
        language: patient.language,
    };
    let blank = ask::blank(broken.id, org, broken.patient, &terms, State::Granted, now);
    let row = consent::ActiveModel {
        asked_by: Set(Some(doctor.id.0)),
        grantee_id: Set(Some(doctor.id.0)),
        why: Set(Some(broken.why.as_str().to_owned())),
        detail: Set(Some(broken.text)),
        minutes: Set(i64::try_from(minutes).ok()),
        how: Set(Some(How::BreakGlass.as_str().to_owned())),
        decided_at: Set(Some(now.0)),
        until: Set(Some(now.plus(BREAK_GLASS).0)),
        review_by: Set(Some(now.plus(REVIEW).0)),
        ..blank
    };
    let row = row.insert(tx).await?;
    if let Some(to) = &patient.contact {
        let notice = Notice::BrokeGlass(&doctor.name);
        sent_messages::tell(tx, Draft { to: Some(to), notice, language: patient.language, org }, now).await?;
    }
    rows::tell(tx, row.id, State::Granted, None, now).await?;
    Ok((views::view(tx, row, now).await?, true))
}

async fn still_open(
    tx: &DatabaseTransaction,
    doctor: &Person,
    patient: PersonId,
    now: Timestamp,
) -> Result<Option<consent::Model>, StoreError> {
    let open = consent::Entity::find()
        .filter(Column::PatientId.eq(patient.0))
        .filter(Column::GranteeId.eq(doctor.id.0))
        .filter(Column::OrgId.eq(doctor.org.0))
        .filter(Column::How.eq(How::BreakGlass.as_str()))
        .filter(Column::State.eq(State::Granted.as_str()))
        .filter(Column::Until.gt(now.0));
    Ok(open.one(tx).await?)
}

pub(super) async fn to_review<C: ConnectionTrait>(
    db: &C,
    org: OrgId,
    now: Timestamp,
) -> Result<Vec<ConsentView>, StoreError> {
    let of_org = || consent::Entity::find().filter(Column::OrgId.eq(org.0)).filter(Column::ReviewBy.is_not_null());
    let waiting = of_org().filter(Column::ReviewedAt.is_null()).order_by_asc(Column::ReviewBy).limit(LISTED);
    let done = of_org().filter(Column::ReviewedAt.is_not_null()).order_by_desc(Column::ReviewedAt).limit(LISTED);
    let rows = waiting.all(db).await?.into_iter().chain(done.all(db).await?).collect();
    views::of_rows(db, rows, now).await
}

pub(super) async fn review(
    tx: &DatabaseTransaction,
    id: ConsentId,
    auditor: Person,
    review: Review,
    now: Timestamp,
) -> Result<ConsentView, StoreError> {
    let row = rows::held(tx, id).await?;
    if row.org_id != auditor.org.0 || row.review_by.is_none() {
        return Err(StoreError::NotFound);
    }
    if row.grantee_id == Some(auditor.id.0) {
        return Err(StoreError::TwoPeople);
    }
    let reviewed = consent::Entity::update_many()
        .col_expr(Column::ReviewedBy, Expr::value(auditor.id.0))
        .col_expr(Column::ReviewedAt, Expr::value(now.0))
        .col_expr(Column::Verdict, Expr::value(review.verdict.as_str()))
        .col_expr(Column::ReviewNote, Expr::value(review.note))
        .filter(Column::Id.eq(id.0))
        .filter(Expr::col(Column::ReviewedAt).is_null());
    rows::once(tx, reviewed).await?;
    rows::tell(tx, row.id, rows::state(&row, now)?, None, now).await?;
    facts::house(tx, &HouseEvent::Reviewed { consent: row.id }, now).await?;
    views::view(tx, rows::find(tx, id).await?, now).await
}
