//! The keys of the session's organisation: shown to everyone there, renewed by its admins, used for who lost their own.

use actix_web::HttpResponse;
use actix_web::web::{Data, Json, Path};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;
use vaidya_clinic::id::KeyId;
use vaidya_clinic::keyring::ClinicKeyStatus;
use vaidya_clinic::policy;
use vaidya_clinic::role::Role;
use vaidya_clinic::time::Timestamp;

use super::House;
use super::clinic_keys::ClinicKeyView;
use super::principal::Caller;
use crate::custodian;
use crate::error::Problem;
use crate::store::StoreError;
use crate::store::accounts::Person;
use crate::store::custody::KeptKey;

/// Who can open records here, and with which keys.
#[derive(Serialize, ToSchema)]
#[schema(as = ClinicKeys)]
pub(super) struct Keys {
    custody: policy::Custody,
    /// What is sealed to now.
    key: Option<KeyView>,
    /// What was sealed to before; for a patient only those that still open something of theirs.
    older: Vec<KeyView>,
}

/// A key of the organisation and how it stands.
#[derive(Serialize, ToSchema)]
#[schema(as = KeptClinicKey)]
struct KeyView {
    #[serde(flatten)]
    key: ClinicKeyView,
    /// Since when nothing is wrapped for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    retired_at: Option<Timestamp>,
    /// How many versions of records it opens: of a patient's own, or for an admin of all.
    #[serde(skip_serializing_if = "Option::is_none")]
    versions: Option<u64>,
    /// Whether its private half can be used; said to admins.
    #[serde(skip_serializing_if = "Option::is_none")]
    usable: Option<bool>,
}

/// What the clinic opens for a new key.
#[derive(Serialize, ToSchema)]
pub(super) struct Restoring {
    /// How many versions of records will be wrapped for it.
    versions: usize,
}

/// `GET /clinic-key`
#[utoipa::path(get, path = "/clinic-key", responses((status = 200, body = Keys)))]
pub(super) async fn show(house: Data<House>, caller: Caller) -> Result<Json<Keys>, Problem> {
    let person = caller.person()?;
    custodian::ready(&house.store, &house.custody, person.org, (house.clock)()).await?;
    let custody = house.store.policy(person.org).await?.custody;
    let is = |role| person.role == role;
    let whose = is(Role::Patient).then_some(person.id);
    let all = caller.store.clinic_keys(person.org, whose).await?;
    let unusable = match is(Role::Admin) {
        true => Some(custodian::unusable(&house.store, &house.custody).await?),
        false => None,
    };
    let counted = is(Role::Patient) || is(Role::Admin);
    let (mut key, mut older) = (None, Vec::new());
    for kept in all {
        let usable = unusable.as_ref().map(|all| !all.iter().any(|(one, _)| one.key.id == kept.key.id));
        let view = KeyView::of(&kept, counted, usable);
        match kept.status {
            ClinicKeyStatus::Live => key = Some(view),
            _ if whose.is_none() || kept.versions > 0 => older.push(view),
            _ => {}
        }
    }
    // By its custody nothing is sealed to it any more; what was is shown as what it is.
    if custody == policy::Custody::PatientOnly {
        older.extend(key.take().filter(|key| key.versions.is_some_and(|versions| versions > 0)));
    }
    Ok(Json(Keys { custody, key, older }))
}

/// `POST /clinic-key/rotate`
#[utoipa::path(post, path = "/clinic-key/rotate", responses((status = 201, description = "The new key", body = ClinicKeyView), (status = 409, description = "no_custody")))]
pub(super) async fn rotate(house: Data<House>, caller: Caller) -> Result<HttpResponse, Problem> {
    let org = caller.one_of(&[Role::Admin])?.org;
    let made = custodian::rotate(&caller.store, &house.custody, org, (house.clock)()).await?;
    Ok(HttpResponse::Created().json(ClinicKeyView::from(made)))
}

/// `POST /me/keys/{id}/restore`
#[utoipa::path(post, path = "/me/keys/{id}/restore", responses((status = 202, description = "It is being done", body = Restoring), (status = 409, description = "no_custody, key_not_live"), (status = 503, description = "clinic_key_missing")))]
pub(super) async fn restore(house: Data<House>, caller: Caller, id: Path<Uuid>) -> Result<HttpResponse, Problem> {
    let person = caller.one_of(&[Role::Patient])?;
    usable(&house, person).await?;
    let asked = caller.store.ask_restore(person.id, KeyId(*id), person.org, (house.clock)()).await;
    let versions = asked.map_err(|error| match error {
        StoreError::BadState => Problem::key_not_live(),
        other => other.into(),
    })?;
    Ok(HttpResponse::Accepted().json(Restoring { versions }))
}

/// Whether the clinic can open now what it holds for a patient: what can't be done soon is not begun.
async fn usable(house: &House, person: &Person) -> Result<(), Problem> {
    let theirs = house.store.clinic_keys(person.org, Some(person.id)).await?.into_iter();
    let theirs: Vec<_> = theirs.filter(|kept| kept.versions > 0).collect();
    let tried =
        house.custody.apart(move |custody| theirs.iter().try_for_each(|kept| custody.has(kept.key.id, &kept.key.rsa)));
    Ok(tried.await?)
}

impl KeyView {
    fn of(kept: &KeptKey, counted: bool, usable: Option<bool>) -> Self {
        Self {
            key: ClinicKeyView::standing(kept.key.clone(), kept.status),
            retired_at: kept.retired_at,
            versions: counted.then_some(kept.versions),
            usable,
        }
    }
}
