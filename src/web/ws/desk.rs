//! Where a socket's messages are handed on: each to the room it names, as the right holder of a seat.

use std::collections::HashSet;

use actix::dev::ToEnvelope;
use actix::{Actor, Handler, MailboxError, Message};
use actix_web::web::Data;
use vaidya_actors::directory::{Attach, Detach, Lost, ask};
use vaidya_actors::outlet::{Frame, Outlet};
use vaidya_actors::room::{Admit, Catchup, End, Join, Leave, Pass, Remove, Renew, Room, Say, Show};
use vaidya_clinic::id::{DeviceId, SeatId, VisitId};
use vaidya_clinic::visit::Refusal;
use vaidya_clinic::wire::{ClientMessage, Re, RefusalCode, ServerMessage};

use super::super::principal::Caller;
use super::super::{House, links};
use super::pace::Allowance;
use super::refuse;
use crate::clock;
use crate::store::SecretHash;
use crate::store::links::PutOut;

/// Visits one socket may take part in over its life. When full, another join is refused with `busy`; a new socket
/// begins anew.
const VISITS: usize = 64;

const BUSY: Refusal =
    Refusal { code: RefusalCode::Busy, detail: "The server has too much to do right now. Try again in a moment." };
const NO_VISIT: Refusal = Refusal { code: RefusalCode::NoVisit, detail: "There is no such visit, or none of yours." };
/// One socket's dealings with the actors.
pub(super) struct Desk {
    house: Data<House>,
    caller: Caller,
    device: DeviceId,
    joined: HashSet<VisitId>,
    passes: Allowance,
}

impl Desk {
    /// A desk for a new socket.
    pub(super) fn new(house: Data<House>, caller: Caller) -> Self {
        let (device, passes) = (DeviceId::from_random(clock::random()), Allowance::new(clock::instant()));
        Self { house, caller, device, joined: HashSet::new(), passes }
    }

    /// The socket's id.
    pub(super) fn device(&self) -> DeviceId {
        self.device
    }

    /// The sessions it was opened with.
    pub(super) fn tokens(&self) -> &[SecretHash] {
        &self.caller.tokens
    }

    /// The seat it has by a link.
    pub(super) fn guest(&self) -> Option<SeatId> {
        self.caller.guest.as_ref().map(|guest| guest.seat.id)
    }

    /// Tells the directory that a person is on line.
    pub(super) async fn attach(&self, outlet: &Outlet) {
        if let Some(person) = self.caller.maybe_person() {
            let attach = Attach { person: person.id, role: person.role, device: self.device, outlet: outlet.clone() };
            self.noted(self.house.directory.send(attach).await);
        }
    }

    /// Tells everyone it dealt with that the socket is gone.
    pub(super) async fn detach(&mut self) {
        for visit in std::mem::take(&mut self.joined) {
            self.noted(self.house.directory.send(Lost { visit, device: self.device }).await);
        }
        if let Some(person) = self.caller.maybe_person() {
            self.noted(self.house.directory.send(Detach { person: person.id, device: self.device }).await);
        }
    }

