//! Carries facts to the ledger: makes entries of them, hands these in, keeps the receipts. Whatever crashes in between,
//! it goes on from what the rows say.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use actix::Recipient;
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use vaidya_actors::port::{Anchor, Anchored, Clock, Unanchored};
use vaidya_clinic::event::Consumer;
use vaidya_clinic::time::Timestamp;

use crate::clock;
use crate::store::ledger::{Receipt, Submitter, Waiting};
use crate::store::{Store, StoreError};

/// Facts taken at a time, in one transaction. Lower costs transactions, higher makes other writers wait.
const BATCH: u64 = 128;

/// How often the outbox is looked at when nobody in this process rang.
const POLL: Duration = Duration::from_secs(1);

/// How long a fact is ours until it is an entry or a leaf. Lower lets others repeat what is under way, higher lets a
/// crash delay it.
const LEASE: Duration = Duration::from_secs(30);

/// Entries handed in and not answered yet. Lower than a validator's window of numbers, so that none falls out of it;
/// higher holds more of them in memory.
const UNDER_WAY: usize = 4_096;

/// Receipts kept in one transaction.
const RECEIPTS: usize = 512;

/// How long the ledger may take to answer. Lower hands in again what is only slow, higher waits for what was lost.
const PATIENCE: Duration = Duration::from_secs(30);

/// Wait before an entry that was not answered, or can't hold yet, is handed in again.
const AGAIN: Duration = Duration::from_secs(1);

/// What the job needs.
#[derive(Clone)]
pub struct Anchoring {
    /// The way to the ledger.
    pub anchor: Recipient<Anchor>,
    /// Who hands entries in.
    pub submitter: Arc<Submitter>,
    /// Shortest time between two roots of one clinic's own log: the ledger's batch window.
    pub window: Duration,
    /// Tells the time.
    pub clock: Clock,
}

/// Wait before one that was taken for none is handed in again: a human has to look at the log first.
const LONG: Duration = Duration::from_secs(10 * 60);

/// How handing an entry in ended.
type Answer = (i64, Result<Anchored, Unanchored>);

/// What is under way.
struct Desk {
    store: Store,
    ports: Anchoring,
    /// The last entry that was handed in.
    last: i64,
    under_way: BTreeSet<i64>,
    /// Entries to be handed in again, and when.
    again: BTreeMap<i64, Timestamp>,
}

/// Works until it is told to stop. What is under way then is handed in again at the next start.
pub(super) async fn run(store: Store, ports: Anchoring, mut stop: watch::Receiver<()>) {
    let mut written = store.written();
    let mut desk = Desk { store, ports, last: 0, under_way: BTreeSet::new(), again: BTreeMap::new() };
    let mut answers = FuturesUnordered::new();
    loop {
        let full = desk.take_in().await;
        for entry in desk.due().await {
            answers.push(handed_in(desk.ports.anchor.clone(), entry));
        }
        if full && !stop.has_changed().unwrap_or(true) {
            desk.settle(&mut answers).await;
            continue;
        }
        tokio::select! {
            _ = stop.changed() => return,
            _ = written.changed() => (),
            Some(answer) = answers.next(), if !answers.is_empty() => desk.settle_with(answer, &mut answers).await,
            // From the beginning: another transaction's entry may have come to light behind ours.
            () = sleep(POLL) => desk.last = 0,
        }
    }
}

async fn handed_in(anchor: Recipient<Anchor>, entry: Waiting) -> Answer {
    let Waiting { id, bytes, urgent } = entry;
    let sent = timeout(PATIENCE, anchor.send(Anchor { entry: bytes, urgent })).await;
    (id, sent.ok().and_then(Result::ok).unwrap_or(Err(Unanchored::NoQuorum)))
}

impl Desk {
    /// Makes entries and leaves of facts; says whether there may be more.
    async fn take_in(&self) -> bool {
        match self.put().await {
            Ok(full) => full,
            Err(error) => {
                tracing::warn!(%error, "facts were not put on the ledger");
                false
            }
        }
    }

    async fn put(&self) -> Result<bool, StoreError> {
        let now = (self.ports.clock)();
        let jobs = self.store.claim(Consumer::Ledger, BATCH, now, LEASE).await?;
        let full = u64::try_from(jobs.len()).unwrap_or(u64::MAX) == BATCH;
        if !jobs.is_empty() {
            let put = self.store.put_on_ledger(jobs, Arc::clone(&self.ports.submitter), clock::random, now).await?;
            tracing::debug!(?put, "facts were put on the ledger");
        }
        if !full {
            self.store.root_sublogs(self.ports.window, Arc::clone(&self.ports.submitter), now).await?;
        }
        Ok(full)
    }

