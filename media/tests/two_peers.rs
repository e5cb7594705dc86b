//! A doctor and a patient: the call everything else is built on.

use std::time::Duration;

use str0m::media::MediaKind::{Audio, Video};
use vaidya_media::{Event, PeerKey, Slot};

use crate::client::{Got, Wish, usual};
use crate::simulation::{ROOM, Simulation};

const SECOND: Duration = Duration::from_secs(1);

fn steps_are_one(got: &[Got]) {
    let mut seqs: Vec<u64> = got.iter().map(|got| got.seq).collect();
    seqs.sort_unstable();
    assert!(seqs.windows(2).all(|pair| pair[1] - pair[0] == 1), "gaps or repeats in {seqs:?}");
}

#[test]
fn two_peers_hear_and_see_each_other() {
    let mut sim = Simulation::new(1);
    let (doctor, patient) = (sim.join(usual(1)), sim.join(usual(1)));
    sim.run(5 * SECOND);
    for (a, b) in [(doctor, patient), (patient, doctor)] {
        let (audio, video) = (sim.got(a, b, Audio), sim.got(a, b, Video));
        assert!(audio.len() > 200, "{} packets of audio", audio.len());
        assert!(video.len() > 100, "{} packets of video", video.len());
        steps_are_one(&audio);
        steps_are_one(&video);
        assert!(video[0].key, "video begins with a key frame");
        assert_eq!(audio[0].level, Some(-30), "the audio level is carried");
    }
}

#[test]
fn the_first_frame_comes_within_a_tenth_of_a_second_of_the_connection() {
    let mut sim = Simulation::new(2);
    let (doctor, patient) = (sim.join(usual(1)), sim.join(usual(1)));
    sim.until(2 * SECOND, "connected", |sim| sim.ends.iter().all(|end| end.client.connected));
    let waited = sim.until(SECOND, "video both ways", |sim| {
        !sim.got(doctor, patient, Video).is_empty() && !sim.got(patient, doctor, Video).is_empty()
    });
    assert!(waited <= Duration::from_millis(100), "{waited:?}");
}

#[test]
fn who_comes_later_sees_a_key_frame_soon() {
    let mut sim = Simulation::new(3);
    let doctor = sim.join(usual(1));
    sim.run(3 * SECOND);
    let patient = sim.join(usual(1));
    sim.until(2 * SECOND, "connected", |sim| sim.ends[patient].client.connected);
    let waited = sim.until(SECOND, "video", |sim| !sim.got(patient, doctor, Video).is_empty());
    assert!(waited <= Duration::from_millis(100), "{waited:?}");
    assert!(sim.got(patient, doctor, Video)[0].key);
}

#[test]
fn the_actors_are_told_who_is_connected_and_who_is_where() {
    let mut sim = Simulation::new(4);
    sim.join(usual(1));
    sim.run(SECOND);
    sim.join(usual(1));
    sim.run(SECOND);
    let (first, second) = (PeerKey { seat: 1, take: 1 }, PeerKey { seat: 2, take: 1 });
    assert!(sim.events.contains(&Event::Connected { room: ROOM, peer: first }));
    assert!(sim.events.contains(&Event::Connected { room: ROOM, peer: second }));
    let told: Vec<&Vec<Slot>> = sim
        .events
        .iter()
        .filter_map(|event| match event {
            Event::Slots { peer, slots, .. } if *peer == first => Some(slots),
            _ => None,
        })
        .collect();
    assert_eq!(told.len(), 1, "told once");
    assert!(told[0].iter().all(|slot| slot.seat == Some(2)), "{told:?}");
    sim.dismiss(1);
    sim.run(SECOND);
    let freed = Event::Slots { room: ROOM, peer: first, slots: told_free(&sim.events, first) };
    assert_eq!(sim.events.last(), Some(&freed));
}

fn told_free(events: &[Event], of: PeerKey) -> Vec<Slot> {
    let slots = events.iter().find_map(|event| match event {
        Event::Slots { peer, slots, .. } if *peer == of => Some(slots.clone()),
        _ => None,
    });
    slots.unwrap().into_iter().map(|slot| Slot { seat: None, ..slot }).collect()
}

#[test]
fn a_peer_that_dies_is_given_up_and_its_slots_are_free() {
    let mut sim = Simulation::new(5);
    let (doctor, patient) = (sim.join(usual(1)), sim.join(usual(1)));
    sim.run(2 * SECOND);
    sim.ends[patient].alive = false;
    let lost = Event::Lost { room: ROOM, peer: sim.ends[patient].key };
    let waited = sim.until(25 * SECOND, "lost", |sim| sim.events.contains(&lost));
    assert!(waited > 5 * SECOND, "not at the first hiccup: {waited:?}");
    sim.run(SECOND);
    assert_eq!(sim.counts().peers, 1);
    assert!(!sim.events.contains(&Event::Lost { room: ROOM, peer: sim.ends[doctor].key }));
}

