//! The first administrator, by the one-time code that the server printed.

use actix_web::web::{Data, Json};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use utoipa::ToSchema;
use vaidya_clinic::id::OrgId;
use vaidya_clinic::role::Role;

use super::passwords::{KdfView, NewPassword, Sent};
use super::people::{a_login, a_name};
use super::{House, auth, client, codes};
use crate::error::Problem;
use crate::store::StoreError;
use crate::store::accounts::NewPerson;

/// What the code is hashed for.
pub const PURPOSE: &str = "vaidya/setup/v1";

/// What a browser sends.
#[derive(Deserialize, ToSchema)]
pub(super) struct Setup {
    code: String,
    login: String,
    name: String,
    kdf: Option<KdfView>,
    key: Option<Sent>,
    password: Option<Sent>,
}

/// `POST /setup`
#[utoipa::path(post, path = "/setup", request_body = Setup, responses((status = 201, body = auth::Me), (status = 404, description = "The code does not work")))]
pub(super) async fn redeem(
    request: HttpRequest,
    house: Data<House>,
    body: Json<Setup>,
) -> Result<HttpResponse, Problem> {
    let Setup { code, login, name, kdf, key, password } = body.into_inner();
    let address = client::address(&request);
    house.limiter.take(address).await.map_err(|wait| Problem::locked().retry_after(wait))?;
    let (login, name) = (a_login(&login)?, a_name(&name)?);
    let kept = house.passwords.keep(NewPassword::of(kdf, key, password)?).await?;
    let admin = NewPerson {
        login,
        org: OrgId::HOME,
        role: Role::Admin,
        name,
        department: None,
        password_hash: kept.hash,
        kdf: Some(kept.kdf),
    };
    let code = house.pepper.hash(PURPOSE, &codes::read(&code));
    let person = house.store.redeem_setup(code, admin, (house.clock)()).await.map_err(|error| match error {
        StoreError::NotFound => Problem::bad_code(),
        other => other.into(),
    })?;
    house.limiter.forgive(address).await;
    auth::signed_in(&house, &request, person, &mut HttpResponse::Created()).await
}
