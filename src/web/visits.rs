//! Visits: asking for one, starting one, answering, and reading back what was written in it.

use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::web::{Data, Json, Path, Query};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use vaidya_actors::directory::HereIn;
use vaidya_clinic::id::{PersonId, SeatId, VisitId};
use vaidya_clinic::role::Role;
use vaidya_clinic::visit::{SeatRole, Standing, VisitState};
use vaidya_clinic::wire::{HISTORY_PAGE, Said, VisitView};

use super::House;
use super::principal::Caller;
use crate::error::Problem;
use crate::store::visits::NewVisit;

/// How far back "today" goes for the desk: a day, whatever its time zone.
const TODAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Between whom a visit is wanted.
#[derive(Deserialize, ToSchema)]
#[schema(as = NewVisit)]
pub(super) struct Wish {
    patient: Option<PersonId>,
    doctor: Option<PersonId>,
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
}

/// A page of a visit's chat.
#[derive(Serialize, ToSchema)]
pub(super) struct Chat {
    chat: Vec<Said>,
    last: u64,
}

/// `GET /visits`
#[utoipa::path(get, path = "/visits", responses((status = 200, body = Vec<VisitView>)))]
pub(super) async fn list(house: Data<House>, caller: Caller) -> Result<Json<Vec<VisitView>>, Problem> {
    let person = caller.one_of(&[Role::Patient, Role::Doctor, Role::Desk])?;
    let views = match person.role {
        Role::Desk => {
            let since = (house.clock)().0.saturating_sub(i64::try_from(TODAY.as_millis()).unwrap_or(i64::MAX));
            caller.store.visits_since(person.org, vaidya_clinic::time::Timestamp(since)).await?
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
    let person = caller.one_of(&[Role::Patient, Role::Doctor, Role::Desk])?;
    let (patient, doctor) = match person.role {
        Role::Patient => (Some(person.id), body.doctor),
        Role::Doctor => (body.patient, Some(person.id)),
        _ => (body.patient, body.doctor),
    };
    let (Some(patient), Some(doctor)) = (patient, doctor) else {
        return Err(Problem::bad_field("Say which patient and which doctor the visit is for."));
    };
    let new = NewVisit { org: person.org, patient, doctor, made_by: person.role };
    let made = caller.store.make_visit(new, (house.clock)()).await?;
    let view = with_here(&house, made.view).await;
    Ok(if made.new { HttpResponse::Created().json(view) } else { HttpResponse::Ok().json(view) })
}

/// `GET /visits/{id}`
#[utoipa::path(get, path = "/visits/{id}", responses((status = 200, body = Shown)))]
pub(super) async fn show(house: Data<House>, caller: Caller, id: Path<Uuid>) -> Result<Json<Shown>, Problem> {
    let visit = VisitId(*id);
    let holder = caller.holder(&house, visit).await?;
    let seat = caller.store.seat_of(visit, holder).await?.ok_or_else(Problem::not_found)?;
    let view = caller.store.visit(visit).await?.ok_or_else(Problem::not_found)?;
    let seats = caller.store.seats_of(visit).await?.into_iter();
    let seats = seats.map(|seat| ShownSeat { id: seat.id, role: seat.role, name: seat.name }).collect();
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

/// Fills in how many are on line; a directory that doesn't answer leaves none.
async fn with_here(house: &House, mut view: VisitView) -> VisitView {
    if view.state == VisitState::Open {
        view.here = house.directory.send(HereIn(view.id)).await.unwrap_or(0);
    }
    view
}
