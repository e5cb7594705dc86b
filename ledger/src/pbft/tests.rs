//! Four replicas in one loop: a network that can lose, disks that can be kept or lost, and an application that only hashes.
mod crash;
mod order;
mod views;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::{Hash, Head, Signer};

/// Accepts what begins with anything but zero.
pub(super) struct Anything;

impl Check for Anything {
    fn entry(&self, entry: &[u8]) -> bool {
        entry.first().is_some_and(|first| *first != 0)
    }
}

/// A replica with its disk and its state.
pub(super) struct Node {
    pub(super) replica: Replica,
    pub(super) records: BTreeMap<Place, Vec<u8>>,
    pub(super) blocks: BTreeMap<Seq, Block>,
    pub(super) stables: BTreeMap<Seq, Arc<Stable>>,
    pub(super) evidence: Vec<Evidence>,
    head: Head,
    up: bool,
}

type Filter = Box<dyn FnMut(ReplicaId, ReplicaId, &Frame) -> bool>;

pub(super) struct World {
    pub(super) nodes: Vec<Node>,
    wire: VecDeque<(ReplicaId, ReplicaId, Bytes)>,
    pub(super) now: Millis,
    pub(super) filter: Filter,
    limits: Limits,
    boots: u64,
    /// The block that changes the validators.
    ends: Option<Seq>,
}

pub(super) fn signer(id: u8) -> Signer {
    Signer::from_seed(&[id + 1; 32])
}

pub(super) fn config(n: u8, me: u8, limits: Limits) -> Config {
    Config {
        ledger: Hash::of(&[b"a ledger"]),
        epoch: 0,
        validators: (0..n).map(|id| signer(id).public()).collect(),
        me: ReplicaId(me),
        start: Point::default(),
        boot: 1,
        limits,
        mutant: None,
    }
}

pub(super) fn tx(number: u64) -> Tx {
    let mut bytes = vec![1];
    bytes.extend(number.to_be_bytes());
    bytes.into()
}

fn executed(head: Head, block: &Block) -> Head {
    let seq = block.point.seq;
    let state =
        Hash::of(&[&head.state.0, &seq.to_be_bytes(), &block.point.time.to_be_bytes(), &block.batch.digest().0]);
    let more = u64::try_from(block.batch.entries().len()).unwrap();
    Head { seq, size: head.size + more, root: state, state }
}

impl World {
    pub(super) fn new(n: u8, limits: Limits) -> Self {
        let mut world = Self {
            nodes: Vec::new(),
            wire: VecDeque::new(),
            now: 1_000_000,
            filter: Box::new(|_, _, _| true),
            limits,
            boots: 1,
            ends: None,
        };
        for me in 0..n {
            let mut out = Vec::new();
            let replica = Replica::begin(config(n, me, limits), signer(me), &mut out);
            let node = Node {
                replica,
                records: BTreeMap::new(),
                blocks: BTreeMap::new(),
                stables: BTreeMap::new(),
                evidence: Vec::new(),
                head: Head::default(),
                up: true,
            };
            world.nodes.push(node);
            world.perform(usize::from(me), out);
        }
        world.tick(1);
        world
    }

    pub(super) fn step(&mut self, at: usize, input: Input) {
        let node = &mut self.nodes[at];
        if node.up {
            let mut out = Vec::new();
            node.replica.step(input, &Anything, &mut out);
            self.perform(at, out);
        }
    }

