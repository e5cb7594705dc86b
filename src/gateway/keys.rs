//! The one door to private RSA keys that the server holds: opens wraps, and says nothing about why one doesn't open.

use std::fmt;

use aws_lc_rs::rsa::{OAEP_SHA256_MGF1SHA256, OaepPrivateDecryptingKey, PrivateDecryptingKey};
use thiserror::Error;
use vaidya_clinic::vault::secret::ContentKey;

/// Longest RSA modulus in bytes: 4,096 bit.
const MAX_MODULUS: usize = 512;
/// Shortest RSA modulus in bytes: 2,048 bit.
const MIN_MODULUS: usize = 256;

/// The key can't be used: damaged, no RSA key, or of a size that is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("this is no RSA key of 2,048 to 4,096 bit in PKCS #8: restore it from a backup")]
pub struct UnusableKey;

/// The wrap does not open with this key. Which of its checks failed is not said: an answer that tells padding from
/// length would let whoever asks often enough open wraps without the key (Manger 2001).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("this is not wrapped for this key")]
pub struct NotForThisKey;

/// A private RSA key.
pub struct PrivateKey(OaepPrivateDecryptingKey);

impl PrivateKey {
    /// Reads a key in PKCS #8 (RFC 5208).
    ///
    /// # Errors
    /// [`UnusableKey`].
    pub fn from_pkcs8(pkcs8: &[u8]) -> Result<Self, UnusableKey> {
        let key = PrivateDecryptingKey::from_pkcs8(pkcs8).map_err(|_| UnusableKey)?;
        if !(MIN_MODULUS..=MAX_MODULUS).contains(&key.key_size_bytes()) {
            return Err(UnusableKey);
        }
        OaepPrivateDecryptingKey::new(key).map(Self).map_err(|_| UnusableKey)
    }

    /// Opens a wrapped content key: RSA-OAEP with SHA-256 (RFC 8017 §7.1.2). Takes about a millisecond.
    ///
    /// # Errors
    /// [`NotForThisKey`], whatever is wrong.
    pub fn unwrap(&self, wrapped: &[u8]) -> Result<ContentKey, NotForThisKey> {
        let mut room = zeroize::Zeroizing::new([0; MAX_MODULUS]);
        let opened = self.0.decrypt(&OAEP_SHA256_MGF1SHA256, wrapped, room.as_mut_slice(), None);
        let opened = opened.map_err(|_| NotForThisKey)?;
        ContentKey::from_slice(opened).map_err(|_| NotForThisKey)
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrivateKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::rsa::OaepPublicEncryptingKey;
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use rand::SeedableRng;
    use rand::rngs::StdRng;
    use serde_json::Value;
    use vaidya_clinic::vault::jwe::Jwe;
    use vaidya_clinic::vault::keys::SealingKey;
    use vaidya_clinic::vault::secret::Secret;

    use super::*;

    /// What WebCrypto made.
    fn vectors() -> Value {
        serde_json::from_str(include_str!("../../clinic/tests/seal_vectors.json")).unwrap()
    }

    fn hex(value: &Value) -> Vec<u8> {
        let text = value.as_str().unwrap();
        (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
    }

    fn base64(value: &Value) -> Vec<u8> {
        URL_SAFE_NO_PAD.decode(value.as_str().unwrap()).unwrap()
    }

    fn first() -> PrivateKey {
        PrivateKey::from_pkcs8(&hex(&vectors()["bundle"]["rsa_pkcs8"])).unwrap()
    }

    fn wrap() -> Vec<u8> {
        let public = SealingKey::parse(&base64(&vectors()["binding"]["key"]["rsa"])).unwrap();
        public.wrap(&Secret::from_bytes([5; 32]), &mut StdRng::seed_from_u64(1)).unwrap()
    }

    #[test]
    fn what_the_browser_wrapped_opens() {
        let vectors = vectors();
        let chat = first().unwrap(&base64(&vectors["chat"]["wrapped"])).unwrap();
        assert_eq!(chat.expose().as_slice(), hex(&vectors["chat"]["key"]));
        let record = &vectors["record"];
        for (pkcs8, wrap) in record["rsa_pkcs8"].as_array().unwrap().iter().zip(record["wraps"].as_array().unwrap()) {
            let key = PrivateKey::from_pkcs8(&hex(pkcs8)).unwrap().unwrap(&base64(&wrap["encrypted_key"])).unwrap();
            let jwe = Jwe::parse(record["general"].to_string().as_bytes()).unwrap();
            assert_eq!(jwe.sealed.open(&key).unwrap().as_slice(), record["json"].as_str().unwrap().as_bytes());
        }
    }

    #[test]
    fn what_the_clinic_wrapped_opens_for_its_key_alone() {
        assert_eq!(first().unwrap(&wrap()).unwrap().expose(), &[5; 32]);
        let other = PrivateKey::from_pkcs8(&hex(&vectors()["approval"]["second_rsa_pkcs8"])).unwrap();
        assert_eq!(other.unwrap(&wrap()).err(), Some(NotForThisKey));
    }

    #[test]
    fn every_failure_says_the_same() {
        let (key, wrap) = (first(), wrap());
        for bit in (0..wrap.len() * 8).step_by(61) {
            let mut changed = wrap.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(key.unwrap(&changed).err(), Some(NotForThisKey));
        }
        for odd in [&[][..], &wrap[1..], &[0; 256], &[0xff; 256], &[wrap.as_slice(), &[0]].concat()] {
            assert_eq!(key.unwrap(odd).err(), Some(NotForThisKey));
        }
    }

    #[test]
    fn a_wrap_of_something_that_is_no_key_says_the_same() {
        let private = PrivateDecryptingKey::from_pkcs8(&hex(&vectors()["bundle"]["rsa_pkcs8"])).unwrap();
        let public = OaepPublicEncryptingKey::new(private.public_key()).unwrap();
        let mut room = [0; MAX_MODULUS];
        let wrapped = public.encrypt(&OAEP_SHA256_MGF1SHA256, &[5; 31], &mut room, None).unwrap();
        assert_eq!(first().unwrap(wrapped).err(), Some(NotForThisKey));
    }

    #[test]
    fn what_is_no_rsa_key_is_not_taken() {
        let pkcs8 = hex(&vectors()["bundle"]["rsa_pkcs8"]);
        for odd in [&[][..], &pkcs8[..100], &hex(&vectors()["bundle"]["ed_pkcs8"])] {
            assert_eq!(PrivateKey::from_pkcs8(odd).err(), Some(UnusableKey));
        }
    }

    #[test]
    fn a_key_does_not_print_itself() {
        assert_eq!(format!("{:?}", first()), "PrivateKey(…)");
    }
}
