//! The member blob: what a browser says of itself when it joins, opaque to the server.

use ed25519_dalek::{Signer, SigningKey};

use crate::id::VisitId;
use crate::vault::Broken;
use crate::vault::bytes::Reader;
use crate::vault::keys::Identity;
use crate::vault::primitive::sha256;
use crate::visit::SeatRole;

const VERSION: u8 = 1;
/// Bytes of a blob.
pub const LENGTH: usize = 1 + 32 + 32 + 32 + 64;

/// A member of a call, as its blob says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Made for this join.
    pub x25519: [u8; 32],
    /// The person's, or a guest's of this tab.
    pub ed25519: [u8; 32],
    /// To the nonce that the safety phrase takes.
    pub commitment: [u8; 32],
    signature: [u8; 64],
}

/// What a member commits to before it knows the others' nonces.
#[must_use]
pub fn commitment(nonce: &[u8; 16]) -> [u8; 32] {
    sha256(&[b"vaidya/nonce/v1", nonce])
}

/// The number of a role in signed bytes.
#[must_use]
pub fn role_number(role: SeatRole) -> u8 {
    match role {
        SeatRole::Doctor => 0,
        SeatRole::Patient => 1,
        SeatRole::Guest => 2,
    }
}

impl Member {
    /// A member for one join of one visit.
    #[must_use]
    pub fn make(visit: VisitId, role: SeatRole, x25519: [u8; 32], nonce: &[u8; 16], identity: &SigningKey) -> Self {
        let commitment = commitment(nonce);
        let signature = identity.sign(&message(visit, role, &x25519, &commitment)).to_bytes();
        Self { x25519, ed25519: identity.verifying_key().to_bytes(), commitment, signature }
    }

    /// `u8 1 ‖ x25519 ‖ ed25519 ‖ commitment ‖ signature`.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        [[VERSION].as_slice(), &self.x25519, &self.ed25519, &self.commitment, &self.signature].concat()
    }

    /// Reads what [`encode`](Self::encode) made; nothing is verified yet.
    ///
    /// # Errors
    /// [`Broken::Malformed`] and, for another version, [`Broken::Unsupported`].
    pub fn parse(blob: &[u8]) -> Result<Self, Broken> {
        let mut reader = Reader::new(blob, "member");
        reader.version(VERSION)?;
        let (x25519, ed25519) = (reader.array()?, reader.array()?);
        let (commitment, signature) = (reader.array()?, reader.array()?);
        reader.end()?;
        Ok(Self { x25519, ed25519, commitment, signature })
    }

    /// Whether the blob was signed by the key in it, for this visit and role. Whose key it is, the caller asks.
    ///
    /// # Errors
    /// [`Broken::Signature`] and [`Broken::Key`].
    pub fn verify(&self, visit: VisitId, role: SeatRole) -> Result<Identity, Broken> {
        let identity = Identity::parse(&self.ed25519)?;
        identity.verify(&message(visit, role, &self.x25519, &self.commitment), &self.signature)?;
        Ok(identity)
    }
}

fn message(visit: VisitId, role: SeatRole, x25519: &[u8; 32], commitment: &[u8; 32]) -> Vec<u8> {
    let place = [visit.0.as_bytes().as_slice(), &[role_number(role)]].concat();
    [b"vaidya/join/v1".as_slice(), &place, x25519, commitment].concat()
}
