//! The clinic's keys at the built server: over the wire, by command, killed in the middle, and with a key that is away.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests end by panicking")]

use std::path::Path;
use std::time::{Duration, Instant};

use sea_orm::{ConnectionTrait, Database, DatabaseConnection, Statement};
use serde_json::{Value, json};
use uuid::Uuid;
use vaidya::custodian;
use vaidya_clinic::id::{OrgId, PersonId, RecordId};
use vaidya_clinic::record::RecordKind;

use crate::browser::Browser;
use crate::device::{Device, Writing};
use crate::house::{House, NOW};
use crate::server::{Folder, Server, run};
use crate::visit::{Clinic, clinic, id};

/// Two master keys.
const ONE: (&str, &str) = ("VAIDYA_MASTER_KEY", "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=");
const OTHER: (&str, &str) = ("VAIDYA_MASTER_KEY", "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=");

/// Keys of doctor and patient who have an open visit, and a note of the doctor's.
fn with_note(clinic: &mut Clinic) -> (Device, Device, String) {
    clinic.open_visit();
    let mut doctor = Device::registered(clinic.doctor.clone());
    let patient = Device::registered(clinic.patient.clone());
    let note = note(&mut doctor, patient.person, &[&patient], "rest, and plenty of water");
    (doctor, patient, note)
}

fn note(doctor: &mut Device, patient: PersonId, readers: &[&Device], text: &str) -> String {
    let record = RecordId(Uuid::new_v4());
    let (kind, text) = (RecordKind::Note, text.to_owned());
    let what = Writing { record, version: 1, kind, patient, visit: None, text };
    let all: Vec<&Device> = readers.iter().copied().chain([&*doctor]).collect();
    let sent = doctor.write(&what, &all);
    assert!(sent["clinic"].is_object(), "sealed to the clinic too");
    let made = doctor.browser.post("/records", &sent);
    assert_eq!(made.status, 201, "{}", made.body);
    id(&made.json())
}

