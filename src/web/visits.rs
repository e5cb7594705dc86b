//! Visits: asking for one, starting one, answering, and reading back what was written in it.

use std::collections::HashMap;
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::web::{Data, Json, Path, Query};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use vaidya_actors::directory::HereIn;
use vaidya_clinic::id::{OrgId, PersonId, SeatId, VisitId};
use vaidya_clinic::organisation::Language;
use vaidya_clinic::policy::Custody;
use vaidya_clinic::role::Role;
use vaidya_clinic::time::Timestamp;
use vaidya_clinic::visit::{Seat, SeatFlag, SeatRole, Standing, VisitState};
use vaidya_clinic::wire::{HISTORY_PAGE, Said, VisitView};
use vaidya_clinic::{link, name};

use super::House;
use super::contacts::a_phone;
use super::principal::Caller;
use crate::error::Problem;
use crate::store::phone_only::NewPatient;
use crate::store::seats::Told;
use crate::store::visits::NewVisit;

/// How far back "today" goes for the desk: a day, whatever its time zone.
const TODAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Between whom a visit is wanted, and for when.
#[derive(Deserialize, ToSchema)]
#[schema(as = NewVisit)]
pub(super) struct Wish {
    patient: Option<Patient>,
    doctor: Option<PersonId>,
    at: Option<Timestamp>,
}

/// A patient who is known, or one who has a telephone and no account.
#[derive(Deserialize, ToSchema)]
#[serde(untagged)]
#[schema(as = PatientOfVisit)]
enum Patient {
    Known(PersonId),
    Phone { name: String, phone: String, language: Language },
}

/// From where the chat is wanted.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct After {
    #[serde(default)]
    after: u64,
}

/// A visit with its seats, for those who have one.
#[derive(Serialize, ToSchema)]
pub(super) struct Shown {
    #[serde(flatten)]
    view: VisitView,
    seat: SeatId,
    seats: Vec<ShownSeat>,
}

#[derive(Serialize, ToSchema)]
struct ShownSeat {
    id: SeatId,
    role: SeatRole,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    flag: Option<SeatFlag>,
    /// What they said of themselves: for the doctor alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    birth_year: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    confirmed_at: Option<Timestamp>,
}

/// A page of a visit's chat.
#[derive(Serialize, ToSchema)]
pub(super) struct Chat {
    chat: Vec<Said>,
    last: u64,
}

/// Whose visits are wanted.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Whose {
    /// A child one speaks for.
    patient: Option<Uuid>,
}

/// `GET /visits`
#[utoipa::path(get, path = "/visits", params(Whose), responses((status = 200, body = Vec<VisitView>)))]
pub(super) async fn list(
    house: Data<House>,
    caller: Caller,
    whose: Query<Whose>,
) -> Result<Json<Vec<VisitView>>, Problem> {
    let person = caller.worker(&[Role::Patient, Role::Doctor, Role::Desk])?;
    let views = match (person.role, whose.patient.filter(|patient| *patient != person.id.0)) {
        (Role::Patient, Some(child)) => caller.store.visits_of_child(person, PersonId(child), (house.clock)()).await?,
        (Role::Desk, _) => {
            let since = (house.clock)().0.saturating_sub(i64::try_from(TODAY.as_millis()).unwrap_or(i64::MAX));
            caller.store.visits_since(person.org, Timestamp(since)).await?
        }
        _ => caller.store.visits_of(person).await?,
    };
    let mut counted = Vec::with_capacity(views.len());
    for view in views {
        counted.push(with_here(&house, view).await);
    }
    Ok(Json(counted))
}

/// `POST /visits`
#[utoipa::path(post, path = "/visits", request_body = Wish, responses((status = 200, description = "There was one already", body = VisitView), (status = 201, description = "Made", body = VisitView)))]
pub(super) async fn make(house: Data<House>, caller: Caller, body: Json<Wish>) -> Result<HttpResponse, Problem> {
    let person = caller.worker(&[Role::Patient, Role::Doctor, Role::Desk])?;
    let (Wish { patient, doctor, at }, now) = (body.into_inner(), (house.clock)());
    let (patient, doctor) = match person.role {
        Role::Patient => (Some(Patient::Known(person.id)), doctor),
        Role::Doctor => (patient, Some(person.id)),
        _ => (patient, doctor),
    };
    let (Some(patient), Some(doctor)) = (patient, doctor) else {
        return Err(Problem::bad_field("Say which patient and which doctor the visit is for."));
    };
    let at = at.map(|at| a_time(person.role, at, now)).transpose()?;
    let patient = known(&house, person.org, patient, now).await?;
    caller.about(|subject| {
        subject.about = Some(patient);
        subject.on_behalf = (person.role == Role::Desk).then_some(patient);
    });
    let new = NewVisit { org: person.org, patient, doctor, made_by: person.role, at };
    let made = caller.store.make_visit(new, now).await?;
    let view = with_here(&house, made.view).await;
    Ok(if made.new { HttpResponse::Created().json(view) } else { HttpResponse::Ok().json(view) })
}

