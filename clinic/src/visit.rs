//! A visit and its room: who may come in, speak, be put out, and when it is over.
//!
//! Everything here is *decide, then apply*: a `decide` function looks at the room as it is and says what should be
//! kept ([`Change`]) or why not ([`Refusal`]); once the change is on disk, [`Room::apply`] makes it so. The same
//! `apply` rebuilds a room from the store after a crash.

use serde::{Deserialize, Serialize};

use crate::id::{LinkId, PersonId, SeatId, VisitId};
use crate::time::Timestamp;
use crate::wire::{RefusalCode, Said};

/// Most seats with a place inside one room: doctor, patient and two guests. A case conference will raise it.
pub const MAX_SEATS: usize = 4;

/// Where a visit stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VisitState {
    /// A patient asked; the doctor has not answered.
    Requested,
    /// The room is open.
    Open,
    /// Over.
    Ended,
    /// The doctor declined, or the patient took the request back.
    Declined,
}

/// What a seat's holder is to this visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SeatRole {
    /// The doctor, who hosts: admits, removes, ends.
    Doctor,
    /// The patient.
    Patient,
    /// Family, interpreter, second doctor: anyone with a guest link.
    Guest,
}

/// Whether a seat has been let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// At the door.
    Lobby,
    /// Let in; stays so through reloads, drops and restarts.
    Admitted,
    /// Put out by the host, for good.
    Removed,
}

/// How a seat came to leave the room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeftWhy {
    /// They hung up.
    HungUp,
    /// Their socket was lost.
    Dropped,
    /// The host put them out.
    Removed,
    /// The visit ended.
    Ended,
}

/// How a visit came to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndedWhy {
    /// The doctor ended it.
    Doctor,
    /// Nobody came back to it for [`IDLE_LIMIT`].
    Idle,
}

/// How well a seat is seen and heard, in three steps people understand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QualityLevel {
    /// Nothing arrives.
    Lost,
    /// Sound breaks up or video is missing.
    Poor,
    /// Some of it is lost.
    Fair,
    /// Clear.
    Good,
}

/// Who holds a seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Holder {
    /// Someone with an account.
    Person(PersonId),
    /// Someone who came by a guest link.
    Guest(LinkId),
}

/// A place in a visit, as kept.
#[derive(Clone, PartialEq, Eq)]
pub struct Seat {
    /// Its id.
    pub id: SeatId,
    /// Who holds it.
    pub holder: Holder,
    /// What they are to the visit.
    pub role: SeatRole,
    /// The name others see.
    pub name: String,
    /// Whether they have been let in.
    pub standing: Standing,
}

/// What a decision would change, as the store keeps it and [`Room::apply`] makes it so.
#[derive(Clone, PartialEq)]
pub enum Change {
    /// A guest's seat, new to this room (the store already has it; the room learns it).
    Seated(Seat),
    /// Let in by the host.
    Admitted(SeatId),
    /// In the room, with media and chat.
    Joined(SeatId),
    /// Out of the room.
    Left {
        /// Who.
        seat: SeatId,
        /// How that came about.
        why: LeftWhy,
    },
    /// Put out by the host, for good.
    Removed(SeatId),
    /// A message, with its place in the order.
    Said(Said),
    /// Seen and heard better or worse than before.
    Quality {
        /// Who.
        seat: SeatId,
        /// How well, now.
        level: QualityLevel,
    },
    /// Over.
    Ended(EndedWhy),
}

/// Why a request was not carried out: a word for programs and a sentence for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct Refusal {
    /// The word.
    pub code: RefusalCode,
    /// The sentence: what happened and what to do.
    pub detail: &'static str,
}

/// What the store remembers of a room: enough to rebuild it.
#[derive(Clone)]
pub struct RoomMemory {
    /// Which visit.
    pub visit: VisitId,
    /// Where it stands.
    pub state: VisitState,
    /// How it ended, when it has.
    pub ended: Option<(Timestamp, EndedWhy)>,
    /// Every seat ever made in it.
    pub seats: Vec<Seat>,
    /// The ids of all kept messages with their place in the order.
    pub said: Vec<(crate::id::MessageId, u64)>,
}
