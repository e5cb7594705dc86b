//! Keys that are shown, and what seats pass on to each other.

use actix::Addr;
use vaidya_actors::outlet::PASSES;
use vaidya_actors::room::{GRACE, Room, Show, WISHES};
use vaidya_clinic::id::SeatId;
use vaidya_clinic::wire::{Body, MAX_KEY, MAX_PASS, RefusalCode, SeatView, ServerMessage};

use crate::probe::{Browser, DOCTOR, House, PATIENT, code};

fn seat(guest: &Browser) -> SeatId {
    guest.guest.as_ref().unwrap().id
}

fn key(roster: &[SeatView], seat: SeatId) -> Option<Body> {
    roster.iter().find(|view| view.id == seat).unwrap().key.clone()
}

/// A guest in the room with the others, and nothing left to hear.
async fn third(house: &House, room: &Addr<Room>, doctor: &mut Browser, patient: &mut Browser) -> Browser {
    let mut guest = house.guest(1);
    guest.join(room).await.unwrap();
    doctor.admit(room, seat(&guest)).await.unwrap();
    guest.hears_joined().await;
    doctor.forget();
    patient.forget();
    guest.forget();
    guest
}

#[actix_rt::test]
async fn a_key_reaches_everyone_inside_and_nobody_at_the_door() {
    let house = House::new();
    let room = house.room();
    let (mut doctor, mut patient) = house.visit(&room).await;
    let (mut guest, mut waiting) = (house.guest(1), house.guest(2));
    guest.join(&room).await.unwrap();
    for inside in [&mut doctor, &mut patient] {
        let view = inside.sees(seat(&guest)).await;
        assert_eq!(view.key.as_ref(), Some(&guest.key), "whoever stands at the door shows theirs");
    }
    guest.forget();
    waiting.join(&room).await.unwrap();
    doctor.join(&room).await.unwrap();
    guest.heard_all().await;
    assert_eq!(patient.sees(seat(&waiting)).await.key.as_ref(), Some(&waiting.key));
    assert_eq!(patient.sees(DOCTOR).await.key.as_ref(), Some(&doctor.key));
    doctor.admit(&room, seat(&guest)).await.unwrap();
    let roster = guest.hears_joined().await.roster;
    for browser in [&doctor, &patient, &guest, &waiting] {
        let of = roster.iter().find(|view| view.key.as_ref() == Some(&browser.key));
        assert!(of.is_some(), "the roster has everyone's");
    }
}

#[actix_rt::test]
async fn a_join_without_a_key_of_a_sane_size_is_refused_and_changes_nothing() {
    let house = House::new();
    let room = house.room();
    let (mut doctor, patient) = house.visit(&room).await;
    let mut phone = patient.another();
    for size in [0, MAX_KEY + 1] {
        let join = vaidya_actors::room::Join { key: Body(vec![1; size]), ..phone.wants_in() };
        assert_eq!(code(room.send(join).await.unwrap()), RefusalCode::BadBody);
    }
    doctor.heard_all().await;
    doctor.pass(&room, PATIENT, b"still there").await.unwrap();
    let join = vaidya_actors::room::Join { key: Body(vec![1; MAX_KEY]), ..phone.wants_in() };
    room.send(join).await.unwrap().unwrap();
}

#[actix_rt::test]
async fn every_join_shows_a_key_and_a_switch_of_the_camera_keeps_it() {
    let house = House::new();
    let room = house.room();
    let (mut doctor, mut patient) = house.visit(&room).await;
    let same = patient.wants_in();
    for _ in 0..2 {
        room.send(same.clone()).await.unwrap().unwrap();
        assert_eq!(doctor.sees(PATIENT).await.key.as_ref(), Some(&same.key), "also when nothing else is new");
    }
    room.send(Show { device: patient.device, mic: false, cam: false }).await.unwrap().unwrap();
    let view = doctor.sees(PATIENT).await;
    assert_eq!((view.mic, view.key.as_ref()), (false, Some(&same.key)));
}

#[actix_rt::test]
async fn a_key_goes_with_its_holder() {
    let house = House::new();
    let room = house.room();
    let (mut doctor, mut patient) = house.visit(&room).await;
    let mut guest = third(&house, &room, &mut doctor, &mut patient).await;
    patient.leave(&room).await.unwrap();
    assert_eq!(doctor.sees(PATIENT).await.key, None);
    doctor.remove(&room, seat(&guest)).await.unwrap();
    assert_eq!(doctor.sees(seat(&guest)).await.key, None);
    guest.is_told_to_go().await;
    doctor.drops(&room).await;
    tokio::time::sleep(GRACE * 2).await;
    patient.join(&room).await.unwrap();
    let roster = patient.hears_joined().await.roster;
    let keys = [DOCTOR, PATIENT, seat(&guest)].map(|seat| key(&roster, seat));
    assert_eq!(keys, [None, Some(patient.key.clone()), None]);
}

