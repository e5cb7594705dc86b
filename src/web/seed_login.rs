//! Signing in and out for other programs, as seed 004's API names it: role, id and password for a token that ends.

use actix_web::web::{Data, Json};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vaidya_clinic::id::PersonId;
use vaidya_clinic::role::Role;
use vaidya_clinic::time::Timestamp;

use super::contacts::as_login;
use super::passwords::{Proof, Sent};
use super::principal::Caller;
use super::{House, auth, bearer, client, factors, principal};
use crate::error::Problem;

/// Who signs in.
#[derive(Deserialize, ToSchema)]
#[schema(as = ApiLogin)]
pub(super) struct Login {
    role: Role,
    /// The user name.
    id: String,
    password: Sent,
    /// The code of the second factor, for those who have one.
    code: Option<String>,
}

/// A token in exchange for a password. It is shown this once.
#[derive(Serialize, ToSchema)]
#[schema(as = ApiToken)]
pub(super) struct Token {
    token: String,
    /// How to send it.
    token_type: &'static str,
    expires_at: Timestamp,
    role: Role,
    id: String,
    person_id: PersonId,
    name: String,
}

/// `POST /api/login`: a password in exchange for a token.
#[utoipa::path(post, path = "/login", request_body = Login, responses((status = 200, body = Token), (status = 401, description = "Role, id or password is wrong, or the code of the second factor is missing or wrong")))]
pub(super) async fn login(request: HttpRequest, house: Data<House>, body: Json<Login>) -> Result<Json<Token>, Problem> {
    let Login { role, id, password, code } = body.into_inner();
    let login = as_login(&id);
    let lane = auth::stranger(&request, &house, &login);
    let account = auth::proved(&request, &house, &login, Proof::Password(password), lane).await?;
    let person = account.person;
    if person.role != role {
        return Err(Problem::wrong_login());
    }
    let standing = house.store.standing_of(person.id, person.org).await?;
    match (standing.second_factor, code) {
        (true, Some(code)) => factors::check(&house, person.id, &code).await?,
        (true, None) => return Err(Problem::factor_needed()),
        (false, _) if house.store.factor_required(person.id).await? => return Err(Problem::second_factor()),
        (false, _) => {}
    }
    principal::became(&request, &person);
    let (token, hash) = bearer::draw();
    let address = Some(client::address(&request));
    let expires_at = house.store.open_bearer(&person, hash, address, (house.clock)()).await?;
    let (person_id, role, id, name) = (person.id, person.role, person.login, person.name);
    Ok(Json(Token { token, token_type: "Bearer", expires_at, role, id, person_id, name }))
}

/// `POST /api/logout`: the token works no more.
#[utoipa::path(post, path = "/logout", responses((status = 204, description = "Signed out")))]
pub(super) async fn logout(house: Data<House>, caller: Caller) -> Result<HttpResponse, Problem> {
    let token = caller.token.ok_or_else(Problem::no_session)?;
    caller.store.end_session(token, (house.clock)()).await?;
    Ok(HttpResponse::NoContent().finish())
}
