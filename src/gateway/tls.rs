//! The server's side of TLS 1.3, and its certificate in two files that may be renewed while it runs.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::version::TLS13;
use rustls::{InconsistentKeys, ServerConfig, crypto};
use thiserror::Error;
use vaidya_clinic::time::Timestamp;

use crate::clock;

/// What is spoken inside: HTTP/2 is left to proxies (docs/dependencies.md).
const HTTP: &[u8] = b"http/1.1";

/// What a certificate authority asks for when it looks whether a name is ours (RFC 8737).
pub const ACME: &[u8] = b"acme-tls/1";

/// How often the files are looked at. Lower reads more often, higher serves an old certificate longer.
const LOOK: Duration = Duration::from_secs(5);

/// How often a certificate that ends soon is complained of.
const REMIND: Duration = Duration::from_secs(24 * 60 * 60);

/// How long before its end a certificate is complained of. Lower leaves less time to renew it, higher complains about
/// ones that are renewed in time anyway.
const SOON: Duration = Duration::from_secs(14 * 24 * 60 * 60);

/// Why TLS cannot be served; a sentence.
#[derive(Debug, Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("cannot read {file} of {setting} ({why}): check the path, and that this user may read it")]
    Unreadable {
        /// The setting that names it.
        setting: &'static str,
        /// Which file.
        file: PathBuf,
        /// What the system says.
        why: std::io::Error,
    },
    /// A file holds no certificate.
    #[error(
        "{file} of {setting} holds no certificate: it must be PEM, the server's certificate first, then those above it"
    )]
    NoCertificate {
        /// The setting that names it.
        setting: &'static str,
        /// Which file.
        file: PathBuf,
    },
    /// A file holds no key.
    #[error("{0} of VAIDYA_TLS_KEY holds no private key that can be used: it must be PEM, not protected by a password")]
    NoKey(PathBuf),
    /// The key belongs to another certificate.
    #[error(
        "the key in {key} is not the one of the certificate in {certificate}: set VAIDYA_TLS_CERT and VAIDYA_TLS_KEY to a pair"
    )]
    Mismatch {
        /// The certificate's file.
        certificate: PathBuf,
        /// The key's file.
        key: PathBuf,
    },
    /// The library refuses.
    #[error("TLS cannot be set up: {0}")]
    Failed(#[from] rustls::Error),
}

