//! Signing in and out.

use actix_web::http::header;
use actix_web::web::{Data, Json, Query};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use vaidya_clinic::vault::password::ROUNDS;

use super::contacts::as_login;
use super::cookies::{self, Token};
pub(super) use super::me::Me;
use super::passwords::{KdfView, Lane, NewPassword, Proof, Sent, Stranger};
use super::principal::Caller;
use super::{House, agent, client, device, me, principal};
use crate::error::Problem;
use crate::store::accounts::{Account, Person, fold};
use crate::store::lockout::Try;
use crate::store::passwords::Kdf;
use crate::store::sessions::{NewSession, Place, Stage};
use crate::store::{SecretHash, StoreError};

/// What a salt is invented with for a login that nobody has.
const INVENTED: &str = "vaidya/salt/v1";

/// What logins are hashed with to count tries at them.
const TRIED: &str = "vaidya/tried/v1";

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

/// `GET /login/params`
#[utoipa::path(get, path = "/login/params", params(Whose), responses((status = 200, body = KdfView)))]
pub(super) async fn params(house: Data<House>, whose: Query<Whose>) -> Result<Json<KdfView>, Problem> {
    let login = as_login(&whose.login);
    let account = house.store.account(&login).await?;
    Ok(Json(kdf(&house, &login, account.as_ref()).into()))
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
    let login = as_login(&login);
    let lane = stranger(&request, &house, &login);
    let account = proved(&request, &house, &login, proof.clone(), lane).await?;
    stretch(&house, &account, proof).await?;
    // The old session of this browser goes with its cookie.
    if let Some(old) = cookies::carried(&request, cookies::PERSON) {
        house.store.end_session(old, (house.clock)()).await?;
        house.sockets.sign_out(old);
    }
    let mut answer = HttpResponse::Ok();
    answer.cookie(device::cookie(&house.pepper, &login));
    signed_in(&house, &request, account.person, &mut answer).await
}

/// Where somebody waits who is not signed in.
pub(super) fn stranger(request: &HttpRequest, house: &House, login: &str) -> Lane {
    let device = device::known(request, &house.pepper, login);
    Lane::From(Stranger::new(client::address(request), house.pepper.hash(TRIED, &fold(login)), device))
}

/// The account of this login, if this proves to be its person. A wrong try counts for the address it comes from and for
/// the login.
pub(super) async fn proved(
    request: &HttpRequest,
    house: &House,
    login: &str,
    proof: Proof,
    lane: Lane,
) -> Result<Account, Problem> {
    let address = client::address(request);
    house.limiter.take(address).await.map_err(|wait| failed_login("address").retry_after(wait))?;
    let account = checked(request, house, login, proof, lane).await?;
    house.limiter.forgive(address).await;
    Ok(account)
}

/// The account of this login, if this proves to be its person; else a refusal that does not say which of the two was
/// wrong. The try is counted, and forgiven when it was right.
pub(super) async fn checked(
    request: &HttpRequest,
    house: &House,
    login: &str,
    proof: Proof,
    lane: Lane,
) -> Result<Account, Problem> {
    let _place = house.passwords.enter(lane).await?;
    let now = (house.clock)();
    if let Try::Locked { until } = house.store.may_try(login, now).await? {
        return Err(failed_login("account").retry_after(until.since(now)));
    }
    let account = house.store.account(login).await?;
    if let Some(person) = account.as_ref().map(|account| &account.person) {
        principal::concerns(request, person.id, person.org);
    }
    let kdf = kdf(house, login, account.as_ref());
    let right = match house.passwords.right(proof, kdf, account.as_ref(), lane).await {
        Ok(right) => right,
        Err(busy) => {
            // Nothing was compared, so nothing was wrong.
            house.store.not_tried(login).await?;
            return Err(busy);
        }
    };
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

/// Opens a session for a person, as far as they have come, and answers with how it goes on and with its cookie.
pub(super) async fn signed_in(
    house: &House,
    request: &HttpRequest,
    person: Person,
    answer: &mut actix_web::HttpResponseBuilder,
) -> Result<HttpResponse, Problem> {
    principal::became(request, &person);
    let token = Token::draw();
    let standing = house.store.standing_of(person.id, person.org).await?;
    let stage = match standing.second_factor {
        true => Stage::Factor,
        false if house.store.factor_required(person.id).await? => Stage::Enrol,
        false => Stage::Full,
    };
    let new = NewSession { person: person.id, org: person.org, token: token.hash(), place: place(request), stage };
    let now = (house.clock)();
    house.store.open_session(new, now).await?;
    let session = house.store.session(token.hash(), now).await?.ok_or_else(Problem::no_session)?;
    let me = me::of(house, &session).await?;
    Ok(answer.cookie(token.cookie(cookies::PERSON)).json(me))
}

/// `POST /logout`
#[utoipa::path(post, path = "/logout", responses((status = 204, description = "Signed out")))]
pub(super) async fn logout(house: Data<House>, caller: Caller) -> Result<HttpResponse, Problem> {
    if caller.tokens.is_empty() {
        caller.did_nothing();
    }
    for token in &caller.tokens {
        caller.store.end_session(*token, (house.clock)()).await?;
        house.sockets.sign_out(*token);
    }
    let mut answer = HttpResponse::NoContent();
    Ok(answer.cookie(cookies::crumbs(cookies::PERSON)).cookie(cookies::crumbs(cookies::GUEST)).finish())
}

/// What device this is, as its person recognises it.
pub(super) fn label(request: &HttpRequest) -> String {
    let agent = request.headers().get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
    agent::label(agent.unwrap_or_default())
}

/// On what device and from where a request comes.
pub(super) fn place(request: &HttpRequest) -> Place {
    Place { label: label(request), address: Some(client::address(request)) }
}
