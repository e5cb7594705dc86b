//! Registrations out of and into their rows, with the history and the facts of each step.

use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect, Set,
};
use uuid::Uuid;
use vaidya_clinic::credential::{CredentialState, InForce, Pair, Registration, Step};
use vaidya_clinic::event::HouseEvent;
use vaidya_clinic::id::{OrgId, PersonId};
use vaidya_clinic::time::Timestamp;

use super::entity::credential::{self, Column, Entity};
use super::entity::credential_step;
use super::error::known;
use super::{StoreError, facts};

/// The row of a doctor's registration.
pub(super) async fn of<C: ConnectionTrait>(
    db: &C,
    person: PersonId,
    org: OrgId,
) -> Result<Option<credential::Model>, StoreError> {
    Ok(Entity::find().filter(Column::PersonId.eq(person.0)).filter(Column::OrgId.eq(org.0)).one(db).await?)
}

/// A registration's row, held until the transaction ends.
pub(super) async fn hold(tx: &DatabaseTransaction, id: Uuid) -> Result<credential::Model, StoreError> {
    Entity::find_by_id(id).lock_exclusive().one(tx).await?.ok_or(StoreError::NotFound)
}

/// A registration out of its row.
pub(super) fn read(row: &credential::Model) -> Result<Registration, StoreError> {
    let person =
        |id: Option<Uuid>| id.map(PersonId).ok_or_else(|| StoreError::strange("a registration without a step"));
    let pair =
        || Ok::<_, StoreError>(Pair { checked_by: person(row.checked_by)?, matched_by: person(row.matched_by)? });
    let was = || {
        let verified_at = row.verified_at.map(Timestamp);
        let verified_at = verified_at.ok_or_else(|| StoreError::strange("a registration in force since never"))?;
        Ok::<_, StoreError>(InForce { pair: pair()?, activated_by: person(row.activated_by)?, verified_at })
    };
    let why = || row.why.clone().unwrap_or_default();
    let step = match known(CredentialState::parse(&row.state))? {
        CredentialState::Submitted => Step::Submitted,
        CredentialState::Checked => Step::Checked { by: person(row.checked_by)? },
        CredentialState::Matched => Step::Matched(pair()?),
        CredentialState::Active | CredentialState::Expiring => Step::Active(was()?),
        CredentialState::Expired => Step::Expired(was()?),
        CredentialState::Suspended => Step::Suspended { was: was()?, why: why() },
        CredentialState::Refused => Step::Refused { why: why() },
    };
    Ok(Registration { doctor: PersonId(row.person_id), valid_until: Timestamp(row.valid_until), step })
}

/// Writes where a registration has come to.
pub(super) async fn write(
    tx: &DatabaseTransaction,
    mut row: credential::Model,
    after: Registration,
    now: Timestamp,
) -> Result<credential::Model, StoreError> {
    let (state, checked, matched, in_force, why) = match after.step {
        Step::Submitted => (CredentialState::Submitted, None, None, None, None),
        Step::Checked { by } => (CredentialState::Checked, Some(by), None, None, None),
        Step::Matched(pair) => (CredentialState::Matched, Some(pair.checked_by), Some(pair.matched_by), None, None),
        Step::Active(was) => (CredentialState::Active, None, None, Some(was), None),
        Step::Expired(was) => (CredentialState::Expired, None, None, Some(was), None),
        Step::Suspended { was, why } => (CredentialState::Suspended, None, None, Some(was), Some(why)),
        Step::Refused { why } => (CredentialState::Refused, None, None, None, Some(why)),
    };
    let pair = in_force.map(|was| was.pair);
    row.state = state.as_str().to_owned();
    row.checked_by = checked.or(pair.map(|pair| pair.checked_by)).map(|id| id.0);
    row.matched_by = matched.or(pair.map(|pair| pair.matched_by)).map(|id| id.0);
    row.activated_by = in_force.map(|was| was.activated_by.0);
    row.verified_at = in_force.map(|was| was.verified_at.0);
    row.why = why;
    row.changed_at = now.0;
    let row: credential::ActiveModel = row.into();
    Ok(row.reset_all().update(tx).await?)
}

/// Writes a step into the history, and the fact of it.
pub(super) async fn note(
    tx: &DatabaseTransaction,
    id: Uuid,
    by: Option<PersonId>,
    state: CredentialState,
    why: Option<String>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let row = credential_step::ActiveModel {
        credential_id: Set(id),
        at: Set(now.0),
        by_id: Set(by.map(|person| person.0)),
        state: Set(state.as_str().to_owned()),
        why: Set(why),
        ..Default::default()
    };
    row.insert(tx).await?;
    let fact = HouseEvent::CredentialChanged { credential: id, state: state.as_str().to_owned() };
    facts::house(tx, &fact, now).await
}
