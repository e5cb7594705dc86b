//! What an RTP packet says of itself before anything proves it: enough to doubt it.
//!
//! A stream is bound to its line by the first header that names both, and that happens before the packet is
//! authenticated. So a forged header could take a running stream away from its line; such a one is not let through.

use str0m::media::{Mid, Rid};
use str0m::rtp::{Extension, ExtensionMap, Ssrc};

/// Fixed part of the header, bytes (RFC 3550, 5.1).
const FIXED: usize = 12;

/// Which stream, and which line and layer it says it is of.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Claim {
    pub(crate) ssrc: Ssrc,
    pub(crate) pt: u8,
    pub(crate) mid: Option<Mid>,
    pub(crate) rid: Option<Rid>,
}

/// Where the names are in the headers of a peer.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Ids {
    mid: Option<u8>,
    rid: Option<u8>,
}

impl Ids {
    /// As negotiated.
    pub(crate) fn of(map: &ExtensionMap) -> Self {
        Self { mid: map.id_of(Extension::RtpMid), rid: map.id_of(Extension::RtpStreamId) }
    }

    /// These, or those where there are none.
    pub(crate) fn or(self, others: Self) -> Self {
        Self { mid: self.mid.or(others.mid), rid: self.rid.or(others.rid) }
    }
}

/// Whether a datagram would be taken for RTP (RFC 7983, and RFC 5761 for what is RTCP).
pub(crate) fn is_rtp(bytes: &[u8]) -> bool {
    let (Some(first), Some(second)) = (bytes.first(), bytes.get(1)) else { return false };
    (128..192).contains(first) && !(64..96).contains(&(second & 0x7f))
}

/// Which stream a packet is of.
pub(crate) fn ssrc(bytes: &[u8]) -> Option<Ssrc> {
    let ssrc = bytes.get(8..FIXED)?.first_chunk::<4>()?;
    Some(u32::from_be_bytes(*ssrc).into())
}

/// Reads the claim of an RTP packet.
pub(crate) fn read(bytes: &[u8], ids: Ids) -> Option<Claim> {
    let pt = bytes.get(1)? & 0x7f;
    let mut claim = Claim { ssrc: ssrc(bytes)?, pt, mid: None, rid: None };
    let first = bytes.first()?;
    if first & 0x10 == 0 {
        return Some(claim);
    }
    let sources = usize::from(first & 0x0f).saturating_mul(4);
    let rest = bytes.get(FIXED.saturating_add(sources)..)?;
    let (head, rest) = rest.split_first_chunk::<4>()?;
    let [profile, minor, high, low] = *head;
    let length = usize::from(u16::from_be_bytes([high, low])).saturating_mul(4);
    let wide = match (profile, minor) {
        (0xbe, 0xde) => false,
        (0x10, 0..=0x0f) => true,
        _ => return Some(claim),
    };
    let mut items = rest.get(..length)?;
    while let Some((id, value, after)) = next(items, wide) {
        let text = || std::str::from_utf8(value).ok();
        if Some(id) == ids.mid {
            claim.mid = text().map(Mid::from);
        } else if Some(id) == ids.rid {
            claim.rid = text().map(Rid::from);
        }
        items = after;
    }
    Some(claim)
}

/// The next element of one-byte or two-byte form (RFC 8285, 4.2 and 4.3).
fn next(mut items: &[u8], wide: bool) -> Option<(u8, &[u8], &[u8])> {
    while let Some((0, after)) = items.split_first() {
        items = after;
    }
    let (head, after) = items.split_first()?;
    let (id, length, after) = if wide {
        let (length, after) = after.split_first()?;
        (*head, usize::from(*length), after)
    } else {
        (head >> 4, usize::from(head & 0x0f).saturating_add(1), after)
    };
    Some((id, after.get(..length)?, after.get(length..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const IDS: Ids = Ids { mid: Some(4), rid: Some(10) };

    fn packet(profile: [u8; 2], items: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0x90, 0xe0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 7];
        bytes.extend(profile);
        bytes.extend([0, u8::try_from(items.len() / 4).unwrap()]);
        bytes.extend(items);
        bytes
    }

    #[test]
    fn names_are_found_in_both_forms() {
        let named = Some(Claim { ssrc: 7.into(), pt: 96, mid: Some("2".into()), rid: Some("q".into()) });
        assert_eq!(read(&packet([0xbe, 0xde], &[0x40, b'2', 0, 0xa0, b'q', 0, 0, 0]), IDS), named);
        assert_eq!(read(&packet([0x10, 0x00], &[4, 1, b'2', 0, 10, 1, b'q', 0]), IDS), named);
    }

    #[test]
    fn a_packet_without_names_claims_nothing() {
        let plain = [0x80, 96, 0, 1, 0, 0, 0, 1, 0, 0, 0, 7];
        assert_eq!(read(&plain, IDS), Some(Claim { ssrc: 7.into(), pt: 96, mid: None, rid: None }));
    }

    #[test]
    fn what_is_cut_short_is_not_read_over_its_end() {
        let whole = packet([0xbe, 0xde], &[0x4f, b'2', 0, 0]);
        for length in 0..=whole.len() {
            assert!(read(&whole[..length], IDS).is_none_or(|claim| claim.mid.is_none()));
        }
    }

    #[test]
    fn rtp_is_told_from_the_rest() {
        assert!(is_rtp(&[0x80, 96]) && is_rtp(&[0x90, 111]));
        assert!(!is_rtp(&[0x80, 200]) && !is_rtp(&[22, 96]) && !is_rtp(&[0, 1]) && !is_rtp(&[]));
    }
}
