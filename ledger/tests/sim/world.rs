//! A world: validators, disks, network and clients, and one event after the other. Everything follows from the scenario.
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash as _, Hasher};
use std::sync::Arc;

use vaidya_ledger::genesis::Genesis;
use vaidya_ledger::key::Public;
use vaidya_ledger::pbft::{Block, Bytes, Config, Frame, Input, Keys, Output, Quorum, Replica, ReplicaId, Token, Tx};
use vaidya_ledger::{Head, Signer, Validator, Validators};

use crate::byzantine::Liar;
use crate::client::{Clients, submitters};
use crate::disk::{Damage, Disk};
use crate::invariants::{Promise, Violation, Witness};
use crate::log::{Copy, Judge, ORIGIN, cosign, start};
use crate::network::Network;
use crate::rng::Rng;
use crate::scenario::{Crash, Scenario};

/// What a correct clock says when a world begins, ms since 1970.
pub(crate) const BEGIN: u64 = 1_800_000_000_000;
/// How often validators look at their clock, milliseconds.
const TICK: u64 = 20;
/// How often a client looks whether it got what it wanted.
const TURN: u64 = 60;
/// A world in which more than this happens has run away.
const MOST_EVENTS: u64 = 3_000_000;

enum Event {
    Message { from: usize, to: usize, bytes: Bytes },
    Tick(usize),
    Synced { node: usize, life: u64, token: Token },
    Execute { node: usize, life: u64, block: Block },
    Crash(Crash),
    Start(usize),
    Client(usize),
    Request { node: usize, entries: Vec<Tx>, urgent: bool },
}

/// A validator, its process and its disk.
pub(crate) struct Node {
    /// Which validator; twins have the same.
    pub(crate) who: usize,
    /// Nothing while it is down.
    pub(crate) replica: Option<Replica>,
    pub(crate) copy: Copy,
    pub(crate) last: Option<Head>,
    disk: Disk,
    /// Counts starts, so that what an earlier process had under way is forgotten.
    life: u64,
    durable: Token,
    held: Vec<(Token, usize, Bytes)>,
    disk_free: u64,
    ever_durable: bool,
    /// How many outputs are still performed before the power goes, and what follows.
    fuse: Option<(usize, Crash)>,
    liar: Option<Liar>,
}

/// What became of a world.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) violations: Vec<Violation>,
    /// The same for the same scenario.
    pub(crate) trace: u64,
    /// When the last client was content, milliseconds.
    pub(crate) took: u64,
    pub(crate) blocks: u64,
    pub(crate) entries: usize,
    pub(crate) events: u64,
    pub(crate) views: u64,
    pub(crate) evidence: usize,
    pub(crate) crashes: usize,
}

pub(crate) struct World {
    scenario: Scenario,
    genesis: Genesis,
    validators: Vec<Public>,
    now: u64,
    order: u64,
    queue: BTreeMap<(u64, u64), Event>,
    nodes: Vec<Node>,
    network: Network,
    clients: Clients,
    witness: Witness,
    rng: Rng,
    trace: DefaultHasher,
    loud: bool,
    crashes: usize,
    /// How far the log had come when clients had what they wanted.
    goal: Option<u64>,
}

/// The keys of so many validators.
pub(crate) fn signers(n: usize) -> Vec<Signer> {
    (0..n).map(|at| Signer::from_seed(&[100 + u8::try_from(at).unwrap(); 32])).collect()
}

pub(crate) fn genesis(n: usize, clients: usize, interval: u64) -> Genesis {
    let validator = |(id, signer): (u8, Signer)| Validator {
        id,
        name: format!("validator {id}"),
        public: signer.public(),
        address: String::new(),
    };
    let validators = Validators::new((0..).zip(signers(n)).map(validator).collect()).unwrap();
    Genesis {
        made_at: BEGIN - 1_000,
        interval,
        origin: ORIGIN.to_owned(),
        log: Signer::from_seed(&[99; 32]).public(),
        validators,
        submitters: submitters(clients).iter().map(Signer::public).collect(),
    }
    .checked()
    .unwrap()
}

