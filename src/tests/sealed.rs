//! A sealed visit as two browsers have it, through the real server: keys, roster, secrets, frames and chat; and a guest
//! with a made-up key, who opens nothing.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests end by panicking")]

use std::time::Duration;

use rand::random;
use serde_json::{Value, json};
use vaidya_clinic::e2ee::chat::{Place, Seen, TranscriptKey, chain_start, open_body, seal_body};
use vaidya_clinic::e2ee::epoch::{EpochSecret, Kind, Way, unwrap, wrap};
use vaidya_clinic::e2ee::frame::{Opener, Sealer};
use vaidya_clinic::e2ee::member::Member;
use vaidya_clinic::e2ee::pass::Pass;
use vaidya_clinic::e2ee::roster::{Entry, Known, Roster, Signed, next_epoch};
use vaidya_clinic::e2ee::{SigningKey, StaticSecret, x25519_public};
use vaidya_clinic::id::{MessageId, SeatId, VisitId};
use vaidya_clinic::time::Timestamp;
use vaidya_clinic::vault::keys::Identity;
use vaidya_clinic::visit::SeatRole;
use vaidya_clinic::wire::Body;

use crate::browser::{Browser, Socket, base64url};
use crate::call::{Call, now};
use crate::device::{Device, unwrapped};
use crate::visit::{Clinic, clinic};

/// What is in every frame of sound, and in the chat.
const CANARY: &[u8] = b"nobody but those in the room";
const NOW: Timestamp = Timestamp(1_790_000_000_000);
const PATIENCE: Duration = Duration::from_secs(20);

/// Someone in the visit, with what their browser keeps to itself.
struct Party {
    socket: Socket,
    call: Call,
    seat: SeatId,
    signer: SigningKey,
    x25519: StaticSecret,
    secret: EpochSecret,
}

impl Party {
    /// Asks for a seat with a blob of its own, in an offer with room for so many others.
    async fn joins(browser: &Browser, visit: VisitId, role: SeatRole, signer: SigningKey, others: usize) -> Self {
        let x25519 = StaticSecret::from(random::<[u8; 32]>());
        let blob = Member::make(visit, role, x25519_public(&x25519), &random(), &signer).encode();
        Self::joins_as(browser, visit, (signer, x25519, blob), others).await
    }

    async fn joins_as(
        browser: &Browser,
        visit: VisitId,
        (signer, x25519, blob): (SigningKey, StaticSecret, Vec<u8>),
        others: usize,
    ) -> Self {
        let (mut socket, (call, offer)) = (browser.socket().await, Call::new(others));
        socket.say(&join(visit, &offer, &blob)).await;
        let heard = socket.hear_where(|message| message["t"] == "lobby" || message["t"] == "joined").await;
        let (seat, secret) = (seat(&heard["seat"]), EpochSecret::from_bytes(random()));
        let mut party = Self { socket, call, seat, signer, x25519, secret };
        if heard["t"] == "joined" {
            party.call.answer(heard["answer"].as_str().unwrap());
        }
        party
    }

    /// Is let in, and sees who is there.
    async fn let_in(&mut self, visit: VisitId, by: &mut Self) -> Value {
        by.socket.say(&json!({"t": "admit", "re": 2, "visit": visit, "seat": self.seat})).await;
        let joined = self.socket.hear("joined").await;
        self.call.answer(joined["answer"].as_str().unwrap());
        joined["roster"].clone()
    }

    fn entry(&self) -> Entry {
        let ed25519 = self.signer.verifying_key().to_bytes();
        Entry { seat: self.seat, x25519: x25519_public(&self.x25519), ed25519 }
    }

    async fn pass(&mut self, visit: VisitId, to: SeatId, pass: &Pass) {
        let message = json!({"t": "pass", "visit": visit, "to": to, "body": base64url(pass.encode())});
        self.socket.say(&message).await;
    }

    async fn hears_pass(&mut self, from: SeatId) -> Pass {
        let passed = self.socket.hear("passed").await;
        assert_eq!(seat(&passed["from"]), from);
        Pass::parse(&bytes(&passed["body"])).unwrap()
    }

    /// Passes its secret of this epoch on to another.
    async fn confides(&mut self, other: &Entry, signed: &Signed, visit: VisitId) {
        let wrap = wrap(&self.secret, &self.x25519, &other.x25519, &way(visit, signed, self.seat, other.seat)).unwrap();
        let epoch = signed.roster().epoch();
        self.pass(visit, other.seat, &Pass::Secret { epoch, wrap }).await;
    }

    /// Hears the secret that another passes on.
    async fn learns(&mut self, other: &Entry, signed: &Signed, visit: VisitId) -> EpochSecret {
        let Pass::Secret { epoch, wrap } = self.hears_pass(other.seat).await else { unreachable!("a secret comes") };
        assert_eq!(epoch, signed.roster().epoch());
        unwrap(&wrap, &self.x25519, &other.x25519, &way(visit, signed, other.seat, self.seat)).unwrap()
    }
}

