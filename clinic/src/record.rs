//! Records as lists show them: what is known of them without opening them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::id::{KeyId, OrgId, PersonId, RecordId, VisitId};
use crate::time::Timestamp;
use crate::wire::DoctorView;
use crate::word::words;

/// Media type of a sealed transcript's content.
pub const TRANSCRIPT: &str = "application/vnd.vaidya.transcript+json";

/// What a record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RecordKind {
    /// What was written during a visit.
    Transcript,
    /// What a doctor noted.
    Note,
    /// A paper, scanned or made by a program.
    Document,
    /// A picture, of a camera or a machine.
    Image,
    /// Results of a laboratory.
    Lab,
    /// A letter to someone who treats, too.
    Letter,
}

words!(RecordKind {
    Transcript = "transcript",
    Note = "note",
    Document = "document",
    Image = "image",
    Lab = "lab",
    Letter = "letter",
});

impl RecordKind {
    /// Media type of the sealed content.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Transcript => TRANSCRIPT,
            Self::Note => "application/vnd.vaidya.note+json",
            Self::Document | Self::Image => "application/vnd.vaidya.file+json",
            Self::Lab => "application/vnd.vaidya.lab+json",
            Self::Letter => "application/vnd.vaidya.letter+json",
        }
    }
}

/// A version of a record, seen from outside. No `Debug`: it names people.
#[derive(Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct VersionView {
    /// Which, from 1.
    pub ver: u32,
    /// Who sealed it.
    pub author: String,
    /// Whether that was the patient.
    pub own: bool,
    /// When it was sealed, as its author's clock says.
    pub at: Timestamp,
    /// The name of its block.
    pub cid: String,
    /// Bytes of its block.
    pub size: u64,
    /// Further blocks.
    pub blocks: u32,
}

/// A version of a record whose content key is wrapped for a key of its organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// Which record.
    pub record: RecordId,
    /// Which version.
    pub ver: u32,
    /// The name of its block, whose header commits to the content key.
    pub cid: String,
    /// Whose record it is.
    pub patient: PersonId,
    /// In which organisation.
    pub org: OrgId,
    /// The organisation's key.
    pub key: KeyId,
    /// RSA-OAEP-256 of the content key.
    pub ek: Vec<u8>,
}

/// A sealed record, seen from outside. No `Debug`: it names people.
#[derive(Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RecordView {
    /// Its id.
    pub id: RecordId,
    /// What it is.
    pub kind: RecordKind,
    /// Whose it is.
    pub patient_id: PersonId,
    /// The patient's name.
    pub patient: String,
    /// Which department it is filed under.
    pub department: Option<String>,
    /// The visit it comes from, if it comes from one.
    pub visit: Option<VisitId>,
    /// The visit's doctor.
    pub doctor: Option<DoctorView>,
    /// Who sealed the newest version.
    pub author: String,
    /// Whether that was the patient, or who speaks for them.
    pub own: bool,
    /// The record it asks to have corrected.
    pub corrects: Option<RecordId>,
    /// Whether somebody asked for a correction of it since it was written or changed last.
    pub asked: bool,
    /// The newest version, from 1.
    pub ver: u32,
    /// When that was sealed, as its author's clock says.
    pub at: Timestamp,
    /// The name of its block.
    pub cid: String,
    /// Bytes of its block.
    pub size: u64,
    /// Further blocks, when it was too large for one.
    pub blocks: u32,
    /// Whether the clinic can open it.
    pub custody: bool,
    /// Whether the law keeps it after the patient wanted it gone: doctors don't see it any more.
    pub restricted: bool,
}
