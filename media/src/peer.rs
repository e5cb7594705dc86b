//! One connection: its str0m instance, the lines it sends and receives, and whether it still lives.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use str0m::bwe::{Bitrate, BweKind};
use str0m::config::DtlsCert;
use str0m::format::Codec;
use str0m::media::{Direction, KeyframeRequestKind, Media, MediaKind, Mid, Pt};
use str0m::net::Receive;
use str0m::rtp::{RtpPacket, Ssrc};
use str0m::stats::PeerStats;
use str0m::{Event, IceConnectionState, Input, Output, Rtc};

use crate::claim::{self, Ids};
use crate::handle::{self, MediaError, PeerKey, Sample};
use crate::offer::{self, Offer};
use crate::sfu::Outbox;
use crate::slot::Slot;
use crate::source::{Arrived, Source};
use crate::terms::{self, FIRST_ESTIMATE};

/// A peer that is not connected after this long never will be.
const CONNECT_WITHIN: Duration = Duration::from_secs(30);

/// A connected peer that is silent for this long is gone. Longer than ICE needs to notice (12–13 s): this is for a peer
/// caught in the middle of an ICE restart.
const SILENCE: Duration = Duration::from_secs(20);

/// A peer that is silent for this long may have lost its address to another: NATs give them out again.
const QUIET: Duration = Duration::from_secs(5);

/// Remembered streams of one peer; a browser has a handful.
const MAX_STREAMS: usize = 128;

/// A peer of a room.
#[derive(Debug)]
pub(crate) struct Peer {
    pub(crate) key: PeerKey,
    pub(crate) sources: Vec<Source>,
    pub(crate) slots: Vec<Slot>,
    /// When str0m wants to be told the time.
    pub(crate) due: Instant,
    /// Whether something was written that has not left yet.
    pub(crate) dirty: bool,
    rtc: Rtc,
    stage: Stage,
    streams: HashMap<Ssrc, Option<(usize, usize)>>,
    ids: Ids,
    estimate: u64,
    desired: u64,
    told: (u64, u64),
}

/// How far a connection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Joining { until: Instant },
    Up { heard: Instant },
    Gone,
}

/// What came out of a peer that concerns others.
#[derive(Debug)]
pub(crate) enum News {
    /// A packet of one of its sources and layers.
    Packet { source: usize, layer: usize, packet: Box<RtpPacket> },
    /// Media flows.
    Connected,
    /// It is gone.
    Lost,
    /// Its decoder needs a key frame on this slot.
    Stuck { slot: usize },
    /// Its figures.
    Sample(Sample),
}

impl Peer {
    /// Answers a first offer.
    ///
    /// # Errors
    /// When the offer asks for what is not spoken here.
    pub(crate) fn admit(
        now: Instant,
        key: PeerKey,
        text: &str,
        addresses: &[SocketAddr],
        certificate: &DtlsCert,
    ) -> Result<(Self, String), MediaError> {
        let offer = offer::read(text)?;
        let mut rtc = terms::config(certificate).build(now);
        for candidate in terms::candidates(addresses) {
            rtc.add_local_candidate(candidate);
        }
        let mut peer = Self {
            key,
            sources: Vec::new(),
            slots: Vec::new(),
            due: now,
            dirty: true,
            rtc,
            stage: Stage::Joining { until: now + CONNECT_WITHIN },
            streams: HashMap::new(),
            ids: Ids::default(),
            estimate: FIRST_ESTIMATE,
            desired: 0,
            told: (0, 0),
        };
        let answer = peer.negotiate(offer)?;
        Ok((peer, answer))
    }

    /// Answers a later offer.
    ///
    /// # Errors
    /// When it asks for what is not spoken here; the peer stays as it was as far as that can be had.
    pub(crate) fn reoffer(&mut self, text: &str) -> Result<String, MediaError> {
        self.negotiate(offer::read(text)?)
    }

    /// The name its ICE checks call us by.
    pub(crate) fn name(&mut self) -> String {
        self.rtc.direct_api().local_ice_credentials().ufrag
    }

    /// Its slots as they are told.
    pub(crate) fn told_slots(&self) -> Vec<handle::Slot> {
        self.slots.iter().map(Slot::told).collect()
    }

    /// Whether media can be written.
    pub(crate) fn is_up(&self) -> bool {
        matches!(self.stage, Stage::Up { .. })
    }

    /// Its downlink as estimated, bit/s of RTP payload.
    pub(crate) fn estimate(&self) -> u64 {
        self.estimate
    }

    /// Whether an ICE check is really for this peer.
    pub(crate) fn accepts(&self, input: &Input) -> bool {
        self.rtc.accepts(input)
    }

