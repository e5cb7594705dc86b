//! Records over HTTP: sealed once, opened by two, whole or said to be damaged, and nothing readable on the disk.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests end by panicking")]

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use sea_orm::{ConnectionTrait as _, Database};
use serde_json::{Value, json};
use vaidya_clinic::e2ee::chat::{Place, Seen, chain_start, seal_body};
use vaidya_clinic::id::{MessageId, RecordId, VisitId};
use vaidya_clinic::vault::secret::Secret;

use crate::browser::{Browser, Socket, base64url};
use crate::device::Device;
use crate::server::Server;
use crate::visit::{Clinic, clinic, id, say};

/// A clinic whose doctor and patient have keys, and their visit.
pub(crate) struct Sealed {
    pub(crate) clinic: Clinic,
    pub(crate) visit: String,
    pub(crate) doctor: Device,
    pub(crate) patient: Device,
}

impl Sealed {
    /// The visit is open, its transcript key kept.
    async fn open() -> (Self, Socket, Socket) {
        Self::open_in(clinic()).await
    }

    async fn open_in(mut clinic: Clinic) -> (Self, Socket, Socket) {
        let visit = clinic.open_visit();
        let mut doctor = Device::registered(clinic.doctor.clone());
        let patient = Device::registered(clinic.patient.clone());
        let key = Secret::from_bytes([42; 32]);
        let wraps = json!({"first": true, "wraps": [doctor.wrap(&key), patient.wrap(&key)]});
        assert_eq!(doctor.browser.post(&format!("/visits/{visit}/wraps"), &wraps).status, 204);
        let (doctors, patients) = clinic.both_in(&visit).await;
        (Self { clinic, visit, doctor, patient }, doctors, patients)
    }

    /// Something was said, and the visit is over.
    pub(crate) async fn ended() -> Self {
        Self::ended_in(clinic()).await
    }

    pub(crate) async fn ended_in(clinic: Clinic) -> Self {
        let (sealed, mut doctor, mut patient) = Self::open_in(clinic).await;
        patient.say(&say(&sealed.visit, 3, "sealed")).await;
        patient.hear("said").await;
        end(&mut doctor, &mut patient, &sealed.visit).await;
        sealed
    }

    pub(crate) fn record(&self, text: &str) -> Value {
        self.doctor.seal(&self.visit, text, &[&self.doctor, &self.patient])
    }
}

async fn end(doctor: &mut Socket, patient: &mut Socket, visit: &str) {
    doctor.say(&json!({"t": "end", "re": 9, "visit": visit})).await;
    patient.hear("ended").await;
}

#[tokio::test]
async fn doctor_and_patient_open_the_record_and_nobody_else_finds_it() {
    let mut sealed = Sealed::ended().await;
    assert_eq!(
        sealed.patient.browser.get("/records").json(),
        json!({"records": [], "next": null, "unsealed": [sealed.visit]})
    );
    let text = r#"{"v":1,"messages":[]}"#;
    let made = sealed.doctor.browser.post("/records", &sealed.record(text));
    assert_eq!(made.status, 201, "{}", made.body);
    let view = made.json();
    let fields: Vec<_> = view.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(
        fields,
        [
            "asked",
            "at",
            "author",
            "blocks",
            "cid",
            "corrects",
            "custody",
            "department",
            "doctor",
            "id",
            "kind",
            "own",
            "patient",
            "patient_id",
            "restricted",
            "size",
            "ver",
            "visit"
        ]
    );
    let late = sealed.patient.seal(&sealed.visit, "another", &[&sealed.doctor, &sealed.patient]);
    let second = sealed.patient.browser.post("/records", &late);
    assert_eq!((second.status, second.json()), (200, view.clone()), "the one there is");
    let record = id(&view);
    assert_eq!(sealed.doctor.open(&record), text);
    assert_eq!(sealed.patient.open(&record), text);
    assert_eq!(sealed.patient.browser.get("/records").json(), json!({"records": [view], "next": null, "unsealed": []}));
    let given = sealed.patient.browser.get(&format!("/records/{record}"));
    assert_eq!(given.json()["recipients"].as_array().unwrap().len(), 1, "the wraps of others stay where they are");
    for (login, password) in
        [("p002", "patient456"), ("d002", "doctor456"), ("r001", "reception123"), ("a001", "admin123")]
    {
        let mut other = Browser::signed_in(sealed.clinic.server.port, login, password);
        // Who treats nobody and is not treated has no records at all.
        let without = login == "r001" || login == "a001";
        let nothing = if without { 403 } else { 404 };
        assert_eq!(other.get(&format!("/records/{record}")).status, nothing, "{login}");
        assert_eq!(other.get("/records").json()["records"], if without { Value::Null } else { json!([]) }, "{login}");
        assert_eq!(other.post("/records", &late).status, nothing, "{login}");
    }
    assert_eq!(sealed.clinic.server.browser().get(&format!("/records/{record}")).status, 401);
}

