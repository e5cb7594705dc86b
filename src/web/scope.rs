//! The wall between organisations: what a path names must be within reach of the session that names it.

use uuid::Uuid;
use vaidya_clinic::id::{PersonId, RecordId, VisitId};

use super::House;
use super::principal::Caller;
use super::routes::Route;
use crate::error::Problem;
use crate::store::Thing;

/// Lets a request pass whose path names nothing, or only what is of the caller's organisation, or their own. What the path
/// names is read off it here: handlers' own parameters are not known yet.
///
/// # Errors
/// 404, as for what there isn't: nobody learns what other organisations have.
pub(super) async fn within(route: &Route, path: &str, caller: &Caller, house: &House) -> Result<(), Problem> {
    let Some(person) = caller.maybe_person() else { return Ok(()) };
    for thing in route.named(path).filter_map(|(kind, id)| thing(kind, id)) {
        if let (Thing::Visit(visit), Some(guest)) = (thing, &caller.guest)
            && guest.visit == visit
        {
            continue;
        }
        if !house.store.reaches(person, thing).await? {
            return Err(Problem::not_found());
        }
    }
    Ok(())
}

/// What an id in a path is; none when it belongs to no organisation.
fn thing(kind: &str, id: Uuid) -> Option<Thing> {
    match kind {
        "visits" => Some(Thing::Visit(VisitId(id))),
        "people" | "patients" => Some(Thing::Person(PersonId(id))),
        "records" => Some(Thing::Record(RecordId(id))),
        "credentials" => Some(Thing::Credential(id)),
        _ => None,
    }
}
