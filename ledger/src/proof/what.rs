//! What stands behind an entry's commitment, and whether it is that.
use std::collections::BTreeSet;

use super::{Refused, Thing};
use crate::codec::{Malformed, Reader, sized};
use crate::merkle::{leaf_hash, verify_inclusion};
use crate::{Entry, Hash};

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

impl What {
    pub(super) fn encode(&self, to: &mut Vec<u8>) -> Result<(), Malformed> {
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

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
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

    pub(super) fn check(&self, entry: &Entry, thing: &Thing) -> Result<(), Refused> {
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

    /// The facts of a statement in their order, once [`Opening::check`](super::Opening::check) found them to fit; none for anything else.
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
    let names: BTreeSet<&str> = facts.iter().map(|(name, _)| *name).collect();
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

pub(super) fn put(to: &mut Vec<u8>, bytes: &[u8]) -> Result<(), Malformed> {
    u16::try_from(bytes.len()).map_err(|_| Malformed("opening"))?;
    sized(to, bytes);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
