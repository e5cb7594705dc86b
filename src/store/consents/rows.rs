//! What several of these steps do with a consent's row.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect, UpdateMany};
use uuid::Uuid;
use vaidya_clinic::consent::{Grantee, How, Nullifier, Purpose, Scope, State, Subject, Terms};
use vaidya_clinic::contact::Contact;
use vaidya_clinic::event::HouseEvent;
use vaidya_clinic::id::{ConsentId, OrgId, PersonId};
use vaidya_clinic::organisation::Language;
use vaidya_clinic::policy::Custody;
use vaidya_clinic::profile::{Guardian, is_minor};
use vaidya_clinic::record::RecordKind;
use vaidya_clinic::role::Role;
use vaidya_clinic::time::Timestamp;
use vaidya_clinic::wire::Body;

use super::super::entity::consent::{self, Column};
use super::super::entity::{grant_wrap, person};
use super::super::error::known;
use super::super::{StoreError, accounts, facts, guardians, keys, organisations};

/// What stands between departments in a row; none has it in its name.
const BETWEEN: &str = "|";

/// A consent's row, by its id.
pub(super) async fn find<C: ConnectionTrait>(db: &C, id: ConsentId) -> Result<consent::Model, StoreError> {
    consent::Entity::find_by_id(id.0).one(db).await?.ok_or(StoreError::NotFound)
}

/// The same, held until the transaction ends.
pub(super) async fn held(tx: &DatabaseTransaction, id: ConsentId) -> Result<consent::Model, StoreError> {
    consent::Entity::find_by_id(id.0).lock_exclusive().one(tx).await?.ok_or(StoreError::NotFound)
}

/// Where it stands now.
pub(super) fn state(row: &consent::Model, now: Timestamp) -> Result<State, StoreError> {
    let subject = known(Subject::parse(&row.subject))?;
    Ok(known(State::parse(&row.state))?.at(now, subject, Timestamp(row.made_at), row.until.map(Timestamp)))
}

/// What it says.
pub(in crate::store) fn terms(row: &consent::Model) -> Result<Terms, StoreError> {
    let number = |_| StoreError::strange("a number of a consent below zero");
    Ok(Terms {
        subject: known(Subject::parse(&row.subject))?,
        purpose: known(Purpose::parse(&row.purpose))?,
        scope: scope(row)?,
        minutes: row.minutes.map(u64::try_from).transpose().map_err(number)?,
        text: u32::try_from(row.text_version).map_err(number)?,
        language: known(Language::parse(&row.language))?,
    })
}

/// What it covers.
pub(super) fn scope(row: &consent::Model) -> Result<Scope, StoreError> {
    let kinds = row.kinds.split_whitespace().map(|word| known(RecordKind::parse(word)));
    let departments = row.departments.as_ref().map(|all| all.split(BETWEEN).map(str::to_owned).collect());
    Ok(Scope { kinds: kinds.collect::<Result<_, _>>()?, departments })
}

/// What a scope is in a row.
pub(super) fn written(scope: &Scope) -> (String, Option<String>) {
    let kinds: Vec<_> = scope.kinds.iter().map(|kind| kind.as_str()).collect();
    (kinds.join(" "), scope.departments.as_ref().map(|all| all.join(BETWEEN)))
}

/// How it was given.
pub(in crate::store) fn how(row: &consent::Model) -> Result<Option<How>, StoreError> {
    row.how.as_deref().map(|how| known(How::parse(how))).transpose()
}

/// To whom it is given.
pub(in crate::store) fn grantee(row: &consent::Model) -> Grantee {
    row.grantee_id.map_or(Grantee::Organisation(OrgId(row.org_id)), |id| Grantee::Person(PersonId(id)))
}

/// The doctor it is given to.
pub(super) fn doctor(row: &consent::Model) -> Result<PersonId, StoreError> {
    row.grantee_id.map(PersonId).ok_or(StoreError::BadState)
}

