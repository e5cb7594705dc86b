//! What a replica asks of the application before it votes.
use super::ReplicaId;
use crate::{Head, KeyId};

/// The part of validation that can be done before the order is known: format and signatures. It must depend on nothing that changes with
/// the blocks, so that correct replicas agree about it.
pub trait Check {
    /// Whether the request is well formed and signed. It is asked once for each request a replica gets to know.
    fn entry(&self, entry: &[u8]) -> bool;

    /// Whether the state says that the entry was executed, or came too late for its sequence. A client's copies of such aren't waited
    /// for; in a batch they are void at execution.
    fn is_spent(&self, entry: &[u8]) -> bool {
        let _ = entry;
        false
    }

    /// Whose entry it is and which of theirs. Each submitter has a lane of its own: lanes are served in turn, and what is in one goes out
    /// in ascending order, because a sequence that comes late is void.
    fn lane(&self, entry: &[u8]) -> (KeyId, u64) {
        let _ = entry;
        (KeyId::default(), 0)
    }

    /// Whether the cosignature that came with a checkpoint is the validator's, of that head.
    fn cosignature(&self, by: ReplicaId, head: &Head, cosignature: &[u8]) -> bool {
        let _ = (by, head, cosignature);
        true
    }
}
