//! Records for other programs: what a doctor posts in the clear is sealed on arrival and forgotten, what is listed stays
//! sealed.

use std::sync::Arc;

use actix_web::web::{Data, Json, Payload};
use actix_web::{HttpRequest, HttpResponse, ResponseError as _};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use vaidya_clinic::id::{ConsentId, RecordId};
use vaidya_clinic::record::{RecordKind, RecordView};
use vaidya_clinic::role::Role;
use vaidya_clinic::vault::object::Cid;
use vaidya_clinic::wire::Body;

use super::people::a_department;
use super::plain::{self, Plain};
use super::posted::{Note, sealed};
use super::principal::Caller;
use super::{House, consent_codes, seed_consents};
use crate::custodian;
use crate::error::Problem;
use crate::store::StoreError;
use crate::store::records::{Filter, Posting};

/// Longest title, in characters. Lower cuts off what doctors write, higher makes lists of opened records unreadable.
const TITLE: usize = 200;

/// Longest content, in characters. Lower cuts off long letters, higher holds more in the clear in memory.
const CONTENT: usize = 50_000;

/// Longest request: the content in the longest way JSON can write it, and a little around it.
const LONGEST: usize = 12 * CONTENT + 16 * 1024;

/// What the audit calls taking a code.
const REDEEM: &str = "consent.redeem";

/// A record as a program posts it: in the clear.
#[derive(Deserialize, ToSchema)]
#[schema(as = ApiNewRecord)]
pub(super) struct New {
    /// The patient's user name, or their id.
    patient_id: String,
    consent_id: Uuid,
    /// The code the patient read out; not needed any more once it was taken.
    otp: Option<Plain>,
    department: Option<String>,
    title: Plain,
    content: Plain,
}

/// A record that was sealed.
#[derive(Serialize, ToSchema)]
#[schema(as = ApiRecordAdded)]
pub(super) struct Added {
    record_id: RecordId,
    cid: String,
    /// What the ledger gets: 32 bytes.
    commitment: Body,
}

/// Whose records are wanted.
#[derive(Deserialize, ToSchema)]
#[schema(as = ApiRecordsWanted)]
pub(super) struct Wanted {
    /// The patient's user name, or their id.
    patient_id: String,
    /// Only what this consent covers.
    consent_id: Option<Uuid>,
    /// The `next` of the page before.
    after: Option<Uuid>,
}

/// Records, as they are known without opening them.
#[derive(Serialize, ToSchema)]
#[schema(as = ApiRecords)]
pub(super) struct Listed {
    records: Vec<RecordView>,
    next: Option<RecordId>,
}

/// `POST /api/add_record`: a note, sealed by the server for the patient, the doctor and the clinic.
#[utoipa::path(post, path = "/add_record", request_body = New, responses((status = 201, body = Added), (status = 401, description = "The code is not right; the try is counted"), (status = 410, description = "The code is over: used, too old, or tried five times")))]
pub(super) async fn add(
    request: HttpRequest,
    house: Data<House>,
    caller: Caller,
    body: Payload,
) -> Result<HttpResponse, Problem> {
    let doctor = caller.one_of(&[Role::Doctor])?;
    let New { patient_id, consent_id, otp, department, title, content } = plain::json(body, LONGEST).await?;
    let patient = seed_consents::patient(&house, &patient_id, doctor.org).await?;
    let (consent, department) = (ConsentId(consent_id), a_department(department)?);
    caller.about(|subject| subject.about = Some(patient));
    if !title.fits(TITLE) || !content.fits(CONTENT) {
        return Err(Problem::bad_field("A record has a title of up to 200 characters, and up to 50,000 of content."));
    }
    // Before the code is used up: without the clinic's key nothing could be sealed.
    custodian::ready(&house.store, &house.custody, doctor.org, (house.clock)())
        .await?
        .ok_or_else(Problem::no_custody)?;
    if let Some(code) = otp {
        redeem(&request, &house, &caller, (consent, &code)).await?;
    }
    let posting = Posting { consent, patient, kind: RecordKind::Note, department };
    let note = Note { title, content };
    let (new, block) = sealed(&house, doctor, &posting, &note).await?;
    drop(note);
    caller.about(|subject| subject.thing = Some(("record", new.id.0)));
    let (record_id, commitment) = (new.id, Body(new.commitment.to_vec()));
    let cid = Cid::parse(&new.cid).map_err(|_| Problem::failed())?;
    // Held until its row is there: no sweep takes it meanwhile.
    let _held = house.blobs.put(cid.clone(), block).await?;
    caller.store.seal_posted(doctor, posting, new, (house.clock)()).await?;
    Ok(HttpResponse::Created().json(Added { record_id, cid: cid.as_str().to_owned(), commitment }))
}

/// Takes the code, which is an entry of its own in the audit: the record that follows is another.
async fn redeem(
    request: &HttpRequest,
    house: &House,
    caller: &Caller,
    (consent, code): (ConsentId, &Plain),
) -> Result<(), Problem> {
    let trace = Arc::new(caller.trace(REDEEM, (house.clock)()));
    trace.about(|subject| subject.thing = Some(("consent", consent.0)));
    let mut redeeming = caller.clone();
    redeeming.writes_as(house, Some(Arc::clone(&trace)));
    if let Err(problem) = consent_codes::taken(request, house, &redeeming, consent, code.as_str()).await {
        house.store.note(trace, problem.status_code().as_u16()).await?;
        return Err(problem);
    }
    Ok(())
}

/// `POST /api/patient_records`: what there is of a patient, as far as who asks may see it. Contents stay sealed.
#[utoipa::path(post, path = "/patient_records", request_body = Wanted, responses((status = 200, body = Listed)))]
pub(super) async fn list(house: Data<House>, caller: Caller, body: Json<Wanted>) -> Result<Json<Listed>, Problem> {
    let (who, now, Wanted { patient_id, consent_id, after }) =
        (caller.one_of(&[Role::Patient, Role::Doctor])?, (house.clock)(), body.into_inner());
    let patient = match who.role {
        Role::Patient if [who.login.as_str(), &who.id.0.to_string()].contains(&patient_id.trim()) => who.id,
        Role::Patient => return Err(Problem::not_found()),
        _ => seed_consents::patient(&house, &patient_id, who.org).await?,
    };
    caller.about(|subject| subject.about = Some(patient));
    let filter = Filter { patient: Some(patient), after: after.map(RecordId), ..Filter::default() };
    let mut found = caller.store.records_of(who, filter, now).await?;
    if let Some(consent) = consent_id {
        let scope = caller.store.granted_scope(who, ConsentId(consent), patient, now).await?;
        let scope = scope.ok_or(StoreError::NotFound)?;
        found.records.retain(|one| scope.covers(one.kind, one.department.as_deref()));
    }
    Ok(Json(Listed { records: found.records, next: found.next }))
}
