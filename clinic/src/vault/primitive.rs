//! The few primitives everything here is made of, in the one form in which they are used.

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::Broken;
use super::secret::Secret;

/// Bytes of an AES-GCM initialisation vector.
pub(crate) const IV: usize = 12;
/// Bytes of an AES-GCM tag.
pub(crate) const TAG: usize = 16;

/// SHA-256 over the parts, one after the other.
pub(crate) fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
    }
    hash.finalize().into()
}

/// HMAC-SHA-256 with nothing fed to it yet.
#[expect(clippy::expect_used, reason = "HMAC takes keys of every length (RFC 2104 §2); the type only doesn't know")]
pub(crate) fn hmac(key: &[u8]) -> Hmac<Sha256> {
    <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(key).expect("HMAC takes keys of every length")
}

/// HMAC-SHA-256 of one message.
pub(crate) fn hmac256(key: &[u8], message: &[u8]) -> [u8; 32] {
    hmac(key).chain_update(message).finalize().into_bytes().into()
}

/// HKDF-SHA-256 (RFC 5869) of a secret; the parts of `info` are joined.
#[expect(clippy::expect_used, reason = "too long an output is refused by the compiler, one line above")]
pub(crate) fn hkdf<const N: usize>(secret: &[u8], salt: &[u8], info: &[&[u8]]) -> Secret<N> {
    const { assert!(N <= 255 * 32, "RFC 5869 §2.3: at most 255 hashes") }
    let mut out = Zeroizing::new([0; N]);
    Hkdf::<Sha256>::new(Some(salt), secret).expand_multi_info(info, out.as_mut_slice()).expect("checked above");
    Secret::from_bytes(*out)
}

/// AES-256-GCM: ciphertext, then tag.
pub(crate) fn seal(key: &Secret<32>, iv: &[u8; IV], aad: &[u8], message: &[u8]) -> Result<Vec<u8>, Broken> {
    let cipher = Aes256Gcm::new(key.expose().into());
    cipher.encrypt(&Nonce::from(*iv), Payload { msg: message, aad }).map_err(|_| Broken::TooLarge("message"))
}

/// Opens what [`seal`] made.
pub(crate) fn open(key: &Secret<32>, iv: &[u8; IV], aad: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Broken> {
    let cipher = Aes256Gcm::new(key.expose().into());
    let opened = cipher.decrypt(&Nonce::from(*iv), Payload { msg: sealed, aad });
    opened.map(Zeroizing::new).map_err(|_| Broken::Seal)
}
