//! Links over the wire: previews, the early, a second device, a patient without an account, and wrong codes.
#![expect(clippy::unwrap_used, reason = "tests end by panicking")]

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::browser::Browser;
use crate::visit::{Clinic, clinic, clinic_with, hello};

fn link(clinic: &mut Clinic, visit: &str, body: &Value) -> Value {
    let made = clinic.doctor.post(&format!("/visits/{visit}/links"), body);
    assert_eq!(made.status, 201, "{}", made.body);
    made.json()
}

fn code(link: &Value) -> &str {
    link["code"].as_str().unwrap()
}

/// Milliseconds since 1970, so much later.
fn later(span: Duration) -> u64 {
    #[expect(clippy::disallowed_methods, reason = "the server under test has the real clock")]
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    u64::try_from((now + span).as_millis()).unwrap()
}

#[test]
fn five_previews_change_nothing_and_the_guest_then_joins() {
    let mut clinic = clinic();
    let visit = clinic.open_visit();
    let made = link(&mut clinic, &visit, &json!({}));
    let path = format!("/api/v1/links/{}", code(&made));
    for _ in 0..5 {
        let seen = clinic.server.browser().send("GET", &path, &[("user-agent", "WhatsApp/2.23 A")], "");
        assert_eq!((seen.status, seen.json()["state"].as_str()), (200, Some("open")), "{}", seen.body);
        assert!(seen.header("set-cookie").is_none());
    }
    let links = clinic.doctor.get(&format!("/visits/{visit}/links")).json();
    assert_eq!(links[0]["used"], false);
    let mut guest = clinic.server.browser();
    let joined = guest.post(&format!("/links/{}/join", code(&made)), &hello("Ravi"));
    assert_eq!(joined.status, 200, "{}", joined.body);
    let seats = clinic.doctor.get(&format!("/visits/{visit}")).json()["seats"].clone();
    let told = seats.as_array().unwrap().iter().find(|seat| seat["role"] == "guest").unwrap().clone();
    assert_eq!((told["birth_year"].as_i64(), told["confirmed_at"].is_number()), (Some(1980), true), "{told}");
    let seen = clinic.patient.get(&format!("/visits/{visit}"));
    assert!(!seen.body.contains("birth_year"), "for the doctor alone: {}", seen.body);
}

#[test]
fn who_comes_too_early_is_told_when_and_who_confirms_nothing_is_asked_to() {
    let mut clinic = clinic();
    let patient = clinic.patient.me()["id"].clone();
    let at = later(Duration::from_secs(7200));
    let visit = clinic.doctor.post("/visits", &json!({"patient": patient, "at": at}));
    assert_eq!((visit.status, visit.json()["planned_at"].as_u64()), (201, Some(at)), "{}", visit.body);
    let visit = visit.json()["id"].as_str().unwrap().to_owned();
    let made = link(&mut clinic, &visit, &json!({}));
    let mut guest = clinic.server.browser();
    assert_eq!(guest.get(&format!("/links/{}", code(&made))).json()["state"], "too_early");
    let early = guest.post(&format!("/links/{}/join", code(&made)), &hello("Ravi"));
    assert_eq!((early.status, early.code().as_str()), (409, "too_early"));
    let wait: u64 = early.header("retry-after").unwrap().parse().unwrap();
    assert!((5000..=5400).contains(&wait), "{wait}");
    for bad in [
        json!({"name": "Ravi", "birth_year": 1980, "confirmed": false}),
        json!({"name": "Ravi", "birth_year": 3000, "confirmed": true}),
        json!({"name": "", "birth_year": 1980, "confirmed": true}),
    ] {
        assert_eq!(guest.post(&format!("/links/{}/join", code(&made)), &bad).code(), "bad_field", "{bad}");
    }
    for at in [0, later(Duration::from_secs(91 * 24 * 3600))] {
        assert_eq!(clinic.doctor.post("/visits", &json!({"patient": patient, "at": at})).code(), "bad_field");
    }
    let doctor = clinic.doctor.me()["id"].clone();
    assert_eq!(clinic.patient.post("/visits", &json!({"doctor": doctor, "at": at})).status, 403);
}

