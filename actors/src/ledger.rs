//! The ledger's client: hands entries in to the validators, believes what enough of them say, and proves what they signed.
//!
//! It judges nothing and decides nothing. What it keeps is a copy of the log, checked block by block, so that proofs can be made without
//! asking anyone; lost, the copy comes back from the validators.
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use actix::{Actor, Addr, ArbiterHandle, AsyncContext, Context, Handler, Message, Recipient, WrapFuture};
use actix::{ActorFutureExt, MailboxError};
use tokio::sync::oneshot;
use vaidya_ledger::Leaf;
use vaidya_ledger::chain::Kept;
use vaidya_ledger::note::{Role, Vkey};
use vaidya_ledger::pbft::{Seq, Stable, Tx};

use self::figures::{Figures, millis};
use self::known::{Known, Published};
pub use self::message::{Accuse, Energy, Setup, Unstarted, Used};
use self::pool::Pool;
use self::receipts::Receipts;
use self::words::Words;
use crate::port::{Clock, LedgerPorts, Stands, Unanchored};
use crate::validator::{Persist, ReadBlocks, ReadTile, Since, Standing, Submit, Told, Unkept, Way};

mod answers;
mod figures;
mod health;
mod known;
mod message;
mod paths;
mod pool;
mod receipts;
mod words;

pub use self::known::UNKEPT;
pub use self::pool::{AGAIN, MOST_AT_ONCE, MOST_BYTES, MOST_BYTES_AT_ONCE, MOST_WAITING, PATIENCE, URGENT_PATIENCE};
pub use self::receipts::REMEMBERED;
pub use self::words::AHEAD;

/// How long entries wait for others unless it is configured: the same as in a clinic's paper in-tray, a breath.
pub const WINDOW: Duration = Duration::from_secs(6);
/// Messages that may wait in the mailbox. When full, validators' words get lost, and are asked for again.
const MAILBOX: usize = 1_024;
/// How often it looks at the clock. Lower costs wake-ups, higher makes windows and patience coarse.
const TICK: Duration = Duration::from_millis(50);
/// How often it asks for blocks that it missed.
const ASK: Duration = Duration::from_millis(500);
/// How long it leaves a disk alone that could not write.
const REST: Duration = Duration::from_secs(1);
/// Bytes of blocks that are read at once when it starts. Lower reads more often, higher holds more in memory.
const READ: usize = 4 << 20;

/// These are the validators, and the ways to them.
#[derive(Message, Clone)]
#[rtype(result = "()")]
pub struct Reach(pub Vec<Way>);

/// Someone who wants what waits to be handed in, and to hear how the log stands then.
struct Flushing {
    ticket: u64,
    entries: u64,
    since: u64,
    reply: oneshot::Sender<Result<Stands, Unanchored>>,
}

/// The ledger's client.
pub struct Ledger {
    origin: String,
    log: [u8; 32],
    known: Known,
    pool: Pool,
    words: Words,
    receipts: Receipts,
    figures: Figures,
    ways: Vec<Way>,
    standing: BTreeMap<u8, (Standing, u64)>,
    view: u64,
    flushing: Vec<Flushing>,
    /// While blocks are on their way to the disk.
    keeping: bool,
    /// Until when the disk is left alone.
    rest: u64,
    asked: u64,
    /// Validators agree on something that doesn't follow from the copy here.
    astray: bool,
    persist: Recipient<Persist>,
    read_tile: Recipient<ReadTile>,
    clock: Clock,
    energy: Energy,
    accuse: Option<Recipient<Accuse>>,
    window: Duration,
    operators: Vec<String>,
    one_process: bool,
}

impl Ledger {
    /// Reads and checks the copy of the log, and starts on the arbiter.
    ///
    /// # Errors
    /// When the copy was changed, with the first entry that differs, or can't be read.
    pub async fn open(setup: Setup, arbiter: &ArbiterHandle) -> Result<Addr<Self>, Unstarted> {
        let (mut known, mut receipts) = (Known::begin(&setup.genesis, setup.log), Receipts::default());
        let read = setup.read_blocks;
        while let Some(last) = load(&read, &mut known, &mut receipts).await? {
            tracing::debug!(block = last, "the copy of the ledger was read");
        }
        if let Some((_, published)) = known.certified(known.seq()) {
            known.publish(published);
        }
        let ledger = Self {
            origin: setup.genesis.origin,
            log: setup.genesis.log,
            known,
            pool: Pool::new(setup.window),
            words: Words::default(),
            receipts,
            figures: Figures::default(),
            ways: Vec::new(),
            standing: BTreeMap::new(),
            view: 0,
            flushing: Vec::new(),
            keeping: false,
            rest: 0,
            asked: 0,
            astray: false,
            persist: setup.persist,
            read_tile: setup.read_tile,
            clock: setup.clock,
            energy: setup.energy,
            accuse: setup.accuse,
            window: setup.window,
            operators: setup.operators,
            one_process: setup.one_process,
        };
        Ok(Self::start_in_arbiter(arbiter, move |ctx| {
            ctx.set_mailbox_capacity(MAILBOX);
            ledger
        }))
    }