    /// Hands one message on and answers what is not answered by the room itself.
    pub(super) async fn hear(&mut self, message: ClientMessage, outlet: &Outlet) {
        let device = self.device;
        match message {
            ClientMessage::Ping => tell(outlet, &ServerMessage::Pong),
            ClientMessage::Join { re, visit, .. } => {
                let done = self.join(visit, message, outlet).await;
                answer(outlet, re, done, false);
            }
            ClientMessage::Offer { re, visit, offer } => {
                answer(outlet, re, self.hand_on(visit, Renew { device, re, offer }).await, false);
            }
            ClientMessage::Say { re, visit, id, body } => {
                let outlet = outlet.clone();
                let say = Say { device, outlet: outlet.clone(), re, id, body };
                answer(&outlet, re, self.hand_on(visit, say).await, false);
            }
            ClientMessage::History { re, visit, after } => {
                answer(outlet, re, self.hand_on(visit, Catchup { device, re, after }).await, false);
            }
            // A switch that was not noticed is shown again by the next one: nothing to answer.
            ClientMessage::Show { visit, mic, cam } => {
                let _unanswered = self.hand_on(visit, Show { device, mic, cam }).await;
            }
            ClientMessage::Pass { visit, to, body } => {
                if let Err(refusal) = self.pass(visit, Pass { device, to, body }).await {
                    refuse(outlet, None, refusal.code, refusal.detail);
                }
            }
            ClientMessage::Admit { re, visit, seat } => {
                answer(outlet, re, self.hand_on(visit, Admit { device, seat }).await, true);
            }
            ClientMessage::Remove { re, visit, seat } => {
                answer(outlet, re, self.remove(visit, seat).await, true);
            }
            ClientMessage::Leave { re, visit } => {
                answer(outlet, re, self.hand_on(visit, Leave { device }).await, true);
            }
            ClientMessage::End { re, visit } => {
                answer(outlet, re, self.hand_on(visit, End { device }).await, true);
            }
        }
    }

    async fn join(&mut self, visit: VisitId, message: ClientMessage, outlet: &Outlet) -> Result<(), Refusal> {
        let ClientMessage::Join { re, offer, seen, mic, cam, key, .. } = message else { return Ok(()) };
        let holder = self.caller.holder(&self.house, visit).await.map_err(|_| NO_VISIT)?;
        let guest = self.caller.guest.as_ref().filter(|guest| guest.visit == visit && holder == guest.seat.holder);
        let guest = guest.map(|guest| guest.seat.clone());
        if self.joined.len() >= VISITS && !self.joined.contains(&visit) {
            return Err(BUSY);
        }
        // Noted before it is answered: a socket that is lost in between still leaves.
        self.joined.insert(visit);
        let outlet = outlet.clone();
        self.hand_on(visit, Join { device: self.device, holder, guest, outlet, re, offer, seen, mic, cam, key }).await
    }

    /// Puts a seat out, and with it whoever came by its link on another device.
    async fn remove(&self, visit: VisitId, seat: SeatId) -> Result<(), Refusal> {
        self.hand_on(visit, Remove { device: self.device, seat }).await?;
        let gone = self.house.store.gone_with(visit, seat).await.map_err(|_| RefusalCode::NotKept)?;
        let gone = PutOut { left: Some(seat), ..gone };
        links::put_out(&self.house, visit, gone).await.map_err(|_| BUSY)
    }

    /// Has something passed on, as often as one socket may.
    async fn pass(&mut self, visit: VisitId, pass: Pass) -> Result<(), Refusal> {
        if !self.passes.take(clock::instant()) {
            return Err(RefusalCode::Busy.into());
        }
        self.hand_on(visit, pass).await
    }

    /// Sends a request to a visit's room.
    async fn hand_on<M>(&self, visit: VisitId, request: M) -> Result<(), Refusal>
    where
        M: Message<Result = Result<(), Refusal>> + Clone + Send + 'static,
        Room: Handler<M>,
        <Room as Actor>::Context: ToEnvelope<Room, M>,
    {
        ask(&self.house.directory, visit, request).await?
    }

    fn noted(&self, sent: Result<(), MailboxError>) {
        if sent.is_err() {
            tracing::warn!(device = %self.device.loggable(), "the directory does not answer");
        }
    }
}

/// Answers a request: refusals always, success only where the room says nothing itself.
fn answer(outlet: &Outlet, re: Re, done: Result<(), Refusal>, say_done: bool) {
    match done {
        Ok(()) if say_done => tell(outlet, &ServerMessage::Done { re }),
        Ok(()) => {}
        Err(refusal) => refuse(outlet, Some(re), refusal.code, refusal.detail),
    }
}

fn tell(outlet: &Outlet, message: &ServerMessage) {
    // A full outlet ends the socket by itself.
    let _or_slow = outlet.tell(&Frame::of(message));
}
