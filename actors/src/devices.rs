//! The devices of one person: the open sockets of their tabs and phones.

use std::collections::VecDeque;

use actix::Message;
use vaidya_clinic::id::DeviceId;

use crate::outlet::{Closed, Frame, Outlet};

/// Devices of one person that are told things. When another opens, the oldest is closed. Lower closes tabs of people
/// who keep many, higher lets a broken page open sockets without end.
pub const DEVICES: usize = 8;

/// Messages that may wait for one person's actor. When full, the directory's sender waits.
pub(crate) const MAILBOX: usize = 64;

/// A device opened.
#[derive(Message)]
#[rtype(result = "()")]
pub(crate) struct Open {
    pub(crate) device: DeviceId,
    pub(crate) outlet: Outlet,
}

/// A device closed. How many are left?
#[derive(Message)]
#[rtype(result = "usize")]
pub(crate) struct Shut(pub(crate) DeviceId);

/// Something for all devices.
#[derive(Message)]
#[rtype(result = "()")]
pub(crate) struct Hear(pub(crate) Frame);

/// Oldest first.
#[derive(Default)]
pub(crate) struct Devices(VecDeque<(DeviceId, Outlet)>);

impl Devices {
    pub(crate) fn open(&mut self, Open { device, outlet }: Open) {
        self.0.retain(|(known, _)| *known != device);
        self.0.push_back((device, outlet));
        if self.0.len() > DEVICES
            && let Some((_, oldest)) = self.0.pop_front()
        {
            oldest.close(Closed::Crowded);
        }
    }

    pub(crate) fn shut(&mut self, device: DeviceId) -> usize {
        self.0.retain(|(known, _)| *known != device);
        self.0.len()
    }

    /// Tells all of them; those that take nothing any more are dropped.
    pub(crate) fn tell(&mut self, frame: &Frame) {
        self.0.retain(|(_, outlet)| outlet.tell(frame));
    }
}
