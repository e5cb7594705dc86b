//! The log as a Merkle tree (RFC 6962 §2.1): how leaves and nodes are hashed, and the edge of a tree that grows.
use crate::Hash;

mod check;
mod plan;
mod tree;

pub use check::{Unproven, root_of_inclusion, verify_consistency, verify_inclusion};
pub use plan::{Nodes, Plan, Unprovable, consistency, inclusion, root};
pub use tree::Tree;

/// The hash of a leaf: SHA-256(0x00 ‖ bytes). The prefix keeps a leaf from passing for a node.
#[must_use]
pub fn leaf_hash(leaf: &[u8]) -> Hash {
    Hash::of(&[&[0], leaf])
}

/// The hash of a node: SHA-256(0x01 ‖ left ‖ right).
#[must_use]
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Hash::of(&[&[1], &left.0, &right.0])
}

/// The root of the tree without leaves: SHA-256 of nothing.
#[must_use]
pub fn empty_root() -> Hash {
    Hash::of(&[])
}

/// A complete subtree: the 2^`level` leaves from `index`·2^`level` on. Its hash never changes once they are all there.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Node {
    /// 0 is a leaf; at most 63.
    pub level: u32,
    /// Counted from the left within the level.
    pub index: u64,
}

/// The complete subtrees, largest first, that the leaves `start..end` are made of. `start` must be a multiple of the
/// largest of them, which it is for every range RFC 6962 names.
pub(crate) fn span(start: u64, end: u64) -> Vec<Node> {
    let mut nodes = Vec::new();
    let mut at = start;
    while let Some(level) = end.checked_sub(at).and_then(u64::checked_ilog2) {
        nodes.push(Node { level, index: at >> level });
        at += 1 << level;
    }
    nodes
}

/// The hash of a range from those of its complete subtrees, largest first; nothing is the empty tree.
pub(crate) fn fold(peaks: &[Hash]) -> Hash {
    let joined = peaks.iter().rev().copied().reduce(|right, left| node_hash(&left, &right));
    joined.unwrap_or_else(empty_root)
}

/// The right edge of a growing tree: enough to append and to know the root, in O(log size) memory.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Frontier {
    size: u64,
    peaks: Vec<Hash>,
}

impl Frontier {
    /// Of the tree without leaves.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// As it was saved: the size and [`Frontier::peaks`]. Nothing when there are not as many peaks as the size has.
    #[must_use]
    pub fn resume(size: u64, peaks: Vec<Hash>) -> Option<Self> {
        (usize::try_from(size.count_ones()) == Ok(peaks.len())).then_some(Self { size, peaks })
    }

    /// Appends a leaf by its hash.
    pub fn append(&mut self, leaf: Hash) {
        self.append_telling(leaf, &mut |_, _| ());
    }

    /// Appends a leaf by its hash and tells every subtree that it completes, itself first: what a store keeps for proofs.
    pub fn append_telling(&mut self, leaf: Hash, tell: &mut impl FnMut(Node, Hash)) {
        let mut node = Node { level: 0, index: self.size };
        let mut hash = leaf;
        tell(node, hash);
        while node.index & 1 == 1 {
            let Some(left) = self.peaks.pop() else { break };
            hash = node_hash(&left, &hash);
            node = Node { level: node.level + 1, index: node.index >> 1 };
            tell(node, hash);
        }
        self.peaks.push(hash);
        self.size += 1;
    }

    /// How many leaves there are.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The hashes of the complete subtrees the tree is made of, largest first: with the size, all there is to save.
    #[must_use]
    pub fn peaks(&self) -> &[Hash] {
        &self.peaks
    }

    /// The root of the tree as it is.
    #[must_use]
    pub fn root(&self) -> Hash {
        fold(&self.peaks)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frontier_saved_at_any_size_goes_on_as_if_it_had_not_been() {
        let leaves: Vec<_> = (0u64..70).map(|n| leaf_hash(&n.to_be_bytes())).collect();
        for cut in 0..70 {
            let mut whole = Frontier::new();
            leaves[..cut].iter().for_each(|leaf| whole.append(*leaf));
            let mut resumed = Frontier::resume(whole.size(), whole.peaks().to_vec()).unwrap();
            for leaf in &leaves[cut..] {
                whole.append(*leaf);
                resumed.append(*leaf);
                assert_eq!(whole, resumed);
                assert_eq!(whole.root(), resumed.root());
            }
        }
    }

    #[test]
    fn a_frontier_with_too_many_or_too_few_peaks_is_refused() {
        assert_eq!(Frontier::resume(5, vec![Hash::default(); 3]), None);
        assert_eq!(Frontier::resume(5, vec![Hash::default(); 1]), None);
        assert_eq!(Frontier::resume(0, vec![Hash::default()]), None);
        assert!(Frontier::resume(5, vec![Hash::default(); 2]).is_some());
    }

    #[test]
    fn every_completed_subtree_is_told_once_and_with_its_hash() {
        let mut told = std::collections::BTreeMap::new();
        let mut frontier = Frontier::new();
        for n in 0u64..300 {
            frontier.append_telling(leaf_hash(&n.to_be_bytes()), &mut |node, hash| {
                assert_eq!(told.insert(node, hash), None, "{node:?} twice");
            });
        }
        let expected: u64 = (0..9).map(|level| 300u64 >> level).sum();
        assert_eq!(u64::try_from(told.len()), Ok(expected));
        for (node, hash) in &told {
            if node.level > 0 {
                let child = |side| told[&Node { level: node.level - 1, index: 2 * node.index + side }];
                assert_eq!(*hash, node_hash(&child(0), &child(1)));
            }
        }
    }
}
