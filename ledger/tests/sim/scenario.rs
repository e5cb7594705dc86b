//! What happens in a world, drawn from its number before it begins.
use std::collections::BTreeMap;
use std::time::Duration;

use vaidya_ledger::pbft::{Limits, Mutant};

use crate::byzantine::Vice;
use crate::disk::Damage;
use crate::network::{CALM, Partition, Weather};
use crate::rng::Rng;

/// A power cut.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Crash {
    pub(crate) at: u64,
    pub(crate) node: usize,
    /// How many outputs the validator still performs.
    pub(crate) outputs: usize,
    /// For how long it is down, milliseconds.
    pub(crate) down: u64,
    pub(crate) damage: Option<Damage>,
}

/// Everything that is decided beforehand. Faulty are who has a vice and who has a damaged disk, f of them at most; power cuts happen to anyone.
#[derive(Clone, Debug)]
pub(crate) struct Scenario {
    pub(crate) seed: u64,
    pub(crate) n: usize,
    pub(crate) limits: Limits,
    pub(crate) mutant: Option<Mutant>,
    pub(crate) weather: Weather,
    pub(crate) partitions: Vec<Partition>,
    /// The global stabilisation time, and the weather from then on.
    pub(crate) stable_from: u64,
    pub(crate) calm: Weather,
    /// After how long everything must have happened.
    pub(crate) until: u64,
    pub(crate) vices: BTreeMap<usize, Vice>,
    pub(crate) crashes: Vec<Crash>,
    /// How far each clock is off, milliseconds.
    pub(crate) skew: Vec<i64>,
    pub(crate) clients: usize,
    pub(crate) entries: usize,
    pub(crate) bad_client: bool,
    /// How long a disk takes to acknowledge.
    pub(crate) sync: (u64, u64),
    /// Who runs twice, with one key.
    pub(crate) twin: Option<usize>,
}

impl Scenario {
    /// Four validators, a good network, no fault.
    pub(crate) fn calm(seed: u64) -> Self {
        Self {
            seed,
            n: 4,
            limits: limits(4, 16, 2),
            mutant: None,
            weather: CALM,
            partitions: Vec::new(),
            stable_from: 0,
            calm: CALM,
            until: 30_000,
            vices: BTreeMap::new(),
            crashes: Vec::new(),
            skew: vec![0; 4],
            clients: 3,
            entries: 6,
            bad_client: false,
            sync: (1, 3),
            twin: None,
        }
    }

    /// Everything that can go wrong at once, as long as no more than f are faulty.
    pub(crate) fn of(seed: u64) -> Self {
        let mut rng = Rng::new(seed);
        let n = *rng.pick(&[4, 4, 4, 4, 4, 4, 4, 5, 7, 7]);
        let every = *rng.pick(&[1, 1, 2, 4, 8]);
        let limits = limits(every, (2 * every).max(*rng.pick(&[4, 8, 16])), rng.between(1, 4));
        let stable_from = rng.between(1_500, 4_000);
        let calm = if rng.chance(8) { Weather { delay: (300, 700), ..CALM } } else { CALM };
        let mut scenario = Self {
            n,
            limits,
            weather: weather(&mut rng),
            partitions: partitions(n, stable_from, &mut rng),
            stable_from,
            until: stable_from + if calm.delay.1 > CALM.delay.1 { 120_000 } else { 60_000 },
            calm,
            skew: (0..n).map(|_| rng.between(0, 400) as i64 - 200).collect(),
            clients: 2 + rng.index(3),
            entries: 4 + rng.index(6),
            bad_client: rng.chance(15),
            sync: (1, *rng.pick(&[1, 5, 15, 40])),
            ..Self::calm(seed)
        };
        scenario.draw_faults(&mut rng);
        scenario
    }

    fn draw_faults(&mut self, rng: &mut Rng) {
        let mut who: Vec<_> = (0..self.n).collect();
        rng.shuffle(&mut who);
        let faulty = if rng.chance(15) { 0 } else { self.faulty_at_most() };
        for node in who.drain(..faulty) {
            if rng.chance(70) {
                self.vices.insert(node, *rng.pick(&Vice::ALL));
            } else {
                let damage = *rng.pick(&[Damage::BitFlip, Damage::Empty, Damage::Empty, Damage::LyingSync]);
                let crash = self.crash(node, rng);
                self.crashes.push(Crash { damage: Some(damage), ..crash });
            }
        }
        for node in who {
            for _ in 0..*rng.pick(&[0, 0, 1, 2, 3]) {
                let crash = self.crash(node, rng);
                self.crashes.push(crash);
            }
        }
        if rng.chance(8) {
            let (at, down) = (rng.below(self.stable_from), rng.between(50, 500));
            let everywhere = (0..self.n).filter(|node| !self.vices.contains_key(node));
            self.crashes.extend(everywhere.map(|node| Crash { at, node, outputs: 0, down, damage: None }));
        }
    }

    fn crash(&self, node: usize, rng: &mut Rng) -> Crash {
        let at = rng.below(self.stable_from);
        Crash { at, node, outputs: rng.index(12), down: rng.between(30, 1_200), damage: None }
    }

    pub(crate) fn faulty_at_most(&self) -> usize {
        (self.n - 1) / 3
    }

    /// Who lies, or has a disk that does: nothing is promised about them.
    pub(crate) fn is_liar(&self, node: usize) -> bool {
        let lies = |crash: &&Crash| crash.node == node && crash.damage == Some(Damage::LyingSync);
        self.vices.contains_key(&node) || self.twin == Some(node) || self.crashes.iter().any(|crash| lies(&crash))
    }

    /// Who lies, or whose disk loses what it had acknowledged.
    pub(crate) fn is_faulty(&self, node: usize) -> bool {
        self.is_liar(node) || self.crashes.iter().any(|crash| crash.node == node && crash.damage.is_some())
    }

    pub(crate) fn faulty(&self) -> usize {
        (0..self.n).filter(|node| self.is_faulty(*node)).count()
    }
}

/// Bounds that make things happen fast, and often at their edges.
pub(crate) fn limits(checkpoint_every: u64, window: u64, pipeline: u64) -> Limits {
    Limits {
        window,
        checkpoint_every,
        pipeline,
        batch_entries: 4,
        batch_bytes: 8 << 10,
        view_timeout: Duration::from_millis(400),
        view_timeout_max: Duration::from_millis(6_400),
        status_busy: Duration::from_millis(80),
        status_idle: Duration::from_millis(400),
        answer_blocks: 4,
        relay_after: Duration::from_millis(120),
        fetch_after: Duration::from_millis(150),
        pace_window: Duration::from_millis(1_000),
        ..Limits::default()
    }
}

/// As bad as it is allowed to be: up to 30 % lost, a quarter twice.
fn weather(rng: &mut Rng) -> Weather {
    let slowest = *rng.pick(&[5, 20, 80, 250]);
    Weather { delay: (1, slowest), drop: *rng.pick(&[0, 5, 15, 30]), duplicate: *rng.pick(&[0, 0, 5, 25]) }
}

/// Up to three cuts through the network, each in two.
fn partitions(n: usize, stable_from: u64, rng: &mut Rng) -> Vec<Partition> {
    let cuts = rng.below(4);
    let cut = |rng: &mut Rng| {
        let from = rng.below(stable_from);
        let to = (from + rng.between(100, 1_500)).min(stable_from);
        Partition { from, to, part: (0..n).map(|_| rng.below(2) as u8).collect() }
    };
    (0..cuts).map(|_| cut(rng)).collect()
}
