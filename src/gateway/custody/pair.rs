//! A pair of keys in memory: RSA that opens, Ed25519 that signs.

use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rsa::{KeySize, PrivateDecryptingKey};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use vaidya_clinic::id::{KeyId, OrgId, PersonId};
use vaidya_clinic::vault::keys::{Bound, Identity, SealingKey};
use vaidya_clinic::vault::secret::ContentKey;
use zeroize::Zeroizing;

use super::NoKey;
use crate::gateway::keys::PrivateKey;

/// Bytes of an Ed25519 seed (RFC 8032 §5.1.5).
const SEED: usize = 32;

/// Both private halves as they are sealed: `u16 length ‖ RSA in PKCS #8 ‖ Ed25519 seed`.
pub(in crate::gateway) type Halves = Zeroizing<Vec<u8>>;

/// A pair.
pub(super) struct Pair {
    rsa: PrivateKey,
    spki: Vec<u8>,
    ed: Ed25519KeyPair,
}

impl Pair {
    /// A new pair, and its private halves.
    pub(super) fn draw() -> Result<(Self, Halves), ()> {
        let rsa = PrivateDecryptingKey::generate(KeySize::Rsa2048).map_err(|_| ())?;
        let pkcs8: Pkcs8V1Der<'_> = rsa.as_der().map_err(|_| ())?;
        let seed = Zeroizing::new(crate::clock::random::<SEED>());
        let length = u16::try_from(pkcs8.as_ref().len()).map_err(|_| ())?;
        let halves = Zeroizing::new([&length.to_be_bytes(), pkcs8.as_ref(), seed.as_slice()].concat());
        Ok((Self::read(&halves).map_err(|_| ())?, halves))
    }

    /// The pair of these halves.
    pub(super) fn read(halves: &[u8]) -> Result<Self, NoKey> {
        let damaged = || NoKey::Damaged;
        let (length, rest) = halves.split_first_chunk::<2>().ok_or_else(damaged)?;
        let (pkcs8, seed) = rest.split_at_checked(u16::from_be_bytes(*length).into()).ok_or_else(damaged)?;
        let public = PrivateDecryptingKey::from_pkcs8(pkcs8).map_err(|_| NoKey::Damaged)?.public_key();
        let spki: PublicKeyX509Der<'_> = public.as_der().map_err(|_| NoKey::Damaged)?;
        Ok(Self {
            rsa: PrivateKey::from_pkcs8(pkcs8).map_err(|_| NoKey::Damaged)?,
            spki: spki.as_ref().to_vec(),
            ed: Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| NoKey::Damaged)?,
        })
    }

    /// The public half to seal to.
    pub(super) fn spki(&self) -> &[u8] {
        &self.spki
    }

    /// The public half to check signatures with.
    pub(super) fn ed(&self) -> [u8; 32] {
        self.ed.public_key().as_ref().try_into().unwrap_or_default()
    }

    /// The pair bound to its organisation, which stands where a person stands.
    pub(super) fn bound(&self, id: KeyId, org: OrgId) -> Result<Bound, NoKey> {
        let odd = |_| NoKey::Damaged;
        let rsa = SealingKey::parse(&self.spki).map_err(odd)?;
        Ok(Bound { person: PersonId(org.0), id, rsa, ed: Identity::parse(&self.ed()).map_err(odd)? })
    }

    pub(super) fn open(&self, ek: &[u8]) -> Result<ContentKey, NoKey> {
        self.rsa.unwrap(ek).map_err(|_| NoKey::NotForThisKey)
    }

    pub(super) fn sign(&self, message: &[u8]) -> Result<[u8; 64], NoKey> {
        let signature = self.ed.try_sign(message).map_err(|_| NoKey::Damaged)?;
        signature.as_ref().try_into().map_err(|_| NoKey::Damaged)
    }
}
