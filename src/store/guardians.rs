//! Guardians with an account: linked to a child by whoever keeps the people of a clinic, until the child is of age.

use std::collections::{BTreeSet, HashSet};

use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, Set,
};
use uuid::Uuid;
use vaidya_clinic::contact::Contact;
use vaidya_clinic::guardian::{Papers, Relation};
use vaidya_clinic::id::{OrgId, PersonId};
use vaidya_clinic::message::Notice;
use vaidya_clinic::organisation::Language;
use vaidya_clinic::profile::is_minor;
use vaidya_clinic::role::Role;
use vaidya_clinic::time::Timestamp;

use super::accounts::{self, Person};
use super::entity::{guardian, person};
use super::error::known;
use super::sent_messages::{self, Draft};
use super::{Store, StoreError, custody, phone_only, wards};

/// Most guardians of one child at the same time. Lower leaves out a parent, higher seals every record for more keys.
pub const MOST_GUARDIANS: u64 = 4;

/// Who speaks for a child. No `Debug`: it names them.
#[derive(Clone, PartialEq, Eq)]
pub struct Guardian {
    /// Who.
    pub id: PersonId,
    /// Their name.
    pub name: String,
    /// What they are to the child; nobody asked for that once.
    pub relation: Option<Relation>,
    /// The paper that showed it.
    pub papers: Option<Papers>,
    /// Since when.
    pub since: Timestamp,
    /// Who looked at the paper, by name.
    pub by: String,
}

/// Who is to speak for a child.
#[derive(Clone, Copy)]
pub struct NewGuardian {
    /// Who.
    pub id: PersonId,
    /// What they are to the child.
    pub relation: Relation,
    /// The paper that was looked at.
    pub papers: Papers,
}

/// What becomes of the records from before somebody spoke for a child.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Earlier {
    /// The clinic holds keys of some, and wraps them for the guardian now.
    pub follows: bool,
    /// Nobody can give them some: they are sealed to others alone.
    pub closed: bool,
}

/// A child as the desk sees it.
pub struct Ward {
    /// Their name.
    pub name: String,
    /// The year they were born in.
    pub birth_year: Option<i32>,
    /// Whether somebody may speak for them.
    pub child: bool,
    /// Who does.
    pub guardians: Vec<Guardian>,
}

impl Store {
    /// Lets an adult with an account speak for a child; both are patients of the organisation of who says so. What the
    /// clinic holds of the child's records is wrapped for the guardian, and everyone concerned is told.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when one of them is not there, [`StoreError::BadState`] when the child is of age or the
    /// adult is not (or nobody knows when they were born), [`StoreError::TooMany`] above [`MOST_GUARDIANS`].
    pub async fn add_guardian(
        &self,
        by: &Person,
        patient: PersonId,
        new: NewGuardian,
        now: Timestamp,
    ) -> Result<(Guardian, Earlier), StoreError> {
        let by = by.clone();
        self.report(move |tx| Box::pin(add(tx, by, patient, new, now))).await
    }

    /// Ends it. What was sealed for them stays sealed for them, and is not given to them any more.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn end_guardian(&self, patient: PersonId, guardian: PersonId, now: Timestamp) -> Result<(), StoreError> {
        let ended = guardian::Entity::update_many()
            .col_expr(guardian::Column::EndedAt, Expr::value(now.0))
            .filter(guardian::Column::PatientId.eq(patient.0))
            .filter(guardian::Column::GuardianId.eq(guardian.0))
            .filter(guardian::Column::EndedAt.is_null());
        self.write(move |tx| {
            Box::pin(async move {
                accounts::hold(tx, &[patient, guardian]).await?;
                match ended.exec(tx).await?.rows_affected {
                    0 => Err(StoreError::NotFound),
                    _ => Ok(()),
                }
            })
        })
        .await
    }

    /// A patient, and who speaks for them now.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn guardians(&self, patient: PersonId, now: Timestamp) -> Result<Ward, StoreError> {
        self.read(move |db| Box::pin(async move { ward(db, patient, now).await })).await
    }
}

