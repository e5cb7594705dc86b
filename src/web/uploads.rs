//! Uploads: the blocks of a large record, sent before it, each until it is there.

use actix_web::HttpResponse;
use actix_web::web::{Data, Json, Path, Payload};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use vaidya_clinic::time::Timestamp;
use vaidya_clinic::vault::object::{Cid, MAX_OBJECT};

use super::principal::Caller;
use super::record_form::a_cid;
use super::{House, large};
use crate::error::Problem;
use crate::store::StoreError;
use crate::store::uploads::{MOST_BLOCKS, NewBlock, NewUpload, Upload};

/// What is to come.
#[derive(Deserialize, ToSchema)]
#[schema(as = NewUpload)]
pub(super) struct Announced {
    /// How many blocks.
    blocks: u64,
    /// Their bytes together.
    bytes: u64,
}

/// How far an upload is.
#[derive(Serialize, ToSchema)]
#[schema(as = Upload)]
pub(super) struct View {
    id: Uuid,
    /// The names of the blocks that came.
    have: Vec<String>,
    /// Their bytes together.
    bytes: u64,
    /// Until when it waits.
    expires: Timestamp,
}

/// `POST /uploads`
#[utoipa::path(post, path = "/uploads", request_body = Announced, responses((status = 201, body = View)))]
pub(super) async fn begin(house: Data<House>, caller: Caller, body: Json<Announced>) -> Result<HttpResponse, Problem> {
    let Announced { blocks, bytes } = body.into_inner();
    let most = blocks.saturating_mul(u64::try_from(MAX_OBJECT).unwrap_or(u64::MAX));
    if !(1..=MOST_BLOCKS).contains(&blocks) || !(1..=most).contains(&bytes) {
        return Err(Problem::bad_field(
            "An upload has 1 to 49 blocks of at most 1 MiB each: a file has at most 50 MB.",
        ));
    }
    let begun = caller.store.begin_upload(caller.resident()?, NewUpload { blocks, bytes }, (house.clock)()).await;
    let begun = begun.map_err(|error| match error {
        StoreError::TooMany => Problem::too_many_uploads(),
        other => other.into(),
    })?;
    Ok(HttpResponse::Created().json(View::from(begun)))
}

/// `GET /uploads/{id}`
#[utoipa::path(get, path = "/uploads/{id}", responses((status = 200, body = View)))]
pub(super) async fn show(house: Data<House>, caller: Caller, id: Path<Uuid>) -> Result<Json<View>, Problem> {
    Ok(Json(caller.store.upload(caller.resident()?.id, *id, (house.clock)()).await?.into()))
}

/// `DELETE /uploads/{id}`
#[utoipa::path(delete, path = "/uploads/{id}", responses((status = 204, description = "Forgotten")))]
pub(super) async fn end(house: Data<House>, caller: Caller, id: Path<Uuid>) -> Result<HttpResponse, Problem> {
    caller.store.end_upload(caller.resident()?.id, *id, (house.clock)()).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// `PUT /uploads/{id}/blocks/{cid}`
#[utoipa::path(put, path = "/uploads/{id}/blocks/{cid}", request_body(content = Vec<u8>, content_type = "application/octet-stream"), responses((status = 204, description = "On disk")))]
pub(super) async fn put(
    house: Data<House>,
    caller: Caller,
    place: Path<(Uuid, String)>,
    body: Payload,
) -> Result<HttpResponse, Problem> {
    let (person, (id, cid)) = (caller.resident()?.id, place.into_inner());
    let cid = a_cid(&cid)?;
    // Asked before a megabyte is read for nothing.
    caller.store.upload(person, id, (house.clock)()).await?;
    let bytes = large::bytes(body, MAX_OBJECT).await?;
    if bytes.is_empty() || Cid::of(&bytes) != cid {
        return Err(Problem::bad_block());
    }
    let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    let block = NewBlock { cid: cid.as_str().to_owned(), size };
    if caller.store.wants_block(person, id, block.clone(), (house.clock)()).await.map_err(more)? {
        let _held = house.blobs.put(cid, bytes).await?;
        caller.store.keep_block(person, id, block, (house.clock)()).await.map_err(more)?;
    }
    Ok(HttpResponse::NoContent().finish())
}

/// More than was announced.
fn more(error: StoreError) -> Problem {
    match error {
        StoreError::TooMany => {
            Problem::bad_field("These are more bytes or blocks than were announced. Begin a new upload.")
        }
        other => other.into(),
    }
}

impl From<Upload> for View {
    fn from(upload: Upload) -> Self {
        let Upload { id, have, bytes, expires } = upload;
        Self { id, have, bytes, expires }
    }
}
