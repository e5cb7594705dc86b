//! The sealed chat: what a message's body holds, and the chain that shows when one was changed, dropped or moved.

use std::fmt;

use ed25519_dalek::{Signer, SigningKey};
use serde::{Deserialize, Serialize};

use crate::id::{MessageId, SeatId, VisitId};
use crate::vault::Broken;
use crate::vault::bytes::Reader;
use crate::vault::keys::Identity;
use crate::vault::primitive::{open, seal, sha256};
use crate::vault::secret::Secret;

const VERSION: u8 = 1;

/// The key of a visit's chat.
pub type TranscriptKey = Secret<32>;

/// Where a message is, or is to be, written.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// The visit.
    pub visit: VisitId,
    /// The message.
    pub message: MessageId,
}

/// How far an author had read: the last message and the chain there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Sequence number of the last message, 0 before the first.
    pub seq: u64,
    /// The chain after that message.
    pub chain: [u8; 32],
}

/// What a body says. Its text is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Opened {
    /// How far the author had read.
    pub seen: Seen,
    /// The author's key, whose signature held. Whose key it is, the reader asks.
    pub author: Identity,
    /// What was written.
    pub text: String,
}

impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opened").field("seen", &self.seen.seq).finish_non_exhaustive()
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Json {
    text: String,
}

/// Signs and seals a text; `iv` is random.
///
/// # Errors
/// None in practice: a text always has its JSON.
pub fn seal_body(
    key: &TranscriptKey,
    author: &SigningKey,
    place: Place,
    seen: Seen,
    iv: [u8; 12],
    text: &str,
) -> Result<Vec<u8>, Broken> {
    let json = serde_json::to_vec(&Json { text: text.to_owned() }).map_err(|_| Broken::Malformed("text"))?;
    let signature = author.sign(&said(place, seen, &json)).to_bytes();
    let public = author.verifying_key().to_bytes();
    let inner = [seen.seq.to_be_bytes().as_slice(), &seen.chain, &public, &signature, &json].concat();
    let sealed = seal(key, &iv, &aad(place), &inner)?;
    Ok([[VERSION].as_slice(), &iv, &sealed].concat())
}

/// Opens a body and verifies its author's signature.
///
/// # Errors
/// [`Broken`].
pub fn open_body(key: &TranscriptKey, place: Place, body: &[u8]) -> Result<Opened, Broken> {
    let mut reader = Reader::new(body, "body");
    reader.version(VERSION)?;
    let iv = reader.array()?;
    let inner = open(key, &iv, &aad(place), reader.rest())?;
    let mut reader = Reader::new(&inner, "body");
    let seen = Seen { seq: reader.u64()?, chain: reader.array()? };
    let author = Identity::parse(&reader.array()?)?;
    let signature = reader.array()?;
    let json = reader.rest();
    author.verify(&said(place, seen, json), &signature)?;
    let Json { text } = serde_json::from_slice(json).map_err(|_| Broken::Malformed("text"))?;
    Ok(Opened { seen, author, text })
}

/// The chain before the first message.
#[must_use]
pub fn chain_start(visit: VisitId) -> [u8; 32] {
    sha256(&[b"vaidya/chain/v1", visit.0.as_bytes()])
}

/// The chain after one more message, as the server ordered it.
#[must_use]
pub fn chain_next(last: &[u8; 32], seq: u64, message: MessageId, seat: SeatId, body: &[u8]) -> [u8; 32] {
    let (message, seat) = (message.0.as_bytes(), seat.0.as_bytes());
    sha256(&[last, &seq.to_be_bytes(), message, seat, &sha256(&[body])])
}

fn aad(place: Place) -> Vec<u8> {
    [b"vaidya/chat/v1".as_slice(), place.visit.0.as_bytes(), place.message.0.as_bytes()].concat()
}

fn said(place: Place, seen: Seen, json: &[u8]) -> Vec<u8> {
    let place = [place.visit.0.as_bytes().as_slice(), place.message.0.as_bytes()].concat();
    [b"vaidya/say/v1".as_slice(), &place, &seen.seq.to_be_bytes(), &seen.chain, &sha256(&[json])].concat()
}
