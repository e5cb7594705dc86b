//! Passwords that never leave the browser: parameters, login keys, changes and resets.
#![expect(clippy::unwrap_used, reason = "tests end by panicking")]

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sea_orm::{ConnectionTrait as _, Database};
use serde_json::{Value, json};
use vaidya_clinic::vault::password::{Master, ROUNDS};

use crate::browser::{Browser, base64url};
use crate::device::{Device, backup};
use crate::server::{Folder, Server};

/// What a browser makes of a password.
fn stretched(password: &str, kdf: &Value) -> Master {
    let salt = URL_SAFE_NO_PAD.decode(kdf["salt"].as_str().unwrap()).unwrap();
    Master::stretch(password, &salt.try_into().unwrap(), u32::try_from(kdf["iterations"].as_u64().unwrap()).unwrap())
}

pub(crate) fn login_key(password: &str, kdf: &Value) -> String {
    base64url(stretched(password, kdf).login().expose())
}

fn fresh_kdf(number: u8) -> Value {
    json!({"v": 1, "salt": base64url([number; 16]), "iterations": ROUNDS})
}

fn params(browser: &mut Browser, login: &str) -> Value {
    let answer = browser.get(&format!("/login/params?login={login}"));
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()
}

fn sign_in(browser: &mut Browser, login: &str, password: &str) -> u16 {
    let kdf = params(browser, login);
    browser.post("/login", &json!({"login": login, "key": login_key(password, &kdf)})).status
}

#[test]
fn a_browser_signs_in_without_sending_the_password() {
    let folder = Folder::new();
    let server = Server::start(&folder.0);
    let mut browser = server.browser();
    assert_eq!(sign_in(&mut browser, "d001", "doctor124"), 401);
    assert_eq!(sign_in(&mut browser, "D001", "doctor123"), 200);
    assert_eq!(browser.me()["login"], "d001");
    let both = json!({"login": "d001", "key": base64url([1; 32]), "password": "doctor123"});
    assert_eq!(browser.post("/login", &both).code(), "bad_field");
    assert_eq!(browser.post("/login", &json!({"login": "d001", "key": "short"})).code(), "bad_field");
}

#[test]
fn the_parameters_of_a_login_nobody_has_are_steady_and_look_like_anyones() {
    let folder = Folder::new();
    let server = Server::start(&folder.0);
    let mut browser = server.browser();
    let (known, unknown) = (params(&mut browser, "d001"), params(&mut browser, "nobody"));
    assert_eq!(params(&mut browser, "%20NoBody"), unknown, "however it is typed");
    assert_ne!(params(&mut browser, "nobody2")["salt"], unknown["salt"]);
    for kdf in [&known, &unknown] {
        let fields: Vec<_> = kdf.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(fields, ["iterations", "salt", "v"]);
        assert_eq!((kdf["v"].as_u64(), kdf["iterations"].as_u64()), (Some(1), Some(u64::from(ROUNDS))));
        assert_eq!(URL_SAFE_NO_PAD.decode(kdf["salt"].as_str().unwrap()).unwrap().len(), 16);
    }
    server.stop();
    let server = Server::start(&folder.0);
    assert_eq!(params(&mut server.browser(), "nobody"), unknown, "after a restart as well");
    assert_eq!(params(&mut server.browser(), "d001"), known);
    let other = Folder::new();
    let elsewhere = Server::start(&other.0);
    assert_ne!(params(&mut elsewhere.browser(), "nobody")["salt"], unknown["salt"], "nobody can compute them");
}

#[test]
fn new_people_are_made_with_a_key_and_weak_stretching_is_refused() {
    let folder = Folder::new();
    let server = Server::start(&folder.0);
    let mut admin = Browser::signed_in(server.port, "a001", "admin123");
    let kdf = fresh_kdf(9);
    let key = login_key("a password of mine", &kdf);
    let person = json!({"login": "p009", "name": "Nine", "role": "patient", "kdf": kdf, "key": key});
    for (field, wrong) in [("iterations", json!(ROUNDS - 1)), ("salt", json!(base64url([1; 15]))), ("v", json!(2))] {
        let mut weak = person.clone();
        weak["kdf"][field] = wrong;
        assert_eq!(admin.post("/people", &weak).code(), "bad_field", "{field}");
    }
    assert_eq!(admin.post("/people", &person).status, 201);
    assert_eq!(params(&mut admin, "p009"), kdf);
    assert_eq!(sign_in(&mut server.browser(), "p009", "a password of mine"), 200);
    Browser::signed_in(server.port, "p009", "a password of mine");
}

