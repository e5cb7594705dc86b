//! Whether a socket's person is there: when that was noted last, in which calls they are, and whether their session is
//! locked.

use std::collections::HashSet;
use std::time::Instant;

use vaidya_clinic::id::VisitId;

use crate::store::sessions::SEEN_STEP;

/// What a socket knows of its person.
pub(super) struct Presence {
    /// Whether the session was locked when the socket opened, and not unlocked since.
    pub(super) locked: bool,
    /// Calls that were joined and not left.
    pub(super) calls: HashSet<VisitId>,
    noted: Instant,
}

impl Presence {
    /// Of a socket that opens now; its request noted that the session is used.
    pub(super) fn new(locked: bool, now: Instant) -> Self {
        Self { locked, calls: HashSet::new(), noted: now }
    }

    /// Whether it is to be noted again, as exactly as sessions are kept.
    pub(super) fn due(&mut self, now: Instant) -> bool {
        let due = now.saturating_duration_since(self.noted) >= SEEN_STEP;
        if due {
            self.noted = now;
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn use_is_noted_once_a_minute() {
        let start = crate::clock::instant();
        let mut presence = Presence::new(false, start);
        assert!(!presence.due(start + SEEN_STEP / 2));
        assert!(presence.due(start + SEEN_STEP));
        assert!(!presence.due(start + SEEN_STEP));
        assert!(presence.due(start + SEEN_STEP * 2));
    }
}
