//! What the ledger says of itself, for other programs.

use actix_web::web::{Data, Json};
use serde::Serialize;
use utoipa::ToSchema;
use vaidya_actors::port::Measure;
use vaidya_clinic::event::Consumer;

use super::House;
use super::ledger_health::float;
use crate::error::Problem;

/// Figures of the ledger; null where nothing measures them.
#[derive(Serialize, ToSchema)]
#[schema(as = ApiMetrics)]
pub(super) struct Figures {
    /// Entries committed in a second, over the last minute.
    tps: Option<f64>,
    /// From a proposal to its commitment, the median.
    consensus_latency_ms: Option<f64>,
    /// Of the facts that were dealt with, the part that was committed.
    success_rate: Option<f64>,
    /// Since the start; how it is estimated `GET /api/v1/ledger/health` says.
    energy_joules_estimate: Option<f64>,
    /// Facts that wait for the ledger.
    pending: u64,
}

/// The state of the ledger.
#[derive(Serialize, ToSchema)]
#[schema(as = ApiValidated)]
pub(super) struct Validated {
    /// The last block.
    height: u64,
    /// Leaves of the log.
    tree_size: u64,
    /// Its root, 32 bytes in hexadecimal.
    root: String,
    view: u64,
    /// Validators whose signatures are under the root.
    votes: u32,
}

/// `POST /api/validate`: hands in what waits now, and says how the ledger stands then.
#[utoipa::path(post, path = "/validate", responses((status = 200, body = Validated), (status = 503, description = "`no_ledger`: nothing keeps a ledger here; `no_quorum`: too few validators answer")))]
pub(super) async fn validate(house: Data<House>) -> Result<Json<Validated>, Problem> {
    let stands = house.flush().await?;
    Ok(Json(Validated {
        height: stands.height,
        tree_size: stands.size,
        root: stands.root.iter().map(|byte| format!("{byte:02x}")).collect(),
        view: stands.view,
        votes: stands.votes,
    }))
}

/// `GET /api/metrics`: how the ledger does.
#[utoipa::path(get, path = "/metrics", responses((status = 200, body = Figures)))]
pub(super) async fn metrics(house: Data<House>) -> Result<Json<Figures>, Problem> {
    let counts = house.store.outbox_counts().await?;
    let of = |states: &[&str]| {
        let theirs = counts.iter().filter(|count| count.consumer == Consumer::Ledger.as_str());
        theirs.filter(|count| states.contains(&count.state.as_str())).map(|count| count.rows).sum::<u64>()
    };
    let (done, refused) = (of(&["done"]), of(&["refused"]));
    let measured = match &house.ledger {
        Some(ledger) => ledger.measure.send(Measure).await.ok(),
        None => None,
    };
    Ok(Json(Figures {
        tps: measured.as_ref().map(|health| health.tps.1),
        consensus_latency_ms: measured.as_ref().and_then(|health| health.consensus.p50),
        success_rate: rate(done, refused),
        energy_joules_estimate: measured.as_ref().and_then(|health| health.joules),
        pending: of(&["pending", "leased"]),
    }))
}

/// The part that went well; none when nothing was tried.
fn rate(done: u64, refused: u64) -> Option<f64> {
    let all = done.saturating_add(refused);
    (all > 0).then(|| float(done) / float(all))
}
