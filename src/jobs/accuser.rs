//! Puts contradictions that validators were caught at on the ledger, in the node's name.

use std::sync::{Arc, OnceLock};

use actix::{Actor, ArbiterHandle, Context, Handler, Recipient, ResponseFuture};
use vaidya_actors::ledger::Accuse;
use vaidya_actors::port::Clock;

use crate::store::Store;
use crate::store::ledger::Submitter;

/// In whose name; known once the ledger is.
pub type InWhoseName = Arc<OnceLock<Arc<Submitter>>>;

/// Keeps contradictions, which wait for the ledger like everything else then.
pub struct Accuser {
    store: Store,
    name: InWhoseName,
    clock: Clock,
}

impl Accuser {
    /// Starts it. What comes before the name is known is said in the log alone; validators catch whoever goes on.
    #[must_use]
    pub fn start_on(store: Store, clock: Clock, arbiter: &ArbiterHandle) -> (Recipient<Accuse>, InWhoseName) {
        let name = InWhoseName::default();
        let theirs = Arc::clone(&name);
        let started = Self::start_in_arbiter(arbiter, move |_: &mut Context<Self>| Self { store, name: theirs, clock });
        (started.recipient(), name)
    }
}

impl Actor for Accuser {
    type Context = Context<Self>;
}

impl Handler<Accuse> for Accuser {
    type Result = ResponseFuture<()>;

    fn handle(&mut self, accuse: Accuse, _: &mut Self::Context) -> Self::Result {
        let (store, name, now) = (self.store.clone(), self.name.get().cloned(), (self.clock)());
        Box::pin(async move {
            tracing::error!("a validator said two things that contradict each other");
            let Some(submitter) = name else { return };
            if let Err(error) = store.accuse(accuse.attachment, submitter, now).await {
                tracing::error!(%error, "the contradiction was not kept for the ledger");
            }
        })
    }
}
