//! What is said: kept, in order, once, told when it is on disk.

use actix::Actor;
use vaidya_actors::port::KeepError;
use vaidya_actors::room::{Room, SAY_BATCH, WISHES};
use vaidya_clinic::visit::{Change, EndedWhy, VisitState};
use vaidya_clinic::wire::{HISTORY_PAGE, RefusalCode, ServerMessage};

use crate::probe::{House, PATIENT, code};

#[actix_rt::test]
async fn everyone_hears_a_message_the_author_too() {
    let house = House::new();
    let room = house.room();
    let (mut doctor, mut patient) = house.visit(&room).await;
    patient.say(&room, 7, "good morning").await.unwrap();
    let (first, second) = (doctor.hears_said().await, patient.hears_said().await);
    assert_eq!(first, second);
    assert_eq!((first.seq, first.seat, first.body.0.as_slice()), (1, PATIENT, b"good morning".as_slice()));
}

#[actix_rt::test]
async fn nothing_is_heard_before_it_is_on_disk() {
    let house = House::new();
    let room = house.room();
    let (mut doctor, mut patient) = house.visit(&room).await;
    let held = house.disk.hold().await;
    patient.say(&room, 7, "x").await.unwrap();
    house.disk.is_asked(3).await;
    doctor.heard_all().await;
    patient.heard_all().await;
    drop(held);
    doctor.hears_said().await;
    patient.hears_said().await;
}

#[actix_rt::test]
async fn a_thousand_messages_at_once_are_kept_in_order_and_told_once() {
    let house = House::new();
    let room = house.room();
    let (mut doctor, mut patient) = house.visit(&room).await;
    let before = house.disk.asked();
    for id in 0..1_000 {
        patient.say(&room, id, &id.to_string()).await.unwrap();
    }
    for seq in 1..=1_000u64 {
        let said = doctor.hears_said().await;
        assert_eq!((said.seq, said.body.0), (seq, (seq - 1).to_string().into_bytes()));
        assert_eq!(patient.hears_said().await.seq, seq);
    }
    doctor.heard_all().await;
    patient.heard_all().await;
    let numbers: Vec<_> = house.disk.kept().said.iter().map(|said| said.seq).collect();
    assert_eq!(numbers, (1..=1_000).collect::<Vec<_>>());
    assert!(house.disk.asked() > before);
}

#[actix_rt::test]
async fn messages_that_come_during_a_write_are_kept_together_in_the_next() {
    let house = House::new();
    let room = house.room();
    let (_doctor, mut patient) = house.visit(&room).await;
    let before = house.disk.kept().batches.len();
    let held = house.disk.hold().await;
    for id in 0..=SAY_BATCH {
        patient.say(&room, u128::try_from(id).unwrap(), "x").await.unwrap();
    }
    drop(held);
    for _ in 0..=SAY_BATCH {
        patient.hears_said().await;
    }
    let sizes: Vec<_> = house.disk.kept().batches[before..].iter().map(Vec::len).collect();
    assert_eq!(sizes, [1, SAY_BATCH]);
}

#[actix_rt::test]
async fn a_room_that_is_flooded_says_so_and_loses_nothing_it_took() {
    let house = House::new();
    let room = house.room();
    let (_doctor, mut patient) = house.visit(&room).await;
    let held = house.disk.hold().await;
    let mut taken = 0;
    while patient.say(&room, taken, "x").await.is_ok() {
        taken += 1;
    }
    assert_eq!(taken, u128::try_from(WISHES + 1).unwrap(), "one under way and the rest waiting");
    assert_eq!(code(patient.say(&room, 9_999, "x").await), RefusalCode::Busy);
    let reads = actix::spawn(async move {
        for _ in 0..taken {
            patient.hears_said().await;
        }
        patient
    });
    drop(held);
    let mut patient = reads.await.unwrap();
    patient.say(&room, 9_999, "x").await.unwrap();
    patient.hears_said().await;
}

#[actix_rt::test]
async fn a_message_sent_again_is_kept_once_and_answered_again() {
    let house = House::new();
    let room = house.room();
    let (mut doctor, mut patient) = house.visit(&room).await;
    patient.say(&room, 7, "x").await.unwrap();
    let first = patient.hears_said().await;
    doctor.hears_said().await;
    patient.say(&room, 7, "x").await.unwrap();
    assert_eq!(patient.hears_said().await, first);
    doctor.heard_all().await;
    assert_eq!(house.disk.kept().said.len(), 1);
}

#[actix_rt::test]
async fn another_message_under_a_kept_id_is_refused() {
    let house = House::new();
    let room = house.room();
    let (mut doctor, mut patient) = house.visit(&room).await;
    patient.say(&room, 7, "x").await.unwrap();
    patient.say(&room, 7, "y").await.unwrap();
    assert_eq!(patient.hears_refusal().await, RefusalCode::IdTaken);
    doctor.say(&room, 7, "x").await.unwrap();
    assert_eq!(doctor.hears_refusal().await, RefusalCode::IdTaken);
}

