//! The demo people: made only with `--demo`, once, with passwords that everyone knows.

use std::time::Duration;

use futures_util::future::try_join_all;
use serde_json::{Value, json};
use uuid::Uuid;
use vaidya_clinic::id::{OrgId, PersonId};
use vaidya_clinic::organisation::{Language, OrgKind};
use vaidya_clinic::policy::{Policy, Required};
use vaidya_clinic::role::Role;

use super::{AppError, other};
use crate::clock;
use crate::store::accounts::{NewPerson, Person};
use crate::store::credentials::{Deed, Fields, Undone};
use crate::store::members::Member;
use crate::store::organisations::{Answer, NewOrganisation};
use crate::store::passwords::Credentials;
use crate::store::{Store, StoreError};
use crate::web::passwords::{NewPassword, Passwords};

/// The second organisation's name.
const SECOND: &str = "Sukhna Clinic";

/// How long the demo doctors are registered.
const REGISTERED: Duration = Duration::from_secs(3 * 365 * 24 * 60 * 60);

/// A demo person.
pub struct Demo {
    /// Their login.
    pub login: &'static str,
    /// Their password, which is no secret.
    pub password: &'static str,
    /// What they are.
    pub role: Role,
    /// Their name.
    pub name: &'static str,
    /// A doctor's specialty.
    pub department: Option<&'static str>,
    /// Where they are.
    pub place: Place,
}

/// Where a demo person is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In the operator's organisation.
    Home,
    /// In the second, small one.
    Second,
    /// In both.
    Both,
}

const fn demo(
    login: &'static str,
    password: &'static str,
    role: Role,
    name: &'static str,
    department: Option<&'static str>,
) -> Demo {
    Demo { login, password, role, name, department, place: Place::Home }
}

const fn at(place: Place, person: Demo) -> Demo {
    Demo { place, ..person }
}

/// All of them.
pub const PEOPLE: [Demo; 13] = [
    demo("p001", "patient123", Role::Patient, "Meera Nair", None),
    demo("p002", "patient456", Role::Patient, "Arjun Gill", None),
    demo("d001", "doctor123", Role::Doctor, "Dr Ananya Rao", Some("Cardiology")),
    demo("d002", "doctor456", Role::Doctor, "Dr Harpreet Singh", Some("Oncology")),
    demo("r001", "reception123", Role::Desk, "Kavita Sharma", None),
    demo("a001", "admin123", Role::Admin, "Rohan Gupta", None),
    demo("a002", "admin456", Role::Admin, "Nirmal Kaur", None),
    demo("u001", "auditor123", Role::Auditor, "Vikram Joshi", None),
    at(Place::Both, demo("d004", "doctor012", Role::Doctor, "Dr Farah Khan", Some("Dermatology"))),
    at(Place::Second, demo("p003", "patient789", Role::Patient, "Sunita Devi", None)),
    at(Place::Second, demo("d003", "doctor789", Role::Doctor, "Dr Simran Bedi", Some("Family medicine"))),
    at(Place::Second, demo("r002", "reception456", Role::Desk, "Manoj Thakur", None)),
    at(Place::Second, demo("a003", "admin789", Role::Admin, "Leela Menon", None)),
];

/// Telephones of the demo patients: with `--demo` nothing is sent anywhere, and `GET /demo/sms` shows what they got.
const PHONES: [(&str, &str); 3] = [("p001", "+919800000001"), ("p002", "+919800000002"), ("p003", "+919800000003")];

/// Makes those who aren't there yet, and brings the doctors' registrations into force.
pub(super) async fn make(store: &Store, passwords: &Passwords) -> Result<(), AppError> {
    without_second_factor(store, OrgId::HOME).await?;
    let home = PEOPLE.iter().filter(|person| person.place != Place::Second);
    try_join_all(home.map(|person| one(store, passwords, person, OrgId::HOME))).await?;
    let second = second(store).await?;
    let there = PEOPLE.iter().filter(|person| person.place == Place::Second);
    try_join_all(there.map(|person| one(store, passwords, person, second))).await?;
    for person in PEOPLE.iter().filter(|person| person.place == Place::Both) {
        belongs(store, person, second).await?;
    }
    for (login, phone) in PHONES {
        if let Some(account) = store.account(login).await? {
            store.propose_phone(account.person.id, phone).await?;
        }
    }
    for (org, by) in [(OrgId::HOME, ["a001", "a002"]), (second, ["a002", "a003"])] {
        register(store, org, by).await?;
    }
    Ok(())
}

