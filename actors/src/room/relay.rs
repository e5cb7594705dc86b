//! The relay of passes: from one socket in the room to another, at once, whatever the room is waiting for.
//!
//! A turn may wait for the disk or the media worker; a secret for a new epoch may not. So passes take no turn: after each
//! one the relay is given the lines of those inside, as [`Weak`] ends. A line that is cut or replaced while the next turn
//! is under way is gone from here in the same moment.

use std::rc::{Rc, Weak};

use vaidya_clinic::id::{DeviceId, SeatId, VisitId};
use vaidya_clinic::visit::Refusal;
use vaidya_clinic::wire::{MAX_PASS, RefusalCode, ServerMessage};

use super::Pass;
use super::live::{At, Line};
use crate::outlet::{Frame, Outlet};

const TOO_LONG: Refusal = Refusal {
    code: RefusalCode::BadBody,
    detail: "What your browser passed on was empty or longer than 4 kB. Reload the page.",
};

const BEHIND: Refusal = Refusal {
    code: RefusalCode::Busy,
    detail: "The other's connection takes what is passed on too slowly. It is tried again by itself.",
};

/// Whom passes may come from and go to.
#[derive(Default)]
pub(super) struct Relay(Vec<End>);

/// One seat inside.
struct End {
    seat: SeatId,
    device: DeviceId,
    /// Gone while its socket is away.
    outlet: Weak<Outlet>,
}

impl Relay {
    /// The relay between these lines, as far as they are inside.
    pub(super) fn between(lines: &[Line]) -> Self {
        let inside = lines.iter().filter(|line| matches!(line.at, At::Inside(_)));
        Self(inside.map(End::of).collect())
    }

    /// Passes one body on. To a seat whose socket is away it is lost without a word.
    pub(super) fn pass(&self, visit: VisitId, pass: Pass) -> Result<(), Refusal> {
        let from = self.0.iter().find(|end| end.device == pass.device && end.outlet.strong_count() > 0);
        let from = from.ok_or(RefusalCode::NotInRoom)?.seat;
        let to = self.0.iter().find(|end| end.seat == pass.to && end.seat != from).ok_or(RefusalCode::NoSeat)?;
        if !pass.body.fits(MAX_PASS) {
            return Err(TOO_LONG);
        }
        let Some(outlet) = to.outlet.upgrade() else { return Ok(()) };
        let passed = Frame::of(&ServerMessage::Passed { visit, from, body: pass.body });
        if outlet.pass(from, &passed) { Ok(()) } else { Err(BEHIND) }
    }
}

impl End {
    fn of(line: &Line) -> Self {
        let outlet = line.outlet.as_ref().map_or_else(Weak::new, Rc::downgrade);
        Self { seat: line.seat, device: line.device, outlet }
    }
}
