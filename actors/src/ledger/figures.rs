//! How the ledger does, in figures: what was committed, how long it took, what was void.
use std::collections::{BTreeMap, VecDeque};

use vaidya_clinic::time::Timestamp;

use crate::port::{Spread, Stretch};

/// How many measurements a percentile is taken from. Lower is rougher, higher costs 8 bytes each.
const SAMPLES: usize = 2_048;
/// How many minutes are remembered: a day.
const MINUTES: usize = 1_440;
const MINUTE: u64 = 60_000;
const SECOND: u64 = 1_000;

/// The last measurements of one kind, in ms.
#[derive(Default)]
struct Samples(VecDeque<f64>);

impl Samples {
    fn add(&mut self, millis: u64) {
        self.0.push_back(number(millis));
        if self.0.len() > SAMPLES {
            self.0.pop_front();
        }
    }

    fn at(&self, percent: usize) -> Option<f64> {
        let mut sorted: Vec<f64> = self.0.iter().copied().collect();
        sorted.sort_unstable_by(f64::total_cmp);
        let place = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
        sorted.get(place).copied()
    }

    fn spread(&self) -> Spread {
        Spread { p50: self.at(50), p99: self.at(99) }
    }
}

/// A minute.
#[derive(Default)]
struct Minute {
    began: u64,
    committed: u64,
    held: u64,
    consensus: Samples,
    total: Samples,
    view_changes: u64,
}

/// The figures.
#[derive(Default)]
pub(super) struct Figures {
    /// Entries committed in each of the last sixty seconds, and which second it was.
    seconds: VecDeque<(u64, u64)>,
    minutes: VecDeque<Minute>,
    consensus: Samples,
    total: Samples,
    pub(super) committed: u64,
    pub(super) refused: BTreeMap<&'static str, u64>,
    pub(super) view_changes: u64,
    pub(super) equivocations: u64,
}

fn number(count: u64) -> f64 {
    u32::try_from(count).map_or(f64::from(u32::MAX), f64::from)
}

impl Figures {
    /// A block was committed with so many entries, of which so many hold, this long after it was proposed.
    pub(super) fn block(&mut self, now: u64, entries: u64, held: u64, took: Option<u64>) {
        self.committed += entries;
        let second = now / SECOND;
        match self.seconds.back_mut() {
            Some((last, count)) if *last == second => *count += entries,
            _ => self.seconds.push_back((second, entries)),
        }
        while self.seconds.front().is_some_and(|(first, _)| first + 60 < second) {
            self.seconds.pop_front();
        }
        took.into_iter().for_each(|took| self.consensus.add(took));
        self.minute(now, |minute| {
            minute.committed += entries;
            minute.held += held;
            took.into_iter().for_each(|took| minute.consensus.add(took));
        });
    }

    /// An entry is void.
    pub(super) fn void(&mut self, reason: &'static str) {
        *self.refused.entry(reason).or_default() += 1;
    }

    /// An entry got its receipt after so long.
    pub(super) fn answered(&mut self, now: u64, took: u64) {
        self.total.add(took);
        self.minute(now, |minute| minute.total.add(took));
    }

    /// The view changed.
    pub(super) fn turned(&mut self, now: u64) {
        self.view_changes += 1;
        self.minute(now, |minute| minute.view_changes += 1);
    }

    /// Entries committed in the last whole second, and a second over the last minute.
    pub(super) fn tps(&self, now: u64) -> (f64, f64) {
        let second = now / SECOND;
        let last = self.seconds.iter().rev().find(|(at, _)| at + 1 == second).map_or(0, |(_, count)| *count);
        let minute: u64 =
            self.seconds.iter().filter(|(at, _)| at + 60 >= second && *at < second).map(|(_, count)| count).sum();
        (number(last), number(minute) / 60.0)
    }

    /// From a proposal to its commitment.
    pub(super) fn consensus(&self) -> Spread {
        self.consensus.spread()
    }

    /// From an entry to its receipt.
    pub(super) fn total(&self) -> Spread {
        self.total.spread()
    }

    /// Minute by minute, up to now.
    pub(super) fn series(&self, now: u64, minutes: u32) -> Vec<Stretch> {
        let this = now / MINUTE;
        let first = (this + 1).saturating_sub(u64::from(minutes).min(MINUTES.try_into().unwrap_or(u64::MAX)));
        let mut known = self.minutes.iter().skip_while(|minute| minute.began < first).peekable();
        let at = |minute: u64| i64::try_from(minute.saturating_mul(MINUTE)).unwrap_or(i64::MAX);
        let stretch = |minute: u64| match known.next_if(|known| known.began == minute) {
            Some(known) => known.stretch(at(minute)),
            None => Stretch { at: at(minute), ..Stretch::default() },
        };
        (first..=this).map(stretch).collect()
    }

    fn minute(&mut self, now: u64, change: impl FnMut(&mut Minute)) {
        let began = now / MINUTE;
        if self.minutes.back().is_none_or(|last| last.began < began) {
            self.minutes.push_back(Minute { began, ..Minute::default() });
        }
        while self.minutes.len() > MINUTES {
            self.minutes.pop_front();
        }
        self.minutes.back_mut().into_iter().for_each(change);
    }
}

impl Minute {
    fn stretch(&self, at: i64) -> Stretch {
        let success = (self.committed > 0).then(|| number(self.held) / number(self.committed));
        Stretch {
            at,
            tps: Some(number(self.committed) / 60.0),
            consensus: self.consensus.at(50),
            total: self.total.at(50),
            success,
            view_changes: self.view_changes,
        }
    }
}

/// ms since 1970.
pub(super) fn millis(at: Timestamp) -> u64 {
    u64::try_from(at.0).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_and_a_minute_are_counted() {
        let mut figures = Figures::default();
        for second in 0..90 {
            figures.block(second * SECOND, 30, 30, None);
        }
        assert_eq!(figures.tps(90 * SECOND), (30.0, 30.0));
        assert_eq!(figures.tps(91 * SECOND).0, 0.0);
        assert_eq!(figures.committed, 2_700);
    }

    #[test]
    fn percentiles_are_of_what_was_measured() {
        let mut figures = Figures::default();
        assert_eq!(figures.total().p50, None);
        (1..=100).for_each(|took| figures.answered(0, took));
        assert_eq!((figures.total().p50, figures.total().p99), (Some(50.0), Some(99.0)));
    }

    #[test]
    fn a_series_has_its_minutes_and_says_when_nothing_is_known() {
        let mut figures = Figures::default();
        figures.block(MINUTE, 6, 3, Some(5));
        figures.turned(MINUTE + 1);
        figures.block(3 * MINUTE, 60, 60, Some(7));
        let series = figures.series(3 * MINUTE + 5, 4);
        let found: Vec<_> =
            series.iter().map(|one| (one.at / 60_000, one.tps, one.success, one.view_changes)).collect();
        assert_eq!(
            found,
            [(0, None, None, 0), (1, Some(0.1), Some(0.5), 1), (2, None, None, 0), (3, Some(1.0), Some(1.0), 0)]
        );
    }
}
