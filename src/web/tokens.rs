//! Service tokens: made and revoked by the admin, and carried by other programs in place of a cookie.

use std::time::Duration;

use actix_web::http::header;
use actix_web::web::{Data, Json, Path};
use actix_web::{HttpRequest, HttpResponse};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use utoipa::ToSchema;
use uuid::Uuid;
use vaidya_clinic::name;
use vaidya_clinic::role::Role;
use vaidya_clinic::scope::Scope;
use vaidya_clinic::time::Timestamp;

use super::principal::Caller;
use super::{House, client, cookies};
use crate::clock;
use crate::error::Problem;
use crate::store::tokens::{NewToken, Token};
use crate::store::{SecretHash, StoreError};

/// What every token begins with, so that people and scanners know one when they see it.
const START: &str = "vdy_";

/// How a token is sent (RFC 6750 §2.1).
const SCHEME: &str = "Bearer ";

/// Longest life of a token, in days. Lower breaks programs that nobody looks after, higher forgets who has one.
pub const MOST_DAYS: u64 = 365;

/// A token that is wanted.
#[derive(Deserialize, ToSchema)]
#[schema(as = NewToken)]
pub(super) struct Wish {
    name: String,
    scopes: Vec<Scope>,
    days: u64,
}

/// A token when it is made: its secret is shown this once.
#[derive(Serialize, ToSchema)]
#[schema(as = MadeToken)]
struct Made {
    token: String,
    #[serde(flatten)]
    view: TokenView,
}

/// A token without its secret.
#[derive(Serialize, ToSchema)]
pub(super) struct TokenView {
    id: Uuid,
    name: String,
    scopes: Vec<Scope>,
    made_at: Timestamp,
    expires_at: Timestamp,
    last_used_at: Option<Timestamp>,
    revoked: bool,
}

/// `POST /tokens`
#[utoipa::path(post, path = "/tokens", request_body = Wish, responses((status = 201, body = Made)))]
pub(super) async fn make(house: Data<House>, caller: Caller, body: Json<Wish>) -> Result<HttpResponse, Problem> {
    let admin = caller.one_of(&[Role::Admin])?;
    let Wish { name, scopes, days } = body.into_inner();
    let (token, hash) = draw();
    let new = NewToken {
        org: admin.org,
        name: name::name(&name).map_err(|bad| Problem::bad_field(&bad.to_string()))?,
        scopes,
        hash,
        by: Some(admin.id),
        life: life(days).ok_or_else(|| Problem::bad_field("A token works for 1 to 365 days."))?,
    };
    if new.scopes.is_empty() {
        return Err(Problem::bad_field("Choose at least one scope."));
    }
    let made = caller.store.make_token(new, (house.clock)()).await.map_err(|error| match error {
        StoreError::TooMany => Problem::too_many_tokens(),
        other => other.into(),
    })?;
    caller.about(|subject| subject.thing = Some(("token", made.id)));
    Ok(HttpResponse::Created().json(Made { token, view: made.into() }))
}

/// `GET /tokens`
#[utoipa::path(get, path = "/tokens", responses((status = 200, body = Vec<TokenView>)))]
pub(super) async fn list(caller: Caller) -> Result<Json<Vec<TokenView>>, Problem> {
    let tokens = caller.store.tokens(caller.one_of(&[Role::Admin])?.org).await?;
    Ok(Json(tokens.into_iter().map(TokenView::from).collect()))
}

/// `DELETE /tokens/{id}`
#[utoipa::path(delete, path = "/tokens/{id}", responses((status = 204, description = "Revoked")))]
pub(super) async fn revoke(house: Data<House>, caller: Caller, id: Path<Uuid>) -> Result<HttpResponse, Problem> {
    let org = caller.one_of(&[Role::Admin])?.org;
    caller.about(|subject| subject.thing = Some(("token", *id)));
    caller.store.revoke_token(org, *id, (house.clock)()).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// A new token, and what is kept of it: 256 random bits need no pepper.
#[must_use]
pub fn draw() -> (String, SecretHash) {
    let token = format!("{START}{}", URL_SAFE_NO_PAD.encode(clock::random::<32>()));
    let hash = hash(&token);
    (token, hash)
}

/// How long a token works; none when that is no number of days for one.
#[must_use]
pub fn life(days: u64) -> Option<Duration> {
    (1..=MOST_DAYS).contains(&days).then(|| Duration::from_secs(days.saturating_mul(24 * 60 * 60)))
}

/// The token that a request carries; none when it carries no such header. Wrong ones count as wrong tries of their
/// address.
///
/// # Errors
/// `bad_token` when it is not one that works, `two_ways` beside a session's cookie, `locked` after too many wrong ones.
pub(super) async fn carried(request: &HttpRequest, house: &House) -> Result<Option<Token>, Problem> {
    let Some(header) = request.headers().get(header::AUTHORIZATION) else { return Ok(None) };
    let address = client::address(request);
    house.limiter.take(address).await.map_err(|wait| Problem::locked().retry_after(wait))?;
    if [cookies::PERSON, cookies::GUEST].iter().any(|name| cookies::carried(request, name).is_some()) {
        return Err(Problem::two_ways());
    }
    let token = header.to_str().ok().and_then(|text| text.strip_prefix(SCHEME)).map(str::trim);
    let token = token.filter(|token| token.starts_with(START)).ok_or_else(Problem::bad_token)?;
    let found = house.store.token(hash(token), (house.clock)()).await?.ok_or_else(Problem::bad_token)?;
    house.limiter.forgive(address).await;
    Ok(Some(found))
}

fn hash(token: &str) -> SecretHash {
    SecretHash(Sha256::digest(token.as_bytes()).into())
}

impl From<Token> for TokenView {
    fn from(token: Token) -> Self {
        let Token { id, name, scopes, made_at, expires_at, last_used_at, revoked, .. } = token;
        Self { id, name, scopes, made_at, expires_at, last_used_at, revoked }
    }
}
