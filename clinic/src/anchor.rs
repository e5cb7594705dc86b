//! What the ledger gets to know: references that say nothing without the database, and the bytes that people sign for it.

use uuid::Uuid;

use crate::event::{Fact, HouseEvent, RoomEvent};
use crate::id::{ConsentId, EventId, KeyId, OrgId, PersonId, RecordId, VisitId};
use crate::time::Timestamp;
use crate::vault::Broken;
use crate::vault::object::commitment_of;
use crate::vault::primitive::sha256;

/// What stands in a reference's or a commitment's place where there is none.
pub const NONE: [u8; 32] = [0; 32];

/// A thing that the ledger refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Thing {
    /// A version of a record; version 0 is all of it.
    Record(RecordId, u32),
    /// A consent.
    Consent(ConsentId),
    /// A doctor's registration.
    Credential(Uuid),
    /// A visit's room.
    Room(VisitId),
    /// An organisation.
    Clinic(OrgId),
}

impl Thing {
    /// The word for its kind.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Record(..) => "record",
            Self::Consent(_) => "consent",
            Self::Credential(_) => "credential",
            Self::Room(_) => "room",
            Self::Clinic(_) => "clinic",
        }
    }

    /// Its id.
    #[must_use]
    pub fn id(self) -> Uuid {
        match self {
            Self::Record(id, _) => id.0,
            Self::Consent(id) => id.0,
            Self::Credential(id) => id,
            Self::Room(id) => id.0,
            Self::Clinic(id) => id.0,
        }
    }

    /// `SHA-256("vaidya/ledger/ref/v1" ‖ word ‖ id ‖ u32 version, of records only)`: ids are drawn at random, so who has
    /// only the ledger can't tell of what it is.
    #[must_use]
    pub fn reference(self) -> [u8; 32] {
        let version = match self {
            Self::Record(_, version) => version.to_be_bytes().to_vec(),
            _ => Vec::new(),
        };
        sha256(&[b"vaidya/ledger/ref/v1", self.word().as_bytes(), self.id().as_bytes(), &version])
    }
}

/// What a person's own key, or the clinic's, signs for the ledger. The numbers are those of the ledger's entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Binds itself to a person.
    BindKey = 1,
    /// Consents.
    Grant = 6,
    /// Keeps a record.
    PutRecord = 9,
    /// Adds a version to one.
    AmendRecord = 10,
    /// Looks without asking.
    BreakGlass = 15,
}

impl Act {
    /// What keeping this version is.
    #[must_use]
    pub fn of_version(ver: u32) -> Self {
        if ver <= 1 { Self::PutRecord } else { Self::AmendRecord }
    }

    fn number(self) -> u8 {
        match self {
            Self::BindKey => 1,
            Self::Grant => 6,
            Self::PutRecord => 9,
            Self::AmendRecord => 10,
            Self::BreakGlass => 15,
        }
    }
}

/// What is said to the ledger by who signs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Statement {
    /// What is done.
    pub act: Act,
    /// To what.
    pub reference: [u8; 32],
    /// By what it may be done.
    pub parent: [u8; 32],
    /// What it commits to.
    pub commitment: [u8; 32],
    /// When it ends; none when it doesn't.
    pub until: Option<Timestamp>,
}

impl Statement {
    /// `"vaidya/ledger/actor/v1" ‖ u8 kind ‖ reference ‖ parent ‖ commitment ‖ u64 end (0 for none)`: what is signed.
    #[must_use]
    pub fn message(&self) -> Vec<u8> {
        let until = self.not_after().to_be_bytes();
        let [reference, parent, commitment] =
            [&self.reference, &self.parent, &self.commitment].map(|one| one.as_slice());
        [b"vaidya/ledger/actor/v1".as_slice(), &[self.act.number()], reference, parent, commitment, &until].concat()
    }

    /// The end as the ledger has it: milliseconds since 1970, 0 for none.
    #[must_use]
    pub fn not_after(&self) -> u64 {
        self.until.and_then(|until| u64::try_from(until.0).ok()).unwrap_or(0)
    }

