//! How many entries a second four validators agree on and execute, each on a thread of its own with its own state machine, each verifying every signature;
//! and how long one urgent entry takes. Records are encoded as for a disk, and count as durable at once.
//! `cargo run --release -p vaidya-ledger --example throughput -- [ENTRIES]`
#![expect(clippy::print_stdout, clippy::disallowed_methods, reason = "it measures, and prints")]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "nothing here is anyone's input"
)]

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{JoinHandle, spawn};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use vaidya_ledger::pbft::{Bytes, Config, Input, Limits, Output, Point, Replica, ReplicaId, Tx};
use vaidya_ledger::{App, Entry, Genesis, Hash, Kind, Signer, Statement, Validator, Validators};

const VALIDATORS: u8 = 4;
/// As many as a client hands in at once.
const HANDFUL: usize = 1_000;
/// As many as are under way at once; less than a submitter's window of sequences.
const UNDER_WAY: usize = 4_000;
const URGENT: usize = 500;
const TICK: Duration = Duration::from_millis(10);

enum Mail {
    In(Box<Input>),
    Stop,
}

/// A validator has executed so many entries.
struct Done(usize, usize);

fn now() -> u64 {
    u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap()
}

fn signer(number: u8) -> Signer {
    Signer::from_seed(&[number; 32])
}

fn genesis() -> Genesis {
    let validator = |id| Validator {
        id,
        name: format!("validator {id}"),
        public: signer(100 + id).public(),
        address: String::new(),
    };
    let validators = Validators::new((0..VALIDATORS).map(validator).collect()).unwrap();
    let (origin, log, submitters) = ("bench.example/log".to_owned(), signer(2).public(), vec![signer(1).public()]);
    Genesis { made_at: 1, interval: 1, origin, log, validators, submitters }.checked().unwrap()
}

/// An entry that anyone may hand in: one signature, 276 bytes.
fn entry(ledger: &Hash, sequence: u64) -> Tx {
    let random = |word: &[u8]| Hash::of(&[word, &sequence.to_be_bytes()]);
    let statement = Statement {
        kind: Kind::DatasetPublished,
        reference: random(b"reference"),
        parent: Hash::default(),
        commitment: random(b"commitment"),
        not_after: 0,
    };
    Entry::submit(ledger, &signer(1), sequence, statement, None, Vec::new()).encode().into()
}

struct Process {
    me: u8,
    replica: Replica,
    app: App,
    peers: Vec<Sender<Mail>>,
    done: Sender<Done>,
    written: usize,
}

impl Process {
    fn run(mut self, mail: &Receiver<Mail>, started: Vec<Output>) -> usize {
        let mut own = VecDeque::new();
        self.perform(started, &mut own);
        let mut ticked = Instant::now();
        loop {
            let input = own.pop_front().or_else(|| match mail.recv_timeout(TICK) {
                Ok(Mail::In(input)) => Some(*input),
                Ok(Mail::Stop) => None,
                Err(_) => Some(Input::Tick(now())),
            });
            let Some(input) = input else { return self.written };
            self.step(input, &mut own);
            if ticked.elapsed() >= TICK {
                ticked = Instant::now();
                self.step(Input::Tick(now()), &mut own);
            }
        }
    }

    fn step(&mut self, input: Input, own: &mut VecDeque<Input>) {
        let mut out = Vec::new();
        self.replica.step(input, &self.app, &mut out);
        self.perform(out, own);
    }

    fn send(&self, to: u8, bytes: &Bytes) {
        let input = Input::Msg { from: ReplicaId(self.me), bytes: Arc::clone(bytes) };
        // A peer that has stopped hears nothing any more.
        let _ = self.peers[usize::from(to)].send(Mail::In(Box::new(input)));
    }

    fn perform(&mut self, out: Vec<Output>, own: &mut VecDeque<Input>) {
        // Durable at once: nothing is held back, and what follows a record may go.
        for output in out {
            match output {
                Output::Send { to, bytes, .. } => self.send(to.0, &bytes),
                Output::Cast { bytes, .. } => {
                    (0..VALIDATORS).filter(|to| *to != self.me).for_each(|to| self.send(to, &bytes));
                }
                Output::Persist { token, record } => {
                    self.written += record.encode().len();
                    own.push_back(Input::Persisted(token));
                }
                Output::Execute(block) => {
                    let entries = block.batch.entries();
                    let executed = self.app.execute(block.point.seq, block.point.time, entries);
                    assert!(executed.outcomes.iter().all(Result::is_ok), "an entry is void");
                    let _ = self.done.send(Done(usize::from(self.me), entries.len()));
                    let cosignature = signer(100 + self.me).sign(&executed.head.root.0).to_vec();
                    own.push_back(Input::Executed { head: executed.head, cosignature, ends: executed.ends });
                }
                _ => {}
            }
        }
    }
}