#[actix_rt::test]
async fn a_pass_reaches_the_named_seat_and_nobody_else() {
    let house = House::new();
    let room = house.room();
    let (mut doctor, mut patient) = house.visit(&room).await;
    let mut guest = third(&house, &room, &mut doctor, &mut patient).await;
    doctor.pass(&room, seat(&guest), b"for the guest").await.unwrap();
    guest.pass(&room, PATIENT, b"for the patient").await.unwrap();
    assert_eq!(guest.hears_passed().await, (DOCTOR, b"for the guest".to_vec()));
    assert_eq!(patient.hears_passed().await, (seat(&guest), b"for the patient".to_vec()));
    for browser in [&mut doctor, &mut patient, &mut guest] {
        browser.heard_all().await;
    }
}

#[actix_rt::test]
async fn passes_arrive_in_the_order_they_were_sent_and_after_the_key_of_their_sender() {
    let house = House::new();
    let room = house.room();
    let (mut doctor, mut patient) = house.visit(&room).await;
    patient.join(&room).await.unwrap();
    for number in 0..50 {
        patient.pass(&room, DOCTOR, &[number]).await.unwrap();
    }
    let ServerMessage::Seat { seat, .. } = doctor.hears().await else { unreachable!("the new key comes first") };
    assert_eq!(seat.key.as_ref(), Some(&patient.key));
    for number in 0..50 {
        assert_eq!(doctor.hears_passed().await, (PATIENT, vec![number]));
    }
}

#[actix_rt::test]
async fn a_pass_waits_for_no_disk_and_for_no_queue() {
    let house = House::new();
    let room = house.room();
    let (mut doctor, mut patient) = house.visit(&room).await;
    let held = house.disk.hold().await;
    for id in 0..u128::try_from(WISHES).unwrap() {
        patient.say(&room, id, "x").await.unwrap();
    }
    patient.pass(&room, DOCTOR, b"before all of it").await.unwrap();
    doctor.pass(&room, PATIENT, b"and back").await.unwrap();
    assert_eq!(doctor.hears_passed().await.1, b"before all of it");
    assert_eq!(patient.hears_passed().await.1, b"and back");
    doctor.heard_all().await;
    drop(held);
}

#[actix_rt::test]
async fn what_is_passed_on_and_the_keys_never_come_near_the_store() {
    let house = House::new();
    let room = house.room();
    let (mut doctor, mut patient) = house.visit(&room).await;
    let before = (house.disk.asked(), house.disk.changes());
    doctor.pass(&room, PATIENT, b"canary").await.unwrap();
    patient.hears_passed().await;
    patient.join(&room).await.unwrap();
    doctor.sees(PATIENT).await;
    assert_eq!((house.disk.asked(), house.disk.changes()), before);
}

#[actix_rt::test]
async fn a_pass_that_is_empty_or_too_long_is_refused() {
    let house = House::new();
    let room = house.room();
    let (mut doctor, mut patient) = house.visit(&room).await;
    for size in [0, MAX_PASS + 1, 60_000] {
        assert_eq!(code(doctor.pass(&room, PATIENT, &vec![1; size]).await), RefusalCode::BadBody);
    }
    patient.heard_all().await;
    doctor.pass(&room, PATIENT, &[1; MAX_PASS]).await.unwrap();
    assert_eq!(patient.hears_passed().await.1.len(), MAX_PASS);
    doctor.heard_all().await;
}

#[actix_rt::test]
async fn passes_go_between_those_inside_only() {
    let house = House::new();
    let room = house.room();
    let (mut doctor, _patient) = house.visit(&room).await;
    let mut waiting = house.guest(1);
    waiting.join(&room).await.unwrap();
    doctor.forget();
    assert_eq!(code(waiting.pass(&room, DOCTOR, b"let me in").await), RefusalCode::NotInRoom);
    assert_eq!(code(house.guest(2).pass(&room, DOCTOR, b"x").await), RefusalCode::NotInRoom);
    for nobody in [seat(&waiting), DOCTOR, SeatId::from_number(99)] {
        assert_eq!(code(doctor.pass(&room, nobody, b"x").await), RefusalCode::NoSeat);
    }
    doctor.heard_all().await;
    waiting.hears().await;
    waiting.heard_all().await;
}

