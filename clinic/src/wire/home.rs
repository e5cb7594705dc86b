//! What home pages list: visits, and doctors as patients see them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::id::VisitId;
use crate::role::Role;
use crate::time::Timestamp;
use crate::visit::VisitState;

/// A visit as home pages list it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct VisitView {
    /// Which visit.
    pub id: VisitId,
    /// Where it stands.
    pub state: VisitState,
    /// The patient's name.
    pub patient: String,
    /// The doctor.
    pub doctor: DoctorView,
    /// Who asked for it or started it.
    pub made_by: Role,
    /// When it was asked for or started.
    pub made_at: Timestamp,
    /// For when it is planned, if it is; one may come in half an hour before.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub planned_at: Option<Timestamp>,
    /// When it ended, if it has.
    pub ended_at: Option<Timestamp>,
    /// Seats on line now, in the room or at its door. Zero when nobody is, or when the room isn't live.
    pub here: u8,
}

/// A doctor as patients see them.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct DoctorView {
    /// Name with title.
    pub name: String,
    /// Department or specialty, when known.
    pub department: Option<String>,
    /// Degrees; like the rest, only while the registration is in force.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub qualification: Option<String>,
    /// The number in the council's register.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub registration: Option<String>,
    /// The council.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub council: Option<String>,
    /// When two people of the organisation had verified it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub verified_on: Option<Timestamp>,
}
