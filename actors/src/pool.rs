//! The arbiters rooms and people live on: each id has its own, always the same.

use std::io;

use actix::{Arbiter, ArbiterHandle};

/// Arbiters, at least one.
pub(crate) struct Pool {
    first: ArbiterHandle,
    others: Vec<ArbiterHandle>,
}

impl Pool {
    /// New arbiters, each a thread that ends with the actix `System`; one when fewer are asked for.
    pub(crate) fn of(arbiters: usize) -> io::Result<Self> {
        let arbiter = || Arbiter::try_new().map(|arbiter| arbiter.handle());
        let others = (1..arbiters).map(|_| arbiter()).collect::<io::Result<_>>()?;
        Ok(Self { first: arbiter()?, others })
    }

    /// The arbiter it is called on, alone.
    pub(crate) fn here() -> Self {
        Self { first: Arbiter::current(), others: vec![] }
    }

    /// The arbiter of whoever has this number.
    pub(crate) fn pick(&self, number: u128) -> ArbiterHandle {
        let arbiters = u128::try_from(self.others.len()).unwrap_or(0).saturating_add(1);
        let place = usize::try_from(number % arbiters).unwrap_or(0);
        place.checked_sub(1).and_then(|place| self.others.get(place)).unwrap_or(&self.first).clone()
    }
}
