//! The socket: who may open one, what ends it, and what comes of garbage, floods and frames too large.

use std::collections::HashSet;
use std::path::Path;

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::browser::base64url;
use crate::call::now;
use crate::visit::{clinic, clinic_with, say};

#[tokio::test]
async fn only_our_own_page_with_a_session_opens_a_socket() {
    let clinic = clinic();
    let origin = clinic.doctor.origin();
    assert_eq!(clinic.server.browser().try_socket(&origin, "/ws").await.err(), Some(401));
    assert_eq!(clinic.doctor.try_socket("https://evil.example", "/ws").await.err(), Some(403));
    let mut socket = clinic.doctor.socket().await;
    let welcome = socket.next().await.unwrap();
    assert_eq!((welcome["t"].as_str(), welcome["protocol"].as_u64()), (Some("welcome"), Some(2)));
    socket.say(&json!({"t": "ping"})).await;
    assert_eq!(socket.next().await.unwrap()["t"], "pong");
    for protocol in [1, 3, 99] {
        let path = format!("/ws?protocol={protocol}");
        let mut other = clinic.doctor.try_socket(&origin, &path).await.unwrap_or_else(|_| unreachable!());
        assert_eq!(other.closed().await, Some(4400), "protocol {protocol}");
    }
}

#[tokio::test]
async fn signing_out_ends_the_sockets_of_that_session_and_no_other() {
    let mut clinic = clinic();
    let (mut tab, mut second) = (clinic.doctor.socket().await, clinic.doctor.socket().await);
    let mut patient = clinic.patient.socket().await;
    assert_eq!(clinic.doctor.post("/logout", &Value::Null).status, 204);
    assert_eq!((tab.closed().await, second.closed().await), (Some(4401), Some(4401)));
    patient.say(&json!({"t": "ping"})).await;
    patient.hear("pong").await;
}

#[tokio::test]
async fn a_server_going_down_tells_its_browsers_to_come_back() {
    let mut clinic = clinic();
    let visit = clinic.open_visit();
    let (mut doctor, mut patient) = clinic.both_in(&visit).await;
    patient.say(&say(&visit, 5, "just before")).await;
    let stopping = tokio::task::spawn_blocking(move || clinic.server.stop());
    assert_eq!((doctor.closed().await, patient.closed().await), (Some(1001), Some(1001)));
    let log = stopping.await.unwrap();
    assert!(log.contains("stopping"), "{log}");
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_and_the_socket_stays() {
    let clinic = clinic();
    let mut socket = clinic.doctor.socket().await;
    let garbage = [
        Message::text("hello"),
        Message::text(""),
        Message::text("{\"t\":\"dance\"}"),
        Message::text("[".repeat(60_000)),
        Message::text("{\"t\":\"say\",\"re\":-1}"),
        Message::text("{\"t\":\"say\",\"re\":1,\"visit\":\"x\",\"id\":\"y\",\"body\":\"!\"}"),
        Message::binary(vec![0xff; 1000]),
    ];
    for frame in garbage {
        socket.frame(frame).await;
        let refused = socket.hear("refused").await;
        assert_eq!(refused["code"], "bad_message");
        assert!(refused["detail"].as_str().unwrap().len() > 10);
    }
    socket.say(&json!({"t": "ping"})).await;
    socket.hear("pong").await;
}

#[tokio::test]
async fn a_frame_too_large_ends_the_socket_and_only_that_one() {
    let clinic = clinic();
    let mut other = clinic.patient.socket().await;
    for frame in [Message::text("x".repeat(64 * 1024 + 1)), Message::binary(vec![0; 10 * 1024 * 1024])] {
        let mut socket = clinic.doctor.socket().await;
        socket.hear("welcome").await;
        let (sent, closed) = (frame.len(), {
            socket.frame(frame).await;
            socket.closed().await
        });
        // While ten megabytes are still on their way the line may be cut before the word is heard.
        assert!(closed == Some(1009) || (closed.is_none() && sent > 1024 * 1024), "{sent}: {closed:?}");
    }
    other.say(&json!({"t": "ping"})).await;
    other.hear("pong").await;
}

#[test]
fn garbage_instead_of_http_is_answered_or_cut_and_harms_nobody() {
    let clinic = clinic();
    let browser = clinic.server.browser();
    for bytes in
        [&b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..], b"GET\r\n\r\n", &[0; 5000], b"POST / HTTP/9.9\r\n\r\n"]
    {
        let answer = browser.raw(bytes);
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4") || answer.starts_with("HTTP/1.0 4"), "{answer}");
    }
    let long = format!("GET /{} HTTP/1.1\r\nhost: x\r\n\r\n", "a".repeat(300_000));
    assert!(!browser.raw(long.as_bytes()).starts_with("HTTP/1.1 2"));
    let mut browser = browser;
    assert_eq!(browser.post("/login", &json!("not an object")).code(), "bad_json");
    assert_eq!(browser.post("/login", &json!({"login": "x".repeat(20_000), "password": ""})).code(), "too_large");
    assert_eq!(browser.get("/nothing/here").code(), "not_found");
    browser.wait_until_it_answers();
}

