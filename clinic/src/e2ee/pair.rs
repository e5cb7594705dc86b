//! What two members say to each other alone: nonces, "the phrases are the same", a guest's transcript key.

use x25519_dalek::StaticSecret;

use super::agree;
use crate::id::{SeatId, VisitId};
use crate::vault::Broken;
use crate::vault::bytes::Reader;
use crate::vault::primitive::{hkdf, open, seal};
use crate::vault::secret::Secret;

/// The key of two members, for as long as neither joins again.
pub struct Pair {
    key: Secret<32>,
    visit: VisitId,
    own: SeatId,
    other: SeatId,
}

impl Pair {
    /// The pair of this member and another.
    ///
    /// # Errors
    /// [`Broken::Key`] when the other's X25519 key is of small order.
    pub fn new(
        mine: &StaticSecret,
        theirs: &[u8; 32],
        visit: VisitId,
        own: SeatId,
        other: SeatId,
    ) -> Result<Self, Broken> {
        let shared = agree(mine, theirs)?;
        let (lower, higher) = (own.min(other), own.max(other));
        let (room, lower, higher) = (visit.0.as_bytes(), lower.0.as_bytes(), higher.0.as_bytes());
        let key = hkdf(shared.expose(), &[], &[b"vaidya/pair/v1", room, lower, higher]);
        Ok(Self { key, visit, own, other })
    }

    /// `iv ‖ ciphertext ‖ tag` of a pass of this kind to the other; `iv` is random.
    ///
    /// # Errors
    /// None below 64 GiB.
    pub fn seal(&self, kind: u8, iv: [u8; 12], message: &[u8]) -> Result<Vec<u8>, Broken> {
        let sealed = seal(&self.key, &iv, &self.aad(kind, self.own, self.other), message)?;
        Ok([iv.as_slice(), &sealed].concat())
    }

    /// Opens what the other sealed.
    ///
    /// # Errors
    /// [`Broken::Seal`], also for one's own pass sent back.
    pub fn open(&self, kind: u8, sealed: &[u8]) -> Result<Vec<u8>, Broken> {
        let mut reader = Reader::new(sealed, "pass");
        let iv = reader.array()?;
        Ok(open(&self.key, &iv, &self.aad(kind, self.other, self.own), reader.rest())?.to_vec())
    }

    fn aad(&self, kind: u8, from: SeatId, to: SeatId) -> Vec<u8> {
        [[kind].as_slice(), self.visit.0.as_bytes(), from.0.as_bytes(), to.0.as_bytes()].concat()
    }
}
