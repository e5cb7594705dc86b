//! How fast one socket is read: faster senders wait, and lose nothing; and how often it may pass something on.

use std::time::{Duration, Instant};

/// Messages that are read at once after a pause. A browser that comes back sends all it has kept.
pub(super) const AT_ONCE: u32 = 500;

/// Time one message takes after that: 250 a second, many times what hands and offers make. Lower lets one socket
/// keep the room busy, higher makes a long backlog slow.
pub(super) const EACH: Duration = Duration::from_millis(4);

/// Switches of microphone and camera that are passed on at once after a pause: more than a hand makes.
pub(super) const SHOWS_AT_ONCE: u32 = 16;

/// Time one switch takes after that: four a second. Everyone in the room hears each, also from someone at the door:
/// lower lets one socket fill their lines, higher shows a nervous hand late.
pub(super) const EACH_SHOW: Duration = Duration::from_millis(250);

/// When the next message of a socket may be read, or its next switch passed on: faster ones wait, and nothing is lost.
pub(super) struct Pace {
    /// The point by which everything so far is paid for.
    paid: Instant,
    each: Duration,
    at_once: u32,
}

impl Pace {
    /// Of the messages of a socket that has been silent so far.
    pub(super) fn new(now: Instant) -> Self {
        Self { paid: now, each: EACH, at_once: AT_ONCE }
    }

    /// Of the switches of a socket that has made none so far.
    pub(super) fn of_shows(now: Instant) -> Self {
        Self { paid: now, each: EACH_SHOW, at_once: SHOWS_AT_ONCE }
    }

    /// How long to wait before the next one is taken.
    pub(super) fn next(&mut self, now: Instant) -> Duration {
        self.paid = self.paid.max(now) + self.each;
        self.paid.saturating_duration_since(now).saturating_sub(self.each.saturating_mul(self.at_once))
    }
}

/// Passes that are taken at once after a pause: what a new epoch makes in a full room, several times over.
pub(super) const PASSES_AT_ONCE: u32 = 64;

/// Time one pass takes after that: 50 a second. Lower lets one socket fill the lines of the others, higher makes a room
/// where several people come and go slow to agree on keys.
pub(super) const EACH_PASS: Duration = Duration::from_millis(20);

/// Whether a socket may pass something on now. What may not is refused: who needs it asks again.
pub(super) struct Allowance {
    /// The point by which everything passed on so far is paid for.
    paid: Instant,
}

impl Allowance {
    /// A socket that has passed on nothing so far.
    pub(super) fn new(now: Instant) -> Self {
        Self { paid: now }
    }

    /// Takes one, if there is one.
    pub(super) fn take(&mut self, now: Instant) -> bool {
        let paid = self.paid.max(now) + EACH_PASS;
        let may = paid.saturating_duration_since(now) <= EACH_PASS.saturating_mul(PASSES_AT_ONCE);
        if may {
            self.paid = paid;
        }
        may
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_of_passes_is_taken_and_then_one_in_its_time() {
        let now = crate::clock::instant();
        let mut passes = Allowance::new(now);
        assert!((0..PASSES_AT_ONCE).all(|_| passes.take(now)));
        assert!(!passes.take(now));
        assert!(!passes.take(now + EACH_PASS / 2), "what was refused is not counted, and brings nothing");
        assert!(passes.take(now + EACH_PASS));
        assert!(!passes.take(now + EACH_PASS));
        let later = now + EACH_PASS * PASSES_AT_ONCE * 3;
        assert!((0..PASSES_AT_ONCE).all(|_| passes.take(later)), "a pause brings back one burst");
        assert!(!passes.take(later), "and no more");
    }

    #[test]
    fn a_hand_may_switch_as_it_likes_and_a_flood_of_switches_waits() {
        let now = crate::clock::instant();
        let mut shows = Pace::of_shows(now);
        assert!((0..SHOWS_AT_ONCE).all(|_| shows.next(now).is_zero()));
        assert_eq!(shows.next(now), EACH_SHOW);
        assert_eq!(shows.next(now), EACH_SHOW * 2);
    }

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
