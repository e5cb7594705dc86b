//! A validator as its disk remembers it: the state is executed again from the last snapshot, and must come to the same heads.
use std::sync::Arc;

use vaidya_ledger::app::App;
use vaidya_ledger::chain::{Broken, Kept};
use vaidya_ledger::pbft::{self, Keys, Point, Quorum, Record, Stable};
use vaidya_ledger::{Genesis, Malformed};

use super::Office;
use super::seat::publics;

/// What the disk remembers. That the blocks are a chain, whoever read them has checked.
#[derive(Default)]
pub struct Recalled {
    /// The state after some block; none for the beginning.
    pub snapshot: Option<Vec<u8>>,
    /// The block of the snapshot, and all after it.
    pub blocks: Vec<Arc<Kept>>,
    /// The last certificate.
    pub stable: Option<Arc<Stable>>,
    /// The replica's records, as they were encoded.
    pub records: Vec<Vec<u8>>,
    /// The set of validators that the records are of; none for the first.
    pub office: Option<Office>,
}

/// Why a validator doesn't start.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// A record of the votes is damaged.
    #[error(transparent)]
    Votes(#[from] pbft::Damaged),
    /// The snapshot is damaged, or of another ledger.
    #[error("the state that was kept is not of this ledger, or was changed ({0})")]
    Snapshot(&'static str),
    /// What was kept is not what follows from the blocks.
    #[error("{0}")]
    Chain(#[from] Broken),
}

impl From<Malformed> for Unfit {
    fn from(malformed: Malformed) -> Self {
        Self::Snapshot(malformed.0)
    }
}

/// A state machine that has executed everything that was kept.
pub(super) struct Rebuilt {
    pub(super) app: App,
    pub(super) last: Option<Arc<Kept>>,
    pub(super) point: Point,
    pub(super) records: Vec<Record>,
    pub(super) office: Office,
    pub(super) stable: Option<Arc<Stable>>,
    /// Leaves since the snapshot.
    pub(super) leaves: u64,
    /// Whether a change of the validators waits for a checkpoint.
    pub(super) ends: bool,
}

/// Executes again what was kept.
pub(super) fn rebuild(genesis: &Genesis, recalled: Recalled) -> Result<Rebuilt, Unfit> {
    let start = Point { time: genesis.made_at, ..Point::default() };
    let office = recalled.office.unwrap_or(Office { epoch: 0, start });
    let records = pbft::read(&recalled.records)?;
    let mut app = match &recalled.snapshot {
        Some(bytes) => App::restore(bytes)?,
        None => App::genesis(genesis),
    };
    if app.ledger() != genesis.id() {
        return Err(Unfit::Snapshot("another ledger's"));
    }
    let (begins, mut leaves, mut ends) = (app.head().seq, 0_u64, false);
    if begins > 0 && recalled.blocks.first().map(|kept| kept.head) != Some(app.head()) {
        return Err(Unfit::Snapshot("it does not lead to the block's head"));
    }
    for kept in recalled.blocks.iter().filter(|kept| kept.point.seq > begins) {
        let executed = app.execute(kept.point.seq, kept.point.time, kept.batch().entries());
        if executed.head != kept.head || executed.leaves != kept.leaves {
            return Err(Broken::Head { seq: kept.point.seq }.into());
        }
        leaves = leaves.saturating_add(u64::try_from(kept.leaves.len()).unwrap_or(0));
        ends = executed.ends;
    }
    if let Some(stable) = &recalled.stable {
        signed(genesis, &app, &recalled.blocks, stable)?;
    }
    let last = recalled.blocks.last().cloned();
    let point = last.as_ref().map_or(start, |kept| kept.point);
    Ok(Rebuilt { app, last, point, records, office, stable: recalled.stable, leaves, ends })
}

/// Whether a quorum of its set signed the last certificate: it covers everything before it.
fn signed(genesis: &Genesis, app: &App, blocks: &[Arc<Kept>], stable: &Stable) -> Result<(), Broken> {
    let seq = stable.seq();
    // One of before the snapshot is not looked at: there is a newer one, or nothing was certified since.
    let Some(kept) = blocks.iter().find(|kept| kept.point.seq == seq) else { return Ok(()) };
    let set = app.validators(kept.epoch).unwrap_or(&genesis.validators);
    let mut keys = Keys::new(genesis.id(), kept.epoch, publics(set), set.len());
    if stable.holds(&mut keys, Quorum::of(set.len()).strong()) { Ok(()) } else { Err(Broken::Unsigned { seq }) }
}
