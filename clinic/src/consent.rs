//! Consent: who may see what, for what, until when; asked by a doctor, given and taken back by the patient.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::id::{KeyId, PersonId};
use crate::record::RecordKind;
use crate::time::Timestamp;
use crate::vault::primitive::sha256;
use crate::word::words;

/// Longest a consent lasts. Lower makes chronic patients approve often, higher is forgotten.
pub const LONGEST: Duration = Duration::from_secs(90 * 24 * 60 * 60);
/// How long an ask waits for its answer.
pub const ASKED: Duration = Duration::from_secs(24 * 60 * 60);
/// How long a one-time code works.
pub const CODE: Duration = Duration::from_secs(300);
/// Tries that a code takes, the right one included.
pub const CODE_TRIES: u32 = 5;
/// Shortest time between two codes of one consent.
pub const RESEND: Duration = Duration::from_secs(30);
/// Codes that one patient is sent in an hour, at most.
pub const CODES_AN_HOUR: u32 = 5;
/// How long a look in an emergency lasts.
pub const BREAK_GLASS: Duration = Duration::from_secs(4 * 60 * 60);
/// Until when it must have been reviewed.
pub const REVIEW: Duration = Duration::from_secs(72 * 60 * 60);

/// What a consent is to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// Keeping records at all.
    Store,
    /// Showing records to someone.
    Share,
    /// Recording picture and sound of a visit.
    Record,
    /// Using records for research, without the name.
    Research,
}

words!(Subject { Store = "store", Share = "share", Record = "record", Research = "research" });

/// What it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Treating this patient.
    Treatment,
    /// Another doctor's opinion.
    SecondOpinion,
    /// A claim of the patient's insurance.
    Insurance,
    /// Research.
    Research,
    /// Saving the patient, who can't be asked.
    Emergency,
}

words!(Purpose {
    Treatment = "treatment",
    SecondOpinion = "second_opinion",
    Insurance = "insurance",
    Research = "research",
    Emergency = "emergency",
});

/// How it was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// In the app, signed with the patient's key.
    Tap,
    /// By a one-time code that only the patient got; asserted by the clinic.
    Code,
    /// Spoken, before a witness.
    Witness,
    /// Not at all: an emergency.
    BreakGlass,
}

words!(How { Tap = "tap", Code = "code", Witness = "witness", BreakGlass = "break_glass" });

/// Where a consent stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Waits for the patient.
    Asked,
    /// Given, until it ends.
    Granted,
    /// The patient said no.
    Refused,
    /// The patient took it back.
    Revoked,
    /// Its time is over.
    Expired,
    /// Nobody answered.
    Lapsed,
}

words!(State {
    Asked = "asked",
    Granted = "granted",
    Refused = "refused",
    Revoked = "revoked",
    Expired = "expired",
    Lapsed = "lapsed",
});

/// Why a step can't be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum No {
    /// It is not in a state from which this is possible.
    State,
    /// Its time is over.
    Late,
}

impl State {
    /// Where it stands at `now`, of what is kept: time ends what nobody ended.
    #[must_use]
    pub fn at(self, now: Timestamp, made_at: Timestamp, until: Option<Timestamp>) -> Self {
        match self {
            Self::Asked if made_at.plus(ASKED) <= now => Self::Lapsed,
            Self::Granted if until.is_none_or(|until| until <= now) => Self::Expired,
            other => other,
        }
    }

    /// The patient says yes.
    ///
    /// # Errors
    /// [`No::Late`] when nobody answered in time, [`No::State`] when it was answered.
    pub fn grant(self) -> Result<Self, No> {
        match self {
            Self::Asked => Ok(Self::Granted),
            Self::Lapsed => Err(No::Late),
            Self::Granted | Self::Refused | Self::Revoked | Self::Expired => Err(No::State),
        }
    }

    /// The patient says no.
    ///
    /// # Errors
    /// As [`grant`](Self::grant).
    pub fn refuse(self) -> Result<Self, No> {
        self.grant().map(|_| Self::Refused)
    }

    /// The patient takes it back.
    ///
    /// # Errors
    /// [`No::Late`] when its time is over, [`No::State`] when it was not given.
    pub fn revoke(self) -> Result<Self, No> {
        match self {
            Self::Granted => Ok(Self::Revoked),
            Self::Expired => Err(No::Late),
            Self::Asked | Self::Refused | Self::Revoked | Self::Lapsed => Err(No::State),
        }
    }
}

/// What a consent covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// These kinds of records.
    pub kinds: Vec<RecordKind>,
    /// Of these departments; none means all.
    pub departments: Option<Vec<String>>,
}

impl Scope {
    /// Whether it covers a record.
    #[must_use]
    pub fn covers(&self, kind: RecordKind, department: Option<&str>) -> bool {
        let of_department = |wanted: &Vec<String>| department.is_some_and(|one| wanted.iter().any(|want| want == one));
        self.kinds.contains(&kind) && self.departments.as_ref().is_none_or(of_department)
    }
}

