//! Guardians with an account: linked to a child by whoever keeps the people of a clinic, until the child is of age.

use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, Set,
};
use uuid::Uuid;
use vaidya_clinic::id::{OrgId, PersonId};
use vaidya_clinic::profile::is_minor;
use vaidya_clinic::role::Role;
use vaidya_clinic::time::Timestamp;

use super::accounts::{self, Person};
use super::entity::{guardian, person};
use super::{Store, StoreError, phone_only};

/// Most guardians of one child at the same time. Lower leaves out a parent, higher seals every record for more keys.
pub const MOST_GUARDIANS: u64 = 4;

/// Who speaks for a child. No `Debug`: it names them.
#[derive(Clone, PartialEq, Eq)]
pub struct Guardian {
    /// Who.
    pub id: PersonId,
    /// Their name.
    pub name: String,
    /// Since when.
    pub since: Timestamp,
}

impl Store {
    /// Lets an adult with an account speak for a child; both are patients of the organisation of who says so.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when one of them is not there, [`StoreError::BadState`] when the child is of age or the
    /// adult is not (or nobody knows when they were born), [`StoreError::TooMany`] above [`MOST_GUARDIANS`].
    pub async fn add_guardian(
        &self,
        by: &Person,
        patient: PersonId,
        guardian: PersonId,
        now: Timestamp,
    ) -> Result<Guardian, StoreError> {
        let by = by.clone();
        self.write(move |tx| Box::pin(add(tx, by, patient, guardian, now))).await
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

    /// Who speaks for a child now.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn guardians(&self, patient: PersonId, now: Timestamp) -> Result<Vec<Guardian>, StoreError> {
        self.read(move |db| {
            Box::pin(async move {
                let ids = of(db, patient, now).await?;
                let links = live().filter(guardian::Column::PatientId.eq(patient.0));
                let links = links.filter(guardian::Column::GuardianId.is_in(ids.iter().map(|id| id.0)));
                let mut all = Vec::new();
                for row in links.order_by_asc(guardian::Column::GuardianId).all(db).await? {
                    all.extend(shown(db, &row).await?);
                }
                Ok(all)
            })
        })
        .await
    }
}

async fn add(
    tx: &DatabaseTransaction,
    by: Person,
    patient: PersonId,
    guardian: PersonId,
    now: Timestamp,
) -> Result<Guardian, StoreError> {
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
    };
    let again = OnConflict::columns([guardian::Column::PatientId, guardian::Column::GuardianId])
        .update_columns([guardian::Column::MadeBy, guardian::Column::MadeAt, guardian::Column::EndedAt])
        .to_owned();
    guardian::Entity::insert(row).on_conflict(again).exec_without_returning(tx).await?;
    Ok(Guardian { id: guardian, name: adult.name, since: now })
}

async fn a_patient(tx: &DatabaseTransaction, id: PersonId, org: OrgId) -> Result<Person, StoreError> {
    let found = accounts::find(tx, id, org).await?;
    found.filter(|person| person.role == Role::Patient).ok_or(StoreError::NotFound)
}

async fn shown<C: ConnectionTrait>(db: &C, row: &guardian::Model) -> Result<Option<Guardian>, StoreError> {
    let person = person::Entity::find_by_id(row.guardian_id).one(db).await?;
    let since = Timestamp(row.made_at);
    Ok(person.map(|person| Guardian { id: PersonId(person.id), name: person.name, since }))
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

fn live() -> sea_orm::Select<guardian::Entity> {
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
