//! Going, dropping, being replaced, being put out, and the end.

use actix::Addr;
use vaidya_actors::port::KeepError;
use vaidya_actors::room::{GRACE, Here, QUIET, Revoked, Room, Show};
use vaidya_clinic::visit::{Change, EndedWhy, LeftWhy, Standing};
use vaidya_clinic::wire::{RefusalCode, ServerMessage};

use crate::probe::{Asked, Browser, DOCTOR, House, PATIENT, VISIT, code};

async fn here(room: &Addr<Room>) -> u8 {
    room.send(Here).await.unwrap()
}

fn ended(message: ServerMessage) -> Option<EndedWhy> {
    if let ServerMessage::Ended { why, .. } = message { Some(why) } else { None }
}

fn left(seat: vaidya_clinic::id::SeatId, why: LeftWhy) -> Change {
    Change::Left { seat, why }
}

/// A guest in the room with the others.
async fn let_in_guest(house: &House, room: &Addr<Room>, doctor: &Browser) -> Browser {
    let mut guest = house.guest(1);
    guest.join(room).await.unwrap();
    doctor.admit(room, guest.guest.as_ref().unwrap().id).await.unwrap();
    guest.hears_joined().await;
    guest
}

#[actix_rt::test]
async fn who_hangs_up_is_gone_and_may_return() {
    let house = House::new();
    let room = house.room();
    let (mut doctor, mut patient) = house.visit(&room).await;
    patient.leave(&room).await.unwrap();
    assert!(!doctor.sees(PATIENT).await.here);
    assert_eq!(house.disk.changes().last(), Some(&left(PATIENT, LeftWhy::HungUp)));
    assert_eq!(house.worker.asked().last(), Some(&Asked::Dismiss(PATIENT)));
    patient.join(&room).await.unwrap();
    patient.hears_joined().await;
    assert!(doctor.sees(PATIENT).await.here);
}

#[actix_rt::test]
async fn a_reload_is_noticed_by_nothing_but_its_new_key() {
    let house = House::new();
    let room = house.room();
    let (mut doctor, patient) = house.visit(&room).await;
    let changes = house.disk.changes().len();
    patient.drops(&room).await;
    let mut reloaded = patient.another();
    reloaded.join(&room).await.unwrap();
    reloaded.hears_joined().await;
    let view = doctor.sees(PATIENT).await;
    assert_eq!((view.here, view.key), (true, Some(reloaded.key.clone())));
    tokio::time::sleep(GRACE * 2).await;
    doctor.heard_all().await;
    assert_eq!(house.disk.changes().len(), changes);
    assert!(!house.worker.asked().contains(&Asked::Dismiss(PATIENT)));
}

#[actix_rt::test]
async fn who_stays_away_for_the_grace_has_left() {
    let house = House::new();
    let room = house.room();
    let (mut doctor, patient) = house.visit(&room).await;
    patient.drops(&room).await;
    doctor.heard_all().await;
    assert_eq!(here(&room).await, 2);
    assert!(!doctor.sees(PATIENT).await.here);
    assert_eq!(house.disk.changes().last(), Some(&left(PATIENT, LeftWhy::Dropped)));
    assert_eq!(house.worker.asked().last(), Some(&Asked::Dismiss(PATIENT)));
    assert_eq!(here(&room).await, 1);
}

#[actix_rt::test]
async fn who_left_while_the_disk_was_full_leaves_when_it_is_not() {
    let house = House::new();
    let room = house.room();
    let (mut doctor, patient) = house.visit(&room).await;
    house.disk.breaks(Some(KeepError::Full));
    let asked = house.disk.asked();
    patient.drops(&room).await;
    house.disk.is_asked(asked + 1).await;
    doctor.heard_all().await;
    house.disk.breaks(None);
    assert!(!doctor.sees(PATIENT).await.here);
}

#[actix_rt::test]
async fn the_newest_device_of_a_person_has_the_seat() {
    let house = House::new();
    let room = house.room();
    let (mut doctor, mut patient) = house.visit(&room).await;
    let mut phone = patient.another();
    phone.join(&room).await.unwrap();
    phone.hears_joined().await;
    assert_eq!(patient.hears().await, ServerMessage::Replaced { visit: VISIT });
    patient.say(&room, 1, "from the old tab").await.unwrap();
    assert_eq!(patient.hears_refusal().await, RefusalCode::NotInRoom);
    patient.drops(&room).await;
    doctor.sees(PATIENT).await;
    tokio::time::sleep(GRACE * 2).await;
    doctor.heard_all().await;
    assert_eq!(here(&room).await, 2, "the old tab's end is nobody's");
}

#[actix_rt::test]
async fn a_device_that_cannot_take_the_seat_leaves_it_to_the_other() {
    let house = House::new();
    let room = house.room();
    let (_doctor, mut patient) = house.visit(&room).await;
    let mut phone = patient.another();
    phone.offer = "bad".into();
    assert_eq!(code(phone.join(&room).await), RefusalCode::BadOffer);
    patient.heard_all().await;
    patient.say(&room, 1, "still here").await.unwrap();
    patient.hears_said().await;
}

#[actix_rt::test]
async fn a_device_that_joins_again_gets_a_new_connection() {
    let house = House::new();
    let room = house.room();
    let (_doctor, mut patient) = house.visit(&room).await;
    let first = house.worker.peer(PATIENT);
    patient.join(&room).await.unwrap();
    patient.hears_joined().await;
    assert!(house.worker.peer(PATIENT).take > first.take);
}

