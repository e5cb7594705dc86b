//! Which layer of which video fits: the lowest of everyone's before a second of anyone's, down at once, up with patience.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// What a rate is measured over. Shorter follows key frames up and down; longer is late to see a layer grow.
const WINDOW: Duration = Duration::from_secs(2);

/// Grain of the window.
const GRAIN: Duration = Duration::from_millis(250);

/// A layer younger than this has no rate worth planning with.
pub(crate) const MATURE: Duration = Duration::from_secs(1);

/// How long a better layer, or the lowest after a pause, must fit before it is taken. Lower flaps, higher shows a poor picture for longer.
const RAISE_AFTER: Duration = Duration::from_secs(1);

/// How long not even the lowest layer may fit before video is paused. Lower pauses at every hiccup of the estimate, and
/// coming back takes seconds; higher queues what does not fit.
const PAUSE_AFTER: Duration = Duration::from_secs(1);

/// A raise undone within this time was one too many: the next waits twice as long.
const PROVEN: Duration = Duration::from_secs(10);

/// Longest wait for a raise. Lower flaps on links at the edge; higher misses that a link got better.
const RAISE_AT_LAST: Duration = Duration::from_secs(16);

/// What a layer that is shown counts, in percent of its rate: a key frame or an estimate that dips a little ends nothing.
const HELD: u64 = 90;

/// What a layer that is not shown counts, in percent of its rate: it must fit with headroom.
const NEW: u64 = 115;

/// Bytes over the last [`WINDOW`].
#[derive(Debug, Default)]
pub(crate) struct Meter {
    since: Option<Instant>,
    grains: VecDeque<(Instant, u64)>,
    sum: u64,
}

impl Meter {
    /// Counts bytes of payload.
    pub(crate) fn add(&mut self, now: Instant, bytes: usize) {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        self.expire(now);
        if self.grains.is_empty() {
            self.since = Some(now);
        }
        self.sum = self.sum.saturating_add(bytes);
        match self.grains.back_mut() {
            Some((start, held)) if now.saturating_duration_since(*start) < GRAIN => *held = held.saturating_add(bytes),
            _ => self.grains.push_back((now, bytes)),
        }
    }

    /// Bit/s over the window, as if it were full: a young flow is underrated, not overrated by its first key frame.
    pub(crate) fn rate(&mut self, now: Instant) -> u64 {
        self.expire(now);
        self.sum.saturating_mul(8) / WINDOW.as_secs().max(1)
    }

    /// How long it has been counting without a break.
    pub(crate) fn lasts(&self, now: Instant) -> Duration {
        self.since.map_or(Duration::ZERO, |since| now.saturating_duration_since(since))
    }

    fn expire(&mut self, now: Instant) {
        while let Some((start, bytes)) = self.grains.front()
            && now.saturating_duration_since(*start) >= WINDOW
        {
            self.sum = self.sum.saturating_sub(*bytes);
            self.grains.pop_front();
        }
    }
}

/// One video a viewer could see.
#[derive(Debug)]
pub(crate) struct Want {
    /// The layer shown.
    pub(crate) held: Option<usize>,
    /// Bit/s by layer, lowest first; none for one that is not sent now.
    pub(crate) rates: Vec<Option<u64>>,
}

impl Want {
    /// Bit/s of the best layer that is sent.
    pub(crate) fn best(&self) -> u64 {
        self.rates.iter().flatten().copied().max().unwrap_or(0)
    }

    /// Bit/s of the layer above the one shown; of the one shown where there is none.
    pub(crate) fn next_rate(&self) -> u64 {
        let above = self.held.map_or(0, |held| held.saturating_add(1));
        self.rates.iter().skip(above).flatten().copied().next().unwrap_or_else(|| self.best())
    }

    fn cost(&self, layer: usize) -> Option<u64> {
        let rate = self.rates.get(layer).copied().flatten()?;
        let percent = if self.held.is_some_and(|held| layer <= held) { HELD } else { NEW };
        Some(rate.saturating_mul(percent) / 100)
    }

    /// The next layer above, and what it costs more.
    fn next(&self, above: Option<usize>) -> Option<(usize, u64)> {
        let first = above.map_or(0, |layer| layer.saturating_add(1));
        let layer = (first..self.rates.len()).find(|layer| self.cost(*layer).is_some())?;
        let now = above.and_then(|layer| self.cost(layer)).unwrap_or(0);
        Some((layer, self.cost(layer)?.saturating_sub(now)))
    }
}

