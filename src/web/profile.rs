//! What people say of themselves, and where they are reached.

use actix_web::web::{Data, Json};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use vaidya_clinic::contact::Contact;
use vaidya_clinic::organisation::Language;
use vaidya_clinic::profile::Sex;
use vaidya_clinic::role::Role;
use vaidya_clinic::time::Timestamp;

use super::House;
use super::contact_codes::{self, Wanted};
use super::contacts::{a_contact, reachable};
use super::people::a_name;
use super::principal::Caller;
use super::register::{GuardianView, a_birth_year, a_guardian, spoken_for};
use crate::error::Problem;
use crate::store::contact_codes::Purpose;
use crate::store::profiles::Profile;

/// What someone says of themselves; contacts are masked.
#[derive(Serialize, ToSchema)]
#[schema(as = Profile)]
pub(super) struct View {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    birth_year: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sex: Option<Sex>,
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<Language>,
    #[serde(skip_serializing_if = "Option::is_none")]
    guardian: Option<GuardianView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    contact: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
}

/// What changes; what is not named stays.
#[derive(Deserialize, ToSchema)]
#[schema(as = ProfileChange)]
pub(super) struct Change {
    name: Option<String>,
    birth_year: Option<i64>,
    sex: Option<Sex>,
    language: Option<Language>,
    #[serde(default, deserialize_with = "named")]
    guardian: Option<Option<GuardianView>>,
}

/// A new phone or e-mail address.
#[derive(Deserialize, ToSchema)]
#[schema(as = ContactStart)]
pub(super) struct Start {
    contact: String,
}

/// The code that came there.
#[derive(Deserialize, ToSchema)]
#[schema(as = ContactFinish)]
pub(super) struct Finish {
    id: Uuid,
    code: String,
}

/// `GET /me/profile`
#[utoipa::path(get, path = "/me/profile", responses((status = 200, body = View)))]
pub(super) async fn show(caller: Caller) -> Result<Json<View>, Problem> {
    Ok(Json(caller.store.profile(caller.person()?.id).await?.into()))
}

/// `PATCH /me/profile`
#[utoipa::path(patch, path = "/me/profile", request_body = Change, responses((status = 200, body = View)))]
pub(super) async fn change(house: Data<House>, caller: Caller, body: Json<Change>) -> Result<Json<View>, Problem> {
    let (person, now) = (caller.person()?, (house.clock)());
    let profile = changed(caller.store.profile(person.id).await?, body.into_inner(), now)?;
    if let Some(year) = profile.birth_year.filter(|_| person.role == Role::Patient) {
        spoken_for(year, profile.guardian.as_ref(), now)?;
    }
    caller.store.keep_profile(person.id, profile.clone()).await?;
    Ok(Json(profile.into()))
}

fn changed(mut profile: Profile, change: Change, now: Timestamp) -> Result<Profile, Problem> {
    let Change { name, birth_year, sex, language, guardian } = change;
    if let Some(name) = name {
        profile.name = a_name(&name)?;
    }
    if let Some(year) = birth_year {
        profile.birth_year = Some(a_birth_year(year, now)?);
    }
    if let Some(guardian) = guardian {
        profile.guardian = guardian.map(a_guardian).transpose()?;
    }
    profile.sex = sex.or(profile.sex);
    profile.language = language.or(profile.language);
    Ok(profile)
}

/// `POST /me/contact/start`
#[utoipa::path(post, path = "/me/contact/start", request_body = Start, responses((status = 202, body = contact_codes::Sent)))]
pub(super) async fn contact_start(
    request: HttpRequest,
    house: Data<House>,
    caller: Caller,
    body: Json<Start>,
) -> Result<HttpResponse, Problem> {
    let zone = house.store.zone(caller.person()?.org).await?;
    let contact = a_contact(&body.contact, &zone)?;
    ask(&house, &request, &caller, Purpose::Contact, contact).await
}

/// `POST /me/contact/finish`
///
/// The contact before is told.
#[utoipa::path(post, path = "/me/contact/finish", request_body = Finish, responses((status = 204), (status = 410, description = "The code is over")))]
pub(super) async fn contact_finish(
    request: HttpRequest,
    house: Data<House>,
    caller: Caller,
    body: Json<Finish>,
) -> Result<HttpResponse, Problem> {
    let proof = contact_codes::typed(&house, &request, Purpose::Contact, body.id, &body.code).await?;
    let done = caller.store.change_contact(caller.person()?.id, proof, (house.clock)()).await?;
    contact_codes::right(&house, &request, done).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Sends a code to a contact in the name of whoever asks.
pub(super) async fn ask(
    house: &House,
    request: &HttpRequest,
    caller: &Caller,
    purpose: Purpose,
    contact: Contact,
) -> Result<HttpResponse, Problem> {
    let person = caller.person()?;
    reachable(house, &contact)?;
    let language = caller.store.profile(person.id).await?.language.unwrap_or(Language::En);
    let wanted = Wanted {
        purpose,
        counted: contact_codes::counted(house, contact.as_str()),
        contact: Some(contact),
        org: person.org,
        person: Some(person.id),
        language,
    };
    contact_codes::send(house, request, caller, wanted).await
}

/// A field that was sent, though it may be null.
fn named<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Option<GuardianView>>, D::Error> {
    Option::deserialize(from).map(Some)
}

impl From<Profile> for View {
    fn from(profile: Profile) -> Self {
        let contact = profile.contact().map(Contact::masked);
        let Profile { name, birth_year, sex, language, guardian, phone, email } = profile;
        let masked = |contact: Option<Contact>| contact.map(|contact| contact.masked());
        let (phone, email) = (masked(phone), masked(email));
        Self { name, birth_year, sex, language, guardian: guardian.map(GuardianView::from), contact, phone, email }
    }
}
