//! Patients as those who treat them list them.

use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use std::collections::HashMap;
use uuid::Uuid;
use vaidya_clinic::id::PersonId;
use vaidya_clinic::time::Timestamp;
use vaidya_clinic::visit::VisitState;

use super::accounts::Person;
use super::entity::{person, visit};
use super::{Store, StoreError};

/// Most patients in one list. Lower hides those of long ago, higher makes the page slow on a thin link.
const LISTED: u64 = 1_000;

/// A patient someone treats or treated. No `Debug`: it names them.
#[derive(Clone, PartialEq, Eq)]
pub struct Treated {
    /// Who.
    pub id: PersonId,
    /// Their name.
    pub name: String,
    /// The year they were born in.
    pub birth_year: Option<i32>,
    /// When the last visit with them was made.
    pub last_visit: Timestamp,
}

impl Store {
    /// The patients with whom a doctor has or had a visit in their organisation, the latest first; at most 1,000.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn treated_by(&self, doctor: &Person) -> Result<Vec<Treated>, StoreError> {
        let doctor = doctor.clone();
        self.read(move |db| Box::pin(treated(db, doctor))).await
    }
}

async fn treated<C: ConnectionTrait>(db: &C, doctor: Person) -> Result<Vec<Treated>, StoreError> {
    let state = Condition::any()
        .add(visit::Column::State.eq(VisitState::Open.as_str()))
        .add(visit::Column::State.eq(VisitState::Ended.as_str()));
    let last: Vec<(Uuid, i64)> = visit::Entity::find()
        .select_only()
        .column(visit::Column::PatientId)
        .column_as(visit::Column::MadeAt.max(), "last")
        .filter(visit::Column::OrgId.eq(doctor.org.0))
        .filter(visit::Column::DoctorId.eq(doctor.id.0))
        .filter(state)
        .group_by(visit::Column::PatientId)
        .order_by_desc(visit::Column::MadeAt.max())
        .order_by_asc(visit::Column::PatientId)
        .limit(LISTED)
        .into_tuple()
        .all(db)
        .await?;
    let people = person::Entity::find().filter(person::Column::Id.is_in(last.iter().map(|(id, _)| *id)));
    let mut people: HashMap<Uuid, person::Model> = people.all(db).await?.into_iter().map(|row| (row.id, row)).collect();
    let view = |(id, at): (Uuid, i64)| {
        let row = people.remove(&id)?;
        let birth_year = row.birth_year.and_then(|year| i32::try_from(year).ok());
        Some(Treated { id: PersonId(id), name: row.name, birth_year, last_visit: Timestamp(at) })
    };
    Ok(last.into_iter().filter_map(view).collect())
}
