//! The ledger as the world sees it: its newest head and its tiles, and who keeps it.

use actix_web::web::{Data, Json, Path, Query};
use actix_web::{HttpResponse, http::header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use vaidya_actors::port::{Compare, Flush, LedgerPorts, Publish, Stands, Unanchored, WhoKeeps};

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
#[utoipa::path(get, path = "/ledger/consistency", params(Sizes), responses((status = 200, body = Consistency), (status = 404, description = "the log is not that large yet")))]
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
