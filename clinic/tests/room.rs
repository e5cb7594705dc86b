//! The room's rules, one by one and under random requests from random seats.
#![expect(clippy::unwrap_used, reason = "a test that can't go on should stop")]

use proptest::prelude::*;
use vaidya_clinic::chat::{Verdict, Wish};
use vaidya_clinic::id::{LinkId, MessageId, PersonId, SeatId, VisitId};
use vaidya_clinic::room::{Entry, GUEST_PLACES, Room, Shown};
use vaidya_clinic::time::Timestamp;
use vaidya_clinic::visit::{
    Change, EndedWhy, Holder, LeftWhy, MAX_SEATS, QualityLevel, Refusal, RoomMemory, Seat, SeatRole, Standing,
    VisitState,
};
use vaidya_clinic::wire::{Body, MAX_KEY, RefusalCode};

/// Doctor, patient and four guests.
const SEATS: u128 = 6;

/// When everything happens.
const NOW: Timestamp = Timestamp(9);

const DOCTOR: SeatId = SeatId::from_number(0);
const PATIENT: SeatId = SeatId::from_number(1);

fn guest(number: u128) -> SeatId {
    SeatId::from_number(1 + number)
}

fn seat(number: u128) -> Seat {
    let (role, holder) = match number {
        0 => (SeatRole::Doctor, Holder::Person(PersonId::from_number(10))),
        1 => (SeatRole::Patient, Holder::Person(PersonId::from_number(11))),
        _ => (SeatRole::Guest, Holder::Guest(LinkId::from_number(number))),
    };
    Seat {
        id: SeatId::from_number(number),
        holder,
        role,
        name: String::new(),
        standing: role.first_standing(),
        flag: None,
    }
}

fn memory(state: VisitState) -> RoomMemory {
    RoomMemory {
        visit: VisitId::from_number(1),
        state,
        opens: None,
        ended: None,
        seats: (0..SEATS).map(seat).collect(),
        said: vec![],
    }
}

fn code<T>(answer: Result<T, Refusal>) -> Option<RefusalCode> {
    answer.err().map(|refusal| refusal.code)
}

/// On line with a key of so many bytes.
fn shown(key: usize) -> Shown {
    Shown { mic: false, cam: false, key: Body(vec![7; key]) }
}

/// A room with everything that was kept of it.
struct Kept {
    room: Room,
    changes: Vec<Change>,
}

impl Kept {
    fn open() -> Self {
        Self { room: Room::rebuild(memory(VisitState::Open)), changes: vec![] }
    }

    fn keep(&mut self, changes: Vec<Change>) {
        changes.iter().for_each(|change| self.room.apply(change));
        self.changes.extend(changes);
    }

    fn join(&mut self, number: SeatId) -> Result<Entry, Refusal> {
        self.join_with(number, shown(32))
    }

    fn join_with(&mut self, number: SeatId, shown: Shown) -> Result<Entry, Refusal> {
        let entry = self.room.decide_join(self.room.holder(number).unwrap(), &shown.key, NOW)?;
        self.room.show(number, Some(shown));
        if let Entry::Enter { changes, .. } = &entry {
            self.keep(changes.clone());
        }
        Ok(entry)
    }

    fn admit(&mut self, by: SeatId, number: SeatId) -> Result<(), Refusal> {
        let waits = self.room.shown(number).is_some();
        self.room.decide_admit(by, number, waits).map(|changes| self.keep(changes))
    }

    fn remove(&mut self, by: SeatId, number: SeatId) -> Result<(), Refusal> {
        self.room.decide_remove(by, number).map(|changes| self.keep(changes))
    }

    fn say(&mut self, number: SeatId, ids: &[u128]) -> Vec<Result<Verdict, Refusal>> {
        let wish = |id: &u128| Wish { seat: number, id: MessageId::from_number(*id), body: Body(vec![1]) };
        let verdicts = self.room.decide_say(ids.iter().map(wish).collect(), Timestamp(9));
        let new = |verdict: &Result<Verdict, Refusal>| match verdict {
            Ok(Verdict::New(said)) => Some(Change::Said(said.clone())),
            _ => None,
        };
        self.keep(verdicts.iter().filter_map(new).collect());
        verdicts
    }

    /// Doctor and patient inside.
    fn visit() -> Self {
        let mut kept = Self::open();
        kept.join(DOCTOR).unwrap();
        kept.join(PATIENT).unwrap();
        kept.admit(DOCTOR, PATIENT).unwrap();
        kept
    }
}

