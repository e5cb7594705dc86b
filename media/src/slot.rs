//! One m-line a peer receives: whose media it carries, which layer, and how it is renumbered.

use std::time::Instant;

use str0m::media::{MediaKind, Mid, Pt};
use str0m::rtp::{ExtensionValues, RtpPacket, RtpWrite, Ssrc, Vp8Descriptor, Vp8Patch};

use crate::handle;
use crate::keyframes::Patience;
use crate::layers::Choice;
use crate::source::Arrived;
use crate::track::{Incoming, Outgoing, Track};

/// A receive line of a peer.
#[derive(Debug)]
pub(crate) struct Slot {
    pub(crate) mid: Mid,
    pub(crate) kind: MediaKind,
    pub(crate) pt: Pt,
    pub(crate) ssrc: Ssrc,
    pub(crate) choice: Choice,
    pub(crate) patience: Patience,
    from: Option<Origin>,
    active: Option<usize>,
    track: Track,
}

/// The line of another peer that a slot carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    pub(crate) peer: u64,
    pub(crate) mid: Mid,
    pub(crate) seat: u128,
}

impl Slot {
    /// A free line.
    pub(crate) fn new(mid: Mid, kind: MediaKind, pt: Pt, ssrc: Ssrc) -> Self {
        let track = Track::new(if kind == MediaKind::Video { 90 } else { 48 });
        let (choice, patience) = Default::default();
        Self { mid, kind, pt, ssrc, choice, patience, from: None, active: None, track }
    }

    /// Whose media it carries.
    pub(crate) fn from(&self) -> Option<Origin> {
        self.from
    }

    /// Carries someone else's media from now on, or nobody's.
    pub(crate) fn assign(&mut self, from: Option<Origin>) {
        self.from = from;
        self.choice = Choice::default();
        self.patience = Patience::default();
        self.active = None;
        self.track.stop();
    }

    /// The slot as it is told.
    pub(crate) fn told(&self) -> handle::Slot {
        handle::Slot { mid: self.mid.to_string(), seat: self.from.map(|from| from.seat) }
    }

    /// The layer whose key frame it needs.
    pub(crate) fn awaits(&self) -> Option<usize> {
        let wanted = self.choice.held().filter(|_| self.kind == MediaKind::Video)?;
        (self.active != Some(wanted)).then_some(wanted)
    }

    /// The layer a decoder at the far end lives on, or will.
    pub(crate) fn layer(&self) -> Option<usize> {
        self.awaits().or(self.active)
    }

    /// A packet as it leaves on this line. None is one that is not for it.
    pub(crate) fn write(
        &mut self,
        now: Instant,
        layer: usize,
        arrived: &Arrived,
        packet: &RtpPacket,
    ) -> Option<RtpWrite> {
        let outgoing = self.carry(now, layer, &arrived.incoming)?;
        let (time, payload) = (packet.timestamp, packet.payload.clone());
        let write = RtpWrite::new(self.pt, outgoing.seq.into(), outgoing.time, time, payload)
            .marker(packet.header.marker)
            .ext_vals(extensions(&packet.header.ext_vals))
            .nackable(self.kind == MediaKind::Video);
        match arrived.vp8 {
            Some(vp8) => Some(write.vp8_patch(patch(vp8, outgoing)?)),
            None => Some(write),
        }
    }

    /// Renumbers a packet for this line. None is one that is not for it: another layer, a pause, or too late.
    fn carry(&mut self, now: Instant, layer: usize, packet: &Incoming) -> Option<Outgoing> {
        match self.kind {
            MediaKind::Audio => self.carry_audio(now, packet),
            MediaKind::Video => self.carry_video(now, layer, packet),
        }
    }

    fn carry_audio(&mut self, now: Instant, packet: &Incoming) -> Option<Outgoing> {
        if !self.track.follows(packet.ssrc) {
            self.track.switch(now, packet);
        }
        self.track.carry(now, packet)
    }

    fn carry_video(&mut self, now: Instant, layer: usize, packet: &Incoming) -> Option<Outgoing> {
        let Some(wanted) = self.choice.held() else {
            self.active = None;
            return None;
        };
        let followed = self.active == Some(layer) && self.track.follows(packet.ssrc);
        if layer == wanted && !followed {
            if packet.key {
                self.active = Some(layer);
                self.track.switch(now, packet);
            } else if self.active == Some(layer) {
                self.active = None; // the encoder started anew under another SSRC
            }
        }
        if self.active.is_none() { None } else { self.track.carry(now, packet) }
    }
}

