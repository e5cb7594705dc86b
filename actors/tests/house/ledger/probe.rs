//! Validators that say what a test wants, and a disk that can be full or changed.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use actix::{Actor, Addr, Arbiter, Context, Handler, MessageResult};
use tokio::sync::watch;
use vaidya_actors::ledger::{Accuse, Ledger, Reach, Setup, Unstarted, Used, WINDOW};
use vaidya_actors::port::{Anchor, Anchored, Unanchored};
use vaidya_actors::validator::{Certified, Persist, ReadBlocks, ReadTile, Since, Standing, Submit, Told, Unkept, Way};
use vaidya_clinic::time::Timestamp;
use vaidya_ledger::chain::Kept;
use vaidya_ledger::merkle::Frontier;
use vaidya_ledger::note::{Checkpoint as Note, cosigned_message};
use vaidya_ledger::pbft::{Batch, Checkpoint, Cosigner, Keys, Point, ReplicaId, Seq, Stable, Tx};
use vaidya_ledger::{App, Entry, Genesis, Hash, Kind, Signer, Statement, Validator, Validators};

/// When the ledger began, ms since 1970.
pub(crate) const BEGUN: u64 = 1_790_000_000_000;

pub(crate) fn seat(id: u8) -> Signer {
    Signer::from_seed(&[100 + id; 32])
}

pub(crate) fn genesis() -> Genesis {
    let validator =
        |id: u8| Validator { id, name: format!("v{id}"), public: seat(id).public(), address: String::new() };
    let submitters = vec![Signer::from_seed(&[1; 32]).public()];
    let validators = Validators::new((0..4).map(validator).collect()).unwrap();
    let log = Signer::from_seed(&[3; 32]).public();
    let origin = "clinic.example/log".to_owned();
    Genesis { made_at: BEGUN, interval: 1, origin, log, validators, submitters }.checked().unwrap()
}

/// A disk with a copy of the log.
#[derive(Clone, Default)]
pub(crate) struct Disk(Arc<Mutex<Written>>);

#[derive(Default)]
pub(crate) struct Written {
    pub(crate) blocks: Vec<Certified>,
    pub(crate) full: bool,
    log: Frontier,
    tiles: BTreeMap<(u32, u64), Vec<u8>>,
}

impl Disk {
    pub(crate) fn written(&self) -> MutexGuard<'_, Written> {
        self.0.lock().unwrap()
    }
}

impl Actor for Disk {
    type Context = Context<Self>;
}

impl Handler<Persist> for Disk {
    type Result = Result<(), Unkept>;

    fn handle(&mut self, persist: Persist, _: &mut Self::Context) -> Self::Result {
        let mut disk = self.written();
        if disk.full {
            return Err(Unkept::Full);
        }
        for block in persist.blocks {
            assert_eq!(block.point.seq, u64::try_from(disk.blocks.len()).unwrap() + 1, "blocks are written in order");
            let Written { log, tiles, .. } = &mut *disk;
            for leaf in &block.leaves {
                log.append_telling(leaf.hash(), &mut |node, hash| {
                    if node.level.is_multiple_of(8) {
                        tiles.entry((node.level / 8, node.index / 256)).or_default().extend(hash.0);
                    }
                });
            }
            disk.blocks.push((block, None));
        }
        for stable in persist.stables {
            let place = usize::try_from(stable.seq()).unwrap() - 1;
            disk.blocks.get_mut(place).expect("a certificate is of a block that is there").1 = Some(stable);
        }
        Ok(())
    }
}

impl Handler<ReadBlocks> for Disk {
    type Result = Result<Vec<Certified>, Unkept>;

    fn handle(&mut self, ReadBlocks { after, .. }: ReadBlocks, _: &mut Self::Context) -> Self::Result {
        // Two at a time, so that who reads has to go on.
        Ok(self.written().blocks.iter().skip(usize::try_from(after).unwrap()).take(2).cloned().collect())
    }
}

impl Handler<ReadTile> for Disk {
    type Result = Result<Option<Vec<u8>>, Unkept>;

