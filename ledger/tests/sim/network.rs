//! The network between validators: late, lost, doubled, out of order, cut into parts; calm after the global stabilisation time.
use crate::rng::Rng;

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
    pub(crate) weather: Weather,
    pub(crate) partitions: Vec<Partition>,
    /// The global stabilisation time: from then on the network is calm and whole.
    pub(crate) stable_from: u64,
    rng: Rng,
}

impl Network {
    pub(crate) fn new(weather: Weather, partitions: Vec<Partition>, stable_from: u64, rng: Rng) -> Self {
        Self { weather, partitions, stable_from, rng }
    }

    /// Weather as bad as it is allowed to be, and up to three partitions before the stabilisation time.
    pub(crate) fn stormy(nodes: usize, stable_from: u64, rng: &mut Rng) -> Self {
        let slowest = *rng.pick(&[5, 20, 80, 250]);
        let weather = Weather { delay: (1, slowest), drop: rng.below(31), duplicate: *rng.pick(&[0, 0, 5, 25]) };
        let partitions = (0..rng.below(4)).map(|_| {
            let from = rng.below(stable_from);
            let to = from + rng.between(1, stable_from);
            Partition { from, to: to.min(stable_from), part: (0..nodes).map(|_| rng.below(2) as u8).collect() }
        });
        let partitions = partitions.collect();
        Self::new(weather, partitions, stable_from, rng.fork(1))
    }

    /// When a message arrives that is sent now: never, once or twice.
    pub(crate) fn carry(&mut self, now: u64, from: usize, to: usize) -> Vec<u64> {
        if now >= self.stable_from {
            return vec![now + self.rng.between(CALM.delay.0, CALM.delay.1)];
        }
        if self.is_cut(now, from, to) || self.rng.chance(self.weather.drop) {
            return Vec::new();
        }
        let copies = 1 + u64::from(self.rng.chance(self.weather.duplicate));
        (0..copies).map(|_| now + self.rng.between(self.weather.delay.0, self.weather.delay.1)).collect()
    }

    pub(crate) fn is_cut(&self, now: u64, one: usize, other: usize) -> bool {
        self.partitions.iter().any(|cut| cut.from <= now && now < cut.to && cut.part[one] != cut.part[other])
    }
}
