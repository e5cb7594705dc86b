//! Asking a patient for consent by a code, for other programs: the code goes to the patient and into no answer.

use actix_web::HttpResponse;
use actix_web::web::{Data, Json};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use vaidya_clinic::consent::{LONGEST, Purpose, Scope, Why};
use vaidya_clinic::id::{ConsentId, OrgId, PersonId};
use vaidya_clinic::record::RecordKind;
use vaidya_clinic::role::Role;
use vaidya_clinic::time::Timestamp;

use super::House;
use super::consents::{draw, spend, unasked};
use super::contacts::as_login;
use super::principal::Caller;
use crate::clock;
use crate::error::Problem;
use crate::store::consents::Asking;

/// What a doctor's program asks for.
#[derive(Deserialize, ToSchema)]
#[schema(as = ApiConsent)]
pub(super) struct Wish {
    /// The patient's user name, or their id.
    patient_id: String,
    purpose: Purpose,
    /// Which kinds of records: to be shown them, and to add to them.
    scope: Vec<RecordKind>,
    /// For how long from the answer on: 1 to 129,600 (90 days).
    minutes: u64,
}

/// What was asked for; the code is not here.
#[derive(Serialize, ToSchema)]
#[schema(as = ApiConsentAsked)]
pub(super) struct Asked {
    consent_id: ConsentId,
    /// Until when the code works.
    expires_at: Timestamp,
}

/// `POST /api/request_consent`: the patient is sent a code, which they read out to the doctor.
#[utoipa::path(post, path = "/request_consent", request_body = Wish, responses((status = 202, body = Asked), (status = 409, description = "The patient can't be asked: `no_custody`, `unreachable`, `too_many_asks`")))]
pub(super) async fn request(house: Data<House>, caller: Caller, body: Json<Wish>) -> Result<HttpResponse, Problem> {
    let (doctor, wish) = (caller.one_of(&[Role::Doctor])?, body.into_inner());
    let patient = patient(&house, &wish.patient_id, doctor.org).await?;
    caller.about(|subject| subject.about = Some(patient));
    let kinds: Vec<_> = RecordKind::ALL.iter().copied().filter(|kind| wish.scope.contains(kind)).collect();
    if kinds.is_empty() || !wish.purpose.is_asked() {
        return Err(Problem::bad_field("Name a purpose, and one kind of records at least as the scope."));
    }
    if !(1..=LONGEST.as_secs() / 60).contains(&wish.minutes) {
        return Err(Problem::bad_field("Ask for 1 minute to 90 days."));
    }
    spend(&house, patient).await?;
    let id = ConsentId::from_random(clock::random());
    let asking = Asking {
        id,
        patient,
        grantee: doctor.id,
        purpose: wish.purpose,
        scope: Scope { kinds, departments: None },
        minutes: wish.minutes,
        why: Why::Other,
        otp: draw(&house),
        by_code: true,
    };
    caller.about(|subject| subject.thing = Some(("consent", id.0)));
    let asked = caller.store.ask_consent(doctor, asking, (house.clock)()).await.map_err(unasked)?;
    let expires_at = asked.code.map(|code| code.expires).ok_or_else(Problem::failed)?;
    Ok(HttpResponse::Accepted().json(Asked { consent_id: id, expires_at }))
}

/// The patient of an organisation whom a program means: by their user name, or by their id.
pub(super) async fn patient(house: &House, named: &str, org: OrgId) -> Result<PersonId, Problem> {
    let id = match Uuid::try_parse(named) {
        Ok(id) => Some(PersonId(id)),
        Err(_) => house.store.account(&as_login(named)).await?.map(|account| account.person.id),
    };
    let Some(id) = id else { return Err(Problem::not_found()) };
    let person = house.store.person(id, org).await?.filter(|person| person.role == Role::Patient);
    person.map(|person| person.id).ok_or_else(Problem::not_found)
}
