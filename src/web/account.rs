//! Passwords of people who are there: one's own changed, another's reset by the admin.

use actix_web::web::{Data, Json, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;
use vaidya_clinic::id::{KeyId, PersonId};
use vaidya_clinic::role::Role;

use super::keys::{BACKUPS, BackupView};
use super::passwords::{KdfView, Lane, NewPassword, Proof, Sent};
use super::principal::Caller;
use super::{House, auth, cookies};
use crate::error::Problem;
use crate::store::SecretHash;
use crate::store::passwords::Change;

/// A new password for someone, by the admin.
#[derive(Deserialize, ToSchema)]
pub(super) struct Reset {
    kdf: Option<KdfView>,
    key: Option<Sent>,
    password: Option<Sent>,
}

/// A new password of one's own.
#[derive(Deserialize, ToSchema)]
pub(super) struct Own {
    old: Sent,
    kdf: KdfView,
    key: Sent,
    #[serde(default)]
    backups: Vec<OfKey>,
}

/// A backup with the key whose it is.
#[derive(Deserialize, ToSchema)]
struct OfKey {
    key: KeyId,
    #[serde(flatten)]
    backup: BackupView,
}

/// `POST /people/{id}/password`
#[utoipa::path(post, path = "/people/{id}/password", request_body = Reset, responses((status = 204, description = "The password is reset")))]
pub(super) async fn reset(
    house: Data<House>,
    caller: Caller,
    id: Path<Uuid>,
    body: Json<Reset>,
) -> Result<HttpResponse, Problem> {
    let org = caller.one_of(&[Role::Admin])?.org;
    caller.store.only_here(PersonId(*id), org).await?;
    let Reset { kdf, key, password } = body.into_inner();
    let new = house.passwords.keep(NewPassword::of(kdf, key, password)?).await?;
    let ended = caller.store.reset_password(PersonId(*id), new, (house.clock)()).await?;
    sign_out(&house, &ended);
    Ok(HttpResponse::NoContent().finish())
}

/// `POST /me/password`: whoever sits at an open browser must know the old one.
#[utoipa::path(post, path = "/me/password", request_body = Own, responses((status = 204, description = "The password is changed")))]
pub(super) async fn change(
    request: HttpRequest,
    house: Data<House>,
    caller: Caller,
    body: Json<Own>,
) -> Result<HttpResponse, Problem> {
    let person = caller.person()?;
    let Own { old, kdf, key, backups } = body.into_inner();
    if backups.len() > BACKUPS {
        return Err(Problem::bad_field("There are more backups than keys."));
    }
    let backups = backups.into_iter().map(|one| Ok((one.key, one.backup.read()?)));
    let backups = backups.collect::<Result<Vec<_>, Problem>>()?;
    let (old, new) = (Proof::of(Some(old), None)?, NewPassword::of(Some(kdf), Some(key), None)?);
    let account = auth::checked(&request, &house, &person.login, old, Lane::Inside).await?;
    let new = house.passwords.keep(new).await?;
    let session = cookies::carried(&request, cookies::PERSON);
    let change = Change { person: person.id, old_hash: account.password_hash, new, backups, session };
    let ended = caller.store.change_password(change, (house.clock)()).await?;
    sign_out(&house, &ended);
    Ok(HttpResponse::NoContent().finish())
}

/// Closes the sockets of sessions that ended.
pub(super) fn sign_out(house: &House, ended: &[SecretHash]) {
    for token in ended {
        house.sockets.sign_out(*token);
    }
}
