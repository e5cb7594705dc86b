//! The one signature of the ledger: Ed25519, made from a seed, and checked by the strict rule everywhere.
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use zeroize::Zeroizing;

use crate::KeyId;

/// An Ed25519 public key, 32 bytes as RFC 8032 encodes it.
pub type Public = [u8; 32];

/// An Ed25519 signature, 64 bytes as RFC 8032 encodes it.
pub type Signed = [u8; 64];

/// Who signs: an Ed25519 private key. It can't be printed, and is wiped from memory when it goes.
pub struct Signer(SigningKey);

impl Signer {
    /// From its seed: the 32 secret bytes of RFC 8032. The caller's copy stays the caller's to wipe.
    #[must_use]
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(seed))
    }

    /// The seed, to be sealed and kept. Wiped when dropped.
    #[must_use]
    pub fn seed(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.0.to_bytes())
    }

    /// The public key that checks what this one signs.
    #[must_use]
    pub fn public(&self) -> Public {
        self.0.verifying_key().to_bytes()
    }

    /// What entries call this key.
    #[must_use]
    pub fn id(&self) -> KeyId {
        KeyId::of(&self.public())
    }

    /// Signs the message. The same message has the same signature (RFC 8032), so that a run can be repeated bit for bit.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> Signed {
        self.0.sign(message).to_bytes()
    }
}

/// Whether the key's owner signed the message: RFC 8032 without cofactor, small-order keys and commitments refused, the scalar canonical.
/// This is the only rule in the ledger, and nothing is checked in batches, because two rules that differ on one signature are two ledgers.
#[must_use]
pub fn verify(public: &Public, message: &[u8], signature: &Signed) -> bool {
    VerifyingKey::from_bytes(public)
        .is_ok_and(|key| key.verify_strict(message, &Signature::from_bytes(signature)).is_ok())
}

/// Whether the bytes are a key that could ever check a signature: a point of the curve, and not one of small order.
#[must_use]
pub fn usable(public: &Public) -> bool {
    VerifyingKey::from_bytes(public).is_ok_and(|key| !key.is_weak())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn bytes<const N: usize>(hex: &str) -> [u8; N] {
        let mut bytes = [0; N];
        for (at, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap();
        }
        bytes
    }

    #[test]
    fn the_vectors_of_rfc_8032_hold() {
        let signer = Signer::from_seed(&bytes("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"));
        assert_eq!(signer.public(), bytes("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"));
        let signature = bytes(concat!(
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da",
            "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
        ));
        assert_eq!(signer.sign(&[0x72]), signature);
        assert!(verify(&signer.public(), &[0x72], &signature));
    }

    #[test]
    fn a_key_of_small_order_signs_nothing() {
        let mut identity = [0; 32];
        identity[0] = 1;
        let mut signature = [0; 64];
        signature[0] = 1;
        assert!(!usable(&identity));
        assert!(!verify(&identity, b"anything", &signature), "the lax rule accepts this one for every message");
    }

    #[test]
    fn a_scalar_above_the_order_is_refused() {
        let signer = Signer::from_seed(&[7; 32]);
        let mut signature = signer.sign(b"message");
        let order: [u8; 32] = bytes("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
        let mut carry = 0u16;
        for (byte, more) in signature[32..].iter_mut().zip(order) {
            let sum = u16::from(*byte) + u16::from(more) + carry;
            *byte = sum.to_le_bytes()[0];
            carry = sum >> 8;
        }
        assert!(!verify(&signer.public(), b"message", &signature), "one signature must not have two spellings");
    }

    #[test]
    fn a_seed_comes_back_as_it_was() {
        assert_eq!(*Signer::from_seed(&[9; 32]).seed(), [9; 32]);
    }

    proptest! {
        #[test]
        fn one_flipped_bit_anywhere_is_refused(seed: [u8; 32], message in prop::collection::vec(any::<u8>(), 1..64), at: prop::sample::Index) {
            let signer = Signer::from_seed(&seed);
            let signature = signer.sign(&message);
            prop_assert!(verify(&signer.public(), &message, &signature));
            let mut all = [&signer.public()[..], &message, &signature].concat();
            let bit = at.index(all.len() * 8);
            all[bit / 8] ^= 1 << (bit % 8);
            let (public, rest) = all.split_at(32);
            let (message, signature) = rest.split_at(message.len());
            prop_assert!(!verify(&public.try_into().unwrap(), message, &signature.try_into().unwrap()));
        }
    }
}
