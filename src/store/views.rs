//! Visits as home pages list them, with the names that belong to them. `here` is left at zero: only rooms know it.

use std::collections::HashMap;

use sea_orm::sea_query::{CaseStatement, Expr};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, Order, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;
use vaidya_clinic::id::{OrgId, PersonId, VisitId};
use vaidya_clinic::role::Role;
use vaidya_clinic::time::Timestamp;
use vaidya_clinic::visit::VisitState;
use vaidya_clinic::wire::{DoctorView, VisitView};

use super::accounts::Person;
use super::entity::{member, person, visit};
use super::error::known;
use super::records::is_for;
use super::{Store, StoreError, doctors, visits};

/// Most visits in one list. Lower hides old visits of people who had many, higher makes the page slow on a thin link.
pub const LISTED: u64 = 200;

impl Store {
    /// The visits of a patient or a doctor: live ones first, then the newest; at most [`LISTED`].
    ///
    /// # Errors
    /// When the database fails.
    pub async fn visits_of(&self, person: &Person) -> Result<Vec<VisitView>, StoreError> {
        let theirs = match person.role {
            // What was said with their doctors is a patient's own, wherever it was.
            Role::Patient => Condition::all().add(visit::Column::PatientId.eq(person.id.0)),
            _ => {
                Condition::all().add(visit::Column::DoctorId.eq(person.id.0)).add(visit::Column::OrgId.eq(person.org.0))
            }
        };
        self.read(move |db| Box::pin(list(db, theirs))).await
    }

    /// The visits of a child someone speaks for, as the child sees them.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when they don't.
    pub async fn visits_of_child(
        &self,
        guardian: &Person,
        child: PersonId,
        now: Timestamp,
    ) -> Result<Vec<VisitView>, StoreError> {
        let guardian = guardian.clone();
        let theirs = Condition::all().add(visit::Column::PatientId.eq(child.0));
        self.read(move |db| {
            Box::pin(async move {
                match is_for(db, &guardian, child, now).await? {
                    true => list(db, theirs).await,
                    false => Err(StoreError::NotFound),
                }
            })
        })
        .await
    }

    /// The live visits of everyone in an organisation, and those made or ended since a point in time: the desk's day.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn visits_since(&self, org: OrgId, since: Timestamp) -> Result<Vec<VisitView>, StoreError> {
        let recent = visits::is_live().add(visit::Column::MadeAt.gte(since.0)).add(visit::Column::EndedAt.gte(since.0));
        let recent = Condition::all().add(visit::Column::OrgId.eq(org.0)).add(recent);
        self.read(move |db| Box::pin(list(db, recent))).await
    }
}

/// One visit.
pub(super) async fn one<C: ConnectionTrait>(db: &C, id: VisitId) -> Result<Option<VisitView>, StoreError> {
    let rows = visit::Entity::find_by_id(id.0).all(db).await?;
    Ok(with_names(db, rows).await?.pop())
}

async fn list<C: ConnectionTrait>(db: &C, which: Condition) -> Result<Vec<VisitView>, StoreError> {
    let live_first = CaseStatement::new().case(visits::is_live(), 0).finally(1);
    let rows = visit::Entity::find()
        .filter(which)
        .order_by(Expr::expr(live_first), Order::Asc)
        .order_by_desc(visit::Column::MadeAt)
        .order_by_asc(visit::Column::Id)
        .limit(LISTED);
    let rows = rows.all(db).await?;
    with_names(db, rows).await
}

/// Visits with the names of their people.
pub(super) async fn with_names<C: ConnectionTrait>(
    db: &C,
    rows: Vec<visit::Model>,
) -> Result<Vec<VisitView>, StoreError> {
    let ids = rows.iter().flat_map(|row| [row.patient_id, row.doctor_id]);
    let people = person::Entity::find().filter(person::Column::Id.is_in(ids)).all(db).await?;
    let doctors = member::Entity::find().filter(member::Column::PersonId.is_in(rows.iter().map(|row| row.doctor_id)));
    let names = Names {
        people: people.into_iter().map(|who| (who.id, who.name)).collect(),
        departments: doctors
            .all(db)
            .await?
            .into_iter()
            .filter_map(|row| Some(((row.person_id, row.org_id), row.department?)))
            .collect(),
        registered: doctors::registered(db, rows.iter().map(|row| row.doctor_id).collect()).await?,
    };
    rows.into_iter().map(|row| read(row, &names)).collect()
}

/// What visits are shown with.
struct Names {
    people: HashMap<Uuid, String>,
    departments: HashMap<(Uuid, Uuid), String>,
    /// Registrations in force, as views that have nothing else.
    registered: HashMap<(Uuid, Uuid), DoctorView>,
}

fn read(row: visit::Model, names: &Names) -> Result<VisitView, StoreError> {
    let named =
        |id: Uuid| names.people.get(&id).cloned().ok_or_else(|| StoreError::strange("a visit without its people"));
    let at = row.org_id.map(|org| (row.doctor_id, org));
    let department = at.and_then(|at| names.departments.get(&at).cloned());
    let registered = at.and_then(|at| names.registered.get(&at).cloned());
    let doctor = DoctorView { name: named(row.doctor_id)?, department, ..registered.unwrap_or_default() };
    Ok(VisitView {
        id: VisitId(row.id),
        state: known(VisitState::parse(&row.state))?,
        patient: named(row.patient_id)?,
        doctor,
        made_by: known(Role::parse(&row.made_by))?,
        made_at: Timestamp(row.made_at),
        planned_at: row.planned_at.map(Timestamp),
        ended_at: row.ended_at.map(Timestamp),
        here: 0,
    })
}
