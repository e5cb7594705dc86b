//! The audit over the wire: who tried to come in and could not, what was done in a room, and who went.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests end by panicking")]

use serde_json::{Value, json};

use crate::authenticator::Authenticator;
use crate::browser::{Browser, Socket};
use crate::server::{Folder, Server};
use crate::visit::{Clinic, clinic, hello, id};

/// What the auditor reads of one action, oldest first.
fn entries(port: u16, action: &str) -> Vec<Value> {
    let mut auditor = Browser::signed_in(port, "u001", "auditor123");
    let page = auditor.get(&format!("/audit?action={action}"));
    assert_eq!(page.status, 200, "{}", page.body);
    let mut entries: Vec<_> = page.json()["entries"].as_array().unwrap().clone();
    entries.reverse();
    entries
}

/// How the entries of an action ended, oldest first.
fn outcomes(port: u16, action: &str) -> Vec<u64> {
    entries(port, action).iter().map(|entry| entry["outcome"].as_u64().unwrap()).collect()
}

#[test]
fn a_wrong_password_and_a_wrong_code_are_written_down_with_whose_account_it_was_and_never_what_was_typed() {
    let folder = Folder::new();
    let server = Server::start(&folder.0);
    let mut patient = Browser::signed_in(server.port, "p001", "patient123");
    let (me, mut phone) = (patient.me()["id"].clone(), Authenticator::enrolled(&mut patient));
    let mut thief = server.browser();
    let typed = json!({"login": "p001", "password": "correct horse battery"});
    assert_eq!(thief.post("/login", &typed).status, 401);
    assert_eq!(thief.post("/login", &json!({"login": "p001", "password": "patient123"})).status, 200);
    assert_eq!(thief.post("/login/code", &json!({"code": phone.code(-40)})).status, 401);
    assert_eq!(thief.post("/login/code", &json!({"code": phone.next()})).status, 200);
    let tried = entries(server.port, "login");
    let wrong: Vec<_> = tried.iter().filter(|entry| entry["outcome"] == 401).collect();
    let words: Vec<_> = wrong.iter().map(|entry| entry["action"].as_str().unwrap()).collect();
    assert_eq!(words, ["login", "login.factor"], "{tried:?}");
    assert_eq!((&wrong[0]["about"], &wrong[1]["actor"]), (&me, &me), "{wrong:?}");
    assert_eq!(
        (&wrong[0]["by"], &wrong[0]["address"]),
        (&json!("nobody"), &json!("127.0.0.1")),
        "who it was is not known"
    );
    assert!(tried.iter().any(|entry| entry["action"] == "login.factor" && entry["outcome"] == 200));
    let own = patient.get("/me/audit").body;
    assert!(own.contains("login.factor"), "{own}");
    let mut auditor = Browser::signed_in(server.port, "u001", "auditor123");
    let all = auditor.get("/audit").body;
    assert!(!all.contains("correct horse") && !all.contains("p001"), "what was typed is nobody's to read");
}

#[test]
fn a_try_for_an_account_that_is_not_there_is_written_down_too() {
    let folder = Folder::new();
    let server = Server::start(&folder.0);
    let sent = json!({"login": "zz-stranger", "password": "not this one"});
    assert_eq!(server.browser().post("/login", &sent).status, 401);
    let tokens = server.browser().post("/login", &json!({"login": "zz-stranger"}));
    assert_eq!(tokens.status, 422, "what could not even be tried is not");
    // No organisation is concerned, so it is in no organisation's audit; the whole chain has it.
    let before = verified(server.port);
    assert_eq!(server.browser().post("/login", &sent).status, 401);
    // Between the two: the try, the auditor signing in, and the first look.
    assert_eq!(verified(server.port) - before, 3);
}

#[test]
fn a_stranger_who_signs_out_leaves_nothing() {
    let folder = Folder::new();
    let server = Server::start(&folder.0);
    let before = verified(server.port);
    assert_eq!(server.browser().post("/logout", &Value::Null).status, 204);
    // Between the two: the auditor signing in, and the first look.
    assert_eq!(verified(server.port) - before, 2, "or whoever sends millions of them fills the disk");
}

/// How many entries the whole chain has, which must hold.
fn verified(port: u16) -> u64 {
    let walked = Browser::signed_in(port, "u001", "auditor123").get("/audit/verify").json();
    assert_eq!(walked["ok"], true, "{walked}");
    walked["entries"].as_u64().unwrap()
}