fn way(visit: VisitId, signed: &Signed, sender: SeatId, recipient: SeatId) -> Way {
    Way { visit, epoch: signed.roster().epoch(), roster: signed.hash(), sender, recipient }
}

fn join(visit: VisitId, offer: &str, key: &[u8]) -> Value {
    let key = base64url(key);
    json!({"t": "join", "re": 1, "visit": visit, "offer": offer, "seen": 0, "mic": true, "cam": true, "key": key})
}

fn seat(value: &Value) -> SeatId {
    serde_json::from_value(value.clone()).unwrap()
}

fn bytes(value: &Value) -> Vec<u8> {
    serde_json::from_value::<Body>(value.clone()).unwrap().0
}

fn holds(content: &[u8], bytes: &[u8]) -> bool {
    content.windows(bytes.len()).any(|window| window == bytes)
}

/// The entry of a seat whose blob in this view was signed as it must be, by the key the server has for that person.
fn verified(view: &Value, visit: VisitId, role: SeatRole, live: &Value) -> Entry {
    let member = Member::parse(&bytes(&view["key"])).unwrap();
    member.verify(visit, role).unwrap();
    assert_eq!(bytes(&live[0]["ed"]), member.ed25519, "the key of that person, not of somebody else");
    Entry { seat: seat(&view["id"]), x25519: member.x25519, ed25519: member.ed25519 }
}

/// Doctor and patient, who know each other's secrets.
struct Visit {
    clinic: Clinic,
    id: VisitId,
    keys: TranscriptKey,
    doctor: Party,
    patient: Party,
    /// What the patient knows the doctor's secret to be, and the epoch.
    learned: EpochSecret,
    epoch: u64,
}

impl Visit {
    async fn sealed() -> Self {
        let mut clinic = clinic();
        let visit = clinic.open_visit();
        let (mut d, mut p) = (Device::registered(clinic.doctor.clone()), Device::registered(clinic.patient.clone()));
        let path = format!("/visits/{visit}");
        let made = TranscriptKey::from_bytes(random());
        let wraps = json!({"first": true, "wraps": [d.wrap(&made), p.wrap(&made)]});
        assert_eq!(d.browser.post(&format!("{path}/wraps"), &wraps).status, 204);
        let live = p.browser.get(&format!("{path}/keys")).json();
        let keys = unwrapped(&bytes(&live["wraps"][0]["ek"]));
        let id = VisitId(visit.parse().unwrap());
        let mut doctor = Party::joins(&d.browser, id, SeatRole::Doctor, d.signer, 1).await;
        let mut patient = Party::joins(&p.browser, id, SeatRole::Patient, p.signer, 1).await;
        let (signed, learned) = agree(id, &live, &mut doctor, &mut patient).await;
        let epoch = signed.roster().epoch();
        Self { clinic, id, keys, doctor, patient, learned, epoch }
    }

    fn place(&self, message: MessageId) -> Place {
        Place { visit: self.id, message }
    }

    /// The doctor writes; what the patient hears of it.
    async fn writes(&mut self, text: &str) -> (MessageId, Value) {
        let message = MessageId(uuid::Uuid::new_v4());
        let seen = Seen { seq: 0, chain: chain_start(self.id) };
        let body = seal_body(&self.keys, &self.doctor.signer, self.place(message), seen, random(), text).unwrap();
        let say = json!({"t": "say", "re": 7, "visit": self.id, "id": message, "body": base64url(body)});
        self.doctor.socket.say(&say).await;
        (message, self.patient.socket.hear("said").await)
    }
}

/// Lets the patient in; roster and secrets go between the two. What the patient learned of the doctor.
async fn agree(id: VisitId, live: &Value, doctor: &mut Party, patient: &mut Party) -> (Signed, EpochSecret) {
    let door = doctor.socket.hear("seat").await["seat"].clone();
    let of_patient = verified(&door, id, SeatRole::Patient, &live["patient"]);
    let views = patient.let_in(id, doctor).await;
    let view = views.as_array().unwrap().iter().find(|view| view["role"] == "doctor").unwrap();
    let of_doctor = verified(view, id, SeatRole::Doctor, &live["doctor"]);
    let made = Roster::new(id, next_epoch(0, NOW), vec![doctor.entry(), of_patient.clone()]).unwrap();
    let made = made.sign(&doctor.signer);
    doctor.pass(id, patient.seat, &Pass::Roster(made.bytes().to_vec())).await;
    let Pass::Roster(heard) = patient.hears_pass(doctor.seat).await else { unreachable!("a roster comes") };
    let signed = Signed::parse(&heard, &Identity::parse(&of_doctor.ed25519).unwrap()).unwrap();
    let (own, others) = (patient.entry(), [of_doctor.clone()]);
    signed.roster().check(&Known { visit: id, highest: None, own: &own, others: &others }).unwrap();
    doctor.confides(&of_patient, &made, id).await;
    patient.confides(&of_doctor, &signed, id).await;
    let learned = patient.learns(&of_doctor, &signed, id).await;
    let of_the_patient = doctor.learns(&of_patient, &made, id).await;
    assert_eq!(of_the_patient.expose(), patient.secret.expose());
    (signed, learned)
}

