//! What a patient says of themselves: when they were born, their sex, and who speaks for a child.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::time::Timestamp;
use crate::word::words;

/// From this age one speaks for oneself: India's Majority Act of 1875, section 3.
pub const OF_AGE: i32 = 18;

/// The oldest that is believed.
const OLDEST: i32 = 130;

/// A patient's sex, as they say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sex {
    /// Female.
    Female,
    /// Male.
    Male,
    /// Neither, or both.
    Other,
    /// They would rather not say.
    Unsaid,
}

words!(Sex { Female = "female", Male = "male", Other = "other", Unsaid = "unsaid" });

/// Who speaks for a child.
#[derive(Clone, PartialEq, Eq)]
pub struct Guardian {
    /// Their name.
    pub name: String,
    /// What they are to the child.
    pub relation: String,
}

/// What is wrong with what was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadProfile {
    /// Nobody alive was born then.
    #[error("Write the year of birth with four digits.")]
    Year,
    /// A child without anyone to speak for them.
    #[error("Someone under 18 needs a guardian: write the guardian's name and what they are to the child.")]
    Guardian,
}

/// The year of a point in time (UTC, Gregorian).
#[must_use]
pub fn year(at: Timestamp) -> i32 {
    i32::try_from(at.date().0).unwrap_or(i32::MAX)
}

/// A year in which somebody who is alive can have been born.
///
/// # Errors
/// [`BadProfile::Year`].
pub fn birth_year(said: i64, now: Timestamp) -> Result<i32, BadProfile> {
    let this = year(now);
    let said = i32::try_from(said).map_err(|_| BadProfile::Year)?;
    let possible = (this.saturating_sub(OLDEST)..=this).contains(&said);
    if possible { Ok(said) } else { Err(BadProfile::Year) }
}

/// Whether someone born in this year is a child now. Who comes of age this year counts as of age.
#[must_use]
pub fn is_minor(birth_year: i32, now: Timestamp) -> bool {
    year(now).saturating_sub(birth_year) < OF_AGE
}

/// A child has somebody to speak for them.
///
/// # Errors
/// [`BadProfile::Guardian`].
pub fn spoken_for(birth_year: i32, guardian: Option<&Guardian>, now: Timestamp) -> Result<(), BadProfile> {
    if is_minor(birth_year, now) && guardian.is_none() { Err(BadProfile::Guardian) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_800_000_000_000);

    #[test]
    fn years_turn_at_new_year() {
        for (at, expected) in [
            (0, 1970),
            (-1, 1969),
            (951_782_399_999, 2000),
            (1_704_067_199_999, 2023),
            (1_704_067_200_000, 2024),
            (1_735_689_599_999, 2024),
            (1_735_689_600_000, 2025),
            (4_102_444_800_000, 2100),
        ] {
            assert_eq!(year(Timestamp(at)), expected, "{at}");
        }
        assert_eq!(year(NOW), 2027);
    }

    #[test]
    fn nobody_was_born_tomorrow_or_under_queen_victoria() {
        assert_eq!(birth_year(2027, NOW), Ok(2027));
        assert_eq!(birth_year(1897, NOW), Ok(1897));
        for odd in [2028, 1896, 0, -1, 87, i64::MAX] {
            assert_eq!(birth_year(odd, NOW), Err(BadProfile::Year), "{odd}");
        }
    }

    #[test]
    fn a_child_needs_a_guardian_and_nobody_else_does() {
        let guardian = Guardian { name: "Sunita Gill".to_owned(), relation: "mother".to_owned() };
        assert_eq!(spoken_for(2010, None, NOW), Err(BadProfile::Guardian));
        assert_eq!(spoken_for(2010, Some(&guardian), NOW), Ok(()));
        assert_eq!(spoken_for(2009, None, NOW), Ok(()), "comes of age this year");
        assert_eq!(spoken_for(1950, None, NOW), Ok(()));
    }
}