#[test]
fn every_way_out_is_written_down() {
    let folder = Folder::new();
    let server = Server::start(&folder.0);
    let (mut here, mut there) =
        (Browser::signed_in(server.port, "p001", "patient123"), Browser::signed_in(server.port, "p001", "patient123"));
    let me = here.me()["id"].clone();
    let listed = here.get("/me/sessions").json();
    let lost = listed.as_array().unwrap().iter().find(|row| row["current"] == false).unwrap();
    assert_eq!(here.ask("DELETE", &format!("/me/sessions/{}", id(lost)), &Value::Null).status, 204);
    assert_eq!(there.get("/me").status, 401);
    assert_eq!(here.post("/logout", &Value::Null).status, 204);
    let mut again = Browser::signed_in(server.port, "p001", "patient123");
    assert_eq!(again.post("/logout/everywhere", &Value::Null).status, 204);
    for action in ["session.end", "logout", "logout.everywhere"] {
        let found: Vec<_> =
            entries(server.port, action).into_iter().filter(|entry| entry["action"] == action).collect();
        assert_eq!(found.len(), 1, "{action}: {found:?}");
        assert_eq!((&found[0]["actor"], &found[0]["outcome"]), (&me, &json!(200)), "{action}");
        assert!(found[0]["session"].is_string(), "{action} says in which session");
    }
    assert_eq!(entries(server.port, "session.end")[0]["subject"], lost["id"]);
}

/// A guest at the door: their browser, their socket, and their seat.
async fn guest(clinic: &mut Clinic, visit: &str) -> (Browser, Socket, Value) {
    let link = clinic.doctor.post(&format!("/visits/{visit}/links"), &json!({"for": "guest"})).json();
    let code = link["url"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    let mut browser = clinic.server.browser();
    assert_eq!(browser.post(&format!("/links/{code}/join"), &hello("Kabir")).status, 200);
    let mut socket = browser.socket().await;
    let seat = socket.join(visit).await["seat"].clone();
    (browser, socket, seat)
}

#[tokio::test]
async fn what_is_done_in_a_room_is_written_down_as_asked_and_once_more_when_it_is_refused() {
    let mut clinic = clinic();
    let port = clinic.server.port;
    let visit = clinic.open_visit();
    let (mut doctor, mut patient) = clinic.both_in(&visit).await;
    let (_browser, _socket, seat) = guest(&mut clinic, &visit).await;
    let nobody = uuid::Uuid::new_v4();
    for (re, what) in [(11, "admit"), (12, "remove"), (13, "end")] {
        patient.say(&json!({"t": what, "re": re, "visit": visit, "seat": seat})).await;
        patient.hear_where(|heard| heard["re"] == re && heard["t"] == "refused").await;
    }
    for (re, what, seat) in [(21, "admit", &seat), (22, "remove", &seat), (23, "admit", &json!(nobody))] {
        doctor.say(&json!({"t": what, "re": re, "visit": visit, "seat": seat})).await;
        let answered = doctor
            .hear_where(|heard| heard["re"] == re && ["done", "refused"].contains(&heard["t"].as_str().unwrap()))
            .await;
        assert_eq!(answered["t"] == "done", re != 23, "{answered}");
    }
    doctor.say(&json!({"t": "end", "re": 24, "visit": visit})).await;
    patient.hear("ended").await;
    // The patient asked and was refused; the doctor let in and put out; and nobody is on a seat that there is not.
    assert_eq!(outcomes(port, "visit.admit"), [202, 202, 403, 202, 202, 404]);
    assert_eq!(outcomes(port, "visit.remove"), [202, 403, 202]);
    assert_eq!(outcomes(port, "visit.end"), [202, 403, 202]);
    let (host, me) = (clinic.doctor.me(), clinic.patient.me());
    let removed = &entries(port, "visit.remove")[2];
    assert_eq!((&removed["actor"], &removed["about"], &removed["subject"]), (&host["id"], &me["id"], &seat));
    assert_eq!(removed["visit"], json!(visit));
    let joined: Vec<_> = entries(port, "visit.join").iter().map(|entry| entry["by"].clone()).collect();
    assert_eq!(joined, ["person", "person", "guest"]);
}

#[tokio::test]
async fn a_stranger_at_a_visit_is_written_down_with_the_answer() {
    let mut clinic = clinic();
    let visit = clinic.open_visit();
    let mut stranger = Browser::signed_in(clinic.server.port, "p002", "patient456").socket().await;
    assert_eq!(stranger.join(&visit).await["code"], "no_visit");
    assert_eq!(outcomes(clinic.server.port, "visit.join"), [202, 404]);
}