impl World {
    pub(crate) fn new(scenario: Scenario) -> Self {
        let rng = Rng::new(scenario.seed ^ 0x5eed);
        let genesis = genesis(scenario.n, scenario.clients, scenario.limits.checkpoint_every);
        let validators: Vec<_> = signers(scenario.n).iter().map(Signer::public).collect();
        let enough = (scenario.faulty_at_most() + 1).saturating_sub(scenario.faulty()).max(1);
        let clients = Clients::new(genesis.id(), &scenario, enough, rng.fork(2));
        let mut world = Self {
            witness: Witness::new(&scenario, &genesis),
            network: Network::new(&scenario, rng.fork(1)),
            clients,
            genesis,
            validators,
            now: 0,
            order: 0,
            queue: BTreeMap::new(),
            nodes: Vec::new(),
            rng: rng.fork(3),
            trace: DefaultHasher::new(),
            loud: false,
            crashes: 0,
            goal: None,
            scenario,
        };
        let twin = world.scenario.twin;
        (0..world.scenario.n).chain(twin).for_each(|who| world.build(who));
        world
    }

    /// With everything that happens on the screen.
    pub(crate) fn loud(mut self) -> Self {
        self.loud = true;
        self
    }

    fn build(&mut self, who: usize) {
        let at = self.nodes.len();
        let (scenario, config) = (&self.scenario, self.config(who));
        let liar = scenario.vices.get(&who).map(|vice| {
            let signer = signers(scenario.n).swap_remove(who);
            Liar::new(who, scenario.n, *vice, Keys::of(&config), signer, scenario.limits, self.rng.fork(at as u64))
        });
        self.nodes.push(Node {
            who,
            replica: None,
            copy: Copy::new(&self.genesis),
            last: None,
            disk: Disk::default(),
            life: 0,
            durable: 0,
            held: Vec::new(),
            disk_free: 0,
            ever_durable: false,
            fuse: None,
            liar,
        });
    }

    fn config(&self, who: usize) -> Config {
        Config {
            ledger: self.genesis.id(),
            epoch: 0,
            validators: self.validators.clone(),
            me: ReplicaId(u8::try_from(who).unwrap()),
            start: start(&self.genesis),
            boot: BEGIN + self.now,
            limits: self.scenario.limits,
            mutant: self.scenario.mutant,
        }
    }

    /// Runs it to its end.
    pub(crate) fn run(mut self) -> Outcome {
        (0..self.nodes.len()).for_each(|node| self.start(node));
        (0..self.nodes.len()).for_each(|node| self.later(TICK + node as u64, Event::Tick(node)));
        (0..self.clients.count()).for_each(|client| self.later(10 + client as u64 * 7, Event::Client(client)));
        self.scenario.crashes.clone().into_iter().for_each(|crash| self.at(crash.at, Event::Crash(crash)));
        let (mut events, mut settled) = (0, None);
        while let Some(((time, _), event)) = self.queue.pop_first() {
            self.now = time;
            events += 1;
            self.happen(event);
            if settled.is_none() && time >= self.scenario.stable_from && events % 16 == 0 && self.is_settled() {
                settled = Some(time);
            }
            if settled.is_some() || time > self.scenario.until || events > MOST_EVENTS || self.witness.is_broken() {
                break;
            }
        }
        self.finish(settled, events)
    }

    fn finish(mut self, settled: Option<u64>, events: u64) -> Outcome {
        if settled.is_none() && !self.witness.is_broken() {
            let what = self.standing();
            self.witness.broken(Promise::Liveness, self.now, what);
        }
        let strict: Vec<_> = self.nodes.iter().filter(|node| !self.scenario.is_liar(node.who)).collect();
        self.witness.finish(self.now, &strict, &self.clients, &self.genesis);
        let views = strict.iter().filter_map(|node| node.replica.as_ref()).map(Replica::view).max().unwrap_or(0);
        Outcome {
            trace: self.trace.finish(),
            took: settled.unwrap_or(self.now),
            blocks: self.witness.blocks(),
            entries: self.clients.acknowledged.len(),
            events,
            crashes: self.crashes,
            views,
            evidence: self.witness.evidence_count(),
            violations: self.witness.into_violations(),
        }
    }

    /// Whether every validator of which something is promised has come as far as the log had when clients had what they wanted, and that is stable.
    fn is_settled(&mut self) -> bool {
        let strict = || self.nodes.iter().filter(|node| !self.scenario.is_liar(node.who));
        if self.goal.is_none() && self.clients.are_content() {
            self.goal = strict().map(|node| node.copy.at.seq).max();
        }
        let Some(goal) = self.goal else { return false };
        let stable = goal - goal % self.scenario.limits.checkpoint_every;
        strict().all(|node| {
            node.copy.at.seq >= goal && node.replica.as_ref().is_some_and(|replica| replica.stable() >= stable)
        })
    }

