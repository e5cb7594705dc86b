//! Records: taken in sealed, kept as blocks and wraps, and given back to those they are wrapped for.

use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::{Data, Json, Path, Payload, Query};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use vaidya_clinic::id::{PersonId, RecordId, VisitId};
use vaidya_clinic::record::{RecordKind, RecordView};
use vaidya_clinic::time::Timestamp;
use vaidya_clinic::vault::jwe::{Jwe, Wrap as Recipient};
use vaidya_clinic::vault::object::{self, Cid};

use super::principal::Caller;
use super::record_form::{FIRST, LONGEST, Sent, checked};
use super::{House, blocks, large};
use crate::error::Problem;
use crate::store::StoreError;
use crate::store::records::{Filter, NewRecord, OpenedFor};

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
    caller.resident()?;
    let (new, object) = checked(large::json(body, LONGEST).await?)?;
    if new.ver != FIRST {
        return Err(Problem::bad_field(
            "A new record begins with version 1. Send later ones to the record's versions.",
        ));
    }
    keep(&house, &caller, new, object).await
}

/// `POST /records/{id}/versions`
#[utoipa::path(post, path = "/records/{id}/versions", request_body = Sent, responses((status = 200, description = "There already", body = RecordView), (status = 201, description = "Kept", body = RecordView)))]
pub(super) async fn amend(
    house: Data<House>,
    caller: Caller,
    id: Path<Uuid>,
    body: Payload,
) -> Result<HttpResponse, Problem> {
    caller.resident()?;
    let (new, object) = checked(large::json(body, LONGEST).await?)?;
    if new.id.0 != *id || new.ver <= FIRST {
        return Err(Problem::bad_field("This is no later version of that record."));
    }
    keep(&house, &caller, new, object).await
}

async fn keep(house: &House, caller: &Caller, new: NewRecord, object: Vec<u8>) -> Result<HttpResponse, Problem> {
    let (author, ver) = (caller.resident()?, new.ver);
    caller.about(|subject| (subject.visit, subject.about) = (new.visit, new.patient));
    let there = caller.store.may_seal(author, new.clone(), (house.clock)()).await;
    if let Some(found) = there.map_err(|error| refused(error, ver))? {
        return Ok(HttpResponse::Ok().json(found));
    }
    // The block first: a row that is visible has its block on disk. A block whose row never came is in nobody's way,
    // and the next try finds it there.
    let cid = Cid::parse(&new.cid).map_err(|_| Problem::failed())?;
    let _held = house.blobs.put(cid, object).await?;
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
#[utoipa::path(get, path = "/records", params(Wanted), responses((status = 200, body = List), (status = 404, description = "No record to go on after, or nobody of yours")))]
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
#[utoipa::path(get, path = "/records/{id}", params(Which), responses((status = 200, description = "The sealed record with its keys (RFC 7516), and its `ver`, its `record` as lists show it, its `versions` and further `blocks`", body = Object, content_type = "application/jose+json"), (status = 500, description = "The block is damaged")))]
pub(super) async fn show(
    house: Data<House>,
    caller: Caller,
    id: Path<Uuid>,
    which: Query<Which>,
) -> Result<HttpResponse, Problem> {
    let found = caller.store.record_for(RecordId(*id), which.ver, caller.resident()?, (house.clock)()).await?;
    let block = blocks::fetch(&house, &found.cid).await?;
    Ok(HttpResponse::Ok().insert_header((header::CONTENT_TYPE, "application/jose+json")).json(whole(found, &block)?))
}

/// A version as any JOSE library reads it, with what only we read beside it (RFC 7516 §7.2.1: other members are ignored).
fn whole(found: OpenedFor, block: &[u8]) -> Result<Value, Problem> {
    let sealed = object::parse(block).map_err(|_| Problem::block_damaged())?;
    let wraps = found.wraps.into_iter().map(|wrap| Recipient { key: wrap.key, wrapped: wrap.ek }).collect();
    let jwe = Jwe { sealed, wraps }.to_json().map_err(|_| Problem::failed())?;
    let mut jwe: Value = serde_json::from_str(&jwe).map_err(|_| Problem::failed())?;
    let members = jwe.as_object_mut().ok_or_else(Problem::failed)?;
    members.insert("ver".to_owned(), json!(found.ver));
    members.insert("record".to_owned(), json!(found.record));
    members.insert("versions".to_owned(), json!(found.versions));
    members.insert("blocks".to_owned(), json!(found.blocks));
    Ok(jwe)
}
