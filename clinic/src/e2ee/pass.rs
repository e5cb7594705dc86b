//! Passes: what members hand each other through the server, which neither reads nor keeps them.

use crate::vault::Broken;
use crate::vault::bytes::Reader;

use super::epoch::WRAP;

/// Longest pass.
pub const MAX_PASS: usize = 4_096;
/// The number of [`Pass::Reveal`].
pub const REVEAL: u8 = 5;
/// The number of [`Pass::Checked`].
pub const CHECKED: u8 = 6;
/// The number of [`Pass::Key`].
pub const KEY: u8 = 7;

/// One pass. What is sealed to one member is opened with [`Pair`](super::pair::Pair).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pass {
    /// A signed roster.
    Roster(Vec<u8>),
    /// The sender's secret of an epoch.
    Secret {
        /// The epoch.
        epoch: u64,
        /// See [`epoch::wrap`](super::epoch::wrap).
        wrap: Vec<u8>,
    },
    /// I can open your frames of this epoch.
    Ready(u64),
    /// Send me your secret of this epoch again.
    Want(u64),
    /// Sealed: my nonce.
    Reveal(Vec<u8>),
    /// Sealed: whether the phrases are the same.
    Checked(Vec<u8>),
    /// Sealed: the transcript key.
    Key(Vec<u8>),
    /// Send me the roster; this is the highest epoch I took, 0 for none.
    Hello(u64),
}

impl Pass {
    /// `u8 kind ‖ …`.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        match self {
            Self::Roster(signed) => join(1, &[signed]),
            Self::Secret { epoch, wrap } => join(2, &[&epoch.to_be_bytes(), wrap]),
            Self::Ready(epoch) => join(3, &[&epoch.to_be_bytes()]),
            Self::Want(epoch) => join(4, &[&epoch.to_be_bytes()]),
            Self::Reveal(sealed) => join(REVEAL, &[sealed]),
            Self::Checked(sealed) => join(CHECKED, &[sealed]),
            Self::Key(sealed) => join(KEY, &[sealed]),
            Self::Hello(highest) => join(8, &[&highest.to_be_bytes()]),
        }
    }

    /// Reads what [`encode`](Self::encode) made; nothing is opened or verified yet.
    ///
    /// # Errors
    /// [`Broken::TooLarge`], [`Broken::Malformed`], and [`Broken::Unsupported`] for a kind that is not known.
    pub fn parse(bytes: &[u8]) -> Result<Self, Broken> {
        if bytes.len() > MAX_PASS {
            return Err(Broken::TooLarge("pass"));
        }
        let mut reader = Reader::new(bytes, "pass");
        match reader.u8()? {
            1 => Ok(Self::Roster(reader.rest().to_vec())),
            2 => whole(reader, |reader| Ok(Self::Secret { epoch: reader.u64()?, wrap: reader.slice(WRAP)?.to_vec() })),
            3 => whole(reader, |reader| reader.u64().map(Self::Ready)),
            4 => whole(reader, |reader| reader.u64().map(Self::Want)),
            REVEAL => Ok(Self::Reveal(reader.rest().to_vec())),
            CHECKED => Ok(Self::Checked(reader.rest().to_vec())),
            KEY => Ok(Self::Key(reader.rest().to_vec())),
            8 => whole(reader, |reader| reader.u64().map(Self::Hello)),
            _ => Err(Broken::Unsupported("pass")),
        }
    }
}

fn join(kind: u8, parts: &[&[u8]]) -> Vec<u8> {
    [&[kind], parts.concat().as_slice()].concat()
}

fn whole<'a>(
    mut reader: Reader<'a>,
    read: impl FnOnce(&mut Reader<'a>) -> Result<Pass, Broken>,
) -> Result<Pass, Broken> {
    let pass = read(&mut reader)?;
    reader.end()?;
    Ok(pass)
}
