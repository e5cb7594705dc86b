//! What a person is in the clinic.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::word::words;

/// What someone is in one organisation. A visit knows [`SeatRole`](crate::visit::SeatRole)s.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Is treated.
    Patient,
    /// Treats; hosts the visits' rooms.
    Doctor,
    /// Brings patients and doctors together.
    Desk,
    /// Hands out what doctors prescribe.
    Pharmacist,
    /// Learns from what patients gave for research.
    Researcher,
    /// Looks after people and settings; never sees inside a visit.
    Admin,
    /// Looks at who did what.
    Auditor,
}

words!(Role {
    Patient = "patient",
    Doctor = "doctor",
    Desk = "desk",
    Pharmacist = "pharmacist",
    Researcher = "researcher",
    Admin = "admin",
    Auditor = "auditor",
});

impl Role {
    /// Whether they work there: everyone but patients.
    #[must_use]
    pub fn is_staff(self) -> bool {
        self != Self::Patient
    }
}