    /// Where everyone stands, in words.
    fn standing(&self) -> String {
        let one = |node: &Node| match &node.replica {
            None => format!("{} down at {}", node.who, node.copy.at.seq),
            Some(it) => format!(
                "{} at {} stable {} view {} {:?}{}{} waiting {}",
                node.who,
                node.copy.at.seq,
                it.stable(),
                it.view(),
                it.mode(),
                if it.amnesiac() { " amnesiac" } else { "" },
                if it.diverged() { " diverged" } else { "" },
                it.waiting()
            ),
        };
        let nodes: Vec<_> = self.nodes.iter().map(one).collect();
        let missing = self.clients.wanted.difference(&self.clients.acknowledged).count();
        format!("not done: {missing} entries missing; {}", nodes.join("; "))
    }

    fn at(&mut self, time: u64, event: Event) {
        self.order += 1;
        self.queue.insert((time, self.order), event);
    }

    fn later(&mut self, delay: u64, event: Event) {
        self.at(self.now + delay, event);
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Message { from, to, bytes } => self.deliver(from, to, &bytes),
            Event::Tick(node) => {
                self.later(TICK, Event::Tick(node));
                let clock = (BEGIN + self.now).saturating_add_signed(self.scenario.skew[node]);
                self.step(node, Input::Tick(clock));
            }
            Event::Synced { node, life, token } if self.nodes[node].life == life => self.synced(node, token),
            Event::Execute { node, life, block } if self.nodes[node].life == life => self.execute(node, &block),
            Event::Crash(crash) => {
                if self.nodes[crash.node].replica.is_some() {
                    self.nodes[crash.node].fuse = Some((crash.outputs, crash));
                    self.burn(crash.node, 0);
                }
            }
            Event::Start(node) => self.start(node),
            Event::Client(client) => self.turn(client),
            Event::Request { node, entries, urgent } => self.step(node, Input::Request { entries, urgent }),
            Event::Synced { .. } | Event::Execute { .. } => {}
        }
    }

    fn deliver(&mut self, from: usize, to: usize, bytes: &Bytes) {
        (self.now, from, to, bytes).hash(&mut self.trace);
        if self.nodes[to].replica.is_none() {
            return;
        }
        let sender = ReplicaId(u8::try_from(self.nodes[from].who).unwrap());
        if let Some(liar) = &mut self.nodes[to].liar {
            for (delay, other, bytes) in liar.hear(bytes) {
                self.post(to, other, &bytes, delay);
            }
        } else if let Some(frame) = Frame::decode(bytes) {
            self.tell(|| format!("{from} -> {to}: {}", brief(&frame)));
            self.witness.heard(self.nodes[to].who, &frame);
        }
        self.step(to, Input::Msg { from: sender, bytes: Arc::clone(bytes) });
    }

    fn synced(&mut self, node: usize, token: Token) {
        let it = &mut self.nodes[node];
        it.disk.sync(token);
        it.ever_durable = true;
        it.durable = it.durable.max(token);
        let (free, held) = std::mem::take(&mut it.held).into_iter().partition(|(after, ..)| *after <= token);
        it.held = held;
        let life = it.life;
        let free: Vec<(Token, usize, Bytes)> = free;
        for (_, to, bytes) in free {
            if self.burn(node, 1) {
                return;
            }
            self.transmit(node, to, &bytes);
        }
        if self.nodes[node].life == life {
            self.step(node, Input::Persisted(token));
        }
    }

    fn execute(&mut self, node: usize, block: &Block) {
        let who = self.nodes[node].who;
        let strict = !self.scenario.is_liar(who);
        let before = self.nodes[node].copy.at;
        if strict {
            self.witness.executing(self.now, who, before, block);
        }
        if block.point.seq != before.seq + 1 {
            return;
        }
        let executed = self.nodes[node].copy.execute(block);
        if strict {
            self.witness.executed(self.now, who, block, &executed);
        }
        if !self.scenario.is_faulty(who) {
            block.batch.hashes().iter().for_each(|name| self.clients.confirm(who, *name));
        }
        self.nodes[node].last = Some(executed.head);
        self.tell(|| format!("{node} executed {} of {} entries", block.point.seq, block.batch.entries().len()));
        self.report_executed(node, executed.head, executed.ends);
    }

    fn report_executed(&mut self, node: usize, head: Head, ends: bool) {
        let signer = signers(self.scenario.n).swap_remove(self.nodes[node].who);
        let cosignature = cosign(&signer, &head);
        self.step(node, Input::Executed { head, cosignature, ends });
    }

    /// One input, and all outputs of it, unless the power goes in between.
    fn step(&mut self, node: usize, input: Input) {
        let it = &mut self.nodes[node];
        let Some(replica) = &mut it.replica else { return };
        let judge = Judge { app: &it.copy.app, validators: &self.validators };
        let mut out = Vec::new();
        replica.step(input, &judge, &mut out);
        if !self.scenario.is_liar(it.who) {
            let (who, load) = (it.who, replica.load());
            self.witness.load(self.now, who, &load);
        }
        self.perform(node, out);
    }

    fn perform(&mut self, node: usize, out: Vec<Output>) {
        for output in out {
            if self.burn(node, 1) {
                return;
            }
            self.output(node, output);
        }
    }

    /// Lets the fuse burn down by some outputs. True when the power is gone.
    fn burn(&mut self, node: usize, by: usize) -> bool {
        match &mut self.nodes[node].fuse {
            None => false,
            Some((0, crash)) => {
                let crash = *crash;
                self.crash(crash);
                true
            }
            Some((left, _)) => {
                *left -= by.min(*left);
                false
            }
        }
    }

    fn output(&mut self, node: usize, output: Output) {
        match output {
            Output::Send { to, bytes, after } => self.send(node, vec![usize::from(to.0)], &bytes, after),
            Output::Cast { bytes, after } => {
                let who = self.nodes[node].who;
                self.send(node, (0..self.scenario.n).filter(|to| *to != who).collect(), &bytes, after);
            }
            Output::Persist { token, record } => {
                self.nodes[node].disk.write(token, &record);
                let (life, at) = (self.nodes[node].life, self.disk_time(node));
                self.at(at, Event::Synced { node, life, token });
            }
            Output::Execute(block) => {
                let (life, at) = (self.nodes[node].life, self.disk_time(node));
                self.at(at, Event::Execute { node, life, block });
            }
            Output::Stable(stable) => {
                self.tell(|| format!("{node} stable {}", stable.seq()));
                if !self.scenario.is_liar(self.nodes[node].who) {
                    self.witness.stable(self.now, self.nodes[node].who, &stable);
                }
                self.nodes[node].disk.collect(stable.seq());
                self.nodes[node].copy.stable.insert(stable.seq(), stable);
            }
            Output::Serve { to, after } => {
                if let Some(frame) = self.nodes[node].copy.chunk(after) {
                    self.transmit(node, usize::from(to.0), &frame.encode());
                }
            }
            Output::NeedState { seq } => self.tell(|| format!("{node} needs {seq}")),
            Output::Entered { view } => {
                self.tell(|| format!("{node} entered view {view}"));
                if !self.scenario.is_liar(self.nodes[node].who) {
                    self.witness.entered(self.now, self.nodes[node].who, view);
                }
            }
            Output::Evidence(evidence) => {
                if !self.scenario.is_liar(self.nodes[node].who) {
                    self.witness.evidence(self.now, self.nodes[node].who, &evidence);
                }
            }
        }
    }

    /// When what is written now will be durable: one after the other.
    fn disk_time(&mut self, node: usize) -> u64 {
        let delay = self.rng.between(self.scenario.sync.0, self.scenario.sync.1);
        let free = self.nodes[node].disk_free.max(self.now + delay);
        self.nodes[node].disk_free = free;
        free
    }

    fn send(&mut self, node: usize, to: Vec<usize>, bytes: &Bytes, after: Option<Token>) {
        match after.filter(|token| *token > self.nodes[node].durable) {
            Some(token) => self.nodes[node].held.extend(to.into_iter().map(|to| (token, to, Arc::clone(bytes)))),
            None => to.into_iter().for_each(|to| self.transmit(node, to, bytes)),
        }
    }

    fn transmit(&mut self, node: usize, to: usize, bytes: &Bytes) {
        if let Some(liar) = &mut self.nodes[node].liar {
            for (delay, to, bytes) in liar.say(to, bytes) {
                self.post(node, to, &bytes, delay);
            }
            return;
        }
        let who = self.nodes[node].who;
        if !self.scenario.is_liar(who)
            && let Some(frame) = Frame::decode(bytes)
        {
            self.witness.said(self.now, who, &frame);
            if !self.nodes[node].disk.vouches_for(who, Quorum::of(self.scenario.n), &frame) {
                let what = format!("{who} says {} before that is on its disk", brief(&frame));
                self.witness.broken(Promise::NoDoubleSigning, self.now, what);
            }
        }
        self.post(node, to, bytes, 0);
    }

    /// Puts a message on the network, to all who are that validator.
    fn post(&mut self, from: usize, to: usize, bytes: &Bytes, delay: u64) {
        for node in (0..self.nodes.len()).filter(|node| self.nodes[*node].who == to).collect::<Vec<_>>() {
            for time in self.network.carry(self.now + delay, from, node) {
                self.at(time, Event::Message { from, to: node, bytes: Arc::clone(bytes) });
            }
        }
    }

    fn crash(&mut self, crash: Crash) {
        self.crashes += 1;
        self.tell(|| format!("{} crashes, {:?}", crash.node, crash.damage));
        let node = &mut self.nodes[crash.node];
        node.replica = None;
        node.life += 1;
        node.held.clear();
        node.fuse = None;
        node.disk.crash(crash.damage, &mut self.rng);
        match crash.damage {
            Some(Damage::Empty) => {
                node.copy = Copy::new(&self.genesis);
                node.last = None;
                self.witness.forgot(node.who);
            }
            Some(Damage::BitFlip) => self.witness.forgot(node.who),
            Some(Damage::LyingSync) | None => {}
        }
        self.later(crash.down, Event::Start(crash.node));
    }

    fn start(&mut self, node: usize) {
        if self.nodes[node].replica.is_some() {
            return;
        }
        let config = self.config(self.nodes[node].who);
        let signer = signers(self.scenario.n).swap_remove(self.nodes[node].who);
        let it = &mut self.nodes[node];
        it.life += 1;
        it.durable = 0;
        let mut out = Vec::new();
        let records = it.disk.read();
        self.tell(|| format!("{node} starts with {} records", records.len()));
        let it = &mut self.nodes[node];
        it.replica = Some(if it.ever_durable {
            Replica::recover(config, signer, &records, it.copy.at)
        } else {
            Replica::begin(config, signer, &mut out)
        });
        let last = it.last;
        self.perform(node, out);
        if let Some(head) = last {
            self.report_executed(node, head, false);
        }
    }

    fn turn(&mut self, client: usize) {
        self.later(TURN, Event::Client(client));
        for wish in self.clients.turn(client, self.now) {
            let (entries, urgent) = (wish.entries, wish.urgent);
            for node in (0..self.nodes.len()).filter(|node| wish.to.is_none_or(|to| to == *node)).collect::<Vec<_>>() {
                let delay = self.rng.between(1, 15);
                self.later(delay, Event::Request { node, entries: entries.clone(), urgent });
            }
        }
        if self.scenario.bad_client && client == 0 {
            let entries = vec![self.clients.nonsense(&self.genesis.id())];
            let node = self.rng.index(self.nodes.len());
            self.later(1, Event::Request { node, entries, urgent: true });
        }
    }

    #[expect(clippy::print_stdout, reason = "a world that is replayed is looked at")]
    fn tell(&self, what: impl FnOnce() -> String) {
        if self.loud {
            println!("{:>6} {}", self.now, what());
        }
    }
}

