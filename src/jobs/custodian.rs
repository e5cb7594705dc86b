//! Wraps what clinics hold for the keys that follow: of the clinic, and of people who have a new one. Some at a time, so
//! that a crash costs no more than those; what is done is seen in the rows alone.

use std::collections::HashMap;
use std::time::Duration;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use tokio::sync::watch;
use tokio::time::sleep;
use vaidya_actors::port::Clock;
use vaidya_clinic::event::{Consumer, Fact, HouseEvent};
use vaidya_clinic::id::{EventId, KeyId};
use vaidya_clinic::record::Held;
use vaidya_clinic::time::Timestamp;
use vaidya_clinic::vault::keys::SealingKey;

use super::Vault;
use crate::custodian;
use crate::gateway::custody::{Moved, NoKey};
use crate::store::custody::Place;
use crate::store::keys::PersonKey;
use crate::store::outbox::Job;
use crate::store::{Store, StoreError, before};

/// Versions in one transaction. Lower costs transactions, higher makes others wait longer for the audit's end, and a
/// crash repeat more.
pub const BATCH: u64 = 64;

/// Blocks read at a time. Lower leaves the processor idle behind a slow block store, higher holds more of them.
const BLOCKS: usize = 4;

/// Jobs taken at a time: each goes on by one batch before the next, so a restore does not wait for a rotation.
const JOBS: u64 = 4;

/// How often the outbox is looked at when nobody in this process rang.
const POLL: Duration = Duration::from_secs(1);

/// How long a job is ours: a few batches with a slow block store. Lower repeats what is under way, higher delays what a
/// crash left.
const LEASE: Duration = Duration::from_secs(15);

/// Wait for a key that is missing or a block store that is away. There is no last try: an operator brings it back.
const WAIT: Duration = Duration::from_secs(30);

/// How often keys are looked after: missing ones made, spent ones removed.
const ROUND: Duration = Duration::from_secs(60);

/// How long the private half of a retired key is kept, should a record have been sealed to it at that moment. Lower
/// may lose that record to the clinic, higher keeps what nobody needs.
const GRACE: Duration = Duration::from_secs(24 * 60 * 60);

/// How far a job came in this process: a crash forgets it, and what is done is not found again.
#[derive(Default)]
struct Progress {
    after: Option<Place>,
    /// Versions that will never open.
    skipped: u64,
    /// Versions of a clinic whose key can't be used now.
    waiting: u64,
}

/// A version that was to be opened, and its new wrap.
type Tried = (Held, Result<Vec<u8>, NoKey>);

/// How one batch ended.
enum Step {
    /// There may be more.
    On,
    /// All is done but what was skipped.
    Done,
    /// Not now, for this reason.
    Later(&'static str),
}

/// Works until it is told to stop.
pub(super) async fn run(store: Store, clock: Clock, vault: Vault, mut stop: watch::Receiver<()>) {
    let mut written = store.written();
    let mut desk = Desk { store, clock, vault, progress: HashMap::new() };
    let mut next = Timestamp(0);
    loop {
        let now = (desk.clock)();
        if now >= next {
            desk.look_after(now).await;
            next = now.plus(ROUND);
        }
        let more = desk.round().await.unwrap_or_else(|err| {
            tracing::warn!(error = %err, "the outbox was not read");
            false
        });
        if more && !stop.has_changed().unwrap_or(true) {
            continue;
        }
        tokio::select! {
            _ = stop.changed() => return,
            _ = written.changed() => (),
            () = sleep(POLL) => (),
        }
    }
}

/// Does all that is due now, for a command where no server runs.
///
/// # Errors
/// When the database fails.
pub async fn work_off(store: &Store, clock: Clock, vault: Vault) -> Result<(), StoreError> {
    let mut desk = Desk { store: store.clone(), clock, vault, progress: HashMap::new() };
    desk.look_after((desk.clock)()).await;
    while desk.round().await? {}
    Ok(())
}

struct Desk {
    store: Store,
    clock: Clock,
    vault: Vault,
    progress: HashMap<EventId, Progress>,
}

impl Desk {
    /// One batch of each job that is due, and whether any of them goes on.
    async fn round(&mut self) -> Result<bool, StoreError> {
        let jobs = self.store.claim(Consumer::Custodian, JOBS, (self.clock)(), LEASE).await?;
        let mut more = false;
        for job in &jobs {
            let mut progress = self.progress.remove(&job.event).unwrap_or_default();
            let step = match &job.fact {
                Some(Fact::House(HouseEvent::ClinicKeyRotated { key })) => self.follow(*key, &mut progress).await,
                Some(Fact::House(HouseEvent::RestoreDue { key })) => self.restore(*key, &mut progress).await,
                _ => {
                    self.store.refuse(job, "the fact cannot be read").await?;
                    continue;
                }
            };
            more |= self.settle(job, step, progress).await?;
        }
        Ok(more)
    }

