//! A hospital or clinic: what kind it is, where and when it works, and in which languages.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::id::OrgId;
use crate::policy::Policy;
use crate::word::words;

/// Stretches of opening hours an organisation may have: four a day. Lower forbids a lunch break, higher fills the page.
pub const MOST_HOURS: usize = 28;

/// Names of zones of the IANA time zone database (release 2025b, names only; public domain), in the order of ASCII.
const ZONES: &str = include_str!("zones.txt");

/// What kind of organisation it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OrgKind {
    /// With departments and beds.
    Hospital,
    /// One or a few doctors.
    Clinic,
}

words!(OrgKind { Hospital = "hospital", Clinic = "clinic" });

/// Where an organisation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OrgState {
    /// Registered; the operator has not answered.
    Pending,
    /// At work.
    Active,
    /// The operator said no.
    Refused,
    /// Over.
    Closed,
}

words!(OrgState { Pending = "pending", Active = "active", Refused = "refused", Closed = "closed" });

/// A language Vaidya speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// English.
    En,
    /// Hindi.
    Hi,
    /// Punjabi.
    Pa,
}

words!(Language { En = "en", Hi = "hi", Pa = "pa" });

/// An organisation as its own people and the operator see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Organisation {
    /// Its id.
    pub id: OrgId,
    /// Its name, as patients know it.
    pub name: String,
    /// What it is.
    pub kind: OrgKind,
    /// Its zone: a name of the IANA time zone database.
    pub zone: String,
    /// The languages spoken there, the first before the others.
    pub languages: Vec<Language>,
    /// Its telephone (E.164).
    pub phone: Option<String>,
    /// Where it is, as one writes on an envelope.
    pub address: Option<String>,
    /// When it is open.
    pub hours: Hours,
    /// Its rules.
    pub policy: Policy,
    /// Whether it runs this server.
    pub operator: bool,
    /// Where it stands.
    pub state: OrgState,
}

/// An organisation as strangers see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct OrganisationCard {
    /// Its id.
    pub id: OrgId,
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: OrgKind,
    /// The languages spoken there.
    pub languages: Vec<Language>,
    /// Its telephone.
    pub phone: Option<String>,
    /// Where it is.
    pub address: Option<String>,
}

impl From<Organisation> for OrganisationCard {
    fn from(whole: Organisation) -> Self {
        let Organisation { id, name, kind, languages, phone, address, .. } = whole;
        Self { id, name, kind, languages, phone, address }
    }
}

/// What an organisation said of itself that can't be; the sentence says what to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadOrganisation {
    /// No such zone.
    #[error("The time zone must be a name such as Asia/Kolkata.")]
    Zone,
    /// No language, or one twice.
    #[error("Choose at least one of the languages en, hi and pa, each once.")]
    Languages,
    /// A day that isn't one, a time that isn't one, or an end before its beginning.
    #[error("Each line of the hours has a day from 1 (Monday) to 7 and two times such as 09:00 and 17:00.")]
    Hours,
    /// Two stretches of one day overlap.
    #[error("Two lines of the hours overlap. Put them together.")]
    Overlap,
    /// More than [`MOST_HOURS`].
    #[error("There are at most 28 lines of hours.")]
    TooManyHours,
    /// Not a telephone number.
    #[error("Write the telephone number with its country, such as +911722746565.")]
    Phone,
}

/// The name of a zone, as the IANA time zone database has it.
///
/// # Errors
/// When there is no such zone.
pub fn zone(name: &str) -> Result<String, BadOrganisation> {
    let known = ZONES.lines().any(|zone| zone == name);
    if known { Ok(name.to_owned()) } else { Err(BadOrganisation::Zone) }
}

/// Languages, each named once and at least one.
///
/// # Errors
/// When there is none, or one twice.
pub fn languages(wanted: &[Language]) -> Result<Vec<Language>, BadOrganisation> {
    let once = wanted.iter().enumerate().all(|(place, one)| !wanted.iter().take(place).any(|other| other == one));
    if once && !wanted.is_empty() { Ok(wanted.to_vec()) } else { Err(BadOrganisation::Languages) }
}

/// A telephone number as it is dialled from everywhere (ITU-T E.164): a plus and 7 to 15 digits. Spaces and dashes are
/// left out.
///
/// # Errors
/// When it isn't one.
pub fn phone(text: &str) -> Result<String, BadOrganisation> {
    let number: String = text.chars().filter(|sign| !" -().".contains(*sign)).collect();
    let digits = number.strip_prefix('+').ok_or(BadOrganisation::Phone)?;
    let good = (7..=15).contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_digit());
    if good && !digits.starts_with('0') { Ok(number) } else { Err(BadOrganisation::Phone) }
}

