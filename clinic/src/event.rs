//! Room events: the facts of a visit that others in the house react to, one outbox row per event and consumer.

use serde::{Deserialize, Serialize};

use crate::id::{MessageId, SeatId};
use crate::visit::{EndedWhy, LeftWhy, QualityLevel};

/// Who takes facts out of the outbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Consumer {
    /// Tells people on line what changed for them.
    Notifier,
    /// Keeps today's slots and the running-late estimate.
    Scheduler,
    /// Commits what happened to the log.
    Ledger,
}

impl Consumer {
    /// The consumer's name in the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Notifier => "notifier",
            Self::Scheduler => "scheduler",
            Self::Ledger => "ledger",
        }
    }
}

/// A fact about a visit. It names seats, never people, and holds nothing clinical.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum RoomEvent {
    /// The visit exists: asked for by the patient, or started by the doctor or desk.
    Created,
    /// The doctor accepted what a patient asked for; the room is open.
    Accepted,
    /// The doctor could not take it, or the patient took the request back.
    Declined,
    /// A seat is in the room with media and chat.
    Joined {
        /// Which seat.
        seat: SeatId,
    },
    /// A seat is no longer in the room.
    Left {
        /// Which seat.
        seat: SeatId,
        /// How that came about.
        why: LeftWhy,
    },
    /// A message was kept.
    Said {
        /// Who wrote it.
        seat: SeatId,
        /// Its place in the visit's order, from 1.
        seq: u64,
        /// Its id.
        id: MessageId,
    },
    /// How well a seat can be seen and heard changed.
    Quality {
        /// Which seat.
        seat: SeatId,
        /// How well, now.
        level: QualityLevel,
    },
    /// The visit is over.
    Ended {
        /// How that came about.
        why: EndedWhy,
    },
}

impl RoomEvent {
    /// Who is told of this kind of event. One row is written for each.
    #[must_use]
    pub fn consumers(&self) -> &'static [Consumer] {
        match self {
            Self::Created | Self::Accepted | Self::Declined | Self::Ended { .. } => {
                &[Consumer::Notifier, Consumer::Scheduler, Consumer::Ledger]
            }
            Self::Joined { .. } | Self::Left { .. } => &[Consumer::Notifier, Consumer::Scheduler, Consumer::Ledger],
            Self::Said { .. } => &[Consumer::Ledger],
            Self::Quality { .. } => &[Consumer::Scheduler],
        }
    }
}
