//! The messages that went out, readable in the browser where no gateway sends them: for demos and development.

use actix_web::web::{Data, Json};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;
use vaidya_clinic::time::Timestamp;

use super::House;
use crate::error::Problem;
use crate::store::sent_messages::SentMessage;

/// Messages listed at most.
const LISTED: u64 = 100;

/// A message that went to the browser.
#[derive(Serialize, ToSchema)]
pub(super) struct MessageView {
    id: Uuid,
    to: String,
    body: String,
    at: Timestamp,
    kind: &'static str,
}

/// `GET /messages`
///
/// There only with the browser gateway, which is for development: it shows codes to everyone.
#[utoipa::path(get, path = "/messages", responses((status = 200, body = Vec<MessageView>), (status = 404, description = "Messages are really sent")))]
pub(super) async fn list(house: Data<House>) -> Result<Json<Vec<MessageView>>, Problem> {
    if !house.post.browser() {
        return Err(Problem::not_found());
    }
    let newest = house.store.newest_messages(LISTED).await?;
    Ok(Json(newest.into_iter().filter(|message| !message.body.is_empty()).map(MessageView::from).collect()))
}

impl From<SentMessage> for MessageView {
    fn from(message: SentMessage) -> Self {
        let SentMessage { id, channel, to, body, at, .. } = message;
        Self { id, to, body, at, kind: channel.as_str() }
    }
}
