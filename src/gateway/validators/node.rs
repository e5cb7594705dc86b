//! The way from who hands entries in to a validator elsewhere.

use actix::{Actor, Addr, ArbiterHandle, Context, Handler, Recipient};
use vaidya_actors::validator::{Since, Submit, Told, Way};

use super::dial::Peer;
use super::framing::{Framed, since, submit};
use super::link::{Inlet, Outlet, queue};
use super::told;

/// Requests that may wait here. They are only passed on.
const MAILBOX: usize = 1_024;

/// A validator elsewhere.
pub struct Node {
    id: u8,
    outlet: Outlet,
    line: Option<(Peer, Inlet)>,
    tell: Recipient<Told>,
}

impl Node {
    /// Calls the validator of this number; what it tells goes to `tell`.
    #[must_use]
    pub fn start(id: u8, peer: Peer, tell: Recipient<Told>, arbiter: &ArbiterHandle) -> Way {
        let addr: Addr<Self> = Self::start_in_arbiter(arbiter, move |ctx| {
            ctx.set_mailbox_capacity(MAILBOX);
            let (outlet, inlet) = queue();
            Self { id, outlet, line: Some((peer, inlet)), tell }
        });
        Way { id, submit: addr.clone().recipient(), since: addr.recipient() }
    }
}

impl Actor for Node {
    type Context = Context<Self>;

    fn started(&mut self, _: &mut Self::Context) {
        let Some((peer, inlet)) = self.line.take() else { return };
        let (id, tell) = (self.id, self.tell.clone());
        let hear = async move |framed: Framed| {
            if let Framed::Told(bytes) = framed
                && let Some(told) = told::decode(id, &bytes)
            {
                let _gone = tell.send(told).await;
            }
        };
        actix::spawn(peer.keep(inlet, hear));
    }
}

impl Handler<Submit> for Node {
    type Result = bool;

    fn handle(&mut self, entries: Submit, _: &mut Self::Context) -> bool {
        self.outlet.put(submit(&entries))
    }
}

impl Handler<Since> for Node {
    type Result = ();

    fn handle(&mut self, after: Since, _: &mut Self::Context) {
        if !self.outlet.put(since(after)) {
            tracing::debug!(validator = self.id, "the line to a validator is full");
        }
    }
}
