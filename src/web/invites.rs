//! Invitations: an admin asks someone to join, and whoever holds the code does so, once.

use actix_web::web::{Data, Json, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use vaidya_clinic::organisation::Language;
use vaidya_clinic::role::Role;
use vaidya_clinic::time::Timestamp;

use super::contacts::{a_contact, reachable};
use super::passwords::{KdfView, NewPassword, Sent};
use super::people::{a_department, a_login, a_name};
use super::principal::Caller;
use super::{House, auth, client, codes, cookies};
use crate::error::Problem;
use crate::store::invites::{Guestlist, Invite, InviteState, NewInvite};
use crate::store::{SecretHash, StoreError};

/// What the code is hashed for.
const PURPOSE: &str = "vaidya/invite/v1";

/// Whom an admin asks.
#[derive(Deserialize, ToSchema)]
#[schema(as = NewInvite)]
pub(super) struct Wish {
    contact: String,
    name: String,
    role: Role,
    department: Option<String>,
    language: Option<Language>,
}

/// An invitation that was sent.
#[derive(Serialize, ToSchema)]
#[schema(as = MadeInvite)]
struct Made {
    id: Uuid,
    url: String,
    expires: Timestamp,
}

/// An invitation as the admin sees it later.
#[derive(Serialize, ToSchema)]
pub(super) struct InviteView {
    id: Uuid,
    name: String,
    role: Role,
    #[serde(skip_serializing_if = "Option::is_none")]
    department: Option<String>,
    contact: String,
    made_at: Timestamp,
    expires: Timestamp,
    state: &'static str,
}

/// What an invitation says to who holds it.
#[derive(Serialize, ToSchema)]
pub(super) struct Asked {
    organisation: String,
    name: String,
    role: Role,
    expires: Timestamp,
}

/// The account of who is new; nothing of it from who is signed in.
#[derive(Default, Deserialize, ToSchema)]
#[schema(as = InviteAccept)]
pub(super) struct Accept {
    login: Option<String>,
    name: Option<String>,
    kdf: Option<KdfView>,
    key: Option<Sent>,
    password: Option<Sent>,
}

/// `POST /invites`
#[utoipa::path(post, path = "/invites", request_body = Wish, responses((status = 201, body = Made)))]
pub(super) async fn make(house: Data<House>, caller: Caller, body: Json<Wish>) -> Result<HttpResponse, Problem> {
    let admin = caller.one_of(&[Role::Admin])?;
    let Wish { contact, name, role, department, language } = body.into_inner();
    let contact = a_contact(&contact, &house.store.zone(admin.org).await?)?;
    reachable(&house, &contact)?;
    let code = codes::draw();
    let url = format!("{}/invite/{code}", house.public_url);
    let new = NewInvite {
        org: admin.org,
        contact,
        name: a_name(&name)?,
        role,
        department: a_department(department)?,
        code: hashed(&house, &code),
        url: url.clone(),
        language: language.unwrap_or(Language::En),
        by: admin.id,
    };
    let made = caller.store.make_invite(new, (house.clock)()).await?;
    Ok(HttpResponse::Created().json(Made { id: made.id, url, expires: made.expires }))
}

/// `GET /invites`
#[utoipa::path(get, path = "/invites", responses((status = 200, body = Vec<InviteView>)))]
pub(super) async fn list(house: Data<House>, caller: Caller) -> Result<Json<Vec<InviteView>>, Problem> {
    let admin = caller.one_of(&[Role::Admin])?;
    let invites = caller.store.invites(admin.org, (house.clock)()).await?;
    Ok(Json(invites.into_iter().map(InviteView::from).collect()))
}

/// `DELETE /invites/{id}`
#[utoipa::path(delete, path = "/invites/{id}", responses((status = 204)))]
pub(super) async fn revoke(house: Data<House>, caller: Caller, id: Path<Uuid>) -> Result<HttpResponse, Problem> {
    let admin = caller.one_of(&[Role::Admin])?;
    caller.about(|subject| subject.thing = Some(("invite", *id)));
    caller.store.revoke_invite(admin.org, *id, (house.clock)()).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// `GET /invites/{code}/look`
#[utoipa::path(get, path = "/invites/{code}/look", responses((status = 200, body = Asked)))]
pub(super) async fn look(request: HttpRequest, house: Data<House>, code: Path<String>) -> Result<Json<Asked>, Problem> {
    let address = client::address(&request);
    house.limiter.take(address).await.map_err(|wait| Problem::locked().retry_after(wait))?;
    let asked = house.store.asked(hashed(&house, &code), (house.clock)()).await?.ok_or_else(Problem::bad_link)?;
    house.limiter.forgive(address).await;
    let crate::store::invites::Asked { organisation, name, role, expires } = asked;
    Ok(Json(Asked { organisation, name, role, expires }))
}

/// `POST /invites/{code}/accept`
///
/// Who is signed in and sends no account adds the membership to theirs.
#[utoipa::path(post, path = "/invites/{code}/accept", request_body = Accept, responses((status = 201, body = auth::Me)))]
pub(super) async fn accept(
    request: HttpRequest,
    house: Data<House>,
    caller: Caller,
    code: Path<String>,
    body: Option<Json<Accept>>,
) -> Result<HttpResponse, Problem> {
    let address = client::address(&request);
    house.limiter.take(address).await.map_err(|wait| Problem::locked().retry_after(wait))?;
    let now = (house.clock)();
    let who = comer(&house, &caller, body.map(Json::into_inner).unwrap_or_default()).await?;
    let accepted = caller.store.accept_invite(hashed(&house, &code), who, now).await;
    let person = accepted.map_err(|error| match error {
        StoreError::NotFound => Problem::bad_link(),
        StoreError::BadState => Problem::already_member(),
        other => other.into(),
    })?;
    house.limiter.forgive(address).await;
    if let Some(old) = cookies::carried(&request, cookies::PERSON) {
        house.store.end_session(old, now).await?;
        house.sockets.sign_out(old);
    }
    auth::signed_in(&house, &request, person, &mut HttpResponse::Created()).await
}

async fn comer(house: &House, caller: &Caller, account: Accept) -> Result<Guestlist, Problem> {
    let Accept { login, name, kdf, key, password } = account;
    let Some(login) = login else {
        return Ok(Guestlist::Known(caller.person()?.id));
    };
    let (login, name) = (a_login(&login)?, a_name(&name.unwrap_or_default())?);
    let password = house.passwords.keep(NewPassword::of(kdf, key, password)?).await?;
    Ok(Guestlist::New { login, name, password })
}

fn hashed(house: &House, code: &str) -> SecretHash {
    house.pepper.hash(PURPOSE, &codes::read(code))
}

impl From<Invite> for InviteView {
    fn from(invite: Invite) -> Self {
        let state = match invite.state {
            InviteState::Open => "open",
            InviteState::Used => "used",
            InviteState::Revoked => "revoked",
            InviteState::Expired => "expired",
        };
        let Invite { id, name, role, department, contact, made_at, expires, .. } = invite;
        Self { id, name, role, department, contact: contact.masked(), made_at, expires, state }
    }
}
