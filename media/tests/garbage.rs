//! Packets that make no sense: dropped, counted, and noticed by nobody.

use std::net::SocketAddr;
use std::time::Duration;

use rand::{Rng, RngExt};
use str0m::media::MediaKind::{Audio, Video};
use vaidya_media::{PeerKey, Verdict};

use crate::client::{Client, usual};
use crate::simulation::{ROOM, Simulation};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn packets_of_strangers_are_counted_and_dropped() {
    let mut sim = Simulation::new(50);
    let stranger = SocketAddr::from(([192, 0, 2, 7], 9));
    for length in 0..200 {
        let mut bytes = vec![0; length];
        sim.net.luck.fill_bytes(&mut bytes);
        assert_eq!(sim.inject(stranger, &bytes), Verdict::Garbage);
    }
    assert_eq!(sim.counts().garbage, 200);
}

#[test]
fn a_call_goes_on_under_mutated_packets() {
    for seed in 51..54 {
        let mut sim = Simulation::new(seed);
        let (doctor, patient) = (sim.join(usual(1)), sim.join(usual(1)));
        sim.run(3 * SECOND);
        let before = (sim.got(doctor, patient, Audio).len(), sim.got(doctor, patient, Video).len());
        mutate(&mut sim, 10_000);
        sim.run(2 * SECOND);
        let after = (sim.got(doctor, patient, Audio).len(), sim.got(doctor, patient, Video).len());
        assert!(after.0 >= before.0 + 90, "seed {seed}: audio {before:?} then {after:?}");
        assert!(after.1 >= before.1 + 50, "seed {seed}: video {before:?} then {after:?}");
        let counts = sim.counts();
        assert_eq!((counts.collapsed, counts.peers), (0, 2), "seed {seed}");
    }
}

#[test]
fn a_forged_header_does_not_silence_a_peer() {
    let mut sim = Simulation::new(56);
    let (doctor, patient) = (sim.join(usual(1)), sim.join(usual(1)));
    sim.run(2 * SECOND);
    let packets: Vec<Vec<u8>> =
        sim.seen.iter().filter(|(first, _)| **first == 0x90).flat_map(|(_, all)| all.clone()).collect();
    let from = sim.ends[patient].address;
    let forged = packets.iter().filter(|packet| {
        let mut packet = (*packet).clone();
        packet[11] ^= 0xff;
        sim.inject(from, &packet) == Verdict::Garbage
    });
    assert!(forged.count() > 20);
    let before = (sim.got(doctor, patient, Audio).len(), sim.got(doctor, patient, Video).len());
    sim.run(SECOND);
    let after = (sim.got(doctor, patient, Audio).len(), sim.got(doctor, patient, Video).len());
    assert!(after.0 >= before.0 + 45 && after.1 >= before.1 + 28, "{before:?} then {after:?}");
}

/// Takes packets of every kind, breaks them, and sends them from the addresses of the living.
fn mutate(sim: &mut Simulation, times: usize) {
    let mut samples = samples();
    samples.extend(sim.seen.values().flatten().cloned());
    for n in 0..times {
        let mut bytes = samples[sim.net.luck.random_range(0..samples.len())].clone();
        for _ in 0..sim.net.luck.random_range(0..6_u32) {
            let at = sim.net.luck.random_range(0..bytes.len());
            bytes[at] = sim.net.luck.random();
        }
        bytes.truncate(sim.net.luck.random_range(1..=bytes.len()));
        let from = sim.ends[n % sim.ends.len()].address;
        sim.inject(from, &bytes);
        if n % 100 == 0 {
            sim.run(Duration::from_millis(1));
        }
    }
}

/// A STUN request, a DTLS hello, RTP with extensions, RTCP: as far as a stranger can know them.
fn samples() -> Vec<Vec<u8>> {
    let mut stun = vec![0, 1, 0, 16, 0x21, 0x12, 0xa4, 0x42];
    stun.extend([7; 12]);
    stun.extend([0, 6, 0, 9, b'a', b'b', b'c', b'd', b':', b'e', b'f', b'g', b'h', 0, 0, 0]);
    let mut hello = vec![22, 254, 253, 0, 0, 0, 0, 0, 0, 0, 0, 0, 60];
    hello.extend([1; 60]);
    let mut rtp = vec![0x90, 96, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 0xbe, 0xde, 0, 2, 0x40, b'0', 0xa1, b'q', b'q', 0, 0, 0];
    rtp.extend([3; 80]);
    let mut rtcp = vec![0x81, 201, 0, 7, 0, 0, 0, 1];
    rtcp.extend([5; 40]);
    let twcc = vec![0x8f, 205, 0, 5, 0, 0, 0, 1, 0, 0, 0, 2, 0, 1, 0, 20, 0, 0, 1, 0, 0x20, 20, 1, 1];
    vec![stun, hello, rtp, rtcp, twcc, vec![0x80; 1_500]]
}

#[test]
fn broken_offers_end_no_call_but_their_own() {
    let mut sim = Simulation::new(55);
    let (doctor, patient) = (sim.join(usual(1)), sim.join(usual(1)));
    sim.run(2 * SECOND);
    let mut client = Client::new(sim.now, ([10, 0, 0, 9], 5_000).into(), str0m::net::Protocol::Udp, 9);
    let offer = client.offer(usual(2));
    for n in 0..600 {
        let mut bytes = offer.clone().into_bytes();
        for _ in 0..sim.net.luck.random_range(1..8_u32) {
            let (from, to) = (sim.net.luck.random_range(0..bytes.len()), sim.net.luck.random_range(0..bytes.len()));
            match n % 3 {
                0 => bytes[to] = bytes[from],
                1 => drop(bytes.drain(from..(from + 9).min(bytes.len()))),
                _ => bytes = splice(&bytes, from, to),
            }
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let key = PeerKey { seat: 9, take: n + 1 };
        if sim.admit(ROOM, key, text.clone()).is_ok() {
            drop(sim.reoffer(key, offer.clone()));
        }
        sim.run(Duration::from_millis(1));
    }
    let before = sim.got(doctor, patient, Audio).len();
    sim.run(SECOND);
    assert!(sim.got(doctor, patient, Audio).len() >= before + 45);
    assert_eq!(sim.counts().collapsed, 0);
}

/// The line at `from`, once more at `to`.
fn splice(bytes: &[u8], from: usize, to: usize) -> Vec<u8> {
    let text = String::from_utf8_lossy(bytes);
    let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
    let (from, to) = (from % lines.len(), to % lines.len());
    lines.insert(to, lines[from]);
    lines.concat().into_bytes()
}
