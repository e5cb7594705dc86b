//! What the ledger says of itself, for other programs: as long as there is none, that there is none.

use actix_web::web::{Data, Json};
use serde::Serialize;
use utoipa::ToSchema;
use vaidya_clinic::event::Consumer;

use super::House;
use crate::error::Problem;

/// Figures of the ledger; null where nothing measures them.
#[derive(Serialize, ToSchema)]
#[schema(as = ApiMetrics)]
pub(super) struct Figures {
    /// Facts committed in a second.
    tps: Option<f64>,
    consensus_latency_ms: Option<f64>,
    /// Of the facts that were taken up, the part that was committed.
    success_rate: Option<f64>,
    energy_joules_estimate: Option<f64>,
    /// Facts that wait for the ledger.
    pending: u64,
}

/// The state of the ledger.
#[derive(Serialize, ToSchema)]
#[schema(as = ApiValidated)]
pub(super) struct Validated {
    height: u64,
    tree_size: u64,
    root: String,
    view: u64,
    votes: u32,
}

/// `POST /api/validate`: checks the ledger. There is none yet, and that is what it says.
#[utoipa::path(post, path = "/validate", responses((status = 200, body = Validated), (status = 503, description = "`no_ledger`: nothing keeps a ledger here")))]
pub(super) async fn validate() -> Result<Json<Validated>, Problem> {
    Err(Problem::no_ledger())
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
    Ok(Json(Figures {
        tps: None,
        consensus_latency_ms: None,
        success_rate: rate(done, refused),
        energy_joules_estimate: None,
        pending: of(&["pending", "leased"]),
    }))
}

/// The part that went well; none when nothing was tried.
fn rate(done: u64, refused: u64) -> Option<f64> {
    let number = |count: u64| u32::try_from(count).map(f64::from).unwrap_or(f64::MAX);
    let all = done.saturating_add(refused);
    (all > 0).then(|| number(done) / number(all))
}
