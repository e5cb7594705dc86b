//! What an offer must look like before anything else sees it.

use std::collections::HashSet;

use str0m::change::SdpOffer;
use str0m::media::Mid;

use crate::handle::MediaError;

/// Longest offer read, bytes. Chromium's for 32 lines with everything it knows is 97 kB.
const MAX_OFFER: usize = 256 * 1024;

/// Most m-lines: 2 to send, 2 × 15 to receive in the largest room, and as much again for what the browser has retired.
const MAX_LINES: usize = 64;

/// Longest `mid` kept whole by the layers below.
const MAX_MID: usize = 16;

/// An offer that can be tried, and the names of its m-lines in their order.
#[derive(Debug)]
pub(crate) struct Offer {
    pub(crate) sdp: SdpOffer,
    pub(crate) mids: Vec<Mid>,
}

/// Reads an offer.
///
/// # Errors
/// When it is too large, cannot be read, or names its lines in a way that could not be told apart later.
pub(crate) fn read(text: &str) -> Result<Offer, MediaError> {
    if text.len() > MAX_OFFER {
        return Err(bad("it is too large"));
    }
    let lines = text.lines().filter(|line| line.starts_with("m=")).count();
    if lines > MAX_LINES {
        return Err(bad("it has too many m-lines"));
    }
    let mids = mids(text)?;
    if mids.len() != lines {
        return Err(bad("every m-line needs a mid"));
    }
    let sdp = SdpOffer::from_sdp_string(text).map_err(|error| bad(&error.to_string()))?;
    Ok(Offer { sdp, mids })
}

/// A refusal.
pub(crate) fn bad(why: &str) -> MediaError {
    MediaError::BadOffer(why.to_owned())
}

fn mids(text: &str) -> Result<Vec<Mid>, MediaError> {
    let mut seen = HashSet::new();
    text.lines()
        .filter_map(|line| line.strip_prefix("a=mid:"))
        .map(str::trim_end)
        .map(|name| {
            let plain = (1..=MAX_MID).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
            if !plain {
                return Err(bad("a mid is not 1 to 16 letters or digits"));
            }
            if !seen.insert(name) {
                return Err(bad("two m-lines have the same mid"));
            }
            Ok(Mid::from(name))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        match read(text) {
            Err(MediaError::BadOffer(why)) => why,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_offer_without_mids_is_refused() {
        assert_eq!(refusal("v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"), "every m-line needs a mid");
    }

    #[test]
    fn a_mid_that_would_be_cut_is_refused() {
        assert_eq!(refusal("a=mid:12345678901234567\r\n"), "a mid is not 1 to 16 letters or digits");
        assert_eq!(refusal("a=mid:a-b\r\n"), "a mid is not 1 to 16 letters or digits");
        assert_eq!(refusal("a=mid:\r\n"), "a mid is not 1 to 16 letters or digits");
    }

    #[test]
    fn two_lines_of_one_name_are_refused() {
        assert_eq!(refusal("m=audio\r\na=mid:0\r\nm=video\r\na=mid:0\r\n"), "two m-lines have the same mid");
    }

    #[test]
    fn an_offer_of_many_lines_is_refused_before_it_is_read() {
        assert_eq!(refusal(&"m=audio 9\r\n".repeat(65)), "it has too many m-lines");
        assert_eq!(refusal(&"x".repeat(300_000)), "it is too large");
    }
}
