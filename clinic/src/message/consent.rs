//! What patients are told of consents: who asks, for which records, for how long, and nothing of what is in them.

use crate::organisation::Language::{self, En, Hi, Pa};
use crate::record::RecordKind;

/// Letters of a doctor's name in a short message. Lower cuts names that are only long, higher pays for more parts.
const NAME: usize = 40;

/// Minutes of an hour, and of a day.
const HOUR: u64 = 60;
const DAY: u64 = 24 * HOUR;

/// Someone asks to see records.
#[derive(Clone, Copy)]
pub struct Ask<'a> {
    /// Who may see them.
    pub doctor: &'a str,
    /// Which.
    pub kinds: &'a [RecordKind],
    /// For how long.
    pub minutes: u64,
    /// The code that says yes, for those who don't say it in the app.
    pub code: Option<&'a str>,
}

/// A yes that was said aloud.
#[derive(Clone, Copy)]
pub struct Heard<'a> {
    /// To what.
    pub ask: Ask<'a>,
    /// Who heard it besides the doctor.
    pub witness: &'a str,
}

/// What stands before the organisation's name.
pub(super) fn asked(ask: Ask<'_>, language: Language) -> String {
    let (doctor, data, time) = (cut(ask.doctor), data(ask.kinds, language), duration(ask.minutes, language));
    match (ask.code, language) {
        (Some(code), En) => {
            format!("{code} lets {doctor} see {data} for {time}. Tell it to them only if you agree; it works 5 min. ")
        }
        (Some(code), Hi) => {
            format!("{code}: {doctor} को {data} दिखाने का कोड, {time} के लिए। सहमत हों तभी बताएँ; 5 मिनट चलेगा। ")
        }
        (Some(code), Pa) => {
            format!("{code}: {doctor} ਨੂੰ {data} ਦਿਖਾਉਣ ਦਾ ਕੋਡ, {time} ਲਈ। ਸਹਿਮਤ ਹੋਵੋ ਤਾਂ ਹੀ ਦੱਸੋ; 5 ਮਿੰਟ ਚੱਲੇਗਾ। ")
        }
        (None, En) => format!("{doctor} asks to see {data} for {time}. Answer in the app. "),
        (None, Hi) => format!("{doctor} {data} देखना चाहते हैं, {time} के लिए। ऐप में उत्तर दें। "),
        (None, Pa) => format!("{doctor} {data} ਦੇਖਣਾ ਚਾਹੁੰਦੇ ਹਨ, {time} ਲਈ। ਐਪ ਵਿੱਚ ਜਵਾਬ ਦਿਓ। "),
    }
}

/// The same of someone who looked without asking.
pub(super) fn broke_glass(doctor: &str, language: Language) -> String {
    let doctor = cut(doctor);
    match language {
        En => format!(
            "{doctor} opened your records in an emergency, for 4 h. An auditor checks it. Was it none? Call us: "
        ),
        Hi => format!("{doctor} ने आपात स्थिति में आपके रिकॉर्ड 4 घंटे के लिए खोले। इसकी जाँच होगी। नहीं थी? हमें फ़ोन करें: "),
        Pa => format!("{doctor} ਨੇ ਐਮਰਜੈਂਸੀ ਵਿੱਚ ਤੁਹਾਡੇ ਰਿਕਾਰਡ 4 ਘੰਟੇ ਲਈ ਖੋਲ੍ਹੇ। ਇਸ ਦੀ ਜਾਂਚ ਹੋਵੇਗੀ। ਨਹੀਂ ਸੀ? ਸਾਨੂੰ ਫ਼ੋਨ ਕਰੋ: "),
    }
}

/// The same of what was said aloud.
pub(super) fn witnessed(Heard { ask, witness }: Heard<'_>, language: Language) -> String {
    let (doctor, witness) = (cut(ask.doctor), cut(witness));
    let (data, time) = (data(ask.kinds, language), duration(ask.minutes, language));
    match language {
        En => format!("{doctor} may see {data} for {time}: you said yes, {witness} heard it. Not so? Call us: "),
        Hi => format!("{doctor} {data} {time} देख सकते हैं: आपने हाँ कहा, {witness} ने सुना। नहीं? फ़ोन करें: "),
        Pa => format!("{doctor} {data} {time} ਦੇਖ ਸਕਦੇ ਹਨ: ਤੁਸੀਂ ਹਾਂ ਕਿਹਾ, {witness} ਨੇ ਸੁਣਿਆ। ਨਹੀਂ? ਫ਼ੋਨ ਕਰੋ: "),
    }
}

