//! Consents said aloud: the doctor names who heard it, and that person confirms from a session of their own.

use actix_web::web::{Data, Json, Path};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use vaidya_clinic::consent::ConsentView;
use vaidya_clinic::id::{ConsentId, PersonId};
use vaidya_clinic::role::Role;

use super::House;
use super::consents::over;
use super::principal::Caller;
use crate::error::Problem;
use crate::store::accounts::Person;
use crate::store::consents::WITNESSES;

/// Who heard it.
#[derive(Deserialize, ToSchema)]
#[schema(as = CallWitness)]
pub(super) struct Wish {
    witness: PersonId,
}

/// Someone who could be a witness.
#[derive(Serialize, ToSchema)]
#[schema(as = Witness)]
pub(super) struct View {
    id: PersonId,
    name: String,
    role: Role,
    department: Option<String>,
}

/// `GET /witnesses`
#[utoipa::path(get, path = "/witnesses", responses((status = 200, body = Vec<View>)))]
pub(super) async fn witnesses(caller: Caller) -> Result<Json<Vec<View>>, Problem> {
    let all = caller.store.witnesses(caller.one_of(&[Role::Doctor])?).await?;
    let view = |Person { id, name, role, department, .. }: Person| View { id, name, role, department };
    Ok(Json(all.into_iter().map(view).collect()))
}

/// `GET /me/witness`
#[utoipa::path(get, path = "/me/witness", responses((status = 200, body = Vec<ConsentView>)))]
pub(super) async fn waiting(house: Data<House>, caller: Caller) -> Result<Json<Vec<ConsentView>>, Problem> {
    Ok(Json(caller.store.to_witness(caller.one_of(WITNESSES)?, (house.clock)()).await?))
}

/// `POST /consents/{id}/witness`
#[utoipa::path(post, path = "/consents/{id}/witness", request_body = Wish, responses((status = 200, body = ConsentView), (status = 409, description = "`no_custody`, or `answered`")))]
pub(super) async fn call(
    house: Data<House>,
    caller: Caller,
    id: Path<Uuid>,
    body: Json<Wish>,
) -> Result<Json<ConsentView>, Problem> {
    let doctor = caller.one_of(&[Role::Doctor])?;
    let called = caller.store.call_witness(ConsentId(*id), doctor, body.witness, (house.clock)()).await;
    told(&caller, called.map_err(over)?)
}

/// `POST /consents/{id}/witness/confirm`
#[utoipa::path(post, path = "/consents/{id}/witness/confirm", responses((status = 200, body = ConsentView), (status = 409, description = "`answered`: given already, or the time to confirm is over")))]
pub(super) async fn confirm(house: Data<House>, caller: Caller, id: Path<Uuid>) -> Result<Json<ConsentView>, Problem> {
    let (who, id) = (caller.one_of(WITNESSES)?, ConsentId(*id));
    let granted = caller.store.confirm_consent(id, who, (house.clock)()).await.map_err(over)?;
    house.grant(id).await;
    told(&caller, granted)
}

/// `POST /consents/{id}/witness/deny`
#[utoipa::path(post, path = "/consents/{id}/witness/deny", responses((status = 200, body = ConsentView)))]
pub(super) async fn deny(house: Data<House>, caller: Caller, id: Path<Uuid>) -> Result<Json<ConsentView>, Problem> {
    let denied = caller.store.deny_consent(ConsentId(*id), caller.one_of(WITNESSES)?, (house.clock)()).await;
    told(&caller, denied.map_err(over)?)
}

/// Tells the audit about whom it was.
fn told(caller: &Caller, view: ConsentView) -> Result<Json<ConsentView>, Problem> {
    caller.about(|subject| subject.about = Some(view.patient_id));
    Ok(Json(view))
}
