//! Records of every kind over HTTP: who writes, who amends, who finds them, and what is refused.

use serde_json::{Value, json};
use uuid::Uuid;
use vaidya_clinic::id::{RecordId, VisitId};
use vaidya_clinic::record::RecordKind;

use crate::browser::{Browser, base64url};
use crate::device::{Device, Writing};
use crate::visit::{Clinic, clinic, id};

/// A doctor and a patient of theirs, both with keys, and a visit of the two.
pub(crate) struct Ward {
    pub(crate) clinic: Clinic,
    pub(crate) visit: String,
    pub(crate) doctor: Device,
    pub(crate) patient: Device,
}

impl Ward {
    pub(crate) fn new() -> Self {
        Self::of(clinic())
    }

    pub(crate) fn of(mut clinic: Clinic) -> Self {
        let visit = clinic.open_visit();
        let doctor = Device::registered(clinic.doctor.clone());
        let patient = Device::registered(clinic.patient.clone());
        Self { clinic, visit, doctor, patient }
    }

    pub(crate) fn writing(&self, kind: RecordKind, text: &str) -> Writing {
        let record = RecordId(Uuid::new_v4());
        Writing { record, version: 1, kind, patient: self.patient.person, visit: None, text: text.to_owned() }
    }

    /// What the doctor writes, sealed to both.
    pub(crate) fn by_doctor(&self, what: &Writing) -> Value {
        self.doctor.write(what, &[&self.doctor, &self.patient])
    }

    /// What the patient keeps, sealed to themselves.
    pub(crate) fn by_patient(&self, what: &Writing) -> Value {
        let keep = json!({"id": Uuid::new_v4(), "subject": "store", "text_version": 1, "language": "en"});
        let given = self.patient.browser.clone().post("/consents/give", &keep);
        assert!([200, 201].contains(&given.status), "{}", given.body);
        self.patient.write(what, &[&self.patient])
    }

    /// A record that was kept.
    pub(crate) fn kept(&mut self, kind: RecordKind, text: &str) -> Value {
        let sent = self.by_doctor(&self.writing(kind, text));
        let answer = self.doctor.browser.post("/records", &sent);
        assert_eq!(answer.status, 201, "{}", answer.body);
        answer.json()
    }
}

fn others(port: u16) -> impl Iterator<Item = Browser> {
    let all = [("p002", "patient456"), ("d002", "doctor456")];
    all.into_iter().map(move |(login, password)| Browser::signed_in(port, login, password))
}

#[test]
fn what_a_doctor_writes_opens_for_them_and_the_patient_and_nobody_else_finds_it() {
    let mut ward = Ward::new();
    for kind in [RecordKind::Note, RecordKind::Lab, RecordKind::Letter, RecordKind::Document, RecordKind::Image] {
        let what = ward.writing(kind, &format!("a {}", kind.as_str()));
        let mut sent = ward.by_doctor(&Writing { visit: Some(VisitId(ward.visit.parse().unwrap())), ..what });
        sent["department"] = json!("Cardiology");
        let made = ward.doctor.browser.post("/records", &sent);
        assert_eq!(made.status, 201, "{}", made.body);
        let view = made.json();
        let shown = (&view["kind"], &view["department"], &view["own"], &view["ver"], &view["visit"]);
        assert_eq!(shown, (&json!(kind), &json!("Cardiology"), &json!(false), &json!(1), &json!(ward.visit)));
        let record = id(&view);
        for reader in [&mut ward.doctor, &mut ward.patient] {
            assert_eq!(reader.open(&record), format!("a {}", kind.as_str()));
            assert_eq!(reader.browser.get("/records").json()["records"][0], view);
        }
        for mut other in others(ward.clinic.server.port) {
            assert_eq!(other.get(&format!("/records/{record}")).status, 404);
            assert_eq!(other.get("/records").json()["records"], json!([]));
        }
    }
}

