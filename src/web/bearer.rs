//! The tokens of programs that sign in for a person: drawn, shown once, hashed, and found again.

use actix_web::HttpRequest;
use actix_web::http::header;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use super::{House, client};
use crate::clock;
use crate::error::Problem;
use crate::store::SecretHash;
use crate::store::sessions::Session;

/// What every such token begins with, so that people and scanners know one when they see it.
const START: &str = "vds_";

/// How a token is sent (RFC 6750 §2.1).
const SCHEME: &str = "Bearer ";

/// What tells its hash from a cookie's: a token does not work as one.
const DOMAIN: &[u8] = b"vaidya/bearer/v1";

/// A new token, and what is kept of it: 256 random bits need no pepper.
pub(super) fn draw() -> (String, SecretHash) {
    let token = format!("{START}{}", URL_SAFE_NO_PAD.encode(clock::random::<32>()));
    let hash = hash(&token);
    (token, hash)
}

/// The session whose token a request carries, with that token; none when it carries none. Cookies are not looked at: what
/// a browser sends by itself does nothing here. Wrong tokens count as wrong tries of their address.
///
/// # Errors
/// `bad_token`, and `locked` after too many wrong ones.
pub(super) async fn carried(request: &HttpRequest, house: &House) -> Result<Option<(Session, SecretHash)>, Problem> {
    let Some(header) = request.headers().get(header::AUTHORIZATION) else { return Ok(None) };
    let address = client::address(request);
    house.limiter.take(address).await.map_err(|wait| Problem::locked().retry_after(wait))?;
    let token = header.to_str().ok().and_then(|text| text.strip_prefix(SCHEME)).map(str::trim);
    let hash = token.filter(|token| token.starts_with(START)).map(hash).ok_or_else(ended)?;
    let session = house.store.bearer(hash, (house.clock)()).await?.ok_or_else(ended)?;
    house.limiter.forgive(address).await;
    Ok(Some((session, hash)))
}

fn hash(token: &str) -> SecretHash {
    SecretHash(Sha256::new().chain_update(DOMAIN).chain_update(token.as_bytes()).finalize().into())
}

fn ended() -> Problem {
    Problem::bad_bearer()
}