/// Doctors and the desk plan visits; patients ask for one now.
fn a_time(role: Role, at: Timestamp, now: Timestamp) -> Result<Timestamp, Problem> {
    if role == Role::Patient {
        return Err(Problem::forbidden());
    }
    let good = link::may_plan(at, now);
    if good { Ok(at) } else { Err(Problem::bad_field("Plan a visit for a time from now to 90 days ahead.")) }
}

/// Which person the patient is; someone without an account is found by telephone and name, or made: not in the caller's
/// name, whose entry in the audit is that of the visit.
async fn known(house: &House, org: OrgId, patient: Patient, now: Timestamp) -> Result<PersonId, Problem> {
    let (name, phone, language) = match patient {
        Patient::Known(person) => return Ok(person),
        Patient::Phone { name, phone, language } => (name, phone, language),
    };
    // Nobody could ever open what is sealed for someone who has no key, where the clinic has none either.
    if house.store.policy(org).await?.custody == Custody::PatientOnly {
        return Err(Problem::no_custody_of_phones());
    }
    let new = NewPatient {
        org,
        name: name::name(&name).map_err(|bad| Problem::bad_field(&bad.to_string()))?,
        phone: a_phone(&phone, &house.store.zone(org).await?)?.as_str().to_owned(),
        language: language.as_str().to_owned(),
    };
    Ok(house.store.patient_by_phone(new, now).await?.id)
}

/// `GET /visits/{id}`
#[utoipa::path(get, path = "/visits/{id}", responses((status = 200, body = Shown)))]
pub(super) async fn show(house: Data<House>, caller: Caller, id: Path<Uuid>) -> Result<Json<Shown>, Problem> {
    let visit = VisitId(*id);
    let holder = caller.holder(&house, visit).await?;
    let seat = caller.store.seat_of(visit, holder).await?.ok_or_else(Problem::not_found)?;
    let view = caller.store.visit(visit).await?.ok_or_else(Problem::not_found)?;
    let told = match seat.role {
        SeatRole::Doctor => caller.store.told_of(visit).await?,
        SeatRole::Patient | SeatRole::Guest => HashMap::new(),
    };
    let seats = caller.store.seats_of(visit).await?.into_iter();
    let seats = seats.map(|seat| shown(seat, &told)).collect();
    Ok(Json(Shown { view: with_here(&house, view).await, seat: seat.id, seats }))
}

/// `POST /visits/{id}/accept`
#[utoipa::path(post, path = "/visits/{id}/accept", responses((status = 200, body = VisitView)))]
pub(super) async fn accept(house: Data<House>, caller: Caller, id: Path<Uuid>) -> Result<Json<VisitView>, Problem> {
    let doctor = caller.one_of(&[Role::Doctor])?.id;
    let view = caller.store.accept_visit(VisitId(*id), doctor, (house.clock)()).await?;
    Ok(Json(with_here(&house, view).await))
}

/// `POST /visits/{id}/decline`
#[utoipa::path(post, path = "/visits/{id}/decline", responses((status = 200, body = VisitView)))]
pub(super) async fn decline(house: Data<House>, caller: Caller, id: Path<Uuid>) -> Result<Json<VisitView>, Problem> {
    let by = caller.one_of(&[Role::Doctor, Role::Patient])?.id;
    Ok(Json(caller.store.decline_visit(VisitId(*id), by, (house.clock)()).await?))
}

/// `GET /visits/{id}/chat`
#[utoipa::path(get, path = "/visits/{id}/chat", params(After), responses((status = 200, body = Chat), (status = 403, description = "One must be let in first")))]
pub(super) async fn chat(
    house: Data<House>,
    caller: Caller,
    id: Path<Uuid>,
    after: Query<After>,
) -> Result<Json<Chat>, Problem> {
    let visit = VisitId(*id);
    let holder = caller.holder(&house, visit).await?;
    let seat = caller.store.seat_of(visit, holder).await?.ok_or_else(Problem::not_found)?;
    if seat.standing != Standing::Admitted {
        return Err(Problem::forbidden());
    }
    let chat = caller.store.messages(visit, after.after, HISTORY_PAGE).await?;
    let last = caller.store.last_message(visit).await?;
    Ok(Json(Chat { chat, last }))
}

fn shown(seat: Seat, told: &HashMap<SeatId, Told>) -> ShownSeat {
    let told = told.get(&seat.id);
    let (birth_year, confirmed_at) = (told.map(|told| told.birth_year), told.map(|told| told.confirmed_at));
    ShownSeat { id: seat.id, role: seat.role, name: seat.name, flag: seat.flag, birth_year, confirmed_at }
}

/// Fills in how many are on line; a directory that doesn't answer leaves none.
async fn with_here(house: &House, mut view: VisitView) -> VisitView {
    if view.state == VisitState::Open {
        view.here = house.directory.send(HereIn(view.id)).await.unwrap_or(0);
    }
    view
}
