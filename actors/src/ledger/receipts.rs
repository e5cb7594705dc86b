//! What came of the last entries, by their bytes: who hands one in again is told of the first time.
use std::collections::{BTreeMap, VecDeque};

use vaidya_ledger::chain::Kept;
use vaidya_ledger::{Hash, Leaf, Void};

use crate::port::Anchored;

/// How many are remembered. Who lost a receipt hands the entry in again soon; what is older is void the second time, and says that it was used.
pub const REMEMBERED: usize = 65_536;

/// What came of entries.
#[derive(Default)]
pub(super) struct Receipts {
    known: BTreeMap<Hash, Anchored>,
    oldest: VecDeque<Hash>,
}

impl Receipts {
    /// What came of the entry with these bytes.
    pub(super) fn get(&self, digest: &Hash) -> Option<&Anchored> {
        self.known.get(digest)
    }

    /// What came of a block's entries. A copy of one that was there before changes nothing about the first.
    pub(super) fn take(&mut self, kept: &Kept) -> Vec<(Hash, Anchored)> {
        let mut fresh = Vec::new();
        for (leaf, at) in (kept.first()..).zip(&kept.leaves) {
            let Leaf::Entry { outcome, seq, time, entry } = at else { continue };
            let digest = Hash::of(&[entry]);
            if !self.known.contains_key(&digest) {
                let void = Void::of(*outcome);
                let reason = void.map_or("", Void::word);
                let may_pass = void.is_some_and(Void::may_pass_later);
                let anchored = Anchored { leaf, seq: *seq, time: *time, outcome: *outcome, reason, may_pass };
                self.remember(digest, anchored.clone());
                fresh.push((digest, anchored));
            }
        }
        fresh
    }

    fn remember(&mut self, digest: Hash, anchored: Anchored) {
        self.known.insert(digest, anchored);
        self.oldest.push_back(digest);
        if self.oldest.len() > REMEMBERED
            && let Some(oldest) = self.oldest.pop_front()
        {
            self.known.remove(&oldest);
        }
    }
}