/// Serves TLS 1.3 alone with this certificate.
///
/// # Errors
/// When the library has no TLS 1.3, which it has.
pub fn serving(certificate: Arc<dyn ResolvesServerCert>) -> Result<Arc<ServerConfig>, TlsError> {
    let provider = Arc::new(crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_protocol_versions(&[&TLS13])?;
    let mut config = config.with_no_client_auth().with_cert_resolver(certificate);
    config.alpn_protocols = vec![HTTP.to_vec(), ACME.to_vec()];
    Ok(Arc::new(config))
}

/// The certificates in a PEM file, at least one.
///
/// # Errors
/// [`TlsError::Unreadable`] and [`TlsError::NoCertificate`].
pub fn certificates(setting: &'static str, file: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    chain(setting, file, &read(setting, file)?)
}

/// A PEM file of certificates, as it is, once it is known to hold one.
///
/// # Errors
/// The same.
pub fn pem(setting: &'static str, file: &Path) -> Result<Vec<u8>, TlsError> {
    let pem = read(setting, file)?;
    chain(setting, file, &pem).map(|_| pem)
}

fn chain(setting: &'static str, file: &Path, pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let chain: Vec<_> = CertificateDer::pem_slice_iter(pem).collect::<Result<_, _>>().unwrap_or_default();
    let none = || TlsError::NoCertificate { setting, file: file.to_owned() };
    if chain.is_empty() { Err(none()) } else { Ok(chain) }
}

fn read(setting: &'static str, file: &Path) -> Result<Vec<u8>, TlsError> {
    std::fs::read(file).map_err(|why| TlsError::Unreadable { setting, file: file.to_owned(), why })
}

/// A certificate and its key in two files.
pub struct Files {
    certificate: PathBuf,
    key: PathBuf,
    served: RwLock<Served>,
}

/// What is served now, and the bytes it was read from.
struct Served {
    certified: Arc<CertifiedKey>,
    read: (Vec<u8>, Vec<u8>),
}

impl Files {
    /// Reads both files.
    ///
    /// # Errors
    /// When they are not a certificate and its key.
    pub fn open(certificate: &Path, key: &Path) -> Result<Self, TlsError> {
        let read = pair(certificate, key)?;
        let served = RwLock::new(Served { certified: certify(certificate, key, &read)?, read });
        let files = Self { certificate: certificate.to_owned(), key: key.to_owned(), served };
        files.remind(clock::now());
        Ok(files)
    }

    /// Reads the files again for as long as it is polled: a new pair is served from the next connection on, and what is
    /// no pair is complained of once and leaves the old one in place.
    pub async fn watch(self: Arc<Self>) {
        let (mut refused, mut reminded) = (None, clock::instant());
        loop {
            tokio::time::sleep(LOOK).await;
            let Ok(read) = pair(&self.certificate, &self.key) else { continue };
            if reminded.elapsed() >= REMIND {
                reminded = clock::instant();
                self.remind(clock::now());
            }
            // Half written, or half renewed: tried again only when it has changed once more.
            if refused.as_ref() == Some(&read) {
                continue;
            }
            if let Err(why) = self.renew(&read) {
                tracing::warn!(%why, "the certificate was not renewed; the old one is still served");
                refused = Some(read);
            }
        }
    }

    fn renew(&self, read: &(Vec<u8>, Vec<u8>)) -> Result<(), TlsError> {
        if self.served.read().unwrap_or_else(PoisonError::into_inner).read == *read {
            return Ok(());
        }
        let certified = certify(&self.certificate, &self.key, read)?;
        *self.served.write().unwrap_or_else(PoisonError::into_inner) = Served { certified, read: read.clone() };
        tracing::info!("the certificate was renewed");
        self.remind(clock::now());
        Ok(())
    }

    /// The last moment of the certificate, when it can be read.
    #[must_use]
    pub fn ends(&self) -> Option<Timestamp> {
        let served = self.served.read().unwrap_or_else(PoisonError::into_inner).certified.clone();
        let (_, certificate) = x509_parser::parse_x509_certificate(served.cert.first()?).ok()?;
        Some(Timestamp(certificate.validity().not_after.timestamp().saturating_mul(1_000)))
    }

    fn remind(&self, now: Timestamp) {
        let file = self.certificate.display();
        match self.ends() {
            Some(ends) if ends <= now => {
                tracing::warn!(%file, "the certificate has expired: browsers refuse it; renew it")
            }
            Some(ends) if ends.since(now) < SOON => {
                tracing::warn!(%file, days = ends.since(now).as_secs() / 86_400, "the certificate ends soon: renew it");
            }
            _ => {}
        }
    }
}

impl fmt::Debug for Files {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Files").field("certificate", &self.certificate).finish_non_exhaustive()
    }
}

impl ResolvesServerCert for Files {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        // Nobody has to prove anything here: the question is for servers that get certificates by ACME.
        if hello.alpn().is_some_and(|mut names| names.any(|name| name == ACME)) {
            return None;
        }
        Some(self.served.read().unwrap_or_else(PoisonError::into_inner).certified.clone())
    }
}

fn pair(certificate: &Path, key: &Path) -> Result<(Vec<u8>, Vec<u8>), TlsError> {
    Ok((read("VAIDYA_TLS_CERT", certificate)?, read("VAIDYA_TLS_KEY", key)?))
}

fn certify(
    certificate: &Path,
    key: &Path,
    (chain_pem, key_pem): &(Vec<u8>, Vec<u8>),
) -> Result<Arc<CertifiedKey>, TlsError> {
    let chain = chain("VAIDYA_TLS_CERT", certificate, chain_pem)?;
    let no_key = || TlsError::NoKey(key.to_owned());
    let secret = PrivateKeyDer::from_pem_slice(key_pem).map_err(|_| no_key())?;
    let provider = crypto::aws_lc_rs::default_provider();
    let signer = provider.key_provider.load_private_key(secret).map_err(|_| no_key())?;
    let certified = CertifiedKey::new(chain, signer);
    match certified.keys_match() {
        Ok(()) | Err(rustls::Error::InconsistentKeys(InconsistentKeys::Unknown)) => Ok(Arc::new(certified)),
        Err(rustls::Error::InconsistentKeys(_)) => {
            Err(TlsError::Mismatch { certificate: certificate.to_owned(), key: key.to_owned() })
        }
        Err(error) => Err(error.into()),
    }
}
