//! One visit in progress: its roster, its lobby, the order of its chat, and who is connected.
//!
//! A room does one thing at a time: what it is asked waits in a queue, and its state is taken out for each turn, which
//! may await the store and the media worker. Messages that wait while a turn is under way are kept together in the next.
//! Nothing is shown to anyone that is not on disk. What seats only pass on to each other takes no turn: see `relay.rs`.

use std::time::Duration;

use actix::{
    Actor, ActorContext, ActorFutureExt, AsyncContext, Context, Handler, ResponseFuture, SpawnHandle, WrapFuture,
};
use tokio::sync::oneshot;
use vaidya_clinic::id::VisitId;
use vaidya_clinic::visit::{Refusal, RoomMemory};
use vaidya_clinic::wire::RefusalCode;

use self::live::Live;
pub use self::message::{
    Admit, Barred, Carried, Catchup, Close, Dropped, End, Here, Join, Leave, Pass, Remove, Renew, Return, Revoked, Say,
    Show, Stands,
};
use self::queue::{Deed, Queue, Turn};
use self::relay::Relay;
use crate::directory::Fact;
use crate::port::Ports;

mod chat;
mod door;
mod live;
mod media;
mod message;
mod queue;
mod relay;
mod seats;

pub use self::queue::{SAY_BATCH, WISHES};

/// Messages that may wait in a room's mailbox before it looks at them. When full, senders wait: handlers only queue, so
/// not for long.
const MAILBOX: usize = 512;

/// How long a seat whose socket is gone is still here for the others. Lower makes every reload visible, higher leaves
/// people talking to an empty chair.
pub const GRACE: Duration = Duration::from_secs(5);

/// How long a room without anyone on line stays in memory. Lower rebuilds it for everyone who comes back after a
/// coffee, higher keeps empty rooms.
pub const QUIET: Duration = Duration::from_secs(60);

/// The room of one visit.
pub struct Room {
    visit: VisitId,
    /// Away while a turn is under way.
    live: Option<Box<Live>>,
    queue: Queue,
    /// Between those inside after the last turn.
    relay: Relay,
    /// Seats on line after the last turn.
    here: u8,
    quiet: Option<SpawnHandle>,
    closers: Vec<oneshot::Sender<()>>,
    closing: bool,
}

impl Room {
    /// The room the store remembers; `tell` hears who enters and when the room stops.
    #[must_use]
    pub fn new(memory: RoomMemory, ports: Ports, tell: Option<actix::Recipient<Fact>>) -> Self {
        let visit = memory.visit;
        let live = Some(Box::new(Live::new(memory, ports, tell)));
        let (queue, relay) = (Queue::default(), Relay::default());
        Self { visit, live, queue, relay, here: 0, quiet: None, closers: vec![], closing: false }
    }

    fn wish(&mut self, deed: Deed, ctx: &mut Context<Self>) -> ResponseFuture<Result<(), Refusal>> {
        let (reply, answer) = oneshot::channel();
        let queued = self.enqueue(deed, Some(reply), ctx);
        Box::pin(async move {
            queued?;
            // A room that dies half way drops the other end; whoever asked may ask the next one.
            answer.await.unwrap_or(Err(RefusalCode::NotKept.into()))
        })
    }

    fn enqueue(&mut self, deed: Deed, reply: Option<queue::Reply>, ctx: &mut Context<Self>) -> Result<(), Refusal> {
        if self.closing {
            return Err(RefusalCode::Busy.into());
        }
        self.queue.push(deed, reply)?;
        self.turn(ctx);
        Ok(())
    }

    /// Starts the next turn, unless one is under way or nothing waits.
    fn turn(&mut self, ctx: &mut Context<Self>) {
        let Some(mut live) = self.live.take() else { return };
        let Some(turn) = self.queue.next() else {
            self.live = Some(live);
            return self.rest(ctx);
        };
        let work = async move {
            live.perform(turn).await;
            live
        };
        let work = Box::pin(work).into_actor(self);
        ctx.spawn(work.map(|live, room, ctx| room.turned(live, ctx)));
    }

    /// A turn is done.
    fn turned(&mut self, mut live: Box<Live>, ctx: &mut Context<Self>) {
        self.here = live.here();
        self.relay = Relay::between(&live.lines);
        for (seat, device) in live.fallen() {
            ctx.run_later(GRACE, move |room, ctx| {
                let _closing = room.enqueue(Deed::Forgotten { seat, device }, None, ctx);
            });
        }
        let over = live.is_over();
        self.live = Some(live);
        if over { self.finish(RefusalCode::Ended.into(), ctx) } else { self.turn(ctx) }
    }

