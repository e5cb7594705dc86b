//! The whole API on one screen, and what every route may use.

use std::sync::Arc;
use std::time::Duration;

use actix::Addr;
use actix_web::dev::Server;
use actix_web::middleware::{Compress, from_fn};
use actix_web::web::{Data, JsonConfig, PathConfig, ServiceConfig, delete, get, post, put, resource, route, scope};
use actix_web::{App, HttpResponse, HttpServer};
use futures_util::future::LocalBoxFuture;
use metrics_exporter_prometheus::PrometheusHandle;
use vaidya_actors::directory::Directory;
use vaidya_actors::port::Clock;

use crate::error::Problem;
use crate::gateway::blobs::Blobs;
use crate::store::Store;

mod account;
mod assets;
mod auth;
pub mod codes;
mod cookies;
mod guard;
mod health;
mod keys;
mod large;
pub mod limit;
mod links;
pub mod passwords;
mod people;
mod principal;
mod records;
pub mod setup;
pub mod sockets;
mod visit_keys;
mod visits;
mod ws;

/// Longest JSON body of a request, in bytes. Lower refuses long names, higher lets strangers fill memory.
const MAX_JSON: usize = 16 * 1024;

/// How long a stopping server waits for requests under way.
const LAST_REQUESTS: Duration = Duration::from_secs(10);

/// What the routes use.
pub struct House {
    /// What lasts.
    pub store: Store,
    /// The way to the actors.
    pub directory: Addr<Directory>,
    /// Tells the time.
    pub clock: Clock,
    /// Checks passwords, a few at a time.
    pub passwords: passwords::Passwords,
    /// Sealed blocks.
    pub blobs: Blobs,
    /// Counts wrong tries of an address.
    pub limiter: limit::Limiter,
    /// The open sockets of each session, and the word that the server is going down.
    pub sockets: Arc<sockets::Sockets>,
    /// Hashes codes of links and set-up.
    pub pepper: Pepper,
    /// The address people open, without a slash at its end.
    pub public_url: String,
    /// Whether that is https.
    pub secure: bool,
    /// The clinic's name.
    pub clinic: String,
    /// The demo people, when there are any.
    pub demo: Option<serde_json::Value>,
    /// Differs between two runs of the server.
    pub run: String,
    /// Shows what was counted; none when something else counts in this process.
    pub metrics: Option<PrometheusHandle>,
    /// Brings the gauges up to date before they are shown.
    pub sample: Sample,
}

/// Brings gauges up to date.
pub type Sample = Arc<dyn Fn() -> LocalBoxFuture<'static, ()> + Send + Sync>;

/// The server's own key, with which codes are hashed: who has only the database can't try them out.
#[derive(Clone)]
pub struct Pepper(Arc<[u8; 32]>);

/// Every route.
fn routes(config: &mut ServiceConfig) {
    config
        .service(
            scope("/api/v1")
                .wrap(from_fn(guard::own_pages_only))
                .route("/login", post().to(auth::login))
                .route("/login/params", get().to(auth::params))
                .route("/logout", post().to(auth::logout))
                .route("/me", get().to(auth::me))
                .route("/me/password", post().to(account::change))
                .route("/me/keys", get().to(keys::list))
                .route("/me/keys", post().to(keys::register))
                .route("/me/keys/{id}/backups/{kind}", put().to(keys::back_up))
                .route("/me/keys/{id}/approve", post().to(keys::approve))
                .route("/me/keys/{id}/wraps", get().to(keys::wraps))
                .route("/me/keys/{id}/revoke", post().to(keys::revoke))
                .route("/people", get().to(people::list))
                .route("/people", post().to(people::add))
                .route("/people/{id}/password", post().to(account::reset))
                .route("/visits", get().to(visits::list))
                .route("/visits", post().to(visits::make))
                .route("/visits/{id}", get().to(visits::show))
                .route("/visits/{id}/accept", post().to(visits::accept))
                .route("/visits/{id}/decline", post().to(visits::decline))
                .route("/visits/{id}/chat", get().to(visits::chat))
                .route("/visits/{id}/keys", get().to(visit_keys::list))
                .route("/visits/{id}/wraps", post().to(visit_keys::wrap))
                .route("/visits/{id}/links", post().to(links::make))
                .route("/visits/{id}/links", get().to(links::list))
                .route("/visits/{id}/links/{link}", delete().to(links::revoke))
                .route("/links/{code}", get().to(links::look))
                .route("/links/{code}/join", post().to(links::join))
                .route("/records", get().to(records::list))
                .route("/records", post().to(records::seal))
                .route("/records/{id}", get().to(records::show))
                .route("/setup", post().to(setup::redeem))
                .route("/config", get().to(health::config))
                .default_service(route().to(nothing_here)),
        )
        .route("/ws", get().to(ws::open))
        .route("/healthz", get().to(health::alive))
        .route("/readyz", get().to(health::ready))
        .route("/metrics", get().to(health::metrics))
        .service(resource("/{path:.*}").wrap(Compress::default()).route(get().to(assets::serve)));
}

/// A server on a socket that is already open, not yet running.
///
/// # Errors
/// When the socket cannot be listened on.
pub fn server(house: Data<House>, listener: std::net::TcpListener) -> std::io::Result<Server> {
    let app = move || {
        App::new()
            .app_data(house.clone())
            .app_data(JsonConfig::default().limit(MAX_JSON).error_handler(|error, _| bad_body(&error).into()))
            .app_data(PathConfig::default().error_handler(|_, _| Problem::not_found().into()))
            .wrap(from_fn(guard::watched))
            .configure(routes)
    };
    Ok(HttpServer::new(app).disable_signals().shutdown_timeout(LAST_REQUESTS.as_secs()).listen(listener)?.run())
}

async fn nothing_here() -> Result<HttpResponse, Problem> {
    Err(Problem::not_found())
}

fn bad_body(error: &actix_web::error::JsonPayloadError) -> Problem {
    use actix_web::error::JsonPayloadError::{Overflow, OverflowKnownLength};
    match error {
        Overflow { .. } | OverflowKnownLength { .. } => Problem::too_large(),
        _ => Problem::bad_json(),
    }
}

impl Pepper {
    /// The pepper of this key.
    #[must_use]
    pub fn new(key: [u8; 32]) -> Self {
        Self(Arc::new(key))
    }

    /// HMAC-SHA-256 (RFC 2104) of a code under this key, for this purpose.
    #[must_use]
    pub fn hash(&self, purpose: &str, code: &str) -> crate::store::SecretHash {
        use hmac::{Hmac, KeyInit as _, Mac as _};
        // HMAC takes keys of every length: the error cannot come.
        let Ok(mut mac) = Hmac::<sha2::Sha256>::new_from_slice(self.0.as_slice()) else {
            return crate::store::SecretHash([0; 32]);
        };
        mac.update(purpose.as_bytes());
        mac.update(&[0]);
        mac.update(code.as_bytes());
        crate::store::SecretHash(mac.finalize().into_bytes().into())
    }
}
