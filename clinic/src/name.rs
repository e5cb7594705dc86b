//! Names and user names: what may be written, so that nobody passes for someone else.

/// Longest name of a person, in characters. Lower cuts real names, higher breaks lists.
pub const LONGEST_NAME: usize = 120;

/// Length of a user name, in characters.
pub const LOGIN: std::ops::RangeInclusive<usize> = 2..=64;

/// Marks one letter may carry. Vietnamese needs two; more only smear over the lines around.
const MARKS: usize = 3;

/// What is wrong with a name; the sentence says what to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadName {
    /// Empty, or too long.
    #[error("Write a name of 1 to 120 characters.")]
    Length,
    /// Signs that can't be seen, or turn the text around.
    #[error("The name has signs in it that can't be seen. Type it again instead of copying it.")]
    Unseen,
    /// Letters that only look like others.
    #[error("The name mixes letters of different scripts that look alike. Type each word in one script.")]
    Mixed,
    /// Not what a user name is made of.
    #[error("Write a user name of 2 to 64 letters a to z, digits and the signs . _ - @ +")]
    Login,
    /// Letters in a user name that only look like a to z.
    #[error(
        "The user name has letters that only look like a to z. Type it with a to z, digits and the signs . _ - @ +"
    )]
    LookAlike,
}

/// The three scripts whose letters pass for one another.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Script {
    Latin,
    Greek,
    Cyrillic,
}

impl Script {
    /// Of a letter; none for every other script, in which nothing passes for a Latin word.
    fn of(letter: char) -> Option<Self> {
        match letter {
            'A'..='Z' | 'a'..='z' | 'ª' | 'º' | 'À'..='ʸ' | 'ᴀ'..='ᶿ' | 'Ḁ'..='ỿ' | 'Ⱡ'..='Ɀ' | '꜠'..='ꟿ' => {
                Some(Self::Latin)
            }
            'Ͱ'..='Ͽ' | 'ἀ'..='῾' => Some(Self::Greek),
            'Ѐ'..='ԯ' | 'ᲀ'..='\u{1c8f}' | 'ⷠ'..='ⷿ' | 'Ꙁ'..='ꚟ' => Some(Self::Cyrillic),
            _ => None,
        }
    }
}

/// A name as people write theirs, trimmed and with single spaces: any script, but no word in two of the three that look
/// alike, and nothing that can't be seen.
///
/// # Errors
/// What is wrong with it.
pub fn name(text: &str) -> Result<String, BadName> {
    let name = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if !(1..=LONGEST_NAME).contains(&name.chars().count()) {
        return Err(BadName::Length);
    }
    if name.chars().any(unseen) || smeared(&name) {
        return Err(BadName::Unseen);
    }
    if name.chars().any(dressed_up) || name.split(' ').any(mixed) {
        return Err(BadName::Mixed);
    }
    Ok(name)
}

/// A user name as it is kept: in lower case, of signs that look like nothing else.
///
/// # Errors
/// What is wrong with it.
pub fn login(text: &str) -> Result<String, BadName> {
    let login = text.trim().to_lowercase();
    let fits = |letter: char| letter.is_ascii_alphanumeric() || "._-@+".contains(letter);
    if text.chars().any(|letter| letter.is_alphabetic() && !letter.is_ascii()) {
        return Err(BadName::LookAlike);
    }
    let good = LOGIN.contains(&login.chars().count()) && login.chars().all(fits);
    if good { Ok(login) } else { Err(BadName::Login) }
}

/// A user name for someone of this name: its words in a to z joined by dots, or `patient` when it has none; then
/// digits, if some are given.
#[must_use]
pub fn suggested(name: &str, digits: Option<u32>) -> String {
    let plain = |word: &str| word.to_lowercase().chars().filter(char::is_ascii_lowercase).collect::<String>();
    let titles = ["dr", "mr", "mrs", "ms", "shri", "smt"];
    let words = name.split_whitespace().map(plain).filter(|word| !word.is_empty() && !titles.contains(&word.as_str()));
    let joined: String = words.take(3).collect::<Vec<_>>().join(".").chars().take(40).collect();
    let whole = name.chars().all(|letter| letter.is_ascii() || !letter.is_alphabetic());
    let base = if whole && joined.len() >= 2 { joined } else { "patient".to_owned() };
    digits.map_or(base.clone(), |digits| format!("{base}{digits}"))
}

