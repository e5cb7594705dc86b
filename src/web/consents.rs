//! Consents: asked for by doctors, seen by those they concern, and shown to other programs as FHIR has them.

use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::{Data, Json, Path, Query};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use vaidya_clinic::consent::{ConsentView, Grantee, How, LONGEST, Purpose, Scope, Subject, Terms, Why};
use vaidya_clinic::fhir;
use vaidya_clinic::id::{ConsentId, KeyId, PersonId, RecordId};
use vaidya_clinic::organisation::Language;
use vaidya_clinic::record::RecordKind;
use vaidya_clinic::role::Role;
use vaidya_clinic::wire::Body;
use zeroize::Zeroizing;

use super::House;
use super::keys::KeyView;
use super::limit::Bucket;
use super::people::a_name;
use super::principal::Caller;
use crate::clock;
use crate::error::Problem;
use crate::granting;
use crate::store::StoreError;
use crate::store::consents::{Asking, Otp, OtpKey, Whole};

/// Most departments that one ask names.
const DEPARTMENTS: usize = 20;

/// Codes there are: six digits.
const CODES: u64 = 1_000_000;

/// What the key of one-time codes is drawn out of the server's own for.
const OTP: &str = "vaidya/otp/key/v1";

/// Codes sent to one patient. Lower strands those whose messages come late, higher pays for a doctor's impatience.
const SENT: Bucket = Bucket {
    name: "consent codes",
    tries: vaidya_clinic::consent::CODES_AN_HOUR,
    window: std::time::Duration::from_secs(60 * 60),
};

/// What a doctor asks for.
#[derive(Deserialize, ToSchema)]
#[schema(as = NewConsent)]
pub(super) struct Wish {
    patient: PersonId,
    subject: Subject,
    purpose: Purpose,
    kinds: Vec<RecordKind>,
    /// Only records filed under these; all when none are named.
    departments: Option<Vec<String>>,
    /// For how long from the answer on: 1 to 129,600 (90 days).
    minutes: u64,
    why: Why,
    /// Another doctor who is to see them.
    grantee: Option<PersonId>,
}

/// To whom a grant is to be passed on.
#[derive(Deserialize, ToSchema)]
#[schema(as = DelegateConsent)]
pub(super) struct To {
    to: PersonId,
}

/// With which of one's keys an ask is to be approved.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct With {
    /// What is wrapped for this key of one's own is wanted too.
    key: Option<Uuid>,
}

/// A consent, and what it takes to approve it.
#[derive(Serialize, ToSchema)]
#[schema(as = ConsentToApprove)]
pub(super) struct Shown {
    consent: ConsentView,
    /// The live keys of the doctor who is to see what it covers.
    keys: Vec<KeyView>,
    wraps: Vec<Wrapped>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = WrappedVersion)]
struct Wrapped {
    record: RecordId,
    ver: u32,
    /// The content key, wrapped for one's own key.
    ek: Body,
}

/// `POST /consents`
#[utoipa::path(post, path = "/consents", request_body = Wish, responses((status = 201, body = ConsentView), (status = 409, description = "The patient can't be asked: `no_custody`, `unreachable`, `too_many_asks`")))]
pub(super) async fn ask(house: Data<House>, caller: Caller, body: Json<Wish>) -> Result<HttpResponse, Problem> {
    let doctor = caller.one_of(&[Role::Doctor])?;
    let wish = body.into_inner();
    caller.about(|subject| subject.about = Some(wish.patient));
    let (patient, grantee, scope) = (wish.patient, wish.grantee.unwrap_or(doctor.id), wish.scope()?);
    let coded = !caller.store.answers_by_key(patient, doctor.org, (house.clock)()).await?;
    if coded {
        spend(&house, patient).await?;
    }
    let Wish { purpose, minutes, why, .. } = wish;
    let (id, otp) = (ConsentId::from_random(clock::random()), draw(&house));
    let asking = Asking { id, patient, grantee, purpose, scope, minutes, why, by_code: false, otp };
    caller.about(|subject| subject.thing = Some(("consent", id.0)));
    let asked = caller.store.ask_consent(doctor, asking, (house.clock)()).await.map_err(unasked)?;
    Ok(HttpResponse::Created().json(asked))
}

/// `POST /consents/{id}/delegate`
#[utoipa::path(post, path = "/consents/{id}/delegate", request_body = To, responses((status = 201, body = ConsentView)))]
pub(super) async fn delegate(
    house: Data<House>,
    caller: Caller,
    id: Path<Uuid>,
    body: Json<To>,
) -> Result<HttpResponse, Problem> {
    let (doctor, now) = (caller.one_of(&[Role::Doctor])?, (house.clock)());
    let from = caller.store.consent(ConsentId(*id), doctor, Whole::default(), now).await?.view;
    caller.about(|subject| subject.about = Some(from.patient_id));
    if !caller.store.answers_by_key(from.patient_id, doctor.org, now).await? {
        spend(&house, from.patient_id).await?;
    }
    let new = (ConsentId::from_random(clock::random()), body.to);
    let asked = caller.store.delegate_consent(doctor, from.id, new, draw(&house), now).await.map_err(unasked)?;
    Ok(HttpResponse::Created().json(asked))
}

/// `GET /consents`
#[utoipa::path(get, path = "/consents", responses((status = 200, body = Vec<ConsentView>)))]
pub(super) async fn list(house: Data<House>, caller: Caller) -> Result<Json<Vec<ConsentView>>, Problem> {
    Ok(Json(caller.store.consents_of(caller.person()?, (house.clock)()).await?))
}

