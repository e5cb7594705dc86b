//! The table of roles, cell by cell: every operation the OpenAPI document tells of, asked by everyone there is, against a
//! real server with things of two organisations. An operation without a rule, or with a parameter nobody knows, fails here.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests end by panicking"
)]

use std::collections::BTreeSet;

use sea_orm::{ConnectionTrait, Database};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;
use vaidya_clinic::role::Role;
use vaidya_clinic::scope::Scope;
use vaidya_clinic::vault::object::Cid;

use crate::browser::{Answer, Browser};
use crate::server::{Folder, Server};

/// What one is told who may not.
const REFUSED: [&str; 6] = ["no_session", "second_factor", "locked_session", "step_up", "cross_site", "forbidden"];

/// Operations whose handlers refuse some of those who may ask: only the operator, only who was let in, only
/// who is signed in when there is no body, only whose session is complete.
const NARROWER: [&str; 13] = [
    "GET /block-alarms",
    "GET /ledger/health",
    "GET /ledger/series",
    "POST /ledger/flush",
    "POST /invites/{code}/accept",
    "POST /me/lock",
    "GET /organisations/pending",
    "POST /organisations/{id}/approve",
    "POST /organisations/{id}/refuse",
    "GET /visits/{id}/chat",
    "POST /login/code",
    "POST /me/totp",
    "POST /me/totp/confirm",
];

/// An organisation's number, which its people's and things' ids begin with.
type Org = u8;

/// Someone who asks.
#[derive(Clone)]
struct Caller {
    name: String,
    /// None: a stranger, or a guest.
    role: Option<Role>,
    org: Org,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Stranger,
    Guest,
    Full,
    Stale,
    Locked,
    Half,
    /// Another program, with a token that has every scope.
    Program,
}

/// An operation with its rule.
struct Operation {
    method: String,
    path: String,
    may: Value,
    fresh: bool,
    scope: bool,
}

impl Operation {
    fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// Whether this caller may ask at all.
    fn allows(&self, caller: &Caller) -> bool {
        if caller.kind == Kind::Program {
            return self.scope;
        }
        let known = caller.kind != Kind::Stranger;
        let person = matches!(caller.kind, Kind::Full | Kind::Stale);
        let may = match self.may.as_str() {
            Some("anyone") => true,
            Some("session") => known,
            Some("signed_in") => person || caller.kind == Kind::Guest,
            Some("person") => person,
            Some(other) => panic!("{}: who is {other}?", self.name()),
            None => {
                let roles = self.may.as_array().unwrap_or_else(|| panic!("{} has no rule", self.name()));
                assert!(roles.iter().all(|role| Role::parse(role.as_str().unwrap()).is_some()), "{}", self.name());
                person && caller.role.is_some_and(|role| roles.contains(&json!(role.as_str())))
            }
        };
        may && !(self.fresh && caller.kind != Kind::Full)
    }

    /// Its address with things of an organisation in place of the parameters.
    fn address(&self, org: Org) -> String {
        let part = |(before, part): (&str, &str)| match part {
            "{id}" | "{link}" | "{doc}" => thing(org, before).to_string(),
            "{code}" => "AAAAAAAAAAAA".to_owned(),
            "{guardian}" => thing(org, "people").to_string(),
            "{kind}" => "password".to_owned(),
            "{seq}" => "1".to_owned(),
            "{cid}" => Cid::of(b"a block").as_str().to_owned(),
            open if open.starts_with('{') => panic!("{}: nothing is known to put for {open}", self.name()),
            plain => plain.to_owned(),
        };
        let parts = std::iter::once("").chain(self.path.split('/')).zip(self.path.split('/'));
        parts.map(part).collect::<Vec<_>>().join("/")
    }

    fn names_a_thing(&self) -> bool {
        self.path.contains("{id}")
    }
}

