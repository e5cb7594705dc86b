//! What waits for a room's next turn, in order, and how messages of the chat are gathered into one.

use std::collections::VecDeque;

use tokio::sync::oneshot;
use vaidya_clinic::id::{DeviceId, SeatId};
use vaidya_clinic::visit::Refusal;
use vaidya_clinic::wire::RefusalCode;
use vaidya_media::Event;

use super::{Admit, Barred, Catchup, Dropped, End, Join, Leave, Remove, Renew, Return, Revoked, Say, Show, Stands};

/// Wishes that may wait for a room. When full, further ones are refused as `busy` and the browser tries again. Lower
/// refuses a burst after a reconnect, higher costs memory (a message is up to 16 KiB).
pub const WISHES: usize = 1536;

/// Wishes beyond [`WISHES`] for what the room must not miss: sockets that are gone, media that is lost. When these are
/// full too, the event is lost, and the seat looks connected until its socket or its media is given up.
const URGENT: usize = 256;

/// Most messages kept in one transaction. Lower makes more of them under load, higher makes everyone wait for the last.
pub const SAY_BATCH: usize = 128;

/// Where an answer goes.
pub(super) type Reply = oneshot::Sender<Result<(), Refusal>>;

/// What a room is to do.
pub(super) enum Deed {
    Join(Join),
    Renew(Renew),
    Say(Say),
    Catchup(Catchup),
    Show(Show),
    Admit(Admit),
    Remove(Remove),
    Revoked(Revoked),
    Barred(Barred),
    Return(Return),
    Stands(Stands),
    Leave(Leave),
    End(End),
    Dropped(Dropped),
    /// The grace of a dropped device is over.
    Forgotten {
        seat: SeatId,
        device: DeviceId,
    },
    Carried(Event),
}

/// What is done together.
pub(super) enum Turn {
    Says(Vec<Say>),
    One(Box<Deed>, Option<Reply>),
}

#[derive(Default)]
pub(super) struct Queue(VecDeque<(Deed, Option<Reply>)>);

impl Queue {
    /// Puts a deed at the end.
    pub(super) fn push(&mut self, deed: Deed, reply: Option<Reply>) -> Result<(), Refusal> {
        let bound = if deed.is_urgent() { WISHES + URGENT } else { WISHES };
        if self.0.len() >= bound {
            return Err(RefusalCode::Busy.into());
        }
        self.0.push_back((deed, reply));
        Ok(())
    }

    /// Takes the next turn: the messages at the front, or one deed.
    pub(super) fn next(&mut self) -> Option<Turn> {
        let mut says = vec![];
        while says.len() < SAY_BATCH
            && let Some((Deed::Say(say), _)) = self.0.pop_front_if(|(deed, _)| matches!(deed, Deed::Say(_)))
        {
            says.push(say);
        }
        if !says.is_empty() {
            return Some(Turn::Says(says));
        }
        self.0.pop_front().map(|(deed, reply)| Turn::One(Box::new(deed), reply))
    }

    /// Refuses everything that waits.
    pub(super) fn refuse(&mut self, refusal: Refusal) {
        for (deed, reply) in self.0.drain(..) {
            if let Some(reply) = reply {
                let _gone = reply.send(Err(refusal));
            }
            if let Deed::Say(say) = deed {
                super::chat::refuse(&say.outlet, say.re, refusal);
            }
        }
    }
}

impl Deed {
    fn is_urgent(&self) -> bool {
        match self {
            Self::Dropped(_) | Self::Forgotten { .. } | Self::Revoked(_) | Self::Barred(_) | Self::Stands(_) => true,
            Self::Carried(event) => !matches!(event, Event::Quality { .. }),
            _ => false,
        }
    }
}
