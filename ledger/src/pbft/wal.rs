//! What a replica must remember: records for the disk, and reading them back.
use std::sync::Arc;

use super::codec::{Reader, Wire};
use super::{Batch, Checkpoint, NewView, Prepared, Proposal, Seq, Signed, Stable, ViewChange};
use crate::Hash;

/// Bytes of a record's checksum. Not against forgery (the disk is ours), but against torn and flipped ones.
const CHECKSUM: usize = 8;

/// A fact that must outlive a crash, because a message that was sent depends on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// This validator has its log: without this record it lost it, and doesn't vote.
    Started {
        /// In which validator set.
        epoch: u64,
    },
    /// The VIEW-CHANGE it sent: it votes in no lower view any more.
    Changing(Arc<Signed<ViewChange>>),
    /// The NEW-VIEW it accepted or made.
    Entered(Arc<Signed<NewView>>),
    /// A batch that the next two refer to.
    Batch {
        /// For which number.
        seq: Seq,
        /// The batch.
        batch: Arc<Batch>,
    },
    /// The pre-prepare it made or prepared: it makes or prepares no other for that number in that view.
    Accepted(Signed<Proposal>),
    /// The prepared certificate it has: it committed on it, and every later view change shows it.
    Prepared(Arc<Prepared>),
    /// The CHECKPOINT it sent.
    Checkpoint(Signed<Checkpoint>),
    /// Its last stable checkpoint.
    Stable(Arc<Stable>),
}

/// Where a record goes; a later one replaces what is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Kind of record.
    pub kind: u8,
    /// Number of the block; 0 for what there is one of.
    pub seq: Seq,
    /// Which batch, of several that were proposed for the number.
    pub digest: Hash,
}

/// A record isn't what was written. A validator that finds one has lost its log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "record {0} of the votes is damaged; start this validator without its votes, and it will vote again when its peers have moved on"
)]
pub struct Damaged(
    /// Which, from 0.
    pub usize,
);

impl Record {
    /// Where it goes.
    #[must_use]
    pub fn place(&self) -> Place {
        let (kind, seq, digest) = match self {
            Self::Started { .. } => (1, 0, Hash::default()),
            Self::Changing(_) => (2, 0, Hash::default()),
            Self::Entered(_) => (3, 0, Hash::default()),
            Self::Batch { seq, batch } => (4, *seq, batch.digest()),
            Self::Accepted(it) => (5, it.body.seq, Hash::default()),
            Self::Prepared(it) => (6, it.proposal.body.seq, Hash::default()),
            Self::Checkpoint(it) => (7, it.body.head.seq, Hash::default()),
            Self::Stable(_) => (8, 0, Hash::default()),
        };
        Place { kind, seq, digest }
    }

    /// Whether it is still needed when the checkpoint of that number is stable and executed.
    #[must_use]
    pub fn kept_above(&self, stable: Seq) -> bool {
        let place = self.place();
        place.seq == 0 || place.seq > stable
    }

    /// Its bytes, with a checksum.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut to = vec![0; CHECKSUM];
        to.push(self.place().kind);
        match self {
            Self::Started { epoch } => to.extend(epoch.to_be_bytes()),
            Self::Changing(it) => it.write(&mut to),
            Self::Entered(it) => it.write(&mut to),
            Self::Batch { seq, batch } => {
                to.extend(seq.to_be_bytes());
                batch.write(&mut to);
            }
            Self::Accepted(it) => it.write(&mut to),
            Self::Prepared(it) => it.write(&mut to),
            Self::Checkpoint(it) => it.write(&mut to),
            Self::Stable(it) => it.write(&mut to),
        }
        let sum = to.get(CHECKSUM..).map(checksum).unwrap_or_default();
        to.iter_mut().zip(sum).for_each(|(to, from)| *to = from);
        to
    }

    /// From its bytes; `None` when they are torn or flipped.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let (sum, rest) = bytes.split_first_chunk::<CHECKSUM>()?;
        if *sum != checksum(rest) {
            return None;
        }
        let mut from = Reader::new(rest);
        let record = match from.u8()? {
            1 => Self::Started { epoch: from.u64()? },
            2 => Self::Changing(Arc::read(&mut from)?),
            3 => Self::Entered(Arc::read(&mut from)?),
            4 => Self::Batch { seq: from.u64()?, batch: Arc::read(&mut from)? },
            5 => Self::Accepted(Signed::read(&mut from)?),
            6 => Self::Prepared(Arc::read(&mut from)?),
            7 => Self::Checkpoint(Signed::read(&mut from)?),
            8 => Self::Stable(Arc::read(&mut from)?),
            _ => return None,
        };
        from.finish(record)
    }
}

fn checksum(bytes: &[u8]) -> [u8; CHECKSUM] {
    let hash = Hash::of(&[b"vaidya/ledger/record/v1", bytes]);
    hash.0.first_chunk().copied().unwrap_or_default()
}

/// Reads all records back.
///
/// # Errors
/// One is damaged. A last one that was being written when the power went is the driver's to leave out: nothing depended on it yet.
pub fn read<T: AsRef<[u8]>>(records: &[T]) -> Result<Vec<Record>, Damaged> {
    records.iter().enumerate().map(|(at, bytes)| Record::decode(bytes.as_ref()).ok_or(Damaged(at))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pbft::Limits;
    use crate::pbft::tests::{World, tx};

    #[test]
    fn records_come_back_and_damage_is_named() {
        let mut world = World::new(4, Limits { checkpoint_every: 4, ..Limits::default() });
        world.request(1);
        world.kill(0);
        world.request(2);
        world.tick(300);
        let mut all: Vec<Vec<u8>> = world.nodes[1].records.values().cloned().collect();
        let kinds: std::collections::BTreeSet<u8> = world.nodes[1].records.keys().map(|place| place.kind).collect();
        assert_eq!(kinds.into_iter().collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6]);
        let records = read(&all).unwrap();
        assert!(records.iter().zip(&all).all(|(record, bytes)| record.encode() == *bytes));
        for at in 0..all[3].len() {
            all[3][at] ^= 1;
            assert_eq!(read(&all), Err(Damaged(3)));
            all[3][at] ^= 1;
        }
        all[2].pop();
        assert_eq!(read(&all), Err(Damaged(2)));
    }

    #[test]
    fn one_number_keeps_its_batches_apart() {
        let batch = |number| Record::Batch { seq: 1, batch: Arc::new(Batch::new(1, vec![tx(number)])) };
        assert_ne!(batch(1).place(), batch(2).place());
        assert!(batch(1).kept_above(0) && !batch(1).kept_above(1));
        assert!(Record::Started { epoch: 0 }.kept_above(9));
    }
}
