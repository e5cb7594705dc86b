//! One validator: a replica and the state machine, driven by messages, the clock and the disk.
//!
//! What it hears waits in a queue of its own for each peer and is taken in turn, so that nobody's flood holds up the others. One write is
//! under way at a time; what comes up meanwhile goes into the next, so that one sync of the disk carries many votes.

use std::sync::Arc;
use std::time::Duration;

use actix::{
    Actor, ActorContext as _, ActorFutureExt as _, Addr, ArbiterHandle, AsyncContext as _, Context, Handler, Message,
    Recipient, ResponseFuture, WrapFuture as _,
};
use tokio::sync::oneshot;
use vaidya_ledger::pbft::{Inbox, ReplicaId, Seq};
use vaidya_ledger::{Genesis, Signer};

use self::driver::{Deed, Driver, RUN_BYTES};
pub use self::message::{
    Carry, Certified, Heard, Office, Persist, ReadBlocks, ReadTile, Since, Standing, Submit, Told, Unkept, Way,
};
pub use self::recall::{Recalled, Unfit};
use crate::port::Clock;

mod driver;
mod follow;
mod journal;
mod message;
mod recall;
mod seat;

/// Messages that may wait in a validator's mailbox. When full, the transport drops, and who hands entries in waits.
const MAILBOX: usize = 1_024;

/// Messages that may wait from one peer. When full, more of that peer's are dropped, and said again by it.
const INBOX: usize = 512;

/// Bytes of them.
const INBOX_BYTES: usize = 32 << 20;

/// Peers that can have a queue: the numbers of validators are bytes.
const PEERS: usize = 256;

/// Messages that are taken in one go, before what they led to is written. Lower writes more often, higher lets entries wait.
const GO: usize = 64;

/// How often a validator looks at the clock. Lower costs processor, higher is late with everything that is timed.
const TICK: Duration = Duration::from_millis(20);

/// How long after a write that failed it is tried again.
const AGAIN: Duration = Duration::from_millis(500);

/// Everything a validator needs from outside.
#[derive(Clone)]
pub struct Ports {
    /// Writes.
    pub persist: Recipient<Persist>,
    /// Reads blocks.
    pub read: Recipient<ReadBlocks>,
    /// Carries messages to the others.
    pub carry: Recipient<Carry>,
    /// Hears what was committed.
    pub tell: Recipient<Told>,
    /// Tells the time.
    pub clock: Clock,
}

/// Who a validator is, and what it remembers.
pub struct Setup {
    /// How the ledger begins.
    pub genesis: Arc<Genesis>,
    /// The validator's number.
    pub id: u8,
    /// Its key.
    pub signer: Signer,
    /// What its disk remembers.
    pub recalled: Recalled,
}

/// Keep what is to be kept, and stop. Answered when it is on the disk, or can't be.
#[derive(Message, Clone, Copy)]
#[rtype(result = "()")]
pub struct Close;

/// Take what waits.
#[derive(Message)]
#[rtype(result = "()")]
struct Go;

/// A validator.
pub struct Validator {
    driver: Driver,
    ports: Ports,
    inbox: Inbox,
    /// Whether a [`Go`] is on its way.
    going: bool,
    closers: Vec<oneshot::Sender<()>>,
}

impl Validator {
    /// A validator that isn't started yet.
    ///
    /// # Errors
    /// When what its disk remembers can't be: it says what differs.
    pub fn open(setup: Setup, ports: Ports) -> Result<Self, Unfit> {
        let now = millis(&ports.clock);
        let driver = Driver::open(setup.genesis, setup.id, setup.signer, setup.recalled, now)?;
        let inbox = Inbox::new(PEERS, INBOX, INBOX_BYTES);
        Ok(Self { driver, ports, inbox, going: false, closers: Vec::new() })
    }

    /// Starts it on an arbiter of its own.
    #[must_use]
    pub fn start_on(self, arbiter: &ArbiterHandle) -> Addr<Self> {
        Self::start_in_arbiter(arbiter, move |_| self)
    }

    fn go_soon(&mut self, ctx: &mut Context<Self>) {
        if !self.going {
            self.going = true;
            ctx.notify(Go);
        }
    }

    fn perform(&mut self, ctx: &mut Context<Self>) {
        for deed in self.driver.deeds() {
            match deed {
                // What is lost here is said again.
                Deed::Carry(carry) => drop(self.ports.carry.try_send(carry)),
                Deed::Tell(told) => drop(self.ports.tell.try_send(told)),
                Deed::Write(persist) => self.write(persist, ctx),
                Deed::Read(to, after) => self.read(to, after, ctx),
            }
        }
        if !self.closers.is_empty() && self.driver.is_quiet() {
            self.finish(ctx);
        }
    }