    /// The ways to it.
    #[must_use]
    pub fn ports(ledger: &Addr<Self>) -> LedgerPorts {
        LedgerPorts {
            anchor: ledger.clone().recipient(),
            flush: ledger.clone().recipient(),
            publish: ledger.clone().recipient(),
            prove: ledger.clone().recipient(),
            compare: ledger.clone().recipient(),
            prove_key: ledger.clone().recipient(),
            policy: ledger.clone().recipient(),
            measure: ledger.clone().recipient(),
            series: ledger.clone().recipient(),
        }
    }

    fn now(&self) -> u64 {
        millis((self.clock)())
    }

    /// Hands in what waits, now.
    fn send(&mut self) {
        for entries in self.pool.flush(self.now()) {
            self.submit(entries, true);
        }
    }

    fn submit(&self, entries: Vec<Tx>, urgent: bool) {
        for way in &self.ways {
            // What gets lost is handed in again, and to all of them.
            let _lost = way.submit.try_send(Submit { entries: entries.clone(), urgent });
        }
    }

    fn tick(&mut self, ctx: &mut Context<Self>) {
        let now = self.now();
        if self.pool.is_due(now) {
            self.send();
        }
        for entries in self.pool.again(now) {
            self.submit(entries, false);
        }
        self.pool.lose_patience(now);
        self.settle(now);
        self.ask(now);
        self.keep(ctx);
    }

    /// Asks for what was missed, while validators know more than is known here.
    fn ask(&mut self, now: u64) {
        let seq = self.known.seq();
        let behind = self.words.gap(seq) || self.standing.values().any(|(standing, _)| standing.executed > seq);
        if behind && !self.astray && now >= self.asked.saturating_add(span(ASK)) {
            self.asked = now;
            for way in &self.ways {
                let _lost = way.since.try_send(Since(seq));
            }
        }
    }

    /// Takes up every block that enough validators agree on.
    fn advance(&mut self, ctx: &mut Context<Self>) {
        while !self.astray && !self.known.is_full() {
            let agreed = self.known.validators().and_then(|set| self.words.agreed(self.known.seq(), set));
            let Some(block) = agreed else { break };
            match self.known.follow(&block) {
                Ok(()) => self.commit(block),
                Err(broken) => {
                    self.astray = true;
                    tracing::error!(error = %broken, "validators agree on a block that does not follow from the copy here");
                }
            }
        }
        self.words.forget(self.known.seq());
        self.settle(self.now());
        self.keep(ctx);
    }

    /// A block is committed: those who wait for its entries hear what came of them.
    fn commit(&mut self, block: Arc<Kept>) {
        let now = self.now();
        let took = (block.proposed > 0).then(|| now.saturating_sub(block.proposed));
        let outcomes = || block.leaves.iter().filter_map(outcome);
        let (entries, held) = (outcomes().count(), outcomes().filter(|outcome| *outcome == 0).count());
        if entries > 0 {
            let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
            self.figures.block(now, count(entries), count(held), took);
        }
        for (digest, anchored) in self.receipts.take(&block) {
            if anchored.outcome != 0 {
                self.figures.void(anchored.reason);
            }
            let Some(waiting) = self.pool.done(&digest) else { continue };
            self.figures.answered(now, now.saturating_sub(waiting.since));
            for reply in waiting.replies {
                let _gone = reply.send(Ok(anchored.clone()));
            }
        }
        self.known.keep(block);
    }

    /// Puts what is committed on disk here; what is signed is published when everything before it is there.
    fn keep(&mut self, ctx: &mut Context<Self>) {
        if self.keeping || self.now() < self.rest {
            return;
        }
        let blocks = self.known.unkept();
        let certified = self.known.certified(self.known.seq());
        if blocks.is_empty() && certified.is_none() {
            return;
        }
        self.keeping = true;
        let stables = certified.iter().map(|(stable, _)| Arc::clone(stable)).collect();
        let write = self.persist.send(Persist { blocks: blocks.clone(), stables, ..Persist::default() });
        let kept = write.into_actor(self);
        ctx.spawn(kept.map(move |answer, ledger, ctx| ledger.kept(answer, blocks, certified, ctx)));
    }

