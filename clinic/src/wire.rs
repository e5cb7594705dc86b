//! What travels over the WebSocket between a browser and the server: JSON text frames, one message each.
//!
//! `docs/protocol.md` tells it as a story; `clinic/tests/wire_examples.json` holds an example of every message,
//! read by the tests of both languages. Unknown fields are ignored, unknown messages refused by name.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use crate::body::Body;
use crate::consent::State as ConsentState;
pub use crate::credential::DoctorStanding;
use crate::id::{ConsentId, MessageId, PersonId, RecordId, SeatId, VisitId};
use crate::time::Timestamp;
use crate::visit::{EndedWhy, LeftWhy, QualityLevel, SeatFlag, SeatRole, Standing};

mod home;

pub use home::{DoctorView, VisitView};

/// Version of this protocol. A browser that speaks another one is told to reload.
pub const PROTOCOL: u32 = 2;

/// Longest text frame the server reads, in bytes. Larger offers (over ~20 m-lines) would not fit; larger frames end
/// the socket with close code 1009.
pub const MAX_FRAME: usize = 64 * 1024;

/// Longest message body, in bytes before base64.
pub const MAX_BODY: usize = 16 * 1024;

/// Longest key a browser joins with, in bytes before base64. What it says is between the browsers.
pub const MAX_KEY: usize = 512;

/// Longest body of a pass, in bytes before base64. Lower has no room for a roster of everyone, higher makes a burst of
/// passes long on a thin link.
pub const MAX_PASS: usize = 4 * 1024;

/// Most messages in one page of history. Lower costs round trips, higher costs a thin link a long silence.
pub const HISTORY_PAGE: usize = 100;

/// Number the browser gives a request, so that the answer can name it.
pub type Re = u32;

/// What a browser says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "t", rename_all = "snake_case")]
pub enum ClientMessage {
    /// Take my seat in this visit. Answered by `joined`, or by `lobby` and later `joined`, or `refused`.
    Join {
        /// Number of this request.
        re: Re,
        /// Which visit.
        visit: VisitId,
        /// SDP offer: what I send, and free receive slots for the others.
        offer: String,
        /// Highest sequence number of this visit's chat that I have; the answer carries what came after.
        seen: u64,
        /// Whether my microphone is on.
        mic: bool,
        /// Whether my camera is on.
        cam: bool,
        /// What the others need to seal to me, made for this join: at least one byte, at most [`MAX_KEY`].
        key: Body,
    },
    /// A new offer of a seat that is in the room (more slots, a restarted connection). Answered by `answer`.
    Offer {
        /// Number of this request.
        re: Re,
        /// Which visit.
        visit: VisitId,
        /// SDP offer.
        offer: String,
    },
    /// Keep and pass on a chat message. Answered by `said` with the same id, to everyone in the room.
    Say {
        /// Number of this request.
        re: Re,
        /// Which visit.
        visit: VisitId,
        /// The message's id; a retry repeats it, and is kept once.
        id: MessageId,
        /// Opaque bytes, base64url without padding; at most [`MAX_BODY`] of them.
        body: Body,
    },
    /// The chat after a sequence number. Answered by `history`.
    History {
        /// Number of this request.
        re: Re,
        /// Which visit.
        visit: VisitId,
        /// Messages with higher numbers are wanted.
        after: u64,
    },
    /// My microphone or camera went on or off.
    Show {
        /// Which visit.
        visit: VisitId,
        /// Microphone on.
        mic: bool,
        /// Camera on.
        cam: bool,
    },
    /// Pass this on to one other seat in the room, which hears `passed`. Not kept and not answered: what is lost (the
    /// other's socket was just away) is sent again by whoever needs it. Refused without `re`.
    Pass {
        /// Which visit.
        visit: VisitId,
        /// To whom.
        to: SeatId,
        /// Opaque bytes, at least one, at most [`MAX_PASS`].
        body: Body,
    },
    /// Host: let a waiting seat in. Answered by `done`.
    Admit {
        /// Number of this request.
        re: Re,
        /// Which visit.
        visit: VisitId,
        /// Whom.
        seat: SeatId,
    },
    /// Host: put a seat out; its link or place stops working. Answered by `done`.
    Remove {
        /// Number of this request.
        re: Re,
        /// Which visit.
        visit: VisitId,
        /// Whom.
        seat: SeatId,
    },
    /// I hang up; the visit goes on and I can return. Answered by `done`.
    Leave {
        /// Number of this request.
        re: Re,
        /// Which visit.
        visit: VisitId,
    },
    /// Host: the visit is over for everyone. Answered by `done`.
    End {
        /// Number of this request.
        re: Re,
        /// Which visit.
        visit: VisitId,
    },
    /// Are you there? Answered by `pong`.
    Ping,
}