/// The id of a thing of an organisation, by the word before it in an address.
fn thing(org: Org, kind: &str) -> Uuid {
    let number = match kind {
        "people" | "patients" => 0x50,
        "visits" => 0x51,
        "records" => 0x52,
        "links" => 0x53,
        "keys" => 0x54,
        "invites" => 0x55,
        "sessions" => 0x56,
        "organisations" => 0x57,
        "credentials" => 0x58,
        "documents" => 0x59,
        "tokens" => 0x5a,
        "uploads" => 0x5c,
        "consents" | "reviews" => 0x5d,
        other => panic!("nothing of the kind {other} is known: put one into both organisations"),
    };
    id(org, number)
}

fn id(org: Org, number: u8) -> Uuid {
    Uuid::from_u128(u128::from(org) << 96 | u128::from(number) | 1 << 120)
}

fn person(org: Org, role: Role) -> Uuid {
    let place = Role::ALL.iter().position(|one| *one == role).unwrap();
    id(org, u8::try_from(place).unwrap() + 1)
}

impl Caller {
    /// Their account; those in a strange state have one each, so that nobody ends the sessions of another.
    fn person(&self) -> Option<Uuid> {
        match self.kind {
            Kind::Stranger | Kind::Guest | Kind::Program => None,
            Kind::Full => self.role.map(|role| person(self.org, role)),
            Kind::Stale => Some(id(self.org, 0x70)),
            Kind::Locked => Some(id(self.org, 0x71)),
            Kind::Half => Some(id(self.org, 0x72)),
        }
    }
}

fn lit(id: Uuid) -> String {
    format!("X'{}'", id.simple())
}

fn org_id(org: Org) -> Uuid {
    // The first is the one that is there from the beginning.
    Uuid::from_u128(if org == 1 { 1 } else { 0xb000 + u128::from(org) })
}

fn token(caller: &Caller, at: usize) -> String {
    format!("{}-{at}", caller.name)
}

fn everyone() -> Vec<Caller> {
    let mut all = vec![Caller { name: "stranger".into(), role: None, org: 1, kind: Kind::Stranger }];
    for org in [1, 2] {
        all.push(Caller { name: format!("guest-{org}"), role: None, org, kind: Kind::Guest });
        all.push(Caller { name: format!("vdy_program-{org}"), role: None, org, kind: Kind::Program });
        for role in Role::ALL {
            let name = format!("{}-{org}", role.as_str());
            all.push(Caller { name, role: Some(*role), org, kind: Kind::Full });
        }
    }
    for (word, kind) in [("stale", Kind::Stale), ("locked", Kind::Locked), ("half", Kind::Half)] {
        all.push(Caller { name: word.into(), role: Some(Role::Admin), org: 1, kind });
    }
    all
}

/// Every operation the server tells of.
fn operations(browser: &mut Browser) -> Vec<Operation> {
    let document = browser.send("GET", "/api/openapi.json", &[], "").json();
    let mut all = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, told) in item.as_object().unwrap() {
            let (method, path) = (method.to_uppercase(), path.clone());
            let fresh = told["x-fresh"].as_bool().unwrap_or_else(|| panic!("{method} {path} has no rule"));
            let scope = told["x-scope"].is_string();
            all.push(Operation { method, path, may: told["x-may"].clone(), fresh, scope });
        }
    }
    // What ends every session of who asks comes last.
    all.sort_by_key(|operation| operation.path == "/logout/everywhere");
    assert!(all.len() > 50, "only {} operations", all.len());
    all
}