struct Town {
    peers: Vec<Sender<Mail>>,
    threads: Vec<JoinHandle<usize>>,
    done: Receiver<Done>,
    executed: Vec<usize>,
}

impl Town {
    fn new(genesis: &Genesis) -> Self {
        let (peers, mail): (Vec<_>, Vec<_>) = (0..VALIDATORS).map(|_| channel()).unzip();
        let (tell, done) = channel();
        let start = Point { seq: 0, chain: genesis.id(), time: genesis.made_at };
        let validators: Vec<_> = genesis.validators.iter().map(|it| it.public).collect();
        let threads = (0..VALIDATORS).zip(mail).map(|(me, mail)| {
            let (ledger, validators, boot) = (genesis.id(), validators.clone(), now());
            let (me_id, limits) = (ReplicaId(me), Limits::default());
            let config = Config { ledger, epoch: 0, validators, me: me_id, start, boot, limits, mutant: None };
            let (app, peers, done) = (App::genesis(genesis), peers.clone(), tell.clone());
            spawn(move || {
                let mut out = Vec::new();
                let replica = Replica::begin(config, signer(100 + me), &mut out);
                Process { me, replica, app, peers, done, written: 0 }.run(&mail, out)
            })
        });
        let threads = threads.collect();
        Self { peers, threads, done, executed: vec![0; usize::from(VALIDATORS)] }
    }

    fn hand_in(&self, entries: &[Tx], urgent: bool) {
        for peer in &self.peers {
            let input = Input::Request { entries: entries.to_vec(), urgent };
            peer.send(Mail::In(Box::new(input))).unwrap();
        }
    }

    /// Waits until so many validators have executed so many entries.
    fn wait(&mut self, validators: usize, entries: usize) {
        while self.executed.iter().filter(|it| **it >= entries).count() < validators {
            let Done(who, more) = self.done.recv_timeout(Duration::from_secs(60)).unwrap();
            self.executed[who] += more;
        }
    }
}

fn main() {
    let total: usize = std::env::args().nth(1).and_then(|it| it.parse().ok()).unwrap_or(40_000);
    let genesis = genesis();
    let entries: Vec<_> = (1..=(total + URGENT) as u64).map(|sequence| entry(&genesis.id(), sequence)).collect();
    let (bulk, urgent) = entries.split_at(total);
    let mut town = Town::new(&genesis);
    let start = Instant::now();
    for (number, handful) in bulk.chunks(HANDFUL).enumerate() {
        town.wait(2, (number * HANDFUL).saturating_sub(UNDER_WAY));
        town.hand_in(handful, false);
    }
    town.wait(usize::from(VALIDATORS), total);
    let seconds = start.elapsed().as_secs_f64();
    println!("{VALIDATORS} validators, {total} entries: {:.0} entries/s executed by all", total as f64 / seconds);
    let mut alone = |(number, entry): (usize, &Tx)| {
        town.wait(usize::from(VALIDATORS), total + number);
        let start = Instant::now();
        town.hand_in(std::slice::from_ref(entry), true);
        town.wait(2, total + number + 1);
        start.elapsed().as_secs_f64() * 1_000.0
    };
    let mut took: Vec<f64> = urgent.iter().enumerate().map(&mut alone).collect();
    took.sort_by(f64::total_cmp);
    println!(
        "one urgent entry, executed by f + 1: p50 {:.1} ms, p99 {:.1} ms",
        took[URGENT / 2],
        took[URGENT * 99 / 100]
    );
    town.peers.iter().for_each(|peer| peer.send(Mail::Stop).unwrap());
    let written: usize = town.threads.into_iter().map(|it| it.join().unwrap()).sum();
    println!("{} bytes of votes for each entry and validator", written / total / usize::from(VALIDATORS));
}
