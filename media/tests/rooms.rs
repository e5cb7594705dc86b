//! Several people and several rooms: slots, their order, and what an offer may ask for.

use std::time::Duration;

use str0m::media::MediaKind::{Audio, Video};
use vaidya_media::{Command, Event, MediaError, PeerKey, RoomKey};

use crate::client::{Client, Wish, usual};
use crate::simulation::{ROOM, Simulation};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn four_people_see_and_hear_each_other() {
    let mut sim = Simulation::new(40);
    for _ in 0..4 {
        sim.join(usual(3));
    }
    sim.run(6 * SECOND);
    for a in 0..4 {
        for b in (0..4).filter(|b| *b != a) {
            assert!(sim.got(a, b, Audio).len() > 150, "{a} hears {b}");
            assert!(!sim.got(a, b, Video).is_empty(), "{a} sees {b}");
        }
        assert!(sim.got(a, a, Audio).is_empty(), "nobody hears themselves");
    }
}

#[test]
fn who_finds_no_slot_waits_until_there_are_more() {
    let mut sim = Simulation::new(41);
    for _ in 0..3 {
        sim.join(usual(1));
    }
    sim.run(3 * SECOND);
    assert!(!sim.got(0, 1, Audio).is_empty());
    assert!(sim.got(0, 2, Audio).is_empty(), "there was one slot");
    let offer = sim.ends[0].client.grow(1);
    let key = sim.ends[0].key;
    let admitted = sim.reoffer(key, offer).unwrap();
    sim.ends[0].client.answer(&admitted.answer);
    let seats: Vec<_> = admitted.slots.iter().map(|slot| slot.seat).collect();
    assert_eq!(seats, [Some(2), Some(2), Some(3), Some(3)]);
    sim.run(3 * SECOND);
    assert!(sim.got(0, 2, Audio).len() > 50);
    assert!(sim.got(0, 2, Video).len() > 20);
}

#[test]
fn a_slot_that_is_freed_goes_to_who_waits() {
    let mut sim = Simulation::new(42);
    for _ in 0..3 {
        sim.join(usual(1));
    }
    sim.run(2 * SECOND);
    sim.dismiss(1);
    sim.run(2 * SECOND);
    assert!(!sim.got(0, 2, Audio).is_empty() && !sim.got(0, 2, Video).is_empty());
    let told = sim.events.iter().rev().find_map(|event| match event {
        Event::Slots { peer, slots, .. } if peer.seat == 1 => Some(slots.clone()),
        _ => None,
    });
    assert!(told.unwrap().iter().all(|slot| slot.seat == Some(3)));
}

#[test]
fn rooms_do_not_hear_each_other() {
    let mut sim = Simulation::new(43);
    sim.join(usual(1));
    let mut client = Client::new(sim.now, ([10, 0, 0, 2], 5_000).into(), str0m::net::Protocol::Udp, 2);
    let other = PeerKey { seat: 9, take: 1 };
    let offer = client.offer(usual(1));
    let admitted = sim.admit(RoomKey(2), other, offer).unwrap();
    assert!(admitted.slots.iter().all(|slot| slot.seat.is_none()));
    assert_eq!(sim.counts().rooms, 2);
    sim.sfu.command(sim.now, Command::Close { room: RoomKey(2) });
    assert_eq!((sim.counts().rooms, sim.counts().peers), (1, 1));
}

#[test]
fn a_peer_that_is_not_there_cannot_offer_again() {
    let mut sim = Simulation::new(44);
    sim.join(usual(1));
    let offer = sim.ends[0].client.grow(1);
    let gone = PeerKey { seat: 1, take: 2 };
    assert_eq!(sim.reoffer(gone, offer).unwrap_err(), MediaError::NoPeer);
}

#[test]
fn offers_that_make_no_sense_are_refused_and_disturb_nobody() {
    let mut sim = Simulation::new(45);
    let (doctor, patient) = (sim.join(usual(1)), sim.join(usual(1)));
    sim.run(2 * SECOND);
    let mut client = Client::new(sim.now, ([10, 0, 0, 3], 5_000).into(), str0m::net::Protocol::Udp, 3);
    let good = client.offer(usual(1));
    let lines: Vec<&str> = good.split_inclusive("\r\n").collect();
    let mut bad: Vec<String> = vec![String::new(), "v=0".into(), "\u{0}".repeat(100), good.replace("opus", "speex")];
    bad.push(lines.iter().filter(|line| !line.contains("fingerprint")).copied().collect());
    bad.push(lines.iter().filter(|line| !line.contains("ice-pwd")).copied().collect());
    bad.push(good.replace("VP8", "AV1"));
    let key = PeerKey { seat: 3, take: 1 };
    for offer in bad {
        let refused = sim.admit(ROOM, key, offer.clone());
        assert!(matches!(refused, Err(MediaError::BadOffer(_))), "{refused:?} for {offer}");
    }
    for cut in (0..good.len()).step_by(97) {
        // Any outcome but a panic: some cuts are offers still.
        drop(sim.admit(ROOM, key, good[..cut].to_owned()));
        drop(sim.admit(ROOM, key, good[cut..].to_owned()));
    }
    let before = sim.got(doctor, patient, Audio).len();
    sim.run(SECOND);
    assert!(sim.got(doctor, patient, Audio).len() > before + 40);
    assert_eq!(sim.counts().collapsed, 0);
}

#[test]
fn the_answer_speaks_opus_and_vp8_only() {
    let mut sim = Simulation::new(46);
    let mut client = Client::new(sim.now, ([10, 0, 0, 1], 5_000).into(), str0m::net::Protocol::Udp, 1);
    let offer = client.offer(Wish { layers: &[], ..usual(1) });
    assert!(offer.contains("H264"), "the offer has more");
    let answer = sim.admit(ROOM, PeerKey { seat: 1, take: 1 }, offer).unwrap().answer;
    let codecs: std::collections::BTreeSet<&str> = answer
        .lines()
        .filter_map(|line| line.strip_prefix("a=rtpmap:"))
        .filter_map(|line| line.split([' ', '/']).nth(1))
        .collect();
    assert_eq!(codecs.into_iter().collect::<Vec<_>>(), ["VP8", "opus", "rtx"]);
    assert!(answer.contains("a=ice-lite"));
    assert!(answer.contains("tcptype passive"));
}

#[test]
fn a_room_has_a_last_place() {
    let mut sim = Simulation::new(47);
    let mut admit = |seat: u128| {
        let mut client = Client::new(sim.now, ([10, 0, 0, 1], 5_000).into(), str0m::net::Protocol::Udp, 1);
        let offer = client.offer(Wish { audio: true, video: false, layers: &[], slots: 0 });
        sim.admit(ROOM, PeerKey { seat, take: 1 }, offer).map(drop)
    };
    for seat in 0..128 {
        admit(seat).unwrap();
    }
    assert_eq!(admit(128), Err(MediaError::BadOffer("there is no place for more".into())));
    assert_eq!(admit(5), Ok(()), "who comes again takes their own place");
}
