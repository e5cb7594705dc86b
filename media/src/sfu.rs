//! All rooms of one worker, without a socket or a clock: commands and datagrams in, an outbox out.

use std::collections::{BTreeSet, HashMap};
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use str0m::Input;
use str0m::config::DtlsCert;
use str0m::ice::StunMessage;
use str0m::net::{Protocol, Receive, Transmit};

use crate::demux::{Claim, Demux, Path, PeerId, Transport};
use crate::handle::{Admitted, Command, Counts, Event, MediaError, PeerKey, RoomKey};
use crate::offer;
use crate::peer::Peer;
use crate::room::{MAX_PEERS, Room};

/// Peers of one worker: about 2 GB at half a megabyte each.
const MAX_ALL_PEERS: usize = 4_096;

/// The one certificate all peers see.
#[derive(Debug, Clone)]
pub struct Certificate(DtlsCert);

impl Certificate {
    /// Makes a new one; none when the machine has no randomness to give.
    #[must_use]
    pub fn generate() -> Option<Self> {
        str0m::crypto::from_feature_flags().dtls_provider.generate_certificate().map(Self)
    }
}

/// What is to be sent and told.
#[derive(Debug, Default)]
pub struct Outbox {
    /// Datagrams, with the socket to send them from and where to.
    pub transmits: Vec<Transmit>,
    /// What the actors must know.
    pub events: Vec<Event>,
    /// Paths nobody holds any more; their TCP connections can be closed.
    pub closed: Vec<Path>,
    pub(crate) gone: Vec<(RoomKey, u64)>,
    pub(crate) counts: Counts,
}

/// What became of a datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It was somebody's.
    Known,
    /// It made no sense, or was nobody's.
    Garbage,
}

/// The rooms of one worker.
///
/// After any call that takes `&mut self` and a time, call [`Sfu::turn`], then send what is in the [`Outbox`].
#[derive(Debug)]
pub struct Sfu {
    addresses: Vec<SocketAddr>,
    certificate: Certificate,
    rooms: HashMap<RoomKey, Place>,
    due: BTreeSet<(Instant, RoomKey)>,
    touched: BTreeSet<RoomKey>,
    demux: Demux,
    next: u64,
    out: Outbox,
}

#[derive(Debug)]
struct Place {
    room: Room,
    due: Instant,
}

impl Sfu {
    /// No rooms yet; peers will be told these addresses.
    #[must_use]
    pub fn new(addresses: Vec<SocketAddr>, certificate: Certificate) -> Self {
        Self {
            addresses,
            certificate,
            rooms: HashMap::new(),
            due: BTreeSet::new(),
            touched: BTreeSet::new(),
            demux: Demux::default(),
            next: 0,
            out: Outbox::default(),
        }
    }

    /// Does what the actors ask. An asker who no longer waits for the answer gets none.
    pub fn command(&mut self, now: Instant, command: Command) {
        match command {
            Command::Admit { room, peer, offer, reply } => drop(reply.send(self.admit(now, room, peer, &offer))),
            Command::Reoffer { room, peer, offer, reply } => drop(reply.send(self.reoffer(now, room, peer, &offer))),
            Command::Dismiss { room, peer } => self.dismiss(now, room, peer),
            Command::Close { room } => self.close(room),
            Command::Count { reply } => drop(reply.send(self.count())),
        }
    }

    /// Takes a datagram. What follows from it is in the outbox after the next [`Sfu::turn`].
    pub fn receive(&mut self, now: Instant, path: Path, bytes: &[u8]) -> Verdict {
        let verdict = self.route(now, path, bytes);
        if verdict == Verdict::Garbage {
            self.out.counts.garbage += 1;
        }
        verdict
    }

    /// A TCP connection ended: nobody holds its path any more.
    pub fn ended(&mut self, path: &Path) {
        self.demux.release(path);
    }

    /// Does what is due and lets everything written leave.
    pub fn turn(&mut self, now: Instant) {
        while let Some((due, key)) = self.due.first().copied().filter(|(due, _)| *due <= now) {
            self.due.remove(&(due, key));
            self.touched.insert(key);
        }
        for key in std::mem::take(&mut self.touched) {
            self.guarded(key, |room, out| room.turn(now, out));
            self.settle(key);
        }
    }

    /// When [`Sfu::turn`] must be called next, if nothing else happens.
    #[must_use]
    pub fn due(&self) -> Option<Instant> {
        self.due.first().map(|(due, _)| *due)
    }

    /// What there is to send and tell. Take its contents; it is filled again.
    pub fn outbox(&mut self) -> &mut Outbox {
        &mut self.out
    }

    /// Counts a frame or connection the shell could not make sense of.
    pub fn count_garbage(&mut self) {
        self.out.counts.garbage += 1;
    }

    fn count(&self) -> Counts {
        let number = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        Counts { rooms: number(self.rooms.len()), peers: number(self.demux.len()), ..self.out.counts }
    }

