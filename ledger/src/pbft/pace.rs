//! When a replica loses patience: with a request that isn't executed, with a view that doesn't open, with a primary that is slow.
use std::time::Duration;

use super::config::Limits;
use super::pool::Pool;
use super::rate::Rate;
use super::replica::{Mode, Turn};
use super::{Millis, Mutant, Replica, Seq, View};
use crate::Hash;

/// Longest step of the clock that counts as time that passed. A clock that is set forward must not end every patience at once.
const LONGEST_STEP: u64 = 1_000;

/// The wall clock for proposals, and a steady one for patience.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Clock {
    /// Milliseconds since 1970, as last told; 0 before that.
    pub(super) wall: Millis,
    /// Milliseconds since the start, never backwards.
    pub(super) steady: u64,
}

impl Clock {
    pub(super) fn tick(&mut self, wall: Millis) {
        if self.wall > 0 {
            self.steady += wall.saturating_sub(self.wall).min(LONGEST_STEP);
        }
        self.wall = wall;
    }
}

/// Milliseconds of a duration.
pub(super) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// What patience is with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Target {
    Request(Hash),
    Number(Seq),
}

impl Target {
    fn is_done(self, pool: &Pool, handed: Seq) -> bool {
        match self {
            Self::Request(hash) => !pool.holds(&hash),
            Self::Number(seq) => seq <= handed,
        }
    }
}

/// How many times as long as the last request took a view must have, before patience gets shorter again. Lower tries views that are too short for the
/// network after each success, higher keeps waiting long for a dead primary after the network has mended.
const SPARE: u64 = 3;

/// What is waited for.
#[derive(Clone, Copy, Debug)]
struct Watched {
    target: Target,
    since: u64,
    deadline: u64,
}

/// The timers.
#[derive(Debug, Default)]
pub(super) struct Patience {
    watched: Option<Watched>,
    opening: Option<u64>,
    failed: u32,
    rate: Rate,
}

impl Patience {
    /// Doubles with each view that failed (section 4.5.2).
    fn timeout(&self, limits: &Limits, doubles: bool) -> u64 {
        timeout_after(if doubles { self.failed } else { 0 }, limits)
    }

    /// A request was executed after so long: patience gets as short again as that allows.
    fn calm(&mut self, took: u64, limits: &Limits) {
        while self.failed > 0 && timeout_after(self.failed - 1, limits) >= took.saturating_mul(SPARE) {
            self.failed -= 1;
        }
    }

    /// A view was left: for the request it waited for, or because it was slow.
    pub(super) fn left(&mut self, failed: bool) {
        self.failed = self.failed.saturating_add(u32::from(failed));
        self.watched = None;
        self.opening = None;
    }

    /// A view was entered: whoever leads it gets the whole time, and is measured anew.
    pub(super) fn entered(&mut self, now: u64) {
        self.watched = None;
        self.opening = None;
        self.rate.restart(now);
    }

    /// A block with so many requests was handed out.
    pub(super) fn progress(&mut self, entries: usize) {
        self.rate.add(entries);
    }
}

fn timeout_after(failed: u32, limits: &Limits) -> u64 {
    millis(limits.view_timeout).saturating_mul(1u64 << failed.min(30)).min(millis(limits.view_timeout_max))
}

impl Replica {
    /// What there is to wait for: the oldest request, or a number that was proposed and isn't executed.
    fn target(&self) -> Option<Target> {
        let number = || {
            let next = self.handed.seq + 1;
            let open = self.slots.range(next..).any(|(_, slot)| slot.proposal.is_some() || slot.committed.is_some());
            open.then_some(Target::Number(next))
        };
        self.pool.oldest().map(Target::Request).or_else(number)
    }

    fn timeout(&self) -> u64 {
        self.patience.timeout(&self.config.limits, !self.config.bug(Mutant::TimerNeverDoubles))
    }

