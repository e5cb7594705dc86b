//! Doctors' registrations as entries: issued when they are first in force, and how they stand afterwards.

use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;
use vaidya_clinic::anchor::Thing;
use vaidya_clinic::credential::CredentialState;
use vaidya_clinic::time::Timestamp;
use vaidya_ledger::{Hash, Kind, Statement};

use super::super::super::StoreError;
use super::super::super::entity::{credential, person};
use super::super::openings::{Opened, of_words};
use super::super::{Draw, keys, unsigned};
use super::{Draft, has};

/// A registration that changed its state; none as long as it was never in force.
pub(super) async fn changed(
    tx: &DatabaseTransaction,
    id: Uuid,
    state: &str,
    draw: Draw,
) -> Result<Option<Draft>, StoreError> {
    let row = credential::Entity::find_by_id(id).one(tx).await?.ok_or(StoreError::NotFound)?;
    let known = has(tx, Kind::CredentialIssued, id).await?;
    match (known, CredentialState::parse(state).and_then(standing)) {
        (false, Some((_, 1))) => Ok(Some(issued(tx, &row, draw).await?)),
        (true, Some((word, number))) => Ok(Some(status(tx, &row, word, number, draw).await?)),
        _ => Ok(None),
    }
}

/// A registration that is in force and that the ledger doesn't know yet, so that something can stand on it.
pub(super) async fn to_issue(
    tx: &DatabaseTransaction,
    row: &credential::Model,
    draw: Draw,
) -> Result<Option<Draft>, StoreError> {
    match has(tx, Kind::CredentialIssued, row.id).await? {
        true => Ok(None),
        false => Ok(Some(issued(tx, row, draw).await?)),
    }
}

/// The registration in force of a doctor.
pub(super) async fn in_force<C: ConnectionTrait>(
    db: &C,
    doctor: Uuid,
    org: Option<Uuid>,
) -> Result<Option<credential::Model>, StoreError> {
    let active = [CredentialState::Active, CredentialState::Expiring].map(|state| state.as_str());
    let rows = credential::Entity::find()
        .filter(credential::Column::PersonId.eq(doctor))
        .filter(credential::Column::State.is_in(active));
    let rows = org.into_iter().fold(rows, |rows, org| rows.filter(credential::Column::OrgId.eq(org)));
    Ok(rows.order_by_desc(credential::Column::VerifiedAt).one(db).await?)
}

/// The same, if the ledger knows it.
pub(super) async fn on_the_ledger<C: ConnectionTrait>(
    db: &C,
    doctor: Uuid,
    org: Option<Uuid>,
) -> Result<Option<Uuid>, StoreError> {
    let Some(row) = in_force(db, doctor, org).await? else { return Ok(None) };
    Ok(has(db, Kind::CredentialIssued, row.id).await?.then_some(row.id))
}

async fn issued(tx: &DatabaseTransaction, row: &credential::Model, draw: Draw) -> Result<Draft, StoreError> {
    let Opened { commitment, opening } = said(tx, row, "active", draw).await?;
    let statement = Statement {
        kind: Kind::CredentialIssued,
        reference: Hash(Thing::Credential(row.id).reference()),
        parent: keys::label(tx, row.person_id, draw).await?,
        commitment,
        not_after: unsigned(row.valid_until).max(1),
    };
    Ok(Draft { opening: Some(opening), ..Draft::new(statement, ("credential", row.id, None)) })
}

async fn status(
    tx: &DatabaseTransaction,
    row: &credential::Model,
    word: &str,
    number: u8,
    draw: Draw,
) -> Result<Draft, StoreError> {
    let Opened { commitment, opening } = said(tx, row, word, draw).await?;
    let statement = Statement {
        kind: Kind::CredentialStatus,
        reference: Hash(Thing::Credential(row.id).reference()),
        parent: Hash::default(),
        commitment,
        not_after: unsigned(row.valid_until).max(1),
    };
    let draft = Draft::new(statement, ("credential", row.id, None));
    Ok(Draft { opening: Some(opening), attachment: vec![number], ..draft })
}

/// The ledger's word and number for a state; none for those before it is in force.
fn standing(state: CredentialState) -> Option<(&'static str, u8)> {
    match state {
        CredentialState::Active | CredentialState::Expiring => Some(("active", 1)),
        CredentialState::Suspended => Some(("suspended", 2)),
        CredentialState::Expired => Some(("expired", 3)),
        CredentialState::Refused => Some(("refused", 4)),
        CredentialState::Submitted | CredentialState::Checked | CredentialState::Matched => None,
    }
}

async fn said(
    tx: &DatabaseTransaction,
    row: &credential::Model,
    state: &str,
    draw: Draw,
) -> Result<Opened, StoreError> {
    let name = person::Entity::find_by_id(row.person_id).one(tx).await?.map(|row| row.name).unwrap_or_default();
    let facts = [
        ("doctor", row.person_id.to_string()),
        ("name", name),
        ("qualification", row.qualification.clone()),
        ("registration", row.number.clone()),
        ("council", row.council.clone()),
        ("state", state.to_owned()),
        ("valid_until", day(row.valid_until)),
    ];
    of_words("credential", draw(), &facts)
}

/// A day as people write it in files: 2027-03-31.
fn day(at: i64) -> String {
    Timestamp(at).rfc3339().chars().take(10).collect()
}
