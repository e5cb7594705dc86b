//! TLS 1.3 between validators: both ends show their Ed25519 key as it is (RFC 7250), and only known keys are let in.
//!
//! The key is the one they sign votes with: what TLS signs begins with 64 spaces and its own words (RFC 8446 §4.4.3), which no message
//! of ours does.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{AlwaysResolvesClientRawPublicKeys, Resumption};
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls13_signature_with_raw_key};
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer, ServerName, SubjectPublicKeyInfoDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{AlwaysResolvesServerRawPublicKeys, NoServerSessionStorage};
use rustls::sign::CertifiedKey;
use rustls::version::TLS13;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, DistinguishedName, Error, PeerIncompatible, ServerConfig,
    SignatureScheme,
};
use thiserror::Error;
use vaidya_ledger::Signer;
use vaidya_ledger::key::Public;
use zeroize::Zeroizing;

/// What is spoken inside.
const PROTOCOL: &[u8] = b"vaidya-ledger/1";

/// A SubjectPublicKeyInfo of Ed25519 before its 32 bytes (RFC 8410 §4).
const SPKI: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// A PKCS #8 private key of Ed25519 before its 32 bytes (RFC 8410 §7).
const PKCS8: [u8; 16] =
    [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

/// Why there is no transport; a sentence.
#[derive(Debug, Error)]
pub enum NoTransport {
    /// The library refuses.
    #[error("TLS between validators cannot be set up: {0}")]
    Tls(#[from] Error),
    /// The address can't be listened on.
    #[error("cannot listen on {0} for the other validators ({1}): set VAIDYA_LEDGER_LISTEN to another address")]
    Listen(String, std::io::Error),
}

/// Who may be at the other end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Who {
    Validator(u8),
    Submitter,
}

/// Keys and whose they are. They change with the set of validators.
pub(super) type Known = Arc<RwLock<BTreeMap<Public, Who>>>;

/// Looks a key up.
pub(super) fn who(known: &Known, certificate: Option<&[CertificateDer<'_>]>) -> Option<Who> {
    let key = key(certificate?.first()?)?;
    known.read().unwrap_or_else(PoisonError::into_inner).get(&key).copied()
}

fn key(spki: &CertificateDer<'_>) -> Option<Public> {
    spki.as_ref().strip_prefix(&SPKI)?.try_into().ok()
}

/// Lets in who is known.
pub(super) fn serving(signer: &Signer, known: Known) -> Result<Arc<ServerConfig>, Error> {
    let pinned = Arc::new(Pinned { known, provider: provider() });
    let config = ServerConfig::builder_with_provider(provider()).with_protocol_versions(&[&TLS13])?;
    let keys = Arc::new(AlwaysResolvesServerRawPublicKeys::new(certified(signer)?));
    let mut config = config.with_client_cert_verifier(pinned).with_cert_resolver(keys);
    config.alpn_protocols = vec![PROTOCOL.to_vec()];
    // Each connection proves its keys anew.
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Ok(Arc::new(config))
}

/// Speaks to the one with this key.
pub(super) fn calling(signer: &Signer, peer: Public) -> Result<Arc<ClientConfig>, Error> {
    let known = Arc::new(RwLock::new(BTreeMap::from([(peer, Who::Submitter)])));
    let pinned = Arc::new(Pinned { known, provider: provider() });
    let config = ClientConfig::builder_with_provider(provider()).with_protocol_versions(&[&TLS13])?;
    let keys = Arc::new(AlwaysResolvesClientRawPublicKeys::new(certified(signer)?));
    let config = config.dangerous().with_custom_certificate_verifier(pinned);
    let mut config = config.with_client_cert_resolver(keys);
    config.alpn_protocols = vec![PROTOCOL.to_vec()];
    config.resumption = Resumption::disabled();
    config.enable_sni = false;
    Ok(Arc::new(config))
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}

fn certified(signer: &Signer) -> Result<Arc<CertifiedKey>, Error> {
    let pkcs8 = Zeroizing::new([&PKCS8[..], signer.seed().as_slice()].concat());
    let key = aws_lc_rs::sign::any_eddsa_type(&PrivatePkcs8KeyDer::from(pkcs8.as_slice()))?;
    let spki = [&SPKI[..], &signer.public()].concat();
    Ok(Arc::new(CertifiedKey::new(vec![CertificateDer::from(spki)], key)))
}

/// Believes keys that are known, and nothing else.
#[derive(Debug)]
struct Pinned {
    known: Known,
    provider: Arc<CryptoProvider>,
}

impl Pinned {
    fn is_known(&self, spki: &CertificateDer<'_>) -> Result<(), Error> {
        let known = who(&self.known, Some(std::slice::from_ref(spki)));
        known.map(|_| ()).ok_or(Error::InvalidCertificate(CertificateError::UnknownIssuer))
    }

    fn signed(
        &self,
        message: &[u8],
        spki: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let spki = SubjectPublicKeyInfoDer::from(spki.as_ref());
        verify_tls13_signature_with_raw_key(message, &spki, signature, &self.provider.signature_verification_algorithms)
    }
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        spki: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.is_known(spki).map(|()| ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(Error::PeerIncompatible(PeerIncompatible::Tls12NotOffered))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        spki: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.signed(message, spki, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ED25519]
    }

    fn requires_raw_public_keys(&self) -> bool {
        true
    }
}

impl ClientCertVerifier for Pinned {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        spki: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        self.is_known(spki).map(|()| ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(Error::PeerIncompatible(PeerIncompatible::Tls12NotOffered))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        spki: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.signed(message, spki, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ED25519]
    }

    fn requires_raw_public_keys(&self) -> bool {
        true
    }
}