#[tokio::test]
async fn a_second_device_waits_with_a_flag_and_goes_with_the_first() {
    let mut clinic = clinic();
    let visit = clinic.open_visit();
    let made = link(&mut clinic, &visit, &json!({}));
    let join = format!("/links/{}/join", code(&made));
    let (mut first, mut second) = (clinic.server.browser(), clinic.server.browser());
    let me = first.post(&join, &hello("Ravi")).json();
    let other = second.post(&join, &hello("Ravi")).json();
    assert_eq!(second.post(&join, &hello("Ravi")).json()["seat"], other["seat"], "the same seat again");
    let mut doctor = clinic.doctor.socket().await;
    doctor.join(&visit).await;
    let (mut at_door, mut flagged) = (first.socket().await, second.socket().await);
    assert_eq!(at_door.join(&visit).await["t"], "lobby");
    assert_eq!(flagged.join(&visit).await["t"], "lobby");
    let seen = doctor.hear_where(|heard| heard["t"] == "seat" && heard["seat"]["id"] == other["seat"]).await;
    assert_eq!(seen["seat"]["flag"], "second_device");
    doctor.say(&json!({"t": "remove", "re": 5, "visit": visit, "seat": me["seat"]})).await;
    doctor.hear("done").await;
    for socket in [&mut at_door, &mut flagged] {
        socket.hear("removed").await;
        assert_eq!(socket.closed().await, Some(4401));
    }
    for browser in [&mut first, &mut second] {
        assert_eq!(browser.post(&join, &hello("Ravi")).code(), "bad_link");
    }
}

#[tokio::test]
async fn a_patient_without_an_account_comes_by_a_message_and_takes_the_patients_seat() {
    let mut clinic = clinic_with(&[("VAIDYA_SMS", "browser")]);
    let mut desk = Browser::signed_in(clinic.server.port, "r001", "reception123");
    let who = json!({"name": "Asha Verma", "phone": "+919876543210", "language": "hi"});
    let doctor = clinic.doctor.me()["id"].clone();
    let visit = desk.post("/visits", &json!({"patient": who, "doctor": doctor}));
    assert_eq!(visit.status, 201, "{}", visit.body);
    let visit = visit.json()["id"].as_str().unwrap().to_owned();
    let wish = json!({"for": "patient", "phone": "+919876543210", "language": "hi"});
    let made = desk.post(&format!("/visits/{visit}/links"), &wish).json();
    assert_eq!(
        desk.post(&format!("/visits/{visit}/links/{}/resend", made["id"].as_str().unwrap()), &json!({})).status,
        429
    );
    let listed = desk.get(&format!("/visits/{visit}/links"));
    assert!(!listed.body.contains("+919876543210"), "masked: {}", listed.body);
    let mut phone = clinic.server.browser();
    let me = phone.post(&format!("/links/{}/join", code(&made)), &hello("Asha")).json();
    let shown = phone.get(&format!("/visits/{visit}")).json();
    let own = shown["seats"].as_array().unwrap().iter().find(|seat| seat["id"] == me["seat"]).unwrap().clone();
    assert_eq!((own["role"].as_str(), own["name"].as_str()), (Some("patient"), Some("Asha")));
    let mut socket = phone.socket().await;
    assert_eq!(socket.join(&visit).await["t"], "lobby");
    let mut host = clinic.doctor.socket().await;
    host.join(&visit).await;
    host.say(&json!({"t": "admit", "re": 2, "visit": visit, "seat": me["seat"]})).await;
    socket.hear("joined").await;
    let keys = phone.get(&format!("/visits/{visit}/keys")).json();
    assert_eq!((keys["patient"].clone(), keys["wraps"].clone()), (json!([]), json!([])), "no key, like a guest");
}

#[test]
fn guessed_codes_tell_nothing_and_end_in_a_wait() {
    let mut clinic = clinic();
    clinic.open_visit();
    let mut stranger = clinic.server.browser();
    let guesses: Vec<_> = (0..150).map(|n| stranger.get(&format!("/links/{n:012}"))).collect();
    let (found, waiting): (Vec<_>, Vec<_>) = guesses.iter().partition(|one| one.status == 404);
    assert!(found.iter().all(|one| one.code() == "bad_link" && one.body == found[0].body));
    assert!(!waiting.is_empty() && waiting.iter().all(|one| one.status == 429 && one.header("retry-after").is_some()));
}

#[test]
fn a_clinic_that_wants_no_guests_makes_no_links_for_them() {
    let mut clinic = clinic();
    let visit = clinic.open_visit();
    let mut admin = Browser::signed_in(clinic.server.port, "a001", "admin123");
    let mut policy = admin.get("/organisation").json()["policy"].clone();
    policy["guests"] = json!(false);
    let kept = admin.ask("PATCH", "/organisation", &json!({"policy": policy}));
    assert_eq!(kept.status, 200, "{}", kept.body);
    let refused = clinic.doctor.post(&format!("/visits/{visit}/links"), &json!({}));
    assert_eq!((refused.status, refused.code().as_str()), (403, "no_guests"));
    let patient = clinic.doctor.post(&format!("/visits/{visit}/links"), &json!({"for": "patient"}));
    assert_eq!(patient.status, 201, "the patient may still come by a link: {}", patient.body);
}
