//! The headers of every answer there is: each route of the table and whatever else is served, whether it went well or not.
#![expect(clippy::unwrap_used, reason = "tests end by panicking")]

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use serde_json::{Value, json};

use crate::browser::{Answer, Browser};
use crate::server::{Folder, Server};

/// What no answer lacks.
const ALWAYS: [&str; 8] = [
    "content-security-policy",
    "cross-origin-opener-policy",
    "cross-origin-resource-policy",
    "permissions-policy",
    "referrer-policy",
    "x-content-type-options",
    "cache-control",
    "x-request-id",
];

fn lacking(answer: &Answer) -> Vec<&'static str> {
    ALWAYS.into_iter().filter(|name| answer.header(name).is_none()).collect()
}

/// What is asked, and how it was answered.
fn asked(browser: &mut Browser, method: &str, path: &str, body: &str) -> (String, Answer) {
    let origin = browser.origin();
    let headers = [("origin", origin.as_str()), ("content-type", "application/json")];
    let answer = browser.send(method, path, &headers, body);
    (format!("{method} {path}: {}", answer.status), answer)
}

#[test]
fn no_answer_lacks_a_header_that_keeps_browsers_careful() {
    let folder = Folder::new();
    let server = Server::start(&folder.0);
    let (mut stranger, mut doctor) = (server.browser(), Browser::signed_in(server.port, "d001", "doctor123"));
    let document: Value = stranger.send("GET", "/api/openapi.json", &[], "").json();
    let mut answers = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        let path = path.replace("{kind}", "password").replace("{code}", "AAAA");
        let path = path.replace(['{', '}'], "");
        let path = format!("/api/v1{path}");
        for method in item.as_object().unwrap().keys().map(|method| method.to_uppercase()) {
            answers.push(asked(&mut stranger, &method, &path, "{}"));
            if !path.contains("/logout") && !path.ends_with("/me/lock") {
                answers.push(asked(&mut doctor, &method, &path, "{}"));
            }
        }
        answers.push(asked(&mut doctor, "TRACE", &path, ""));
    }
    let long = json!({ "login": "x".repeat(64 * 1024), "password": "x" }).to_string();
    answers.push(asked(&mut stranger, "POST", "/api/v1/login", &long));
    for path in [
        "/",
        "/visits/1",
        "/api/docs",
        "/api/openapi.json",
        "/api/nothing",
        "/api/v1/nothing",
        "/assets/nothing.js",
        "/ws",
        "/healthz",
        "/readyz",
        "/metrics",
    ] {
        answers.push(asked(&mut stranger, "GET", path, ""));
        answers.push(asked(&mut stranger, "POST", path, "{}"));
    }
    assert!(answers.iter().any(|(what, _)| what == "GET /api/docs: 200"), "the page that explains the API is there");
    let met: BTreeSet<u16> = answers.iter().map(|(_, answer)| answer.status).collect();
    assert!([200, 401, 403, 404, 405, 413].iter().all(|status| met.contains(status)), "only {met:?} were met");
    let bad: Vec<_> = answers.iter().filter(|(_, answer)| !lacking(answer).is_empty()).collect();
    let told: Vec<_> = bad.iter().map(|(what, answer)| format!("{what} lacks {:?}", lacking(answer))).collect();
    assert!(told.is_empty(), "{} of {} answers:\n{}", told.len(), answers.len(), told.join("\n"));
    // Where nothing keeps a ledger, its routes say so.
    let failed = |answer: &Answer| answer.status >= 500 && !answer.body.contains("no_ledger");
    assert!(!answers.iter().any(|(_, answer)| failed(answer)), "{met:?}");
}

/// What the server says to these bytes, until it closes.
fn told(server: &Server, bytes: &[u8]) -> String {
    let mut line = TcpStream::connect(("127.0.0.1", server.port)).unwrap();
    // The server may close before it has read everything.
    let _closed = line.write_all(bytes);
    let mut said = Vec::new();
    let _reset = line.read_to_end(&mut said);
    String::from_utf8(said).unwrap()
}

#[test]
fn a_request_that_cannot_be_read_is_told_so_as_carefully() {
    let folder = Folder::new();
    let server = Server::start(&folder.0);
    let well = "GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n";
    let long = format!("GET / HTTP/1.1\r\nhost: localhost\r\nx: {}\r\n\r\n", "x".repeat(200_000));
    for (bytes, status) in [
        ("no HTTP at all\r\n\r\n".to_owned(), 400),
        ("GET / HTTP/1.1\r\nhost: localhost\r\ncontent-length: x\r\n\r\n".to_owned(), 400),
        ("GET / HTTP/1.1\r\nhost: localhost\r\n: nameless\r\n\r\n".to_owned(), 400),
        (long, 431),
        ("GET / HTTP/1.1\r\nhost: loc".to_owned(), 408),
    ] {
        let said = told(&server, bytes.as_bytes());
        let start: String = bytes.chars().take(80).collect();
        assert!(said.starts_with(&format!("HTTP/1.1 {status} ")), "{start:?}: {said}");
        let bare: Vec<_> = ALWAYS.iter().filter(|name| !said.contains(&format!("\r\n{name}: "))).collect();
        assert!(bare.is_empty(), "{start:?} lacks {bare:?}: {said}");
        let (_, body) = said.split_once("\r\n\r\n").unwrap();
        assert_eq!(serde_json::from_str::<Value>(body).unwrap()["status"], status, "{said}");
    }
    // On a connection on which everything was well before.
    let mut line = TcpStream::connect(("127.0.0.1", server.port)).unwrap();
    line.write_all(well.as_bytes()).unwrap();
    let mut first = [0; 4096];
    let count = line.read(&mut first).unwrap();
    assert!(first.get(..count).unwrap().starts_with(b"HTTP/1.1 200"));
    line.write_all(b"nonsense\r\n\r\n").unwrap();
    let mut said = String::new();
    line.read_to_string(&mut said).unwrap();
    assert!(said.starts_with("HTTP/1.1 400 ") && said.contains("content-security-policy"), "{said}");
    server.stop();
}
