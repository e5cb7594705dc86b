//! TLS from the settings: the certificate that is served, what keeps it fresh, and the address that follows from it.

use std::path::Path;
use std::sync::Arc;

use futures_util::future::LocalBoxFuture;
use rustls::ServerConfig;

use super::AppError;
use crate::config::{Settings, Tls};
use crate::gateway::acme::{self, Wanted};
use crate::gateway::tls::{self, Files, TlsError};

/// The folder of certificates and of the account they are got with, in the data folder.
const ACME: &str = "acme";

/// The port of https, which addresses don't name.
const HTTPS: u16 = 443;

/// What the web server serves TLS with.
pub(super) struct Serving {
    /// For the connections.
    pub(super) config: Arc<ServerConfig>,
    /// Keeps the certificate fresh for as long as it is polled.
    pub(super) keep: LocalBoxFuture<'static, ()>,
}

/// TLS as it is set; none when it isn't.
///
/// # Errors
/// When a file is missing or is not what it must be.
pub(super) fn serving(settings: &Settings) -> Result<Option<Serving>, AppError> {
    let Some(tls) = &settings.transport.tls else { return Ok(None) };
    Ok(Some(match tls {
        Tls::Files { certificate, key } => {
            let files = Arc::new(Files::open(certificate, key)?);
            Serving { config: tls::serving(files.clone())?, keep: Box::pin(files.watch()) }
        }
        Tls::Acme { domains, contact, directory } => {
            let roots = settings.transport.roots.as_deref().map(roots).transpose()?.unwrap_or_default();
            let folder = settings.data.join(ACME);
            let certificate = acme::Certificate::new(Wanted { domains, contact, directory, roots, folder })?;
            Serving { config: tls::serving(certificate.resolver())?, keep: Box::pin(certificate.keep()) }
        }
    }))
}

fn roots(file: &Path) -> Result<Vec<rustls::pki_types::CertificateDer<'static>>, TlsError> {
    tls::certificates("VAIDYA_EXTRA_ROOTS", file)
}

/// The address people open: the one that is set, else what follows from the port and TLS.
pub(super) fn public_url(settings: &Settings, port: u16) -> String {
    if let Some(url) = &settings.public_url {
        return url.clone();
    }
    let place = if port == HTTPS { String::new() } else { format!(":{port}") };
    match &settings.transport.tls {
        None => format!("http://localhost:{port}"),
        Some(Tls::Files { .. }) => format!("https://localhost{place}"),
        Some(Tls::Acme { domains, .. }) => {
            let first = domains.first().map_or("localhost", String::as_str);
            format!("https://{first}{place}")
        }
    }
}
