//! Organisations and registrations over the wire: what is of one is nothing to another, and who may begin visits.
#![expect(clippy::unwrap_used, reason = "tests end by panicking")]

use serde_json::{Value, json};

use crate::browser::{Answer, Browser};
use crate::server::{Server, run};
use crate::visit::{Clinic, clinic, id};

/// The admin of the second organisation, and one of each other role there.
fn strangers(server: &Server) -> Vec<(&'static str, Browser)> {
    [("a003", "admin789"), ("d003", "doctor789"), ("r002", "reception456")]
        .map(|(login, password)| (login, Browser::signed_in(server.port, login, password)))
        .into()
}

/// The registration of the demo doctor.
fn registration(clinic: &mut Clinic) -> String {
    id(&clinic.doctor.get("/me/credential").json())
}

fn step(admin: &mut Browser, credential: &str, what: &str, why: &str) -> Answer {
    admin.post(&format!("/credentials/{credential}/{what}"), &json!({"why": why}))
}

#[test]
fn staff_of_another_organisation_reach_nothing_by_any_route_that_names_a_thing() {
    let mut clinic = clinic();
    let visit = clinic.open_visit();
    let (person, doctor) = (id(&clinic.patient.me()), id(&clinic.doctor.me()));
    let credential = registration(&mut clinic);
    let link = id(&clinic.doctor.post(&format!("/visits/{visit}/links"), &json!({"for": "guest"})).json());
    let (some, why) = (json!({"first": false, "wraps": []}), json!({"why": "because"}));
    let routes: Vec<(&str, String, Value)> = vec![
        ("GET", format!("/visits/{visit}"), Value::Null),
        ("POST", format!("/visits/{visit}/accept"), Value::Null),
        ("POST", format!("/visits/{visit}/decline"), Value::Null),
        ("GET", format!("/visits/{visit}/chat"), Value::Null),
        ("GET", format!("/visits/{visit}/keys"), Value::Null),
        ("POST", format!("/visits/{visit}/wraps"), some),
        ("POST", format!("/visits/{visit}/links"), json!({"for": "guest"})),
        ("GET", format!("/visits/{visit}/links"), Value::Null),
        ("DELETE", format!("/visits/{visit}/links/{link}"), Value::Null),
        ("PATCH", format!("/people/{person}"), json!({"role": "admin"})),
        ("POST", format!("/people/{person}/password"), json!({"password": "a long password"})),
        ("GET", format!("/credentials/{credential}"), Value::Null),
        ("POST", format!("/credentials/{credential}/check"), Value::Null),
        ("POST", format!("/credentials/{credential}/match"), json!({})),
        ("POST", format!("/credentials/{credential}/activate"), Value::Null),
        ("POST", format!("/credentials/{credential}/refuse"), why.clone()),
        ("POST", format!("/credentials/{credential}/suspend"), why.clone()),
        ("POST", format!("/credentials/{credential}/reinstate"), why),
    ];
    for (login, mut stranger) in strangers(&clinic.server) {
        for (method, path, body) in &routes {
            let answer = stranger.ask(method, path, body);
            assert!([403, 404].contains(&answer.status), "{login} {method} {path}: {}", answer.body);
        }
        let seen = ["/people", "/visits", "/records", "/credentials"].map(|path| stranger.get(path).body);
        assert!(seen.iter().all(|text| !text.contains(&person) && !text.contains(&doctor) && !text.contains(&visit)));
    }
    let mut desk = Browser::signed_in(clinic.server.port, "r002", "reception456");
    let wish = json!({"patient": person, "doctor": doctor});
    assert_eq!(desk.post("/visits", &wish).status, 404, "no visit between people of another organisation");
    assert_eq!(clinic.doctor.get(&format!("/visits/{visit}")).status, 200, "it is there all the time");
}

