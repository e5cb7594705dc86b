//! Rooms found, started once, and found again.

use std::time::Duration;

use vaidya_actors::directory::{self, Census, Close, Directory, Find, FindError, HereIn, Lost, Revoke, ask};
use vaidya_actors::room::End;
use vaidya_clinic::id::VisitId;
use vaidya_clinic::wire::{RefusalCode, ServerMessage};
use vaidya_media::Event;

use crate::probe::{House, PATIENT, VISIT, code, key};

#[actix_rt::test]
async fn two_who_look_for_a_room_at_once_find_the_same_one() {
    let house = House::new();
    let directory = house.directory();
    let other = actix::spawn(directory.send(Find(VISIT)));
    let one = directory.send(Find(VISIT)).await.unwrap().unwrap();
    assert!(one == other.await.unwrap().unwrap().unwrap());
    assert_eq!(house.disk.kept().recalls, 1);
}

#[actix_rt::test]
async fn a_visit_that_does_not_exist_has_no_room() {
    let house = House::new();
    let found = house.directory().send(Find(VisitId::from_number(5))).await.unwrap();
    assert!(matches!(found, Err(FindError::NoVisit)));
}

#[actix_rt::test]
async fn asking_who_is_here_starts_no_room() {
    let house = House::new();
    let directory = house.directory();
    assert_eq!(directory.send(HereIn(VISIT)).await.unwrap(), 0);
    assert_eq!(house.disk.kept().recalls, 0);
    ask(&directory, VISIT, house.doctor().wants_in()).await.unwrap().unwrap();
    assert_eq!(directory.send(HereIn(VISIT)).await.unwrap(), 1);
}

#[actix_rt::test]
async fn a_room_that_dies_tells_all_to_come_back_and_is_found_again_with_everything_in_it() {
    let house = House::new();
    let directory = house.directory();
    let room = directory.send(Find(VISIT)).await.unwrap().unwrap();
    let (mut doctor, mut patient) = house.visit(&room).await;
    patient.say(&room, 7, "x").await.unwrap();
    doctor.hears_said().await;
    patient.hears_said().await;

    house.break_clock(true);
    patient.say(&room, 8, "y").await.unwrap();
    let restart = |message| matches!(message, ServerMessage::Restart { .. }).then_some(());
    doctor.hears_that(restart).await;
    patient.hears_that(restart).await;
    house.break_clock(false);

    ask(&directory, VISIT, patient.wants_in()).await.unwrap().unwrap();
    let joined = patient.hears_joined().await;
    assert_eq!((joined.seat, joined.chat.len(), joined.last), (PATIENT, 1, 1));
    let again = patient.message(8, "y");
    ask(&directory, VISIT, again).await.unwrap().unwrap();
    assert_eq!(patient.hears_said().await.seq, 2);
}

#[actix_rt::test]
async fn a_room_whose_visit_ended_is_found_again_and_refuses_everyone() {
    let house = House::new();
    let directory = house.directory();
    let mut doctor = house.doctor();
    ask(&directory, VISIT, doctor.wants_in()).await.unwrap().unwrap();
    ask(&directory, VISIT, End { device: doctor.device }).await.unwrap().unwrap();
    let answer = ask(&directory, VISIT, doctor.wants_in()).await.unwrap();
    assert_eq!(code(answer), RefusalCode::Ended);
}

#[actix_rt::test]
async fn media_events_find_their_room_and_others_are_nobodys() {
    let house = House::new();
    let directory = house.directory();
    let (tell, events) = tokio::sync::mpsc::channel(4);
    let carries = actix::spawn(directory::carry(directory.clone(), events));
    let room = directory.send(Find(VISIT)).await.unwrap().unwrap();
    let (_doctor, mut patient) = house.visit(&room).await;
    tell.send(Event::Collapsed { room: vaidya_media::RoomKey(77) }).await.unwrap();
    tell.send(Event::Collapsed { room: key() }).await.unwrap();
    assert_eq!(patient.hears().await, ServerMessage::Restart { visit: VISIT });
    drop(tell);
    carries.await.unwrap();
}

#[actix_rt::test]
async fn a_lost_socket_and_a_revoked_link_reach_a_live_room_and_start_none() {
    let house = House::new();
    let directory = house.directory();
    let mut guest = house.guest(1);
    let seat = guest.guest.as_ref().unwrap().id;
    directory.send(Lost { visit: VISIT, device: guest.device }).await.unwrap();
    directory.send(Revoke { visit: VISIT, seat }).await.unwrap();
    assert_eq!(house.disk.kept().recalls, 0);
    let room = directory.send(Find(VISIT)).await.unwrap().unwrap();
    let (mut doctor, patient) = house.visit(&room).await;
    guest.join(&room).await.unwrap();
    directory.send(Revoke { visit: VISIT, seat }).await.unwrap();
    guest.hears_that(|message| matches!(message, ServerMessage::Removed { .. }).then_some(())).await;
    directory.send(Lost { visit: VISIT, device: patient.device }).await.unwrap();
    assert!(!doctor.sees(PATIENT).await.here);
}

#[actix_rt::test]
async fn a_server_that_goes_down_keeps_what_waits_and_calls_nobody_back() {
    let house = House::new();
    let directory = house.directory();
    let room = directory.send(Find(VISIT)).await.unwrap().unwrap();
    let (_doctor, mut patient) = house.visit(&room).await;
    let held = house.disk.hold().await;
    for id in 0..10 {
        patient.say(&room, id, "x").await.unwrap();
    }
    let closing = actix::spawn(directory.send(Close));
    drop(held);
    closing.await.unwrap().unwrap();
    assert_eq!(house.disk.kept().said.len(), 10);
    for _ in 0..10 {
        patient.hears_said().await;
    }
    patient.heard_all().await;
    assert!(matches!(directory.send(Find(VISIT)).await.unwrap(), Err(FindError::Failed)));
    assert_eq!(directory.send(Census).await.unwrap().rooms, 0);
}

#[actix_rt::test]
async fn rooms_on_arbiters_of_their_own_serve_many_at_once() {
    let house = House::awake();
    let directory = Directory::start(house.ports.clone(), 3).unwrap();
    let room = directory.send(Find(VISIT)).await.unwrap().unwrap();
    let (mut doctor, mut patient) = house.visit(&room).await;
    let asks: Vec<_> = (0..100)
        .map(|id| {
            let (directory, say) = (directory.clone(), patient.message(id, "x"));
            actix::spawn(async move { ask(&directory, VISIT, say).await })
        })
        .collect();
    for asked in asks {
        asked.await.unwrap().unwrap().unwrap();
    }
    for seq in 1..=100 {
        assert_eq!(doctor.hears_said().await.seq, seq);
    }
    let closed = tokio::time::timeout(Duration::from_secs(10), directory.send(Close)).await;
    closed.unwrap().unwrap();
}
