//! Consents over the wire: asked for, told to the patient alone, given, and shut again while a page is open.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests end by panicking")]

use std::time::{Duration, Instant};

use sea_orm::{ConnectionTrait as _, Database, Statement};
use serde_json::{Value, json};
use uuid::Uuid;
use vaidya_clinic::consent::{Approval, Grantee, Purpose, Scope, Subject, Terms};
use vaidya_clinic::id::{ConsentId, RecordId};
use vaidya_clinic::organisation::Language;
use vaidya_clinic::record::RecordKind;
use vaidya_clinic::time::Timestamp;
use vaidya_clinic::wire::Body;

use crate::browser::{Answer, Browser, base64url};
use crate::device::{Device, Writing, unwrapped};
use crate::visit::{Clinic, clinic, id};

/// A patient with a telephone, the doctor who treats them, and another one; both doctors have keys.
struct Shared {
    clinic: Clinic,
    patient: Value,
    treating: Device,
    other: Device,
}

impl Shared {
    async fn open() -> Self {
        let mut clinic = clinic();
        clinic.open_visit();
        let patient = clinic.patient.me()["id"].clone();
        let file = format!("sqlite://{}", clinic.folder.0.join("vaidya.db").display());
        let db = Database::connect(file).await.unwrap();
        db.execute_unprepared("UPDATE person SET phone = '+919876543210' WHERE login = 'p001'").await.unwrap();
        db.close().await.unwrap();
        let treating = Device::registered(clinic.doctor.clone());
        let other = Device::registered(Browser::signed_in(clinic.server.port, "d002", "doctor456"));
        Self { clinic, patient, treating, other }
    }

    /// The treating doctor writes something about the patient.
    fn writes(&mut self, kind: RecordKind, text: &str, readers: &[&Device]) -> String {
        let patient = serde_json::from_value(self.patient.clone()).unwrap();
        let record = RecordId(Uuid::new_v4());
        let what = Writing { record, version: 1, kind, patient, visit: None, text: text.to_owned() };
        let all: Vec<&Device> = std::iter::once(&self.treating).chain(readers.iter().copied()).collect();
        let sealed = self.treating.write(&what, &all);
        let kept = self.treating.browser.post("/records", &sealed);
        assert_eq!(kept.status, 201, "{}", kept.body);
        id(&kept.json())
    }

    fn asks(&mut self, kinds: &[&str]) -> Answer {
        let wish = json!({"patient": self.patient, "subject": "share", "purpose": "treatment", "kinds": kinds,
            "minutes": 1_440, "why": "follow_up"});
        self.other.browser.post("/consents", &wish)
    }

    /// The newest message to the patient.
    fn message(&mut self) -> String {
        let messages = self.clinic.server.browser().get("/messages").json();
        messages[0]["body"].as_str().unwrap().to_owned()
    }

    fn sees(&mut self, record: &str) -> u16 {
        self.other.browser.get(&format!("/records/{record}")).status
    }
}

