//! A room while it is held: what is kept, who is connected, and the ways out of it.

use std::collections::HashMap;
use std::rc::Rc;

use actix::Recipient;
use vaidya_clinic::id::{DeviceId, SeatId, VisitId};
use vaidya_clinic::quality::Gauge;
use vaidya_clinic::room::Room;
use vaidya_clinic::time::Timestamp;
use vaidya_clinic::visit::{Change, Holder, Refusal, RoomMemory, Standing, VisitState};
use vaidya_clinic::wire::{DoctorStanding, Re, RefusalCode, ServerMessage};
use vaidya_media::{PeerKey, RoomKey};

use crate::directory::Fact;
use crate::outlet::{Frame, Outlet};
use crate::port::{Keep, KeepError, Ports, Recall};

/// One seat's connection.
pub(super) struct Line {
    pub(super) seat: SeatId,
    pub(super) device: DeviceId,
    /// None while the socket is gone and the grace lasts. The relay looks at it while a turn is under way.
    pub(super) outlet: Option<Rc<Outlet>>,
    pub(super) at: At,
}

/// Where a line is.
pub(super) enum At {
    /// At the door, with what it will come in with.
    Door(Offer),
    /// In the room, with its media while that lasts.
    Inside(Option<PeerKey>),
}

/// What someone asked to come in with.
#[derive(Clone)]
pub(super) struct Offer {
    pub(super) re: Re,
    pub(super) sdp: String,
    pub(super) seen: u64,
}

pub(super) struct Live {
    pub(super) ports: Ports,
    pub(super) room: Room,
    pub(super) lines: Vec<Line>,
    pub(super) gauges: HashMap<SeatId, Gauge>,
    pub(super) people: u8,
    /// As the room was told last; a doctor who is not active begins no visit, so it begins as active.
    pub(super) standing: DoctorStanding,
    tell: Option<Recipient<Fact>>,
    takes: HashMap<SeatId, u32>,
    fallen: Vec<(SeatId, DeviceId)>,
    parted: bool,
}

impl Live {
    pub(super) fn new(memory: RoomMemory, ports: Ports, tell: Option<Recipient<Fact>>) -> Self {
        let room = Room::rebuild(memory);
        Self {
            people: room.people(),
            standing: DoctorStanding::Active,
            ports,
            room,
            tell,
            lines: vec![],
            gauges: HashMap::new(),
            takes: HashMap::new(),
            fallen: vec![],
            parted: false,
        }
    }

    pub(super) fn visit(&self) -> VisitId {
        self.room.visit()
    }

    pub(super) fn key(&self) -> RoomKey {
        RoomKey(self.visit().number())
    }

    pub(super) fn now(&self) -> Timestamp {
        (self.ports.clock)()
    }

    /// Seats on line, in the room or at its door.
    pub(super) fn here(&self) -> u8 {
        u8::try_from(self.lines.len()).unwrap_or(u8::MAX)
    }

    /// Seats whose sockets were lost in this turn, to be forgotten after a grace.
    pub(super) fn fallen(&mut self) -> Vec<(SeatId, DeviceId)> {
        std::mem::take(&mut self.fallen)
    }

    /// The visit ended while this room was held.
    pub(super) fn is_over(&self) -> bool {
        self.parted
    }

    /// The room stops in order: nobody is told to come back.
    pub(super) fn part(&mut self) {
        self.parted = true;
    }

    /// The seat of a device that is in the room.
    pub(super) fn inside(&self, device: DeviceId) -> Result<SeatId, Refusal> {
        let here = |line: &&Line| line.is_of(device) && matches!(line.at, At::Inside(_));
        self.lines.iter().find(here).map(|line| line.seat).ok_or(RefusalCode::NotInRoom.into())
    }

    pub(super) fn line(&mut self, seat: SeatId) -> Option<&mut Line> {
        self.lines.iter_mut().find(|line| line.seat == seat)
    }

    /// Whether a seat comes back to a visit under way: it has been in the room since that is held, and someone still is.
    pub(super) fn comes_back(&self, seat: SeatId) -> bool {
        self.takes.contains_key(&seat) && self.lines.iter().any(|line| matches!(line.at, At::Inside(_)))
    }

    /// A connection's number, higher than every earlier one of that seat, also over restarts: it begins with the seconds
    /// of the clock.
    pub(super) fn next_peer(&mut self, seat: SeatId) -> PeerKey {
        let seconds = u32::try_from(self.now().0 / 1000).unwrap_or(1).max(1);
        let before = self.takes.get(&seat).copied().unwrap_or(0);
        let take = seconds.max(before.saturating_add(1));
        self.takes.insert(seat, take);
        PeerKey { seat: seat.number(), take }
    }