/// People and things of two organisations, written behind the server's back.
fn things() -> Vec<String> {
    let mut sql = vec![format!(
        "INSERT INTO organisation (id, name, kind, zone, languages, hours, policy, operator, state, made_at) \
         SELECT {}, 'Other', kind, zone, languages, hours, policy, 0, 'active', made_at FROM organisation WHERE operator = 1",
        lit(org_id(2))
    )];
    for org in [1, 2] {
        let home = lit(org_id(org));
        for role in Role::ALL {
            sql.push(somebody(person(org, *role), &format!("{}-{org}", role.as_str())));
            sql.push(member(person(org, *role), &home, *role));
        }
        let others =
            [(thing(org, "people"), Role::Patient), (id(org, 0x70), Role::Admin), (id(org, 0x71), Role::Admin)];
        for (who, role) in others.into_iter().chain([(id(org, 0x72), Role::Admin)]) {
            sql.push(somebody(who, &format!("someone-{}", who.simple())));
            sql.push(member(who, &home, role));
        }
        let (patient, doctor) = (lit(person(org, Role::Patient)), lit(person(org, Role::Doctor)));
        let (visit, link, guest) = (lit(thing(org, "visits")), lit(thing(org, "links")), lit(id(org, 0x60)));
        sql.push(format!(
            "INSERT INTO visit (id, patient_id, doctor_id, state, made_by, made_at, opened_at, last_at, org_id) \
             VALUES ({visit}, {patient}, {doctor}, 'open', 'doctor', 1, 1, {now}, {home})",
            now = now()
        ));
        sql.push(format!(
            "INSERT INTO guest_link (id, visit_id, code_hash, made_by, made_at, expires_at) \
             VALUES ({link}, {visit}, {link}, {doctor}, 1, {})",
            later()
        ));
        for (seat, who, role) in [(0x61, &doctor, "doctor"), (0x62, &patient, "patient")] {
            sql.push(format!(
                "INSERT INTO seat (id, visit_id, person_id, role, name, standing, made_at) \
                 VALUES ({}, {visit}, {who}, '{role}', 'x', 'admitted', 1)",
                lit(id(org, seat))
            ));
        }
        sql.push(format!(
            "INSERT INTO seat (id, visit_id, link_id, role, name, standing, made_at) \
             VALUES ({guest}, {visit}, {link}, 'guest', 'x', 'admitted', 1)"
        ));
        let scopes: Vec<_> = Scope::ALL.iter().map(|scope| scope.as_str()).collect();
        sql.push(format!(
            "INSERT INTO service_token (id, org_id, name, scopes, token_hash, made_at, expires_at) \
             VALUES ({}, {home}, 'x', '{}', X'{}', 1, {})",
            lit(id(org, 0x5b)),
            scopes.join(" "),
            hashed(&format!("vdy_program-{org}")),
            later()
        ));
        sql.push(format!(
            "INSERT INTO consent (id, org_id, patient_id, asked_by, grantee_id, subject, purpose, kinds, minutes, \
             text_version, language, state, made_at, review_by) VALUES ({}, {home}, {patient}, {doctor}, {doctor}, \
             'share', 'treatment', 'lab', 60, 1, 'en', 'asked', {}, {})",
            lit(thing(org, "consents")),
            now(),
            later()
        ));
        sql.push(format!(
            "INSERT INTO invite (id, org_id, contact, name, role, code_hash, made_by, made_at, expires_at) \
             VALUES ({0}, {home}, '+919876543210', 'x', 'doctor', {0}, {doctor}, 1, {1})",
            lit(thing(org, "invites")),
            later()
        ));
    }
    sql
}

fn somebody(who: Uuid, login: &str) -> String {
    format!(
        "INSERT INTO person (id, login, name, password_hash, made_at, kdf_salt, kdf_iterations) \
         SELECT {}, '{login}', 'Name', password_hash, made_at, kdf_salt, kdf_iterations FROM person WHERE login = 'a001'",
        lit(who)
    )
}

fn member(who: Uuid, home: &str, role: Role) -> String {
    format!(
        "INSERT INTO member (person_id, org_id, role, made_at) VALUES ({}, {home}, '{}', 1)",
        lit(who),
        role.as_str()
    )
}

fn now() -> i64 {
    vaidya::clock::now().0
}

fn later() -> i64 {
    now() + 3_600_000
}

