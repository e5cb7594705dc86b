//! Yes said aloud: the doctor says so, and a second member of staff who heard it confirms, each from their own session.

use std::collections::BTreeSet;

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use vaidya_clinic::consent::{ConsentView, How, State, WITNESS};
use vaidya_clinic::event::HouseEvent;
use vaidya_clinic::id::{ConsentId, OrgId, PersonId};
use vaidya_clinic::message::{Ask, Heard, Notice};
use vaidya_clinic::role::Role;
use vaidya_clinic::time::Timestamp;

use super::super::accounts::{self, Person};
use super::super::entity::consent::{self, Column};
use super::super::sent_messages::{self, Draft};
use super::super::views::LISTED;
use super::super::{Store, StoreError, doctors, facts, guardians};
use super::{ask, rows, views};

/// Who may be a witness: whoever works with patients or answers for the organisation. Not the auditor, who looks at it
/// later.
pub const WITNESSES: &[Role] = &[Role::Doctor, Role::Desk, Role::Pharmacist, Role::Admin];

impl Store {
    /// Everyone who could be a doctor's witness, by name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn witnesses(&self, doctor: &Person) -> Result<Vec<Person>, StoreError> {
        let (id, all) = (doctor.id, self.people(doctor.org, None).await?);
        Ok(all.into_iter().filter(|one| one.id != id && WITNESSES.contains(&one.role)).collect())
    }

    /// A doctor says that the patient said yes, and who heard it; that person has [`WITNESS`] to confirm it. Naming
    /// another one takes the place of the one before.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when it was not asked for this doctor or the witness can't be one,
    /// [`StoreError::BadState`] when it is answered, [`StoreError::NotActive`], [`StoreError::NoCustody`],
    /// [`StoreError::GuardianNeeded`] for a child nobody speaks for.
    pub async fn call_witness(
        &self,
        id: ConsentId,
        doctor: &Person,
        witness: PersonId,
        now: Timestamp,
    ) -> Result<ConsentView, StoreError> {
        let doctor = doctor.clone();
        self.report(move |tx| Box::pin(call(tx, id, doctor, witness, now))).await
    }

    /// What somebody is asked to confirm now, the oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn to_witness(&self, who: &Person, now: Timestamp) -> Result<Vec<ConsentView>, StoreError> {
        let who = who.clone();
        self.read(move |db| Box::pin(async move { called(db, who, now).await })).await
    }

    /// The witness heard it: the consent is given, and the patient is told so.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] for everyone else, and when their time is over; as [`call_witness`](Self::call_witness).
    pub async fn confirm_consent(
        &self,
        id: ConsentId,
        who: &Person,
        now: Timestamp,
    ) -> Result<ConsentView, StoreError> {
        let who = who.clone();
        self.report(move |tx| Box::pin(confirm(tx, id, who, now))).await
    }

    /// The witness did not hear it: the ask waits on.
    ///
    /// # Errors
    /// As [`confirm_consent`](Self::confirm_consent).
    pub async fn deny_consent(&self, id: ConsentId, who: &Person, now: Timestamp) -> Result<ConsentView, StoreError> {
        let who = who.clone();
        self.report(move |tx| Box::pin(deny(tx, id, who, now))).await
    }
}

async fn call(
    tx: &DatabaseTransaction,
    id: ConsentId,
    doctor: Person,
    witness: PersonId,
    now: Timestamp,
) -> Result<ConsentView, StoreError> {
    let row = rows::held(tx, id).await?;
    if row.grantee_id != Some(doctor.id.0) || row.org_id != doctor.org.0 {
        return Err(StoreError::NotFound);
    }
    possible(tx, &row, now).await?;
    let heard = accounts::find(tx, witness, doctor.org).await?;
    let fit = |one: &Person| WITNESSES.contains(&one.role) && one.id != doctor.id && row.asked_by != Some(one.id.0);
    heard.filter(fit).ok_or(StoreError::NotFound)?;
    let change = rows::change(row.id, State::Asked)
        .col_expr(Column::WitnessId, Expr::value(witness.0))
        .col_expr(Column::WitnessBy, Expr::value(now.plus(WITNESS).0));
    rows::once(tx, change).await?;
    facts::house(tx, &HouseEvent::WitnessCalled { consent: row.id }, now).await?;
    views::view(tx, rows::find(tx, id).await?, now).await
}

/// Whether an ask can be answered aloud at all.
async fn possible(tx: &DatabaseTransaction, row: &consent::Model, now: Timestamp) -> Result<(), StoreError> {
    if rows::state(row, now)? != State::Asked {
        return Err(StoreError::BadState);
    }
    let org = OrgId(row.org_id);
    doctors::must_be_in_force(tx, rows::doctor(row)?, org, now).await?;
    rows::must_have_custody(tx, org).await?;
    speaker(tx, row, now).await.map(|_| ())
}

