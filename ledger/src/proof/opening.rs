//! What a proof file says beyond the log: the leaf itself, which thing it is about, and what its commitment was made of.
use crate::codec::{Malformed, Reader, sized};
use crate::merkle::{leaf_hash, verify_inclusion};
use crate::{Entry, Hash, Kind, Leaf};

use super::Refused;

const VERSION: u8 = 1;

/// What an entry can be about, as the thing is called outside the log.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Word {
    /// A version of a record.
    Record,
    /// A consent, asked for or given.
    Consent,
    /// A doctor's registration.
    Credential,
    /// A visit's room.
    Room,
    /// A clinic, by its own log.
    Clinic,
}

impl Word {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Record, Self::Consent, Self::Credential, Self::Room, Self::Clinic];

    /// As it is written.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Record => "record",
            Self::Consent => "consent",
            Self::Credential => "credential",
            Self::Room => "room",
            Self::Clinic => "clinic",
        }
    }
}

/// A thing by its name outside the log.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Thing {
    /// What it is.
    pub word: Word,
    /// The 16 bytes of its UUID.
    pub id: [u8; 16],
    /// Of a record, from 1; 0 for all of its versions, and for other things.
    pub version: u32,
}

impl Thing {
    /// Its name on the log: SHA-256("vaidya/ledger/ref/v1" ‖ word ‖ id ‖ u32 version for records).
    #[must_use]
    pub fn reference(&self) -> Hash {
        let version = self.version.to_be_bytes();
        let version: &[u8] = if self.word == Word::Record { &version } else { &[] };
        Hash::of(&[b"vaidya/ledger/ref/v1", self.word.word().as_bytes(), &self.id, version])
    }
}

/// What stands behind the commitment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum What {
    /// Nothing is opened beyond the reference.
    Sealed,
    /// Something that is elsewhere, such as a sealed record.
    Object {
        /// What kind of thing.
        kind: String,
        /// What keeps the commitment from being guessed.
        salt: [u8; 32],
        /// SHA-256 of the thing.
        hash: Hash,
    },
    /// Facts: a first line `vaidya/KIND/v1`, then `name SPACE value` a line.
    Statement {
        /// What kind of statement.
        kind: String,
        /// What keeps the commitment from being guessed.
        salt: [u8; 32],
        /// The statement.
        text: String,
    },
    /// An entry of a clinic's own log, whose root and size the leaf holds.
    Inner {
        /// Its place there, from 0.
        index: u64,
        /// The way to that log's root.
        path: Vec<Hash>,
        /// Its bytes.
        entry: Vec<u8>,
    },
    /// What a person signed with their key: the commitment is the SHA-256 of the message, the message holds that of the text.
    Signed {
        /// `label ‖ consent 16 ‖ patient 16 ‖ key 16 ‖ grantee 16 ‖ u64 until ‖ SHA-256(text)`.
        message: Vec<u8>,
        /// What it says in words.
        text: String,
    },
}

/// The labels of what people sign.
const SIGNED: [&[u8]; 2] = [b"vaidya/consent/v1", b"vaidya/break-glass/v1"];

/// SHA-256("vaidya/commit/v1" ‖ u16 length ‖ kind ‖ salt ‖ hash): says nothing without the salt. Kinds are shorter than 64 KiB.
#[must_use]
pub fn commitment(kind: &str, salt: &[u8; 32], hash: &Hash) -> Hash {
    let mut front = b"vaidya/commit/v1".to_vec();
    sized(&mut front, kind.as_bytes());
    Hash::of(&[&front, salt, &hash.0])
}

/// An opening: as the `extra` line of a proof file holds it. Only [`Opening::check`] makes it worth anything.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Opening {
    /// The leaf's bytes ([`Leaf::encode`]).
    pub leaf: Vec<u8>,
    /// What it is about.
    pub thing: Thing,
    /// What it commits to.
    pub what: What,
}

impl Opening {
    /// Its bytes: `u8 1 ‖ sized(leaf) ‖ sized(word) ‖ id 16 ‖ u32 version ‖ what`.
    ///
    /// # Errors
    /// When a part is longer than 64 KiB or the path longer than 255.
    pub fn encode(&self) -> Result<Vec<u8>, Malformed> {
        let mut bytes = vec![VERSION];
        put(&mut bytes, &self.leaf)?;
        put(&mut bytes, self.thing.word.word().as_bytes())?;
        bytes.extend(self.thing.id);
        bytes.extend(self.thing.version.to_be_bytes());
        self.what.encode(&mut bytes)?;
        Ok(bytes)
    }

