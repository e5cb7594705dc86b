//! The door: signing in and out, wrong passwords, other sites' pages, and what each role may do.

use serde_json::{Value, json};

use crate::authenticator::Authenticator;
use crate::browser::{Browser, base64url};
use crate::redis;
use crate::server::{Folder, Server};

fn wrong(browser: &mut Browser, login: &str) -> crate::browser::Answer {
    browser.post("/login", &json!({"login": login, "password": "not this one"}))
}

#[test]
fn a_session_lives_in_a_cookie_that_only_our_pages_send_and_no_script_reads() {
    let folder = Folder::new();
    let server = Server::start(&folder.0);
    let mut browser = server.browser();
    assert_eq!((browser.get("/me").status, browser.get("/me").code().as_str()), (401, "no_session"));
    let answer = browser.post("/login", &json!({"login": " D001 ", "password": "doctor123"}));
    for name in ["__Host-vaidya=", "__Host-vaidya-device="] {
        let start = format!("set-cookie: {name}");
        let cookie = answer.head.lines().find(|line| line.starts_with(&start)).unwrap();
        for part in ["Secure", "HttpOnly", "SameSite=Lax", "Path=/"] {
            assert!(cookie.contains(part), "{cookie}");
        }
        assert!(!cookie.contains("Domain"));
    }
    assert_eq!(browser.me()["login"], "d001");
    assert_eq!(browser.me()["department"], "Cardiology");
    let stolen = browser.clone();
    assert_eq!(browser.post("/logout", &Value::Null).status, 204);
    assert_eq!(stolen.clone().get("/me").status, 401, "the session is gone on the server, not only in the browser");
}

#[test]
fn a_wrong_password_and_an_unknown_name_get_the_same_words_and_the_same_lock() {
    let folder = Folder::new();
    let server = Server::start(&folder.0);
    let mut browser = server.browser();
    let (known, unknown) = (wrong(&mut browser, "p002"), wrong(&mut browser, "zz-stranger"));
    assert_eq!((known.status, known.code().as_str()), (401, "wrong_login"));
    assert_eq!(known.body, unknown.body);
    assert!(known.json()["detail"].as_str().unwrap().contains("not right"));
    assert_eq!(known.header("content-type"), Some("application/problem+json"));
    for login in ["p002", "zz-stranger"] {
        let locked = (0..8).map(|_| wrong(&mut browser, login)).find(|answer| answer.status == 429).unwrap();
        assert_eq!(locked.code(), "locked");
        assert!(locked.header("retry-after").unwrap().parse::<u64>().unwrap() > 0);
    }
    let right = browser.post("/login", &json!({"login": "p002", "password": "patient456"}));
    assert_eq!(right.status, 429, "the right password does not help while locked");
    assert_eq!(browser.post("/login", &json!({"login": "p001", "password": "patient123"})).status, 200);
    let log = server.stop();
    let server = Server::start(&folder.0);
    assert_eq!(wrong(&mut server.browser(), "p002").status, 429, "a restart does not unlock");
    for name in ["p002", "zz-stranger", "Meera", "Nair", "not this one"] {
        assert!(!log.contains(name), "the log names {name}");
    }
}

#[test]
fn another_sites_page_can_not_write_in_our_name() {
    let folder = Folder::new();
    let server = Server::start(&folder.0);
    let mut browser = Browser::signed_in(server.port, "d001", "doctor123");
    let own = browser.origin();
    let json = ("content-type", "application/json");
    let tries: [&[(&str, &str)]; 6] = [
        &[json],
        &[json, ("origin", "https://evil.example")],
        &[json, ("origin", "null")],
        &[json, ("origin", &own), ("sec-fetch-site", "cross-site")],
        &[("content-type", "text/plain"), ("origin", &own)],
        &[("content-type", "application/x-www-form-urlencoded"), ("origin", &own)],
    ];
    for headers in tries {
        let answer = browser.clone().send("POST", "/api/v1/logout", headers, "{}");
        assert_eq!((answer.status, answer.code().as_str()), (403, "cross_site"), "{headers:?}");
    }
    assert_eq!(browser.me()["login"], "d001");
    let answer = browser.send("POST", "/api/v1/logout", &[json, ("sec-fetch-site", "same-origin")], "");
    assert_eq!(answer.status, 204);
}

#[test]
fn a_hundred_people_signing_in_at_once_all_get_in_and_the_server_stays_small() {
    let folder = Folder::new();
    let server = Server::start(&folder.0);
    let mut admin = Browser::signed_in(server.port, "a001", "admin123");
    let kdf = json!({"v": 1, "salt": base64url([1; 16]), "iterations": 600_000});
    let key = base64url([7; 32]);
    for number in 0..20 {
        let login = format!("q{number}");
        let person = json!({"login": login, "name": "Q", "role": "patient", "kdf": kdf, "key": key});
        assert_eq!(admin.post("/people", &person).status, 201);
    }
    let port = server.port;
    // Five at a time for each of twenty: what the lock on an account lets through.
    let tries = (0..100).map(|number| {
        let sent = json!({"login": format!("q{}", number % 20), "key": key});
        std::thread::spawn(move || Browser::new(port).post("/login", &sent).status)
    });
    let tries: Vec<_> = tries.collect();
    let statuses: Vec<_> = tries.into_iter().map(|one| one.join().unwrap()).collect();
    assert!(statuses.iter().all(|status| *status == 200), "{statuses:?}");
    let peak = std::fs::read_to_string(format!("/proc/{}/status", server.id())).unwrap();
    let peak = peak.lines().find(|line| line.starts_with("VmHWM")).unwrap().split_whitespace().nth(1).unwrap();
    assert!(peak.parse::<u64>().unwrap() < 400 * 1024, "{peak} kB: a hundred times 19 MiB would be 1900");
}

