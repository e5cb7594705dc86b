//! What validators say was committed: believed when one of those who say the same must be honest.
use std::collections::BTreeMap;
use std::sync::Arc;

use vaidya_ledger::Validators;
use vaidya_ledger::chain::Kept;
use vaidya_ledger::pbft::Seq;

/// How far ahead of the last block that is known words are kept. Lower asks again after shorter gaps, higher holds more of what liars say.
pub const AHEAD: u64 = 128;

/// Words about blocks that are not known yet.
#[derive(Default)]
pub(super) struct Words(BTreeMap<Seq, BTreeMap<u8, Arc<Kept>>>);

impl Words {
    /// A validator says that this is a block. Its first word about a number is the one that counts.
    pub(super) fn hear(&mut self, by: u8, block: Arc<Kept>, known: Seq) {
        let seq = block.point.seq;
        if seq > known && seq <= known.saturating_add(AHEAD) {
            self.0.entry(seq).or_default().entry(by).or_insert(block);
        }
    }

    /// The block after the last one known, when `f + 1` of these validators say the same of it.
    pub(super) fn agreed(&self, known: Seq, set: &Validators) -> Option<Arc<Kept>> {
        let words = self.0.get(&known.checked_add(1)?)?;
        let heard = || words.iter().filter(|(by, _)| set.get(**by).is_some()).map(|(_, block)| block);
        let enough = |block: &&Arc<Kept>| heard().filter(|other| other == block).count() >= set.weak();
        heard().find(enough).cloned()
    }

    /// What is known needs no words.
    pub(super) fn forget(&mut self, known: Seq) {
        self.0 = self.0.split_off(&known.saturating_add(1));
    }

    /// Whether something was said of a later block than the next one: the next is missing.
    pub(super) fn gap(&self, known: Seq) -> bool {
        self.0.last_key_value().is_some_and(|(last, _)| *last > known)
    }
}

#[cfg(test)]
mod tests {
    use vaidya_ledger::{Signer, Validator};

    use super::*;

    fn set() -> Validators {
        let validator = |id: u8| Validator {
            id,
            name: format!("v{id}"),
            public: Signer::from_seed(&[id + 1; 32]).public(),
            address: String::new(),
        };
        Validators::new((0..4).map(validator).collect()).unwrap()
    }

    fn block(seq: Seq, proposed: u64) -> Arc<Kept> {
        let (point, head) = (vaidya_ledger::pbft::Point { seq, ..Default::default() }, Default::default());
        Arc::new(Kept { epoch: 0, point, proposed, head, leaves: Vec::new() })
    }

    #[test]
    fn two_of_four_are_believed_and_one_is_not() {
        let mut words = Words::default();
        words.hear(0, block(1, 7), 0);
        assert!(words.agreed(0, &set()).is_none());
        words.hear(1, block(1, 8), 0);
        assert!(words.agreed(0, &set()).is_none(), "they must say the same");
        words.hear(2, block(1, 7), 0);
        assert_eq!(words.agreed(0, &set()), Some(block(1, 7)));
    }

    #[test]
    fn the_same_one_twice_and_strangers_count_for_nothing() {
        let mut words = Words::default();
        words.hear(0, block(1, 7), 0);
        words.hear(0, block(1, 7), 0);
        words.hear(9, block(1, 7), 0);
        assert!(words.agreed(0, &set()).is_none());
    }

    #[test]
    fn a_liar_cannot_fill_the_memory() {
        let mut words = Words::default();
        (0..1_000).for_each(|seq| words.hear(0, block(seq, 7), 10));
        assert_eq!(words.0.len(), 128);
        assert!(words.gap(10));
        words.forget(10 + AHEAD);
        assert!(words.0.is_empty() && !words.gap(10));
    }
}