/// A session of its own for each request, so that no request can spoil another's.
fn session(caller: &Caller, at: usize) -> Option<String> {
    let hash = hashed(&token(caller, at));
    let (person, seat, link) = match caller.kind {
        Kind::Stranger | Kind::Program => return None,
        Kind::Guest => ("NULL".into(), lit(id(caller.org, 0x60)), lit(thing(caller.org, "links"))),
        _ => (lit(caller.person()?), "NULL".into(), "NULL".into()),
    };
    let stage = if caller.kind == Kind::Half { "factor" } else { "full" };
    let locked = if caller.kind == Kind::Locked { "1" } else { "NULL" };
    let fresh = if caller.kind == Kind::Stale { 1 } else { later() };
    let (now, later) = (now(), later());
    let org = if seat == "NULL" { lit(org_id(caller.org)) } else { "NULL".into() };
    Some(format!(
        "INSERT INTO session (id, token_hash, person_id, seat_id, link_id, label, made_at, seen_at, expires_at, org_id, \
         stage, locked_at, fresh_at) VALUES ({}, X'{hash}', {person}, {seat}, {link}, 'x', {now}, {now}, {later}, {org}, \
         '{stage}', {locked}, {fresh})",
        lit(Uuid::new_v4())
    ))
}

async fn prepared(folder: &Folder, operations: usize) {
    let file = format!("sqlite://{}", folder.0.join("vaidya.db").display());
    let db = Database::connect(file).await.unwrap();
    let sessions = everyone().into_iter();
    let sessions = sessions.flat_map(|caller| (0..operations * 2).filter_map(move |at| session(&caller, at)));
    let all: Vec<String> = things().into_iter().chain(sessions).collect();
    db.execute_unprepared(&format!("BEGIN IMMEDIATE; {}; COMMIT", all.join(";\n"))).await.unwrap();
    db.close().await.unwrap();
}

fn hashed(token: &str) -> String {
    Sha256::digest(token).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn ask(server: &Server, caller: &Caller, operation: &Operation, at: usize, org: Org) -> Answer {
    if caller.kind == Kind::Program {
        let told = format!("Bearer {}", caller.name);
        let headers = [("authorization", told.as_str()), ("content-type", "application/json")];
        let body = if operation.method == "GET" { "" } else { "{}" };
        let path = format!("/api/v1{}", operation.address(org));
        return server.browser().send(&operation.method, &path, &headers, body);
    }
    let name = if caller.kind == Kind::Guest { "__Host-vaidya-guest" } else { "__Host-vaidya" };
    let mut browser = server.browser().carrying(name, &token(caller, at));
    let body = if operation.method == "GET" { Value::Null } else { json!({}) };
    browser.ask(&operation.method, &operation.address(org), &body)
}

#[test]
fn everyone_may_what_the_table_says_and_nothing_of_another_organisation() {
    let folder = Folder::new();
    let server = Server::start(&folder.0);
    let operations = operations(&mut server.browser());
    actix::System::new().block_on(prepared(&folder, operations.len()));
    let mut wrong = BTreeSet::new();
    let mut cells = 0;
    for (at, operation) in operations.iter().enumerate() {
        let narrower = NARROWER.contains(&operation.name().as_str());
        for caller in everyone() {
            for (round, org) in [1, 2].into_iter().enumerate() {
                if org == 2 && !operation.names_a_thing() {
                    continue;
                }
                let answer = ask(&server, &caller, operation, at * 2 + round, org);
                let code = answer.code();
                let refused = REFUSED.contains(&code.as_str());
                let foreign = operation.names_a_thing() && org != caller.org && caller.kind != Kind::Stranger;
                let good = match operation.allows(&caller) {
                    // Where nothing keeps a ledger, its routes say so to whoever may ask.
                    true if code == "no_ledger" => true,
                    _ if answer.status >= 500 => false,
                    true if foreign => [403, 404].contains(&answer.status) || answer.status == 400,
                    true => narrower || !refused,
                    false => [401, 403, 404].contains(&answer.status),
                };
                cells += 1;
                if !good {
                    let whose = if foreign { " (another's)" } else { "" };
                    wrong.insert(format!("{}{whose} by {}: {} {code}", operation.name(), caller.name, answer.status));
                }
            }
        }
    }
    assert!(cells > 1_500, "only {cells} cells were asked");
    assert!(
        wrong.is_empty(),
        "{} of {cells} cells:\n{}",
        wrong.len(),
        wrong.into_iter().collect::<Vec<_>>().join("\n")
    );
}