    fn admit(&mut self, now: Instant, key: RoomKey, peer: PeerKey, text: &str) -> Result<Admitted, MediaError> {
        let (addresses, certificate) = (&self.addresses, &self.certificate.0);
        // Alone with the offer: what breaks here breaks nobody's call.
        let made = catch_unwind(|| Peer::admit(now, peer, text, addresses, certificate));
        let (made, answer) = made.unwrap_or_else(|_| Err(offer::bad("it could not be processed")))?;
        self.make_room_for(now, key, peer)?;
        let number = self.next;
        self.next += 1;
        let slots = self.guarded(key, |room, out| {
            room.insert(number, made);
            room.arrange(now, Some(number), out);
            room.peer(number).map(|peer| (peer.told_slots(), peer.name()))
        });
        let Some(Some((slots, name))) = slots else { return Err(offer::bad("it could not be processed")) };
        self.demux.name(PeerId { room: key, number }, name);
        self.settle(key);
        Ok(Admitted { answer, slots })
    }

    fn make_room_for(&mut self, now: Instant, key: RoomKey, peer: PeerKey) -> Result<(), MediaError> {
        let present = self.rooms.get(&key).map_or(0, |place| place.room.len());
        let old = self.rooms.get(&key).map_or_else(Vec::new, |place| place.room.of_seat(peer.seat));
        if present.saturating_sub(old.len()) >= MAX_PEERS || self.demux.len().saturating_sub(old.len()) >= MAX_ALL_PEERS
        {
            return Err(offer::bad("there is no place for more"));
        }
        self.rooms.entry(key).or_insert_with(|| Place { room: Room::new(key, now), due: now });
        for number in old {
            self.guarded(key, |room, _| room.remove(number));
            self.forget(PeerId { room: key, number });
        }
        Ok(())
    }

    fn reoffer(&mut self, now: Instant, key: RoomKey, peer: PeerKey, text: &str) -> Result<Admitted, MediaError> {
        let number = self.rooms.get(&key).and_then(|place| place.room.find(peer)).ok_or(MediaError::NoPeer)?;
        let answered = self.guarded(key, |room, out| {
            let peer = room.peer(number).ok_or(MediaError::NoPeer)?;
            let answer = peer.reoffer(text)?;
            let name = peer.name();
            room.arrange(now, Some(number), out);
            let slots = room.peer(number).map(|peer| peer.told_slots()).unwrap_or_default();
            Ok((Admitted { answer, slots }, name))
        });
        let (admitted, name) = answered.unwrap_or_else(|| Err(offer::bad("it could not be processed")))?;
        self.demux.name(PeerId { room: key, number }, name);
        self.settle(key);
        Ok(admitted)
    }

    fn dismiss(&mut self, now: Instant, key: RoomKey, peer: PeerKey) {
        let Some(number) = self.rooms.get(&key).and_then(|place| place.room.find(peer)) else { return };
        self.guarded(key, |room, out| {
            room.remove(number);
            room.arrange(now, None, out);
        });
        self.forget(PeerId { room: key, number });
        self.settle(key);
    }

    fn close(&mut self, key: RoomKey) {
        let Some(place) = self.rooms.remove(&key) else { return };
        self.due.remove(&(place.due, key));
        for number in place.room.numbers() {
            self.forget(PeerId { room: key, number });
        }
    }

    fn route(&mut self, now: Instant, path: Path, bytes: &[u8]) -> Verdict {
        let parsed = catch_unwind(|| Receive::new(protocol(path.transport), path.remote, path.local, bytes));
        let Ok(Ok(receive)) = parsed else { return Verdict::Garbage };
        let name = name(bytes);
        self.hand_over(now, &path, name.as_deref());
        let (peer, receive) = match self.demux.by_path(&path) {
            Some(peer) => (peer, receive),
            None => match self.introduce(now, path, receive, name.as_deref()) {
                Some(introduced) => introduced,
                None => return Verdict::Garbage,
            },
        };
        let doubted =
            self.guarded(peer.room, |room, _| room.peer(peer.number).is_some_and(|peer| peer.doubts(now, bytes)));
        if doubted != Some(false) {
            return Verdict::Garbage;
        }
        self.guarded(peer.room, |room, out| room.receive(now, peer.number, receive, out));
        self.reap();
        self.touched.insert(peer.room);
        Verdict::Known
    }

    /// Frees a path whose holder has fallen silent when someone else is called on it.
    fn hand_over(&mut self, now: Instant, path: &Path, name: Option<&str>) {
        let Some(called) = name.and_then(|name| self.demux.by_name(name)) else { return };
        let Some(holder) = self.demux.by_path(path).filter(|holder| *holder != called) else { return };
        let place = self.rooms.get_mut(&holder.room);
        if place.and_then(|place| place.room.peer(holder.number)).is_none_or(|peer| peer.is_quiet(now)) {
            self.demux.release(path);
        }
    }