    fn write(&self, persist: Persist, ctx: &mut Context<Self>) {
        let written = self.ports.persist.send(persist).into_actor(self);
        ctx.spawn(written.map(|written, validator, ctx| match written {
            Ok(Ok(())) => {
                validator.driver.written();
                validator.perform(ctx);
            }
            Ok(Err(why)) => validator.try_again(&why.to_string(), ctx),
            Err(gone) => validator.try_again(&gone.to_string(), ctx),
        }));
    }

    /// Nothing that hangs on the write is said until it is made; the others go on without this one.
    fn try_again(&mut self, why: &str, ctx: &mut Context<Self>) {
        tracing::error!(
            validator = self.driver.id(),
            why,
            "what a validator has to remember was not written; it is tried again"
        );
        if self.closers.is_empty() {
            ctx.run_later(AGAIN, |validator, ctx| {
                if let Some(persist) = validator.driver.again() {
                    validator.write(persist, ctx);
                }
            });
        } else {
            self.finish(ctx);
        }
    }

    fn read(&self, to: u8, after: Seq, ctx: &mut Context<Self>) {
        let read = self.ports.read.send(ReadBlocks { after, bytes: RUN_BYTES }).into_actor(self);
        ctx.spawn(read.map(move |read, validator, ctx| {
            if let Ok(Ok(blocks)) = read {
                validator.driver.serve(to, after, blocks);
                validator.perform(ctx);
            }
        }));
    }

    fn finish(&mut self, ctx: &mut Context<Self>) {
        for closer in self.closers.drain(..) {
            let _gone = closer.send(());
        }
        ctx.stop();
    }
}

impl Actor for Validator {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(MAILBOX);
        ctx.run_interval(TICK, |validator, ctx| {
            let now = millis(&validator.ports.clock);
            validator.driver.tick(now);
            validator.perform(ctx);
        });
        self.perform(ctx);
        tracing::info!(validator = self.driver.id(), "validator started");
    }

    fn stopped(&mut self, _: &mut Self::Context) {
        tracing::info!(validator = self.driver.id(), "validator stopped");
    }
}

impl Handler<Heard> for Validator {
    type Result = ();

    fn handle(&mut self, Heard { from, bytes }: Heard, ctx: &mut Self::Context) {
        if self.inbox.put(ReplicaId(from), bytes) {
            self.go_soon(ctx);
        }
    }
}

impl Handler<Go> for Validator {
    type Result = ();

    fn handle(&mut self, _: Go, ctx: &mut Self::Context) {
        self.going = false;
        for _ in 0..GO {
            let Some((from, bytes)) = self.inbox.take() else { break };
            self.driver.heard(from.0, bytes);
        }
        if !self.inbox.is_empty() {
            self.go_soon(ctx);
        }
        self.perform(ctx);
    }
}

impl Handler<Submit> for Validator {
    type Result = bool;

    fn handle(&mut self, submit: Submit, ctx: &mut Self::Context) -> bool {
        let took = self.driver.submit(submit);
        self.perform(ctx);
        took
    }
}

impl Handler<Since> for Validator {
    type Result = ();

    fn handle(&mut self, Since(after): Since, ctx: &mut Self::Context) {
        let (ports, by) = (self.ports.clone(), self.driver.id());
        ctx.spawn(say_again(ports, by, after).into_actor(self));
    }
}

impl Handler<Close> for Validator {
    type Result = ResponseFuture<()>;

    fn handle(&mut self, _: Close, ctx: &mut Self::Context) -> Self::Result {
        let (closer, closed) = oneshot::channel();
        self.closers.push(closer);
        self.driver.settle();
        self.perform(ctx);
        Box::pin(async move {
            // Dropped when the validator died instead: it is closed as well.
            let _died = closed.await;
        })
    }
}

/// Says what was committed after a number, as fast as it is heard.
async fn say_again(ports: Ports, by: u8, mut after: Seq) {
    loop {
        let Ok(Ok(blocks)) = ports.read.send(ReadBlocks { after, bytes: RUN_BYTES }).await else { return };
        let Some((last, _)) = blocks.last() else { return };
        after = last.point.seq;
        for (block, stable) in blocks {
            let epoch = block.epoch;
            let certified = stable.map(|stable| Told::Certified { by, epoch, stable });
            for told in std::iter::once(Told::Committed { by, block }).chain(certified) {
                if ports.tell.send(told).await.is_err() {
                    return;
                }
            }
        }
    }
}

fn millis(clock: &Clock) -> u64 {
    u64::try_from(clock().0).unwrap_or(0)
}