#[actix_rt::test]
async fn a_reader_that_falls_behind_is_dropped_and_the_others_are_not() {
    let house = House::new();
    let room = house.room();
    let (mut doctor, mut patient) = house.visit(&room).await;
    for id in 0..=u128::try_from(vaidya_actors::outlet::OUTLET).unwrap() {
        patient.say(&room, id, "x").await.unwrap();
        patient.hears_said().await;
    }
    assert_eq!(doctor.is_closed().await, vaidya_actors::outlet::Closed::Slow);
    assert!(!patient.sees(DOCTOR).await.here);
}

#[actix_rt::test]
async fn a_guest_who_is_removed_is_out_for_good() {
    let house = House::new();
    let room = house.room();
    let (mut doctor, patient) = house.visit(&room).await;
    let mut guest = let_in_guest(&house, &room, &doctor).await;
    let seat = guest.guest.as_ref().unwrap().id;
    assert_eq!(code(patient.remove(&room, seat).await), RefusalCode::NotHost);
    doctor.forget();
    doctor.remove(&room, seat).await.unwrap();
    guest.hears_that(|message| matches!(message, ServerMessage::Removed { .. }).then_some(())).await;
    let view = doctor.sees(seat).await;
    assert_eq!((view.standing, view.here), (Standing::Removed, false));
    assert_eq!(code(guest.join(&room).await), RefusalCode::Removed);
    assert_eq!(code(guest.join(&house.room()).await), RefusalCode::Removed, "after a restart too");
    let changes = house.disk.changes();
    assert!(changes.ends_with(&[left(seat, LeftWhy::Removed), Change::Removed(seat)]));
}

#[actix_rt::test]
async fn a_host_cannot_remove_themselves() {
    let house = House::new();
    let room = house.room();
    let (doctor, _patient) = house.visit(&room).await;
    assert_eq!(code(doctor.remove(&room, DOCTOR).await), RefusalCode::NoSeat);
}

#[actix_rt::test]
async fn a_guest_whose_link_is_revoked_is_put_out_whatever_the_disk_says() {
    let house = House::new();
    let room = house.room();
    let (doctor, _patient) = house.visit(&room).await;
    let mut guest = let_in_guest(&house, &room, &doctor).await;
    let seat = guest.guest.as_ref().unwrap().id;
    house.disk.breaks(Some(KeepError::Full));
    assert_eq!(code(room.send(Revoked { seat }).await.unwrap()), RefusalCode::StorageFull);
    guest.hears_that(|message| matches!(message, ServerMessage::Removed { .. }).then_some(())).await;
    assert_eq!(code(guest.join(&room).await), RefusalCode::Removed);
}

#[actix_rt::test]
async fn the_end_is_the_hosts_to_say_and_everyone_hears_it() {
    let house = House::new();
    let room = house.room();
    let (mut doctor, mut patient) = house.visit(&room).await;
    let mut guest = house.guest(1);
    guest.join(&room).await.unwrap();
    assert_eq!(code(patient.end(&room).await), RefusalCode::NotHost);
    doctor.end(&room).await.unwrap();
    for browser in [&mut doctor, &mut patient, &mut guest] {
        assert_eq!(browser.hears_that(ended).await, EndedWhy::Doctor);
    }
    assert_eq!(house.worker.asked().last(), Some(&Asked::Close));
    let last = [left(DOCTOR, LeftWhy::Ended), left(PATIENT, LeftWhy::Ended), Change::Ended(EndedWhy::Doctor)];
    assert!(house.disk.changes().ends_with(&last));
    stopped(&room).await;
    doctor.heard_all().await;
}

#[actix_rt::test]
async fn an_end_that_is_not_kept_has_not_happened() {
    let house = House::new();
    let room = house.room();
    let (mut doctor, mut patient) = house.visit(&room).await;
    house.disk.breaks(Some(KeepError::Full));
    assert_eq!(code(doctor.end(&room).await), RefusalCode::StorageFull);
    patient.heard_all().await;
    house.disk.breaks(None);
    doctor.say(&room, 1, "so we go on").await.unwrap();
    doctor.hears_said().await;
}

#[actix_rt::test]
async fn a_camera_that_goes_off_is_seen_by_the_others() {
    let house = House::new();
    let room = house.room();
    let (mut doctor, mut patient) = house.visit(&room).await;
    let show = Show { device: patient.device, mic: true, cam: false };
    room.send(show.clone()).await.unwrap().unwrap();
    let view = doctor.sees(PATIENT).await;
    assert_eq!((view.mic, view.cam), (true, false));
    room.send(show).await.unwrap().unwrap();
    doctor.heard_all().await;
    patient.heard_all().await;
}

#[actix_rt::test]
async fn a_room_nobody_is_in_stops_after_a_while_and_not_before() {
    let house = House::new();
    let room = house.room();
    let (doctor, patient) = house.visit(&room).await;
    tokio::time::sleep(QUIET * 3).await;
    assert!(room.connected());
    doctor.leave(&room).await.unwrap();
    patient.leave(&room).await.unwrap();
    tokio::time::sleep(QUIET / 2).await;
    assert!(room.connected());
    stopped(&room).await;
}

/// Waits until a room has stopped.
async fn stopped(room: &Addr<Room>) {
    let stops = async {
        while room.connected() {
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(QUIET * 2, stops).await.unwrap();
}
