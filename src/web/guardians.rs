//! Who speaks for a child: linked at the desk, where papers are looked at, until the child is of age.

use actix_web::HttpResponse;
use actix_web::web::{Data, Json, Path};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use vaidya_clinic::guardian::{Papers, Relation};
use vaidya_clinic::id::PersonId;
use vaidya_clinic::role::Role;
use vaidya_clinic::time::Timestamp;

use super::House;
use super::principal::Caller;
use crate::error::Problem;
use crate::store::StoreError;
use crate::store::guardians::{Earlier, Guardian, NewGuardian, Ward};
use crate::store::wards::Child;

/// Who is to speak for a child.
#[derive(Deserialize, ToSchema)]
#[schema(as = NewGuardian)]
pub(super) struct Wish {
    guardian: PersonId,
    /// What they are to the child.
    relation: Relation,
    /// The paper that was looked at.
    papers: Papers,
}

/// Someone who speaks for a child.
#[derive(Serialize, ToSchema)]
#[schema(as = Guardian)]
pub(super) struct View {
    id: PersonId,
    name: String,
    relation: Option<Relation>,
    papers: Option<Papers>,
    since: Timestamp,
    /// Who looked at the paper.
    by: String,
}

/// A patient, and who speaks for them.
#[derive(Serialize, ToSchema)]
#[schema(as = SpokenFor)]
pub(super) struct WardView {
    name: String,
    birth_year: Option<i32>,
    /// Whether somebody may speak for them: they are not of age, as far as is known.
    child: bool,
    guardians: Vec<View>,
}

/// A guardian who was linked, and what becomes of the records from before.
#[derive(Serialize, ToSchema)]
#[schema(as = LinkedGuardian)]
pub(super) struct Linked {
    #[serde(flatten)]
    guardian: View,
    /// The clinic holds keys of some, and wraps them for the guardian now.
    follows: bool,
    /// Some are sealed to others alone: nobody can give them to the guardian.
    closed: bool,
}

/// A child one speaks for.
#[derive(Serialize, ToSchema)]
#[schema(as = Ward)]
pub(super) struct ChildView {
    id: PersonId,
    name: String,
    birth_year: Option<i32>,
    /// What one is to them.
    relation: Option<Relation>,
    since: Timestamp,
    /// Some of their records are sealed to others alone.
    closed: bool,
}

/// `GET /me/wards`
#[utoipa::path(get, path = "/me/wards", responses((status = 200, body = Vec<ChildView>)))]
pub(super) async fn wards(house: Data<House>, caller: Caller) -> Result<Json<Vec<ChildView>>, Problem> {
    let all = caller.store.wards(caller.one_of(&[Role::Patient])?.id, (house.clock)()).await?;
    let view = |Child { id, name, birth_year, relation, since, closed }: Child| ChildView {
        id,
        name,
        birth_year,
        relation,
        since,
        closed,
    };
    Ok(Json(all.into_iter().map(view).collect()))
}

/// `GET /patients/{id}/guardians`
#[utoipa::path(get, path = "/patients/{id}/guardians", responses((status = 200, body = WardView)))]
pub(super) async fn list(house: Data<House>, caller: Caller, id: Path<Uuid>) -> Result<Json<WardView>, Problem> {
    let (asks, patient) = (caller.one_of(&[Role::Patient, Role::Desk, Role::Admin])?, PersonId(*id));
    if asks.role != Role::Patient {
        caller.store.person(patient, asks.org).await?.ok_or_else(Problem::not_found)?;
    }
    let Ward { name, birth_year, child, guardians } = caller.store.guardians(patient, (house.clock)()).await?;
    // A patient is told of their own, and of those they speak for.
    if asks.role == Role::Patient && asks.id != patient && guardians.iter().all(|one| one.id != asks.id) {
        return Err(Problem::not_found());
    }
    Ok(Json(WardView { name, birth_year, child, guardians: guardians.into_iter().map(View::from).collect() }))
}

/// `POST /patients/{id}/guardians`
#[utoipa::path(post, path = "/patients/{id}/guardians", request_body = Wish, responses((status = 201, body = Linked)))]
pub(super) async fn add(
    house: Data<House>,
    caller: Caller,
    id: Path<Uuid>,
    body: Json<Wish>,
) -> Result<HttpResponse, Problem> {
    let (by, Wish { guardian: id_of, relation, papers }) =
        (caller.one_of(&[Role::Desk, Role::Admin])?, body.into_inner());
    let new = NewGuardian { id: id_of, relation, papers };
    let added = caller.store.add_guardian(by, PersonId(*id), new, (house.clock)()).await;
    let (added, Earlier { follows, closed }) = added.map_err(|error| match error {
        StoreError::BadState => Problem::of_age(),
        StoreError::TooMany => Problem::bad_field("A child has at most 4 guardians here. End one of them first."),
        other => other.into(),
    })?;
    Ok(HttpResponse::Created().json(Linked { guardian: View::from(added), follows, closed }))
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
        let Guardian { id, name, relation, papers, since, by } = guardian;
        Self { id, name, relation, papers, since, by }
    }
}
