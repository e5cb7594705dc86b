//! Records: taken in sealed, kept as one block and its wraps, and given back to those they are wrapped for.

use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::{Data, Json, Path, Payload};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use vaidya_clinic::id::{KeyId, RecordId, VisitId};
use vaidya_clinic::keyring::MOST_KEYS;
use vaidya_clinic::record::{RecordKind, RecordView, TRANSCRIPT};
use vaidya_clinic::vault::Broken;
use vaidya_clinic::vault::header::Header;
use vaidya_clinic::vault::jwe::{ALG, Jwe, Wrap as Recipient};
use vaidya_clinic::vault::object::{self, Cid, MAX_OBJECT};
use vaidya_clinic::vault::padme::padded;
use vaidya_clinic::vault::sealed::Sealed;
use vaidya_clinic::wire::Body;

use super::keys::an_ek;
use super::principal::Caller;
use super::{House, large};
use crate::error::Problem;
use crate::gateway::blobs::BlobError;
use crate::store::records::NewRecord;
use crate::store::wraps::Wrap;
use crate::store::{StoreError, Thing};

/// Longest request, in bytes: the largest object in base64url, the wraps of everybody, and a little around them.
const LONGEST: usize = MAX_OBJECT / 3 * 4 + 64 * 1024;

/// The only version there is: a transcript is sealed once.
const FIRST: u32 = 1;

/// A sealed record as it is sent: a JWE in general JSON serialisation (RFC 7516 §7.2.1), with what belongs to it.
#[derive(Deserialize, ToSchema)]
#[schema(as = SealedRecord)]
struct Sent {
    visit: VisitId,
    id: RecordId,
    protected: String,
    iv: Body,
    ciphertext: Body,
    tag: Body,
    salt: Body,
    recipients: Vec<SentRecipient>,
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
    unsealed: Vec<VisitId>,
}

/// `POST /records`
#[utoipa::path(post, path = "/records", request_body = Sent, responses((status = 200, description = "There already", body = RecordView), (status = 201, description = "Kept", body = RecordView)))]
pub(super) async fn seal(house: Data<House>, caller: Caller, body: Payload) -> Result<HttpResponse, Problem> {
    let author = caller.resident()?;
    let (new, object) = checked(large::json(body, LONGEST).await?)?;
    if !caller.store.reaches(author, Thing::Visit(new.visit)).await? {
        return Err(Problem::not_found());
    }
    let person = author.id;
    if let Some(found) = caller.store.may_seal(person, new.clone()).await? {
        return Ok(HttpResponse::Ok().json(found));
    }
    // The block first: a row that is visible has its block on disk. A block whose row never came is in nobody's way,
    // and the next try finds it there.
    let cid = Cid::parse(&new.cid).map_err(|_| Problem::failed())?;
    house.blobs.put(cid, object).await.map_err(|error| kept(&error))?;
    let sealed = caller.store.seal_record(person, new, (house.clock)()).await.map_err(|error| match error {
        StoreError::Taken => Problem::bad_field("Another record has this id. Draw a new one."),
        other => other.into(),
    })?;
    let mut answer = if sealed.new { HttpResponse::Created() } else { HttpResponse::Ok() };
    Ok(answer.json(sealed.view))
}

/// `GET /records`
#[utoipa::path(get, path = "/records", responses((status = 200, body = List)))]
pub(super) async fn list(caller: Caller) -> Result<Json<List>, Problem> {
    let found = caller.store.records_of(caller.resident()?).await?;
    Ok(Json(List { records: found.records, unsealed: found.unsealed }))
}

/// `GET /records/{id}`
#[utoipa::path(get, path = "/records/{id}", responses((status = 200, description = "The sealed record with its keys (RFC 7516)", body = Object, content_type = "application/jose+json"), (status = 500, description = "The block is damaged")))]
pub(super) async fn show(house: Data<House>, caller: Caller, id: Path<Uuid>) -> Result<HttpResponse, Problem> {
    let found = caller.store.record_for(RecordId(*id), caller.resident()?.id).await?;
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
        visit: sent.visit,
        kind,
        ver: header.version,
        author: header.author,
        at: header.at,
        cid: Cid::of(&block).as_str().to_owned(),
        size: u64::try_from(block.len()).unwrap_or(u64::MAX),
        salt,
        commitment: object::commitment(kind.as_str(), &salt, &block).map_err(wrong)?,
        wraps: wraps(sent.recipients)?,
    };
    Ok((new, block))
}

/// The kind a header names, when it is about this record of this visit.
fn named(header: &Header, sent: &Sent) -> Result<RecordKind, Problem> {
    let same = header.record == sent.id && header.visit == sent.visit && header.version == FIRST;
    let kind = RecordKind::parse(&header.kind).filter(|_| same && header.cty == TRANSCRIPT);
    kind.ok_or_else(|| Problem::bad_field("The record's header is about something else."))
}

fn wraps(sent: Vec<SentRecipient>) -> Result<Vec<Wrap>, Problem> {
    if sent.is_empty() || sent.len() > 2 * MOST_KEYS {
        return Err(Problem::bad_field("A record is sealed for the live keys of the visit's two people."));
    }
    let wrap = |one: SentRecipient| match one.header.alg.as_str() {
        ALG => Ok(Wrap { key: one.header.kid, ek: an_ek(one.encrypted_key)? }),
        _ => Err(Problem::bad_field("Keys are wrapped with RSA-OAEP-256.")),
    };
    sent.into_iter().map(wrap).collect()
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
