//! The wall between organisations: what a path names must be within reach of the session that names it.

use actix_web::dev::ServiceRequest;
use uuid::Uuid;
use vaidya_clinic::id::{PersonId, RecordId, VisitId};

use super::House;
use super::principal::Caller;
use super::routes::BASE;
use crate::error::Problem;
use crate::store::Thing;

/// Lets a request pass whose path names nothing, or something of the caller's organisation, or of their own.
///
/// # Errors
/// 404, as for what there isn't: nobody learns what other organisations have.
pub(super) async fn within(request: &ServiceRequest, caller: &Caller, house: &House) -> Result<(), Problem> {
    let (Some(person), Some(thing)) = (caller.maybe_person(), named(request)) else { return Ok(()) };
    if let (Thing::Visit(visit), Some(guest)) = (thing, &caller.guest)
        && guest.visit == visit
    {
        return Ok(());
    }
    if house.store.reaches(person, thing).await? { Ok(()) } else { Err(Problem::not_found()) }
}

/// What the `{id}` of a path is; none when the path has none, or it belongs to no organisation.
fn named(request: &ServiceRequest) -> Option<Thing> {
    let pattern = request.match_pattern()?;
    let (kind, _) = pattern.strip_prefix(BASE)?.strip_prefix('/')?.split_once("/{id}")?;
    let id = Uuid::try_parse(request.match_info().get("id")?).ok()?;
    match kind {
        "visits" => Some(Thing::Visit(VisitId(id))),
        "people" => Some(Thing::Person(PersonId(id))),
        "records" => Some(Thing::Record(RecordId(id))),
        "credentials" => Some(Thing::Credential(id)),
        _ => None,
    }
}