fn cut(name: &str) -> String {
    if name.chars().count() <= NAME {
        return name.to_owned();
    }
    let start: String = name.chars().take(NAME).collect();
    format!("{}.", start.trim_end())
}

fn data(kinds: &[RecordKind], language: Language) -> String {
    if RecordKind::ALL.iter().all(|kind| kinds.contains(kind)) {
        let all = match language {
            En => "all your records",
            Hi => "आपके सब रिकॉर्ड",
            Pa => "ਤੁਹਾਡੇ ਸਾਰੇ ਰਿਕਾਰਡ",
        };
        return all.to_owned();
    }
    kinds.iter().map(|kind| word(*kind, language)).collect::<Vec<_>>().join(", ")
}

fn word(kind: RecordKind, language: Language) -> &'static str {
    match (kind, language) {
        (RecordKind::Transcript, En) => "visit transcripts",
        (RecordKind::Transcript, Hi) => "विज़िट की बातचीत",
        (RecordKind::Transcript, Pa) => "ਵਿਜ਼ਿਟ ਦੀ ਗੱਲਬਾਤ",
        (RecordKind::Note, En) => "notes",
        (RecordKind::Note, Hi) => "नोट",
        (RecordKind::Note, Pa) => "ਨੋਟ",
        (RecordKind::Document, En) => "documents",
        (RecordKind::Document, Hi) => "दस्तावेज़",
        (RecordKind::Document, Pa) => "ਦਸਤਾਵੇਜ਼",
        (RecordKind::Image, En) => "images",
        (RecordKind::Image, Hi) => "चित्र",
        (RecordKind::Image, Pa) => "ਤਸਵੀਰਾਂ",
        (RecordKind::Lab, En) => "lab reports",
        (RecordKind::Lab, Hi) => "लैब रिपोर्ट",
        (RecordKind::Lab, Pa) => "ਲੈਬ ਰਿਪੋਰਟ",
        (RecordKind::Letter, En) => "letters",
        (RecordKind::Letter, Hi) => "पत्र",
        (RecordKind::Letter, Pa) => "ਚਿੱਠੀਆਂ",
    }
}

/// In the largest unit that says it exactly.
fn duration(minutes: u64, language: Language) -> String {
    let (number, unit) = match minutes {
        whole if whole >= 2 * DAY && whole.is_multiple_of(DAY) => (whole / DAY, ["days", "दिन", "ਦਿਨ"]),
        whole if whole >= HOUR && whole.is_multiple_of(HOUR) => (whole / HOUR, ["h", "घंटे", "ਘੰਟੇ"]),
        odd => (odd, ["min", "मिनट", "ਮਿੰਟ"]),
    };
    let [en, hi, pa] = unit;
    let unit = match language {
        En => en,
        Hi => hi,
        Pa => pa,
    };
    format!("{number} {unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ask_names_doctor_data_and_duration() {
        let ask = Ask { doctor: "Dr Meera Rao", kinds: &[RecordKind::Lab], minutes: 24 * 60, code: None };
        assert_eq!(asked(ask, En), "Dr Meera Rao asks to see lab reports for 24 h. Answer in the app. ");
        let coded = asked(Ask { code: Some("042917"), minutes: 3 * DAY, ..ask }, En);
        assert!(coded.starts_with("042917 lets Dr Meera Rao see lab reports for 3 days."), "{coded}");
        for language in Language::ALL {
            assert!(asked(Ask { code: Some("042917"), ..ask }, *language).contains("042917"));
            assert!(!asked(ask, *language).contains("042917"));
        }
        assert!(asked(Ask { kinds: RecordKind::ALL, minutes: 90, ..ask }, En).contains("all your records for 90 min"));
    }
}