/// Waits until it is so; nothing tells when a job is done.
#[expect(clippy::disallowed_methods, reason = "a real server in real time")]
fn wait_until(mut done: impl FnMut() -> bool) {
    let started = Instant::now();
    while !done() {
        assert!(started.elapsed() < Duration::from_secs(20), "it does not happen");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[tokio::test]
async fn a_code_goes_to_the_patient_alone_and_opens_what_was_asked_for_until_it_is_taken_back() {
    let mut shared = Shared::open().await;
    let lab = shared.writes(RecordKind::Lab, "haemoglobin 13", &[]);
    let note = shared.writes(RecordKind::Note, "rest", &[]);
    assert_eq!(shared.sees(&lab), 404);
    let asked = shared.asks(&["lab"]);
    assert_eq!((asked.status, asked.json()["state"].as_str()), (201, Some("asked")), "{}", asked.body);
    let message = shared.message();
    let code = message.split(' ').next().unwrap().to_owned();
    assert!(code.len() == 6 && message.contains("Dr Harpreet Singh see lab reports for 24 h"), "{message}");
    let consent = id(&asked.json());
    let everything = [
        asked.body,
        shared.other.browser.get("/consents").body,
        shared.other.browser.get(&format!("/consents/{consent}")).body,
    ];
    assert!(everything.iter().all(|answer| !answer.contains(&code)), "the doctor is never shown it");
    let redeem = format!("/consents/{consent}/redeem");
    assert_eq!(shared.treating.browser.post(&redeem, &json!({"code": code})).status, 404, "asked by another doctor");
    let wrong = if code == "000000" { "000001" } else { "000000" };
    assert_eq!(shared.other.browser.post(&redeem, &json!({"code": wrong})).code(), "wrong_code");
    let granted = shared.other.browser.post(&redeem, &json!({"code": code}));
    assert_eq!((granted.status, granted.json()["asserted"].as_bool()), (200, Some(true)), "{}", granted.body);
    assert_eq!(shared.other.browser.post(&redeem, &json!({"code": code})).code(), "code_spent", "replayed");
    assert_eq!(shared.other.open(&lab), "haemoglobin 13", "the clinic wrapped it");
    assert_eq!(shared.sees(&note), 404);
    let later = shared.writes(RecordKind::Lab, "haemoglobin 14", &[]);
    let given = |other: &mut Device| {
        other.browser.get(&format!("/records/{later}")).json()["recipients"]
            .as_array()
            .is_some_and(|all| !all.is_empty())
    };
    wait_until(|| given(&mut shared.other));
    assert_eq!(shared.other.open(&later), "haemoglobin 14", "and what is new, too");
    let fhir = shared.clinic.patient.get(&format!("/consents/{consent}/fhir"));
    assert_eq!(fhir.header("content-type"), Some("application/fhir+json"));
    assert_eq!(
        (fhir.json()["resourceType"].as_str(), fhir.json()["status"].as_str()),
        (Some("Consent"), Some("active"))
    );
    let mut socket = shared.other.browser.socket().await;
    let started = vaidya::clock::instant();
    assert_eq!(shared.clinic.patient.post(&format!("/consents/{consent}/revoke"), &Value::Null).status, 200);
    let told = socket.hear_where(|message| message["t"] == "grant" && message["state"] == "revoked").await;
    assert!(started.elapsed() < Duration::from_secs(5) && told["consent"] == consent.as_str(), "an open page closes");
    assert_eq!((shared.sees(&lab), shared.sees(&later)), (404, 404));
}

#[tokio::test]
async fn what_was_said_aloud_opens_when_the_desk_confirms_it_and_the_clinic_signs() {
    let mut shared = Shared::open().await;
    let lab = shared.writes(RecordKind::Lab, "haemoglobin 13", &[]);
    let consent = id(&shared.asks(&["lab"]).json());
    let mut desk = Browser::signed_in(shared.clinic.server.port, "r001", "reception123");
    let me = desk.me()["id"].clone();
    let witness = format!("/consents/{consent}/witness");
    let mut socket = desk.socket().await;
    assert_eq!(shared.clinic.patient.post(&witness, &json!({"witness": me})).status, 403);
    let called = shared.other.browser.post(&witness, &json!({"witness": me}));
    assert_eq!((called.status, &called.json()["witness"]["id"]), (200, &me), "{}", called.body);
    socket.hear_where(|message| message["t"] == "grant" && message["consent"] == consent.as_str()).await;
    assert_eq!(desk.get("/me/witness").json()[0]["id"], json!(consent));
    let confirm = format!("{witness}/confirm");
    assert_eq!(shared.treating.browser.post(&confirm, &Value::Null).status, 404, "nobody confirms for another");
    assert_eq!(shared.sees(&lab), 404);
    let given = desk.post(&confirm, &Value::Null);
    assert_eq!((given.status, given.json()["how"].as_str()), (200, Some("witness")), "{}", given.body);
    assert_eq!(shared.other.open(&lab), "haemoglobin 13", "the clinic wrapped it");
    let fhir = shared.clinic.patient.get(&format!("/consents/{consent}/fhir")).json();
    let by = &fhir["verification"][0]["extension"][0]["valueReference"]["reference"];
    assert_eq!(by, &json!(format!("Practitioner/{}", me.as_str().unwrap())));
    assert!(shared.message().contains("you said yes"), "the patient is told");
    let file = format!("sqlite://{}", shared.clinic.folder.0.join("vaidya.db").display());
    let db = Database::connect(file).await.unwrap();
    let signed = Statement::from_string(db.get_database_backend(), "SELECT count(signature) AS n FROM consent");
    let row = db.query_one_raw(signed).await.unwrap().unwrap();
    assert_eq!(row.try_get::<i64>("", "n").unwrap(), 1, "the clinic signed it");
    db.close().await.unwrap();
}

#[tokio::test]
async fn a_patient_says_yes_in_the_app_and_wraps_for_the_doctor() {
    let mut shared = Shared::open().await;
    let mut patient = Device::registered(shared.clinic.patient.clone());
    let lab = shared.writes(RecordKind::Lab, "haemoglobin 13", &[&patient]);
    let asked = shared.asks(&["lab"]).json();
    assert!(asked["code"].is_null() && !shared.message().contains("lets"), "no code where there is a key");
    let consent = id(&asked);
    let shown = patient.browser.get(&format!("/consents/{consent}?key={}", patient.id.0)).json();
    assert_eq!(shown["keys"].as_array().unwrap().len(), 1, "{shown}");
    let wraps: Vec<Value> = shown["wraps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            let ek: Body = serde_json::from_value(one["ek"].clone()).unwrap();
            let mut wrap = shared.other.wrap(&unwrapped(&ek.0));
            (wrap["record"], wrap["ver"]) = (one["record"].clone(), one["ver"].clone());
            wrap
        })
        .collect();
    assert_eq!(wraps.len(), 1);
    let until = Timestamp(vaidya::clock::now().0 + 86_400_000);
    let terms = Terms {
        subject: Subject::Share,
        purpose: Purpose::Treatment,
        scope: Scope { kinds: vec![RecordKind::Lab], departments: None },
        minutes: Some(1_440),
        text: 1,
        language: Language::En,
    };
    let approval = Approval {
        consent: ConsentId(consent.parse().unwrap()),
        patient: patient.person,
        key: patient.id,
        grantee: Grantee::Person(shared.other.person),
        until: Some(until),
        terms: &terms,
    };
    let signature = base64url(patient.sign(&approval.statement().message()));
    let yes = json!({"key": patient.id, "until": until, "signature": signature, "wraps": wraps});
    let mut forged = yes.clone();
    forged["until"] = json!(until.0 - 1);
    let approve = format!("/consents/{consent}/approve");
    assert_eq!(patient.browser.post(&approve, &forged).code(), "bad_key");
    let granted = patient.browser.post(&approve, &yes);
    assert_eq!((granted.status, granted.json()["how"].as_str()), (200, Some("tap")), "{}", granted.body);
    assert_eq!(patient.browser.post(&approve, &yes).code(), "answered");
    assert_eq!(shared.other.open(&lab), "haemoglobin 13");
}

#[tokio::test]
async fn what_a_patient_brings_is_kept_once_they_consented_to_that() {
    let shared = Shared::open().await;
    let mut patient = Device::registered(shared.clinic.patient.clone());
    let (record, of) = (RecordId(Uuid::new_v4()), patient.person);
    let what =
        Writing { record, version: 1, kind: RecordKind::Note, patient: of, visit: None, text: "mine".to_owned() };
    let sealed = patient.write(&what, &[&patient]);
    let early = patient.browser.post("/records", &sealed);
    assert_eq!((early.status, early.code().as_str()), (409, "consent_needed"));
    let gift = |subject: &str| json!({"id": Uuid::new_v4(), "subject": subject, "text_version": 1, "language": "en"});
    assert_eq!(patient.browser.post("/consents/give", &gift("share")).code(), "bad_field");
    assert_eq!(patient.browser.post("/consents/give", &gift("research")).status, 201);
    assert_eq!(patient.browser.post("/records", &sealed).code(), "consent_needed", "to something else");
    let given = patient.browser.post("/consents/give", &gift("store"));
    assert_eq!((given.status, given.json()["until"].clone()), (201, Value::Null), "{}", given.body);
    assert_eq!(patient.browser.post("/consents/give", &gift("store")).status, 200, "it stands");
    assert_eq!(patient.browser.post("/records", &sealed).status, 201);
}

#[tokio::test]
async fn glass_breaks_with_a_reason_and_the_patient_and_the_auditor_hear_of_it() {
    let mut shared = Shared::open().await;
    let note = shared.writes(RecordKind::Note, "allergic to penicillin", &[]);
    let mut socket = shared.clinic.patient.socket().await;
    let path = format!("/patients/{}/break-glass", shared.patient.as_str().unwrap());
    let short = shared.other.browser.post(&path, &json!({"why": "unconscious", "text": "x"}));
    assert_eq!(short.code(), "bad_field");
    let broken = shared.other.browser.post(&path, &json!({"why": "unconscious", "text": "Found in the waiting room"}));
    assert_eq!((broken.status, broken.json()["break_glass"].as_bool()), (201, Some(true)), "{}", broken.body);
    assert_eq!(socket.hear("grant").await["state"], "granted", "told at once");
    assert!(shared.message().contains("Dr Harpreet Singh opened your records in an emergency"));
    assert_eq!(shared.other.open(&note), "allergic to penicillin");
    let looked = shared.clinic.patient.get("/me/audit").json();
    assert!(looked.as_array().unwrap().iter().any(|one| one["action"] == "glass.break"), "{looked}");
    let mut auditor = Browser::signed_in(shared.clinic.server.port, "u001", "auditor123");
    let waiting = auditor.get("/reviews").json();
    assert_eq!((waiting[0]["id"].clone(), waiting[0]["overdue"].as_bool()), (broken.json()["id"].clone(), Some(false)));
    let review = format!("/reviews/{}", id(&waiting[0]));
    let found = json!({"verdict": "not_justified", "note": "The patient was awake"});
    assert_eq!(auditor.post(&review, &found).json()["verdict"], "not_justified");
    assert_eq!(auditor.post(&review, &found).code(), "answered");
    assert_eq!(shared.clinic.patient.get("/consents").json()[0]["note"], "The patient was awake");
}

#[tokio::test]
async fn what_cannot_be_asked_for_is_refused_with_a_sentence() {
    let mut shared = Shared::open().await;
    let wish = json!({"patient": shared.patient, "subject": "share", "purpose": "treatment", "kinds": ["lab"], "minutes": 60, "why": "other"});
    for (field, odd) in [
        ("subject", json!("store")),
        ("purpose", json!("emergency")),
        ("kinds", json!([])),
        ("minutes", json!(0)),
        ("minutes", json!(129_601)),
        ("departments", json!(["A|B"])),
    ] {
        let mut odd_wish = wish.clone();
        odd_wish[field] = odd;
        let refused = shared.other.browser.post("/consents", &odd_wish);
        assert_eq!((refused.status, refused.code().as_str()), (422, "bad_field"), "{field}: {}", refused.body);
    }
    let mut nobody = wish.clone();
    nobody["patient"] = json!(Uuid::new_v4());
    assert_eq!(shared.other.browser.post("/consents", &nobody).status, 404);
    let mut elsewhere = Browser::signed_in(shared.clinic.server.port, "d003", "doctor789");
    assert_eq!(elsewhere.post("/consents", &wish).status, 404, "a patient of another organisation");
    for _ in 0..5 {
        assert_eq!(shared.other.browser.post("/consents", &wish).status, 201);
    }
    assert_eq!(shared.other.browser.post("/consents", &wish).code(), "too_many_codes", "five codes an hour");
}