#[tokio::test]
async fn a_guest_of_the_visit_has_no_record() {
    let (mut sealed, mut doctor, mut patient) = Sealed::open().await;
    let link = sealed.doctor.browser.post(&format!("/visits/{}/links", sealed.visit), &json!({})).json();
    let mut guest = sealed.clinic.server.browser();
    guest.post(&format!("/links/{}/join", link["code"].as_str().unwrap()), &crate::visit::hello("An Aunt"));
    let before = sealed.doctor.browser.post("/records", &sealed.record("too early"));
    assert_eq!((before.status, before.code().as_str()), (409, "bad_state"));
    end(&mut doctor, &mut patient, &sealed.visit).await;
    let record = id(&sealed.doctor.browser.post("/records", &sealed.record("said")).json());
    for path in [format!("/records/{record}"), "/records".to_owned()] {
        assert_eq!(guest.get(&path).status, 404);
    }
    assert_eq!(guest.post("/records", &sealed.record("mine")).status, 404);
}

#[tokio::test]
async fn a_record_is_sealed_for_exactly_the_live_keys_of_both() {
    let mut sealed = Sealed::ended().await;
    let stranger = Device::registered(Browser::signed_in(sealed.clinic.server.port, "p002", "patient456"));
    let pending = Device::registered(sealed.clinic.patient.clone());
    let Sealed { visit, doctor, patient, .. } = &sealed;
    let wrong = [
        doctor.seal(visit, "x", &[doctor]),
        doctor.seal(visit, "x", &[doctor, patient, &stranger]),
        doctor.seal(visit, "x", &[doctor, patient, &pending]),
        patient.seal(visit, "x", &[doctor, patient]),
    ];
    for record in wrong {
        let answer = sealed.doctor.browser.post("/records", &record);
        assert_eq!((answer.status, answer.code().as_str()), (409, "keys_changed"), "{}", answer.body);
    }
    let blocks = sealed.clinic.folder.0.join("blocks");
    assert_eq!(files(&blocks).len(), 0, "what is not kept takes no space");
}