    fn perform(&mut self, at: usize, out: Vec<Output>) {
        let me = ReplicaId(u8::try_from(at).unwrap());
        let mut inputs = Vec::new();
        for output in out {
            let node = &mut self.nodes[at];
            match output {
                Output::Send { to, bytes, .. } => self.wire.push_back((me, to, bytes)),
                Output::Cast { bytes, .. } => {
                    for to in (0..self.nodes.len()).filter(|to| *to != at) {
                        self.wire.push_back((me, ReplicaId(u8::try_from(to).unwrap()), Arc::clone(&bytes)));
                    }
                }
                Output::Persist { token, record } => {
                    node.records.insert(record.place(), record.encode());
                    inputs.push(Input::Persisted(token));
                }
                Output::Execute(block) if self.ends.is_some_and(|ends| block.point.seq > ends.next_multiple_of(4)) => {}
                Output::Execute(block) => {
                    assert_eq!(block.point.seq, node.head.seq + 1, "blocks come in order, once");
                    node.head = executed(node.head, &block);
                    node.blocks.insert(block.point.seq, block);
                    let ends = self.ends.is_some_and(|ends| node.head.seq >= ends);
                    inputs.push(Input::Executed { head: node.head, cosignature: vec![7; 72], ends });
                }
                Output::Stable(stable) => {
                    let seq = stable.seq();
                    node.stables.insert(seq, stable);
                    node.records.retain(|_, bytes| Record::decode(bytes).unwrap().kept_above(seq));
                }
                Output::Serve { to, after } => self.serve(at, to, after),
                Output::Evidence(evidence) => node.evidence.push(*evidence),
                Output::NeedState { .. } | Output::Entered { .. } => {}
            }
        }
        inputs.into_iter().for_each(|input| self.step(at, input));
    }

    fn serve(&mut self, at: usize, to: ReplicaId, after: Seq) {
        let node = &self.nodes[at];
        let Some((last, stable)) = node.stables.range(after + 1..).find(|(seq, _)| node.blocks.contains_key(seq))
        else {
            return;
        };
        let batches = node.blocks.range(after + 1..=*last).map(|(_, block)| Arc::clone(&block.batch)).collect();
        let bytes = Frame::chunk(after, batches, Arc::clone(stable)).encode();
        self.wire.push_back((ReplicaId(u8::try_from(at).unwrap()), to, bytes));
    }

    /// Delivers until nothing is on the wire.
    pub(super) fn settle(&mut self) {
        while let Some((from, to, bytes)) = self.wire.pop_front() {
            let frame = Frame::decode(&bytes).expect("replicas send only what can be read");
            if (self.filter)(from, to, &frame) {
                self.step(usize::from(to.0), Input::Msg { from, bytes });
            }
        }
    }

    /// Lets time pass, 20 ms at a time.
    pub(super) fn tick(&mut self, times: u64) {
        for _ in 0..times {
            self.now += 20;
            (0..self.nodes.len()).for_each(|at| self.step(at, Input::Tick(self.now)));
            self.settle();
        }
    }

    pub(super) fn request(&mut self, number: u64) {
        for at in 0..self.nodes.len() {
            self.step(at, Input::Request { entries: vec![tx(number)], urgent: true });
        }
        self.settle();
    }

    pub(super) fn kill(&mut self, at: usize) {
        self.nodes[at].up = false;
    }

    /// Starts it again, with its disk or without.
    pub(super) fn restart(&mut self, at: usize, keeps_votes: bool, keeps_blocks: bool) {
        self.boots += 1;
        let n = u8::try_from(self.nodes.len()).unwrap();
        let me = u8::try_from(at).unwrap();
        let node = &mut self.nodes[at];
        if !keeps_votes {
            node.records.clear();
        }
        if !keeps_blocks {
            (node.blocks, node.stables, node.head) = (BTreeMap::new(), BTreeMap::new(), Head::default());
        }
        let records = read(&node.records.values().collect::<Vec<_>>()).unwrap();
        let at_point = node.blocks.last_key_value().map_or(Point::default(), |(_, block)| block.point);
        let config = Config { boot: self.boots, ..config(n, me, self.limits) };
        node.replica = Replica::recover(config, signer(me), &records, at_point);
        node.up = true;
        if node.head.seq > 0 {
            let head = node.head;
            self.step(at, Input::Executed { head, cosignature: vec![7; 72], ends: false });
        }
    }

    /// Entries in the order in which a node executed them.
    pub(super) fn log(&self, at: usize) -> Vec<Tx> {
        self.nodes[at].blocks.values().flat_map(|block| block.batch.entries().to_vec()).collect()
    }

    fn agree(&self) {
        for seq in 1..=self.nodes.iter().map(|node| node.head.seq).max().unwrap() {
            let mut all = self.nodes.iter().filter_map(|node| node.blocks.get(&seq)).map(|block| block.point);
            let first = all.next();
            assert!(all.all(|point| Some(point) == first), "block {seq} differs");
        }
    }
}

fn one_each() -> Limits {
    Limits { batch_entries: 3, window: 8, ..Limits::default() }
}