/// Changes a row that is still in this state.
pub(super) fn change(id: Uuid, from: State) -> UpdateMany<consent::Entity> {
    consent::Entity::update_many().filter(Column::Id.eq(id)).filter(Column::State.eq(from.as_str()))
}

/// [`StoreError::BadState`] unless exactly this row was changed.
pub(super) async fn once(tx: &DatabaseTransaction, change: UpdateMany<consent::Entity>) -> Result<(), StoreError> {
    match change.exec(tx).await?.rows_affected {
        1 => Ok(()),
        _ => Err(StoreError::BadState),
    }
}

/// Tells everyone that a consent changed.
pub(super) async fn tell(
    tx: &DatabaseTransaction,
    id: Uuid,
    state: State,
    nullifier: Option<Nullifier>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let nullifier = nullifier.map(|nullifier| Body(nullifier.0.to_vec()));
    facts::house(tx, &HouseEvent::ConsentChanged { consent: id, state: state.as_str().to_owned(), nullifier }, now)
        .await
}

/// Ends a grant: what it opened is gone with it.
pub(super) async fn end(tx: &DatabaseTransaction, id: Uuid, to: State, now: Timestamp) -> Result<(), StoreError> {
    let ended = change(id, State::Granted)
        .col_expr(Column::State, Expr::value(to.as_str()))
        .col_expr(Column::EndedAt, Expr::value(now.0));
    once(tx, ended).await?;
    grant_wrap::Entity::delete_many().filter(grant_wrap::Column::ConsentId.eq(id)).exec(tx).await?;
    tell(tx, id, to, None, now).await
}

/// A patient as they are asked.
pub(super) struct Patient {
    /// Where they are reached.
    pub(super) contact: Option<Contact>,
    /// Their language.
    pub(super) language: Language,
    /// Whether somebody must speak for them.
    pub(super) minor: bool,
    /// Who does.
    pub(super) guardian: Option<Guardian>,
}

/// Someone who is a patient of an organisation.
pub(super) async fn patient<C: ConnectionTrait>(
    db: &C,
    id: PersonId,
    org: OrgId,
    now: Timestamp,
) -> Result<Patient, StoreError> {
    let found = accounts::find(db, id, org).await?.filter(|found| found.role == Role::Patient);
    let row = person::Entity::find_by_id(id.0).one(db).await?;
    let row = row.filter(|_| found.is_some()).ok_or(StoreError::NotFound)?;
    let born = row.birth_year.and_then(|year| i32::try_from(year).ok());
    let guardian = row.guardian_name.zip(row.guardian_relation);
    let contact = row.phone.or(row.email);
    Ok(Patient {
        contact: contact.as_deref().and_then(Contact::read),
        language: row.language.as_deref().and_then(Language::parse).unwrap_or(Language::En),
        minor: born.is_some_and(|born| is_minor(born, now)),
        guardian: guardian.map(|(name, relation)| Guardian { name, relation }),
    })
}

/// [`StoreError::NoCustody`] where the clinic can't open what is sealed.
pub(super) async fn must_have_custody<C: ConnectionTrait>(db: &C, org: OrgId) -> Result<(), StoreError> {
    match organisations::policy(db, org).await?.custody {
        Custody::PatientAndClinic => Ok(()),
        Custody::PatientOnly => Err(StoreError::NoCustody),
    }
}

/// The people who can answer for a patient: they themselves, and who speaks for them.
pub(super) async fn side<C: ConnectionTrait>(
    db: &C,
    patient: PersonId,
    now: Timestamp,
) -> Result<Vec<PersonId>, StoreError> {
    let mut side = guardians::of(db, patient, now).await?;
    side.push(patient);
    Ok(side)
}

/// Whether one of them has a key to answer with; if not, a code does.
pub(super) async fn has_key<C: ConnectionTrait>(db: &C, patient: PersonId, now: Timestamp) -> Result<bool, StoreError> {
    for one in side(db, patient, now).await? {
        if !keys::live(db, one).await?.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}