#[test]
fn a_patient_keeps_what_is_theirs_and_their_doctor_does_not_see_it_unasked() {
    let mut ward = Ward::new();
    let sent = ward.by_patient(&ward.writing(RecordKind::Document, "from another hospital"));
    let made = ward.patient.browser.post("/records", &sent);
    assert_eq!((made.status, &made.json()["own"]), (201, &json!(true)), "{}", made.body);
    let record = id(&made.json());
    assert_eq!(ward.patient.open(&record), "from another hospital");
    assert_eq!(ward.doctor.browser.get(&format!("/records/{record}")).status, 404);
    assert_eq!(ward.doctor.browser.get("/records").json()["records"], json!([]));
}

#[test]
fn who_does_not_treat_a_patient_writes_nothing_and_learns_no_key() {
    let ward = Ward::new();
    let path = format!("/patients/{}/recipients", ward.patient.person.0);
    for mut other in others(ward.clinic.server.port) {
        assert_eq!(other.get(&path).status, 404);
        let device = Device::registered(other);
        let what = ward.writing(RecordKind::Note, "not mine to write");
        let sent = device.write(&what, &[&device, &ward.patient]);
        assert_eq!(device.browser.clone().post("/records", &sent).status, 404);
    }
}

#[test]
fn recipients_are_the_live_keys_of_patient_and_author_and_the_visits_doctor() {
    let mut ward = Ward::new();
    let path = format!("/patients/{}/recipients", ward.patient.person.0);
    let keys = |answer: &Value| {
        let ids = answer["keys"].as_array().unwrap().iter().map(id);
        ids.collect::<std::collections::BTreeSet<_>>().len()
    };
    let (own, doctors) = (ward.patient.browser.get(&path).json(), ward.doctor.browser.get(&path).json());
    assert_eq!((keys(&own), keys(&doctors)), (1, 2));
    assert_eq!(own["custody"], "patient+clinic");
    let of_visit = ward.patient.browser.get(&format!("{path}?visit={}", ward.visit)).json();
    assert_eq!(keys(&of_visit), 2, "the visit's doctor as well");
    assert!(of_visit["keys"].as_array().unwrap().iter().all(|key| key["device"] == ""), "devices are not named");
    let strange = ward.patient.browser.get(&format!("{path}?visit={}", Uuid::new_v4()));
    assert_eq!(strange.status, 404);
}

#[test]
fn a_record_that_is_sealed_to_others_than_it_must_be_is_refused() {
    let mut ward = Ward::new();
    let stranger = Device::registered(Browser::signed_in(ward.clinic.server.port, "p002", "patient456"));
    let what = ward.writing(RecordKind::Note, "x");
    let Ward { doctor, patient, .. } = &ward;
    let mut without_clinic = doctor.write(&what, &[doctor, patient]);
    without_clinic["clinic"] = match &without_clinic["clinic"] {
        Value::Null => {
            json!({"header": {"alg": "RSA-OAEP-256", "kid": Uuid::new_v4()}, "encrypted_key": base64url([1; 256])})
        }
        _ => Value::Null,
    };
    let wrong = [
        doctor.write(&what, &[doctor]),
        doctor.write(&what, &[patient]),
        doctor.write(&what, &[doctor, patient, &stranger]),
        patient.write(&what, &[doctor, patient]),
        without_clinic,
    ];
    for sent in wrong {
        let answer = ward.doctor.browser.post("/records", &sent);
        assert_eq!((answer.status, answer.code().as_str()), (409, "keys_changed"), "{}", answer.body);
    }
}

#[test]
fn a_record_whose_header_says_something_else_is_refused() {
    let mut ward = Ward::new();
    let what = ward.writing(RecordKind::Note, "x");
    let right = ward.by_doctor(&what);
    let mut wrong = vec![right.clone(); 5];
    wrong[0]["patient"] = json!(ward.doctor.person);
    wrong[1]["visit"] = json!(ward.visit);
    wrong[2]["id"] = json!(Uuid::new_v4());
    wrong[3]["blocks"] = json!([vaidya_clinic::vault::object::Cid::of(b"x").as_str()]);
    wrong[4]["patient"] = Value::Null;
    wrong.push(ward.by_doctor(&Writing { version: 2, ..what.clone() }));
    wrong.push(ward.by_doctor(&Writing { version: 0, ..what }));
    for sent in wrong {
        let answer = ward.doctor.browser.post("/records", &sent);
        assert_eq!((answer.status, answer.code().as_str()), (422, "bad_field"), "{}", answer.body);
    }
    assert_eq!(ward.doctor.browser.post("/records", &right).status, 201);
}