async fn ward<C: ConnectionTrait>(db: &C, patient: PersonId, now: Timestamp) -> Result<Ward, StoreError> {
    let row = person::Entity::find_by_id(patient.0).one(db).await?.ok_or(StoreError::NotFound)?;
    let birth_year = row.birth_year.and_then(|year| i32::try_from(year).ok());
    let child = birth_year.is_some_and(|year| is_minor(year, now));
    let links = live().filter(guardian::Column::PatientId.eq(patient.0)).order_by_asc(guardian::Column::MadeAt);
    let mut guardians = Vec::new();
    for link in links.all(db).await?.iter().filter(|_| child) {
        guardians.extend(shown(db, link).await?);
    }
    Ok(Ward { name: row.name, birth_year, child, guardians })
}

async fn add(
    tx: &DatabaseTransaction,
    by: Person,
    patient: PersonId,
    new: NewGuardian,
    now: Timestamp,
) -> Result<(Guardian, Earlier), StoreError> {
    let guardian = new.id;
    accounts::hold(tx, &[patient, guardian]).await?;
    let adult = a_patient(tx, guardian, by.org).await?;
    a_patient(tx, patient, by.org).await?;
    if phone_only::is_none(&adult.login) || patient == guardian {
        return Err(StoreError::NotFound);
    }
    let minors = minors(tx, vec![patient.0, guardian.0], now).await?;
    let born = person::Entity::find_by_id(guardian.0).filter(person::Column::BirthYear.is_not_null()).count(tx).await?;
    if minors != [patient] || born == 0 {
        return Err(StoreError::BadState);
    }
    let others =
        live().filter(guardian::Column::PatientId.eq(patient.0)).filter(guardian::Column::GuardianId.ne(guardian.0));
    if others.count(tx).await? >= MOST_GUARDIANS {
        return Err(StoreError::TooMany);
    }
    let row = guardian::ActiveModel {
        patient_id: Set(patient.0),
        guardian_id: Set(guardian.0),
        made_by: Set(by.id.0),
        made_at: Set(now.0),
        ended_at: Set(None),
        relation: Set(Some(new.relation.as_str().to_owned())),
        papers: Set(Some(new.papers.as_str().to_owned())),
    };
    guardian::Entity::insert(row).on_conflict(anew()).exec_without_returning(tx).await?;
    tell(tx, patient, by.org, now).await?;
    let follows = custody::due_for_guardian(tx, guardian, patient, now).await?;
    let closed = wards::closed(tx, patient, guardian).await?;
    let (relation, papers) = (Some(new.relation), Some(new.papers));
    let made = Guardian { id: guardian, name: adult.name, relation, papers, since: now, by: by.name };
    Ok((made, Earlier { follows, closed }))
}

/// Who was linked before is linked anew, as if for the first time.
fn anew() -> OnConflict {
    use guardian::Column::{EndedAt, GuardianId, MadeAt, MadeBy, Papers, PatientId, Relation};
    let changed = [MadeBy, MadeAt, EndedAt, Relation, Papers];
    OnConflict::columns([PatientId, GuardianId]).update_columns(changed).to_owned()
}

/// Tells a child and everyone who speaks for them, each number once, that somebody does from now on.
async fn tell(tx: &DatabaseTransaction, patient: PersonId, org: OrgId, now: Timestamp) -> Result<(), StoreError> {
    let mut people = of(tx, patient, now).await?;
    people.push(patient);
    let rows = person::Entity::find().filter(person::Column::Id.is_in(people.iter().map(|id| id.0)));
    let mut told = BTreeSet::new();
    for row in rows.order_by_asc(person::Column::Id).all(tx).await? {
        let Some(said) = row.phone.or(row.email).filter(|said| told.insert(said.clone())) else { continue };
        let Some(contact) = Contact::read(&said) else { continue };
        let language = row.language.as_deref().and_then(Language::parse).unwrap_or(Language::En);
        let draft = Draft { to: Some(&contact), notice: Notice::GuardianLinked, language, org };
        sent_messages::tell(tx, draft, now).await?;
    }
    Ok(())
}

