//! Who lives where: the only place that knows which actor a visit or a person has.

use actix::{Addr, Message};
use vaidya_clinic::id::{DeviceId, PersonId, VisitId};
use vaidya_clinic::role::Role;
use vaidya_clinic::wire::ServerMessage;

use crate::outlet::Outlet;

/// Where is this visit's room? It is started, from the store, when it isn't live.
#[derive(Message, Clone, Copy)]
#[rtype(result = "Result<Addr<crate::room::Room>, FindError>")]
pub struct Find(pub VisitId);

/// Why there is no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FindError {
    /// No such visit.
    #[error("no such visit")]
    NoVisit,
    /// The store could not say; try again.
    #[error("the store did not answer")]
    Failed,
}

/// A person's socket opened.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Attach {
    /// Whose.
    pub person: PersonId,
    /// Which kind of actor holds it.
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

/// Tell every device of a person, if they are on line.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Tell {
    /// Whom.
    pub person: PersonId,
    /// What.
    pub message: ServerMessage,
}

/// How many seats of this visit are on line? Zero when its room is not live; does not start it.
#[derive(Message, Clone, Copy)]
#[rtype(result = "u8")]
pub struct HereIn(pub VisitId);
