//! Visits of a time without an account: they become one's own by a link one was sent, or by a code for one's phone.

use actix_web::web::{Data, Json};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use vaidya_clinic::id::PersonId;
use vaidya_clinic::time::Timestamp;

use super::principal::Caller;
use super::profile::ask;
use super::register::WaitingView;
use super::{House, client, contact_codes, links};
use crate::error::Problem;
use crate::store::StoreError;
use crate::store::contact_codes::Purpose;

/// Whose visits were one's own: by a link, or by a code for one's phone.
#[derive(Deserialize, ToSchema)]
#[schema(as = Claim)]
pub(super) struct Claim {
    link: Option<String>,
    id: Option<Uuid>,
    code: Option<String>,
    person: Option<PersonId>,
}

/// Who waits without an account.
#[derive(Serialize, ToSchema)]
pub(super) struct Claimable {
    waiting: Vec<WaitingView>,
}

/// `POST /me/claim/start`
///
/// Sends a code to one's own phone.
#[utoipa::path(post, path = "/me/claim/start", responses((status = 202, body = contact_codes::Sent)))]
pub(super) async fn start(request: HttpRequest, house: Data<House>, caller: Caller) -> Result<HttpResponse, Problem> {
    let profile = caller.store.profile(caller.person()?.id).await?;
    let phone = profile.phone.ok_or_else(|| Problem::bad_field("Add your phone number to your profile first."))?;
    ask(&house, &request, &caller, Purpose::Claim, phone).await
}

/// `POST /me/claim`
///
/// By a link one was sent, or by a code; a code without a person says who waits at the phone.
#[utoipa::path(post, path = "/me/claim", request_body = Claim, responses((status = 200, body = Claimable), (status = 404, description = "Nobody waits there"), (status = 410, description = "The code is over")))]
pub(super) async fn claim(
    request: HttpRequest,
    house: Data<House>,
    caller: Caller,
    body: Json<Claim>,
) -> Result<Json<Claimable>, Problem> {
    let (me, now) = (caller.person()?.id, (house.clock)());
    let waiting = match body.into_inner() {
        Claim { link: Some(link), .. } => by_link(&house, &request, &caller, &link, now).await.map(|()| Vec::new())?,
        Claim { id: Some(id), code: Some(code), person, .. } => {
            let proof = contact_codes::typed(&house, &request, Purpose::Claim, id, &code).await?;
            if let Some(from) = person {
                let done = caller.store.claim_by_code(me, from, proof, now).await?;
                contact_codes::right(&house, &request, done).await?;
            }
            contact_codes::right(&house, &request, caller.store.waiting_by_code(me, proof, now).await?).await?
        }
        Claim { .. } => return Err(Problem::bad_field("Send the link you were sent, or the code.")),
    };
    Ok(Json(Claimable { waiting: waiting.into_iter().map(WaitingView::from).collect() }))
}

async fn by_link(
    house: &House,
    request: &HttpRequest,
    caller: &Caller,
    link: &str,
    now: Timestamp,
) -> Result<(), Problem> {
    let address = client::address(request);
    house.limiter.take(address).await.map_err(|wait| Problem::locked().retry_after(wait))?;
    let code = link.trim().trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let from = caller.store.patient_of_link(links::hashed(house, code), now).await?.ok_or_else(Problem::bad_link)?;
    house.limiter.forgive(address).await;
    caller.store.adopt(from, caller.person()?.id, now).await.map(|_| ()).map_err(|error| match error {
        StoreError::NotFound => Problem::bad_link(),
        other => other.into(),
    })
}
