//! What the server tells its operator: log lines and metrics, without a name, a health fact or a query.

use std::io::IsTerminal as _;
use std::time::Duration;

use metrics::{describe_counter, describe_gauge, describe_histogram};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;

use crate::config::LogFormat;

/// Seconds a request may take, in steps: fine where people notice, coarse where they have left.
const SECONDS: [f64; 9] = [0.002, 0.005, 0.01, 0.025, 0.1, 0.25, 1.0, 2.5, 10.0];

/// Starts logging to standard error. A second start in one process changes nothing.
pub fn log(filter: &str, format: LogFormat) {
    // Statements of the database drivers carry values, and what is said to mail servers is whom it is for: neither reaches a log.
    let filter = EnvFilter::new(format!("{filter},sqlx=warn,sea_orm=warn,lettre=info"));
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    let started = match format {
        LogFormat::Text => lines.try_init(),
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
    };
    if started.is_err() {
        tracing::debug!("logging was started before");
    }
}

/// Starts counting. `None` when something else in this process counts already.
#[must_use]
pub fn count() -> Option<PrometheusHandle> {
    let builder = PrometheusBuilder::new().set_buckets(&SECONDS).ok()?;
    let recorder = builder.build_recorder();
    let handle = recorder.handle();
    metrics::set_global_recorder(recorder).ok()?;
    describe();
    Some(handle)
}

fn describe() {
    describe_counter!("vaidya_http_requests_total", "Requests answered, by route and status");
    describe_histogram!("vaidya_http_seconds", "Time to answer a request, by route");
    describe_gauge!("vaidya_sockets", "Open WebSockets");
    describe_counter!("vaidya_messages_kept_total", "Chat messages put on disk");
    describe_counter!("vaidya_login_failures_total", "Logins refused, by reason");
    describe_gauge!("vaidya_outbox_rows", "Rows of the outbox, by consumer and state");
    describe_gauge!("vaidya_clinic_keys_missing", "Keys of clinics that are needed and can't be used");
    describe_counter!("vaidya_custody_uses_total", "Versions of records opened with clinics' keys, by what for");
    describe_gauge!("vaidya_rooms", "Live rooms");
    describe_gauge!("vaidya_people", "People on line");
    describe_gauge!("vaidya_media_rooms", "Rooms with at least one media peer");
    describe_gauge!("vaidya_peers", "Media peers");
    describe_gauge!("vaidya_media_packets_in", "RTP packets received since the start");
    describe_gauge!("vaidya_media_packets_out", "RTP packets forwarded since the start");
    describe_gauge!("vaidya_media_garbage", "Datagrams and frames that made no sense, since the start");
    describe_gauge!("vaidya_media_keyframe_requests", "Key frames asked of publishers, since the start");
    describe_gauge!("vaidya_media_collapsed", "Peers given up after a failure of ours, since the start");
    describe_gauge!("vaidya_block_alarms", "Blocks that are missing or damaged and wait for a good copy");
    describe_counter!("vaidya_blocks_audited_total", "Blocks hashed again at night, by outcome");
    describe_counter!("vaidya_blocks_swept_total", "Blocks removed because no row named them");
    describe_gauge!("vaidya_process_resident_bytes", "Memory of the process");
}

/// Counts an answered request. `route` is the pattern of the route, never the path: paths carry ids and codes.
pub fn answered(route: &str, status: u16, took: Duration) {
    let route = route.to_owned();
    metrics::counter!("vaidya_http_requests_total", "route" => route.clone(), "status" => status.to_string())
        .increment(1);
    metrics::histogram!("vaidya_http_seconds", "route" => route).record(took.as_secs_f64());
}

/// Shows a whole number as a gauge. Above 2^53 it is rounded.
pub fn show(gauge: &metrics::Gauge, value: u64) {
    #[expect(clippy::as_conversions, reason = "metrics are floating point; rounding a huge count is harmless")]
    gauge.set(value as f64);
}

/// Memory of this process in bytes (`VmRSS` of proc(5)); none where there is no such file.
#[must_use]
pub fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    let kibibytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    kibibytes.checked_mul(1024)
}
