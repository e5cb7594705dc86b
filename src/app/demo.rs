//! The demo people: made only with `--demo`, once, with passwords that everyone knows.

use futures_util::future::try_join_all;
use serde_json::{Value, json};
use vaidya_clinic::id::OrgId;
use vaidya_clinic::policy::{Policy, Required};
use vaidya_clinic::role::Role;

use super::{AppError, other};
use crate::clock;
use crate::store::accounts::NewPerson;
use crate::store::passwords::Credentials;
use crate::store::{Store, StoreError};
use crate::web::passwords::{NewPassword, Passwords};

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
}

const fn demo(
    login: &'static str,
    password: &'static str,
    role: Role,
    name: &'static str,
    department: Option<&'static str>,
) -> Demo {
    Demo { login, password, role, name, department }
}

/// All of them.
pub const PEOPLE: [Demo; 6] = [
    demo("p001", "patient123", Role::Patient, "Meera Nair", None),
    demo("p002", "patient456", Role::Patient, "Arjun Gill", None),
    demo("d001", "doctor123", Role::Doctor, "Dr Ananya Rao", Some("Cardiology")),
    demo("d002", "doctor456", Role::Doctor, "Dr Harpreet Singh", Some("Oncology")),
    demo("r001", "reception123", Role::Desk, "Kavita Sharma", None),
    demo("a001", "admin123", Role::Admin, "Rohan Gupta", None),
];

/// Makes those who aren't there yet. Their clinic asks nobody for a second factor, unless it was told to.
pub(super) async fn make(store: &Store, passwords: &Passwords) -> Result<(), AppError> {
    let easy = Policy { second_factor: Required::Nobody, ..Policy::default() };
    store.propose_policy(OrgId::HOME, easy).await?;
    try_join_all(PEOPLE.iter().map(|person| one(store, passwords, person))).await.map(|_| ())
}

async fn one(store: &Store, passwords: &Passwords, person: &Demo) -> Result<(), AppError> {
    let there = store.account(person.login).await?;
    if there.as_ref().is_some_and(|account| account.kdf.is_some()) {
        return Ok(());
    }
    let kept = passwords.keep(NewPassword::Typed(person.password.into())).await.map_err(other)?;
    let done = match there {
        // An early Vaidya made them, with a password that browsers do not send any more.
        Some(account) => store.stretch_password(account.person.id, account.password_hash, kept).await,
        None => store.add_person(new(person, kept), clock::now()).await.map(|_| ()),
    };
    match done {
        // Taken: disabled by an admin, or made by another server at the same moment, which then has done it all.
        Ok(()) | Err(StoreError::Taken | StoreError::BadState) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

fn new(person: &Demo, kept: Credentials) -> NewPerson {
    NewPerson {
        login: person.login.to_owned(),
        org: OrgId::HOME,
        role: person.role,
        name: person.name.to_owned(),
        department: person.department.map(str::to_owned),
        password_hash: kept.hash,
        kdf: Some(kept.kdf),
    }
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
        if let (Some(department), Some(fields)) = (person.department, one.as_object_mut()) {
            fields.insert("department".to_owned(), department.into());
        }
        one
    };
    PEOPLE.iter().map(one).collect()
}