    /// That a key is someone's: signed by the key itself.
    #[must_use]
    pub fn of_key(label: [u8; 32], binding: [u8; 32]) -> Self {
        Self { act: Act::BindKey, reference: label, parent: NONE, commitment: binding, until: None }
    }

    /// That a consent is given: `message` is what [`Approval`](crate::consent::Approval) says.
    #[must_use]
    pub fn of_grant(consent: ConsentId, message: &[u8], until: Option<Timestamp>) -> Self {
        let reference = Thing::Consent(consent).reference();
        Self { act: Act::Grant, reference, parent: NONE, commitment: sha256(&[message]), until }
    }

    /// That a version of a record is kept: from a visit, by a consent, or on nobody's word but the author's.
    #[must_use]
    pub fn of_record(record: RecordId, ver: u32, stands_on: Option<Thing>, commitment: [u8; 32]) -> Self {
        let parent = stands_on.map_or(NONE, Thing::reference);
        let reference = Thing::Record(record, ver).reference();
        Self { act: Act::of_version(ver), reference, parent, commitment, until: None }
    }

    /// That someone looks without asking: `message` is what [`Emergency`] says.
    #[must_use]
    pub fn of_emergency(consent: ConsentId, message: &[u8], until: Timestamp) -> Self {
        let reference = Thing::Consent(consent).reference();
        Self { act: Act::BreakGlass, reference, parent: NONE, commitment: sha256(&[message]), until: Some(until) }
    }
}

/// A look without asking, as bytes.
pub struct Emergency<'a> {
    /// The consent that it stands in place of.
    pub consent: ConsentId,
    /// Whose records.
    pub patient: PersonId,
    /// The doctor's key that signed it; none when nobody did.
    pub key: Option<KeyId>,
    /// Who looks.
    pub doctor: PersonId,
    /// Until when.
    pub until: Timestamp,
    /// Why, as a word.
    pub why: &'a str,
    /// And in words.
    pub words: &'a str,
}

impl Emergency<'_> {
    /// The reason as it is committed to: the word, a line feed, the words.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{}\n{}", self.why, self.words)
    }

    /// `"vaidya/break-glass/v1" ‖ consent ‖ patient ‖ key (0 for none) ‖ doctor ‖ u64 until ‖ SHA-256(text)`.
    #[must_use]
    pub fn message(&self) -> Vec<u8> {
        let until = u64::try_from(self.until.0).unwrap_or(0).to_be_bytes();
        let key = self.key.map_or(0, |key| key.number());
        let ids = [self.consent.number(), self.patient.number(), key, self.doctor.number()];
        let ids = ids.map(u128::to_be_bytes).concat();
        let text = sha256(&[self.text().as_bytes()]);
        [b"vaidya/break-glass/v1".as_slice(), &ids, &until, &text].concat()
    }
}

/// What the ledger calls a person or an organisation whose keys it knows: only who has the salt can tell who it is.
#[must_use]
pub fn label(salt: &[u8; 32], whose: Uuid) -> [u8; 32] {
    sha256(&[b"vaidya/ledger/label/v1", salt, whose.as_bytes()])
}

/// What binds a pair of keys: `SHA-256("vaidya/ledger/binding/v1" ‖ SHA-256(SPKI) ‖ Ed25519)`.
#[must_use]
pub fn binding(spki: &[u8], ed: &[u8; 32]) -> [u8; 32] {
    sha256(&[b"vaidya/ledger/binding/v1", &sha256(&[spki]), ed])
}

/// The commitment of something said in words: `SHA-256("vaidya/commit/v1" ‖ u16 length ‖ kind ‖ salt ‖ SHA-256(words))`.
///
/// # Errors
/// [`Broken::TooLarge`] for a kind of 64 KiB or more.
pub fn commitment(kind: &str, salt: &[u8; 32], words: &str) -> Result<[u8; 32], Broken> {
    commitment_of(kind, salt, &sha256(&[words.as_bytes()]))
}

