//! Visits: asked for, opened, accepted, declined, and listed. What happens inside their rooms is kept by `rooms`.

use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter,
    QueryOrder, QuerySelect, Set,
};
use uuid::Uuid;
use vaidya_clinic::event::RoomEvent;
use vaidya_clinic::id::{OrgId, PersonId, SeatId, VisitId};
use vaidya_clinic::link;
use vaidya_clinic::role::Role;
use vaidya_clinic::time::Timestamp;
use vaidya_clinic::visit::{Holder, Seat, SeatRole, VisitState};
use vaidya_clinic::wire::VisitView;

use super::accounts::Person;
use super::entity::visit;
use super::error::known;
use super::{Store, StoreError, accounts, doctors, facts, seats, views, wraps};

/// A visit that is wanted.
#[derive(Clone, Copy)]
pub struct NewVisit {
    /// In which organisation.
    pub org: OrgId,
    /// With which patient.
    pub patient: PersonId,
    /// With which doctor.
    pub doctor: PersonId,
    /// Who wants it: a patient's is a request, everyone else's is open at once.
    pub made_by: Role,
    /// For when; none for now.
    pub at: Option<Timestamp>,
}

/// A visit that was wanted, and is.
pub struct MadeVisit {
    /// As it is now; `here` is zero.
    pub view: VisitView,
    /// Whether it is new; otherwise the two had it already.
    pub new: bool,
}

/// The two a visit is between.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VisitPeople {
    /// Where it is; not known of one that an early Vaidya made.
    pub org: Option<OrgId>,
    /// The patient.
    pub patient: PersonId,
    /// The doctor.
    pub doctor: PersonId,
}

impl Store {
    /// Makes a visit with its two seats, or finds the one these two have requested or open (for the same time, when it
    /// is planned; one whose time has come is also what is wanted now). When the doctor or the desk
    /// makes what the patient has requested, that accepts it.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is no such patient or doctor, [`StoreError::BadState`] when this role makes no
    /// visits, [`StoreError::NotActive`] when the doctor's registration is not in force.
    pub async fn make_visit(&self, new: NewVisit, now: Timestamp) -> Result<MadeVisit, StoreError> {
        match self.make_once(new, now).await {
            // Someone made it between our look and our write: now there is one to find.
            Err(StoreError::Taken) => self.make_once(new, now).await,
            other => other,
        }
    }

    async fn make_once(&self, new: NewVisit, now: Timestamp) -> Result<MadeVisit, StoreError> {
        let trace = self.trace.clone();
        self.report(move |tx| {
            Box::pin(async move {
                let made = make(tx, new, now).await?;
                if let Some(trace) = trace {
                    trace.about(|subject| subject.visit = Some(made.view.id));
                }
                Ok(made)
            })
        })
        .await
    }

    /// The doctor accepts a request.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when it is not theirs, [`StoreError::BadState`] when it is not a request (any more),
    /// [`StoreError::NotActive`] when their registration is not in force.
    pub async fn accept_visit(
        &self,
        visit: VisitId,
        doctor: PersonId,
        now: Timestamp,
    ) -> Result<VisitView, StoreError> {
        self.report(move |tx| Box::pin(answer(tx, visit, doctor, true, now))).await
    }

    /// The doctor declines a request, or its patient takes it back.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when it is not theirs, [`StoreError::BadState`] when it is not a request (any more).
    pub async fn decline_visit(&self, visit: VisitId, by: PersonId, now: Timestamp) -> Result<VisitView, StoreError> {
        self.report(move |tx| Box::pin(answer(tx, visit, by, false, now))).await
    }

    /// A visit, for one who has a seat in it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn visit_for(&self, visit: VisitId, person: PersonId) -> Result<Option<VisitView>, StoreError> {
        let found = self.read(move |db| {
            Box::pin(async move {
                match seats::held_by(db, visit, Holder::Person(person)).await? {
                    Some(_) => views::one(db, visit).await,
                    None => Ok(None),
                }
            })
        });
        found.await
    }

    /// A visit.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn visit(&self, visit: VisitId) -> Result<Option<VisitView>, StoreError> {
        self.read(move |db| Box::pin(views::one(db, visit))).await
    }

    /// Who a visit is between.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn visit_people(&self, visit: VisitId) -> Result<Option<VisitPeople>, StoreError> {
        let find = visit::Entity::find_by_id(visit.0);
        let row = self.read(move |db| Box::pin(async move { Ok(find.one(db).await?) })).await?;
        Ok(row.map(|row| super::wraps::people(&row)))
    }

    /// Open visits in which nothing was kept since `before`, longest first, at most `limit`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn idle_visits(&self, before: Timestamp, limit: u64) -> Result<Vec<VisitId>, StoreError> {
        let idle = visit::Entity::find()
            .filter(visit::Column::State.eq(VisitState::Open.as_str()))
            .filter(visit::Column::LastAt.lt(before.0))
            .order_by_asc(visit::Column::LastAt)
            .limit(limit);
        let rows = self.read(move |db| Box::pin(async move { Ok(idle.all(db).await?) })).await?;
        Ok(rows.into_iter().map(|row| VisitId(row.id)).collect())
    }
}

/// Reads a visit's row and holds it until the transaction ends, so that whoever changes it does so one after the other.
pub(super) async fn hold(tx: &DatabaseTransaction, id: VisitId) -> Result<visit::Model, StoreError> {
    let row = visit::Entity::find_by_id(id.0).lock_exclusive().one(tx).await?;
    row.ok_or(StoreError::NotFound)
}

