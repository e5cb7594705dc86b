//! Signed notes (C2SP signed-note): a text, an empty line, and a line for each signature.
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use thiserror::Error;

mod checkpoint;
mod policy;
mod vkey;

pub use checkpoint::{BadCheckpoint, Checkpoint};
pub(crate) use checkpoint::{decimal, hash};
pub use policy::{BadPolicy, MOST_LINES, Policy, Untrusted, Witnessed};
pub use vkey::{BadVkey, Cosigned, Role, Vkey, cosigned_message};

/// The most signatures a note may have. The specification asks for at least 16, and there are 17 when sixteen validators cosign; more than this would
/// let anyone make a verifier work for nothing.
pub const MOST_SIGNATURES: usize = 64;

/// The longest note that is read, bytes: 64 signatures with long names. A longer one is no checkpoint of a log.
pub const LONGEST_NOTE: usize = 64 * 1024;

const DASH: &str = "\u{2014} ";

/// A signature line: whose it says it is, and the signature.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Line {
    /// The key's name.
    pub name: String,
    /// The first four bytes of the hash of name, algorithm and key.
    pub id: [u8; 4],
    /// What the algorithm makes of the text.
    pub signature: Vec<u8>,
}

impl fmt::Display for Line {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let encoded = STANDARD.encode([&self.id[..], &self.signature].concat());
        writeln!(out, "{DASH}{} {encoded}", self.name)
    }
}

/// A text and its signatures, none of them checked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Note {
    /// What is signed; it ends with a newline.
    pub text: String,
    /// In their order.
    pub lines: Vec<Line>,
}

impl fmt::Display for Note {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "{}", self.text)?;
        self.lines.iter().try_for_each(|line| line.fmt(out))
    }
}

/// Why some text is not a signed note.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
pub enum BadNote {
    /// Longer than [`LONGEST_NOTE`].
    #[error("the signed note is longer than any there is")]
    Long,
    /// A control character other than newline.
    #[error("the signed note has a control character in it")]
    Control,
    /// No empty line between text and signatures, or no signatures.
    #[error("the signed note has no signatures")]
    Unsigned,
    /// More than [`MOST_SIGNATURES`].
    #[error("the signed note has more than {MOST_SIGNATURES} signatures")]
    Crowded,
    /// A signature line that is none.
    #[error("signature line {0} of the note is not one")]
    Line(usize),
}

impl Note {
    /// A note from its text form; the signatures stand after its last empty line.
    ///
    /// # Errors
    /// [`BadNote`]; signatures are not checked here.
    pub fn parse(note: &str) -> Result<Self, BadNote> {
        if note.len() > LONGEST_NOTE {
            return Err(BadNote::Long);
        }
        if note.bytes().any(|byte| byte < b' ' && byte != b'\n') {
            return Err(BadNote::Control);
        }
        let (text, signatures) = note.rsplit_once("\n\n").ok_or(BadNote::Unsigned)?;
        let signatures = signatures.strip_suffix('\n').filter(|_| !text.is_empty()).ok_or(BadNote::Unsigned)?;
        let lines: Vec<&str> = signatures.split('\n').collect();
        if lines.len() > MOST_SIGNATURES {
            return Err(BadNote::Crowded);
        }
        let lines = lines.iter().enumerate().map(|(at, line)| parse_line(line).ok_or(BadNote::Line(at + 1)));
        Ok(Self { text: format!("{text}\n"), lines: lines.collect::<Result<_, _>>()? })
    }
}

fn parse_line(line: &str) -> Option<Line> {
    let (name, encoded) = line.strip_prefix(DASH)?.split_once(' ')?;
    let bytes = STANDARD.decode(encoded).ok()?;
    let (id, signature) = bytes.split_first_chunk()?;
    (is_name(name) && !signature.is_empty()).then(|| Line {
        name: name.to_owned(),
        id: *id,
        signature: signature.to_vec(),
    })
}

/// Whether a key may be called so: not empty, no space and no plus.
fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.chars().any(|letter| letter.is_whitespace() || letter.is_control() || letter == '+')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The example of the signed-note specification: a poem with an empty line in it.
    const POEM: &str = "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n\n\
        — quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n";

    #[test]
    fn the_example_of_the_specification_is_read_and_written_back() {
        let note = Note::parse(POEM).unwrap();
        assert!(note.text.ends_with("\n\ned è subito sera.\n"));
        assert_eq!(note.lines[0].name, "quasimodo.example/salvatore");
        assert_eq!((note.lines[0].id, note.lines[0].signature.len()), ([0x36, 0x7b, 0xa0, 0x4b], 64));
        assert_eq!(note.to_string(), POEM);
    }

    #[test]
    fn what_is_no_note_is_refused_and_says_why() {
        let line = POEM.rsplit_once("\n\n").unwrap().1;
        let cases = [
            ("text\n".to_owned(), BadNote::Unsigned),
            (format!("text\n{line}"), BadNote::Unsigned),
            (format!("\n\n{line}"), BadNote::Unsigned),
            (format!("te\txt\n\n{line}"), BadNote::Control),
            (format!("text\r\n\n{line}"), BadNote::Control),
            (format!("text\n\n{}", line.trim_end()), BadNote::Unsigned),
            (format!("text\n\n{line}\n"), BadNote::Unsigned),
            (format!("text\n\n{line}- {}", line.trim_start_matches(DASH)), BadNote::Line(2)),
            (format!("text\n\n{}", line.replace("salvatore", "sal+vatore")), BadNote::Line(1)),
            (format!("text\n\n{}", line.replace("=\n", "\n")), BadNote::Line(1)),
            (format!("text\n\n{}", line.replace("tIc=", "tId=")), BadNote::Line(1)),
            (format!("text\n\n{DASH}name AAAAAA==\n"), BadNote::Line(1)),
            (format!("text\n\n{}", line.repeat(MOST_SIGNATURES + 1)), BadNote::Crowded),
            ("a".repeat(LONGEST_NOTE + 1), BadNote::Long),
        ];
        for (note, why) in cases {
            assert_eq!(Note::parse(&note), Err(why), "{note}");
        }
    }

    #[test]
    fn sixteen_signatures_and_more_are_read() {
        let (text, line) = POEM.rsplit_once("\n\n").unwrap();
        let many = format!("{text}\n\n{}", line.repeat(MOST_SIGNATURES));
        assert_eq!(Note::parse(&many).unwrap().lines.len(), MOST_SIGNATURES);
    }

    proptest! {
        #[test]
        fn any_text_is_refused_or_written_back_as_it_was(note in "[a\n\u{2014} A=+]{0,60}") {
            if let Ok(parsed) = Note::parse(&note) {
                prop_assert_eq!(parsed.to_string(), note);
            }
        }
    }
}
