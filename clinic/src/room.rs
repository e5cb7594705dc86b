//! The room of a visit: who may come in, speak, be put out, and end it.
//!
//! *Decide, then apply*: a `decide` function looks at the room as it is and says what should be kept ([`Change`]) or
//! why not ([`Refusal`]); once that is on disk, [`Room::apply`] makes it so. The same `apply` rebuilds a room from the
//! store after a crash. What is never kept (who is on line, whose camera is on, the key
//! they joined with) goes through [`Room::show`].

use std::collections::BTreeMap;

use crate::chat::{Chat, Verdict, Wish};
use crate::id::{PersonId, SeatId, VisitId};
use crate::refusal::Refusal;
use crate::time::Timestamp;
use crate::visit::{
    Change, EndedWhy, Holder, LeftWhy, MAX_SEATS, QualityLevel, RoomMemory, Seat, SeatRole, Standing, VisitState,
};
use crate::wire::{Body, MAX_KEY, RefusalCode, SeatView};

/// Places for guests: the doctor's and the patient's are kept free for them.
pub const GUEST_PLACES: usize = MAX_SEATS - 2;

/// People an offer has room for in a small room, and in a larger one.
pub const PEOPLE: [u8; 2] = [2, 4];

/// What others see of someone who is on line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Microphone on.
    pub mic: bool,
    /// Camera on.
    pub cam: bool,
    /// What they joined with to be sealed to.
    pub key: Body,
}

/// How a seat that asked to join comes in.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry {
    /// At once.
    Enter {
        /// Which seat it is.
        seat: SeatId,
        /// To keep first; empty for someone who is inside already (a reload, another device).
        changes: Vec<Change>,
    },
    /// It waits at the door. There is nothing to keep.
    Wait {
        /// Which seat it is.
        seat: SeatId,
    },
}

#[derive(Clone, Debug, PartialEq)]
struct Place {
    seat: Seat,
    /// In the room, as kept: joined and not left since.
    inside: bool,
    /// On line now, at the door or in the room.
    shown: Option<Shown>,
    /// How they left the room last.
    left: Option<LeftWhy>,
}

/// A room as it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Room {
    visit: VisitId,
    state: VisitState,
    opens: Option<Timestamp>,
    ended: Option<EndedWhy>,
    places: BTreeMap<SeatId, Place>,
    chat: Chat,
}

impl Room {
    /// The room the store remembers. Nobody is in it yet.
    #[must_use]
    pub fn rebuild(memory: RoomMemory) -> Self {
        let place = |seat: Seat| (seat.id, Place { seat, inside: false, shown: None, left: None });
        Self {
            visit: memory.visit,
            state: memory.state,
            opens: memory.opens,
            ended: memory.ended.map(|(_, why)| why),
            places: memory.seats.into_iter().map(place).collect(),
            chat: Chat::of(memory.said),
        }
    }

    /// This room as it would be rebuilt from what is kept: nobody is in it, or remembers how anybody left.
    #[must_use]
    pub fn at_rest(mut self) -> Self {
        for place in self.places.values_mut() {
            (place.inside, place.shown, place.left) = (false, None, None);
        }
        self
    }

    /// Which visit's room it is.
    #[must_use]
    pub fn visit(&self) -> VisitId {
        self.visit
    }

    /// Where the visit stands.
    #[must_use]
    pub fn state(&self) -> VisitState {
        self.state
    }

    /// How the visit ended, when it has.
    #[must_use]
    pub fn ended(&self) -> Option<EndedWhy> {
        self.ended
    }

    /// Number of the newest message.
    #[must_use]
    pub fn last(&self) -> u64 {
        self.chat.last()
    }

    /// Who holds a seat.
    #[must_use]
    pub fn holder(&self, seat: SeatId) -> Option<Holder> {
        self.places.get(&seat).map(|place| place.seat.holder)
    }

    /// Whether a seat is in the room, as kept.
    #[must_use]
    pub fn is_inside(&self, seat: SeatId) -> bool {
        self.places.get(&seat).is_some_and(|place| place.inside)
    }

