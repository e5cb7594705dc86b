//! SFrame (RFC 9605): headers, keys and the two suites that calls use.

use aes::Aes128;
use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes128Gcm, Nonce};
use ctr::cipher::{KeyIvInit, StreamCipher};
use hmac::Mac;

use super::epoch::Kind;
use crate::vault::Broken;
use crate::vault::primitive::{TAG, hkdf, hmac};
use crate::vault::secret::Secret;

type Aes128Ctr = ctr::Ctr128BE<Aes128>;

/// Bytes of the tag of `AES_128_CTR_HMAC_SHA256_32`.
const SHORT_TAG: usize = 4;

/// The keys of one sender, kind and key id (RFC 9605 §4.4.2).
pub struct Keys {
    cipher: Cipher,
    salt: Secret<12>,
}

enum Cipher {
    /// `AES_128_CTR_HMAC_SHA256_32`, 0x0003: for audio, where every byte of a frame counts.
    CtrHmac { enc: Secret<16>, auth: Secret<32> },
    /// `AES_128_GCM_SHA256_128`, 0x0004: for video.
    Gcm(Box<Aes128Gcm>),
}

/// The header of a frame (RFC 9605 §4.3), as short as it can be: `config ‖ KID ‖ CTR`.
#[must_use]
pub fn header(kid: u64, counter: u64) -> Vec<u8> {
    let (kid, kid_bytes) = field(kid);
    let (counter, counter_bytes) = field(counter);
    [[kid << 4 | counter].as_slice(), &kid_bytes, &counter_bytes].concat()
}

/// A value's four bits of the config byte, and the bytes that follow when it doesn't fit in them.
fn field(value: u64) -> (u8, Vec<u8>) {
    if let Some(small) = u8::try_from(value).ok().filter(|small| *small < 8) {
        return (small, Vec::new());
    }
    let bytes: Vec<u8> = value.to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect();
    let length = u8::try_from(bytes.len()).unwrap_or(8);
    (0x08 | length.saturating_sub(1), bytes)
}

impl Keys {
    /// The keys that a base key gives for one key id.
    #[must_use]
    pub fn derive(kind: Kind, base: &[u8], kid: u64) -> Self {
        let suite: u16 = match kind {
            Kind::Audio => 0x0003,
            Kind::Video => 0x0004,
        };
        let place = [kid.to_be_bytes().as_slice(), &suite.to_be_bytes()].concat();
        let salt = hkdf(base, &[], &[b"SFrame 1.0 Secret salt ", &place]);
        let label: [&[u8]; 2] = [b"SFrame 1.0 Secret key ", &place];
        let cipher = match kind {
            Kind::Audio => ctr_hmac(&hkdf(base, &[], &label)),
            Kind::Video => {
                let key: Secret<16> = hkdf(base, &[], &label);
                Cipher::Gcm(Box::new(Aes128Gcm::new(key.expose().into())))
            }
        };
        Self { cipher, salt }
    }

    /// Bytes that sealing adds.
    #[must_use]
    pub fn tag(&self) -> usize {
        match self.cipher {
            Cipher::CtrHmac { .. } => SHORT_TAG,
            Cipher::Gcm(_) => TAG,
        }
    }

    /// `ciphertext ‖ tag` (RFC 9605 §4.4.3).
    ///
    /// # Errors
    /// None below 64 GiB.
    pub fn seal(&self, counter: u64, aad: &[u8], plain: &[u8]) -> Result<Vec<u8>, Broken> {
        let nonce = self.nonce(counter);
        match &self.cipher {
            Cipher::Gcm(cipher) => {
                let payload = Payload { msg: plain, aad };
                cipher.encrypt(&Nonce::from(nonce), payload).map_err(|_| Broken::TooLarge("frame"))
            }
            Cipher::CtrHmac { enc, auth } => {
                let mut sealed = plain.to_vec();
                keystream(enc, &nonce, &mut sealed);
                let tag = mac(auth, &nonce, aad, &sealed).finalize().into_bytes();
                sealed.extend(tag.iter().take(SHORT_TAG));
                Ok(sealed)
            }
        }
    }

    /// Opens what [`seal`](Self::seal) made (RFC 9605 §4.4.4).
    ///
    /// # Errors
    /// [`Broken::Seal`].
    pub fn open(&self, counter: u64, aad: &[u8], sealed: &[u8]) -> Result<Vec<u8>, Broken> {
        let nonce = self.nonce(counter);
        match &self.cipher {
            Cipher::Gcm(cipher) => {
                cipher.decrypt(&Nonce::from(nonce), Payload { msg: sealed, aad }).map_err(|_| Broken::Seal)
            }
            Cipher::CtrHmac { enc, auth } => {
                let length = sealed.len().checked_sub(SHORT_TAG).ok_or(Broken::Seal)?;
                let (body, tag) = sealed.split_at_checked(length).ok_or(Broken::Seal)?;
                mac(auth, &nonce, aad, body).verify_truncated_left(tag).map_err(|_| Broken::Seal)?;
                let mut plain = body.to_vec();
                keystream(enc, &nonce, &mut plain);
                Ok(plain)
            }
        }
    }

    /// The salt with the counter in its last bytes (RFC 9605 §4.4.3).
    fn nonce(&self, counter: u64) -> [u8; 12] {
        let mut nonce = *self.salt.expose();
        for (byte, with) in nonce.iter_mut().rev().zip(counter.to_be_bytes().iter().rev()) {
            *byte ^= with;
        }
        nonce
    }
}

fn ctr_hmac(key: &Secret<48>) -> Cipher {
    let (mut enc, mut auth) = ([0; 16], [0; 32]);
    let (first, second) = key.expose().split_at(16);
    enc.copy_from_slice(first);
    auth.copy_from_slice(second);
    Cipher::CtrHmac { enc: Secret::from_bytes(enc), auth: Secret::from_bytes(auth) }
}

/// AES-CTR from block 0 of this nonce (RFC 9605 §4.5.1).
fn keystream(enc: &Secret<16>, nonce: &[u8; 12], bytes: &mut [u8]) {
    let mut block = [0; 16];
    for (place, byte) in block.iter_mut().zip(nonce) {
        *place = *byte;
    }
    Aes128Ctr::new(enc.expose().into(), &block.into()).apply_keystream(bytes);
}

/// The tag covers the lengths too (RFC 9605 §4.5.1).
fn mac(auth: &Secret<32>, nonce: &[u8; 12], aad: &[u8], body: &[u8]) -> hmac::Hmac<sha2::Sha256> {
    let length = |bytes: usize| u64::try_from(bytes).unwrap_or(u64::MAX).to_be_bytes();
    let lengths = [length(aad.len()), length(body.len()), length(SHORT_TAG)].concat();
    hmac(auth.expose()).chain_update(lengths).chain_update(nonce).chain_update(aad).chain_update(body)
}
