//! The door: who comes in at once, who waits, and who is let in.

use std::rc::Rc;

use vaidya_clinic::id::{DeviceId, SeatId};
use vaidya_clinic::room::{Entry, Room, Shown};
use vaidya_clinic::visit::{Change, Refusal, VisitState};
use vaidya_clinic::wire::{DoctorStanding, RefusalCode, Said, ServerMessage};
use vaidya_media::{Admitted, PeerKey};

use super::live::{At, Line, Live, Offer};
use super::{Admit, Join, Stands};
use crate::outlet::Outlet;

/// Someone at the door who may come in.
struct Guest {
    seat: SeatId,
    device: DeviceId,
    outlet: Option<Rc<Outlet>>,
    offer: Offer,
    shown: Shown,
}

impl Live {
    /// Takes a seat, or a place at the door.
    pub(super) async fn join(&mut self, join: Join) -> Result<(), Refusal> {
        self.refresh().await;
        if let Some(seat) = join.guest.filter(|seat| seat.holder == join.holder) {
            self.room.apply(&Change::Seated(seat));
        }
        let entry = self.room.decide_join(join.holder, &join.key, self.now())?;
        let (Entry::Enter { seat, .. } | Entry::Wait { seat }) = entry;
        if !join.active && !self.comes_back(seat) {
            return Err(RefusalCode::NotActive.into());
        }
        let guest = Guest {
            seat,
            device: join.device,
            outlet: Some(Rc::new(join.outlet)),
            offer: Offer { re: join.re, sdp: join.offer, seen: join.seen },
            shown: Shown { mic: join.mic, cam: join.cam, key: join.key },
        };
        match entry {
            Entry::Enter { changes, .. } => self.enter(guest, changes).await,
            Entry::Wait { .. } => {
                self.wait(guest);
                Ok(())
            }
        }
    }

    /// Lets a seat in: with what it came with when it stands at the door, else for when it comes.
    pub(super) async fn admit(&mut self, admit: Admit) -> Result<(), Refusal> {
        let by = self.inside(admit.device)?;
        let guest = self.at_door(admit.seat);
        let changes = self.room.decide_admit(by, admit.seat, guest.is_some())?;
        let Some(guest) = guest else { return self.let_in(admit.seat, changes).await };
        let (offer, device) = (guest.offer.clone(), guest.device);
        match self.enter(guest, changes).await {
            Err(refusal) if matches!(refusal.code, RefusalCode::BadOffer | RefusalCode::Busy) => {
                let changes = self.room.decide_admit(by, admit.seat, false)?;
                self.let_in(admit.seat, changes).await?;
                self.turn_back(admit.seat, device, &offer, refusal).await;
                Ok(())
            }
            done => done,
        }
    }

    /// The doctor stands otherwise: everyone hears it, who comes later too.
    pub(super) fn stands(&mut self, Stands(doctor): Stands) -> Result<(), Refusal> {
        if self.standing != doctor {
            self.standing = doctor;
            self.tell_all(&ServerMessage::Standing { visit: self.visit(), doctor });
        }
        Ok(())
    }

    /// The visit may have been accepted since this room was built.
    async fn refresh(&mut self) {
        if self.room.state() == VisitState::Requested
            && let Some(memory) = self.recall().await
        {
            self.room = Room::rebuild(memory);
            self.people = self.room.people();
        }
    }

    fn at_door(&self, seat: SeatId) -> Option<Guest> {
        let line = self.lines.iter().find(|line| line.seat == seat && line.outlet.is_some())?;
        let At::Door(offer) = &line.at else { return None };
        let shown = self.room.shown(seat)?.clone();
        Some(Guest { seat, device: line.device, outlet: line.outlet.clone(), offer: offer.clone(), shown })
    }

    async fn let_in(&mut self, seat: SeatId, changes: Vec<Change>) -> Result<(), Refusal> {
        let at = self.now();
        self.keep(changes, at).await?;
        self.tell_seat(seat);
        self.grow(seat);
        Ok(())
    }

    /// Was let in, but can't come in with this offer: may try again with another.
    async fn turn_back(&mut self, seat: SeatId, device: DeviceId, offer: &Offer, refusal: Refusal) {
        let message =
            ServerMessage::Refused { re: Some(offer.re), code: refusal.code, detail: refusal.detail.to_owned() };
        self.tell(seat, &message);
        if self.lines.iter().any(|line| line.seat == seat && line.device == device) {
            self.cut(seat).await;
            self.tell_seat(seat);
        }
    }

    fn wait(&mut self, guest: Guest) {
        let message = ServerMessage::Lobby { re: guest.offer.re, visit: self.visit(), seat: guest.seat };
        let (seat, shown) = (guest.seat, guest.shown);
        self.sit(guest.seat, guest.device, guest.outlet, At::Door(guest.offer));
        self.tell(seat, &message);
        self.reveal(seat, shown);
    }

    /// Comes in: media first, which may refuse the offer, then the disk, then everyone hears it.
    async fn enter(&mut self, guest: Guest, changes: Vec<Change>) -> Result<(), Refusal> {
        let Guest { seat, device, outlet, offer, shown } = guest;
        let chat = self.read(offer.seen).await?;
        let peer = self.next_peer(seat);
        let carried = self.carry(peer, offer.sdp).await?;
        let at = self.now();
        if let Err(refusal) = self.keep(changes, at).await {
            self.ports.media.dismiss(self.key(), peer).await;
            return Err(refusal);
        }
        self.sit(seat, device, outlet, At::Inside(Some(peer)));
        self.grow(seat);
        self.room.show(seat, Some(shown));
        self.greet(peer, offer.re, carried, chat);
        self.tell_seat(seat);
        self.hand(seat, true);
        Ok(())
    }

    fn greet(&mut self, peer: PeerKey, re: u32, carried: Admitted, chat: Vec<Said>) {
        let seat = SeatId::from_number(peer.seat);
        let message = ServerMessage::Joined {
            re,
            visit: self.visit(),
            seat,
            answer: carried.answer,
            roster: self.room.roster(),
            slots: super::media::slots(carried.slots),
            people: self.people,
            chat,
            last: self.room.last(),
        };
        self.tell(seat, &message);
        if self.standing == DoctorStanding::Suspended {
            self.tell(seat, &ServerMessage::Standing { visit: self.visit(), doctor: self.standing });
        }
    }

    /// A device takes a seat's line; the one that had it is out.
    fn sit(&mut self, seat: SeatId, device: DeviceId, outlet: Option<Rc<Outlet>>, at: At) {
        if self.line(seat).is_some_and(|line| line.device != device) {
            self.tell(seat, &ServerMessage::Replaced { visit: self.visit() });
        }
        self.lines.retain(|line| line.seat != seat);
        self.lines.push(Line { seat, device, outlet, at });
    }

    /// Shows a seat as it is now. Who joins again is shown again: their key is a new one.
    pub(super) fn reveal(&mut self, seat: SeatId, shown: Shown) {
        self.room.show(seat, Some(shown));
        self.tell_seat(seat);
    }

    /// The room may need larger offers now; the one who enters hears it with `joined`.
    fn grow(&mut self, entering: SeatId) {
        let people = self.room.people();
        if people > self.people {
            self.people = people;
            let grow = crate::outlet::Frame::of(&ServerMessage::Grow { visit: self.visit(), people });
            self.tell_those(&grow, |line| line.seat != entering && matches!(line.at, At::Inside(_)));
        }
    }
}
