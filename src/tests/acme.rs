//! A certificate by ACME from a real certificate authority (pebble): asked for, proven, served, and kept.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests end by panicking")]
#![expect(clippy::disallowed_methods, reason = "it waits for a real authority in real time")]

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::version::TLS13;
use serde_json::json;

use crate::authority::{Authority, trusting};
use crate::server::{Folder, Server, command, free_port};
use crate::tls::{connect, get};

/// Longest wait for pebble or for a certificate.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running certificate authority.
struct Pebble {
    child: Child,
    directory: u16,
    management: u16,
    web: Authority,
}

impl Pebble {
    /// One that looks for proofs at this port.
    fn start(folder: &Path, proofs: u16) -> Self {
        let (web, directory, management) = (Authority::new(), free_port(), free_port());
        let pair = web.issue(folder, 1);
        let config = json!({"pebble": {
            "listenAddress": format!("127.0.0.1:{directory}"),
            "managementListenAddress": format!("127.0.0.1:{management}"),
            "certificate": pair.certificate, "privateKey": pair.key,
            "httpPort": free_port(), "tlsPort": proofs,
            "ocspResponderURL": "", "externalAccountBindingRequired": false,
        }});
        let file = folder.join("pebble.json");
        std::fs::write(&file, config.to_string()).unwrap();
        let mut command = Command::new("pebble");
        command.arg("-config").arg(&file).env("PEBBLE_VA_NOSLEEP", "1").env("PEBBLE_WFE_NONCEREJECT", "0");
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let pebble = Self { child: child.expect("pebble: scripts/need.sh pebble"), directory, management, web };
        let began = Instant::now();
        while connect(directory, "localhost", pebble.web.client(&[&TLS13])).is_err() {
            assert!(began.elapsed() < PATIENCE, "pebble does not start");
            std::thread::yield_now();
        }
        pebble
    }

    /// The root that its certificates come from: a new one at each start.
    fn root(&self) -> CertificateDer<'static> {
        let mut line = connect(self.management, "localhost", self.web.client(&[&TLS13])).unwrap();
        let answer = get(&mut line, "/roots/0");
        let at = answer.find("-----BEGIN").expect("a root");
        CertificateDer::from_pem_slice(&answer.as_bytes()[at..]).unwrap()
    }
}

impl Drop for Pebble {
    fn drop(&mut self) {
        let _dead_already = self.child.kill();
        let _reaped_already = self.child.wait();
    }
}

#[test]
fn a_certificate_is_got_by_itself_served_and_kept_over_a_restart() {
    let (folder, ca) = (Folder::new(), Folder::new());
    let port = free_port();
    let pebble = Pebble::start(&ca.0, port);
    let (http, roots) = (format!("127.0.0.1:{port}"), pebble.web.root(&ca.0));
    let directory = format!("https://localhost:{}/dir", pebble.directory);
    let start = || {
        let settings = [
            ("VAIDYA_HTTP", http.as_str()),
            ("VAIDYA_ACME_DOMAINS", "localhost"),
            ("VAIDYA_ACME_CONTACT", "it@clinic.example"),
            ("VAIDYA_ACME_DIRECTORY", &directory),
            ("VAIDYA_EXTRA_ROOTS", roots.to_str().unwrap()),
        ];
        let mut command = command(&folder.0, &settings);
        command.arg("serve");
        Server::silent(command)
    };
    let server = start();
    assert!(server.said.contains(&format!("https://localhost:{port}")), "{}", server.said);
    server.log_until("DeployedNewCert");
    let client = trusting([pebble.root()], &[&TLS13]);
    let mut line = connect(port, "localhost", client.clone()).expect("a certificate of pebble");
    assert!(get(&mut line, "/healthz").ends_with("ok\n"));
    let first = connect(port, "localhost", client.clone()).unwrap().conn.peer_certificates().unwrap().to_vec();
    server.stop();
    let kept = std::fs::read_dir(folder.0.join("acme")).unwrap().map(Result::unwrap).collect::<Vec<_>>();
    assert_eq!(kept.len(), 2, "an account and a certificate");
    assert!(kept.iter().all(|file| file.metadata().unwrap().permissions().mode() & 0o777 == 0o600));
    drop(pebble);
    let server = start();
    server.log_until("DeployedCachedCert");
    let again = connect(port, "localhost", client).expect("the same, with nobody to ask");
    assert_eq!(again.conn.peer_certificates().unwrap(), first);
    server.stop();
}

#[test]
fn a_certificate_authority_that_is_not_there_is_complained_of_and_the_server_waits() {
    let folder = Folder::new();
    let directory = format!("https://localhost:{}/dir", free_port());
    let settings = [
        ("VAIDYA_ACME_DOMAINS", "localhost"),
        ("VAIDYA_ACME_CONTACT", "it@clinic.example"),
        ("VAIDYA_ACME_DIRECTORY", directory.as_str()),
    ];
    let mut command = command(&folder.0, &settings);
    command.arg("serve");
    let server = Server::silent(command);
    let log = server.log_until("no certificate yet");
    assert!(log.contains("VAIDYA_ACME_DOMAINS"), "{log}");
    assert!(connect(server.port, "localhost", trusting([], &[&TLS13])).is_err());
    server.stop();
}