#[test]
fn the_doctor_enters_at_once_and_the_others_wait() {
    let mut kept = Kept::open();
    let entered = Entry::Enter { seat: DOCTOR, changes: vec![Change::Joined(DOCTOR)] };
    assert_eq!(kept.join(DOCTOR), Ok(entered));
    assert_eq!(kept.join(PATIENT), Ok(Entry::Wait { seat: PATIENT }));
    assert_eq!(kept.join(guest(1)), Ok(Entry::Wait { seat: guest(1) }));
}

#[test]
fn who_was_let_in_stays_let_in_over_a_drop() {
    let mut kept = Kept::visit();
    let left = kept.room.decide_leave(PATIENT, LeftWhy::Dropped);
    kept.keep(left);
    let entered = Entry::Enter { seat: PATIENT, changes: vec![Change::Joined(PATIENT)] };
    assert_eq!(kept.join(PATIENT), Ok(entered));
}

#[test]
fn who_is_inside_already_comes_in_without_a_word() {
    let mut kept = Kept::visit();
    assert_eq!(kept.join(PATIENT), Ok(Entry::Enter { seat: PATIENT, changes: vec![] }));
}

#[test]
fn there_are_as_many_guests_as_places_and_the_patients_is_kept_free() {
    let mut kept = Kept::open();
    kept.join(DOCTOR).unwrap();
    for number in 1..=2 {
        kept.join(guest(number)).unwrap();
        kept.admit(DOCTOR, guest(number)).unwrap();
    }
    assert_eq!(code(kept.join(guest(3))), Some(RefusalCode::Full));
    assert_eq!(code(kept.admit(DOCTOR, guest(3))), Some(RefusalCode::Full));
    kept.join(PATIENT).unwrap();
    kept.admit(DOCTOR, PATIENT).unwrap();
    kept.remove(DOCTOR, guest(1)).unwrap();
    kept.join(guest(3)).unwrap();
}

#[test]
fn only_the_host_in_the_room_admits_removes_and_ends() {
    let mut kept = Kept::visit();
    assert_eq!(code(kept.admit(PATIENT, guest(1))), Some(RefusalCode::NotHost));
    assert_eq!(code(kept.remove(PATIENT, DOCTOR)), Some(RefusalCode::NotHost));
    assert_eq!(code(kept.room.decide_end(PATIENT)), Some(RefusalCode::NotHost));
    let left = kept.room.decide_leave(DOCTOR, LeftWhy::HungUp);
    kept.keep(left);
    assert_eq!(code(kept.room.decide_end(DOCTOR)), Some(RefusalCode::NotInRoom));
}

#[test]
fn a_host_stays_and_a_removed_seat_does_not_come_back() {
    let mut kept = Kept::visit();
    assert_eq!(code(kept.remove(DOCTOR, DOCTOR)), Some(RefusalCode::NoSeat));
    kept.remove(DOCTOR, PATIENT).unwrap();
    assert_eq!(code(kept.join(PATIENT)), Some(RefusalCode::Removed));
    assert_eq!(code(kept.admit(DOCTOR, PATIENT)), Some(RefusalCode::NoSeat));
}

#[test]
fn removing_twice_keeps_once() {
    let mut kept = Kept::visit();
    kept.remove(DOCTOR, PATIENT).unwrap();
    assert_eq!(kept.room.decide_remove(DOCTOR, PATIENT), Ok(vec![]));
}

#[test]
fn a_visit_that_is_not_open_lets_nobody_in_and_says_why() {
    for (state, expected) in [
        (VisitState::Requested, RefusalCode::NotOpen),
        (VisitState::Declined, RefusalCode::Ended),
        (VisitState::Ended, RefusalCode::Ended),
    ] {
        let room = Room::rebuild(memory(state));
        assert_eq!(code(room.decide_join(room.holder(DOCTOR).unwrap(), &Body(vec![7]), NOW)), Some(expected));
    }
}

#[test]
fn an_end_takes_everyone_out_first() {
    let kept = Kept::visit();
    let leaves = [DOCTOR, PATIENT].map(|seat| Change::Left { seat, why: LeftWhy::Ended });
    let end = [leaves.to_vec(), vec![Change::Ended(EndedWhy::Doctor)]].concat();
    assert_eq!(kept.room.decide_end(DOCTOR), Ok(end));
}

#[test]
fn the_room_grows_with_the_third_person_let_in() {
    let mut kept = Kept::visit();
    assert_eq!(kept.room.people(), 2);
    kept.join(guest(1)).unwrap();
    assert_eq!(kept.room.people(), 2, "who waits needs no slot");
    kept.admit(DOCTOR, guest(1)).unwrap();
    assert_eq!(kept.room.people(), 4);
}