#[test]
fn too_many_wrong_tries_from_one_address_close_the_door_to_it() {
    let folder = Folder::new();
    let server = Server::start(&folder.0);
    let mut browser = server.browser();
    let statuses: Vec<_> = (0..101).map(|number| wrong(&mut browser, &format!("n{number}")).status).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 401).count(), 100);
    assert_eq!(statuses.last(), Some(&429));
    let own = browser.origin();
    let headers =
        [("content-type", "application/json"), ("origin", own.as_str()), ("x-forwarded-for", "1.2.3.4, 203.0.113.9")];
    let body = json!({"login": "d001", "password": "doctor123"}).to_string();
    let elsewhere = browser.send("POST", "/api/v1/login", &headers, &body);
    assert_eq!(elsewhere.status, 200, "a proxy of this machine speaks for another address");
}

#[test]
fn servers_that_share_redis_share_the_count_of_wrong_tries_and_go_on_without_it() {
    let (one, two) = (Folder::new(), Folder::new());
    let redis = redis::Redis::start();
    let settings = [("VAIDYA_REDIS_URL", redis.url.as_str())];
    let first = Server::with(&one.0, &settings, &["serve", "--demo"]);
    let second = Server::with(&two.0, &settings, &["serve", "--demo"]);
    let mut browser = first.browser();
    assert!((0..100).all(|number| wrong(&mut browser, &format!("n{number}")).status == 401));
    assert_eq!(wrong(&mut second.browser(), "n").status, 429, "the other server knows");
    assert_eq!(browser.send("GET", "/readyz", &[], "").json()["redis"], "ok");
    redis.stop();
    let ready = browser.send("GET", "/readyz", &[], "");
    assert_eq!((ready.status, ready.json()["redis"].as_str()), (503, Some("down")));
    assert_eq!(wrong(&mut second.browser(), "n").status, 401, "memory counts now");
    assert_eq!(second.browser().post("/login", &json!({"login": "d001", "password": "doctor123"})).status, 200);
    assert!(first.stop().contains("Redis does not answer"));
}

#[test]
fn each_role_sees_whom_it_may_and_only_the_admin_makes_people() {
    let folder = Folder::new();
    let server = Server::start(&folder.0);
    let roles = |browser: &mut Browser| {
        let people = browser.get("/people").json();
        let mut roles: Vec<_> =
            people.as_array().unwrap().iter().map(|one| one["role"].as_str().unwrap().to_owned()).collect();
        roles.dedup();
        roles.sort_unstable();
        roles.dedup();
        roles
    };
    let mut patient = Browser::signed_in(server.port, "p001", "patient123");
    assert_eq!(roles(&mut patient), ["doctor"]);
    assert_eq!(patient.get("/people?role=patient").status, 403);
    assert_eq!(patient.get("/people?role=king").status, 422);
    assert_eq!(roles(&mut Browser::signed_in(server.port, "d001", "doctor123")), ["doctor", "patient"]);
    assert_eq!(roles(&mut Browser::signed_in(server.port, "r001", "reception123")), ["doctor", "patient"]);
    let mut admin = Browser::signed_in(server.port, "a001", "admin123");
    assert_eq!(roles(&mut admin), ["admin", "auditor", "desk", "doctor", "patient"]);
    let new = json!({"login": "P009", "name": "Someone New", "role": "patient", "password": "long enough"});
    assert_eq!(patient.post("/people", &new).status, 403);
    assert_eq!(admin.post("/people", &new).status, 201);
    assert_eq!((admin.post("/people", &new).status, admin.post("/people", &new).code().as_str()), (409, "login_taken"));
    let short = json!({"login": "p004", "name": "Someone New", "role": "patient", "password": "short"});
    assert_eq!(admin.post("/people", &short).code(), "bad_field");
    Browser::signed_in(server.port, "p009", "long enough");
}

#[test]
fn the_first_admin_comes_by_the_printed_link_once() {
    let folder = Folder::new();
    let server = Server::with(&folder.0, &[], &["serve"]);
    assert!(!server.said.contains("doctor123"));
    let code = server.said.lines().find_map(|line| line.trim().split_once("/setup/")).unwrap().1.to_owned();
    let mut browser = server.browser();
    assert_eq!(browser.get("/config").json()["setup_needed"], true);
    assert_eq!(browser.get("/config").json()["demo"], Value::Null);
    let mut admin = json!({"code": "wrong", "login": "boss", "name": "The Boss", "password": "long enough"});
    assert_eq!(
        (browser.post("/setup", &admin).status, browser.post("/setup", &admin).code().as_str()),
        (404, "bad_code")
    );
    admin["code"] = code.into();
    let made = browser.post("/setup", &admin);
    assert_eq!((made.status, made.json()["kind"].as_str()), (201, Some("enrol")), "staff have a second factor");
    Authenticator::enrolled(&mut browser);
    assert_eq!(browser.me()["role"], "admin");
    assert_eq!(browser.get("/config").json()["setup_needed"], false);
    assert_eq!(server.browser().post("/setup", &admin).code(), "bad_code");
    server.stop();
    assert!(!Server::with(&folder.0, &[], &["serve"]).said.contains("/setup/"));
}
