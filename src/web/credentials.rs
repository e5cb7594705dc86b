//! Registrations of doctors: sent in with documents by the doctor, and brought into force by two admins.

use actix_web::HttpResponse;
use actix_web::http::header::{Charset, ContentDisposition, DispositionParam, DispositionType, ExtendedValue};
use actix_web::web::{Data, Json, Path, Payload, Query};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use vaidya_clinic::credential::Unfit;
use vaidya_clinic::papers::{Credential, Document, MAX_DOCUMENT, PaperKind};
use vaidya_clinic::role::Role;
use vaidya_clinic::time::Timestamp;

use super::organisations::{Why, a_reason};
use super::principal::Caller;
use super::{House, documents, large};
use crate::clock;
use crate::error::Problem;
use crate::register::{self, BadLine};
use crate::store::StoreError;
use crate::store::credentials::{Deed, Fields, Undone};
use crate::store::papers::NewDocument;
use crate::store::registry::NoMatch;

/// Longest field of a registration, in characters.
const FIELD: usize = 200;

/// Longest name of a document, in characters.
const FILE: usize = 120;

/// A registration as its doctor writes it.
#[derive(Deserialize, ToSchema)]
#[schema(as = NewCredential)]
pub(super) struct Wish {
    qualification: String,
    council: String,
    number: String,
    specialty: String,
    /// The day its council's word ends, at 00:00 UTC.
    valid_until: Timestamp,
}

/// The name of a file.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Named {
    /// The name of the file.
    name: String,
}

/// How a registration was matched without a register.
#[derive(Deserialize, ToSchema)]
#[schema(as = MatchCredential)]
pub(super) struct How {
    /// Who looked where; none to look into the register that was imported.
    #[serde(default)]
    manual: Option<String>,
}

/// What became of an import.
#[derive(Serialize, ToSchema)]
#[schema(as = ImportedRegister)]
pub(super) struct Imported {
    kept: usize,
    bad: Vec<BadLine>,
}

/// One's own registration; `null` before one was sent in.
#[utoipa::path(get, path = "/me/credential", responses((status = 200, body = Option<Credential>)))]
pub(super) async fn own(house: Data<House>, caller: Caller) -> Result<Json<Option<Credential>>, Problem> {
    let doctor = caller.one_of(&[Role::Doctor])?;
    Ok(Json(caller.store.credential_of(doctor.id, doctor.org, (house.clock)()).await?))
}

/// Sends in one's registration, or corrects it: it begins anew and is not in force meanwhile.
#[utoipa::path(put, path = "/me/credential", request_body = Wish, responses((status = 200, body = Credential)))]
pub(super) async fn submit(house: Data<House>, caller: Caller, body: Json<Wish>) -> Result<Json<Credential>, Problem> {
    let doctor = caller.one_of(&[Role::Doctor])?;
    let (Wish { qualification, council, number, specialty, valid_until }, now) = (body.into_inner(), (house.clock)());
    if valid_until <= now {
        return Err(Problem::bad_field("The registration has ended already. Give the day until which it is renewed."));
    }
    if vaidya_clinic::credential::normal(&number).is_empty() {
        return Err(Problem::bad_field("Write the number under which the council registered you."));
    }
    let fields = Fields {
        qualification: a_field(&qualification, "qualification")?,
        council: a_field(&council, "council")?,
        number: a_field(&number, "number")?,
        specialty: a_field(&specialty, "specialty")?,
        valid_until,
    };
    Ok(Json(caller.store.submit_credential(doctor, fields, now).await?))
}

