//! The network between validators: late, lost, doubled, out of order, cut into parts; calm after the global stabilisation time.
use crate::rng::Rng;
use crate::scenario::Scenario;

/// What the network does to messages for a while. Times are milliseconds.
#[derive(Clone, Debug)]
pub(crate) struct Weather {
    /// Each message takes its own time between these: that is what puts them out of order.
    pub(crate) delay: (u64, u64),
    /// Of a hundred messages, how many are lost.
    pub(crate) drop: u64,
    /// Of a hundred messages, how many arrive twice.
    pub(crate) duplicate: u64,
}

/// Nothing is lost, and everything arrives within 10 ms: what is promised after the global stabilisation time.
pub(crate) const CALM: Weather = Weather { delay: (1, 10), drop: 0, duplicate: 0 };

/// From when to when which node is in which part; nodes in different parts don't hear each other.
#[derive(Clone, Debug)]
pub(crate) struct Partition {
    pub(crate) from: u64,
    pub(crate) to: u64,
    pub(crate) part: Vec<u8>,
}

pub(crate) struct Network {
    storm: Weather,
    calm: Weather,
    partitions: Vec<Partition>,
    stable_from: u64,
    rng: Rng,
}

impl Network {
    pub(crate) fn new(scenario: &Scenario, rng: Rng) -> Self {
        let Scenario { weather, calm, partitions, stable_from, .. } = scenario.clone();
        Self { storm: weather, calm, partitions, stable_from, rng }
    }

    /// When a message arrives that is sent now: never, once or twice.
    pub(crate) fn carry(&mut self, now: u64, from: usize, to: usize) -> Vec<u64> {
        if now >= self.stable_from {
            return vec![self.arrival(now, self.calm.delay)];
        }
        if self.is_cut(now, from, to) || self.rng.chance(self.storm.drop) {
            return Vec::new();
        }
        let copies = 1 + u64::from(self.rng.chance(self.storm.duplicate));
        (0..copies).map(|_| self.arrival(now, self.storm.delay)).collect()
    }

    fn arrival(&mut self, now: u64, delay: (u64, u64)) -> u64 {
        now + self.rng.between(delay.0, delay.1)
    }

    fn is_cut(&self, now: u64, one: usize, other: usize) -> bool {
        self.partitions.iter().any(|cut| cut.from <= now && now < cut.to && cut.part[one] != cut.part[other])
    }
}
