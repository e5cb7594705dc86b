//! Layers: which one is seen, how it changes, and that nobody notices a seam.

use std::time::Duration;

use str0m::media::MediaKind::{Audio, Video};

use crate::client::{Got, usual};
use crate::net::{CLEAN, Link};
use crate::simulation::{Simulation, layer};

const SECOND: Duration = Duration::from_secs(1);

fn limited(rate: u64) -> Link {
    Link { rate: Some(rate), ..CLEAN }
}

/// Sequence numbers without gaps, timestamps and picture numbers that never go back.
fn is_seamless(got: &[Got]) {
    let mut got = got.to_vec();
    got.sort_by_key(|got| got.seq);
    for pair in got.windows(2) {
        let (a, b) = (&pair[0], &pair[1]);
        assert_eq!(b.seq - a.seq, 1, "a gap before {}", b.seq);
        let time = b.time.wrapping_sub(a.time);
        assert!(time < 1 << 20, "the timestamp goes from {} to {}", a.time, b.time);
        let step = b.picture.unwrap().wrapping_sub(a.picture.unwrap()) & 0x7fff;
        assert!(step <= 1, "the picture goes from {:?} to {:?}", a.picture, b.picture);
        assert!(layer(a) == layer(b) || b.key, "another layer begins without a key frame");
    }
}

#[test]
fn a_good_downlink_gets_the_best_layer_without_a_seam() {
    let mut sim = Simulation::new(20);
    let (doctor, patient) = (sim.join(usual(1)), sim.join(usual(1)));
    sim.run(15 * SECOND);
    let video = sim.got(doctor, patient, Video);
    assert_eq!(layer(&video[0]), 0, "it begins with the lowest");
    assert_eq!(layer(video.last().unwrap()), 2, "and ends with the best");
    is_seamless(&video);
}

#[test]
fn a_thin_downlink_gets_the_layer_that_fits_and_good_audio() {
    let mut sim = Simulation::new(21);
    let (doctor, patient) = (sim.join(usual(1)), sim.join(usual(1)));
    sim.ends[doctor].down = limited(450_000); // layers are about 97, 290 and 870 kbit/s, audio 24
    sim.run(30 * SECOND);
    let late = sim.now - 10 * SECOND;
    let video: Vec<Got> = sim.got(doctor, patient, Video).into_iter().filter(|got| got.at > late).collect();
    let best = video.iter().filter(|got| layer(got) == 2).count();
    assert!(!video.is_empty(), "there is video");
    assert!(best * 10 < video.len(), "{best} of {} packets are of the best layer", video.len());
    let audio = sim.got(doctor, patient, Audio).iter().filter(|got| got.at > late).count();
    assert!(audio >= 490, "{audio} of 500 packets of audio");
}

#[test]
fn where_not_even_the_lowest_layer_fits_audio_goes_on_alone() {
    let mut sim = Simulation::new(22);
    let (doctor, patient) = (sim.join(usual(1)), sim.join(usual(1)));
    sim.ends[doctor].down = limited(130_000);
    sim.run(30 * SECOND);
    let late = sim.now - 10 * SECOND;
    let audio = sim.got(doctor, patient, Audio).iter().filter(|got| got.at > late).count();
    assert!(audio >= 450, "{audio} of 500 packets of audio");
    let video = sim.got(doctor, patient, Video).iter().filter(|got| got.at > late).count();
    assert!(video < 150, "{video} packets of video where 300 were sent");
    assert!(!sim.got(patient, doctor, Video).is_empty(), "the other way is as it was");
}

#[test]
fn a_link_that_recovers_gets_video_back() {
    let mut sim = Simulation::new(23);
    let (doctor, patient) = (sim.join(usual(1)), sim.join(usual(1)));
    sim.run(10 * SECOND);
    sim.ends[doctor].down = limited(80_000);
    sim.run(20 * SECOND);
    sim.ends[doctor].down = CLEAN;
    let from = sim.now;
    sim.until(30 * SECOND, "the middle layer again", |sim| {
        sim.got(doctor, patient, Video).iter().any(|got| got.at > from && layer(got) >= 1)
    });
    let mut video = sim.got(doctor, patient, Video);
    video.retain(|got| got.at > from + SECOND);
    assert!(video.iter().any(|got| got.key));
}

#[test]
fn a_viewer_who_never_stops_asking_costs_one_key_frame_a_second() {
    let mut sim = Simulation::new(24);
    let (doctor, patient) = (sim.join(usual(1)), sim.join(usual(1)));
    sim.run(8 * SECOND);
    let line = sim.got(doctor, patient, Video)[0].mid;
    sim.ends[patient].client.asked.clear();
    for _ in 0..50 {
        sim.ends[doctor].client.plead(line);
        sim.run(Duration::from_millis(200));
    }
    let asked = sim.ends[patient].client.asked.len();
    assert!((5..=14).contains(&asked), "asked {asked} times in 10 s");
}

#[test]
fn requests_of_many_viewers_are_merged() {
    let mut sim = Simulation::new(25);
    for _ in 0..6 {
        sim.join(usual(5));
    }
    sim.run(8 * SECOND);
    sim.ends[0].client.asked.clear();
    for viewer in 1..6 {
        let line = sim.got(viewer, 0, Video)[0].mid;
        sim.ends[viewer].client.plead(line);
    }
    sim.run(Duration::from_millis(150));
    let asked = &sim.ends[0].client.asked;
    let layers: std::collections::HashSet<_> = asked.iter().map(|(_, rid)| *rid).collect();
    assert_eq!(asked.len(), layers.len(), "one request for each layer: {asked:?}");
    assert!(!asked.is_empty());
}
