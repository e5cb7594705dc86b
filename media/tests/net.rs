//! A network of one queue: packets are delayed and lost by a seeded die.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// What one direction of one client's link is like.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Link {
    pub(crate) delay: Duration,
    pub(crate) jitter: Duration,
    /// Of 1.
    pub(crate) loss: f64,
    /// Bit/s; none is without end.
    pub(crate) rate: Option<u64>,
}

pub(crate) const CLEAN: Link = Link { delay: Duration::from_millis(5), jitter: Duration::ZERO, loss: 0.0, rate: None };

/// How long packets may wait for a slow link.
const QUEUE: Duration = Duration::from_millis(400);

#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Flying {
    pub(crate) at: Instant,
    order: u64,
    pub(crate) from: SocketAddr,
    pub(crate) to: SocketAddr,
    pub(crate) bytes: Vec<u8>,
}

pub(crate) struct Net {
    pub(crate) luck: ChaCha8Rng,
    flying: BinaryHeap<Reverse<Flying>>,
    order: u64,
    free: std::collections::HashMap<(SocketAddr, SocketAddr), Instant>,
}

impl Net {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            luck: ChaCha8Rng::seed_from_u64(seed),
            flying: BinaryHeap::new(),
            order: 0,
            free: std::collections::HashMap::new(),
        }
    }

    pub(crate) fn send(&mut self, now: Instant, link: Link, from: SocketAddr, to: SocketAddr, bytes: Vec<u8>) {
        if self.luck.random::<f64>() < link.loss {
            return;
        }
        let mut leaves = now;
        if let Some(rate) = link.rate {
            let free = self.free.entry((from, to)).or_insert(now);
            let start = (*free).max(now);
            if start - now > QUEUE {
                return;
            }
            leaves = start + Duration::from_secs_f64((bytes.len() + 28) as f64 * 8.0 / rate as f64);
            *free = leaves;
        }
        let at = leaves + link.delay + link.jitter.mul_f64(self.luck.random::<f64>());
        self.order += 1;
        self.flying.push(Reverse(Flying { at, order: self.order, from, to, bytes }));
    }

    pub(crate) fn arrived(&mut self, now: Instant) -> Option<Flying> {
        if self.flying.peek()?.0.at > now {
            return None;
        }
        self.flying.pop().map(|next| next.0)
    }
}
