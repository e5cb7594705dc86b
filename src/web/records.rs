//! Records: taken in sealed, kept as one block and its wraps, and given back to those they are wrapped for.

use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::{Data, Json, Path, Payload, Query};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use vaidya_clinic::id::{KeyId, PersonId, RecordId, VisitId};
use vaidya_clinic::keyring::MOST_KEYS;
use vaidya_clinic::record::{RecordKind, RecordView};
use vaidya_clinic::time::Timestamp;
use vaidya_clinic::vault::Broken;
use vaidya_clinic::vault::header::Header;
use vaidya_clinic::vault::jwe::{ALG, Jwe, Wrap as Recipient};
use vaidya_clinic::vault::object::{self, Cid, MAX_OBJECT};
use vaidya_clinic::vault::padme::padded;
use vaidya_clinic::vault::sealed::Sealed;
use vaidya_clinic::wire::Body;

use super::keys::an_ek;
use super::people::a_name;
use super::principal::Caller;
use super::{House, large};
use crate::error::Problem;
use crate::gateway::blobs::BlobError;
use crate::store::StoreError;
use crate::store::records::{Filter, NewRecord};
use crate::store::wraps::Wrap;

/// Longest request, in bytes: the largest object in base64url, the wraps of everybody, and a little around them.
const LONGEST: usize = MAX_OBJECT / 3 * 4 + 64 * 1024;

/// Where versions begin.
const FIRST: u32 = 1;

/// A sealed record as it is sent: a JWE in general JSON serialisation (RFC 7516 §7.2.1), with what belongs to it.
#[derive(Deserialize, ToSchema)]
#[schema(as = SealedRecord)]
struct Sent {
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
    /// Further blocks of a large record, in their order: uploaded before.
    #[serde(default)]
    blocks: Vec<String>,
}

/// Which records are wanted.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    patient: Option<Uuid>,
    kind: Option<String>,
    department: Option<String>,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    after: Option<Uuid>,
}

/// Which version is wanted; the newest when none is named.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Which {
    ver: Option<u32>,
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

/// One's records, and the visits that wait for being sealed.
#[derive(Serialize, ToSchema)]
#[schema(as = Records)]
pub(super) struct List {
    records: Vec<RecordView>,
    /// Where the next page begins, when there is one.
    next: Option<RecordId>,
    unsealed: Vec<VisitId>,
}

/// `POST /records`
#[utoipa::path(post, path = "/records", request_body = Sent, responses((status = 200, description = "There already", body = RecordView), (status = 201, description = "Kept", body = RecordView)))]
pub(super) async fn seal(house: Data<House>, caller: Caller, body: Payload) -> Result<HttpResponse, Problem> {
    let author = caller.resident()?;
    let (new, object) = checked(large::json(body, LONGEST).await?)?;
    caller.about(|subject| (subject.visit, subject.about) = (new.visit, new.patient));
    if let Some(found) = caller.store.may_seal(author, new.clone()).await.map_err(|error| refused(error, new.ver))? {
        return Ok(HttpResponse::Ok().json(found));
    }
    // The block first: a row that is visible has its block on disk. A block whose row never came is in nobody's way,
    // and the next try finds it there.
    let cid = Cid::parse(&new.cid).map_err(|_| Problem::failed())?;
    house.blobs.put(cid, object).await.map_err(|error| kept(&error))?;
    let ver = new.ver;
    let sealed = caller.store.seal_record(author, new, (house.clock)()).await;
    let sealed = sealed.map_err(|error| refused(error, ver))?;
    let mut answer = if sealed.new { HttpResponse::Created() } else { HttpResponse::Ok() };
    Ok(answer.json(sealed.view))
}

/// What a place that is taken means: an id for a first version, someone who was faster for a later one.
fn refused(error: StoreError, ver: u32) -> Problem {
    match error {
        StoreError::Taken if ver > FIRST => Problem::amended(),
        StoreError::Taken => Problem::bad_field("Another record has this id. Draw a new one."),
        other => other.into(),
    }
}

