//! Coming by a link: looking where it leads, which changes nothing, and joining.

use actix_web::web::{Data, Json, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vaidya_clinic::id::VisitId;
use vaidya_clinic::link::{Door, LinkFor};
use vaidya_clinic::time::Timestamp;
use vaidya_clinic::wire::DoctorView;
use vaidya_clinic::{name, profile};

use super::cookies::{self, Token};
use super::links::hashed;
use super::principal::Caller;
use super::{House, auth, client};
use crate::error::Problem;
use crate::store::arrivals::{Invitation, Newcomer};
use crate::store::sessions::Guest;
use crate::store::{SecretHash, StoreError};

/// What a link is for, as whoever holds it may see before joining.
#[derive(Serialize, ToSchema)]
#[schema(as = Invitation)]
pub(super) struct Shown {
    clinic: String,
    languages: Vec<String>,
    doctor: DoctorView,
    mode: &'static str,
    #[serde(rename = "for")]
    whom: LinkFor,
    planned_at: Option<Timestamp>,
    zone: String,
    state: &'static str,
    opens_at: Timestamp,
    closes_at: Option<Timestamp>,
    now: Timestamp,
    /// The visit, for the device that came by this very link before: nothing need be asked again.
    visit: Option<VisitId>,
}

/// What someone says of themselves.
#[derive(Deserialize, ToSchema)]
pub(super) struct Hello {
    name: String,
    birth_year: i64,
    confirmed: bool,
}

/// `GET /links/{code}`: link previews fetch it, so it changes nothing.
#[utoipa::path(get, path = "/links/{code}", responses((status = 200, body = Shown)))]
pub(super) async fn look(
    request: HttpRequest,
    house: Data<House>,
    caller: Caller,
    code: Path<String>,
) -> Result<Json<Shown>, Problem> {
    let (address, now) = (client::address(&request), (house.clock)());
    house.limiter.take(address).await.map_err(|wait| Problem::locked().retry_after(wait))?;
    let found = caller.store.invitation(hashed(&house, &code), now).await?;
    let found = found.ok_or_else(Problem::bad_link)?;
    house.limiter.forgive(address).await;
    let visit = returning(&caller, &found).await?.map(|guest| guest.visit);
    Ok(Json(shown(&house, found, visit, now)))
}

/// `POST /links/{code}/join`
#[utoipa::path(post, path = "/links/{code}/join", request_body = Hello, responses((status = 200, body = auth::Me)))]
pub(super) async fn join(
    request: HttpRequest,
    house: Data<House>,
    caller: Caller,
    code: Path<String>,
    body: Json<Hello>,
) -> Result<HttpResponse, Problem> {
    let (address, now) = (client::address(&request), (house.clock)());
    house.limiter.take(address).await.map_err(|wait| Problem::locked().retry_after(wait))?;
    let code = hashed(&house, &code);
    if let Some(guest) = back(&house, &caller, code).await? {
        house.limiter.forgive(address).await;
        return Ok(HttpResponse::Ok().json(auth::Me::from(guest)));
    }
    let token = Token::draw();
    let who = newcomer(&request, &token, body.into_inner(), now)?;
    let joined = caller.store.join_link(code, who, now).await;
    if !matches!(joined, Err(StoreError::NotFound)) {
        house.limiter.forgive(address).await;
    }
    let guest = joined.map_err(|error| match error {
        StoreError::NotFound => Problem::bad_link(),
        StoreError::NotBefore(opens) => Problem::too_early().retry_after(opens.since(now)),
        other => other.into(),
    })?;
    caller.about(|subject| subject.visit = Some(guest.visit));
    Ok(HttpResponse::Ok().cookie(token.cookie(cookies::GUEST)).json(auth::Me::from(guest)))
}

fn newcomer(request: &HttpRequest, token: &Token, hello: Hello, now: Timestamp) -> Result<Newcomer, Problem> {
    if !hello.confirmed {
        return Err(Problem::bad_field("Confirm that your name and your year of birth are right."));
    }
    Ok(Newcomer {
        name: name::name(&hello.name).map_err(|bad| Problem::bad_field(&bad.to_string()))?,
        birth_year: profile::birth_year(hello.birth_year, now).map_err(|bad| Problem::bad_field(&bad.to_string()))?,
        token: token.hash(),
        before: cookies::carried(request, cookies::GUEST),
        label: auth::label(request),
    })
}

/// The guest whose session goes on, when this is the link they came by.
async fn back(house: &House, caller: &Caller, code: SecretHash) -> Result<Option<Guest>, Problem> {
    if caller.guest.is_none() {
        return Ok(None);
    }
    match caller.store.invitation(code, (house.clock)()).await? {
        Some(found) => returning(caller, &found).await,
        None => Ok(None),
    }
}

async fn returning(caller: &Caller, found: &Invitation) -> Result<Option<Guest>, Problem> {
    let Some(guest) = caller.guest.clone() else { return Ok(None) };
    let same = caller.store.came_by(found.link, guest.link).await?;
    Ok(Some(guest).filter(|_| same))
}

fn shown(house: &House, found: Invitation, visit: Option<VisitId>, now: Timestamp) -> Shown {
    Shown {
        clinic: found.clinic.name.unwrap_or_else(|| house.clinic.clone()),
        languages: found.clinic.languages,
        doctor: found.doctor,
        mode: "video",
        whom: found.whom,
        planned_at: found.times.planned,
        zone: found.clinic.zone,
        state: match found.door {
            Door::TooEarly(_) => "too_early",
            Door::Open => "open",
            Door::Ended | Door::Shut => "ended",
        },
        opens_at: found.times.opens(),
        closes_at: found.times.closes(),
        now,
        visit,
    }
}
