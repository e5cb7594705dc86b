//! Validators: four in a process, and four processes that are killed, stopped, cut off and lied to.
#![expect(clippy::expect_used, reason = "tests end by panicking")]

mod elsewhere;
mod figures;
mod here;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use actix::{Actor, Addr, Context, Handler};
use tokio::sync::mpsc;
use vaidya::app::validators::Founded;
use vaidya::gateway::custody::Master;
use vaidya_actors::validator::{Standing, Submit, Told, Way};
use vaidya_ledger::pbft::{Seq, Tx};
use vaidya_ledger::{Entry, Genesis, Hash, Kind, Leaf, Signer, Statement};

/// Longest wait for anything. It is only reached when something is broken.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// How often entries that nobody answered are handed in again.
const AGAIN: Duration = Duration::from_millis(400);

/// What all data folders of these tests are sealed under.
pub(crate) fn master() -> Master {
    Master::derived(&[7; 32])
}

/// Hears what validators tell.
struct Hall(mpsc::UnboundedSender<Told>);

impl Actor for Hall {
    type Context = Context<Self>;
}

impl Handler<Told> for Hall {
    type Result = ();

    fn handle(&mut self, told: Told, _: &mut Self::Context) {
        let _nobody = self.0.send(told);
    }
}

/// Hands entries in, and believes what f + 1 validators say.
pub(crate) struct Client {
    hall: Addr<Hall>,
    pub(crate) ways: Vec<Way>,
    told: mpsc::UnboundedReceiver<Told>,
    genesis: Arc<Genesis>,
    submitter: Signer,
    next: u64,
    /// What validators said of entries, by digest.
    said: BTreeMap<Hash, BTreeMap<(Seq, u64), BTreeSet<u8>>>,
    /// The newest word of each.
    pub(crate) standing: BTreeMap<u8, Standing>,
    /// The last block that each said was committed.
    pub(crate) reached: BTreeMap<u8, Seq>,
}

impl Client {
    pub(crate) fn new(founded: &Founded) -> Self {
        let (sender, told) = mpsc::unbounded_channel();
        Self {
            hall: Hall(sender).start(),
            ways: Vec::new(),
            told,
            genesis: Arc::clone(&founded.genesis),
            submitter: Signer::from_seed(&founded.submitter.seed()),
            next: 1,
            said: BTreeMap::new(),
            standing: BTreeMap::new(),
            reached: BTreeMap::new(),
        }
    }

    /// The same as before, that has forgotten everything but its numbers.
    pub(crate) fn after(founded: &Founded, next: u64) -> Self {
        Self { next, ..Self::new(founded) }
    }

    pub(crate) fn next(&self) -> u64 {
        self.next
    }

    /// So many new entries.
    pub(crate) fn entries(&mut self, count: u64) -> Vec<Tx> {
        let (from, ledger) = (self.next, self.genesis.id());
        self.next += count;
        let entry = |n: u64| {
            let reference = Hash::of(&[b"room", &n.to_be_bytes()]);
            let (parent, commitment) = (Hash::default(), Hash::default());
            let statement = Statement { kind: Kind::RoomOpened, reference, parent, commitment, not_after: 0 };
            Tx::from(Entry::submit(&ledger, &self.submitter, n, statement, None, Vec::new()).encode())
        };
        (from..from + count).map(entry).collect()
    }

    /// Hands entries in and waits until f + 1 validators say that all of them are committed; says them again meanwhile.
    pub(crate) async fn commit(&mut self, entries: &[Tx]) {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        self.submit(entries).await;
        let mut again = tokio::time::Instant::now() + AGAIN;
        while !entries.iter().all(|entry| self.is_committed(entry)) {
            let heard = tokio::time::timeout_at(again.min(deadline), self.hear()).await;
            let now = tokio::time::Instant::now();
            assert!(now < deadline, "not committed: {:?} {:?}", self.standing, self.reached);
            if heard.is_err() {
                let missing: Vec<_> = entries.iter().filter(|entry| !self.is_committed(entry)).cloned().collect();
                self.submit(&missing).await;
                again = now + AGAIN;
            }
        }
    }

    /// Waits until f + 1 say that these are committed.
    pub(crate) async fn committed(&mut self, entries: &[Tx]) {
        self.until("they are committed", |client| entries.iter().rev().all(|entry| client.is_committed(entry))).await;
    }

    pub(crate) async fn submit(&self, entries: &[Tx]) {
        for way in &self.ways {
            let _down = way.submit.send(Submit { entries: entries.to_vec(), urgent: true }).await;
        }
    }

    /// Whether f + 1 have said so.
    pub(crate) fn is_committed(&self, entry: &Tx) -> bool {
        let weak = self.genesis.validators.weak();
        self.said.get(&Hash::of(&[entry])).is_some_and(|said| said.values().any(|by| by.len() >= weak))
    }

    /// The number of the validators that said so.
    pub(crate) fn sayers(&self, entry: &Tx) -> usize {
        let said = self.said.get(&Hash::of(&[entry]));
        said.and_then(|said| said.values().map(BTreeSet::len).max()).unwrap_or(0)
    }

    /// One more word.
    pub(crate) async fn hear(&mut self) {
        let told = self.told.recv().await.expect("the hall is there");
        match told {
            Told::Committed { by, block } => {
                self.reached.insert(by, block.point.seq);
                for (leaf, index) in block.leaves.iter().zip(block.first()..) {
                    if let Leaf::Entry { entry, .. } = leaf {
                        let said = self.said.entry(Hash::of(&[entry])).or_default();
                        said.entry((block.point.seq, index)).or_default().insert(by);
                    }
                }
            }
            Told::Standing(standing) => {
                self.standing.insert(standing.by, standing);
            }
            Told::Certified { .. } | Told::Caught { .. } => {}
        }
    }

    /// Waits until that is so.
    pub(crate) async fn until(&mut self, what: &str, is: impl Fn(&Self) -> bool) {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        while !is(self) {
            let heard = tokio::time::timeout_at(deadline, self.hear()).await;
            assert!(heard.is_ok(), "{what}: {:?} {:?}", self.standing, self.reached);
        }
    }
}

/// Copies a folder.
pub(crate) fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for item in std::fs::read_dir(from).expect("a folder").flatten() {
        let (path, to) = (item.path(), to.join(item.file_name()));
        if path.is_dir() {
            copy(&path, &to);
        } else {
            std::fs::copy(&path, &to).expect("a copy");
        }
    }
}