    /// Whether a datagram would take a running stream away from its line: a forgery, since nothing has proved it yet.
    pub(crate) fn doubts(&self, now: Instant, bytes: &[u8]) -> bool {
        if !claim::is_rtp(bytes)
            || claim::ssrc(bytes).is_some_and(|ssrc| matches!(self.streams.get(&ssrc), Some(Some(_))))
        {
            return false;
        }
        let Some(claim) = claim::read(bytes, self.ids) else { return false };
        let source = self.sources.iter().find(|source| Some(source.mid) == claim.mid);
        let main = |source: &&Source| claim.rid.is_some() || claim.pt == *source.pt;
        let Some(source) = source.filter(main) else { return false };
        let layer = source.layer(claim.rid).and_then(|layer| source.layers.get(layer));
        layer.is_some_and(|layer| layer.runs(now) && layer.ssrc != Some(claim.ssrc))
    }

    /// Takes a datagram.
    pub(crate) fn receive(&mut self, now: Instant, receive: Receive, out: &mut Outbox) -> Vec<News> {
        if let Stage::Up { heard } = &mut self.stage {
            *heard = now;
        }
        self.step(now, Input::Receive(now, receive), out)
    }

    /// Lets time pass, and everything written leave.
    pub(crate) fn advance(&mut self, now: Instant, out: &mut Outbox) -> Vec<News> {
        self.step(now, Input::Timeout(now), out)
    }

    /// Whether it has been waited for long enough.
    pub(crate) fn is_overdue(&self, now: Instant) -> bool {
        match self.stage {
            Stage::Joining { until } => now >= until,
            Stage::Up { heard } => now.saturating_duration_since(heard) >= SILENCE,
            Stage::Gone => true,
        }
    }

    /// Whether it has been silent long enough for another to take over an address of its.
    pub(crate) fn is_quiet(&self, now: Instant) -> bool {
        match self.stage {
            Stage::Up { heard } => now.saturating_duration_since(heard) >= QUIET,
            Stage::Joining { .. } | Stage::Gone => true,
        }
    }

    /// Writes a packet on a slot, renumbered.
    pub(crate) fn carry(
        &mut self,
        now: Instant,
        slot: usize,
        layer: usize,
        arrived: &Arrived,
        packet: &RtpPacket,
    ) -> bool {
        if !self.is_up() {
            return false;
        }
        let Some(slot) = self.slots.get_mut(slot) else { return false };
        let Some(write) = slot.write(now, layer, arrived, packet) else { return false };
        let mut api = self.rtc.direct_api();
        let Some(stream) = api.stream_tx(&slot.ssrc) else { return false };
        stream.write_rtp(write);
        self.dirty = true;
        true
    }

    /// Asks its encoder for a key frame.
    pub(crate) fn ask_keyframe(&mut self, ssrc: Ssrc) -> bool {
        let mut api = self.rtc.direct_api();
        let Some(stream) = api.stream_rx(&ssrc) else { return false };
        stream.request_keyframe(KeyframeRequestKind::Pli);
        self.dirty = true;
        true
    }

    /// Tells the estimator how much would be sent if it could, bit/s.
    pub(crate) fn desire(&mut self, rate: u64) {
        if self.desired.abs_diff(rate) > self.desired / 10 {
            self.desired = rate;
            self.rtc.bwe().set_bitrate(Bitrate::ZERO, Bitrate::bps(rate));
            self.dirty = true;
        }
    }

    fn negotiate(&mut self, offer: Offer) -> Result<String, MediaError> {
        let answer = self.rtc.sdp_api().accept_offer(offer.sdp).map_err(|error| offer::bad(&error.to_string()))?;
        self.dirty = true;
        self.streams.clear();
        self.read_lines(&offer.mids)?;
        Ok(answer.to_sdp_string())
    }

    /// Takes the lines as they are now: what stays keeps its state, what is new is added, what is gone is dropped.
    fn read_lines(&mut self, mids: &[Mid]) -> Result<(), MediaError> {
        let (mut lines, mut ids) = (Vec::new(), Ids::default());
        for mid in mids {
            let Some(media) = self.rtc.media(*mid).filter(|media| media.direction() != Direction::Inactive) else {
                continue;
            };
            let (kind, direction) = (media.kind(), media.direction());
            ids = ids.or(Ids::of(media.remote_extmap()));
            let pt = self.payload_type(media).ok_or_else(|| offer::bad("a line has neither Opus nor VP8"))?;
            lines.push((*mid, kind, direction, pt));
        }
        let (mut sources, mut slots) = (Vec::new(), Vec::new());
        for (mid, kind, direction, pt) in lines {
            if direction.is_receiving() {
                sources.push(self.source(mid, kind, pt));
            }
            if direction.is_sending() {
                slots.extend(self.slot(mid, kind, pt));
            }
        }
        (self.sources, self.slots, self.ids) = (sources, slots, ids);
        Ok(())
    }

