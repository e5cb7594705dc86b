//! What happens by itself: facts are passed on, messages sent, idle visits end, what nobody needs is forgotten.

use actix::Recipient;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use vaidya_actors::directory::{HereIn, Stand, Tell};
use vaidya_actors::port::Clock;

use crate::gateway::blobs::Blobs;
use crate::gateway::custody::Custody;
use crate::gateway::sms::Post;
use crate::store::Store;

pub mod accuser;
pub mod anchor;
pub mod blocks;
pub mod custodian;
mod granter;
mod keeper;
mod messenger;
mod notifier;

/// What the jobs need from outside.
#[derive(Clone)]
pub struct Ports {
    /// Tells a person's devices.
    pub tell: Recipient<Tell>,
    /// Tells a visit under way how its doctor stands.
    pub stand: Recipient<Stand>,
    /// Says how many are on line in a visit.
    pub here: Recipient<HereIn>,
    /// Tells the time.
    pub clock: Clock,
}

/// What is sealed, and the keys of organisations that open it.
#[derive(Clone)]
pub struct Vault {
    /// Sealed blocks.
    pub blobs: Blobs,
    /// The keys.
    pub custody: Custody,
}

/// The jobs that were started.
pub struct Running {
    stop: watch::Sender<()>,
    tasks: Vec<JoinHandle<()>>,
}

/// Starts every job on the store's runtime.
#[must_use]
pub fn start(store: &Store, ports: &Ports, post: Post, vault: Vault) -> Running {
    let stop = watch::Sender::new(());
    let notifier = notifier::run(store.clone(), ports.clone(), stop.subscribe());
    let keeper = keeper::run(store.clone(), ports.clone(), stop.subscribe());
    let messenger = messenger::run(store.clone(), ports.clone(), post, stop.subscribe());
    let granter = granter::run(store.clone(), ports.clone(), vault.clone(), stop.subscribe());
    let custodian = custodian::run(store.clone(), ports.clock.clone(), vault, stop.subscribe());
    let tasks = vec![
        store.spawn(notifier),
        store.spawn(keeper),
        store.spawn(messenger),
        store.spawn(granter),
        store.spawn(custodian),
    ];
    Running { stop, tasks }
}

impl Running {
    /// Looks after the blocks too, hashing so many of them again every night.
    #[must_use]
    pub fn with_blocks(mut self, store: &Store, blobs: Blobs, clock: Clock, sample: u64) -> Self {
        let work = blocks::run(store.clone(), blobs, clock, sample, self.stop.subscribe());
        self.tasks.push(store.spawn(work));
        self
    }

    /// Carries facts to the ledger too.
    #[must_use]
    pub fn with_ledger(mut self, store: &Store, anchoring: anchor::Anchoring) -> Self {
        self.tasks.push(store.spawn(anchor::run(store.clone(), anchoring, self.stop.subscribe())));
        self
    }

    /// Asks the jobs to stop and waits until what they have in hand is done.
    pub async fn stop(self) {
        self.stop.send_replace(());
        for task in self.tasks {
            if task.await.is_err() {
                tracing::warn!("a job did not stop cleanly");
            }
        }
    }
}
