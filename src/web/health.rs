//! Whether the server is well, what it has counted, and what a page must know before anyone signs in.

use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::{Data, Json};
use serde_json::{Value, json};
use vaidya_actors::directory::Census;
use vaidya_clinic::wire::PROTOCOL;

use super::House;
use crate::custodian;
use crate::error::Problem;
use crate::telemetry::{resident_bytes, show};

/// `GET /healthz`
pub(super) async fn alive() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: without database or Redis nothing works; without blocks, visits still do, and records wait.
pub(super) async fn ready(house: Data<House>) -> HttpResponse {
    let (database, redis) = (house.store.ping().await.is_ok(), house.limiter.redis_answers().await);
    let (blocks, alarms) = (house.blobs.answers().await, house.store.open_block_alarms().await.unwrap_or(0));
    let word = |well| if well { "ok" } else { "down" };
    // Records are sealed and read as ever without a clinic's key, so the server stays in service.
    let custody = match custodian::unusable(&house.store, &house.custody).await {
        Ok(unusable) if unusable.is_empty() => "ok",
        Ok(_) => "degraded",
        Err(_) => "down",
    };
    let ledger = house.ledger.is_some();
    let state = match (database && redis, blocks && alarms == 0 && custody == "ok" && ledger) {
        (false, _) => "down",
        (true, false) => "degraded",
        (true, true) => "ok",
    };
    let state = json!({
        "state": state,
        "database": word(database),
        "redis": word(redis),
        "custody": custody,
        "blocks": word(blocks),
        "block_alarms": alarms,
        "ledger": word(ledger),
    });
    if database && redis { HttpResponse::Ok().json(state) } else { HttpResponse::ServiceUnavailable().json(state) }
}

/// `GET /metrics`
pub(super) async fn metrics(house: Data<House>) -> Result<HttpResponse, Problem> {
    let handle = house.metrics.as_ref().ok_or_else(Problem::not_found)?;
    (house.sample)().await;
    if let Ok(counts) = house.directory.send(Census).await {
        let gauges = [("vaidya_rooms", counts.rooms), ("vaidya_people", counts.people)];
        for (name, count) in gauges {
            show(&metrics::gauge!(name), u64::try_from(count).unwrap_or(u64::MAX));
        }
    }
    for count in house.store.outbox_counts().await.unwrap_or_default() {
        let gauge = metrics::gauge!("vaidya_outbox_rows", "consumer" => count.consumer, "state" => count.state);
        show(&gauge, count.rows);
    }
    if let Ok(open) = house.store.open_block_alarms().await {
        show(&metrics::gauge!("vaidya_block_alarms"), open);
    }
    if let Some(bytes) = resident_bytes() {
        show(&metrics::gauge!("vaidya_process_resident_bytes"), bytes);
    }
    let kind = (header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8");
    Ok(HttpResponse::Ok().insert_header(kind).body(handle.render()))
}

/// `GET /config`
#[utoipa::path(get, path = "/config", responses((status = 200, body = Object)))]
pub(super) async fn config(house: Data<House>) -> Result<Json<Value>, Problem> {
    let setup_needed = house.store.setup_needed().await?;
    let clinic = house.store.organisation(vaidya_clinic::id::OrgId::HOME).await?.name;
    Ok(Json(json!({
        "clinic": clinic,
        "demo": house.demo,
        "setup_needed": setup_needed,
        "protocol": PROTOCOL,
        "ledger": house.ledger.is_some(),
        "messages": house.post.browser(),
        "sms": house.post.sms(),
        "mail": house.post.mail(),
    })))
}
