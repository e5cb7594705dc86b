//! Accounts over the wire: registering, inviting, resetting, and everything that can go wrong on the way.
#![expect(clippy::unwrap_used, reason = "tests end by panicking")]
#![expect(clippy::disallowed_methods, reason = "it waits for a real server in real time")]

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use vaidya_clinic::id::OrgId;

use crate::browser::{Answer, Browser};
use crate::server::{Folder, Server};

const PHONE: &str = "98765 43210";

fn start(browser: &mut Browser, contact: &str) -> Answer {
    browser.post("/register/start", &json!({"contact": contact, "language": "en", "organisation": OrgId::HOME}))
}

/// The newest code on its way to a contact.
fn code(browser: &mut Browser, to: &str) -> String {
    newest(browser, to, |body| {
        let digits: String = body.split(' ').next().unwrap_or_default().to_owned();
        (digits.len() == 6 && digits.chars().all(|digit| digit.is_ascii_digit())).then_some(digits)
    })
}

fn newest(browser: &mut Browser, to: &str, find: impl Fn(&str) -> Option<String>) -> String {
    let listed = browser.get("/messages").json();
    let bodies = listed.as_array().unwrap().iter().filter(|one| one["to"] == to);
    bodies.filter_map(|one| find(one["body"].as_str().unwrap())).next().unwrap()
}

fn wish(sent: &Value, code: &str, login: &str) -> Value {
    json!({
        "id": sent["id"], "code": code, "login": login, "name": "Asha Rao", "birth_year": 1980, "sex": "female",
        "language": "hi", "password": "long enough",
    })
}

/// A code that is not this one.
fn other_than(code: &str) -> String {
    format!("{:06}", (code.parse::<u32>().unwrap() + 1) % 1_000_000)
}

#[test]
fn a_patient_registers_with_a_phone_and_signs_in_with_it() {
    let folder = Folder::new();
    let server = Server::start(&folder.0);
    let mut browser = server.browser();
    let config = browser.get("/config").json();
    assert_eq!((&config["messages"], &config["sms"], &config["mail"]), (&json!(true), &json!(true), &json!(true)));
    let sent = start(&mut browser, PHONE);
    assert_eq!(sent.status, 202, "{}", sent.body);
    let sent = sent.json();
    let code = code(&mut browser, "+919876543210");
    let wrong = json!({"id": sent["id"], "code": other_than(&code)});
    assert_eq!(browser.post("/register/check", &wrong).code(), "wrong_code");
    let found = browser.post("/register/check", &json!({"id": sent["id"], "code": code}));
    assert_eq!(found.json(), json!({"logins_taken": 0, "suggest": "+919876543210", "waiting": []}));
    let mut wish = wish(&sent, &code, "098765 43210");
    wish["birth_year"] = json!(2020);
    assert_eq!(browser.post("/register/finish", &wish).code(), "guardian_needed");
    wish["guardian"] = json!({"name": "Sunita Rao", "relation": "mother"});
    let made = browser.post("/register/finish", &wish);
    assert_eq!((made.status, &made.json()["role"]), (201, &json!("patient")), "{}", made.body);
    assert_eq!(browser.me()["login"], "+919876543210");
    let profile = browser.get("/me/profile").json();
    assert_eq!(profile["contact"], "+91••••••3210");
    assert_eq!(profile["guardian"], json!({"name": "Sunita Rao", "relation": "mother"}));
    let again = browser.ask("PATCH", "/me/profile", &json!({"guardian": null}));
    assert_eq!(again.code(), "guardian_needed", "a child keeps one");
    for typed in ["98765 43210", "+91 98765-43210", "+919876543210"] {
        Browser::signed_in(server.port, typed, "long enough");
    }
    assert_eq!(browser.post("/register/finish", &wish).code(), "code_spent", "a code that was used, sent again");
}

#[test]
fn a_sixth_guess_is_not_looked_at() {
    let folder = Folder::new();
    let server = Server::start(&folder.0);
    let mut browser = server.browser();
    let sent = start(&mut browser, "asha@example.org").json();
    let code = code(&mut browser, "asha@example.org");
    let wrong = json!({"id": sent["id"], "code": other_than(&code)});
    for _ in 0..5 {
        let told = browser.post("/register/check", &wrong);
        assert_eq!((told.status, told.code().as_str()), (401, "wrong_code"));
    }
    let told = browser.post("/register/check", &json!({"id": sent["id"], "code": code}));
    assert_eq!((told.status, told.code().as_str()), (410, "code_spent"));
    assert_eq!(browser.post("/register/resend", &json!({"id": sent["id"]})).code(), "code_spent");
}

