//! Erasing one's records, and what is known of those that are erased or restricted.

use actix_web::web::{Data, Json};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vaidya_clinic::erasure::{Kept, Outcome};
use vaidya_clinic::id::{PersonId, RecordId};
use vaidya_clinic::record::RecordKind;
use vaidya_clinic::role::Role;
use vaidya_clinic::time::Timestamp;

use super::House;
use super::principal::Caller;
use crate::error::Problem;
use crate::store::erasures::{Fate, Tombstone, Which};

/// Records that one request names at most. Lower makes who picks many ask twice, higher holds their patient for longer.
const MOST: usize = 200;

/// What is to be erased.
#[derive(Deserialize, ToSchema)]
#[schema(as = Erasing)]
pub(super) struct Wish {
    records: Named,
}

/// All of one's own, or some.
#[derive(Deserialize, ToSchema)]
#[serde(untagged)]
enum Named {
    All(All),
    These(Vec<RecordId>),
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum All {
    All,
}

/// What became of it.
#[derive(Serialize, ToSchema)]
#[schema(as = Erasure)]
pub(super) struct Done {
    records: Vec<FateView>,
}

/// What became of one record.
#[derive(Serialize, ToSchema)]
#[schema(as = Fate)]
struct FateView {
    record: RecordId,
    outcome: Outcome,
    /// Why it is not erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<Kept>,
    /// Until when it is kept then.
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<Timestamp>,
}

/// A record that is erased or restricted.
#[derive(Serialize, ToSchema)]
#[schema(as = Tombstone)]
pub(super) struct Stone {
    record: RecordId,
    kind: RecordKind,
    patient_id: PersonId,
    made_at: Timestamp,
    outcome: Outcome,
    at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<Kept>,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<Timestamp>,
}

/// `POST /me/erasures`
#[utoipa::path(post, path = "/me/erasures", request_body = Wish, responses((status = 200, body = Done)))]
pub(super) async fn erase(house: Data<House>, caller: Caller, body: Json<Wish>) -> Result<Json<Done>, Problem> {
    let patient = caller.one_of(&[Role::Patient])?;
    caller.about(|subject| subject.about = Some(patient.id));
    let which = match body.into_inner().records {
        Named::All(All::All) => Which::All,
        Named::These(ids) if ids.is_empty() || ids.len() > MOST => {
            return Err(Problem::bad_field("Name 1 to 200 records, or all of them with the word all."));
        }
        Named::These(ids) => Which::These(ids),
    };
    let fates = caller.store.erase_records(patient, which, (house.clock)()).await?;
    Ok(Json(Done { records: fates.into_iter().map(FateView::from).collect() }))
}

/// `GET /me/erasures`
#[utoipa::path(get, path = "/me/erasures", responses((status = 200, body = Vec<Stone>)))]
pub(super) async fn mine(house: Data<House>, caller: Caller) -> Result<Json<Vec<Stone>>, Problem> {
    let found = caller.store.erasures_of(caller.person()?.id, (house.clock)()).await?;
    Ok(Json(found.into_iter().map(Stone::from).collect()))
}

/// `GET /erasures`
#[utoipa::path(get, path = "/erasures", responses((status = 200, body = Vec<Stone>)))]
pub(super) async fn list(house: Data<House>, caller: Caller) -> Result<Json<Vec<Stone>>, Problem> {
    let found = caller.store.erasures_in(caller.one_of(&[Role::Auditor])?.org, (house.clock)()).await?;
    Ok(Json(found.into_iter().map(Stone::from).collect()))
}

impl From<Fate> for FateView {
    fn from(Fate { record, outcome, why, until }: Fate) -> Self {
        Self { record, outcome, why, until }
    }
}

impl From<Tombstone> for Stone {
    fn from(stone: Tombstone) -> Self {
        let Tombstone { record, kind, patient, made_at, outcome, at, why, until } = stone;
        Self { record, kind, patient_id: patient, made_at, outcome, at, why, until }
    }
}
