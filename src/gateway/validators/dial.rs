//! Calls one validator, and calls again whenever the line breaks.

use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConfig;
use rustls::pki_types::{IpAddr, Ipv4Addr, ServerName};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use vaidya_ledger::Signer;
use vaidya_ledger::key::Public;

use super::framing::Framed;
use super::link::{Inlet, talk};
use super::pinned::{NoTransport, calling};

/// How long to wait after a call that failed, at first.
const PAUSE: Duration = Duration::from_millis(50);

/// Where doubling ends. Lower calls a dead machine more often, higher is late when it is back.
const PAUSES: Duration = Duration::from_millis(800);

/// How long a call may take.
const CALL: Duration = Duration::from_secs(3);

/// Whom to call.
pub struct Peer {
    address: String,
    tls: Arc<ClientConfig>,
}

impl Peer {
    /// The one with this key, at this address; `signer` is who calls.
    ///
    /// # Errors
    /// When TLS can't be set up.
    pub fn new(signer: &Signer, address: &str, key: Public) -> Result<Self, NoTransport> {
        Ok(Self { address: address.to_owned(), tls: calling(signer, key)? })
    }

    /// Calls for as long as it is polled and anyone holds the other end of the queue. What was said while nobody listened is forgotten.
    pub(super) async fn keep(self, mut inlet: Inlet, mut hear: impl AsyncFnMut(Framed)) {
        let mut pause = PAUSE;
        while !inlet.is_over() {
            match timeout(CALL, self.call()).await {
                Ok(Ok(stream)) => {
                    inlet.drain();
                    pause = PAUSE;
                    if let Err(why) = talk(stream, &mut inlet, &mut hear).await {
                        tracing::info!(address = %self.address, %why, "the line to a validator broke");
                    }
                }
                Ok(Err(why)) => tracing::debug!(address = %self.address, %why, "a validator can't be reached"),
                Err(_) => tracing::debug!(address = %self.address, "a validator doesn't answer"),
            }
            sleep(pause).await;
            pause = (pause * 2).min(PAUSES);
        }
    }

    async fn call(&self) -> std::io::Result<TlsStream<TcpStream>> {
        let stream = TcpStream::connect(&self.address).await?;
        stream.set_nodelay(true)?;
        // Keys are pinned, so names mean nothing; the library wants one.
        let nobody = ServerName::IpAddress(IpAddr::V4(Ipv4Addr::from([0, 0, 0, 0])));
        TlsConnector::from(Arc::clone(&self.tls)).connect(nobody, stream).await
    }
}
