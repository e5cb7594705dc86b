//! Remembers entries whose signatures were verified, so that what is checked before a vote is not checked again when it is executed.
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use crate::Hash;

/// How many entries are remembered. Lower than what is under way at once verifies twice, higher costs 100 bytes each.
const REMEMBERED: usize = 16_384;

/// What is known of an entry, by its digest. It holds what anyone can find out again: forgetting it changes no outcome.
#[derive(Clone, Default)]
pub(super) struct Seen(Arc<Mutex<Memory>>);

#[derive(Default)]
struct Memory {
    known: BTreeMap<Hash, bool>,
    oldest: VecDeque<Hash>,
}

impl Seen {
    /// The submitter signed this entry; and so did its actor, when `actor` says so.
    pub(super) fn remember(&self, entry: Hash, actor: bool) {
        let mut memory = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match memory.known.insert(entry, actor) {
            Some(before) => drop(memory.known.insert(entry, actor || before)),
            None => memory.oldest.push_back(entry),
        }
        if memory.oldest.len() > REMEMBERED
            && let Some(oldest) = memory.oldest.pop_front()
        {
            memory.known.remove(&oldest);
        }
    }

    /// Whether the submitter is known to have signed it.
    pub(super) fn submitter(&self, entry: &Hash) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).known.contains_key(entry)
    }

    /// Whether its actor is known to have signed it.
    pub(super) fn actor(&self, entry: &Hash) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).known.get(entry).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(number: usize) -> Hash {
        Hash::of(&[&number.to_be_bytes()])
    }

    #[test]
    fn the_oldest_is_forgotten_first_and_the_memory_stays_bounded() {
        let seen = Seen::default();
        (0..=REMEMBERED).for_each(|number| seen.remember(entry(number), false));
        assert!(!seen.submitter(&entry(0)));
        assert!(seen.submitter(&entry(1)) && seen.submitter(&entry(REMEMBERED)));
        assert_eq!(seen.0.lock().unwrap().known.len(), REMEMBERED);
    }

    #[test]
    fn an_actor_once_known_stays_known() {
        let seen = Seen::default();
        seen.remember(entry(1), true);
        seen.remember(entry(1), false);
        assert!(seen.actor(&entry(1)) && !seen.actor(&entry(2)));
    }
}
