//! What a block leaves behind: how long the log is, its root, and the state that everyone must agree on.
use crate::Hash;

/// The log and the state after a block was executed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Head {
    /// Number of the block.
    pub seq: u64,
    /// Leaves in the log.
    pub size: u64,
    /// RFC 6962 root over them.
    pub root: Hash,
    /// Hash of the state machine's state.
    pub state: Hash,
}
