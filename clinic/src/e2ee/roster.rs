//! The roster: who is in the room and with which keys, as the doctor's browser alone says.

use ed25519_dalek::{Signer, SigningKey};
use thiserror::Error;

use crate::id::{SeatId, VisitId};
use crate::time::Timestamp;
use crate::vault::Broken;
use crate::vault::bytes::Reader;
use crate::vault::keys::Identity;
use crate::vault::primitive::sha256;

const VERSION: u8 = 1;
const LABEL: &[u8] = b"vaidya/roster/v1";
const SIGNATURE: usize = 64;
/// Most members: as many as a room has seats.
pub const MAX_MEMBERS: usize = 16;

/// One member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Where.
    pub seat: SeatId,
    /// Made for this join.
    pub x25519: [u8; 32],
    /// The identity key.
    pub ed25519: [u8; 32],
}

/// Who shares the secrets of an epoch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Roster {
    visit: VisitId,
    epoch: u64,
    entries: Vec<Entry>,
}

/// A roster whose signature held, with the bytes that were signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    roster: Roster,
    bytes: Vec<u8>,
}

/// Why a roster with the doctor's signature is not taken all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Refusal {
    /// Signed for another room.
    #[error("the roster is of another visit")]
    OtherVisit,
    /// Not newer than one that was taken: replayed.
    #[error("the roster is not newer than the last")]
    Old,
    /// It does not name this member exactly as it is.
    #[error("the roster does not name me as I am")]
    NotMe,
    /// It names someone whose blob was not verified here.
    #[error("the roster names someone who was not verified")]
    Stranger,
}

/// What a member knows when a roster arrives.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// This visit.
    pub visit: VisitId,
    /// The highest epoch taken so far.
    pub highest: Option<u64>,
    /// This member itself.
    pub own: &'a Entry,
    /// The members whose blobs this member verified itself.
    pub others: &'a [Entry],
}

/// The epoch after `highest` (0 when there was none): never lower than the clock, so that a doctor who lost everything
/// does not start again, and the next of eight, so that the key ids of epochs that follow each other differ.
#[must_use]
pub fn next_epoch(highest: u64, now: Timestamp) -> u64 {
    let next = highest.saturating_add(1);
    let clock = u64::try_from(now.0).unwrap_or(0);
    next.saturating_add(clock.saturating_sub(next).div_ceil(8).saturating_mul(8))
}

impl Roster {
    /// A roster of these members, put in the order of their seats.
    ///
    /// # Errors
    /// [`Broken::TooLarge`] above [`MAX_MEMBERS`], [`Broken::Malformed`] when a seat is named twice or nobody is.
    pub fn new(visit: VisitId, epoch: u64, mut entries: Vec<Entry>) -> Result<Self, Broken> {
        entries.sort_by_key(|entry| entry.seat);
        if entries.len() > MAX_MEMBERS {
            return Err(Broken::TooLarge("roster"));
        }
        if entries.is_empty() || !ascending(&entries) {
            return Err(Broken::Malformed("roster"));
        }
        Ok(Self { visit, epoch, entries })
    }

    /// Its epoch.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Its members, in the order of their seats.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// `u8 1 ‖ visit ‖ u64 epoch ‖ u8 n ‖ n × (seat ‖ x25519 ‖ ed25519)`.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let count = u8::try_from(self.entries.len()).unwrap_or(u8::MAX);
        let head = [[VERSION].as_slice(), self.visit.0.as_bytes(), &self.epoch.to_be_bytes(), &[count]].concat();
        self.entries.iter().fold(head, |mut bytes, entry| {
            bytes.extend_from_slice(entry.seat.0.as_bytes());
            bytes.extend_from_slice(&entry.x25519);
            bytes.extend_from_slice(&entry.ed25519);
            bytes
        })
    }

    /// Reads what [`encode`](Self::encode) made.
    ///
    /// # Errors
    /// [`Broken`]: also for members out of order.
    pub fn parse(bytes: &[u8]) -> Result<Self, Broken> {
        let mut reader = Reader::new(bytes, "roster");
        reader.version(VERSION)?;
        let (visit, epoch, count) = (VisitId(reader.uuid()?), reader.u64()?, reader.u8()?);
        if usize::from(count) > MAX_MEMBERS {
            return Err(Broken::TooLarge("roster"));
        }
        let entry = |_| Ok(Entry { seat: SeatId(reader.uuid()?), x25519: reader.array()?, ed25519: reader.array()? });
        let entries: Vec<Entry> = (0..count).map(entry).collect::<Result<_, Broken>>()?;
        reader.end()?;
        if ascending(&entries) { Self::new(visit, epoch, entries) } else { Err(Broken::Malformed("roster")) }
    }

    /// The roster with the doctor's signature.
    #[must_use]
    pub fn sign(self, doctor: &SigningKey) -> Signed {
        let mut bytes = self.encode();
        let signature = doctor.sign(&[LABEL, &bytes].concat()).to_bytes();
        bytes.extend_from_slice(&signature);
        Signed { roster: self, bytes }
    }

    /// Whether a member takes this roster.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn check(&self, known: &Known<'_>) -> Result<(), Refusal> {
        if self.visit != known.visit {
            return Err(Refusal::OtherVisit);
        }
        if known.highest.is_some_and(|highest| self.epoch <= highest) {
            return Err(Refusal::Old);
        }
        if !self.entries.contains(known.own) {
            return Err(Refusal::NotMe);
        }
        let verified = |entry: &Entry| entry == known.own || known.others.contains(entry);
        if self.entries.iter().all(verified) { Ok(()) } else { Err(Refusal::Stranger) }
    }
}

impl Signed {
    /// Reads a signed roster and verifies the doctor's signature over its exact bytes.
    ///
    /// # Errors
    /// [`Broken::Signature`], and as [`Roster::parse`].
    pub fn parse(bytes: &[u8], doctor: &Identity) -> Result<Self, Broken> {
        let broken = Broken::Malformed("roster");
        let (roster, signature) = bytes.split_at_checked(bytes.len().saturating_sub(SIGNATURE)).ok_or(broken)?;
        let signature = signature.try_into().map_err(|_| broken)?;
        doctor.verify(&[LABEL, roster].concat(), signature)?;
        Ok(Self { roster: Roster::parse(roster)?, bytes: bytes.to_vec() })
    }

    /// What was signed.
    #[must_use]
    pub fn roster(&self) -> &Roster {
        &self.roster
    }

    /// The bytes that are passed on.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The hash that the secrets of this epoch are bound to.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        sha256(&[&self.bytes])
    }
}

fn ascending(entries: &[Entry]) -> bool {
    entries.iter().zip(entries.iter().skip(1)).all(|(one, next)| one.seat < next.seat)
}
