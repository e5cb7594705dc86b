//! A disk that a crash treats as real ones do: what was not acknowledged may be there, may be gone, may be there by half.
use std::collections::{BTreeMap, VecDeque};

use vaidya_ledger::pbft::{Record, Seq, Token};

use crate::rng::Rng;

/// What a crash does to a disk, beyond losing what was not acknowledged. Whoever has such a disk counts as faulty.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Damage {
    /// One bit of what was acknowledged is another: the checksum tells, and the votes are lost.
    BitFlip,
    /// Everything is gone, votes and blocks.
    Empty,
    /// It had acknowledged what it had not written: the last votes are missing, and nothing tells.
    LyingSync,
}

/// A validator's votes: records in the order in which they were written; a later one replaces what is at its place.
#[derive(Default)]
pub(crate) struct Disk {
    durable: Vec<Vec<u8>>,
    pending: VecDeque<(Token, Vec<u8>)>,
}

impl Disk {
    pub(crate) fn write(&mut self, token: Token, record: &Record) {
        self.pending.push_back((token, record.encode()));
    }

    /// Everything up to this token is durable from now on.
    pub(crate) fn sync(&mut self, token: Token) {
        while self.pending.front().is_some_and(|(at, _)| *at <= token) {
            let (_, record) = self.pending.pop_front().unwrap();
            self.durable.push(record);
        }
    }

    /// Drops what a stable checkpoint of that number made superfluous.
    pub(crate) fn collect(&mut self, stable: Seq) {
        self.durable.retain(|bytes| Record::decode(bytes).is_none_or(|record| record.kept_above(stable)));
    }

    /// The power goes. Of what was on its way a prefix is there, and the next one perhaps by half.
    pub(crate) fn crash(&mut self, damage: Option<Damage>, rng: &mut Rng) {
        let acknowledged = self.durable.len();
        let kept = rng.index(self.pending.len() + 1);
        let mut rest = std::mem::take(&mut self.pending).into_iter().map(|(_, record)| record);
        self.durable.extend(rest.by_ref().take(kept));
        if let Some(next) = rest.next().filter(|_| rng.chance(50)) {
            self.durable.push(next[..rng.index(next.len())].to_vec());
        }
        match damage {
            None => {}
            Some(Damage::Empty) => self.durable.clear(),
            Some(Damage::LyingSync) => {
                let lost = rng.index(acknowledged.min(12) + 1);
                self.durable.truncate(acknowledged - lost);
            }
            Some(Damage::BitFlip) if acknowledged == 0 => {}
            Some(Damage::BitFlip) => {
                let at = rng.index(acknowledged);
                let byte = rng.index(self.durable[at].len());
                self.durable[at][byte] ^= 1 << rng.below(8);
                // A torn record behind it is not what this is about.
                self.durable.truncate(acknowledged);
            }
        }
    }

    /// The votes as the next start finds them, one a place; nothing when any is damaged but a torn last one, which nobody had relied on.
    pub(crate) fn read(&mut self, flipped: bool) -> Vec<Record> {
        let last = self.durable.len().saturating_sub(1);
        if !flipped && self.durable.last().is_some_and(|bytes| Record::decode(bytes).is_none()) {
            self.durable.truncate(last);
        }
        let mut places = BTreeMap::new();
        for bytes in &self.durable {
            let Some(record) = Record::decode(bytes) else {
                self.durable.clear();
                return Vec::new();
            };
            places.insert(record.place(), record);
        }
        places.into_values().collect()
    }
}
