//! Sessions on devices: listed, ended, locked and unlocked, and a call that goes on behind a lock; accounts disabled.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests end by panicking")]

use serde_json::{Value, json};
use vaidya::store::sessions::LOCK_GRACE;
use vaidya_clinic::policy::Policy;
use vaidya_clinic::role::Role;
use vaidya_clinic::time::Timestamp;

use crate::authenticator::Authenticator;
use crate::browser::Browser;
use crate::house::{House, NOW, on_both, secret, session_of};
use crate::login::login_key;
use crate::server::{Folder, Server};
use crate::visit::{clinic, say};

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0";

fn key(browser: &mut Browser, login: &str, password: &str) -> Value {
    let kdf = browser.get(&format!("/login/params?login={login}")).json();
    json!({"key": login_key(password, &kdf)})
}

/// A request of another kind of browser, with this one's cookie.
fn as_firefox(browser: &mut Browser, path: &str) -> u16 {
    browser.send("GET", &format!("/api/v1{path}"), &[("user-agent", FIREFOX)], "").status
}

#[tokio::test]
async fn one_sees_ones_devices_and_logs_each_of_them_out() {
    let folder = Folder::new();
    let server = Server::start(&folder.0);
    let mut here = Browser::signed_in(server.port, "p001", "patient123");
    let mut lost = Browser::signed_in(server.port, "p001", "patient123");
    let mut other = Browser::signed_in(server.port, "p002", "patient456");
    let mut socket = lost.socket().await;
    socket.hear("welcome").await;
    let listed = here.get("/me/sessions").json();
    let rows = listed.as_array().unwrap();
    assert_eq!(rows.len(), 2, "{listed}");
    assert_eq!(rows.iter().filter(|row| row["current"] == true).count(), 1);
    assert!(rows.iter().all(|row| row["address"] == "127.0.0.1" && row["locked"] == false), "{listed}");
    let theirs = rows.iter().find(|row| row["current"] == false).unwrap()["id"].as_str().unwrap();
    let path = format!("/me/sessions/{theirs}");
    assert_eq!(other.ask("DELETE", &path, &Value::Null).status, 404, "nobody else does");
    assert_eq!(here.ask("DELETE", &path, &Value::Null).status, 204);
    assert_eq!(socket.closed().await, Some(4401));
    assert_eq!((lost.get("/me").status, here.get("/me").status), (401, 200));
}

#[tokio::test]
async fn logging_out_everywhere_closes_every_socket_but_those_one_keeps() {
    let folder = Folder::new();
    let server = Server::start(&folder.0);
    let mut here = Browser::signed_in(server.port, "p001", "patient123");
    let lost = Browser::signed_in(server.port, "p001", "patient123");
    let (mut kept, mut socket) = (here.socket().await, lost.socket().await);
    assert_eq!(here.post("/logout/everywhere", &json!({"keep": true})).status, 204);
    assert_eq!(socket.closed().await, Some(4401));
    kept.say(&json!({"t": "ping"})).await;
    kept.hear("pong").await;
    assert_eq!(here.post("/logout/everywhere", &Value::Null).status, 204);
    assert_eq!(kept.closed().await, Some(4401));
    assert_eq!(here.get("/me").status, 401);
}

#[test]
fn a_stolen_cookie_shows_as_moved_and_is_in_the_audit() {
    let folder = Folder::new();
    let server = Server::start(&folder.0);
    let mut browser = Browser::signed_in(server.port, "p001", "patient123");
    let moved = |browser: &mut Browser| browser.get("/me/sessions").json()[0]["moved"].clone();
    assert_eq!(moved(&mut browser), false);
    let mut thief = browser.clone();
    assert_eq!(as_firefox(&mut thief, "/me"), 200);
    assert_eq!(moved(&mut browser), true);
    assert_eq!(browser.post("/logout/everywhere", &Value::Null).status, 204);
    assert_eq!(as_firefox(&mut thief, "/me"), 401, "logging out everywhere ends the thief's visit too");
}

#[test]
fn a_locked_session_answers_nothing_until_the_password_is_typed() {
    let folder = Folder::new();
    let server = Server::start(&folder.0);
    let mut browser = Browser::signed_in(server.port, "p001", "patient123");
    assert_eq!(browser.post("/me/lock", &Value::Null).status, 204);
    assert_eq!(browser.post("/me/lock", &Value::Null).status, 204, "twice is once");
    assert_eq!(browser.me(), json!({"kind": "locked", "name": "Meera Nair", "login": "p001"}));
    for path in ["/visits", "/records", "/me/keys", "/me/sessions"] {
        assert_eq!((browser.get(path).status, browser.get(path).code().as_str()), (401, "locked_session"), "{path}");
    }
    assert_eq!(browser.get("/config").status, 200);
    let wrong = key(&mut browser, "p001", "not this one");
    assert_eq!(browser.post("/me/unlock", &wrong).code(), "wrong_login");
    assert_eq!(browser.get("/visits").code(), "locked_session");
    let right = key(&mut browser, "p001", "patient123");
    assert_eq!(browser.post("/me/unlock", &right).json()["kind"], "person");
    assert_eq!(browser.get("/visits").status, 200);
    for _ in 0..5 {
        assert_eq!(browser.post("/me/unlock", &wrong).code(), "wrong_login", "it tells of an open one as well");
    }
    assert_eq!(browser.post("/me/unlock", &right).code(), "locked", "wrong ones count like log-ins");
}

