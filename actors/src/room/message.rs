//! What a room is asked and told.

use actix::Message;
use vaidya_clinic::id::{DeviceId, MessageId, PersonId, SeatId};
use vaidya_clinic::visit::{Holder, Refusal, Seat};
use vaidya_clinic::wire::{Body, DoctorStanding, Re};
use vaidya_media::Event;

use crate::outlet::Outlet;

/// Take my seat. `lobby` or `joined` goes to the outlet.
#[derive(Message, Clone)]
#[rtype(result = "Result<(), Refusal>")]
pub struct Join {
    /// The socket.
    pub device: DeviceId,
    /// Whose.
    pub holder: Holder,
    /// Whether whoever holds the seat may begin a visit: a doctor whose registration is not in force may only come
    /// back while the visit is under way, so that no patient is left in the middle of it.
    pub active: bool,
    /// A guest's seat as the store has it; the room may not have met it yet.
    pub guest: Option<Seat>,
    /// Where to answer, and where to tell what happens.
    pub outlet: Outlet,
    /// Number of the request.
    pub re: Re,
    /// SDP offer.
    pub offer: String,
    /// Highest sequence number of the chat that the browser has.
    pub seen: u64,
    /// Microphone on.
    pub mic: bool,
    /// Camera on.
    pub cam: bool,
    /// What others need to seal to it.
    pub key: Body,
}

/// A new offer from a device that is in the room. `answer` goes to its outlet.
#[derive(Message, Clone)]
#[rtype(result = "Result<(), Refusal>")]
pub struct Renew {
    /// The socket.
    pub device: DeviceId,
    /// Number of the request.
    pub re: Re,
    /// SDP offer.
    pub offer: String,
}

/// Keep and pass on a message. Answered as soon as it waits its turn; `said` goes to everyone's outlet once it is on
/// disk, or `refused` to the author's. A room that dies in between answers nothing: it tells `restart`, and the
/// browser sends again with the same id.
#[derive(Message, Clone)]
#[rtype(result = "Result<(), Refusal>")]
pub struct Say {
    /// The socket.
    pub device: DeviceId,
    /// Where a refusal goes.
    pub outlet: Outlet,
    /// Number of the request.
    pub re: Re,
    /// The message's id; a retry repeats it.
    pub id: MessageId,
    /// Its body.
    pub body: Body,
}

/// Pass this on to one other seat in the room, and to nobody else. `passed` goes to that seat's outlet at once, or is
/// lost when its socket is away; nothing is kept.
#[derive(Message, Clone)]
#[rtype(result = "Result<(), Refusal>")]
pub struct Pass {
    /// The socket.
    pub device: DeviceId,
    /// To whom.
    pub to: SeatId,
    /// What.
    pub body: Body,
}

/// The chat after a sequence number. `history` goes to the device's outlet.
#[derive(Message, Clone)]
#[rtype(result = "Result<(), Refusal>")]
pub struct Catchup {
    /// The socket.
    pub device: DeviceId,
    /// Number of the request.
    pub re: Re,
    /// Messages with higher numbers are wanted.
    pub after: u64,
}

/// My microphone or camera went on or off.
#[derive(Message, Clone)]
#[rtype(result = "Result<(), Refusal>")]
pub struct Show {
    /// The socket.
    pub device: DeviceId,
    /// Microphone on.
    pub mic: bool,
    /// Camera on.
    pub cam: bool,
}

/// Let a waiting seat in. Host only.
#[derive(Message, Clone)]
#[rtype(result = "Result<(), Refusal>")]
pub struct Admit {
    /// The socket.
    pub device: DeviceId,
    /// Whom.
    pub seat: SeatId,
}

/// Put a seat out for good. Host only.
#[derive(Message, Clone)]
#[rtype(result = "Result<(), Refusal>")]
pub struct Remove {
    /// The socket.
    pub device: DeviceId,
    /// Whom.
    pub seat: SeatId,
}

/// I hang up.
#[derive(Message, Clone)]
#[rtype(result = "Result<(), Refusal>")]
pub struct Leave {
    /// The socket.
    pub device: DeviceId,
}

/// The visit is over for everyone. Host only.
#[derive(Message, Clone)]
#[rtype(result = "Result<(), Refusal>")]
pub struct End {
    /// The socket.
    pub device: DeviceId,
}

/// A socket is gone. Its seat stays for [`GRACE`](super::GRACE).
#[derive(Message, Clone)]
#[rtype(result = "Result<(), Refusal>")]
pub struct Dropped {
    /// Which.
    pub device: DeviceId,
}

/// A guest's link was revoked outside the room (and their seat marked in the store): put them out.
#[derive(Message, Clone)]
#[rtype(result = "Result<(), Refusal>")]
pub struct Revoked {
    /// Whom.
    pub seat: SeatId,
}

/// Someone's account was disabled: whatever seat they have here, they are put out, and the others see why.
#[derive(Message, Clone, Copy)]
#[rtype(result = "Result<(), Refusal>")]
pub struct Barred {
    /// Whose.
    pub person: PersonId,
}

/// May this person come back as they are: are they in the room, or were they when their line broke?
#[derive(Message, Clone, Copy)]
#[rtype(result = "Result<(), Refusal>")]
pub struct Return {
    /// Who.
    pub person: PersonId,
}

/// The doctor's registration went out of force, or came back: everyone in the room is told.
#[derive(Message, Clone, Copy)]
#[rtype(result = "Result<(), Refusal>")]
pub struct Stands(pub DoctorStanding);

/// The media worker has something to tell about this room.
#[derive(Message, Clone)]
#[rtype(result = "()")]
pub struct Carried(pub Event);

/// The server is going down: finish what waits, tell nobody, stop.
#[derive(Message, Clone, Copy)]
#[rtype(result = "()")]
pub struct Close;

/// How many seats are on line, in the room or at its door?
#[derive(Message, Clone)]
#[rtype(result = "u8")]
pub struct Here;
