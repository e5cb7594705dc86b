//! Where a socket's messages are handed on: each to the room it names, as the right holder of a seat.

use std::collections::HashSet;
use std::future::ready;
use std::sync::Arc;

use actix::dev::ToEnvelope;
use actix::{Actor, Handler, MailboxError, Message};
use actix_web::web::Data;
use vaidya_actors::directory::{Attach, Detach, HereIn, Lost, ask};
use vaidya_actors::outlet::{Frame, Outlet};
use vaidya_actors::room::{Admit, Catchup, End, Join, Leave, Pass, Remove, Renew, Return, Room, Say, Show};
use vaidya_clinic::id::{DeviceId, SeatId, VisitId};
use vaidya_clinic::role::Role;
use vaidya_clinic::visit::Refusal;
use vaidya_clinic::wire::{ClientMessage, Re, RefusalCode, ServerMessage};

use super::super::principal::Caller;
use super::super::{House, links};
use super::pace::{Allowance, Pace};
use super::presence::Presence;
use super::refuse;
use crate::clock;
use crate::store::links::PutOut;
use crate::store::{SecretHash, StoreError, audit};

/// Visits one socket may take part in over its life. When full, another join is refused with `busy`; a new socket
/// begins anew.
const VISITS: usize = 64;

const BUSY: Refusal =
    Refusal { code: RefusalCode::Busy, detail: "The server has too much to do right now. Try again in a moment." };
const NO_VISIT: Refusal = Refusal { code: RefusalCode::NoVisit, detail: "There is no such visit, or none of yours." };
const LOCKED: Refusal = Refusal {
    code: RefusalCode::NotInRoom,
    detail: "Vaidya is locked. Only a call that was under way goes on: type your password for everything else.",
};

/// One socket's dealings with the actors.
pub(super) struct Desk {
    house: Data<House>,
    caller: Caller,
    device: DeviceId,
    joined: HashSet<VisitId>,
    passes: Allowance,
    shows: Pace,
    presence: Presence,
}

