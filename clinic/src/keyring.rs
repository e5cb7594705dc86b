//! The keys of a person as the house keeps them: how they stand, what a new one begins as, and who can open a backup.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::word::words;

/// Most keys of a person that are not revoked. Lower is in the way of who has many devices, higher makes every record
/// carry more wraps.
pub const MOST_KEYS: usize = 10;

/// How a key stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum KeyStatus {
    /// Registered by a device that waits for another one's approval: nothing is sealed to it.
    Pending,
    /// Sealed to.
    Live,
    /// Sealed to no more.
    Revoked,
}

words!(KeyStatus { Pending = "pending", Live = "live", Revoked = "revoked" });

/// How a key of an organisation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClinicKeyStatus {
    /// Sealed to.
    Live,
    /// Sealed to no more; what was sealed to it is being wrapped for the one that follows.
    Retiring,
    /// Nothing is wrapped for it any more.
    Retired,
}

words!(ClinicKeyStatus { Live = "live", Retiring = "retiring", Retired = "retired" });

/// What opens a backup of a private key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BackupKind {
    /// The half of the stretched password that never leaves the browser.
    Password,
    /// The code on paper.
    Recovery,
}

words!(BackupKind { Password = "password", Recovery = "recovery" });

/// A person has as many keys as they may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{MOST_KEYS} keys are the most a person may have")]
pub struct TooManyKeys;

/// How a new key begins, given how the person's other keys stand: the first is live, and so is one that is made because
/// no other way is left; every other one waits.
///
/// # Errors
/// [`TooManyKeys`].
pub fn standing_of_new(others: &[KeyStatus], start_over: bool) -> Result<KeyStatus, TooManyKeys> {
    if others.iter().filter(|one| **one != KeyStatus::Revoked).count() >= MOST_KEYS {
        return Err(TooManyKeys);
    }
    let approver = others.contains(&KeyStatus::Live);
    Ok(if start_over || !approver { KeyStatus::Live } else { KeyStatus::Pending })
}

#[cfg(test)]
mod tests {
    use super::KeyStatus::{Live, Pending, Revoked};
    use super::*;

    #[test]
    fn the_first_key_is_live_and_the_second_waits_for_approval() {
        assert_eq!(standing_of_new(&[], false), Ok(Live));
        assert_eq!(standing_of_new(&[Live], false), Ok(Pending));
        assert_eq!(standing_of_new(&[Live], true), Ok(Live), "with no other way back");
    }

    #[test]
    fn a_key_that_nobody_can_approve_does_not_wait_for_ever() {
        assert_eq!(standing_of_new(&[Revoked, Pending], false), Ok(Live));
    }

    #[test]
    fn revoked_keys_make_room() {
        assert_eq!(standing_of_new(&[Live; MOST_KEYS], true), Err(TooManyKeys));
        assert_eq!(standing_of_new(&[[Live; MOST_KEYS - 1], [Revoked; MOST_KEYS - 1]].concat(), false), Ok(Pending));
    }
}
