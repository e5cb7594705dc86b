//! Signing in and out.

use actix_web::http::header;
use actix_web::web::{Data, Json, Query};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use vaidya_clinic::id::{PersonId, SeatId, VisitId};
use vaidya_clinic::role::Role;
use vaidya_clinic::vault::password::ROUNDS;

use super::cookies::{self, Token};
use super::passwords::{KdfView, NewPassword, Proof, Sent};
use super::principal::Caller;
use super::{House, client};
use crate::error::Problem;
use crate::store::accounts::{Account, Person, fold};
use crate::store::lockout::Try;
use crate::store::passwords::Kdf;
use crate::store::sessions::Guest;
use crate::store::{SecretHash, StoreError};

/// Longest description of a device that is kept with its session, in characters.
const LABEL: usize = 80;

/// What a salt is invented with for a login that nobody has.
const INVENTED: &str = "vaidya/salt/v1";

/// What a browser sends to sign in: the login key that the password was stretched into, or the password.
#[derive(Deserialize, ToSchema)]
pub(super) struct Login {
    login: String,
    key: Option<Sent>,
    password: Option<Sent>,
}

/// Whose parameters are wanted.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Whose {
    login: String,
}

/// Who is asking, as the browser needs it.
#[derive(Serialize, ToSchema)]
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

/// `GET /login/params`
#[utoipa::path(get, path = "/login/params", params(Whose), responses((status = 200, body = KdfView)))]
pub(super) async fn params(house: Data<House>, whose: Query<Whose>) -> Result<Json<KdfView>, Problem> {
    let account = house.store.account(&whose.login).await?;
    Ok(Json(kdf(&house, &whose.login, account.as_ref()).into()))
}

/// How the password of this login is stretched. A login nobody has gets a salt too, always the same one.
fn kdf(house: &House, login: &str, account: Option<&Account>) -> Kdf {
    let SecretHash(invented) = house.pepper.hash(INVENTED, &fold(login));
    let mut salt = [0; 16];
    salt.iter_mut().zip(invented).for_each(|(to, from)| *to = from);
    account.and_then(|account| account.kdf).unwrap_or(Kdf { salt, iterations: ROUNDS })
}

/// `POST /login`
#[utoipa::path(post, path = "/login", request_body = Login, responses((status = 200, body = Me), (status = 401, description = "The user name or the password is wrong")))]
pub(super) async fn login(
    request: HttpRequest,
    house: Data<House>,
    body: Json<Login>,
) -> Result<HttpResponse, Problem> {
    let Login { login, key, password } = body.into_inner();
    let proof = Proof::of(key, password)?;
    let address = client::address(&request);
    house.limiter.take(address).await.map_err(|wait| failed_login("address").retry_after(wait))?;
    let account = checked(&house, &login, proof.clone()).await?;
    house.limiter.forgive(address).await;
    stretch(&house, &account, proof).await?;
    // The old session of this browser goes with its cookie.
    if let Some(old) = cookies::carried(&request, cookies::PERSON) {
        house.store.end_session(old, (house.clock)()).await?;
        house.sockets.sign_out(old);
    }
    let mut answer = HttpResponse::Ok();
    signed_in(&house, &request, account.person, &mut answer).await
}

/// The account of this login, if this proves to be its person; else a refusal that does not say which of the two was
/// wrong. The try is counted, and forgiven when it was right.
pub(super) async fn checked(house: &House, login: &str, proof: Proof) -> Result<Account, Problem> {
    let now = (house.clock)();
    if let Try::Locked { until } = house.store.may_try(login, now).await? {
        return Err(failed_login("account").retry_after(until.since(now)));
    }
    let account = house.store.account(login).await?;
    let kdf = kdf(house, login, account.as_ref());
    let right = house.passwords.right(proof, kdf, account.as_ref()).await?;
    let account = account.filter(|_| right).ok_or_else(|| failed_login("wrong"))?;
    house.store.tried_well(login).await?;
    Ok(account)
}

/// Accounts that an early Vaidya made keep the hash of the password itself; from the first login on that of its key.
async fn stretch(house: &House, account: &Account, proof: Proof) -> Result<(), Problem> {
    let (None, Proof::Password(typed)) = (account.kdf, proof) else { return Ok(()) };
    let new = house.passwords.keep(NewPassword::Typed(typed)).await?;
    match house.store.stretch_password(account.person.id, account.password_hash.clone(), new).await {
        // Another login of theirs did it at the same moment.
        Ok(()) | Err(StoreError::BadState) => Ok(()),
        Err(error) => Err(error.into()),
    }
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
    house.store.open_session(person.id, person.org, token.hash(), &label(request), (house.clock)()).await?;
    Ok(answer.cookie(token.cookie(cookies::PERSON)).json(Me::from(person)))
}

/// `POST /logout`
#[utoipa::path(post, path = "/logout", responses((status = 204, description = "Signed out")))]
pub(super) async fn logout(house: Data<House>, caller: Caller) -> Result<HttpResponse, Problem> {
    for token in &caller.tokens {
        house.store.end_session(*token, (house.clock)()).await?;
        house.sockets.sign_out(*token);
    }
    let mut answer = HttpResponse::NoContent();
    Ok(answer.cookie(cookies::crumbs(cookies::PERSON)).cookie(cookies::crumbs(cookies::GUEST)).finish())
}

/// `GET /me`
#[utoipa::path(get, path = "/me", responses((status = 200, body = Me)))]
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
