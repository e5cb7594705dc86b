//! Links to visits: the visit's doctor and the desk make them, send them again and revoke them.

use actix_web::HttpResponse;
use actix_web::web::{Data, Json, Path};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use vaidya_actors::directory::Revoke;
use vaidya_clinic::contact::{Channel, Contact};
use vaidya_clinic::id::{LinkId, SeatId, VisitId};
use vaidya_clinic::link::LinkFor;
use vaidya_clinic::message::{self, Notice};
use vaidya_clinic::organisation::Language;
use vaidya_clinic::role::Role;
use vaidya_clinic::time::Timestamp;

use super::contacts::{a_phone, reachable};
use super::principal::Caller;
use super::{House, codes};
use crate::error::Problem;
use crate::store::links::{Host, Link, NewLink, PutOut};
use crate::store::sent_messages::Outgoing;
use crate::store::{SecretHash, StoreError};

/// What the code is hashed for.
const PURPOSE: &str = "vaidya/link/v1";

/// What the message with a link is called.
const KIND: &str = "link";

/// For whom a link is, and where it goes.
#[derive(Deserialize, ToSchema)]
#[schema(as = NewLink)]
pub(super) struct Wish {
    #[serde(rename = "for", default = "anyone")]
    whom: LinkFor,
    phone: Option<String>,
    language: Option<Language>,
}

fn anyone() -> LinkFor {
    LinkFor::Guest
}

/// A link as it is shown when it gets its code; the code is shown this once.
#[derive(Serialize, ToSchema)]
#[schema(as = MadeLink)]
struct Made {
    id: LinkId,
    url: String,
    code: String,
    expires: Timestamp,
}

/// A link as those who make them see it later.
#[derive(Serialize, ToSchema)]
pub(super) struct LinkView {
    id: LinkId,
    #[serde(rename = "for")]
    whom: LinkFor,
    /// Enough to know whose it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    phone: Option<String>,
    made_at: Timestamp,
    expires: Timestamp,
    used: bool,
    revoked: bool,
}

/// `POST /visits/{id}/links`
#[utoipa::path(post, path = "/visits/{id}/links", request_body = Wish, responses((status = 201, body = Made)))]
pub(super) async fn make(
    house: Data<House>,
    caller: Caller,
    id: Path<Uuid>,
    body: Json<Wish>,
) -> Result<HttpResponse, Problem> {
    let (host, visit, code) = (host(&caller)?, VisitId(*id), codes::draw());
    let Wish { whom, phone, language } = body.into_inner();
    if whom == LinkFor::Guest && !caller.store.policy(caller.person()?.org).await?.guests.0 {
        return Err(Problem::no_guests());
    }
    let phone = reached(&house, &caller, phone).await?;
    let message = sent(&house, &caller, visit, phone.clone(), language, &code).await?;
    let new = NewLink {
        visit,
        code: hashed(&house, &code),
        whom,
        phone: phone.map(|phone| phone.as_str().to_owned()),
        language: language.map(|language| language.as_str().to_owned()),
        message,
    };
    let link = caller.store.make_link(new, host, (house.clock)()).await?;
    Ok(HttpResponse::Created().json(made(&house, &link, code)))
}

/// `POST /visits/{id}/links/{link}/resend`
#[utoipa::path(post, path = "/visits/{id}/links/{link}/resend", responses((status = 200, body = Made)))]
pub(super) async fn resend(
    house: Data<House>,
    caller: Caller,
    ids: Path<(Uuid, Uuid)>,
) -> Result<HttpResponse, Problem> {
    let (host, now) = (host(&caller)?, (house.clock)());
    let (visit, id) = (VisitId(ids.0), LinkId(ids.1));
    let known = caller.store.links(visit, host).await?.into_iter().find(|link| link.id == id);
    let known = known.ok_or_else(Problem::not_found)?;
    let (code, language) = (codes::draw(), known.language.as_deref().and_then(Language::parse));
    let phone = known.phone.as_deref().and_then(Contact::phone);
    let message = sent(&house, &caller, visit, phone, language, &code).await?;
    let sent = caller.store.resend_link((visit, id), host, (hashed(&house, &code), message), now).await;
    let link = sent.map_err(|error| match error {
        StoreError::NotBefore(again) => Problem::too_soon().retry_after(again.since(now)),
        other => other.into(),
    })?;
    Ok(HttpResponse::Ok().json(made(&house, &link, code)))
}