    /// From its bytes: all of them, in their one spelling.
    ///
    /// # Errors
    /// [`Refused::Damaged`].
    pub fn decode(bytes: &[u8]) -> Result<Self, Refused> {
        Self::read(Reader::new(bytes, "opening")).map_err(|_| Refused::Damaged("what it says of the entry"))
    }

    fn read(mut reader: Reader<'_>) -> Result<Self, Malformed> {
        let version = reader.u8()?;
        let leaf = reader.sized()?.to_vec();
        let said = reader.sized()?;
        let word = Word::ALL.into_iter().find(|word| word.word().as_bytes() == said);
        let word = word.filter(|_| version == VERSION).ok_or(Malformed("opening"))?;
        let thing = Thing { word, id: reader.array()?, version: u32::from_be_bytes(reader.array()?) };
        let what = What::read(&mut reader)?;
        reader.end()?;
        Ok(Self { leaf, thing, what })
    }

    /// Whether all of it fits its own leaf, which is given back. That the leaf is in the log is still to be shown.
    ///
    /// # Errors
    /// [`Refused`]: what doesn't fit.
    pub fn check(&self) -> Result<Leaf, Refused> {
        let damaged = Refused::Damaged("the entry in it");
        let leaf = Leaf::decode(&self.leaf).map_err(|_| damaged.clone())?;
        let Leaf::Entry { entry, .. } = &leaf else { return Err(damaged) };
        let entry = Entry::decode(entry).map_err(|_| damaged)?;
        if named(&entry) != self.thing.reference() {
            return Err(Refused::OtherThing);
        }
        self.what.check(&entry, &self.thing)?;
        Ok(leaf)
    }
}

/// What an entry says it is about. One of a code that was used names only the code, and a review only itself: what they stand on is meant.
fn named(entry: &Entry) -> Hash {
    match entry.statement.kind {
        Kind::ConsentUsed | Kind::BreakGlassReview => entry.statement.parent,
        _ => entry.statement.reference,
    }
}

impl What {
    fn encode(&self, to: &mut Vec<u8>) -> Result<(), Malformed> {
        match self {
            Self::Sealed => to.push(0),
            Self::Object { kind, salt, hash } => {
                to.push(1);
                put(to, kind.as_bytes())?;
                to.extend(salt);
                to.extend(hash.0);
            }
            Self::Statement { kind, salt, text } => {
                to.push(2);
                put(to, kind.as_bytes())?;
                to.extend(salt);
                put(to, text.as_bytes())?;
            }
            Self::Inner { index, path, entry } => {
                to.push(3);
                to.extend(index.to_be_bytes());
                to.push(u8::try_from(path.len()).map_err(|_| Malformed("path"))?);
                path.iter().for_each(|hash| to.extend(hash.0));
                put(to, entry)?;
            }
            Self::Signed { message, text } => {
                to.push(4);
                put(to, message)?;
                put(to, text.as_bytes())?;
            }
        }
        Ok(())
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(match reader.u8()? {
            0 => Self::Sealed,
            1 => Self::Object { kind: text(reader)?, salt: reader.array()?, hash: Hash(reader.array()?) },
            2 => Self::Statement { kind: text(reader)?, salt: reader.array()?, text: text(reader)? },
            3 => {
                let (index, count) = (reader.u64()?, reader.u8()?);
                let path = (0..count).map(|_| reader.array().map(Hash)).collect::<Result<_, _>>()?;
                Self::Inner { index, path, entry: reader.sized()?.to_vec() }
            }
            4 => Self::Signed { message: reader.sized()?.to_vec(), text: text(reader)? },
            _ => return Err(Malformed("opening")),
        })
    }

    fn check(&self, entry: &Entry, thing: &Thing) -> Result<(), Refused> {
        let committed = entry.statement.commitment;
        let fits = |is: Hash| if is == committed { Ok(()) } else { Err(Refused::Changed) };
        match self {
            Self::Sealed => Ok(()),
            Self::Object { kind, salt, hash } => fits(commitment(kind, salt, hash)),
            Self::Statement { kind, salt, text } => {
                fits(commitment(kind, salt, &Hash::of(&[text.as_bytes()])))?;
                facts(kind, text).map(|_| ())
            }
            Self::Inner { index, path, entry: inner } => {
                let size = entry.attachment.as_slice().try_into().map(u64::from_be_bytes);
                let size = size.map_err(|_| Refused::Damaged("the size of the clinic's log"))?;
                Ok(verify_inclusion(&leaf_hash(inner), *index, size, path, &committed)?)
            }
            Self::Signed { message, text } => {
                fits(Hash::of(&[message]))?;
                signed(message, text, thing)
            }
        }
    }

