//! The API of other programs: its documented lines run as they stand, its tokens, its codes, and who may what.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests end by panicking")]

use std::collections::BTreeMap;
use std::process::Command;

use sea_orm::{ConnectionTrait as _, Database, Statement};
use serde_json::{Value, json};
use vaidya::gateway::custody::{Custody, Master};
use vaidya_clinic::id::KeyId;
use vaidya_clinic::vault::object;

use crate::browser::{Answer, Browser};
use crate::device::Device;
use crate::server::{Folder, Server};

/// A program: what it knows is its token.
struct Program {
    browser: Browser,
    token: String,
}

impl Program {
    fn of(server: &Server, role: &str, id: &str, password: &str) -> Self {
        let mut program = Self { browser: server.browser(), token: String::new() };
        let answer = program.post("/api/login", &json!({"role": role, "id": id, "password": password}));
        assert_eq!(answer.status, 200, "{}", answer.body);
        program.token = answer.json()["token"].as_str().unwrap().to_owned();
        program
    }

    fn doctor(server: &Server) -> Self {
        Self::of(server, "doctor", "d001", "doctor123")
    }

    fn send(&mut self, method: &str, path: &str, body: &Value) -> Answer {
        let bearer = format!("Bearer {}", self.token);
        let mut headers = vec![("content-type", "application/json")];
        if !self.token.is_empty() {
            headers.push(("authorization", bearer.as_str()));
        }
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.browser.send(method, path, &headers, &body)
    }

    fn post(&mut self, path: &str, body: &Value) -> Answer {
        self.send("POST", path, body)
    }

    fn asks(&mut self, scope: &[&str]) -> Value {
        let wish = json!({"patient_id": "p001", "purpose": "treatment", "scope": scope, "minutes": 60});
        let answer = self.post("/api/request_consent", &wish);
        assert_eq!(answer.status, 202, "{}", answer.body);
        answer.json()
    }

    fn adds(&mut self, consent: &Value, otp: Option<&str>, content: &str) -> Answer {
        let record =
            json!({"patient_id": "p001", "consent_id": consent, "otp": otp, "title": "A title", "content": content});
        self.post("/api/add_record", &record)
    }
}

/// The six digits in the newest message to a demo person.
fn code(server: &Server, login: &str) -> String {
    let told = server.browser().send("GET", &format!("/demo/sms?to={login}"), &[], "").json();
    digits(told[0]["body"].as_str().unwrap())
}

fn digits(text: &str) -> String {
    let mut runs = text.split(|letter: char| !letter.is_ascii_digit());
    runs.rfind(|run| run.len() == 6).unwrap().to_owned()
}

fn wrong(code: &str) -> &'static str {
    if code == "000000" { "111111" } else { "000000" }
}

#[test]
fn the_documented_lines_do_what_they_say() {
    let folder = Folder::new();
    let server = Server::start(&folder.0);
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/seed-api.md")).unwrap();
    let mut known = BTreeMap::from([("URL", format!("http://localhost:{}", server.port))]);
    let mut answers = Vec::new();
    for line in text.split("```sh\n").skip(1).map(|rest| rest.split("```").next().unwrap()) {
        let done = Command::new("sh").arg("-c").arg(line).envs(&known).output().unwrap();
        assert!(done.status.success(), "{line}");
        let answer: Value = serde_json::from_slice(&done.stdout).unwrap_or(Value::Null);
        for (variable, found) in [("TOKEN", &answer["token"]), ("CONSENT", &answer["consent_id"])] {
            if let Some(found) = found.as_str() {
                known.insert(variable, found.to_owned());
            }
        }
        if let Some(body) = answer[0]["body"].as_str() {
            known.insert("CODE", digits(body));
        }
        answers.push(answer);
    }
    assert_eq!(answers.len(), 8, "a line was added: say here what it answers");
    assert!(answers[1]["expires_at"].is_i64() && answers[1].as_object().unwrap().len() == 2);
    assert!(!answers[1].to_string().contains(&known["CODE"]), "the doctor is not told the code");
    let (added, listed) = (&answers[3], &answers[4]["records"]);
    assert!(added["cid"].as_str().is_some_and(|cid| cid.starts_with("bafkrei")), "{added}");
    assert_eq!((&listed[0]["id"], &listed[0]["author"]), (&added["record_id"], &json!("Dr Ananya Rao")));
    let (root, size) = (answers[5]["root"].as_str().unwrap(), answers[5]["tree_size"].as_u64().unwrap());
    assert!(root.len() == 64 && size > 0 && answers[5]["height"].as_u64() > Some(0), "{}", answers[5]);
    assert!(answers[5]["votes"].as_u64() >= Some(3), "a quorum of four stands behind it: {}", answers[5]);
    assert!(answers[6]["pending"].is_u64() && answers[6]["tps"].is_number(), "{}", answers[6]);
    let mut gone = Program { browser: server.browser(), token: known["TOKEN"].clone() };
    assert_eq!(gone.send("GET", "/api/metrics", &Value::Null).code(), "bad_bearer", "the last line ends the token");
}