    /// A path nobody holds: it is given to the peer whose name and password the ICE check on it carries.
    fn introduce<'a>(
        &mut self,
        now: Instant,
        path: Path,
        receive: Receive<'a>,
        name: Option<&str>,
    ) -> Option<(PeerId, Receive<'a>)> {
        let peer = self.demux.by_name(name?)?;
        let input = Input::Receive(now, receive);
        let accepted =
            self.guarded(peer.room, |room, _| room.peer(peer.number).is_some_and(|peer| peer.accepts(&input)));
        let Input::Receive(_, receive) = input else { return None };
        if accepted != Some(true) {
            return None;
        }
        match self.demux.claim(path, peer) {
            Claim::Given { dropped } => {
                self.out.closed.extend(dropped);
                Some((peer, receive))
            }
            Claim::Taken => None,
        }
    }

    /// Runs something in a room. If it panics the room is dropped, and nobody else notices.
    fn guarded<T>(&mut self, key: RoomKey, run: impl FnOnce(&mut Room, &mut Outbox) -> T) -> Option<T> {
        let place = self.rooms.get_mut(&key)?;
        let out = &mut self.out;
        let result = catch_unwind(AssertUnwindSafe(|| run(&mut place.room, out)));
        if result.is_err() {
            self.collapse(key);
        }
        result.ok()
    }

    fn collapse(&mut self, key: RoomKey) {
        tracing::error!("a room failed and was dropped");
        if let Some(place) = self.rooms.remove(&key) {
            self.due.remove(&(place.due, key));
        }
        for peer in self.demux.of_room(key) {
            self.out.counts.collapsed += 1;
            self.forget(peer);
        }
        self.out.events.push(Event::Collapsed { room: key });
    }

    /// Brings the books in line with a room that was worked on.
    fn settle(&mut self, key: RoomKey) {
        self.reap();
        let Some(place) = self.rooms.get_mut(&key) else { return };
        self.due.remove(&(place.due, key));
        if place.room.is_empty() {
            self.rooms.remove(&key);
            return;
        }
        place.due = place.room.due();
        self.due.insert((place.due, key));
    }

    fn reap(&mut self) {
        for (room, number) in std::mem::take(&mut self.out.gone) {
            self.forget(PeerId { room, number });
        }
    }

    fn forget(&mut self, peer: PeerId) {
        let closed = self.demux.forget(peer);
        self.out.closed.extend(closed);
    }
}

fn protocol(transport: Transport) -> Protocol {
    match transport {
        Transport::Udp => Protocol::Udp,
        Transport::Tcp => Protocol::Tcp,
    }
}

/// Whom an ICE check calls: our part of its user name.
fn name(bytes: &[u8]) -> Option<String> {
    let stun = bytes.first().is_some_and(|first| *first < 2);
    let message = stun.then(|| StunMessage::parse(bytes).ok()).flatten()?;
    message.split_username().map(|(ours, _)| ours.to_owned())
}

#[cfg(test)]
mod tests {
    use str0m::media::{Direction, MediaKind};
    use tokio::sync::oneshot;

    use super::*;

    const SERVER: ([u8; 4], u16) = ([192, 0, 2, 1], 7443);

    #[expect(clippy::disallowed_methods, reason = "a test needs some first instant")]
    fn start() -> Instant {
        Instant::now()
    }

    fn admit(sfu: &mut Sfu, now: Instant, room: RoomKey, seat: u128) {
        let mut client = str0m::Rtc::new(now);
        let mut api = client.sdp_api();
        api.add_media(MediaKind::Audio, Direction::SendOnly, None, None, None);
        let (offer, _) = api.apply().unwrap();
        let (reply, mut answer) = oneshot::channel();
        let peer = PeerKey { seat, take: 1 };
        sfu.command(now, Command::Admit { room, peer, offer: offer.to_sdp_string(), reply });
        answer.try_recv().unwrap().unwrap();
    }

    #[test]
    fn a_room_that_fails_is_dropped_and_told_and_the_others_go_on() {
        let now = start();
        let mut sfu = Sfu::new(vec![SERVER.into()], Certificate::generate().unwrap());
        admit(&mut sfu, now, RoomKey(1), 1);
        admit(&mut sfu, now, RoomKey(1), 2);
        admit(&mut sfu, now, RoomKey(2), 3);
        sfu.guarded(RoomKey(1), |_, _| panic!("this is what the test is about"));
        sfu.turn(now);
        assert_eq!(sfu.outbox().events, [Event::Collapsed { room: RoomKey(1) }]);
        let counts = sfu.count();
        assert_eq!((counts.rooms, counts.peers, counts.collapsed), (1, 1, 2));
        admit(&mut sfu, now, RoomKey(1), 1);
        assert_eq!(sfu.count().rooms, 2);
    }

    #[test]
    fn a_room_that_is_closed_leaves_nothing_behind() {
        let now = start();
        let mut sfu = Sfu::new(vec![SERVER.into()], Certificate::generate().unwrap());
        admit(&mut sfu, now, RoomKey(1), 1);
        assert!(sfu.due().is_some());
        sfu.command(now, Command::Close { room: RoomKey(1) });
        sfu.turn(now);
        assert_eq!((sfu.due(), sfu.count().peers, sfu.count().rooms), (None, 0, 0));
    }
}