#[tokio::test]
async fn a_doctor_of_two_organisations_is_in_one_at_a_time() {
    let clinic = clinic();
    let port = clinic.server.port;
    let mut both = Browser::signed_in(port, "d004", "doctor012");
    let all = both.get("/me/organisations").json();
    assert_eq!(all.as_array().unwrap().len(), 2);
    let (home, other) = (all[0]["id"].clone(), all[1]["id"].clone());
    let patient = id(&clinic.patient.clone().me());
    let made = both.post("/visits", &json!({"patient": patient}));
    assert_eq!(made.status, 201, "{}", made.body);
    let visit = id(&made.json());
    let mut socket = both.socket().await;
    let moved = both.post("/me/organisation", &json!({"organisation": other}));
    assert_eq!((moved.status, &moved.json()["organisation"]["id"]), (200, &other), "{}", moved.body);
    assert_eq!(socket.closed().await, Some(4401), "the page comes back in the other organisation");
    assert_eq!(both.get(&format!("/visits/{visit}")).status, 404);
    assert_eq!(both.get("/visits").json(), json!([]));
    let mut socket = both.socket().await;
    assert_eq!(socket.join(&visit).await["code"], "no_visit");
    assert_eq!(both.post("/me/organisation", &json!({"organisation": home})).status, 200);
    assert_eq!(both.get(&format!("/visits/{visit}")).status, 200);
    let unknown = json!({"organisation": uuid::Uuid::new_v4()});
    assert_eq!(both.post("/me/organisation", &unknown).status, 404);
}

#[tokio::test]
async fn a_session_hears_of_the_visits_of_its_own_organisation() {
    let mut clinic = clinic();
    let port = clinic.server.port;
    let mut here = Browser::signed_in(port, "d004", "doctor012");
    let mut there = Browser::signed_in(port, "d004", "doctor012");
    let other = there.get("/me/organisations").json()[1]["id"].clone();
    assert_eq!(there.post("/me/organisation", &json!({"organisation": other})).status, 200);
    let (mut heard_here, mut heard_there) = (here.socket().await, there.socket().await);
    let doctor = json!({"doctor": id(&here.me())});
    let one = id(&clinic.patient.post("/visits", &doctor).json());
    let two = id(&Browser::signed_in(port, "p003", "patient789").post("/visits", &doctor).json());
    assert_eq!(heard_here.hear("visit").await["visit"]["id"], one);
    assert_eq!(heard_there.hear("visit").await["visit"]["id"], two, "the first of the two was nothing to it");
    assert_eq!(there.post(&format!("/visits/{two}/decline"), &Value::Null).status, 200);
    assert_eq!(here.post(&format!("/visits/{one}/decline"), &Value::Null).status, 200);
    assert_eq!(heard_here.hear("visit").await["visit"]["id"], one, "the other was nothing to this one");
}

#[test]
fn an_organisation_begins_by_two_people_and_describes_itself() {
    let clinic = clinic();
    let port = clinic.server.port;
    let mut one = Browser::signed_in(port, "a001", "admin123");
    let mut stranger = Browser::signed_in(port, "a003", "admin789");
    let wish = json!({"name": "Lake Clinic", "kind": "clinic", "zone": "Asia/Kolkata", "languages": ["en"]});
    let odd = json!({"name": "Lake Clinic", "kind": "clinic", "zone": "Asia/Lake", "languages": ["en"]});
    assert_eq!(one.post("/organisations", &odd).code(), "bad_field");
    let made = id(&one.post("/organisations", &wish).json());
    let approve = format!("/organisations/{made}/approve");
    assert_eq!(one.post(&approve, &Value::Null).code(), "two_people");
    assert_eq!(stranger.post(&approve, &Value::Null).status, 403, "only the operator");
    assert_eq!(stranger.get("/organisations/pending").status, 403);
    assert_eq!(one.get("/organisations/pending").json()[0]["by"], "Rohan Gupta");
    let mut other = Browser::signed_in(port, "a002", "admin456");
    assert_eq!(other.post(&approve, &Value::Null).json()["state"], "active");
    assert_eq!(other.post(&approve, &Value::Null).code(), "answered");
    let cards = clinic.server.browser().get("/organisations").json();
    assert!(cards.as_array().unwrap().iter().any(|card| card["name"] == "Lake Clinic" && card.get("policy").is_none()));
    let hours = json!([{"day": 1, "from": "17:00", "to": "09:00"}]);
    assert_eq!(stranger.ask("PATCH", "/organisation", &json!({"hours": hours})).code(), "bad_field");
    let change = json!({"hours": [{"day": 1, "from": "09:00", "to": "17:00"}], "phone": null, "name": "Sukhna"});
    let changed = stranger.ask("PATCH", "/organisation", &change);
    assert_eq!((changed.json()["name"].as_str(), &changed.json()["phone"]), (Some("Sukhna"), &Value::Null));
    assert_eq!(one.get("/organisation").json()["operator"], true, "the other one is as it was");
}