    /// Puts changes on disk, then makes them so. When that fails nothing has changed.
    pub(super) async fn keep(&mut self, changes: Vec<Change>, at: Timestamp) -> Result<(), Refusal> {
        if changes.is_empty() {
            return Ok(());
        }
        let keep = Keep { visit: self.visit(), at, changes: changes.clone() };
        match self.ports.keep.send(keep).await {
            Ok(Ok(())) => {
                changes.iter().for_each(|change| self.room.apply(change));
                Ok(())
            }
            Ok(Err(KeepError::Full)) => Err(RefusalCode::StorageFull.into()),
            Ok(Err(KeepError::Failed)) | Err(_) => Err(self.look_again().await),
        }
    }

    /// The store did not keep something: perhaps it knows more than this room (a visit ended or a link revoked elsewhere).
    async fn look_again(&mut self) -> Refusal {
        let not_kept = RefusalCode::NotKept.into();
        let Some(memory) = self.recall().await else { return not_kept };
        let is_news = |seat: &SeatId| self.room.view(*seat).is_some_and(|view| view.standing != Standing::Removed);
        let removed = memory.seats.iter().filter(|seat| seat.standing == Standing::Removed).map(|seat| seat.id);
        for seat in removed.filter(is_news).collect::<Vec<_>>() {
            self.room.apply(&Change::Removed(seat));
            self.put_out(seat).await;
        }
        match memory.ended {
            Some((_, why)) if memory.state == VisitState::Ended => {
                self.room.apply(&Change::Ended(why));
                self.close(why).await;
                RefusalCode::Ended.into()
            }
            _ => not_kept,
        }
    }

    pub(super) async fn recall(&self) -> Option<RoomMemory> {
        self.ports.recall.send(Recall(self.visit())).await.ok()?.ok()?
    }

    /// Tells one seat. Its socket is dropped when it takes nothing any more.
    pub(super) fn tell(&mut self, seat: SeatId, message: &ServerMessage) {
        self.tell_those(&Frame::of(message), |line| line.seat == seat);
    }

    /// Tells everyone in the room.
    pub(super) fn tell_all(&mut self, message: &ServerMessage) {
        self.tell_those(&Frame::of(message), |line| matches!(line.at, At::Inside(_)));
    }

    /// Tells everyone in the room how a seat is now, but not the seat itself.
    pub(super) fn tell_seat(&mut self, seat: SeatId) {
        if let Some(view) = self.room.view(seat) {
            let frame = Frame::of(&ServerMessage::Seat { visit: self.visit(), seat: view });
            self.tell_those(&frame, |line| line.seat != seat && matches!(line.at, At::Inside(_)));
        }
    }

    pub(super) fn tell_those(&mut self, frame: &Frame, whom: impl Fn(&Line) -> bool) {
        for line in self.lines.iter_mut().filter(|line| whom(line)) {
            if let Some(outlet) = &line.outlet
                && !outlet.tell(frame)
            {
                line.outlet = None;
                self.fallen.push((line.seat, line.device));
            }
        }
    }

    /// The socket of a line is gone; others notice when it stays away for [`GRACE`](super::GRACE).
    pub(super) fn lose(&mut self, device: DeviceId) {
        if let Some(line) = self.lines.iter_mut().find(|line| line.is_of(device)) {
            line.outlet = None;
            self.fallen.push((line.seat, line.device));
        }
    }

    /// A seat that could not be forgotten stays for another grace.
    pub(super) fn fall_again(&mut self, seat: SeatId, device: DeviceId) {
        self.fallen.push((seat, device));
    }

    /// Takes a line off the room with its media.
    pub(super) async fn cut(&mut self, seat: SeatId) {
        let Some(place) = self.lines.iter().position(|line| line.seat == seat) else { return };
        // Its outlet ends here: nothing is passed on to it while the worker is waited for.
        let at = self.lines.remove(place).at;
        self.room.show(seat, None);
        self.gauges.remove(&seat);
        if let At::Inside(peer) = at {
            if let Some(peer) = peer {
                self.ports.media.dismiss(self.key(), peer).await;
            }
            self.hand(seat, false);
        }
    }

    /// A person has this visit in hand, or not any more. A fact that may be lost: the next one sets it right.
    pub(super) fn hand(&self, seat: SeatId, held: bool) {
        if let (Some(tell), Some(Holder::Person(person))) = (&self.tell, self.room.holder(seat)) {
            let _full = tell.try_send(Fact { person, visit: self.visit(), held });
        }
    }
}

impl Line {
    pub(super) fn is_of(&self, device: DeviceId) -> bool {
        self.device == device && self.outlet.is_some()
    }
}

impl Drop for Live {
    /// A room that dies without parting tells those in it to come back: nobody sits in a room that is not there.
    fn drop(&mut self) {
        if !self.parted {
            let restart = Frame::of(&ServerMessage::Restart { visit: self.visit() });
            self.tell_those(&restart, |_| true);
        }
    }
}
