//! The sealed call and the sealed chat: the server's twin of the browser's code (docs/sealing.md).
//!
//! The server itself never has the keys used here: bots and tests do, to prove the browser against a second implementation.

pub mod chat;
pub mod epoch;
pub mod frame;
pub mod member;
pub mod pair;
pub mod pass;
pub mod phrase;
mod replay;
pub mod roster;
pub mod sframe;

pub use ed25519_dalek::SigningKey;
pub use x25519_dalek::StaticSecret;

use x25519_dalek::PublicKey;

use crate::vault::Broken;
use crate::vault::secret::Secret;

/// The public half of a key that was made for one join.
#[must_use]
pub fn x25519_public(secret: &StaticSecret) -> [u8; 32] {
    PublicKey::from(secret).to_bytes()
}

/// X25519 (RFC 7748 §6.1). A point of small order, for which the result would be known to everybody, is refused.
fn agree(mine: &StaticSecret, theirs: &[u8; 32]) -> Result<Secret<32>, Broken> {
    let shared = mine.diffie_hellman(&PublicKey::from(*theirs));
    if shared.was_contributory() {
        Ok(Secret::from_bytes(shared.to_bytes()))
    } else {
        Err(Broken::Key("an X25519 point"))
    }
}