#[actix_rt::test]
async fn the_same_message_twice_in_one_batch_is_told_once() {
    let house = House::new();
    let room = house.room();
    let (_doctor, mut patient) = house.visit(&room).await;
    let held = house.disk.hold().await;
    for id in [1, 7, 7] {
        patient.say(&room, id, "x").await.unwrap();
    }
    drop(held);
    assert_eq!((patient.hears_said().await.seq, patient.hears_said().await.seq), (1, 2));
    patient.heard_all().await;
}

#[actix_rt::test]
async fn a_full_disk_is_said_and_the_same_message_goes_through_later() {
    let house = House::new();
    let room = house.room();
    let (mut doctor, mut patient) = house.visit(&room).await;
    house.disk.breaks(Some(KeepError::Full));
    patient.say(&room, 7, "x").await.unwrap();
    assert_eq!(patient.hears_refusal().await, RefusalCode::StorageFull);
    doctor.heard_all().await;
    house.disk.breaks(None);
    patient.say(&room, 7, "x").await.unwrap();
    assert_eq!(patient.hears_said().await.seq, 1, "what was not kept took no number");
    doctor.hears_said().await;
}

#[actix_rt::test]
async fn a_store_that_fails_is_said_and_nobody_is_put_out() {
    let house = House::new();
    let room = house.room();
    let (mut doctor, mut patient) = house.visit(&room).await;
    house.disk.breaks(Some(KeepError::Failed));
    patient.say(&room, 7, "x").await.unwrap();
    assert_eq!(patient.hears_refusal().await, RefusalCode::NotKept);
    doctor.heard_all().await;
}

#[actix_rt::test]
async fn a_room_whose_visit_ended_elsewhere_finds_out_at_its_next_word() {
    let house = House::new();
    let room = house.room();
    let (mut doctor, mut patient) = house.visit(&room).await;
    house.disk.breaks(Some(KeepError::Failed));
    house.disk.kept().state = VisitState::Ended;
    house.disk.kept().ended = Some((vaidya_clinic::time::Timestamp(1), EndedWhy::Idle));
    patient.say(&room, 7, "x").await.unwrap();
    assert_eq!(patient.hears_refusal().await, RefusalCode::Ended);
    let ended = |message| matches!(message, ServerMessage::Ended { why: EndedWhy::Idle, .. }).then_some(());
    doctor.hears_that(ended).await;
}

#[actix_rt::test]
async fn a_room_that_dies_in_the_middle_of_a_write_tells_all_to_come_back_and_loses_nothing() {
    let house = House::awake();
    let own = actix::Arbiter::new();
    let (memory, ports) = (house.disk.kept().memory(), house.ports.clone());
    let room = Room::start_in_arbiter(&own.handle(), move |_| Room::new(memory, ports, None));
    let (mut doctor, mut patient) = house.visit(&room).await;
    let held = house.disk.hold().await;
    patient.say(&room, 7, "x").await.unwrap();
    house.disk.is_asked(3).await;
    own.stop();
    own.join().unwrap();
    let restart = |message| matches!(message, ServerMessage::Restart { .. }).then_some(());
    doctor.hears_that(restart).await;
    patient.hears_that(restart).await;
    drop(held);
    // The write goes on without the room.
    while house.disk.kept().said.is_empty() {
        actix_rt::task::yield_now().await;
    }
    let room = house.room();
    patient.join(&room).await.unwrap();
    assert_eq!(patient.hears_joined().await.chat.len(), 1);
    patient.say(&room, 7, "x").await.unwrap();
    assert_eq!(patient.hears_said().await.seq, 1);
    assert_eq!(house.disk.kept().said.len(), 1);
}

#[actix_rt::test]
async fn who_comes_back_gets_what_they_missed_page_by_page() {
    let house = House::new();
    let room = house.room();
    let (mut doctor, mut patient) = house.visit(&room).await;
    for id in 0..150 {
        doctor.say(&room, id, "x").await.unwrap();
    }
    for _ in 0..150 {
        patient.hears_said().await;
    }
    let mut reloaded = patient.another();
    reloaded.seen = 20;
    reloaded.join(&room).await.unwrap();
    let joined = reloaded.hears_joined().await;
    assert_eq!((joined.chat[0].seq, joined.chat.len(), joined.last), (21, HISTORY_PAGE, 150));
    let wish = vaidya_actors::room::Catchup { device: reloaded.device, re: 9, after: 120 };
    room.send(wish).await.unwrap().unwrap();
    let history = |message| match message {
        ServerMessage::History { re: 9, chat, last: 150, .. } => Some(chat),
        _ => None,
    };
    let numbers: Vec<_> = reloaded.hears_that(history).await.iter().map(|said| said.seq).collect();
    assert_eq!(numbers, (121..=150).collect::<Vec<_>>());
}

#[actix_rt::test]
async fn nobody_speaks_from_outside() {
    let house = House::new();
    let room = house.room();
    let mut patient = house.patient();
    patient.say(&room, 1, "x").await.unwrap();
    assert_eq!(patient.hears_refusal().await, RefusalCode::NotInRoom);
    patient.join(&room).await.unwrap();
    patient.say(&room, 1, "x").await.unwrap();
    assert_eq!(patient.hears_refusal().await, RefusalCode::NotInRoom, "the lobby is outside");
    assert!(!house.disk.changes().iter().any(|change| matches!(change, Change::Said(_))));
}
