//! Erasing over HTTP: asked by the patient with a fresh proof, told honestly, and final for every key that remains.
#![expect(clippy::unwrap_used, reason = "tests end by panicking")]

use sea_orm::{ConnectionTrait as _, Database, Statement};
use serde_json::{Value, json};
use vaidya::gateway::custody::{Custody, Master};
use vaidya_clinic::id::KeyId;
use vaidya_clinic::record::RecordKind;

use crate::browser::{Answer, Browser};
use crate::device::{jwe_of, maybe_unwrapped};
use crate::server::Server;
use crate::visit::{Clinic, id};
use crate::writing::Ward;

/// Asks for records to be erased, as someone who just signed in.
fn erase(browser: &mut Browser, which: &Value) -> Answer {
    browser.post("/me/erasures", &json!({"records": which}))
}

/// Every wrapped key in the database, whosever it is, with the key it is wrapped for.
async fn wraps(ward: &Ward) -> Vec<(KeyId, Vec<u8>)> {
    let file = format!("sqlite://{}", ward.clinic.folder.0.join("vaidya.db").display());
    let db = Database::connect(file).await.unwrap();
    let mut all = Vec::new();
    for table in ["record_wrap", "clinic_wrap", "grant_wrap", "visit_wrap"] {
        let text = format!("SELECT key_id, ek FROM {table}");
        let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), text)).await.unwrap();
        let wrap = |row: &sea_orm::QueryResult| {
            (KeyId(row.try_get("", "key_id").unwrap()), row.try_get::<Vec<u8>>("", "ek").unwrap())
        };
        all.extend(rows.iter().map(wrap));
    }
    db.close().await.unwrap();
    all
}

#[test]
fn what_one_keeps_oneself_is_gone_and_what_a_doctor_wrote_is_kept_from_everyone() {
    let mut ward = Ward::new();
    let sent = ward.by_patient(&ward.writing(RecordKind::Document, "mine"));
    let own = id(&ward.patient.browser.post("/records", &sent).json());
    let theirs = id(&ward.kept(RecordKind::Note, "the doctor's"));
    let answer = erase(&mut ward.patient.browser, &json!("all"));
    assert_eq!(answer.status, 200, "{}", answer.body);
    let fates = answer.json()["records"].as_array().unwrap().clone();
    let of = |record: &str| fates.iter().find(|fate| fate["record"] == record).unwrap().clone();
    assert_eq!(of(&own), json!({"record": own, "outcome": "erased"}));
    let kept = of(&theirs);
    assert_eq!((&kept["outcome"], &kept["why"]), (&json!("restricted"), &json!("retention")));
    assert!(kept["until"].is_i64());
    assert_eq!(ward.patient.browser.get(&format!("/records/{own}")).status, 404);
    let read = ward.patient.browser.get(&format!("/records/{theirs}"));
    assert_eq!((read.status, read.code()), (451, "restricted".to_owned()));
    assert_eq!(ward.doctor.browser.get(&format!("/records/{theirs}")).status, 404);
    let shown = ward.patient.browser.get("/records").json()["records"].clone();
    assert_eq!(shown.as_array().unwrap().len(), 1);
    assert_eq!((&shown[0]["id"], &shown[0]["restricted"]), (&json!(theirs), &json!(true)));
    assert_eq!(ward.doctor.browser.get("/records").json()["records"], json!([]));
    let stones = ward.patient.browser.get("/me/erasures").json();
    assert_eq!(stones.as_array().unwrap().len(), 2);
    let mut auditor = Browser::signed_in(ward.clinic.server.port, "u001", "auditor123");
    assert_eq!(auditor.get("/erasures").json(), stones);
    assert_eq!(ward.doctor.browser.get("/erasures").status, 403);
    assert_eq!(ward.doctor.browser.post("/me/erasures", &json!({"records": "all"})).status, 403);
}