#[test]
fn one_changes_ones_password_with_the_old_one_and_keeps_the_backups() {
    let folder = Folder::new();
    let server = Server::start(&folder.0);
    let mut device = Device::registered(Browser::signed_in(server.port, "p001", "patient123"));
    let mut other = Browser::signed_in(server.port, "p001", "patient123");
    let (old, kdf) = (params(&mut other, "p001"), fresh_kdf(3));
    let mut made_anew = backup("password", 7);
    made_anew["key"] = json!(device.id);
    let mut change = json!({
        "old": login_key("not this one", &old), "kdf": kdf, "key": login_key("another password", &kdf), "backups": [made_anew],
    });
    assert_eq!(device.browser.post("/me/password", &change).code(), "wrong_login");
    change["old"] = json!(login_key("patient123", &old));
    change["backups"][0]["key"] = json!(uuid::Uuid::new_v4());
    assert_eq!(device.browser.post("/me/password", &change).status, 404, "a backup of no key of theirs");
    assert_eq!(sign_in(&mut server.browser(), "p001", "patient123"), 200, "then nothing was changed");
    change["backups"][0]["key"] = json!(device.id);
    assert_eq!(device.browser.post("/me/password", &change).status, 204);
    assert_eq!(other.get("/me").status, 401, "other browsers are signed out");
    let kept = device.browser.get("/me/keys").json();
    let password = kept["backups"].as_array().unwrap().iter().find(|one| one["kind"] == "password").unwrap();
    assert_eq!(password["ct"], backup("password", 7)["ct"]);
    assert_eq!(sign_in(&mut server.browser(), "p001", "patient123"), 401);
    assert_eq!(sign_in(&mut server.browser(), "p001", "another password"), 200);
}

#[test]
fn the_admin_resets_a_password_and_nobody_else_does() {
    let folder = Folder::new();
    let server = Server::start(&folder.0);
    let mut patient = Browser::signed_in(server.port, "p001", "patient123");
    let path = format!("/people/{}/password", patient.me()["id"].as_str().unwrap());
    let kdf = fresh_kdf(4);
    let reset = json!({"kdf": kdf, "key": login_key("from the admin", &kdf)});
    assert_eq!(patient.post(&path, &reset).status, 403);
    assert_eq!(Browser::signed_in(server.port, "d001", "doctor123").post(&path, &reset).status, 403);
    let mut admin = Browser::signed_in(server.port, "a001", "admin123");
    assert_eq!(admin.post(&format!("/people/{}/password", uuid::Uuid::new_v4()), &reset).status, 404);
    assert_eq!(admin.post(&path, &reset).status, 204);
    assert_eq!(patient.get("/me").status, 401);
    assert_eq!(sign_in(&mut server.browser(), "p001", "from the admin"), 200);
}

#[tokio::test]
async fn an_account_of_an_early_vaidya_is_stretched_at_its_next_login() {
    let folder = Folder::new();
    let server = Server::start(&folder.0);
    let mut admin = Browser::signed_in(server.port, "a001", "admin123");
    let person = json!({"login": "p009", "name": "Nine", "role": "patient", "password": "long enough"});
    assert_eq!(admin.post("/people", &person).status, 201);
    let db = Database::connect(format!("sqlite://{}", folder.0.join("vaidya.db").display())).await.unwrap();
    let early = {
        use argon2::password_hash::PasswordHasher as _;
        argon2::Argon2::default().hash_password_with_salt(b"long enough", &[1; 16]).unwrap().to_string()
    };
    let set = format!(
        "UPDATE person SET password_hash = '{early}', kdf_salt = NULL, kdf_iterations = NULL WHERE login = 'p009'"
    );
    db.execute_unprepared(&set).await.unwrap();
    db.close().await.unwrap();
    assert_eq!(server.browser().post("/login", &json!({"login": "p009", "password": "wrong"})).status, 401);
    Browser::signed_in(server.port, "p009", "long enough");
    assert_eq!(sign_in(&mut server.browser(), "p009", "long enough"), 200, "by key from now on");
}

#[test]
fn nothing_that_opens_a_backup_is_on_the_servers_disk_or_in_its_log() {
    let folder = Folder::new();
    let server = Server::start(&folder.0);
    let password = "correct horse canary staple";
    let mut admin = Browser::signed_in(server.port, "a001", "admin123");
    let person = json!({"login": "p009", "name": "Nine", "role": "patient", "password": password});
    assert_eq!(admin.post("/people", &person).status, 201);
    let mut device = Device::registered(Browser::signed_in(server.port, "p009", password));
    let kdf = params(&mut device.browser, "p009");
    assert_eq!(sign_in(&mut server.browser(), "p009", password), 200);
    let master = stretched(password, &kdf);
    let (login, wrap) = (master.login(), master.wrap());
    let log = server.kill();
    let disk = crate::records::everything_below(&folder.0);
    assert!(crate::records::found(&disk, &[1; 1_300]), "the backup itself is there: the search finds");
    for secret in [password.as_bytes(), login.expose().as_slice(), wrap.expose().as_slice()] {
        let text = base64url(secret);
        let hex: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
        for form in [secret, text.as_bytes(), hex.as_bytes()] {
            assert!(!crate::records::found(&disk, form));
            assert!(!crate::records::found(log.as_bytes(), form));
        }
    }
}