/// Who speaks for a child, and what they are to it: who is named in its account, or is linked to it.
async fn speaker(
    tx: &DatabaseTransaction,
    row: &consent::Model,
    now: Timestamp,
) -> Result<(Option<String>, Option<String>), StoreError> {
    let (id, org) = (PersonId(row.patient_id), OrgId(row.org_id));
    let patient = rows::patient(tx, id, org, now).await?;
    if !patient.minor {
        return Ok((None, None));
    }
    if let Some(guardian) = patient.guardian {
        return Ok((Some(guardian.name), Some(guardian.relation)));
    }
    let linked = guardians::of(tx, id, now).await?;
    let first = linked.first().ok_or(StoreError::GuardianNeeded)?;
    let name = accounts::find(tx, *first, org).await?.ok_or(StoreError::GuardianNeeded)?.name;
    let relation = guardians::related(tx, id, *first).await?.map_or("guardian", |relation| relation.as_str());
    Ok((Some(name), Some(relation.to_owned())))
}

async fn called<C: ConnectionTrait>(db: &C, who: Person, now: Timestamp) -> Result<Vec<ConsentView>, StoreError> {
    let waiting = consent::Entity::find()
        .filter(Column::WitnessId.eq(who.id.0))
        .filter(Column::OrgId.eq(who.org.0))
        .filter(Column::State.eq(State::Asked.as_str()))
        .filter(Column::WitnessBy.gt(now.0))
        .order_by_asc(Column::WitnessBy)
        .limit(LISTED);
    let mut rows = Vec::new();
    for row in waiting.all(db).await? {
        if rows::state(&row, now)? == State::Asked {
            rows.push(row);
        }
    }
    views::of_rows(db, rows, now).await
}

/// The ask that waits for this witness, held.
async fn theirs(
    tx: &DatabaseTransaction,
    id: ConsentId,
    who: &Person,
    now: Timestamp,
) -> Result<consent::Model, StoreError> {
    let row = rows::held(tx, id).await?;
    let waits = row.witness_id == Some(who.id.0) && row.org_id == who.org.0 && WITNESSES.contains(&who.role);
    if !waits {
        return Err(StoreError::NotFound);
    }
    if row.witness_by.is_none_or(|by| by <= now.0) || rows::state(&row, now)? != State::Asked {
        return Err(StoreError::BadState);
    }
    Ok(row)
}

async fn confirm(
    tx: &DatabaseTransaction,
    id: ConsentId,
    who: Person,
    now: Timestamp,
) -> Result<ConsentView, StoreError> {
    let row = theirs(tx, id, &who, now).await?;
    let people = [PersonId(row.patient_id), rows::doctor(&row)?, who.id];
    accounts::hold(tx, &people.into_iter().collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>()).await?;
    possible(tx, &row, now).await?;
    let (name, relation) = speaker(tx, &row, now).await?;
    let until = now.plus(ask::minutes(rows::terms(&row)?.minutes.unwrap_or_default()));
    let granted = rows::change(row.id, State::Asked)
        .col_expr(Column::State, Expr::value(State::Granted.as_str()))
        .col_expr(Column::How, Expr::value(How::Witness.as_str()))
        .col_expr(Column::CodeHash, Expr::value(None::<Vec<u8>>))
        .col_expr(Column::WitnessBy, Expr::value(None::<i64>))
        .col_expr(Column::GuardianName, Expr::value(name))
        .col_expr(Column::GuardianRelation, Expr::value(relation))
        .col_expr(Column::DecidedAt, Expr::value(now.0))
        .col_expr(Column::Until, Expr::value(until.0));
    rows::once(tx, granted).await?;
    told(tx, &row, &who, now).await?;
    rows::tell(tx, row.id, State::Granted, None, now).await?;
    views::view(tx, rows::find(tx, id).await?, now).await
}

/// Tells the patient by message what they are said to have said: who said nothing of the kind can take it back.
async fn told(
    tx: &DatabaseTransaction,
    row: &consent::Model,
    witness: &Person,
    now: Timestamp,
) -> Result<(), StoreError> {
    let org = OrgId(row.org_id);
    let patient = rows::patient(tx, PersonId(row.patient_id), org, now).await?;
    let Some(to) = patient.contact.as_ref() else { return Ok(()) };
    let doctor = accounts::find(tx, rows::doctor(row)?, org).await?.ok_or(StoreError::NotFound)?;
    let terms = rows::terms(row)?;
    let ask =
        Ask { doctor: &doctor.name, kinds: &terms.scope.kinds, minutes: terms.minutes.unwrap_or_default(), code: None };
    let notice = Notice::Witnessed(Heard { ask, witness: &witness.name });
    sent_messages::tell(tx, Draft { to: Some(to), notice, language: patient.language, org }, now).await
}

async fn deny(tx: &DatabaseTransaction, id: ConsentId, who: Person, now: Timestamp) -> Result<ConsentView, StoreError> {
    let row = theirs(tx, id, &who, now).await?;
    let change = rows::change(row.id, State::Asked)
        .col_expr(Column::WitnessId, Expr::value(None::<uuid::Uuid>))
        .col_expr(Column::WitnessBy, Expr::value(None::<i64>));
    rows::once(tx, change).await?;
    facts::house(tx, &HouseEvent::WitnessCalled { consent: row.id }, now).await?;
    views::view(tx, rows::find(tx, id).await?, now).await
}