#[tokio::test]
async fn with_every_key_that_remains_an_erased_record_does_not_open() {
    let mut ward = Ward::new();
    let sent = ward.by_patient(&ward.writing(RecordKind::Document, "a marker"));
    let own = id(&ward.patient.browser.post("/records", &sent).json());
    assert_eq!(ward.patient.open(&own), "a marker");
    let jwe = jwe_of(&ward.patient.browser.get(&format!("/records/{own}")).json());
    let secret = std::fs::read(ward.clinic.folder.0.join("server.key")).unwrap().try_into().unwrap();
    let custody = Custody::new(&ward.clinic.folder.0.join("keys"), Master::derived(&secret));
    // Patient's and doctor's devices share one pair in these tests: whatever is wrapped for either opens with it.
    let keys = |(key, ek): &(KeyId, Vec<u8>)| maybe_unwrapped(ek).or_else(|| custody.open(*key, ek).ok());
    let opens = |wrap: &(KeyId, Vec<u8>)| keys(wrap).is_some_and(|key| jwe.sealed.open(&key).is_ok());
    let by = wraps(&ward).await.iter().filter(|wrap| opens(wrap)).count();
    assert_eq!(by, 2, "the patient's key and the clinic's open it");
    ward.kept(RecordKind::Note, "another record");
    assert_eq!(erase(&mut ward.patient.browser, &json!([own])).status, 200);
    let left = wraps(&ward).await;
    assert!(left.iter().filter(|wrap| keys(wrap).is_some()).count() > 1, "keys of other records remain");
    assert!(!left.iter().any(opens), "and none of them opens this one");
}

#[test]
fn a_database_from_before_is_erased_again_at_the_start() {
    let mut ward = Ward::new();
    let sent = ward.by_patient(&ward.writing(RecordKind::Document, "mine"));
    let own = id(&ward.patient.browser.post("/records", &sent).json());
    let Clinic { server, folder, .. } = ward.clinic;
    let (file, backup) = (folder.0.join("vaidya.db"), folder.0.join("before.db"));
    server.stop();
    std::fs::copy(&file, &backup).unwrap();
    let server = Server::start(&folder.0);
    let mut patient = Browser::signed_in(server.port, "p001", "patient123");
    assert_eq!(erase(&mut patient, &json!([own])).status, 200);
    server.stop();
    for left in ["vaidya.db-wal", "vaidya.db-shm"] {
        let _was_there = std::fs::remove_file(folder.0.join(left));
    }
    std::fs::copy(&backup, &file).unwrap();
    let server = Server::start(&folder.0);
    assert!(server.said.contains("Erased 1 records again"), "{}", server.said);
    let mut patient = Browser::signed_in(server.port, "p001", "patient123");
    assert_eq!(patient.get(&format!("/records/{own}")).status, 404);
    assert_eq!(patient.get("/me/erasures").json()[0]["record"], json!(own));
}

#[test]
fn a_patient_sees_who_looked_at_a_record_and_takes_everything_away() {
    let mut ward = Ward::new();
    let theirs = id(&ward.kept(RecordKind::Note, "the doctor's"));
    ward.doctor.open(&theirs);
    let looked = ward.patient.browser.get(&format!("/records/{theirs}/audit")).json();
    let deeds: Vec<_> =
        looked.as_array().unwrap().iter().map(|one| (one["action"].clone(), one["who"].clone())).collect();
    assert!(deeds.contains(&(json!("record.read"), json!("Dr Ananya Rao"))), "{looked}");
    assert_eq!(ward.doctor.browser.get(&format!("/records/{theirs}/audit")).status, 403);
    let mut stranger = Browser::signed_in(ward.clinic.server.port, "p002", "patient456");
    assert_eq!(stranger.get(&format!("/records/{theirs}/audit")).status, 404);
    let all = ward.patient.browser.get("/me/export");
    assert_eq!(all.status, 200, "{}", all.body);
    let all = all.json();
    assert_eq!((&all["records"][0]["id"], &all["records"][0]["versions"][0]["ver"]), (&json!(theirs), &json!(1)));
    assert_eq!((&all["person"]["name"], &all["visits"][0]["id"]), (&json!("Meera Nair"), &json!(ward.visit)));
    assert!(["keys", "sessions", "audit", "consents"].iter().all(|part| all[part].is_array()));
    let told = ward.patient.browser.get("/me/export/fhir");
    assert_eq!(told.status, 200, "{}", told.body);
    let told = told.json();
    let kinds: Vec<_> =
        told["entry"].as_array().unwrap().iter().map(|one| one["resource"]["resourceType"].clone()).collect();
    for kind in ["Patient", "Encounter", "DocumentReference", "AuditEvent"] {
        assert!(kinds.contains(&json!(kind)), "{kind}");
    }
    assert!(!told.to_string().contains("the doctor's"));
}
