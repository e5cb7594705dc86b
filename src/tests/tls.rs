//! TLS by files: 1.3 alone, renewed without a restart, refused with a sentence; and plain http sent to it.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "tests end by panicking")]
#![expect(clippy::disallowed_methods, reason = "it waits for a real server in real time")]

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, ClientConnection, StreamOwned};

use crate::authority::{Authority, Pair};
use crate::server::{Folder, Server, command, free_port, run};

/// Longest wait for a renewed certificate.
const RENEWED: Duration = Duration::from_secs(30);

/// What one says over TLS.
pub(crate) type Line = StreamOwned<ClientConnection, TcpStream>;

/// A connection to this machine under this name.
pub(crate) fn connect(port: u16, name: &str, config: Arc<ClientConfig>) -> std::io::Result<Line> {
    let stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    let name = name.to_owned().try_into().expect("a name");
    let mut line = StreamOwned::new(ClientConnection::new(config, name).expect("a client"), stream);
    while line.conn.is_handshaking() {
        line.conn.complete_io(&mut line.sock)?;
    }
    Ok(line)
}

/// The answer to a GET.
pub(crate) fn get(line: &mut Line, path: &str) -> String {
    write!(line, "GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    let _closed = line.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

fn settings(pair: &Pair) -> [(&'static str, &str); 2] {
    [("VAIDYA_TLS_CERT", pair.certificate.to_str().unwrap()), ("VAIDYA_TLS_KEY", pair.key.to_str().unwrap())]
}

fn serve(folder: &Folder, pair: &Pair) -> Server {
    let mut command = command(&folder.0, &settings(pair));
    command.arg("serve");
    Server::silent(command)
}

/// The serial number that the server's certificate has.
fn number(line: &Line) -> u64 {
    let chain = line.conn.peer_certificates().expect("a certificate");
    let (_, certificate) = x509_parser::parse_x509_certificate(chain.first().unwrap()).unwrap();
    certificate.raw_serial().iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

#[test]
fn tls_1_3_is_spoken_and_nothing_older() {
    let (folder, authority) = (Folder::new(), Authority::new());
    let server = serve(&folder, &authority.issue(&folder.0, 1));
    assert!(server.said.contains("https://localhost:"), "links are of https: {}", server.said);
    let mut line = connect(server.port, "localhost", authority.client(&[&TLS13])).unwrap();
    assert_eq!(line.conn.protocol_version(), Some(rustls::ProtocolVersion::TLSv1_3));
    let answer = get(&mut line, "/healthz");
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("ok\n"), "{answer}");
    assert!(answer.to_lowercase().contains("strict-transport-security: max-age="), "{answer}");
    assert!(connect(server.port, "localhost", authority.client(&[&TLS12])).is_err());
    assert!(connect(server.port, "elsewhere.example", authority.client(&[&TLS13])).is_err(), "another name");
    server.stop();
}

#[test]
fn other_peoples_programs_speak_1_3_with_it_and_are_refused_1_2() {
    let (folder, authority) = (Folder::new(), Authority::new());
    let server = serve(&folder, &authority.issue(&folder.0, 1));
    let root = authority.root(&folder.0);
    let openssl = |version: &str| {
        let mut command = Command::new("openssl");
        command.args(["s_client", version, "-verify_return_error", "-servername", "localhost", "-connect"]);
        command.arg(format!("127.0.0.1:{}", server.port)).arg("-CAfile").arg(&root).stdin(Stdio::null());
        let done = command.output().expect("openssl runs");
        (done.status.success(), String::from_utf8_lossy(&done.stdout).into_owned())
    };
    let (well, said) = openssl("-tls1_3");
    assert!(well && said.contains("TLSv1.3") && said.contains("Verify return code: 0 (ok)"), "{said}");
    assert!(!openssl("-tls1_2").0, "1.2 must be refused");
    let curl = |most: &str| {
        let mut command = Command::new("curl");
        command.args(["--silent", "--noproxy", "*", "--tls-max", most, "--cacert"]).arg(&root);
        let done = command.arg(format!("https://localhost:{}/healthz", server.port)).output().expect("curl runs");
        String::from_utf8_lossy(&done.stdout).into_owned()
    };
    assert_eq!(curl("1.3"), "ok\n");
    assert_eq!(curl("1.2"), "");
    server.stop();
}

#[test]
fn a_renewed_certificate_is_served_without_a_restart_and_a_broken_one_is_not() {
    let (folder, authority) = (Folder::new(), Authority::new());
    let pair = authority.issue(&folder.0, 1);
    let server = serve(&folder, &pair);
    let client = authority.client(&[&TLS13]);
    let mut old = connect(server.port, "localhost", client.clone()).unwrap();
    assert_eq!(number(&old), 1);
    authority.issue(&folder.0, 2);
    let began = Instant::now();
    while number(&connect(server.port, "localhost", client.clone()).unwrap()) != 2 {
        assert!(began.elapsed() < RENEWED, "the new certificate is not served");
        std::thread::yield_now();
    }
    assert!(get(&mut old, "/healthz").ends_with("ok\n"), "who is connected stays so");
    std::fs::write(&pair.certificate, "half").unwrap();
    let log = server.log_until("the old one is still served");
    assert!(log.contains("holds no certificate"), "{log}");
    assert_eq!(number(&connect(server.port, "localhost", client).unwrap()), 2);
    server.stop();
}

#[test]
fn what_is_wrong_with_the_files_is_said_before_anything_starts() {
    let (folder, authority) = (Folder::new(), Authority::new());
    let elsewhere = Folder::new();
    let pair = authority.issue(&folder.0, 1);
    let other = authority.issue(&elsewhere.0, 2);
    let none = folder.0.join("none.pem");
    let complaint = |certificate: &std::path::Path, key: &std::path::Path| {
        let paths = Pair { certificate: certificate.to_owned(), key: key.to_owned() };
        for words in [["serve"], ["check-config"]] {
            let done = run(&folder.0, &settings(&paths), &words);
            assert!(!done.status.success());
            let said = String::from_utf8(done.stderr).unwrap();
            assert_eq!(said.lines().filter(|line| line.starts_with("vaidya: ")).count(), 1, "{said}");
            if words == ["serve"] {
                continue;
            }
            return said;
        }
        String::new()
    };
    for (certificate, key, words) in [
        (&none, &pair.key, "VAIDYA_TLS_CERT"),
        (&pair.certificate, &none, "VAIDYA_TLS_KEY"),
        (&pair.key, &pair.key, "holds no certificate"),
        (&pair.certificate, &pair.certificate, "holds no private key"),
        (&pair.certificate, &other.key, "is not the one of the certificate"),
    ] {
        let said = complaint(certificate, key);
        assert!(said.contains(words), "{said}");
    }
}

#[test]
fn a_certificate_that_has_ended_is_served_and_complained_of() {
    let (folder, authority) = (Folder::new(), Authority::new());
    let server = serve(&folder, &authority.issue_ended(&folder.0));
    assert!(connect(server.port, "localhost", authority.client(&[&TLS13])).is_err(), "browsers refuse it");
    assert!(server.stop().contains("the certificate has expired"));
}

#[test]
fn plain_http_is_sent_to_the_same_page_at_https() {
    let (folder, authority) = (Folder::new(), Authority::new());
    let pair = authority.issue(&folder.0, 1);
    let port = free_port();
    let plain = format!("127.0.0.1:{port}");
    let [certificate, key] = settings(&pair);
    let public = ("VAIDYA_PUBLIC_URL", "https://visits.example");
    let mut command = command(&folder.0, &[certificate, key, public, ("VAIDYA_HTTP_REDIRECT", &plain)]);
    command.arg("serve");
    let server = Server::silent(command);
    let mut browser = crate::browser::Browser::new(port);
    for (path, place) in [
        ("/g/abc?from=sms", "https://visits.example/g/abc?from=sms"),
        ("/", "https://visits.example/"),
        ("//evil.example/", "https://visits.example//evil.example/"),
        ("http://evil.example/x", "https://visits.example/x"),
    ] {
        let answer = browser.send("GET", path, &[], "");
        assert_eq!((answer.status, answer.header("location")), (308, Some(place)), "{path}");
        assert!(answer.header("content-security-policy").is_some() && answer.body.is_empty());
    }
    assert_eq!(browser.send("POST", "/api/v1/login", &[], "{}").status, 308);
    server.stop();
}