#[test]
fn a_phone_gets_five_codes_an_hour_and_none_within_half_a_minute_of_the_last() {
    let folder = Folder::new();
    let server = Server::start(&folder.0);
    let mut browser = server.browser();
    let first = start(&mut browser, PHONE).json();
    let soon = browser.post("/register/resend", &json!({"id": first["id"]}));
    assert_eq!(soon.code(), "too_many_codes");
    assert!((1..=30).contains(&soon.header("retry-after").unwrap().parse::<u32>().unwrap()));
    for _ in 1..5 {
        assert_eq!(start(&mut browser, "+91 98765 43210").status, 202);
    }
    let sixth = start(&mut browser, PHONE);
    assert_eq!((sixth.status, sixth.code().as_str()), (429, "too_many_codes"));
    assert!(sixth.header("retry-after").unwrap().parse::<u32>().unwrap() > 60);
    assert_eq!(start(&mut browser, "98765 43211").status, 202, "another phone is not touched");
}

#[test]
fn a_reset_tells_nobody_who_exists() {
    let folder = Folder::new();
    let server = Server::start(&folder.0);
    let mut browser = server.browser();
    let sent = start(&mut browser, PHONE).json();
    let typed = code(&mut browser, "+919876543210");
    assert_eq!(browser.post("/register/finish", &wish(&sent, &typed, "asha")).status, 201);
    let mut stranger = server.browser();
    let mut told = Vec::new();
    let mut took = Vec::new();
    for login in ["asha", "nobody", "d001"] {
        let before = Instant::now();
        let answer = stranger.post("/reset/start", &json!({"login": login}));
        took.push(before.elapsed());
        assert_eq!(answer.status, 202, "{login}: {}", answer.body);
        let body = answer.json();
        let fields: Vec<String> = body.as_object().unwrap().keys().cloned().collect();
        told.push((fields, answer.head.lines().filter_map(|line| line.split(':').next()).count(), body["id"].clone()));
    }
    assert!(told.windows(2).all(|two| (&two[0].0, two[0].1) == (&two[1].0, two[1].1)));
    assert!(took.iter().all(|one| *one < Duration::from_secs(5)), "{took:?}");
    for (_, _, id) in &told {
        let guess = json!({"id": id, "code": "000000", "password": "long enough"});
        let answer = stranger.post("/reset/finish", &guess);
        assert_eq!((answer.status, answer.code().as_str()), (401, "wrong_code"));
    }
    for login in ["asha", "nobody"] {
        for _ in 0..4 {
            assert_eq!(stranger.post("/reset/start", &json!({"login": login})).status, 202);
        }
        assert_eq!(stranger.post("/reset/start", &json!({"login": login})).code(), "too_many_codes", "{login}");
    }
}

#[test]
fn a_forgotten_password_is_replaced_and_every_session_ends() {
    let folder = Folder::new();
    let server = Server::start(&folder.0);
    let mut browser = server.browser();
    let sent = start(&mut browser, "asha@example.org").json();
    let typed = code(&mut browser, "asha@example.org");
    assert_eq!(browser.post("/register/finish", &wish(&sent, &typed, "asha")).status, 201);
    let mut stranger = server.browser();
    let reset = stranger.post("/reset/start", &json!({"login": " Asha "})).json();
    let typed = code(&mut stranger, "asha@example.org");
    let finish = json!({"id": reset["id"], "code": typed, "password": "another password"});
    assert_eq!(stranger.post("/reset/finish", &finish).status, 204);
    assert_eq!(stranger.post("/reset/finish", &finish).code(), "code_spent");
    assert_eq!(browser.get("/me").status, 401);
    Browser::signed_in(server.port, "asha", "another password");
    assert_eq!(stranger.post("/login", &json!({"login": "asha", "password": "long enough"})).status, 401);
}