#[tokio::test]
async fn a_record_that_has_not_the_form_of_one_is_refused() {
    let mut sealed = Sealed::ended().await;
    let right = sealed.record("as it should be");
    let mut wrong = vec![right.clone(); 9];
    wrong[0]["iv"] = json!(base64url([1; 11]));
    wrong[1]["tag"] = json!(base64url([1; 15]));
    wrong[2]["salt"] = json!(base64url([1; 31]));
    wrong[3]["ciphertext"] = json!(base64url([1; 1_001]));
    wrong[4]["id"] = json!(uuid::Uuid::new_v4());
    wrong[5]["recipients"][0]["header"]["alg"] = json!("RSA-OAEP");
    wrong[6]["recipients"][0]["encrypted_key"] = json!(base64url([1; 255]));
    wrong[7]["protected"] = json!(base64url(r#"{"enc":"A256GCM"}"#));
    wrong[8]["recipients"] = json!([]);
    for record in &wrong {
        let answer = sealed.doctor.browser.post("/records", record);
        assert_eq!((answer.status, answer.code().as_str()), (422, "bad_field"), "{}", answer.body);
    }
    let mut twice = right.clone();
    twice["recipients"][1] = right["recipients"][0].clone();
    assert_eq!(sealed.doctor.browser.post("/records", &twice).code(), "keys_changed");
    assert_eq!(sealed.doctor.browser.post("/records", &right).status, 201);
}

#[tokio::test]
async fn a_record_of_more_than_a_block_is_refused_with_a_sentence() {
    let mut sealed = Sealed::ended().await;
    let mut record = sealed.record("small");
    record["ciphertext"] = json!(base64url(vec![1; 1 << 20]));
    let answer = sealed.doctor.browser.post("/records", &record);
    assert_eq!((answer.status, answer.code().as_str()), (422, "bad_field"));
    assert!(answer.json()["detail"].as_str().unwrap().contains("1 MiB"));
    record["ciphertext"] = json!(base64url(vec![1; 3 << 19]));
    assert_eq!(sealed.doctor.browser.post("/records", &record).code(), "too_large");
    // The largest Padmé length whose object fits.
    record["ciphertext"] = json!(base64url(vec![1; (1 << 20) - (1 << 15)]));
    assert_eq!(sealed.doctor.browser.post("/records", &record).status, 201);
}

#[tokio::test]
async fn twenty_who_seal_at_once_keep_one_record() {
    let mut sealed = Sealed::ended().await;
    let tries: Vec<_> = (0..20)
        .map(|number| {
            let Sealed { visit, doctor, patient, .. } = &sealed;
            let author = if number % 2 == 0 { doctor } else { patient };
            let record = author.seal(visit, &format!("version {number}"), &[doctor, patient]);
            let mut browser = author.browser.clone();
            std::thread::spawn(move || browser.post("/records", &record))
        })
        .collect();
    let answers: Vec<_> = tries.into_iter().map(|one| one.join().unwrap()).collect();
    assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1);
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 19);
    assert!(answers.iter().all(|answer| answer.json() == answers[0].json()));
    let opened = sealed.doctor.open(&id(&answers[0].json()));
    assert_eq!(opened, sealed.patient.open(&id(&answers[0].json())));
}

#[tokio::test]
async fn a_server_killed_between_block_and_row_shows_no_record_and_takes_it_again() {
    let sealed = Sealed::ended().await;
    let record = sealed.doctor.seal_as(
        RecordId(uuid::Uuid::new_v4()),
        &sealed.visit,
        "kept",
        &[&sealed.doctor, &sealed.patient],
    );
    // Nobody can write to the database meanwhile: the block is on disk, its row waits.
    let db =
        Database::connect(format!("sqlite://{}", sealed.clinic.folder.0.join("vaidya.db").display())).await.unwrap();
    db.execute_unprepared("BEGIN IMMEDIATE").await.unwrap();
    let (mut browser, sent) = (sealed.doctor.browser.clone(), record.clone());
    let waiting = std::thread::spawn(move || browser.post("/records", &sent).status);
    let blocks = sealed.clinic.folder.0.join("blocks");
    wait_until(|| files(&blocks).iter().any(|file| !file.to_string_lossy().contains("unfinished")));
    let Sealed { clinic, visit, mut doctor, mut patient } = sealed;
    let Clinic { server, folder, .. } = clinic;
    server.kill();
    assert_eq!(waiting.join().unwrap(), 0, "no answer came");
    db.close().await.unwrap();
    let server = Server::start(&folder.0);
    for device in [&mut doctor, &mut patient] {
        device.browser = device.browser.at(server.port);
        assert_eq!(device.browser.get("/records").json(), json!({"records": [], "next": null, "unsealed": [visit]}));
    }
    assert_eq!(doctor.browser.post("/records", &record).status, 201);
    assert_eq!(patient.open(record["id"].as_str().unwrap()), "kept");
    assert_eq!(files(&blocks).len(), 1, "the same block");
}