/// Runs calls until something is true; the first one speaks.
async fn talk(calls: &mut [&mut Call], sealer: &mut Sealer, done: impl Fn(&[&mut Call]) -> bool) {
    let start = now();
    while !done(calls) {
        assert!(start.elapsed() < PATIENCE, "nothing is heard");
        for (number, call) in calls.iter_mut().enumerate() {
            // Who does not speak sends a frame of silence, so that all of them connect alike.
            call.turn(|| if number == 0 { sealer.seal(&[&[0x78], CANARY].concat()).unwrap() } else { vec![0x78; 3] });
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

#[tokio::test]
async fn a_frame_sealed_by_the_doctor_is_opened_by_the_patient_behind_the_server() {
    let mut visit = Box::pin(Visit::sealed()).await;
    let mut sealer = Sealer::new(Kind::Audio, visit.epoch, &visit.doctor.secret);
    let mut calls = [&mut visit.doctor.call, &mut visit.patient.call];
    talk(&mut calls, &mut sealer, |calls| calls[1].heard.len() >= 20).await;
    let mut opener = Opener::new(Kind::Audio, visit.epoch, &visit.learned);
    let heard = &visit.patient.call.heard;
    for frame in heard {
        assert!(!holds(frame, CANARY), "the server carries nothing readable");
        assert_eq!(opener.open(frame).unwrap(), [&[0x78], CANARY].concat());
    }
    assert!(opener.open(&heard[0]).is_err(), "and each frame once");
}

#[tokio::test]
async fn a_sealed_message_is_read_after_a_reload_and_stays_unreadable_for_the_server() {
    let mut visit = Box::pin(Visit::sealed()).await;
    let text = std::str::from_utf8(CANARY).unwrap();
    let (message, heard) = visit.writes(text).await;
    assert_eq!(open_body(&visit.keys, visit.place(message), &bytes(&heard["body"])).unwrap().text, text);
    let mut reloaded = visit.clinic.patient.socket().await;
    let chat = reloaded.join(&visit.id.0.to_string()).await["chat"].clone();
    let opened = open_body(&visit.keys, visit.place(message), &bytes(&chat[0]["body"])).unwrap();
    assert_eq!((opened.text.as_str(), opened.author), (text, visit.doctor.signer.verifying_key().into()));
    let log = visit.clinic.server.kill();
    assert!(!holds(log.as_bytes(), CANARY));
    for entry in std::fs::read_dir(&visit.clinic.folder.0).unwrap() {
        let path = entry.unwrap().path();
        assert!(path.is_dir() || !holds(&std::fs::read(&path).unwrap(), CANARY), "in {}", path.display());
    }
}

#[tokio::test]
async fn a_guest_with_a_made_up_key_is_on_no_roster_and_opens_nothing() {
    let mut visit = Box::pin(Visit::sealed()).await;
    let made = visit.clinic.doctor.post(&format!("/visits/{}/links", visit.id.0), &json!({})).json();
    let mut browser = visit.clinic.server.browser();
    browser.post(&format!("/links/{}/join", made["code"].as_str().unwrap()), &crate::visit::hello("Ravi"));
    let (signer, x25519) = (SigningKey::from_bytes(&random()), StaticSecret::from(random::<[u8; 32]>()));
    let made_up = (signer, x25519, random::<[u8; 161]>().to_vec());
    let mut guest = Party::joins_as(&browser, visit.id, made_up, 3).await;
    let is_guest = |message: &Value| message["t"] == "seat" && message["seat"]["role"] == "guest";
    let view = visit.doctor.socket.hear_where(is_guest).await["seat"].clone();
    let member = Member::parse(&bytes(&view["key"]));
    assert!(member.and_then(|member| member.verify(visit.id, SeatRole::Guest)).is_err(), "the doctor sees it");
    guest.let_in(visit.id, &mut visit.doctor).await;
    let mut sealer = Sealer::new(Kind::Audio, visit.epoch, &visit.doctor.secret);
    let mut calls = [&mut visit.doctor.call, &mut guest.call];
    talk(&mut calls, &mut sealer, |calls| calls[1].heard.len() >= 20).await;
    for secret in [&guest.secret, &visit.patient.secret] {
        let mut opener = Opener::new(Kind::Audio, visit.epoch, secret);
        assert!(guest.call.heard.iter().all(|frame| opener.open(frame).is_err() && !holds(frame, CANARY)));
    }
    let (message, heard) = visit.writes("not for guests").await;
    let made_up = TranscriptKey::from_bytes(random());
    assert!(open_body(&made_up, visit.place(message), &bytes(&heard["body"])).is_err());
    assert_eq!(guest.socket.hear("said").await["body"], heard["body"], "all that a guest has of it");
    assert_eq!(guest.socket.heard("passed"), 0, "nobody passed a secret on");
}
