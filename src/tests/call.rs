//! The other end of a call: a connection over a real socket that sends what it is given and notes what comes.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests end by panicking")]

use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use str0m::change::{SdpAnswer, SdpPendingOffer};
use str0m::media::{Direction, MediaKind, Mid};
use str0m::net::{Protocol, Receive};
use str0m::rtp::{ExtensionValues, RtpWrite};
use str0m::{Candidate, Event, Input, Output, Rtc, RtcConfig};

/// Time between two frames of sound.
const FRAME: Duration = Duration::from_millis(20);

/// A browser's connection to the server's media.
pub(crate) struct Call {
    rtc: Rtc,
    socket: UdpSocket,
    local: SocketAddr,
    voice: Mid,
    pending: Option<SdpPendingOffer>,
    connected: bool,
    sequence: u64,
    due: Instant,
    /// Every payload of sound that came.
    pub(crate) heard: Vec<Vec<u8>>,
}

#[expect(clippy::disallowed_methods, reason = "a call over real sockets runs in real time")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

impl Call {
    /// A connection with room for so many others, and its offer.
    pub(crate) fn new(others: usize) -> (Self, String) {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_nonblocking(true).unwrap();
        let (local, now) = (socket.local_addr().unwrap(), now());
        let mut rtc = RtcConfig::new().set_rtp_mode(true).build(now);
        rtc.add_local_candidate(Candidate::host(local, "udp").unwrap());
        let mut api = rtc.sdp_api();
        let voice = api.add_media(MediaKind::Audio, Direction::SendOnly, None, None, None);
        api.add_media(MediaKind::Video, Direction::SendOnly, None, None, None);
        for _ in 0..others {
            api.add_media(MediaKind::Audio, Direction::RecvOnly, None, None, None);
            api.add_media(MediaKind::Video, Direction::RecvOnly, None, None, None);
        }
        let (offer, pending) = api.apply().unwrap();
        let pending = Some(pending);
        let call =
            Self { rtc, socket, local, voice, pending, connected: false, sequence: 9_000, due: now, heard: Vec::new() };
        (call, offer.to_sdp_string())
    }

    pub(crate) fn answer(&mut self, answer: &str) {
        let answer = SdpAnswer::from_sdp_string(answer).unwrap();
        self.rtc.sdp_api().accept_answer(self.pending.take().unwrap(), answer).unwrap();
    }

    /// Lets time pass; says the next frame of sound when its time has come.
    pub(crate) fn turn(&mut self, frame: impl FnOnce() -> Vec<u8>) {
        let (mut buffer, now) = ([0; 2_048], now());
        while let Ok((length, from)) = self.socket.recv_from(&mut buffer) {
            if let Ok(receive) = Receive::new(Protocol::Udp, from, self.local, &buffer[..length]) {
                self.rtc.handle_input(Input::Receive(now, receive)).unwrap();
            }
            self.drain();
        }
        if self.connected && now >= self.due {
            self.due = now + FRAME;
            self.say(now, frame());
        }
        self.rtc.handle_input(Input::Timeout(now)).unwrap();
        self.drain();
    }

    fn say(&mut self, now: Instant, frame: Vec<u8>) {
        let kind = self.rtc.media(self.voice).unwrap().remote_pts()[0];
        let time = u32::try_from(self.sequence * 960).unwrap();
        let level = ExtensionValues { audio_level: Some(-30), voice_activity: Some(true), ..Default::default() };
        let write = RtpWrite::new(kind, self.sequence.into(), time, now, frame).ext_vals(level);
        self.sequence += 1;
        self.rtc.direct_api().stream_tx_by_mid(self.voice, None).unwrap().write_rtp(write);
    }

    fn drain(&mut self) {
        loop {
            match self.rtc.poll_output().unwrap() {
                Output::Timeout(_) => return,
                Output::Transmit(transmit) => {
                    let _lost = self.socket.send_to(&transmit.contents, transmit.destination);
                }
                Output::Event(Event::Connected) => self.connected = true,
                Output::Event(Event::RtpPacket(packet)) => self.heard.push(packet.payload.to_vec()),
                Output::Event(_) => {}
            }
        }
    }
}
