//! What the media worker tells a room.

use std::time::Duration;

use actix::Addr;
use vaidya_actors::room::{Carried, Room};
use vaidya_clinic::visit::{Change, QualityLevel};
use vaidya_clinic::wire::{RefusalCode, ServerMessage, Slot};
use vaidya_media::{Event, PeerKey, Sample};

use crate::probe::{DOCTOR, House, PATIENT, VISIT, code, key};

async fn tell(room: &Addr<Room>, event: Event) {
    room.send(Carried(event)).await.unwrap();
}

fn restart() -> ServerMessage {
    ServerMessage::Restart { visit: VISIT }
}

fn quality(message: ServerMessage) -> Option<QualityLevel> {
    match message {
        ServerMessage::Quality { seat: PATIENT, level, .. } => Some(level),
        _ => None,
    }
}

fn sample(peer: PeerKey, loss: f32) -> Event {
    let sample =
        Sample { loss_up: Some(loss), rtt: Some(Duration::from_millis(30)), received: 1_000, ..Sample::default() };
    Event::Quality { room: key(), peer, sample }
}

#[actix_rt::test]
async fn whoever_loses_their_media_is_told_to_come_back_and_the_others_that_it_is_lost() {
    let house = House::new();
    let room = house.room();
    let (mut doctor, mut patient) = house.visit(&room).await;
    tell(&room, Event::Lost { room: key(), peer: house.worker.peer(PATIENT) }).await;
    assert_eq!(patient.hears().await, restart());
    assert_eq!(doctor.hears_that(quality).await, QualityLevel::Lost);
    patient.join(&room).await.unwrap();
    patient.hears_joined().await;
}

#[actix_rt::test]
async fn a_late_word_about_an_old_connection_changes_nothing() {
    let house = House::new();
    let room = house.room();
    let (_doctor, mut patient) = house.visit(&room).await;
    let old = house.worker.peer(PATIENT);
    patient.join(&room).await.unwrap();
    patient.hears_joined().await;
    tell(&room, Event::Lost { room: key(), peer: old }).await;
    tell(&room, Event::Slots { room: key(), peer: old, slots: vec![] }).await;
    patient.say(&room, 1, "x").await.unwrap();
    assert!(matches!(patient.hears().await, ServerMessage::Said { .. }));
}

#[actix_rt::test]
async fn a_collapsed_room_brings_everyone_back() {
    let house = House::new();
    let room = house.room();
    let (mut doctor, mut patient) = house.visit(&room).await;
    tell(&room, Event::Collapsed { room: key() }).await;
    assert_eq!((doctor.hears().await, patient.hears().await), (restart(), restart()));
}

#[actix_rt::test]
async fn a_new_offer_for_a_connection_the_worker_lost_brings_them_back() {
    let house = House::new();
    let room = house.room();
    let (mut doctor, _patient) = house.visit(&room).await;
    house.worker.forgets();
    assert_eq!(code(doctor.renew(&room).await), RefusalCode::Busy);
    assert_eq!(doctor.hears().await, restart());
}

#[actix_rt::test]
async fn slots_name_seats() {
    let house = House::new();
    let room = house.room();
    let (_doctor, mut patient) = house.visit(&room).await;
    let slot = |mid: &str, seat| vaidya_media::Slot { mid: mid.into(), seat };
    let slots = vec![slot("2", Some(DOCTOR.number())), slot("3", None)];
    tell(&room, Event::Slots { room: key(), peer: house.worker.peer(PATIENT), slots }).await;
    let slots = vec![Slot { mid: "2".into(), seat: Some(DOCTOR) }, Slot { mid: "3".into(), seat: None }];
    assert_eq!(patient.hears().await, ServerMessage::Slots { visit: VISIT, slots });
}

#[actix_rt::test]
async fn a_line_that_gets_worse_is_kept_and_told_and_not_repeated() {
    let house = House::new();
    let room = house.room();
    let (mut doctor, mut patient) = house.visit(&room).await;
    let peer = house.worker.peer(PATIENT);
    for loss in [0.0, 0.2, 0.2] {
        house.wait(Duration::from_secs(5));
        tell(&room, sample(peer, loss)).await;
    }
    assert_eq!(doctor.hears_that(quality).await, QualityLevel::Poor);
    assert_eq!(patient.hears_that(quality).await, QualityLevel::Poor);
    patient.say(&room, 1, "x").await.unwrap();
    assert!(matches!(doctor.hears().await, ServerMessage::Said { .. }));
    let graded = |change: &&Change| matches!(change, Change::Quality { .. });
    assert_eq!(house.disk.changes().iter().filter(graded).count(), 1);
}