#[test]
fn nobody_joins_without_a_key_of_a_sane_size() {
    let mut kept = Kept::open();
    for (size, expected) in
        [(0, Some(RefusalCode::BadBody)), (1, None), (MAX_KEY, None), (MAX_KEY + 1, Some(RefusalCode::BadBody))]
    {
        assert_eq!(code(kept.join_with(DOCTOR, shown(size))), expected, "{size} bytes");
    }
}

#[test]
fn a_key_is_seen_while_its_holder_is_on_line_and_no_longer() {
    let mut kept = Kept::visit();
    let key = |kept: &Kept, number| kept.room.view(number).unwrap().key;
    assert_eq!(key(&kept, guest(1)), None);
    kept.join_with(guest(1), shown(3)).unwrap();
    assert_eq!(key(&kept, guest(1)), Some(Body(vec![7; 3])), "at the door too");
    kept.join_with(PATIENT, shown(4)).unwrap();
    assert_eq!(key(&kept, PATIENT), Some(Body(vec![7; 4])), "the newest");
    kept.room.show(PATIENT, None);
    assert_eq!(key(&kept, PATIENT), None);
    kept.remove(DOCTOR, guest(1)).unwrap();
    assert_eq!(key(&kept, guest(1)), None);
    let end = kept.room.decide_end(DOCTOR).unwrap();
    kept.keep(end);
    assert!(kept.room.roster().iter().all(|view| view.key.is_none()), "an ended room has no keys");
}

#[test]
fn a_seat_from_outside_is_met_once_and_only_as_a_guest() {
    let mut kept = Kept::visit();
    let known = kept.room.clone();
    kept.room.apply(&Change::Seated(Seat { standing: Standing::Admitted, ..seat(2) }));
    assert_eq!(kept.room, known, "what the room knows is not overwritten");
    kept.room.apply(&Change::Seated(Seat { id: SeatId::from_number(99), ..seat(0) }));
    assert_eq!(kept.room, known, "nobody becomes a doctor on their own word");
}

#[test]
fn whoever_came_by_a_link_is_called_what_they_say() {
    let mut kept = Kept::open();
    kept.join(PATIENT).unwrap();
    kept.room.apply(&Change::Seated(Seat { name: "Asha".to_owned(), standing: Standing::Admitted, ..seat(1) }));
    let view = kept.room.view(PATIENT).unwrap();
    assert_eq!((view.name.as_str(), view.standing), ("Asha", Standing::Lobby), "a name, and nothing else");
}

#[test]
fn nobody_comes_in_before_a_planned_visit_opens() {
    let opens = Timestamp(NOW.0 + 1);
    let room = Room::rebuild(RoomMemory { opens: Some(opens), ..memory(VisitState::Open) });
    let holder = room.holder(DOCTOR).unwrap();
    assert_eq!(code(room.decide_join(holder, &Body(vec![7]), NOW)), Some(RefusalCode::NotOpen));
    assert!(room.decide_join(holder, &Body(vec![7]), opens).is_ok());
}

#[test]
fn a_message_from_outside_takes_no_number_from_those_inside() {
    let kept = Kept::visit();
    let wish = |seat, id| Wish { seat, id: MessageId::from_number(id), body: Body(vec![1]) };
    let verdicts = kept.room.decide_say(vec![wish(guest(1), 1), wish(PATIENT, 2)], Timestamp(9));
    assert_eq!(verdicts[0], Err(RefusalCode::NotInRoom.into()));
    assert!(matches!(&verdicts[1], Ok(Verdict::New(said)) if said.seq == 1));
}

/// Something somebody asks for.
#[derive(Clone, Debug)]
enum Request {
    Join(u128),
    Admit(u128, u128),
    Remove(u128, u128),
    Revoked(u128),
    Leave(u128),
    Away(u128),
    Say(u128, Vec<u128>),
    Quality(u128),
    End(u128),
    /// The room is lost, and rebuilt from what was kept.
    Restart,
}

fn request() -> impl Strategy<Value = Request> {
    let seat = || 0..SEATS;
    prop_oneof![
        6 => seat().prop_map(Request::Join),
        6 => (prop_oneof![3 => Just(0), 1 => seat()], seat()).prop_map(|(by, seat)| Request::Admit(by, seat)),
        2 => (prop_oneof![3 => Just(0), 1 => seat()], seat()).prop_map(|(by, seat)| Request::Remove(by, seat)),
        1 => seat().prop_map(Request::Revoked),
        2 => seat().prop_map(Request::Leave),
        2 => seat().prop_map(Request::Away),
        6 => (seat(), prop::collection::vec(0..40u128, 1..5)).prop_map(|(seat, ids)| Request::Say(seat, ids)),
        1 => seat().prop_map(Request::Quality),
        1 => (1..SEATS * 4).prop_map(|by| Request::End(by % SEATS)),
        1 => Just(Request::Restart),
    ]
}

