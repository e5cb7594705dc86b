//! One room: who is in it, whose media goes to whom on which slot and layer, and whose encoder is asked for what.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use str0m::media::MediaKind;
use str0m::net::Receive;
use str0m::rtp::RtpPacket;

use crate::handle::{Event, PeerKey, RoomKey};
use crate::layers::{self, Want};
use crate::peer::{News, Peer};
use crate::seating;
use crate::sfu::Outbox;
use crate::slot::Origin;
use crate::source::{Arrived, Fan, Layer, Source};

/// Peers of one room. More would be a broadcast, which one worker does not carry.
pub(crate) const MAX_PEERS: usize = 128;

/// How often a room thinks over layers, key frames and who is overdue. Lower costs CPU for every room; higher keeps
/// viewers on what no longer fits.
const TICK: Duration = Duration::from_millis(100);

/// Rounds of writing and letting leave in one turn; what is left leaves with the next.
const ROUNDS: usize = 64;

/// Asked of a downlink beyond what the best layers run at, in percent, so that probing finds room for more.
const MARGIN: u64 = 125;

/// Asked of a downlink before anything is known of what there is to send, bit/s.
const MODEST: u64 = 1_000_000;

/// A room with its peers, by number: in the order they came.
#[derive(Debug)]
pub(crate) struct Room {
    key: RoomKey,
    peers: BTreeMap<u64, Peer>,
    tick: Instant,
}

impl Room {
    /// An empty room.
    pub(crate) fn new(key: RoomKey, now: Instant) -> Self {
        Self { key, peers: BTreeMap::new(), tick: now + TICK }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.peers.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.peers.len()
    }

