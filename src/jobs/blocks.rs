//! Looks after the blocks every night: hashes a sample again, and sweeps away what no row names.

use std::time::Duration;

use futures_util::StreamExt as _;
use tokio::sync::watch;
use tokio::time::sleep;
use vaidya_actors::port::Clock;
use vaidya_clinic::block::Flaw;
use vaidya_clinic::time::Timestamp;
use vaidya_clinic::vault::object::Cid;

use crate::clock;
use crate::gateway::blobs::{BlobError, Blobs, Found};
use crate::store::{Store, StoreError, before};

/// How long a block may be without a row: an upload lasts a day, and who was cut off may come back. Lower loses what was
/// on its way, higher keeps what nobody wants.
pub const ORPHAN: Duration = Duration::from_secs(48 * 60 * 60);

/// When the night's work begins, after midnight UTC: 02:30 in India.
const AT: Duration = Duration::from_secs(21 * 60 * 60);

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Blocks asked of the database in one query.
const AT_ONCE: usize = 500;

/// Blocks that may go in any night, however few there are besides. Lower stops at nothing, higher takes more from
/// whoever starts the server with another database.
const FEW: usize = 64;

/// Most blocks that go in one night; the rest wait for the next.
const MOST: usize = 100_000;

/// What an audit found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Audited {
    /// Blocks that are what they should be.
    pub whole: u64,
    /// Blocks that are missing or damaged.
    pub flawed: u64,
    /// Alarms that are over, because a good copy is there.
    pub mended: u64,
}

/// Why the night's work was not done.
#[derive(Debug, thiserror::Error)]
pub enum NotDone {
    /// The database fails.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// The block store fails.
    #[error("{0}")]
    Blobs(#[from] BlobError),
    /// More is unknown than can be right.
    #[error(
        "the database does not know {unknown} of {all} blocks, so none is swept: is it the one that belongs to them? If it \
         is, stop the server and run `vaidya blocks sweep`"
    )]
    Foreign {
        /// How many it does not know.
        unknown: usize,
        /// Of how many.
        all: usize,
    },
}

/// Works every night until it is told to stop.
pub(super) async fn run(store: Store, blobs: Blobs, clock: Clock, sample: u64, mut stop: watch::Receiver<()>) {
    loop {
        tokio::select! {
            _ = stop.changed() => return,
            () = sleep(until(clock())) => (),
        }
        tokio::select! {
            _ = stop.changed() => return,
            () = night(&store, &blobs, &clock, sample) => (),
        }
    }
}

async fn night(store: &Store, blobs: &Blobs, clock: &Clock, sample: u64) {
    match audit(store, blobs, clock, Some(sample)).await {
        Ok(Audited { whole, flawed, mended }) => tracing::info!(whole, flawed, mended, "blocks were hashed again"),
        Err(error) => tracing::warn!(%error, "the blocks were not hashed again; tomorrow night they are"),
    }
    match sweep(store, blobs, clock(), false).await {
        Ok(swept) => tracing::info!(swept, "blocks that no row names were swept"),
        Err(error) => tracing::error!(%error, "blocks were not swept"),
    }
}

/// Reads the blocks that alarms are about and up to `sample` others, drawn by lot, or all of them, and hashes them again.
///
/// # Errors
/// When the database or the whole block store is away: then nobody is alarmed about single blocks.
pub async fn audit(store: &Store, blobs: &Blobs, clock: &Clock, sample: Option<u64>) -> Result<Audited, NotDone> {
    blobs.probe().await?;
    let mut names = store.alarmed_blocks().await?;
    names.extend(match sample {
        Some(sample) => store.sample_blocks(&Cid::of(&clock::random::<32>()), sample).await?,
        None => store.blocks_of(None).await?,
    });
    let mut audited = Audited::default();
    for name in names {
        match blobs.get(name.clone()).await {
            Ok(Some(_)) => {
                audited.whole += 1;
                audited.mended += u64::from(store.mend_block_alarm(&name, clock()).await?);
            }
            Ok(None) => alarm(store, &name, Flaw::Missing, clock(), &mut audited).await?,
            Err(BlobError::Damaged(_)) => alarm(store, &name, Flaw::Damaged, clock(), &mut audited).await?,
            Err(error) => return Err(error.into()),
        }
    }
    metrics::counter!("vaidya_blocks_audited_total", "outcome" => "whole").increment(audited.whole);
    metrics::counter!("vaidya_blocks_audited_total", "outcome" => "flawed").increment(audited.flawed);
    Ok(audited)
}

