//! One-time codes of consents: sent to the patient, read out to the doctor, taken once. No answer ever holds one.

use actix_web::HttpRequest;
use actix_web::HttpResponse;
use actix_web::web::{Data, Json, Path};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use vaidya_clinic::consent::ConsentView;
use vaidya_clinic::id::ConsentId;
use vaidya_clinic::role::Role;
use vaidya_clinic::time::Timestamp;

use super::consents::{draw, otp_key, over, spend};
use super::principal::Caller;
use super::{House, client};
use crate::error::Problem;
use crate::store::StoreError;
use crate::store::consents::{CodeSent, Otp};
use crate::store::contact_codes::Redeemed;

/// A code that was sent.
#[derive(Serialize, ToSchema)]
#[schema(as = ConsentCodeSent)]
pub(super) struct Sent {
    /// Until when it works.
    expires: Timestamp,
    /// From when on another can be sent.
    resend_after: Timestamp,
}

/// A code that was read out.
#[derive(Deserialize, ToSchema)]
#[schema(as = ConsentCode)]
pub(super) struct Typed {
    code: String,
}

/// `POST /consents/{id}/code`
#[utoipa::path(post, path = "/consents/{id}/code", responses((status = 202, body = Sent)))]
pub(super) async fn send(house: Data<House>, caller: Caller, id: Path<Uuid>) -> Result<HttpResponse, Problem> {
    let (who, now, id) = (caller.person()?, (house.clock)(), ConsentId(*id));
    let patient = caller.store.may_send_code(id, who, now).await.map_err(over)?;
    caller.about(|subject| subject.about = Some(patient));
    spend(&house, patient).await?;
    let sent = caller.store.send_consent_code(id, who, draw(&house), now).await;
    let CodeSent { expires, resend_after } = sent.map_err(|error| match error {
        StoreError::NotBefore(again) => Problem::too_many_codes().retry_after(again.since(now)),
        other => over(other),
    })?;
    Ok(HttpResponse::Accepted().json(Sent { expires, resend_after }))
}

/// `POST /consents/{id}/redeem`
#[utoipa::path(post, path = "/consents/{id}/redeem", request_body = Typed, responses((status = 200, body = ConsentView), (status = 401, description = "The code is not right; the try is counted"), (status = 410, description = "The code is over: used, too old, or tried five times")))]
pub(super) async fn redeem(
    request: HttpRequest,
    house: Data<House>,
    caller: Caller,
    id: Path<Uuid>,
    body: Json<Typed>,
) -> Result<Json<ConsentView>, Problem> {
    Ok(Json(taken(&request, &house, &caller, ConsentId(*id), &body.code).await?))
}

/// Takes a code that the patient read out to the doctor who asks, once.
pub(super) async fn taken(
    request: &HttpRequest,
    house: &House,
    caller: &Caller,
    id: ConsentId,
    code: &str,
) -> Result<ConsentView, Problem> {
    let (doctor, now) = (caller.one_of(&[Role::Doctor])?, (house.clock)());
    let address = client::address(request);
    house.limiter.take(address).await.map_err(|wait| Problem::locked().retry_after(wait))?;
    let typed = Otp { key: otp_key(house), code: digits(code) };
    match caller.store.redeem_consent(id, doctor, typed, now).await.map_err(over)? {
        Redeemed::Wrong => Err(Problem::wrong_code()),
        Redeemed::Spent => Err(Problem::code_spent()),
        Redeemed::Right(granted) => {
            house.limiter.forgive(address).await;
            caller.about(|subject| subject.about = Some(granted.patient_id));
            house.grant(id).await;
            Ok(granted)
        }
    }
}

/// A code as it was meant: digits of every script, and nothing else.
fn digits(typed: &str) -> String {
    typed.chars().filter_map(|digit| digit.to_digit(10).and_then(|digit| char::from_digit(digit, 10))).collect()
}
