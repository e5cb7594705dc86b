//! The one hash of the ledger, SHA-256, and what is named by it.
use std::fmt;

use sha2::{Digest, Sha256};

/// A SHA-256 hash, 32 bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Hash(pub [u8; 32]);

impl fmt::Debug for Hash {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().take(6).try_for_each(|byte| write!(out, "{byte:02x}"))
    }
}

impl Hash {
    /// The hash of the parts, one after the other, without anything between them: callers fix the lengths.
    #[must_use]
    pub fn of(parts: &[&[u8]]) -> Self {
        let mut hasher = Sha256::new();
        for part in parts {
            hasher.update(part);
        }
        Self(hasher.finalize().into())
    }
}

/// Which key: the first 16 bytes of SHA-256("vaidya/ledger/key/v1" ‖ Ed25519 public key).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct KeyId(pub [u8; 16]);

impl KeyId {
    /// Of an Ed25519 public key, 32 bytes.
    #[must_use]
    pub fn of(public: &[u8; 32]) -> Self {
        let hash = Hash::of(&[b"vaidya/ledger/key/v1", public]);
        let mut id = [0; 16];
        id.iter_mut().zip(hash.0).for_each(|(to, from)| *to = from);
        Self(id)
    }
}
