//! Who lives where: the only place that knows which actor a visit or a person has.

use std::collections::HashMap;
use std::io;
use std::time::Duration;

use actix::{
    Actor, ActorFutureExt, Addr, AsyncContext, Context, Handler, MailboxError, Message, ResponseFuture, WrapFuture,
};
use tokio::sync::{mpsc, oneshot};
use vaidya_clinic::id::{PersonId, VisitId};
use vaidya_clinic::visit::RoomMemory;
use vaidya_media::{Event, RoomKey};

pub use self::message::{
    Attach, Bar, Census, Close, Counts, Detach, Fact, Find, FindError, HereIn, InHand, Lost, Revoke, Stand, Tell,
    Within,
};
use self::online::Online;
use crate::pool::Pool;
use crate::port::{KeepError, Ports, Recall};
use crate::room::{self, Room};

mod message;
mod online;

/// Messages that may wait for the directory. When full, senders wait: it awaits nothing itself, so not for long.
const MAILBOX: usize = 4096;

/// How often rooms that stopped are forgotten. Lower costs a look at every room, higher a little memory a stopped room.
const SWEEP: Duration = Duration::from_secs(60);

/// How often [`ask`] finds a room that had just stopped.
const TRIES: u8 = 3;

/// The directory of this node.
pub struct Directory {
    ports: Ports,
    pool: Pool,
    rooms: HashMap<VisitId, Home>,
    people: HashMap<PersonId, Online>,
    closing: bool,
}

/// Where a room is.
enum Home {
    /// Being rebuilt; these wait for it.
    Building(Vec<oneshot::Sender<Found>>),
    Live(Addr<Room>),
}

type Found = Result<Addr<Room>, FindError>;

impl Directory {
    /// Starts a directory on an arbiter of its own, and `pool` more for rooms and people (at least one). Call it where
    /// an actix `System` runs; the arbiters end with it.
    ///
    /// # Errors
    /// When the machine has no threads left.
    pub fn start(ports: Ports, pool: usize) -> io::Result<Addr<Self>> {
        let own = Pool::of(1)?;
        let pool = Pool::of(pool.max(1))?;
        let arbiter = own.pick(0);
        Ok(Self::start_in_arbiter(&arbiter, move |_| Self::new(ports, pool)))
    }

    /// Starts a directory, its rooms and people on the arbiter it is called on.
    #[must_use]
    pub fn start_here(ports: Ports) -> Addr<Self> {
        Self::new(ports, Pool::here()).start()
    }

    fn new(ports: Ports, pool: Pool) -> Self {
        Self { ports, pool, rooms: HashMap::new(), people: HashMap::new(), closing: false }
    }

    /// The room that is live, if it is.
    fn live(&self, visit: VisitId) -> Option<Addr<Room>> {
        match self.rooms.get(&visit) {
            Some(Home::Live(room)) if room.connected() => Some(room.clone()),
            _ => None,
        }
    }

    fn find(&mut self, visit: VisitId, ctx: &mut Context<Self>) -> oneshot::Receiver<Found> {
        let (found, answer) = oneshot::channel();
        if self.closing {
            let _gone = found.send(Err(FindError::Failed));
        } else if let Some(room) = self.live(visit) {
            let _gone = found.send(Ok(room));
        } else if let Some(Home::Building(waiting)) = self.rooms.get_mut(&visit) {
            waiting.push(found);
        } else {
            self.rooms.insert(visit, Home::Building(vec![found]));
            let recall = self.ports.recall.send(Recall(visit)).into_actor(self);
            ctx.spawn(recall.map(move |memory, directory, ctx| directory.recalled(visit, memory, ctx)));
        }
        answer
    }

    /// The store answered: starts the room, for everyone who waits for it.
    fn recalled(
        &mut self,
        visit: VisitId,
        memory: Result<Result<Option<RoomMemory>, KeepError>, MailboxError>,
        ctx: &mut Context<Self>,
    ) {
        let Some(Home::Building(waiting)) = self.rooms.remove(&visit) else { return };
        let found = match memory {
            _ if self.closing => Err(FindError::Failed),
            Ok(Ok(Some(memory))) => Ok(self.build(memory, ctx)),
            Ok(Ok(None)) => Err(FindError::NoVisit),
            Ok(Err(_)) | Err(_) => Err(FindError::Failed),
        };
        if let Ok(room) = &found {
            self.rooms.insert(visit, Home::Live(room.clone()));
        }
        for waits in waiting {
            let _gone = waits.send(found.clone());
        }
    }

    fn build(&self, memory: RoomMemory, ctx: &Context<Self>) -> Addr<Room> {
        let arbiter = self.pool.pick(memory.visit.number());
        let (ports, tell) = (self.ports.clone(), Some(ctx.address().recipient()));
        Room::start_in_arbiter(&arbiter, move |_| Room::new(memory, ports, tell))
    }

    fn sweep(&mut self) {
        self.rooms.retain(|_, home| !matches!(home, Home::Live(room) if !room.connected()));
    }

    /// Sends to a room when it is live, and waits for its answer.
    fn pass_on<M>(&self, visit: VisitId, message: M) -> ResponseFuture<Option<M::Result>>
    where
        M: Message + Send + 'static,
        M::Result: Send,
        Room: Handler<M>,
    {
        let room = self.live(visit);
        Box::pin(async move { room?.send(message).await.ok() })
    }
}

