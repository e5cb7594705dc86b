//! Blocks as they are kept, and whether the chain of them is the one that was agreed on: everything is hashed again.
use crate::codec::{Malformed, Reader};
use crate::leaf::Leaf;
use crate::merkle::{Frontier, Node};
use crate::pbft::{Batch, Point, Stable, Tx};
use crate::{Hash, Head};

/// The layout of a kept block.
const VERSION: u8 = 1;

/// A block as it is kept: where it leads, what came of it, and its leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Which set of validators agreed on it.
    pub epoch: u64,
    /// Where it leads.
    pub point: Point,
    /// The time that its primary proposed, ms since 1970; 0 for the null request.
    pub proposed: u64,
    /// The log and the state after it.
    pub head: Head,
    /// What it appended to the log.
    pub leaves: Vec<Leaf>,
}

/// Where a chain stops being what it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// A block is not there, or isn't one.
    #[error("block {seq} is missing or cut off")]
    Block {
        /// Its number.
        seq: u64,
    },
    /// An entry is not the one that was agreed on.
    #[error("entry {index} of the log, in block {seq}, is not the one that was agreed on")]
    Entry {
        /// Its place in the log, from 0.
        index: u64,
        /// The number of its block.
        seq: u64,
    },
    /// What else a block says isn't what follows from its entries.
    #[error("block {seq} does not follow from its entries and the block before it")]
    Head {
        /// Its number.
        seq: u64,
    },
    /// What was signed for the block was not signed, or for another one.
    #[error("block {seq} is not the one that the validators have signed")]
    Unsigned {
        /// Its number.
        seq: u64,
    },
    /// A hash of the tree isn't what follows from the entries.
    #[error("a hash of the tree over the entries, above entry {index}, is not what follows from them")]
    Tree {
        /// The first entry below it.
        index: u64,
    },
}

impl Kept {
    /// The batch that was agreed on.
    #[must_use]
    pub fn batch(&self) -> Batch {
        let entry = |leaf: &Leaf| match leaf {
            Leaf::Entry { entry, .. } => Some(Tx::from(entry.as_slice())),
            Leaf::End { .. } => None,
        };
        Batch::new(self.proposed, self.leaves.iter().filter_map(entry).collect())
    }

    /// Leaves in the log before it.
    #[must_use]
    pub fn first(&self) -> u64 {
        self.head.size.saturating_sub(u64::try_from(self.leaves.len()).unwrap_or(u64::MAX))
    }

    /// `u8 version ‖ u64 epoch ‖ u64 seq ‖ chain ‖ u64 time ‖ u64 proposed ‖ u64 size ‖ root ‖ state ‖ leaves`, a leaf being `u32 length ‖ bytes`.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut to = vec![VERSION];
        let Point { seq, chain, time } = self.point;
        [self.epoch, seq].iter().for_each(|number| to.extend(number.to_be_bytes()));
        to.extend(chain.0);
        [time, self.proposed, self.head.size].iter().for_each(|number| to.extend(number.to_be_bytes()));
        to.extend(self.head.root.0);
        to.extend(self.head.state.0);
        for leaf in &self.leaves {
            let bytes = leaf.encode();
            to.extend(u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
            to.extend(bytes);
        }
        to
    }

    /// From its bytes.
    ///
    /// # Errors
    /// [`Broken::Block`], or [`Broken::Entry`] when the head can be read and a leaf can't. `seq` is the number under which it was found.
    pub fn decode(bytes: &[u8], seq: u64) -> Result<Self, Broken> {
        let mut reader = Reader::new(bytes, "block");
        let mut kept = head(&mut reader).ok().filter(|kept| kept.point.seq == seq).ok_or(Broken::Block { seq })?;
        let leaves: Vec<_> = slices(reader.rest()).ok_or(Broken::Block { seq })?;
        let count = u64::try_from(leaves.len()).unwrap_or(u64::MAX);
        let first = kept.head.size.checked_sub(count).ok_or(Broken::Block { seq })?;
        for (index, leaf) in (first..).zip(leaves) {
            kept.leaves.push(Leaf::decode(leaf).map_err(|_| Broken::Entry { index, seq })?);
        }
        Ok(kept)
    }
}

