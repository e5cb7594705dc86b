//! People: who may see whom, and the admin's new accounts.

use actix_web::HttpResponse;
use actix_web::web::{Data, Json, Path, Query};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use vaidya_clinic::id::PersonId;
use vaidya_clinic::name;
use vaidya_clinic::role::Role;

use super::House;
use super::contacts::as_login;
use super::organisations::named;
use super::passwords::{KdfView, NewPassword, Sent};
use super::principal::Caller;
use crate::error::Problem;
use crate::store::accounts::{NewPerson, Person};
use crate::store::members::Change;

/// Which people are wanted.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    role: Option<String>,
}

/// A new account.
#[derive(Deserialize, ToSchema)]
#[schema(as = NewPerson)]
pub(super) struct Wish {
    login: String,
    name: String,
    role: String,
    kdf: Option<KdfView>,
    key: Option<Sent>,
    password: Option<Sent>,
    department: Option<String>,
}

/// What becomes of a person here: what isn't named stays, a department of `null` goes.
#[derive(Deserialize, ToSchema)]
#[schema(as = ChangePerson)]
pub(super) struct Other {
    role: Option<String>,
    #[serde(default, deserialize_with = "named")]
    department: Option<Option<String>>,
}

/// A person as others may see them; the admin sees the login too.
#[derive(Serialize, ToSchema)]
pub(super) struct PersonView {
    id: PersonId,
    name: String,
    role: Role,
    #[serde(skip_serializing_if = "Option::is_none")]
    department: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    login: Option<String>,
}

/// `GET /people`
#[utoipa::path(get, path = "/people", params(Wanted), responses((status = 200, body = Vec<PersonView>)))]
pub(super) async fn list(caller: Caller, wanted: Query<Wanted>) -> Result<Json<Vec<PersonView>>, Problem> {
    let person = caller.worker(Role::ALL)?;
    let viewer = person.role;
    let role = wanted.role.as_deref().map(a_role).transpose()?;
    let seen: Vec<Role> = match role {
        Some(role) if visible(viewer).contains(&role) => vec![role],
        Some(_) => return Err(Problem::forbidden()),
        None => visible(viewer).to_vec(),
    };
    let people = caller.store.people(person.org, role).await?;
    let people = people.into_iter().filter(|person| seen.contains(&person.role));
    Ok(Json(people.map(|person| view(person, viewer)).collect()))
}

/// What someone is here; nobody changes their own role, and the last admin stays.
#[utoipa::path(patch, path = "/people/{id}", request_body = Other, responses((status = 200, body = PersonView)))]
pub(super) async fn change(
    house: Data<House>,
    caller: Caller,
    id: Path<Uuid>,
    body: Json<Other>,
) -> Result<Json<PersonView>, Problem> {
    let admin = caller.one_of(&[Role::Admin])?;
    let Other { role, department } = body.into_inner();
    let role = role.as_deref().map(a_role).transpose()?;
    if role.is_some() && admin.id.0 == *id {
        return Err(Problem::own_role());
    }
    let department = match department {
        Some(text) => Some(text.filter(|text| !text.trim().is_empty()).map(|text| a_name(&text)).transpose()?),
        None => None,
    };
    let change = Change { role, department };
    let changed = caller.store.change_member(admin.org, PersonId(*id), change, (house.clock)()).await?;
    for token in changed.ended {
        house.sockets.sign_out(token);
    }
    Ok(Json(view(changed.person, Role::Admin)))
}

/// `POST /people`
#[utoipa::path(post, path = "/people", request_body = Wish, responses((status = 201, body = PersonView)))]
pub(super) async fn add(house: Data<House>, caller: Caller, body: Json<Wish>) -> Result<HttpResponse, Problem> {
    let org = caller.one_of(&[Role::Admin])?.org;
    let Wish { login, name, role, kdf, key, password, department } = body.into_inner();
    let (login, role, name) = (a_login(&login)?, a_role(&role)?, a_name(&name)?);
    let kept = house.passwords.keep(NewPassword::of(kdf, key, password)?).await?;
    let new = NewPerson {
        login,
        org,
        role,
        name,
        department: a_department(department)?,
        password_hash: kept.hash,
        kdf: Some(kept.kdf),
    };
    let person = caller.store.add_person(new, (house.clock)()).await?;
    Ok(HttpResponse::Created().json(view(person, Role::Admin)))
}

/// Whom each role may list.
fn visible(viewer: Role) -> &'static [Role] {
    match viewer {
        Role::Patient => &[Role::Doctor],
        Role::Doctor | Role::Desk => &[Role::Patient, Role::Doctor],
        Role::Pharmacist => &[Role::Patient, Role::Doctor],
        Role::Researcher => &[],
        Role::Admin | Role::Auditor => Role::ALL,
    }
}

fn view(person: Person, viewer: Role) -> PersonView {
    let Person { id, login, name, role, department, .. } = person;
    PersonView { id, name, role, department, login: (viewer == Role::Admin).then_some(login) }
}

fn a_role(word: &str) -> Result<Role, Problem> {
    Role::parse(word).ok_or_else(|| {
        Problem::bad_field("The role is one of patient, doctor, desk, pharmacist, researcher, admin and auditor.")
    })
}

/// A name as people write theirs.
pub(super) fn a_name(text: &str) -> Result<String, Problem> {
    name::name(text).map_err(|bad| Problem::bad_field(&bad.to_string()))
}

/// A department or specialty, where one is written.
pub(super) fn a_department(text: Option<String>) -> Result<Option<String>, Problem> {
    text.filter(|text| !text.trim().is_empty()).map(|text| a_name(&text)).transpose()
}

/// A user name: short, and nothing that looks like something else. A phone number becomes the one form it has.
pub(super) fn a_login(text: &str) -> Result<String, Problem> {
    name::login(&as_login(text)).map_err(|bad| Problem::bad_field(&bad.to_string()))
}
