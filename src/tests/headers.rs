//! The headers of every answer there is: each route of the table and whatever else is served, whether it went well or not.

use std::collections::BTreeSet;

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
    let met: BTreeSet<u16> = answers.iter().map(|(_, answer)| answer.status).collect();
    assert!([200, 401, 403, 404, 405, 413].iter().all(|status| met.contains(status)), "only {met:?} were met");
    let bad: Vec<_> = answers.iter().filter(|(_, answer)| !lacking(answer).is_empty()).collect();
    let told: Vec<_> = bad.iter().map(|(what, answer)| format!("{what} lacks {:?}", lacking(answer))).collect();
    assert!(told.is_empty(), "{} of {} answers:\n{}", told.len(), answers.len(), told.join("\n"));
    assert!(met.iter().all(|status| *status < 500), "{met:?}");
}