    /// Starts, keeps or stops the timer of section 4.4: it runs for one request, and again in full for the next once that is executed.
    pub(super) fn watch(&mut self) {
        if self.mode == Mode::Changing {
            self.patience.watched = None;
            return;
        }
        let now = self.clock.steady;
        if let Some(watched) =
            self.patience.watched.take_if(|watched| watched.target.is_done(&self.pool, self.handed.seq))
        {
            self.patience.calm(now.saturating_sub(watched.since), &self.config.limits);
        }
        if self.patience.watched.is_none() {
            let deadline = now + self.timeout();
            let since = self.pool.oldest_since().unwrap_or(now);
            self.patience.watched = self.target().map(|target| Watched { target, since, deadline });
        }
    }

    /// The timer of a view that a quorum wants starts when they do (section 4.5.2, first rule).
    pub(super) fn await_opening(&mut self) {
        if self.patience.opening.is_none() {
            self.patience.opening = Some(self.clock.steady + self.timeout());
        }
    }

    /// Leaves the view when patience is over.
    pub(super) fn lose_patience(&mut self, turn: &mut Turn<'_>) {
        let now = self.clock.steady;
        let over = |deadline: Option<u64>| deadline.is_some_and(|deadline| deadline <= now);
        let slow = self.mode == Mode::Normal && self.primary_is_slow(now);
        match self.mode {
            Mode::Changing if over(self.patience.opening) => self.change_view(self.view + 1, true, turn),
            Mode::Normal if self.is_behind() => self.patience.watched = None,
            Mode::Normal if over(self.patience.watched.map(|watched| watched.deadline)) => {
                self.change_view(self.view + 1, true, turn);
            }
            Mode::Normal if slow => self.change_view(self.view + 1, false, turn),
            Mode::Normal | Mode::Changing => {}
        }
    }

    fn primary_is_slow(&mut self, now: u64) -> bool {
        let limits = self.config.limits;
        if limits.pace_percent == 0 || self.is_primary_of(self.view) {
            return false;
        }
        let (primary, weak) = (self.quorum().primary(self.view), self.quorum().weak());
        let rate = &mut self.patience.rate;
        rate.has_backlog(self.pool.oldest_since(), &limits, now) && rate.is_slow(primary, weak, &limits, now)
    }

    /// Whether this replica would rather have another primary, though not enough to be the first to say so.
    pub(super) fn has_grudge(&self) -> bool {
        self.mode == Mode::Normal && self.patience.rate.grudge() && self.config.limits.pace_percent > 0
    }

    /// How many views failed, as far as patience still goes by them: 0 once a request is executed quickly again.
    #[must_use]
    pub fn failed_views(&self) -> u32 {
        self.patience.failed
    }

    /// Whether this replica leads the view.
    pub(super) fn is_primary_of(&self, view: View) -> bool {
        self.config.quorum().primary(view) == self.config.me
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_set_back_or_forward_ends_no_patience() {
        let mut clock = Clock::default();
        [1_000_000, 1_000_020, 5_000_000, 900_000, 900_020].into_iter().for_each(|wall| clock.tick(wall));
        assert_eq!(clock.steady, 20 + LONGEST_STEP + 20);
    }

    #[test]
    fn patience_doubles_up_to_its_end() {
        let limits = Limits {
            view_timeout: Duration::from_secs(1),
            view_timeout_max: Duration::from_secs(6),
            ..Limits::default()
        };
        let mut patience = Patience::default();
        let mut all = Vec::new();
        for _ in 0..5 {
            all.push(patience.timeout(&limits, true));
            patience.left(true);
        }
        assert_eq!(all, [1_000, 2_000, 4_000, 6_000, 6_000]);
        assert_eq!(patience.timeout(&limits, false), 1_000);
        patience.calm(1_000, &limits);
        assert_eq!(patience.timeout(&limits, true), 4_000, "as long as a slow network needs");
        patience.calm(5, &limits);
        assert_eq!(patience.timeout(&limits, true), 1_000);
    }
}
