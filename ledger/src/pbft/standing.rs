//! Where a replica stands, for who drives or watches it.
use std::collections::BTreeMap;

use super::replica::Mode;
use super::{Config, Point, Replica, Seq, View};

impl Replica {
    /// The view it is in, or waits for.
    #[must_use]
    pub fn view(&self) -> View {
        self.view
    }

    /// What it is doing.
    #[must_use]
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// The last block that was executed here.
    #[must_use]
    pub fn executed(&self) -> Point {
        self.executed
    }

    /// Number of its last stable checkpoint: the low watermark.
    #[must_use]
    pub fn stable(&self) -> Seq {
        self.low
    }

    /// Requests it knows that weren't executed.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.pool.len()
    }

    /// Whether it lost its log and doesn't vote yet.
    #[must_use]
    pub fn amnesiac(&self) -> bool {
        self.amnesia.is_some()
    }

    /// Whether its state contradicts a stable checkpoint. It is silent from then on: only starting from its peers' blocks helps.
    #[must_use]
    pub fn diverged(&self) -> bool {
        self.diverged
    }

    /// Who and how much it was configured for.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// How much it remembers: numbers, votes, view changes, requests. For tests of its bounds.
    #[must_use]
    pub fn held(&self) -> usize {
        let votes: usize =
            self.slots.values().map(|slot| slot.prepares.len() + slot.commits.len() + slot.batches.len()).sum();
        let checkpoints: usize = self.checkpoints.values().map(BTreeMap::len).sum();
        self.slots.len()
            + votes
            + checkpoints
            + self.changes.len()
            + self.pool.len()
            + self.held.len()
            + self.heads.len()
    }
}