    fn handle(&mut self, ReadTile { level, index }: ReadTile, _: &mut Self::Context) -> Self::Result {
        Ok(self.written().tiles.get(&(level, index)).cloned())
    }
}

/// What a validator was told.
#[derive(Clone)]
pub(crate) struct Heard {
    pub(crate) submitted: watch::Sender<Vec<Tx>>,
    pub(crate) asked: watch::Sender<Vec<Seq>>,
    pub(crate) accused: watch::Sender<usize>,
}

impl Actor for Heard {
    type Context = Context<Self>;
}

impl Handler<Submit> for Heard {
    type Result = bool;

    fn handle(&mut self, submit: Submit, _: &mut Self::Context) -> bool {
        self.submitted.send_modify(|all| all.extend(submit.entries));
        true
    }
}

impl Handler<Since> for Heard {
    type Result = ();

    fn handle(&mut self, Since(seq): Since, _: &mut Self::Context) {
        self.asked.send_modify(|all| all.push(seq));
    }
}

impl Handler<Accuse> for Heard {
    type Result = MessageResult<Accuse>;

    fn handle(&mut self, _: Accuse, _: &mut Self::Context) -> Self::Result {
        self.accused.send_modify(|count| *count += 1);
        MessageResult(())
    }
}

/// A ledger's client with its validators.
pub(crate) struct World {
    pub(crate) ledger: Addr<Ledger>,
    pub(crate) disk: Disk,
    pub(crate) heard: Heard,
    now: Arc<AtomicI64>,
    app: App,
    at: Point,
    sequence: u64,
}

impl World {
    /// At its beginning. Time stands still until it is told.
    pub(crate) async fn new() -> Self {
        tokio::time::pause();
        Self::with(Disk::default()).await.unwrap()
    }

    pub(crate) async fn with(disk: Disk) -> Result<Self, Unstarted> {
        let now = Arc::new(AtomicI64::new(BEGUN.try_into().unwrap()));
        let heard = Heard {
            submitted: watch::channel(Vec::new()).0,
            asked: watch::channel(Vec::new()).0,
            accused: watch::channel(0).0,
        };
        let (address, time, place) = (heard.clone().start(), Arc::clone(&now), disk.clone().start());
        let setup = Setup {
            genesis: genesis(),
            log: Signer::from_seed(&[3; 32]),
            persist: place.clone().recipient(),
            read_blocks: place.clone().recipient(),
            read_tile: place.recipient(),
            clock: Arc::new(move || Timestamp(time.load(Ordering::SeqCst))),
            energy: Arc::new(|| Used { joules: Some(5.0), method: "cpu", watts: Some(10.0) }),
            accuse: Some(address.clone().recipient()),
            window: WINDOW,
            operators: vec!["The clinic".to_owned()],
            one_process: true,
        };
        let ledger = Ledger::open(setup, &Arbiter::current()).await?;
        let ways = vec![Way { id: 0, submit: address.clone().recipient(), since: address.recipient() }];
        ledger.send(Reach(ways)).await.unwrap();
        let (app, at) = (App::genesis(&genesis()), Point { time: BEGUN, ..Point::default() });
        Ok(Self { ledger, disk, heard, now, app, at, sequence: 0 })
    }

    /// Stops and starts the client again on the same disk; the validators went on living.
    pub(crate) async fn again(self) -> Result<Self, Unstarted> {
        let Self { app, at, sequence, disk, .. } = self;
        Ok(Self { app, at, sequence, ..Self::with(disk).await? })
    }

    pub(crate) fn pass(&self, millis: i64) {
        self.now.fetch_add(millis, Ordering::SeqCst);
    }

    /// Until nobody has anything to do: only then does the paused clock of the runtime go on.
    pub(crate) async fn rest(&self) {
        tokio::time::sleep(Duration::from_secs(1)).await;
    }

    /// The next entry: a room is opened.
    pub(crate) fn entry(&mut self) -> Vec<u8> {
        let reference = Hash::of(&[&self.sequence.to_be_bytes()]);
        let (parent, commitment) = (Hash::default(), Hash::default());
        self.said(Statement { kind: Kind::RoomOpened, reference, parent, commitment, not_after: 0 }, None, Vec::new())
    }

