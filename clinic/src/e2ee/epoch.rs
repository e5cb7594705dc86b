//! The secrets of an epoch: each member's own, wrapped for each other member of one roster.

use x25519_dalek::StaticSecret;

use super::agree;
use crate::id::{SeatId, VisitId};
use crate::vault::Broken;
use crate::vault::primitive::{hkdf, open, seal};
use crate::vault::secret::Secret;

/// Bytes of a wrapped secret: the secret and a tag.
pub const WRAP: usize = 48;
/// The key is used once, so its vector may be fixed.
const IV: [u8; 12] = [0; 12];

/// What a sender draws for an epoch; the keys of its frames come from it.
pub type EpochSecret = Secret<32>;

/// From whom to whom a secret goes, and of which roster.
#[derive(Clone, Copy, Debug)]
pub struct Way {
    /// The visit.
    pub visit: VisitId,
    /// The roster's epoch.
    pub epoch: u64,
    /// The roster's hash.
    pub roster: [u8; 32],
    /// Whose secret it is.
    pub sender: SeatId,
    /// Who gets it.
    pub recipient: SeatId,
}

/// What a frame carries: each kind has its own key and suite.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Opus.
    Audio,
    /// VP8.
    Video,
}

/// Wraps a secret for one other member.
///
/// # Errors
/// [`Broken::Key`] when the other's X25519 key is of small order.
pub fn wrap(secret: &EpochSecret, mine: &StaticSecret, theirs: &[u8; 32], way: &Way) -> Result<Vec<u8>, Broken> {
    seal(&kek(mine, theirs, way)?, &IV, b"", secret.expose())
}

/// Opens what [`wrap`] made at the sender.
///
/// # Errors
/// [`Broken::Seal`] for another roster, sender, recipient or key.
pub fn unwrap(wrapped: &[u8], mine: &StaticSecret, theirs: &[u8; 32], way: &Way) -> Result<EpochSecret, Broken> {
    if wrapped.len() != WRAP {
        return Err(Broken::Malformed("wrapped secret"));
    }
    Secret::from_slice(&open(&kek(mine, theirs, way)?, &IV, b"", wrapped)?)
}

/// The SFrame base key of a sender for one kind.
#[must_use]
pub fn base_key(secret: &EpochSecret, kind: Kind) -> Secret<16> {
    let label: &[u8] = match kind {
        Kind::Audio => b"vaidya/audio/v1",
        Kind::Video => b"vaidya/video/v1",
    };
    hkdf(secret.expose(), &[], &[label])
}

fn kek(mine: &StaticSecret, theirs: &[u8; 32], way: &Way) -> Result<Secret<32>, Broken> {
    let shared = agree(mine, theirs)?;
    let epoch = way.epoch.to_be_bytes();
    let (visit, from, to) = (way.visit.0.as_bytes(), way.sender.0.as_bytes(), way.recipient.0.as_bytes());
    Ok(hkdf(shared.expose(), &way.roster, &[b"vaidya/epoch/v1", visit, &epoch, from, to]))
}
