//! How often key frames are asked for: merged over viewers, and patient with those who never stop asking.

use std::time::{Duration, Instant};

/// Least time between two requests to one encoder. Lower costs the publisher bits (a key frame is 5–10 frames large);
/// higher makes a newcomer wait.
const ASK_EVERY: Duration = Duration::from_millis(200);

/// After this long without the key frame, the request or the frame is taken to be lost.
const ASK_AGAIN: Duration = Duration::from_millis(500);

/// Requests of one viewer that are believed at once: joining, and a loss or two.
const BELIEVED: u32 = 3;

/// Least time between two believed requests of a viewer who goes on asking; it may be one that cannot decode at all.
const DOUBTED_EVERY: Duration = Duration::from_secs(1);

/// A viewer who has been quiet this long is believed again.
const TRUST_AFTER: Duration = Duration::from_secs(5);

/// The requests to one encoder (one SSRC).
#[derive(Debug, Default)]
pub(crate) struct Asking {
    asked: Option<Instant>,
    wanted: bool,
}

impl Asking {
    /// Someone needs a key frame. They get it with the next request [`Asking::due`] lets through.
    pub(crate) fn want(&mut self) {
        self.wanted = true;
    }

    /// Whether to ask now. Saying yes counts as asking.
    pub(crate) fn due(&mut self, now: Instant) -> bool {
        let soon = self.asked.is_some_and(|asked| now.saturating_duration_since(asked) < ASK_EVERY);
        if !self.wanted || soon {
            return false;
        }
        self.wanted = false;
        self.asked = Some(now);
        true
    }

    /// A viewer is still waiting: asks again when the last request has had its time.
    pub(crate) fn still_waiting(&mut self, now: Instant) {
        if self.asked.is_none_or(|asked| now.saturating_duration_since(asked) >= ASK_AGAIN) {
            self.wanted = true;
        }
    }

    /// The key frame came.
    pub(crate) fn arrived(&mut self) {
        self.wanted = false;
    }
}

/// How much one viewer's requests are believed.
#[derive(Debug, Default)]
pub(crate) struct Patience {
    last: Option<Instant>,
    believed: Option<Instant>,
    count: u32,
}

impl Patience {
    /// Whether this viewer's request is passed on.
    pub(crate) fn believes(&mut self, now: Instant) -> bool {
        if self.last.is_none_or(|last| now.saturating_duration_since(last) >= TRUST_AFTER) {
            self.count = 0;
        }
        self.last = Some(now);
        let recent = self.believed.is_some_and(|at| now.saturating_duration_since(at) < DOUBTED_EVERY);
        if self.count >= BELIEVED && recent {
            return false;
        }
        self.count = self.count.saturating_add(1);
        self.believed = Some(now);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[expect(clippy::disallowed_methods, reason = "a test needs some first instant")]
    fn start() -> Instant {
        Instant::now()
    }

    #[test]
    fn many_viewers_make_one_request() {
        let (start, mut asking) = (start(), Asking::default());
        asking.want();
        asking.want();
        assert!(asking.due(start));
        assert!(!asking.due(start));
    }

    #[test]
    fn a_request_too_soon_is_kept_for_later() {
        let (start, mut asking) = (start(), Asking::default());
        asking.want();
        assert!(asking.due(start));
        asking.want();
        assert!(!asking.due(start + 199 * MS));
        assert!(asking.due(start + 200 * MS));
    }

    #[test]
    fn a_key_frame_answers_everyone_who_waits() {
        let (start, mut asking) = (start(), Asking::default());
        asking.want();
        asking.arrived();
        assert!(!asking.due(start));
    }

    #[test]
    fn a_lost_request_is_repeated() {
        let (start, mut asking) = (start(), Asking::default());
        asking.want();
        assert!(asking.due(start));
        asking.still_waiting(start + 499 * MS);
        assert!(!asking.due(start + 499 * MS));
        asking.still_waiting(start + 500 * MS);
        assert!(asking.due(start + 500 * MS));
    }

    #[test]
    fn a_viewer_who_never_stops_asking_is_heard_once_a_second() {
        let (start, mut patience) = (start(), Patience::default());
        let heard = (0..50).filter(|n| patience.believes(start + *n * 200 * MS)).count();
        assert!((3..=13).contains(&heard), "heard {heard} of 50 requests in 10 s");
    }

    #[test]
    fn a_viewer_who_was_quiet_is_heard_at_once() {
        let (start, mut patience) = (start(), Patience::default());
        for n in 0..10 {
            patience.believes(start + n * 200 * MS);
        }
        assert!(patience.believes(start + Duration::from_secs(8)));
        assert!(patience.believes(start + Duration::from_millis(8_200)));
    }
}
