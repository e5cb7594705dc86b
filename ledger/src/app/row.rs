//! The rows of the state, and their bytes.
use super::window::Window;
use crate::codec::{Malformed, Reader};
use crate::key::Public;
use crate::validators::Validators;
use crate::{Hash, KeyId};

/// A key of a row within its table.
pub(super) type Name = [u8; 32];

/// What a kind of row can do.
pub(super) trait Kept: Sized {
    const TABLE: u8;
    fn of(row: &Row) -> Option<&Self>;
}

macro_rules! rows {
    ($($(#[$doc:meta])+ $name:ident = $table:literal,)+) => {
        /// A row of any table.
        #[derive(Clone, PartialEq, Eq)]
        pub(super) enum Row { $($(#[$doc])+ $name($name),)+ }

        impl Row {
            pub(super) fn table(&self) -> u8 {
                match self { $(Self::$name(_) => $table),+ }
            }

            pub(super) fn write(&self, to: &mut Vec<u8>) {
                match self { $(Self::$name(row) => row.write(to)),+ }
            }

            pub(super) fn read(table: u8, reader: &mut Reader<'_>) -> Result<Self, Malformed> {
                match table { $($table => $name::read(reader).map(Self::$name),)+ _ => Err(Malformed("table")) }
            }
        }

        $(
            impl Kept for $name {
                const TABLE: u8 = $table;
                fn of(row: &Row) -> Option<&Self> {
                    if let Row::$name(row) = row { Some(row) } else { None }
                }
            }

            impl From<$name> for Row {
                fn from(row: $name) -> Self {
                    Self::$name(row)
                }
            }
        )+
    };
}

rows! {
    /// By key id: who may hand entries in, or once could.
    Submitter = 1,
    /// By key id: every key that was ever bound.
    Key = 2,
    /// By label: a person's live keys.
    Person = 3,
    /// By reference.
    Credential = 4,
    /// By reference; a break-glass access is a consent too.
    Consent = 5,
    /// By the nullifier itself.
    Nullifier = 6,
    /// By reference: break-glass accesses.
    Emergency = 7,
    /// By the version's reference.
    Version = 8,
    /// By reference.
    Room = 9,
    /// By the hash of kind and reference: logs whose roots are taken up.
    Log = 10,
    /// By reference.
    Dataset = 11,
    /// By the entry's reference: contradictions that were shown.
    Accused = 12,
    /// By epoch: who validated then.
    Validators = 13,
    /// One row: how the validators change.
    Office = 14,
}

#[derive(Clone, PartialEq, Eq)]
pub(super) struct Submitter {
    pub(super) public: Public,
    pub(super) active: bool,
    pub(super) window: Window,
}

#[derive(Clone, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) public: Public,
    pub(super) label: Hash,
    pub(super) binding: Hash,
    pub(super) revoked: bool,
}

/// Live keys with their bindings, by key id.
#[derive(Clone, PartialEq, Eq, Default)]
pub(super) struct Person(pub(super) Vec<(KeyId, Hash)>);

#[derive(Clone, PartialEq, Eq)]
pub(super) struct Credential {
    pub(super) label: Hash,
    pub(super) active: bool,
    pub(super) until: u64,
}

/// Times are ms since 1970, 0 for ever.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Consent {
    Requested { until: u64 },
    Granted { until: u64 },
    Over,
}

#[derive(Clone, PartialEq, Eq)]
pub(super) struct Nullifier;

#[derive(Clone, PartialEq, Eq)]
pub(super) struct Emergency {
    /// The label of whose registration it was.
    pub(super) doctor: Hash,
    pub(super) reviewed: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Version {
    Latest,
    Followed,
    Erased,
}

#[derive(Clone, PartialEq, Eq)]
pub(super) struct Room {
    pub(super) closed: bool,
}

#[derive(Clone, PartialEq, Eq)]
pub(super) struct Log {
    pub(super) root: Hash,
    pub(super) size: u64,
    pub(super) submitter: KeyId,
}

#[derive(Clone, PartialEq, Eq)]
pub(super) struct Dataset;

#[derive(Clone, PartialEq, Eq)]
pub(super) struct Accused {
    pub(super) epoch: u64,
    pub(super) validator: u8,
}

#[derive(Clone, PartialEq, Eq, Default)]
pub(super) struct Office {
    pub(super) epoch: u64,
    /// How many changes were agreed to.
    pub(super) serial: u64,
    /// Who takes over at the next checkpoint.
    pub(super) next: Option<Validators>,
}

impl Submitter {
    fn write(&self, to: &mut Vec<u8>) {
        to.extend(self.public);
        to.push(u8::from(self.active));
        self.window.write(to);
    }
    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self { public: reader.array()?, active: flag(reader)?, window: Window::read(reader)? })
    }
}

impl Key {
    fn write(&self, to: &mut Vec<u8>) {
        [self.public, self.label.0, self.binding.0].iter().for_each(|bytes| to.extend(bytes));
        to.push(u8::from(self.revoked));
    }
    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        let (public, label, binding) = (reader.array()?, hash(reader)?, hash(reader)?);
        Ok(Self { public, label, binding, revoked: flag(reader)? })
    }
}

impl Person {
    fn write(&self, to: &mut Vec<u8>) {
        to.extend(u8::try_from(self.0.len()));
        for (key, binding) in &self.0 {
            to.extend(key.0);
            to.extend(binding.0);
        }
    }
    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        (0..reader.u8()?).map(|_| Ok((KeyId(reader.array()?), hash(reader)?))).collect::<Result<_, _>>().map(Self)
    }
}