#[test]
fn a_peer_that_never_connects_is_given_up() {
    let mut sim = Simulation::new(6);
    let patient = sim.join(usual(1));
    sim.ends[patient].alive = false;
    let lost = Event::Lost { room: ROOM, peer: sim.ends[patient].key };
    sim.until(31 * SECOND, "lost", |sim| sim.events.contains(&lost));
    assert_eq!(sim.counts().peers, 0);
    assert_eq!(sim.counts().rooms, 0);
}

#[test]
fn a_later_connection_of_a_seat_replaces_the_earlier() {
    let mut sim = Simulation::new(7);
    let (doctor, patient) = (sim.join_as(1, 1, usual(1)), sim.join_as(2, 1, usual(1)));
    sim.run(2 * SECOND);
    sim.ends[patient].alive = false;
    let again = sim.join_as(2, 2, usual(1));
    sim.run(3 * SECOND);
    assert_eq!(sim.counts().peers, 2);
    assert!(!sim.got(doctor, again, Video).is_empty() && !sim.got(again, doctor, Audio).is_empty());
    assert!(!sim.events.iter().any(|event| matches!(event, Event::Lost { .. })), "replaced, not lost");
    let video: Vec<Got> =
        [sim.got(doctor, patient, Video), sim.got(doctor, again, Video)].into_iter().flatten().collect();
    steps_are_one(&video);
}

#[test]
fn quality_is_told_every_five_seconds() {
    let mut sim = Simulation::new(8);
    sim.join(usual(1));
    sim.join(usual(1));
    sim.run(21 * SECOND);
    let samples: Vec<_> = sim
        .events
        .iter()
        .filter_map(|event| match event {
            Event::Quality { peer, sample, .. } if peer.seat == 1 => Some(sample),
            _ => None,
        })
        .collect();
    assert_eq!(samples.len(), 4);
    let last = samples[3];
    assert!(last.received > 10_000 && last.sent > 10_000, "{last:?}");
    assert!(last.estimate.is_some_and(|estimate| estimate > 100_000), "{last:?}");
}

#[test]
fn one_who_only_listens_sees_and_hears() {
    let mut sim = Simulation::new(9);
    let doctor = sim.join(usual(1));
    let student = sim.join(Wish { audio: false, video: false, layers: &[], slots: 1 });
    sim.run(3 * SECOND);
    assert!(sim.got(student, doctor, Audio).len() > 100);
    assert!(sim.got(student, doctor, Video).len() > 50);
}

#[test]
fn one_without_a_camera_is_heard() {
    let mut sim = Simulation::new(10);
    let doctor = sim.join(usual(1));
    let patient = sim.join(Wish { video: false, ..usual(1) });
    sim.run(3 * SECOND);
    assert!(sim.got(doctor, patient, Audio).len() > 100);
    assert!(sim.got(patient, doctor, Video).len() > 50);
}

#[test]
fn video_without_layers_is_carried() {
    let mut sim = Simulation::new(11);
    let doctor = sim.join(usual(1));
    let patient = sim.join(Wish { layers: &[], ..usual(1) });
    sim.run(3 * SECOND);
    let video = sim.got(doctor, patient, Video);
    assert!(video.len() > 50);
    steps_are_one(&video);
}

#[test]
fn a_call_survives_an_ice_restart_and_a_change_of_address() {
    let mut sim = Simulation::new(12);
    let (doctor, patient) = (sim.join(usual(1)), sim.join(usual(1)));
    sim.run(2 * SECOND);
    let offer = sim.ends[patient].client.restart();
    let key = sim.ends[patient].key;
    let admitted = sim.reoffer(key, offer).unwrap();
    sim.ends[patient].client.answer(&admitted.answer);
    let moved = std::net::SocketAddr::from(([10, 0, 1, 99], 6_000));
    let candidate = str0m::Candidate::host(moved, "udp").unwrap();
    sim.ends[patient].client.rtc.add_local_candidate(candidate);
    sim.ends[patient].address = moved;
    let before = sim.got(doctor, patient, Audio).len();
    sim.run(3 * SECOND);
    let after = sim.got(doctor, patient, Audio).len();
    assert!(after - before > 50, "{before} then {after}");
    sim.run(25 * SECOND);
    assert!(!sim.events.iter().any(|event| matches!(event, Event::Lost { .. })), "{:?}", sim.events.last());
}