#[test]
fn the_same_version_sent_again_is_the_one_that_is_kept() {
    let mut ward = Ward::new();
    let what = ward.writing(RecordKind::Note, "once");
    let sent = ward.by_doctor(&what);
    let first = ward.doctor.browser.post("/records", &sent);
    let again = ward.doctor.browser.post("/records", &sent);
    assert_eq!((first.status, again.status), (201, 200));
    assert_eq!(first.json(), again.json());
    let other = ward.by_doctor(&Writing { text: "another in its place".to_owned(), ..what });
    let refused = ward.doctor.browser.post("/records", &other);
    assert_eq!((refused.status, refused.code().as_str()), (422, "bad_field"), "the id is taken");
    assert_eq!(ward.patient.open(&id(&first.json())), "once");
}

#[test]
fn an_amendment_is_a_new_version_and_the_old_one_stays() {
    let mut ward = Ward::new();
    let what = ward.writing(RecordKind::Note, "take one");
    let first = ward.by_doctor(&what);
    assert_eq!(ward.doctor.browser.post("/records", &first).status, 201);
    let path = format!("/records/{}", what.record.0);
    let second = ward.by_doctor(&Writing { version: 2, text: "take two".to_owned(), ..what.clone() });
    let amended = ward.doctor.browser.post(&format!("{path}/versions"), &second);
    assert_eq!((amended.status, &amended.json()["ver"]), (201, &json!(2)), "{}", amended.body);
    for reader in [&mut ward.doctor, &mut ward.patient] {
        assert_eq!(reader.open_at(&path), "take two");
        assert_eq!(reader.open_at(&format!("{path}?ver=1")), "take one");
        assert_eq!(reader.browser.get(&format!("{path}?ver=3")).status, 404);
    }
    let versions = ward.patient.browser.get(&path).json()["versions"].clone();
    let numbers: Vec<_> = versions.as_array().unwrap().iter().map(|one| one["ver"].clone()).collect();
    assert_eq!(numbers, [json!(1), json!(2)]);
    let list = ward.patient.browser.get("/records").json();
    assert_eq!(list["records"].as_array().unwrap().len(), 1, "one record, in its newest version");
}

#[test]
fn of_twenty_who_amend_a_version_one_does_and_the_others_are_told() {
    let mut ward = Ward::new();
    let what = ward.writing(RecordKind::Note, "first");
    let first = ward.by_doctor(&what);
    assert_eq!(ward.doctor.browser.post("/records", &first).status, 201);
    let path = format!("/records/{}/versions", what.record.0);
    let tries: Vec<_> = (0..20)
        .map(|number| {
            let sent = ward.by_doctor(&Writing { version: 2, text: format!("try {number}"), ..what.clone() });
            let (mut browser, path) = (ward.doctor.browser.clone(), path.clone());
            std::thread::spawn(move || browser.post(&path, &sent))
        })
        .collect();
    let answers: Vec<_> = tries.into_iter().map(|one| one.join().unwrap()).collect();
    let told: Vec<_> = answers.iter().map(|answer| (answer.status, answer.code())).collect();
    assert_eq!(told.iter().filter(|(status, _)| *status == 201).count(), 1, "{told:?}");
    assert_eq!(told.iter().filter(|(status, code)| *status == 409 && code == "amended").count(), 19, "{told:?}");
    let early = ward.by_doctor(&Writing { version: 4, ..what });
    assert_eq!(ward.doctor.browser.post(&path, &early).code(), "amended", "version 3 comes first");
}