    /// Nothing waits: stops when that was awaited, or when nobody comes for a while.
    fn rest(&mut self, ctx: &mut Context<Self>) {
        if self.closing {
            return self.finish(RefusalCode::Busy.into(), ctx);
        }
        if let Some(quiet) = self.quiet.take() {
            ctx.cancel_future(quiet);
        }
        if self.here == 0 {
            self.quiet = Some(ctx.run_later(QUIET, |room, ctx| room.close_quietly(ctx)));
        }
    }

    fn close_quietly(&mut self, ctx: &mut Context<Self>) {
        if self.here == 0 && self.live.is_some() {
            self.finish(RefusalCode::Busy.into(), ctx);
        }
    }

    fn finish(&mut self, refusal: Refusal, ctx: &mut Context<Self>) {
        if let Some(live) = &mut self.live {
            live.part();
        }
        self.queue.refuse(refusal);
        for closer in self.closers.drain(..) {
            let _gone = closer.send(());
        }
        ctx.stop();
    }
}

impl Actor for Room {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(MAILBOX);
        tracing::info!(visit = %self.visit.loggable(), "room started");
        self.turn(ctx);
    }

    fn stopped(&mut self, _: &mut Self::Context) {
        tracing::info!(visit = %self.visit.loggable(), "room stopped");
    }
}

macro_rules! wishes {
    ($($wish:ident),+) => {$(
        impl Handler<$wish> for Room {
            type Result = ResponseFuture<Result<(), Refusal>>;

            fn handle(&mut self, wish: $wish, ctx: &mut Self::Context) -> Self::Result {
                self.wish(Deed::$wish(wish), ctx)
            }
        }
    )+};
}

wishes!(Join, Renew, Catchup, Show, Admit, Remove, Leave, End, Dropped, Revoked, Barred, Return, Stands);

impl Handler<Say> for Room {
    type Result = Result<(), Refusal>;

    fn handle(&mut self, say: Say, ctx: &mut Self::Context) -> Self::Result {
        self.enqueue(Deed::Say(say), None, ctx)
    }
}

impl Handler<Pass> for Room {
    type Result = Result<(), Refusal>;

    fn handle(&mut self, pass: Pass, _: &mut Self::Context) -> Self::Result {
        self.relay.pass(self.visit, pass)
    }
}

impl Handler<Carried> for Room {
    type Result = ();

    fn handle(&mut self, Carried(event): Carried, ctx: &mut Self::Context) {
        if self.enqueue(Deed::Carried(event), None, ctx).is_err() {
            tracing::debug!(visit = %self.visit.loggable(), "media event dropped");
        }
    }
}

impl Handler<Here> for Room {
    type Result = u8;

    fn handle(&mut self, _: Here, _: &mut Self::Context) -> u8 {
        self.here
    }
}

impl Handler<Close> for Room {
    type Result = ResponseFuture<()>;

    fn handle(&mut self, _: Close, ctx: &mut Self::Context) -> Self::Result {
        let (closer, closed) = oneshot::channel();
        self.closers.push(closer);
        self.closing = true;
        self.turn(ctx);
        Box::pin(async move {
            // Dropped when the room died instead: it is closed as well.
            let _died = closed.await;
        })
    }
}

/// One turn's worth of work, boxed: turns are large.
impl Live {
    async fn perform(&mut self, turn: Turn) {
        match turn {
            Turn::Says(says) => self.say(says).await,
            Turn::One(deed, reply) => {
                let answer = self.carry_out(*deed).await;
                if let Some(reply) = reply {
                    // Whoever asked may be gone; the deed is done all the same.
                    let _gone = reply.send(answer);
                }
            }
        }
    }

    async fn carry_out(&mut self, deed: Deed) -> Result<(), Refusal> {
        match deed {
            Deed::Join(join) => self.join(join).await,
            Deed::Renew(renew) => self.renew(renew).await,
            Deed::Say(say) => {
                self.say(vec![say]).await;
                Ok(())
            }
            Deed::Catchup(catchup) => self.catch_up(catchup).await,
            Deed::Show(show) => self.show(show),
            Deed::Admit(admit) => self.admit(admit).await,
            Deed::Remove(remove) => self.remove(remove).await,
            Deed::Revoked(revoked) => self.revoked(revoked).await,
            Deed::Barred(barred) => self.barred(barred).await,
            Deed::Return(again) => self.may_return(again),
            Deed::Stands(stands) => self.stands(stands),
            Deed::Leave(leave) => self.leave(leave).await,
            Deed::End(end) => self.end(end).await,
            Deed::Dropped(dropped) => self.drop_device(dropped),
            Deed::Forgotten { seat, device } => self.forget(seat, device).await,
            Deed::Carried(event) => self.carried(event).await,
        }
    }
}
