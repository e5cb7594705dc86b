//! The socket: who may open one, what ends it, and what comes of garbage, floods and frames too large.

use std::collections::HashSet;

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::visit::{clinic, clinic_with, say};

#[tokio::test]
async fn only_our_own_page_with_a_session_opens_a_socket() {
    let clinic = clinic();
    let origin = clinic.doctor.origin();
    assert_eq!(clinic.server.browser().try_socket(&origin, "/ws").await.err(), Some(401));
    assert_eq!(clinic.doctor.try_socket("https://evil.example", "/ws").await.err(), Some(403));
    let mut socket = clinic.doctor.socket().await;
    let welcome = socket.next().await.unwrap();
    assert_eq!((welcome["t"].as_str(), welcome["protocol"].as_u64()), (Some("welcome"), Some(1)));
    socket.say(&json!({"t": "ping"})).await;
    assert_eq!(socket.next().await.unwrap()["t"], "pong");
    let mut other = clinic.doctor.try_socket(&origin, "/ws?protocol=99").await.unwrap_or_else(|_| unreachable!());
    assert_eq!(other.closed().await, Some(4400));
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
