//! What is shown of a doctor's registration: its words, its documents, and what became of it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::credential::CredentialState;
use crate::id::PersonId;
use crate::time::Timestamp;
use crate::word::words;

/// Longest document, in bytes. Lower refuses scans, higher fills the disk and a thin link.
pub const MAX_DOCUMENT: usize = 5 * 1024 * 1024;

/// Most documents of one registration. Lower sends doctors to glue scans together, higher fills the disk.
pub const MAX_DOCUMENTS: usize = 5;

/// What a document is, by its first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum PaperKind {
    /// Portable Document Format.
    #[serde(rename = "application/pdf")]
    Pdf,
    /// JPEG.
    #[serde(rename = "image/jpeg")]
    Jpeg,
    /// PNG.
    #[serde(rename = "image/png")]
    Png,
}

words!(PaperKind { Pdf = "application/pdf", Jpeg = "image/jpeg", Png = "image/png" });

impl PaperKind {
    /// What bytes are by how they begin, whatever their sender calls them (ISO 32000-1 §7.5.2; JPEG's SOI and first
    /// marker, ITU-T T.81 §B.1; PNG's signature, RFC 2083 §3.1).
    #[must_use]
    pub fn of(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [b'%', b'P', b'D', b'F', b'-', ..] => Some(Self::Pdf),
            [0xff, 0xd8, 0xff, ..] => Some(Self::Jpeg),
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some(Self::Png),
            _ => None,
        }
    }
}

/// A registration as its doctor and the admins see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Credential {
    /// Its id.
    pub id: Uuid,
    /// The doctor.
    pub person: PersonId,
    /// The doctor's name.
    pub name: String,
    /// Degrees, as patients read them.
    pub qualification: String,
    /// The council that registered them.
    pub council: String,
    /// Their number there.
    pub number: String,
    /// What they practise.
    pub specialty: String,
    /// When the council's word ends.
    pub valid_until: Timestamp,
    /// Where it stands now.
    pub state: CredentialState,
    /// Name of who looked at the documents.
    pub checked_by: Option<String>,
    /// Name of who found it in the register.
    pub matched_by: Option<String>,
    /// Name of who brought it into force.
    pub activated_by: Option<String>,
    /// When it came into force.
    pub verified_on: Option<Timestamp>,
    /// Why it is out of force.
    pub suspended_why: Option<String>,
    /// Its documents, oldest first.
    pub documents: Vec<Document>,
    /// What became of it, oldest first.
    pub history: Vec<HistoryStep>,
}

/// A document of a registration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Document {
    /// Its id.
    pub id: Uuid,
    /// The name of the file.
    pub name: String,
    /// What it is.
    pub kind: PaperKind,
    /// Bytes.
    pub size: u64,
}

/// One step of a registration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct HistoryStep {
    /// When.
    pub at: Timestamp,
    /// Name of who took it; none when the server did.
    pub by: Option<String>,
    /// Where it stood then.
    pub to: CredentialState,
    /// Why, where there is a reason.
    pub why: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_known_by_how_it_begins() {
        assert_eq!(PaperKind::of(b"%PDF-1.7\n"), Some(PaperKind::Pdf));
        assert_eq!(PaperKind::of(&[0xff, 0xd8, 0xff, 0xe0]), Some(PaperKind::Jpeg));
        assert_eq!(PaperKind::of(b"\x89PNG\r\n\x1a\n...."), Some(PaperKind::Png));
        for odd in [&b""[..], b"PDF-1.7", b"<html>%PDF-", b"GIF89a", b"MZ", b"\x89PNG"] {
            assert_eq!(PaperKind::of(odd), None);
        }
    }

    #[test]
    fn kinds_are_the_same_words_everywhere() {
        for kind in PaperKind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
    }
}
