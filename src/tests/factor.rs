//! The second factor: required, enrolled, asked for, used once, lost; and what a half session can not do.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests end by panicking")]

use futures_util::future::join_all;
use serde_json::{Value, json};
use vaidya::store::accounts::Person;
use vaidya::store::factors::Enrolment;
use vaidya::store::sessions::{SessionId, Stage};
use vaidya_clinic::role::Role;

use crate::authenticator::Authenticator;
use crate::browser::Browser;
use crate::house::{House, NOW, on_both, secret, session_of};
use crate::server::{Folder, Server};

/// A patient who has a second factor, and their phone.
fn with_phone(server: &Server) -> (Browser, Authenticator) {
    let mut browser = Browser::signed_in(server.port, "p001", "patient123");
    let phone = Authenticator::enrolled(&mut browser);
    (browser, phone)
}

/// A browser that has given the password, and not the code.
fn half(server: &Server) -> Browser {
    let mut browser = server.browser();
    let answer = browser.post("/login", &json!({"login": "p001", "password": "patient123"}));
    assert_eq!((answer.status, answer.json()), (200, json!({"kind": "second_factor"})), "{}", answer.body);
    browser
}

fn code(browser: &mut Browser, code: &str) -> (u16, String) {
    let answer = browser.post("/login/code", &json!({"code": code}));
    (answer.status, answer.code())
}

fn refused(code: &str) -> (u16, String) {
    (401, code.to_owned())
}

#[test]
fn a_code_lets_in_once_and_the_cookie_changes() {
    let folder = Folder::new();
    let server = Server::start(&folder.0);
    let (mut first, mut phone) = with_phone(&server);
    assert_eq!(first.me()["second_factor"], true);
    let mut browser = half(&server);
    let overseen = browser.clone();
    let right = phone.next();
    assert_eq!(code(&mut browser, &right).0, 200);
    assert_eq!(browser.me()["login"], "p001");
    assert!(browser.me()["fresh_until"].is_i64());
    assert_eq!(overseen.clone().get("/me").status, 401, "who saw the first cookie is not let in with it");
    assert_eq!(code(&mut half(&server), &right), refused("wrong_code"), "the same code again");
    assert_eq!(code(&mut browser, &right), (409, "bad_stage".to_owned()));
}

#[test]
fn a_half_session_can_do_nothing_but_go_on() {
    let folder = Folder::new();
    let server = Server::start(&folder.0);
    let (_, _) = with_phone(&server);
    let mut browser = half(&server);
    assert_eq!(browser.me(), json!({"kind": "second_factor"}));
    for path in ["/visits", "/me/keys", "/me/sessions", "/people?role=doctor", "/records"] {
        assert_eq!((browser.get(path).status, browser.get(path).code().as_str()), (401, "second_factor"), "{path}");
    }
    for path in ["/me/totp", "/me/totp/confirm", "/me/lock", "/me/unlock", "/me/fresh", "/logout/everywhere"] {
        let answer = browser.post(path, &json!({"code": "123456", "key": crate::browser::base64url([1; 32])}));
        assert_eq!((answer.status, answer.code().as_str()), (401, "second_factor"), "{path}");
    }
    assert_eq!(browser.post("/logout", &Value::Null).status, 204);
    assert_eq!(browser.get("/me").status, 401);
}

#[tokio::test]
async fn a_half_session_opens_no_socket() {
    let folder = Folder::new();
    let server = Server::start(&folder.0);
    let (_, _) = with_phone(&server);
    let browser = half(&server);
    assert_eq!(browser.try_socket(&browser.origin(), "/ws").await.err(), Some(401));
}

#[test]
fn a_clock_that_is_three_minutes_off_is_told_so_and_not_let_in() {
    let folder = Folder::new();
    let server = Server::start(&folder.0);
    let (_, mut phone) = with_phone(&server);
    let mut browser = half(&server);
    for steps in [-6, 6] {
        let answer = browser.post("/login/code", &json!({"code": phone.code(steps)}));
        assert_eq!((answer.status, answer.code().as_str()), (401, "clock_off"));
        // The step may end between the two clocks.
        assert!((2..=4).contains(&answer.json()["minutes"].as_u64().unwrap()), "{}", answer.body);
    }
    assert_eq!(code(&mut browser, &phone.code(-40)), refused("wrong_code"));
    assert_eq!(code(&mut browser, &phone.next()).0, 200);
}

#[test]
fn five_wrong_codes_lock_and_not_the_password() {
    let folder = Folder::new();
    let server = Server::start(&folder.0);
    let (_, mut phone) = with_phone(&server);
    let mut browser = half(&server);
    for _ in 0..5 {
        assert_eq!(code(&mut browser, &phone.code(-100)), refused("wrong_code"));
    }
    let answer = browser.post("/login/code", &json!({"code": phone.next()}));
    assert_eq!((answer.status, answer.code().as_str()), (429, "locked"), "the sixth, although it is right");
    assert!(answer.header("retry-after").unwrap().parse::<u64>().unwrap() > 0);
    assert_eq!(code(&mut half(&server), "0000-0000-0000").0, 429, "nor from another browser");
    assert_eq!(Browser::signed_in(server.port, "p002", "patient456").me()["login"], "p002");
}