/// `GET /records`
#[utoipa::path(get, path = "/records", params(Wanted), responses((status = 200, body = List)))]
pub(super) async fn list(house: Data<House>, caller: Caller, wanted: Query<Wanted>) -> Result<Json<List>, Problem> {
    let Wanted { patient, kind, department, from, to, after } = wanted.into_inner();
    let kind = kind.as_deref().map(|word| RecordKind::parse(word).ok_or_else(no_kind)).transpose()?;
    let filter = Filter { patient: patient.map(PersonId), kind, department, from, to, after: after.map(RecordId) };
    let found = caller.store.records_of(caller.resident()?, filter, (house.clock)()).await?;
    Ok(Json(List { records: found.records, next: found.next, unsealed: found.unsealed }))
}

fn no_kind() -> Problem {
    Problem::bad_field("The kind is one of transcript, note, document, image, lab and letter.")
}

/// `GET /records/{id}`
#[utoipa::path(get, path = "/records/{id}", params(Which), responses((status = 200, description = "The sealed record with its keys (RFC 7516)", body = Object, content_type = "application/jose+json"), (status = 500, description = "The block is damaged")))]
pub(super) async fn show(
    house: Data<House>,
    caller: Caller,
    id: Path<Uuid>,
    which: Query<Which>,
) -> Result<HttpResponse, Problem> {
    let found = caller.store.record_for(RecordId(*id), which.ver, caller.resident()?, (house.clock)()).await?;
    let cid = Cid::parse(&found.cid).map_err(|_| Problem::block_damaged())?;
    let block = house.blobs.get(cid).await.map_err(|error| given(&error))?;
    let block = block.ok_or_else(|| {
        tracing::error!("the block of a record is missing");
        Problem::block_damaged()
    })?;
    let sealed = object::parse(&block).map_err(|_| Problem::block_damaged())?;
    let wraps = found.wraps.into_iter().map(|wrap| Recipient { key: wrap.key, wrapped: wrap.ek }).collect();
    let jwe = Jwe { sealed, wraps }.to_json().map_err(|_| Problem::failed())?;
    Ok(HttpResponse::Ok().insert_header((header::CONTENT_TYPE, "application/jose+json")).body(jwe))
}

/// The row and the block of a record that has the form of one. Whether it opens nobody here can see.
fn checked(sent: Sent) -> Result<(NewRecord, Vec<u8>), Problem> {
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
    let new = NewRecord {
        id: sent.id,
        kind,
        patient: header.patient,
        department: sent.department.map(|text| a_name(&text)).transpose()?,
        visit: sent.visit,
        ver: header.version,
        author: header.author,
        at: header.at,
        cid: Cid::of(&block).as_str().to_owned(),
        size: u64::try_from(block.len()).unwrap_or(u64::MAX),
        salt,
        commitment: object::commitment(kind.as_str(), &salt, &block).map_err(wrong)?,
        blocks: sent
            .blocks
            .into_iter()
            .map(|cid| Cid::parse(&cid).map(|cid| cid.as_str().to_owned()).map_err(wrong))
            .collect::<Result<_, _>>()?,
        wraps: wraps(sent.recipients)?,
        clinic: sent.clinic.map(wrap).transpose()?,
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

fn wraps(sent: Vec<SentRecipient>) -> Result<Vec<Wrap>, Problem> {
    if sent.is_empty() || sent.len() > 3 * MOST_KEYS {
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

fn kept(error: &BlobError) -> Problem {
    tracing::error!(%error, "a block was not kept");
    match error {
        BlobError::Full => Problem::storage_full(),
        BlobError::TooLarge | BlobError::Misnamed | BlobError::Damaged(_) | BlobError::Failed(_) => Problem::failed(),
    }
}

fn given(error: &BlobError) -> Problem {
    tracing::error!(%error, "a block cannot be given");
    match error {
        BlobError::Damaged(_) => Problem::block_damaged(),
        BlobError::Full | BlobError::TooLarge | BlobError::Misnamed | BlobError::Failed(_) => Problem::failed(),
    }
}
