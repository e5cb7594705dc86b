//! A disk that a crash treats as real ones do: what was not acknowledged may be there, may be gone, may be there by half.
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use vaidya_ledger::Hash;
use vaidya_ledger::pbft::{Frame, Quorum, Record, ReplicaId, Seq, Token, View, Vote, read};

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
    /// What is on its way, in order; a collection takes its turn like any write.
    pending: VecDeque<(Token, Work)>,
    last: Token,
    /// What was durable at any time, whatever was collected or lost since.
    ever: BTreeSet<Fact>,
}

enum Work {
    Write(Vec<u8>),
    Collect(Seq),
}

/// What a record keeps a validator to: kind, view, number, digest.
type Fact = (u8, View, Seq, Hash);

impl Disk {
    pub(crate) fn write(&mut self, token: Token, record: &Record) {
        self.last = token;
        self.pending.push_back((token, Work::Write(record.encode())));
    }

    /// Everything up to this token is durable from now on.
    pub(crate) fn sync(&mut self, token: Token) {
        while self.pending.front().is_some_and(|(at, _)| *at <= token) {
            let (_, work) = self.pending.pop_front().unwrap();
            self.keep(work);
        }
    }

    fn keep(&mut self, work: Work) {
        let bytes = match work {
            Work::Write(bytes) => bytes,
            Work::Collect(stable) => {
                self.durable.retain(|it| Record::decode(&it.bytes).is_none_or(|record| record.kept_above(stable)));
                return;
            }
        };
        self.ever.extend(Record::decode(&bytes).as_ref().and_then(fact));
        self.durable.push(whole(bytes));
    }

    /// Whether what this validator says with this message was durable before. Nothing need be for what is no vote, or another's.
    pub(crate) fn vouches_for(&self, who: usize, quorum: Quorum, frame: &Frame) -> bool {
        let own = |by: ReplicaId| usize::from(by.0) == who;
        let vote = |kind, it: &Vote| (kind, it.view, it.seq, it.digest);
        let fact = match frame {
            Frame::PrePrepare(it, _) | Frame::Proposal(it) if own(quorum.primary(it.body.view)) => {
                (ACCEPTED, it.body.view, it.body.seq, it.body.digest)
            }
            Frame::Prepare(it) if own(it.body.0.by) => vote(ACCEPTED, &it.body.0),
            Frame::Commit(it) if own(it.body.0.by) => vote(PREPARED, &it.body.0),
            Frame::Checkpoint(it) if own(it.body.by) => (CHECKPOINT, 0, it.body.head.seq, it.body.chain),
            Frame::ViewChange(it) if own(it.body.by) => (CHANGING, it.body.view, 0, Hash::default()),
            Frame::NewView(it) if own(quorum.primary(it.body.view)) => (ENTERED, it.body.view, 0, Hash::default()),
            _ => return true,
        };
        self.ever.contains(&fact)
    }

    /// Drops what a stable checkpoint of that number made superfluous, when the record of that is durable.
    pub(crate) fn collect(&mut self, stable: Seq) {
        match self.pending.is_empty() {
            true => self.keep(Work::Collect(stable)),
            false => self.pending.push_back((self.last, Work::Collect(stable))),
        }
    }

    /// The power goes. Of what was on its way a prefix is there, and the next one perhaps by half.
    pub(crate) fn crash(&mut self, damage: Option<Damage>, rng: &mut Rng) {
        let kept = rng.index(self.pending.len() + 1);
        let mut rest = std::mem::take(&mut self.pending).into_iter().map(|(_, work)| work);
        rest.by_ref().take(kept).for_each(|work| self.keep(work));
        if let Some(Work::Write(next)) = rest.next().filter(|_| rng.chance(50)) {
            self.durable.push(Written { length: next.len(), bytes: next[..rng.index(next.len())].to_vec() });
        }
        let acknowledged = self.durable.len();
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
                let bytes = &mut self.durable[at].bytes;
                let byte = rng.index(bytes.len());
                bytes.iter_mut().skip(byte).take(1).for_each(|byte| *byte ^= 1 << rng.below(8));
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

const ACCEPTED: u8 = 0;
const PREPARED: u8 = 1;
const CHECKPOINT: u8 = 2;
const CHANGING: u8 = 3;
const ENTERED: u8 = 4;

fn fact(record: &Record) -> Option<Fact> {
    Some(match record {
        Record::Accepted(it) => (ACCEPTED, it.body.view, it.body.seq, it.body.digest),
        Record::Prepared(it) => (PREPARED, it.proposal.body.view, it.proposal.body.seq, it.proposal.body.digest),
        Record::Checkpoint(it) => (CHECKPOINT, 0, it.body.head.seq, it.body.chain),
        Record::Changing(it) => (CHANGING, it.body.view, 0, Hash::default()),
        Record::Entered(it) => (ENTERED, it.body.view, 0, Hash::default()),
        _ => return None,
    })
}

fn whole(bytes: Vec<u8>) -> Written {
    Written { length: bytes.len(), bytes }
}
