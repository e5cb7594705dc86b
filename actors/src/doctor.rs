//! A doctor on line: their devices, and the visits they have in hand.

use std::collections::BTreeSet;

use actix::{Actor, Context, Handler, Message};
use vaidya_clinic::id::VisitId;

use crate::devices::{Devices, Hear, MAILBOX, Open, Shut};

/// A doctor who has at least one device open.
#[derive(Default)]
pub(crate) struct Doctor {
    devices: Devices,
    held: BTreeSet<VisitId>,
}

/// The doctor came into a visit's room, or left it.
#[derive(Message)]
#[rtype(result = "()")]
pub(crate) struct Hold {
    pub(crate) visit: VisitId,
    pub(crate) held: bool,
}

/// Which visits are in hand?
#[derive(Message)]
#[rtype(result = "Vec<VisitId>")]
pub(crate) struct Held;

impl Actor for Doctor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(MAILBOX);
    }
}

impl Handler<Open> for Doctor {
    type Result = ();

    fn handle(&mut self, open: Open, _: &mut Self::Context) {
        self.devices.open(open);
    }
}

impl Handler<Shut> for Doctor {
    type Result = usize;

    fn handle(&mut self, Shut(device): Shut, _: &mut Self::Context) -> usize {
        self.devices.shut(device)
    }
}

impl Handler<Hear> for Doctor {
    type Result = ();

    fn handle(&mut self, hear: Hear, _: &mut Self::Context) {
        self.devices.tell(&hear);
    }
}

impl Handler<Hold> for Doctor {
    type Result = ();

    fn handle(&mut self, Hold { visit, held }: Hold, _: &mut Self::Context) {
        if held {
            self.held.insert(visit);
        } else {
            self.held.remove(&visit);
        }
    }
}

impl Handler<Held> for Doctor {
    type Result = Vec<VisitId>;

    fn handle(&mut self, _: Held, _: &mut Self::Context) -> Vec<VisitId> {
        self.held.iter().copied().collect()
    }
}