    /// What others see of a seat that is on line; none when it isn't.
    #[must_use]
    pub fn shown(&self, seat: SeatId) -> Option<&Shown> {
        self.places.get(&seat).and_then(|place| place.shown.as_ref())
    }

    /// A seat as others may see it.
    #[must_use]
    pub fn view(&self, seat: SeatId) -> Option<SeatView> {
        self.places.get(&seat).map(Place::view)
    }

    /// Every seat as others may see it, in the order of their ids; removed ones too, for the names in the chat.
    #[must_use]
    pub fn roster(&self) -> Vec<SeatView> {
        self.places.values().map(Place::view).collect()
    }

    /// How many people an offer must have room for: a step of [`PEOPLE`] by how many seats have been let in.
    #[must_use]
    pub fn people(&self) -> u8 {
        let [few, more] = PEOPLE;
        if self.count(|place| place.seat.standing == Standing::Admitted) > usize::from(few) { more } else { few }
    }

    /// Someone wants their seat, to be sealed to with this key.
    ///
    /// # Errors
    /// When the visit isn't open (yet), they have no seat, were removed, every guest's place is taken, or the key is none.
    pub fn decide_join(&self, holder: Holder, key: &Body, now: Timestamp) -> Result<Entry, Refusal> {
        self.must_be_open()?;
        if self.opens.is_some_and(|opens| now < opens) {
            return Err(TOO_EARLY);
        }
        if !key.fits(MAX_KEY) {
            return Err(NO_KEY);
        }
        let place = self.places.values().find(|place| place.seat.holder == holder).ok_or(RefusalCode::NoVisit)?;
        let seat = place.seat.id;
        match place.seat.standing {
            Standing::Removed => Err(RefusalCode::Removed.into()),
            Standing::Lobby => self.must_have_room(place).map(|()| Entry::Wait { seat }),
            Standing::Admitted if place.inside => Ok(Entry::Enter { seat, changes: vec![] }),
            Standing::Admitted => Ok(Entry::Enter { seat, changes: vec![Change::Joined(seat)] }),
        }
    }

    /// The host lets a seat in; `enters` when it stands at the door and comes in with it.
    ///
    /// # Errors
    /// When `by` isn't the host in the room, there is no such seat, it was removed, or every guest's place is taken.
    pub fn decide_admit(&self, by: SeatId, seat: SeatId, enters: bool) -> Result<Vec<Change>, Refusal> {
        self.must_be_host(by)?;
        let place = self.places.get(&seat).ok_or(RefusalCode::NoSeat)?;
        let entry = if enters && !place.inside { vec![Change::Joined(seat)] } else { vec![] };
        match place.seat.standing {
            Standing::Removed => Err(GONE),
            Standing::Admitted => Ok(entry),
            Standing::Lobby => {
                self.must_have_room(place)?;
                Ok([vec![Change::Admitted(seat)], entry].concat())
            }
        }
    }

    /// The host puts a seat out for good. Nothing to keep when it already is.
    ///
    /// # Errors
    /// When `by` isn't the host in the room, or the seat is their own or nobody's.
    pub fn decide_remove(&self, by: SeatId, seat: SeatId) -> Result<Vec<Change>, Refusal> {
        self.must_be_host(by)?;
        if by == seat { Err(SELF) } else { self.put_out(seat) }
    }

    /// A guest's link was revoked outside the room: they are put out, whoever is host or here.
    ///
    /// # Errors
    /// When the seat is nobody's, or the visit isn't open.
    pub fn decide_revoked(&self, seat: SeatId) -> Result<Vec<Change>, Refusal> {
        self.must_be_open()?;
        self.put_out(seat)
    }

    /// Someone's account was disabled: their seat, and what is to be kept of their going. None when they have no seat.
    #[must_use]
    pub fn decide_bar(&self, person: PersonId) -> Option<(SeatId, Vec<Change>)> {
        let seat = self.place_of(person)?.seat.id;
        Some((seat, self.decide_leave(seat, LeftWhy::Barred)))
    }