/// Shares a budget (bit/s) out: a layer for each video, none where not even the lowest fits. Earlier ones come first.
pub(crate) fn allocate(budget: u64, wants: &[Want]) -> Vec<Option<usize>> {
    let mut left = budget;
    let mut given: Vec<Option<usize>> = vec![None; wants.len()];
    loop {
        let mut raised = false;
        for (want, layer) in wants.iter().zip(given.iter_mut()) {
            if let Some((next, more)) = want.next(*layer)
                && more <= left
            {
                left -= more;
                *layer = Some(next);
                raised = true;
            }
        }
        if !raised {
            return given;
        }
    }
}

/// The layer of one video for one viewer, with its hysteresis.
#[derive(Debug, Default)]
pub(crate) struct Choice {
    held: Option<usize>,
    rising: Option<Instant>,
    sinking: Option<Instant>,
    raised: Option<Instant>,
    undone: u32,
    started: bool,
}

impl Choice {
    /// The layer to show; none is a pause.
    pub(crate) fn held(&self) -> Option<usize> {
        self.held
    }

    /// Takes what would fit, where `floor` is the lowest layer there is. Down is at once, and so is the very first; a
    /// pause is when not even the floor has fitted for a moment; up is when it has fitted for a while, and for longer
    /// where that has not lasted before.
    pub(crate) fn aim(&mut self, now: Instant, goal: Option<usize>, floor: Option<usize>) {
        let goal = self.bear(now, goal, floor);
        self.learn(now, goal);
        if goal <= self.held || !self.started {
            self.held = goal;
            self.started = self.started || goal.is_some();
            self.rising = None;
            return;
        }
        let since = *self.rising.get_or_insert(now);
        if now.saturating_duration_since(since) >= self.wait() {
            self.held = goal;
            self.rising = None;
            self.raised = Some(now);
        }
    }

    /// Puts a pause off for a moment.
    fn bear(&mut self, now: Instant, goal: Option<usize>, floor: Option<usize>) -> Option<usize> {
        if goal.is_some() || self.held.is_none() {
            self.sinking = None;
            return goal;
        }
        let since = *self.sinking.get_or_insert(now);
        if now.saturating_duration_since(since) < PAUSE_AFTER { floor.min(self.held) } else { None }
    }

    /// Remembers whether the last raise lasted.
    fn learn(&mut self, now: Instant, goal: Option<usize>) {
        let Some(held) = self.raised.map(|raised| now.saturating_duration_since(raised)) else { return };
        if held >= PROVEN {
            self.undone = 0;
        } else if goal < self.held {
            self.undone = self.undone.saturating_add(1);
            self.raised = None;
        }
    }

    fn wait(&self) -> Duration {
        RAISE_AFTER.saturating_mul(1_u32.checked_shl(self.undone).unwrap_or(u32::MAX)).min(RAISE_AT_LAST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::disallowed_methods, reason = "a test needs some first instant")]
    fn start() -> Instant {
        Instant::now()
    }

    fn want(held: Option<usize>, rates: &[u64]) -> Want {
        Want { held, rates: rates.iter().copied().map(Some).collect() }
    }

    #[test]
    fn everyone_gets_the_lowest_layer_before_anyone_gets_a_second() {
        let wants = [want(None, &[100, 400, 1_500]), want(None, &[100, 400, 1_500])];
        assert_eq!(allocate(230, &wants), [Some(0), Some(0)]);
        assert_eq!(allocate(600, &wants), [Some(1), Some(0)]);
        assert_eq!(allocate(229, &wants), [Some(0), None]);
    }

    #[test]
    fn nothing_that_does_not_fit_is_shown() {
        assert_eq!(allocate(114, &[want(None, &[100])]), [None]);
        assert_eq!(allocate(0, &[want(None, &[100])]), [None]);
        assert_eq!(allocate(500, &[]), []);
    }

    #[test]
    fn what_is_shown_stays_where_something_new_would_not_fit() {
        assert_eq!(allocate(100, &[want(Some(0), &[100])]), [Some(0)]);
        assert_eq!(allocate(100, &[want(None, &[100])]), [None]);
        assert_eq!(allocate(89, &[want(Some(0), &[100])]), [None]);
    }

