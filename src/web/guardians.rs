//! Who speaks for a child: linked at the desk, where papers are looked at, until the child is of age.

use actix_web::HttpResponse;
use actix_web::web::{Data, Json, Path};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use vaidya_clinic::id::PersonId;
use vaidya_clinic::role::Role;
use vaidya_clinic::time::Timestamp;

use super::House;
use super::principal::Caller;
use crate::error::Problem;
use crate::store::StoreError;
use crate::store::guardians::Guardian;

/// Who is to speak for a child.
#[derive(Deserialize, ToSchema)]
#[schema(as = NewGuardian)]
pub(super) struct Wish {
    guardian: PersonId,
}

/// Someone who speaks for a child.
#[derive(Serialize, ToSchema)]
#[schema(as = Guardian)]
pub(super) struct View {
    id: PersonId,
    name: String,
    since: Timestamp,
}

/// `GET /patients/{id}/guardians`
#[utoipa::path(get, path = "/patients/{id}/guardians", responses((status = 200, body = Vec<View>)))]
pub(super) async fn list(house: Data<House>, caller: Caller, id: Path<Uuid>) -> Result<Json<Vec<View>>, Problem> {
    let asks = caller.one_of(&[Role::Patient, Role::Desk, Role::Admin])?;
    let all = caller.store.guardians(PersonId(*id), (house.clock)()).await?;
    // A patient is told of their own, and of those they speak for.
    let concerned = asks.role != Role::Patient || asks.id.0 == *id || all.iter().any(|one| one.id == asks.id);
    if concerned { Ok(Json(all.into_iter().map(View::from).collect())) } else { Err(Problem::not_found()) }
}

/// `POST /patients/{id}/guardians`
#[utoipa::path(post, path = "/patients/{id}/guardians", request_body = Wish, responses((status = 201, body = View)))]
pub(super) async fn add(
    house: Data<House>,
    caller: Caller,
    id: Path<Uuid>,
    body: Json<Wish>,
) -> Result<HttpResponse, Problem> {
    let by = caller.one_of(&[Role::Desk, Role::Admin])?;
    let added = caller.store.add_guardian(by, PersonId(*id), body.guardian, (house.clock)()).await;
    let added = added.map_err(|error| match error {
        StoreError::BadState => Problem::of_age(),
        StoreError::TooMany => Problem::bad_field("A child has at most 4 guardians here. End one of them first."),
        other => other.into(),
    })?;
    Ok(HttpResponse::Created().json(View::from(added)))
}

/// `DELETE /patients/{id}/guardians/{guardian}`
#[utoipa::path(delete, path = "/patients/{id}/guardians/{guardian}", responses((status = 204, description = "Ended")))]
pub(super) async fn end(
    house: Data<House>,
    caller: Caller,
    place: Path<(Uuid, Uuid)>,
) -> Result<HttpResponse, Problem> {
    caller.one_of(&[Role::Desk, Role::Admin])?;
    let (patient, guardian) = place.into_inner();
    caller.store.end_guardian(PersonId(patient), PersonId(guardian), (house.clock)()).await?;
    Ok(HttpResponse::NoContent().finish())
}

impl From<Guardian> for View {
    fn from(guardian: Guardian) -> Self {
        let Guardian { id, name, since } = guardian;
        Self { id, name, since }
    }
}