/// Everything before the leaves.
fn head(reader: &mut Reader<'_>) -> Result<Kept, Malformed> {
    if reader.u8()? != VERSION {
        return Err(Malformed("block"));
    }
    let (epoch, seq, chain) = (reader.u64()?, reader.u64()?, Hash(reader.array()?));
    let (time, proposed, size) = (reader.u64()?, reader.u64()?, reader.u64()?);
    let (root, state) = (Hash(reader.array()?), Hash(reader.array()?));
    let (point, head) = (Point { seq, chain, time }, Head { seq, size, root, state });
    Ok(Kept { epoch, point, proposed, head, leaves: Vec::new() })
}

fn slices(mut rest: &[u8]) -> Option<Vec<&[u8]>> {
    let mut all = Vec::new();
    while !rest.is_empty() {
        let (length, after) = rest.split_first_chunk()?;
        let (leaf, after) = after.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
        all.push(leaf);
        rest = after;
    }
    Some(all)
}

/// A chain that is hashed again, block by block.
#[derive(Clone, Debug)]
pub struct Chain {
    point: Point,
    log: Frontier,
}

impl Chain {
    /// From the beginning of a ledger that was made then.
    #[must_use]
    pub fn begin(made_at: u64) -> Self {
        Self { point: Point { time: made_at, ..Point::default() }, log: Frontier::new() }
    }

    /// From a block whose head is known to be right.
    #[must_use]
    pub fn resume(point: Point, log: Frontier) -> Self {
        Self { point, log }
    }

    /// Where it has come to.
    #[must_use]
    pub fn point(&self) -> Point {
        self.point
    }

    /// The log so far.
    #[must_use]
    pub fn log(&self) -> &Frontier {
        &self.log
    }

    /// Goes on by a block. `known` are the hashes of its leaves as they were written down elsewhere, to tell which of them differs; `tell`
    /// hears of each subtree that is complete now.
    ///
    /// # Errors
    /// The first thing that is not as it should be.
    pub fn follow(&mut self, kept: &Kept, known: &[Hash], tell: &mut impl FnMut(Node, Hash)) -> Result<(), Broken> {
        let seq = self.point.seq.saturating_add(1);
        if kept.point.seq != seq {
            return Err(Broken::Block { seq });
        }
        let (first, mut log) = (self.log.size(), self.log.clone());
        let hashes: Vec<_> = kept.leaves.iter().map(Leaf::hash).collect();
        hashes.iter().for_each(|hash| log.append_telling(*hash, tell));
        let right = Head { seq, size: log.size(), root: log.root(), state: kept.head.state };
        let leads = self.point.then(&kept.batch());
        if right != kept.head || leads != kept.point || !shaped(kept) {
            let other = (first..).zip(hashes.iter().zip(known)).find(|(_, (is, was))| is != was);
            return Err(other.map_or(Broken::Head { seq }, |(index, _)| Broken::Entry { index, seq }));
        }
        (self.point, self.log) = (kept.point, log);
        Ok(())
    }

    /// Whether a certificate that was kept with the last block is of it. That it is signed its reader checks.
    ///
    /// # Errors
    /// [`Broken::Unsigned`].
    pub fn is_certified(&self, kept: &Kept, stable: &Stable) -> Result<(), Broken> {
        let of_it = stable.is_of(&self.point) && stable.head == kept.head;
        if of_it { Ok(()) } else { Err(Broken::Unsigned { seq: self.point.seq }) }
    }
}

