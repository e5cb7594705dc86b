//! A visit: where it stands, who has a seat in it, what can change, and how it comes to its end.
//!
//! Who may do what inside is [`room`](crate::room)'s; this file has the nouns, and the life of a visit outside its room.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::id::{LinkId, MessageId, PersonId, SeatId, VisitId};
pub use crate::refusal::Refusal;
use crate::role::Role;
use crate::time::Timestamp;
use crate::wire::Said;
use crate::word::words;

/// Most seats with a place inside one room: doctor, patient and two guests. A case conference will raise it.
pub const MAX_SEATS: usize = 4;

/// A visit that nobody came back to for so long ends by itself. Lower ends visits over a long lunch, higher leaves
/// forgotten rooms open to whoever finds a device signed in.
pub const IDLE_LIMIT: Duration = Duration::from_secs(12 * 60 * 60);

/// Where a visit stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
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
    /// Their account was disabled.
    Barred,
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

/// What the host should know of a seat before letting it in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SeatFlag {
    /// Its link was used on another device first.
    SecondDevice,
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
    /// What the host should know of them.
    pub flag: Option<SeatFlag>,
}

/// What a decision would change, as the store keeps it and [`Room::apply`](crate::room::Room::apply) makes it so.
#[derive(Clone, Debug, PartialEq)]
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

/// What the store remembers of a room: enough to rebuild it.
#[derive(Clone)]
pub struct RoomMemory {
    /// Which visit.
    pub visit: VisitId,
    /// Where it stands.
    pub state: VisitState,
    /// From when one may come in, when it is planned.
    pub opens: Option<Timestamp>,
    /// How it ended, when it has.
    pub ended: Option<(Timestamp, EndedWhy)>,
    /// Every seat ever made in it.
    pub seats: Vec<Seat>,
    /// The ids of all kept messages with their place in the order.
    pub said: Vec<(MessageId, u64)>,
}

/// What was wanted of a visit does not go with where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this visit is {}: reload the page to see where it stands", .0.as_str())]
pub struct BadState(pub VisitState);

words!(VisitState { Requested = "requested", Open = "open", Ended = "ended", Declined = "declined" });
words!(SeatRole { Doctor = "doctor", Patient = "patient", Guest = "guest" });
words!(Standing { Lobby = "lobby", Admitted = "admitted", Removed = "removed" });
words!(LeftWhy {
    HungUp = "hung_up",
    Dropped = "dropped",
    Removed = "removed",
    Ended = "ended",
    Barred = "barred",
});
words!(SeatFlag { SecondDevice = "second_device" });
words!(EndedWhy { Doctor = "doctor", Idle = "idle" });
words!(QualityLevel { Lost = "lost", Poor = "poor", Fair = "fair", Good = "good" });

impl VisitState {
    /// Where a new visit stands: what a patient asks for waits for the doctor, what the doctor or the desk makes is
    /// open. None when this role makes no visits.
    #[must_use]
    pub fn of_new(made_by: Role) -> Option<Self> {
        match made_by {
            Role::Patient => Some(Self::Requested),
            Role::Doctor | Role::Desk => Some(Self::Open),
            Role::Pharmacist | Role::Researcher | Role::Admin | Role::Auditor => None,
        }
    }

    /// Neither over nor declined: the same two people get this one instead of another.
    #[must_use]
    pub fn is_live(self) -> bool {
        matches!(self, Self::Requested | Self::Open)
    }

    /// The doctor accepts.
    ///
    /// # Errors
    /// When nobody is asking (any more).
    pub fn accept(self) -> Result<Self, BadState> {
        self.answer(Self::Open)
    }

    /// The doctor declines, or the patient takes the request back.
    ///
    /// # Errors
    /// When nobody is asking (any more).
    pub fn decline(self) -> Result<Self, BadState> {
        self.answer(Self::Declined)
    }

    fn answer(self, answer: Self) -> Result<Self, BadState> {
        if self == Self::Requested { Ok(answer) } else { Err(BadState(self)) }
    }

