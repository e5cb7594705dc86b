//! One m-line a peer sends: its layers, how fast they run, and who watches.

use std::time::{Duration, Instant};

use str0m::media::{MediaKind, Mid, Pt, Rid, Rids};
use str0m::rtp::{RtpPacket, Ssrc, Vp8Descriptor};

use crate::keyframes::Asking;
use crate::layers::{MATURE, Meter};
use crate::track::Incoming;

/// A layer this far behind the newest packet of its source is taken to be switched off by the publisher. Lower takes a
/// hiccup for it; higher freezes its viewers for longer.
const SILENT: Duration = Duration::from_secs(1);

/// How long the lowest layer is waited for when a higher one is the first to come: their first packets race each other.
const GRACE: Duration = Duration::from_millis(300);

/// The usual names of layers, lowest first.
const USUAL: [&str; 3] = ["q", "h", "f"];

/// An m-line a peer sends.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) mid: Mid,
    pub(crate) kind: MediaKind,
    /// Payload type of the one codec that is carried.
    pub(crate) pt: Pt,
    /// Lowest first; one without simulcast.
    pub(crate) layers: Vec<Layer>,
    pub(crate) fans: Vec<Fan>,
}

/// One encoding.
#[derive(Debug, Default)]
pub(crate) struct Layer {
    pub(crate) rid: Option<Rid>,
    /// Where it was last seen.
    pub(crate) ssrc: Option<Ssrc>,
    pub(crate) asking: Asking,
    meter: Meter,
    last: Option<Instant>,
}

/// A viewer's slot that shows this source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fan {
    pub(crate) peer: u64,
    pub(crate) slot: usize,
}

/// A packet of a source, read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arrived {
    pub(crate) incoming: Incoming,
    pub(crate) vp8: Option<Vp8Descriptor>,
    /// Whether nothing came on this layer for a while: what fits must be thought over.
    pub(crate) fresh: bool,
}

impl Source {
    /// A line with the layers the offer named.
    pub(crate) fn new(mid: Mid, kind: MediaKind, pt: Pt, rids: &Rids) -> Self {
        let layers = match rids {
            Rids::Specific(rids) if kind == MediaKind::Video && !rids.is_empty() => {
                ordered(rids).into_iter().map(|rid| Layer { rid: Some(rid), ..Layer::default() }).collect()
            }
            _ => vec![Layer::default()],
        };
        Self { mid, kind, pt, layers, fans: Vec::new() }
    }

    /// Which layer goes by this name.
    pub(crate) fn layer(&self, rid: Option<Rid>) -> Option<usize> {
        self.layers.iter().position(|layer| layer.rid == rid)
    }

    /// Takes note of a packet. None when it is not what was negotiated, or cannot be read.
    pub(crate) fn received(&mut self, now: Instant, layer: usize, packet: &RtpPacket) -> Option<Arrived> {
        if packet.header.payload_type != self.pt {
            return None;
        }
        let vp8 = match self.kind {
            MediaKind::Video => Some(Vp8Descriptor::parse(&packet.payload).ok()?),
            MediaKind::Audio => None,
        };
        let key = vp8.is_some_and(|vp8| vp8.starts_keyframe(&packet.payload));
        let layer = self.layers.get_mut(layer)?;
        let fresh = layer.note(now, packet.header.ssrc, packet.payload.len());
        if key {
            layer.asking.arrived();
        }
        let incoming = Incoming {
            ssrc: *packet.header.ssrc,
            seq: *packet.seq_no,
            time: packet.header.timestamp,
            picture: vp8.and_then(|vp8| vp8.picture_id()),
            base: vp8.and_then(|vp8| vp8.tl0_pic_idx()),
            key,
        };
        Some(Arrived { incoming, vp8, fresh })
    }

    /// Bit/s by layer; none for one that is not sent, or is too young to plan with and not the lowest.
    pub(crate) fn rates(&mut self, now: Instant) -> Vec<Option<u64>> {
        let newest = self.layers.iter().filter_map(|layer| layer.last).max();
        let mut lowest = true;
        let rate = |(n, layer): (usize, &mut Layer)| {
            let sent = layer.last.zip(newest).is_some_and(|(last, newest)| newest - last <= SILENT);
            let young = if n == 0 { Duration::ZERO } else { GRACE };
            let counts = sent && layer.meter.lasts(now) >= if lowest { young } else { MATURE };
            lowest = lowest && !sent;
            counts.then(|| layer.meter.rate(now))
        };
        self.layers.iter_mut().enumerate().map(rate).collect()
    }

    /// Bit/s of all of it.
    pub(crate) fn rate(&mut self, now: Instant) -> u64 {
        self.layers.iter_mut().map(|layer| layer.meter.rate(now)).sum()
    }
}

impl Layer {
    /// Whether packets come on it.
    pub(crate) fn runs(&self, now: Instant) -> bool {
        self.last.is_some_and(|last| now.saturating_duration_since(last) <= SILENT)
    }

    fn note(&mut self, now: Instant, ssrc: Ssrc, bytes: usize) -> bool {
        let fresh = !self.runs(now);
        self.ssrc = Some(ssrc);
        self.last = Some(now);
        self.meter.add(now, bytes);
        fresh
    }
}

/// Lowest first: by the usual names where all are usual, else as offered.
fn ordered(rids: &[Rid]) -> Vec<Rid> {
    let mut rids = rids.to_vec();
    let rank = |rid: &Rid| USUAL.iter().position(|usual| **usual == **rid);
    if rids.iter().all(|rid| rank(rid).is_some()) {
        rids.sort_by_key(rank);
    }
    rids
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(rids: &[&str]) -> Vec<String> {
        let rids: Vec<Rid> = rids.iter().map(|rid| Rid::from(*rid)).collect();
        ordered(&rids).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_usual_layers_are_put_in_order() {
        assert_eq!(names(&["f", "h", "q"]), ["q", "h", "f"]);
        assert_eq!(names(&["f", "q"]), ["q", "f"]);
    }

    #[test]
    fn other_layers_stay_as_offered() {
        assert_eq!(names(&["lo", "hi"]), ["lo", "hi"]);
        assert_eq!(names(&["f", "x"]), ["f", "x"]);
    }

    #[test]
    fn a_line_without_simulcast_has_one_layer() {
        let source = Source::new(Mid::from("0"), MediaKind::Video, 96.into(), &Rids::Any);
        assert_eq!(source.layers.len(), 1);
        assert_eq!(source.layer(None), Some(0));
    }

    #[test]
    fn a_layer_that_falls_silent_while_others_run_has_no_rate() {
        #[expect(clippy::disallowed_methods, reason = "a test needs some first instant")]
        let start = Instant::now();
        let rids = Rids::Specific(vec!["q".into(), "f".into()]);
        let mut source = Source::new(Mid::from("0"), MediaKind::Video, 96.into(), &rids);
        for ms in (0..3_000).step_by(100) {
            let now = start + Duration::from_millis(ms);
            source.layers[0].note(now, 1.into(), 1_000);
            if ms < 1_500 {
                source.layers[1].note(now, 2.into(), 5_000);
            }
        }
        let before = source.rates(start + Duration::from_millis(1_400));
        assert!(before[0].is_some());
        let after = source.rates(start + Duration::from_millis(2_900));
        assert!(after[0].is_some() && after[1].is_none(), "{after:?}");
    }
}
