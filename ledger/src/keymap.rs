//! The key map: which key a label has now, as a sparse Merkle tree whose root proves both presence and absence.
//!
//! A subtree without labels hashes to 32 zero bytes; one with a single label to SHA-256(0x02 ‖ label ‖ value), however deep it
//! stands; any other to SHA-256(0x03 ‖ left ‖ right). The bits of the label, most significant first, say left (0) or right (1).
//! Whatever the order of changes, the same labels and values have the same root.
use std::sync::Arc;

use thiserror::Error;

use crate::Hash;

/// What stands for a person in the map: a salted hash, 32 bytes.
pub type Label = [u8; 32];

/// What a label is bound to: a hash over its public keys, 32 bytes.
pub type Value = [u8; 32];

/// What stands for a person (by the 16 bytes of their UUID) with a salt of their own.
#[must_use]
pub fn label_of(salt: &[u8; 32], person: &[u8; 16]) -> Label {
    Hash::of(&[b"vaidya/ledger/label/v1", salt, person]).0
}

/// What a KeyBind commits to: the SHA-256 of the sealing key (RSA, SPKI in DER), and the signing key (Ed25519).
#[must_use]
pub fn binding_of(sealing: &[u8; 32], signing: &[u8; 32]) -> Hash {
    Hash::of(&[b"vaidya/ledger/binding/v1", sealing, signing])
}

/// What a label with these bindings has in the map, whatever their order; without any it is not in the map.
#[must_use]
pub fn value_of(bindings: &[Hash]) -> Option<Value> {
    let mut sorted = bindings.to_vec();
    sorted.sort_unstable();
    let parts: Vec<&[u8]> = sorted.iter().map(|binding| binding.0.as_slice()).collect();
    (!bindings.is_empty()).then(|| Hash::of(&[&[b"vaidya/ledger/keys/v1".as_slice()], &parts[..]].concat()).0)
}

/// How many bits a label has, and so how many siblings a proof can.
const DEPTH: usize = 256;

/// The hash of a subtree without labels.
const NOTHING: Hash = Hash([0; 32]);

/// Labels and their values. Copies are cheap and share what is equal.
#[derive(Clone, Default)]
pub struct Keymap {
    top: Slot,
    count: u64,
}

type Slot = Option<Arc<Branch>>;

enum Branch {
    Leaf { label: Label, value: Value, hash: Hash },
    Fork { left: Slot, right: Slot, hash: Hash },
}

impl Branch {
    fn hash(&self) -> Hash {
        match self {
            Self::Leaf { hash, .. } | Self::Fork { hash, .. } => *hash,
        }
    }
}

fn hash_of(slot: &Slot) -> Hash {
    slot.as_ref().map_or(NOTHING, |branch| branch.hash())
}

fn leaf_hash(label: &Label, value: &Value) -> Hash {
    Hash::of(&[&[2], label, value])
}

fn fork_hash(left: &Hash, right: &Hash) -> Hash {
    Hash::of(&[&[3], &left.0, &right.0])
}

fn leaf(label: Label, value: Value) -> Slot {
    Some(Arc::new(Branch::Leaf { label, value, hash: leaf_hash(&label, &value) }))
}

/// Two subtrees as one: a lone label rises, so that the tree doesn't depend on what was removed.
fn join(left: Slot, right: Slot) -> Slot {
    match (&left, &right) {
        (None, None) => None,
        (Some(only), None) | (None, Some(only)) if matches!(**only, Branch::Leaf { .. }) => Some(Arc::clone(only)),
        _ => {
            let hash = fork_hash(&hash_of(&left), &hash_of(&right));
            Some(Arc::new(Branch::Fork { left, right, hash }))
        }
    }
}

/// Bit `depth` of the label, from the most significant; false beyond the last.
fn goes_right(label: &Label, depth: usize) -> bool {
    label.get(depth / 8).is_some_and(|byte| byte >> (7 - depth % 8) & 1 == 1)
}

/// What was at a label, and the subtree with it put or taken away.
fn set(slot: &Slot, depth: usize, label: &Label, value: Option<Value>) -> (Option<Value>, Slot) {
    match slot.as_deref() {
        None => (None, value.and_then(|value| leaf(*label, value))),
        Some(Branch::Leaf { label: other, value: old, .. }) if other == label => {
            (Some(*old), value.and_then(|value| leaf(*label, value)))
        }
        Some(Branch::Leaf { label: other, .. }) => match value {
            None => (None, slot.clone()),
            Some(_) if goes_right(other, depth) => descend((&None, slot), depth, label, value),
            Some(_) => descend((slot, &None), depth, label, value),
        },
        Some(Branch::Fork { left, right, .. }) => descend((left, right), depth, label, value),
    }
}

fn descend(sides: (&Slot, &Slot), depth: usize, label: &Label, value: Option<Value>) -> (Option<Value>, Slot) {
    let (left, right) = sides;
    if goes_right(label, depth) {
        let (old, right) = set(right, depth + 1, label, value);
        (old, join(left.clone(), right))
    } else {
        let (old, left) = set(left, depth + 1, label, value);
        (old, join(left, right.clone()))
    }
}