    /// The facts of a statement in their order, once [`Opening::check`] found them to fit; none for anything else.
    #[must_use]
    pub fn facts(&self) -> Vec<(&str, &str)> {
        match self {
            Self::Statement { kind, text, .. } => facts(kind, text).unwrap_or_default(),
            _ => Vec::new(),
        }
    }
}

fn facts<'a>(kind: &str, text: &'a str) -> Result<Vec<(&'a str, &'a str)>, Refused> {
    let damaged = Refused::Damaged("the statement");
    let mut lines = text.strip_suffix('\n').ok_or(damaged.clone())?.split('\n');
    lines.next().filter(|first| *first == format!("vaidya/{kind}/v1")).ok_or(damaged.clone())?;
    let facts: Vec<(&str, &str)> = lines.map(|line| line.split_once(' ').unwrap_or((line, ""))).collect();
    let names: std::collections::BTreeSet<&str> = facts.iter().map(|(name, _)| *name).collect();
    if names.len() == facts.len() && !names.contains("") { Ok(facts) } else { Err(damaged) }
}

/// Whether the message is about this thing and holds the hash of the text.
fn signed(message: &[u8], text: &str, thing: &Thing) -> Result<(), Refused> {
    let damaged = || Refused::Damaged("the signed message");
    let body = SIGNED.iter().find_map(|label| message.strip_prefix(*label)).ok_or_else(damaged)?;
    let mut reader = Reader::new(body, "message");
    let mut read = || -> Result<([u8; 16], [u8; 32]), Malformed> {
        let about = reader.array()?;
        reader.slice(3 * 16 + 8)?;
        Ok((about, reader.array()?))
    };
    let (about, hash) = read().map_err(|_| damaged())?;
    reader.end().map_err(|_| damaged())?;
    if about != thing.id {
        return Err(Refused::OtherThing);
    }
    if Hash(hash) == Hash::of(&[text.as_bytes()]) { Ok(()) } else { Err(Refused::Changed) }
}

fn text(reader: &mut Reader<'_>) -> Result<String, Malformed> {
    reader.text().map(str::to_owned)
}

fn put(to: &mut Vec<u8>, bytes: &[u8]) -> Result<(), Malformed> {
    u16::try_from(bytes.len()).map_err(|_| Malformed("opening"))?;
    sized(to, bytes);
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_part_that_is_too_long_is_refused_and_not_cut() {
        let thing = Thing { word: Word::Room, id: [1; 16], version: 0 };
        let long = Opening { leaf: vec![0; 65_536], thing, what: What::Sealed };
        assert!(long.encode().is_err());
        let long = What::Inner { index: 0, path: vec![Hash::default(); 256], entry: Vec::new() };
        assert!(Opening { leaf: Vec::new(), thing, what: long }.encode().is_err());
    }

    #[test]
    fn only_records_have_versions_in_their_names() {
        let named = |word, version| Thing { word, id: [7; 16], version }.reference();
        assert_ne!(named(Word::Record, 1), named(Word::Record, 2));
        assert_eq!(named(Word::Consent, 1), named(Word::Consent, 2));
        assert_ne!(named(Word::Consent, 0), named(Word::Room, 0));
    }

    #[test]
    fn a_statement_has_its_first_line_and_each_fact_once() {
        let read = |text: &str| facts("credential", text).map(|facts| facts.len());
        assert_eq!(read("vaidya/credential/v1\nname Asha Rao\nstate active\n"), Ok(2));
        assert_eq!(read("vaidya/credential/v1\n"), Ok(0));
        for bad in [
            "",
            "vaidya/consent/v1\n",
            "vaidya/credential/v1",
            "vaidya/credential/v1\nstate a\nstate b\n",
            "vaidya/credential/v1\n\n",
            "vaidya/credential/v1\n b\n",
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_refused_or_written_back(bytes in prop::collection::vec(0u8..6, 0..120)) {
            let bytes = [&[1, 0, 0, 0, 4][..], b"room", &bytes].concat();
            if let Ok(opening) = Opening::decode(&bytes) {
                prop_assert_eq!(opening.encode().unwrap(), bytes);
            }
        }
    }
}
