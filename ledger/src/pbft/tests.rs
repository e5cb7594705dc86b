//! Four replicas in one loop: a network that can lose, disks that can be kept or lost, and an application that only hashes.
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

#[test]
fn four_replicas_order_and_execute_a_request() {
    let mut world = World::new(4, one_each());
    world.request(1);
    for at in 0..4 {
        assert_eq!(world.log(at), [tx(1)]);
        assert_eq!(world.nodes[at].replica.stable(), 1, "and its checkpoint is stable");
    }
    world.agree();
}

#[test]
fn a_hundred_requests_are_executed_once_each_in_one_order() {
    for every in [1, 2, 4] {
        let mut world = World::new(4, Limits { checkpoint_every: every, ..one_each() });
        (1..=100).for_each(|number| world.request(number));
        (1..=100).for_each(|number| world.request(number));
        world.tick(100);
        world.agree();
        (0..4).for_each(|at| {
            let mut log = world.log(at);
            assert_eq!(log.len(), 100, "checkpoint every {every}");
            log.sort();
            log.dedup();
            assert_eq!(log.len(), 100);
        });
    }
}

#[test]
fn a_dead_primary_is_replaced() {
    let mut world = World::new(4, one_each());
    world.request(1);
    world.kill(0);
    world.request(2);
    world.tick(200);
    for at in 1..4 {
        assert_eq!(world.log(at), [tx(1), tx(2)]);
        assert_eq!(world.nodes[at].replica.view(), 1);
    }
    world.restart(0, true, true);
    world.request(3);
    world.tick(300);
    world.agree();
    assert_eq!(world.log(0), [tx(1), tx(2), tx(3)], "it came back, and caught up");
    assert_eq!(world.nodes[0].replica.view(), 1);
}

#[test]
fn what_was_prepared_survives_the_view() {
    let mut world = World::new(4, one_each());
    world.filter = Box::new(|_, _, frame| !matches!(frame, Frame::Commit(_)));
    world.request(1);
    let digest = world.nodes[1].replica.slots[&1].prepared.as_ref().unwrap().proposal.body.digest;
    world.kill(0);
    world.filter = Box::new(|_, _, frame| !matches!(frame, Frame::Commit(commit) if commit.body.0.view == 0));
    world.tick(300);
    assert!(world.nodes[1].replica.view() >= 1);
    assert_eq!(world.nodes[1].blocks[&1].batch.digest(), digest);
    world.agree();
}

#[test]
fn the_third_view_comes_when_two_primaries_are_dead_of_seven() {
    let mut world = World::new(7, one_each());
    world.kill(0);
    world.kill(1);
    world.request(1);
    world.tick(600);
    (2..7).for_each(|at| {
        assert_eq!(world.log(at), [tx(1)]);
        assert_eq!(world.nodes[at].replica.view(), 2);
    });
    world.request(2);
    (2..7).for_each(|at| assert_eq!(world.nodes[at].replica.failed_views(), 0, "patience is back to where it was"));
}

#[test]
fn a_third_of_all_messages_lost_is_no_loss() {
    for seed in 1..=20u64 {
        let mut world = World::new(4, one_each());
        let mut luck = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        world.filter = Box::new(move |_, _, _| {
            luck ^= luck << 13;
            luck ^= luck >> 7;
            luck ^= luck << 17;
            luck % 10 >= 3
        });
        (1..=20).for_each(|number| world.request(number));
        world.tick(3_000);
        (0..4).for_each(|at| assert_eq!(world.log(at).len(), 20, "seed {seed}, node {at}"));
        world.agree();
    }
}

#[test]
fn everyone_can_crash_at_once_and_go_on() {
    for every in [1, 2] {
        let mut world = World::new(4, Limits { checkpoint_every: every, ..one_each() });
        world.request(1);
        world.filter = Box::new(|_, _, frame| !matches!(frame, Frame::Commit(_)));
        world.request(2);
        (0..4).for_each(|at| world.restart(at, true, true));
        world.filter = Box::new(|_, _, _| true);
        world.tick(300);
        (0..4).for_each(|at| assert_eq!(world.log(at), [tx(1), tx(2)]));
        world.agree();
    }
}

