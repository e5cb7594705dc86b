//! A certificate authority of the tests: its root, and certificates for names with their keys, as PEM files.
#![expect(clippy::expect_used, reason = "tests end by panicking")]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{BasicConstraints, Certificate, CertificateParams, DnType, IsCa, KeyPair, date_time_ymd};
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion, crypto};

/// An authority nobody else trusts.
pub(crate) struct Authority {
    certificate: Certificate,
    key: KeyPair,
}

/// A certificate and its key.
pub(crate) struct Pair {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "Authority of the tests");
        let key = KeyPair::generate().expect("a key");
        Self { certificate: params.self_signed(&key).expect("a root"), key }
    }

    /// A certificate for this machine, as two files in a folder. `number` is its serial number.
    pub(crate) fn issue(&self, folder: &Path, number: u64) -> Pair {
        self.made(folder, number, 2100)
    }

    /// One that has ended.
    pub(crate) fn issue_ended(&self, folder: &Path) -> Pair {
        self.made(folder, 1, 2020)
    }

    fn made(&self, folder: &Path, number: u64, until: i32) -> Pair {
        let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
        let mut params = CertificateParams::new(names).expect("names");
        params.serial_number = Some(number.into());
        params.not_before = date_time_ymd(2019, 1, 1);
        params.not_after = date_time_ymd(until, 1, 1);
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.certificate, &self.key).expect("a certificate");
        let pair = Pair { certificate: folder.join("certificate.pem"), key: folder.join("key.pem") };
        // Each file is there whole or not at all, as tools that renew certificates do it; one after the other.
        put(&pair.certificate, &certificate.pem());
        put(&pair.key, &key.serialize_pem());
        pair
    }

    /// The root, as a file.
    pub(crate) fn root(&self, folder: &Path) -> PathBuf {
        let file = folder.join("root.pem");
        put(&file, &self.certificate.pem());
        file
    }

    /// What a browser that trusts this authority alone speaks.
    pub(crate) fn client(&self, versions: &[&'static SupportedProtocolVersion]) -> Arc<ClientConfig> {
        trusting([self.certificate.der().clone()], versions)
    }
}

/// What a browser that trusts these roots alone speaks.
pub(crate) fn trusting(
    roots: impl IntoIterator<Item = CertificateDer<'static>>,
    versions: &[&'static SupportedProtocolVersion],
) -> Arc<ClientConfig> {
    let mut trusted = RootCertStore::empty();
    for root in roots {
        trusted.add(root).expect("a root");
    }
    let config = ClientConfig::builder_with_provider(Arc::new(crypto::aws_lc_rs::default_provider()));
    let config = config.with_protocol_versions(versions).expect("versions");
    Arc::new(config.with_root_certificates(trusted).with_no_client_auth())
}

fn put(file: &Path, text: &str) {
    let half = file.with_extension("new");
    std::fs::write(&half, text).expect("a file is written");
    std::fs::rename(&half, file).expect("a file is renamed");
}