impl Credential {
    fn write(&self, to: &mut Vec<u8>) {
        to.extend(self.label.0);
        to.push(u8::from(self.active));
        to.extend(self.until.to_be_bytes());
    }
    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self { label: hash(reader)?, active: flag(reader)?, until: reader.u64()? })
    }
}

impl Consent {
    fn write(&self, to: &mut Vec<u8>) {
        let (state, until) = match self {
            Self::Requested { until } => (1, *until),
            Self::Granted { until } => (2, *until),
            Self::Over => (3, 0),
        };
        to.push(state);
        to.extend(until.to_be_bytes());
    }
    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        match (reader.u8()?, reader.u64()?) {
            (1, until) => Ok(Self::Requested { until }),
            (2, until) => Ok(Self::Granted { until }),
            (3, 0) => Ok(Self::Over),
            _ => Err(Malformed("consent")),
        }
    }
}

impl Emergency {
    fn write(&self, to: &mut Vec<u8>) {
        to.extend(self.doctor.0);
        to.push(u8::from(self.reviewed));
    }
    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self { doctor: hash(reader)?, reviewed: flag(reader)? })
    }
}

impl Version {
    fn write(self, to: &mut Vec<u8>) {
        to.push(match self {
            Self::Latest => 1,
            Self::Followed => 2,
            Self::Erased => 3,
        });
    }
    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        match reader.u8()? {
            1 => Ok(Self::Latest),
            2 => Ok(Self::Followed),
            3 => Ok(Self::Erased),
            _ => Err(Malformed("version")),
        }
    }
}

impl Room {
    fn write(&self, to: &mut Vec<u8>) {
        to.push(u8::from(self.closed));
    }
    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self { closed: flag(reader)? })
    }
}

impl Log {
    fn write(&self, to: &mut Vec<u8>) {
        to.extend(self.root.0);
        to.extend(self.size.to_be_bytes());
        to.extend(self.submitter.0);
    }
    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self { root: hash(reader)?, size: reader.u64()?, submitter: KeyId(reader.array()?) })
    }
}

impl Accused {
    fn write(&self, to: &mut Vec<u8>) {
        to.extend(self.epoch.to_be_bytes());
        to.push(self.validator);
    }
    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self { epoch: reader.u64()?, validator: reader.u8()? })
    }
}

impl Office {
    fn write(&self, to: &mut Vec<u8>) {
        to.extend(self.epoch.to_be_bytes());
        to.extend(self.serial.to_be_bytes());
        to.push(u8::from(self.next.is_some()));
        self.next.iter().for_each(|next| next.write(to));
    }
    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        let (epoch, serial, changing) = (reader.u64()?, reader.u64()?, flag(reader)?);
        let next = if changing { Some(Validators::read(reader)?) } else { None };
        Ok(Self { epoch, serial, next })
    }
}

macro_rules! unit {
    ($($name:ident),+) => {
        $(impl $name {
            fn write(&self, _: &mut Vec<u8>) {}
            fn read(_: &mut Reader<'_>) -> Result<Self, Malformed> {
                Ok(Self)
            }
        })+
    };
}

unit!(Nullifier, Dataset);

fn flag(reader: &mut Reader<'_>) -> Result<bool, Malformed> {
    match reader.u8()? {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(Malformed("flag")),
    }
}

fn hash(reader: &mut Reader<'_>) -> Result<Hash, Malformed> {
    reader.array().map(Hash)
}