#[test]
fn nobody_changes_their_own_role_and_no_password_of_somebody_who_is_elsewhere_too() {
    let clinic = clinic();
    let mut admin = Browser::signed_in(clinic.server.port, "a001", "admin123");
    let own = id(&admin.me());
    assert_eq!(admin.ask("PATCH", &format!("/people/{own}"), &json!({"role": "desk"})).code(), "own_role");
    let mut both = Browser::signed_in(clinic.server.port, "d004", "doctor012");
    let path = format!("/people/{}/password", id(&both.me()));
    assert_eq!(admin.post(&path, &json!({"password": "a longer password"})).code(), "elsewhere");
    let mut desk = Browser::signed_in(clinic.server.port, "r001", "reception123");
    let path = format!("/people/{}", id(&desk.me()));
    assert_eq!(admin.ask("PATCH", &path, &json!({"role": "pharmacist"})).json()["role"], "pharmacist");
    assert_eq!(desk.get("/visits").status, 401, "a new role begins with a new session");
}

#[test]
fn documents_are_taken_by_what_they_are_sealed_on_disk_and_shown_to_admins() {
    let mut clinic = clinic();
    let credential = registration(&mut clinic);
    let origin = clinic.doctor.origin();
    let headers = [("origin", origin.as_str()), ("content-type", "application/pdf")];
    let path = "/api/v1/me/credential/documents?name=..%2Fdegree%20%C3%A9.pdf";
    let web = clinic.doctor.send("POST", path, &headers, "<html>%PDF-1.7</html>");
    assert_eq!(web.code(), "bad_field", "{}", web.body);
    let secret = format!("%PDF-1.7 {}", "a scanned degree ".repeat(80_000));
    let kept = clinic.doctor.send("POST", path, &headers, &secret);
    assert_eq!((kept.status, kept.json()["kind"].as_str()), (201, Some("application/pdf")), "{}", kept.body);
    assert_eq!(
        (kept.json()["name"].as_str(), kept.json()["size"].as_u64()),
        (Some("degree é.pdf"), u64::try_from(secret.len()).ok())
    );
    let path = format!("/credentials/{credential}/documents/{}", id(&kept.json()));
    let mut admin = Browser::signed_in(clinic.server.port, "a001", "admin123");
    let given = admin.get(&path);
    assert!(given.status == 200 && given.body == secret);
    assert!(given.header("content-disposition").unwrap().starts_with("attachment"));
    assert_eq!(clinic.doctor.get(&path).status, 403);
    for (_, mut stranger) in strangers(&clinic.server) {
        assert!([403, 404].contains(&stranger.get(&path).status));
    }
    let plain = |bytes: &[u8]| bytes.windows(17).any(|part| part == b"a scanned degree ");
    for file in files(&clinic.folder.0) {
        assert!(!plain(&std::fs::read(&file).unwrap()), "{}", file.display());
    }
}

fn files(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let (folders, files): (Vec<_>, Vec<_>) =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).partition(|path| path.is_dir());
    files.into_iter().chain(folders.iter().flat_map(|folder| self::files(folder))).collect()
}

#[tokio::test]
async fn a_suspension_shows_on_a_visit_under_way_and_stops_new_ones() {
    let mut clinic = clinic();
    let port = clinic.server.port;
    let visit = clinic.open_visit();
    let (mut doctor, mut patient) = clinic.both_in(&visit).await;
    let credential = registration(&mut clinic);
    let mut admin = Browser::signed_in(port, "a001", "admin123");
    assert_eq!(step(&mut admin, &credential, "suspend", "A complaint.").status, 200);
    for socket in [&mut doctor, &mut patient] {
        let told = socket.hear("standing").await;
        assert_eq!((&told["visit"], told["doctor"].as_str()), (&json!(visit), Some("suspended")));
    }
    let other = id(&Browser::signed_in(port, "p002", "patient456").me());
    let late = clinic.doctor.post("/visits", &json!({"patient": other}));
    assert_eq!((late.status, late.code().as_str()), (403, "not_active"));
    let mut desk = Browser::signed_in(port, "r001", "reception123");
    let whose = json!({"patient": other, "doctor": id(&clinic.doctor.me())});
    assert_eq!(desk.post("/visits", &whose).code(), "not_active");
    doctor.say(&json!({"t": "admit", "re": 9, "visit": visit, "seat": uuid::Uuid::new_v4()})).await;
    assert_eq!(doctor.hear("refused").await["code"], "not_active");
    assert_eq!(step(&mut admin, &credential, "reinstate", "Cleared.").status, 200);
    assert_eq!(patient.hear("standing").await["doctor"], "active");
    assert_eq!(clinic.doctor.post("/visits", &json!({"patient": other})).status, 201);
}

