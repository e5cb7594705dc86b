//! Service tokens over the wire: what a program may, what it may not, and how it is kept out.

use serde_json::json;

use crate::browser::Answer;
use crate::server::{Server, run};
use crate::visit::{Clinic, clinic};

fn with(server: &Server, method: &str, path: &str, token: &str, body: &str) -> Answer {
    let bearer = format!("Bearer {token}");
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    server.browser().send(method, &format!("/api/v1{path}"), &headers, body)
}

fn made(clinic: &Clinic, scopes: &[&str]) -> String {
    let scopes = scopes.iter().flat_map(|scope| ["--scope", scope]);
    let words: Vec<_> = ["token", "create", "--name", "EHR"].into_iter().chain(scopes).collect();
    let done = run(&clinic.folder.0, &[], &words);
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    said.lines().find(|line| line.starts_with("vdy_")).unwrap_or_default().to_owned()
}

#[test]
fn a_program_may_what_its_token_names_and_nothing_else() {
    let mut clinic = clinic();
    let visit = clinic.open_visit();
    let token = made(&clinic, &["visits:read"]);
    let listed = with(&clinic.server, "GET", "/visits", &token, "");
    assert_eq!(listed.status, 200, "{}", listed.body);
    assert!(listed.body.contains(&visit));
    for (method, path) in
        [("GET", "/people"), ("POST", "/visits"), ("GET", "/records"), ("GET", "/me"), ("GET", "/tokens")]
    {
        let refused = with(&clinic.server, method, path, &token, "{}");
        assert_eq!((refused.status, refused.code().as_str()), (403, "forbidden"), "{method} {path}");
    }
    assert_eq!(with(&clinic.server, "GET", &format!("/visits/{visit}"), &token, "").status, 403);
}

#[test]
fn a_program_makes_a_visit_for_someone_without_an_account_and_needs_no_origin() {
    let mut clinic = clinic();
    let token = made(&clinic, &["visits:write", "people:read"]);
    let doctor = clinic.doctor.me()["id"].clone();
    let who = json!({"name": "Asha Verma", "phone": "+91 98765 43210", "language": "hi"});
    let body = json!({"patient": who, "doctor": doctor}).to_string();
    let made = with(&clinic.server, "POST", "/visits", &token, &body);
    assert_eq!((made.status, made.json()["patient"].as_str()), (201, Some("Asha Verma")), "{}", made.body);
    assert_eq!(with(&clinic.server, "POST", "/visits", &token, &body).status, 200, "the same one");
    assert!(with(&clinic.server, "GET", "/people?role=patient", &token, "").body.contains("Asha Verma"));
}

#[test]
fn a_token_that_is_wrong_revoked_or_beside_a_cookie_is_refused_and_many_lock_the_address() {
    let mut clinic = clinic();
    let token = made(&clinic, &["visits:read"]);
    let bearer = format!("Bearer {token}");
    let both = clinic.doctor.send("GET", "/api/v1/visits", &[("authorization", bearer.as_str())], "");
    assert_eq!((both.status, both.code().as_str()), (400, "two_ways"));
    let id = {
        let listed = run(&clinic.folder.0, &[], &["token", "list"]);
        String::from_utf8_lossy(&listed.stdout).split_whitespace().next().unwrap().to_owned()
    };
    assert!(run(&clinic.folder.0, &[], &["token", "revoke", &id]).status.success());
    for bad in [token.as_str(), "vdy_wrong", "nothing", "' OR 1=1 --"] {
        let refused = with(&clinic.server, "GET", "/visits", bad, "");
        assert_eq!((refused.status, refused.code().as_str()), (401, "bad_token"), "{bad}");
    }
    let locked = (0..200).map(|_| with(&clinic.server, "GET", "/visits", "vdy_guess", "").status);
    assert!(locked.into_iter().any(|status| status == 429), "guessing ends");
}

#[test]
fn a_bad_scope_or_life_is_refused_with_what_to_write() {
    let clinic = clinic();
    for words in [["--scope", "everything", "--days", "1"], ["--scope", "media", "--days", "400"]] {
        let words: Vec<_> = ["token", "create", "--name", "EHR"].into_iter().chain(words).collect();
        let done = run(&clinic.folder.0, &[], &words);
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        assert!(!done.status.success() && (said.contains("visits:read") || said.contains("1 to 365")), "{said}");
    }
}

#[test]
fn a_program_reads_the_audit_of_its_organisation_and_stands_in_it() {
    let clinic = clinic();
    let token = made(&clinic, &["audit:read", "visits:read"]);
    assert_eq!(with(&clinic.server, "GET", "/visits", &token, "").status, 200);
    let audit = with(&clinic.server, "GET", "/audit?action=visits.list", &token, "");
    assert_eq!(audit.status, 200, "{}", audit.body);
    assert_eq!(audit.json()["entries"][0]["by"], "token", "{}", audit.body);
    assert_eq!(with(&clinic.server, "GET", "/audit.csv", &token, "").status, 403);
}

#[test]
fn an_admin_makes_lists_and_revokes_tokens_and_each_is_shown_once() {
    let clinic = clinic();
    let mut admin = crate::browser::Browser::signed_in(clinic.server.port, "a001", "admin123");
    let made = admin.post("/tokens", &json!({"name": "EHR", "scopes": ["visits:read"], "days": 30}));
    assert_eq!(made.status, 201, "{}", made.body);
    let token = made.json()["token"].as_str().unwrap().to_owned();
    assert_eq!(with(&clinic.server, "GET", "/visits", &token, "").status, 200);
    let listed = admin.get("/tokens");
    assert!(listed.json()[0]["last_used_at"].is_number() && !listed.body.contains(&token), "{}", listed.body);
    let path = format!("/tokens/{}", made.json()["id"].as_str().unwrap());
    assert_eq!(admin.ask("DELETE", &path, &serde_json::Value::Null).status, 204);
    assert_eq!(with(&clinic.server, "GET", "/visits", &token, "").code(), "bad_token");
    for bad in [
        json!({"name": "EHR", "scopes": [], "days": 30}),
        json!({"name": "", "scopes": ["media"], "days": 30}),
        json!({"name": "EHR", "scopes": ["media"], "days": 0}),
    ] {
        assert_eq!(admin.post("/tokens", &bad).code(), "bad_field", "{bad}");
    }
}