/// `GET /visits/{id}/links`
#[utoipa::path(get, path = "/visits/{id}/links", responses((status = 200, body = Vec<LinkView>)))]
pub(super) async fn list(caller: Caller, id: Path<Uuid>) -> Result<Json<Vec<LinkView>>, Problem> {
    let links = caller.store.links(VisitId(*id), host(&caller)?).await?;
    Ok(Json(links.into_iter().map(LinkView::from).collect()))
}

/// `DELETE /visits/{id}/links/{link}`
#[utoipa::path(delete, path = "/visits/{id}/links/{link}", responses((status = 204, description = "Revoked")))]
pub(super) async fn revoke(
    house: Data<House>,
    caller: Caller,
    ids: Path<(Uuid, Uuid)>,
) -> Result<HttpResponse, Problem> {
    let (visit, link) = (VisitId(ids.0), LinkId(ids.1));
    let out = caller.store.revoke_link(visit, link, host(&caller)?, (house.clock)()).await?;
    put_out(&house, visit, out).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// The store keeps them out from here on; a live room also puts them out, and their sockets end.
pub(super) async fn put_out(house: &House, visit: VisitId, out: PutOut) -> Result<(), Problem> {
    for seat in &out.removed {
        house.directory.send(Revoke { visit, seat: *seat }).await.map_err(|_| Problem::busy())?;
    }
    let ended: Vec<SeatId> = out.removed.into_iter().chain(out.left).collect();
    for seat in ended {
        house.sockets.sign_out_seat(seat);
    }
    Ok(())
}

/// The hash under which a link's code is kept.
pub(super) fn hashed(house: &House, code: &str) -> SecretHash {
    house.pepper.hash(PURPOSE, &codes::read(code))
}

/// A telephone that this server can write to; none where none is written.
async fn reached(house: &House, caller: &Caller, text: Option<String>) -> Result<Option<Contact>, Problem> {
    let Some(text) = text.filter(|text| !text.trim().is_empty()) else { return Ok(None) };
    let phone = a_phone(&text, &house.store.zone(caller.person()?.org).await?)?;
    reachable(house, &phone)?;
    Ok(Some(phone))
}

fn host(caller: &Caller) -> Result<Host, Problem> {
    Ok(Host::from(caller.one_of(&[Role::Doctor, Role::Desk])?))
}

fn made(house: &House, link: &Link, code: String) -> Made {
    Made { id: link.id, url: url(house, &code), code, expires: link.expires }
}

fn url(house: &House, code: &str) -> String {
    format!("{}/g/{code}", house.public_url)
}

/// The message that carries a link, when it goes to a telephone.
async fn sent(
    house: &House,
    caller: &Caller,
    visit: VisitId,
    phone: Option<Contact>,
    language: Option<Language>,
    code: &str,
) -> Result<Option<Outgoing>, Problem> {
    let Some(contact) = phone else { return Ok(None) };
    reachable(house, &contact)?;
    let (by, language) = (caller.person()?, language.unwrap_or(Language::En));
    let clinic = caller.store.standing_of(by.id, by.org).await?.organisation;
    let words = message::words(Notice::Visit(&url(house, code)), &clinic, language, Channel::Sms);
    Ok(Some(Outgoing { contact, kind: KIND, language, words, org: Some(by.org), visit: Some(visit) }))
}

impl From<Link> for LinkView {
    fn from(link: Link) -> Self {
        let Link { id, whom, phone, made_at, expires, used, revoked, .. } = link;
        let phone = phone.as_deref().and_then(Contact::phone).map(|phone| phone.masked());
        Self { id, whom, phone, made_at, expires, used, revoked }
    }
}