#[tokio::test]
async fn a_suspended_doctor_does_not_begin_a_visit_that_was_made_before() {
    let mut clinic = clinic();
    let visit = clinic.open_visit();
    let credential = registration(&mut clinic);
    let mut admin = Browser::signed_in(clinic.server.port, "a001", "admin123");
    assert_eq!(step(&mut admin, &credential, "suspend", "A complaint.").status, 200);
    let mut socket = clinic.doctor.socket().await;
    assert_eq!(socket.join(&visit).await["code"], "not_active");
    let shown = clinic.patient.get(&format!("/visits/{visit}")).json();
    assert!(shown["doctor"].get("registration").is_none(), "{shown}");
}

#[tokio::test]
async fn a_suspended_doctor_whose_line_broke_comes_back_to_a_visit_under_way_and_not_to_one_that_is_empty() {
    let mut clinic = clinic();
    let visit = clinic.open_visit();
    let (doctor, mut patient) = clinic.both_in(&visit).await;
    let credential = registration(&mut clinic);
    let mut admin = Browser::signed_in(clinic.server.port, "a001", "admin123");
    assert_eq!(step(&mut admin, &credential, "suspend", "A complaint.").status, 200);
    patient.hear("standing").await;
    drop(doctor);
    let mut back = clinic.doctor.socket().await;
    assert_eq!(back.join(&visit).await["t"], "joined");
    assert_eq!(back.hear("standing").await["doctor"], "suspended", "and is told at once");
    for socket in [&mut back, &mut patient] {
        socket.say(&json!({"t": "leave", "re": 8, "visit": visit})).await;
        socket.hear_where(|message| message["t"] == "done" && message["re"] == 8).await;
    }
    let mut late = clinic.doctor.socket().await;
    assert_eq!(late.join(&visit).await["code"], "not_active", "nobody is in it any more");
}

#[test]
fn a_registration_goes_its_way_over_the_wire() {
    let mut clinic = clinic();
    let port = clinic.server.port;
    let wish = json!({"qualification": "MBBS", "council": "Punjab Medical Council", "number": "PMC 9",
        "specialty": "Cardiology", "valid_until": 4_102_444_800_000_i64});
    let sent = clinic.doctor.ask("PUT", "/me/credential", &wish);
    assert_eq!((sent.status, sent.json()["state"].as_str()), (200, Some("submitted")), "{}", sent.body);
    let past = json!({"qualification": "MBBS", "council": "PMC", "number": "9", "specialty": "x", "valid_until": 1});
    assert_eq!(clinic.doctor.ask("PUT", "/me/credential", &past).code(), "bad_field");
    let credential = id(&sent.json());
    let path = |what: &str| format!("/credentials/{credential}/{what}");
    let mut one = Browser::signed_in(port, "a001", "admin123");
    assert_eq!(one.post(&path("activate"), &Value::Null).code(), "answered", "not yet");
    assert_eq!(one.post(&path("check"), &Value::Null).json()["checked_by"], "Rohan Gupta");
    assert_eq!(one.post(&path("match"), &json!({})).code(), "no_match");
    let origin = one.origin();
    let headers = [("origin", origin.as_str()), ("content-type", "text/csv")];
    let file = "council,number,name,qualification,valid_until\nPunjab Medical Council,PMC-9,Ananya Rao,MBBS,2031-01-01\n,,,,\n";
    let read = one.send("POST", "/api/v1/registry", &headers, file).json();
    assert_eq!((read["kept"].as_u64(), read["bad"][0]["line"].as_u64()), (Some(1), Some(3)), "{read}");
    assert_eq!(one.post(&path("match"), &json!({})).json()["state"], "matched");
    assert_eq!(one.post(&path("activate"), &Value::Null).code(), "two_people");
    let mut other = Browser::signed_in(port, "a002", "admin456");
    assert_eq!(other.post(&path("activate"), &Value::Null).json()["state"], "active");
    let visit = clinic.open_visit();
    let shown = clinic.patient.get(&format!("/visits/{visit}")).json();
    assert_eq!(shown["doctor"]["registration"], "PMC 9");
    // The register comes again by the command, while the server runs, and suspends.
    let newer = clinic.folder.0.join("register.csv");
    let rows =
        "council,number,name,qualification,valid_until,standing\nPunjab Medical Council,PMC 9,A. Rao,,,suspended\n";
    std::fs::write(&newer, rows).unwrap();
    let done = run(&clinic.folder.0, &[], &["registry", "import", newer.to_str().unwrap()]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let now = clinic.doctor.get("/me/credential").json();
    assert_eq!((now["state"].as_str(), &now["history"][8]["by"]), (Some("suspended"), &Value::Null), "{now}");
}
