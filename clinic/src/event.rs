//! Room events: the facts of a visit that others in the house react to, one outbox row per event and consumer.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::erasure::Outcome;
use crate::id::{KeyId, MessageId, RecordId, SeatId};
use crate::visit::{Change, EndedWhy, LeftWhy, QualityLevel};
use crate::wire::Body;
use crate::word::words;

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
    /// Sends short messages and mails.
    Messenger,
    /// Passes content keys on with the keys of organisations.
    Custodian,
    /// Wraps records for those a patient shares them with, where the clinic can.
    Granter,
}

words!(Consumer {
    Notifier = "notifier",
    Scheduler = "scheduler",
    Ledger = "ledger",
    Messenger = "messenger",
    Custodian = "custodian",
    Granter = "granter",
});

/// A fact of any kind, as it waits in the outbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Fact {
    /// About a visit.
    Room(RoomEvent),
    /// About the rest of the house.
    House(HouseEvent),
}

impl Fact {
    /// The fact about a visit, if it is one.
    #[must_use]
    pub fn room(self) -> Option<RoomEvent> {
        match self {
            Self::Room(event) => Some(event),
            Self::House(_) => None,
        }
    }
}

/// A fact about the house outside its rooms. It names things by id, never people or contacts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum HouseEvent {
    /// A short message or mail is to be sent.
    MessageDue {
        /// Which of those kept.
        message: Uuid,
    },
    /// An entry of the audit was written.
    Audited {
        /// Its number, from 1.
        seq: u64,
        /// Its hash, 32 bytes: it says nothing of what it covers.
        hash: Body,
    },
    /// A record was erased, or is restricted until it may be.
    RecordErased {
        /// Which record.
        record: RecordId,
        /// What became of it.
        outcome: Outcome,
    },
    /// A doctor's registration changed its state.
    CredentialChanged {
        /// Which registration.
        credential: Uuid,
        /// What it is now, as a word.
        state: String,
    },
    /// What is wrapped for a key of an organisation is to be wrapped for the one that follows.
    ClinicKeyRotated {
        /// The one that is followed.
        key: KeyId,
    },
    /// What the clinic holds for a person is to be wrapped for a key of theirs.
    RestoreDue {
        /// Their key.
        key: KeyId,
    },
    /// A consent was asked for, answered, taken back, or ended by itself.
    ConsentChanged {
        /// Which consent.
        consent: Uuid,
        /// What it is now, as a word.
        state: String,
        /// Of the code that was used, if one was: 32 bytes that say nothing but that it was.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        nullifier: Option<Body>,
    },
    /// A patient, or who speaks for them, asks to have a record corrected.
    CorrectionAsked {
        /// The note that says what is wrong.
        record: RecordId,
    },
    /// Somebody is asked whether they heard a yes, or said that they did not.
    WitnessCalled {
        /// To which consent.
        consent: Uuid,
    },
    /// A key became a person's or an organisation's.
    KeyBound {
        /// Which key.
        key: KeyId,
    },
    /// A key is nobody's any more.
    KeyRevoked {
        /// Which key.
        key: KeyId,
    },
    /// An auditor looked at a look without asking.
    Reviewed {
        /// The consent that it stood in place of.
        consent: Uuid,
    },
}

impl HouseEvent {
    /// The word for this kind of event in the database: the `kind` of its JSON.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::MessageDue { .. } => "message_due",
            Self::Audited { .. } => "audited",
            Self::RecordErased { .. } => "record_erased",
            Self::CredentialChanged { .. } => "credential_changed",
            Self::ClinicKeyRotated { .. } => "clinic_key_rotated",
            Self::RestoreDue { .. } => "restore_due",
            Self::ConsentChanged { .. } => "consent_changed",
            Self::CorrectionAsked { .. } => "correction_asked",
            Self::WitnessCalled { .. } => "witness_called",
            Self::KeyBound { .. } => "key_bound",
            Self::KeyRevoked { .. } => "key_revoked",
            Self::Reviewed { .. } => "reviewed",
        }
    }

    /// Who is told of this kind of event. One row is written for each.
    #[must_use]
    pub fn consumers(&self) -> &'static [Consumer] {
        match self {
            Self::MessageDue { .. } => &[Consumer::Messenger],
            Self::Audited { .. }
            | Self::RecordErased { .. }
            | Self::KeyBound { .. }
            | Self::KeyRevoked { .. }
            | Self::Reviewed { .. } => &[Consumer::Ledger],
            Self::CredentialChanged { .. } => &[Consumer::Notifier, Consumer::Ledger],
            Self::ClinicKeyRotated { .. } | Self::RestoreDue { .. } => &[Consumer::Custodian],
            Self::ConsentChanged { .. } => &[Consumer::Notifier, Consumer::Granter, Consumer::Ledger],
            Self::CorrectionAsked { .. } | Self::WitnessCalled { .. } => &[Consumer::Notifier],
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
    /// What was said was sealed into a record.
    RecordSealed {
        /// Which record.
        record: RecordId,
        /// Which version of it.
        ver: u32,
        /// What the log commits to, 32 bytes: it says nothing without the salt that the database keeps.
        commitment: Body,
    },
}

