//! The ledger as the world sees it: its newest head and its tiles, who keeps it, and how it does.

use actix_web::web::{Data, Json, Path, Query};
use actix_web::{HttpResponse, http::header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use vaidya_actors::port::{self, Compare, Flush, LedgerPorts, Measure, Publish, Series, Stands, Unanchored, WhoKeeps};
use vaidya_clinic::event::Consumer;

use super::House;
use super::organisations::operator;
use super::principal::Caller;
use crate::error::Problem;

/// How long the newest head may be kept on the way. Lower asks for it more often, higher shows an older one.
const HEAD: &str = "public, max-age=2";

/// A tile that is whole never changes.
const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// One that still grows has its size in its name, and so doesn't change either; but soon nobody asks for it any more.
const A_WHILE: &str = "public, max-age=3600";

/// Longest stretch of a series, in minutes: a day.
const LONGEST: u32 = 24 * 60;

/// Length of a step of a series, in milliseconds.
const STEP: i64 = 60_000;

/// Who keeps the ledger, and with which keys.
#[derive(Serialize, ToSchema)]
#[schema(as = LedgerPolicy)]
pub(super) struct PolicyView {
    /// The name of the log.
    origin: String,
    /// The log's key (a C2SP verifier key).
    log: String,
    /// The validators' keys (C2SP verifier keys of cosigners).
    validators: Vec<String>,
    /// How many of them sign a head.
    threshold: u32,
    /// How long entries wait for others, in milliseconds.
    window_ms: u64,
    trust: Trust,
}

/// Who runs the validators.
#[derive(Serialize, ToSchema)]
#[schema(as = LedgerTrust)]
struct Trust {
    /// `one_process`, `processes` or `sites`.
    kind: &'static str,
    operators: Vec<String>,
    validators: u32,
    /// How many of them may lie or be away.
    faulty: u32,
}

/// Between which sizes.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Sizes {
    /// The smaller one, from 1.
    from: u64,
    /// The larger one.
    to: u64,
}

/// That the log only grew (RFC 6962 §2.1.2).
#[derive(Serialize, ToSchema)]
#[schema(as = LedgerConsistency)]
pub(super) struct Consistency {
    /// In base64.
    hashes: Vec<String>,
}

/// How far back.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Back {
    /// 1 to 1,440; an hour when it is not said.
    minutes: Option<u32>,
}

/// What was handed in.
#[derive(Serialize, ToSchema)]
#[schema(as = LedgerFlushed)]
pub(super) struct Flushed {
    entries: u64,
}

impl House {
    /// The ways to the ledger.
    pub(super) fn ledger(&self) -> Result<&LedgerPorts, Problem> {
        self.ledger.as_ref().ok_or_else(Problem::no_ledger)
    }

    /// Hands in what waits, and how the log stands then.
    pub(super) async fn flush(&self) -> Result<Stands, Problem> {
        self.ledger()?.flush.send(Flush).await.map_err(|_| Problem::no_quorum())?.map_err(|error| match error {
            Unanchored::Full | Unanchored::NoQuorum => Problem::no_quorum(),
            Unanchored::Refused(_) => Problem::failed(),
        })
    }
}

/// `GET /checkpoint`: the newest signed head (C2SP tlog-checkpoint) with its cosignatures.
pub(super) async fn checkpoint(house: Data<House>) -> Result<HttpResponse, Problem> {
    published(&house, Publish::Checkpoint, HEAD, "text/plain; charset=utf-8").await
}

/// `GET /tile/{path}`: hashes of the log (C2SP tlog-tiles). What they are hashes of is not published.
pub(super) async fn tile(house: Data<House>, path: Path<String>) -> Result<HttpResponse, Problem> {
    let path = path.into_inner();
    let keep = if path.contains(".p/") { A_WHILE } else { FOR_EVER };
    published(&house, Publish::Tile(path), keep, "application/octet-stream").await
}

async fn published(house: &House, what: Publish, keep: &str, kind: &str) -> Result<HttpResponse, Problem> {
    let bytes = house.ledger()?.publish.send(what).await.map_err(|_| Problem::no_quorum())?;
    let bytes = bytes.ok_or_else(Problem::not_found)?;
    let keep = (header::CACHE_CONTROL, keep.to_owned());
    // Verifiers run anywhere: what everyone may see, every page may read.
    let anyone = (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*");
    Ok(HttpResponse::Ok().insert_header(keep).insert_header(anyone).content_type(kind.to_owned()).body(bytes))
}

/// `GET /ledger/policy`: what to believe heads by, as other programs read it (C2SP tlog-policy).
pub(super) async fn policy_text(house: Data<House>) -> Result<HttpResponse, Problem> {
    let policy = house.ledger()?.policy.send(WhoKeeps).await.map_err(|_| Problem::no_quorum())?;
    Ok(HttpResponse::Ok().content_type("text/plain; charset=utf-8").body(policy.text))
}

/// `GET /ledger`
#[utoipa::path(get, path = "/ledger", responses((status = 200, body = PolicyView), (status = 503, description = "`no_ledger`: nothing keeps a ledger here")))]
pub(super) async fn policy(house: Data<House>) -> Result<Json<PolicyView>, Problem> {
    let policy = house.ledger()?.policy.send(WhoKeeps).await.map_err(|_| Problem::no_quorum())?;
    let count = u32::try_from(policy.validators.len()).unwrap_or(u32::MAX);
    let kind = match (policy.one_process, policy.operators.len()) {
        (true, _) => "one_process",
        (false, ..=1) => "processes",
        (false, _) => "sites",
    };
    let faulty = count.saturating_sub(1) / 3;
    Ok(Json(PolicyView {
        origin: policy.origin,
        log: policy.log,
        validators: policy.validators,
        threshold: policy.threshold,
        window_ms: u64::try_from(policy.window.as_millis()).unwrap_or(u64::MAX),
        trust: Trust { kind, operators: policy.operators, validators: count, faulty },
    }))
}

/// `GET /ledger/consistency`
#[utoipa::path(get, path = "/ledger/consistency", params(Sizes), responses((status = 200, body = Consistency)))]
pub(super) async fn consistency(house: Data<House>, sizes: Query<Sizes>) -> Result<Json<Consistency>, Problem> {
    let Sizes { from, to } = sizes.into_inner();
    if from == 0 || from > to {
        return Err(Problem::bad_field("Ask from a size of 1 or more to one that is no smaller."));
    }
    let found = house.ledger()?.compare.send(Compare { from, to }).await.map_err(|_| Problem::no_quorum())?;
    let hashes = found.ok_or_else(Problem::not_found)?.iter().map(|hash| STANDARD.encode(hash)).collect();
    Ok(Json(Consistency { hashes }))
}

/// `POST /ledger/flush`
#[utoipa::path(post, path = "/ledger/flush", responses((status = 200, body = Flushed), (status = 503, description = "`no_ledger`, or `no_quorum`: too few validators answer")))]
pub(super) async fn flush(house: Data<House>, caller: Caller) -> Result<Json<Flushed>, Problem> {
    operator(&house, &caller).await?;
    Ok(Json(Flushed { entries: house.flush().await?.entries }))
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
