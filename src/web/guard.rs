//! What every answer gets: headers that keep browsers careful, one log line; and whether a request is from our own pages.

use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{Method, Uri};
use actix_web::middleware::Next;
use actix_web::{Error, HttpRequest, web};
use tracing::Instrument as _;

use super::House;
use super::broken::Told;
use super::client::{self, Asked};
use super::line::Pulse;
use crate::clock;
use crate::telemetry;

/// Nothing but our own files: no inline script or style, no other host, no frame around us.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data: blob:; \
    media-src 'self' blob:; connect-src 'self'; worker-src 'self' blob:; manifest-src 'self'; base-uri 'none'; \
    form-action 'self'; frame-ancestors 'none'";

/// Headers of every answer; besides them `cache-control` and `x-request-id`, whose values differ.
pub const HEADERS: [(HeaderName, &str); 7] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(self), microphone=(self), display-capture=(self), geolocation=(), payment=(), usb=()",
    ),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// Longest a browser keeps to HTTPS once it has seen this host on it.
const HSTS: Duration = Duration::from_secs(180 * 24 * 60 * 60);

/// Gives the request an id, times and counts it, and puts the headers on the answer.
pub(super) async fn watched(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let started = clock::instant();
    let id = request_id();
    let method = request.method().clone();
    let secure = request.app_data::<web::Data<House>>().is_some_and(|house| house.secure);
    let span = tracing::info_span!("request", id = format!("{id:016x}"));
    let answering = request.request().conn_data::<Pulse>().map(Pulse::answering);
    let mut answer = next.call(request).instrument(span.clone()).await?;
    let route = answer.request().match_pattern().unwrap_or_else(|| "(none)".to_owned());
    let (status, took) = (answer.status().as_u16(), started.elapsed());
    telemetry::answered(&route, status, took);
    span.in_scope(|| tracing::info!(%method, route, status, ms = took.as_millis(), "answered"));
    dress(answer.headers_mut(), secure, id);
    Ok(answer.map_body(|_, body| Told::new(body, answering)))
}

/// A new number for a request, by which its log line is found.
pub(super) fn request_id() -> u64 {
    u64::from_ne_bytes(clock::random())
}

/// Puts the headers of every answer on this one.
pub(super) fn dress(headers: &mut HeaderMap, secure: bool, id: u64) {
    for (name, value) in &HEADERS {
        headers.insert(name.clone(), HeaderValue::from_static(value));
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    if let Ok(id) = HeaderValue::from_str(&format!("{id:016x}")) {
        headers.insert(HeaderName::from_static("x-request-id"), id);
    }
    if secure && let Ok(value) = HeaderValue::from_str(&format!("max-age={}", HSTS.as_secs())) {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, value);
    }
}

/// The kinds of bodies that our pages send: JSON, registers of doctors, and documents.
const KINDS: [&str; 6] =
    ["application/json", "text/csv", "application/pdf", "image/jpeg", "image/png", "application/octet-stream"];

/// Whether this could not have been sent by another site's page: it only reads, or is JSON from our own origin.
pub(super) fn own_page(request: &ServiceRequest, house: &House) -> bool {
    let reads = [Method::GET, Method::HEAD, Method::OPTIONS].contains(request.method());
    reads || (same_origin(request.request(), &house.public_url) && is_of_script(request.headers()))
}

/// Whether a browser sent this from a page of ours. `Origin` decides where there is one; pages can set neither header.
pub(super) fn same_origin(request: &HttpRequest, public_url: &str) -> bool {
    own(request.headers(), &client::asked(request), public_url)
}

fn own(headers: &HeaderMap, asked: &Asked, public_url: &str) -> bool {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let fetch_site = text(HeaderName::from_static("sec-fetch-site"));
    if fetch_site.is_some_and(|site| site != "same-origin") {
        return false;
    }
    match text(header::ORIGIN) {
        Some(origin) => origin == public_url || is_of(origin, asked),
        None => fetch_site.is_some(),
    }
}

/// Whether this origin is the host, and as far as known the scheme, that was asked.
fn is_of(origin: &str, asked: &Asked) -> bool {
    let Ok(uri) = origin.parse::<Uri>() else { return false };
    let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else { return false };
    Some(authority.as_str()) == asked.host.as_deref() && asked.scheme.is_none_or(|known| known == scheme)
}

/// Whether a body is of a kind that only scripts send, and foreign ones only after a question that is answered with no:
/// never what a form sends (Fetch standard, "CORS-safelisted request-header").
fn is_of_script(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    KINDS.iter().any(|known| kind.eq_ignore_ascii_case(known))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from_us(pairs: &[(&'static str, &'static str)]) -> bool {
        over(None, pairs)
    }

    fn over(scheme: Option<&'static str>, pairs: &[(&'static str, &'static str)]) -> bool {
        let headers =
            pairs.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        let headers: HeaderMap = headers.collect();
        let host = headers.get("host").and_then(|host| host.to_str().ok()).map(str::to_owned);
        own(&headers, &Asked { host, scheme }, "https://visits.example")
    }

    #[test]
    fn a_page_without_tls_is_not_the_one_with_it() {
        let plain = [("origin", "http://visits.example"), ("host", "visits.example")];
        assert!(!over(Some("https"), &plain));
        assert!(over(Some("http"), &plain) && over(None, &plain));
    }

    #[test]
    fn only_our_own_pages_pass() {
        assert!(from_us(&[("origin", "https://visits.example")]));
        assert!(from_us(&[("origin", "http://localhost:8080"), ("host", "localhost:8080")]));
        assert!(from_us(&[("sec-fetch-site", "same-origin")]));
        assert!(!from_us(&[]));
        assert!(!from_us(&[("origin", "null"), ("host", "localhost:8080")]));
        assert!(!from_us(&[("origin", "https://evil.example"), ("host", "localhost:8080")]));
        assert!(!from_us(&[("origin", "https://visits.example"), ("sec-fetch-site", "cross-site")]));
        assert!(!from_us(&[("sec-fetch-site", "same-site")]));
        assert!(!from_us(&[("origin", "https://visits.example.evil.example")]));
    }
}
