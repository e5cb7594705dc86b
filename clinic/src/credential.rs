//! A doctor's registration with a medical council: submitted, checked, matched and brought into force by two people.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::canonical_combining_class;
use utoipa::ToSchema;

use crate::id::PersonId;
use crate::time::Timestamp;
use crate::word::words;

/// How long before its end a registration in force is shown as expiring. Lower leaves doctors no time to renew, higher
/// makes everyone look away.
pub const EXPIRING: Duration = Duration::from_secs(60 * 24 * 60 * 60);

/// Where a registration stands, as everyone sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CredentialState {
    /// The doctor sent it in, or corrected it.
    Submitted,
    /// An admin has looked at the documents.
    Checked,
    /// The council's register says the same.
    Matched,
    /// In force.
    Active,
    /// In force, and over within [`EXPIRING`].
    Expiring,
    /// Its time is over.
    Expired,
    /// Taken out of force.
    Suspended,
    /// Not taken.
    Refused,
}

words!(CredentialState {
    Submitted = "submitted",
    Checked = "checked",
    Matched = "matched",
    Active = "active",
    Expiring = "expiring",
    Expired = "expired",
    Suspended = "suspended",
    Refused = "refused",
});

impl CredentialState {
    /// Whether a doctor who stands so may begin visits.
    #[must_use]
    pub fn is_in_force(self) -> bool {
        matches!(self, Self::Active | Self::Expiring)
    }
}

/// Whether the doctor of a visit that is under way may practise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DoctorStanding {
    /// Their registration is in force.
    Active,
    /// It went out of force during the visit, by time or by hand.
    Suspended,
}

/// Why a registration does not go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// It is not where this step begins.
    #[error("this registration is not at this step (any more)")]
    WrongStep,
    /// The doctor, or whoever did the other half.
    #[error("a second person must do this")]
    TwoPeople,
    /// Its time is over.
    #[error("this registration has expired")]
    Expired,
}

/// A registration on its way: whose, until when, and how far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    /// The doctor.
    pub doctor: PersonId,
    /// When the council's word ends.
    pub valid_until: Timestamp,
    /// How far it has come.
    pub step: Step,
}

/// How far a registration has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Sent in.
    Submitted,
    /// Documents looked at.
    Checked {
        /// By whom.
        by: PersonId,
    },
    /// Found in the register.
    Matched(Pair),
    /// In force, until it expires.
    Active(InForce),
    /// Its time was over.
    Expired(InForce),
    /// Out of force.
    Suspended {
        /// How it came into force.
        was: InForce,
        /// Why it is not any more.
        why: String,
    },
    /// Not taken.
    Refused {
        /// Why.
        why: String,
    },
}

/// Who checked and who matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair {
    /// Looked at the documents.
    pub checked_by: PersonId,
    /// Found it in the register.
    pub matched_by: PersonId,
}

/// How a registration came into force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InForce {
    /// Who prepared it.
    pub pair: Pair,
    /// Who brought it into force: never who checked it.
    pub activated_by: PersonId,
    /// When.
    pub verified_at: Timestamp,
}

impl Registration {
    /// The doctor sends it in, or corrects it: everything begins anew.
    #[must_use]
    pub fn submitted(doctor: PersonId, valid_until: Timestamp) -> Self {
        Self { doctor, valid_until, step: Step::Submitted }
    }

    /// The documents are what they should be.
    ///
    /// # Errors
    /// [`Unfit::WrongStep`], and [`Unfit::TwoPeople`] for the doctor.
    pub fn check(self, by: PersonId) -> Result<Self, Unfit> {
        self.not_the_doctor(by)?;
        match self.step {
            Step::Submitted => Ok(Self { step: Step::Checked { by }, ..self }),
            _ => Err(Unfit::WrongStep),
        }
    }

    /// The register says the same.
    ///
    /// # Errors
    /// [`Unfit::WrongStep`], and [`Unfit::TwoPeople`] for the doctor.
    pub fn match_with_register(self, by: PersonId) -> Result<Self, Unfit> {
        self.not_the_doctor(by)?;
        match self.step {
            Step::Checked { by: checked_by } => {
                Ok(Self { step: Step::Matched(Pair { checked_by, matched_by: by }), ..self })
            }
            _ => Err(Unfit::WrongStep),
        }
    }

    /// It comes into force.
    ///
    /// # Errors
    /// [`Unfit::WrongStep`], [`Unfit::TwoPeople`] for the doctor and for who checked it, [`Unfit::Expired`].
    pub fn activate(self, by: PersonId, now: Timestamp) -> Result<Self, Unfit> {
        self.not_the_doctor(by)?;
        let Step::Matched(pair) = self.step else { return Err(Unfit::WrongStep) };
        if by == pair.checked_by {
            return Err(Unfit::TwoPeople);
        }
        if self.valid_until <= now {
            return Err(Unfit::Expired);
        }
        let step = Step::Active(InForce { pair, activated_by: by, verified_at: now });
        Ok(Self { step, ..self })
    }