impl Kept {
    /// Refusals are fine; what they leave behind is looked at by the caller.
    fn ask(&mut self, request: &Request) {
        let id = SeatId::from_number;
        match request {
            Request::Join(seat) => drop(self.join(id(*seat))),
            Request::Admit(by, seat) => drop(self.admit(id(*by), id(*seat))),
            Request::Remove(by, seat) => drop(self.remove(id(*by), id(*seat))),
            Request::Revoked(seat) => {
                let changes = self.room.decide_revoked(id(*seat)).unwrap_or_default();
                self.keep(changes);
            }
            Request::Leave(seat) => {
                let changes = self.room.decide_leave(id(*seat), LeftWhy::HungUp);
                self.keep(changes);
                self.room.show(id(*seat), None);
            }
            Request::Away(seat) => self.room.show(id(*seat), None),
            Request::Say(seat, ids) => drop(self.say(id(*seat), ids)),
            Request::Quality(seat) => {
                let changes = self.room.decide_quality(id(*seat), QualityLevel::Poor);
                self.keep(changes);
            }
            Request::End(by) => {
                let changes = self.room.decide_end(id(*by)).unwrap_or_default();
                self.keep(changes);
            }
            Request::Restart => self.restart(),
        }
    }

    /// What the room must be after a crash: as kept, and nobody in it.
    fn restart(&mut self) {
        let mut memory = memory(VisitState::Open);
        for change in &self.changes {
            let mut stand = |seat: SeatId, standing| {
                memory.seats.iter_mut().filter(|known| known.id == seat).for_each(|known| known.standing = standing);
            };
            match change {
                Change::Admitted(seat) => stand(*seat, Standing::Admitted),
                Change::Removed(seat) => stand(*seat, Standing::Removed),
                Change::Said(said) => memory.said.push((said.id, said.seq)),
                Change::Ended(why) => {
                    memory.state = VisitState::Ended;
                    memory.ended = Some((Timestamp(9), *why));
                }
                _ => {}
            }
        }
        let rebuilt = Room::rebuild(memory);
        for number in 0..SEATS {
            let seat = SeatId::from_number(number);
            let left = self.room.decide_leave(seat, LeftWhy::Dropped);
            self.keep(left);
            self.room.show(seat, None);
        }
        let left = self.room.clone().at_rest();
        assert_eq!(rebuilt, left, "what is kept is the room");
    }

    fn admitted(&self, role: SeatRole) -> usize {
        let admitted = |view: &vaidya_clinic::wire::SeatView| view.role == role && view.standing == Standing::Admitted;
        self.room.roster().iter().filter(|view| admitted(view)).count()
    }

    fn check(&self) {
        let inside = |view: &&vaidya_clinic::wire::SeatView| self.room.is_inside(view.id);
        let roster = self.room.roster();
        assert!(roster.iter().filter(inside).all(|view| view.standing == Standing::Admitted));
        assert!(roster.iter().filter(inside).count() <= MAX_SEATS);
        assert!(self.admitted(SeatRole::Guest) <= GUEST_PLACES);
        assert!(roster.iter().all(|view| view.standing != Standing::Removed || !view.here));
        assert!(roster.iter().all(|view| view.key.is_some() == view.here), "a key for each who is on line");
        let said = self.changes.iter().filter_map(|c| if let Change::Said(said) = c { Some(said) } else { None });
        let numbers: Vec<_> = said.clone().map(|said| said.seq).collect();
        assert_eq!(numbers, (1..=self.room.last()).collect::<Vec<_>>(), "no gaps");
        let ids: std::collections::BTreeSet<_> = said.map(|said| said.id).collect();
        assert_eq!(ids.len(), numbers.len(), "each is kept once");
        if let Some(end) = self.changes.iter().position(|change| matches!(change, Change::Ended(_))) {
            assert_eq!(end + 1, self.changes.len(), "nothing is kept after the end");
            assert_eq!(self.room.state(), VisitState::Ended);
        }
    }
}

proptest! {
    #[test]
    fn no_sequence_of_requests_breaks_a_room(requests in prop::collection::vec(request(), 0..120)) {
        let mut kept = Kept::open();
        for request in &requests {
            kept.ask(request);
            kept.check();
        }
        let mut replayed = Room::rebuild(memory(VisitState::Open));
        kept.changes.iter().for_each(|change| replayed.apply(change));
        for number in 0..SEATS {
            let seat = SeatId::from_number(number);
            replayed.show(seat, kept.room.shown(seat).cloned());
        }
        prop_assert_eq!(replayed, kept.room, "what was applied is what was kept");
    }
}
