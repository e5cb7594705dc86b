//! Looking without asking, in an emergency; and the auditor's queue of such looks.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::web::{Data, Json, Path};
use serde::Deserialize;
use tokio::time::timeout;
use utoipa::ToSchema;
use uuid::Uuid;
use vaidya_clinic::consent::{ConsentView, Emergency, Verdict};
use vaidya_clinic::id::{ConsentId, OrgId, PersonId};
use vaidya_clinic::role::Role;

use super::House;
use super::consents::over;
use super::principal::Caller;
use crate::clock;
use crate::error::Problem;
use crate::store::audit::{Actor, Trace, UNANCHORED};
use crate::store::consents::{Breaking, Review};
use crate::store::ledger::QUORUM;

/// How much must be said about an emergency, and how much can, in characters. Lower lets "x" through, higher costs time
/// that there isn't.
const TEXT: std::ops::RangeInclusive<usize> = 10..=500;

/// Longest note of an auditor, in characters.
const NOTE: usize = 1_000;

/// Why nobody could be asked.
#[derive(Deserialize, ToSchema)]
#[schema(as = BreakGlass)]
pub(super) struct Why {
    why: Emergency,
    /// In words: 10 to 500 characters.
    text: String,
}

/// What an auditor found.
#[derive(Deserialize, ToSchema)]
#[schema(as = ReviewBreakGlass)]
pub(super) struct Found {
    verdict: Verdict,
    note: String,
}

/// `POST /patients/{id}/break-glass`
///
/// The grant, the message to the patient and the audit's entry are on the disk before anything is opened.
#[utoipa::path(post, path = "/patients/{id}/break-glass", request_body = Why, responses((status = 200, description = "It is open already", body = ConsentView), (status = 201, body = ConsentView), (status = 409, description = "The clinic can't open records: `no_custody`")))]
pub(super) async fn break_glass(
    house: Data<House>,
    caller: Caller,
    patient: Path<Uuid>,
    body: Json<Why>,
) -> Result<HttpResponse, Problem> {
    let doctor = caller.one_of(&[Role::Doctor])?;
    let Why { why, text } = body.into_inner();
    let text = text.trim().to_owned();
    if !TEXT.contains(&text.chars().count()) {
        return Err(Problem::bad_field("Say in 10 to 500 characters why nobody could be asked."));
    }
    let (id, patient) = (ConsentId::from_random(clock::random()), PersonId(*patient));
    caller.about(|subject| (subject.about, subject.detail) = (Some(patient), Some(why.as_str().to_owned())));
    let breaking = Breaking { id, patient, why, text };
    let (view, new) = caller.store.break_glass(doctor, breaking, (house.clock)()).await?;
    if new && house.ledger.is_some() {
        anchored(&house, &view, doctor.org).await?;
    }
    house.grant(view.id).await;
    Ok(if new { HttpResponse::Created() } else { HttpResponse::Ok() }.json(view))
}

/// Waits until the ledger has it, and no longer than [`QUORUM`]: then it is opened all the same, which is written down
/// and told to whoever runs the server; what waits for the ledger comes there later.
async fn anchored(house: &House, view: &ConsentView, org: OrgId) -> Result<(), Problem> {
    let (mut kept, id) = (house.store.anchored(), view.id);
    let there = async {
        while !house.store.emergency_is_anchored(id).await.unwrap_or(false) {
            if kept.changed().await.is_err() {
                return;
            }
        }
    };
    if timeout(QUORUM, there).await.is_ok() {
        return Ok(());
    }
    tracing::error!(consent = %id.loggable(), "an emergency was opened before the ledger had it: too few validators answer");
    metrics::counter!("vaidya_emergencies_unanchored_total").increment(1);
    let trace = Trace::new(Actor::System, Some(org), UNANCHORED, (house.clock)());
    trace.about(|subject| (subject.thing, subject.about) = (Some(("consent", id.0)), Some(view.patient_id)));
    Ok(house.store.note(Arc::new(trace), 200).await?)
}

/// `GET /reviews`
#[utoipa::path(get, path = "/reviews", responses((status = 200, body = Vec<ConsentView>)))]
pub(super) async fn reviews(house: Data<House>, caller: Caller) -> Result<Json<Vec<ConsentView>>, Problem> {
    let auditor = caller.one_of(&[Role::Auditor])?;
    Ok(Json(caller.store.reviews(auditor.org, (house.clock)()).await?))
}

/// `POST /reviews/{id}`
#[utoipa::path(post, path = "/reviews/{id}", request_body = Found, responses((status = 200, body = ConsentView)))]
pub(super) async fn review(
    house: Data<House>,
    caller: Caller,
    id: Path<Uuid>,
    body: Json<Found>,
) -> Result<Json<ConsentView>, Problem> {
    let auditor = caller.one_of(&[Role::Auditor])?;
    let Found { verdict, note } = body.into_inner();
    let note = note.trim().to_owned();
    if note.is_empty() || note.chars().count() > NOTE {
        return Err(Problem::bad_field("Write in 1 to 1,000 characters what you found."));
    }
    let review = Review { verdict, note };
    let view = caller.store.review(ConsentId(*id), auditor, review, (house.clock)()).await.map_err(over)?;
    caller.about(|subject| subject.about = Some(view.patient_id));
    Ok(Json(view))
}
