//! The web servers: connections taken in, in TLS or plain, and answered by an app; and the one that only sends to https.

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix_http::HttpService;
use actix_http::error::DispatchError;
use actix_server::{Server, ServerBuilder};
use actix_service::{IntoServiceFactory as _, ServiceFactory, ServiceFactoryExt as _, fn_service, map_config};
use actix_web::body::MessageBody;
use actix_web::dev::AppConfig;
use actix_web::http::header;
use actix_web::middleware::from_fn;
use actix_web::web::{Data, to};
use actix_web::{App, HttpRequest, HttpResponse};
use rustls::ServerConfig;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use super::line::{Crowd, Line};
use super::{House, guard};
use crate::gateway::tls;

/// How long a stopping server waits for requests under way.
const LAST_REQUESTS: Duration = Duration::from_secs(10);

/// Longest a first request head may take, from the connection on; answered with 408. Lower cuts thin links, higher
/// lets a few strangers hold every place.
pub const HEAD: Duration = Duration::from_secs(10);

/// Longest a TLS handshake may take. The same costs as [`HEAD`].
pub const HANDSHAKE: Duration = Duration::from_secs(10);

/// How long a connection is kept for the next request. Lower makes browsers connect anew, higher keeps more open.
const KEEP: Duration = Duration::from_secs(20);

/// How long what still comes of a refused body is read and thrown away, so that the answer gets through.
const LINGER: Duration = Duration::from_secs(2);

/// Connections at the same time; further ones wait to be taken in. Each holds a file: the limit of the system
/// (`ulimit -n`) must be higher.
const CONNECTIONS: usize = 10_000;

/// A server of this app on a socket that is already open, not yet running.
///
/// # Errors
/// When the socket cannot be listened on.
pub(super) fn server<A, B>(
    house: &Data<House>,
    listener: TcpListener,
    tls: Option<Arc<ServerConfig>>,
    app: impl Fn() -> App<A> + Send + Clone + 'static,
) -> io::Result<Server>
where
    A: ServiceFactory<
            actix_web::dev::ServiceRequest,
            Config = (),
            Response = actix_web::dev::ServiceResponse<B>,
            Error = actix_web::Error,
            InitError = (),
        > + 'static,
    B: MessageBody + 'static,
{
    let builder = ServerBuilder::new().disable_signals().shutdown_timeout(LAST_REQUESTS.as_secs());
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let builder = builder.workers(workers).max_concurrent_connections((CONNECTIONS / workers).max(1));
    let stopping = builder.graceful_shutdown_signal();
    let door = Door { crowd: Crowd::new(house.proxies.clone()), tls: tls.map(TlsAcceptor::from), secure: house.secure };
    let builder = builder.listen("web", listener, move || {
        let (door, stopping) = (door.clone(), stopping.clone());
        let answers = HttpService::build()
            .graceful_shutdown_signal(move || {
                let stopping = stopping.clone();
                async move { stopping.notified().await }
            })
            .keep_alive(KEEP)
            .client_request_timeout(HEAD)
            .client_disconnect_timeout(LINGER)
            .on_connect_ext(|line: &Line, data| drop(data.insert(line.pulse())))
            .h1(map_config(app().into_factory(), |()| AppConfig::default()));
        fn_service(move |stream| take_in(door.clone(), stream)).and_then(answers)
    })?;
    Ok(builder.run())
}

/// What every connection passes.
#[derive(Clone)]
struct Door {
    crowd: Crowd,
    tls: Option<TlsAcceptor>,
    secure: bool,
}

async fn take_in(door: Door, stream: TcpStream) -> Result<(Line, Option<SocketAddr>), DispatchError> {
    let peer = stream.peer_addr()?;
    stream.set_nodelay(true)?;
    let place = door.crowd.enter(peer.ip()).ok_or_else(|| refused("crowd"))?;
    let Some(acceptor) = &door.tls else { return Ok((Line::plain(stream, place, door.secure), Some(peer))) };
    let shaken = tokio::time::timeout(HANDSHAKE, acceptor.accept(stream)).await;
    let stream = shaken.map_err(|_| refused("handshake"))?.map_err(|_| refused("handshake"))?;
    // A certificate authority has seen what it wanted and hangs up.
    if stream.get_ref().1.alpn_protocol() == Some(tls::ACME) {
        return Err(DispatchError::Io(ErrorKind::ConnectionAborted.into()));
    }
    Ok((Line::tls(stream, place, door.secure), Some(peer)))
}

fn refused(why: &'static str) -> DispatchError {
    metrics::counter!("vaidya_connections_refused_total", "why" => why).increment(1);
    DispatchError::Io(ErrorKind::ConnectionRefused.into())
}

/// A server that sends every browser to the same page at the public address.
///
/// # Errors
/// When the socket cannot be listened on.
pub fn redirecting(house: Data<House>, listener: TcpListener) -> io::Result<Server> {
    let shared = house.clone();
    server(&house, listener, None, move || {
        App::new().app_data(shared.clone()).wrap(from_fn(guard::watched)).default_service(to(elsewhere))
    })
}

async fn elsewhere(request: HttpRequest, house: Data<House>) -> HttpResponse {
    let page = request.uri().path_and_query().map_or("/", |page| page.as_str());
    let place = format!("{}{page}", house.public_url);
    HttpResponse::PermanentRedirect().insert_header((header::LOCATION, place)).finish()
}