/// What a patient's key signs when they say yes in the app.
pub struct Approval<'a> {
    /// Which consent.
    pub consent: u128,
    /// Who gives it.
    pub patient: PersonId,
    /// With which key.
    pub key: KeyId,
    /// To whom.
    pub grantee: PersonId,
    /// Until when.
    pub until: Timestamp,
    /// The sentence they read, in the language they read it in.
    pub text: &'a str,
}

impl Approval<'_> {
    /// `"vaidya/consent/v1" ‖ consent ‖ patient ‖ key ‖ grantee ‖ u64 until ‖ SHA-256(text)`.
    #[must_use]
    pub fn message(&self) -> Vec<u8> {
        let until = u64::try_from(self.until.0).unwrap_or(0).to_be_bytes();
        let ids = [self.patient.number(), self.key.number(), self.grantee.number()].map(u128::to_be_bytes);
        let text = sha256(&[self.text.as_bytes()]);
        let start: [&[u8]; 2] = [b"vaidya/consent/v1", &self.consent.to_be_bytes()];
        [start.concat(), ids.concat(), until.to_vec(), text.to_vec()].concat()
    }
}

/// What is kept of a one-time code: `SHA-256("vaidya/otp/v1" ‖ consent ‖ opening ‖ code)`. Without the opening, which the
/// database does not know, six digits can't be tried out against it.
#[must_use]
pub fn code_hash(consent: u128, opening: &[u8; 32], code: &str) -> [u8; 32] {
    sha256(&[b"vaidya/otp/v1", &consent.to_be_bytes(), opening, code.as_bytes()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_an_ask_is_granted_and_nothing_but_a_grant_is_revoked() {
        let granted: Vec<_> = State::ALL.iter().filter(|state| state.grant().is_ok()).collect();
        assert_eq!(granted, [&State::Asked]);
        assert_eq!(State::Asked.refuse(), Ok(State::Refused));
        let revoked: Vec<_> = State::ALL.iter().filter(|state| state.revoke().is_ok()).collect();
        assert_eq!(revoked, [&State::Granted]);
        assert_eq!((State::Lapsed.grant(), State::Expired.revoke()), (Err(No::Late), Err(No::Late)));
    }

    #[test]
    fn time_ends_what_nobody_ended() {
        let made = Timestamp(1_000);
        let until = made.plus(Duration::from_secs(60));
        let before = Timestamp(until.0 - 1);
        assert_eq!(State::Granted.at(before, made, Some(until)), State::Granted);
        assert_eq!(State::Granted.at(until, made, Some(until)), State::Expired);
        assert_eq!(State::Granted.at(before, made, None), State::Expired, "a grant without an end is none");
        assert_eq!(State::Asked.at(Timestamp(made.plus(ASKED).0 - 1), made, None), State::Asked);
        assert_eq!(State::Asked.at(made.plus(ASKED), made, None), State::Lapsed);
        assert_eq!(State::Revoked.at(until, made, Some(until)), State::Revoked);
    }

    #[test]
    fn a_scope_covers_its_kinds_and_departments_and_nothing_else() {
        let all = Scope { kinds: vec![RecordKind::Lab], departments: None };
        assert!(all.covers(RecordKind::Lab, None) && all.covers(RecordKind::Lab, Some("Cardiology")));
        assert!(!all.covers(RecordKind::Note, None));
        let some = Scope { departments: Some(vec!["Cardiology".to_owned()]), ..all };
        assert!(some.covers(RecordKind::Lab, Some("Cardiology")));
        assert!(!some.covers(RecordKind::Lab, Some("Oncology")) && !some.covers(RecordKind::Lab, None));
    }

    #[test]
    fn an_approval_is_over_everything_it_says() {
        let [patient, grantee] = [1, 2].map(PersonId::from_number);
        let one = || Approval {
            consent: 9,
            patient,
            key: KeyId::from_number(3),
            grantee,
            until: Timestamp(60),
            text: "Dr A, lab results, until 5 May",
        };
        let same = one().message();
        assert_eq!(same, one().message());
        assert_ne!(same, Approval { consent: 8, ..one() }.message());
        assert_ne!(same, Approval { grantee: patient, ..one() }.message());
        assert_ne!(same, Approval { until: Timestamp(61), ..one() }.message());
        assert_ne!(same, Approval { text: "Dr B, lab results, until 5 May", ..one() }.message());
    }

    #[test]
    fn a_code_is_tried_out_only_with_the_opening() {
        let kept = code_hash(1, &[7; 32], "123456");
        assert_eq!(kept, code_hash(1, &[7; 32], "123456"));
        assert_ne!(kept, code_hash(1, &[8; 32], "123456"), "who has the database has not the opening");
        assert_ne!(kept, code_hash(2, &[7; 32], "123456"), "nor can it be moved to another consent");
    }
}
