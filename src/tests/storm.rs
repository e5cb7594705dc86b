//! A storm of wrong passwords, and how long a right one takes in it: a measurement, printed by `make bench`.
#![expect(clippy::disallowed_methods, clippy::print_stdout, reason = "it measures time, and says so")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::browser::{Answer, Browser, base64url};
use crate::login::login_key;
use crate::server::{Folder, Server};

/// Wrong passwords a minute.
const STORM: u32 = 10_000;

/// How long it lasts.
const LASTS: Duration = Duration::from_secs(40);

/// Senders of wrong passwords.
const SENDERS: u32 = 160;

/// Addresses they come from.
const ADDRESSES: usize = 2_000;

/// A sign-in that a proxy of this machine passes on for an address.
fn sign_in(port: u16, address: &str, login: &str, key: &str) -> Answer {
    let mut browser = Browser::new(port);
    let origin = browser.origin();
    let headers = [("content-type", "application/json"), ("origin", origin.as_str()), ("x-forwarded-for", address)];
    browser.send("POST", "/api/v1/login", &headers, &json!({"login": login, "key": key}).to_string())
}

#[test]
#[ignore = "it measures for most of a minute: make bench runs it"]
fn a_right_password_in_a_storm_of_wrong_ones() {
    let folder = Folder::new();
    let server = Server::with(&folder.0, &[("VAIDYA_LOG", "error")], &["serve", "--demo"]);
    let port = server.port;
    let kdf = server.browser().get("/login/params?login=p001").json();
    let right = login_key("patient123", &kdf);
    let (over, sent) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let pause = Duration::from_secs(60) * SENDERS / STORM;
    let senders: Vec<_> = (0..SENDERS)
        .map(|_| {
            let (over, sent) = (Arc::clone(&over), Arc::clone(&sent));
            std::thread::spawn(move || {
                let mut next = Instant::now();
                while !over.load(Ordering::Relaxed) {
                    let number = sent.fetch_add(1, Ordering::Relaxed);
                    let from = number % ADDRESSES;
                    let address = format!("10.1.{}.{}", from / 250, from % 250 + 1);
                    sign_in(port, &address, &format!("n{number}"), &base64url([7; 32]));
                    next += pause;
                    std::thread::sleep(next.saturating_duration_since(Instant::now()));
                }
            })
        })
        .collect();
    let (began, mut took) = (Instant::now(), Vec::new());
    while began.elapsed() < LASTS {
        let at = Instant::now();
        let answer = sign_in(port, "203.0.113.9", "p001", &right);
        took.push(at.elapsed());
        assert_eq!(answer.status, 200, "{}", answer.body);
        std::thread::sleep(Duration::from_millis(400));
    }
    let minutes = began.elapsed().as_secs_f64() / 60.0;
    over.store(true, Ordering::Relaxed);
    senders.into_iter().for_each(|sender| sender.join().unwrap());
    took.sort_unstable();
    let at = |part: usize| took[(took.len() - 1) * part / 100].as_millis();
    println!(
        "login storm: {:.0} wrong passwords a minute from {ADDRESSES} addresses; {} right ones took {} ms (p50), {} ms (p95), {} ms (most)",
        f64::from(u32::try_from(sent.load(Ordering::Relaxed)).unwrap()) / minutes,
        took.len(),
        at(50),
        at(95),
        at(100),
    );
    assert!(at(100) <= 1_000, "a right password waits for at most a second");
}
