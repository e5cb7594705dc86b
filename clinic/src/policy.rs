//! What an organisation lets its people do: who keeps keys, when browsers lock, who needs a second factor.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::role::Role;

/// Shortest lock an organisation may choose, in minutes. Lower locks people out in the middle of a sentence.
pub const SHORTEST_LOCK: u16 = 1;

/// Longest lock an organisation may choose, in minutes. Higher leaves an open browser to whoever passes by.
pub const LONGEST_LOCK: u16 = 240;

/// The rules of one organisation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// Who can bring a patient's keys back.
    #[serde(default)]
    pub custody: Custody,
    /// When an unused browser locks.
    #[serde(default)]
    pub lock: Lock,
    /// Whether visits may be recorded.
    #[serde(default)]
    pub recording: Recording,
    /// Who signs in with a second factor.
    #[serde(default)]
    pub second_factor: Required,
    /// Whether guests may come by links.
    #[serde(default)]
    pub guests: Guests,
    /// How long records of a treatment are kept although their patient wants them erased.
    #[serde(default)]
    pub retention_years: Retention,
}

/// Who can bring a patient's keys back when every device of theirs is lost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum Custody {
    /// The patient, and with their consent the clinic.
    #[default]
    #[serde(rename = "patient+clinic")]
    PatientAndClinic,
    /// The patient alone.
    #[serde(rename = "patient-only")]
    PatientOnly,
}

/// Minutes without any input after which a browser locks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Lock {
    /// At the desk, where others pass by.
    pub desk: u16,
    /// Everyone else who works there.
    pub staff: u16,
    /// Patients, on their own devices.
    pub patient: u16,
}

impl Default for Lock {
    fn default() -> Self {
        Self { desk: 15, staff: 15, patient: 30 }
    }
}

/// Whether visits may be recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Recording {
    /// Never.
    #[default]
    Off,
    /// When everyone in the visit says yes.
    Ask,
}

/// Who signs in with a second factor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Required {
    /// Everyone who works there; patients may.
    #[default]
    Staff,
    /// Whoever wants to.
    Nobody,
}

/// Whether guests may come by links.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
pub struct Guests(pub bool);

impl Default for Guests {
    fn default() -> Self {
        Self(true)
    }
}

/// Longest retention an organisation may choose, in years. Higher keeps what patients wanted gone for longer than any
/// law of records asks.
pub const LONGEST_RETENTION: u8 = 50;

/// For how many years from the beginning of a treatment its records are kept. In India a physician keeps them for 3:
/// Indian Medical Council (Professional Conduct, Etiquette and Ethics) Regulations, 2002, 1.3.1. Lower breaks that law
/// where it holds, higher makes patients wait longer for what they asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
pub struct Retention(pub u8);

impl Default for Retention {
    fn default() -> Self {
        Self(3)
    }
}

/// A policy that nobody could live by; the sentence says what to change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("The time until a browser locks is 1 to 240 minutes, and records are kept for at most 50 years.")]
pub struct BadPolicy;

impl Policy {
    /// Whether someone in this role must have a second factor.
    #[must_use]
    pub fn requires_factor(&self, role: Role) -> bool {
        self.second_factor == Required::Staff && role.is_staff()
    }

    /// How long without input until the browser of someone in this role locks.
    #[must_use]
    pub fn lock_after(&self, role: Role) -> Duration {
        Duration::from_secs(60 * u64::from(self.lock_minutes(role)))
    }

    /// The same in minutes, as browsers are told.
    #[must_use]
    pub fn lock_minutes(&self, role: Role) -> u16 {
        match role {
            Role::Desk => self.lock.desk,
            Role::Patient => self.lock.patient,
            Role::Doctor | Role::Pharmacist | Role::Researcher | Role::Admin | Role::Auditor => self.lock.staff,
        }
    }

    /// This policy, if an organisation may have it.
    ///
    /// # Errors
    /// When a lock is shorter than [`SHORTEST_LOCK`] or longer than [`LONGEST_LOCK`], or records are kept for longer than
    /// [`LONGEST_RETENTION`].
    pub fn checked(self) -> Result<Self, BadPolicy> {
        let fits = |minutes: u16| (SHORTEST_LOCK..=LONGEST_LOCK).contains(&minutes);
        let Lock { desk, staff, patient } = self.lock;
        let kept = self.retention_years.0 <= LONGEST_RETENTION;
        if kept && fits(desk) && fits(staff) && fits(patient) { Ok(self) } else { Err(BadPolicy) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_organisation_that_says_nothing_is_careful() {
        let policy: Policy = serde_json::from_str("{}").unwrap();
        assert_eq!(policy, Policy::default());
        assert_eq!(
            serde_json::to_value(policy).unwrap(),
            serde_json::json!({
                "custody": "patient+clinic", "lock": {"desk": 15, "staff": 15, "patient": 30}, "recording": "off",
                "second_factor": "staff", "guests": true, "retention_years": 3,
            })
        );
    }

    #[test]
    fn everyone_who_works_there_needs_a_second_factor_and_patients_do_not() {
        let policy = Policy::default();
        for role in Role::ALL {
            assert_eq!(policy.requires_factor(*role), *role != Role::Patient);
        }
        let free = Policy { second_factor: Required::Nobody, ..policy };
        assert!(!Role::ALL.iter().any(|role| free.requires_factor(*role)));
    }

    #[test]
    fn the_desk_locks_by_its_own_time() {
        let policy = Policy { lock: Lock { desk: 5, staff: 10, patient: 20 }, ..Policy::default() };
        assert_eq!(policy.lock_after(Role::Desk), Duration::from_secs(300));
        assert_eq!(policy.lock_minutes(Role::Doctor), 10);
        assert_eq!(policy.lock_minutes(Role::Patient), 20);
    }

    #[test]
    fn a_lock_that_comes_at_once_or_never_is_refused() {
        for minutes in [0, 241] {
            let lock = Lock { staff: minutes, ..Lock::default() };
            assert_eq!(Policy { lock, ..Policy::default() }.checked(), Err(BadPolicy));
        }
        assert!(Policy::default().checked().is_ok());
        let forever = Policy { retention_years: Retention(51), ..Policy::default() };
        assert_eq!(forever.checked(), Err(BadPolicy));
    }

    #[test]
    fn a_policy_with_words_of_its_own_is_not_read() {
        for odd in [r#"{"second_factor":"all"}"#, r#"{"custody":"clinic"}"#, r#"{"gusts":false}"#] {
            assert!(serde_json::from_str::<Policy>(odd).is_err(), "{odd}");
        }
    }
}
