//! Proves: a Merkle log of entries that validators agree on by PBFT, and proofs that anyone can check. No IO, no clock, no luck of its own.

mod hash;
pub mod key;
pub mod merkle;

pub use hash::{Hash, KeyId};
pub use key::Signer;
