//! The device cookie: that a person signed in with this browser before, so that they need not wait behind strangers.

use actix_web::HttpRequest;
use actix_web::cookie::Cookie;
use actix_web::cookie::time::Duration;
use aws_lc_rs::constant_time::verify_slices_are_equal;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::{Pepper, cookies};
use crate::clock;
use crate::store::SecretHash;
use crate::store::accounts::fold;

/// The cookie. It opens nothing and names nobody: without the server's key it can't be told whose it is.
const DEVICE: &str = "__Host-vaidya-device";

/// What it is hashed with.
const KNOWN: &str = "vaidya/device/v1";

/// How long a browser is known. Lower makes those who come seldom wait in a storm, higher trusts lost phones for longer.
const LIFE: Duration = Duration::days(365);

/// A cookie that says that this login was signed in here.
pub(super) fn cookie(pepper: &Pepper, login: &str) -> Cookie<'static> {
    let number = URL_SAFE_NO_PAD.encode(clock::random::<16>());
    let SecretHash(proof) = proof(pepper, &number, login);
    cookies::baked(DEVICE, format!("{number}.{}", URL_SAFE_NO_PAD.encode(proof)), LIFE)
}

/// The hash that tells this browser from others, when this login was signed in here before.
pub(super) fn known(request: &HttpRequest, pepper: &Pepper, login: &str) -> Option<SecretHash> {
    let cookie = request.cookie(DEVICE)?;
    let (number, told) = cookie.value().split_once('.')?;
    let told = URL_SAFE_NO_PAD.decode(told).ok()?;
    let proof = proof(pepper, number, login);
    verify_slices_are_equal(&proof.0, &told).is_ok().then_some(proof)
}

fn proof(pepper: &Pepper, number: &str, login: &str) -> SecretHash {
    pepper.hash(KNOWN, &format!("{number}.{}", fold(login)))
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn a_browser_is_known_with_the_login_it_was_signed_in_with_and_no_other() {
        let pepper = Pepper::new([7; 32]);
        let cookie = cookie(&pepper, "p001");
        let known = |cookie: Cookie<'static>, pepper: &Pepper, login: &str| {
            known(&TestRequest::default().cookie(cookie).to_http_request(), pepper, login)
        };
        let same = known(cookie.clone(), &pepper, "P001");
        assert!(same.is_some() && same == known(cookie.clone(), &pepper, "p001"));
        assert!(known(cookie.clone(), &pepper, "p002").is_none());
        assert!(known(cookie.clone(), &Pepper::new([8; 32]), "p001").is_none());
        let other = Cookie::new(DEVICE, cookie.value().replacen(char::is_alphanumeric, "_", 1));
        assert!(known(other, &pepper, "p001").is_none());
        assert!(known(Cookie::new(DEVICE, "half"), &pepper, "p001").is_none());
    }
}
