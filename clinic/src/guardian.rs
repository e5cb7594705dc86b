//! Who speaks for a child: what they are to it, and what paper showed that.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::word::words;

/// What a guardian is to the child.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// Its mother.
    Mother,
    /// Its father.
    Father,
    /// A grandmother or grandfather.
    Grandparent,
    /// Someone else of the family.
    Relative,
    /// Whom a court or the law made its guardian.
    Guardian,
}

words!(Relation {
    Mother = "mother",
    Father = "father",
    Grandparent = "grandparent",
    Relative = "relative",
    Guardian = "guardian",
});

/// The paper the desk looked at. What it says is not kept, only which kind it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Papers {
    /// The child's birth certificate, with the name of the parent.
    BirthCertificate,
    /// A passport or identity card that names the parent.
    Identity,
    /// The order of a court.
    CourtOrder,
    /// Another one.
    Other,
}

words!(Papers {
    BirthCertificate = "birth_certificate",
    Identity = "identity",
    CourtOrder = "court_order",
    Other = "other",
});
