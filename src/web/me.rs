//! Who is asking, as the browser needs it.

use actix_web::web::{Data, Json};
use serde::Serialize;
use utoipa::ToSchema;
use vaidya_clinic::id::{OrgId, PersonId, SeatId, VisitId};
use vaidya_clinic::role::Role;
use vaidya_clinic::time::Timestamp;

use super::House;
use super::principal::{Caller, FRESH};
use crate::error::Problem;
use crate::store::accounts::Person;
use crate::store::sessions::{Guest, Session, Stage, Who};

/// Who is asking.
#[derive(Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum Me {
    /// Someone with an account.
    Person(Box<Signed>),
    /// Someone who came by a link.
    Guest {
        /// To this visit.
        visit: VisitId,
        /// On this seat.
        seat: SeatId,
        /// Under this name.
        name: String,
    },
    /// Someone whose password was right; a code is awaited.
    SecondFactor,
    /// Someone whose password was right, and who must enrol a second factor.
    Enrol {
        /// Their name.
        name: String,
        /// Their login.
        login: String,
    },
    /// Someone whose session is locked.
    Locked {
        /// Their name.
        name: String,
        /// Their login: the browser stretches the password with it.
        login: String,
    },
}

/// Someone who is signed in.
#[derive(Serialize, ToSchema)]
pub(super) struct Signed {
    id: PersonId,
    login: String,
    name: String,
    role: Role,
    #[serde(skip_serializing_if = "Option::is_none")]
    department: Option<String>,
    organisation: Organisation,
    /// Minutes without input after which the browser locks.
    lock: u16,
    /// Whether they have a second factor.
    second_factor: bool,
    /// Until when they need not prove again who they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    fresh_until: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<String>,
}

/// Where they are signed in.
#[derive(Serialize, ToSchema)]
#[schema(as = OrganisationName)]
struct Organisation {
    id: OrgId,
    name: String,
}

impl From<Guest> for Me {
    fn from(guest: Guest) -> Self {
        Self::Guest { visit: guest.visit, seat: guest.seat.id, name: guest.seat.name }
    }
}

/// Whose session this is, as their browser needs it.
pub(super) async fn of(house: &House, session: &Session) -> Result<Me, Problem> {
    let person = match session.who.clone() {
        Who::Guest(guest) => return Ok(guest.into()),
        Who::Person(person) => person,
    };
    match session.stage {
        Stage::Factor => Ok(Me::SecondFactor),
        Stage::Enrol => Ok(Me::Enrol { name: person.name, login: person.login }),
        Stage::Full if session.locked => Ok(Me::Locked { name: person.name, login: person.login }),
        Stage::Full => signed(house, session, person).await,
    }
}

async fn signed(house: &House, session: &Session, person: Person) -> Result<Me, Problem> {
    let standing = house.store.standing_of(person.id, person.org).await?;
    let fresh_until = session.fresh_at.map(|at| at.plus(FRESH)).filter(|until| *until > (house.clock)());
    let lock = standing.policy.lock_minutes(person.role);
    let Person { id, login, org, role, name, department } = person;
    Ok(Me::Person(Box::new(Signed {
        id,
        login,
        name,
        role,
        department,
        organisation: Organisation { id: org, name: standing.organisation },
        lock,
        second_factor: standing.second_factor,
        fresh_until,
        language: standing.language,
    })))
}

/// Who is asking: a person, a guest, or someone who must go on with signing in or unlock first.
#[utoipa::path(get, path = "/me", responses((status = 200, body = Me), (status = 401, description = "Nobody is signed in")))]
pub(super) async fn me(house: Data<House>, caller: Caller) -> Result<Json<Me>, Problem> {
    match (&caller.session, &caller.guest) {
        (Some(session), _) => of(&house, session).await.map(Json),
        (None, Some(guest)) => Ok(Json(guest.clone().into())),
        (None, None) => Err(Problem::no_session()),
    }
}
