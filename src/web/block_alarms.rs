//! Blocks that are missing or damaged, for whoever runs this server.

use actix_web::web::{Data, Json};
use vaidya_clinic::block::BlockAlarm;

use super::House;
use super::organisations::operator;
use super::principal::Caller;
use crate::error::Problem;

/// Blocks that are missing or damaged where they are kept, or were; a good copy mends them.
#[utoipa::path(get, path = "/block-alarms", responses((status = 200, body = [BlockAlarm]), (status = 403, description = "Not the operator")))]
pub(super) async fn list(house: Data<House>, caller: Caller) -> Result<Json<Vec<BlockAlarm>>, Problem> {
    operator(&house, &caller).await?;
    Ok(Json(caller.store.block_alarms().await?))
}
