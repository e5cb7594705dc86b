//! A peer as a browser would be: it offers, sends Opus and VP8, and notes what it receives.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::Instant;

use str0m::change::{SdpAnswer, SdpPendingOffer};
use str0m::media::{
    Direction, KeyframeRequest, KeyframeRequestKind, MediaKind, Mid, Pt, Rid, Simulcast, SimulcastLayer,
};
use str0m::net::{Protocol, Receive, TcpType, Transmit};
use str0m::rtp::{ExtensionValues, RtpWrite, Vp8Descriptor};
use str0m::{Candidate, Event, IceConnectionState, Input, Output, Rtc, RtcConfig};

/// What a client offers.
#[derive(Clone, Copy)]
pub(crate) struct Wish {
    pub(crate) audio: bool,
    pub(crate) video: bool,
    pub(crate) layers: &'static [&'static str],
    pub(crate) slots: usize,
}

/// A browser's usual first offer: both, in three layers, and room for so many others.
pub(crate) const fn usual(slots: usize) -> Wish {
    Wish { audio: true, video: true, layers: &["q", "h", "f"], slots }
}

/// A packet as it was received.
#[derive(Clone, Debug)]
pub(crate) struct Got {
    pub(crate) at: Instant,
    pub(crate) mid: Mid,
    pub(crate) seq: u64,
    pub(crate) time: u32,
    pub(crate) picture: Option<u16>,
    pub(crate) key: bool,
    pub(crate) level: Option<i8>,
    pub(crate) payload: Vec<u8>,
}

pub(crate) struct Client {
    pub(crate) rtc: Rtc,
    pub(crate) audio: Option<Mid>,
    pub(crate) video: Option<Mid>,
    pub(crate) connected: bool,
    pub(crate) disconnected: bool,
    pub(crate) got: Vec<Got>,
    pub(crate) asked: Vec<(Instant, Option<Rid>)>,
    pub(crate) due: Instant,
    /// The byte that marks this client's payloads.
    pub(crate) mark: u8,
    layers: &'static [&'static str],
    pending: Option<SdpPendingOffer>,
    streams: HashMap<Option<Rid>, Encoder>,
    voice: Encoder,
    requests: Vec<KeyframeRequest>,
}

#[derive(Clone, Copy)]
struct Encoder {
    seq: u64,
    time: u32,
    picture: u16,
    base: u8,
    fresh: bool,
}

impl Encoder {
    fn new(seq: u64) -> Self {
        Self { seq, time: 77_000, picture: 0x7ff0, base: 250, fresh: true }
    }
}

impl Client {
    pub(crate) fn new(now: Instant, address: SocketAddr, protocol: Protocol, mark: u8) -> Self {
        let config = RtcConfig::new().set_rtp_mode(true).enable_bwe(None);
        let mut rtc = config.build(now);
        let candidate = match protocol {
            Protocol::Udp => Candidate::host(address, "udp").unwrap(),
            _ => Candidate::builder().tcp().host(address).tcptype(TcpType::Active).build().unwrap(),
        };
        rtc.add_local_candidate(candidate);
        Self {
            rtc,
            audio: None,
            video: None,
            connected: false,
            disconnected: false,
            got: Vec::new(),
            asked: Vec::new(),
            due: now,
            mark,
            layers: &[],
            pending: None,
            streams: HashMap::new(),
            voice: Encoder::new(40_000),
            requests: Vec::new(),
        }
    }

    /// The first offer.
    pub(crate) fn offer(&mut self, wish: Wish) -> String {
        self.layers = wish.layers;
        let mut api = self.rtc.sdp_api();
        if wish.audio {
            self.audio = Some(api.add_media(MediaKind::Audio, Direction::SendOnly, None, None, None));
        }
        if wish.video {
            let simulcast = (!wish.layers.is_empty()).then(|| Simulcast {
                send: wish.layers.iter().map(|rid| SimulcastLayer::new(rid)).collect(),
                recv: Vec::new(),
            });
            self.video = Some(api.add_media(MediaKind::Video, Direction::SendOnly, None, None, simulcast));
        }
        for _ in 0..wish.slots {
            api.add_media(MediaKind::Audio, Direction::RecvOnly, None, None, None);
            api.add_media(MediaKind::Video, Direction::RecvOnly, None, None, None);
        }
        let (offer, pending) = api.apply().unwrap();
        self.pending = Some(pending);
        offer.to_sdp_string()
    }

    /// A later offer with more room.
    pub(crate) fn grow(&mut self, slots: usize) -> String {
        let mut api = self.rtc.sdp_api();
        for _ in 0..slots {
            api.add_media(MediaKind::Audio, Direction::RecvOnly, None, None, None);
            api.add_media(MediaKind::Video, Direction::RecvOnly, None, None, None);
        }
        let (offer, pending) = api.apply().unwrap();
        self.pending = Some(pending);
        offer.to_sdp_string()
    }

    /// A later offer with new ICE credentials.
    pub(crate) fn restart(&mut self) -> String {
        let mut api = self.rtc.sdp_api();
        api.ice_restart(true);
        let (offer, pending) = api.apply().unwrap();
        self.pending = Some(pending);
        offer.to_sdp_string()
    }

    pub(crate) fn answer(&mut self, answer: &str) {
        let answer = SdpAnswer::from_sdp_string(answer).unwrap();
        self.rtc.sdp_api().accept_answer(self.pending.take().unwrap(), answer).unwrap();
    }

