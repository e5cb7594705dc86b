//! Consent: who may see what, for what, until when; asked by a doctor, given and taken back by the patient.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::time::Timestamp;
use crate::word::words;

mod code;
mod terms;
mod view;

pub use code::{Nullifier, Opening, code_hash};
pub use terms::{Approval, Grantee, Scope, Terms};
pub use view::{CodeView, ConsentView, Party, SpokenBy};

/// The version of every sentence that is shown now. A consent to an older one stays one.
pub const TEXT: u32 = 1;
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
/// How long a witness may take to confirm what they heard. Lower lets it lapse while they are with someone, higher lets
/// them confirm what they no longer remember.
pub const WITNESS: Duration = Duration::from_secs(10 * 60);
/// How long a look in an emergency lasts.
pub const BREAK_GLASS: Duration = Duration::from_secs(4 * 60 * 60);
/// Until when it must have been reviewed.
pub const REVIEW: Duration = Duration::from_secs(72 * 60 * 60);

/// What a consent is to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
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

impl Subject {
    /// Whether it is given to the organisation, and stays until it is taken back.
    #[must_use]
    pub fn stands(self) -> bool {
        self != Self::Share
    }

    /// What a consent of this subject is for when nobody says more.
    #[must_use]
    pub fn purpose(self) -> Purpose {
        match self {
            Self::Research => Purpose::Research,
            Self::Store | Self::Share | Self::Record => Purpose::Treatment,
        }
    }
}

/// What it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
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

impl Purpose {
    /// Whether a doctor may ask for it: an emergency asks nobody.
    #[must_use]
    pub fn is_asked(self) -> bool {
        self != Self::Emergency
    }
}

/// Why a doctor asks: a word that says nothing of what the patient has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// Something new to look into.
    NewProblem,
    /// Seeing how it went on.
    FollowUp,
    /// Before something is done.
    BeforeProcedure,
    /// What they take, and whether it goes together.
    Medicines,
    /// Another opinion.
    SecondOpinion,
    /// A claim.
    Claim,
    /// A study.
    Study,
    /// Something else, told in person.
    Other,
}

words!(Why {
    NewProblem = "new_problem",
    FollowUp = "follow_up",
    BeforeProcedure = "before_procedure",
    Medicines = "medicines",
    SecondOpinion = "second_opinion",
    Claim = "claim",
    Study = "study",
    Other = "other",
});

/// Why nobody could be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Emergency {
    /// The patient is unconscious.
    Unconscious,
    /// Waiting for an answer would cost a life.
    DangerToLife,
    /// The patient can't make themselves understood.
    CannotSpeak,
    /// A child, and nobody to speak for it.
    NoGuardian,
}

words!(Emergency {
    Unconscious = "unconscious",
    DangerToLife = "danger_to_life",
    CannotSpeak = "cannot_speak",
    NoGuardian = "no_guardian",
});

/// What the auditor found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It had to be.
    Justified,
    /// It should not have been.
    NotJustified,
}

words!(Verdict { Justified = "justified", NotJustified = "not_justified" });

/// How it was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// In the app, signed with the patient's key.
    Tap,
    /// By a one-time code that only the patient got; asserted by the clinic.
    Code,
    /// Spoken, before a witness who confirmed it; asserted by the clinic.
    Witness,
    /// Not at all: an emergency.
    BreakGlass,
}

words!(How { Tap = "tap", Code = "code", Witness = "witness", BreakGlass = "break_glass" });

impl How {
    /// Whether the clinic says that it was given, and signs it: no key of the patient's does.
    #[must_use]
    pub fn is_asserted(self) -> bool {
        matches!(self, Self::Code | Self::Witness)
    }
}

/// Where a consent stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
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
    /// Where it stands at `now`, of what is kept: time ends what nobody ended. Only what stands needs no end.
    #[must_use]
    pub fn at(self, now: Timestamp, subject: Subject, made_at: Timestamp, until: Option<Timestamp>) -> Self {
        match self {
            Self::Asked if made_at.plus(ASKED) <= now => Self::Lapsed,
            Self::Granted if until.map_or(!subject.stands(), |until| until <= now) => Self::Expired,
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
        let (made, share) = (Timestamp(1_000), Subject::Share);
        let until = made.plus(Duration::from_secs(60));
        let before = Timestamp(until.0 - 1);
        assert_eq!(State::Granted.at(before, share, made, Some(until)), State::Granted);
        assert_eq!(State::Granted.at(until, share, made, Some(until)), State::Expired);
        assert_eq!(State::Granted.at(before, share, made, None), State::Expired, "a share without an end is none");
        assert_eq!(State::Granted.at(until, Subject::Store, made, None), State::Granted, "what stands has none");
        assert_eq!(State::Asked.at(Timestamp(made.plus(ASKED).0 - 1), share, made, None), State::Asked);
        assert_eq!(State::Asked.at(made.plus(ASKED), share, made, None), State::Lapsed);
        assert_eq!(State::Revoked.at(until, share, made, Some(until)), State::Revoked);
    }
}
