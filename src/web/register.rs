//! Registration: a patient proves a phone or an e-mail address, and makes an account of their own.

use actix_web::web::{Data, Json};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use vaidya_clinic::id::{OrgId, PersonId};
use vaidya_clinic::name::suggested;
use vaidya_clinic::organisation::Language;
use vaidya_clinic::profile::{self, Guardian, Sex};
use vaidya_clinic::time::Timestamp;

use super::contact_codes::{self, Wanted};
use super::contacts::{a_contact, reachable};
use super::passwords::{KdfView, NewPassword, Sent};
use super::people::{a_login, a_name};
use super::principal::Caller;
use super::{House, auth};
use crate::clock;
use crate::error::Problem;
use crate::store::contact_codes::Purpose;
use crate::store::phone_only::Waiting;
use crate::store::registrations::{Found, Registration};

/// User names that are tried before one with digits is offered without looking.
const OFFERS: u32 = 5;

/// Who wants an account, and where.
#[derive(Deserialize, ToSchema)]
#[schema(as = RegistrationStart)]
pub(super) struct Start {
    contact: String,
    language: Language,
    organisation: OrgId,
}

/// A code as it was typed.
#[derive(Deserialize, ToSchema)]
#[schema(as = TypedCode)]
pub(super) struct Check {
    id: Uuid,
    code: String,
}

/// What is known at the contact that was proved.
#[derive(Serialize, ToSchema)]
#[schema(as = RegistrationFound)]
pub(super) struct Checked {
    logins_taken: u64,
    suggest: String,
    waiting: Vec<WaitingView>,
}

/// Someone without an account.
#[derive(Serialize, ToSchema)]
pub(super) struct WaitingView {
    person: PersonId,
    name: String,
    visits: u64,
}

/// Who speaks for a child.
#[derive(Deserialize, Serialize, ToSchema)]
pub(super) struct GuardianView {
    name: String,
    relation: String,
}

/// An account that someone makes for themselves.
#[derive(Deserialize, ToSchema)]
#[schema(as = Registration)]
pub(super) struct Finish {
    id: Uuid,
    code: String,
    login: String,
    name: String,
    birth_year: i64,
    sex: Sex,
    language: Language,
    kdf: Option<KdfView>,
    key: Option<Sent>,
    password: Option<Sent>,
    guardian: Option<GuardianView>,
    claim: Option<PersonId>,
}

/// `POST /register/start`
#[utoipa::path(post, path = "/register/start", request_body = Start, responses((status = 202, body = contact_codes::Sent), (status = 404, description = "There is no such organisation")))]
pub(super) async fn start(
    request: HttpRequest,
    house: Data<House>,
    caller: Caller,
    body: Json<Start>,
) -> Result<HttpResponse, Problem> {
    let Start { contact, language, organisation } = body.into_inner();
    let zone = house.store.zone(organisation).await?;
    let contact = a_contact(&contact, &zone)?;
    reachable(&house, &contact)?;
    let wanted = Wanted {
        purpose: Purpose::Register,
        counted: contact_codes::counted(&house, contact.as_str()),
        contact: Some(contact),
        org: organisation,
        person: None,
        language,
    };
    contact_codes::send(&house, &request, &caller, wanted).await
}

/// `POST /register/check`
#[utoipa::path(post, path = "/register/check", request_body = Check, responses((status = 200, body = Checked), (status = 401, description = "The code is wrong"), (status = 410, description = "The code is over")))]
pub(super) async fn check(
    request: HttpRequest,
    house: Data<House>,
    caller: Caller,
    body: Json<Check>,
) -> Result<Json<Checked>, Problem> {
    let proof = contact_codes::typed(&house, &request, Purpose::Register, body.id, &body.code).await?;
    let found = caller.store.look_by_code(proof, (house.clock)()).await?;
    let found = contact_codes::right(&house, &request, found).await?;
    let suggest = free_login(&house, &found).await?;
    let waiting = found.waiting.into_iter().map(WaitingView::from).collect();
    Ok(Json(Checked { logins_taken: found.accounts, suggest, waiting }))
}

/// `POST /register/finish`
#[utoipa::path(post, path = "/register/finish", request_body = Finish, responses((status = 201, body = auth::Me), (status = 401, description = "The code is wrong"), (status = 410, description = "The code is over")))]
pub(super) async fn finish(
    request: HttpRequest,
    house: Data<House>,
    caller: Caller,
    body: Json<Finish>,
) -> Result<HttpResponse, Problem> {
    let Finish { id, code, login, name, birth_year, sex, language, kdf, key, password, guardian, claim } =
        body.into_inner();
    let now = (house.clock)();
    let (login, name, birth_year) = (a_login(&login)?, a_name(&name)?, a_birth_year(birth_year, now)?);
    let guardian = guardian.map(a_guardian).transpose()?;
    spoken_for(birth_year, guardian.as_ref(), now)?;
    let new = NewPassword::of(kdf, key, password)?;
    let proof = contact_codes::typed(&house, &request, Purpose::Register, id, &code).await?;
    let password = house.passwords.keep(new).await?;
    let wish = Registration { proof, login, name, birth_year, sex, language, guardian, password, claim };
    let done = caller.store.register(wish, now).await?;
    let person = contact_codes::right(&house, &request, done).await?;
    caller.about(|subject| subject.about = Some(person.id));
    auth::signed_in(&house, &request, person, &mut HttpResponse::Created()).await
}

/// The contact itself where nobody has it as a user name, then the name of who waits, then one with digits.
async fn free_login(house: &House, found: &Found) -> Result<String, Problem> {
    let name = found.waiting.first().map(|waiting| waiting.name.as_str()).unwrap_or_default();
    let mut offers = vec![found.contact.as_str().to_owned()];
    offers.extend((!name.is_empty()).then(|| suggested(name, None)));
    for _ in 0..OFFERS {
        offers.push(suggested(name, Some(u32::from(u16::from_be_bytes(clock::random())))));
    }
    for offer in &offers {
        if let Ok(login) = a_login(offer)
            && !house.store.login_is_taken(&login).await?
        {
            return Ok(login);
        }
    }
    Ok(offers.pop().unwrap_or_default())
}

/// A year of birth that can be.
pub(super) fn a_birth_year(said: i64, now: Timestamp) -> Result<i32, Problem> {
    profile::birth_year(said, now).map_err(|bad| Problem::bad_field(&bad.to_string()))
}

/// A guardian with a name and what they are to the child.
pub(super) fn a_guardian(said: GuardianView) -> Result<Guardian, Problem> {
    Ok(Guardian { name: a_name(&said.name)?, relation: a_name(&said.relation)? })
}

/// A child has somebody to speak for them.
pub(super) fn spoken_for(birth_year: i32, guardian: Option<&Guardian>, now: Timestamp) -> Result<(), Problem> {
    profile::spoken_for(birth_year, guardian, now).map_err(|_| Problem::guardian_needed())
}

impl From<Waiting> for WaitingView {
    fn from(waiting: Waiting) -> Self {
        Self { person: waiting.person, name: waiting.name, visits: waiting.visits }
    }
}

impl From<Guardian> for GuardianView {
    fn from(guardian: Guardian) -> Self {
        Self { name: guardian.name, relation: guardian.relation }
    }
}
