//! The gate before a password is compared: a few tries at a time touch the database and the threads for passwords, in
//! the order of the fair queue, so that a crowd of wrong ones fills neither.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::oneshot;

use super::turns::{Full, Lane, Turns};
use crate::clock;
use crate::error::Problem;

/// Tries under way at the same time. Lower leaves the threads for passwords idle while the database writes, higher makes
/// a right password wait behind more writes of wrong ones.
const AT_ONCE: usize = 8;

/// When who was turned away may come again. Lower lets a crowd knock more often, higher makes people wait longer than need be.
pub(super) const AGAIN: Duration = Duration::from_secs(1);

/// The gate.
#[derive(Clone)]
pub(super) struct Gate(Arc<Inner>);

struct Inner {
    turns: Turns,
    free: AtomicUsize,
}

/// A place behind the gate, given back when dropped.
pub struct Pass(Arc<Inner>);

impl Gate {
    /// A gate with nobody behind it.
    pub(super) fn new() -> Self {
        Self(Arc::new(Inner { turns: Turns::default(), free: AtomicUsize::new(AT_ONCE) }))
    }

    /// Waits for a place.
    ///
    /// # Errors
    /// `busy` when too many wait before it.
    pub(super) async fn enter(&self, lane: Lane) -> Result<Pass, Problem> {
        let (give, place) = oneshot::channel();
        let inner = Arc::clone(&self.0);
        // Who left meanwhile gives the place to the next at once: the pass comes back and is dropped.
        let work = Box::new(move || drop(give.send(Pass(inner))));
        self.0.turns.push(lane, work, clock::instant()).map_err(|Full| Problem::busy().retry_after(AGAIN))?;
        pump(&self.0);
        place.await.map_err(|_| Problem::busy().retry_after(AGAIN))
    }

    /// Notes how a try turned out.
    pub(super) fn tried(&self, lane: Lane, right: bool) {
        self.0.turns.tried(lane, right, clock::instant());
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        self.0.free.fetch_add(1, Ordering::AcqRel);
        pump(&self.0);
    }
}

/// Gives free places to those who wait.
fn pump(inner: &Inner) {
    while inner.free.try_update(Ordering::AcqRel, Ordering::Acquire, |free| free.checked_sub(1)).is_ok() {
        match inner.turns.try_pop() {
            Some(work) => work(),
            None => {
                inner.free.fetch_add(1, Ordering::AcqRel);
                // Somebody may have come after the look and before the place was free again.
                if inner.turns.is_empty() {
                    return;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future::join_all;

    use super::super::turns::Stranger;
    use super::*;
    use crate::store::SecretHash;

    fn from(number: u8) -> Lane {
        Lane::From(Stranger::new([198, 51, 100, number].into(), SecretHash([number; 32]), None))
    }

    #[tokio::test]
    async fn a_few_are_behind_the_gate_and_the_next_comes_when_one_leaves() {
        let gate = Gate::new();
        let mut behind = join_all((0..8).map(|number| gate.enter(from(number)))).await;
        let mut next = Box::pin(gate.enter(from(19)));
        assert!(futures_util::poll!(next.as_mut()).is_pending());
        drop(behind.pop());
        assert!(next.await.is_ok());
    }

    #[tokio::test]
    async fn whoever_stops_waiting_holds_nobody_up() {
        let gate = Gate::new();
        let behind = join_all((0..8).map(|number| gate.enter(from(number)))).await;
        let mut leaves = Box::pin(gate.enter(from(18)));
        assert!(futures_util::poll!(leaves.as_mut()).is_pending());
        let mut stays = Box::pin(gate.enter(from(9)));
        assert!(futures_util::poll!(stays.as_mut()).is_pending());
        drop(leaves);
        drop(behind);
        assert!(stays.await.is_ok());
        assert_eq!(gate.0.free.load(Ordering::Acquire), AT_ONCE, "every place is free again");
    }
}
