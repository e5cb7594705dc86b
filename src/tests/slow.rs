//! Strangers who take their time or send too much: what they hold is taken from them, and others notice nothing.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "tests end by panicking")]
#![expect(clippy::disallowed_methods, reason = "slowness takes real time")]

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use rustls::version::TLS13;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream as Stream};
use vaidya::web::body::{GRACE, LONGEST, SILENCE};
use vaidya::web::line::{AN_ADDRESS, PATIENCE};
use vaidya::web::serve::{HANDSHAKE, HEAD};

use crate::authority::Authority;
use crate::server::{Folder, Server, command};

/// What a busy machine may add to a limit.
const SLACK: Duration = Duration::from_secs(10);

/// Time between two drops.
const DROP: Duration = Duration::from_millis(250);

/// Ten megabytes.
const TEN: usize = 10_000_000;

fn server(folder: &Folder) -> Server {
    Server::with(&folder.0, &[], &["serve"])
}

fn line(server: &Server) -> TcpStream {
    let line = TcpStream::connect(("127.0.0.1", server.port)).unwrap();
    line.set_read_timeout(Some(DROP)).unwrap();
    line
}

/// Sends these bytes again and again, one drop at a time, until the other end closes; what it said, and when it closed.
fn drip(line: &mut TcpStream, drops: &[u8]) -> (String, Duration) {
    let (began, mut said) = (Instant::now(), Vec::new());
    for drop in drops.iter().cycle() {
        assert!(began.elapsed() < PATIENCE + SLACK + SLACK, "never closed; it said {}", String::from_utf8_lossy(&said));
        let _closed = line.write_all(&[*drop]);
        let mut room = [0; 4096];
        // The wait for an answer is the pause between two drops.
        match line.read(&mut room) {
            Ok(0) => break,
            Ok(count) => said.extend_from_slice(room.get(..count).unwrap()),
            Err(why) if matches!(why.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut) => {}
            Err(_) => break,
        }
    }
    (String::from_utf8_lossy(&said).into_owned(), began.elapsed())
}

fn post(path: &str, port: u16, length: usize) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nhost: localhost:{port}\r\norigin: http://localhost:{port}\r\n\
         content-type: application/json\r\ncontent-length: {length}\r\n\r\n"
    )
}

#[test]
fn heads_in_drops_are_cut_off_and_nobody_else_waits() {
    let folder = Folder::new();
    let server = server(&folder);
    let mut slow: Vec<_> = (0..200).map(|_| line(&server)).collect();
    for line in &mut slow {
        line.write_all(b"GET / HTTP/1.1\r\nhost: loc").unwrap();
    }
    let began = Instant::now();
    assert_eq!(server.browser().send("GET", "/healthz", &[], "").status, 200);
    assert!(began.elapsed() < HEAD / 2, "someone else waited {:?}", began.elapsed());
    let (said, took) = drip(slow.last_mut().unwrap(), b"x");
    assert!(said.starts_with("HTTP/1.1 408"), "{said}");
    assert!(took < HEAD + SLACK, "{took:?}");
    server.stop();
}

#[test]
fn a_later_head_in_drops_is_cut_off_too() {
    let folder = Folder::new();
    let server = server(&folder);
    let mut line = line(&server);
    line.set_read_timeout(Some(SLACK)).unwrap();
    line.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n").unwrap();
    let mut room = [0; 4096];
    let count = line.read(&mut room).unwrap();
    assert!(String::from_utf8_lossy(room.get(..count).unwrap()).starts_with("HTTP/1.1 200"));
    line.set_read_timeout(Some(DROP)).unwrap();
    line.write_all(b"GET / HTTP/1.1\r\nx: ").unwrap();
    let (said, took) = drip(&mut line, b"x");
    assert!(!said.contains("200"), "{said}");
    assert!(took > HEAD && took < PATIENCE + SLACK, "{took:?}");
    server.stop();
}

#[test]
fn a_body_in_drops_is_given_up_and_said_so() {
    let folder = Folder::new();
    let server = server(&folder);
    let mut line = line(&server);
    line.write_all(post("/api/v1/login", server.port, 10_000).as_bytes()).unwrap();
    let (said, took) = drip(&mut line, b" ");
    assert!(said.starts_with("HTTP/1.1 408") && said.contains("too_slow"), "{said}");
    assert!(took > SILENCE && took < GRACE + SLACK, "{took:?}");
    server.stop();
}

#[test]
fn a_body_that_never_comes_is_given_up() {
    let folder = Folder::new();
    let server = server(&folder);
    let mut line = line(&server);
    line.set_read_timeout(Some(SILENCE + SLACK)).unwrap();
    line.write_all(post("/api/v1/login", server.port, 100).as_bytes()).unwrap();
    let mut room = [0; 4096];
    let count = line.read(&mut room).expect("an answer");
    let said = String::from_utf8_lossy(room.get(..count).unwrap()).into_owned();
    assert!(said.starts_with("HTTP/1.1 408") && said.contains("cross-origin-resource-policy"), "{said}");
    server.stop();
}