    pub(crate) fn said(&mut self, statement: Statement, by: Option<&Signer>, attachment: Vec<u8>) -> Vec<u8> {
        self.sequence += 1;
        let actor = by.map(|signer| statement.signed_by(signer));
        let submitter = Signer::from_seed(&[1; 32]);
        Entry::submit(&genesis().id(), &submitter, self.sequence, statement, actor, attachment).encode()
    }

    /// Hands an entry in, and goes on.
    pub(crate) fn anchor(
        &self,
        entry: &[u8],
        urgent: bool,
    ) -> impl Future<Output = Result<Anchored, Unanchored>> + use<> {
        let asked = self.ledger.send(Anchor { entry: entry.to_vec(), urgent });
        async move { asked.await.unwrap() }
    }

    /// Waits until validators were handed so many entries.
    pub(crate) async fn submitted(&self, count: usize) -> Vec<Tx> {
        self.heard.submitted.subscribe().wait_for(|all| all.len() >= count).await.unwrap().clone()
    }

    /// Validators agree on a block, and nobody says so yet.
    pub(crate) fn block(&mut self, entries: &[impl AsRef<[u8]>]) -> Arc<Kept> {
        let proposed = if entries.is_empty() { 0 } else { self.at.time + 5 };
        let batch = Batch::new(proposed, entries.iter().map(|entry| Tx::from(entry.as_ref())).collect());
        self.at = self.at.then(&batch);
        let epoch = self.app.epoch();
        let executed = self.app.execute(self.at.seq, self.at.time, batch.entries());
        Arc::new(Kept { epoch, point: self.at, proposed, head: executed.head, leaves: executed.leaves })
    }

    /// These validators say that it was committed.
    pub(crate) async fn tell(&self, by: &[u8], block: &Arc<Kept>) {
        for by in by {
            self.ledger.send(Told::Committed { by: *by, block: Arc::clone(block) }).await.unwrap();
        }
    }

    /// These validators signed it.
    pub(crate) async fn certify(&self, by: &[u8], block: &Arc<Kept>) {
        let stable = certificate(by, block);
        self.ledger.send(Told::Certified { by: 0, epoch: block.epoch, stable }).await.unwrap();
    }

    pub(crate) async fn stands(&self, by: u8, view: u64, executed: Seq) {
        let at = self.now.load(Ordering::SeqCst).try_into().unwrap();
        let standing = Standing { by, view, changing: false, voting: true, executed, stable: executed, waiting: 0, at };
        self.ledger.send(Told::Standing(standing)).await.unwrap();
    }

    /// A block that three validators commit and sign.
    pub(crate) async fn commit(&mut self, entries: &[impl AsRef<[u8]>]) -> Arc<Kept> {
        let block = self.block(entries);
        self.tell(&[0, 1, 2], &block).await;
        self.certify(&[0, 1, 2], &block).await;
        block
    }
}

pub(crate) fn certificate(by: &[u8], block: &Kept) -> Arc<Stable> {
    let publics = (0..4).map(|id| seat(id).public()).collect();
    let mut keys = Keys::new(genesis().id(), block.epoch, publics, 16);
    let text = Note::new(&genesis().origin, block.head.size, block.head.root).to_string();
    let seconds = block.point.time / 1_000;
    let cosigner = |id: &u8| {
        let signature = seat(*id).sign(&cosigned_message(&text, seconds));
        let cosignature = [seconds.to_be_bytes().as_slice(), &signature].concat();
        let (chain, head, by) = (block.point.chain, block.head, ReplicaId(*id));
        let signed = keys.sign(Checkpoint { chain, head, cosignature: cosignature.clone(), by }, &seat(*id));
        Cosigner { by, cosignature, signature: signed.signature }
    };
    Arc::new(Stable { chain: block.point.chain, head: block.head, cosigners: by.iter().map(cosigner).collect() })
}
