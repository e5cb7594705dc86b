//! What a proof file says beyond the log: the leaf itself, which thing it is about, and what its commitment was made of.
use crate::codec::{Malformed, Reader};
use crate::{Entry, Hash, Kind, Leaf};

use super::Refused;
use super::what::{What, put};

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
