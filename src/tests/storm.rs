//! A storm of wrong passwords, and how long right ones take in it: a measurement, printed by `make bench`.
#![expect(clippy::disallowed_methods, clippy::print_stdout, reason = "it measures time, and says so")]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests end by panicking")]

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
const LASTS: Duration = Duration::from_secs(60);

/// Senders of wrong passwords.
const SENDERS: u32 = 400;

/// Addresses they come from.
const ADDRESSES: usize = 2_000;

/// Somebody whose password is right.
struct Right {
    /// Who they are to the server.
    who: &'static str,
    /// The device cookie of their browser, if it has one.
    device: Option<String>,
    took: Vec<Duration>,
    turned_away: usize,
}

/// A sign-in that a proxy of this machine passes on for an address.
fn sign_in(port: u16, address: &str, login: &str, key: &str, device: Option<&str>) -> Answer {
    let mut browser = Browser::new(port);
    let origin = browser.origin();
    let mut headers =
        vec![("content-type", "application/json"), ("origin", origin.as_str()), ("x-forwarded-for", address)];
    headers.extend(device.map(|device| ("cookie", device)));
    browser.send("POST", "/api/v1/login", &headers, &json!({"login": login, "key": key}).to_string())
}

fn device_cookie(answer: &Answer) -> String {
    let cookie = answer.head.split("__Host-vaidya-device=").nth(1).unwrap().split(';').next().unwrap();
    format!("__Host-vaidya-device={cookie}")
}

impl Right {
    fn new(who: &'static str, device: Option<String>) -> Self {
        Self { who, device, took: Vec::new(), turned_away: 0 }
    }

    /// Signs in, again and again while the server says that it is busy.
    fn try_it(&mut self, port: u16, address: &str, key: &str) {
        let at = Instant::now();
        loop {
            let answer = sign_in(port, address, "p001", key, self.device.as_deref());
            if answer.status != 503 {
                assert_eq!(answer.status, 200, "{}", answer.body);
                break;
            }
            self.turned_away += 1;
            let wait = answer.header("retry-after").unwrap().parse().unwrap();
            std::thread::sleep(Duration::from_secs(wait));
        }
        self.took.push(at.elapsed());
    }

    /// Prints how long it took; the longest.
    fn print(mut self) -> Duration {
        self.took.sort_unstable();
        let at = |part: usize| self.took[(self.took.len() - 1) * part / 100];
        println!(
            "  {} from {}: {} ms (p50), {} ms (p95), {} ms (most), told to try again {} times",
            self.took.len(),
            self.who,
            at(50).as_millis(),
            at(95).as_millis(),
            at(100).as_millis(),
            self.turned_away,
        );
        at(100)
    }
}

#[test]
#[ignore = "it measures for most of a minute: make bench runs it"]
fn a_right_password_in_a_storm_of_wrong_ones() {
    let folder = Folder::new();
    let server = Server::with(&folder.0, &[("VAIDYA_LOG", "error")], &["serve", "--demo"]);
    let port = server.port;
    let kdf = server.browser().get("/login/params?login=p001").json();
    let right = login_key("patient123", &kdf);
    let device = device_cookie(&sign_in(port, "203.0.113.9", "p001", &right, None));
    let (over, sent, compared) =
        (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let pause = Duration::from_secs(60) * SENDERS / STORM;
    let senders: Vec<_> = (0..SENDERS)
        .map(|sender| {
            let (over, sent, compared) = (Arc::clone(&over), Arc::clone(&sent), Arc::clone(&compared));
            std::thread::spawn(move || {
                let mut next = Instant::now() + pause * sender / SENDERS;
                while !over.load(Ordering::Relaxed) {
                    std::thread::sleep(next.saturating_duration_since(Instant::now()));
                    next += pause;
                    let number = sent.fetch_add(1, Ordering::Relaxed);
                    let from = number % ADDRESSES;
                    let address = format!("10.1.{}.{}", from / 250, from % 250 + 1);
                    let answer = sign_in(port, &address, &format!("n{number}"), &base64url([7; 32]), None);
                    compared.fetch_add(usize::from(answer.status == 401), Ordering::Relaxed);
                }
            })
        })
        .collect();
    let began = Instant::now();
    let mut rights = [
        Right::new("a browser that was here before, each time in another network", Some(device)),
        Right::new("a new browser in a network that somebody signs in from", None),
        Right::new("a new browser in a new network", None),
    ];
    let mut first = Right::new("a new browser in a new network, while most of the storm is new too", None);
    for number in 1.. {
        let [known, neighbour, stranger] = &mut rights;
        known.try_it(port, &format!("192.0.2.{number}"), &right);
        neighbour.try_it(port, "203.0.113.9", &right);
        let stranger = if sent.load(Ordering::Relaxed) < ADDRESSES { &mut first } else { stranger };
        stranger.try_it(port, &format!("198.51.100.{number}"), &right);
        if began.elapsed() > LASTS {
            break;
        }
        std::thread::sleep(Duration::from_millis(400));
    }
    let minutes = began.elapsed().as_secs_f64() / 60.0;
    over.store(true, Ordering::Relaxed);
    senders.into_iter().for_each(|sender| sender.join().unwrap());
    let a_minute = |count: &AtomicUsize| f64::from(u32::try_from(count.load(Ordering::Relaxed)).unwrap()) / minutes;
    println!(
        "login storm: {:.0} wrong passwords a minute from {ADDRESSES} addresses, {:.0} of them compared, the others told \
         that the server is busy. Right ones:",
        a_minute(&sent),
        a_minute(&compared),
    );
    let longest = rights.map(Right::print);
    first.print();
    assert!(longest.iter().all(|most| *most <= Duration::from_secs(1)), "a right password waits for at most a second");
}