#[tokio::test]
async fn a_thousand_messages_at_once_are_all_kept_in_one_order_for_both() {
    let mut clinic = clinic();
    let visit = clinic.open_visit();
    let (mut doctor, mut patient) = clinic.both_in(&visit).await;
    let said: Vec<_> = (0..1000).map(|number| say(&visit, number + 10, &format!("message {number}"))).collect();
    let mut ids: Vec<String> = Vec::new();
    let mut waiting: HashSet<usize> = (0..said.len()).collect();
    for message in &said {
        patient.say(message).await;
    }
    while !waiting.is_empty() {
        let heard = patient.hear_where(|message| message["t"] == "said" || message["t"] == "refused").await;
        if heard["t"] == "refused" {
            assert_eq!(heard["code"], "busy", "{heard}");
            let number = usize::try_from(heard["re"].as_u64().unwrap()).unwrap() - 10;
            patient.say(&said[number]).await;
            continue;
        }
        ids.push(heard["id"].as_str().unwrap().to_owned());
        assert_eq!(heard["seq"].as_u64().unwrap(), u64::try_from(ids.len()).unwrap(), "no gap, no double");
        waiting.retain(|number| said[*number]["id"] != heard["id"]);
    }
    for id in &ids {
        assert_eq!(doctor.hear("said").await["id"], id.as_str(), "the same order for the other");
    }
}

fn pass(visit: &str, to: &Value, body: &[u8]) -> Value {
    json!({"t": "pass", "visit": visit, "to": to, "body": base64url(body)})
}

#[tokio::test]
async fn a_key_is_shown_to_those_inside_and_is_none_when_its_holder_is_gone() {
    let mut clinic = clinic();
    let visit = clinic.open_visit();
    let (mut doctor, mut patient) = (clinic.doctor.socket().await, clinic.patient.socket().await);
    (doctor.key, patient.key) = (vec![1; 200], vec![2; 200]);
    let roster = doctor.join(&visit).await["roster"].clone();
    let keys: Vec<_> = roster.as_array().unwrap().iter().map(|seat| seat["key"].clone()).collect();
    assert!(keys.contains(&json!(base64url(&doctor.key))) && keys.contains(&Value::Null), "{roster}");
    let door = patient.join(&visit).await;
    assert_eq!(doctor.hear("seat").await["seat"]["key"], base64url(&patient.key));
    doctor.say(&json!({"t": "admit", "re": 2, "visit": visit, "seat": door["seat"]})).await;
    let roster = patient.hear("joined").await["roster"].clone();
    assert!(roster.as_array().unwrap().iter().any(|seat| seat["key"] == base64url(&doctor.key)), "{roster}");
    doctor.hear("seat").await;
    patient.key = vec![3; 200];
    assert_eq!(patient.join(&visit).await["t"], "joined");
    assert_eq!(doctor.hear("seat").await["seat"]["key"], base64url(&patient.key), "each join has its own");
    for key in [vec![], vec![4; 513]] {
        patient.key = key;
        assert_eq!(patient.join(&visit).await["code"], "bad_body");
    }
    patient.say(&json!({"t": "leave", "re": 3, "visit": visit})).await;
    let gone = doctor.hear("seat").await;
    assert_eq!((&gone["seat"]["here"], &gone["seat"]["key"]), (&json!(false), &Value::Null));
}