/// Adds a document to one's registration; what it is, its first bytes say.
#[utoipa::path(
    post,
    path = "/me/credential/documents",
    params(Named),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 201, body = Document), (status = 404, description = "No registration was sent in"))
)]
pub(super) async fn add_document(
    house: Data<House>,
    caller: Caller,
    named: Query<Named>,
    body: Payload,
) -> Result<HttpResponse, Problem> {
    let doctor = caller.one_of(&[Role::Doctor])?;
    let name = a_file(&named.name)?;
    caller.store.may_add_document(doctor.id, doctor.org).await.map_err(full)?;
    let bytes = large::bytes(body, MAX_DOCUMENT).await?;
    let kind = PaperKind::of(&bytes).ok_or_else(|| Problem::bad_field("A document is a PDF, a JPEG or a PNG."))?;
    let id = Uuid::from_bytes(clock::random());
    let (blocks, _held) = documents::keep(&house, id, &bytes).await?;
    let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    let new = NewDocument { id, name, kind, size, blocks };
    let kept = caller.store.add_document(doctor.id, doctor.org, new, (house.clock)()).await.map_err(full)?;
    Ok(HttpResponse::Created().json(kept))
}

/// Every registration of the organisation.
#[utoipa::path(get, path = "/credentials", responses((status = 200, body = [Credential])))]
pub(super) async fn list(house: Data<House>, caller: Caller) -> Result<Json<Vec<Credential>>, Problem> {
    Ok(Json(caller.store.credentials(caller.one_of(&[Role::Admin])?.org, (house.clock)()).await?))
}

/// A registration.
#[utoipa::path(get, path = "/credentials/{id}", responses((status = 200, body = Credential)))]
pub(super) async fn show(house: Data<House>, caller: Caller, id: Path<Uuid>) -> Result<Json<Credential>, Problem> {
    Ok(Json(caller.store.credential(*id, (house.clock)()).await?))
}

/// A document of a registration.
#[utoipa::path(
    get,
    path = "/credentials/{id}/documents/{doc}",
    responses(
        (status = 200, content(
            (Vec<u8> = "application/pdf"), (Vec<u8> = "image/jpeg"), (Vec<u8> = "image/png")
        )),
        (status = 500, description = "Its block is damaged")
    )
)]
pub(super) async fn document(
    house: Data<House>,
    caller: Caller,
    ids: Path<(Uuid, Uuid)>,
) -> Result<HttpResponse, Problem> {
    let found = caller.store.document(ids.0, ids.1).await?;
    let bytes = documents::give(&house, ids.1, &found.blocks).await?;
    let value =
        ExtendedValue { charset: Charset::Ext("UTF-8".to_owned()), language_tag: None, value: found.name.into_bytes() };
    let saved = ContentDisposition {
        disposition: DispositionType::Attachment,
        parameters: vec![DispositionParam::FilenameExt(value)],
    };
    Ok(HttpResponse::Ok().insert_header(saved).content_type(found.kind.as_str()).body(bytes))
}

/// The documents are what they should be.
#[utoipa::path(post, path = "/credentials/{id}/check", responses((status = 200, body = Credential)))]
pub(super) async fn check(house: Data<House>, caller: Caller, id: Path<Uuid>) -> Result<Json<Credential>, Problem> {
    step(&house, &caller, *id, Deed::Check).await
}

/// The register says the same, or somebody looked it up.
#[utoipa::path(post, path = "/credentials/{id}/match", request_body = How, responses((status = 200, body = Credential)))]
pub(super) async fn match_with_register(
    house: Data<House>,
    caller: Caller,
    id: Path<Uuid>,
    body: Json<How>,
) -> Result<Json<Credential>, Problem> {
    let how = body.into_inner().manual.map(|how| a_reason(&how)).transpose()?;
    step(&house, &caller, *id, Deed::Match(how)).await
}

/// It comes into force; not by who checked it, and never by its doctor.
#[utoipa::path(post, path = "/credentials/{id}/activate", responses((status = 200, body = Credential)))]
pub(super) async fn activate(house: Data<House>, caller: Caller, id: Path<Uuid>) -> Result<Json<Credential>, Problem> {
    step(&house, &caller, *id, Deed::Activate).await
}

/// It is not taken.
#[utoipa::path(post, path = "/credentials/{id}/refuse", request_body = Why, responses((status = 200, body = Credential)))]
pub(super) async fn refuse(
    house: Data<House>,
    caller: Caller,
    id: Path<Uuid>,
    body: Json<Why>,
) -> Result<Json<Credential>, Problem> {
    step(&house, &caller, *id, Deed::Refuse(a_reason(&body.why)?)).await
}

