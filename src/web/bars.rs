//! What an admin does to another's account: disables it, enables it again, takes a lost second factor away.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use uuid::Uuid;
use vaidya_actors::directory::Bar;
use vaidya_clinic::id::{OrgId, PersonId};
use vaidya_clinic::role::Role;

use super::House;
use super::principal::Caller;
use crate::error::Problem;

/// Disables an account: its sessions end, its sockets close, and in a call that is under way its seat is put out.
#[utoipa::path(post, path = "/people/{id}/disable", responses((status = 204, description = "The account is disabled")))]
pub(super) async fn disable(house: Data<House>, caller: Caller, id: Path<Uuid>) -> Result<HttpResponse, Problem> {
    let (org, who) = another(&caller, *id)?;
    let ended = caller.store.disable(org, who, (house.clock)()).await?;
    // The room first: what it tells them still reaches them before their sockets close.
    house.directory.send(Bar(who)).await.map_err(|_| Problem::busy())?;
    ended.into_iter().for_each(|token| house.sockets.sign_out(token));
    Ok(HttpResponse::NoContent().finish())
}

/// Enables an account again.
#[utoipa::path(post, path = "/people/{id}/enable", responses((status = 204, description = "The account is enabled")))]
pub(super) async fn enable(caller: Caller, id: Path<Uuid>) -> Result<HttpResponse, Problem> {
    let (org, who) = another(&caller, *id)?;
    caller.store.enable(org, who).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Takes a lost second factor away: where one is required, they enrol anew when they sign in.
#[utoipa::path(post, path = "/people/{id}/second-factor/reset", responses((status = 204, description = "The second factor is gone")))]
pub(super) async fn reset_factor(house: Data<House>, caller: Caller, id: Path<Uuid>) -> Result<HttpResponse, Problem> {
    let (org, who) = another(&caller, *id)?;
    let ended = caller.store.reset_factor(org, who, (house.clock)()).await?;
    ended.into_iter().for_each(|token| house.sockets.sign_out(token));
    Ok(HttpResponse::NoContent().finish())
}

/// Someone else, and the organisation of the admin who asks.
fn another(caller: &Caller, id: Uuid) -> Result<(OrgId, PersonId), Problem> {
    let admin = caller.one_of(&[Role::Admin])?;
    if admin.id.0 == id { Err(Problem::own_account()) } else { Ok((admin.org, PersonId(id))) }
}
