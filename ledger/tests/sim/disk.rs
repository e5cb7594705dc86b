//! A disk that a crash treats as real ones do: what was not acknowledged may be there, may be gone, may be there by half.
use std::collections::{BTreeMap, VecDeque};

use vaidya_ledger::pbft::{Record, Seq, Token, read};

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

/// A record's bytes and how many there should be: what a journal has before each.
struct Written {
    length: usize,
    bytes: Vec<u8>,
}

/// A validator's votes: records in the order in which they were written; a later one replaces what is at its place.
#[derive(Default)]
pub(crate) struct Disk {
    durable: Vec<Written>,
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
            self.durable.push(whole(record));
        }
    }

    /// Drops what a stable checkpoint of that number made superfluous.
    pub(crate) fn collect(&mut self, stable: Seq) {
        self.durable.retain(|it| Record::decode(&it.bytes).is_none_or(|record| record.kept_above(stable)));
    }

    /// The power goes. Of what was on its way a prefix is there, and the next one perhaps by half.
    pub(crate) fn crash(&mut self, damage: Option<Damage>, rng: &mut Rng) {
        let acknowledged = self.durable.len();
        let kept = rng.index(self.pending.len() + 1);
        let mut rest = std::mem::take(&mut self.pending).into_iter().map(|(_, record)| record);
        self.durable.extend(rest.by_ref().take(kept).map(whole));
        if let Some(next) = rest.next().filter(|_| rng.chance(50)) {
            self.durable.push(Written { length: next.len(), bytes: next[..rng.index(next.len())].to_vec() });
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
                let byte = rng.index(self.durable[at].length);
                self.durable[at].bytes[byte] ^= 1 << rng.below(8);
            }
        }
    }

    /// The votes as the next start finds them, one a place. A torn last one is left out: nobody had relied on it. Any that is whole and wrong means that all
    /// are lost.
    pub(crate) fn read(&mut self) -> Vec<Record> {
        self.durable.retain(|it| it.bytes.len() == it.length);
        let bytes: Vec<_> = self.durable.iter().map(|it| &it.bytes).collect();
        let Ok(records) = read(&bytes) else {
            self.durable.clear();
            return Vec::new();
        };
        let places: BTreeMap<_, _> = records.into_iter().map(|record| (record.place(), record)).collect();
        places.into_values().collect()
    }
}

fn whole(bytes: Vec<u8>) -> Written {
    Written { length: bytes.len(), bytes }
}
