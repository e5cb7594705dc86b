//! Certificates from a certificate authority by ACME (RFC 8555): asked for, proven by TLS-ALPN-01, kept and renewed.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::StreamExt as _;
use rustls::pki_types::CertificateDer;
use rustls::server::ResolvesServerCert;
use rustls::{ClientConfig, RootCertStore, crypto};
use rustls_acme::{AccountCache, AcmeConfig, AcmeState, CertCache};
use sha2::{Digest as _, Sha256};

use super::tls::TlsError;

/// What is asked of whom.
pub struct Wanted<'a> {
    /// The names the certificate is for.
    pub domains: &'a [String],
    /// The address the authority writes to.
    pub contact: &'a str,
    /// The authority's directory.
    pub directory: &'a str,
    /// Authorities that are trusted besides the public ones, for a directory of one's own.
    pub roots: Vec<CertificateDer<'static>>,
    /// The folder that keeps the account and the certificates.
    pub folder: PathBuf,
}

/// A certificate that is got and renewed for as long as [`Certificate::keep`] is polled.
pub struct Certificate(AcmeState<io::Error>);

impl Certificate {
    /// Sets everything up; nothing is asked yet.
    ///
    /// # Errors
    /// When an extra root is none.
    pub fn new(wanted: Wanted<'_>) -> Result<Self, TlsError> {
        let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        for root in wanted.roots {
            roots.add(root)?;
        }
        let provider = Arc::new(crypto::aws_lc_rs::default_provider());
        let client = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
        let client = client.with_root_certificates(roots).with_no_client_auth();
        let config = AcmeConfig::new_with_client_config(wanted.domains, Arc::new(client))
            .contact_push(format!("mailto:{}", wanted.contact))
            .directory(wanted.directory)
            .cache(Kept(wanted.folder));
        Ok(Self(config.state()))
    }

    /// What serves it, and what proves that the names are ours.
    #[must_use]
    pub fn resolver(&self) -> Arc<dyn ResolvesServerCert> {
        self.0.resolver()
    }

    /// Gets the certificate, and renews it before it ends. Failures are logged and tried again, later each time.
    pub async fn keep(mut self) {
        while let Some(event) = self.0.next().await {
            match event {
                Ok(event) => tracing::info!(?event, "certificate"),
                Err(why) => tracing::warn!(%why, "no certificate yet: are VAIDYA_ACME_DOMAINS ours, and port 443?"),
            }
        }
    }
}

/// The folder of accounts and certificates: one file each, for this user only.
struct Kept(PathBuf);

impl Kept {
    fn place(&self, kind: &str, names: &[String], directory: &str) -> PathBuf {
        let mut hash = Sha256::new();
        for name in names.iter().map(String::as_str).chain([directory]) {
            hash.update(name.as_bytes());
            hash.update([0]);
        }
        self.0.join(format!("{kind}-{}", URL_SAFE_NO_PAD.encode(hash.finalize())))
    }
}

fn read(place: &Path) -> io::Result<Option<Vec<u8>>> {
    match std::fs::read(place) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(why) if why.kind() == ErrorKind::NotFound => Ok(None),
        Err(why) => Err(why),
    }
}

/// Written whole under another name first: a crash leaves no half key.
fn write(folder: &Path, place: &Path, bytes: &[u8]) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let half = place.with_extension("new");
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&half)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&half, place)?;
    File::open(folder)?.sync_all()
}

#[async_trait]
impl CertCache for Kept {
    type EC = io::Error;

    async fn load_cert(&self, domains: &[String], directory: &str) -> io::Result<Option<Vec<u8>>> {
        read(&self.place("certificate", domains, directory))
    }

    async fn store_cert(&self, domains: &[String], directory: &str, certificate: &[u8]) -> io::Result<()> {
        write(&self.0, &self.place("certificate", domains, directory), certificate)
    }
}

#[async_trait]
impl AccountCache for Kept {
    type EA = io::Error;

    async fn load_account(&self, contact: &[String], directory: &str) -> io::Result<Option<Vec<u8>>> {
        read(&self.place("account", contact, directory))
    }

    async fn store_account(&self, contact: &[String], directory: &str, account: &[u8]) -> io::Result<()> {
        write(&self.0, &self.place("account", contact, directory), account)
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[tokio::test]
    async fn what_is_kept_is_for_this_user_only_and_each_authority_has_its_own() {
        let folder = std::env::temp_dir().join(format!("vaidya-acme-{}", uuid::Uuid::new_v4().simple()));
        let kept = Kept(folder.join("acme"));
        let names = ["a.example".to_owned()];
        assert_eq!(kept.load_cert(&names, "https://one").await.unwrap(), None);
        kept.store_cert(&names, "https://one", b"pem").await.unwrap();
        kept.store_account(&names, "https://one", b"key").await.unwrap();
        assert_eq!(kept.load_cert(&names, "https://one").await.unwrap().as_deref(), Some(b"pem".as_slice()));
        assert_eq!(kept.load_account(&names, "https://one").await.unwrap().as_deref(), Some(b"key".as_slice()));
        assert_eq!(kept.load_cert(&names, "https://other").await.unwrap(), None);
        assert_eq!(kept.load_cert(&["b.example".to_owned()], "https://one").await.unwrap(), None);
        for file in std::fs::read_dir(&kept.0).unwrap() {
            assert_eq!(file.unwrap().metadata().unwrap().permissions().mode() & 0o777, 0o600);
        }
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