/// What the server says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "t", rename_all = "snake_case")]
pub enum ServerMessage {
    /// First message on every socket.
    Welcome {
        /// [`PROTOCOL`].
        protocol: u32,
        /// The server's clock, for showing times when the device's is wrong.
        now: Timestamp,
        /// The server's start, to notice a restart: differs between two runs.
        run: String,
    },
    /// You are at the door; the host has been told. `joined` follows when you are let in.
    Lobby {
        /// The request this answers.
        re: Re,
        /// Which visit.
        visit: VisitId,
        /// Your seat.
        seat: SeatId,
    },
    /// You are in.
    Joined {
        /// The request this answers (also after `lobby`).
        re: Re,
        /// Which visit.
        visit: VisitId,
        /// Your seat.
        seat: SeatId,
        /// SDP answer to your offer.
        answer: String,
        /// Every seat of this visit; those that were removed too, for the names in the chat.
        roster: Vec<SeatView>,
        /// Who is on which of your receive slots.
        slots: Vec<Slot>,
        /// How many people your offer must have room for, yourself included; when it has less, send a new `offer`.
        people: u8,
        /// The chat after what you had seen, oldest first.
        chat: Vec<Said>,
        /// Highest sequence number of the chat; when `chat` ends below it, ask for `history`.
        last: u64,
    },
    /// Answer to a new offer.
    Answer {
        /// The request this answers.
        re: Re,
        /// Which visit.
        visit: VisitId,
        /// SDP answer.
        answer: String,
        /// Who is on which of your receive slots.
        slots: Vec<Slot>,
    },
    /// Who is on which of your receive slots has changed.
    Slots {
        /// Which visit.
        visit: VisitId,
        /// All of them, as they are now.
        slots: Vec<Slot>,
    },
    /// The room needs offers with space for this many people: send a new `offer`.
    Grow {
        /// Which visit.
        visit: VisitId,
        /// People, yourself included.
        people: u8,
    },
    /// A seat is new or has changed.
    Seat {
        /// Which visit.
        visit: VisitId,
        /// The seat as it is now.
        seat: SeatView,
    },
    /// A message is on disk; the sender hears it too, as the receipt.
    Said {
        /// Which visit.
        visit: VisitId,
        /// The message.
        #[serde(flatten)]
        said: Said,
    },
    /// Another seat in the room passed this on to you alone. In the order they sent it.
    Passed {
        /// Which visit.
        visit: VisitId,
        /// Who.
        from: SeatId,
        /// Opaque bytes.
        body: Body,
    },
    /// A page of the chat.
    History {
        /// The request this answers.
        re: Re,
        /// Which visit.
        visit: VisitId,
        /// Oldest first, at most [`HISTORY_PAGE`].
        chat: Vec<Said>,
        /// Highest sequence number of the chat.
        last: u64,
    },
    /// A request was carried out.
    Done {
        /// The request this answers.
        re: Re,
    },
    /// A request was not carried out, and nothing changed.
    Refused {
        /// The request this answers; absent when the frame could not be read, and for a `pass`.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        re: Option<Re>,
        /// Why, as a word for programs (see `docs/protocol.md`).
        code: RefusalCode,
        /// Why, and what to do, in a sentence.
        detail: String,
    },
    /// The doctor's registration went out of force, or came back: told to everyone in the room.
    Standing {
        /// Which visit.
        visit: VisitId,
        /// How the doctor stands now.
        doctor: DoctorStanding,
    },
    /// The host put you out of the room.
    Removed {
        /// Which visit.
        visit: VisitId,
    },
    /// Your seat was taken over by another tab or device of yours; this one is out.
    Replaced {
        /// Which visit.
        visit: VisitId,
    },
    /// The visit is over.
    Ended {
        /// Which visit.
        visit: VisitId,
        /// How that came about.
        why: EndedWhy,
    },
    /// The server lost your media, or the room itself: make a new connection and send `join` again.
    Restart {
        /// Which visit.
        visit: VisitId,
    },
    /// How well a seat is seen and heard, as the server measures it; at most every 5 s a seat.
    Quality {
        /// Which visit.
        visit: VisitId,
        /// Which seat.
        seat: SeatId,
        /// How well.
        level: QualityLevel,
    },
    /// A visit of yours is new or has changed (for home pages).
    Visit {
        /// The visit as it is now.
        visit: VisitView,
    },
    /// A consent changed: told to the patient, to who asked, to who may look and to a witness. Pages that show what it opened close
    /// when it is not `granted` any more.
    Grant {
        /// Which consent.
        consent: ConsentId,
        /// What it is now.
        state: ConsentState,
        /// The patient.
        patient: PersonId,
    },
    /// A patient asks to have a record corrected: told to the doctor who wrote it last, and to the doctor of its visit.
    Correction {
        /// The record.
        record: RecordId,
        /// The note that says what is wrong; not everyone who is told can open it.
        note: RecordId,
        /// The patient.
        patient: PersonId,
    },
    /// Yes.
    Pong,
}

