//! Keeps live grants whole: what was sealed since, and what a doctor's new key can't open yet, is wrapped for them.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::sleep;
use vaidya_clinic::consent::State;
use vaidya_clinic::event::{Consumer, Fact, HouseEvent, RoomEvent};
use vaidya_clinic::id::ConsentId;
use vaidya_clinic::time::Timestamp;

use super::{Ports, Vault};
use crate::custodian::Trouble;
use crate::granting;
use crate::store::outbox::Job;
use crate::store::{Store, StoreError};

/// Facts taken at a time. Lower costs transactions, higher lets leases run out behind a slow block store.
const BATCH: u64 = 16;

/// How often the outbox is looked at when nobody in this process rang.
const POLL: Duration = Duration::from_secs(1);

/// How long a fact is ours: some thousand versions for each. Lower repeats what is under way, higher delays what a
/// crash left.
const LEASE: Duration = Duration::from_secs(5 * 60);

/// Wait for a key that is missing or a block store that is away. There is no last try: the grant ends first.
const WAIT: Duration = Duration::from_secs(30);

/// How often every live grant is looked at: doctors make new keys, and no fact tells of it.
const ROUND: Duration = Duration::from_secs(60);

/// Works until it is told to stop.
pub(super) async fn run(store: Store, ports: Ports, vault: Vault, mut stop: watch::Receiver<()>) {
    let mut written = store.written();
    let desk = Desk { store, ports, vault };
    let mut next = Timestamp(0);
    loop {
        let now = (desk.ports.clock)();
        if now >= next {
            desk.look_after(now).await;
            next = now.plus(ROUND);
        }
        match desk.round().await {
            Ok(taken) if taken == BATCH && !stop.has_changed().unwrap_or(true) => continue,
            Ok(_) => (),
            Err(err) => tracing::warn!(error = %err, "the outbox was not read"),
        }
        tokio::select! {
            _ = stop.changed() => return,
            _ = written.changed() => (),
            () = sleep(POLL) => (),
        }
    }
}

struct Desk {
    store: Store,
    ports: Ports,
    vault: Vault,
}

impl Desk {
    async fn look_after(&self, now: Timestamp) {
        let filled = match self.store.live_grants(None, now).await {
            Ok(grants) => self.fill(grants, now).await,
            Err(error) => Err(error.into()),
        };
        if let Err(error) = filled {
            tracing::warn!(%error, "grants were not looked after");
        }
    }

    async fn round(&self) -> Result<u64, StoreError> {
        let jobs = self.store.claim(Consumer::Granter, BATCH, (self.ports.clock)(), LEASE).await?;
        for job in &jobs {
            self.one(job).await?;
        }
        Ok(u64::try_from(jobs.len()).unwrap_or(0))
    }

    async fn one(&self, job: &Job) -> Result<(), StoreError> {
        let now = (self.ports.clock)();
        let grants = match &job.fact {
            Some(Fact::Room(RoomEvent::RecordSealed { record, .. })) => {
                self.store.live_grants(Some(*record), now).await?
            }
            Some(Fact::House(HouseEvent::ConsentChanged { consent, state, .. })) => {
                let granted = state == State::Granted.as_str();
                granted.then_some(ConsentId(*consent)).into_iter().collect()
            }
            _ => {
                self.store.refuse(job, "the fact cannot be read").await?;
                return Ok(());
            }
        };
        match self.fill(grants, now).await {
            Ok(()) => self.store.finish(job).await?,
            Err(error) => {
                tracing::warn!(%error, "a grant is not whole yet");
                self.store.retry(job, now.plus(WAIT), "the clinic's key can't be used now").await?
            }
        };
        Ok(())
    }

    /// All of them, also when one can't be done now.
    async fn fill(&self, grants: Vec<ConsentId>, now: Timestamp) -> Result<(), Trouble> {
        let mut trouble = Ok(());
        for grant in grants {
            let filled = granting::fill(&self.store, &self.vault.blobs, &self.vault.custody, grant, now).await;
            trouble = trouble.and(filled);
        }
        trouble
    }
}