    #[test]
    fn a_layer_that_is_not_sent_is_skipped() {
        let want = Want { held: None, rates: vec![Some(100), None, Some(300)] };
        assert_eq!(allocate(1_000, &[want]), [Some(2)]);
        let want = Want { held: Some(2), rates: vec![Some(100), None, None] };
        assert_eq!(allocate(1_000, &[want]), [Some(0)]);
    }

    #[test]
    fn the_first_layer_is_shown_at_once() {
        let (start, mut choice) = (start(), Choice::default());
        choice.aim(start, Some(0), Some(0));
        assert_eq!(choice.held(), Some(0));
    }

    #[test]
    fn a_better_layer_waits_until_it_has_fitted_for_a_second() {
        let (start, mut choice) = (start(), Choice::default());
        choice.aim(start, Some(0), Some(0));
        choice.aim(start, Some(2), Some(0));
        choice.aim(start + Duration::from_millis(999), Some(2), Some(0));
        assert_eq!(choice.held(), Some(0));
        choice.aim(start + Duration::from_millis(1_000), Some(2), Some(0));
        assert_eq!(choice.held(), Some(2));
    }

    #[test]
    fn a_dip_starts_the_wait_again() {
        let (start, mut choice) = (start(), Choice::default());
        choice.aim(start, Some(0), Some(0));
        choice.aim(start, Some(1), Some(0));
        choice.aim(start + Duration::from_millis(500), Some(0), Some(0));
        choice.aim(start + Duration::from_millis(600), Some(1), Some(0));
        choice.aim(start + Duration::from_millis(1_500), Some(1), Some(0));
        assert_eq!(choice.held(), Some(0));
        choice.aim(start + Duration::from_millis(1_600), Some(1), Some(0));
        assert_eq!(choice.held(), Some(1));
    }

    #[test]
    fn a_worse_layer_is_taken_at_once() {
        let (start, mut choice) = (start(), Choice::default());
        choice.aim(start, Some(2), Some(0));
        choice.aim(start, Some(1), Some(0));
        assert_eq!(choice.held(), Some(1));
    }

    #[test]
    fn a_pause_is_when_nothing_has_fitted_for_a_second() {
        let (start, mut choice) = (start(), Choice::default());
        choice.aim(start, Some(2), Some(0));
        choice.aim(start, None, Some(0));
        assert_eq!(choice.held(), Some(0), "the lowest at once");
        choice.aim(start + Duration::from_millis(999), None, Some(0));
        assert_eq!(choice.held(), Some(0));
        choice.aim(start + Duration::from_millis(1_000), None, Some(0));
        assert_eq!(choice.held(), None);
        choice.aim(start + Duration::from_millis(2_000), Some(0), Some(0));
        choice.aim(start + Duration::from_millis(2_999), Some(0), Some(0));
        assert_eq!(choice.held(), None);
        choice.aim(start + Duration::from_millis(3_000), Some(0), Some(0));
        assert_eq!(choice.held(), Some(0));
    }

    #[test]
    fn a_raise_that_does_not_last_is_tried_less_and_less_often() {
        let (start, mut choice) = (start(), Choice::default());
        choice.aim(start, Some(0), Some(0));
        let (mut now, mut raises) = (start, Vec::new());
        while now < start + Duration::from_secs(60) {
            choice.aim(now, Some(1), Some(0));
            if choice.held() == Some(1) {
                raises.push(now);
                choice.aim(now + Duration::from_millis(500), Some(0), Some(0));
            }
            now += Duration::from_millis(100);
        }
        assert!((5..=7).contains(&raises.len()), "{} raises in a minute", raises.len());
    }

    #[test]
    fn a_rate_is_what_came_in_two_seconds() {
        let (start, mut meter) = (start(), Meter::default());
        for n in 0..40 {
            meter.add(start + Duration::from_millis(100) * n, 1_250);
        }
        let rate = meter.rate(start + Duration::from_millis(3_900));
        assert!((90_000..=110_000).contains(&rate), "{rate}");
        assert_eq!(meter.rate(start + Duration::from_secs(60)), 0);
    }

    #[test]
    fn the_first_key_frame_does_not_look_like_a_rate() {
        let (start, mut meter) = (start(), Meter::default());
        meter.add(start, 12_500);
        assert_eq!(meter.rate(start), 50_000);
        assert_eq!(meter.lasts(start + Duration::from_millis(999)), Duration::from_millis(999));
    }
}