#[tokio::test]
async fn a_call_goes_on_behind_the_lock_and_nothing_else_begins() {
    let mut clinic = clinic();
    let visit = clinic.open_visit();
    let (mut doctor, mut patient) = clinic.both_in(&visit).await;
    assert_eq!(clinic.patient.post("/me/lock", &Value::Null).status, 204);
    patient.say(&say(&visit, 5, "still here")).await;
    doctor.hear("said").await;
    let mut again = clinic.patient.socket().await;
    assert_eq!(again.join(&visit).await["t"], "joined", "who reloads comes back to the call");
    assert_eq!(patient.hear("replaced").await["visit"].as_str(), Some(visit.as_str()));
    again.say(&json!({"t": "leave", "re": 9, "visit": visit})).await;
    again.hear("done").await;
    let refused = again.join(&visit).await;
    assert_eq!((refused["t"].as_str(), refused["code"].as_str()), (Some("refused"), Some("not_in_room")));
    assert_eq!(clinic.doctor.get("/visits").status, 200, "the lock is of one session");
}

#[tokio::test]
async fn who_is_disabled_in_the_middle_of_a_call_is_out_and_the_others_see_why() {
    let mut clinic = clinic();
    let visit = clinic.open_visit();
    let (mut doctor, mut patient) = clinic.both_in(&visit).await;
    let id = clinic.patient.me()["id"].as_str().unwrap().to_owned();
    let mut admin = Browser::signed_in(clinic.server.port, "a001", "admin123");
    assert_eq!(clinic.doctor.post(&format!("/people/{id}/disable"), &Value::Null).status, 403);
    assert_eq!(admin.post(&format!("/people/{id}/disable"), &Value::Null).status, 204);
    patient.hear("removed").await;
    assert_eq!(patient.closed().await, Some(4401));
    let seat = doctor.hear_where(|message| message["t"] == "seat" && message["seat"]["left"] == "barred").await;
    assert_eq!((seat["seat"]["role"].as_str(), seat["seat"]["here"].as_bool()), (Some("patient"), Some(false)));
    assert_eq!(clinic.patient.get("/me").status, 401);
    let mut browser = clinic.server.browser();
    let sign_in = json!({"login": "p001", "password": "patient123"});
    assert_eq!(browser.post("/login", &sign_in).code(), "wrong_login", "as if there were no such account");
    assert_eq!(admin.post(&format!("/people/{id}/enable"), &Value::Null).status, 204);
    assert_eq!(browser.post("/login", &sign_in).status, 200);
    assert_eq!(browser.socket().await.join(&visit).await["t"], "joined", "their seat is theirs again");
}

#[test]
fn an_admin_neither_disables_themselves_nor_leaves_nobody() {
    let folder = Folder::new();
    let server = Server::start(&folder.0);
    let mut admin = Browser::signed_in(server.port, "a001", "admin123");
    let own = admin.me()["id"].as_str().unwrap().to_owned();
    for deed in ["disable", "second-factor/reset"] {
        assert_eq!(admin.post(&format!("/people/{own}/{deed}"), &Value::Null).code(), "own_account");
    }
    let unknown = uuid::Uuid::new_v4();
    assert_eq!(admin.post(&format!("/people/{unknown}/disable"), &Value::Null).status, 404);
}

#[test]
fn an_admin_takes_a_lost_second_factor_away() {
    let folder = Folder::new();
    let server = Server::start(&folder.0);
    let mut patient = Browser::signed_in(server.port, "p001", "patient123");
    Authenticator::enrolled(&mut patient);
    let id = patient.me()["id"].as_str().unwrap().to_owned();
    let mut admin = Browser::signed_in(server.port, "a001", "admin123");
    assert_eq!(admin.post(&format!("/people/{id}/second-factor/reset"), &Value::Null).status, 204);
    assert_eq!(patient.get("/me").status, 401, "and with it whoever has the phone");
    assert_eq!(Browser::signed_in(server.port, "p001", "patient123").me()["kind"], "person");
}

on_both! {
    async fn a_session_nobody_uses_locks_by_the_policy_and_a_used_one_does_not(house) {
        let who = house.person("r001", Role::Desk).await;
        let token = secret(1);
        let id = house.store.open_session(session_of(&who, token, "Firefox on Linux"), NOW).await.unwrap();
        let limit = Policy::default().lock_after(Role::Desk) + LOCK_GRACE;
        let almost = Timestamp(NOW.plus(limit).0 - 1);
        assert!(!house.store.session(token, almost).await.unwrap().unwrap().locked);
        house.store.touch_session(token, almost.plus(limit / 2)).await.unwrap();
        let later = almost.plus(limit);
        assert!(!house.store.session(token, later).await.unwrap().unwrap().locked, "its socket used it in between");
        let idle = later.plus(limit);
        assert!(house.store.sessions_of(who.id, idle).await.unwrap()[0].locked, "its list says so before it is used");
        assert!(house.store.session(token, idle).await.unwrap().unwrap().locked);
        assert!(house.store.session(token, idle).await.unwrap().unwrap().locked, "and it stays so");
        house.store.unlock_session(id, idle).await.unwrap();
        assert!(!house.store.session(token, idle).await.unwrap().unwrap().locked);
    }

    async fn of_two_admins_who_disable_each_other_one_stays(house) {
        let (one, two) = (house.person("a001", Role::Admin).await, house.person("a002", Role::Admin).await);
        let both = tokio::join!(house.store.disable(one.org, two.id, NOW), house.store.disable(one.org, one.id, NOW));
        assert_eq!([both.0.is_ok(), both.1.is_ok()].iter().filter(|done| **done).count(), 1);
        assert_eq!(house.store.people(one.org, Some(Role::Admin)).await.unwrap().len(), 1);
    }
}