/// `GET /consents/{id}`
#[utoipa::path(get, path = "/consents/{id}", params(With), responses((status = 200, body = Shown)))]
pub(super) async fn show(
    house: Data<House>,
    caller: Caller,
    id: Path<Uuid>,
    with: Query<With>,
) -> Result<Json<Shown>, Problem> {
    let whole = Whole { key: with.key.map(KeyId) };
    let found = caller.store.consent(ConsentId(*id), caller.person()?, whole, (house.clock)()).await?;
    caller.about(|subject| subject.about = Some(found.view.patient_id));
    let wraps = found.wraps.into_iter().map(|(record, ver, ek)| Wrapped { record, ver, ek: Body(ek) });
    let keys = found.keys.into_iter().map(KeyView::others).collect();
    Ok(Json(Shown { consent: found.view, keys, wraps: wraps.collect() }))
}

/// `GET /consents/{id}/fhir`
#[utoipa::path(get, path = "/consents/{id}/fhir", responses((status = 200, description = "A `Consent` of HL7 FHIR R4", body = Object, content_type = "application/fhir+json")))]
pub(super) async fn as_fhir(house: Data<House>, caller: Caller, id: Path<Uuid>) -> Result<HttpResponse, Problem> {
    let person = caller.person()?;
    let found = caller.store.consent_as_kept(ConsentId(*id), person, (house.clock)()).await?;
    caller.about(|subject| subject.about = Some(found.view.patient_id));
    let told = in_fhir(&found.view, found.org, found.signed)?.to_string();
    Ok(HttpResponse::Ok().insert_header((header::CONTENT_TYPE, "application/fhir+json")).body(told))
}

pub(super) fn in_fhir(
    view: &ConsentView,
    org: vaidya_clinic::id::OrgId,
    signed: bool,
) -> Result<serde_json::Value, Problem> {
    let terms = Terms {
        subject: view.subject,
        purpose: view.purpose,
        scope: Scope { kinds: view.kinds.clone(), departments: view.departments.clone() },
        minutes: view.minutes,
        text: view.text_version,
        language: Language::parse(&view.language).ok_or_else(Problem::failed)?,
    };
    let consent = fhir::Consent {
        id: view.id,
        patient: view.patient_id,
        org,
        grantee: view.grantee.as_ref().map_or(Grantee::Organisation(org), |party| Grantee::Person(party.id)),
        terms: &terms,
        state: view.state,
        how: view.how,
        signed,
        made_at: view.made_at,
        decided_at: view.decided_at,
        until: view.until,
        guardian: view.guardian.as_ref().map(|guardian| guardian.name.as_str()),
        witness: view.witness.as_ref().filter(|_| view.how == Some(How::Witness)).map(|witness| witness.id),
    };
    Ok(consent.to_value())
}

impl Wish {
    /// What it covers, when all of it can be asked for.
    fn scope(&self) -> Result<Scope, Problem> {
        if self.subject != Subject::Share || !self.purpose.is_asked() {
            return Err(Problem::bad_field("A doctor asks to be shown records: the subject is share."));
        }
        if !(1..=LONGEST.as_secs() / 60).contains(&self.minutes) {
            return Err(Problem::bad_field("Ask for 1 minute to 90 days."));
        }
        let kinds: Vec<_> = RecordKind::ALL.iter().copied().filter(|kind| self.kinds.contains(kind)).collect();
        if kinds.is_empty() {
            return Err(Problem::bad_field("Say which kinds of records you ask for: one at least."));
        }
        Ok(Scope { kinds, departments: self.departments.as_deref().map(a_few).transpose()? })
    }
}

fn a_few(departments: &[String]) -> Result<Vec<String>, Problem> {
    let named: Vec<_> = departments.iter().map(|text| a_name(text)).collect::<Result<_, _>>()?;
    if named.is_empty() || named.len() > DEPARTMENTS || named.iter().any(|name| name.contains('|')) {
        return Err(Problem::bad_field("Name 1 to 20 departments, without a | in their names; or none for all."));
    }
    Ok(named)
}

/// Counts a code for a patient.
pub(super) async fn spend(house: &House, patient: PersonId) -> Result<(), Problem> {
    let spent = house.limiter.spend(&SENT, patient.0.as_bytes()).await;
    spent.map_err(|wait| Problem::too_many_codes().retry_after(wait))
}

impl House {
    /// Wraps for the doctor of a grant what the clinic holds, now; what can't be done now a job does later.
    pub(super) async fn grant(&self, id: ConsentId) {
        let filled = granting::fill(&self.store, &self.blobs, &self.custody, id, (self.clock)()).await;
        if let Err(error) = filled {
            tracing::warn!(%error, "a grant is not whole yet");
        }
    }
}

/// A new code.
pub(super) fn draw(house: &House) -> Otp {
    // The remainder favours some codes by less than one part in 10^12.
    Otp { key: otp_key(house), code: format!("{:06}", u64::from_be_bytes(clock::random()) % CODES) }
}

/// The key of one-time codes: made of the server's own, so the database does not have it.
pub(super) fn otp_key(house: &House) -> OtpKey {
    OtpKey(Zeroizing::new(house.pepper.hash(OTP, "").0))
}

pub(super) fn unasked(error: StoreError) -> Problem {
    match error {
        StoreError::TooMany => Problem::too_many_asks(),
        other => over(other),
    }
}

/// What cannot be done to a consent any more was answered.
pub(super) fn over(error: StoreError) -> Problem {
    match error {
        StoreError::BadState => Problem::answered(),
        other => other.into(),
    }
}
