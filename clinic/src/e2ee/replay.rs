//! Which counters of one key were opened already, and which one a shortened counter means.

/// Counters that are remembered below the highest: more would allow later frames, and cost a bit each.
pub(super) const WINDOW: u64 = 256;

/// The replay window of one key.
#[derive(Default)]
pub(super) struct Replay {
    highest: Option<u64>,
    /// Bit `n % 64` of word `n / 64`: the counter `highest - n` was opened.
    seen: [u64; 4],
}

impl Replay {
    /// The counter with this lowest byte that is nearest to the highest opened one.
    pub(super) fn nearest(&self, low: u8) -> u64 {
        let highest = self.highest.unwrap_or(0);
        let first = highest.saturating_sub(127);
        // Within 256 counters from `first` there is exactly one with this lowest byte.
        let [.., start] = first.to_be_bytes();
        first.saturating_add(u64::from(low.wrapping_sub(start)))
    }

    /// Whether this counter may still be opened.
    pub(super) fn fresh(&self, counter: u64) -> bool {
        let Some(highest) = self.highest else { return true };
        match highest.checked_sub(counter) {
            None => true,
            Some(back) => back < WINDOW && !self.has(back),
        }
    }

    /// Remembers a counter whose frame was opened.
    pub(super) fn opened(&mut self, counter: u64) {
        let highest = self.highest.unwrap_or(counter);
        match counter.checked_sub(highest) {
            Some(ahead) => {
                self.shift(ahead);
                self.highest = Some(counter);
                self.mark(0);
            }
            None => self.mark(highest.saturating_sub(counter)),
        }
    }

    fn has(&self, back: u64) -> bool {
        let word = usize::try_from(back / 64).ok().and_then(|index| self.seen.get(index));
        word.is_some_and(|word| word >> (back % 64) & 1 == 1)
    }

    fn mark(&mut self, back: u64) {
        if let Some(word) = usize::try_from(back / 64).ok().and_then(|index| self.seen.get_mut(index)) {
            *word |= 1 << (back % 64);
        }
    }

    fn shift(&mut self, ahead: u64) {
        let old = Self { highest: None, seen: std::mem::take(&mut self.seen) };
        for back in (0..WINDOW.saturating_sub(ahead)).filter(|back| old.has(*back)) {
            self.mark(back + ahead);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_counter_is_fresh_once_and_within_the_window(counters in proptest::collection::vec(0_u64..1_200, 1..400)) {
            let (mut replay, mut opened) = (Replay::default(), BTreeSet::new());
            for counter in counters {
                let highest = opened.last().copied().unwrap_or(0);
                let expected = !opened.contains(&counter) && counter + WINDOW > highest;
                prop_assert_eq!(replay.fresh(counter), expected, "{} after {}", counter, highest);
                if expected {
                    replay.opened(counter);
                    opened.insert(counter);
                }
            }
        }

        #[test]
        fn a_shortened_counter_means_the_nearest(highest in 0_u64..1 << 40, away in -127_i64..=128) {
            let mut replay = Replay::default();
            replay.opened(highest);
            let counter = highest.checked_add_signed(away);
            prop_assume!(counter.is_some_and(|counter| highest >= 127 || counter < 256));
            let [.., low] = counter.unwrap().to_be_bytes();
            prop_assert_eq!(Some(replay.nearest(low)), counter);
        }
    }

    #[test]
    fn with_nothing_opened_a_byte_means_itself() {
        assert_eq!([0, 1, 255].map(|low| Replay::default().nearest(low)), [0, 1, 255]);
    }
}
