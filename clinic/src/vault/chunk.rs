//! Chunks: what is too large for one block, cut into blocks that can't be dropped, swapped or reused unseen.

use zeroize::Zeroizing;

use super::Broken;
use super::object::MAX_OBJECT;
use super::padme::padded;
use super::primitive::{IV, TAG, hkdf, open, seal};
use super::secret::{ContentKey, Secret};
use crate::id::RecordId;

/// Plain bytes of a full chunk: sealed, it is one block.
pub const CHUNK: usize = MAX_OBJECT - TAG;
/// Largest file, in bytes. Lower turns away scans of a spine, higher takes phones with little memory too far.
pub const MAX_FILE: u64 = 50_000_000;

const LABEL: &[u8] = b"vaidya/chunk/v1";

/// Seals and opens the chunks of one version of one record.
pub struct Chunks {
    key: Secret<32>,
    record: RecordId,
    version: u32,
}

impl Chunks {
    /// For the version that `key` seals.
    #[must_use]
    pub fn new(key: &ContentKey, record: RecordId, version: u32) -> Self {
        let info: [&[u8]; 3] = [LABEL, record.0.as_bytes(), &version.to_be_bytes()];
        Self { key: hkdf(key.expose(), b"", &info), record, version }
    }

    /// Seals the chunk at `index`, counted from 0; `last` ends the file.
    ///
    /// # Errors
    /// [`Broken::TooLarge`] above [`CHUNK`].
    pub fn seal(&self, index: u32, last: bool, plain: &[u8]) -> Result<Vec<u8>, Broken> {
        if plain.len() > CHUNK {
            return Err(Broken::TooLarge("chunk"));
        }
        seal(&self.key, &nonce(index, last), &self.aad(index, last), plain)
    }

    /// Opens what [`seal`](Self::seal) made at this place.
    ///
    /// # Errors
    /// [`Broken::Seal`] for changed bytes, another place, another record, and a file cut short.
    pub fn open(&self, index: u32, last: bool, block: &[u8]) -> Result<Zeroizing<Vec<u8>>, Broken> {
        open(&self.key, &nonce(index, last), &self.aad(index, last), block)
    }

    fn aad(&self, index: u32, last: bool) -> Vec<u8> {
        let (version, index) = (self.version.to_be_bytes(), index.to_be_bytes());
        [LABEL, self.record.0.as_bytes(), &version, &index, &[u8::from(last)]].concat()
    }
}

/// `u8 last ‖ 7 zeros ‖ u32 index`: the key is of this version alone, so no nonce comes twice.
fn nonce(index: u32, last: bool) -> [u8; IV] {
    let mut nonce = [0; IV];
    let (start, end) = nonce.split_at_mut(8);
    if let Some(first) = start.first_mut() {
        *first = u8::from(last);
    }
    end.copy_from_slice(&index.to_be_bytes());
    nonce
}

/// Bytes of a file of `length` with its padding, and in how many chunks they go.
#[must_use]
pub fn layout(length: u64) -> (u64, u64) {
    let total = padded(length).max(1);
    (total, total.div_ceil(u64::try_from(CHUNK).unwrap_or(u64::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunks(number: u8) -> Chunks {
        Chunks::new(&Secret::from_bytes([number; 32]), RecordId::from_number(7), 1)
    }

    #[test]
    fn a_chunk_opens_only_at_its_own_place() {
        let block = chunks(1).seal(3, false, b"a page").unwrap();
        assert_eq!(*chunks(1).open(3, false, &block).unwrap(), b"a page");
        assert_eq!(chunks(1).open(2, false, &block).err(), Some(Broken::Seal), "swapped");
        assert_eq!(chunks(1).open(3, true, &block).err(), Some(Broken::Seal), "cut short");
        assert_eq!(chunks(2).open(3, false, &block).err(), Some(Broken::Seal), "another key");
        let other = Chunks::new(&Secret::from_bytes([1; 32]), RecordId::from_number(7), 2);
        assert_eq!(other.open(3, false, &block).err(), Some(Broken::Seal), "another version");
        let other = Chunks::new(&Secret::from_bytes([1; 32]), RecordId::from_number(8), 1);
        assert_eq!(other.open(3, false, &block).err(), Some(Broken::Seal), "another record");
    }

    #[test]
    fn a_full_chunk_is_exactly_one_block() {
        assert_eq!(chunks(1).seal(0, false, &vec![0; CHUNK]).unwrap().len(), MAX_OBJECT);
        assert_eq!(chunks(1).seal(0, false, &vec![0; CHUNK + 1]).err(), Some(Broken::TooLarge("chunk")));
    }

    #[test]
    fn fifty_megabytes_are_at_most_fifty_blocks() {
        assert_eq!(layout(MAX_FILE), (50_331_648, 49));
        assert_eq!(layout(0), (1, 1));
        assert_eq!(layout(u64::try_from(CHUNK).unwrap()), (1_048_576, 2));
    }
}
