//! Session cookies: opaque tokens that only this host's pages send back, and of which the server keeps a hash.

use actix_web::HttpRequest;
use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use crate::clock;
use crate::store::SecretHash;

/// The cookie of someone with an account.
pub(super) const PERSON: &str = "__Host-vaidya";

/// The cookie of someone who came by a link.
pub(super) const GUEST: &str = "__Host-vaidya-guest";

/// How long a browser keeps the cookie; the store ends sessions earlier.
const LIFE: Duration = Duration::days(7);

/// A new token: 256 random bits.
pub(super) struct Token(String);

impl Token {
    /// Draws one.
    pub(super) fn draw() -> Self {
        Self(URL_SAFE_NO_PAD.encode(clock::random::<32>()))
    }

    /// What the server keeps of it.
    pub(super) fn hash(&self) -> SecretHash {
        hash(&self.0)
    }

    /// The cookie that carries it.
    pub(super) fn cookie(self, name: &'static str) -> Cookie<'static> {
        baked(name, self.0, LIFE)
    }
}

/// A cookie that removes this one from the browser.
pub(super) fn crumbs(name: &'static str) -> Cookie<'static> {
    baked(name, String::new(), Duration::ZERO)
}

/// The hash of the token that a request carries in this cookie, if any.
pub(super) fn carried(request: &HttpRequest, name: &str) -> Option<SecretHash> {
    request.cookie(name).filter(|cookie| !cookie.value().is_empty()).map(|cookie| hash(cookie.value()))
}

fn hash(token: &str) -> SecretHash {
    SecretHash(Sha256::digest(token.as_bytes()).into())
}

pub(super) fn baked(name: &'static str, value: String, life: Duration) -> Cookie<'static> {
    Cookie::build(name, value).path("/").secure(true).http_only(true).same_site(SameSite::Lax).max_age(life).finish()
}