/// One stretch of opening hours in the organisation's zone.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Open {
    /// The day of the week: 1 is Monday, 7 is Sunday (ISO 8601).
    pub day: u8,
    /// From this minute, as `09:00`.
    pub from: String,
    /// Until this one, as `17:00`; `24:00` is the end of the day.
    pub to: String,
}

/// When an organisation is open: a week that repeats.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
pub struct Hours(pub Vec<Open>);

impl Hours {
    /// These hours in their order, if a week can have them.
    ///
    /// # Errors
    /// When a day or a time isn't one, stretches overlap, or there are too many.
    pub fn checked(mut self) -> Result<Self, BadOrganisation> {
        if self.0.len() > MOST_HOURS {
            return Err(BadOrganisation::TooManyHours);
        }
        self.0.sort();
        let mut last: Option<(u8, u16)> = None;
        for open in &self.0 {
            let (from, to) = open.minutes().ok_or(BadOrganisation::Hours)?;
            if last.is_some_and(|(day, end)| day == open.day && from < end) {
                return Err(BadOrganisation::Overlap);
            }
            last = Some((open.day, to));
        }
        Ok(self)
    }
}

impl Open {
    /// Its minutes of the day; none when it isn't a stretch of one.
    fn minutes(&self) -> Option<(u16, u16)> {
        let (from, to) = (minute(&self.from)?, minute(&self.to)?);
        ((1..=7).contains(&self.day) && from < to).then_some((from, to))
    }
}

/// The minute of the day that `09:00` names.
fn minute(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':')?;
    let two = |digits: &str| {
        let good = digits.len() == 2 && digits.bytes().all(|digit| digit.is_ascii_digit());
        if good { digits.parse::<u16>().ok() } else { None }
    };
    let (hours, minutes) = (two(hours)?, two(minutes)?);
    let minute = hours * 60 + minutes;
    (minutes < 60 && minute <= 24 * 60).then_some(minute)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(day: u8, from: &str, to: &str) -> Open {
        Open { day, from: from.into(), to: to.into() }
    }

    #[test]
    fn zones_are_named_as_browsers_name_them() {
        for name in ["Asia/Kolkata", "Asia/Calcutta", "Europe/London", "America/Argentina/Buenos_Aires", "UTC"] {
            assert_eq!(zone(name).as_deref(), Ok(name));
        }
        for odd in ["", "asia/kolkata", "Mars/Olympus", "IST5:30", "Asia/Kolkata\n"] {
            assert_eq!(zone(odd), Err(BadOrganisation::Zone), "{odd}");
        }
    }

    #[test]
    fn languages_are_named_once_and_there_is_one() {
        assert!(languages(&[Language::Hi, Language::En]).is_ok());
        assert_eq!(languages(&[]), Err(BadOrganisation::Languages));
        assert_eq!(languages(&[Language::Pa, Language::Pa]), Err(BadOrganisation::Languages));
    }

    #[test]
    fn a_telephone_number_has_its_country() {
        assert_eq!(phone("+91 172-2746565").as_deref(), Ok("+911722746565"));
        for odd in ["01722746565", "+91", "+9117x2746565", "+0172274656", "+1234567890123456"] {
            assert_eq!(phone(odd), Err(BadOrganisation::Phone), "{odd}");
        }
    }

    #[test]
    fn hours_come_back_in_their_order() {
        let hours = Hours(vec![open(2, "09:00", "13:00"), open(1, "14:00", "24:00"), open(1, "09:00", "14:00")]);
        let days: Vec<_> = hours.checked().unwrap().0.into_iter().map(|open| (open.day, open.from)).collect();
        assert_eq!(days, [(1, "09:00".into()), (1, "14:00".into()), (2, "09:00".into())]);
    }

    #[test]
    fn hours_that_no_week_has_are_refused() {
        for odd in [
            open(0, "09:00", "10:00"),
            open(8, "09:00", "10:00"),
            open(1, "9:00", "10:00"),
            open(1, "10:00", "10:00"),
            open(1, "17:00", "09:00"),
            open(1, "09:60", "10:00"),
            open(1, "09:00", "24:01"),
            open(1, "+9:00", "10:00"),
        ] {
            assert_eq!(Hours(vec![odd.clone()]).checked(), Err(BadOrganisation::Hours), "{odd:?}");
        }
        let twice = Hours(vec![open(1, "09:00", "13:00"), open(1, "12:00", "17:00")]);
        assert_eq!(twice.checked(), Err(BadOrganisation::Overlap));
        let many = Hours(vec![open(1, "09:00", "10:00"); 29]);
        assert_eq!(many.checked(), Err(BadOrganisation::TooManyHours));
    }
}
