//! Points in time, as the database and the wire know them.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Milliseconds of a day.
const DAY: i64 = 86_400_000;

/// A point in time: milliseconds since 1970-01-01T00:00:00Z, without leap seconds (POSIX time).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// This point moved later by `span`; the end of time when that overflows.
    #[must_use]
    pub fn plus(self, span: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(span.as_millis()).unwrap_or(i64::MAX)))
    }

    /// How long after `earlier` this is; zero when it isn't.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// Year, month and day (UTC, Gregorian), after the civil calendar's 400-year cycle of 146,097 days.
    #[must_use]
    pub fn date(self) -> (i64, i64, i64) {
        /// Days from 0000-03-01 to 1970-01-01.
        const EPOCH: i64 = 719_468;
        let days = self.0.div_euclid(DAY).saturating_add(EPOCH);
        let (cycle, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
        let of_cycle = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
        let of_year = day - (365 * of_cycle + of_cycle / 4 - of_cycle / 100);
        // Years begin in March there; January and February belong to the next one.
        let month = (5 * of_year + 2) / 153;
        let of_month = of_year - (153 * month + 2) / 5 + 1;
        let year = cycle.saturating_mul(400).saturating_add(of_cycle).saturating_add(i64::from(month >= 10));
        (year, if month < 10 { month + 3 } else { month - 9 }, of_month)
    }

    /// As RFC 3339 writes it, in UTC: `2026-11-20T16:24:05.120Z`.
    #[must_use]
    pub fn rfc3339(self) -> String {
        let (year, month, day) = self.date();
        let of_day = self.0.rem_euclid(DAY);
        let (hour, minute) = (of_day / 3_600_000, of_day / 60_000 % 60);
        let (second, milli) = (of_day / 1_000 % 60, of_day % 1_000);
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_in_time_are_written_as_everyone_writes_them() {
        for (at, told) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_399_999, "2000-02-28T23:59:59.999Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
            (1_790_000_000_001, "2026-09-21T14:13:20.001Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
        ] {
            assert_eq!(Timestamp(at).rfc3339(), told);
        }
    }
}
