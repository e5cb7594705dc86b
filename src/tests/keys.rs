//! Keys of people over HTTP: bound, backed up, approved with what was sealed to another device, and revoked.
#![expect(clippy::unwrap_used, reason = "tests end by panicking")]

use serde_json::{Value, json};
use vaidya_clinic::vault::secret::Secret;

use crate::browser::{Browser, base64url};
use crate::device::{Device, backup, unwrapped};
use crate::server::{Folder, Server};
use crate::visit::clinic;

const NONE: Value = Value::Null;

fn patient(server: &Server) -> Browser {
    Browser::signed_in(server.port, "p001", "patient123")
}

fn no_wraps() -> Value {
    json!({"visits": [], "records": []})
}

#[test]
fn the_first_key_is_live_and_a_second_device_waits_until_the_first_approves_it() {
    let folder = Folder::new();
    let server = Server::start(&folder.0);
    let mut first = Device::new(patient(&server));
    assert_eq!(first.browser.get("/me/keys").json(), json!({"keys": [], "backups": []}));
    let made = first.register();
    assert_eq!((made.status, made.json()["status"].as_str()), (201, Some("live")));
    assert_eq!(made.json()["device"], "Firefox on the kitchen table");
    assert_eq!(first.register().json(), made.json(), "sent again after a lost answer");
    let mut second = Device::new(patient(&server));
    assert_eq!(second.register().json()["status"], "pending");
    let ring = first.browser.get("/me/keys").json();
    assert_eq!((ring["keys"].as_array().unwrap().len(), ring["backups"].as_array().unwrap().len()), (2, 4));
    let sig = base64url(second.sign(&second.bound().approval()));
    let itself = json!({"by": second.id, "sig": sig, "wraps": no_wraps()});
    let path = format!("/me/keys/{}/approve", second.id.0);
    assert_eq!(second.browser.post(&path, &itself).code(), "bad_state", "nobody approves themselves");
    assert_eq!(first.browser.post(&path, &json!({"by": first.id, "sig": sig, "wraps": no_wraps()})).code(), "bad_key");
    let approved = first.approve(&second, &no_wraps());
    assert_eq!((approved.status, approved.json()["status"].as_str()), (200, Some("live")));
}

#[test]
fn a_binding_that_its_key_did_not_sign_is_refused() {
    let folder = Folder::new();
    let server = Server::start(&folder.0);
    let mut device = Device::new(patient(&server));
    let someone = Device::new(Browser::signed_in(server.port, "p002", "patient456"));
    let right = device.registration();
    let mut forged = vec![someone.registration(), right.clone(), right.clone(), right.clone(), right.clone()];
    forged[1]["id"] = json!(someone.id);
    forged[2]["ed"] = someone.registration()["ed"].clone();
    forged[3]["sig"] = json!(base64url([0; 64]));
    forged[4]["rsa"] = json!(base64url([0x30; 294]));
    for registration in &forged {
        let answer = device.browser.post("/me/keys", registration);
        assert_eq!((answer.status, answer.code().as_str()), (422, "bad_key"), "{}", answer.body);
    }
    let mut twice = right.clone();
    twice["backups"] = json!([backup("password", 1), backup("password", 2)]);
    assert_eq!(device.browser.post("/me/keys", &twice).code(), "bad_field");
    let mut nameless = right;
    nameless["device"] = json!("\u{7}");
    assert_eq!(device.browser.post("/me/keys", &nameless).code(), "bad_field");
    assert_eq!(device.browser.get("/me/keys").json()["keys"], json!([]));
}

#[test]
fn a_device_that_wanted_to_be_the_first_is_told_that_it_is_not() {
    let folder = Folder::new();
    let server = Server::start(&folder.0);
    Device::registered(patient(&server));
    let mut late = Device::new(patient(&server));
    let mut registration = late.registration();
    registration["first"] = json!(true);
    let answer = late.browser.post("/me/keys", &registration);
    assert_eq!((answer.status, answer.code().as_str()), (409, "key_exists"));
    registration["first"] = json!(false);
    registration["start_over"] = json!(true);
    assert_eq!(late.browser.post("/me/keys", &registration).json()["status"], "live", "with no other way back");
}

#[test]
fn a_person_has_at_most_ten_keys_and_revoking_makes_room() {
    let folder = Folder::new();
    let server = Server::start(&folder.0);
    let mut first = Device::registered(patient(&server));
    let browser = first.browser.clone();
    let others: Vec<_> = (0..9).map(|_| Device::registered(browser.clone())).collect();
    let mut eleventh = Device::new(browser);
    assert_eq!((eleventh.register().status, eleventh.register().code().as_str()), (409, "too_many_keys"));
    let stranger = Device::registered(Browser::signed_in(server.port, "p002", "patient456"));
    assert_eq!(first.browser.post(&format!("/me/keys/{}/revoke", stranger.id.0), &NONE).status, 404);
    assert_eq!(first.browser.post(&format!("/me/keys/{}/revoke", others[0].id.0), &NONE).status, 204);
    assert_eq!(eleventh.register().status, 201);
    assert_eq!(first.approve(&others[0], &no_wraps()).code(), "bad_state", "revoked is for good");
    let ring = first.browser.get("/me/keys").json();
    let gone = json!(others[0].id);
    assert!(ring["backups"].as_array().unwrap().iter().all(|backup| backup["key"] != gone));
}

