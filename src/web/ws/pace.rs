//! How fast one socket is read: faster senders wait, and lose nothing.

use std::time::{Duration, Instant};

/// Messages that are read at once after a pause. A browser that comes back sends all it has kept.
pub(super) const AT_ONCE: u32 = 500;

/// Time one message takes after that: 250 a second, many times what hands and offers make. Lower lets one socket
/// keep the room busy, higher makes a long backlog slow.
pub(super) const EACH: Duration = Duration::from_millis(4);

/// When the next message of a socket may be read.
pub(super) struct Pace {
    /// The point by which everything read so far is paid for.
    paid: Instant,
}

impl Pace {
    /// A socket that has been silent so far.
    pub(super) fn new(now: Instant) -> Self {
        Self { paid: now }
    }

    /// How long to wait before the next message is taken.
    pub(super) fn next(&mut self, now: Instant) -> Duration {
        self.paid = self.paid.max(now) + EACH;
        self.paid.saturating_duration_since(now).saturating_sub(EACH.saturating_mul(AT_ONCE))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backlog_is_read_at_once_and_a_flood_is_slowed_down() {
        let now = crate::clock::instant();
        let mut pace = Pace::new(now);
        for _ in 0..AT_ONCE {
            assert_eq!(pace.next(now), Duration::ZERO);
        }
        assert_eq!(pace.next(now), EACH);
        assert_eq!(pace.next(now), EACH * 2);
        assert_eq!(pace.next(now + EACH * 2), EACH, "what was waited for is paid for");
        assert_eq!(pace.next(now + EACH * AT_ONCE * 2), Duration::ZERO, "a pause pays for everything");
    }
}