/// Asks until it is so; the server works by itself.
#[expect(clippy::disallowed_methods, reason = "a real server in real time")]
fn until(mut done: impl FnMut() -> bool) {
    let began = Instant::now();
    while !done() {
        assert!(began.elapsed() < Duration::from_secs(60), "it does not happen");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn has_wrap(device: &mut Device, record: &str) -> bool {
    let given = device.browser.get(&format!("/records/{record}"));
    assert_eq!(given.status, 200, "{}", given.body);
    !given.json()["recipients"].as_array().unwrap().is_empty()
}

#[test]
fn a_lost_phone_is_made_good_by_the_clinic_and_the_patient_sees_that_it_was() {
    let mut clinic = clinic();
    let (mut doctor, mut lost, note) = with_note(&mut clinic);
    assert_eq!(lost.open(&note), "rest, and plenty of water");
    assert_eq!(lost.browser.post(&format!("/me/keys/{}/revoke", lost.id.0), &Value::Null).status, 204);
    let mut new = Device::registered(clinic.patient.clone());
    assert!(!has_wrap(&mut new, &note));
    let address = format!("/me/keys/{}/restore", new.id.0);
    assert_eq!(doctor.browser.post(&address, &Value::Null).status, 403, "patients alone");
    let asked = new.browser.post(&address, &Value::Null);
    assert_eq!((asked.status, asked.json()), (202, json!({"versions": 1})));
    until(|| has_wrap(&mut new, &note));
    assert_eq!(new.open(&note), "rest, and plenty of water");
    let again = new.browser.post(&address, &Value::Null);
    assert_eq!(again.json(), json!({"versions": 0}));
    let revoked = new.browser.post(&format!("/me/keys/{}/restore", lost.id.0), &Value::Null);
    assert_eq!((revoked.status, revoked.code().as_str()), (409, "key_not_live"));
    let seen = new.browser.get("/me/audit").json();
    assert!(seen.to_string().contains("custody.restore"), "{seen}");
    let log = clinic.server.stop();
    assert!(log.contains("there is no VAIDYA_MASTER_KEY"), "{log}");
}

#[test]
fn an_admin_renews_the_clinics_key_and_everybody_sees_which_one_it_is() {
    let mut clinic = clinic();
    let (mut doctor, mut patient, note) = with_note(&mut clinic);
    let mut admin = Browser::signed_in(clinic.server.port, "a001", "admin123");
    let before = admin.get("/clinic-key").json();
    assert_eq!(before["custody"], "patient+clinic");
    let stands = |key: &Value| (key["status"].clone(), key["versions"].clone(), key["usable"].clone());
    assert_eq!(stands(&before["key"]), (json!("live"), json!(1), json!(true)));
    for browser in [&mut doctor.browser, &mut patient.browser] {
        let seen = browser.get("/clinic-key").json();
        assert_eq!((&seen["key"]["id"], &seen["key"]["usable"]), (&before["key"]["id"], &Value::Null));
        assert_eq!(browser.post("/clinic-key/rotate", &Value::Null).status, 403);
    }
    let made = admin.post("/clinic-key/rotate", &Value::Null);
    assert_eq!(made.status, 201, "{}", made.body);
    assert_ne!(made.json()["id"], before["key"]["id"]);
    until(|| admin.get("/clinic-key").json()["older"][0]["status"] == "retired");
    let after = admin.get("/clinic-key").json();
    assert_eq!(stands(&after["key"]), (json!("live"), json!(1), json!(true)));
    assert_eq!((&after["key"]["id"], &after["older"][0]["versions"]), (&made.json()["id"], &json!(0)));
    let seen = patient.browser.get("/clinic-key").json();
    assert_eq!((&seen["key"]["id"], &seen["key"]["versions"]), (&made.json()["id"], &json!(1)));
    assert_eq!(seen["older"], json!([]), "nothing of theirs is under the former one");
    assert_eq!(patient.open(&note), "rest, and plenty of water");
    self::note(&mut doctor, patient.person, &[&patient], "sealed to the new one");
}

#[test]
fn with_another_master_key_or_without_the_file_the_server_starts_and_says_what_is_missing() {
    let folder = Folder::new();
    let server = Server::with(&folder.0, &[ONE], &["serve", "--demo"]);
    let doctor = Browser::signed_in(server.port, "d001", "doctor123");
    let patient = Browser::signed_in(server.port, "p001", "patient123");
    let mut clinic = Clinic { server, doctor, patient, folder };
    let (mut doctor, mut lost, first) = with_note(&mut clinic);
    let ready = clinic.server.browser().send("GET", "/readyz", &[], "");
    assert_eq!((ready.status, ready.json()["custody"].clone()), (200, json!("ok")));
    assert_eq!(lost.browser.post(&format!("/me/keys/{}/revoke", lost.id.0), &Value::Null).status, 204);
    let mut new = Device::registered(clinic.patient.clone());
    let restore = format!("/me/keys/{}/restore", new.id.0);
    let Clinic { server, folder, .. } = clinic;
    let log = server.stop();
    assert!(!log.contains("there is no VAIDYA_MASTER_KEY"), "{log}");

    let server = Server::with(&folder.0, &[OTHER], &["serve", "--demo"]);
    assert!(server.said.contains("can't be used"), "{}", server.said);
    let ready = server.browser().send("GET", "/readyz", &[], "");
    assert_eq!((ready.status, ready.json()["custody"].clone()), (200, json!("degraded")));
    assert_eq!(ready.json()["ledger"], "down", "its keys are under the master key too, and facts wait");
    for device in [&mut doctor, &mut lost, &mut new] {
        device.browser = device.browser.at(server.port);
    }
    let refused = new.browser.post(&restore, &Value::Null);
    assert_eq!((refused.status, refused.code().as_str()), (503, "clinic_key_missing"));
    let second = note(&mut doctor, new.person, &[&new], "sealing goes on");
    assert_eq!(new.open(&second), "sealing goes on");
    let log = server.stop();
    assert!(log.contains("a clinic can't open its records") && log.contains("another master key"), "{log}");
    let listed = run(&folder.0, &[OTHER], &["keys", "list"]);
    assert!(String::from_utf8_lossy(&listed.stdout).contains("CAN'T BE USED"));

    let (one, other) = (folder.0.join("one"), folder.0.join("other"));
    std::fs::write(&one, ONE.1).unwrap();
    std::fs::write(&other, OTHER.1).unwrap();
    for (settings, former) in [(OTHER, &one), (ONE, &other)] {
        let done = run(&folder.0, &[settings], &["keys", "reseal", "--former", former.to_str().unwrap()]);
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        let listed = run(&folder.0, &[settings], &["keys", "list"]);
        assert!(!String::from_utf8_lossy(&listed.stdout).contains("CAN'T BE USED"), "the master key was changed");
    }

    let keys = folder.0.join("keys");
    let away = folder.0.join("keys-away");
    std::fs::rename(&keys, &away).unwrap();
    let server = Server::with(&folder.0, &[ONE], &["serve", "--demo"]);
    for device in [&mut doctor, &mut new] {
        device.browser = device.browser.at(server.port);
    }
    let ready = server.browser().send("GET", "/readyz", &[], "").json();
    assert_eq!((&ready["custody"], &ready["ledger"]), (&json!("degraded"), &json!("ok")));
    assert_eq!(new.browser.post(&restore, &Value::Null).code(), "clinic_key_missing");
    std::fs::rename(&away, &keys).unwrap();
    assert_eq!(server.browser().send("GET", "/readyz", &[], "").json()["custody"], "ok", "without a restart");
    assert_eq!(new.browser.post(&restore, &Value::Null).json(), json!({"versions": 1}));
    until(|| has_wrap(&mut new, &first));
    assert_eq!(new.open(&first), "rest, and plenty of water");
}

#[test]
fn where_only_patients_hold_keys_whoever_has_none_is_sent_to_register() {
    let mut clinic = clinic();
    let (mut doctor, patient, older) = with_note(&mut clinic);
    let mut admin = Browser::signed_in(clinic.server.port, "a001", "admin123");
    let mut desk = Browser::signed_in(clinic.server.port, "r001", "reception123");
    let visit = |doctor: &mut Device, name: &str| {
        let patient = json!({"name": name, "phone": "+919876543210", "language": "hi"});
        json!({"patient": patient, "doctor": doctor.browser.me()["id"]})
    };
    assert_eq!(desk.post("/visits", &visit(&mut doctor, "Asha Verma")).status, 201);
    let policy = admin.get("/organisation").json()["policy"].clone();
    let only = |custody: &str| {
        let mut policy = policy.clone();
        policy["custody"] = json!(custody);
        json!({"policy": policy})
    };
    assert_eq!(admin.ask("PATCH", "/organisation", &only("patient-only")).status, 200);
    let refused = desk.post("/visits", &visit(&mut doctor, "Ravi Verma"));
    assert_eq!((refused.status, refused.code().as_str()), (409, "no_custody"), "{}", refused.body);
    assert!(refused.json()["detail"].as_str().unwrap().contains("register"));
    let mut phone = patient;
    let seen = phone.browser.get("/clinic-key").json();
    assert_eq!((&seen["custody"], &seen["key"]), (&json!("patient-only"), &Value::Null));
    assert_eq!((&seen["older"][0]["status"], &seen["older"][0]["versions"]), (&json!("live"), &json!(1)));
    let record = phone.browser.get("/records").json()["records"][0].clone();
    assert_eq!((record["id"].as_str().unwrap(), &record["custody"]), (older.as_str(), &json!(true)), "said as it is");
    let sealed = Writing {
        record: RecordId(Uuid::new_v4()),
        version: 1,
        kind: RecordKind::Note,
        patient: phone.person,
        visit: None,
        text: "for the patient alone".to_owned(),
    };
    let sent = doctor.write(&sealed, &[&phone, &doctor]);
    assert!(sent["clinic"].is_null());
    let made = doctor.browser.post("/records", &sent);
    assert_eq!((made.status, made.json()["custody"].clone()), (201, json!(false)), "{}", made.body);
    assert_eq!(admin.ask("PATCH", "/organisation", &only("patient+clinic")).status, 200);
    assert_eq!(phone.browser.get("/clinic-key").json()["key"]["id"], seen["older"][0]["id"], "the same key again");
}

/// A folder with a clinic's key, and so many versions that are wrapped for it.
async fn folder_with(versions: u32) -> House {
    let house = House::on_sqlite().await;
    std::fs::write(house.folder.path().join("server.key"), [1; 32]).unwrap();
    let vault = crate::jobs::vault(&house);
    let key = custodian::ready(&house.store, &vault.custody, OrgId::HOME, NOW).await.unwrap().unwrap();
    let visit = house.visit().await;
    let ek = vaidya_clinic::vault::keys::SealingKey::parse(&key.rsa)
        .unwrap()
        .wrap(&vaidya_clinic::vault::secret::Secret::from_bytes([8; 32]), &mut rand::rng())
        .unwrap();
    let (record, patient, doctor) = (Uuid::new_v4(), visit.patient.id.0, visit.doctor.id.0);
    let hex = |id: Uuid| format!("x'{}'", id.simple());
    let ek: String = ek.iter().map(|byte| format!("{byte:02x}")).collect();
    let (record, patient, doctor) = (hex(record), hex(patient), hex(doctor));
    let (org, key, now) = (hex(OrgId::HOME.0), hex(key.id.0), NOW.0);
    let db = house.raw().await;
    db.execute_unprepared(&format!(
        "INSERT INTO record (id, org_id, patient_id, kind, made_at) VALUES ({record}, {org}, {patient}, 'note', {now});
         WITH RECURSIVE many(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM many WHERE n < {versions})
         INSERT INTO record_version (record_id, ver, author_id, at, cid, size, blocks, made_at)
             SELECT {record}, n, {doctor}, {now}, 'block ' || n, 1, 0, {now} FROM many;
         INSERT INTO clinic_wrap (record_id, ver, key_id, ek, made_at)
             SELECT record_id, ver, {key}, x'{ek}', {now} FROM record_version"
    ))
    .await
    .unwrap();
    db.close().await.unwrap();
    house.store.close().await;
    house
}

/// How many versions are wrapped for each key, the newest key first.
async fn wraps(db: &DatabaseConnection) -> Vec<(String, i64)> {
    let sql = "SELECT status, (SELECT count(*) FROM clinic_wrap WHERE key_id = clinic_key.id) AS n FROM clinic_key \
               ORDER BY status";
    let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await.unwrap();
    rows.iter().map(|row| (row.try_get("", "status").unwrap(), row.try_get("", "n").unwrap())).collect()
}

async fn looked_into(folder: &Path) -> DatabaseConnection {
    Database::connect(format!("sqlite://{}", folder.join("vaidya.db").display())).await.unwrap()
}

#[tokio::test]
async fn killed_in_the_middle_of_a_renewal_it_goes_on_where_it_was() {
    let house = folder_with(2_000).await;
    let folder = house.folder.path();
    let server = Server::with(folder, &[], &["serve"]);
    let db = looked_into(folder).await;
    let done = run(folder, &[], &["keys", "rotate"]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    assert!(String::from_utf8_lossy(&done.stdout).contains("running server"), "the server does the work");
    loop {
        let now = wraps(&db).await;
        if now[0].1 > 0 {
            break;
        }
        assert_ne!(now[1].0, "retired", "nothing was moved, and the key is retired");
    }
    server.kill();
    let left = wraps(&db).await;
    assert!(left[0].1 > 0 && left[0].1 < 2_000, "in the middle: {left:?}");
    assert_eq!((left[0].1 + left[1].1, left[1].0.as_str()), (2_000, "retiring"));
    let _server = Server::with(folder, &[], &["serve"]);
    let began = vaidya::clock::instant();
    while wraps(&db).await != [("live".to_owned(), 2_000), ("retired".to_owned(), 0)] {
        assert!(began.elapsed() < Duration::from_secs(120), "it does not go on: {:?}", wraps(&db).await);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let row = "SELECT count(*) AS n FROM audit WHERE action = 'custody.renew'";
    let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), row)).await.unwrap().unwrap();
    assert_eq!(row.try_get::<i64>("", "n").unwrap(), 2_000, "each is written down, and once");
}

#[tokio::test]
async fn without_a_running_server_the_command_does_all_of_it() {
    let house = folder_with(100).await;
    let folder = house.folder.path();
    let done = run(folder, &[], &["keys", "rotate"]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let db = looked_into(folder).await;
    assert_eq!(wraps(&db).await, [("live".to_owned(), 100), ("retired".to_owned(), 0)]);
    let listed = String::from_utf8_lossy(&run(folder, &[], &["keys", "list"]).stdout).into_owned();
    assert!(listed.contains("live") && listed.contains("100 versions") && listed.contains("retired"), "{listed}");
    let verified = run(folder, &[], &["audit", "verify"]);
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stdout));
}

#[tokio::test]
#[ignore = "it measures: make bench runs it"]
async fn wraps_a_second() {
    const MANY: u32 = 5_000;
    let house = folder_with(MANY).await;
    let began = vaidya::clock::instant();
    let done = run(house.folder.path(), &[("VAIDYA_LOG", "error")], &["keys", "rotate"]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let took = began.elapsed().as_secs_f64();
    #[expect(clippy::print_stdout, reason = "the figure is what it is for")]
    {
        println!(
            "clinic's key: {:.0} wraps a second on the server (a renewal of {MANY}: opened, wrapped, kept and written down in {took:.1} s)",
            f64::from(MANY) / took
        );
    }
}
