//! Contacts and user names as people type them, brought into the form in which they are kept.

use phonenumber::country::Id;
use phonenumber::metadata::DATABASE;
use phonenumber::{Mode, Type};
use vaidya_clinic::contact::{Channel, Contact};

use super::House;
use crate::error::Problem;

/// Longest contact that is looked at, in bytes.
const LONGEST: usize = 254;

/// A phone number of this country or with its country's code, or an e-mail address.
///
/// # Errors
/// `bad_field` with what to write.
pub(super) fn a_contact(text: &str, zone: &str) -> Result<Contact, Problem> {
    let text = text.trim();
    let found = if text.len() > LONGEST {
        None
    } else if text.contains('@') {
        Contact::mail(text)
    } else {
        phone(text, zone)
    };
    found.ok_or_else(|| Problem::bad_field("Write a mobile number such as 98765 43210, or an e-mail address."))
}

/// A phone number of this country or with its country's code.
///
/// # Errors
/// `bad_field` with what to write.
pub(super) fn a_phone(text: &str, zone: &str) -> Result<Contact, Problem> {
    let found = Some(text.trim()).filter(|text| text.len() <= LONGEST).and_then(|text| phone(text, zone));
    found.ok_or_else(|| Problem::bad_field("Write a mobile number such as 98765 43210."))
}

/// A phone number to which short messages can go.
fn phone(text: &str, zone: &str) -> Option<Contact> {
    let number = phonenumber::parse(Some(country(zone)), text).ok().filter(phonenumber::PhoneNumber::is_valid)?;
    let mobile = !matches!(number.number_type(&DATABASE), Type::FixedLine | Type::TollFree | Type::PremiumRate);
    let kept = number.format().mode(Mode::E164).to_string();
    Contact::phone(&kept).filter(|_| mobile && number.extension().is_none())
}

/// The country whose numbers are typed without a code in a time zone: India, where it isn't known.
fn country(zone: &str) -> Id {
    match zone {
        "Asia/Dhaka" => Id::BD,
        "Asia/Kathmandu" | "Asia/Katmandu" => Id::NP,
        "Asia/Karachi" => Id::PK,
        "Asia/Colombo" => Id::LK,
        "Asia/Thimphu" | "Asia/Thimbu" => Id::BT,
        "Asia/Dubai" => Id::AE,
        "Asia/Singapore" => Id::SG,
        "Africa/Nairobi" => Id::KE,
        "Europe/London" => Id::GB,
        "Europe/Berlin" => Id::DE,
        zone if zone.starts_with("America/Toronto") || zone.starts_with("America/Vancouver") => Id::CA,
        "America/New_York" | "America/Chicago" | "America/Denver" | "America/Los_Angeles" => Id::US,
        _ => Id::IN,
    }
}

/// A user name as it is kept. Who has their phone number as one may type it as people write numbers.
#[must_use]
pub(super) fn as_login(typed: &str) -> String {
    let typed = typed.trim();
    let number = |letter: char| letter.is_ascii_digit() || "+-() ".contains(letter);
    let digits = typed.chars().filter(char::is_ascii_digit).count();
    let phone =
        (typed.len() <= LONGEST && digits >= 8 && typed.chars().all(number)).then(|| phone(typed, "")).flatten();
    phone.map_or_else(|| typed.to_lowercase(), |phone| phone.as_str().to_owned())
}

/// Whether messages can be sent to contacts like this one.
///
/// # Errors
/// `no_sms`, `no_mail`.
pub(super) fn reachable(house: &House, contact: &Contact) -> Result<(), Problem> {
    match contact.channel() {
        Channel::Sms if !house.post.sms() => Err(Problem::no_sms()),
        Channel::Mail if !house.post.mail() => Err(Problem::no_mail()),
        Channel::Sms | Channel::Mail => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(text: &str, zone: &str) -> Option<String> {
        a_contact(text, zone).ok().map(|contact| contact.as_str().to_owned())
    }

    #[test]
    fn a_number_is_the_same_however_it_is_typed() {
        for typed in
            ["9876543210", "98765 43210", "098765-43210", "+91 98765 43210", "+91 (98765) 43210", "00919876543210"]
        {
            assert_eq!(kept(typed, "Asia/Kolkata").as_deref(), Some("+919876543210"), "{typed}");
        }
        assert_eq!(kept("07400 123456", "Europe/London").as_deref(), Some("+447400123456"));
        assert_eq!(kept("+447400123456", "Asia/Kolkata").as_deref(), Some("+447400123456"));
        assert_eq!(kept("Asha@Example.org", "").as_deref(), Some("asha@example.org"));
    }

    #[test]
    fn what_no_message_reaches_is_no_contact() {
        let long = "9".repeat(5_000);
        for typed in [
            "",
            "12345",
            "0172 274 7585 ext. 9",
            "+91 12",
            "asha",
            "asha@",
            "'; DROP TABLE person;--",
            "<b>",
            "１２３",
            &long,
        ] {
            assert_eq!(kept(typed, "Asia/Kolkata"), None, "{typed}");
        }
    }

    #[test]
    fn a_phone_number_is_a_user_name_too() {
        assert_eq!(as_login(" 98765 43210"), "+919876543210");
        assert_eq!(as_login("+919876543210"), "+919876543210");
        assert_eq!(as_login("D001"), "d001");
        assert_eq!(as_login("Asha@Example.org"), "asha@example.org");
        assert_eq!(as_login("12345678"), "12345678", "no number of a phone");
    }
}