#[test]
fn after_a_crash_a_replica_says_what_it_said() {
    let mut world = World::new(4, one_each());
    world.filter = Box::new(|_, _, frame| !matches!(frame, Frame::Commit(_)));
    world.request(1);
    let before = world.nodes[2].replica.slots[&1].own_prepare.map(|(prepare, _)| prepare);
    world.restart(2, true, true);
    let replica = &mut world.nodes[2].replica;
    assert!(before.is_some());
    assert_eq!(replica.slots[&1].own_prepare.map(|(prepare, _)| prepare), before);
    let other = Arc::new(Batch::new(1_000_000, vec![tx(9)]));
    let body = Proposal { view: 0, seq: 1, digest: other.digest() };
    let forged = Keys::of(&config(4, 0, one_each())).sign(body, &signer(0));
    let mut out = Vec::new();
    let bytes = Frame::PrePrepare(forged, other).encode();
    replica.step(Input::Msg { from: ReplicaId(0), bytes }, &Anything, &mut out);
    assert!(matches!(out.as_slice(), [Output::Evidence(_)]), "it votes for nothing else, and tells: {out:?}");
}

#[test]
fn an_empty_disk_is_filled_by_peers_and_votes_only_when_they_moved_on() {
    let mut world = World::new(4, one_each());
    (1..=20).for_each(|number| world.request(number));
    world.restart(3, false, false);
    world.tick(200);
    assert_eq!(world.log(3).len(), 20, "it has everything");
    assert!(world.nodes[3].replica.amnesiac());
    assert!(world.nodes[3].records.is_empty());
    (21..=60).for_each(|number| world.request(number));
    world.tick(100);
    world.agree();
    assert!(!world.nodes[3].replica.amnesiac(), "two windows later it votes again");
    world.kill(0);
    world.request(61);
    world.tick(400);
    assert_eq!(world.log(3).len(), 61, "and is needed");
}

#[test]
fn a_lying_peer_is_found_out() {
    let mut world = World::new(4, one_each());
    world.kill(3);
    (1..=20).for_each(|number| world.request(number));
    let forged = |frame: &Frame| match frame {
        Frame::Chunk(chunk) => {
            Frame::chunk(chunk.after, vec![Arc::new(Batch::new(5, vec![tx(666)]))], Arc::clone(&chunk.stable))
        }
        other => other.clone(),
    };
    let at = Point::default();
    let mut replica = Replica::recover(config(4, 3, one_each()), signer(3), &[], at);
    let stable = Arc::clone(&world.nodes[0].stables[&1]);
    let honest = Frame::chunk(0, vec![Arc::clone(&world.nodes[0].blocks[&1].batch)], stable);
    let mut out = Vec::new();
    replica.step(Input::Msg { from: ReplicaId(0), bytes: forged(&honest).encode() }, &Anything, &mut out);
    assert!(out.is_empty(), "{out:?}");
    replica.step(Input::Msg { from: ReplicaId(0), bytes: honest.encode() }, &Anything, &mut out);
    assert!(out.iter().any(|output| matches!(output, Output::Execute(_))));
}

#[test]
fn a_run_that_is_too_long_for_one_message_comes_in_several() {
    let limits = Limits { checkpoint_every: 8, window: 16, entry_bytes: 1 << 20, ..Limits::default() };
    let mut world = World::new(4, limits);
    world.kill(3);
    for number in 1..=8 {
        let large: Tx = [tx(number).as_ref(), vec![7; (1 << 20) - 9].as_slice()].concat().into();
        (0..4).for_each(|at| world.step(at, Input::Request { entries: vec![large.clone()], urgent: true }));
        world.settle();
    }
    assert_eq!(world.nodes[0].replica.stable(), 8);
    let batches: Vec<_> = world.nodes[0].blocks.values().map(|block| Arc::clone(&block.batch)).collect();
    let Frame::Chunk(chunk) = Frame::chunk(0, batches, Arc::clone(&world.nodes[0].stables[&8])) else { panic!() };
    assert_eq!((chunk.batches.len(), chunk.rest.len()), (4, 4));
    world.restart(3, true, true);
    world.tick(200);
    assert_eq!(world.log(3).len(), 8);
    world.agree();
}

#[test]
fn a_replica_that_slept_catches_up() {
    let mut world = World::new(4, one_each());
    world.kill(3);
    (1..=50).for_each(|number| world.request(number));
    world.restart(3, true, true);
    world.tick(300);
    assert_eq!(world.log(3).len(), 50);
    world.agree();
}