/// It is out of force at once; visits under way show it.
#[utoipa::path(post, path = "/credentials/{id}/suspend", request_body = Why, responses((status = 200, body = Credential)))]
pub(super) async fn suspend(
    house: Data<House>,
    caller: Caller,
    id: Path<Uuid>,
    body: Json<Why>,
) -> Result<Json<Credential>, Problem> {
    step(&house, &caller, *id, Deed::Suspend(a_reason(&body.why)?)).await
}

/// It is in force again.
#[utoipa::path(post, path = "/credentials/{id}/reinstate", request_body = Why, responses((status = 200, body = Credential)))]
pub(super) async fn reinstate(
    house: Data<House>,
    caller: Caller,
    id: Path<Uuid>,
    body: Json<Why>,
) -> Result<Json<Credential>, Problem> {
    step(&house, &caller, *id, Deed::Reinstate(a_reason(&body.why)?)).await
}

/// Takes over a council's register as CSV; registrations that it suspends or that are gone from it are suspended.
#[utoipa::path(
    post,
    path = "/registry",
    request_body(content = String, content_type = "text/csv"),
    responses((status = 200, body = Imported))
)]
pub(super) async fn import(house: Data<House>, caller: Caller, body: Payload) -> Result<Json<Imported>, Problem> {
    let org = caller.one_of(&[Role::Admin])?.org;
    let file = large::bytes(body, register::LONGEST).await?;
    let read = register::read(&file).map_err(|error| Problem::bad_field(&error.to_string()))?;
    let whole = read.bad.is_empty();
    let kept = caller.store.import_register(org, read.rows, whole, (house.clock)()).await?;
    Ok(Json(Imported { kept, bad: read.bad }))
}

async fn step(house: &House, caller: &Caller, id: Uuid, deed: Deed) -> Result<Json<Credential>, Problem> {
    let by = caller.one_of(&[Role::Admin])?.id;
    let done = caller.store.step_credential(id, deed, by, (house.clock)()).await;
    done.map(Json).map_err(|undone| match undone {
        Undone::Unfit(Unfit::WrongStep) => Problem::answered(),
        Undone::Unfit(Unfit::TwoPeople) => Problem::two_people(),
        Undone::Unfit(Unfit::Expired) => Problem::registration_over(),
        Undone::NoMatch(no) => Problem::no_match(&sentence(no)),
        Undone::Store(error) => error.into(),
    })
}

/// Why the register does not match, and what to do.
fn sentence(no: NoMatch) -> String {
    match no {
        NoMatch::Absent => {
            "The register here has no such number of this council. Import a newer one, or match by hand and say how."
                .to_owned()
        }
        NoMatch::Suspended => "The council's register has suspended this registration.".to_owned(),
        NoMatch::Over => {
            "By the council's register this registration has expired. The doctor must send in the renewed one."
                .to_owned()
        }
        NoMatch::Name(name) => format!(
            "The register has this number under another name: {name}. If it is the same person, match by hand and say how."
        ),
        NoMatch::Taken => {
            "Another doctor here has this number in force. Find out whose it is before you go on.".to_owned()
        }
    }
}

fn full(error: StoreError) -> Problem {
    match error {
        StoreError::TooMany => Problem::too_many_documents(),
        other => other.into(),
    }
}

fn a_field(text: &str, what: &str) -> Result<String, Problem> {
    let field = text.trim();
    let good = (1..=FIELD).contains(&field.chars().count()) && !field.chars().any(char::is_control);
    if good {
        Ok(field.to_owned())
    } else {
        Err(Problem::bad_field(&format!("Write the {what} in 1 to 200 characters.")))
    }
}

/// The name of a file, without the folders it came from.
fn a_file(text: &str) -> Result<String, Problem> {
    let name = text.rsplit(['/', '\\']).next().unwrap_or_default().trim();
    let good = (1..=FILE).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    if good { Ok(name.to_owned()) } else { Err(Problem::bad_field("Give the file a name of 1 to 120 characters.")) }
}
