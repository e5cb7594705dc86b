//! How the ledger does, for whoever runs this server.

use actix_web::web::{Data, Json, Query};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use vaidya_actors::port::{self, Measure, Series};
use vaidya_clinic::event::Consumer;

use super::House;
use super::organisations::operator;
use super::principal::Caller;
use crate::error::Problem;

/// Longest stretch of a series, in minutes: a day.
const LONGEST: u32 = 24 * 60;

/// Length of a step of a series, in milliseconds.
const STEP: i64 = 60_000;

/// How far back.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Back {
    /// 1 to 1,440; an hour when it is not said.
    minutes: Option<u32>,
}

/// The last block whose head a quorum signed.
#[derive(Serialize, ToSchema)]
#[schema(as = LedgerStable)]
struct Stable {
    seq: u64,
    size: u64,
    at: i64,
}

#[derive(Serialize, ToSchema)]
#[schema(as = LedgerQueue)]
struct Queue {
    /// Entries that wait for the next block.
    waiting: u64,
    /// Facts that wait for the ledger.
    outbox: u64,
    /// Since when the oldest of them waits.
    oldest: Option<i64>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = LedgerTps)]
struct Tps {
    second: f64,
    minute: f64,
}

#[derive(Serialize, ToSchema)]
#[schema(as = LedgerSpread)]
struct Spread {
    p50: Option<f64>,
    p99: Option<f64>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = LedgerLatency)]
struct Latency {
    /// From a proposal to its commitment, in milliseconds.
    consensus: Spread,
    /// From an entry to its receipt.
    total: Spread,
}

#[derive(Serialize, ToSchema)]
#[schema(as = LedgerRefused)]
struct Refused {
    cause: String,
    count: u64,
}

#[derive(Serialize, ToSchema)]
#[schema(as = LedgerEnergy)]
struct Energy {
    joules: Option<f64>,
    per_entry: Option<f64>,
    /// `rapl`, `cpu` or `none`.
    method: &'static str,
    /// The configured figure behind `cpu`.
    watts: Option<f64>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = LedgerValidator)]
struct Validator {
    index: usize,
    name: String,
    /// `voting`, `behind`, `waiting` or `silent`.
    state: &'static str,
    seq: u64,
    seen_at: Option<i64>,
}

/// How the ledger does.
#[derive(Serialize, ToSchema)]
#[schema(as = LedgerHealth)]
pub(super) struct HealthView {
    running: bool,
    stable: Option<Stable>,
    view: u64,
    primary: u32,
    queue: Queue,
    tps: Tps,
    latency: Latency,
    committed: u64,
    refused: Vec<Refused>,
    view_changes: u64,
    equivocations: u64,
    energy: Energy,
    validators: Vec<Validator>,
}

/// `GET /ledger/health`
#[utoipa::path(get, path = "/ledger/health", responses((status = 200, body = HealthView)))]
pub(super) async fn health(house: Data<House>, caller: Caller) -> Result<Json<HealthView>, Problem> {
    operator(&house, &caller).await?;
    let found = house.ledger()?.measure.send(Measure).await.map_err(|_| Problem::no_quorum())?;
    let backlog = house.store.backlog(Consumer::Ledger).await?;
    let queue = Queue { waiting: found.waiting, outbox: backlog.rows, oldest: backlog.since.map(|at| at.0) };
    Ok(Json(health_of(found, queue)))
}

fn health_of(found: port::Health, queue: Queue) -> HealthView {
    let spread = |of: port::Spread| Spread { p50: of.p50, p99: of.p99 };
    let validator = |(index, one): (usize, port::ValidatorHealth)| {
        let port::ValidatorHealth { name, state, seq, seen_at } = one;
        Validator { index, name, state, seq, seen_at: seen_at.map(|at| at.0) }
    };
    let per_entry = found.joules.filter(|_| found.committed > 0).map(|joules| joules / float(found.committed));
    HealthView {
        running: found.stable.is_some() || !found.validators.is_empty(),
        stable: found.stable.map(|(seq, size, at)| Stable { seq, size, at: at.0 }),
        view: found.view,
        primary: found.primary,
        queue,
        tps: Tps { second: found.tps.0, minute: found.tps.1 },
        latency: Latency { consensus: spread(found.consensus), total: spread(found.total) },
        committed: found.committed,
        refused: found.refused.into_iter().map(|(cause, count)| Refused { cause, count }).collect(),
        view_changes: found.view_changes,
        equivocations: found.equivocations,
        energy: Energy { joules: found.joules, per_entry, method: found.method, watts: found.watts },
        validators: found.validators.into_iter().enumerate().map(validator).collect(),
    }
}

/// A number as figures have it.
pub(super) fn float(number: u64) -> f64 {
    u32::try_from(number).map(f64::from).unwrap_or(f64::MAX)
}

/// How the ledger did, a value for each step; null where nothing was measured.
#[derive(Default, Serialize, ToSchema)]
#[schema(as = LedgerSeries)]
pub(super) struct SeriesView {
    step_ms: i64,
    at: Vec<i64>,
    tps: Vec<Option<f64>>,
    consensus: Vec<Option<f64>>,
    total: Vec<Option<f64>>,
    success: Vec<Option<f64>>,
    view_changes: Vec<u64>,
}

/// `GET /ledger/series`
#[utoipa::path(get, path = "/ledger/series", params(Back), responses((status = 200, body = SeriesView)))]
pub(super) async fn series(house: Data<House>, caller: Caller, back: Query<Back>) -> Result<Json<SeriesView>, Problem> {
    operator(&house, &caller).await?;
    let minutes = back.minutes.unwrap_or(60).clamp(1, LONGEST);
    let found = house.ledger()?.series.send(Series { minutes }).await.map_err(|_| Problem::no_quorum())?;
    let mut view = SeriesView { step_ms: STEP, ..SeriesView::default() };
    for one in found {
        view.at.push(one.at);
        view.tps.push(one.tps);
        view.consensus.push(one.consensus);
        view.total.push(one.total);
        view.success.push(one.success);
        view.view_changes.push(one.view_changes);
    }
    Ok(Json(view))
}
