//! Erasing records: what a patient may have erased at once, what the law keeps, and until when.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::id::RecordId;
use crate::policy::Retention;
use crate::time::Timestamp;
use crate::word::words;

/// A day.
const DAY: u64 = 24 * 60 * 60;

/// What became of a record that was to be erased.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Whatever opened it is gone; that there was something stays known.
    Erased,
    /// The law keeps it: nobody reads it any more, and it is erased when its time is over.
    Restricted,
}

words!(Outcome { Erased = "erased", Restricted = "restricted" });

/// Why a record is not erased at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kept {
    /// Records of a treatment are kept for years: see [`Retention`].
    Retention,
}

words!(Kept { Retention = "retention" });

/// A record that is erased or restricted, as it is written down beside the database: it names nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erased {
    /// Which record.
    pub record: RecordId,
    /// What became of it.
    pub outcome: Outcome,
    /// When.
    pub at: Timestamp,
}

/// Until when the law keeps a record of a treatment that began then: never less than so many years of the calendar,
/// and less than a day more.
#[must_use]
pub fn kept_until(begun: Timestamp, Retention(years): Retention) -> Timestamp {
    let years = u64::from(years);
    let days = years.saturating_mul(365).saturating_add(years.div_ceil(4));
    begun.plus(Duration::from_secs(days.saturating_mul(DAY)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-01-01T00:00:00Z.
    const BEGUN: Timestamp = Timestamp(1_767_225_600_000);

    #[test]
    fn three_years_are_over_when_the_calendar_says_so_and_not_before() {
        // 2029-01-01T00:00:00Z: 2028 has 366 days.
        assert_eq!(kept_until(BEGUN, Retention(3)), Timestamp(1_861_920_000_000));
        assert_eq!(kept_until(BEGUN, Retention(0)), BEGUN);
    }

    #[test]
    fn a_longer_retention_never_ends_earlier() {
        let ends: Vec<_> = (0..=50).map(|years| kept_until(BEGUN, Retention(years))).collect();
        assert!(ends.is_sorted());
        assert_eq!(ends[4].since(ends[0]), Duration::from_secs((4 * 365 + 1) * DAY));
    }
}