    async fn settle(
        &mut self,
        job: &Job,
        step: Result<Step, StoreError>,
        progress: Progress,
    ) -> Result<bool, StoreError> {
        let now = (self.clock)();
        let step = step.unwrap_or_else(|error| {
            tracing::warn!(%error, "what a clinic holds was not wrapped");
            Step::Later("the database did not do it")
        });
        match step {
            Step::On => {
                self.store.retry(job, now, "it goes on").await?;
                self.progress.insert(job.event, progress);
                return Ok(true);
            }
            Step::Later(why) => {
                self.store.retry(job, now.plus(WAIT), why).await?;
                self.progress.insert(job.event, progress);
            }
            Step::Done if progress.waiting > 0 => {
                self.store.retry(job, now.plus(WAIT), "a clinic's key can't be used").await?;
            }
            Step::Done if progress.skipped > 0 => {
                tracing::error!(versions = progress.skipped, "some of what a clinic holds does not open");
                self.store.refuse(job, "some wraps do not open, or their blocks are damaged").await?;
            }
            Step::Done => drop(self.store.finish(job).await?),
        }
        Ok(false)
    }

    /// A batch of what is wrapped for a key of an organisation, wrapped for its live one.
    async fn follow(&self, old: KeyId, progress: &mut Progress) -> Result<Step, StoreError> {
        let held = self.store.held_by(old, progress.after, BATCH).await?;
        let Some(last) = held.last() else { return self.retire(old, progress).await };
        let (place, org) = ((last.record, last.ver), last.org);
        let Some(live) = self.store.clinic_key(org).await?.filter(|live| live.id != old) else {
            return Ok(Step::Later("no key follows"));
        };
        let Ok(to) = SealingKey::parse(&live.rsa) else { return Ok(Step::Later("the key that follows is damaged")) };
        let moved = match self.vault.custody.move_all(held, to).await {
            Ok(moved) => moved,
            Err(error) => return Ok(later(&error)),
        };
        let good = sorted(moved.into_iter().map(|Moved { held, ek }| (held, ek)), progress);
        match self.store.move_wraps(live.id, good, (self.clock)()).await {
            // Another one follows already: the next batch is for that.
            Err(StoreError::BadState) => return Ok(Step::On),
            moved => count("renew", moved?),
        }
        progress.after = Some(place);
        Ok(Step::On)
    }

    async fn retire(&self, old: KeyId, progress: &mut Progress) -> Result<Step, StoreError> {
        match self.store.retire_clinic_key(old, (self.clock)()).await {
            // Sealed to it just before another followed: once more from the beginning.
            Ok(left) if left > progress.skipped => {
                *progress = Progress::default();
                Ok(Step::On)
            }
            Ok(left) => {
                tracing::info!(key = %old.loggable(), left, "what was wrapped for a clinic's key is wrapped anew");
                Ok(Step::Done)
            }
            Err(StoreError::NotFound) => Ok(Step::Done),
            Err(error) => Err(error),
        }
    }