#[tokio::test]
async fn a_block_that_is_not_what_was_sealed_is_said_to_be_damaged() {
    let mut sealed = Sealed::ended().await;
    let record = id(&sealed.doctor.browser.post("/records", &sealed.record("whole")).json());
    let block = files(&sealed.clinic.folder.0.join("blocks")).remove(0);
    let whole = std::fs::read(&block).unwrap();
    let mut damaged = whole.clone();
    damaged[whole.len() / 2] ^= 1;
    for bytes in [damaged, whole[1..].to_vec(), Vec::new()] {
        std::fs::write(&block, bytes).unwrap();
        let answer = sealed.patient.browser.get(&format!("/records/{record}"));
        assert_eq!((answer.status, answer.code().as_str()), (500, "block_damaged"));
    }
    std::fs::remove_file(&block).unwrap();
    assert_eq!(sealed.patient.browser.get(&format!("/records/{record}")).code(), "block_damaged");
    std::fs::write(&block, whole).unwrap();
    assert_eq!(sealed.patient.open(&record), "whole");
}

#[tokio::test]
async fn what_was_said_is_nowhere_on_the_servers_disk_or_in_its_log() {
    let canary = "canary: my knee hurts since Tuesday";
    let (mut sealed, mut doctor, mut patient) = Sealed::open().await;
    let visit = VisitId(sealed.visit.parse().unwrap());
    let message = MessageId(uuid::Uuid::new_v4());
    let author = ed25519_dalek::SigningKey::from_bytes(&[5; 32]);
    let seen = Seen { seq: 0, chain: chain_start(visit) };
    let key = Secret::from_bytes([42; 32]);
    let body = seal_body(&key, &author, Place { visit, message }, seen, [9; 12], canary).unwrap();
    let say = json!({"t": "say", "re": 3, "visit": visit, "id": message, "body": base64url(&body)});
    patient.say(&say).await;
    doctor.hear("said").await;
    end(&mut doctor, &mut patient, &sealed.visit).await;
    let text = json!({"messages": [{"text": canary}]}).to_string();
    let made = sealed
        .patient
        .browser
        .post("/records", &sealed.patient.seal(&sealed.visit, &text, &[&sealed.doctor, &sealed.patient]));
    assert_eq!(made.status, 201);
    assert!(sealed.doctor.open(&id(&made.json())).contains(canary));
    let Clinic { server, folder, .. } = sealed.clinic;
    let log = server.kill();
    let disk = everything_below(&folder.0);
    assert!(found(&disk, &body), "the sealed message is there: the search finds");
    for form in forms(canary.as_bytes()).into_iter().chain(forms(key.expose())) {
        assert!(!found(&disk, &form) && !found(log.as_bytes(), &form));
    }
}

/// Bytes as they are, and what is the same of them in base64 wherever in a text they begin.
fn forms(bytes: &[u8]) -> Vec<Vec<u8>> {
    let shifted = (0..3).map(|before| {
        let text = base64url([vec![0; before], bytes.to_vec()].concat());
        text.as_bytes()[(before * 8).div_ceil(6)..text.len() - 4].to_vec()
    });
    std::iter::once(bytes.to_vec()).chain(shifted).collect()
}

/// Every file below a folder.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// The bytes of every file below a folder: database, log ahead of it, blocks and all.
pub(crate) fn everything_below(folder: &Path) -> Vec<u8> {
    let files = files(folder);
    assert!(files.iter().any(|file| file.ends_with("vaidya.db-wal")), "{files:?}");
    files.iter().flat_map(|file| std::fs::read(file).expect("a file")).collect()
}

pub(crate) fn found(place: &[u8], what: &[u8]) -> bool {
    place.windows(what.len()).any(|window| window == what)
}

/// Looks until it is so; nothing tells when a file appears.
#[expect(clippy::disallowed_methods, reason = "real files in real time")]
pub(crate) fn wait_until(done: impl Fn() -> bool) {
    let started = Instant::now();
    while !done() {
        assert!(started.elapsed() < Duration::from_secs(20), "it does not happen");
        std::thread::sleep(Duration::from_millis(5));
    }
}