    /// It is not taken.
    ///
    /// # Errors
    /// [`Unfit::WrongStep`] when it was in force, and [`Unfit::TwoPeople`] for the doctor.
    pub fn refuse(self, by: PersonId, why: String) -> Result<Self, Unfit> {
        self.not_the_doctor(by)?;
        match self.step {
            Step::Submitted | Step::Checked { .. } | Step::Matched(_) => {
                Ok(Self { step: Step::Refused { why }, ..self })
            }
            _ => Err(Unfit::WrongStep),
        }
    }

    /// It is out of force at once, by an admin or by the register.
    ///
    /// # Errors
    /// [`Unfit::WrongStep`] when it isn't in force.
    pub fn suspend(self, why: String) -> Result<Self, Unfit> {
        match self.step {
            Step::Active(was) | Step::Expired(was) => Ok(Self { step: Step::Suspended { was, why }, ..self }),
            _ => Err(Unfit::WrongStep),
        }
    }

    /// It is in force again.
    ///
    /// # Errors
    /// [`Unfit::WrongStep`] when it isn't suspended, [`Unfit::TwoPeople`] for the doctor, [`Unfit::Expired`].
    pub fn reinstate(self, by: PersonId, now: Timestamp) -> Result<Self, Unfit> {
        self.not_the_doctor(by)?;
        match self.step {
            Step::Suspended { .. } if self.valid_until <= now => Err(Unfit::Expired),
            Step::Suspended { was, .. } => Ok(Self { step: Step::Active(was), ..self }),
            _ => Err(Unfit::WrongStep),
        }
    }

    /// Its time is over.
    ///
    /// # Errors
    /// [`Unfit::WrongStep`] when it isn't in force, or isn't over.
    pub fn expire(self, now: Timestamp) -> Result<Self, Unfit> {
        match self.step {
            Step::Active(was) if self.valid_until <= now => Ok(Self { step: Step::Expired(was), ..self }),
            _ => Err(Unfit::WrongStep),
        }
    }

    /// Where it stands at a point in time.
    #[must_use]
    pub fn standing(&self, now: Timestamp) -> CredentialState {
        match self.step {
            Step::Submitted => CredentialState::Submitted,
            Step::Checked { .. } => CredentialState::Checked,
            Step::Matched(_) => CredentialState::Matched,
            Step::Active(_) if self.valid_until <= now => CredentialState::Expired,
            Step::Active(_) if self.valid_until <= now.plus(EXPIRING) => CredentialState::Expiring,
            Step::Active(_) => CredentialState::Active,
            Step::Expired(_) => CredentialState::Expired,
            Step::Suspended { .. } => CredentialState::Suspended,
            Step::Refused { .. } => CredentialState::Refused,
        }
    }

    fn not_the_doctor(&self, by: PersonId) -> Result<(), Unfit> {
        if by == self.doctor { Err(Unfit::TwoPeople) } else { Ok(()) }
    }
}

/// A council or a number as registers are compared by: letters and digits alone, in upper case.
#[must_use]
pub fn normal(text: &str) -> String {
    text.nfkc().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_uppercase).collect()
}

/// Titles that registers and people write before and after names, or don't.
const TITLES: [&str; 10] = ["dr", "doctor", "prof", "professor", "mr", "mrs", "ms", "shri", "smt", "sardar"];

/// A name as names are compared: without titles, accents, case, and the order of its words. The marks above and below
/// Latin letters are left out; those that are vowels in Indian scripts stay.
#[must_use]
pub fn folded(name: &str) -> String {
    let plain: String = name.nfkd().filter(|sign| canonical_combining_class(*sign) < 200).collect();
    let lower = plain.to_lowercase();
    let joined = |sign: char| sign.is_alphanumeric() || canonical_combining_class(sign) != 0 || is_vowel_sign(sign);
    let mut words: Vec<&str> = lower.split(|sign| !joined(sign)).filter(|word| !word.is_empty()).collect();
    words.retain(|word| !TITLES.contains(word));
    words.sort_unstable();
    words.join(" ")
}

