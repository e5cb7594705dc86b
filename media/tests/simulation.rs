//! Clients and an SFU on a simulated network, in simulated time.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use str0m::media::MediaKind;
use str0m::net::{Protocol, Transmit};
use tokio::sync::oneshot;
use vaidya_media::{
    Admitted, Certificate, Command, Counts, Event, MediaError, Path, PeerKey, RoomKey, Sfu, Transport, Verdict,
};

use crate::client::{Client, Got, Wish};
use crate::net::{CLEAN, Link, Net};

pub(crate) const ROOM: RoomKey = RoomKey(1);

/// A step of the simulation's clock.
const STEP: Duration = Duration::from_millis(1);

pub(crate) struct Simulation {
    pub(crate) now: Instant,
    pub(crate) start: Instant,
    pub(crate) sfu: Sfu,
    pub(crate) server: SocketAddr,
    pub(crate) net: Net,
    pub(crate) ends: Vec<End>,
    pub(crate) events: Vec<Event>,
    /// Some of what clients sent, of every kind: the first hundred of each first byte.
    pub(crate) seen: HashMap<u8, Vec<Vec<u8>>>,
    /// Bytes of each payload of video.
    pub(crate) bytes: usize,
}

pub(crate) struct End {
    pub(crate) client: Client,
    pub(crate) address: SocketAddr,
    pub(crate) up: Link,
    pub(crate) down: Link,
    pub(crate) alive: bool,
    pub(crate) speaks: bool,
    pub(crate) shows: bool,
    pub(crate) key: PeerKey,
}

impl Simulation {
    pub(crate) fn new(seed: u64) -> Self {
        #[expect(clippy::disallowed_methods, reason = "a simulation needs some first instant")]
        let start = Instant::now();
        let server = SocketAddr::from(([10, 0, 0, 254], 7443));
        Self {
            now: start,
            start,
            sfu: Sfu::new(vec![server], Certificate::generate().unwrap()),
            server,
            net: Net::new(seed),
            ends: Vec::new(),
            events: Vec::new(),
            seen: HashMap::new(),
            bytes: 400,
        }
    }

    /// Adds a client and lets it join; its number marks its payloads.
    pub(crate) fn join(&mut self, wish: Wish) -> usize {
        let seat = self.ends.len() + 1;
        self.join_as(seat as u128, 1, wish)
    }

    pub(crate) fn join_as(&mut self, seat: u128, take: u32, wish: Wish) -> usize {
        let end = self.ends.len();
        let number = u8::try_from(end + 1).unwrap();
        let address = SocketAddr::from(([10, 0, 0, number], 5_000));
        let mut client = Client::new(self.now, address, Protocol::Udp, number);
        let offer = client.offer(wish);
        let key = PeerKey { seat, take };
        let admitted = self.admit(ROOM, key, offer).unwrap();
        client.answer(&admitted.answer);
        self.ends.push(End { client, address, up: CLEAN, down: CLEAN, alive: true, speaks: true, shows: true, key });
        end
    }

    pub(crate) fn admit(&mut self, room: RoomKey, peer: PeerKey, offer: String) -> Result<Admitted, MediaError> {
        let (reply, mut answer) = oneshot::channel();
        self.sfu.command(self.now, Command::Admit { room, peer, offer, reply });
        answer.try_recv().unwrap()
    }

    pub(crate) fn reoffer(&mut self, peer: PeerKey, offer: String) -> Result<Admitted, MediaError> {
        let (reply, mut answer) = oneshot::channel();
        self.sfu.command(self.now, Command::Reoffer { room: ROOM, peer, offer, reply });
        answer.try_recv().unwrap()
    }

    pub(crate) fn dismiss(&mut self, end: usize) {
        let peer = self.ends[end].key;
        self.sfu.command(self.now, Command::Dismiss { room: ROOM, peer });
        self.ends[end].alive = false;
    }

    pub(crate) fn counts(&mut self) -> Counts {
        let (reply, mut answer) = oneshot::channel();
        self.sfu.command(self.now, Command::Count { reply });
        answer.try_recv().unwrap()
    }

    /// Lets time pass.
    pub(crate) fn run(&mut self, time: Duration) {
        let end = self.now + time;
        while self.now < end {
            self.step();
        }
    }

    /// Lets time pass until something is true; fails after that long.
    pub(crate) fn until(&mut self, limit: Duration, what: &str, mut done: impl FnMut(&Self) -> bool) -> Duration {
        let start = self.now;
        while !done(self) {
            assert!(self.now - start < limit, "not within {limit:?}: {what}");
            self.step();
        }
        self.now - start
    }

    pub(crate) fn inject(&mut self, from: SocketAddr, bytes: &[u8]) -> Verdict {
        let path = Path { transport: Transport::Udp, remote: from, local: self.server };
        self.sfu.receive(self.now, path, bytes)
    }

    fn step(&mut self) {
        self.now += STEP;
        while let Some(packet) = self.net.arrived(self.now) {
            if packet.to == self.server {
                self.inject(packet.from, &packet.bytes);
                let kind = self.seen.entry(packet.bytes[0]).or_default();
                if kind.len() < 100 {
                    kind.push(packet.bytes);
                }
            } else if let Some(end) = self.ends.iter_mut().find(|end| end.address == packet.to && end.alive) {
                end.client.receive(self.now, Protocol::Udp, packet.from, packet.to, &packet.bytes);
                let mut leaves = Vec::new();
                end.client.due = end.client.drain(self.now, &mut leaves);
                let (up, server) = (end.up, self.server);
                self.send_all(up, leaves, server);
            }
        }
        let since = (self.now - self.start).as_millis();
        for n in 0..self.ends.len() {
            self.step_end(n, since);
        }
        self.sfu.turn(self.now);
        let outbox = self.sfu.outbox();
        self.events.append(&mut outbox.events);
        for transmit in std::mem::take(&mut outbox.transmits) {
            let down = self.ends.iter().find(|end| end.address == transmit.destination).map_or(CLEAN, |end| end.down);
            let Transmit { source, destination, contents, .. } = transmit;
            self.net.send(self.now, down, source, destination, contents.into());
        }
    }

    fn step_end(&mut self, n: usize, since: u128) {
        let (now, bytes) = (self.now, self.bytes);
        let end = &mut self.ends[n];
        if !end.alive {
            return;
        }
        let mut busy = end.client.due <= now;
        if end.client.connected && end.speaks && since.is_multiple_of(20) {
            end.client.speak(now);
            busy = true;
        }
        if end.client.connected && end.shows && since.is_multiple_of(33) {
            end.client.show(now, bytes);
            busy = true;
        }
        if busy {
            let leaves = end.client.turn(now);
            let (up, server) = (end.up, self.server);
            self.send_all(up, leaves, server);
        }
    }

    fn send_all(&mut self, link: Link, leaves: Vec<Transmit>, server: SocketAddr) {
        for transmit in leaves.into_iter().filter(|transmit| transmit.destination == server) {
            self.net.send(self.now, link, transmit.source, server, transmit.contents.into());
        }
    }

    pub(crate) fn got(&self, end: usize, from: usize, kind: MediaKind) -> Vec<Got> {
        self.ends[end].client.of(self.ends[from].client.mark, kind)
    }
}

/// The layer a packet of video is of.
pub(crate) fn layer(got: &Got) -> u8 {
    got.payload[7]
}