    pub(crate) fn receive(
        &mut self,
        now: Instant,
        protocol: Protocol,
        source: SocketAddr,
        to: SocketAddr,
        bytes: &[u8],
    ) {
        if let Ok(receive) = Receive::new(protocol, source, to, bytes) {
            self.rtc.handle_input(Input::Receive(now, receive)).unwrap();
        }
    }

    /// Lets time pass and takes what leaves.
    pub(crate) fn turn(&mut self, now: Instant) -> Vec<Transmit> {
        let mut leaves = Vec::new();
        for _ in 0..64 {
            self.rtc.handle_input(Input::Timeout(now)).unwrap();
            self.due = self.drain(now, &mut leaves);
            if self.due > now {
                break;
            }
        }
        leaves
    }

    pub(crate) fn drain(&mut self, now: Instant, leaves: &mut Vec<Transmit>) -> Instant {
        loop {
            match self.rtc.poll_output().unwrap() {
                Output::Timeout(due) => return due,
                Output::Transmit(transmit) => leaves.push(transmit),
                Output::Event(event) => self.note(now, event),
            }
        }
    }

    fn note(&mut self, now: Instant, event: Event) {
        match event {
            Event::Connected => self.connected = true,
            Event::IceConnectionStateChange(IceConnectionState::Disconnected) => self.disconnected = true,
            Event::KeyframeRequest(request) => {
                self.asked.push((now, request.rid));
                self.requests.push(request);
            }
            Event::RtpPacket(packet) => {
                let mid = self.rtc.direct_api().stream_rx(&packet.header.ssrc).unwrap().mid();
                let vp8 = Vp8Descriptor::parse(&packet.payload).ok();
                self.got.push(Got {
                    at: now,
                    mid,
                    seq: *packet.seq_no,
                    time: packet.header.timestamp,
                    picture: vp8.and_then(|vp8| vp8.picture_id()),
                    key: vp8.is_some_and(|vp8| vp8.starts_keyframe(&packet.payload)),
                    level: packet.header.ext_vals.audio_level,
                    payload: packet.payload.to_vec(),
                });
            }
            _ => {}
        }
    }

    fn pt(&self, mid: Mid) -> Pt {
        self.rtc.media(mid).unwrap().remote_pts()[0]
    }

    /// Speaks for 20 ms.
    pub(crate) fn speak(&mut self, now: Instant) {
        let Some(mid) = self.audio else { return };
        let pt = self.pt(mid);
        let voice = &mut self.voice;
        let ext_vals = ExtensionValues { audio_level: Some(-30), voice_activity: Some(true), ..Default::default() };
        let write = RtpWrite::new(pt, voice.seq.into(), voice.time, now, vec![self.mark; 60]).ext_vals(ext_vals);
        voice.seq += 1;
        voice.time = voice.time.wrapping_add(960);
        self.rtc.direct_api().stream_tx_by_mid(mid, None).unwrap().write_rtp(write);
    }

    /// Sends a frame of every layer: layer n has 3ⁿ packets of so many bytes. A key frame where one was asked for.
    pub(crate) fn show(&mut self, now: Instant, bytes: usize) {
        let rids: Vec<Option<Rid>> = match self.layers {
            [] => vec![None],
            layers => layers.iter().map(|rid| Some(Rid::from(*rid))).collect(),
        };
        for (layer, rid) in rids.into_iter().enumerate() {
            self.frame(now, rid, layer, bytes);
        }
    }

    fn frame(&mut self, now: Instant, rid: Option<Rid>, layer: usize, bytes: usize) {
        let Some(mid) = self.video else { return };
        let pt = self.pt(mid);
        let asked = self.requests.iter().any(|request| request.rid == rid);
        self.requests.retain(|request| request.rid != rid);
        let encoder = self.streams.entry(rid).or_insert_with(|| Encoder::new(65_500));
        let key = asked || encoder.fresh;
        encoder.fresh = false;
        let packets = 3_usize.pow(layer.try_into().unwrap());
        for n in 0..packets {
            let start = if n == 0 { 0x90 } else { 0x80 };
            let [high, low] = (0x8000 | encoder.picture).to_be_bytes();
            let mut payload = vec![start, 0xe0, high, low, encoder.base, 0, u8::from(!key), layer as u8];
            payload.resize(bytes, self.mark);
            let write = RtpWrite::new(pt, encoder.seq.into(), encoder.time, now, payload);
            let write = write.marker(n + 1 == packets).nackable(true);
            encoder.seq += 1;
            self.rtc.direct_api().stream_tx_by_mid(mid, rid).unwrap().write_rtp(write);
        }
        encoder.picture = (encoder.picture + 1) & 0x7fff;
        encoder.base = encoder.base.wrapping_add(1);
        encoder.time = encoder.time.wrapping_add(3_000);
    }

    /// Says that its decoder is stuck on a line.
    pub(crate) fn plead(&mut self, mid: Mid) {
        if let Some(stream) = self.rtc.direct_api().stream_rx_by_mid(mid, None) {
            stream.request_keyframe(KeyframeRequestKind::Pli);
        }
    }

    /// What came of the payloads with this mark.
    pub(crate) fn of(&self, mark: u8, kind: MediaKind) -> Vec<Got> {
        let fits = |got: &&Got| {
            got.payload.last() == Some(&mark) && self.rtc.media(got.mid).is_some_and(|media| media.kind() == kind)
        };
        self.got.iter().filter(fits).cloned().collect()
    }
}