#[test]
fn an_equivocating_primary_is_replaced_and_reported() {
    let mut world = World::new(4, one_each());
    let mut keys = Keys::of(&config(4, 0, one_each()));
    world.kill(0);
    for (to, number) in [(1, 1), (2, 2), (3, 2)] {
        let batch = Arc::new(Batch::new(world.now, vec![tx(number)]));
        let proposal = keys.sign(Proposal { view: 0, seq: 1, digest: batch.digest() }, &signer(0));
        world.step(to, Input::Msg { from: ReplicaId(0), bytes: Frame::PrePrepare(proposal, batch).encode() });
    }
    world.settle();
    world.tick(300);
    world.agree();
    let mut log = world.log(1);
    log.sort();
    assert_eq!(log, [tx(1), tx(2)], "both requests are ordered in the end");
    let found = (1..4).flat_map(|at| &world.nodes[at].evidence).collect::<Vec<_>>();
    assert!(!found.is_empty());
    for evidence in found {
        assert_eq!(evidence.culprit(&keys), ReplicaId(0));
        assert!(Evidence::decode(&evidence.encode()).unwrap().holds(&mut keys));
    }
}

#[test]
fn a_primary_with_a_wrong_clock_orders_nothing() {
    let mut world = World::new(4, one_each());
    let wrong = world.now + 3_600_000;
    world.step(0, Input::Tick(wrong));
    world.step(0, Input::Request { entries: vec![tx(1)], urgent: true });
    world.settle();
    assert!(world.log(1).is_empty());
    (1..4).for_each(|at| world.step(at, Input::Request { entries: vec![tx(1)], urgent: true }));
    world.tick(300);
    assert_eq!(world.log(1), [tx(1)], "another primary did");
    assert!(world.nodes[1].blocks[&1].point.time < wrong);
}

#[test]
fn a_primary_that_is_slow_from_the_beginning_is_replaced() {
    let limits = Limits { batch_entries: 1, view_timeout: Duration::from_secs(60), ..one_each() };
    let mut world = World::new(4, limits);
    let mut last = 0;
    for number in 1..=2_000 {
        (1..4).for_each(|at| world.step(at, Input::Request { entries: vec![tx(number)], urgent: false }));
    }
    world.settle();
    // The primary knows one request a second, and its backups two thousand.
    world.filter = Box::new(|_, to, frame| to != ReplicaId(0) || !matches!(frame, Frame::Request(_)));
    let mut replaced = None;
    for second in 1..=60 {
        last += 1;
        world.step(0, Input::Request { entries: vec![tx(last)], urgent: false });
        world.tick(50);
        if world.nodes[1].replica.view() > 0 {
            replaced = replaced.or(Some(second));
        }
    }
    assert!(replaced.is_some_and(|second| second <= 20), "{replaced:?}");
    world.filter = Box::new(|_, _, _| true);
    world.tick(200);
    assert!(world.nodes[1].replica.view() < 4, "and the next ones not for nothing: {}", world.nodes[1].replica.view());
    assert_eq!(world.log(1).len(), 2_000);
    world.agree();
}

#[test]
fn who_left_a_view_alone_still_learns_what_the_others_commit_in_it() {
    let mut world = World::new(4, Limits { checkpoint_every: 8, window: 16, ..one_each() });
    world.filter = Box::new(|_, to, _| to != ReplicaId(3));
    world.step(3, Input::Request { entries: vec![tx(9)], urgent: true });
    world.tick(150);
    assert_eq!((world.nodes[3].replica.view(), world.nodes[3].replica.mode()), (1, Mode::Changing));
    (1..=3).for_each(|number| world.request(number));
    world.filter = Box::new(|_, _, _| true);
    world.tick(100);
    assert!(world.log(3).len() >= 3 && world.nodes[3].replica.stable() == 0, "no checkpoint has helped it");
    world.agree();
}

#[test]
fn nothing_grows_without_end() {
    let mut world = World::new(4, one_each());
    for number in 1..=300 {
        world.request(number);
        assert!(world.nodes.iter().all(|node| node.replica.held() < 200), "at {number}");
    }
    assert!(world.nodes.iter().all(|node| node.records.len() < 30));
}

#[test]
fn what_a_set_ends_with_is_the_last_it_executes() {
    let mut world = World::new(4, Limits { checkpoint_every: 4, ..one_each() });
    world.ends = Some(2);
    (1..=9).for_each(|number| world.request(number));
    world.tick(100);
    for node in &world.nodes {
        assert_eq!(
            node.replica.executed().seq,
            4,
            "the checkpoint after the change, filled up with empty blocks if need be"
        );
        assert_eq!(node.stables.keys().copied().collect::<Vec<_>>(), [4]);
    }
    world.agree();
}