/// The commitment of what became of a record.
#[must_use]
pub fn erasure(outcome: &str) -> [u8; 32] {
    sha256(&[b"vaidya/erasure/v1", outcome.as_bytes()])
}

/// A fact as a clinic's own log has it, whose root the ledger gets. An entry of the audit is there by its hash.
#[must_use]
pub fn leaf(event: EventId, visit: Option<VisitId>, at: Timestamp, fact: &Fact) -> Vec<u8> {
    let head = |what: u8| [b"vaidya/sublog/v1".as_slice(), &[what]].concat();
    let when = u64::try_from(at.0).unwrap_or(0).to_be_bytes();
    match fact {
        Fact::House(HouseEvent::Audited { hash, .. }) => [head(1), hash.0.clone()].concat(),
        Fact::Room(event_of) => {
            let visit = visit.map_or([0; 16], |visit| visit.0.into_bytes());
            [head(2), event.0.as_bytes().to_vec(), visit.to_vec(), when.to_vec(), of_room(event_of)].concat()
        }
        Fact::House(other) => [head(3), event.0.as_bytes().to_vec(), when.to_vec(), of_house(other)].concat(),
    }
}

/// A word with its length before it.
fn word(word: &str) -> Vec<u8> {
    let length = u8::try_from(word.len()).unwrap_or(u8::MAX);
    [&[length], word.as_bytes()].concat()
}

fn of_room(event: &RoomEvent) -> Vec<u8> {
    let fields = match event {
        RoomEvent::Created | RoomEvent::Accepted | RoomEvent::Declined => Vec::new(),
        RoomEvent::Joined { seat } => seat.0.as_bytes().to_vec(),
        RoomEvent::Left { seat, why } => [seat.0.as_bytes().as_slice(), &word(why.as_str())].concat(),
        RoomEvent::Said { seat, seq, id } => {
            [seat.0.as_bytes().as_slice(), &seq.to_be_bytes(), id.0.as_bytes()].concat()
        }
        RoomEvent::Quality { seat, level } => [seat.0.as_bytes().as_slice(), &word(level.as_str())].concat(),
        RoomEvent::Ended { why } => word(why.as_str()),
        RoomEvent::RecordSealed { record, ver, commitment } => {
            [record.0.as_bytes().as_slice(), &ver.to_be_bytes(), &commitment.0].concat()
        }
    };
    [word(event.kind()), fields].concat()
}