    /// Its peers' numbers.
    pub(crate) fn numbers(&self) -> impl Iterator<Item = u64> + '_ {
        self.peers.keys().copied()
    }

    pub(crate) fn peer(&mut self, number: u64) -> Option<&mut Peer> {
        self.peers.get_mut(&number)
    }

    /// The number of a connection.
    pub(crate) fn find(&self, key: PeerKey) -> Option<u64> {
        self.peers.iter().find(|(_, peer)| peer.key == key).map(|(number, _)| *number)
    }

    /// The numbers of all connections of a seat.
    pub(crate) fn of_seat(&self, seat: u128) -> Vec<u64> {
        self.peers.iter().filter(|(_, peer)| peer.key.seat == seat).map(|(number, _)| *number).collect()
    }

    /// When it must be given a turn.
    pub(crate) fn due(&self) -> Instant {
        self.peers.values().map(|peer| peer.due).min().map_or(self.tick, |due| due.min(self.tick))
    }

    /// Adds a peer. Call [`Room::arrange`] when all changes are made.
    pub(crate) fn insert(&mut self, number: u64, peer: Peer) {
        self.peers.insert(number, peer);
    }

    /// Drops a peer. Call [`Room::arrange`] when all changes are made.
    pub(crate) fn remove(&mut self, number: u64) {
        self.peers.remove(&number);
    }

    /// Takes a datagram of one of its peers.
    pub(crate) fn receive(&mut self, now: Instant, number: u64, receive: Receive, out: &mut Outbox) {
        if let Some(peer) = self.peers.get_mut(&number) {
            let news = peer.receive(now, receive, out);
            self.digest(now, number, news, out);
        }
    }

    /// Does what is due, and lets everything written leave.
    pub(crate) fn turn(&mut self, now: Instant, out: &mut Outbox) {
        if now >= self.tick {
            self.tick = now + TICK;
            self.think(now, out);
        }
        for _ in 0..ROUNDS {
            let due: Vec<u64> = self
                .peers
                .iter()
                .filter(|(_, peer)| peer.dirty || peer.due <= now)
                .map(|(number, _)| *number)
                .collect();
            if due.is_empty() {
                return;
            }
            for number in due {
                let Some(peer) = self.peers.get_mut(&number) else { continue };
                let news = peer.advance(now, out);
                self.digest(now, number, news, out);
            }
        }
    }

    /// Puts every line of every peer on a free slot of every other, tells those whose slots changed (except `quiet`,
    /// who is told by the answer), and chooses layers.
    pub(crate) fn arrange(&mut self, now: Instant, quiet: Option<u64>, out: &mut Outbox) {
        for number in seating::arrange(&mut self.peers) {
            if let Some(peer) = self.peers.get(&number).filter(|_| quiet != Some(number)) {
                let slots = peer.told_slots();
                out.events.push(Event::Slots { room: self.key, peer: peer.key, slots });
            }
        }
        let numbers: Vec<u64> = self.numbers().collect();
        for number in numbers {
            self.choose(now, number);
        }
        self.ask(now, out);
    }

    fn digest(&mut self, now: Instant, number: u64, news: Vec<News>, out: &mut Outbox) {
        let mut news = VecDeque::from(news);
        while let Some(item) = news.pop_front() {
            match item {
                News::Packet { source, layer, packet } => self.forward(now, (number, source, layer), &packet, out),
                News::Connected => self.connected(now, number, out),
                News::Lost => self.lost(now, number, out),
                News::Stuck { slot } => self.stuck(now, number, slot, out),
                News::Sample(sample) => {
                    if let Some(peer) = self.peers.get(&number) {
                        out.events.push(Event::Quality { room: self.key, peer: peer.key, sample });
                    }
                }
            }
        }
    }

    fn forward(&mut self, now: Instant, from: (u64, usize, usize), packet: &RtpPacket, out: &mut Outbox) {
        let (number, source, layer) = from;
        out.counts.packets_in += 1;
        let Some(line) = self.peers.get_mut(&number).and_then(|peer| peer.sources.get_mut(source)) else { return };
        let Some(arrived) = line.received(now, layer, packet) else {
            out.counts.garbage += 1;
            return;
        };
        let fans = std::mem::take(&mut line.fans);
        if arrived.fresh {
            for fan in &fans {
                self.choose(now, fan.peer);
            }
        }
        let carried = self.carry(now, &fans, layer, &arrived, packet);
        out.counts.packets_out += carried;
        if let Some(line) = self.peers.get_mut(&number).and_then(|peer| peer.sources.get_mut(source)) {
            line.fans = fans;
        }
        if arrived.fresh {
            self.ask(now, out);
        }
    }

    fn carry(&mut self, now: Instant, fans: &[Fan], layer: usize, arrived: &Arrived, packet: &RtpPacket) -> u64 {
        let mut carried: u64 = 0;
        for fan in fans {
            let Some(viewer) = self.peers.get_mut(&fan.peer) else { continue };
            carried += u64::from(viewer.carry(now, fan.slot, layer, arrived, packet));
        }
        carried
    }

    fn connected(&mut self, now: Instant, number: u64, out: &mut Outbox) {
        if let Some(peer) = self.peers.get(&number) {
            out.events.push(Event::Connected { room: self.key, peer: peer.key });
        }
        self.choose(now, number);
        self.ask(now, out);
    }

    fn lost(&mut self, now: Instant, number: u64, out: &mut Outbox) {
        if let Some(peer) = self.peers.remove(&number) {
            out.events.push(Event::Lost { room: self.key, peer: peer.key });
            out.gone.push((self.key, number));
            self.arrange(now, None, out);
        }
    }

    fn stuck(&mut self, now: Instant, number: u64, slot: usize, out: &mut Outbox) {
        let Some(slot) = self.peers.get_mut(&number).and_then(|peer| peer.slots.get_mut(slot)) else { return };
        let believed = slot.patience.believes(now);
        if let (true, Some(from), Some(layer)) = (believed, slot.from(), slot.layer()) {
            if let Some(layer) = self.layer(from, layer) {
                layer.asking.want();
            }
            self.ask(now, out);
        }
    }

    /// Chooses the layers one viewer is shown, and notes the key frames they need.
    fn choose(&mut self, now: Instant, number: u64) {
        let Some(viewer) = self.peers.get(&number).filter(|peer| peer.is_up()) else { return };
        let lines: Vec<(usize, Origin, MediaKind, Option<usize>)> = viewer
            .slots
            .iter()
            .enumerate()
            .filter_map(|(slot, line)| Some((slot, line.from()?, line.kind, line.choice.held())))
            .collect();
        let estimate = viewer.estimate();
        let (mut audio, mut wants, mut slots) = (0_u64, Vec::new(), Vec::new());
        for (slot, from, kind, held) in lines {
            let Some(source) = self.source(from) else { continue };
            if kind == MediaKind::Audio {
                audio = audio.saturating_add(source.rate(now));
            } else {
                wants.push(Want { held, rates: source.rates(now) });
                slots.push(slot);
            }
        }
        let goals = layers::allocate(estimate.saturating_sub(audio), &wants);
        let Some(viewer) = self.peers.get_mut(&number) else { return };
        for ((slot, goal), want) in slots.iter().zip(goals).zip(&wants) {
            let floor = want.rates.iter().position(Option::is_some);
            if let Some(line) = viewer.slots.get_mut(*slot).filter(|_| floor.is_some()) {
                line.choice.aim(now, goal, floor);
                if line.choice.held() != want.held {
                    tracing::debug!(estimate, audio, from = ?want.held, to = ?goal, rates = ?want.rates, "another layer");
                }
            }
        }
        viewer.desire(desired(estimate, &wants).saturating_add(audio));
        self.note_waiting(number, now);
    }

    fn source(&mut self, from: Origin) -> Option<&mut Source> {
        self.peers.get_mut(&from.peer)?.sources.iter_mut().find(|source| source.mid == from.mid)
    }

    fn note_waiting(&mut self, number: u64, now: Instant) {
        let Some(viewer) = self.peers.get(&number) else { return };
        let waiting: Vec<(Origin, usize)> =
            viewer.slots.iter().filter_map(|slot| Some((slot.from()?, slot.awaits()?))).collect();
        for (from, layer) in waiting {
            if let Some(layer) = self.layer(from, layer).filter(|layer| layer.runs(now)) {
                layer.asking.still_waiting(now);
            }
        }
    }

    fn layer(&mut self, from: Origin, layer: usize) -> Option<&mut Layer> {
        self.source(from)?.layers.get_mut(layer)
    }

    /// Sends the requests for key frames that are due.
    fn ask(&mut self, now: Instant, out: &mut Outbox) {
        for peer in self.peers.values_mut().filter(|peer| peer.is_up()) {
            let layers = peer.sources.iter_mut().flat_map(|source| source.layers.iter_mut());
            let due: Vec<_> = layers.filter_map(|layer| layer.ssrc.filter(|_| layer.asking.due(now))).collect();
            for ssrc in due {
                out.counts.keyframe_requests += u64::from(peer.ask_keyframe(ssrc));
            }
        }
    }

    fn think(&mut self, now: Instant, out: &mut Outbox) {
        let overdue: Vec<u64> =
            self.peers.iter().filter(|(_, peer)| peer.is_overdue(now)).map(|(number, _)| *number).collect();
        for number in overdue {
            self.lost(now, number, out);
        }
        let numbers: Vec<u64> = self.numbers().collect();
        for number in numbers {
            self.choose(now, number);
        }
        self.ask(now, out);
    }
}

/// What a viewer's downlink is probed for, bit/s: the best there is, but no more than twice what is known to fit or the
/// next layer of each video. A probe for more would cost a thin link its audio.
fn desired(estimate: u64, wants: &[Want]) -> u64 {
    if wants.is_empty() {
        return 0;
    }
    let known = wants.iter().any(|want| want.rates.iter().any(Option::is_some));
    let best = if known { wants.iter().map(Want::best).sum() } else { MODEST };
    let next: u64 = wants.iter().map(Want::next_rate).sum();
    best.min(next.max(estimate.saturating_mul(2))).saturating_mul(MARGIN) / 100
}
