//! One's sessions on one's devices: listed and ended, locked and unlocked, and proved afresh.

use std::net::IpAddr;

use actix_web::web::{Data, Json, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use vaidya_clinic::time::Timestamp;

use super::me::{self, Me};
use super::passwords::{Lane, Proof, Sent};
use super::principal::{Caller, FRESH};
use super::{House, auth, cookies, factors};
use crate::error::Problem;
use crate::store::proofs::Listed;
use crate::store::sessions::{Session, SessionId, Stage, Who};

/// One of one's sessions.
#[derive(Serialize, ToSchema)]
pub(super) struct SessionView {
    id: Uuid,
    label: String,
    made_at: Timestamp,
    seen_at: Timestamp,
    #[schema(value_type = Option<String>)]
    address: Option<IpAddr>,
    current: bool,
    locked: bool,
    moved: bool,
}

/// What one proves with that one is still oneself: a code of the second factor, or the login key without one.
#[derive(Deserialize, ToSchema)]
#[schema(as = FreshProof)]
pub(super) struct Fresh {
    code: Option<String>,
    key: Option<Sent>,
}

/// The login key.
#[derive(Deserialize, ToSchema)]
pub(super) struct Unlock {
    key: Sent,
}

/// Until when nothing more need be proved.
#[derive(Serialize, ToSchema)]
#[schema(as = FreshUntil)]
pub(super) struct Until {
    fresh_until: Timestamp,
}

/// Whether this session stays.
#[derive(Default, Deserialize, ToSchema)]
pub(super) struct Everywhere {
    #[serde(default)]
    keep: bool,
}

/// Proves once more who one is, by a code of the second factor, or by the password where there is none.
#[utoipa::path(post, path = "/me/fresh", request_body = Fresh, responses((status = 200, body = Until)))]
pub(super) async fn fresh(
    request: HttpRequest,
    house: Data<House>,
    caller: Caller,
    body: Json<Fresh>,
) -> Result<Json<Until>, Problem> {
    let (person, session) = (caller.person()?, caller.session.as_ref().ok_or_else(Problem::no_session)?);
    match (house.store.has_factor(person.id).await?, body.into_inner()) {
        (true, Fresh { code: Some(code), .. }) => factors::check(&house, person.id, &code).await?,
        (true, Fresh { code: None, .. }) => return Err(Problem::factor_needed()),
        (false, Fresh { key: Some(key), .. }) => prove(&request, &house, &person.login, key).await?,
        (false, Fresh { key: None, .. }) => return Err(Problem::bad_field("Type your password.")),
    }
    let now = (house.clock)();
    caller.store.freshen(session.id, now).await?;
    Ok(Json(Until { fresh_until: now.plus(FRESH) }))
}

/// One's sessions, the one used last first.
#[utoipa::path(get, path = "/me/sessions", responses((status = 200, body = [SessionView])))]
pub(super) async fn list(house: Data<House>, caller: Caller) -> Result<Json<Vec<SessionView>>, Problem> {
    Ok(Json(sessions(&caller, (house.clock)()).await?))
}

/// The sessions of who asks.
pub(super) async fn sessions(caller: &Caller, now: Timestamp) -> Result<Vec<SessionView>, Problem> {
    let listed = caller.store.sessions_of(caller.person()?.id, now).await?;
    let current = caller.session.as_ref().map(|session| session.id);
    Ok(listed.into_iter().map(|one| view(one, current)).collect())
}

/// Ends one of one's sessions; its sockets close.
#[utoipa::path(delete, path = "/me/sessions/{id}", responses((status = 204, description = "Ended")))]
pub(super) async fn end(house: Data<House>, caller: Caller, id: Path<Uuid>) -> Result<HttpResponse, Problem> {
    let ended = caller.store.end_session_of(caller.person()?.id, SessionId(*id), (house.clock)()).await?;
    house.sockets.sign_out(ended.ok_or_else(Problem::not_found)?);
    Ok(HttpResponse::NoContent().finish())
}

/// Signs out on every device, or on every other one.
#[utoipa::path(post, path = "/logout/everywhere", request_body = Option<Everywhere>, responses((status = 204, description = "Signed out")))]
pub(super) async fn everywhere(
    request: HttpRequest,
    house: Data<House>,
    caller: Caller,
    body: Option<Json<Everywhere>>,
) -> Result<HttpResponse, Problem> {
    let keep = body.is_some_and(|body| body.keep);
    let but = cookies::carried(&request, cookies::PERSON).filter(|_| keep);
    for token in caller.store.end_sessions_but(caller.person()?.id, but, (house.clock)()).await? {
        house.sockets.sign_out(token);
    }
    let mut answer = HttpResponse::NoContent();
    if !keep {
        answer.cookie(cookies::crumbs(cookies::PERSON));
    }
    Ok(answer.finish())
}

/// Locks this session. A socket that is open stays, and with it a call.
#[utoipa::path(post, path = "/me/lock", responses((status = 204, description = "Locked"), (status = 401, description = "Nobody is signed in")))]
pub(super) async fn lock(house: Data<House>, caller: Caller) -> Result<HttpResponse, Problem> {
    let session = complete(&caller)?;
    if !session.locked {
        caller.store.lock_session(session.id, (house.clock)()).await?;
    }
    Ok(HttpResponse::NoContent().finish())
}

/// Unlocks this session; on one that is not locked it only says whether the password is right.
#[utoipa::path(post, path = "/me/unlock", request_body = Unlock, responses((status = 200, body = Me), (status = 401, description = "The password is wrong")))]
pub(super) async fn unlock(
    request: HttpRequest,
    house: Data<House>,
    caller: Caller,
    body: Json<Unlock>,
) -> Result<Json<Me>, Problem> {
    let session = complete(&caller)?;
    let Who::Person(person) = &session.who else { return Err(Problem::no_session()) };
    prove(&request, &house, &person.login, body.into_inner().key).await?;
    let now = (house.clock)();
    caller.store.unlock_session(session.id, now).await?;
    let mut session = Session { locked: false, ..session.clone() };
    // Without a second factor the password is all there is to prove.
    if !house.store.has_factor(person.id).await? {
        house.store.freshen(session.id, now).await?;
        session.fresh_at = Some(now);
    }
    me::of(&house, &session).await.map(Json)
}

/// The caller's session, locked or not; strangers and half sessions have none to lock.
fn complete(caller: &Caller) -> Result<&Session, Problem> {
    let session = caller.session.as_ref().filter(|session| session.stage == Stage::Full);
    session.ok_or_else(|| caller.missing())
}

/// Whether this is the login key of this login; a wrong one counts like a wrong log-in.
async fn prove(request: &HttpRequest, house: &House, login: &str, key: Sent) -> Result<(), Problem> {
    auth::proved(request, house, login, Proof::of(Some(key), None)?, Lane::Inside).await.map(|_| ())
}

fn view(one: Listed, current: Option<SessionId>) -> SessionView {
    let Listed { id, label, made_at, seen_at, address, locked, moved } = one;
    SessionView { id: id.0, label, made_at, seen_at, address, current: Some(id) == current, locked, moved }
}