#[actix_rt::test]
async fn a_pass_to_a_seat_that_is_coming_back_is_lost_without_a_word() {
    let house = House::new();
    let room = house.room();
    let (mut doctor, patient) = house.visit(&room).await;
    patient.drops(&room).await;
    doctor.pass(&room, PATIENT, b"lost").await.unwrap();
    assert_eq!(code(patient.pass(&room, DOCTOR, b"from a dead socket").await), RefusalCode::NotInRoom);
    let mut reloaded = patient.another();
    reloaded.join(&room).await.unwrap();
    reloaded.hears_joined().await;
    doctor.pass(&room, PATIENT, b"again").await.unwrap();
    assert_eq!(reloaded.hears_passed().await, (DOCTOR, b"again".to_vec()));
    reloaded.drops(&room).await;
    doctor.forget();
    assert!(!doctor.sees(PATIENT).await.here);
    assert_eq!(code(doctor.pass(&room, PATIENT, b"too late").await), RefusalCode::NoSeat);
}

#[actix_rt::test]
async fn who_was_replaced_removed_or_left_passes_nothing_and_gets_nothing() {
    let house = House::new();
    let room = house.room();
    let (mut doctor, mut patient) = house.visit(&room).await;
    let mut guest = third(&house, &room, &mut doctor, &mut patient).await;
    let mut phone = patient.another();
    phone.join(&room).await.unwrap();
    phone.hears_joined().await;
    patient.forget();
    doctor.remove(&room, seat(&guest)).await.unwrap();
    guest.is_told_to_go().await;
    doctor.pass(&room, PATIENT, b"for the phone").await.unwrap();
    phone.hears_passed().await;
    patient.heard_all().await;
    assert_eq!(code(patient.pass(&room, DOCTOR, b"x").await), RefusalCode::NotInRoom);
    assert_eq!(code(guest.pass(&room, DOCTOR, b"x").await), RefusalCode::NotInRoom);
    assert_eq!(code(doctor.pass(&room, seat(&guest), b"x").await), RefusalCode::NoSeat);
    guest.heard_all().await;
    phone.leave(&room).await.unwrap();
    assert_eq!(code(doctor.pass(&room, PATIENT, b"x").await), RefusalCode::NoSeat);
}

#[actix_rt::test]
async fn who_is_being_removed_gets_nothing_while_the_room_waits_for_the_disk_to_see_them_off() {
    let house = House::new();
    let room = house.room();
    let (mut doctor, mut patient) = house.visit(&room).await;
    let mut guest = third(&house, &room, &mut doctor, &mut patient).await;
    let held = house.disk.hold().await;
    let asked = house.disk.asked();
    let remove = vaidya_actors::room::Remove { device: doctor.device, seat: seat(&guest) };
    let removing = actix::spawn(room.send(remove));
    house.disk.is_asked(asked + 1).await;
    patient.pass(&room, seat(&guest), b"not out yet").await.unwrap();
    guest.hears_passed().await;
    drop(held);
    removing.await.unwrap().unwrap().unwrap();
    guest.is_told_to_go().await;
    assert_eq!(code(patient.pass(&room, seat(&guest), b"out").await), RefusalCode::NoSeat);
    guest.heard_all().await;
}

#[actix_rt::test]
async fn a_flood_of_passes_fills_nobodys_line() {
    let house = House::new();
    let room = house.room();
    let (mut doctor, mut patient) = house.visit(&room).await;
    let guest = third(&house, &room, &mut doctor, &mut patient).await;
    let (mut taken, mut busy) = (0, 0);
    for number in 0..1000_u32 {
        match guest.pass(&room, DOCTOR, &number.to_be_bytes()).await {
            Ok(()) => taken += 1,
            Err(refusal) => {
                assert_eq!(refusal.code, RefusalCode::Busy);
                busy += 1;
            }
        }
    }
    assert_eq!((taken, busy), (PASSES, 1000 - PASSES));
    patient.pass(&room, DOCTOR, b"others go on").await.unwrap();
    guest.pass(&room, PATIENT, b"to others too").await.unwrap();
    patient.hears_passed().await;
    for number in 0..u32::try_from(PASSES).unwrap() {
        assert_eq!(doctor.hears_passed().await.1, number.to_be_bytes());
    }
    assert_eq!(doctor.hears_passed().await.1, b"others go on");
    guest.pass(&room, DOCTOR, b"free again").await.unwrap();
    assert_eq!(doctor.hears_passed().await.1, b"free again");
    doctor.heard_all().await;
}
