//! The devices of one person: the open sockets of their tabs and phones.

use std::collections::VecDeque;

use actix::Message;
use vaidya_clinic::id::{DeviceId, OrgId};
use vaidya_clinic::role::Role;

use crate::directory::Within;
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
    /// The organisation its session is in.
    pub(crate) org: OrgId,
    /// What its person is there.
    pub(crate) role: Role,
    pub(crate) outlet: Outlet,
}

/// A device closed. How many are left?
#[derive(Message)]
#[rtype(result = "usize")]
pub(crate) struct Shut(pub(crate) DeviceId);

/// Something for the devices whose session reaches it.
#[derive(Message)]
#[rtype(result = "()")]
pub(crate) struct Hear(pub(crate) Frame, pub(crate) Within);

/// Oldest first.
#[derive(Default)]
pub(crate) struct Devices(VecDeque<Open>);

impl Devices {
    pub(crate) fn open(&mut self, open: Open) {
        self.0.retain(|known| known.device != open.device);
        self.0.push_back(open);
        if self.0.len() > DEVICES
            && let Some(oldest) = self.0.pop_front()
        {
            oldest.outlet.close(Closed::Crowded);
        }
    }

    pub(crate) fn shut(&mut self, device: DeviceId) -> usize {
        self.0.retain(|known| known.device != device);
        self.0.len()
    }

    /// Tells those whose session reaches it; of them, those that take nothing any more are dropped.
    pub(crate) fn tell(&mut self, Hear(frame, within): &Hear) {
        self.0.retain(|open| !within.reached_from(open.org, open.role) || open.outlet.tell(frame));
    }
}