/// A message in a few words.
fn brief(frame: &Frame) -> String {
    match frame {
        Frame::PrePrepare(it, batch) => {
            format!("pre-prepare {}/{} {:?} of {}", it.body.view, it.body.seq, it.body.digest, batch.entries().len())
        }
        Frame::Proposal(it) => format!("proposal {}/{} {:?}", it.body.view, it.body.seq, it.body.digest),
        Frame::Prepare(it) => format!("prepare {}/{} {:?}", it.body.0.view, it.body.0.seq, it.body.0.digest),
        Frame::Commit(it) => format!("commit {}/{} {:?}", it.body.0.view, it.body.0.seq, it.body.0.digest),
        Frame::Checkpoint(it) => format!("checkpoint {} of {}", it.body.head.seq, it.body.by.0),
        Frame::ViewChange(it) => {
            let prepared: Vec<_> = it.body.prepared.iter().map(|it| it.proposal.body.seq).collect();
            let stable = it.body.stable.as_ref().map_or(0, |it| it.seq());
            format!("view-change to {} of {}, stable {stable}, prepared {prepared:?}", it.body.view, it.body.by.0)
        }
        Frame::NewView(it) => {
            let seqs: Vec<_> = it.body.proposals.iter().map(|it| it.body.seq).collect();
            let by: Vec<_> = it.body.changes.iter().map(|it| it.body.by.0).collect();
            format!("new-view {}, of {by:?}, proposes {seqs:?}", it.body.view)
        }
        Frame::Stable(it) => format!("stable {}", it.seq()),
        Frame::Request(it) => format!("{} requests", it.len()),
        Frame::Status(it) => format!("{it:?}"),
        Frame::Fetch(it) => format!("fetch after {}", it.after),
        Frame::Chunk(it) => format!("chunk of {} after {}", it.batches.len(), it.after),
        Frame::Batch(_) => "batch".to_owned(),
    }
}
