//! A visit over the wire: asked for, accepted, joined, talked in, left; and who is kept out.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests end by panicking")]

use serde_json::{Value, json};

use crate::browser::{Browser, Socket, base64url};
use crate::server::{Folder, Server};

/// A server with the doctor d001 and the patient p001 signed in.
pub(crate) struct Clinic {
    pub(crate) server: Server,
    pub(crate) doctor: Browser,
    pub(crate) patient: Browser,
    pub(crate) folder: Folder,
}

pub(crate) fn clinic() -> Clinic {
    clinic_with(&[])
}

pub(crate) fn clinic_with(settings: &[(&str, &str)]) -> Clinic {
    let folder = Folder::new();
    let server = Server::with(&folder.0, settings, &["serve", "--demo"]);
    let doctor = Browser::signed_in(server.port, "d001", "doctor123");
    let patient = Browser::signed_in(server.port, "p001", "patient123");
    Clinic { server, doctor, patient, folder }
}

/// What someone who comes by a link says of themselves.
pub(crate) fn hello(name: &str) -> Value {
    json!({"name": name, "birth_year": 1980, "confirmed": true})
}

pub(crate) fn id(value: &Value) -> String {
    value["id"].as_str().unwrap().to_owned()
}

impl Clinic {
    /// A visit the doctor started with the patient.
    pub(crate) fn open_visit(&mut self) -> String {
        let patient = self.patient.me();
        let made = self.doctor.post("/visits", &json!({"patient": patient["id"]}));
        assert_eq!(made.status, 201, "{}", made.body);
        id(&made.json())
    }

    /// Both in the room.
    pub(crate) async fn both_in(&mut self, visit: &str) -> (Socket, Socket) {
        let (mut doctor, mut patient) = (self.doctor.socket().await, self.patient.socket().await);
        assert_eq!(doctor.join(visit).await["t"], "joined");
        let door = patient.join(visit).await;
        assert_eq!(door["t"], "lobby", "{door}");
        doctor.say(&json!({"t": "admit", "re": 2, "visit": visit, "seat": door["seat"]})).await;
        doctor.hear("done").await;
        patient.hear("joined").await;
        (doctor, patient)
    }
}

pub(crate) fn body(text: &str) -> String {
    base64url(text)
}

pub(crate) fn say(visit: &str, re: usize, text: &str) -> Value {
    json!({"t": "say", "re": re, "visit": visit, "id": uuid::Uuid::new_v4(), "body": body(text)})
}

#[test]
fn a_patient_asks_and_the_doctor_accepts_or_declines() {
    let mut clinic = clinic();
    let doctor = clinic.doctor.me();
    let wish = json!({"doctor": doctor["id"]});
    let asked = clinic.patient.post("/visits", &wish);
    assert_eq!((asked.status, asked.json()["state"].as_str()), (201, Some("requested")));
    let again = clinic.patient.post("/visits", &wish);
    assert_eq!((again.status, again.json()["id"] == asked.json()["id"]), (200, true), "not doubled");
    let visit = id(&asked.json());
    assert_eq!(clinic.patient.post(&format!("/visits/{visit}/accept"), &Value::Null).status, 403);
    let mut other = Browser::signed_in(clinic.server.port, "d002", "doctor456");
    assert_eq!(other.post(&format!("/visits/{visit}/accept"), &Value::Null).status, 404);
    let accepted = clinic.doctor.post(&format!("/visits/{visit}/accept"), &Value::Null);
    assert_eq!((accepted.status, accepted.json()["state"].as_str()), (200, Some("open")));
    let late = clinic.doctor.post(&format!("/visits/{visit}/decline"), &Value::Null);
    assert_eq!((late.status, late.code().as_str()), (409, "bad_state"));
    let second = other.me();
    let asked = clinic.patient.post("/visits", &json!({"doctor": second["id"]})).json();
    let declined = other.post(&format!("/visits/{}/decline", id(&asked)), &Value::Null);
    assert_eq!(declined.json()["state"], "declined");
}

#[test]
fn nobody_sees_a_visit_they_have_no_seat_in() {
    let mut clinic = clinic();
    let visit = clinic.open_visit();
    let shown = clinic.patient.get(&format!("/visits/{visit}")).json();
    assert_eq!(shown["seats"].as_array().unwrap().len(), 2);
    assert!(shown["seat"].is_string());
    let port = clinic.server.port;
    for (login, password) in
        [("p002", "patient456"), ("d002", "doctor456"), ("r001", "reception123"), ("a001", "admin123")]
    {
        let mut other = Browser::signed_in(port, login, password);
        assert_eq!(other.get(&format!("/visits/{visit}")).status, 404, "{login}");
        assert_eq!(other.get(&format!("/visits/{visit}/chat")).status, 404, "{login}");
        let made = other.post(&format!("/visits/{visit}/links"), &json!({"for": "guest"})).status;
        assert_eq!(made == 201, login == "r001", "{login}: the desk sends links to every visit");
    }
    assert_eq!(clinic.server.browser().get(&format!("/visits/{visit}")).status, 401);
    assert_eq!(clinic.patient.get("/visits/not-an-id").status, 404);
    let mut desk = Browser::signed_in(port, "r001", "reception123");
    assert_eq!(desk.get("/visits").json().as_array().unwrap().len(), 1, "the desk sees that there is one");
    assert_eq!(Browser::signed_in(port, "a001", "admin123").get("/visits").status, 403);
}

