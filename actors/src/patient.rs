//! A patient on line: their devices, and what they are told on all of them.

use actix::{Actor, Context, Handler};

use crate::devices::{Devices, Hear, MAILBOX, Open, Shut};

/// A patient who has at least one device open.
#[derive(Default)]
pub(crate) struct Patient {
    devices: Devices,
}

impl Actor for Patient {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(MAILBOX);
    }
}

impl Handler<Open> for Patient {
    type Result = ();

    fn handle(&mut self, open: Open, _: &mut Self::Context) {
        self.devices.open(open);
    }
}

impl Handler<Shut> for Patient {
    type Result = usize;

    fn handle(&mut self, Shut(device): Shut, _: &mut Self::Context) -> usize {
        self.devices.shut(device)
    }
}

impl Handler<Hear> for Patient {
    type Result = ();

    fn handle(&mut self, hear: Hear, _: &mut Self::Context) {
        self.devices.tell(&hear);
    }
}
