//! One outgoing stream without seams: its own sequence numbers, timestamps and VP8 picture numbers across switches.

use std::time::Instant;

/// Picture numbers are 15 bits (RFC 7741, 4.2).
const PICTURES: u16 = 0x7fff;

/// First sequence numbers are taken from the source, below this: the receiver must be able to guess the rollover (RFC 3711, 3.3.1).
const FIRST: u64 = 0x7fff;

/// What of an incoming packet is rewritten.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Incoming {
    /// Which stream.
    pub(crate) ssrc: u32,
    /// Extended sequence number.
    pub(crate) seq: u64,
    /// RTP timestamp.
    pub(crate) time: u32,
    /// VP8 PictureID.
    pub(crate) picture: Option<u16>,
    /// VP8 TL0PICIDX.
    pub(crate) base: Option<u8>,
    /// Whether a key frame starts here.
    pub(crate) key: bool,
}

/// The same, as it leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Outgoing {
    pub(crate) seq: u64,
    pub(crate) time: u32,
    pub(crate) picture: Option<u16>,
    pub(crate) base: Option<u8>,
}

/// An outgoing stream, and which incoming one it follows.
#[derive(Debug)]
pub(crate) struct Track {
    ticks_per_ms: u32,
    current: Option<Mapping>,
    previous: Option<Mapping>,
    head: Option<Head>,
}

/// How one incoming stream is renumbered, from its packet `first` on.
#[derive(Clone, Copy, Debug)]
struct Mapping {
    ssrc: u32,
    first: u64,
    highest: u64,
    seq: u64,
    time: u32,
    picture: u16,
    base: u8,
}

/// The foremost packet that left.
#[derive(Clone, Copy, Debug)]
struct Head {
    at: Instant,
    seq: u64,
    time: u32,
    picture: u16,
    base: u8,
}

impl Track {
    /// A stream of a clock of so many kHz that has not begun.
    pub(crate) fn new(ticks_per_ms: u32) -> Self {
        Self { ticks_per_ms, current: None, previous: None, head: None }
    }

    /// Whether this is the stream it follows.
    pub(crate) fn follows(&self, ssrc: u32) -> bool {
        self.current.is_some_and(|mapping| mapping.ssrc == ssrc)
    }

    /// Follows nothing until the next switch.
    pub(crate) fn stop(&mut self) {
        self.current = None;
        self.previous = None;
    }

    /// Follows another stream from this packet on. Numbers go on where they were; the timestamp by the time that passed.
    pub(crate) fn switch(&mut self, now: Instant, packet: &Incoming) {
        self.previous = self.current.take();
        let picture = packet.picture.unwrap_or(0);
        let base = packet.base.unwrap_or(0);
        let mapping = match &self.head {
            None => Mapping { seq: packet.seq & FIRST, time: 0, picture: 0, base: 0, ..Mapping::at(packet) },
            Some(head) => Mapping {
                seq: head.seq.saturating_add(1),
                time: head.time.wrapping_add(self.ticks(head.at, now)).wrapping_sub(packet.time),
                picture: head.picture.wrapping_add(1).wrapping_sub(picture) & PICTURES,
                base: head.base.wrapping_add(1).wrapping_sub(base),
                ..Mapping::at(packet)
            },
        };
        self.current = Some(mapping);
    }

    /// Renumbers a packet of the stream followed, or a late one of the stream before. None is one nobody waits for.
    pub(crate) fn carry(&mut self, now: Instant, packet: &Incoming) -> Option<Outgoing> {
        if let Some(mapping) = self.current.as_mut().filter(|mapping| mapping.ssrc == packet.ssrc) {
            let outgoing = mapping.renumber(packet)?;
            if packet.seq >= mapping.highest {
                mapping.highest = packet.seq;
                self.head = Some(Head {
                    at: now,
                    seq: outgoing.seq,
                    time: outgoing.time,
                    picture: outgoing.picture.unwrap_or_default(),
                    base: outgoing.base.unwrap_or_default(),
                });
            }
            return Some(outgoing);
        }
        let mapping = self.previous.as_ref()?;
        let late = mapping.ssrc == packet.ssrc && packet.seq < mapping.highest;
        if late { mapping.renumber(packet) } else { None }
    }

    fn ticks(&self, since: Instant, now: Instant) -> u32 {
        let ms = u32::try_from(now.saturating_duration_since(since).as_millis()).unwrap_or(u32::MAX);
        ms.max(1).wrapping_mul(self.ticks_per_ms)
    }
}

impl Mapping {
    fn at(packet: &Incoming) -> Self {
        Self { ssrc: packet.ssrc, first: packet.seq, highest: packet.seq, seq: 0, time: 0, picture: 0, base: 0 }
    }