impl Keymap {
    /// Without labels; its root is 32 zero bytes.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Binds a label to a value and returns the one it had.
    pub fn insert(&mut self, label: Label, value: Value) -> Option<Value> {
        let (old, top) = set(&self.top, 0, &label, Some(value));
        self.top = top;
        self.count += u64::from(old.is_none());
        old
    }

    /// Takes a label away and returns the value it had.
    pub fn remove(&mut self, label: &Label) -> Option<Value> {
        let (old, top) = set(&self.top, 0, label, None);
        self.top = top;
        self.count -= u64::from(old.is_some());
        old
    }

    /// The value of a label.
    #[must_use]
    pub fn get(&self, label: &Label) -> Option<Value> {
        self.prove(label).value(label)
    }

    /// How many labels there are.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.count
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// What the last leaf of a batch commits to.
    #[must_use]
    pub fn root(&self) -> Hash {
        hash_of(&self.top)
    }

    /// The labels in order, each with its value: what a snapshot holds.
    pub fn iter(&self) -> impl Iterator<Item = (Label, Value)> {
        let mut rest: Vec<Arc<Branch>> = self.top.iter().cloned().collect();
        std::iter::from_fn(move || {
            loop {
                match &*rest.pop()? {
                    Branch::Leaf { label, value, .. } => return Some((*label, *value)),
                    Branch::Fork { left, right, .. } => rest.extend(right.iter().chain(left).cloned()),
                }
            }
        })
    }

    /// The proof that a label has its value, or none.
    #[must_use]
    pub fn prove(&self, label: &Label) -> MapProof {
        let mut siblings = Vec::new();
        let mut slot = &self.top;
        while let Some(Branch::Fork { left, right, .. }) = slot.as_deref() {
            let (next, sibling) = if goes_right(label, siblings.len()) { (right, left) } else { (left, right) };
            siblings.push(hash_of(sibling));
            slot = next;
        }
        let end = match slot.as_deref() {
            Some(Branch::Leaf { label, value, .. }) => Some((*label, *value)),
            _ => None,
        };
        MapProof { siblings, end }
    }
}

/// What a label is bound to under a root: the hashes beside the way down to it, and what stands at the end of the way.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MapProof {
    /// From the root's child down; at most 256.
    pub siblings: Vec<Hash>,
    /// The label and value at the end: the label asked for, or another that proves it absent; nothing proves it absent too.
    pub end: Option<(Label, Value)>,
}

/// Why a key map proof proves nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
pub enum Unmapped {
    /// The bytes are not a key map proof.
    #[error("the key map proof is damaged: it is cut off, too long or not in its form")]
    Malformed,
    /// The label at the end of the way doesn't belong there.
    #[error("the key map proof is for another label")]
    Elsewhere,
    /// The hashes do not lead to the root.
    #[error(
        "the key map proof does not lead to the key map root in the log: the key, its label or the proof was changed"
    )]
    Root,
}

impl MapProof {
    fn value(&self, label: &Label) -> Option<Value> {
        self.end.filter(|(at, _)| at == label).map(|(_, value)| value)
    }

    /// What the label is bound to under the root; `Ok(None)` is proof that it is bound to nothing.
    ///
    /// # Errors
    /// When the proof is for another label or root.
    pub fn verify(&self, label: &Label, root: &Hash) -> Result<Option<Value>, Unmapped> {
        if self.siblings.len() > DEPTH {
            return Err(Unmapped::Malformed);
        }
        let depth = self.siblings.len();
        let strays = |at: &Label| (0..depth).any(|bit| goes_right(at, bit) != goes_right(label, bit));
        if self.end.is_some_and(|(at, _)| strays(&at)) {
            return Err(Unmapped::Elsewhere);
        }
        let start = self.end.map_or(NOTHING, |(at, value)| leaf_hash(&at, &value));
        let climbed = self.siblings.iter().enumerate().rev().fold(start, |hash, (depth, sibling)| {
            if goes_right(label, depth) { fork_hash(sibling, &hash) } else { fork_hash(&hash, sibling) }
        });
        if climbed == *root { Ok(self.value(label)) } else { Err(Unmapped::Root) }
    }

