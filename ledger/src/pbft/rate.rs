//! A primary's throughput, held against the other primaries' (Aardvark, section 4.3): one that is only just not dead is replaced too.
use std::collections::BTreeMap;

use super::ReplicaId;
use super::config::Limits;
use super::pace::millis;

/// Windows with a backlog after which another primary is tried when there are none to compare with. Lower changes views for nothing under the first
/// great load, higher lets a primary that is slow from the beginning have its way for longer.
const WINDOWS_ALONE: u32 = 4;

/// Which part of a window a request must have waited to be a backlog. Without one, throughput is what clients ask for.
const BACKLOG_PART: u64 = 8;

/// What is measured.
#[derive(Debug, Default)]
pub(super) struct Rate {
    since: u64,
    entries: u64,
    windows: u32,
    best: u64,
    measured: BTreeMap<ReplicaId, u64>,
    grudge: bool,
}

impl Rate {
    /// A view began: its primary is measured anew.
    pub(super) fn restart(&mut self, now: u64) {
        let measured = std::mem::take(&mut self.measured);
        *self = Self { since: now, measured, ..Self::default() };
    }

    /// So many requests were handed out.
    pub(super) fn add(&mut self, entries: usize) {
        self.entries = self.entries.saturating_add(u64::try_from(entries).unwrap_or(u64::MAX));
    }

    /// Whether the last window was nearly too slow: who sees that follows the first that has had enough, lest it be left alone.
    pub(super) fn grudge(&self) -> bool {
        self.grudge
    }

    /// Whether the oldest request has waited for so long that the primary, and not its clients, says how fast it goes. If not, the window begins anew.
    pub(super) fn has_backlog(&mut self, oldest: Option<u64>, limits: &Limits, now: u64) -> bool {
        let backlog = oldest.is_some_and(|since| now >= since + millis(limits.pace_window) / BACKLOG_PART);
        if !backlog {
            (self.since, self.entries, self.windows, self.grudge) = (now, 0, 0, false);
        }
        backlog
    }

    /// Whether the window that ends now says that another primary would be better. Of `enough` different ones, one is correct.
    pub(super) fn is_slow(&mut self, primary: ReplicaId, enough: usize, limits: &Limits, now: u64) -> bool {
        let lasted = now.saturating_sub(self.since);
        if lasted < millis(limits.pace_window) {
            return false;
        }
        let share = self.share_of(self.entries.saturating_mul(1_000) / lasted.max(1), primary);
        (self.since, self.entries, self.windows) = (now, 0, self.windows.saturating_add(1));
        let alone = self.measured.len() < enough;
        let slow = share < limits.pace_percent || (alone && self.windows >= WINDOWS_ALONE);
        self.grudge =
            share < limits.pace_percent + limits.pace_percent / 2 || (alone && self.windows + 1 >= WINDOWS_ALONE);
        if slow {
            self.measured.iter_mut().filter(|(other, _)| **other != primary).for_each(|(_, rate)| *rate /= 2);
        }
        slow
    }

    /// Percent of the best of the others.
    fn share_of(&mut self, rate: u64, primary: ReplicaId) -> u64 {
        self.best = self.best.max(rate);
        self.measured.insert(primary, self.best);
        let others = self.measured.iter().filter(|(other, _)| **other != primary);
        let expected = others.map(|(_, rate)| *rate).max().unwrap_or(0);
        rate.saturating_mul(100).checked_div(expected).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const PRIMARY: ReplicaId = ReplicaId(0);

    fn limits() -> Limits {
        Limits { pace_window: Duration::from_secs(1), ..Limits::default() }
    }

    #[test]
    fn a_primary_at_a_tenth_of_anothers_pace_is_slow() {
        let mut rate = Rate { measured: [(ReplicaId(1), 1_000)].into(), ..Rate::default() };
        rate.add(900);
        assert!(!rate.is_slow(PRIMARY, 2, &limits(), 1_000));
        rate.add(100);
        assert!(!rate.is_slow(PRIMARY, 2, &limits(), 1_500), "the window isn't over");
        assert!(rate.is_slow(PRIMARY, 2, &limits(), 2_000));
        assert_eq!(rate.measured[&ReplicaId(1)], 500, "who follows is asked for less");
    }

    #[test]
    fn one_that_was_slow_from_the_beginning_is_compared_after_a_while() {
        let mut rate = Rate::default();
        let slow: Vec<bool> = (1..=4).map(|window| rate.is_slow(PRIMARY, 2, &limits(), window * 1_000)).collect();
        assert_eq!(slow, [false, false, false, true]);
        rate.restart(4_000);
        rate.add(1_000);
        assert!(!rate.is_slow(ReplicaId(1), 2, &limits(), 5_000));
        assert!(
            (6..20).all(|window| {
                rate.add(1_000);
                !rate.is_slow(ReplicaId(1), 2, &limits(), window * 1_000)
            }),
            "and then no more"
        );
    }

    #[test]
    fn without_a_backlog_nobody_is_slow() {
        let mut rate = Rate { measured: [(ReplicaId(1), 1_000)].into(), ..Rate::default() };
        assert!(!rate.has_backlog(None, &limits(), 1_000));
        assert!(!rate.has_backlog(Some(1_900), &limits(), 2_000));
        assert!(!rate.is_slow(PRIMARY, 2, &limits(), 2_000), "the window began just now");
        assert!(rate.has_backlog(Some(1_900), &limits(), 2_100));
    }
}
