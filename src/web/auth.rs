//! Signing in and out.

use std::net::IpAddr;

use actix_web::http::header;
use actix_web::web::{Data, Json};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use vaidya_clinic::id::{PersonId, SeatId, VisitId};
use vaidya_clinic::role::Role;

use super::House;
use super::cookies::{self, Token};
use super::principal::Caller;
use crate::error::Problem;
use crate::store::accounts::{Account, Person};
use crate::store::lockout::Try;
use crate::store::sessions::Guest;

/// Longest description of a device that is kept with its session, in characters.
const LABEL: usize = 80;

/// What a browser sends to sign in.
#[derive(Deserialize)]
pub(super) struct Login {
    login: String,
    password: String,
}

/// Who is asking, as the browser needs it.
#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum Me {
    /// Someone with an account.
    Person {
        id: PersonId,
        login: String,
        name: String,
        role: Role,
        #[serde(skip_serializing_if = "Option::is_none")]
        department: Option<String>,
    },
    /// Someone who came by a link.
    Guest { visit: VisitId, seat: SeatId, name: String },
}

impl From<Person> for Me {
    fn from(person: Person) -> Self {
        let Person { id, login, name, role, department, .. } = person;
        Self::Person { id, login, name, role, department }
    }
}

impl From<Guest> for Me {
    fn from(guest: Guest) -> Self {
        Self::Guest { visit: guest.visit, seat: guest.seat.id, name: guest.seat.name }
    }
}

/// `POST /login`
pub(super) async fn login(
    request: HttpRequest,
    house: Data<House>,
    body: Json<Login>,
) -> Result<HttpResponse, Problem> {
    let Login { login, password } = body.into_inner();
    let address = client(&request);
    house.limiter.take(address).await.map_err(|wait| failed_login("address").retry_after(wait))?;
    let account = checked(&house, &login, password).await?;
    house.limiter.forgive(address).await;
    house.store.tried_well(&login).await?;
    // The old session of this browser goes with its cookie.
    if let Some(old) = cookies::carried(&request, cookies::PERSON) {
        house.store.end_session(old, (house.clock)()).await?;
        house.sockets.sign_out(old);
    }
    let mut answer = HttpResponse::Ok();
    signed_in(&house, &request, account.person, &mut answer).await
}

/// The account of this login, if the password is its; else a refusal that does not say which of the two was wrong.
async fn checked(house: &House, login: &str, password: String) -> Result<Account, Problem> {
    let now = (house.clock)();
    if let Try::Locked { until } = house.store.may_try(login, now).await? {
        return Err(failed_login("account").retry_after(until.since(now)));
    }
    let account = house.store.account(login).await?;
    let hash = account.as_ref().map(|account| account.password_hash.clone());
    let right = house.passwords.right(password, hash).await?;
    account.filter(|_| right).ok_or_else(|| failed_login("wrong"))
}

fn failed_login(why: &'static str) -> Problem {
    metrics::counter!("vaidya_login_failures_total", "why" => why).increment(1);
    if why == "wrong" { Problem::wrong_login() } else { Problem::locked() }
}

/// Opens a session for a person and answers with them and its cookie.
pub(super) async fn signed_in(
    house: &House,
    request: &HttpRequest,
    person: Person,
    answer: &mut actix_web::HttpResponseBuilder,
) -> Result<HttpResponse, Problem> {
    let token = Token::draw();
    house.store.open_session(person.id, token.hash(), &label(request), (house.clock)()).await?;
    Ok(answer.cookie(token.cookie(cookies::PERSON)).json(Me::from(person)))
}

/// `POST /logout`
pub(super) async fn logout(house: Data<House>, caller: Caller) -> Result<HttpResponse, Problem> {
    for token in &caller.tokens {
        house.store.end_session(*token, (house.clock)()).await?;
        house.sockets.sign_out(*token);
    }
    let mut answer = HttpResponse::NoContent();
    Ok(answer.cookie(cookies::crumbs(cookies::PERSON)).cookie(cookies::crumbs(cookies::GUEST)).finish())
}

/// `GET /me`
pub(super) async fn me(caller: Caller) -> Result<Json<Me>, Problem> {
    match (caller.maybe_person(), caller.guest.as_ref()) {
        (Some(person), _) => Ok(Json(person.clone().into())),
        (None, Some(guest)) => Ok(Json(guest.clone().into())),
        (None, None) => Err(Problem::no_session()),
    }
}

/// What a browser says it is, shortened: how a person tells their devices apart.
pub(super) fn label(request: &HttpRequest) -> String {
    let agent = request.headers().get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
    agent.unwrap_or("unknown").chars().filter(|letter| !letter.is_control()).take(LABEL).collect()
}

/// The address wrong tries are counted for. A proxy on this machine is believed about whom it speaks for: it appends
/// the address it saw, so the last one counts.
pub(super) fn client(request: &HttpRequest) -> IpAddr {
    let peer = request.peer_addr().map_or(IpAddr::from([0, 0, 0, 0]), |address| address.ip());
    let named =
        || request.headers().get_all("x-forwarded-for").last()?.to_str().ok()?.rsplit(',').next()?.trim().parse().ok();
    if peer.is_loopback() { named().unwrap_or(peer) } else { peer }
}