    fn source(&mut self, mid: Mid, kind: MediaKind, pt: Pt) -> Source {
        if let Some(known) = self.sources.iter().position(|source| source.mid == mid) {
            return self.sources.swap_remove(known);
        }
        let any = str0m::media::Rids::Any;
        Source::new(mid, kind, pt, self.rtc.media(mid).map_or(&any, Media::rids_rx))
    }

    fn slot(&mut self, mid: Mid, kind: MediaKind, pt: Pt) -> Option<Slot> {
        if let Some(known) = self.slots.iter().position(|slot| slot.mid == mid) {
            return Some(self.slots.swap_remove(known));
        }
        let ssrc = self.rtc.direct_api().stream_tx_by_mid(mid, None)?.ssrc();
        Some(Slot::new(mid, kind, pt, ssrc))
    }

    fn payload_type(&self, media: &Media) -> Option<Pt> {
        let codec = if media.kind() == MediaKind::Audio { Codec::Opus } else { Codec::Vp8 };
        let mut known = self.rtc.codec_config().params().iter().filter(|params| params.spec().codec == codec);
        known.find(|params| media.remote_pts().contains(&params.pt())).map(|params| params.pt())
    }

    fn step(&mut self, now: Instant, input: Input, out: &mut Outbox) -> Vec<News> {
        let mut news = Vec::new();
        self.dirty = false;
        if self.rtc.handle_input(input).is_err() {
            self.lose(&mut news);
        }
        loop {
            match self.rtc.poll_output() {
                Ok(Output::Timeout(due)) => {
                    self.due = due;
                    break;
                }
                Ok(Output::Transmit(transmit)) => out.transmits.push(transmit),
                Ok(Output::Event(event)) => self.note(now, event, &mut news),
                Err(_) => {
                    self.lose(&mut news);
                    break;
                }
            }
        }
        if !self.rtc.is_alive() {
            self.lose(&mut news);
        }
        news
    }

    fn note(&mut self, now: Instant, event: Event, news: &mut Vec<News>) {
        match event {
            Event::RtpPacket(packet) => news.extend(self.locate(packet)),
            Event::Connected => self.connect(now, news),
            Event::IceConnectionStateChange(IceConnectionState::Disconnected) if self.is_up() => self.lose(news),
            Event::Closed => self.lose(news),
            Event::KeyframeRequest(request) => {
                let slot = self.slots.iter().position(|slot| slot.mid == request.mid);
                news.extend(slot.map(|slot| News::Stuck { slot }));
            }
            Event::EgressBitrateEstimate(BweKind::Twcc { estimate, .. } | BweKind::Remb { estimate, .. }) => {
                self.estimate = estimate.as_u64();
            }
            Event::PeerStats(stats) => news.push(News::Sample(self.sample(&stats))),
            _ => {}
        }
    }

    fn connect(&mut self, now: Instant, news: &mut Vec<News>) {
        if matches!(self.stage, Stage::Joining { .. }) {
            self.stage = Stage::Up { heard: now };
            news.push(News::Connected);
        }
    }

    fn lose(&mut self, news: &mut Vec<News>) {
        if self.stage != Stage::Gone {
            self.stage = Stage::Gone;
            news.push(News::Lost);
        }
    }

    /// Which source and layer a packet is of. The answer is kept by SSRC: asking str0m makes it poll everything again.
    fn locate(&mut self, packet: RtpPacket) -> Option<News> {
        let ssrc = packet.header.ssrc;
        let found = if let Some(known) = self.streams.get(&ssrc) {
            *known
        } else {
            let found = self.look_up(ssrc);
            if self.streams.len() >= MAX_STREAMS {
                self.streams.clear();
            }
            self.streams.insert(ssrc, found);
            found
        };
        found.map(|(source, layer)| News::Packet { source, layer, packet: Box::new(packet) })
    }

    fn look_up(&mut self, ssrc: Ssrc) -> Option<(usize, usize)> {
        let (mid, rid) = self.rtc.direct_api().stream_rx(&ssrc).map(|stream| (stream.mid(), stream.rid()))?;
        let source = self.sources.iter().position(|source| source.mid == mid)?;
        let layer = self.sources.get(source)?.layer(rid)?;
        Some((source, layer))
    }

    fn sample(&mut self, stats: &PeerStats) -> Sample {
        let (received, sent) = self.told;
        self.told = (stats.bytes_rx, stats.bytes_tx);
        Sample {
            loss_up: stats.ingress_loss_fraction,
            loss_down: stats.egress_loss_fraction,
            rtt: stats.rtt,
            estimate: Some(self.estimate),
            received: stats.bytes_rx.saturating_sub(received),
            sent: stats.bytes_tx.saturating_sub(sent),
        }
    }
}