    /// u8 1 ‖ label ‖ value when something stands at the end, else u8 0; then u16 how many siblings, and they.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(67 + 32 * self.siblings.len());
        bytes.push(u8::from(self.end.is_some()));
        self.end.iter().for_each(|(label, value)| {
            bytes.extend_from_slice(label);
            bytes.extend_from_slice(value);
        });
        let count = u16::try_from(self.siblings.len()).unwrap_or(u16::MAX);
        bytes.extend_from_slice(&count.to_be_bytes());
        self.siblings.iter().for_each(|hash| bytes.extend_from_slice(&hash.0));
        bytes
    }

    /// From [`MapProof::to_bytes`]: all of the bytes, or none.
    ///
    /// # Errors
    /// When they are not exactly one proof.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Unmapped> {
        Self::parse(bytes).ok_or(Unmapped::Malformed)
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let (flag, mut rest) = bytes.split_first()?;
        let mut end = None;
        if *flag == 1 {
            let (label, after) = rest.split_first_chunk()?;
            let (value, after) = after.split_first_chunk()?;
            end = Some((*label, *value));
            rest = after;
        } else if *flag != 0 {
            return None;
        }
        let (count, rest) = rest.split_first_chunk()?;
        let count = usize::from(u16::from_be_bytes(*count));
        let (hashes, over) = rest.as_chunks::<32>();
        let siblings: Vec<Hash> = hashes.iter().copied().map(Hash).collect();
        (over.is_empty() && siblings.len() == count && count <= DEPTH).then_some(Self { siblings, end })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn label(n: u64) -> Label {
        Hash::of(&[&n.to_be_bytes()]).0
    }

    /// The root as the definition says it, without sharing or shortcuts.
    fn defined(all: &[(Label, Value)], depth: usize) -> Hash {
        match all {
            [] => NOTHING,
            [(label, value)] => leaf_hash(label, value),
            _ => {
                let (right, left): (Vec<_>, Vec<_>) = all.iter().partition(|(label, _)| goes_right(label, depth));
                fork_hash(&defined(&left, depth + 1), &defined(&right, depth + 1))
            }
        }
    }

    #[test]
    fn labels_that_differ_in_the_last_bit_alone_are_told_apart() {
        let (one, mut two) = ([0xaa; 32], [0xaa; 32]);
        two[31] ^= 1;
        let mut map = Keymap::new();
        map.insert(one, [1; 32]);
        map.insert(two, [2; 32]);
        let proof = map.prove(&two);
        assert_eq!(proof.siblings.len(), DEPTH);
        assert_eq!(proof.verify(&two, &map.root()), Ok(Some([2; 32])));
        assert_eq!(MapProof::from_bytes(&proof.to_bytes()), Ok(proof));
        assert_eq!(map.remove(&two), Some([2; 32]));
        assert_eq!(map.root(), leaf_hash(&one, &[1; 32]));
    }

    #[test]
    fn a_map_without_labels_proves_every_absence() {
        let map = Keymap::new();
        assert_eq!(map.root(), Hash([0; 32]));
        assert_eq!(map.prove(&label(1)).verify(&label(1), &map.root()), Ok(None));
    }

    #[test]
    fn another_label_cannot_stand_for_the_absence_of_one_that_is_there() {
        let mut map = Keymap::new();
        for n in 0..40 {
            map.insert(label(n), [9; 32]);
        }
        let root = map.root();
        for n in 0..40 {
            for other in 0..40 {
                let verified = map.prove(&label(other)).verify(&label(n), &root);
                assert_eq!(verified.is_ok(), n == other, "{other} for {n}: {verified:?}");
            }
            let mut emptied = map.prove(&label(n));
            emptied.end = None;
            assert_eq!(emptied.verify(&label(n), &root), Err(Unmapped::Root));
        }
    }

    proptest! {
        #[test]
        fn the_root_depends_on_what_is_in_the_map_and_on_nothing_else(steps in prop::collection::vec((0u64..24, prop::option::of(any::<[u8; 32]>())), 0..80)) {
            let (mut map, mut plain) = (Keymap::new(), BTreeMap::new());
            for (n, value) in steps {
                let old = match value {
                    Some(value) => (map.insert(label(n), value), plain.insert(label(n), value)),
                    None => (map.remove(&label(n)), plain.remove(&label(n))),
                };
                prop_assert_eq!(old.0, old.1);
            }
            let all: Vec<_> = plain.iter().map(|(label, value)| (*label, *value)).collect();
            prop_assert_eq!(map.root(), defined(&all, 0));
            prop_assert_eq!(map.len(), u64::try_from(all.len()).unwrap());
            prop_assert_eq!(map.iter().collect::<Vec<_>>(), all);
            for n in 0..24 {
                let proof = map.prove(&label(n));
                prop_assert_eq!(proof.verify(&label(n), &map.root()), Ok(plain.get(&label(n)).copied()));
                prop_assert_eq!(MapProof::from_bytes(&proof.to_bytes()), Ok(proof));
            }
        }

        #[test]
        fn every_flipped_bit_of_a_proof_is_refused(count in 1u64..30, asked in 0u64..40, at: prop::sample::Index) {
            let mut map = Keymap::new();
            for n in 0..count {
                map.insert(label(n), [7; 32]);
            }
            let mut bytes = map.prove(&label(asked)).to_bytes();
            let bit = at.index(bytes.len() * 8);
            bytes[bit / 8] ^= 1 << (bit % 8);
            let verified = MapProof::from_bytes(&bytes).and_then(|proof| proof.verify(&label(asked), &map.root()));
            prop_assert!(verified.is_err(), "bit {bit} of {}", bytes.len() * 8);
        }

        #[test]
        fn bytes_that_are_no_proof_never_break_the_reader(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(proof) = MapProof::from_bytes(&bytes) {
                prop_assert_eq!(proof.to_bytes(), bytes);
            }
        }
    }
}