async fn a_patient(tx: &DatabaseTransaction, id: PersonId, org: OrgId) -> Result<Person, StoreError> {
    let found = accounts::find(tx, id, org).await?;
    found.filter(|person| person.role == Role::Patient).ok_or(StoreError::NotFound)
}

async fn shown<C: ConnectionTrait>(db: &C, row: &guardian::Model) -> Result<Option<Guardian>, StoreError> {
    let person = person::Entity::find_by_id(row.guardian_id).one(db).await?;
    let by = person::Entity::find_by_id(row.made_by).one(db).await?.map(|by| by.name).unwrap_or_default();
    let relation = relation(row)?;
    let papers = row.papers.as_deref().map(|word| known(Papers::parse(word))).transpose()?;
    let since = Timestamp(row.made_at);
    Ok(person.map(|person| Guardian { id: PersonId(person.id), name: person.name, relation, papers, since, by }))
}

/// What someone is to a child they speak for; none when that is not known.
pub(super) fn relation(row: &guardian::Model) -> Result<Option<Relation>, StoreError> {
    row.relation.as_deref().map(|word| known(Relation::parse(word))).transpose()
}

/// What someone is to this child.
pub(super) async fn related<C: ConnectionTrait>(
    db: &C,
    patient: PersonId,
    guardian: PersonId,
) -> Result<Option<Relation>, StoreError> {
    let link =
        live().filter(guardian::Column::PatientId.eq(patient.0)).filter(guardian::Column::GuardianId.eq(guardian.0));
    link.one(db).await?.as_ref().map(relation).transpose().map(Option::flatten)
}

/// The ids of who speaks for a child now, in their order; nobody does for someone of age.
pub(super) async fn of<C: ConnectionTrait>(
    db: &C,
    patient: PersonId,
    now: Timestamp,
) -> Result<Vec<PersonId>, StoreError> {
    let links = live().filter(guardian::Column::PatientId.eq(patient.0)).order_by_asc(guardian::Column::GuardianId);
    let links = links.all(db).await?;
    if links.is_empty() || minors(db, vec![patient.0], now).await?.is_empty() {
        return Ok(Vec::new());
    }
    Ok(links.into_iter().map(|row| PersonId(row.guardian_id)).collect())
}

/// These patients, each with those who speak or ever spoke for them.
pub(super) async fn ever<C: ConnectionTrait>(
    db: &C,
    patients: impl Iterator<Item = Uuid>,
) -> Result<HashSet<(Uuid, Uuid)>, StoreError> {
    let links = guardian::Entity::find().filter(guardian::Column::PatientId.is_in(patients));
    Ok(links.all(db).await?.into_iter().map(|row| (row.patient_id, row.guardian_id)).collect())
}

/// The children someone speaks for now.
pub(super) async fn wards<C: ConnectionTrait>(
    db: &C,
    guardian: PersonId,
    now: Timestamp,
) -> Result<Vec<PersonId>, StoreError> {
    let links = live().filter(guardian::Column::GuardianId.eq(guardian.0)).all(db).await?;
    if links.is_empty() {
        return Ok(Vec::new());
    }
    minors(db, links.into_iter().map(|row| row.patient_id).collect(), now).await
}

pub(super) fn live() -> sea_orm::Select<guardian::Entity> {
    guardian::Entity::find().filter(guardian::Column::EndedAt.is_null())
}

/// Those of them who are children now; whose year nobody knows is not known to be one.
async fn minors<C: ConnectionTrait>(db: &C, ids: Vec<Uuid>, now: Timestamp) -> Result<Vec<PersonId>, StoreError> {
    let rows = person::Entity::find()
        .filter(person::Column::Id.is_in(ids))
        .filter(person::Column::DisabledAt.is_null())
        .order_by_asc(person::Column::Id);
    let young = |row: &person::Model| {
        row.birth_year.and_then(|year| i32::try_from(year).ok()).is_some_and(|year| is_minor(year, now))
    };
    Ok(rows.all(db).await?.into_iter().filter(young).map(|row| PersonId(row.id)).collect())
}
