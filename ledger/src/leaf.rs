//! A leaf of the log: an entry with what became of it, or the end of a batch with the root of the key map.
use crate::app::Void;
use crate::codec::{Malformed, Reader};
use crate::merkle::leaf_hash;
use crate::{Entry, Hash};

/// The first byte of a batch's last leaf; no outcome has this number.
const END: u8 = 0xff;

/// What the log holds at one place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Leaf {
    /// An entry: `outcome ‖ seq ‖ time ‖ entry with its attachment`.
    Entry {
        /// 0 when it counts, else the reason why it is void; never 255.
        outcome: u8,
        /// The number of its block.
        seq: u64,
        /// The time of its block, ms since 1970.
        time: u64,
        /// [`Entry::encode`]; anything when the outcome is that it is malformed.
        entry: Vec<u8>,
    },
    /// The last leaf of a batch: `0xff ‖ seq ‖ time ‖ root`.
    End {
        /// The number of the block.
        seq: u64,
        /// The time of the block, ms since 1970.
        time: u64,
        /// The root of the key map after the batch.
        keymap: Hash,
    },
}

impl Leaf {
    /// Its bytes, which the tree hashes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        match self {
            Self::Entry { outcome, seq, time, entry } => {
                [&[*outcome], &seq.to_be_bytes()[..], &time.to_be_bytes(), entry].concat()
            }
            Self::End { seq, time, keymap } => {
                [&[END], &seq.to_be_bytes()[..], &time.to_be_bytes(), &keymap.0].concat()
            }
        }
    }

    /// The leaf that has these bytes, and no others.
    ///
    /// # Errors
    /// When they are not one, or its entry is malformed.
    pub fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes, "leaf");
        let (outcome, seq, time) = (reader.u8()?, reader.u64()?, reader.u64()?);
        if outcome == END {
            let keymap = Hash(reader.array()?);
            reader.end()?;
            return Ok(Self::End { seq, time, keymap });
        }
        let entry = reader.rest().to_vec();
        if outcome != Void::Malformed.number() {
            Entry::decode(&entry).map_err(|_| Malformed("leaf"))?;
        }
        Ok(Self::Entry { outcome, seq, time, entry })
    }

    /// Its hash in the tree.
    #[must_use]
    pub fn hash(&self) -> Hash {
        leaf_hash(&self.encode())
    }

    /// The number of its block.
    #[must_use]
    pub fn seq(&self) -> u64 {
        match self {
            Self::Entry { seq, .. } | Self::End { seq, .. } => *seq,
        }
    }

    /// The time of its block, ms since 1970.
    #[must_use]
    pub fn time(&self) -> u64 {
        match self {
            Self::Entry { time, .. } | Self::End { time, .. } => *time,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Kind, Signer, Statement};

    fn entry() -> Vec<u8> {
        let statement = Statement {
            kind: Kind::RoomOpened,
            reference: Hash([1; 32]),
            parent: Hash::default(),
            commitment: Hash::default(),
            not_after: 0,
        };
        Entry::submit(&Hash([9; 32]), &Signer::from_seed(&[2; 32]), 7, statement, None, Vec::new()).encode()
    }

    #[test]
    fn a_leaf_comes_back_from_its_bytes() {
        for leaf in [
            Leaf::Entry { outcome: 0, seq: 3, time: 5, entry: entry() },
            Leaf::Entry { outcome: 254, seq: 3, time: 5, entry: entry() },
            Leaf::End { seq: u64::MAX, time: 0, keymap: Hash([8; 32]) },
        ] {
            assert_eq!(Leaf::decode(&leaf.encode()), Ok(leaf));
        }
    }

    #[test]
    fn an_entry_cannot_pass_for_the_end_of_a_batch() {
        let forged = Leaf::Entry { outcome: 0xff, seq: 3, time: 5, entry: entry() };
        assert_eq!(Leaf::decode(&forged.encode()), Err(Malformed("leaf")));
    }

    #[test]
    fn a_leaf_that_is_cut_off_or_goes_on_is_refused() {
        let whole = Leaf::End { seq: 1, time: 2, keymap: Hash([3; 32]) }.encode();
        assert!((0..whole.len()).all(|cut| Leaf::decode(&whole[..cut]).is_err()));
        assert!(Leaf::decode(&[whole, vec![0]].concat()).is_err());
        let whole = Leaf::Entry { outcome: 0, seq: 1, time: 2, entry: entry() }.encode();
        assert!((0..whole.len()).all(|cut| Leaf::decode(&whole[..cut]).is_err()));
    }
}