async fn alarm(store: &Store, name: &Cid, what: Flaw, now: Timestamp, audited: &mut Audited) -> Result<(), StoreError> {
    audited.flawed += 1;
    if store.raise_block_alarm(name, what, now).await? {
        tracing::error!(
            block = name.as_str(),
            what = what.as_str(),
            "a block is not what it should be: import a good copy"
        );
    }
    Ok(())
}

/// Removes the blocks that have been without a row for [`ORPHAN`], after the uploads whose time is over, and says how
/// many. Whoever puts one of them meanwhile keeps it. Unless it is done `anyway`, nothing is removed when more than a
/// quarter of all blocks would go: then it is the database that is the wrong one.
///
/// # Errors
/// [`NotDone::Foreign`], and when the database or the block store fails; what was swept until then is gone.
pub async fn sweep(store: &Store, blobs: &Blobs, now: Timestamp, anyway: bool) -> Result<u64, NotDone> {
    store.forget_uploads(now).await?;
    let old = before(now, ORPHAN);
    let (orphans, all) = orphans(store, blobs, old).await?;
    if orphans.len() > FEW && orphans.len() > all / 4 && !anyway {
        return Err(NotDone::Foreign { unknown: orphans.len(), all });
    }
    let mut swept: u64 = 0;
    for name in orphans {
        swept += u64::from(blobs.remove_if(&name, old, unknown(store, &name)).await?);
    }
    metrics::counter!("vaidya_blocks_swept_total").increment(swept);
    Ok(swept)
}

/// The old blocks that no record and no upload names, and how many blocks there are.
async fn orphans(store: &Store, blobs: &Blobs, old: Timestamp) -> Result<(Vec<Cid>, usize), NotDone> {
    let (mut orphans, mut all) = (Vec::new(), 0_usize);
    let mut listed = blobs.list().ready_chunks(AT_ONCE);
    while let Some(found) = listed.next().await {
        let found = found.into_iter().collect::<Result<Vec<Found>, _>>()?;
        all = all.saturating_add(found.len());
        let mut names: Vec<Cid> = found.into_iter().filter(|one| one.at < old).map(|one| one.name).collect();
        let known = store.known_blocks(&names).await?;
        for name in names.extract_if(.., |name| known.contains(name.as_str())) {
            blobs.settle(&name).await?;
        }
        for name in names.into_iter().take(MOST.saturating_sub(orphans.len())) {
            // Papers of registrations are asked for one by one: they are few.
            if unknown(store, &name).await {
                orphans.push(name);
            }
        }
    }
    Ok((orphans, all))
}

/// Whether surely no row names it; a database that does not answer is no yes.
async fn unknown(store: &Store, name: &Cid) -> bool {
    matches!(store.knows_block(name).await, Ok(false))
}

/// How long until the night's work begins.
fn until(now: Timestamp) -> Duration {
    let day = i64::try_from(DAY.as_millis()).unwrap_or(i64::MAX);
    let today = Duration::from_millis(u64::try_from(now.0.rem_euclid(day)).unwrap_or(0));
    if today < AT { AT - today } else { AT + DAY - today }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_work_begins_once_a_night() {
        let hour = Duration::from_secs(60 * 60);
        let midnight = Timestamp(20_000 * 24 * 60 * 60 * 1_000);
        assert_eq!(until(midnight), AT);
        assert_eq!(until(midnight.plus(hour * 20)), hour);
        assert_eq!(until(midnight.plus(AT)), DAY, "not twice");
        assert_eq!(until(midnight.plus(hour * 22)), hour * 23);
    }
}
