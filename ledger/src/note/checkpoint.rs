//! The head of a log as text (C2SP tlog-checkpoint): whose log, how many entries, and the root over them.
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use thiserror::Error;

use crate::Hash;

/// A tree head: the text that the log signs and cosigners cosign.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Checkpoint {
    /// Which log, such as `clinic.example/ledger`.
    pub origin: String,
    /// How many entries it has.
    pub size: u64,
    /// The root of the tree over them.
    pub root: Hash,
    /// Lines that other logs add; ours adds none, and none of them says anything to us.
    pub extensions: Vec<String>,
}

/// The text is not a checkpoint.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
#[error("the signed note is not a checkpoint: {0}")]
pub struct BadCheckpoint(&'static str);

impl Checkpoint {
    /// Of a log of ours.
    #[must_use]
    pub fn new(origin: &str, size: u64, root: Hash) -> Self {
        Self { origin: origin.to_owned(), size, root, extensions: Vec::new() }
    }

    /// From a note's text.
    ///
    /// # Errors
    /// When it is not exactly one.
    pub fn parse(text: &str) -> Result<Self, BadCheckpoint> {
        let text = text.strip_suffix('\n').ok_or(BadCheckpoint("it doesn't end with a newline"))?;
        let mut lines = text.split('\n');
        let origin = lines.next().filter(|line| !line.is_empty()).ok_or(BadCheckpoint("it names no log"))?;
        let size = lines.next().and_then(decimal).ok_or(BadCheckpoint("its second line is no size"))?;
        let root = lines.next().and_then(hash).ok_or(BadCheckpoint("its third line is no root"))?;
        let extensions: Vec<String> = lines.map(str::to_owned).collect();
        if extensions.iter().any(String::is_empty) {
            return Err(BadCheckpoint("it has an empty line"));
        }
        Ok(Self { origin: origin.to_owned(), size, root, extensions })
    }
}

/// A number as the specifications write it: ASCII digits, no leading zero.
pub(crate) fn decimal(text: &str) -> Option<u64> {
    text.parse().ok().filter(|number: &u64| number.to_string() == text)
}

/// A hash in standard base64 with padding, in its one spelling.
pub(crate) fn hash(text: &str) -> Option<Hash> {
    STANDARD.decode(text).ok()?.try_into().ok().map(Hash)
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "{}\n{}\n{}", self.origin, self.size, STANDARD.encode(self.root.0))?;
        self.extensions.iter().try_for_each(|line| writeln!(out, "{line}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOFA: &str = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";

    #[test]
    fn the_example_of_the_specification_is_read_and_written_back() {
        let read = Checkpoint::parse(SOFA).unwrap();
        assert_eq!((read.origin.as_str(), read.size), ("example.com/behind-the-sofa", 20_852_163));
        assert_eq!(read.to_string(), SOFA);
        let extended = format!("{SOFA}and more\nand more\n");
        assert_eq!(Checkpoint::parse(&extended).unwrap().extensions.len(), 2);
        assert_eq!(Checkpoint::parse(&extended).unwrap().to_string(), extended);
    }

    #[test]
    fn another_spelling_is_refused() {
        for (from, to) in [
            ("20852163", "020852163"),
            ("20852163", "+20852163"),
            ("20852163", "20852163 "),
            ("20852163", "18446744073709551616"),
            ("20852163", ""),
            ("q2I=", "q2J="),
            ("q2I=", "q2I"),
            ("CsUYap", "Cs"),
            ("example.com/behind-the-sofa", ""),
            ("q2I=\n", "q2I="),
            ("q2I=\n", "q2I=\n\n"),
            ("q2I=\n", "q2I=\nmore\n\n"),
        ] {
            assert!(Checkpoint::parse(&SOFA.replace(from, to)).is_err(), "{from} as {to}");
        }
        assert!(Checkpoint::parse("").is_err());
    }
}