#[tokio::test]
async fn a_patient_waits_until_the_doctor_lets_them_in_and_both_talk() {
    let mut clinic = clinic();
    let visit = clinic.open_visit();
    let (mut doctor, mut patient) = clinic.both_in(&visit).await;
    assert_eq!(clinic.patient.get(&format!("/visits/{visit}")).json()["here"], 2);
    let hello = say(&visit, 3, "hello");
    patient.say(&hello).await;
    let heard = doctor.hear("said").await;
    assert_eq!((&heard["seq"], &heard["id"], &heard["body"]), (&json!(1), &hello["id"], &hello["body"]));
    assert_eq!(patient.hear("said").await["seq"], 1, "the author hears it too");
    patient.say(&hello).await;
    assert_eq!(patient.hear("said").await["seq"], 1, "said again with the same id, kept once");
    doctor.say(&say(&visit, 4, "good morning")).await;
    assert_eq!(patient.hear("said").await["seq"], 2);
    let mut again = clinic.patient.socket().await;
    let back = again.join(&visit).await;
    assert_eq!(
        (back["t"].as_str(), back["chat"].as_array().map(Vec::len)),
        (Some("joined"), Some(2)),
        "after a reload"
    );
    patient.hear("replaced").await;
    doctor.say(&json!({"t": "end", "re": 9, "visit": visit})).await;
    assert_eq!(again.hear("ended").await["why"], "doctor");
    let read = clinic.patient.get(&format!("/visits/{visit}/chat?after=1")).json();
    assert_eq!((read["chat"][0]["seq"].as_u64(), read["last"].as_u64()), (Some(2), Some(2)), "the chat stays readable");
    let late = again.join(&visit).await;
    assert_eq!(late["code"], "ended");
}

#[tokio::test]
async fn the_desk_the_admin_and_strangers_cannot_join() {
    let mut clinic = clinic();
    let visit = clinic.open_visit();
    for (login, password) in
        [("p002", "patient456"), ("d002", "doctor456"), ("r001", "reception123"), ("a001", "admin123")]
    {
        let mut socket = Browser::signed_in(clinic.server.port, login, password).socket().await;
        assert_eq!(socket.join(&visit).await["code"], "no_visit", "{login}");
        socket.say(&say(&visit, 2, "let me in")).await;
        assert_eq!(socket.hear("refused").await["code"], "not_in_room", "{login}");
    }
    let mut doctor = clinic.doctor.socket().await;
    assert_eq!(doctor.join(&uuid::Uuid::new_v4().to_string()).await["code"], "no_visit");
}

#[tokio::test]
async fn a_guest_comes_by_a_link_once_and_is_put_out_when_it_is_revoked() {
    let mut clinic = clinic();
    let visit = clinic.open_visit();
    let made = clinic.doctor.post(&format!("/visits/{visit}/links"), &json!({})).json();
    let code = made["code"].as_str().unwrap().to_owned();
    assert!(made["url"].as_str().unwrap().ends_with(&format!("/g/{code}")));
    let mut guest = clinic.server.browser();
    for _ in 0..3 {
        let look = guest.get(&format!("/links/{code}"));
        assert_eq!(
            (look.status, look.json()["clinic"].as_str()),
            (200, Some("City Clinic")),
            "looking changes nothing"
        );
        assert!(!look.body.contains("Meera"), "a link does not name the patient");
    }
    assert_eq!(guest.get("/links/000000000000").code(), "bad_link");
    let join = format!("/links/{code}/join");
    let me = guest.post(&join, &hello("Ravi"));
    assert_eq!((me.status, me.json()["kind"].as_str()), (200, Some("guest")));
    assert_eq!(guest.post(&join, &hello("Ravi")).status, 200, "the same device again");
    let look = format!("/links/{code}");
    assert_eq!(guest.get(&look).json()["visit"].as_str(), Some(visit.as_str()), "nothing need be asked again");
    assert_eq!(clinic.server.browser().get(&look).json()["visit"], Value::Null);
    assert_eq!(guest.get(&format!("/visits/{visit}")).status, 200);
    let mut doctor = clinic.doctor.socket().await;
    doctor.join(&visit).await;
    let mut socket = guest.socket().await;
    assert_eq!(socket.join(&visit).await["t"], "lobby");
    doctor.say(&json!({"t": "admit", "re": 2, "visit": visit, "seat": me.json()["seat"]})).await;
    socket.hear("joined").await;
    let links = clinic.doctor.get(&format!("/visits/{visit}/links")).json();
    assert_eq!((links[0]["used"].as_bool(), links[0]["revoked"].as_bool()), (Some(true), Some(false)));
    let path = format!("/visits/{visit}/links/{}", links[0]["id"].as_str().unwrap());
    assert_eq!(clinic.doctor.ask("DELETE", &path, &Value::Null).status, 204);
    socket.hear("removed").await;
    assert_eq!(socket.closed().await, Some(4401), "and its socket ends with its session");
    assert_eq!(guest.get(&format!("/visits/{visit}")).status, 401);
    assert_eq!(guest.get(&format!("/links/{code}")).code(), "bad_link");
}

#[tokio::test]
async fn a_home_page_hears_of_a_visit_by_itself() {
    let mut clinic = clinic();
    let mut home = clinic.patient.socket().await;
    home.hear("welcome").await;
    let visit = clinic.open_visit();
    let told = home.hear("visit").await;
    assert_eq!(told["visit"]["id"], visit.as_str());
    assert_eq!(told["visit"]["state"], "open");
}