async fn one(store: &Store, passwords: &Passwords, person: &Demo, org: OrgId) -> Result<(), AppError> {
    let there = store.account(person.login).await?;
    if there.as_ref().is_some_and(|account| account.kdf.is_some()) {
        return Ok(());
    }
    let kept = passwords.keep(NewPassword::Typed(person.password.into())).await.map_err(other)?;
    let done = match there {
        // An early Vaidya made them, with a password that browsers do not send any more.
        Some(account) => store.stretch_password(account.person.id, account.password_hash, kept).await,
        None => store.add_person(new(person, org, kept), clock::now()).await.map(|_| ()),
    };
    match done {
        // Taken: disabled by an admin, or made by another server at the same moment, which then has done it all.
        Ok(()) | Err(StoreError::Taken | StoreError::BadState) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

fn new(person: &Demo, org: OrgId, kept: Credentials) -> NewPerson {
    NewPerson {
        login: person.login.to_owned(),
        org,
        role: person.role,
        name: person.name.to_owned(),
        department: person.department.map(str::to_owned),
        password_hash: kept.hash,
        kdf: Some(kept.kdf),
    }
}

/// Whoever tries Vaidya out has no authenticator at hand: nobody is asked for one, unless an admin decided otherwise.
async fn without_second_factor(store: &Store, org: OrgId) -> Result<(), AppError> {
    let easy = Policy { second_factor: Required::Nobody, ..Policy::default() };
    Ok(store.propose_policy(org, easy).await?)
}

/// The second organisation: one admin of the operator registered it, and another approved it.
async fn second(store: &Store) -> Result<OrgId, AppError> {
    let (registrant, approver) = (known(store, "a002").await?, known(store, "a001").await?);
    let theirs = store.organisations_of(registrant.id).await?;
    if let Some((there, _)) = theirs.into_iter().find(|(organisation, _)| organisation.name == SECOND) {
        return Ok(there.id);
    }
    let new = NewOrganisation {
        name: SECOND.to_owned(),
        kind: OrgKind::Clinic,
        zone: "Asia/Kolkata".to_owned(),
        languages: vec![Language::Pa, Language::Hi, Language::En],
        phone: Some("+911722740000".to_owned()),
        address: Some("Sector 1, Chandigarh".to_owned()),
    };
    let made = store.register_organisation(new, registrant.id, clock::now()).await?;
    store.answer_organisation(made.id, Answer::Approved, approver.id, clock::now()).await?;
    without_second_factor(store, made.id).await?;
    Ok(made.id)
}

async fn belongs(store: &Store, person: &Demo, org: OrgId) -> Result<(), AppError> {
    let who = known(store, person.login).await?;
    if store.person(who.id, org).await?.is_none() {
        let department = person.department.map(str::to_owned);
        store.add_member(who.id, Member { org, role: person.role, department }, clock::now()).await?;
    }
    Ok(())
}

async fn known(store: &Store, login: &str) -> Result<Person, AppError> {
    let account = store.account(login).await?;
    account.map(|account| account.person).ok_or_else(|| other(format!("the demo person {login} was disabled")))
}

/// Brings the registrations of an organisation's demo doctors into force, by two of its admins.
async fn register(store: &Store, org: OrgId, [checker, activator]: [&str; 2]) -> Result<(), AppError> {
    let (checker, activator) = (known(store, checker).await?.id, known(store, activator).await?.id);
    let doctors = store.people(org, Some(Role::Doctor)).await?;
    for doctor in doctors {
        let Some(person) = PEOPLE.iter().find(|person| person.login == doctor.login) else { continue };
        if store.credential_of(doctor.id, org, clock::now()).await?.is_some() {
            continue;
        }
        let made = store.submit_credential(&doctor, fields(person), clock::now()).await?;
        in_force(store, made.id, checker, activator).await?;
    }
    Ok(())
}

fn fields(person: &Demo) -> Fields {
    let department = person.department.unwrap_or_default();
    Fields {
        qualification: format!("MBBS, MD ({department})"),
        council: "Punjab Medical Council".to_owned(),
        number: format!("DEMO {}", person.login.to_uppercase()),
        specialty: department.to_owned(),
        valid_until: clock::now().plus(REGISTERED),
    }
}

async fn in_force(store: &Store, id: Uuid, checker: PersonId, activator: PersonId) -> Result<(), AppError> {
    let looked_up = Deed::Match(Some("A demo doctor: in no register.".to_owned()));
    for (deed, by) in [(Deed::Check, checker), (looked_up, checker), (Deed::Activate, activator)] {
        match store.step_credential(id, deed, by, clock::now()).await {
            Ok(_) => {}
            Err(Undone::Store(error)) => return Err(error.into()),
            // Another server that starts at the same moment did it.
            Err(Undone::Unfit(_) | Undone::NoMatch(_)) => return Ok(()),
        }
    }
    Ok(())
}

/// Whether any of them is in this database.
pub(super) async fn left_over(store: &Store) -> Result<bool, AppError> {
    for person in &PEOPLE {
        if store.account(person.login).await?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The list for the sign-in page.
pub(super) fn listed() -> Value {
    let one = |person: &Demo| {
        let mut one = json!({
            "login": person.login, "password": person.password, "role": person.role, "name": person.name,
        });
        let organisation = (person.place == Place::Second).then_some(SECOND);
        if let Some(fields) = one.as_object_mut() {
            let more = [("department", person.department), ("organisation", organisation)];
            fields.extend(more.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?.into()))));
        }
        one
    };
    PEOPLE.iter().map(one).collect()
}
