//! Putting the house together: what `vaidya serve` and `vaidya migrate` do, from the data folder to the last goodbye.

use std::net::{IpAddr, SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;

use actix::Arbiter;
use actix_web::web::Data;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use vaidya_actors::directory::{self, Directory};
use vaidya_actors::port::Ports;
use vaidya_media::{Config as MediaConfig, Handle, StartError};

use crate::clock;
use crate::config::Settings;
use crate::console::say;
use crate::gateway::blobs::BlobError;
use crate::gateway::custody::NoMaster;
use crate::gateway::erasures::Erasures;
use crate::gateway::mail::{Mail, MailError};
use crate::gateway::sms::Post;
use crate::gateway::tls::TlsError;
use crate::jobs;
use crate::jobs::accuser::Accuser;
use crate::store::cover::Cover;
use crate::store::scribe::Scribe;
use crate::store::{Store, StoreError};
use crate::telemetry::{self, show};
use crate::web::client::Proxies;
use crate::web::limit::Limiter;
use crate::web::passwords::Passwords;
use crate::web::sockets::Sockets;
use crate::web::{self, House, Pepper, Sample};

pub mod audit;
pub mod blocks;
pub mod check;
pub mod demo;
pub mod folder;
pub mod keys;
pub mod ledger;
pub mod registry;
mod tls;
pub mod tokens;
pub mod validators;
mod welcome;

use folder::Folder;

/// Threads that rooms live on. A room does little; more would only help hundreds of them at once.
const ROOM_THREADS: usize = 2;

/// Why the server cannot start; one sentence that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// The data folder cannot be used.
    #[error("{0}")]
    Folder(#[from] folder::FolderError),
    /// The web port cannot be listened on.
    #[error("cannot listen on {address} for the web ({why}): stop what uses it, or set VAIDYA_HTTP to another address")]
    Http {
        /// Where.
        address: SocketAddr,
        /// What the system says.
        why: std::io::Error,
    },
    /// The media server cannot start.
    #[error("the media server cannot start: {0}; stop what uses the port, or set VAIDYA_MEDIA or VAIDYA_PUBLIC_IP")]
    Media(#[from] StartError),
    /// The port of plain http cannot be listened on.
    #[error(
        "cannot listen on {address} for plain http ({why}): stop what uses it, or set VAIDYA_HTTP_REDIRECT to another address"
    )]
    Redirect {
        /// Where.
        address: SocketAddr,
        /// What the system says.
        why: std::io::Error,
    },
    /// TLS cannot be served.
    #[error("{0}")]
    Tls(#[from] TlsError),
    /// Mail cannot be sent.
    #[error("{0}")]
    Mail(#[from] MailError),
    /// The database cannot be used.
    #[error("cannot use the database: {0}")]
    Store(#[from] StoreError),
    /// Redis cannot be used.
    #[error("cannot use Redis at VAIDYA_REDIS_URL: {0}")]
    Redis(#[from] redis::RedisError),
    /// The audit was tampered with.
    #[error(
        "the audit is not as it was written: of {entries} entries, number {seq} is the first that was changed, removed or \
         put in; keep this database as it is and compare it with a backup"
    )]
    Audit {
        /// The first bad one.
        seq: u64,
        /// How many there should be.
        entries: u64,
    },
    /// The master key cannot be used.
    #[error("{0}")]
    Master(#[from] NoMaster),
    /// A clinic's key was not made.
    #[error("the clinic's key was not made: {0}")]
    Custody(#[from] crate::custodian::Trouble),
    /// The blocks cannot be kept where the settings say.
    #[error("cannot keep blocks: {0}")]
    Blocks(#[from] BlobError),
    /// A file of blocks cannot be written or read.
    #[error("{0}")]
    Car(String),
    /// A register of doctors cannot be read.
    #[error("cannot read the register: {0}")]
    Register(#[from] crate::register::NoRegister),
    /// The log of erasures cannot be read.
    #[error("cannot read erasures.log in the data folder ({0}): without it a backup would bring erased records back")]
    Erasures(std::io::Error),
    /// The ledger or a validator doesn't start.
    #[error("{0}")]
    Ledger(Box<validators::NoLedger>),
    /// A failure of ours or the system's.
    #[error("cannot start: {0}")]
    Other(String),
}

/// Brings the database up to date and says what was done.
///
/// # Errors
/// When the folder or the database cannot be used.
pub async fn migrate(settings: &Settings) -> Result<(), AppError> {
    let _folder = Folder::open(&settings.data)?;
    let store = Store::open(settings.database_url.as_deref(), &settings.data).await?;
    let applied = store.migrate().await?;
    store.close().await;
    match applied.as_slice() {
        [] => say("The database is up to date."),
        names => say(&format!("Applied {}: {}", names.len(), names.join(", "))),
    }
    Ok(())
}

/// Runs the server until it is told to stop (SIGTERM or SIGINT).
///
/// # Errors
/// When something it needs cannot be had; then nothing was started.
pub async fn serve(settings: Settings, with_demo: bool) -> Result<(), AppError> {
    let folder = Folder::open(&settings.data)?;
    let tls = tls::serving(&settings)?;
    let listener = listen(settings.http)?;
    let plain = settings.transport.redirect.map(plain).transpose()?;
    let port = listener.local_addr().map_err(other)?.port();
    let (media, events, worker) =
        vaidya_media::start(MediaConfig { port: settings.media, announce: announced(&settings)? })?;
    let store = Store::open(settings.database_url.as_deref(), &settings.data).await?;
    store.migrate().await?;
    erase_again(&store, &settings.data).await?;
    store.name_home(&settings.clinic_name).await?;
    let blobs = blocks::open(&settings).await?;
    let passwords = Passwords::new().map_err(other)?;
    let key = folder.key()?;
    store.cover_messages(Cover::new(&key)?);
    let pepper = Pepper::new(key);
    let custody = keys::opened(&settings, &key)?;
    if with_demo {
        demo::make(&store, &passwords).await?;
    }
    store.cut_log().await;
    let public_url = tls::public_url(&settings, port);
    keys::made(&store, &custody).await?;
    let log = format!("{}/log", public_url.rsplit('/').next().unwrap_or(&public_url));
    let hall = Arbiter::new();
    let (accuse, name) = Accuser::start_on(store.clone(), clock::clock(), &hall.handle());
    let kept = validators::Kept::start(&settings, &keys::master(&settings, &key)?, &log, Some(accuse)).await;
    let kept = ledger::unless_locked(kept)?;
    welcome::print(&store, &pepper, &public_url, &worker, with_demo).await?;

    let scribe = Scribe::start(store.clone(), &hall.handle());
    let ports = Ports {
        keep: scribe.clone().recipient(),
        recall: scribe.clone().recipient(),
        read_back: scribe.recipient(),
        media: media.clone(),
        clock: clock::clock(),
    };
    let directory = Directory::start(ports, ROOM_THREADS).map_err(other)?;
    actix_web::rt::spawn(directory::carry(directory.clone(), events));
    let speak = jobs::Ports {
        tell: directory.clone().recipient(),
        stand: directory.clone().recipient(),
        here: directory.clone().recipient(),
        clock: clock::clock(),
    };
    let post = Post::new(with_demo || settings.sms_in_browser, mail(&settings)?);
    let vault = jobs::Vault { blobs: blobs.clone(), custody: custody.clone() };
    let running = jobs::start(&store, &speak, post.clone(), vault);
    let running = running.with_blocks(&store, blobs.clone(), clock::clock(), settings.audit_blocks);
    let (running, ledger) =
        ledger::carried(running, &store, kept.as_ref().map(|kept| ledger::Kept::of(kept, &settings)), &name);
    let sockets = Arc::new(Sockets::default());
    let house = Data::new(House {
        store: store.clone(),
        directory: directory.clone(),
        clock: clock::clock(),
        passwords,
        ledger,
        blobs,
        custody,
        post,
        limiter: Limiter::new(redis(&settings)?),
        sockets: Arc::clone(&sockets),
        pepper,
        secure: public_url.starts_with("https://"),
        proxies: Proxies::new(settings.transport.proxies.clone()),
        public_url,
        clinic: settings.clinic_name.clone(),
        demo: with_demo.then(demo::listed),
        run: URL_SAFE_NO_PAD.encode(clock::random::<9>()),
        metrics: telemetry::count(),
        sample: sampling(media),
    });
    until_told(house, Doors { listener, plain, tls }, &sockets).await?;
    directory.send(directory::Close).await.map_err(other)?;
    running.stop().await;
    if let Some(kept) = kept {
        kept.stop().await;
    }
    hall.stop();
    store.close().await;
    worker.stop();
    drop(folder);
    Ok(())
}

/// Erases again what a backup brought back, and lets everything that is erased from now on be noted.
async fn erase_again(store: &Store, data: &Path) -> Result<(), AppError> {
    let log = Erasures::new(data);
    let said = log.read().map_err(AppError::Erasures)?;
    if said.unreadable > 0 {
        tracing::error!(lines = said.unreadable, "erasures.log has lines that nobody can read");
    }
    let again = store.erase_again(said.erased, clock::now()).await?;
    if again > 0 {
        say(&format!("Erased {again} records again: this database is older than that."));
    }
    store.note_erasures(Arc::new(move |erased| log.note(erased)));
    Ok(())
}

/// Where people come in.
struct Doors {
    listener: TcpListener,
    plain: Option<TcpListener>,
    tls: Option<tls::Serving>,
}

/// Serves, and on the word to stop lets every browser know before it goes.
async fn until_told(house: Data<House>, doors: Doors, sockets: &Arc<Sockets>) -> Result<(), AppError> {
    let address = doors.listener.local_addr().map_err(other)?;
    let (config, keep) = doors.tls.map(|tls| (tls.config, tls.keep)).unzip();
    let plain = doors.plain.map(|plain| web::serve::redirecting(house.clone(), plain)).transpose().map_err(other)?;
    let server = web::server(house, doors.listener, config).map_err(other)?;
    let handle = server.handle();
    let serving = actix_web::rt::spawn(server);
    let plain = plain.map(|plain| (plain.handle(), actix_web::rt::spawn(plain)));
    let keeping = keep.map(actix_web::rt::spawn);
    say(&format!("Ready: listening on {address}. Stop it with Ctrl-C."));
    told_to_stop().await?;
    tracing::info!("stopping: browsers are told to come back");
    sockets.go_down();
    if let Some(keeping) = keeping {
        keeping.abort();
    }
    if let Some((handle, _)) = &plain {
        handle.stop(false).await;
    }
    handle.stop(true).await;
    serving.await.map_err(other)?.map_err(other)
}

async fn told_to_stop() -> Result<(), AppError> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate()).map_err(other)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(other)?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}

fn listen(address: SocketAddr) -> Result<TcpListener, AppError> {
    TcpListener::bind(address).map_err(|why| AppError::Http { address, why })
}

fn plain(address: SocketAddr) -> Result<TcpListener, AppError> {
    TcpListener::bind(address).map_err(|why| AppError::Redirect { address, why })
}

/// The way to the mail server; none when none is set. Nothing is tried yet.
///
/// # Errors
/// When the settings are not those of one, or the extra roots cannot be read.
pub fn mail(settings: &Settings) -> Result<Option<Mail>, AppError> {
    let Some(smtp) = &settings.transport.smtp else { return Ok(None) };
    Ok(Some(Mail::new(&smtp.url, &smtp.from, roots(settings)?.as_deref())?))
}

/// Certificate authorities trusted besides the usual ones.
fn roots(settings: &Settings) -> Result<Option<Vec<u8>>, AppError> {
    let read = |file| crate::gateway::tls::pem("VAIDYA_EXTRA_ROOTS", file);
    Ok(settings.transport.roots.as_deref().map(read).transpose()?)
}

/// The addresses browsers are told to send media to: those set, else the machine's own. Link-local ones need a zone
/// that no browser knows.
fn announced(settings: &Settings) -> Result<Vec<IpAddr>, AppError> {
    if !settings.public_ip.is_empty() {
        return Ok(settings.public_ip.clone());
    }
    let own = if_addrs::get_if_addrs().map_err(other)?.into_iter().map(|interface| interface.ip());
    let own = own.filter(|address| match address {
        IpAddr::V4(address) => !address.is_link_local(),
        IpAddr::V6(address) => !address.is_unicast_link_local(),
    });
    Ok(own.collect())
}

/// A connection that comes back by itself. Redis may be down when we start: then memory counts until it is there.
fn redis(settings: &Settings) -> Result<Option<redis::aio::ConnectionManager>, AppError> {
    Ok(settings.redis_url.as_deref().map(web::limit::connect).transpose()?)
}

/// Shows what the media server counts.
fn sampling(media: Handle) -> Sample {
    Arc::new(move || {
        let media = media.clone();
        Box::pin(async move {
            let Ok(counts) = media.count().await else { return };
            show(&metrics::gauge!("vaidya_media_rooms"), counts.rooms);
            show(&metrics::gauge!("vaidya_peers"), counts.peers);
            show(&metrics::gauge!("vaidya_media_packets_in"), counts.packets_in);
            show(&metrics::gauge!("vaidya_media_packets_out"), counts.packets_out);
            show(&metrics::gauge!("vaidya_media_garbage"), counts.garbage);
            show(&metrics::gauge!("vaidya_media_keyframe_requests"), counts.keyframe_requests);
            show(&metrics::gauge!("vaidya_media_collapsed"), counts.collapsed);
        })
    })
}

fn other(error: impl std::fmt::Display) -> AppError {
    AppError::Other(error.to_string())
}