    /// The visit is over.
    ///
    /// # Errors
    /// When it isn't open.
    pub fn end(self) -> Result<Self, BadState> {
        if self == Self::Open { Ok(Self::Ended) } else { Err(BadState(self)) }
    }
}

/// Whether an open visit whose last event was at `last` has been left alone for so long that it is over.
#[must_use]
pub fn left_alone(last: Timestamp, now: Timestamp) -> bool {
    now.since(last) >= IDLE_LIMIT
}

impl SeatRole {
    /// Whether a new seat of this role is let in from the start, or waits at the door.
    #[must_use]
    pub fn first_standing(self) -> Standing {
        match self {
            Self::Doctor => Standing::Admitted,
            Self::Patient | Self::Guest => Standing::Lobby,
        }
    }
}

impl fmt::Debug for Seat {
    /// Without the name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Seat({}… {} {})", self.id.loggable(), self.role.as_str(), self.standing.as_str())
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn words_are_the_same_in_the_database_and_on_the_wire() {
        fn same<T: Copy + Serialize>(all: &[T], word: fn(T) -> &'static str) {
            for value in all {
                assert_eq!(serde_json::to_value(value).unwrap(), word(*value));
            }
        }
        same(VisitState::ALL, VisitState::as_str);
        same(SeatRole::ALL, SeatRole::as_str);
        same(Standing::ALL, Standing::as_str);
        same(LeftWhy::ALL, LeftWhy::as_str);
        same(EndedWhy::ALL, EndedWhy::as_str);
        same(SeatFlag::ALL, SeatFlag::as_str);
        same(QualityLevel::ALL, QualityLevel::as_str);
    }

    #[test]
    fn every_word_is_read_back_and_others_are_not() {
        for state in VisitState::ALL {
            assert_eq!(VisitState::parse(state.as_str()), Some(*state));
        }
        assert_eq!(VisitState::parse("Open"), None);
    }

    #[test]
    fn what_a_patient_asks_for_waits_and_what_a_doctor_makes_is_open() {
        assert_eq!(VisitState::of_new(Role::Patient), Some(VisitState::Requested));
        assert_eq!(VisitState::of_new(Role::Doctor), Some(VisitState::Open));
        assert_eq!(VisitState::of_new(Role::Desk), Some(VisitState::Open));
        assert_eq!(VisitState::of_new(Role::Admin), None);
    }

    #[test]
    fn only_a_request_can_be_accepted_or_declined() {
        assert_eq!(VisitState::Requested.accept(), Ok(VisitState::Open));
        assert_eq!(VisitState::Requested.decline(), Ok(VisitState::Declined));
        for state in [VisitState::Open, VisitState::Ended, VisitState::Declined] {
            assert_eq!(state.accept(), Err(BadState(state)));
            assert_eq!(state.decline(), Err(BadState(state)));
        }
    }

    #[test]
    fn only_an_open_visit_ends() {
        assert_eq!(VisitState::Open.end(), Ok(VisitState::Ended));
        for state in [VisitState::Requested, VisitState::Ended, VisitState::Declined] {
            assert_eq!(state.end(), Err(BadState(state)));
        }
    }

    #[test]
    fn a_visit_is_left_alone_after_twelve_hours_and_not_a_millisecond_before() {
        let last = Timestamp(1_000);
        let end = last.plus(IDLE_LIMIT);
        assert!(left_alone(last, end));
        assert!(!left_alone(last, Timestamp(end.0 - 1)));
        assert!(!left_alone(end, last), "a clock set back does not end a visit");
    }

    #[test]
    fn a_seat_in_a_log_has_no_name() {
        let seat = Seat {
            id: SeatId(Uuid::from_u128(7)),
            holder: Holder::Person(PersonId(Uuid::from_u128(8))),
            role: SeatRole::Patient,
            name: "Asha Verma".into(),
            standing: SeatRole::Patient.first_standing(),
            flag: None,
        };
        assert!(!format!("{seat:?}").contains("Asha"));
    }
}
