//! Patients, for those who treat them: who they are, and for whom what concerns them is sealed.

use actix_web::web::{Data, Json, Path, Query};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use vaidya_clinic::id::{PersonId, VisitId};
use vaidya_clinic::policy::Custody;
use vaidya_clinic::role::Role;
use vaidya_clinic::time::Timestamp;

use super::House;
use super::clinic_keys::ClinicKeyView;
use super::keys::KeyView;
use super::principal::Caller;
use crate::custodian;
use crate::error::Problem;
use crate::store::patients::Treated;

/// From which visit a record is to come.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct From {
    visit: Option<Uuid>,
}

/// For whom a record must be sealed: for all of these, and nobody else.
#[derive(Serialize, ToSchema)]
#[schema(as = Recipients)]
pub(super) struct View {
    keys: Vec<KeyView>,
    /// The clinic's, where its custody says that it can open records.
    clinic: Option<ClinicKeyView>,
    custody: Custody,
}

/// A patient as the doctor who treats them sees them.
#[derive(Serialize, ToSchema)]
#[schema(as = TreatedPatient)]
pub(super) struct Patient {
    id: PersonId,
    name: String,
    birth_year: Option<i32>,
    /// When the last visit with them began.
    last_visit: Timestamp,
}

/// `GET /patients`
#[utoipa::path(get, path = "/patients", responses((status = 200, body = Vec<Patient>)))]
pub(super) async fn treated(caller: Caller) -> Result<Json<Vec<Patient>>, Problem> {
    let doctor = caller.one_of(&[Role::Doctor])?;
    let found = caller.store.treated_by(doctor).await?;
    let view = |Treated { id, name, birth_year, last_visit }: Treated| Patient { id, name, birth_year, last_visit };
    Ok(Json(found.into_iter().map(view).collect()))
}

/// `GET /patients/{id}/recipients`
#[utoipa::path(get, path = "/patients/{id}/recipients", params(From), responses((status = 200, body = View)))]
pub(super) async fn recipients(
    house: Data<House>,
    caller: Caller,
    id: Path<Uuid>,
    from: Query<From>,
) -> Result<Json<View>, Problem> {
    let author = caller.resident()?;
    let visit = from.visit.map(VisitId);
    custodian::ready(&house.store, &house.custody, author.org, (house.clock)()).await?;
    let found = caller.store.recipients(author, PersonId(*id), visit, (house.clock)()).await?;
    Ok(Json(View {
        keys: found.keys.into_iter().map(KeyView::others).collect(),
        clinic: found.clinic.map(ClinicKeyView::from),
        custody: caller.store.policy(author.org).await?.custody,
    }))
}