async fn make(tx: &DatabaseTransaction, new: NewVisit, now: Timestamp) -> Result<MadeVisit, StoreError> {
    let patient = of_role(tx, new.org, new.patient, Role::Patient).await?;
    let doctor = of_role(tx, new.org, new.doctor, Role::Doctor).await?;
    doctors::must_be_in_force(tx, new.doctor, new.org, now).await?;
    let id = match live(tx, new, now).await? {
        Some(found) => return existing(tx, found, new, now).await,
        None => VisitId(Uuid::new_v4()),
    };
    let state = VisitState::of_new(new.made_by).ok_or(StoreError::BadState)?;
    row(id, new, state, now).insert(tx).await?;
    for seat in [seat_for(&doctor, SeatRole::Doctor), seat_for(&patient, SeatRole::Patient)] {
        seats::insert(tx, id, &seat, now).await?;
    }
    facts::write(tx, id, &[RoomEvent::Created], now).await?;
    Ok(MadeVisit { view: view(tx, id).await?, new: true })
}

async fn existing(
    tx: &DatabaseTransaction,
    found: visit::Model,
    new: NewVisit,
    now: Timestamp,
) -> Result<MadeVisit, StoreError> {
    let id = VisitId(found.id);
    let waiting = known(VisitState::parse(&found.state))? == VisitState::Requested;
    let view = match waiting && new.made_by != Role::Patient {
        true => answer(tx, id, new.doctor, true, now).await?,
        false => view(tx, id).await?,
    };
    Ok(MadeVisit { view, new: false })
}

/// The visit these two have already that is the one wanted.
async fn live(tx: &DatabaseTransaction, new: NewVisit, now: Timestamp) -> Result<Option<visit::Model>, StoreError> {
    let rows = visit::Entity::find()
        .filter(visit::Column::OrgId.eq(new.org.0))
        .filter(visit::Column::PatientId.eq(new.patient.0))
        .filter(visit::Column::DoctorId.eq(new.doctor.0))
        .filter(is_live())
        .order_by_asc(visit::Column::MadeAt)
        .lock_exclusive();
    let wanted = |row: &visit::Model| match new.at {
        Some(at) => row.planned_at == Some(at.0),
        None => !link::too_early(row.planned_at.map(Timestamp), now),
    };
    Ok(rows.all(tx).await?.into_iter().find(wanted))
}

/// The visits two people may have only one of.
pub(super) fn is_live() -> Condition {
    Condition::any()
        .add(visit::Column::State.eq(VisitState::Requested.as_str()))
        .add(visit::Column::State.eq(VisitState::Open.as_str()))
}

async fn of_role<C: ConnectionTrait>(db: &C, org: OrgId, id: PersonId, role: Role) -> Result<Person, StoreError> {
    let found = accounts::find(db, id, org).await?.filter(|person| person.role == role);
    found.ok_or(StoreError::NotFound)
}

fn row(id: VisitId, new: NewVisit, state: VisitState, now: Timestamp) -> visit::ActiveModel {
    visit::ActiveModel {
        id: Set(id.0),
        patient_id: Set(new.patient.0),
        doctor_id: Set(new.doctor.0),
        state: Set(state.as_str().to_owned()),
        made_by: Set(new.made_by.as_str().to_owned()),
        made_at: Set(now.0),
        opened_at: Set((state == VisitState::Open).then_some(now.0)),
        ended_at: Set(None),
        ended_why: Set(None),
        // Nobody is idle before their time.
        last_at: Set(new.at.map_or(now.0, |at| at.0.max(now.0))),
        org_id: Set(Some(new.org.0)),
        planned_at: Set(new.at.map(|at| at.0)),
    }
}

fn seat_for(person: &Person, role: SeatRole) -> Seat {
    let holder = Holder::Person(person.id);
    let (name, standing) = (person.name.clone(), role.first_standing());
    Seat { id: SeatId(Uuid::new_v4()), holder, role, name, standing, flag: None }
}

/// A request becomes open or declined, once.
async fn answer(
    tx: &DatabaseTransaction,
    id: VisitId,
    by: PersonId,
    accepts: bool,
    now: Timestamp,
) -> Result<VisitView, StoreError> {
    if accepts {
        let of = wraps::find(tx, id).await?;
        let org = of.org_id.map(OrgId).ok_or_else(|| StoreError::strange("a visit without its organisation"))?;
        if of.doctor_id == by.0 {
            doctors::must_be_in_force(tx, by, org, now).await?;
        }
    }
    let row = hold(tx, id).await?;
    let theirs = row.doctor_id == by.0 || (row.patient_id == by.0 && !accepts);
    if !theirs {
        return Err(StoreError::NotFound);
    }
    let asked = known(VisitState::parse(&row.state))?;
    let (answered, when, fact) = match accepts {
        true => (asked.accept(), visit::Column::OpenedAt, RoomEvent::Accepted),
        false => (asked.decline(), visit::Column::EndedAt, RoomEvent::Declined),
    };
    let state = answered.map_err(|_| StoreError::BadState)?;
    let change = visit::Entity::update_many()
        .col_expr(visit::Column::State, Expr::value(state.as_str()))
        .col_expr(visit::Column::LastAt, Expr::value(now.0))
        .col_expr(when, Expr::value(now.0))
        .filter(visit::Column::Id.eq(id.0));
    change.exec(tx).await?;
    facts::write(tx, id, &[fact], now).await?;
    view(tx, id).await
}

async fn view<C: ConnectionTrait>(db: &C, id: VisitId) -> Result<VisitView, StoreError> {
    views::one(db, id).await?.ok_or(StoreError::NotFound)
}
