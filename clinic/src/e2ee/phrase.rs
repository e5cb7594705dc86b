//! The safety phrase: five words that two people compare to know that nobody sits between them.

use super::member::commitment;
use crate::id::{SeatId, VisitId};
use crate::vault::Broken;
use crate::vault::primitive::sha256;

/// Words in a phrase.
pub const WORDS: usize = 5;
/// Words in each language's list.
pub const LIST: usize = 64;

/// One of the two.
#[derive(Clone, Copy, Debug)]
pub struct Side {
    /// Where.
    pub seat: SeatId,
    /// The identity key.
    pub ed25519: [u8; 32],
    /// Revealed only after both had committed.
    pub nonce: [u8; 16],
}

/// Takes a nonce that was revealed, when it is the one committed to.
///
/// # Errors
/// [`Broken::Commitment`]: a warning for the people, never a phrase.
pub fn revealed(nonce: [u8; 16], committed: &[u8; 32]) -> Result<[u8; 16], Broken> {
    if commitment(&nonce) == *committed { Ok(nonce) } else { Err(Broken::Commitment) }
}

/// The places of the words in the list: the first 30 bits of a hash, six each, the highest first.
#[must_use]
pub fn phrase(visit: VisitId, one: &Side, other: &Side) -> [u8; WORDS] {
    let (lower, higher) = if one.seat < other.seat { (one, other) } else { (other, one) };
    let side = |side: &Side| [side.seat.0.as_bytes().as_slice(), &side.ed25519, &side.nonce].concat();
    let hash = sha256(&[b"vaidya/phrase/v1", visit.0.as_bytes(), &side(lower), &side(higher)]);
    let bit = |index: usize| hash.get(index / 8).is_some_and(|byte| byte >> (7 - index % 8) & 1 == 1);
    std::array::from_fn(|word| (word * 6..word * 6 + 6).fold(0, |value, index| value << 1 | u8::from(bit(index))))
}