#[test]
fn patients_amend_what_is_from_them_and_doctors_what_they_wrote() {
    let mut ward = Ward::new();
    let (note, own) = (ward.writing(RecordKind::Note, "mine"), ward.writing(RecordKind::Letter, "from home"));
    let (sent, kept) = (ward.by_doctor(&note), ward.by_patient(&own));
    assert_eq!(ward.doctor.browser.post("/records", &sent).status, 201);
    assert_eq!(ward.patient.browser.post("/records", &kept).status, 201);
    let next = |what: &Writing| Writing { version: 2, ..what.clone() };
    let path = |what: &Writing| format!("/records/{}/versions", what.record.0);
    let changed = ward.patient.write(&next(&note), &[&ward.patient]);
    assert_eq!(ward.patient.browser.post(&path(&note), &changed).status, 404, "a doctor's note is the doctor's");
    let changed = ward.by_doctor(&next(&own));
    assert_eq!(ward.doctor.browser.post(&path(&own), &changed).status, 404, "they may not even see it");
    let changed = ward.by_patient(&next(&own));
    assert_eq!(ward.patient.browser.post(&path(&own), &changed).status, 201);
    let elsewhere = ward.by_patient(&next(&ward.writing(RecordKind::Letter, "no such record")));
    let record = elsewhere["id"].as_str().unwrap();
    assert_eq!(ward.patient.browser.post(&format!("/records/{record}/versions"), &elsewhere).status, 404);
    assert_eq!(ward.patient.browser.post(&path(&own), &elsewhere).code(), "bad_field", "another record's address");
}

#[test]
fn lists_are_narrowed_by_kind_department_time_and_patient() {
    let mut ward = Ward::new();
    let mut made = Vec::new();
    for (kind, department) in
        [(RecordKind::Note, "Cardiology"), (RecordKind::Lab, "Cardiology"), (RecordKind::Note, "Eyes")]
    {
        let mut sent = ward.by_doctor(&ward.writing(kind, "x"));
        sent["department"] = json!(department);
        made.push(id(&ward.doctor.browser.post("/records", &sent).json()));
    }
    let mut found = |query: &str| {
        let list = ward.patient.browser.get(&format!("/records?{query}")).json();
        let ids = list["records"].as_array().unwrap_or_else(|| panic!("{query}: {list}")).iter().map(id);
        ids.collect::<std::collections::BTreeSet<_>>()
    };
    let these = |which: &[usize]| which.iter().map(|at| made[*at].clone()).collect();
    assert_eq!(found("kind=note"), these(&[0, 2]));
    assert_eq!(found("department=Cardiology"), these(&[0, 1]));
    assert_eq!(found("kind=note&department=Eyes"), these(&[2]));
    assert_eq!(found("from=0&to=1"), these(&[]));
    assert_eq!(found("from=1"), these(&[0, 1, 2]));
    assert_eq!(found(&format!("patient={}", Uuid::new_v4())), these(&[]));
    assert_eq!(ward.patient.browser.get("/records?kind=poem").code(), "bad_field");
    let of_patient = ward.doctor.browser.get(&format!("/records?patient={}", ward.patient.person.0)).json();
    assert_eq!(of_patient["records"].as_array().unwrap().len(), 3);
}

#[test]
fn a_doctor_sees_whom_they_treat() {
    let mut ward = Ward::new();
    let treated = ward.doctor.browser.get("/patients").json();
    let ids: Vec<_> = treated.as_array().unwrap().iter().map(|one| one["id"].clone()).collect();
    assert_eq!(ids, [json!(ward.patient.person)]);
    assert!(treated[0]["last_visit"].is_i64() && treated[0]["name"].is_string());
    let mut other = Browser::signed_in(ward.clinic.server.port, "d002", "doctor456");
    assert_eq!(other.get("/patients").json(), json!([]));
    assert_eq!(ward.patient.browser.get("/patients").status, 403);
}

#[test]
fn a_block_on_disk_with_another_ones_bytes_is_said_to_be_damaged() {
    let mut ward = Ward::new();
    let (one, other) = (ward.kept(RecordKind::Note, "one"), ward.kept(RecordKind::Note, "two"));
    let place = |view: &Value| {
        let cid = view["cid"].as_str().unwrap();
        ward.clinic.folder.0.join("blocks").join(&cid[8..10]).join(&cid[10..12]).join(cid)
    };
    let (first, second) = (std::fs::read(place(&one)).unwrap(), std::fs::read(place(&other)).unwrap());
    std::fs::write(place(&one), second).unwrap();
    std::fs::write(place(&other), &first[..first.len() - 1]).unwrap();
    for view in [&one, &other] {
        let answer = ward.patient.browser.get(&format!("/records/{}", id(view)));
        assert_eq!((answer.status, answer.code().as_str()), (500, "block_damaged"));
    }
    std::fs::write(place(&one), first).unwrap();
    assert_eq!(ward.patient.open(&id(&one)), "one");
}