/// A message of the chat as kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Said {
    /// Place in the visit's order, from 1, without gaps.
    pub seq: u64,
    /// The id its author gave it.
    pub id: MessageId,
    /// Who wrote it.
    pub seat: SeatId,
    /// When the server kept it.
    pub at: Timestamp,
    /// Opaque bytes.
    pub body: Body,
}

/// A seat as others may see it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SeatView {
    /// Which seat.
    pub id: SeatId,
    /// What its holder is to the visit.
    pub role: SeatRole,
    /// The holder's name.
    pub name: String,
    /// Whether they have been let in.
    pub standing: Standing,
    /// On line now: at the door (lobby) or in the room (admitted).
    pub here: bool,
    /// Microphone on.
    pub mic: bool,
    /// Camera on.
    pub cam: bool,
    /// What they joined with to be sealed to; none when they are not on line. It changes with every join.
    pub key: Option<Body>,
    /// What the host should know before letting them in.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub flag: Option<SeatFlag>,
    /// Why they are gone, when the others should know.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub left: Option<LeftWhy>,
}

/// One receive m-line of the reader's connection and whom it carries.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Slot {
    /// The m-line's `mid`.
    pub mid: String,
    /// Whose media it carries; none when free.
    pub seat: Option<SeatId>,
}

/// Why a request was not carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalCode {
    /// The frame was not a message of this protocol.
    BadMessage,
    /// No such visit, or none of yours.
    NoVisit,
    /// The visit has ended.
    Ended,
    /// The visit is not open yet: the doctor has not accepted it.
    NotOpen,
    /// You were removed from this visit.
    Removed,
    /// Every place is taken.
    Full,
    /// The doctor's registration is not in force.
    NotActive,
    /// Only the host may do this.
    NotHost,
    /// You are not in the room.
    NotInRoom,
    /// No such seat in this visit.
    NoSeat,
    /// A body is empty or too long: [`MAX_BODY`], [`MAX_KEY`], [`MAX_PASS`].
    BadBody,
    /// A different message was kept under this id.
    IdTaken,
    /// The visit's chat holds as many messages as it may.
    ChatFull,
    /// The offer was not one the server can answer.
    BadOffer,
    /// The server's disk is full; keep the message and try again later.
    StorageFull,
    /// The server could not keep it just now; try again.
    NotKept,
    /// Too much at once; wait a moment and try again.
    Busy,
}
