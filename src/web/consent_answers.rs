//! A patient's answers: yes with their key, no, not any more; and what they consent to unasked.

use actix_web::HttpResponse;
use actix_web::web::{Data, Json, Path, Payload};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;
use vaidya_clinic::consent::{ConsentView, Subject, TEXT};
use vaidya_clinic::id::{ConsentId, KeyId, PersonId, RecordId};
use vaidya_clinic::organisation::Language;
use vaidya_clinic::role::Role;
use vaidya_clinic::time::Timestamp;
use vaidya_clinic::wire::Body;

use super::consents::over;
use super::keys::an_ek;
use super::principal::Caller;
use super::{House, large};
use crate::error::Problem;
use crate::store::StoreError;
use crate::store::consents::{Approved, Given, GrantWrap, Whole};

/// Longest approval, in bytes: some ten thousand wraps. What the browser leaves out, the clinic wraps where it can.
const APPROVAL: usize = 4 * 1024 * 1024;

/// A yes, signed.
#[derive(Deserialize, ToSchema)]
#[schema(as = ApproveConsent)]
struct Yes {
    /// The key that signs.
    key: KeyId,
    /// Until when it holds: no later than the ask said, counted from now.
    until: Timestamp,
    signature: Body,
    /// A guardian says it, for a child.
    #[serde(default)]
    guardian: bool,
    #[serde(default)]
    wraps: Vec<Wrapped>,
}

#[derive(Deserialize, ToSchema)]
#[schema(as = GrantWrap)]
struct Wrapped {
    record: RecordId,
    ver: u32,
    /// For which key of the doctor's.
    key: KeyId,
    ek: Body,
}

/// A consent that is given unasked.
#[derive(Deserialize, ToSchema)]
#[schema(as = GiveConsent)]
pub(super) struct Gift {
    /// Drawn by the browser, which may have to sign it.
    id: ConsentId,
    /// The child one speaks for; oneself when nobody is named.
    patient: Option<PersonId>,
    subject: Subject,
    text_version: u32,
    language: String,
    key: Option<KeyId>,
    signature: Option<Body>,
    #[serde(default)]
    guardian: bool,
}

/// `POST /consents/{id}/approve`
#[utoipa::path(post, path = "/consents/{id}/approve", request_body = Yes, responses((status = 200, body = ConsentView)))]
pub(super) async fn approve(
    house: Data<House>,
    caller: Caller,
    id: Path<Uuid>,
    body: Payload,
) -> Result<Json<ConsentView>, Problem> {
    let (who, id) = (caller.one_of(&[Role::Patient])?, ConsentId(*id));
    let approved = large::json::<Yes>(body, APPROVAL).await?.read()?;
    about(&house, &caller, id).await?;
    let granted = caller.store.approve_consent(id, who, approved, (house.clock)()).await.map_err(over)?;
    house.grant(id).await;
    Ok(Json(granted))
}

/// `POST /consents/{id}/refuse`
#[utoipa::path(post, path = "/consents/{id}/refuse", responses((status = 200, body = ConsentView)))]
pub(super) async fn refuse(house: Data<House>, caller: Caller, id: Path<Uuid>) -> Result<Json<ConsentView>, Problem> {
    let who = caller.one_of(&[Role::Patient])?;
    about(&house, &caller, ConsentId(*id)).await?;
    Ok(Json(caller.store.refuse_consent(ConsentId(*id), who, (house.clock)()).await.map_err(over)?))
}

/// `POST /consents/{id}/revoke`
#[utoipa::path(post, path = "/consents/{id}/revoke", responses((status = 200, body = ConsentView)))]
pub(super) async fn revoke(house: Data<House>, caller: Caller, id: Path<Uuid>) -> Result<Json<ConsentView>, Problem> {
    let who = caller.one_of(&[Role::Patient])?;
    about(&house, &caller, ConsentId(*id)).await?;
    Ok(Json(caller.store.revoke_consent(ConsentId(*id), who, (house.clock)()).await.map_err(over)?))
}

/// `POST /consents/give`
#[utoipa::path(post, path = "/consents/give", request_body = Gift, responses((status = 200, description = "It stands already", body = ConsentView), (status = 201, body = ConsentView)))]
pub(super) async fn give(house: Data<House>, caller: Caller, body: Json<Gift>) -> Result<HttpResponse, Problem> {
    let (who, given) = (caller.one_of(&[Role::Patient])?, body.into_inner().read()?);
    let patient = given.patient.unwrap_or(who.id);
    caller.about(|subject| (subject.about, subject.thing) = (Some(patient), Some(("consent", given.id.0))));
    let (view, new) = caller.store.give_consent(who, given, (house.clock)()).await.map_err(|error| match error {
        StoreError::Taken => Problem::bad_field("Another consent has this id. Draw a new one."),
        other => over(other),
    })?;
    Ok(if new { HttpResponse::Created() } else { HttpResponse::Ok() }.json(view))
}

/// Tells the audit whose consent it is: one's own, or a child's.
async fn about(house: &House, caller: &Caller, id: ConsentId) -> Result<(), Problem> {
    let found = caller.store.consent(id, caller.person()?, Whole::default(), (house.clock)()).await?;
    caller.about(|subject| subject.about = Some(found.view.patient_id));
    Ok(())
}

impl Yes {
    fn read(self) -> Result<Approved, Problem> {
        let Self { key, until, guardian, .. } = self;
        let wrap = |Wrapped { record, ver, key, ek }: Wrapped| Ok(GrantWrap { record, ver, key, ek: an_ek(ek)? });
        let wraps = self.wraps.into_iter().map(wrap).collect::<Result<_, Problem>>()?;
        Ok(Approved { key, until, signature: a_signature(self.signature)?, guardian, wraps })
    }
}

impl Gift {
    fn read(self) -> Result<Given, Problem> {
        if !self.subject.stands() {
            return Err(Problem::bad_field("What is shared with a doctor is asked for by the doctor."));
        }
        if self.text_version != TEXT {
            return Err(Problem::bad_field("The text has changed meanwhile. Reload the page and read it again."));
        }
        let language =
            Language::parse(&self.language).ok_or_else(|| Problem::bad_field("The language is en, hi or pa."))?;
        let signed = match (self.key, self.signature) {
            (Some(key), Some(signature)) => Some((key, a_signature(signature)?)),
            (None, None) => None,
            _ => return Err(Problem::bad_field("A signature comes with its key.")),
        };
        let Self { id, patient, subject, text_version: text, guardian, .. } = self;
        Ok(Given { id, patient, subject, text, language, signed, guardian })
    }
}

fn a_signature(sent: Body) -> Result<[u8; 64], Problem> {
    sent.0.try_into().map_err(|_| Problem::bad_key())
}