#[tokio::test]
async fn a_pass_goes_to_one_seat_in_order_and_nothing_of_it_or_of_a_key_stays() {
    let mut clinic = clinic();
    let visit = clinic.open_visit();
    let (canary, key) = (b"a canary that is passed on", b"a canary for a key".to_vec());
    let (doctor_seat, patient_seat) = {
        let seats = clinic.doctor.get(&format!("/visits/{visit}")).json()["seats"].clone();
        let of = |role| seats.as_array().unwrap().iter().find(|seat| seat["role"] == role).unwrap()["id"].clone();
        (of("doctor"), of("patient"))
    };
    let (mut doctor, mut patient) = clinic.both_in(&visit).await;
    patient.key = key.clone();
    patient.join(&visit).await;
    for number in 0..20 {
        patient.say(&pass(&visit, &doctor_seat, &[canary.as_slice(), &[number]].concat())).await;
    }
    for number in 0..20 {
        let passed = doctor.hear("passed").await;
        let body = base64url([canary.as_slice(), &[number]].concat());
        assert_eq!((&passed["from"], &passed["body"]), (&patient_seat, &json!(body)));
    }
    doctor.say(&pass(&visit, &patient_seat, &[1; 4097])).await;
    let refused = doctor.hear("refused").await;
    assert_eq!((refused["code"].as_str(), refused.get("re")), (Some("bad_body"), None));
    doctor.say(&pass(&visit, &json!(uuid::Uuid::new_v4()), canary)).await;
    assert_eq!(doctor.hear("refused").await["code"], "no_seat");
    let folder = clinic.folder.0.clone();
    let log = clinic.server.kill();
    for secret in [canary.as_slice(), key.as_slice()] {
        let written = base64url(secret);
        let written = written.as_bytes().split_last_chunk::<2>().unwrap().0;
        for bytes in [secret, written] {
            assert!(!holds(log.as_bytes(), bytes), "in the log");
            every_file(&folder, &|path, content| assert!(!holds(content, bytes), "in {}", path.display()));
        }
    }
}

fn holds(content: &[u8], bytes: &[u8]) -> bool {
    content.windows(bytes.len()).any(|window| window == bytes)
}

#[expect(clippy::unwrap_used, reason = "tests end by panicking")]
fn every_file(folder: &Path, look: &dyn Fn(&Path, &[u8])) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { every_file(&path, look) } else { look(&path, &std::fs::read(&path).unwrap()) }
    }
}

#[tokio::test]
async fn a_flood_of_passes_is_refused_and_the_visit_goes_on() {
    let mut clinic = clinic();
    let visit = clinic.open_visit();
    let (mut doctor, mut patient) = clinic.both_in(&visit).await;
    let started = now();
    let to = clinic.doctor.get(&format!("/visits/{visit}")).json()["seat"].clone();
    for number in 0..400_u32 {
        patient.say(&pass(&visit, &to, &number.to_be_bytes())).await;
    }
    patient.say(&say(&visit, 5, "still heard")).await;
    doctor.hear("said").await;
    let passed = doctor.heard("passed");
    let most = 64 + started.elapsed().as_millis() / 20 + 1;
    assert!(passed >= 64 && u128::try_from(passed).unwrap() <= most, "{passed} passed on, at most {most} may be");
    assert_eq!(patient.hear("refused").await["code"], "busy");
    patient.hear("said").await;
    assert_eq!(passed + patient.heard("refused") + 1, 400, "each is passed on or refused");
}

#[tokio::test]
async fn the_same_visit_on_postgres() {
    let url = crate::postgres::fresh().await;
    let mut clinic = clinic_with(&[("VAIDYA_DATABASE_URL", &url)]);
    let visit = clinic.open_visit();
    let (mut doctor, mut patient) = clinic.both_in(&visit).await;
    for number in 0..20 {
        patient.say(&say(&visit, number + 3, "hello")).await;
        assert_eq!(doctor.hear("said").await["seq"], number + 1);
    }
    let log = clinic.server.stop();
    assert!(!log.contains("Meera") && !log.contains("hello") && !log.contains(&url), "{log}");
}
