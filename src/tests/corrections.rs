//! Asks for corrections over the wire: heard at once by who wrote the record, and seen in lists until it is changed.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests end by panicking")]

use serde_json::{Value, json};
use uuid::Uuid;
use vaidya_clinic::id::{RecordId, VisitId};
use vaidya_clinic::record::RecordKind;

use crate::browser::Browser;
use crate::device::{Device, Writing};
use crate::visit::id;
use crate::writing::Ward;

/// A note of the patient for the doctor of the visit, which asks to have a record corrected.
fn asking(ward: &Ward, record: &str) -> Value {
    let visit = Some(VisitId(ward.visit.parse().unwrap()));
    let what = Writing { visit, ..ward.writing(RecordKind::Note, "It was twice a day.") };
    let _kept = ward.by_patient(&what);
    let mut sent = ward.patient.write(&what, &[&ward.patient, &ward.doctor]);
    sent["corrects"] = json!(record);
    sent
}

fn listed(device: &mut Device, record: &str) -> Value {
    let all = device.browser.get("/records").json();
    all["records"].as_array().unwrap().iter().find(|one| one["id"] == record).unwrap().clone()
}

#[tokio::test]
async fn the_doctor_hears_at_once_that_a_correction_is_asked_and_sees_it_until_the_record_is_changed() {
    let mut ward = Ward::new();
    let record = id(&ward.kept(RecordKind::Note, "three times a day"));
    assert_eq!(listed(&mut ward.doctor, &record)["asked"], json!(false));
    let mut socket = ward.doctor.browser.socket().await;
    let sent = asking(&ward, &record);
    let made = ward.patient.browser.post("/records", &sent);
    assert_eq!((made.status, &made.json()["corrects"]), (201, &json!(record)), "{}", made.body);
    let told = socket.hear_where(|message| message["t"] == "correction").await;
    let note = id(&made.json());
    assert_eq!((&told["record"], &told["note"]), (&json!(record), &json!(note)));
    assert_eq!(ward.doctor.open(&note), "It was twice a day.");
    assert_eq!(listed(&mut ward.doctor, &record)["asked"], json!(true));
    let next = Writing {
        record: RecordId(record.parse::<Uuid>().unwrap()),
        version: 2,
        ..ward.writing(RecordKind::Note, "twice a day")
    };
    let changed = ward.doctor.browser.post(&format!("/records/{record}/versions"), &ward.by_doctor(&next));
    assert_eq!(changed.status, 201, "{}", changed.body);
    assert_eq!(listed(&mut ward.doctor, &record)["asked"], json!(false), "it was changed since");
}

#[test]
fn a_correction_is_asked_of_a_record_of_ones_own_and_by_a_note_alone() {
    let mut ward = Ward::new();
    let record = id(&ward.kept(RecordKind::Note, "three times a day"));
    let strange = asking(&ward, &Uuid::new_v4().to_string());
    assert_eq!(ward.patient.browser.post("/records", &strange).status, 404, "there is no such record");
    let letter = ward.writing(RecordKind::Letter, "It was twice a day.");
    let mut letter = ward.by_patient(&letter);
    letter["corrects"] = json!(record);
    assert_eq!(ward.patient.browser.post("/records", &letter).code(), "bad_field");
    let mut other = Device::registered(Browser::signed_in(ward.clinic.server.port, "p002", "patient456"));
    let what = Writing { patient: other.person, ..ward.writing(RecordKind::Note, "not mine") };
    let keep = json!({"id": Uuid::new_v4(), "subject": "store", "text_version": 1, "language": "en"});
    assert_eq!(other.browser.post("/consents/give", &keep).status, 201);
    let mut sent = other.write(&what, &[&other]);
    sent["corrects"] = json!(record);
    assert_eq!(other.browser.post("/records", &sent).status, 404, "somebody else's");
}
