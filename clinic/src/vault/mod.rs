//! What is sealed for people, and the keys it is sealed to: the server's twin of the browser's code (docs/sealing.md).
//!
//! Randomness comes in as an argument. Private operations of RSA are not here: they belong to the shell's one door.

pub(crate) mod bytes;
pub mod chunk;
pub mod header;
pub mod jwe;
pub mod keys;
pub mod object;
pub mod padme;
pub mod password;
pub(crate) mod primitive;
pub mod sealed;
pub mod secret;

use thiserror::Error;

/// Why sealed or signed bytes were not taken. Says nothing about what is inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Broken {
    /// The bytes are not in the form that docs/sealing.md gives.
    #[error("malformed: {0}")]
    Malformed(&'static str),
    /// Larger than its limit.
    #[error("too large: {0}")]
    TooLarge(&'static str),
    /// Well formed, but with an algorithm or a version that is not ours.
    #[error("not supported: {0}")]
    Unsupported(&'static str),
    /// The key is not the one that the header commits to.
    #[error("the key is not the one it was sealed with")]
    Commitment,
    /// The seal does not hold: another key, or changed bytes.
    #[error("the seal does not hold")]
    Seal,
    /// The signature is not this key's over these bytes.
    #[error("the signature does not hold")]
    Signature,
    /// A key that must not be used: too small, too large, or one for which anything verifies.
    #[error("the key is not acceptable: {0}")]
    Key(&'static str),
}