    /// What is to be handed in now: what is new, in its order, and what has to be handed in again.
    async fn due(&mut self) -> Vec<Waiting> {
        let now = (self.ports.clock)();
        let again = self.again.iter().filter(|(_, at)| **at <= now).map(|(id, _)| *id).min();
        // From the first that has to go again: whatever follows is under way or goes, too.
        let from = again.map_or(self.last, |id| id.saturating_sub(1).min(self.last));
        let room = UNDER_WAY.saturating_sub(self.under_way.len());
        if room == 0 {
            return Vec::new();
        }
        let limit = u64::try_from(UNDER_WAY).unwrap_or(u64::MAX);
        let waiting = match self.store.waiting_entries(from, limit).await {
            Ok(waiting) => waiting,
            Err(error) => {
                tracing::warn!(%error, "entries were not read");
                return Vec::new();
            }
        };
        let ready = |entry: &Waiting| {
            let rests = self.again.get(&entry.id).is_some_and(|at| *at > now);
            !self.under_way.contains(&entry.id) && !rests
        };
        let due: Vec<_> = waiting.into_iter().filter(ready).take(room).collect();
        for entry in &due {
            self.again.remove(&entry.id);
            self.under_way.insert(entry.id);
            self.last = self.last.max(entry.id);
        }
        due
    }

    /// Keeps what was answered by now.
    async fn settle<F>(&mut self, answers: &mut FuturesUnordered<F>)
    where
        F: Future<Output = Answer>,
    {
        if let Some(Some(answer)) = futures_util::FutureExt::now_or_never(answers.next()) {
            self.settle_with(answer, answers).await;
        }
    }

    /// Keeps an answer, with the others that are there by now.
    async fn settle_with<F>(&mut self, first: Answer, answers: &mut FuturesUnordered<F>)
    where
        F: Future<Output = Answer>,
    {
        let mut all = vec![first];
        while all.len() < RECEIPTS {
            let Some(Some(answer)) = futures_util::FutureExt::now_or_never(answers.next()) else { break };
            all.push(answer);
        }
        let now = (self.ports.clock)();
        let mut receipts = Vec::new();
        for (id, answer) in all {
            self.under_way.remove(&id);
            match answer {
                Ok(anchored) => {
                    if anchored.outcome != 0 && anchored.may_pass {
                        self.again.insert(id, now.plus(AGAIN));
                    }
                    receipts.push((id, receipt(anchored)));
                }
                Err(error) => {
                    let wait = if let Unanchored::Refused(why) = error {
                        tracing::error!(why, "the ledger takes an entry of ours for none");
                        LONG
                    } else {
                        AGAIN
                    };
                    self.again.insert(id, now.plus(wait));
                }
            }
        }
        self.keep(receipts, now).await;
    }

    async fn keep(&mut self, receipts: Vec<(i64, Receipt)>, now: Timestamp) {
        if receipts.is_empty() {
            return;
        }
        let ids: Vec<i64> = receipts.iter().map(|(id, _)| *id).collect();
        match self.store.keep_receipts(receipts, Arc::clone(&self.ports.submitter)).await {
            Ok(came) => {
                for one in came {
                    let how = match one.holds {
                        Some(true) => "committed",
                        Some(false) => "void",
                        None => "again",
                    };
                    metrics::counter!("vaidya_ledger_entries_total", "kind" => one.kind, "how" => how).increment(1);
                    metrics::histogram!("vaidya_ledger_wait_seconds").record(one.waited.as_secs_f64());
                }
            }
            // The ledger says the same once more.
            Err(error) => {
                tracing::warn!(%error, "receipts were not kept");
                self.again.extend(ids.into_iter().map(|id| (id, now.plus(AGAIN))));
            }
        }
    }
}

fn receipt(anchored: Anchored) -> Receipt {
    let Anchored { leaf, seq, time, outcome, reason, may_pass } = anchored;
    let at = Timestamp(i64::try_from(time).unwrap_or(i64::MAX));
    Receipt { leaf, block: seq, at, outcome, reason, may_pass }
}
