//! Everything about a patient that can be told without opening a record, as FHIR R4.

use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::Data;
use serde_json::Value;
use vaidya_clinic::fhir_bundle::{Deed, Patient, bundle, document, encounter};
use vaidya_clinic::role::Role;
use vaidya_clinic::time::Timestamp;

use super::House;
use super::consents::in_fhir;
use super::principal::Caller;
use super::routes::BASE;
use crate::error::Problem;
use crate::store::accounts::Person;
use crate::store::{Store, StoreError};

/// `GET /me/export/fhir`
#[utoipa::path(get, path = "/me/export/fhir", responses((status = 200, description = "A `Bundle` of HL7 FHIR R4: `Patient`, `Encounter`, `DocumentReference` without content, `Consent`, `AuditEvent`", body = Object, content_type = "application/fhir+json")))]
pub(super) async fn all(house: Data<House>, caller: Caller) -> Result<HttpResponse, Problem> {
    let (me, now) = (caller.one_of(&[Role::Patient])?, (house.clock)());
    caller.about(|subject| subject.about = Some(me.id));
    let api = format!("{}{BASE}", house.public_url);
    let resources = gathered(&caller.store, me, &api, now).await?;
    let told = bundle(&format!("{api}/fhir"), now, resources).to_string();
    let name = "attachment; filename=\"about-me.fhir.json\"";
    let answer = HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "application/fhir+json"))
        .insert_header((header::CONTENT_DISPOSITION, name))
        .body(told);
    Ok(answer)
}

async fn gathered(store: &Store, me: &Person, api: &str, now: Timestamp) -> Result<Vec<Value>, Problem> {
    let profile = store.profile(me.id).await?;
    let [phone, email] = [&profile.phone, &profile.email].map(|contact| contact.as_ref().map(|one| one.as_str()));
    let (name, sex, birth_year) = (profile.name.as_str(), profile.sex, profile.birth_year);
    let mut all = vec![Patient { id: me.id, name, sex, birth_year, phone, email }.value()];
    all.extend(store.every_visit_of(me.id).await?.iter().map(|visit| encounter(visit, me.id)));
    all.extend(store.every_record_of(me.id).await?.iter().map(|record| document(&record.view, api)));
    for view in store.consents_of(me, now).await? {
        let kept = store.consent_as_kept(view.id, me, now).await?;
        all.push(in_fhir(&kept.view, kept.org, kept.signed)?);
    }
    all.extend(deeds(store, me).await?);
    Ok(all)
}

async fn deeds(store: &Store, me: &Person) -> Result<Vec<Value>, StoreError> {
    let (mut all, mut before) = (Vec::new(), None);
    loop {
        let found = store.audit_about_stretch(me.id, before).await?;
        let Some(last) = found.last() else { return Ok(all) };
        before = Some(last.seq);
        all.extend(found.iter().map(|entry| {
            let (action, who, by) = (entry.action.as_str(), entry.actor_name.as_deref(), entry.by.as_str());
            Deed { seq: entry.seq, at: entry.at, action, outcome: entry.outcome, who, by }.value(me.id)
        }));
    }
}
