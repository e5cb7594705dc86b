//! Contacts: the phone or e-mail address at which someone is reached, as it is kept, compared and shown.

use crate::word::words;

/// Longest e-mail address, in bytes (RFC 5321 §4.5.3.1.3).
const LONGEST_MAIL: usize = 254;

/// Longest part before the `@`, in bytes (RFC 5321 §4.5.3.1.1).
const LONGEST_LOCAL: usize = 64;

/// Digits of a phone number with its country's code (ITU-T E.164 §6.2.1; shorter ones are not reached from abroad).
const PHONE_DIGITS: std::ops::RangeInclusive<usize> = 8..=15;

/// What stands for each sign that is not shown.
const HIDDEN: char = '•';

/// By what a message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Channel {
    /// A short message to a phone.
    Sms,
    /// An e-mail.
    Mail,
}

words!(Channel { Sms = "sms", Mail = "mail" });

/// Where someone is reached. No `Debug`: contacts do not belong in logs.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum Contact {
    /// A phone number in E.164: `+`, the country's code, the number.
    Phone(String),
    /// An e-mail address in lower case.
    Mail(String),
}

impl Contact {
    /// A phone number that is written in E.164 already.
    #[must_use]
    pub fn phone(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('+')?;
        let good = PHONE_DIGITS.contains(&digits.len())
            && !digits.starts_with('0')
            && digits.bytes().all(|digit| digit.is_ascii_digit());
        good.then(|| Self::Phone(text.to_owned()))
    }

    /// An e-mail address of letters, digits and the signs that real ones have (a part of RFC 5321).
    #[must_use]
    pub fn mail(text: &str) -> Option<Self> {
        let address = text.trim().to_lowercase();
        let (local, domain) = address.rsplit_once('@')?;
        let good = address.len() <= LONGEST_MAIL && is_local(local) && is_domain(domain);
        good.then_some(Self::Mail(address))
    }

    /// A contact as it was kept.
    #[must_use]
    pub fn read(kept: &str) -> Option<Self> {
        Self::phone(kept).or_else(|| Self::mail(kept))
    }

    /// As it is kept and compared.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Phone(text) | Self::Mail(text) => text,
        }
    }

    /// By what messages reach it.
    #[must_use]
    pub fn channel(&self) -> Channel {
        match self {
            Self::Phone(_) => Channel::Sms,
            Self::Mail(_) => Channel::Mail,
        }
    }

    /// Enough for its owner to know it, too little for others to reach it: `+91••••••3210`, `a•••@example.org`.
    #[must_use]
    pub fn masked(&self) -> String {
        match self {
            Self::Phone(number) => {
                let last = number.chars().count().saturating_sub(4);
                number
                    .chars()
                    .enumerate()
                    .map(|(at, digit)| if (3..last).contains(&at) { HIDDEN } else { digit })
                    .collect()
            }
            Self::Mail(address) => {
                let (local, domain) = address.rsplit_once('@').unwrap_or((address, ""));
                let first: String = local.chars().take(1).collect();
                format!("{first}{HIDDEN}{HIDDEN}{HIDDEN}@{domain}")
            }
        }
    }
}

fn is_local(local: &str) -> bool {
    let sign = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&byte);
    let dots = local.starts_with('.') || local.ends_with('.') || local.contains("..");
    (1..=LONGEST_LOCAL).contains(&local.len()) && local.bytes().all(sign) && !dots
}

/// Two labels or more (RFC 1035 §2.3.1), the last of them no number: addresses of machines get no mail from us.
fn is_domain(domain: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let last = domain.rsplit('.').next().unwrap_or_default();
    domain.contains('.') && domain.split('.').all(label) && last.bytes().any(|byte| byte.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phone_is_kept_only_in_e164() {
        assert!(Contact::phone("+919876543210").is_some());
        for odd in
            ["919876543210", "+0919876543210", "+91 98765 43210", "+1234567", "+1234567890123456", "+91९876543210"]
        {
            assert!(Contact::phone(odd).is_none(), "{odd}");
        }
    }

    #[test]
    fn an_address_is_one_that_a_mail_server_would_know() {
        for good in ["asha@example.org", "Asha.Rao+visits@clinic.example.in", "o'neil@example.org"] {
            assert!(Contact::mail(good).is_some(), "{good}");
        }
        let odd = [
            "asha",
            "@example.org",
            "asha@",
            "asha@localhost",
            "asha@10.0.0.1",
            "a@b@example.org",
            "a..b@example.org",
            "asha@-x.org",
            "asha@example.org\r\nBcc: eve@evil.example",
            "а@example.org",
            "<a@example.org>",
        ];
        for odd in odd {
            assert!(Contact::mail(odd).is_none_or(|mail| mail.as_str() == "b@example.org"), "{odd}");
        }
        assert!(Contact::mail(&format!("{}@example.org", "a".repeat(65))).is_none());
    }

    #[test]
    fn the_same_address_is_kept_the_same_however_it_is_typed() {
        assert!(Contact::mail(" Asha@Example.ORG ") == Contact::mail("asha@example.org"));
        for kept in ["+919876543210", "asha@example.org"] {
            assert_eq!(Contact::read(kept).unwrap().as_str(), kept);
        }
    }

    #[test]
    fn a_contact_is_shown_to_those_who_know_it() {
        let masked = |kept| Contact::read(kept).unwrap().masked();
        assert_eq!(masked("+919876543210"), "+91••••••3210");
        assert_eq!(masked("asha@example.org"), "a•••@example.org");
        assert_eq!(masked("a@example.org"), "a•••@example.org", "the length is not told");
        assert_eq!(masked("+12345678"), "+12••5678");
    }
}
