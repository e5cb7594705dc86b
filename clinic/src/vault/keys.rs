//! The public keys of a person, and the signatures that bind them: to the person, and to the device that approved them.

use ed25519_dalek::{Signature, VerifyingKey};
use rand_core::CryptoRng;
use rsa::pkcs8::{DecodePublicKey, EncodePublicKey};
use rsa::traits::PublicKeyParts;
use rsa::{BoxedUint, Oaep, RsaPublicKey};
use sha2::Sha256;

use super::Broken;
use super::bytes::crockford;
use super::primitive::sha256;
use super::secret::ContentKey;
use crate::id::{KeyId, PersonId};

/// Bits of an RSA modulus that are taken: the browser makes 2,048.
pub const RSA_BITS: std::ops::RangeInclusive<u32> = 2_048..=4_096;
/// Longest SPKI: 4,096 bit take 550 bytes.
pub const MAX_SPKI: usize = 600;
const EXPONENT: u32 = 65_537;

/// Someone's RSA key: what is sealed to them is wrapped with it.
#[derive(Clone, Debug)]
pub struct SealingKey {
    key: RsaPublicKey,
    spki: Vec<u8>,
}

impl SealingKey {
    /// Reads a SubjectPublicKeyInfo in DER (RFC 5280 §4.1).
    ///
    /// # Errors
    /// [`Broken::Malformed`], also for another encoding of the same key, and [`Broken::Key`] outside [`RSA_BITS`] or
    /// with an exponent other than 65,537.
    pub fn parse(spki: &[u8]) -> Result<Self, Broken> {
        if spki.len() > MAX_SPKI {
            return Err(Broken::TooLarge("SPKI"));
        }
        let key = RsaPublicKey::from_public_key_der(spki).map_err(|_| Broken::Malformed("SPKI"))?;
        let canonical = key.to_public_key_der().map_err(|_| Broken::Malformed("SPKI"))?;
        if canonical.as_bytes() != spki {
            return Err(Broken::Malformed("SPKI"));
        }
        if !RSA_BITS.contains(&key.n().bits()) {
            return Err(Broken::Key("RSA of 2,048 to 4,096 bit"));
        }
        if *key.e() != BoxedUint::from(EXPONENT) {
            return Err(Broken::Key("RSA with the exponent 65,537"));
        }
        Ok(Self { key, spki: spki.to_vec() })
    }

    /// The key as it was read.
    #[must_use]
    pub fn spki(&self) -> &[u8] {
        &self.spki
    }

    /// RSA-OAEP with SHA-256 of a content key (RFC 8017 §7.1.1, RFC 7518 §4.3).
    ///
    /// # Errors
    /// [`Broken::Key`] when the key can't encrypt.
    pub fn wrap(&self, key: &ContentKey, rng: &mut (impl CryptoRng + ?Sized)) -> Result<Vec<u8>, Broken> {
        let wrapped = self.key.encrypt(rng, Oaep::<Sha256>::new(), key.expose());
        wrapped.map_err(|_| Broken::Key("RSA that encrypts"))
    }
}

/// Someone's Ed25519 key, public half.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity(VerifyingKey);

impl Identity {
    /// Reads the 32 raw bytes.
    ///
    /// # Errors
    /// [`Broken::Key`] for what is no point of the curve, and for one of small order (anything verifies under it).
    pub fn parse(raw: &[u8; 32]) -> Result<Self, Broken> {
        let key = VerifyingKey::from_bytes(raw).map_err(|_| Broken::Key("an Ed25519 point"))?;
        if key.is_weak() { Err(Broken::Key("an Ed25519 point of full order")) } else { Ok(Self(key)) }
    }

    /// The 32 raw bytes.
    #[must_use]
    pub fn raw(&self) -> [u8; 32] {
        self.0.to_bytes()
    }

    /// Checks a signature, strictly: one key, one message, one signature.
    ///
    /// # Errors
    /// [`Broken::Signature`].
    pub fn verify(&self, message: &[u8], signature: &[u8; 64]) -> Result<(), Broken> {
        self.0.verify_strict(message, &Signature::from_bytes(signature)).map_err(|_| Broken::Signature)
    }
}

impl From<VerifyingKey> for Identity {
    fn from(key: VerifyingKey) -> Self {
        Self(key)
    }
}

/// The keys of one person as they are registered.
#[derive(Clone, Debug)]
pub struct Bound {
    /// Whose.
    pub person: PersonId,
    /// The name of the pair.
    pub id: KeyId,
    /// To seal to.
    pub rsa: SealingKey,
    /// To verify with.
    pub ed: Identity,
}

impl Bound {
    /// The message by which the Ed25519 key claims the RSA key and the person.
    #[must_use]
    pub fn binding(&self) -> Vec<u8> {
        let spki = sha256(&[self.rsa.spki()]);
        let ids = [self.person.0.as_bytes().as_slice(), self.id.0.as_bytes()].concat();
        [b"vaidya/identity/v1".as_slice(), &ids, &spki, &self.ed.raw()].concat()
    }

    /// Whether the binding was signed by the key that it binds.
    ///
    /// # Errors
    /// [`Broken::Signature`].
    pub fn check(&self, signature: &[u8; 64]) -> Result<(), Broken> {
        self.ed.verify(&self.binding(), signature)
    }

    /// The message by which another key of the same person approves this one.
    #[must_use]
    pub fn approval(&self) -> Vec<u8> {
        let ids = [self.person.0.as_bytes().as_slice(), self.id.0.as_bytes()].concat();
        [b"vaidya/approve/v1".as_slice(), &ids, &sha256(&[&self.binding()])].concat()
    }

    /// Whether `approver`, a live key of the same person, approved this one.
    ///
    /// # Errors
    /// [`Broken::Signature`].
    pub fn check_approval(&self, approver: &Identity, signature: &[u8; 64]) -> Result<(), Broken> {
        approver.verify(&self.approval(), signature)
    }

    /// What the first device compares before it approves: 100 bits of the binding's hash in 20 of Crockford's letters.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        crockford(&sha256(&[&self.binding()])).chars().take(20).collect()
    }
}
