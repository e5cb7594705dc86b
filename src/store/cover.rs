//! Covers the text of messages that wait in the database: many hold a code, and a copy of the database must not.

use aes_gcm::aead::{Aead as _, KeyInit as _, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use hmac::{Hmac, Mac as _};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::{Store, StoreError};
use crate::clock;

/// Bytes of an initialisation vector: random, so at most 2³² messages under one server's key (NIST SP 800-38D §8.3).
const IV: usize = 12;

tokio::task_local! {
    /// Of the transaction that runs.
    static COVER: Option<Cover>;
}

/// The key that texts are sealed under, made of the server's own, which no database has.
#[derive(Clone)]
pub struct Cover(Zeroizing<[u8; 32]>);

impl Cover {
    /// Of a server's key: HKDF-Expand with SHA-256, whose first block is all that is needed (RFC 5869 §2.3).
    ///
    /// # Errors
    /// Never with a key of this length.
    pub fn new(server: &[u8; 32]) -> Result<Self, StoreError> {
        let mac = <Hmac<sha2::Sha256> as hmac::KeyInit>::new_from_slice(server);
        let mut mac = mac.map_err(|_| StoreError::strange("a key that is none"))?;
        mac.update(b"vaidya/message/v1\x01");
        Ok(Self(Zeroizing::new(mac.finalize().into_bytes().into())))
    }

    /// AES-256-GCM for one message: base64 of initialisation vector, ciphertext, tag.
    fn seal(&self, message: Uuid, text: &str) -> Option<String> {
        let iv: [u8; IV] = clock::random();
        let payload = Payload { msg: text.as_bytes(), aad: message.as_bytes() };
        let sealed = self.cipher()?.encrypt(&Nonce::from(iv), payload).ok()?;
        Some(STANDARD_NO_PAD.encode([iv.as_slice(), &sealed].concat()))
    }

    fn open(&self, message: Uuid, sealed: &str) -> Option<String> {
        let bytes = STANDARD_NO_PAD.decode(sealed).ok()?;
        let (iv, sealed) = bytes.split_first_chunk::<IV>()?;
        let payload = Payload { msg: sealed, aad: message.as_bytes() };
        String::from_utf8(self.cipher()?.decrypt(&Nonce::from(*iv), payload).ok()?).ok()
    }

    fn cipher(&self) -> Option<Aes256Gcm> {
        Aes256Gcm::new_from_slice(self.0.as_slice()).ok()
    }
}

impl Store {
    /// Texts of messages are sealed with this from now on; without it none can be written.
    pub fn cover_messages(&self, cover: Cover) {
        let _already = self.inner.cover.set(cover);
    }

    /// What a message says; none when it is sealed under another server's key. Empty stays empty: its secret was wiped.
    pub(super) fn uncovered(&self, message: Uuid, body: &str) -> Option<String> {
        if body.is_empty() {
            return Some(String::new());
        }
        self.inner.cover.get()?.open(message, body)
    }

    /// Runs a transaction's work so that [`covered`] finds the key.
    pub(super) fn under_cover<F: Future>(&self, work: F) -> impl Future<Output = F::Output> + use<F> {
        COVER.scope(self.inner.cover.get().cloned(), work)
    }
}

/// A text as it is kept; for work inside a transaction of the store.
pub(super) fn covered(message: Uuid, text: &str) -> Result<String, StoreError> {
    let sealed = COVER.try_with(|cover| cover.as_ref().and_then(|cover| cover.seal(message, text)));
    sealed.ok().flatten().ok_or(StoreError::strange("messages have no cover: nothing may be sent from here"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_opens_for_its_message_and_its_server_alone_and_shows_nothing() {
        let (ours, theirs) = (Cover::new(&[1; 32]).unwrap(), Cover::new(&[2; 32]).unwrap());
        let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let sealed = ours.seal(one, "your code is 123456").unwrap();
        assert_eq!(ours.open(one, &sealed).unwrap(), "your code is 123456");
        assert!(ours.open(other, &sealed).is_none() && theirs.open(one, &sealed).is_none());
        let bytes = STANDARD_NO_PAD.decode(&sealed).unwrap();
        assert!(!bytes.windows(6).any(|part| part == b"123456"));
        assert_ne!(sealed, ours.seal(one, "your code is 123456").unwrap());
    }
}