#[test]
fn a_handshake_that_never_comes_is_given_up() {
    let (folder, authority) = (Folder::new(), Authority::new());
    let pair = authority.issue(&folder.0, 1);
    let (certificate, key) = (pair.certificate.to_str().unwrap(), pair.key.to_str().unwrap());
    let mut command = command(&folder.0, &[("VAIDYA_TLS_CERT", certificate), ("VAIDYA_TLS_KEY", key)]);
    command.arg("serve");
    let server = Server::silent(command);
    let mut silent = line(&server);
    silent.set_read_timeout(Some(HANDSHAKE + SLACK)).unwrap();
    let mut rest = Vec::new();
    silent.read_to_end(&mut rest).expect("closed in time");
    assert!(crate::tls::connect(server.port, "localhost", authority.client(&[&TLS13])).is_ok());
    server.stop();
}

#[test]
fn ten_megabytes_are_refused_before_they_come_and_fill_no_memory() {
    let folder = Folder::new();
    let server = server(&folder);
    let memory = || {
        let page = server.browser().send("GET", "/metrics", &[], "").body;
        let line = page.lines().find(|line| line.starts_with("vaidya_process_resident_bytes ")).unwrap();
        line.rsplit(' ').next().unwrap().parse::<f64>().unwrap()
    };
    for path in ["/api/v1/login", "/api/v1/records", "/api/v1/nowhere", "/healthz", "/"] {
        let mut line = line(&server);
        line.set_read_timeout(Some(SLACK)).unwrap();
        line.write_all(post(path, server.port, TEN).as_bytes()).unwrap();
        let mut room = [0; 4096];
        let count = line.read(&mut room).expect("an answer before the body");
        let said = String::from_utf8_lossy(room.get(..count).unwrap()).into_owned();
        assert!(said.starts_with("HTTP/1.1 413") && said.contains("too_large"), "{path}: {said}");
        assert!(said.contains("content-security-policy") && said.contains("cache-control: no-store"), "{said}");
    }
    let before = memory();
    std::thread::scope(|scope| {
        for _ in 0..20 {
            scope.spawn(|| {
                let browser = server.browser();
                let mut whole = post("/api/v1/login", server.port, TEN).into_bytes();
                whole.resize(whole.len() + TEN, b' ');
                let _refused = browser.raw(&whole);
                let head = format!(
                    "POST /api/v1/login HTTP/1.1\r\nhost: localhost:{0}\r\norigin: http://localhost:{0}\r\n\
                     content-type: application/json\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n",
                    server.port
                );
                let mut chunked = head.into_bytes();
                for _ in 0..10 {
                    chunked.extend_from_slice(b"100000\r\n");
                    chunked.resize(chunked.len() + 0x10_0000, b' ');
                    chunked.extend_from_slice(b"\r\n");
                }
                let said = browser.raw(&chunked);
                assert!(said.is_empty() || said.starts_with("HTTP/1.1 413"), "{said}");
            });
        }
    });
    let grown = memory() - before;
    assert!(grown < 30_000_000.0, "400 MB were refused, and {grown} bytes kept");
    const { assert!(LONGEST < TEN) };
    server.stop();
}

#[tokio::test]
async fn one_address_cannot_take_every_place() {
    let folder = Folder::new();
    let server = Server::with(&folder.0, &[("VAIDYA_TRUSTED_PROXIES", "10.0.0.0/8")], &["serve"]);
    let mut places = Vec::new();
    for _ in 0..AN_ADDRESS {
        let mut line = from("127.0.0.2", server.port).await;
        // Half a request is enough to be taken in; the answer of the next address says that it was.
        line.write_all(b"GET /healthz HTTP/1.1\r\n").await.unwrap();
        places.push(line);
    }
    let mut last = places.pop().unwrap();
    assert!(answered(&mut last, b"host: localhost\r\n\r\n").await, "the last one that has a place");
    assert!(!asked("127.0.0.2", server.port).await, "one too many");
    assert!(asked("127.0.0.3", server.port).await, "another address");
    drop(places);
    let began = Instant::now();
    while !asked("127.0.0.2", server.port).await {
        assert!(began.elapsed() < SLACK, "places are free again");
    }
    server.stop();
}

async fn from(address: &str, port: u16) -> Stream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(format!("{address}:0").parse().unwrap()).unwrap();
    socket.connect(([127, 0, 0, 1], port).into()).await.unwrap()
}

async fn asked(address: &str, port: u16) -> bool {
    let mut line = from(address, port).await;
    answered(&mut line, b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n").await
}

async fn answered(line: &mut Stream, request: &[u8]) -> bool {
    let _closed = line.write_all(request).await;
    let mut room = [0; 4096];
    let read = tokio::time::timeout(SLACK, line.read(&mut room)).await.expect("an answer or an end");
    matches!(read, Ok(count) if count > 0)
}
