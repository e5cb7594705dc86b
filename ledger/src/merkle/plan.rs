//! What a proof is made of: first which complete subtrees it needs, then, once somebody read their hashes, the proof.
use thiserror::Error;

use super::{Node, fold, span};
use crate::Hash;

/// Where the hashes of complete subtrees are read: memory, rows or tiles. Reading may fail.
pub trait Nodes {
    /// Why a hash could not be read.
    type Error;

    /// The hashes of these subtrees, in this order.
    ///
    /// # Errors
    /// When one of them cannot be read.
    fn nodes(&self, wanted: &[Node]) -> Result<Vec<Hash>, Self::Error>;
}

/// There is no such proof.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
pub enum Unprovable {
    /// The entry is not in the tree.
    #[error("entry {index} is not in a tree of {size}")]
    Absent {
        /// Which entry was asked for, from 0.
        index: u64,
        /// How many there are.
        size: u64,
    },
    /// The tree that should be the older is larger.
    #[error("a tree of {old} is not the beginning of a tree of {new}")]
    Backwards {
        /// The size that should be the smaller.
        old: u64,
        /// The size that should be the larger.
        new: u64,
    },
    /// The log has not got there yet.
    #[error("the log has {have} entries, not yet {size}")]
    Future {
        /// The size that was asked for.
        size: u64,
        /// The size there is.
        have: u64,
    },
}

/// A proof before its hashes are read, so that who reads them may do so as it must: from rows, from tiles, asynchronously.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Plan {
    parts: Vec<Vec<Node>>,
}

impl Plan {
    /// `PATH(index, D[size])` of RFC 6962 §2.1.1.
    ///
    /// # Errors
    /// When the tree has no such entry.
    pub fn inclusion(index: u64, size: u64) -> Result<Self, Unprovable> {
        if index >= size {
            return Err(Unprovable::Absent { index, size });
        }
        let (mut low, mut high) = (0, size);
        let mut parts = Vec::new();
        while let Some(middle) = split(low, high) {
            if index < middle {
                parts.push(span(middle, high));
                high = middle;
            } else {
                parts.push(span(low, middle));
                low = middle;
            }
        }
        parts.reverse();
        Ok(Self { parts })
    }

    /// `PROOF(old, D[new])` of RFC 6962 §2.1.2. It is empty when the trees are the same or the old one has no leaves.
    ///
    /// # Errors
    /// When the old tree is the larger.
    pub fn consistency(old: u64, new: u64) -> Result<Self, Unprovable> {
        if old > new {
            return Err(Unprovable::Backwards { old, new });
        }
        let (mut low, mut high, mut parts) = (0, new, Vec::new());
        while let Some(middle) = split(low, high).filter(|_| old != high && old > 0) {
            if old <= middle {
                parts.push(span(middle, high));
                high = middle;
            } else {
                parts.push(span(low, middle));
                low = middle;
            }
        }
        if low > 0 {
            parts.push(span(low, high)); // the old tree's last part: its root is known only when it is the whole of it
        }
        parts.reverse();
        Ok(Self { parts })
    }

    /// The root of the tree as it was at a size.
    #[must_use]
    pub fn root(size: u64) -> Self {
        Self { parts: vec![span(0, size)] }
    }

    /// The subtrees whose hashes are needed, in the order [`Plan::fill`] takes them. At most a few hundred.
    #[must_use]
    pub fn wanted(&self) -> Vec<Node> {
        self.parts.iter().flatten().copied().collect()
    }

    /// The proof, from the hashes of [`Plan::wanted`]. Nothing when there are not as many.
    #[must_use]
    pub fn fill(&self, hashes: &[Hash]) -> Option<Vec<Hash>> {
        let mut rest = hashes;
        let mut proof = Vec::with_capacity(self.parts.len());
        for part in &self.parts {
            let (these, after) = rest.split_at_checked(part.len())?;
            proof.push(fold(these));
            rest = after;
        }
        rest.is_empty().then_some(proof)
    }
}

/// Where RFC 6962 parts the leaves `low..high`: after the largest power of two smaller than their number; a leaf is not parted.
fn split(low: u64, high: u64) -> Option<u64> {
    let last = high.checked_sub(low)?.checked_sub(1)?;
    Some(low + (1 << last.checked_ilog2()?))
}

/// An inclusion proof read from `nodes`.
///
/// # Errors
/// When there is no such entry, or its hashes cannot be read.
pub fn inclusion<N: Nodes>(nodes: &N, index: u64, size: u64) -> Result<Vec<Hash>, N::Error>
where
    N::Error: From<Unprovable>,
{
    read(nodes, &Plan::inclusion(index, size)?)
}

/// A consistency proof read from `nodes`.
///
/// # Errors
/// When the old tree is the larger, or its hashes cannot be read.
pub fn consistency<N: Nodes>(nodes: &N, old: u64, new: u64) -> Result<Vec<Hash>, N::Error>
where
    N::Error: From<Unprovable>,
{
    read(nodes, &Plan::consistency(old, new)?)
}

/// The root at a size read from `nodes`.
///
/// # Errors
/// When its hashes cannot be read.
pub fn root<N: Nodes>(nodes: &N, size: u64) -> Result<Hash, N::Error> {
    let peaks = nodes.nodes(&span(0, size))?;
    Ok(fold(&peaks))
}

fn read<N: Nodes>(nodes: &N, plan: &Plan) -> Result<Vec<Hash>, N::Error>
where
    N::Error: From<Unprovable>,
{
    let mut proof = Vec::with_capacity(plan.parts.len());
    for part in &plan.parts {
        proof.push(fold(&nodes.nodes(part)?));
    }
    Ok(proof)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_takes_exactly_the_hashes_it_asked_for() {
        let plan = Plan::inclusion(3, 11).unwrap();
        let enough = vec![Hash::default(); plan.wanted().len()];
        assert_eq!(plan.fill(&enough).unwrap().len(), 4);
        assert_eq!(plan.fill(&enough[1..]), None);
        assert_eq!(plan.fill(&[&enough[..], &[Hash::default()]].concat()), None);
    }

    #[test]
    fn what_cannot_be_proven_is_refused_and_says_why() {
        assert_eq!(Plan::inclusion(7, 7), Err(Unprovable::Absent { index: 7, size: 7 }));
        assert_eq!(Plan::consistency(8, 7), Err(Unprovable::Backwards { old: 8, new: 7 }));
    }

    #[test]
    fn the_largest_trees_are_planned_without_overflow() {
        let plan = Plan::inclusion(u64::MAX - 1, u64::MAX).unwrap();
        assert_eq!(plan.parts.len(), 63);
        assert!(Plan::consistency(1, u64::MAX).unwrap().parts.len() <= 64);
        assert_eq!(Plan::root(u64::MAX).wanted().len(), 64);
    }
}