/// Dependent vowels and nasals of Devanagari and Gurmukhi, which no class of Unicode's combining ones tells.
fn is_vowel_sign(sign: char) -> bool {
    matches!(sign, '\u{0900}'..='\u{0903}' | '\u{093a}'..='\u{094f}' | '\u{0a01}'..='\u{0a03}' | '\u{0a3c}'..='\u{0a51}' | '\u{0a70}'..='\u{0a75}')
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCTOR: PersonId = PersonId::from_number(1);
    const ONE: PersonId = PersonId::from_number(2);
    const OTHER: PersonId = PersonId::from_number(3);
    const NOW: Timestamp = Timestamp(1_800_000_000_000);

    fn submitted() -> Registration {
        Registration::submitted(DOCTOR, NOW.plus(2 * EXPIRING))
    }

    fn matched() -> Registration {
        submitted().check(ONE).unwrap().match_with_register(ONE).unwrap()
    }

    fn active() -> Registration {
        matched().activate(OTHER, NOW).unwrap()
    }

    #[test]
    fn two_people_bring_it_into_force() {
        assert_eq!(active().standing(NOW), CredentialState::Active);
        assert_eq!(matched().activate(ONE, NOW), Err(Unfit::TwoPeople), "who checked it");
    }

    #[test]
    fn no_step_is_the_doctors_own() {
        assert_eq!(submitted().check(DOCTOR), Err(Unfit::TwoPeople));
        assert_eq!(submitted().check(ONE).unwrap().match_with_register(DOCTOR), Err(Unfit::TwoPeople));
        assert_eq!(matched().activate(DOCTOR, NOW), Err(Unfit::TwoPeople));
        assert_eq!(submitted().refuse(DOCTOR, "no".into()), Err(Unfit::TwoPeople));
        assert_eq!(active().suspend("x".into()).unwrap().reinstate(DOCTOR, NOW), Err(Unfit::TwoPeople));
    }

    #[test]
    fn no_step_is_left_out_or_done_twice() {
        assert_eq!(submitted().match_with_register(ONE), Err(Unfit::WrongStep));
        assert_eq!(submitted().activate(OTHER, NOW), Err(Unfit::WrongStep));
        assert_eq!(submitted().check(ONE).unwrap().check(OTHER), Err(Unfit::WrongStep));
        assert_eq!(active().activate(OTHER, NOW), Err(Unfit::WrongStep));
        assert_eq!(active().refuse(ONE, "late".into()), Err(Unfit::WrongStep));
        assert_eq!(matched().suspend("early".into()), Err(Unfit::WrongStep));
        assert_eq!(active().reinstate(ONE, NOW), Err(Unfit::WrongStep));
    }

    #[test]
    fn a_suspended_one_is_out_of_force_until_it_is_reinstated() {
        let out = active().suspend("complaint".into()).unwrap();
        assert!(!out.standing(NOW).is_in_force());
        assert_eq!(out.reinstate(ONE, NOW).unwrap(), active());
    }

    #[test]
    fn sixty_days_before_its_end_it_is_expiring_and_at_its_end_expired() {
        let (one, end) = (active(), NOW.plus(2 * EXPIRING));
        let at = |before: Duration| Timestamp(end.0 - i64::try_from(before.as_millis()).unwrap());
        assert_eq!(one.standing(Timestamp(at(EXPIRING).0 - 1)), CredentialState::Active);
        assert_eq!(one.standing(at(EXPIRING)), CredentialState::Expiring);
        assert!(one.standing(Timestamp(end.0 - 1)).is_in_force());
        assert_eq!(one.standing(end), CredentialState::Expired);
        assert_eq!(one.clone().expire(Timestamp(end.0 - 1)), Err(Unfit::WrongStep));
        assert_eq!(one.expire(end).unwrap().standing(NOW), CredentialState::Expired, "it stays so");
    }

    #[test]
    fn an_expired_one_comes_into_force_only_by_being_sent_in_anew() {
        assert_eq!(matched().activate(OTHER, NOW.plus(2 * EXPIRING)), Err(Unfit::Expired));
        let out = active().suspend("x".into()).unwrap();
        assert_eq!(out.reinstate(ONE, NOW.plus(2 * EXPIRING)), Err(Unfit::Expired));
    }

    #[test]
    fn numbers_are_the_same_however_they_are_written() {
        assert_eq!(normal(" pmc / 12-345 "), normal("PMC 12345"));
        assert_ne!(normal("12345"), normal("012345"), "a zero is a digit");
        assert_eq!(normal("Punjab Medical Council"), "PUNJABMEDICALCOUNCIL");
    }

    #[test]
    fn names_are_the_same_without_titles_accents_case_and_order() {
        assert_eq!(folded("Dr. Ananya RAO"), folded("Rao, Ananya"));
        assert_eq!(folded("José Núñez"), folded("jose nunez"));
        assert_ne!(folded("Ananya Rao"), folded("Anaya Rao"));
        assert_ne!(folded("राम"), folded("रामी"), "vowel signs are letters");
        assert_eq!(folded("हरप्रीत सिंह").split(' ').count(), 2, "a word stays whole");
    }
}