#[test]
fn staff_come_by_an_invitation_once() {
    let folder = Folder::new();
    let server = Server::start(&folder.0);
    let mut admin = Browser::signed_in(server.port, "a001", "admin123");
    let wish = json!({"contact": "kavita@example.org", "name": "Kavita Sharma", "role": "desk"});
    assert_eq!(Browser::signed_in(server.port, "d001", "doctor123").post("/invites", &wish).status, 403);
    let made = admin.post("/invites", &wish);
    assert_eq!(made.status, 201, "{}", made.body);
    let code = made.json()["url"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    let mut comer = server.browser();
    let looked = comer.get(&format!("/invites/{code}/look"));
    assert_eq!((&looked.json()["name"], &looked.json()["role"]), (&json!("Kavita Sharma"), &json!("desk")));
    let mail = newest(&mut comer, "kavita@example.org", |body| body.contains(&code).then(|| body.to_owned()));
    assert!(mail.contains("/invite/"), "{mail}");
    let account = json!({"login": "kavita", "name": "Kavita Sharma", "password": "long enough"});
    let accept = format!("/invites/{code}/accept");
    assert_eq!(server.browser().post(&accept, &json!({})).status, 401, "nobody is signed in");
    assert_eq!(comer.post(&accept, &account).status, 201);
    assert_eq!(comer.me()["role"], "desk");
    let twice = server.browser().post(&accept, &json!({"login": "eve", "name": "Eve", "password": "long enough"}));
    assert_eq!((twice.status, twice.code().as_str()), (404, "bad_link"));
    assert_eq!(server.browser().get(&format!("/invites/{code}/look")).code(), "bad_link");
    let listed = admin.get("/invites").json();
    assert_eq!((&listed[0]["state"], &listed[0]["contact"]), (&json!("used"), &json!("k•••@example.org")));
}

#[test]
fn a_new_phone_is_proved_and_the_old_one_told() {
    let folder = Folder::new();
    let server = Server::start(&folder.0);
    let mut browser = server.browser();
    let sent = start(&mut browser, PHONE).json();
    let typed = code(&mut browser, "+919876543210");
    assert_eq!(browser.post("/register/finish", &wish(&sent, &typed, "asha")).status, 201);
    let asked = browser.post("/me/contact/start", &json!({"contact": "98765 43219"}));
    assert_eq!(asked.status, 202, "{}", asked.body);
    let typed = code(&mut browser, "+919876543219");
    let finish = json!({"id": asked.json()["id"], "code": typed});
    let mut other = Browser::signed_in(server.port, "p001", "patient123");
    assert_eq!(other.post("/me/contact/finish", &finish).code(), "wrong_code", "it is not theirs");
    assert_eq!(browser.post("/me/contact/finish", &finish).status, 204);
    assert_eq!(browser.get("/me/profile").json()["contact"], "+91••••••3219");
    newest(&mut browser, "+919876543210", |body| (!body.chars().any(|sign| sign.is_ascii_digit())).then(String::new));
}

#[test]
fn sql_and_html_in_every_field_are_kept_as_text_or_refused() {
    let folder = Folder::new();
    let server = Server::start(&folder.0);
    let mut browser = server.browser();
    let nasty = "<script>alert(1)</script>'; DROP TABLE person;--";
    assert_eq!(start(&mut browser, nasty).code(), "bad_field");
    let bad = json!({"contact": PHONE, "language": nasty, "organisation": OrgId::HOME});
    assert_eq!(browser.post("/register/start", &bad).status, 400);
    let sent = start(&mut browser, PHONE).json();
    let typed = code(&mut browser, "+919876543210");
    for (field, value) in
        [("id", json!(nasty)), ("sex", json!(nasty)), ("birth_year", json!(nasty)), ("language", json!(nasty))]
    {
        let mut odd = wish(&sent, &typed, "asha");
        odd[field] = value;
        assert_eq!(browser.post("/register/finish", &odd).status, 400, "{field}");
    }
    for (field, value) in
        [("login", nasty), ("login", "аsha"), ("name", "Аnanya Rao"), ("name", "Asha\u{202e}"), ("birth_year", "0")]
    {
        let mut odd = wish(&sent, &typed, "asha");
        odd[field] = value.parse::<i64>().map_or(json!(value), |number| json!(number));
        assert_eq!(browser.post("/register/finish", &odd).code(), "bad_field", "{field}");
    }
    assert_eq!(browser.post("/register/check", &json!({"id": sent["id"], "code": nasty})).code(), "wrong_code");
    let mut odd = wish(&sent, &typed, "asha");
    odd["name"] = json!(nasty);
    assert_eq!(browser.post("/register/finish", &odd).status, 201);
    assert_eq!(browser.me()["name"], nasty, "text stays text");
    let mut long = wish(&sent, &typed, "asha");
    long["name"] = json!("a".repeat(20_000));
    assert_eq!(browser.post("/register/finish", &long).status, 413);
    let reset = json!({"login": nasty});
    assert_eq!(browser.post("/reset/start", &reset).status, 202, "nobody is called that");
    assert_eq!(browser.get("/invites/'%20OR%201=1--/look").code(), "bad_link");
}

#[test]
fn a_server_without_a_way_to_phones_says_so() {
    let folder = Folder::new();
    let server = Server::with(&folder.0, &[], &["serve"]);
    let mut browser = server.browser();
    assert_eq!(start(&mut browser, PHONE).code(), "no_sms");
    assert_eq!(start(&mut browser, "asha@example.org").code(), "no_mail");
    assert_eq!(browser.get("/messages").status, 404);
    let config = browser.get("/config").json();
    assert_eq!((&config["messages"], &config["sms"], &config["mail"]), (&json!(false), &json!(false), &json!(false)));
}
