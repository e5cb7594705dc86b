//! The keys of a visit: the public ones of its two people, and its transcript key, wrapped.

use actix_web::HttpResponse;
use actix_web::web::{Data, Json, Path};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use vaidya_clinic::id::{KeyId, VisitId};
use vaidya_clinic::keyring::MOST_KEYS;
use vaidya_clinic::visit::{Holder, Standing};
use vaidya_clinic::wire::Body;

use super::House;
use super::clinic_keys::ClinicKeyView;
use super::keys::{KeyView, an_ek};
use super::principal::Caller;
use crate::error::Problem;
use crate::store::StoreError;
use crate::store::wraps::Wrap;

/// What someone in a visit needs to know whom they talk to and to read what was written.
#[derive(Serialize, ToSchema)]
pub(super) struct Keys {
    doctor: Vec<KeyView>,
    patient: Vec<KeyView>,
    /// The clinic's, where its custody says that it can open the visit's record.
    clinic: Option<ClinicKeyView>,
    wraps: Vec<WrapView>,
}

/// The transcript key for one key.
#[derive(Deserialize, Serialize, ToSchema)]
struct WrapView {
    key: KeyId,
    ek: Body,
}

/// Wraps that are to be kept.
#[derive(Deserialize, ToSchema)]
pub(super) struct Wrapped {
    first: bool,
    wraps: Vec<WrapView>,
}

/// `GET /visits/{id}/keys`
#[utoipa::path(get, path = "/visits/{id}/keys", responses((status = 200, body = Keys)))]
pub(super) async fn list(house: Data<House>, caller: Caller, id: Path<Uuid>) -> Result<Json<Keys>, Problem> {
    let visit = VisitId(*id);
    let holder = caller.holder(&house, visit).await?;
    let seat = caller.store.seat_of(visit, holder).await?.filter(|seat| seat.standing != Standing::Removed);
    seat.ok_or_else(Problem::not_found)?;
    let keys = caller.store.visit_keys(visit).await?;
    let (wraps, clinic) = match holder {
        Holder::Person(person) => {
            (caller.store.visit_wraps(visit, person).await?, caller.store.custody_key(visit).await?)
        }
        Holder::Guest(_) => (Vec::new(), None),
    };
    Ok(Json(Keys {
        doctor: keys.doctor.into_iter().map(KeyView::others).collect(),
        patient: keys.patient.into_iter().map(KeyView::others).collect(),
        clinic: clinic.map(ClinicKeyView::from),
        wraps: wraps.into_iter().map(|wrap| WrapView { key: wrap.key, ek: Body(wrap.ek) }).collect(),
    }))
}

/// `POST /visits/{id}/wraps`
#[utoipa::path(post, path = "/visits/{id}/wraps", request_body = Wrapped, responses((status = 204, description = "Kept")))]
pub(super) async fn wrap(
    house: Data<House>,
    caller: Caller,
    id: Path<Uuid>,
    body: Json<Wrapped>,
) -> Result<HttpResponse, Problem> {
    let person = caller.resident()?.id;
    let Wrapped { first, wraps } = body.into_inner();
    if wraps.len() > 2 * MOST_KEYS {
        return Err(Problem::bad_field("There are more wraps than keys."));
    }
    let wraps = wraps.into_iter().map(|wrap| Ok(Wrap { key: wrap.key, ek: an_ek(wrap.ek)? }));
    let wraps = wraps.collect::<Result<Vec<_>, Problem>>()?;
    let (visit, now) = (VisitId(*id), (house.clock)());
    match first {
        true => caller.store.first_wraps(visit, person, wraps, now).await.map_err(|error| match error {
            StoreError::Taken => Problem::already(),
            other => other.into(),
        })?,
        false => caller.store.add_wraps(visit, person, wraps, now).await?,
    }
    Ok(HttpResponse::NoContent().finish())
}
