//! The web server: what its handlers use, and everything it serves.

use std::net::TcpListener;
use std::sync::Arc;

use actix::Addr;
use actix_web::dev::Server;
use actix_web::middleware::{Compress, from_fn};
use actix_web::web::{Data, JsonConfig, PathConfig, QueryConfig, ServiceConfig, get, resource, route, scope};
use actix_web::{App, HttpResponse};
use futures_util::future::LocalBoxFuture;
use metrics_exporter_prometheus::PrometheusHandle;
use rustls::ServerConfig;
use vaidya_actors::directory::Directory;
use vaidya_actors::port::{Clock, LedgerPorts};

use crate::error::Problem;
use crate::gateway::blobs::Blobs;
use crate::gateway::custody::Custody;
use crate::gateway::sms::Post;
use crate::store::Store;

mod account;
mod admit;
mod agent;
mod arrivals;
mod assets;
mod audit;
mod auth;
mod bars;
mod bearer;
mod block_alarms;
mod blocks;
pub mod body;
mod broken;
mod claims;
pub mod client;
mod clinic_keys;
pub mod codes;
mod consent_answers;
mod consent_codes;
mod consent_witness;
mod consents;
mod contact_codes;
mod contacts;
mod cookies;
mod credentials;
mod custody;
mod demo_sms;
mod device;
mod devices;
mod documents;
mod emergencies;
mod erasures;
mod export;
mod export_fhir;
mod factors;
mod gate;
mod guard;
mod guardians;
mod health;
mod invites;
mod keys;
mod large;
mod ledger;
mod ledger_health;
pub mod limit;
pub mod line;
mod links;
mod me;
mod openapi;
mod organisations;
mod outgoing;
pub mod passwords;
mod patients;
mod people;
mod plain;
mod posted;
mod principal;
mod profile;
mod proofs;
mod record_form;
mod records;
mod register;
mod reset;
pub mod roles;
mod routes;
mod scope;
mod seal;
mod seed_consents;
mod seed_figures;
mod seed_login;
mod seed_records;
pub mod serve;
pub mod setup;
pub mod sockets;
mod stranger;
pub mod tokens;
mod totp;
mod turns;
mod uploads;
mod visit_keys;
mod visits;
mod ws;

pub use guard::HEADERS;

/// Longest JSON body of a request, in bytes. Lower refuses long names, higher lets strangers fill memory.
const MAX_JSON: usize = 16 * 1024;

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
    /// The ways to the ledger; none where nothing keeps one.
    pub ledger: Option<LedgerPorts>,
    /// Sealed blocks.
    pub blobs: Blobs,
    /// The keys of organisations.
    pub custody: Custody,
    /// The ways to phones and mailboxes.
    pub post: Post,
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
    /// Proxies that are believed about whom they speak for.
    pub proxies: client::Proxies,
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

/// Everything served.
fn everything(config: &mut ServiceConfig) {
    config
        .service(
            scope(routes::BASE)
                .wrap(from_fn(admit::ruled))
                .configure(routes::register)
                .default_service(route().to(nothing_here)),
        )
        .route("/api/openapi.json", get().to(openapi::show))
        .route("/api/programs.json", get().to(openapi::show_for_programs))
        // A page of the app, though its address is one of the programs'.
        .service(resource("/{path:api/docs}").wrap(Compress::default()).route(get().to(assets::serve)))
        .service(
            scope(routes::PROGRAMS)
                .wrap(from_fn(admit::ruled_for_programs))
                .configure(routes::register_for_programs)
                .default_service(route().to(nothing_here)),
        )
        .route("/checkpoint", get().to(ledger::checkpoint))
        .route("/tile/{path:.*}", get().to(ledger::tile))
        .route("/ledger/policy", get().to(ledger::policy_text))
        .route("/demo/sms", get().to(demo_sms::list))
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
pub fn server(house: Data<House>, listener: TcpListener, tls: Option<Arc<ServerConfig>>) -> std::io::Result<Server> {
    let shared = house.clone();
    serve::server(&house, listener, tls, move || {
        App::new()
            .app_data(shared.clone())
            .app_data(JsonConfig::default().limit(MAX_JSON).error_handler(|error, _| bad_body(&error).into()))
            .app_data(QueryConfig::default().error_handler(|_, _| Problem::bad_json().into()))
            .app_data(PathConfig::default().error_handler(|_, _| Problem::not_found().into()))
            .wrap(from_fn(body::bounded))
            .wrap(from_fn(guard::watched))
            .configure(everything)
    })
}

async fn nothing_here() -> Result<HttpResponse, Problem> {
    Err(Problem::not_found())
}

fn bad_body(error: &actix_web::error::JsonPayloadError) -> Problem {
    use actix_web::error::JsonPayloadError::{Overflow, OverflowKnownLength, Payload};
    match error {
        Overflow { .. } | OverflowKnownLength { .. } => Problem::too_large(),
        Payload(error) => body::problem(error),
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
