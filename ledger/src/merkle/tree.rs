//! A whole tree in memory, for sub-logs, audits and tests: leaves appended, proofs read.
use super::{Frontier, Node, Plan, Unprovable};
use crate::Hash;

/// All complete subtrees of a log in memory: about 64 bytes an entry.
#[derive(Clone, Default, Debug)]
pub struct Tree {
    edge: Frontier,
    levels: Vec<Vec<Hash>>,
}

impl Tree {
    /// Without leaves.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends a leaf by its hash.
    pub fn append(&mut self, leaf: Hash) {
        let levels = &mut self.levels;
        let mut depth = 0;
        self.edge.append_telling(leaf, &mut |_, hash| {
            match levels.get_mut(depth) {
                Some(level) => level.push(hash),
                None => levels.push(vec![hash]),
            }
            depth += 1;
        });
    }

    /// How many leaves there are.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.edge.size()
    }

    /// The root of the tree as it is.
    #[must_use]
    pub fn root(&self) -> Hash {
        self.edge.root()
    }

    /// The hash of a complete subtree.
    #[must_use]
    pub fn node(&self, node: Node) -> Option<Hash> {
        let level = self.levels.get(usize::try_from(node.level).ok()?)?;
        level.get(usize::try_from(node.index).ok()?).copied()
    }

    /// The root as it was at a size; nothing when the tree has not got there.
    #[must_use]
    pub fn root_at(&self, size: u64) -> Option<Hash> {
        self.fill(&Plan::root(size))?.first().copied()
    }

    /// The inclusion proof of an entry in the tree as it was at a size.
    ///
    /// # Errors
    /// When there is no such entry or size.
    pub fn inclusion(&self, index: u64, size: u64) -> Result<Vec<Hash>, Unprovable> {
        self.proof(&Plan::inclusion(index, size)?, size)
    }

    /// The consistency proof between two sizes of the tree.
    ///
    /// # Errors
    /// When the old one is the larger, or the tree has not got to the new one.
    pub fn consistency(&self, old: u64, new: u64) -> Result<Vec<Hash>, Unprovable> {
        self.proof(&Plan::consistency(old, new)?, new)
    }

    fn proof(&self, plan: &Plan, size: u64) -> Result<Vec<Hash>, Unprovable> {
        let future = Unprovable::Future { size, have: self.size() };
        if size > self.size() { Err(future) } else { self.fill(plan).ok_or(future) }
    }

    fn fill(&self, plan: &Plan) -> Option<Vec<Hash>> {
        let hashes: Option<Vec<Hash>> = plan.wanted().into_iter().map(|node| self.node(node)).collect();
        plan.fill(&hashes?)
    }
}
