//! How much a replica keeps, and how much it may.
use super::Replica;
use super::checkpoint::MOST_EXPECTED;
use super::config::MAX_WINDOW;

/// Something a replica keeps some of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept {
    /// What.
    pub what: &'static str,
    /// How much of it.
    pub now: usize,
    /// How much it may be.
    pub most: usize,
}

/// Everything a replica keeps: for metrics, and for tests that hold it to its bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Load(pub [Kept; 10]);

impl Load {
    /// What is more than it may be, if anything is.
    #[must_use]
    pub fn beyond(&self) -> Option<Kept> {
        self.0.iter().find(|kept| kept.now > kept.most).copied()
    }
}

impl Replica {
    /// How much it keeps.
    #[must_use]
    pub fn load(&self) -> Load {
        let (n, limits) = (self.config.validators.len(), &self.config.limits);
        let window = usize::try_from(limits.window).unwrap_or(usize::MAX);
        // A replica behind a stable checkpoint keeps what it has below that too, until it has executed it.
        let kept = |what, now, most| Kept { what, now, most };
        let batches = self.slots.values().map(|slot| slot.batches.len()).sum();
        let votes = self.slots.values().map(|slot| slot.prepares.len() + slot.commits.len()).sum();
        let checkpoints = self.checkpoints.values().map(std::collections::BTreeMap::len).sum();
        Load([
            kept("slots", self.slots.len(), 2 * window),
            kept("batches", batches, 4 * window),
            kept("votes", votes, 4 * n * window),
            kept("heads", self.heads.len(), 2 * window),
            kept("expected heads", self.expected.len(), MOST_EXPECTED),
            kept("checkpoints", checkpoints, n * (2 * window)),
            kept("view changes", self.changes.len(), n),
            kept("blocks on their way to be executed", self.executing.len(), window + MAX_WINDOW),
            kept("peers", self.peers.len(), n),
            kept("requests", self.waiting(), limits.lane_entries.saturating_mul(64)),
        ])
    }
}
