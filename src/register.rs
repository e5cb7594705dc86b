//! Registers of medical councils as files: CSV (RFC 4180) with a line of headings.

use serde::Serialize;
use utoipa::ToSchema;
use vaidya_clinic::time::Timestamp;

use crate::store::registry::Entry;

/// Longest file, in bytes. Lower cuts large councils in parts, higher lets an import fill memory.
pub const LONGEST: usize = 1024 * 1024;

/// Longest field, in characters.
const FIELD: usize = 200;

/// Columns a register must have; `standing` may come with them.
const COLUMNS: [&str; 5] = ["council", "number", "name", "qualification", "valid_until"];

/// What a file says.
pub struct Register {
    /// Rows that could be read.
    pub rows: Vec<Entry>,
    /// Lines that could not.
    pub bad: Vec<BadLine>,
}

/// A line that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = BadRegisterLine)]
pub struct BadLine {
    /// Which, the headings being line 1.
    pub line: u64,
    /// Why, in a sentence.
    pub why: String,
}

/// A file that is no register.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoRegister {
    /// The headings.
    #[error("The first line must name the columns council, number, name, qualification and valid_until.")]
    Columns,
    /// More than [`LONGEST`].
    #[error("The file is longer than 1 MiB. Import it in parts, one council at a time.")]
    TooLong,
}

/// Where the columns are.
struct Columns {
    must: [usize; 5],
    standing: Option<usize>,
}

/// Reads a register.
///
/// # Errors
/// [`NoRegister`].
pub fn read(file: &[u8]) -> Result<Register, NoRegister> {
    if file.len() > LONGEST {
        return Err(NoRegister::TooLong);
    }
    let file = file.strip_prefix(b"\xef\xbb\xbf").unwrap_or(file);
    let mut reader = csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(file);
    let columns = columns(reader.headers().map_err(|_| NoRegister::Columns)?).ok_or(NoRegister::Columns)?;
    let mut register = Register { rows: Vec::new(), bad: Vec::new() };
    for (number, record) in (2_u64..).zip(reader.records()) {
        let line = record.as_ref().ok().and_then(|record| record.position()).map_or(number, csv::Position::line);
        let entry = match &record {
            Ok(record) => entry(record, &columns),
            Err(_) => Err("The line is not CSV in UTF-8."),
        };
        match entry {
            Ok(entry) => register.rows.push(entry),
            Err(why) => register.bad.push(BadLine { line, why: why.to_owned() }),
        }
    }
    Ok(register)
}

fn columns(headings: &csv::StringRecord) -> Option<Columns> {
    let place = |name: &str| headings.iter().position(|heading| heading.eq_ignore_ascii_case(name));
    let mut must = [0; 5];
    for (to, name) in must.iter_mut().zip(COLUMNS) {
        *to = place(name)?;
    }
    Some(Columns { must, standing: place("standing") })
}

fn entry(record: &csv::StringRecord, columns: &Columns) -> Result<Entry, &'static str> {
    let [council, number, name, qualification, end] = columns.must.map(|place| record.get(place).unwrap_or_default());
    let text = |field: &str, why: &'static str| {
        let good = !field.is_empty() && field.chars().count() <= FIELD && !field.chars().any(char::is_control);
        if good { Ok(field.to_owned()) } else { Err(why) }
    };
    let suspended = match columns.standing.and_then(|place| record.get(place)).unwrap_or_default() {
        "" | "good" => false,
        "suspended" => true,
        _ => return Err("The standing is good or suspended."),
    };
    let digits = vaidya_clinic::credential::normal(number);
    Ok(Entry {
        council: text(council, "The council is missing or too long.")?,
        number: text(number, "The number is missing or too long.").and_then(|number| {
            if digits.is_empty() { Err("The number has no letter or digit.") } else { Ok(number) }
        })?,
        name: text(name, "The name is missing or too long.")?,
        qualification: if qualification.is_empty() {
            String::new()
        } else {
            text(qualification, "The qualification is too long.")?
        },
        valid_until: match end {
            "" => None,
            day => Some(date(day).ok_or("The end is a day such as 2028-03-31, or nothing.")?),
        },
        suspended,
    })
}

/// The beginning of a day in UTC, written as ISO 8601 has it: `2028-03-31`.
fn date(text: &str) -> Option<Timestamp> {
    let mut parts = text.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let right = year.len() == 4 && month.len() == 2 && day.len() == 2 && parts.next().is_none();
    if !right || !text.bytes().all(|sign| sign.is_ascii_digit() || sign == b'-') {
        return None;
    }
    let (year, month, day): (i64, i64, i64) = (year.parse().ok()?, month.parse().ok()?, day.parse().ok()?);
    let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let longest = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return None,
    };
    if !(1..=longest).contains(&day) || year < 1970 {
        return None;
    }
    // Days of the proleptic Gregorian calendar, counted in years that begin in March: then the leap day is the last.
    let years = if month > 2 { year } else { year - 1 };
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = 365 * years + years / 4 - years / 100 + years / 400 + of_year - 719_468;
    Some(Timestamp(days * 24 * 60 * 60 * 1000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_as_the_calendar_has_them() {
        for (text, days) in [
            ("1970-01-01", 0),
            ("1970-03-01", 59),
            ("2000-02-29", 11_016),
            ("2000-03-01", 11_017),
            ("2026-11-20", 20_777),
            ("2100-03-01", 47_541),
        ] {
            assert_eq!(date(text), Some(Timestamp(days * 86_400_000)), "{text}");
        }
        for odd in
            ["2026-02-29", "2026-13-01", "2026-00-10", "2026-1-1", "20261120", "2026-11-31", "1969-12-31", "+026-01-01"]
        {
            assert_eq!(date(odd), None, "{odd}");
        }
    }

    #[test]
    fn a_register_is_read_line_by_line_and_bad_lines_are_named() {
        let file = "\u{feff}Number,Council,Name,Qualification,Valid_Until,Standing\n\
            12,PMC,\"Rao, Ananya\",MBBS,2030-01-01,good\n\
            ,PMC,Nobody,MBBS,,\n\
            13,PMC,Old Doctor,,,suspended\n\
            14,PMC,Odd Day,MBBS,31.12.2030,\n";
        let register = read(file.as_bytes()).unwrap();
        let [rao, old] = register.rows.as_slice() else { panic!("two rows") };
        assert_eq!((rao.name.as_str(), rao.suspended), ("Rao, Ananya", false));
        assert_eq!((old.valid_until, old.suspended), (None, true));
        assert_eq!(register.bad.iter().map(|bad| bad.line).collect::<Vec<_>>(), [3, 5]);
    }

    #[test]
    fn a_file_without_its_headings_is_no_register() {
        assert_eq!(read(b"12,PMC,Rao,MBBS,\n").err(), Some(NoRegister::Columns));
        assert_eq!(read(b"").err(), Some(NoRegister::Columns));
        assert_eq!(read(&vec![b'x'; LONGEST + 1]).err(), Some(NoRegister::TooLong));
    }

    #[test]
    fn bytes_that_are_no_text_are_a_bad_line() {
        let register = read(b"council,number,name,qualification,valid_until\nPMC,1,\xff\xfe,MBBS,\n").unwrap();
        assert_eq!((register.rows.len(), register.bad.len()), (0, 1));
    }
}
