//! Who the validators are, and every bound with what lower and higher cost.
use std::time::Duration;

use super::{Mutant, Point, Quorum};
use crate::Hash;
use crate::key::Public;

/// Most validators of one ledger. Certificates grow with them, and messages with their square.
pub(super) const MAX_VALIDATORS: usize = 16;

/// Most requests in a batch that are decoded at all; [`Limits::batch_entries`] is the policy, this the codec's.
pub(super) const MAX_BATCH_ENTRIES: usize = 4_096;

/// Most bytes in a batch that are decoded at all; [`Limits::batch_bytes`] is the policy, this the codec's.
pub(super) const MAX_BATCH_BYTES: usize = 4 << 20;

/// Widest watermark window that is decoded at all: a view change carries a certificate for each of its numbers.
pub(super) const MAX_WINDOW: usize = 256;

/// Most bytes of a cosignature: a C2SP `cosignature/v1` needs 72.
pub(super) const MAX_COSIGNATURE: usize = 256;

/// Which validator: its place in the list of the validator set.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ReplicaId(pub u8);

/// What a replica knows before it starts.
#[derive(Clone, Debug)]
pub struct Config {
    /// Id of the ledger: hash of its genesis. Signatures are bound to it.
    pub ledger: Hash,
    /// Which validator set this is, from 0. Signatures are bound to it, so that a vote counts in its own set only.
    pub epoch: u64,
    /// Keys of the validators, in the order of their ids.
    pub validators: Vec<Public>,
    /// Which of them this is.
    pub me: ReplicaId,
    /// Where this validator set took office: block 0 of the genesis, or the checkpoint at which the last set ended.
    pub start: Point,
    /// Differs at every start of the process: answers to an earlier one don't count. Its start in milliseconds will do.
    pub boot: u64,
    /// The bounds.
    pub limits: Limits,
    /// The bug to have, in tests of the tests.
    #[cfg(any(test, feature = "mutants"))]
    pub mutant: Option<Mutant>,
}

impl Config {
    /// Of a set of validators, with the names of the fields. For code that doesn't know whether there are bugs to be had.
    #[must_use]
    pub fn new(
        (ledger, epoch): (Hash, u64),
        (validators, me): (Vec<Public>, ReplicaId),
        start: Point,
        boot: u64,
        limits: Limits,
    ) -> Self {
        Self {
            ledger,
            epoch,
            validators,
            me,
            start,
            boot,
            limits,
            #[cfg(any(test, feature = "mutants"))]
            mutant: None,
        }
    }

    /// The arithmetic of this set.
    #[must_use]
    pub fn quorum(&self) -> Quorum {
        Quorum::of(self.validators.len())
    }

    /// Whether this replica has that bug. Never, outside of tests.
    #[cfg(any(test, feature = "mutants"))]
    pub(super) fn bug(&self, mutant: Mutant) -> bool {
        self.mutant == Some(mutant)
    }

    #[cfg(not(any(test, feature = "mutants")))]
    #[expect(clippy::unused_self, reason = "the same call as in tests")]
    pub(super) const fn bug(&self, _: Mutant) -> bool {
        false
    }
}

/// Every bound of a replica.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Watermark window: how far past the last stable checkpoint numbers may be given (section 4.2). Higher rides out longer pauses of a
    /// slow quorum; it costs memory (`window × batch_bytes` at worst), longer view changes, and a longer wait for who lost its log.
    /// At least twice [`Self::checkpoint_every`].
    pub window: u64,
    /// Blocks between checkpoints (section 4.3). 1 makes each block provable at once; higher saves `2n` signatures a block and lets
    /// proofs wait for the next multiple.
    pub checkpoint_every: u64,
    /// Blocks a primary keeps on the way at once when nothing is urgent. Lower fills batches better, higher hides the network's delay.
    pub pipeline: u64,
    /// Most requests of a batch. Higher spreads signatures over more entries and makes the first of them wait for the last.
    pub batch_entries: usize,
    /// Most bytes of a batch.
    pub batch_bytes: usize,
    /// Most bytes of one request.
    pub entry_bytes: usize,
    /// Most requests waiting from one source. Full means that source's next ones are dropped, and nobody else's.
    pub lane_entries: usize,
    /// Most bytes of requests waiting from one source.
    pub lane_bytes: usize,
    /// How many names of executed requests are remembered, to drop copies. What is older is refused at execution, by its sequence.
    pub remembered: usize,
    /// How many verified signatures are remembered. Lower verifies again what view changes repeat.
    pub verified: usize,
    /// How long a backup waits for a known request before it wants another primary (section 4.4). Lower changes views over a hiccup,
    /// higher makes clients wait longer for a dead primary.
    pub view_timeout: Duration,
    /// Where doubling ends. Lower risks views too short for a bad network, higher a long silence after it mends.
    pub view_timeout_max: Duration,
    /// How often a replica says where it stands while something is under way, so that what got lost is sent again.
    pub status_busy: Duration,
    /// The same when nothing is under way.
    pub status_idle: Duration,
    /// How many blocks one answer to a status fills in. Higher mends larger gaps at once and lets one question cost more.
    pub answer_blocks: u64,
    /// How far a proposed time may be from a backup's clock. Lower lets skewed clocks stop the ledger, higher lets a primary backdate.
    pub clock_bound: Duration,
    /// How long a request may wait before a backup hands it to the primary and the others, because its client may have told it only.
    pub relay_after: Duration,
    /// How long a replica behind a stable checkpoint waits for the blocks to come by themselves before it fetches.
    pub fetch_after: Duration,
    /// Over how long a primary's throughput is measured (Aardvark, section 4.3). Lower is unjust to bursts, higher suffers a slow one.
    pub pace_window: Duration,
    /// Below which share of the best throughput of the views before, in percent, a primary with a backlog must go. 0 turns it off.
    pub pace_percent: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            window: 32,
            checkpoint_every: 1,
            pipeline: 4,
            batch_entries: 1_000,
            batch_bytes: 1 << 20,
            entry_bytes: crate::entry::LONGEST,
            lane_entries: 8_192,
            lane_bytes: 8 << 20,
            remembered: 65_536,
            verified: 16_384,
            view_timeout: Duration::from_secs(2),
            view_timeout_max: Duration::from_secs(60),
            status_busy: Duration::from_millis(200),
            status_idle: Duration::from_secs(2),
            answer_blocks: 8,
            clock_bound: Duration::from_secs(10),
            relay_after: Duration::from_millis(300),
            fetch_after: Duration::from_millis(500),
            pace_window: Duration::from_secs(4),
            pace_percent: 50,
        }
    }
}

impl Limits {
    /// The usual bounds for a ledger whose genesis says so many blocks between checkpoints: the window holds two intervals at least.
    #[must_use]
    pub fn of_interval(interval: u64) -> Self {
        let usual = Self::default();
        Self { checkpoint_every: interval.max(1), window: usual.window.max(interval.saturating_mul(2)), ..usual }
    }
}