    /// Whether someone is in the room, or was when their line broke: a call they may come back to as they are.
    #[must_use]
    pub fn may_return(&self, person: PersonId) -> bool {
        let was_in = |place: &Place| place.inside || place.left == Some(LeftWhy::Dropped);
        self.state == VisitState::Open && self.place_of(person).is_some_and(was_in)
    }

    fn place_of(&self, person: PersonId) -> Option<&Place> {
        self.places.values().find(|place| place.seat.holder == Holder::Person(person))
    }

    /// A seat hangs up or stays away. Nothing to keep when it isn't inside.
    #[must_use]
    pub fn decide_leave(&self, seat: SeatId, why: LeftWhy) -> Vec<Change> {
        if self.is_inside(seat) && self.ended.is_none() { vec![Change::Left { seat, why }] } else { vec![] }
    }

    /// The host ends the visit for everyone.
    ///
    /// # Errors
    /// When `by` isn't the host in the room.
    pub fn decide_end(&self, by: SeatId) -> Result<Vec<Change>, Refusal> {
        self.must_be_host(by)?;
        let leaves = self.places.values().filter(|place| place.inside);
        let mut changes: Vec<_> =
            leaves.map(|place| Change::Left { seat: place.seat.id, why: LeftWhy::Ended }).collect();
        changes.push(Change::Ended(EndedWhy::Doctor));
        Ok(changes)
    }

    /// Seats in the room want to say something: numbers for what is new, in the order it came.
    #[must_use]
    pub fn decide_say(&self, wishes: Vec<Wish>, at: Timestamp) -> Vec<Result<Verdict, Refusal>> {
        let may: Vec<_> = wishes.iter().map(|wish| self.must_be_inside(wish.seat)).collect();
        let allowed = wishes.into_iter().zip(&may).filter_map(|(wish, may)| may.is_ok().then_some(wish));
        let mut verdicts = self.chat.decide(allowed.collect(), at).into_iter();
        let one =
            |may: Result<(), Refusal>| may.and_then(|()| verdicts.next().unwrap_or(Err(RefusalCode::Busy.into())));
        may.into_iter().map(one).collect()
    }

    /// A seat is seen and heard better or worse. Nothing to keep of someone who isn't inside.
    #[must_use]
    pub fn decide_quality(&self, seat: SeatId, level: QualityLevel) -> Vec<Change> {
        if self.must_be_inside(seat).is_ok() { vec![Change::Quality { seat, level }] } else { vec![] }
    }

    /// A change is on disk: makes it so. What has no place any more (a seat nobody knows, a removed one) changes nothing.
    pub fn apply(&mut self, change: &Change) {
        match change {
            Change::Seated(seat) => self.meet(seat),
            Change::Admitted(seat) => self.at(*seat, |place| place.seat.standing = Standing::Admitted),
            Change::Joined(seat) => self.at(*seat, |place| (place.inside, place.left) = (true, None)),
            Change::Left { seat, why } => self.at(*seat, |place| (place.inside, place.left) = (false, Some(*why))),
            Change::Removed(seat) => self.at(*seat, |place| {
                *place = Place {
                    seat: Seat { standing: Standing::Removed, ..place.seat.clone() },
                    inside: false,
                    shown: None,
                    left: Some(LeftWhy::Removed),
                };
            }),
            Change::Said(said) => self.chat.apply(said),
            Change::Quality { .. } => {}
            Change::Ended(why) => self.close(*why),
        }
    }

    /// A seat is on line, with microphone, camera and key so, or off line. Not kept. Removed seats stay off.
    pub fn show(&mut self, seat: SeatId, shown: Option<Shown>) {
        self.at(seat, |place| place.shown = shown);
    }

    /// A guest's seat may be new here, and whoever came by a link says themselves what they are called.
    fn meet(&mut self, seat: &Seat) {
        if let Some(place) = self.places.get_mut(&seat.id) {
            place.seat.name.clone_from(&seat.name);
        } else if seat.role == SeatRole::Guest {
            self.places.insert(seat.id, Place { seat: seat.clone(), inside: false, shown: None, left: None });
        }
    }

