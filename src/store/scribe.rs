//! The scribe: an actor that answers what rooms ask of the store.

use actix::{Actor, Addr, ArbiterHandle, Context, Handler, ResponseFuture};
use vaidya_actors::port::{Keep, KeepError, ReadBack, Recall};
use vaidya_clinic::visit::{Change, RoomMemory};
use vaidya_clinic::wire::Said;

use super::{Store, StoreError};

/// Requests that may wait. The scribe only hands them to the store's runtime, so they do not queue here; when full,
/// senders wait their turn. Lower makes rooms wait in a burst, higher hides a store that is too slow.
const MAILBOX: usize = 1024;

/// Answers rooms. Several visits are served at once; a room waits for its own answer before it asks again.
pub struct Scribe {
    store: Store,
}

impl Scribe {
    /// Starts a scribe on an arbiter. Its address is a recipient of [`Keep`], [`Recall`] and [`ReadBack`].
    #[must_use]
    pub fn start(store: Store, arbiter: &ArbiterHandle) -> Addr<Self> {
        Self::start_in_arbiter(arbiter, move |ctx| {
            ctx.set_mailbox_capacity(MAILBOX);
            Self { store }
        })
    }
}

impl Actor for Scribe {
    type Context = Context<Self>;
}

impl Handler<Keep> for Scribe {
    type Result = ResponseFuture<Result<(), KeepError>>;

    fn handle(&mut self, Keep { visit, at, changes }: Keep, _: &mut Self::Context) -> Self::Result {
        let store = self.store.clone();
        Box::pin(async move {
            let said = changes.iter().filter(|change| matches!(change, Change::Said(_))).count();
            store.keep(visit, changes, at).await.map_err(told)?;
            metrics::counter!("vaidya_messages_kept_total").increment(u64::try_from(said).unwrap_or(0));
            Ok(())
        })
    }
}

impl Handler<Recall> for Scribe {
    type Result = ResponseFuture<Result<Option<RoomMemory>, KeepError>>;

    fn handle(&mut self, Recall(visit): Recall, _: &mut Self::Context) -> Self::Result {
        let store = self.store.clone();
        Box::pin(async move { store.recall(visit).await.map_err(told) })
    }
}

impl Handler<ReadBack> for Scribe {
    type Result = ResponseFuture<Result<Vec<Said>, KeepError>>;

    fn handle(&mut self, ReadBack { visit, after, limit }: ReadBack, _: &mut Self::Context) -> Self::Result {
        let store = self.store.clone();
        Box::pin(async move { store.messages(visit, after, limit).await.map_err(told) })
    }
}

/// A room hears only whether the disk is full; the rest is for our log, which names nobody.
fn told(err: StoreError) -> KeepError {
    tracing::warn!(error = %err, "the store did not do what a room asked");
    match err {
        StoreError::Full => KeepError::Full,
        _ => KeepError::Failed,
    }
}
