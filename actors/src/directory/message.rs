//! What the directory is asked and told.

use actix::{Addr, Message};
use vaidya_clinic::id::{DeviceId, OrgId, PersonId, SeatId, VisitId};
use vaidya_clinic::role::Role;
use vaidya_clinic::visit::Refusal;
use vaidya_clinic::wire::{DoctorStanding, RefusalCode, ServerMessage};

use crate::outlet::Outlet;
use crate::room::Room;

/// Where is this visit's room? It is started, from the store, when it isn't live.
#[derive(Message, Clone, Copy)]
#[rtype(result = "Result<Addr<Room>, FindError>")]
pub struct Find(pub VisitId);

/// Why there is no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FindError {
    /// No such visit.
    #[error("no such visit")]
    NoVisit,
    /// The store could not say, or the server is going down; try again.
    #[error("the store did not answer")]
    Failed,
}

impl From<FindError> for Refusal {
    fn from(error: FindError) -> Self {
        match error {
            FindError::NoVisit => RefusalCode::NoVisit.into(),
            FindError::Failed => RefusalCode::NotKept.into(),
        }
    }
}

/// A person's socket opened.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Attach {
    /// Whose.
    pub person: PersonId,
    /// The organisation its session is in.
    pub org: OrgId,
    /// What they are there, and with it which kind of actor holds it.
    pub role: Role,
    /// The socket.
    pub device: DeviceId,
    /// The way to it.
    pub outlet: Outlet,
}

/// A person's socket closed.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Detach {
    /// Whose.
    pub person: PersonId,
    /// The socket.
    pub device: DeviceId,
}

/// Which sessions of a person something is for: those in the organisation it belongs to, and what was said with their
/// doctors reaches a patient in whichever one they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Within {
    /// Where it belongs; nowhere that is known in what an early Vaidya kept.
    pub org: Option<OrgId>,
    /// It is a patient's own.
    pub own: bool,
}

impl Within {
    /// Whether a session in this organisation, in this role, reaches it.
    #[must_use]
    pub fn reached_from(self, org: OrgId, role: Role) -> bool {
        self.org == Some(org) || (self.own && role == Role::Patient)
    }
}

/// Tell the devices of a person whose sessions reach it, if they are on line.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Tell {
    /// Whom.
    pub person: PersonId,
    /// On which devices.
    pub within: Within,
    /// What.
    pub message: ServerMessage,
}

/// A socket that had joined this visit is gone. Does not start its room.
#[derive(Message, Clone, Copy)]
#[rtype(result = "()")]
pub struct Lost {
    /// Which visit.
    pub visit: VisitId,
    /// The socket.
    pub device: DeviceId,
}

/// A guest's link was revoked; the store has marked the seat. Does not start the visit's room.
#[derive(Message, Clone, Copy)]
#[rtype(result = "()")]
pub struct Revoke {
    /// Which visit.
    pub visit: VisitId,
    /// Whose place it was.
    pub seat: SeatId,
}

/// Someone's account was disabled: every room that is live puts them out. Answered when all have.
#[derive(Message, Clone, Copy)]
#[rtype(result = "()")]
pub struct Bar(pub PersonId);

/// The doctor's registration went out of force, or came back. Does not start the visit's room.
#[derive(Message, Clone, Copy)]
#[rtype(result = "()")]
pub struct Stand {
    /// Which visit.
    pub visit: VisitId,
    /// How the doctor stands now.
    pub doctor: DoctorStanding,
}

/// How many seats of this visit are on line? Zero when its room is not live; does not start it.
#[derive(Message, Clone, Copy)]
#[rtype(result = "u8")]
pub struct HereIn(pub VisitId);

/// Which visits does this doctor have in hand: whose rooms are they in? None when they are not on line.
#[derive(Message, Clone, Copy)]
#[rtype(result = "Vec<VisitId>")]
pub struct InHand(pub PersonId);

/// A person came into a visit's room, or left it.
#[derive(Message, Clone, Copy)]
#[rtype(result = "()")]
pub struct Fact {
    /// Who.
    pub person: PersonId,
    /// Which visit.
    pub visit: VisitId,
    /// They have it in hand now.
    pub held: bool,
}

/// How much is live?
#[derive(Message, Clone, Copy)]
#[rtype(result = "Counts")]
pub struct Census;

/// How much is live.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Rooms in memory.
    pub rooms: usize,
    /// People with an account who are on line.
    pub people: usize,
}

/// The server is going down: every room finishes what waits and stops. Answered when all have.
#[derive(Message, Clone, Copy)]
#[rtype(result = "()")]
pub struct Close;