/// The picture numbers of a packet, rewritten. A descriptor with a 7-bit number takes the low bits.
fn patch(vp8: Vp8Descriptor, outgoing: Outgoing) -> Option<Vp8Patch> {
    let with = |picture: Option<u16>| {
        let mut patch = vp8.patch();
        if let Some(picture) = picture {
            patch = patch.picture_id(picture);
        }
        if let Some(base) = outgoing.base {
            patch = patch.tl0_pic_idx(base);
        }
        patch.build().ok()
    };
    with(outgoing.picture).or_else(|| with(outgoing.picture.map(|picture| picture & 0x7f)))
}

/// What goes on to viewers of a packet's header extensions; the rest belongs to the hop it came over.
fn extensions(from: &ExtensionValues) -> ExtensionValues {
    ExtensionValues {
        audio_level: from.audio_level,
        voice_activity: from.voice_activity,
        video_orientation: from.video_orientation,
        ..ExtensionValues::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::disallowed_methods, reason = "a test needs some first instant")]
    fn start() -> Instant {
        Instant::now()
    }

    fn video() -> Slot {
        Slot::new(Mid::from("2"), MediaKind::Video, 96.into(), 7.into())
    }

    fn packet(ssrc: u32, seq: u64, key: bool) -> Incoming {
        Incoming { ssrc, seq, key, picture: Some(1), base: Some(1), ..Incoming::default() }
    }

    #[test]
    fn video_begins_with_a_key_frame() {
        let (start, mut slot) = (start(), video());
        slot.choice.aim(start, Some(0), Some(0));
        assert_eq!(slot.awaits(), Some(0));
        assert_eq!(slot.carry(start, 0, &packet(1, 10, false)), None);
        assert!(slot.carry(start, 0, &packet(1, 11, true)).is_some());
        assert_eq!(slot.awaits(), None);
        assert!(slot.carry(start, 0, &packet(1, 12, false)).is_some());
    }

    #[test]
    fn the_old_layer_goes_on_until_the_new_ones_key_frame() {
        let (start, mut slot) = (start(), video());
        slot.choice.aim(start, Some(0), Some(0));
        let first = slot.carry(start, 0, &packet(1, 10, true)).unwrap();
        slot.choice.aim(start, Some(1), Some(0));
        slot.choice.aim(start + std::time::Duration::from_secs(1), Some(1), Some(0));
        assert_eq!(slot.awaits(), Some(1));
        assert_eq!(slot.carry(start, 1, &packet(2, 50, false)), None);
        assert!(slot.carry(start, 0, &packet(1, 11, false)).is_some());
        let switched = slot.carry(start, 1, &packet(2, 51, true)).unwrap();
        assert_eq!(switched.seq, first.seq + 2);
        assert_eq!(slot.carry(start, 0, &packet(1, 12, false)), None);
    }

    #[test]
    fn a_pause_stops_video_until_another_key_frame() {
        let (start, mut slot) = (start(), video());
        slot.choice.aim(start, Some(0), Some(0));
        slot.carry(start, 0, &packet(1, 10, true)).unwrap();
        slot.choice.aim(start, None, None);
        assert_eq!(slot.carry(start, 0, &packet(1, 11, false)), None);
        slot.choice.aim(start, Some(0), Some(0));
        slot.choice.aim(start + std::time::Duration::from_secs(2), Some(0), Some(0));
        assert_eq!(slot.carry(start, 0, &packet(1, 12, false)), None);
        assert!(slot.carry(start, 0, &packet(1, 13, true)).is_some());
    }

    #[test]
    fn an_encoder_that_starts_anew_is_followed_from_its_key_frame() {
        let (start, mut slot) = (start(), video());
        slot.choice.aim(start, Some(0), Some(0));
        slot.carry(start, 0, &packet(1, 10, true)).unwrap();
        assert_eq!(slot.carry(start, 0, &packet(9, 1, false)), None);
        assert_eq!(slot.awaits(), Some(0));
        assert!(slot.carry(start, 0, &packet(9, 2, true)).is_some());
    }

    #[test]
    fn audio_needs_no_key_frame() {
        let (start, mut slot) = (start(), Slot::new(Mid::from("1"), MediaKind::Audio, 111.into(), 7.into()));
        assert!(slot.carry(start, 0, &packet(1, 10, false)).is_some());
        assert!(slot.carry(start, 0, &packet(2, 10, false)).is_some());
    }
}