#[test]
fn a_childs_guardian_is_linked_at_the_desk_and_reads_along_until_it_is_ended() {
    let mut ward = Ward::new();
    let port = ward.clinic.server.port;
    let (mut desk, mother) = (
        Browser::signed_in(port, "r001", "reception123"),
        Device::registered(Browser::signed_in(port, "p002", "patient456")),
    );
    let child = json!({"birth_year": 2015, "guardian": {"name": "Sunita Rao", "relation": "mother"}});
    let path = format!("/patients/{}/guardians", ward.patient.person.0);
    let mothers = |who: vaidya_clinic::id::PersonId| json!({"guardian": who, "relation": "mother", "papers": "birth_certificate"});
    let wish = mothers(mother.person);
    let early = desk.post(&path, &wish);
    assert_eq!((early.status, early.code().as_str()), (409, "of_age"), "nobody knows how old they are");
    assert_eq!(ward.patient.browser.ask("PATCH", "/me/profile", &child).status, 200);
    let adult = json!({"birth_year": 1985});
    assert_eq!(mother.browser.clone().ask("PATCH", "/me/profile", &adult).status, 200);
    assert_eq!(ward.doctor.browser.post(&path, &wish).status, 403);
    assert_eq!(desk.post(&path, &mothers(ward.doctor.person)).status, 404, "a doctor is no patient here");
    let linked = desk.post(&path, &wish);
    assert_eq!((linked.status, linked.json()["closed"].as_bool()), (201, Some(false)), "{}", linked.body);
    let told = desk.get(&path).json();
    assert_eq!((&told["guardians"][0]["id"], &told["child"]), (&json!(mother.person), &json!(true)));
    assert_eq!(told["guardians"][0]["papers"], "birth_certificate");
    let wards = mother.browser.clone().get("/me/wards").json();
    assert_eq!((&wards[0]["id"], &wards[0]["relation"]), (&json!(ward.patient.person), &json!("mother")));
    let visits = format!("/visits?patient={}", ward.patient.person.0);
    assert_eq!(mother.browser.clone().get(&visits).json()[0]["id"], json!(ward.visit));
    let mut stranger = Browser::signed_in(port, "d002", "doctor456");
    assert_eq!(stranger.get(&visits).json(), json!([]), "a doctor's list is their own");
    let what = ward.writing(RecordKind::Note, "about a child");
    let without = ward.by_doctor(&what);
    assert_eq!(ward.doctor.browser.post("/records", &without).code(), "keys_changed");
    let sent = ward.doctor.write(&what, &[&ward.doctor, &ward.patient, &mother]);
    assert_eq!(ward.doctor.browser.post("/records", &sent).status, 201);
    let mut mother = mother;
    let record = what.record.0.to_string();
    assert_eq!(mother.open(&record), "about a child");
    let own = Writing { record: RecordId(Uuid::new_v4()), text: "kept by the mother".to_owned(), ..what };
    let kept = mother.write(&own, &[&mother, &ward.patient]);
    assert_eq!(mother.browser.post("/records", &kept).code(), "consent_needed");
    let keep =
        json!({"id": Uuid::new_v4(), "patient": own.patient, "subject": "store", "text_version": 1, "language": "en"});
    let given = mother.browser.post("/consents/give", &keep);
    assert_eq!((given.status, given.json()["guardian"]["relation"].as_str()), (201, Some("mother")), "{}", given.body);
    assert_eq!(mother.browser.post("/records", &kept).status, 201);
    assert_eq!(ward.patient.open(&own.record.0.to_string()), "kept by the mother");
    assert_eq!(desk.ask("DELETE", &format!("{path}/{}", mother.person.0), &Value::Null).status, 204);
    assert_eq!(mother.browser.get(&format!("/records/{record}")).status, 404);
    assert_eq!(mother.browser.get(&path).status, 404, "they are told no more of it");
    assert_eq!(mother.browser.get(&visits).status, 404);
    assert_eq!(ward.patient.open(&record), "about a child");
}