impl Desk {
    /// A desk for a new socket, whose session is perhaps locked.
    pub(super) fn new(house: Data<House>, caller: Caller, locked: bool) -> Self {
        let (device, now) = (DeviceId::from_random(clock::random()), clock::instant());
        let (passes, shows, presence) = (Allowance::new(now), Pace::of_shows(now), Presence::new(locked, now));
        let caller = if locked { caller.behind_lock() } else { caller };
        Self { house, caller, device, joined: HashSet::new(), passes, shows, presence }
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
        if self.presence.locked {
            return;
        }
        if let Some(person) = self.caller.maybe_person() {
            let (device, outlet) = (self.device, outlet.clone());
            let attach = Attach { person: person.id, org: person.org, role: person.role, device, outlet };
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
        self.used(&message, outlet).await;
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
                tokio::time::sleep(self.shows.next(clock::instant())).await;
                let _unanswered = self.hand_on(visit, Show { device, mic, cam }).await;
            }
            ClientMessage::Pass { visit, to, body } => {
                if let Err(refusal) = self.pass(visit, Pass { device, to, body }).await {
                    refuse(outlet, None, refusal.code, refusal.detail);
                }
            }
            ClientMessage::Admit { re, visit, seat } => {
                let deed = async {
                    self.must_be_active().await?;
                    self.hand_on(visit, Admit { device, seat }).await
                };
                answer(outlet, re, self.audited(audit::ADMIT, visit, Some(seat), deed).await, true);
            }
            ClientMessage::Remove { re, visit, seat } => {
                let deed = self.remove(visit, seat);
                answer(outlet, re, self.audited(audit::REMOVE, visit, Some(seat), deed).await, true);
            }
            ClientMessage::Leave { re, visit } => {
                self.presence.calls.remove(&visit);
                answer(outlet, re, self.hand_on(visit, Leave { device }).await, true);
            }
            ClientMessage::End { re, visit } => {
                let deed = self.hand_on(visit, End { device });
                answer(outlet, re, self.audited(audit::END, visit, None, deed).await, true);
            }
        }
    }

    async fn join(&mut self, visit: VisitId, message: ClientMessage, outlet: &Outlet) -> Result<(), Refusal> {
        let ClientMessage::Join { re, offer, seen, mic, cam, key, .. } = message else { return Ok(()) };
        self.may_join(visit).await?;
        let Ok(holder) = self.caller.holder(&self.house, visit).await else {
            return self.audited(audit::JOIN, visit, None, ready(Err(NO_VISIT))).await;
        };
        let guest = self.caller.guest.as_ref().filter(|guest| guest.visit == visit && holder == guest.seat.holder);
        let guest = guest.map(|guest| guest.seat.clone());
        let active = guest.is_some() || self.is_active().await?;
        if self.joined.len() >= VISITS && !self.joined.contains(&visit) {
            return Err(BUSY);
        }
        // Noted before it is answered: a socket that is lost in between still leaves.
        self.joined.insert(visit);
        let outlet = outlet.clone();
        let join = Join { device: self.device, holder, active, guest, outlet, re, offer, seen, mic, cam, key };
        self.audited(audit::JOIN, visit, None, self.hand_on(visit, join)).await?;
        self.presence.calls.insert(visit);
        Ok(())
    }

    /// Behind a lock only into a call that was under way.
    async fn may_join(&self, visit: VisitId) -> Result<(), Refusal> {
        if !self.is_locked().await {
            return Ok(());
        }
        let Some(person) = self.caller.maybe_person().map(|person| person.id) else { return Ok(()) };
        self.hand_on(visit, Return { person }).await.map_err(|_| LOCKED)
    }

    /// Whether the session is locked by now. When that can't be known, what was known before counts.
    async fn is_locked(&self) -> bool {
        let Some(token) = self.caller.token else { return false };
        match self.house.store.session(token, (self.house.clock)()).await {
            Ok(Some(session)) => session.locked,
            Ok(None) => true,
            Err(_) => self.presence.locked,
        }
    }

    /// Whoever speaks, or is in a call, uses their session; whoever unlocked it hears their news again.
    async fn used(&mut self, message: &ClientMessage, outlet: &Outlet) {
        let silent = matches!(message, ClientMessage::Ping);
        if self.presence.locked && silent && !self.is_locked().await {
            self.presence.locked = false;
            self.attach(outlet).await;
        }
        let Some(token) = self.caller.token.filter(|_| self.presence.due(clock::instant())) else { return };
        if silent && !self.in_call().await {
            return;
        }
        if let Err(error) = self.house.store.touch_session(token, (self.house.clock)()).await {
            tracing::warn!(%error, "a session was not touched by its socket");
        }
    }

    /// Whether a call it joined is still under way.
    async fn in_call(&mut self) -> bool {
        for visit in self.presence.calls.clone() {
            match self.house.directory.send(HereIn(visit)).await {
                Ok(0) => self.presence.calls.remove(&visit),
                _ => return true,
            };
        }
        false
    }

    /// Does something that goes into the audit: written down as asked before it is done, and once more when it was refused.
    async fn audited(
        &self,
        action: &'static str,
        visit: VisitId,
        seat: Option<SeatId>,
        deed: impl Future<Output = Result<(), Refusal>>,
    ) -> Result<(), Refusal> {
        let trace = self.caller.trace(action, (self.house.clock)());
        trace.about(|subject| {
            subject.visit = Some(visit);
            subject.thing = seat.map(|seat| ("seat", seat.0));
        });
        let trace = Arc::new(trace);
        self.house.store.note(Arc::clone(&trace), audit::ASKED).await.map_err(|error| unwritten(&error))?;
        let done = deed.await;
        if let Err(refusal) = &done {
            self.house.store.note(trace, status(refusal.code)).await.map_err(|error| unwritten(&error))?;
        }
        done
    }

    /// Refuses a doctor whose registration is not in force.
    async fn must_be_active(&self) -> Result<(), Refusal> {
        if self.is_active().await? { Ok(()) } else { Err(RefusalCode::NotActive.into()) }
    }

    /// Whether this one may begin visits: a doctor's registration must be in force, now.
    async fn is_active(&self) -> Result<bool, Refusal> {
        let Some(doctor) = self.caller.maybe_person().filter(|person| person.role == Role::Doctor) else {
            return Ok(true);
        };
        let now = (self.house.clock)();
        self.house.store.doctor_in_force(doctor.id, doctor.org, now).await.map_err(|_| RefusalCode::NotKept.into())
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

/// What cannot be written down is not done.
fn unwritten(error: &StoreError) -> Refusal {
    tracing::warn!(%error, "the audit could not be written");
    match error {
        StoreError::Full => RefusalCode::StorageFull.into(),
        _ => RefusalCode::NotKept.into(),
    }
}

/// A refusal in HTTP's words.
fn status(code: RefusalCode) -> u16 {
    match code {
        RefusalCode::NoVisit | RefusalCode::NoSeat => 404,
        RefusalCode::Removed | RefusalCode::NotHost | RefusalCode::NotInRoom => 403,
        RefusalCode::BadMessage | RefusalCode::BadBody | RefusalCode::BadOffer => 422,
        RefusalCode::StorageFull => 507,
        RefusalCode::NotKept | RefusalCode::Busy => 503,
        _ => 409,
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
