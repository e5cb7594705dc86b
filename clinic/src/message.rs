//! The words of messages to phones and mailboxes: in the reader's language, short, and silent about anyone's health.

use crate::contact::Channel;
use crate::organisation::Language;

mod consent;

pub use consent::{Ask, Heard};

/// Signs of one short message in the GSM alphabet (3GPP TS 23.038). A longer one is cut in parts, each paid for.
const GSM: usize = 160;

/// Signs of one short message in every other alphabet, in UTF-16 units.
const UCS2: usize = 70;

/// Short messages in which what must be said in full is said: who asks for what.
const PARTS: usize = 3;

/// The GSM alphabet, but for controls (3GPP TS 23.038 §6.2.1).
const GSM_SIGNS: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";

/// Signs of it that take the room of two.
const GSM_DOUBLE: &str = "^{}\\[~]|€";

/// What someone is told.
#[derive(Clone, Copy)]
pub enum Notice<'a> {
    /// The code that proves this contact theirs.
    Code(&'a str),
    /// The way to a visit.
    Visit(&'a str),
    /// The way to an account as staff.
    Invite(&'a str),
    /// Their account is reached elsewhere from now on.
    ContactChanged,
    /// The clinic opens their records to a new key of theirs.
    RecordsRestored,
    /// A doctor asks to see records.
    Asked(Ask<'a>),
    /// This doctor looked at them without asking.
    BrokeGlass(&'a str),
    /// They said yes aloud, and a witness heard it.
    Witnessed(Heard<'a>),
    /// Somebody speaks for a child from now on: told to them, to the child, and to who else does.
    GuardianLinked,
}

impl Notice<'_> {
    /// How many short messages it may take.
    fn parts(self) -> usize {
        match self {
            Self::Asked(_) | Self::BrokeGlass(_) | Self::Witnessed(_) => PARTS,
            Self::Code(_) | Self::Visit(_) | Self::Invite(_) => 1,
            Self::RecordsRestored | Self::ContactChanged | Self::GuardianLinked => 1,
        }
    }
}

/// A message as it goes out.
#[derive(Clone, PartialEq, Eq)]
pub struct Words {
    /// The subject of a mail; phones don't show one.
    pub subject: String,
    /// The text.
    pub body: String,
}

/// What to write. A short message is one segment, or as many as its notice may take: when the organisation's name is too
/// long for that, it is cut.
#[must_use]
pub fn words(notice: Notice<'_>, clinic: &str, language: Language, channel: Channel) -> Words {
    let (before, after) = sentence(notice, language);
    let body = match channel {
        Channel::Mail => format!("{before}{clinic}{after}\n"),
        Channel::Sms => fitted(&before, clinic, &after, notice.parts()),
    };
    Words { subject: subject(notice, clinic, language), body }
}

/// How many short messages a text takes.
#[must_use]
pub fn segments(text: &str) -> usize {
    let gsm: Option<usize> = text.chars().map(width).sum();
    let (length, one, part) = match gsm {
        Some(length) => (length, GSM, GSM - 7),
        None => (text.encode_utf16().count(), UCS2, UCS2 - 3),
    };
    if length <= one { 1 } else { length.div_ceil(part) }
}

fn width(sign: char) -> Option<usize> {
    match sign {
        sign if GSM_SIGNS.contains(sign) => Some(1),
        sign if GSM_DOUBLE.contains(sign) => Some(2),
        _ => None,
    }
}

/// The text with as much of the name as fits into so many short messages.
fn fitted(before: &str, clinic: &str, after: &str, parts: usize) -> String {
    let letters = clinic.chars().count();
    let cut = |keep: usize| {
        let name: String = clinic.chars().take(keep).collect();
        let name = if keep < letters { format!("{}.", name.trim_end()) } else { name };
        format!("{before}{name}{after}")
    };
    let fitting = (1..=letters).rev().map(cut).find(|text| segments(text) <= parts);
    fitting.unwrap_or_else(|| format!("{before}{after}"))
}

/// What stands before and after the organisation's name.
fn sentence(notice: Notice<'_>, language: Language) -> (String, String) {
    use Language::{En, Hi, Pa};
    match (notice, language) {
        (Notice::Code(code), En) => {
            (format!("{code} is your code for "), ". It works for 10 minutes. Tell it to nobody.".to_owned())
        }
        (Notice::Code(code), Hi) => (format!("{code} आपका कोड है: "), "। 10 मिनट चलेगा। किसी को न बताएँ।".to_owned()),
        (Notice::Code(code), Pa) => (format!("{code} ਤੁਹਾਡਾ ਕੋਡ ਹੈ: "), "। 10 ਮਿੰਟ ਚੱਲੇਗਾ। ਕਿਸੇ ਨੂੰ ਨਾ ਦੱਸੋ।".to_owned()),
        (Notice::Visit(url), En) => (String::new(), format!(": this is the link to your video visit. {url}")),
        (Notice::Visit(url), Hi) => (String::new(), format!(": वीडियो लिंक {url}")),
        (Notice::Visit(url), Pa) => (String::new(), format!(": ਵੀਡੀਓ ਲਿੰਕ {url}")),
        (Notice::Invite(url), En) => {
            (String::new(), format!(" invites you to join. This link works for 7 days: {url}"))
        }
        (Notice::Invite(url), Hi) => (String::new(), format!(": न्योता {url}")),
        (Notice::Invite(url), Pa) => (String::new(), format!(": ਸੱਦਾ {url}")),
        (Notice::RecordsRestored, En) => (
            String::new(),
            ": your records can be opened on a new device of yours. Was that not you? Call us.".to_owned(),
        ),
        (Notice::RecordsRestored, Hi) => (String::new(), ": आपके रिकॉर्ड नए फ़ोन पर खुलेंगे। आपने नहीं? फ़ोन करें।".to_owned()),
        (Notice::RecordsRestored, Pa) => (String::new(), ": ਤੁਹਾਡੇ ਰਿਕਾਰਡ ਨਵੇਂ ਫ਼ੋਨ 'ਤੇ ਖੁੱਲ੍ਹਣਗੇ। ਤੁਸੀਂ ਨਹੀਂ? ਫ਼ੋਨ ਕਰੋ।".to_owned()),
        (Notice::Asked(ask), _) => (consent::asked(ask, language), String::new()),
        (Notice::BrokeGlass(doctor), _) => (consent::broke_glass(doctor, language), String::new()),
        (Notice::Witnessed(heard), _) => (consent::witnessed(heard, language), String::new()),
        (Notice::GuardianLinked, En) => {
            (String::new(), ": a guardian can now open a child's records. Was that not meant? Call us.".to_owned())
        }
        (Notice::GuardianLinked, Hi) => (String::new(), ": अभिभावक बच्चे के रिकॉर्ड देख सकेंगे। ग़लत? फ़ोन करें।".to_owned()),
        (Notice::GuardianLinked, Pa) => (String::new(), ": ਸਰਪ੍ਰਸਤ ਬੱਚੇ ਦੇ ਰਿਕਾਰਡ ਦੇਖ ਸਕਣਗੇ। ਗ਼ਲਤ? ਫ਼ੋਨ ਕਰੋ।".to_owned()),
        (Notice::ContactChanged, En) => {
            (String::new(), ": your phone number or e-mail was changed. Was that not you? Call us.".to_owned())
        }
        (Notice::ContactChanged, Hi) => (String::new(), ": आपका संपर्क बदला गया। आपने नहीं? हमें फ़ोन करें।".to_owned()),
        (Notice::ContactChanged, Pa) => (String::new(), ": ਤੁਹਾਡਾ ਸੰਪਰਕ ਬਦਲਿਆ ਗਿਆ। ਤੁਸੀਂ ਨਹੀਂ? ਸਾਨੂੰ ਫ਼ੋਨ ਕਰੋ।".to_owned()),
    }
}

/// A code does not stand in the subject: subjects are shown on locked screens.
fn subject(notice: Notice<'_>, clinic: &str, language: Language) -> String {
    use Language::{En, Hi, Pa};
    let what = match (notice, language) {
        (Notice::Code(_), En) => "Your code",
        (Notice::Code(_), Hi) => "आपका कोड",
        (Notice::Code(_), Pa) => "ਤੁਹਾਡਾ ਕੋਡ",
        (Notice::Visit(_), En) => "Your video visit",
        (Notice::Visit(_), Hi) => "आपकी वीडियो विज़िट",
        (Notice::Visit(_), Pa) => "ਤੁਹਾਡੀ ਵੀਡੀਓ ਵਿਜ਼ਿਟ",
        (Notice::Invite(_), En) => "An invitation",
        (Notice::Invite(_), Hi) => "न्योता",
        (Notice::Invite(_), Pa) => "ਸੱਦਾ",
        (Notice::RecordsRestored, En) => "Your records open on a new device",
        (Notice::RecordsRestored, Hi) => "आपके रिकॉर्ड नए फ़ोन पर खुलेंगे",
        (Notice::RecordsRestored, Pa) => "ਤੁਹਾਡੇ ਰਿਕਾਰਡ ਨਵੇਂ ਫ਼ੋਨ 'ਤੇ ਖੁੱਲ੍ਹਣਗੇ",
        (Notice::Asked(_), En) => "Somebody asks to see your records",
        (Notice::Asked(_), Hi) => "आपके रिकॉर्ड के लिए अनुरोध",
        (Notice::Asked(_), Pa) => "ਤੁਹਾਡੇ ਰਿਕਾਰਡ ਲਈ ਬੇਨਤੀ",
        (Notice::BrokeGlass(_), En) => "Your records were opened in an emergency",
        (Notice::BrokeGlass(_), Hi) => "आपात स्थिति में आपके रिकॉर्ड खोले गए",
        (Notice::BrokeGlass(_), Pa) => "ਐਮਰਜੈਂਸੀ ਵਿੱਚ ਤੁਹਾਡੇ ਰਿਕਾਰਡ ਖੋਲ੍ਹੇ ਗਏ",
        (Notice::Witnessed(_), En) => "You agreed to show your records",
        (Notice::Witnessed(_), Hi) => "आपने रिकॉर्ड दिखाने की सहमति दी",
        (Notice::Witnessed(_), Pa) => "ਤੁਸੀਂ ਰਿਕਾਰਡ ਦਿਖਾਉਣ ਦੀ ਸਹਿਮਤੀ ਦਿੱਤੀ",
        (Notice::GuardianLinked, En) => "A guardian was linked to a child's records",
        (Notice::GuardianLinked, Hi) => "बच्चे के रिकॉर्ड से अभिभावक जोड़े गए",
        (Notice::GuardianLinked, Pa) => "ਬੱਚੇ ਦੇ ਰਿਕਾਰਡ ਨਾਲ ਸਰਪ੍ਰਸਤ ਜੋੜੇ ਗਏ",
        (Notice::ContactChanged, En) => "Your account has changed",
        (Notice::ContactChanged, Hi) => "आपका खाता बदला गया",
        (Notice::ContactChanged, Pa) => "ਤੁਹਾਡਾ ਖਾਤਾ ਬਦਲਿਆ ਗਿਆ",
    };
    format!("{what} · {clinic}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "https://visits.cityclinic.example/invite/0123456789ab";

    fn every_notice() -> [Notice<'static>; 6] {
        [
            Notice::Code("042917"),
            Notice::Visit(URL),
            Notice::Invite(URL),
            Notice::ContactChanged,
            Notice::RecordsRestored,
            Notice::GuardianLinked,
        ]
    }

    #[test]
    fn every_short_message_is_one_segment_whatever_the_clinic_is_called() {
        let names = [
            "V",
            "City Clinic",
            "Postgraduate Institute of Medical Education and Research, Chandigarh, Sector 12",
            "ਸਿਵਲ ਹਸਪਤਾਲ ਅੰਮ੍ਰਿਤਸਰ, ਜ਼ਿਲ੍ਹਾ ਅੰਮ੍ਰਿਤਸਰ",
            "अखिल भारतीय आयुर्विज्ञान संस्थान, नई दिल्ली",
            "[Clinic] {of} ~tilde~ ^hats^",
        ];
        for name in names {
            for notice in every_notice() {
                for language in Language::ALL {
                    let body = words(notice, name, *language, Channel::Sms).body;
                    assert_eq!(segments(&body), 1, "{body}");
                }
            }
        }
    }

    #[test]
    fn what_is_told_of_consents_is_whole_and_takes_few_messages() {
        use crate::record::RecordKind;
        let doctor = "Dr Parminder Kaur Ahluwalia Chattopadhyay of the Institute";
        let ask = Ask { doctor, kinds: &RecordKind::ALL[1..], minutes: 90 * 24 * 60, code: Some("042917") };
        let clinic = "Postgraduate Institute of Medical Education and Research, Chandigarh, Sector 12";
        for language in Language::ALL {
            let heard =
                Heard { ask, witness: "Meena Kumari of the reception desk, who has a name that is far too long" };
            for notice in [Notice::Asked(ask), Notice::BrokeGlass(doctor), Notice::Witnessed(heard)] {
                let body = words(notice, clinic, *language, Channel::Sms).body;
                assert!(segments(&body) <= 3 && body.contains("Dr Parminder"), "{body}");
                assert!(!words(notice, clinic, *language, Channel::Mail).subject.contains("042917"));
            }
            assert!(words(Notice::Asked(ask), clinic, *language, Channel::Sms).body.contains("042917"));
        }
    }

    #[test]
    fn a_code_or_a_link_is_never_cut_and_the_clinic_is_named() {
        for language in Language::ALL {
            let code = words(Notice::Code("042917"), "City Clinic", *language, Channel::Sms).body;
            assert!(code.contains("042917") && code.contains("City Clinic"), "{code}");
            for notice in [Notice::Visit(URL), Notice::Invite(URL)] {
                let body = words(notice, "City Clinic", *language, Channel::Sms).body;
                assert!(body.ends_with(URL) && body.starts_with('C'), "{body}");
            }
        }
    }

    #[test]
    fn a_mail_says_it_all_and_its_subject_tells_no_code() {
        let name = "x".repeat(80);
        for language in Language::ALL {
            let mail = words(Notice::Code("042917"), &name, *language, Channel::Mail);
            assert!(mail.body.contains("042917") && mail.body.contains(&name));
            assert!(!mail.subject.contains("042917") && mail.subject.contains(&name));
        }
    }

    #[test]
    fn segments_are_counted_as_networks_do() {
        assert_eq!([160, 161, 306, 307].map(|length| segments(&"a".repeat(length))), [1, 2, 2, 3]);
        assert_eq!([70, 71, 134, 135].map(|length| segments(&"क".repeat(length))), [1, 2, 2, 3]);
        assert_eq!(segments(&"€".repeat(80)), 1);
        assert_eq!(segments(&"€".repeat(81)), 2);
        assert_eq!(segments(""), 1);
    }
}
