//! A forgotten password: a new one by a code, with the second factor where there is one, and no word about who exists.

use actix_web::web::{Data, Json};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;
use vaidya_clinic::id::OrgId;
use vaidya_clinic::organisation::Language;

use super::contact_codes::{self, Wanted};
use super::contacts::as_login;
use super::passwords::{KdfView, NewPassword, Sent};
use super::principal::Caller;
use super::{House, account, factors};
use crate::error::Problem;
use crate::store::contact_codes::Purpose;

/// Longest login that is looked up, in bytes.
const LONGEST: usize = 254;

/// Whose password is forgotten.
#[derive(Deserialize, ToSchema)]
#[schema(as = ResetStart)]
pub(super) struct Start {
    login: String,
}

/// A new password by a code.
#[derive(Deserialize, ToSchema)]
#[schema(as = ResetFinish)]
pub(super) struct Finish {
    id: Uuid,
    code: String,
    factor: Option<String>,
    kdf: Option<KdfView>,
    key: Option<Sent>,
    password: Option<Sent>,
}

/// `POST /reset/start`
///
/// The answer and the work are the same for a user name nobody has.
#[utoipa::path(post, path = "/reset/start", request_body = Start, responses((status = 202, body = contact_codes::Sent)))]
pub(super) async fn start(
    request: HttpRequest,
    house: Data<House>,
    caller: Caller,
    body: Json<Start>,
) -> Result<HttpResponse, Problem> {
    if !house.post.sms() && !house.post.mail() {
        return Err(Problem::no_sms());
    }
    if body.login.len() > LONGEST {
        return Err(Problem::bad_field("A user name has at most 64 characters."));
    }
    let login = as_login(&body.login);
    let counted = contact_codes::counted(&house, &format!("login:{login}"));
    let found = caller.store.recoverable(&login).await?;
    let wanted = match found {
        Some(found) => Wanted {
            purpose: Purpose::Reset,
            // Where this server sends nothing, the code goes to nobody: saying so would tell that there is someone.
            contact: Some(found.contact).filter(|contact| house.post.reaches(contact)),
            counted,
            org: found.org,
            person: Some(found.person),
            language: found.language,
        },
        None => Wanted {
            purpose: Purpose::Reset,
            contact: None,
            counted,
            org: OrgId::HOME,
            person: None,
            language: Language::En,
        },
    };
    contact_codes::send(&house, &request, &caller, wanted).await
}

/// `POST /reset/finish`
#[utoipa::path(post, path = "/reset/finish", request_body = Finish, responses((status = 204), (status = 401, description = "A code is wrong, or the second factor is missing"), (status = 410, description = "The code is over")))]
pub(super) async fn finish(
    request: HttpRequest,
    house: Data<House>,
    caller: Caller,
    body: Json<Finish>,
) -> Result<HttpResponse, Problem> {
    let Finish { id, code, factor, kdf, key, password } = body.into_inner();
    let new = NewPassword::of(kdf, key, password)?;
    let now = (house.clock)();
    let proof = contact_codes::typed(&house, &request, Purpose::Reset, id, &code).await?;
    let person = house.store.whose_code(proof, now).await?;
    let person = contact_codes::right(&house, &request, person).await?;
    caller.about(|subject| subject.about = Some(person));
    if house.store.has_factor(person).await? {
        let factor = factor.ok_or_else(Problem::factor_needed)?;
        factors::check(&house, person, &factor).await?;
    }
    let new = house.passwords.keep(new).await?;
    let ended = caller.store.recover(proof, new, now).await?;
    let ended = contact_codes::right(&house, &request, ended).await?;
    account::sign_out(&house, &ended);
    Ok(HttpResponse::NoContent().finish())
}