/// Whether its leaves are of this block, and end as a batch's do.
fn shaped(kept: &Kept) -> bool {
    let of_it = |leaf: &Leaf| leaf.seq() == kept.point.seq && leaf.time() == kept.point.time;
    let ends = |leaf: &Leaf| matches!(leaf, Leaf::End { .. });
    let end = kept.leaves.last().is_none_or(ends);
    kept.leaves.iter().all(of_it) && end && kept.leaves.iter().filter(|leaf| ends(leaf)).count() <= 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Entry, Kind, Signer, Statement};

    fn entry(n: u64) -> Vec<u8> {
        let reference = Hash::of(&[&n.to_be_bytes()]);
        let (parent, commitment) = (Hash::default(), Hash::default());
        let statement = Statement { kind: Kind::RoomOpened, reference, parent, commitment, not_after: 0 };
        Entry::submit(&Hash([9; 32]), &Signer::from_seed(&[2; 32]), n, statement, None, Vec::new()).encode()
    }

    /// A chain of blocks with two entries each; the third has none.
    fn blocks() -> Vec<Kept> {
        let (mut chain, mut all) = (Chain::begin(10), Vec::new());
        for seq in 1..=4 {
            let entries: Vec<_> = if seq == 3 { Vec::new() } else { (0..2).map(|n| entry(seq * 2 + n)).collect() };
            let proposed = if seq == 3 { 0 } else { 10 + seq };
            let batch = Batch::new(proposed, entries.iter().map(|it| Tx::from(it.as_slice())).collect());
            let point = chain.point().then(&batch);
            let mut leaves: Vec<_> =
                entries.into_iter().map(|entry| Leaf::Entry { outcome: 0, seq, time: point.time, entry }).collect();
            if !leaves.is_empty() {
                leaves.push(Leaf::End { seq, time: point.time, keymap: Hash([3; 32]) });
            }
            let mut log = chain.log().clone();
            leaves.iter().for_each(|leaf| log.append(leaf.hash()));
            let head = Head { seq, size: log.size(), root: log.root(), state: Hash([5; 32]) };
            let kept = Kept { epoch: 0, point, proposed, head, leaves };
            chain.follow(&kept, &[], &mut |_, _| {}).unwrap();
            all.push(kept);
        }
        all
    }

    fn follow(blocks: &[Vec<u8>], known: &[Kept]) -> Result<(), Broken> {
        let mut chain = Chain::begin(10);
        for ((seq, bytes), known) in (1..).zip(blocks).zip(known) {
            let hashes: Vec<_> = known.leaves.iter().map(Leaf::hash).collect();
            chain.follow(&Kept::decode(bytes, seq)?, &hashes, &mut |_, _| {})?;
        }
        Ok(())
    }

    #[test]
    fn blocks_come_back_from_their_bytes_and_follow_each_other() {
        let all = blocks();
        let bytes: Vec<_> = all.iter().map(Kept::encode).collect();
        assert_eq!(follow(&bytes, &all), Ok(()));
        assert_eq!(all[1].first(), 3);
    }

    #[test]
    fn every_flipped_byte_of_every_block_is_found_and_its_entry_named() {
        let all = blocks();
        let bytes: Vec<_> = all.iter().map(Kept::encode).collect();
        let state = 1 + 8 + 8 + 32 + 24 + 32;
        for (block, whole) in bytes.iter().enumerate() {
            // The state is what validators have signed: the certificate says whether it is right.
            for at in (0..whole.len()).filter(|at| !(state..state + 32).contains(at)) {
                // Which set agreed is signed for as well.
                if (1..9).contains(&at) {
                    continue;
                }
                let mut bad = bytes.clone();
                bad[block][at] ^= 1;
                let found = follow(&bad, &all).unwrap_err();
                if let Broken::Entry { index, seq } = found {
                    let first = all[block].first();
                    assert_eq!(seq, u64::try_from(block).unwrap() + 1);
                    assert!((first..all[block].head.size).contains(&index), "byte {at} of block {seq}: entry {index}");
                }
            }
        }
        let (mut bad, last) = (bytes.clone(), bytes[3].len() - 60);
        bad[3][last] ^= 1;
        assert_eq!(follow(&bad, &all), Err(Broken::Entry { index: 7, seq: 4 }));
    }

    #[test]
    fn a_block_that_is_left_out_is_missed() {
        let all = blocks();
        let mut chain = Chain::begin(10);
        chain.follow(&all[0], &[], &mut |_, _| {}).unwrap();
        assert_eq!(chain.follow(&all[2], &[], &mut |_, _| {}), Err(Broken::Block { seq: 2 }));
    }
}
