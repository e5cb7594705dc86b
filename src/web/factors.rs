//! The second factor: asked for when signing in, enrolled, renewed and removed.

use actix_web::HttpResponse;
use actix_web::web::{Data, Json};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vaidya_clinic::id::PersonId;

use super::cookies::{self, Token};
use super::me::{self, Me};
use super::principal::Caller;
use super::totp::{self, Checked};
use super::{House, codes};
use crate::error::Problem;
use crate::store::accounts::Person;
use crate::store::factors::Enrolment;
use crate::store::lockout::Try;
use crate::store::sessions::{Session, Stage, Who};
use crate::store::{SecretHash, StoreError};

/// What the key that seals secrets is derived for.
const SEALED: &str = "vaidya/totp/v1";

/// What the codes for a lost second factor are hashed for.
const RECOVERY: &str = "vaidya/recovery/v1";

/// Codes for a lost second factor. Fewer run out, more lie around.
const CODES: usize = 10;

/// Characters of a recovery code between two hyphens.
const GROUP: usize = 4;

/// A code, as it is typed.
#[derive(Deserialize, ToSchema)]
#[schema(as = TypedCode)]
pub(super) struct Typed {
    code: String,
}

/// A secret to put into an authenticator app.
#[derive(Serialize, ToSchema)]
#[schema(as = FactorSecret)]
struct Begun {
    secret: String,
    uri: String,
}

/// What is shown once when a second factor was enrolled.
#[derive(Serialize, ToSchema)]
#[schema(as = FactorEnrolled)]
struct Enrolled {
    recovery: Vec<String>,
    me: Me,
}

/// New codes in the place of the old ones.
#[derive(Serialize, ToSchema)]
#[schema(as = RecoveryCodes)]
pub(super) struct Renewed {
    recovery: Vec<String>,
}

/// Holds a code against a person's second factor, or against their recovery codes, and uses it up.
///
/// # Errors
/// `wrong_code`, `clock_off`, and `locked` after five wrong ones.
pub(super) async fn check(house: &House, person: PersonId, typed: &str) -> Result<(), Problem> {
    let now = (house.clock)();
    if let Try::Locked { until } = house.store.may_try_factor(person, now).await? {
        return Err(Problem::locked().retry_after(until.since(now)));
    }
    match six_digits(typed) {
        Some(code) => check_step(house, person, &code).await?,
        None if house.store.use_recovery(person, recovery_hash(house, person, typed), now).await? => {}
        None => return Err(Problem::wrong_code()),
    }
    Ok(house.store.tried_factor_well(person).await?)
}

async fn check_step(house: &House, person: PersonId, code: &str) -> Result<(), Problem> {
    let factor = house.store.factor(person).await?.ok_or_else(Problem::wrong_code)?;
    let secret = house.pepper.open(SEALED, person.0.as_bytes(), &factor.sealed).ok_or_else(unopened)?;
    match totp::check(&secret, code, factor.last_step, (house.clock)()) {
        Checked::Right(step) if house.store.use_step(person, step).await? => Ok(()),
        Checked::ClockOff(minutes) => Err(Problem::clock_off(minutes)),
        Checked::Right(_) | Checked::Wrong => Err(Problem::wrong_code()),
    }
}

/// The server's key is not the one that sealed the secret: it was lost or replaced.
fn unopened() -> Problem {
    tracing::error!("a second factor does not open with this server's key: restore server.key from a backup");
    Problem::failed()
}

/// The second step of signing in: a code of the authenticator app, or a recovery code.
#[utoipa::path(post, path = "/login/code", request_body = Typed, responses((status = 200, body = Me), (status = 401, description = "The code is wrong, was used, or a clock is off")))]
pub(super) async fn code(house: Data<House>, caller: Caller, body: Json<Typed>) -> Result<HttpResponse, Problem> {
    let (session, person) = half(&caller, Stage::Factor)?;
    check(&house, person.id, &body.code).await?;
    let token = let_in(&house, &caller, session).await?;
    let me = me_by(&house, &token).await?;
    Ok(HttpResponse::Ok().cookie(token.cookie(cookies::PERSON)).json(me))
}

/// Begins to enrol a second factor: a secret for an authenticator app.
#[utoipa::path(post, path = "/me/totp", responses((status = 201, body = Begun), (status = 401, description = "Not signed in as far as this needs"), (status = 403, description = "The proof of who they are is too old"), (status = 409, description = "There is a second factor already")))]
pub(super) async fn begin(house: Data<House>, caller: Caller) -> Result<HttpResponse, Problem> {
    let (session, person) = enrolling(&caller)?;
    // Whoever finds an open browser must not put their own second factor before its owner.
    if session.stage == Stage::Full && !caller.is_fresh((house.clock)()) {
        return Err(Problem::step_up());
    }
    let secret = totp::draw();
    let standing = house.store.standing_of(person.id, person.org).await?;
    let (text, uri) = totp::shown(&secret, &person.login, &standing.organisation).ok_or_else(Problem::failed)?;
    let sealed = house.pepper.seal(SEALED, person.id.0.as_bytes(), secret.as_slice()).ok_or_else(Problem::failed)?;
    caller.store.begin_enrolment(person.id, session.id, sealed).await.map_err(taken)?;
    Ok(HttpResponse::Created().json(Begun { secret: text, uri }))
}

