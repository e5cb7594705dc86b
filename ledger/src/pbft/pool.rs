//! The requests that wait: a bounded lane for each submitter, served in turn, and a memory of what was executed.
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::Bound::{Excluded, Unbounded};

use super::config::Limits;
use super::{Batch, Check, Tx};
use crate::{Hash, KeyId};

/// A request's place in its lane: its sequence, and when it came.
type Place = (u64, u64);

/// Requests that were seen and not executed.
#[derive(Debug)]
pub(super) struct Pool {
    requests: BTreeMap<Hash, Request>,
    lanes: BTreeMap<KeyId, Lane>,
    arrivals: BTreeMap<u64, Hash>,
    arrived: u64,
    served: KeyId,
    urgent: usize,
    ready: usize,
    done: BTreeSet<Hash>,
    done_order: VecDeque<Hash>,
    limits: Limits,
}

#[derive(Debug)]
struct Request {
    tx: Tx,
    lane: KeyId,
    place: Place,
    since: u64,
    relayed: Option<u64>,
    urgent: bool,
    taken: bool,
}

#[derive(Debug, Default)]
struct Lane {
    ready: BTreeMap<Place, Hash>,
    entries: usize,
    bytes: usize,
}

impl Pool {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            requests: BTreeMap::new(),
            lanes: BTreeMap::new(),
            arrivals: BTreeMap::new(),
            arrived: 0,
            served: KeyId::default(),
            urgent: 0,
            ready: 0,
            done: BTreeSet::new(),
            done_order: VecDeque::new(),
            limits,
        }
    }

    /// Whether the request needn't be looked at again: it waits here, or was executed.
    pub(super) fn knows(&self, hash: &Hash) -> bool {
        self.requests.contains_key(hash) || self.done.contains(hash)
    }

    /// Whether the request passed its check here and waits.
    pub(super) fn holds(&self, hash: &Hash) -> bool {
        self.requests.contains_key(hash)
    }

    /// Puts a checked request in; `false` when its lane is full.
    pub(super) fn put(&mut self, hash: Hash, tx: &Tx, check: &dyn Check, urgent: bool, now: u64) -> bool {
        if self.knows(&hash) {
            return true;
        }
        let (lane, sequence) = check.lane(tx);
        let full =
            |lane: &Lane| lane.entries >= self.limits.lane_entries || lane.bytes + tx.len() > self.limits.lane_bytes;
        if self.lanes.get(&lane).is_some_and(full) {
            return false;
        }
        self.insert(hash, tx, (lane, sequence), urgent, now);
        true
    }

    fn insert(&mut self, hash: Hash, tx: &Tx, (lane, sequence): (KeyId, u64), urgent: bool, now: u64) {
        self.arrived += 1;
        let place = (sequence, self.arrived);
        let into = self.lanes.entry(lane).or_default();
        into.entries += 1;
        into.bytes += tx.len();
        into.ready.insert(place, hash);
        self.ready += 1;
        self.urgent += usize::from(urgent);
        self.arrivals.insert(self.arrived, hash);
        let request = Request { tx: tx.clone(), lane, place, since: now, relayed: None, urgent, taken: false };
        self.requests.insert(hash, request);
    }

    /// Notes that the batch is being ordered: its requests aren't proposed again, unless it fails.
    pub(super) fn ordered(&mut self, batch: &Batch, check: &dyn Check, now: u64) {
        for (hash, tx) in batch.hashes().iter().zip(batch.entries()) {
            if !self.knows(hash) {
                self.insert(*hash, tx, check.lane(tx), false, now);
            }
            self.set_taken(hash, true);
        }
    }

    /// Forgets all that is being ordered: a view failed, and its requests wait again.
    pub(super) fn restore(&mut self) {
        let taken: Vec<Hash> =
            self.requests.iter().filter(|(_, request)| request.taken).map(|(hash, _)| *hash).collect();
        taken.iter().for_each(|hash| self.set_taken(hash, false));
    }

    fn set_taken(&mut self, hash: &Hash, taken: bool) {
        let Some(request) = self.requests.get_mut(hash).filter(|request| request.taken != taken) else { return };
        request.taken = taken;
        let Some(lane) = self.lanes.get_mut(&request.lane) else { return };
        let urgent = usize::from(request.urgent);
        if taken {
            lane.ready.remove(&request.place);
            self.ready -= 1;
            self.urgent -= urgent;
        } else {
            lane.ready.insert(request.place, *hash);
            self.ready += 1;
            self.urgent += urgent;
        }
    }

    /// Takes a batch's worth, one of each lane in turn, ascending within a lane.
    pub(super) fn take(&mut self) -> Vec<(Hash, Tx)> {
        let (mut taken, mut bytes) = (Vec::new(), 0);
        while taken.len() < self.limits.batch_entries {
            let Some(hash) = self.next_in_turn() else { break };
            let Some(request) = self.requests.get(&hash) else { break };
            if bytes + request.tx.len() > self.limits.batch_bytes {
                break;
            }
            bytes += request.tx.len();
            self.served = request.lane;
            taken.push((hash, request.tx.clone()));
            self.set_taken(&hash, true);
        }
        taken
    }

    fn next_in_turn(&self) -> Option<Hash> {
        if self.ready == 0 {
            return None;
        }
        let after = self.lanes.range((Excluded(self.served), Unbounded));
        let all = after.chain(self.lanes.range(..=self.served));
        all.filter_map(|(_, lane)| lane.ready.values().next()).next().copied()
    }

    /// The batch was executed: its requests are gone, and copies of them are known.
    pub(super) fn executed(&mut self, batch: &Batch) {
        for hash in batch.hashes() {
            self.set_taken(hash, true);
            if let Some(request) = self.requests.remove(hash) {
                self.arrivals.remove(&request.place.1);
                self.leave_lane(&request);
            }
            if self.done.insert(*hash) {
                self.done_order.push_back(*hash);
            }
        }
        while self.done_order.len() > self.limits.remembered {
            let Some(oldest) = self.done_order.pop_front() else { break };
            self.done.remove(&oldest);
        }
    }

    fn leave_lane(&mut self, request: &Request) {
        let Some(lane) = self.lanes.get_mut(&request.lane) else { return };
        lane.entries = lane.entries.saturating_sub(1);
        lane.bytes = lane.bytes.saturating_sub(request.tx.len());
        if lane.entries == 0 {
            self.lanes.remove(&request.lane);
        }
    }

    /// Requests that have waited for so long, and weren't handed on since: they are now.
    pub(super) fn relay(&mut self, now: u64, after: u64, again: u64) -> Vec<Tx> {
        let (mut relayed, mut bytes) = (Vec::new(), 0);
        for hash in self.arrivals.values() {
            let Some(request) = self.requests.get_mut(hash) else { continue };
            if now < request.since + after {
                break;
            }
            if request.taken || request.relayed.is_some_and(|last| now < last + again) {
                continue;
            }
            bytes += request.tx.len();
            if relayed.len() >= self.limits.batch_entries || bytes > self.limits.batch_bytes {
                break;
            }
            request.relayed = Some(now);
            relayed.push(request.tx.clone());
        }
        relayed
    }

    /// The request that has waited longest, being ordered or not.
    pub(super) fn oldest(&self) -> Option<Hash> {
        self.arrivals.values().next().copied()
    }

    /// Since when it waits.
    pub(super) fn oldest_since(&self) -> Option<u64> {
        self.requests.get(&self.oldest()?).map(|request| request.since)
    }

    /// How many aren't executed.
    pub(super) fn len(&self) -> usize {
        self.requests.len()
    }

    /// How many aren't being ordered yet.
    pub(super) fn ready(&self) -> usize {
        self.ready
    }

    /// Whether one of those is urgent.
    pub(super) fn urgent(&self) -> bool {
        self.urgent > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Entries of two bytes: submitter, sequence.
    struct Lanes;

    impl Check for Lanes {
        fn entry(&self, _: &[u8]) -> bool {
            true
        }
        fn lane(&self, entry: &[u8]) -> (KeyId, u64) {
            (KeyId([entry[0]; 16]), u64::from(entry[1]))
        }
    }

    fn tx(submitter: u8, sequence: u8) -> (Hash, Tx) {
        let tx = Tx::from([submitter, sequence].as_slice());
        (Batch::request(&tx), tx)
    }

    fn put(pool: &mut Pool, submitter: u8, sequence: u8) -> bool {
        let (hash, tx) = tx(submitter, sequence);
        pool.put(hash, &tx, &Lanes, false, 0)
    }

    fn pool(lane_entries: usize) -> Pool {
        Pool::new(Limits { lane_entries, remembered: 2, ..Limits::default() })
    }

    #[test]
    fn submitters_are_served_in_turn_and_each_in_its_own_order() {
        let mut pool = pool(10);
        for (submitter, sequence) in [(1, 3), (1, 1), (1, 2), (2, 9)] {
            assert!(put(&mut pool, submitter, sequence));
        }
        let taken: Vec<_> = pool.take().iter().map(|(_, tx)| (tx[0], tx[1])).collect();
        assert_eq!(taken, [(1, 1), (2, 9), (1, 2), (1, 3)]);
        assert!(pool.take().is_empty(), "they are being ordered");
    }

    #[test]
    fn a_full_lane_is_its_submitters_own_trouble() {
        let mut pool = pool(2);
        assert!(put(&mut pool, 1, 1) && put(&mut pool, 1, 2));
        assert!(!put(&mut pool, 1, 3));
        assert!(put(&mut pool, 2, 1));
    }

    #[test]
    fn what_failed_waits_again_and_what_was_executed_never() {
        let mut pool = pool(10);
        put(&mut pool, 1, 1);
        put(&mut pool, 1, 2);
        let taken = pool.take();
        pool.executed(&Batch::new(1, vec![taken[0].1.clone()]));
        pool.restore();
        assert_eq!(pool.take().iter().map(|(_, tx)| tx[1]).collect::<Vec<_>>(), [2]);
        put(&mut pool, 1, 1);
        assert_eq!((pool.len(), pool.ready()), (1, 0), "a copy of what was executed");
    }

    #[test]
    fn the_memory_of_what_was_executed_is_bounded() {
        let mut pool = pool(10);
        for sequence in 0..10 {
            pool.executed(&Batch::new(1, vec![tx(1, sequence).1]));
        }
        assert_eq!((pool.done.len(), pool.done_order.len()), (2, 2));
    }
}
