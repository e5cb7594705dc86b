//! Checking proofs: from a leaf to a root (RFC 9162 §2.1.3.2), and from an old root to a new one (§2.1.4.2).
use thiserror::Error;

use super::{empty_root, node_hash};
use crate::Hash;

/// Why a proof proves nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
pub enum Unproven {
    /// The proof is about an entry that a tree of this size does not have.
    #[error("the proof is for entry {index}, but the log had only {size} entries")]
    Absent {
        /// Which entry, from 0.
        index: u64,
        /// How many entries the tree has.
        size: u64,
    },
    /// The older tree is the larger.
    #[error("a log of {old} entries cannot be the beginning of one of {new}")]
    Backwards {
        /// The size that should be the smaller.
        old: u64,
        /// The size that should be the larger.
        new: u64,
    },
    /// There are more or fewer hashes than this place in this tree has.
    #[error("the proof has a wrong number of hashes")]
    Length,
    /// The hashes do not lead to the root.
    #[error("the hashes of the proof do not lead to the signed root: the entry, its place or the proof was changed")]
    Root,
    /// The hashes do not lead to the older root.
    #[error("the older head is not the beginning of the newer one: the log was rewritten")]
    Rewritten,
}

/// Whether the leaf with this hash is entry `index` of the tree of `size` leaves with this root.
///
/// # Errors
/// When it is not, or the proof is not one.
pub fn verify_inclusion(leaf: &Hash, index: u64, size: u64, proof: &[Hash], root: &Hash) -> Result<(), Unproven> {
    if root_of_inclusion(leaf, index, size, proof)? == *root { Ok(()) } else { Err(Unproven::Root) }
}

/// The root that an inclusion proof leads to.
///
/// # Errors
/// When the tree has no such entry, or the proof has not as many hashes as this place needs.
pub fn root_of_inclusion(leaf: &Hash, index: u64, size: u64, proof: &[Hash]) -> Result<Hash, Unproven> {
    let last = size.checked_sub(1).filter(|last| index <= *last).ok_or(Unproven::Absent { index, size })?;
    let mut place = Place { node: index, last };
    let mut hash = *leaf;
    for sibling in proof {
        if place.last == 0 {
            return Err(Unproven::Length);
        }
        hash = if place.joins_left() { node_hash(sibling, &hash) } else { node_hash(&hash, sibling) };
        place.climb();
    }
    if place.last == 0 { Ok(hash) } else { Err(Unproven::Length) }
}

/// Whether the tree of `old` leaves with `old_root` is the beginning of the tree of `new` leaves with `new_root`.
///
/// # Errors
/// When it is not, or the proof is not one.
pub fn verify_consistency(
    old: u64,
    old_root: &Hash,
    new: u64,
    new_root: &Hash,
    proof: &[Hash],
) -> Result<(), Unproven> {
    if old > new {
        return Err(Unproven::Backwards { old, new });
    }
    if old == new || old == 0 {
        let known = if old == new { *new_root } else { empty_root() };
        return match (proof, *old_root == known) {
            ([], true) => Ok(()),
            ([], false) => Err(Unproven::Rewritten),
            _ => Err(Unproven::Length),
        };
    }
    let (was, is) = roots_of_consistency(old, old_root, new, proof)?;
    match (was == *old_root, is == *new_root) {
        (true, true) => Ok(()),
        _ => Err(Unproven::Rewritten),
    }
}

/// The older and the newer root that a consistency proof leads to; 0 < old < new.
fn roots_of_consistency(old: u64, old_root: &Hash, new: u64, proof: &[Hash]) -> Result<(Hash, Hash), Unproven> {
    let (first, rest) = match proof.split_first() {
        _ if old.is_power_of_two() => (old_root, proof),
        Some((first, rest)) => (first, rest),
        None => return Err(Unproven::Length),
    };
    let mut place = Place { node: old - 1, last: new - 1 };
    place.skip(place.node.trailing_ones());
    let (mut was, mut is) = (*first, *first);
    for sibling in rest {
        if place.last == 0 {
            return Err(Unproven::Length);
        }
        if place.joins_left() {
            was = node_hash(sibling, &was);
            is = node_hash(sibling, &is);
        } else {
            is = node_hash(&is, sibling);
        }
        place.climb();
    }
    if place.last == 0 { Ok((was, is)) } else { Err(Unproven::Length) }
}

/// A node on its way up, and the last node of its level (`fn` and `sn` of RFC 9162).
struct Place {
    node: u64,
    last: u64,
}

impl Place {
    /// Whether the next sibling stands on the left. The last node of a level without a sibling rises until it is a right child.
    fn joins_left(&mut self) -> bool {
        let left = self.node & 1 == 1 || self.node == self.last;
        if left && self.node & 1 == 0 {
            self.skip(self.node.trailing_zeros());
        }
        left
    }

    fn climb(&mut self) {
        self.skip(1);
    }

    fn skip(&mut self, levels: u32) {
        self.node = self.node.checked_shr(levels).unwrap_or(0);
        self.last = self.last.checked_shr(levels).unwrap_or(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::merkle::{Tree, leaf_hash};

    fn tree(size: u64) -> Tree {
        let mut tree = Tree::new();
        (0..size).for_each(|n| tree.append(leaf_hash(&n.to_be_bytes())));
        tree
    }

    #[test]
    fn an_entry_beyond_the_tree_is_not_in_it() {
        let one = tree(1);
        let leaf = leaf_hash(&0u64.to_be_bytes());
        assert_eq!(verify_inclusion(&leaf, 0, 1, &[], &one.root()), Ok(()));
        assert_eq!(verify_inclusion(&leaf, 1, 1, &[], &one.root()), Err(Unproven::Absent { index: 1, size: 1 }));
        assert_eq!(verify_inclusion(&leaf, 0, 0, &[], &one.root()), Err(Unproven::Absent { index: 0, size: 0 }));
    }

    #[test]
    fn the_empty_tree_is_the_beginning_of_every_tree_but_no_other_root_is() {
        let new = tree(5);
        assert_eq!(verify_consistency(0, &empty_root(), 5, &new.root(), &[]), Ok(()));
        assert_eq!(verify_consistency(0, &Hash::default(), 5, &new.root(), &[]), Err(Unproven::Rewritten));
        assert_eq!(verify_consistency(0, &empty_root(), 5, &new.root(), &[Hash::default()]), Err(Unproven::Length));
    }

    #[test]
    fn a_tree_is_its_own_beginning_and_an_older_one_is_not_larger() {
        let new = tree(5);
        assert_eq!(verify_consistency(5, &new.root(), 5, &new.root(), &[]), Ok(()));
        assert_eq!(verify_consistency(5, &Hash::default(), 5, &new.root(), &[]), Err(Unproven::Rewritten));
        assert_eq!(
            verify_consistency(6, &new.root(), 5, &new.root(), &[]),
            Err(Unproven::Backwards { old: 6, new: 5 })
        );
    }
}
