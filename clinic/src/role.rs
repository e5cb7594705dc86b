//! What a person is in the clinic.

use serde::{Deserialize, Serialize};

/// The role of an account. What each may do grows with the door; a visit knows [`SeatRole`](crate::visit::SeatRole)s.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Is treated.
    Patient,
    /// Treats; hosts the visits' rooms.
    Doctor,
    /// Brings patients and doctors together.
    Desk,
    /// Looks after people and settings; never sees inside a visit.
    Admin,
}

impl Role {
    /// Every role, in the order pages list them.
    pub const ALL: [Self; 4] = [Self::Patient, Self::Doctor, Self::Desk, Self::Admin];

    /// The word for this role in the database and on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Patient => "patient",
            Self::Doctor => "doctor",
            Self::Desk => "desk",
            Self::Admin => "admin",
        }
    }

    /// The role a word names, if it names one.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == word)
    }
}
