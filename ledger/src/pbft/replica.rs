//! The replica: its state, and the table of what it does with each input.
use super::{Check, Config, Input, Keys, Output, Point, Record, Seq, View};
use crate::Signer;

/// What a replica is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Ordering requests in its view.
    Normal,
    /// Waiting for its view to open.
    Changing,
}

/// A PBFT replica.
pub struct Replica {
    config: Config,
    keys: Keys,
    signer: Signer,
    view: View,
    mode: Mode,
    executed: Point,
}

impl Replica {
    /// A validator that takes part from the beginning of its validator set, with nothing to remember. For one that may have taken part
    /// before, this would be forging votes: that one is [recovered](Self::recover).
    pub fn begin(config: Config, signer: Signer, out: &mut Vec<Output>) -> Self {
        let _ = out;
        Self { keys: Keys::of(&config), view: 0, mode: Mode::Normal, executed: config.start, config, signer }
    }

    /// A validator that comes back with its records, and a state that has executed everything up to `at`. Without a
    /// [`Record::Started`] it has lost its log, and doesn't vote before its peers have moved on. The driver then says the last
    /// [`Input::Executed`] once more.
    #[must_use]
    pub fn recover(config: Config, signer: Signer, records: &[Record], at: Point) -> Self {
        let _ = records;
        Self { keys: Keys::of(&config), view: 0, mode: Mode::Normal, executed: at, config, signer }
    }

    /// Takes one input, and appends what is to be done about it, in order. Never blocks, never panics.
    pub fn step(&mut self, input: Input, check: &dyn Check, out: &mut Vec<Output>) {
        let _ = (input, check, out, &self.keys, &self.signer);
    }

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
        self.config.start.seq
    }

    /// Requests it knows that weren't executed.
    #[must_use]
    pub fn waiting(&self) -> usize {
        0
    }

    /// Whether it lost its log and doesn't vote yet.
    #[must_use]
    pub fn amnesiac(&self) -> bool {
        false
    }

    /// Whether its state contradicts a stable checkpoint. It is silent from then on: only starting from its peers' blocks helps.
    #[must_use]
    pub fn diverged(&self) -> bool {
        false
    }

    /// Who and how much it was configured for.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }
}