#[test]
fn a_backup_is_replaced_by_its_person_alone() {
    let folder = Folder::new();
    let server = Server::start(&folder.0);
    let mut device = Device::registered(patient(&server));
    let path = format!("/me/keys/{}/backups/recovery", device.id.0);
    assert_eq!(device.browser.ask("PUT", &path, &backup("password", 5)).code(), "bad_field");
    assert_eq!(device.browser.ask("PUT", &path, &backup("recovery", 5)).status, 204);
    let mut large = backup("recovery", 5);
    large["ct"] = json!(base64url([5; 4_097]));
    assert_eq!(device.browser.ask("PUT", &path, &large).code(), "bad_field");
    let mut other = Browser::signed_in(server.port, "p002", "patient456");
    assert_eq!(other.ask("PUT", &path, &backup("recovery", 6)).status, 404);
    let ring = device.browser.get("/me/keys").json();
    let recovery =
        ring["backups"].as_array().unwrap().iter().find(|backup| backup["kind"] == "recovery").unwrap().clone();
    assert_eq!(recovery["ct"], backup("recovery", 5)["ct"]);
    assert_eq!(server.browser().get("/me/keys").status, 401);
}

#[test]
fn a_transcript_key_is_kept_once_for_both_and_follows_to_a_second_device() {
    let mut clinic = clinic();
    let visit = clinic.open_visit();
    let mut doctor = Device::registered(clinic.doctor.clone());
    let mut patient = Device::registered(clinic.patient.clone());
    let key = Secret::from_bytes([42; 32]);
    let path = format!("/visits/{visit}/wraps");
    let both = json!({"first": true, "wraps": [doctor.wrap(&key), patient.wrap(&key)]});
    let one = json!({"first": true, "wraps": [doctor.wrap(&key)]});
    let mut short = both.clone();
    short["wraps"][0]["ek"] = json!(base64url([1; 255]));
    assert_eq!(doctor.browser.post(&path, &one).code(), "keys_changed", "nobody is left out");
    assert_eq!(doctor.browser.post(&path, &short).code(), "bad_field");
    assert_eq!(patient.browser.post(&path, &both).status, 404, "the doctor makes it");
    assert_eq!(doctor.browser.post(&path, &both).status, 204);
    assert_eq!(doctor.browser.post(&path, &both).code(), "already");

    let mut second = Device::registered(clinic.patient.clone());
    let shown = second.browser.get(&format!("/visits/{visit}/keys")).json();
    assert_eq!(shown["patient"].as_array().unwrap().len(), 1, "a pending key is nobody's to seal to");
    assert_eq!(shown["doctor"][0]["device"], "", "what others' devices are called is not told");
    let held = patient.browser.get(&format!("/me/keys/{}/wraps", patient.id.0)).json();
    assert_eq!(unwrapped(&bytes(&held["visits"][0]["ek"])).expose(), key.expose());
    let for_second = json!({"visits": [{"visit": visit, "ek": second.wrap(&key)["ek"]}], "records": []});
    let mut unknown = for_second.clone();
    unknown["visits"][0]["visit"] = json!(uuid::Uuid::new_v4());
    assert_eq!(patient.approve(&second, &unknown).status, 404);
    assert_eq!(second.browser.get("/me/keys").json()["keys"][1]["status"], "pending", "all of it or nothing");
    assert_eq!(patient.approve(&second, &for_second).status, 200);
    let shown = second.browser.get(&format!("/visits/{visit}/keys")).json();
    assert_eq!((shown["patient"].as_array().unwrap().len(), shown["wraps"].as_array().unwrap().len()), (2, 2));
    assert_eq!(patient.browser.post(&format!("/me/keys/{}/revoke", second.id.0), &NONE).status, 204);
    assert_eq!(
        patient.browser.get(&format!("/me/keys/{}/wraps", second.id.0)).status,
        404,
        "nothing is given out for it"
    );
}

fn bytes(value: &Value) -> Vec<u8> {
    serde_json::from_value::<vaidya_clinic::wire::Body>(value.clone()).unwrap().0
}

#[test]
fn keys_of_a_visit_are_for_those_who_have_a_seat_and_its_wraps_not_for_guests() {
    let mut clinic = clinic();
    let visit = clinic.open_visit();
    let mut doctor = Device::registered(clinic.doctor.clone());
    Device::registered(clinic.patient.clone());
    let link = clinic.doctor.post(&format!("/visits/{visit}/links"), &json!({})).json();
    let mut guest = clinic.server.browser();
    assert_eq!(guest.get(&format!("/visits/{visit}/keys")).status, 401);
    let joined =
        guest.post(&format!("/links/{}/join", link["code"].as_str().unwrap()), &crate::visit::hello("An Aunt"));
    assert_eq!(joined.status, 200);
    let key = Secret::from_bytes([42; 32]);
    let shown = guest.get(&format!("/visits/{visit}/keys")).json();
    assert_eq!((shown["doctor"][0]["id"].clone(), shown["wraps"].clone()), (json!(doctor.id), json!([])));
    let wraps = json!({"first": false, "wraps": [doctor.wrap(&key)]});
    let path = format!("/visits/{visit}/wraps");
    assert_eq!(guest.post(&path, &wraps).status, 404);
    assert_eq!(doctor.browser.post(&path, &wraps).code(), "bad_state", "who has none cannot add any");
    for (login, password) in
        [("p002", "patient456"), ("d002", "doctor456"), ("r001", "reception123"), ("a001", "admin123")]
    {
        let mut other = Browser::signed_in(clinic.server.port, login, password);
        assert_eq!(other.get(&format!("/visits/{visit}/keys")).status, 404, "{login}");
        assert_eq!(other.post(&path, &wraps).status, 404, "{login}");
    }
}