    fn renumber(&self, packet: &Incoming) -> Option<Outgoing> {
        Some(Outgoing {
            seq: self.seq.checked_add(packet.seq.checked_sub(self.first)?)?,
            time: packet.time.wrapping_add(self.time),
            picture: packet.picture.map(|picture| picture.wrapping_add(self.picture) & PICTURES),
            base: packet.base.map(|base| base.wrapping_add(self.base)),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[expect(clippy::disallowed_methods, reason = "a test needs some first instant")]
    fn start() -> Instant {
        Instant::now()
    }

    fn packet(ssrc: u32, seq: u64) -> Incoming {
        let low = u16::try_from(seq & 0x7fff).unwrap();
        Incoming {
            ssrc,
            seq,
            time: u32::try_from(seq & 0xffff).unwrap() * 3_000,
            picture: Some(low),
            base: Some(low.to_le_bytes()[0]),
            key: false,
        }
    }

    #[test]
    fn a_stream_that_never_switches_keeps_its_steps() {
        let (start, mut track) = (start(), Track::new(90));
        track.switch(start, &packet(1, 5_000_000));
        let first = track.carry(start, &packet(1, 5_000_000)).unwrap();
        let third = track.carry(start, &packet(1, 5_000_002)).unwrap();
        assert!(first.seq < 65_536);
        assert_eq!(third.seq - first.seq, 2);
        assert_eq!(third.time.wrapping_sub(first.time), 6_000);
        assert_eq!(track.carry(start, &packet(1, 5_000_001)).unwrap().seq, first.seq + 1);
    }

    #[test]
    fn a_switch_leaves_no_gap_and_no_step_back() {
        let (start, mut track) = (start(), Track::new(90));
        track.switch(start, &packet(1, 100));
        let before = track.carry(start, &packet(1, 100)).unwrap();
        let later = start + Duration::from_millis(33);
        track.switch(later, &packet(2, 9_000));
        let after = track.carry(later, &packet(2, 9_000)).unwrap();
        assert_eq!(after.seq, before.seq + 1);
        assert_eq!(after.time, before.time + 33 * 90);
        assert_eq!(after.picture, before.picture.map(|picture| picture + 1));
        assert_eq!(after.base, before.base.map(|base| base + 1));
    }

    #[test]
    fn numbers_run_over_their_ends() {
        let (start, mut track) = (start(), Track::new(90));
        track.switch(start, &packet(1, 0x7fff));
        for seq in 0x7fff..0x30000_u64 {
            let out = track.carry(start, &packet(1, seq)).unwrap();
            assert_eq!(out.seq, seq);
            assert!(out.picture.unwrap() <= PICTURES);
        }
        let end = Incoming { picture: Some(0x7fff), base: Some(0xff), time: u32::MAX, ..packet(1, 0x30000) };
        let last = track.carry(start, &end).unwrap();
        assert_eq!((last.picture, last.base, last.time), (Some(0x7fff), Some(0xff), u32::MAX));
        track.switch(start, &packet(2, 7));
        let next = track.carry(start, &packet(2, 7)).unwrap();
        assert_eq!((next.seq, next.picture, next.base), (0x30001, Some(0), Some(0)));
        assert_eq!(next.time, 89);
    }

    #[test]
    fn a_late_packet_of_the_stream_before_fills_its_gap() {
        let (start, mut track) = (start(), Track::new(90));
        track.switch(start, &packet(1, 100));
        track.carry(start, &packet(1, 100)).unwrap();
        let ahead = track.carry(start, &packet(1, 102)).unwrap();
        track.switch(start, &packet(2, 9_000));
        track.carry(start, &packet(2, 9_000)).unwrap();
        assert_eq!(track.carry(start, &packet(1, 101)).unwrap().seq, ahead.seq - 1);
        assert_eq!(track.carry(start, &packet(1, 103)), None);
    }

    #[test]
    fn what_came_before_the_switch_is_nobodys() {
        let (start, mut track) = (start(), Track::new(90));
        assert_eq!(track.carry(start, &packet(1, 1)), None);
        track.switch(start, &packet(1, 100));
        assert_eq!(track.carry(start, &packet(1, 99)), None);
        track.stop();
        assert_eq!(track.carry(start, &packet(1, 100)), None);
    }

    #[test]
    fn a_pause_shows_in_the_timestamp_only() {
        let (start, mut track) = (start(), Track::new(90));
        track.switch(start, &packet(1, 100));
        let before = track.carry(start, &packet(1, 100)).unwrap();
        track.stop();
        let later = start + Duration::from_secs(10);
        track.switch(later, &packet(1, 400));
        let after = track.carry(later, &packet(1, 400)).unwrap();
        assert_eq!(after.seq, before.seq + 1);
        assert_eq!(after.time.wrapping_sub(before.time), 900_000);
    }
}
