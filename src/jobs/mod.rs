//! What happens by itself: facts are passed on, messages sent, idle visits end, what nobody needs is forgotten.

use actix::Recipient;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use vaidya_actors::directory::{HereIn, Stand, Tell};
use vaidya_actors::port::Clock;

use crate::gateway::sms::Post;
use crate::store::Store;

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

/// The jobs that were started.
pub struct Running {
    stop: watch::Sender<()>,
    tasks: Vec<JoinHandle<()>>,
}

/// Starts every job on the store's runtime.
#[must_use]
pub fn start(store: &Store, ports: &Ports, post: Post) -> Running {
    let stop = watch::Sender::new(());
    let notifier = notifier::run(store.clone(), ports.clone(), stop.subscribe());
    let keeper = keeper::run(store.clone(), ports.clone(), stop.subscribe());
    let messenger = messenger::run(store.clone(), ports.clone(), post, stop.subscribe());
    let tasks = vec![store.spawn(notifier), store.spawn(keeper), store.spawn(messenger)];
    Running { stop, tasks }
}

impl Running {
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