    /// A batch of what is held for a person, wrapped for a key of theirs.
    async fn restore(&self, key: KeyId, progress: &mut Progress) -> Result<Step, StoreError> {
        let found = self.store.to_restore(key, progress.after, BATCH, (self.clock)()).await?;
        let Some((key, held)) = found else { return Ok(Step::Done) };
        let Some(place) = held.last().map(|last| (last.record, last.ver)) else { return Ok(Step::Done) };
        let opened = match self.opened(&key, held).await {
            Ok(opened) => opened,
            Err(error) => return Ok(later(&error)),
        };
        let good = sorted(opened.into_iter(), progress);
        let kept = self.store.keep_restored(key, good, (self.clock)()).await?;
        count("restore", u64::try_from(kept).unwrap_or(u64::MAX));
        progress.after = Some(place);
        Ok(Step::On)
    }

    /// Each with its wrap for this key, or why there is none; an error when the block store is away.
    async fn opened(&self, key: &PersonKey, mut held: Vec<Held>) -> Result<Vec<Tried>, NoKey> {
        let to = SealingKey::parse(&key.rsa).map_err(|_| NoKey::Later("the person's key is damaged".to_owned()))?;
        // A version may be held twice while another key follows.
        held.dedup_by_key(|one| (one.record, one.ver));
        let opening = stream::iter(held).map(|one| {
            let to = to.clone();
            async move {
                match self.vault.custody.pass_on(&self.vault.blobs, one.clone(), vec![to]).await {
                    Ok(eks) => Ok((one, eks.into_iter().next().ok_or(NoKey::NotForThisKey))),
                    Err(error @ NoKey::Later(_)) => Err(error),
                    Err(error) => Ok((one, Err(error))),
                }
            }
        });
        opening.buffered(BLOCKS).try_collect().await
    }

    /// Makes keys that are missing, takes up what was left, removes what is spent, and says what can't be used.
    async fn look_after(&self, now: Timestamp) {
        let (store, custody) = (&self.store, &self.vault.custody);
        if let Err(error) = custodian::ready_all(store, custody, now).await {
            tracing::error!(%error, "a clinic's key was not made");
        }
        let looked = async {
            custodian::look(store, custody).await?;
            store.revive_clinic_keys(now).await?;
            store.spent_clinic_keys(before(now, GRACE)).await
        };
        let spent = looked.await.unwrap_or_else(|error| {
            tracing::warn!(%error, "clinics' keys were not looked after");
            Vec::new()
        });
        for key in spent {
            if let Err(error) = custody.apart(move |custody| custody.remove(key)).await {
                tracing::warn!(%error, key = %key.loggable(), "a spent key was not removed");
            }
        }
    }
}

/// What opened; of the rest it is noted how much, and whether it may open another time.
fn sorted(all: impl Iterator<Item = Tried>, progress: &mut Progress) -> Vec<(Held, Vec<u8>)> {
    let mut good = Vec::new();
    for (held, ek) in all {
        match ek {
            Ok(ek) => good.push((held, ek)),
            Err(error) if error.is_of_the_wrap() => {
                tracing::error!(record = %held.record.loggable(), %error, "a clinic does not open a record");
                progress.skipped = progress.skipped.saturating_add(1);
            }
            Err(_) => progress.waiting = progress.waiting.saturating_add(1),
        }
    }
    good
}

fn later(error: &NoKey) -> Step {
    tracing::warn!(%error, "what a clinic holds waits");
    match error {
        NoKey::Later(_) => Step::Later("the block store does not answer"),
        _ => Step::Later("the clinic's key can't be used"),
    }
}

fn count(what: &'static str, uses: u64) {
    metrics::counter!("vaidya_custody_uses_total", "what" => what).increment(uses);
}
