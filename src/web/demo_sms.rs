//! The messages a demo person got, where the demo people are: codes in them are no secret there.

use actix_web::web::{Data, Json, Query};
use serde::Deserialize;

use super::House;
use super::outgoing::MessageView;
use crate::error::Problem;

/// Messages listed at most.
const LISTED: u64 = 20;

/// Whose messages are wanted.
#[derive(Deserialize)]
pub(super) struct Whose {
    to: String,
}

/// `GET /demo/sms?to=`
pub(super) async fn list(house: Data<House>, whose: Query<Whose>) -> Result<Json<Vec<MessageView>>, Problem> {
    let demo = house.demo.as_ref().and_then(|people| people.as_array()).ok_or_else(Problem::not_found)?;
    let known = demo.iter().any(|person| person["login"] == whose.to.as_str());
    let account = if known { house.store.account(&whose.to).await? } else { None };
    let person = account.ok_or_else(Problem::not_found)?.person;
    let profile = house.store.profile(person.id).await?;
    let Some(contact) = profile.contact() else { return Ok(Json(Vec::new())) };
    let newest = house.store.newest_messages_to(contact.as_str(), LISTED).await?;
    Ok(Json(newest.into_iter().filter(|message| !message.body.is_empty()).map(MessageView::from).collect()))
}