#[test]
fn who_lost_the_phone_comes_in_with_a_recovery_code_once_and_enrols_anew() {
    let folder = Folder::new();
    let server = Server::start(&folder.0);
    let (_, phone) = with_phone(&server);
    assert_eq!(phone.recovery.len(), 10);
    assert!(phone.recovery.iter().all(|code| code.len() == 14 && code.split('-').count() == 3), "{:?}", phone.recovery);
    let mut browser = half(&server);
    let lost = phone.recovery[0].to_uppercase().replace('-', " ");
    assert_eq!(code(&mut browser, &lost).0, 200, "however it is typed");
    assert_eq!(code(&mut half(&server), &phone.recovery[0]), refused("wrong_code"));
    let fresh = browser.post("/me/totp/recovery", &Value::Null).json();
    assert_eq!(fresh["recovery"].as_array().unwrap().len(), 10);
    assert_eq!(code(&mut half(&server), &phone.recovery[1]), refused("wrong_code"), "the old ones are gone");
    assert_eq!(browser.ask("DELETE", "/me/totp", &Value::Null).status, 204);
    assert_eq!(browser.me()["second_factor"], false);
    Authenticator::enrolled(&mut browser);
    let unknown = fresh["recovery"][0].as_str().unwrap();
    assert_eq!(code(&mut half(&server), unknown), refused("wrong_code"), "codes go with their factor");
}

#[test]
fn of_two_devices_that_enrol_at_once_the_first_wins() {
    let folder = Folder::new();
    let server = Server::start(&folder.0);
    let mut laptop = Browser::signed_in(server.port, "p001", "patient123");
    let mut tablet = Browser::signed_in(server.port, "p001", "patient123");
    let (mut one, mut two) = (Authenticator::begun(&mut laptop), Authenticator::begun(&mut tablet));
    assert_eq!(two.confirm(&mut tablet).status, 200);
    let late = one.confirm(&mut laptop);
    assert_eq!((late.status, late.code().as_str()), (409, "already"));
    assert_eq!(laptop.post("/me/totp", &Value::Null).code(), "already");
    assert_eq!(code(&mut half(&server), &one.code(1)), refused("wrong_code"), "the loser's app is worth nothing");
    assert_eq!(code(&mut half(&server), &two.next()).0, 200);
}

#[test]
fn who_has_a_second_factor_proves_it_afresh_with_a_code_and_others_with_the_password() {
    let folder = Folder::new();
    let server = Server::start(&folder.0);
    let mut plain = Browser::signed_in(server.port, "p002", "patient456");
    let key = |browser: &mut Browser, login: &str, password: &str| {
        let kdf = browser.get(&format!("/login/params?login={login}")).json();
        json!({"key": crate::login::login_key(password, &kdf)})
    };
    let wrong = key(&mut plain, "p002", "not this one");
    assert_eq!(plain.post("/me/fresh", &wrong).code(), "wrong_login");
    let right = key(&mut plain, "p002", "patient456");
    assert!(plain.post("/me/fresh", &right).json()["fresh_until"].is_i64());
    let (mut browser, mut phone) = with_phone(&server);
    let password = key(&mut browser, "p001", "patient123");
    assert_eq!(browser.post("/me/fresh", &password).code(), "factor_needed");
    assert_eq!(browser.post("/me/fresh", &json!({"code": phone.code(-50)})).code(), "wrong_code");
    assert_eq!(browser.post("/me/fresh", &json!({"code": phone.next()})).status, 200);
}

on_both! {
    async fn of_many_who_use_one_code_one_gets_in(house) {
        let who = house.person("p001", Role::Patient).await;
        enrolled(&house, &who).await;
        let tries = join_all((0..20).map(|_| house.store.use_step(who.id, 8))).await;
        assert_eq!(tries.into_iter().filter(|used| *used.as_ref().unwrap()).count(), 1);
        assert!(!house.store.use_step(who.id, 7).await.unwrap(), "nor with an older one");
        let code = secret(9);
        let tries = (0..20).map(|_| house.store.use_recovery(who.id, code, NOW));
        let tries = join_all(tries).await;
        assert_eq!(tries.into_iter().filter(|used| *used.as_ref().unwrap()).count(), 1);
    }

    async fn of_many_who_enrol_at_once_one_does_and_the_others_are_asked_for_a_code(house) {
        let who = house.person("d001", Role::Doctor).await;
        let mut sessions = Vec::new();
        for number in 0..8 {
            let mut new = session_of(&who, secret(number), "Firefox on Linux");
            new.stage = Stage::Enrol;
            sessions.push(house.store.open_session(new, NOW).await.unwrap());
        }
        let tries = sessions.iter().map(|session| house.store.enrol(enrolment(&who, *session), NOW));
        let tries = join_all(tries).await;
        let won: Vec<_> = (0_u8..8).zip(&tries).filter(|(_, done)| done.is_ok()).map(|(number, _)| number).collect();
        assert_eq!(won.len(), 1);
        for number in 0..8 {
            let session = house.store.session(secret(number), NOW).await.unwrap().unwrap();
            assert_eq!(session.stage == Stage::Enrol, number == won[0], "{number}");
        }
    }
}

fn enrolment(who: &Person, session: SessionId) -> Enrolment {
    let recovery = vec![secret(9)];
    Enrolment { person: who.id, session, sealed: vec![1; 48], step: 7, recovery }
}

async fn enrolled(house: &House, who: &Person) {
    let new = session_of(who, secret(1), "Firefox on Linux");
    let session = house.store.open_session(new, NOW).await.expect("a session");
    house.store.enrol(enrolment(who, session), NOW).await.expect("the first factor");
}
