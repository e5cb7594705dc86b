//! Coming in.

use vaidya_actors::port::KeepError;
use vaidya_clinic::visit::{Change, Standing, VisitState};
use vaidya_clinic::wire::{RefusalCode, ServerMessage};

use crate::probe::{Asked, DOCTOR, House, PATIENT, VISIT, code};

#[actix_rt::test]
async fn a_doctor_is_in_at_once() {
    let house = House::new();
    let room = house.room();
    let mut doctor = house.doctor();
    doctor.join(&room).await.unwrap();
    let joined = doctor.hears_joined().await;
    assert_eq!((joined.re, joined.seat, joined.answer.as_str()), (1, DOCTOR, "answer to offer"));
    assert_eq!((joined.people, joined.last, joined.chat.len()), (2, 0, 0));
    assert_eq!(house.disk.changes(), [Change::Joined(DOCTOR)]);
}

#[actix_rt::test]
async fn a_patient_waits_until_the_doctor_lets_them_in() {
    let house = House::new();
    let room = house.room();
    let (mut doctor, mut patient) = (house.doctor(), house.patient());
    doctor.join(&room).await.unwrap();
    doctor.hears_joined().await;
    patient.join(&room).await.unwrap();
    assert_eq!(patient.hears().await, ServerMessage::Lobby { re: 1, visit: VISIT, seat: PATIENT });
    let view = doctor.sees(PATIENT).await;
    assert_eq!((view.standing, view.here), (Standing::Lobby, true));
    patient.heard_all().await;

    doctor.admit(&room, PATIENT).await.unwrap();
    let joined = patient.hears_joined().await;
    assert_eq!((joined.re, joined.roster.len()), (1, 2));
    assert_eq!(doctor.sees(PATIENT).await.standing, Standing::Admitted);
    let joined = [Change::Joined(DOCTOR), Change::Admitted(PATIENT), Change::Joined(PATIENT)];
    assert_eq!(house.disk.changes(), joined);
}

#[actix_rt::test]
async fn who_waits_at_the_door_hears_nothing_of_the_room() {
    let house = House::new();
    let room = house.room();
    let (mut doctor, mut patient) = (house.doctor(), house.patient());
    doctor.join(&room).await.unwrap();
    patient.join(&room).await.unwrap();
    patient.forget();
    doctor.say(&room, 1, "before you come in").await.unwrap();
    doctor.hears_said().await;
    patient.heard_all().await;
}

#[actix_rt::test]
async fn nobody_is_shown_to_anyone_before_the_disk_has_them() {
    let house = House::new();
    let room = house.room();
    let (mut doctor, mut patient) = (house.doctor(), house.patient());
    doctor.join(&room).await.unwrap();
    patient.join(&room).await.unwrap();
    doctor.forget();
    patient.forget();
    let held = house.disk.hold().await;
    let admit = room.send(vaidya_actors::room::Admit { device: doctor.device, seat: PATIENT });
    let admit = actix::spawn(admit);
    house.disk.is_asked(2).await;
    doctor.heard_all().await;
    patient.heard_all().await;
    drop(held);
    admit.await.unwrap().unwrap().unwrap();
    patient.hears_joined().await;
}

#[actix_rt::test]
async fn whoever_was_let_in_once_comes_back_by_themselves_after_a_restart() {
    let house = House::new();
    let room = house.room();
    house.visit(&room).await;
    drop(room);
    let room = house.room();
    let mut patient = house.patient();
    patient.join(&room).await.unwrap();
    assert_eq!(patient.hears_joined().await.seat, PATIENT);
}

#[actix_rt::test]
async fn an_offer_that_cannot_be_answered_is_refused_and_nothing_is_kept() {
    let house = House::new();
    let room = house.room();
    let mut doctor = house.doctor();
    doctor.offer = "bad".into();
    assert_eq!(code(doctor.join(&room).await), RefusalCode::BadOffer);
    assert_eq!(house.disk.asked(), 0);
}

