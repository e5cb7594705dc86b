//! Organisations: registered and approved by two people, described by their admins, and changed between by who is in
//! several.

use actix_web::web::{Data, Json, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use vaidya_clinic::id::{OrgId, PersonId};
use vaidya_clinic::organisation::{self, Hours, Language, OrgKind, OrgState, Organisation, OrganisationCard};
use vaidya_clinic::policy::Policy;
use vaidya_clinic::role::Role;

use super::House;
use super::cookies;
use super::people::a_name;
use super::principal::Caller;
use crate::custodian;
use crate::error::Problem;
use crate::store::organisations::{self as store, Answer, Changed, NewOrganisation};
use crate::store::{Store, StoreError};

/// Longest address of an organisation, in characters.
const ADDRESS: usize = 300;

/// Longest reason, in characters.
const WHY: usize = 500;

/// An organisation that wants to be here.
#[derive(Deserialize, ToSchema)]
#[schema(as = NewOrganisation)]
pub(super) struct Wish {
    name: String,
    kind: OrgKind,
    zone: String,
    languages: Vec<Language>,
    phone: Option<String>,
    address: Option<String>,
}

/// What its admin changes: what isn't named stays, and `null` takes away.
#[derive(Deserialize, ToSchema)]
#[schema(as = ChangeOrganisation)]
pub(super) struct Wishes {
    name: Option<String>,
    zone: Option<String>,
    languages: Option<Vec<Language>>,
    #[serde(default, deserialize_with = "named")]
    phone: Option<Option<String>>,
    #[serde(default, deserialize_with = "named")]
    address: Option<Option<String>>,
    hours: Option<Hours>,
    policy: Option<Policy>,
}

/// Why something is not so.
#[derive(Deserialize, ToSchema)]
#[schema(as = Why)]
pub(super) struct Why {
    pub(super) why: String,
}

/// One that waits for the operator.
#[derive(Serialize, ToSchema)]
#[schema(as = WaitingOrganisation)]
pub(super) struct Waiting {
    #[serde(flatten)]
    organisation: Organisation,
    by: String,
    /// Whether it was who asks: another one answers it.
    own: bool,
}

/// One that a person belongs to.
#[derive(Serialize, ToSchema)]
#[schema(as = OwnOrganisation)]
pub(super) struct Own {
    id: OrgId,
    name: String,
    role: Role,
}

/// Where a session is to go on.
#[derive(Deserialize, ToSchema)]
#[schema(as = ChooseOrganisation)]
pub(super) struct Where {
    organisation: OrgId,
}

/// The organisations one can register with.
#[utoipa::path(get, path = "/organisations", responses((status = 200, body = [OrganisationCard])))]
pub(super) async fn cards(house: Data<House>) -> Result<Json<Vec<OrganisationCard>>, Problem> {
    let all = house.store.organisations().await?;
    Ok(Json(all.into_iter().map(OrganisationCard::from).collect()))
}

/// Registers an organisation, which waits for an admin of the operator.
#[utoipa::path(post, path = "/organisations", request_body = Wish, responses((status = 201, body = Organisation)))]
pub(super) async fn register(house: Data<House>, caller: Caller, body: Json<Wish>) -> Result<HttpResponse, Problem> {
    let by = caller.one_of(&[Role::Admin])?.id;
    let Wish { name, kind, zone, languages, phone, address } = body.into_inner();
    let new = NewOrganisation {
        name: a_name(&name)?,
        kind,
        zone: organisation::zone(&zone).map_err(bad)?,
        languages: organisation::languages(&languages).map_err(bad)?,
        phone: a_phone(phone)?,
        address: an_address(address)?,
    };
    let made = caller.store.register_organisation(new, by, (house.clock)()).await?;
    Ok(HttpResponse::Created().json(made))
}

/// Organisations that wait for an answer; for admins of the operator.
#[utoipa::path(get, path = "/organisations/pending", responses((status = 200, body = [Waiting]), (status = 403, description = "Not the operator")))]
pub(super) async fn pending(house: Data<House>, caller: Caller) -> Result<Json<Vec<Waiting>>, Problem> {
    operator(&house, &caller).await?;
    let all = caller.store.waiting_organisations().await?.into_iter();
    let asks = Some(caller.person()?.id);
    let view = |one: store::Waiting| Waiting { own: one.by_id == asks, organisation: one.organisation, by: one.by };
    Ok(Json(all.map(view).collect()))
}

/// Lets an organisation begin; not by who registered it.
#[utoipa::path(post, path = "/organisations/{id}/approve", responses((status = 200, body = Organisation)))]
pub(super) async fn approve(house: Data<House>, caller: Caller, id: Path<Uuid>) -> Result<Json<Organisation>, Problem> {
    answer(&house, &caller, OrgId(*id), Answer::Approved).await
}

/// Does not let an organisation begin; not by who registered it.
#[utoipa::path(post, path = "/organisations/{id}/refuse", request_body = Why, responses((status = 200, body = Organisation)))]
pub(super) async fn refuse(
    house: Data<House>,
    caller: Caller,
    id: Path<Uuid>,
    body: Json<Why>,
) -> Result<Json<Organisation>, Problem> {
    answer(&house, &caller, OrgId(*id), Answer::Refused(a_reason(&body.why)?)).await
}

/// The organisation of the session.
#[utoipa::path(get, path = "/organisation", responses((status = 200, body = Organisation)))]
pub(super) async fn show(caller: Caller) -> Result<Json<Organisation>, Problem> {
    Ok(Json(caller.store.organisation(caller.person()?.org).await?))
}

/// Changes the organisation of the session.
#[utoipa::path(patch, path = "/organisation", request_body = Wishes, responses((status = 200, body = Organisation)))]
pub(super) async fn change(
    house: Data<House>,
    caller: Caller,
    body: Json<Wishes>,
) -> Result<Json<Organisation>, Problem> {
    let org = caller.one_of(&[Role::Admin])?.org;
    let Wishes { name, zone, languages, phone, address, hours, policy } = body.into_inner();
    let changed = Changed {
        name: name.map(|name| a_name(&name)).transpose()?,
        zone: zone.map(|zone| organisation::zone(&zone)).transpose().map_err(bad)?,
        languages: languages.map(|all| organisation::languages(&all)).transpose().map_err(bad)?,
        phone: phone.map(a_phone).transpose()?,
        address: address.map(an_address).transpose()?,
        hours: hours.map(Hours::checked).transpose().map_err(bad)?,
        policy: policy.map(Policy::checked).transpose().map_err(bad)?,
    };
    let changed = caller.store.change_organisation(org, changed, (house.clock)()).await?;
    // It may keep keys from now on.
    custodian::ready(&house.store, &house.custody, org, (house.clock)()).await?;
    Ok(Json(changed))
}

/// The organisations one belongs to.
#[utoipa::path(get, path = "/me/organisations", responses((status = 200, body = [Own])))]
pub(super) async fn mine(caller: Caller) -> Result<Json<Vec<Own>>, Problem> {
    Ok(Json(own(&caller.store, caller.person()?.id).await?))
}

/// The organisations of a person.
pub(super) async fn own(store: &Store, person: PersonId) -> Result<Vec<Own>, StoreError> {
    let all = store.organisations_of(person).await?.into_iter();
    Ok(all.map(|(of, role)| Own { id: of.id, name: of.name, role }).collect())
}

/// The session goes on in another organisation of its person; its sockets end and come back by themselves.
#[utoipa::path(post, path = "/me/organisation", request_body = Where, responses((status = 200, body = super::auth::Me)))]
pub(super) async fn switch(
    request: HttpRequest,
    house: Data<House>,
    caller: Caller,
    body: Json<Where>,
) -> Result<HttpResponse, Problem> {
    let token = cookies::carried(&request, cookies::PERSON).ok_or_else(Problem::no_session)?;
    caller.store.switch_organisation(token, caller.person()?.id, body.organisation).await?;
    house.sockets.sign_out(token);
    let session = house.store.session(token, (house.clock)()).await?.ok_or_else(Problem::no_session)?;
    Ok(HttpResponse::Ok().json(super::me::of(&house, &session).await?))
}

/// Answers one that waits.
async fn answer(house: &House, caller: &Caller, org: OrgId, answer: Answer) -> Result<Json<Organisation>, Problem> {
    let by = operator(house, caller).await?;
    let done = caller.store.answer_organisation(org, answer, by, (house.clock)()).await;
    let done = done.map_err(|error| match error {
        StoreError::BadState => Problem::answered(),
        other => other.into(),
    })?;
    if done.state == OrgState::Active {
        custodian::ready(&house.store, &house.custody, org, (house.clock)()).await?;
    }
    Ok(Json(done))
}

/// The caller, as an admin of the organisation that runs this server.
pub(super) async fn operator(house: &House, caller: &Caller) -> Result<PersonId, Problem> {
    let admin = caller.one_of(&[Role::Admin])?;
    if house.store.organisation(admin.org).await?.operator { Ok(admin.id) } else { Err(Problem::forbidden()) }
}

/// A reason in a sentence or two.
pub(super) fn a_reason(text: &str) -> Result<String, Problem> {
    let why = text.trim();
    let good = (1..=WHY).contains(&why.chars().count()) && !why.chars().any(|sign| sign.is_control() && sign != '\n');
    if good { Ok(why.to_owned()) } else { Err(Problem::bad_field("Say why, in 1 to 500 characters.")) }
}

fn a_phone(phone: Option<String>) -> Result<Option<String>, Problem> {
    let phone = phone.filter(|text| !text.trim().is_empty());
    phone.map(|text| organisation::phone(&text)).transpose().map_err(bad)
}

fn an_address(address: Option<String>) -> Result<Option<String>, Problem> {
    let Some(text) = address else { return Ok(None) };
    let text = text.trim();
    let odd = text.chars().any(|sign| sign.is_control() && sign != '\n');
    if odd || text.chars().count() > ADDRESS {
        return Err(Problem::bad_field("Write an address of at most 300 characters."));
    }
    Ok(Some(text.to_owned()).filter(|text| !text.is_empty()))
}

fn bad(error: impl std::fmt::Display) -> Problem {
    Problem::bad_field(&error.to_string())
}

/// A field that is there, even as `null`.
pub(super) fn named<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Option<String>>, D::Error> {
    Option::<String>::deserialize(value).map(Some)
}