    fn close(&mut self, why: EndedWhy) {
        self.state = VisitState::Ended;
        self.ended = Some(why);
        for place in self.places.values_mut() {
            place.inside = false;
            place.shown = None;
        }
    }

    fn at(&mut self, seat: SeatId, change: impl FnOnce(&mut Place)) {
        if let Some(place) = self.places.get_mut(&seat)
            && place.seat.standing != Standing::Removed
        {
            change(place);
        }
    }

    fn put_out(&self, seat: SeatId) -> Result<Vec<Change>, Refusal> {
        let place = self.places.get(&seat).ok_or(RefusalCode::NoSeat)?;
        if place.seat.standing == Standing::Removed {
            return Ok(vec![]);
        }
        Ok([self.decide_leave(seat, LeftWhy::Removed), vec![Change::Removed(seat)]].concat())
    }

    fn must_be_open(&self) -> Result<(), Refusal> {
        match self.state {
            VisitState::Open => Ok(()),
            VisitState::Requested => Err(RefusalCode::NotOpen.into()),
            VisitState::Ended => Err(RefusalCode::Ended.into()),
            VisitState::Declined => Err(DECLINED),
        }
    }

    fn must_be_inside(&self, seat: SeatId) -> Result<(), Refusal> {
        self.must_be_open()?;
        if self.is_inside(seat) { Ok(()) } else { Err(RefusalCode::NotInRoom.into()) }
    }

    fn must_be_host(&self, by: SeatId) -> Result<(), Refusal> {
        self.must_be_inside(by)?;
        let hosts = self.places.get(&by).is_some_and(|place| place.seat.role == SeatRole::Doctor);
        if hosts { Ok(()) } else { Err(RefusalCode::NotHost.into()) }
    }

    /// A guest who was let in has a place, one who stands at the door is promised one.
    fn must_have_room(&self, wants: &Place) -> Result<(), Refusal> {
        let taken = self.count(|place| {
            place.seat.role == SeatRole::Guest && place.seat.id != wants.seat.id && place.has_or_awaits_place()
        });
        if wants.seat.role != SeatRole::Guest || taken < GUEST_PLACES { Ok(()) } else { Err(RefusalCode::Full.into()) }
    }

    fn count(&self, which: impl Fn(&Place) -> bool) -> usize {
        self.places.values().filter(|place| which(place)).count()
    }
}

impl Place {
    fn view(&self) -> SeatView {
        let shown = self.shown.as_ref();
        SeatView {
            id: self.seat.id,
            role: self.seat.role,
            name: self.seat.name.clone(),
            standing: self.seat.standing,
            here: shown.is_some(),
            mic: shown.is_some_and(|shown| shown.mic),
            cam: shown.is_some_and(|shown| shown.cam),
            key: shown.map(|shown| shown.key.clone()),
            flag: self.seat.flag,
            left: self.left.filter(|why| *why == LeftWhy::Barred && shown.is_none()),
        }
    }

    fn has_or_awaits_place(&self) -> bool {
        match self.seat.standing {
            Standing::Admitted => true,
            Standing::Lobby => self.shown.is_some(),
            Standing::Removed => false,
        }
    }
}

const TOO_EARLY: Refusal =
    Refusal { code: RefusalCode::NotOpen, detail: "This visit opens half an hour before its time. Come back then." };

const NO_KEY: Refusal = Refusal {
    code: RefusalCode::BadBody,
    detail: "Your browser sent no key that others could seal to. Reload the page to get the newest version.",
};

const DECLINED: Refusal =
    Refusal { code: RefusalCode::Ended, detail: "This visit was declined or taken back. Ask for a new one." };

const SELF: Refusal =
    Refusal { code: RefusalCode::NoSeat, detail: "You can't remove yourself. Hang up, or end the visit for everyone." };

const GONE: Refusal =
    Refusal { code: RefusalCode::NoSeat, detail: "This person was removed for good. Send them a new guest link." };