#[actix_rt::test]
async fn who_is_let_in_with_a_bad_offer_may_come_back_with_a_better_one() {
    let house = House::new();
    let room = house.room();
    let (mut doctor, mut patient) = (house.doctor(), house.patient());
    doctor.join(&room).await.unwrap();
    patient.offer = "bad".into();
    patient.join(&room).await.unwrap();
    doctor.admit(&room, PATIENT).await.unwrap();
    assert_eq!(patient.hears_refusal().await, RefusalCode::BadOffer);
    assert_eq!(house.disk.changes(), [Change::Joined(DOCTOR), Change::Admitted(PATIENT)]);
    patient.offer = "better".into();
    patient.join(&room).await.unwrap();
    assert_eq!(patient.hears_joined().await.answer, "answer to better");
}

#[actix_rt::test]
async fn a_join_that_is_not_kept_leaves_no_media_behind() {
    let house = House::new();
    let room = house.room();
    house.disk.breaks(Some(KeepError::Full));
    assert_eq!(code(house.doctor().join(&room).await), RefusalCode::StorageFull);
    assert_eq!(room.send(vaidya_actors::room::Here).await.unwrap(), 0);
    assert_eq!(house.worker.asked(), [Asked::Admit(DOCTOR), Asked::Dismiss(DOCTOR)]);
}

#[actix_rt::test]
async fn a_guest_the_room_has_never_met_brings_their_seat() {
    let house = House::new();
    let room = house.room();
    let (mut doctor, _patient) = house.visit(&room).await;
    let mut guest = house.guest(1);
    guest.join(&room).await.unwrap();
    let seat = guest.guest.as_ref().unwrap().id;
    assert_eq!(doctor.sees(seat).await.standing, Standing::Lobby);
    doctor.admit(&room, seat).await.unwrap();
    assert_eq!(guest.hears_joined().await.people, 4);
}

#[actix_rt::test]
async fn the_third_person_makes_everyone_offer_more_room() {
    let house = House::new();
    let room = house.room();
    let (mut doctor, mut patient) = house.visit(&room).await;
    let mut guest = house.guest(1);
    guest.join(&room).await.unwrap();
    doctor.admit(&room, guest.guest.as_ref().unwrap().id).await.unwrap();
    let grow = |message| matches!(message, ServerMessage::Grow { people: 4, .. }).then_some(());
    doctor.hears_that(grow).await;
    patient.hears_that(grow).await;
    doctor.renew(&room).await.unwrap();
    let answer = |message| if let ServerMessage::Answer { answer, .. } = message { Some(answer) } else { None };
    assert_eq!(doctor.hears_that(answer).await, "answer to more");
}

#[actix_rt::test]
async fn a_fifth_person_finds_the_room_full() {
    let house = House::new();
    let room = house.room();
    let (_doctor, _patient) = house.visit(&room).await;
    let (mut first, mut second, mut third) = (house.guest(1), house.guest(2), house.guest(3));
    first.join(&room).await.unwrap();
    second.join(&room).await.unwrap();
    assert_eq!(code(third.join(&room).await), RefusalCode::Full);
    second.leave(&room).await.unwrap();
    third.join(&room).await.unwrap();
}

#[actix_rt::test]
async fn strangers_have_no_place_and_ended_visits_none_for_anyone() {
    let house = House::new();
    let room = house.room();
    let mut stranger = house.guest(1);
    stranger.guest = None;
    assert_eq!(code(stranger.join(&room).await), RefusalCode::NoVisit);
    house.disk.kept().state = VisitState::Ended;
    assert_eq!(code(house.doctor().join(&house.room()).await), RefusalCode::Ended);
}

#[actix_rt::test]
async fn a_visit_that_is_accepted_while_its_room_is_live_opens() {
    let house = House::new();
    house.disk.kept().state = VisitState::Requested;
    let room = house.room();
    assert_eq!(code(house.patient().join(&room).await), RefusalCode::NotOpen);
    house.disk.kept().state = VisitState::Open;
    house.doctor().join(&room).await.unwrap();
}

#[actix_rt::test]
async fn only_the_host_lets_people_in() {
    let house = House::new();
    let room = house.room();
    let (_doctor, patient) = house.visit(&room).await;
    let mut guest = house.guest(1);
    guest.join(&room).await.unwrap();
    let seat = guest.guest.as_ref().unwrap().id;
    assert_eq!(code(patient.admit(&room, seat).await), RefusalCode::NotHost);
    assert_eq!(code(guest.admit(&room, seat).await), RefusalCode::NotInRoom);
}