/// Controls, what turns text around, and what takes no room. Joiners stay: Indic scripts are written with them.
fn unseen(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{ad}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}' | '\u{200b}'
            | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{ffff}' | '\u{e000}'..='\u{f8ff}' | '\u{e0000}'..='\u{e0fff}'
            | '\u{f0000}'..='\u{10ffff}')
}

/// Letters in the dress of others: full width, mathematical, in circles.
fn dressed_up(letter: char) -> bool {
    matches!(letter, '\u{ff01}'..='\u{ff5e}' | '\u{1d400}'..='\u{1d7ff}' | '\u{2460}'..='\u{24ff}'
        | '\u{1f100}'..='\u{1f1ff}' | '\u{2100}'..='\u{214f}')
}

/// More marks on one letter than any language has.
fn smeared(name: &str) -> bool {
    let mut row = 0_usize;
    name.chars().any(|letter| {
        row = if matches!(letter, '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}') { row.saturating_add(1) } else { 0 };
        row > MARKS
    })
}

fn mixed(word: &str) -> bool {
    let mut scripts = word.chars().filter_map(Script::of);
    let first = scripts.next();
    scripts.any(|script| Some(script) != first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_called_what_they_are_called() {
        for good in [
            "Asha Rao",
            "ਹਰਪ੍ਰੀਤ ਸਿੰਘ",
            "आशा राव",
            "Dr O'Neil-Świątek",
            "Нина Petrova",
            "Nguyễn Thị Hạnh",
            "क्‍षमा",
            "王芳",
            "Asha (Mrs) Rao 2",
        ] {
            assert_eq!(name(good).as_deref(), Ok(good));
        }
        assert_eq!(name("  Asha \t Rao\n").as_deref(), Ok("Asha Rao"));
    }

    #[test]
    fn no_word_passes_for_another() {
        for bad in ["Аnanya Rao", "Dr Raο", "Αsha", "Ｄr Rao", "𝐃r Rao", "Ⓐsha"] {
            assert_eq!(name(bad), Err(BadName::Mixed), "{bad}");
        }
    }

    #[test]
    fn nothing_hides_in_a_name() {
        for bad in ["Asha\u{202e}oaR", "As\u{200b}ha", "Asha\u{0}", "\u{2066}Asha", "Asha\u{e0041}", "As\u{ad}ha"] {
            assert_eq!(name(bad), Err(BadName::Unseen), "{}", bad.escape_unicode());
        }
        assert_eq!(name(&format!("A{}", "\u{301}".repeat(8))), Err(BadName::Unseen));
        for bad in ["", "   ", &"a".repeat(121)] {
            assert_eq!(name(bad), Err(BadName::Length));
        }
    }

    #[test]
    fn a_user_name_has_no_look_alikes() {
        assert_eq!(login(" Asha.Rao ").as_deref(), Ok("asha.rao"));
        assert_eq!(login("+919876543210").as_deref(), Ok("+919876543210"));
        for bad in ["аdmin", "admιn", "ａdmin", "आशा", "ADMİN"] {
            assert_eq!(login(bad), Err(BadName::LookAlike), "{bad}");
        }
        for bad in ["a", "", "asha rao", "<script>", "a'; DROP TABLE person;--", "~waiting"] {
            assert_eq!(login(bad), Err(BadName::Login), "{bad}");
        }
    }

    #[test]
    fn a_user_name_is_offered_that_may_be_taken() {
        assert_eq!(suggested("Asha Rao", None), "asha.rao");
        assert_eq!(suggested("Dr. Asha Rao", Some(7)), "asha.rao7");
        for foreign in ["आशा", "ਹਰਪ੍ਰੀਤ Singh", "Świątek", "", "A"] {
            assert_eq!(suggested(foreign, Some(4821)), "patient4821", "{foreign}");
        }
        for offered in
            [suggested("Asha Rao", None), suggested("", Some(1)), suggested(&"long name ".repeat(40), Some(9_999))]
        {
            assert!(login(&offered).is_ok(), "{offered}");
        }
    }
}