/// Sends to a visit's room, which is started when it isn't live, and found again when it had just stopped.
///
/// # Errors
/// When there is no such visit, or its room can't be had now.
pub async fn ask<M>(directory: &Addr<Directory>, visit: VisitId, message: M) -> Result<M::Result, FindError>
where
    M: Message + Clone + Send + 'static,
    M::Result: Send,
    Room: Handler<M>,
{
    for _ in 0..TRIES {
        let room = directory.send(Find(visit)).await.map_err(|_| FindError::Failed)??;
        if let Ok(answer) = room.send(message.clone()).await {
            return Ok(answer);
        }
    }
    Err(FindError::Failed)
}

/// Carries the media worker's events to the rooms, one after another, until the worker or the directory is gone.
pub async fn carry(directory: Addr<Directory>, mut events: mpsc::Receiver<Event>) {
    while let Some(event) = events.recv().await {
        if directory.send(room::Carried(event)).await.is_err() {
            tracing::error!("the directory is gone: media events have nowhere to go");
            return;
        }
    }
}

/// Which room an event is about.
fn room_of(event: &Event) -> VisitId {
    let (Event::Connected { room, .. }
    | Event::Lost { room, .. }
    | Event::Slots { room, .. }
    | Event::Quality { room, .. }
    | Event::Collapsed { room }) = event;
    let RoomKey(number) = *room;
    VisitId::from_number(number)
}

impl Actor for Directory {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(MAILBOX);
        ctx.run_interval(SWEEP, |directory, _| directory.sweep());
    }
}

impl Handler<Find> for Directory {
    type Result = ResponseFuture<Found>;

    fn handle(&mut self, Find(visit): Find, ctx: &mut Self::Context) -> Self::Result {
        let answer = self.find(visit, ctx);
        Box::pin(async move { answer.await.unwrap_or(Err(FindError::Failed)) })
    }
}

impl Handler<room::Carried> for Directory {
    type Result = ResponseFuture<()>;

    fn handle(&mut self, carried: room::Carried, _: &mut Self::Context) -> Self::Result {
        let passed = self.pass_on(room_of(&carried.0), carried);
        Box::pin(async move { passed.await.unwrap_or_default() })
    }
}

impl Handler<HereIn> for Directory {
    type Result = ResponseFuture<u8>;

    fn handle(&mut self, HereIn(visit): HereIn, _: &mut Self::Context) -> Self::Result {
        let here = self.pass_on(visit, room::Here);
        Box::pin(async move { here.await.unwrap_or(0) })
    }
}

impl Handler<Lost> for Directory {
    type Result = ResponseFuture<()>;

    fn handle(&mut self, Lost { visit, device }: Lost, _: &mut Self::Context) -> Self::Result {
        let passed = self.pass_on(visit, room::Dropped { device });
        Box::pin(async move {
            if let Some(Err(refusal)) = passed.await {
                tracing::debug!(visit = %visit.loggable(), code = refusal.code.as_str(), "a lost socket stays");
            }
        })
    }
}

impl Handler<Revoke> for Directory {
    type Result = ResponseFuture<()>;

    fn handle(&mut self, Revoke { visit, seat }: Revoke, _: &mut Self::Context) -> Self::Result {
        let passed = self.pass_on(visit, room::Revoked { seat });
        Box::pin(async move {
            if let Some(Err(refusal)) = passed.await {
                tracing::debug!(visit = %visit.loggable(), code = refusal.code.as_str(), "nobody to put out");
            }
        })
    }
}

impl Handler<Bar> for Directory {
    type Result = ResponseFuture<()>;

    fn handle(&mut self, Bar(person): Bar, _: &mut Self::Context) -> Self::Result {
        let live = self.rooms.values().filter_map(|home| if let Home::Live(room) = home { Some(room) } else { None });
        let barring: Vec<_> = live.map(|room| room.send(room::Barred { person })).collect();
        Box::pin(async move {
            for barred in barring {
                // A room that could not keep it, or stopped, has put them out all the same.
                let _out = barred.await;
            }
        })
    }
}

impl Handler<Stand> for Directory {
    type Result = ResponseFuture<()>;

    fn handle(&mut self, Stand { visit, doctor }: Stand, _: &mut Self::Context) -> Self::Result {
        let passed = self.pass_on(visit, room::Stands(doctor));
        Box::pin(async move {
            if let Some(Err(refusal)) = passed.await {
                tracing::debug!(visit = %visit.loggable(), code = refusal.code.as_str(), "nobody to tell");
            }
        })
    }
}

impl Handler<Census> for Directory {
    type Result = actix::MessageResult<Census>;

    fn handle(&mut self, _: Census, _: &mut Self::Context) -> Self::Result {
        self.sweep();
        actix::MessageResult(Counts { rooms: self.rooms.len(), people: self.people.len() })
    }
}

impl Handler<Close> for Directory {
    type Result = ResponseFuture<()>;

    fn handle(&mut self, _: Close, _: &mut Self::Context) -> Self::Result {
        self.closing = true;
        let live =
            self.rooms.drain().filter_map(|(_, home)| if let Home::Live(room) = home { Some(room) } else { None });
        let closing: Vec<_> = live.map(|room| actix::spawn(async move { room.send(room::Close).await })).collect();
        Box::pin(async move {
            for room in closing {
                // A room that died before is closed as well.
                let _died = room.await;
            }
        })
    }
}