impl RoomEvent {
    /// The fact that a change is to the rest of the house; none when it concerns the room alone.
    #[must_use]
    pub fn of(change: &Change) -> Option<Self> {
        match change {
            Change::Seated(_) | Change::Admitted(_) | Change::Removed(_) => None,
            Change::Joined(seat) => Some(Self::Joined { seat: *seat }),
            Change::Left { seat, why } => Some(Self::Left { seat: *seat, why: *why }),
            Change::Said(said) => Some(Self::Said { seat: said.seat, seq: said.seq, id: said.id }),
            Change::Quality { seat, level } => Some(Self::Quality { seat: *seat, level: *level }),
            Change::Ended(why) => Some(Self::Ended { why: *why }),
        }
    }

    /// The word for this kind of event in the database: the `kind` of its JSON.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Accepted => "accepted",
            Self::Declined => "declined",
            Self::Joined { .. } => "joined",
            Self::Left { .. } => "left",
            Self::Said { .. } => "said",
            Self::Quality { .. } => "quality",
            Self::Ended { .. } => "ended",
            Self::RecordSealed { .. } => "record_sealed",
        }
    }

    /// Who is told of this kind of event. One row is written for each.
    #[must_use]
    pub fn consumers(&self) -> &'static [Consumer] {
        match self {
            Self::Created | Self::Accepted | Self::Declined | Self::Ended { .. } => {
                &[Consumer::Notifier, Consumer::Scheduler, Consumer::Ledger]
            }
            Self::Joined { .. } | Self::Left { .. } => &[Consumer::Notifier, Consumer::Scheduler, Consumer::Ledger],
            Self::Said { .. } => &[Consumer::Ledger],
            Self::RecordSealed { .. } => &[Consumer::Granter, Consumer::Ledger],
            Self::Quality { .. } => &[Consumer::Scheduler],
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::time::Timestamp;
    use crate::wire::{Body, Said};

    fn every_event() -> Vec<RoomEvent> {
        let seat = SeatId(Uuid::from_u128(1));
        vec![
            RoomEvent::Created,
            RoomEvent::Accepted,
            RoomEvent::Declined,
            RoomEvent::Joined { seat },
            RoomEvent::Left { seat, why: LeftWhy::Dropped },
            RoomEvent::Said { seat, seq: 3, id: MessageId(Uuid::from_u128(2)) },
            RoomEvent::Quality { seat, level: QualityLevel::Fair },
            RoomEvent::Ended { why: EndedWhy::Idle },
            RoomEvent::RecordSealed { record: RecordId(Uuid::from_u128(4)), ver: 1, commitment: Body(vec![7; 32]) },
        ]
    }

    #[test]
    fn an_event_comes_back_from_json_as_it_was_and_names_its_kind() {
        for event in every_event() {
            let json = serde_json::to_value(&event).unwrap();
            assert_eq!(json["kind"], event.kind());
            assert_eq!(serde_json::from_value::<RoomEvent>(json).unwrap(), event);
        }
    }

    #[test]
    fn every_event_has_someone_who_reacts_to_it() {
        assert!(every_event().iter().all(|event| !event.consumers().is_empty()));
    }

    #[test]
    fn a_message_is_reported_without_its_body() {
        let seat = SeatId(Uuid::from_u128(1));
        let body = Body(b"secret".to_vec());
        let said = Said { seq: 1, id: MessageId(Uuid::from_u128(2)), seat, at: Timestamp(0), body: body.clone() };
        let event = RoomEvent::of(&Change::Said(said)).unwrap();
        let sealed = serde_json::to_value(&body).unwrap();
        assert!(!serde_json::to_string(&event).unwrap().contains(sealed.as_str().unwrap()));
    }

    #[test]
    fn being_let_in_is_the_rooms_own_affair() {
        assert_eq!(RoomEvent::of(&Change::Admitted(SeatId(Uuid::from_u128(1)))), None);
    }
}