    fn kept(
        &mut self,
        answer: Result<Result<(), Unkept>, MailboxError>,
        blocks: Vec<Arc<Kept>>,
        certified: Option<(Arc<Stable>, Published)>,
        ctx: &mut Context<Self>,
    ) {
        self.keeping = false;
        if let Ok(Ok(())) = answer {
            certified.into_iter().for_each(|(_, published)| self.known.publish(published));
            return self.advance(ctx);
        }
        tracing::warn!(error = ?answer, "the copy of the ledger here could not be written; validators have everything");
        self.rest = self.now().saturating_add(span(REST));
        self.known.put_back(blocks);
        if let Some((stable, published)) = certified {
            let epoch = self.known.epoch_of(published.seq);
            epoch.into_iter().for_each(|epoch| self.known.hear(epoch, Arc::clone(&stable)));
        }
    }

    /// Those who wait for all that was there hear how the log stands, or that there is no quorum.
    fn settle(&mut self, now: u64) {
        for flushing in std::mem::take(&mut self.flushing) {
            if self.pool.is_through(flushing.ticket) {
                let _gone = flushing.reply.send(Ok(self.stands(flushing.entries)));
            } else if now >= flushing.since.saturating_add(span(PATIENCE)) {
                let _gone = flushing.reply.send(Err(Unanchored::NoQuorum));
            } else {
                self.flushing.push(flushing);
            }
        }
    }

    fn stands(&self, entries: u64) -> Stands {
        let (log, published) = (self.known.follower().log(), self.known.published());
        let votes = published.and_then(|published| u32::try_from(published.votes).ok()).unwrap_or_default();
        let (height, size, root) = (self.known.seq(), log.size(), log.root().0);
        Stands { entries, view: self.view, height, size, root, votes }
    }

    /// The view that enough validators are in, or beyond.
    fn look(&mut self, now: u64) {
        let Some(set) = self.known.validators() else { return };
        let mut views: Vec<u64> = self.standing.values().map(|(standing, _)| standing.view).collect();
        views.sort_unstable_by(|one, other| other.cmp(one));
        let view = views.get(set.weak().saturating_sub(1)).copied().unwrap_or_default();
        if view > self.view {
            self.view = view;
            self.figures.turned(now);
        }
    }

    fn log_key(&self) -> Option<Vkey> {
        Vkey::new(&self.origin, Role::Log, self.log).ok()
    }
}

impl Actor for Ledger {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.run_interval(TICK, Self::tick);
    }
}

impl Handler<Reach> for Ledger {
    type Result = ();

    fn handle(&mut self, Reach(ways): Reach, _: &mut Self::Context) {
        self.ways = ways;
        for way in &self.ways {
            let _lost = way.since.try_send(Since(self.known.seq()));
        }
    }
}

impl Handler<Told> for Ledger {
    type Result = ();

    fn handle(&mut self, told: Told, ctx: &mut Self::Context) {
        match told {
            Told::Committed { by, block } => {
                self.words.hear(by, block, self.known.seq());
                self.advance(ctx);
            }
            Told::Certified { epoch, stable, .. } => {
                self.known.hear(epoch, stable);
                self.keep(ctx);
            }
            Told::Standing(standing) => {
                let now = self.now();
                self.standing.insert(standing.by, (standing, now));
                self.look(now);
            }
            Told::Caught { epoch, evidence, .. } => self.accuse(epoch, &evidence.encode()),
        }
    }
}

impl Ledger {
    /// A contradiction goes on the ledger when it fits there; whether it is one is for the validators to judge.
    fn accuse(&mut self, epoch: u64, evidence: &[u8]) {
        let attachment = [epoch.to_be_bytes().as_slice(), evidence].concat();
        self.figures.equivocations += 1;
        tracing::error!(epoch, "a validator has signed two things that contradict each other");
        let fits = attachment.len() <= vaidya_ledger::LONGEST_ATTACHMENT;
        if let Some(accuse) = self.accuse.as_ref().filter(|_| fits) {
            let _lost = accuse.try_send(Accuse { attachment });
        }
    }
}

fn outcome(leaf: &Leaf) -> Option<u8> {
    match leaf {
        Leaf::Entry { outcome, .. } => Some(*outcome),
        Leaf::End { .. } => None,
    }
}

fn span(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

/// The next blocks of the copy; none when that was all.
async fn load(
    read: &Recipient<ReadBlocks>,
    known: &mut Known,
    receipts: &mut Receipts,
) -> Result<Option<Seq>, Unstarted> {
    let ask = ReadBlocks { after: known.seq(), bytes: READ };
    let blocks = read.send(ask).await.map_err(|_| Unstarted::Gone)??;
    for (block, stable) in &blocks {
        known.follow(block)?;
        receipts.take(block);
        stable.iter().for_each(|stable| known.hear(block.epoch, Arc::clone(stable)));
    }
    Ok(blocks.last().map(|(block, _)| block.point.seq))
}