#[tokio::test]
async fn what_is_posted_opens_for_patient_doctor_and_clinic_and_is_nowhere_in_the_clear() {
    let folder = Folder::new();
    let server = Server::start(&folder.0);
    let mut patient = Device::registered(Browser::signed_in(server.port, "p001", "patient123"));
    let mut doctor = Device::registered(Browser::signed_in(server.port, "d001", "doctor123"));
    let mut program = Program::doctor(&server);
    let asked = program.asks(&["note"]);
    let marker = "A MARKER THAT MUST NOT LIE ANYWHERE IN THE CLEAR";
    let added = program.adds(&asked["consent_id"], Some(&code(&server, "p001")), marker);
    assert_eq!(added.status, 201, "{}", added.body);
    let record = added.json()["record_id"].as_str().unwrap().to_owned();
    let wanted = json!({"v": 1, "title": "A title", "text": marker});
    for device in [&mut patient, &mut doctor] {
        assert_eq!(serde_json::from_str::<Value>(&device.open(&record)).unwrap(), wanted);
    }
    let key = std::fs::read(folder.0.join("server.key")).unwrap().try_into().unwrap();
    let custody = Custody::new(&folder.0.join("keys"), Master::derived(&key));
    let db = Database::connect(format!("sqlite://{}", folder.0.join("vaidya.db").display())).await.unwrap();
    let rows = "SELECT key_id, ek FROM clinic_wrap";
    let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), rows)).await.unwrap().unwrap();
    let held = KeyId(row.try_get("", "key_id").unwrap());
    let content = custody.open(held, &row.try_get::<Vec<u8>>("", "ek").unwrap()).unwrap();
    db.close().await.unwrap();
    let cid = added.json()["cid"].as_str().unwrap().to_owned();
    let block = found(&folder.0, &cid).unwrap();
    let opened = object::parse(&block).unwrap().open(&content).unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&opened).unwrap(), wanted);
    let log = server.stop();
    assert!(!log.contains(marker));
    assert!(!contains(&folder.0, marker.as_bytes()), "not in a file");
}

/// A file of this name, somewhere below a folder.
fn found(folder: &std::path::Path, name: &str) -> Option<Vec<u8>> {
    std::fs::read_dir(folder).unwrap().find_map(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() {
            return found(&path, name);
        }
        (path.file_name()?.to_str()? == name).then(|| std::fs::read(&path).unwrap())
    })
}

fn contains(folder: &std::path::Path, text: &[u8]) -> bool {
    std::fs::read_dir(folder).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() {
            return contains(&path, text);
        }
        std::fs::read(&path).is_ok_and(|bytes| bytes.windows(text.len()).any(|part| part == text))
    })
}

#[test]
fn a_code_is_taken_once_and_what_it_granted_goes_on_without_it() {
    let folder = Folder::new();
    let server = Server::start(&folder.0);
    let mut program = Program::doctor(&server);
    let consent = program.asks(&["note"])["consent_id"].clone();
    let code = code(&server, "p001");
    assert_eq!(program.adds(&consent, None, "too early").status, 404, "nobody said yes");
    assert_eq!(program.adds(&consent, Some(wrong(&code)), "x").code(), "wrong_code");
    let mut other = Program::of(&server, "doctor", "d002", "doctor456");
    assert_eq!(other.adds(&consent, Some(&code), "x").status, 404, "another doctor's code");
    assert_eq!(program.adds(&consent, Some(&code), "first").status, 201);
    assert_eq!(program.adds(&consent, Some(&code), "again").code(), "code_spent");
    assert_eq!(program.adds(&consent, None, "second").status, 201);
    assert_eq!(other.adds(&consent, None, "x").status, 404);
    let wish = |consent: Option<&Value>| json!({"patient_id": "p001", "consent_id": consent});
    let listed = program.post("/api/patient_records", &wish(Some(&consent))).json();
    assert_eq!(listed["records"].as_array().unwrap().len(), 2);
    assert_eq!(other.post("/api/patient_records", &wish(Some(&consent))).status, 404);
    assert_eq!(other.post("/api/patient_records", &wish(None)).json()["records"], json!([]));
    let mut patient = Program::of(&server, "patient", "p001", "patient123");
    assert_eq!(patient.post("/api/patient_records", &wish(None)).json()["records"].as_array().unwrap().len(), 2);
    let mut stranger = Program::of(&server, "patient", "p002", "patient456");
    assert_eq!(stranger.post("/api/patient_records", &wish(None)).status, 404);
}

