//! How fast replicas agree: four of them in one thread, every entry's signature verified by each, records encoded as for a disk.
//! `cargo run --release -p vaidya-ledger --example replicas`
#![expect(clippy::print_stdout, clippy::disallowed_methods, reason = "it measures, and prints")]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "nothing here is anyone's input")]

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use vaidya_ledger::pbft::{Bytes, Check, Config, Input, Limits, Output, Point, Replica, ReplicaId, Tx};
use vaidya_ledger::{Hash, Head, Signer, key};

/// Entries are 32 bytes of key, 64 of signature, and 178 that are signed: as long as the ledger's.
struct Signatures;

impl Check for Signatures {
    fn entry(&self, entry: &[u8]) -> bool {
        let Some((public, rest)) = entry.split_first_chunk::<32>() else { return false };
        let Some((signature, message)) = rest.split_first_chunk::<64>() else { return false };
        key::verify(public, message, signature)
    }
}

fn entry(signer: &Signer, number: u64) -> Tx {
    let message = [number.to_be_bytes().as_slice(), &[7; 170]].concat();
    [signer.public().as_slice(), &signer.sign(&message), &message].concat().into()
}

struct Town {
    replicas: Vec<Replica>,
    wire: VecDeque<(usize, Input)>,
    executed: Vec<u64>,
    heads: Vec<Head>,
    written: usize,
    messages: usize,
}

impl Town {
    fn new(n: u8, limits: Limits) -> Self {
        let validators: Vec<_> = (0..n).map(|id| Signer::from_seed(&[id + 1; 32]).public()).collect();
        let mut town = Self {
            replicas: Vec::new(),
            wire: VecDeque::new(),
            executed: vec![0; usize::from(n)],
            heads: vec![Head::default(); usize::from(n)],
            written: 0,
            messages: 0,
        };
        for me in 0..n {
            let config = Config {
                ledger: Hash::default(),
                epoch: 0,
                validators: validators.clone(),
                me: ReplicaId(me),
                start: Point::default(),
                boot: 1,
                limits,
                mutant: None,
            };
            let mut out = Vec::new();
            town.replicas.push(Replica::begin(config, Signer::from_seed(&[me + 1; 32]), &mut out));
            town.perform(usize::from(me), out);
        }
        town
    }

    fn send(&mut self, from: usize, to: usize, bytes: &Bytes) {
        self.messages += 1;
        self.wire
            .push_back((to, Input::Msg { from: ReplicaId(u8::try_from(from).unwrap()), bytes: Arc::clone(bytes) }));
    }

    fn perform(&mut self, at: usize, out: Vec<Output>) {
        for output in out {
            match output {
                Output::Send { to, bytes, .. } => self.send(at, usize::from(to.0), &bytes),
                Output::Cast { bytes, .. } => {
                    (0..self.replicas.len()).filter(|to| *to != at).for_each(|to| self.send(at, to, &bytes));
                }
                Output::Persist { token, record } => {
                    self.written += record.encode().len();
                    self.wire.push_back((at, Input::Persisted(token)));
                }
                Output::Execute(block) => {
                    self.executed[at] += u64::try_from(block.batch.entries().len()).unwrap();
                    let root = Hash::of(&[&self.heads[at].root.0, &block.point.chain.0]);
                    let head = Head { seq: block.point.seq, size: self.executed[at], root, state: root };
                    self.heads[at] = head;
                    self.wire.push_back((at, Input::Executed { head, cosignature: vec![0; 72], ends: false }));
                }
                _ => {}
            }
        }
    }

    fn settle(&mut self) {
        while let Some((at, input)) = self.wire.pop_front() {
            let mut out = Vec::new();
            self.replicas[at].step(input, &Signatures, &mut out);
            self.perform(at, out);
        }
    }

    fn everyone(&mut self, input: &Input) {
        (0..self.replicas.len()).for_each(|at| self.wire.push_back((at, input.clone())));
        self.settle();
    }
}

fn main() {
    let signer = Signer::from_seed(&[9; 32]);
    for (n, batch) in [(4, 1_000), (4, 250), (4, 50), (7, 1_000)] {
        let entries: Vec<Tx> = (0..8_000).map(|number| entry(&signer, number)).collect();
        let mut town = Town::new(n, Limits { batch_entries: batch, ..Limits::default() });
        town.everyone(&Input::Tick(1_000_000));
        let start = Instant::now();
        for entries in entries.chunks(1_000) {
            town.everyone(&Input::Request { entries: entries.to_vec(), urgent: false });
        }
        let took = start.elapsed();
        assert!(town.executed.iter().all(|executed| *executed == 8_000), "{:?}", town.executed);
        let rate = 8_000.0 / took.as_secs_f64();
        println!(
            "n = {n}, batches of {batch}: {rate:.0} entries/s on one core, {} messages, {} KB written",
            town.messages,
            town.written / 1024
        );
    }
    let mut town = Town::new(4, Limits::default());
    town.everyone(&Input::Tick(1_000_000));
    let mut times: Vec<Duration> = (0..500)
        .map(|number| {
            let entries = vec![entry(&signer, number)];
            let start = Instant::now();
            town.everyone(&Input::Request { entries, urgent: true });
            start.elapsed()
        })
        .collect();
    times.sort_unstable();
    println!("one urgent entry, all four on one core: p50 {:?}, p99 {:?}", times[250], times[495]);
}
