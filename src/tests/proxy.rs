//! Behind a proxy: who is believed about whom a request comes from, and who isn't.

use serde_json::json;
use vaidya::web::limit::WRONG;

use crate::browser::{Answer, Browser};
use crate::server::{Folder, Server};

/// A stranger's proxy is not ours: nobody on this machine is believed.
const NOBODY_HERE: (&str, &str) = ("VAIDYA_TRUSTED_PROXIES", "10.0.0.0/8");

fn try_login(browser: &mut Browser, headers: &[(&str, &str)]) -> Answer {
    let origin = browser.origin();
    let mut all = vec![("origin", origin.as_str()), ("content-type", "application/json")];
    all.extend_from_slice(headers);
    let body = json!({"login": uuid::Uuid::new_v4().to_string(), "password": "x"}).to_string();
    browser.send("POST", "/api/v1/login", &all, &body)
}

#[test]
fn addresses_that_a_stranger_makes_up_do_not_buy_tries() {
    let folder = Folder::new();
    let server = Server::with(&folder.0, &[NOBODY_HERE], &["serve"]);
    let mut browser = server.browser();
    for number in 0..WRONG.tries {
        let made_up = format!("198.51.100.{}", number % 250);
        assert_eq!(try_login(&mut browser, &[("x-forwarded-for", &made_up)]).status, 401);
    }
    let answer = try_login(&mut browser, &[("x-forwarded-for", "203.0.113.1")]);
    assert_eq!((answer.status, answer.code().as_str()), (429, "locked"));
    server.stop();
}

#[test]
fn a_proxy_s_word_counts_and_what_stands_left_of_it_does_not() {
    let folder = Folder::new();
    let server = Server::with(&folder.0, &[], &["serve"]);
    let mut browser = server.browser();
    for number in 0..WRONG.tries {
        // The proxy appends the address it saw to what the stranger made up.
        let chain = format!("198.51.100.{}, 203.0.113.9", number % 250);
        assert_eq!(try_login(&mut browser, &[("x-forwarded-for", &chain)]).status, 401);
    }
    assert_eq!(try_login(&mut browser, &[("x-forwarded-for", "203.0.113.9")]).status, 429);
    assert_eq!(try_login(&mut browser, &[("x-forwarded-for", "203.0.113.10")]).status, 401, "someone else");
    server.stop();
}

#[test]
fn the_host_a_proxy_names_is_ours_and_the_one_a_stranger_names_is_not() {
    let page = [
        ("origin", "https://visits.example"),
        ("x-forwarded-host", "visits.example"),
        ("x-forwarded-proto", "https"),
        ("content-type", "application/json"),
    ];
    let body = json!({"login": "nobody", "password": "x"}).to_string();
    let status = |trusted: &[(&str, &str)], page: &[(&str, &str)]| {
        let folder = Folder::new();
        let server = Server::with(&folder.0, trusted, &["serve"]);
        let answer = server.browser().send("POST", "/api/v1/login", page, &body);
        server.stop();
        answer.status
    };
    assert_eq!(status(&[], &page), 401, "the password is wrong, but the page is ours");
    assert_eq!(status(&[NOBODY_HERE], &page), 403);
    let mut plain = page;
    plain[0].1 = "http://visits.example";
    assert_eq!(status(&[], &plain), 403, "a page without TLS is not the one with it");
}
