//! The web app, built by Vite and embedded in the binary; without it, a page that says how to build it.

use std::borrow::Cow;

use actix_web::http::header::{self, ContentEncoding, HeaderMap};
use actix_web::web::Path;
use actix_web::{HttpRequest, HttpResponse};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rust_embed::{EmbeddedFile, RustEmbed};

/// Files under this folder have their hash in their name and never change.
const HASHED: &str = "assets/";

/// The app's page that shows the API: it stands beside what it shows.
const DOCS: &str = "api/docs";

/// What is served when the app was not built.
const NOT_BUILT: &str = "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>Vaidya</title>\n\
    <h1>The web app is not built</h1>\n<p>The server runs, but it was built without its pages. \
    In the project's folder, run <code>make run</code>; \
    or build the pages alone with <code>npm ci &amp;&amp; npm run build</code> in <code>static</code> and build the server again.</p>\n";

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/static/dist"]
#[allow_missing = true]
struct Dist;

/// Every path that is no route: a file of the app, or the app itself, which knows its own paths.
pub(super) async fn serve(request: HttpRequest, path: Path<String>) -> HttpResponse {
    let path = path.as_str();
    if let Some(file) = Dist::get(path).filter(|_| !path.is_empty()) {
        return answer(&request, path, file);
    }
    if path.starts_with(HASHED) || (path.starts_with("api/") && path != DOCS) {
        return HttpResponse::NotFound().finish();
    }
    match Dist::get("index.html") {
        Some(index) => answer(&request, "index.html", index),
        None => HttpResponse::Ok().content_type("text/html; charset=utf-8").body(NOT_BUILT),
    }
}

fn answer(request: &HttpRequest, path: &str, file: EmbeddedFile) -> HttpResponse {
    let tag = format!("\"{}\"", URL_SAFE_NO_PAD.encode(file.metadata.sha256_hash()));
    let keep = if path.starts_with(HASHED) { "public, max-age=31536000, immutable" } else { "no-cache" };
    let (body, encoding) = packed(request.headers(), path, file.data);
    let fresh = |sent: &str| sent.split(',').any(|one| one.trim().trim_start_matches("W/") == tag);
    let asked = request.headers().get(header::IF_NONE_MATCH).and_then(|tags| tags.to_str().ok());
    let unchanged = asked.is_some_and(fresh);
    let mut answer = if unchanged { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    answer.insert_header((header::ETAG, tag)).insert_header((header::CACHE_CONTROL, keep));
    answer.insert_header((header::VARY, "accept-encoding"));
    if unchanged {
        return answer.finish();
    }
    if let Some(encoding) = encoding {
        answer.insert_header(encoding);
    }
    answer.content_type(kind(path)).body(body.into_owned())
}

fn kind(path: &str) -> String {
    let kind = mime_guess::from_path(path).first_or_octet_stream();
    if kind.type_() == mime_guess::mime::TEXT { format!("{kind}; charset=utf-8") } else { kind.to_string() }
}

/// The file as it was packed when the app was built, when the browser takes that; else as it is, to be packed on the
/// way out.
fn packed(headers: &HeaderMap, path: &str, plain: Cow<'static, [u8]>) -> (Cow<'static, [u8]>, Option<ContentEncoding>) {
    let takes = headers.get(header::ACCEPT_ENCODING).and_then(|takes| takes.to_str().ok()).unwrap_or_default();
    let takes = |name: &str| takes.split(',').any(|one| one.trim() == name);
    for (name, ending, encoding) in [("br", "br", ContentEncoding::Brotli), ("gzip", "gz", ContentEncoding::Gzip)] {
        if takes(name)
            && let Some(file) = Dist::get(&format!("{path}.{ending}"))
        {
            return (file.data, Some(encoding));
        }
    }
    (plain, None)
}