/// Enrols the second factor with its first code.
#[utoipa::path(post, path = "/me/totp/confirm", request_body = Typed, responses((status = 200, body = Enrolled), (status = 401, description = "The code is wrong, or a clock is off"), (status = 409, description = "There is a second factor already")))]
pub(super) async fn confirm(house: Data<House>, caller: Caller, body: Json<Typed>) -> Result<HttpResponse, Problem> {
    let (session, person) = enrolling(&caller)?;
    if house.store.has_factor(person.id).await? {
        return Err(Problem::factor_exists());
    }
    let sealed = house.store.pending_secret(session.id).await?.ok_or_else(Problem::wrong_code)?;
    let step = first_step(&house, person.id, &sealed, &body.code).await?;
    let (recovery, hashes) = draw(&house, person.id);
    let enrolment = Enrolment { person: person.id, session: session.id, sealed, step, recovery: hashes };
    caller.store.enrol(enrolment, (house.clock)()).await.map_err(taken)?;
    if session.stage == Stage::Full {
        house.store.freshen(session.id, (house.clock)()).await?;
        return Ok(HttpResponse::Ok().json(Enrolled { recovery, me: me::of(&house, session).await? }));
    }
    let token = let_in(&house, &caller, session).await?;
    let me = me_by(&house, &token).await?;
    Ok(HttpResponse::Ok().cookie(token.cookie(cookies::PERSON)).json(Enrolled { recovery, me }))
}

/// New recovery codes in the place of all the old ones.
#[utoipa::path(post, path = "/me/totp/recovery", responses((status = 200, body = Renewed), (status = 404, description = "There is no second factor")))]
pub(super) async fn renew(house: Data<House>, caller: Caller) -> Result<Json<Renewed>, Problem> {
    let person = caller.person()?.id;
    let (recovery, hashes) = draw(&house, person);
    caller.store.renew_recovery(person, hashes, (house.clock)()).await?;
    Ok(Json(Renewed { recovery }))
}

/// Removes the second factor, where nobody asks for it.
#[utoipa::path(delete, path = "/me/totp", responses((status = 204, description = "Removed"), (status = 409, description = "The organisation asks for it")))]
pub(super) async fn remove(house: Data<House>, caller: Caller) -> Result<HttpResponse, Problem> {
    let person = caller.person()?;
    if house.store.factor_required(person.id).await? {
        return Err(Problem::required());
    }
    caller.store.remove_factor(person.id).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// A wrong first code counts like any other: the secret is no easier to guess before it is confirmed.
async fn first_step(house: &House, person: PersonId, sealed: &[u8], typed: &str) -> Result<i64, Problem> {
    let now = (house.clock)();
    if let Try::Locked { until } = house.store.may_try_factor(person, now).await? {
        return Err(Problem::locked().retry_after(until.since(now)));
    }
    let secret = house.pepper.open(SEALED, person.0.as_bytes(), sealed).ok_or_else(unopened)?;
    let code = six_digits(typed).ok_or_else(Problem::wrong_code)?;
    match totp::check(&secret, &code, 0, now) {
        Checked::Right(step) => {
            house.store.tried_factor_well(person).await?;
            Ok(step)
        }
        Checked::ClockOff(minutes) => Err(Problem::clock_off(minutes)),
        Checked::Wrong => Err(Problem::wrong_code()),
    }
}

/// Lets a half session in, under another token.
async fn let_in(house: &House, caller: &Caller, session: &Session) -> Result<Token, Problem> {
    let token = Token::draw();
    caller.store.complete_session(session.id, token.hash(), (house.clock)()).await?;
    Ok(token)
}

async fn me_by(house: &House, token: &Token) -> Result<Me, Problem> {
    let session = house.store.session(token.hash(), (house.clock)()).await?.ok_or_else(Problem::no_session)?;
    me::of(house, &session).await
}

/// The session and the person of a caller who has come this far and no further.
fn half(caller: &Caller, stage: Stage) -> Result<(&Session, &Person), Problem> {
    match caller.session.as_ref().map(|session| (session, &session.who)) {
        Some((session, Who::Person(person))) if session.stage == stage => Ok((session, person)),
        Some((session, Who::Person(_))) if session.stage == Stage::Full => Err(Problem::bad_stage()),
        _ => Err(caller.missing()),
    }
}

/// Who may enrol: whoever must, and whoever is signed in.
fn enrolling(caller: &Caller) -> Result<(&Session, &Person), Problem> {
    match caller.session.as_ref() {
        Some(session) if session.stage == Stage::Full => Ok((session, caller.person()?)),
        _ => half(caller, Stage::Enrol),
    }
}

fn taken(error: StoreError) -> Problem {
    match error {
        StoreError::Taken => Problem::factor_exists(),
        other => other.into(),
    }
}

/// A code of an authenticator app, however it was spaced.
fn six_digits(typed: &str) -> Option<String> {
    let code: String = typed.chars().filter(|letter| !letter.is_whitespace()).collect();
    (code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit())).then_some(code)
}

/// New recovery codes, and what is kept of them.
fn draw(house: &House, person: PersonId) -> (Vec<String>, Vec<SecretHash>) {
    let codes: Vec<String> = (0..CODES).map(|_| grouped(&codes::draw())).collect();
    let hashes = codes.iter().map(|code| recovery_hash(house, person, code)).collect();
    (codes, hashes)
}

fn grouped(code: &str) -> String {
    let letters: Vec<char> = code.chars().collect();
    letters.chunks(GROUP).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join("-")
}

fn recovery_hash(house: &House, person: PersonId, typed: &str) -> SecretHash {
    house.pepper.hash(RECOVERY, &format!("{}:{}", person.0.simple(), codes::read(typed)))
}
