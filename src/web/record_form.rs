//! A sealed record as it is sent: its form, checked as far as one can who cannot open it.

use serde::Deserialize;
use utoipa::ToSchema;
use vaidya_clinic::id::{KeyId, PersonId, RecordId, VisitId};
use vaidya_clinic::record::RecordKind;
use vaidya_clinic::vault::Broken;
use vaidya_clinic::vault::header::Header;
use vaidya_clinic::vault::jwe::{ALG, MAX_RECIPIENTS};
use vaidya_clinic::vault::object::{self, Cid, MAX_OBJECT};
use vaidya_clinic::vault::padme::padded;
use vaidya_clinic::vault::sealed::Sealed;
use vaidya_clinic::wire::Body;

use super::keys::an_ek;
use super::people::a_name;
use crate::error::Problem;
use crate::store::records::NewRecord;
use crate::store::uploads::MOST_BLOCKS;
use crate::store::wraps::Wrap;

/// Longest request, in bytes: the largest object in base64url, the wraps of everybody, and a little around them.
pub(super) const LONGEST: usize = MAX_OBJECT / 3 * 4 + 64 * 1024;

/// Where versions begin.
pub(super) const FIRST: u32 = 1;

/// A sealed record as it is sent: a JWE in general JSON serialisation (RFC 7516 §7.2.1), with what belongs to it.
#[derive(Deserialize, ToSchema)]
#[schema(as = SealedRecord)]
pub(super) struct Sent {
    id: RecordId,
    patient: Option<PersonId>,
    visit: Option<VisitId>,
    department: Option<String>,
    protected: String,
    iv: Body,
    ciphertext: Body,
    tag: Body,
    salt: Body,
    recipients: Vec<SentRecipient>,
    /// The content key for the clinic, where its custody says so.
    clinic: Option<SentRecipient>,
    /// The record that this note asks to have corrected.
    corrects: Option<RecordId>,
    /// Further blocks of a large record, in their order: uploaded before.
    #[serde(default)]
    blocks: Vec<String>,
    /// What the author's key says of it for the ledger.
    said: Option<Body>,
}

#[derive(Deserialize, ToSchema)]
struct SentRecipient {
    header: RecipientHeader,
    encrypted_key: Body,
}

#[derive(Deserialize, ToSchema)]
struct RecipientHeader {
    alg: String,
    kid: KeyId,
}

/// The row and the block of a record that has the form of one. Whether it opens nobody here can see.
pub(super) fn checked(sent: Sent) -> Result<(NewRecord, Vec<u8>), Problem> {
    let wrong = |_| Problem::bad_field("The sealed record does not have the form of one. Reload the page.");
    let header = Header::parse(&sent.protected).map_err(wrong)?;
    let kind = named(&header, &sent)?;
    let sealed = Sealed {
        protected: sent.protected,
        iv: sent.iv.0.try_into().map_err(|_| wrong(Broken::Malformed("iv")))?,
        ciphertext: sent.ciphertext.0,
        tag: sent.tag.0.try_into().map_err(|_| wrong(Broken::Malformed("tag")))?,
    };
    let length = u64::try_from(sealed.ciphertext.len()).unwrap_or(u64::MAX);
    if length == 0 || padded(length) != length {
        return Err(Problem::bad_field("The sealed record is not padded: its length would tell too much."));
    }
    let block = object::encode(&sealed).map_err(|error| match error {
        Broken::TooLarge(_) => Problem::bad_field("A sealed record has at most 1 MiB."),
        other => wrong(other),
    })?;
    let salt = sent.salt.0.try_into().map_err(|_| wrong(Broken::Malformed("salt")))?;
    if sent.corrects.is_some() && kind != RecordKind::Note {
        return Err(Problem::bad_field("What asks for a correction is a note."));
    }
    let new = NewRecord {
        id: sent.id,
        kind,
        patient: header.patient,
        department: sent.department.map(|text| a_name(&text)).transpose()?,
        visit: sent.visit,
        corrects: sent.corrects,
        ver: header.version,
        author: header.author,
        at: header.at,
        cid: Cid::of(&block).as_str().to_owned(),
        size: u64::try_from(block.len()).unwrap_or(u64::MAX),
        salt,
        commitment: object::commitment(kind.as_str(), &salt, &block).map_err(wrong)?,
        blocks: blocks(kind, sent.blocks)?,
        wraps: wraps(sent.recipients)?,
        clinic: sent.clinic.map(wrap).transpose()?,
        signature: sent.said.map(|said| said.0.try_into()).transpose().map_err(|_| Problem::bad_key())?,
    };
    Ok((new, block))
}

/// The kind a header names, when it is about this record of this visit.
fn named(header: &Header, sent: &Sent) -> Result<RecordKind, Problem> {
    let kind = RecordKind::parse(&header.kind).filter(|kind| header.cty == kind.media_type());
    let same = header.record == sent.id && header.visit == sent.visit && header.patient == sent.patient;
    // A transcript is of its visit's patient and is sealed once; everything else says whose it is.
    let fits = |kind: &RecordKind| match kind {
        RecordKind::Transcript => header.version == FIRST && header.patient.is_none() && header.visit.is_some(),
        _ => header.version >= FIRST && header.patient.is_some(),
    };
    let kind = kind.filter(|kind| same && fits(kind));
    kind.ok_or_else(|| Problem::bad_field("The record's header is about something else."))
}

/// The names of further blocks: only files have any.
fn blocks(kind: RecordKind, sent: Vec<String>) -> Result<Vec<String>, Problem> {
    let file = matches!(kind, RecordKind::Document | RecordKind::Image);
    if !file && !sent.is_empty() {
        return Err(Problem::bad_field("Only documents and images have further blocks."));
    }
    if u64::try_from(sent.len()).unwrap_or(u64::MAX) > MOST_BLOCKS {
        return Err(Problem::bad_field("A file has at most 50 MB."));
    }
    let name = |cid: String| a_cid(&cid).map(|cid| cid.as_str().to_owned());
    sent.into_iter().map(name).collect()
}

/// The name of a block.
pub(super) fn a_cid(text: &str) -> Result<Cid, Problem> {
    Cid::parse(text).map_err(|_| Problem::bad_field("The name of a block is a CID: version 1, raw, SHA-256, base32."))
}

fn wraps(sent: Vec<SentRecipient>) -> Result<Vec<Wrap>, Problem> {
    if sent.is_empty() || sent.len() > MAX_RECIPIENTS {
        return Err(Problem::bad_field("A record is sealed for the live keys of those it concerns."));
    }
    sent.into_iter().map(wrap).collect()
}

fn wrap(one: SentRecipient) -> Result<Wrap, Problem> {
    match one.header.alg.as_str() {
        ALG => Ok(Wrap { key: one.header.kid, ek: an_ek(one.encrypted_key)? }),
        _ => Err(Problem::bad_field("Keys are wrapped with RSA-OAEP-256.")),
    }
}
