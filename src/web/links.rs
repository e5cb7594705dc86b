//! Guest links: a doctor makes and revokes them, and whoever holds the code comes in by one.

use actix_web::web::{Data, Json, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use vaidya_actors::directory::Revoke;
use vaidya_clinic::id::{LinkId, VisitId};
use vaidya_clinic::role::Role;
use vaidya_clinic::time::Timestamp;
use vaidya_clinic::visit::VisitState;
use vaidya_clinic::wire::DoctorView;

use super::cookies::{self, Token};
use super::people::a_name;
use super::principal::Caller;
use super::{House, auth, client, codes};
use crate::error::Problem;
use crate::store::links::{Link, NewGuest};
use crate::store::sessions::Guest;
use crate::store::{SecretHash, StoreError};

/// What the code is hashed for.
const PURPOSE: &str = "vaidya/link/v1";

/// A link as its doctor sees it when it is made; the code is shown this once.
#[derive(Serialize, ToSchema)]
struct Made {
    id: LinkId,
    url: String,
    code: String,
    expires: Timestamp,
}

/// A link as its doctor sees it later.
#[derive(Serialize, ToSchema)]
pub(super) struct LinkView {
    id: LinkId,
    made_at: Timestamp,
    expires: Timestamp,
    used: bool,
    revoked: bool,
}

/// What a link is for, as whoever holds it may see before joining.
#[derive(Serialize, ToSchema)]
pub(super) struct Invitation {
    clinic: String,
    doctor: DoctorView,
    state: VisitState,
    /// The visit, for the guest who came by this very link on this device before: nothing need be asked again.
    visit: Option<VisitId>,
}

/// A guest's name, as they write it.
#[derive(Deserialize, ToSchema)]
pub(super) struct Hello {
    name: String,
}

/// `POST /visits/{id}/links`
#[utoipa::path(post, path = "/visits/{id}/links", responses((status = 201, body = Made)))]
pub(super) async fn make(house: Data<House>, caller: Caller, id: Path<Uuid>) -> Result<HttpResponse, Problem> {
    let doctor = caller.one_of(&[Role::Doctor])?.id;
    let code = codes::draw();
    let link = caller.store.make_link(VisitId(*id), doctor, hashed(&house, &code), (house.clock)()).await?;
    let url = format!("{}/g/{code}", house.public_url);
    Ok(HttpResponse::Created().json(Made { id: link.id, url, code, expires: link.expires }))
}

/// `GET /visits/{id}/links`
#[utoipa::path(get, path = "/visits/{id}/links", responses((status = 200, body = Vec<LinkView>)))]
pub(super) async fn list(caller: Caller, id: Path<Uuid>) -> Result<Json<Vec<LinkView>>, Problem> {
    let doctor = caller.one_of(&[Role::Doctor])?.id;
    let links = caller.store.links(VisitId(*id), doctor).await?;
    Ok(Json(links.into_iter().map(LinkView::from).collect()))
}

/// `DELETE /visits/{id}/links/{link}`
#[utoipa::path(delete, path = "/visits/{id}/links/{link}", responses((status = 204, description = "Revoked")))]
pub(super) async fn revoke(
    house: Data<House>,
    caller: Caller,
    ids: Path<(Uuid, Uuid)>,
) -> Result<HttpResponse, Problem> {
    let doctor = caller.one_of(&[Role::Doctor])?.id;
    let (visit, link) = (VisitId(ids.0), LinkId(ids.1));
    if let Some(seat) = caller.store.revoke_link(visit, link, doctor, (house.clock)()).await? {
        // The store keeps them out from here on; a live room also puts them out.
        house.directory.send(Revoke { visit, seat }).await.map_err(|_| Problem::busy())?;
    }
    Ok(HttpResponse::NoContent().finish())
}

/// `GET /links/{code}`: link previews fetch it, so it changes nothing.
#[utoipa::path(get, path = "/links/{code}", responses((status = 200, body = Invitation)))]
pub(super) async fn look(
    request: HttpRequest,
    house: Data<House>,
    caller: Caller,
    code: Path<String>,
) -> Result<Json<Invitation>, Problem> {
    let address = client::address(&request);
    house.limiter.take(address).await.map_err(|wait| Problem::locked().retry_after(wait))?;
    let found = caller.store.invitation(hashed(&house, &code), (house.clock)()).await?;
    let found = found.ok_or_else(Problem::bad_link)?;
    house.limiter.forgive(address).await;
    let visit = caller.guest.filter(|guest| guest.link == found.link).map(|guest| guest.visit);
    Ok(Json(Invitation { clinic: house.clinic.clone(), doctor: found.doctor, state: found.state, visit }))
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
    if let Some(guest) = returning(&house, &caller, &code).await? {
        return Ok(HttpResponse::Ok().json(auth::Me::from(guest)));
    }
    let address = client::address(&request);
    house.limiter.take(address).await.map_err(|wait| Problem::locked().retry_after(wait))?;
    let token = Token::draw();
    let guest = NewGuest { name: a_name(&body.name)?, token: token.hash(), label: auth::label(&request) };
    let joined = caller.store.join_link(hashed(&house, &code), guest, (house.clock)()).await;
    let guest = joined.map_err(|error| match error {
        StoreError::NotFound => Problem::bad_link(),
        other => other.into(),
    })?;
    house.limiter.forgive(address).await;
    Ok(HttpResponse::Ok().cookie(token.cookie(cookies::GUEST)).json(auth::Me::from(guest)))
}

/// The guest who came by this very link on this device before: the link goes on working for them.
async fn returning(house: &House, caller: &Caller, code: &str) -> Result<Option<Guest>, Problem> {
    let Some(guest) = caller.guest.clone() else { return Ok(None) };
    let invitation = caller.store.invitation(hashed(house, code), (house.clock)()).await?;
    Ok(Some(guest).filter(|guest| invitation.is_some_and(|invitation| invitation.link == guest.link)))
}

fn hashed(house: &House, code: &str) -> SecretHash {
    house.pepper.hash(PURPOSE, &codes::read(code))
}

impl From<Link> for LinkView {
    fn from(link: Link) -> Self {
        Self { id: link.id, made_at: link.made_at, expires: link.expires, used: link.used, revoked: link.revoked }
    }
}