#[test]
fn five_wrong_codes_end_a_consent_and_one_without_notes_takes_none() {
    let folder = Folder::new();
    let server = Server::start(&folder.0);
    let mut program = Program::doctor(&server);
    let consent = program.asks(&["note"])["consent_id"].clone();
    let right = code(&server, "p001");
    for _ in 0..5 {
        assert_eq!(program.adds(&consent, Some(wrong(&right)), "x").code(), "wrong_code");
    }
    assert_eq!(program.adds(&consent, Some(&right), "x").code(), "code_spent");
    let labs = program.asks(&["lab"])["consent_id"].clone();
    assert_eq!(program.adds(&labs, Some(&code(&server, "p001")), "x").status, 404);
}

#[test]
fn a_token_is_of_one_role_ends_in_the_browser_and_is_no_cookie() {
    let folder = Folder::new();
    let server = Server::start(&folder.0);
    let mut nobody = Program { browser: server.browser(), token: String::new() };
    for (role, password) in [("patient", "doctor123"), ("doctor", "patient123"), ("admin", "doctor123")] {
        let answer = nobody.post("/api/login", &json!({"role": role, "id": "d001", "password": password}));
        assert_eq!((answer.status, answer.code().as_str()), (401, "wrong_login"), "{role}");
    }
    let mut program = Program::doctor(&server);
    assert_eq!(program.send("GET", "/api/metrics", &Value::Null).status, 200);
    let mut as_cookie = server.browser().carrying("__Host-vaidya", &program.token);
    assert_eq!(as_cookie.get("/me").status, 401);
    let bearer = format!("Bearer {}", program.token);
    let on_pages = server.browser().send("GET", "/api/v1/me", &[("authorization", bearer.as_str())], "");
    assert_eq!(on_pages.status, 401, "it is for these requests alone");
    let mut doctor = Browser::signed_in(server.port, "d001", "doctor123");
    let with_cookie = doctor.send("GET", "/api/metrics", &[], "");
    assert_eq!(with_cookie.status, 401, "a cookie is nobody here");
    let sessions = doctor.get("/me/sessions").json();
    let own = sessions.as_array().unwrap().iter().find(|one| one["label"] == "API").unwrap().clone();
    let ended = doctor.ask("DELETE", &format!("/me/sessions/{}", own["id"].as_str().unwrap()), &Value::Null);
    assert_eq!(ended.status, 204);
    assert_eq!(program.send("GET", "/api/metrics", &Value::Null).code(), "bad_bearer");
}

#[test]
fn everyone_may_what_the_table_says_in_the_api_of_programs() {
    let folder = Folder::new();
    let server = Server::start(&folder.0);
    let told = server.browser().send("GET", "/api/programs.json", &[], "").json();
    let people = [
        ("patient", "p001", "patient123"),
        ("doctor", "d001", "doctor123"),
        ("desk", "r001", "reception123"),
        ("admin", "a001", "admin123"),
        ("auditor", "u001", "auditor123"),
    ];
    let mut cells = 0;
    for (path, item) in told["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let (method, address, may) = (method.to_uppercase(), format!("/api{path}"), &operation["x-may"]);
            let body = if method == "GET" { Value::Null } else { json!({}) };
            let stranger = Program { browser: server.browser(), token: String::new() }.send(&method, &address, &body);
            assert_eq!(stranger.status == 401, may != "anyone", "{address} by a stranger: {}", stranger.status);
            for (role, id, password) in people {
                let mut program = Program::of(&server, role, id, password);
                let answer = program.send(&method, &address, &body);
                let allowed =
                    may == "anyone" || may == "person" || may.as_array().is_some_and(|all| all.contains(&json!(role)));
                assert_eq!(answer.status == 403, !allowed, "{address} by {role}: {}", answer.status);
                cells += 1;
            }
        }
    }
    assert_eq!(cells, 35);
}

#[test]
fn without_the_demo_people_nobody_reads_messages() {
    let folder = Folder::new();
    let server = Server::with(&folder.0, &[("VAIDYA_SMS", "browser")], &["serve"]);
    assert_eq!(server.browser().send("GET", "/demo/sms?to=p001", &[], "").status, 404);
}
