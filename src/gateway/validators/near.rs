//! Validators in one process: what one says goes into the mailboxes of the others.

use std::sync::{Arc, OnceLock};

use actix::{Actor, Context, Handler, Recipient};
use vaidya_actors::validator::{Carry, Heard};

/// Messages that may wait here. They are only passed on; when full they are lost, and said again.
const MAILBOX: usize = 1_024;

/// Everyone's ears; empty until all have started.
pub type Ears = Arc<OnceLock<Vec<(u8, Recipient<Heard>)>>>;

/// Carries what one validator says.
pub struct Near {
    me: u8,
    others: Ears,
}

impl Near {
    /// For the validator of this number.
    #[must_use]
    pub fn new(me: u8, others: Ears) -> Self {
        Self { me, others }
    }
}

impl Actor for Near {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(MAILBOX);
    }
}

impl Handler<Carry> for Near {
    type Result = ();

    fn handle(&mut self, carry: Carry, _: &mut Self::Context) {
        let (to, bytes) = match carry {
            Carry::To(to, bytes) => (Some(to), bytes),
            Carry::All(bytes) => (None, bytes),
            // Who is in this process doesn't change while it runs.
            Carry::Set(_) => return,
        };
        let others = self.others.get().into_iter().flatten();
        for (_, ears) in others.filter(|(id, _)| *id != self.me && to.is_none_or(|to| to == *id)) {
            // A full mailbox loses it: it is said again.
            let _lost = ears.try_send(Heard { from: self.me, bytes: Arc::clone(&bytes) });
        }
    }
}