fn of_house(event: &HouseEvent) -> Vec<u8> {
    let fields = match event {
        HouseEvent::MessageDue { message } => message.as_bytes().to_vec(),
        HouseEvent::Audited { seq, hash } => [seq.to_be_bytes().as_slice(), &hash.0].concat(),
        HouseEvent::RecordErased { record, outcome } => {
            [record.0.as_bytes().as_slice(), &word(outcome.as_str())].concat()
        }
        HouseEvent::CredentialChanged { credential, state } => {
            [credential.as_bytes().as_slice(), &word(state)].concat()
        }
        HouseEvent::ClinicKeyRotated { key }
        | HouseEvent::RestoreDue { key }
        | HouseEvent::KeyBound { key }
        | HouseEvent::KeyRevoked { key } => key.0.as_bytes().to_vec(),
        HouseEvent::ConsentChanged { consent, state, nullifier } => {
            let nullifier = nullifier.as_ref().map(|one| one.0.as_slice()).unwrap_or_default();
            [consent.as_bytes().as_slice(), &word(state), nullifier].concat()
        }
        HouseEvent::Reviewed { consent } | HouseEvent::WitnessCalled { consent } => consent.as_bytes().to_vec(),
        HouseEvent::CorrectionAsked { record } => record.0.as_bytes().to_vec(),
    };
    [word(event.kind()), fields].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::SeatId;
    use crate::visit::LeftWhy;
    use crate::wire::Body;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn a_reference_is_of_its_kind_its_id_and_a_records_version() {
        let id = Uuid::from_u128(9);
        let all = [
            Thing::Record(RecordId(id), 0),
            Thing::Record(RecordId(id), 1),
            Thing::Record(RecordId(Uuid::from_u128(8)), 1),
            Thing::Consent(ConsentId(id)),
            Thing::Credential(id),
            Thing::Room(VisitId(id)),
            Thing::Clinic(OrgId(id)),
        ];
        let references: std::collections::BTreeSet<_> = all.iter().map(|thing| thing.reference()).collect();
        assert_eq!(references.len(), all.len());
        let bytes = [b"vaidya/ledger/ref/v1record".as_slice(), id.as_bytes(), &[0, 0, 0, 1]].concat();
        assert_eq!(Thing::Record(RecordId(id), 1).reference(), sha256(&[&bytes]));
    }

    #[test]
    fn what_is_signed_is_the_same_in_both_languages() {
        let vectors: serde_json::Value =
            serde_json::from_str(include_str!("../tests/anchor_vectors.json")).unwrap_or_default();
        let record = RecordId::from_number(7);
        let room = Some(Thing::Room(VisitId::from_number(5)));
        let said = [
            ("key", Statement::of_key(label(&[3; 32], Uuid::from_u128(1)), binding(b"spki", &[4; 32]))),
            ("grant", Statement::of_grant(ConsentId::from_number(9), b"terms", Some(Timestamp(1_790_000_000_000)))),
            ("stands", Statement::of_grant(ConsentId::from_number(9), b"terms", None)),
            ("put", Statement::of_record(record, 1, None, [6; 32])),
            ("amend", Statement::of_record(record, 2, room, [6; 32])),
            ("glass", Statement::of_emergency(ConsentId::from_number(9), b"why", Timestamp(1_790_000_000_000))),
        ];
        for (name, statement) in said {
            assert_eq!(hex(&statement.message()), vectors[name].as_str().unwrap_or_default(), "{name}");
        }
    }

    #[test]
    fn an_emergency_is_over_everything_it_says() {
        let [patient, doctor] = [1, 2].map(PersonId::from_number);
        let one = || Emergency {
            consent: ConsentId::from_number(9),
            patient,
            key: Some(KeyId::from_number(3)),
            doctor,
            until: Timestamp(60),
            why: "unconscious",
            words: "Found on the stairs.",
        };
        let same = one().message();
        assert_eq!(same, one().message());
        assert_ne!(same, Emergency { consent: ConsentId::from_number(8), ..one() }.message());
        assert_ne!(same, Emergency { patient: doctor, ..one() }.message());
        assert_ne!(same, Emergency { key: None, ..one() }.message());
        assert_ne!(same, Emergency { doctor: patient, ..one() }.message());
        assert_ne!(same, Emergency { until: Timestamp(61), ..one() }.message());
        assert_ne!(same, Emergency { why: "other", ..one() }.message());
        assert_ne!(same, Emergency { words: "Found on the stair.", ..one() }.message());
    }

    #[test]
    fn facts_that_differ_have_leaves_that_differ() {
        let (event, visit) = (EventId::from_number(1), Some(VisitId::from_number(2)));
        let seat = SeatId::from_number(3);
        let joined = Fact::Room(RoomEvent::Joined { seat });
        let left = Fact::Room(RoomEvent::Left { seat, why: LeftWhy::Dropped });
        let audited = Fact::House(HouseEvent::Audited { seq: 1, hash: Body(vec![1; 32]) });
        let of = |fact: &Fact| leaf(event, visit, Timestamp(5), fact);
        assert_ne!(of(&joined), of(&left));
        assert_ne!(of(&joined), leaf(EventId::from_number(2), visit, Timestamp(5), &joined));
        assert_ne!(of(&joined), leaf(event, None, Timestamp(5), &joined));
        assert_ne!(of(&joined), leaf(event, visit, Timestamp(6), &joined));
        assert_eq!(of(&audited), leaf(EventId::from_number(2), None, Timestamp(9), &audited), "it is its hash alone");
    }
}
