//! Small secrets at rest: sealed under keys that are derived from the server's own, which the database does not know.

use aes_gcm::aead::{Aead as _, KeyInit as _, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use hmac::{Hmac, Mac as _};
use zeroize::Zeroizing;

use super::Pepper;
use crate::clock;

/// Bytes of an initialisation vector: random, so at most 2³² secrets of one purpose (NIST SP 800-38D §8.3).
const IV: usize = 12;

impl Pepper {
    /// Seals a secret for a purpose, and for whom it is: initialisation vector, ciphertext, tag. None when it is too long.
    pub(super) fn seal(&self, purpose: &str, whose: &[u8], secret: &[u8]) -> Option<Vec<u8>> {
        let iv: [u8; IV] = clock::random();
        let payload = Payload { msg: secret, aad: whose };
        let sealed = self.cipher(purpose)?.encrypt(&Nonce::from(iv), payload).ok()?;
        Some([iv.as_slice(), &sealed].concat())
    }

    /// Opens what was sealed for the same purpose and the same one; none when it was changed, or sealed under another key.
    pub(super) fn open(&self, purpose: &str, whose: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (iv, sealed) = sealed.split_first_chunk::<IV>()?;
        let payload = Payload { msg: sealed, aad: whose };
        self.cipher(purpose)?.decrypt(&Nonce::from(*iv), payload).ok().map(Zeroizing::new)
    }

    /// AES-256-GCM under a key of this purpose: HKDF-Expand with SHA-256, whose first block is all that is needed
    /// (RFC 5869 §2.3; the server's key is uniform, so nothing need be extracted, §3.3).
    fn cipher(&self, purpose: &str) -> Option<Aes256Gcm> {
        let mut mac = <Hmac<sha2::Sha256> as hmac::KeyInit>::new_from_slice(self.0.as_slice()).ok()?;
        mac.update(purpose.as_bytes());
        mac.update(&[1]);
        let key: Zeroizing<[u8; 32]> = Zeroizing::new(mac.finalize().into_bytes().into());
        Aes256Gcm::new_from_slice(key.as_slice()).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_secret_opens_for_its_purpose_its_owner_and_its_server_alone() {
        let (server, other) = (Pepper::new([1; 32]), Pepper::new([2; 32]));
        let sealed = server.seal("a", b"meera", b"a secret").unwrap();
        assert_eq!(server.open("a", b"meera", &sealed).unwrap().as_slice(), b"a secret");
        assert!(server.open("b", b"meera", &sealed).is_none());
        assert!(server.open("a", b"arjun", &sealed).is_none());
        assert!(other.open("a", b"meera", &sealed).is_none());
        for place in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[place] ^= 1;
            assert!(server.open("a", b"meera", &changed).is_none());
        }
        for short in 0..sealed.len() {
            assert!(server.open("a", b"meera", &sealed[..short]).is_none());
        }
    }

    #[test]
    fn the_same_secret_is_never_sealed_the_same_way_twice() {
        let server = Pepper::new([1; 32]);
        assert_ne!(server.seal("a", b"", b"secret"), server.seal("a", b"", b"secret"));
        let sealed = server.seal("a", b"", b"secret").unwrap();
        assert!(!sealed.windows(6).any(|part| part == b"secret"));
    }
}
