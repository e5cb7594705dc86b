//! Blocks of records: sealed bytes under their own name, for those who may read the record they are of.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path, Query};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;
use vaidya_clinic::block::Flaw;
use vaidya_clinic::id::RecordId;
use vaidya_clinic::vault::object::Cid;

use super::House;
use super::principal::Caller;
use super::record_form::a_cid;
use crate::error::Problem;
use crate::gateway::blobs::BlobError;

/// Of which record a block is wanted.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Of {
    record: Uuid,
}

/// `GET /blocks/{cid}`
#[utoipa::path(get, path = "/blocks/{cid}", params(Of), responses((status = 200, description = "The sealed bytes", body = Vec<u8>, content_type = "application/octet-stream"), (status = 500, description = "The block is damaged")))]
pub(super) async fn show(
    house: Data<House>,
    caller: Caller,
    cid: Path<String>,
    of: Query<Of>,
) -> Result<HttpResponse, Problem> {
    let (record, cid) = (RecordId(of.record), a_cid(&cid)?);
    caller.about(|subject| subject.thing = Some(("record", record.0)));
    let cid = caller.store.block_for(record, cid.as_str(), caller.resident()?, (house.clock)()).await?;
    let block = fetch(&house, &cid).await?;
    Ok(HttpResponse::Ok().content_type("application/octet-stream").body(block))
}

/// A block that must be there, and be what its name says; when it isn't, whoever runs the server is told.
pub(super) async fn fetch(house: &House, cid: &str) -> Result<Vec<u8>, Problem> {
    let cid = Cid::parse(cid).map_err(|_| Problem::block_damaged())?;
    let flaw = match house.blobs.get(cid.clone()).await {
        Ok(Some(block)) => return Ok(block),
        Ok(None) => Flaw::Missing,
        Err(BlobError::Damaged(_)) => Flaw::Damaged,
        Err(error) => return Err(error.into()),
    };
    tracing::error!(block = cid.as_str(), what = flaw.as_str(), "a record can't be given whole: import a good copy");
    house.store.raise_block_alarm(&cid, flaw, (house.clock)()).await?;
    Err(Problem::block_damaged())
}
