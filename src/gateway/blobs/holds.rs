//! Who has a block in hand: those who put it hold it until its row is written, and a sweep takes only what nobody holds.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use vaidya_clinic::vault::object::Cid;

/// The blocks in hand. Cheap to clone.
#[derive(Clone, Default)]
pub(super) struct Holds(Arc<Inner>);

#[derive(Default)]
struct Inner {
    blocks: Mutex<HashMap<Cid, State>>,
    freed: Notify,
}

enum State {
    /// By so many.
    Held(usize),
    /// It is being removed.
    Going,
}

/// A block in hand: it is not swept as long as this lives.
#[must_use = "hold it until the row that names the block is written"]
pub struct Held {
    holds: Holds,
    name: Cid,
}

/// A block being removed: nobody puts it as long as this lives.
pub(super) struct Going {
    holds: Holds,
    name: Cid,
}

impl Holds {
    /// Takes a block in hand, after its removal when it is being removed.
    pub(super) async fn hold(&self, name: &Cid) -> Held {
        loop {
            let mut freed = pin!(self.0.freed.notified());
            // Before looking: what is freed from here on wakes us.
            freed.as_mut().enable();
            if self.try_hold(name) {
                return Held { holds: self.clone(), name: name.clone() };
            }
            freed.await;
        }
    }

    /// Takes a block away, when nobody has it in hand.
    pub(super) fn take(&self, name: &Cid) -> Option<Going> {
        match self.blocks().entry(name.clone()) {
            Entry::Occupied(_) => None,
            Entry::Vacant(free) => {
                free.insert(State::Going);
                Some(Going { holds: self.clone(), name: name.clone() })
            }
        }
    }

    fn try_hold(&self, name: &Cid) -> bool {
        match self.blocks().entry(name.clone()).or_insert(State::Held(0)) {
            State::Held(count) => {
                *count = count.saturating_add(1);
                true
            }
            State::Going => false,
        }
    }

    fn let_go(&self, name: &Cid) {
        let mut blocks = self.blocks();
        match blocks.get_mut(name) {
            Some(State::Held(count)) if *count > 1 => *count -= 1,
            _ => {
                blocks.remove(name);
            }
        }
    }

    /// A thread that died in here left whole states behind.
    fn blocks(&self) -> MutexGuard<'_, HashMap<Cid, State>> {
        self.0.blocks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.holds.let_go(&self.name);
    }
}

impl Drop for Going {
    fn drop(&mut self) {
        self.holds.let_go(&self.name);
        self.holds.0.freed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn what_somebody_holds_is_not_taken_and_what_is_taken_waits() {
        let (holds, name) = (Holds::default(), Cid::of(b"block"));
        let first = holds.hold(&name).await;
        let second = holds.hold(&name).await;
        assert!(holds.take(&name).is_none());
        drop(first);
        assert!(holds.take(&name).is_none(), "the second still holds it");
        drop(second);
        let going = holds.take(&name).unwrap();
        assert!(holds.take(&name).is_none(), "one removes it");
        let mut waiting = Box::pin(holds.hold(&name));
        assert!(waiting.as_mut().now_or_never().is_none(), "it is being removed");
        let other = holds.hold(&Cid::of(b"another")).now_or_never();
        assert!(other.is_some(), "others need not wait");
        drop(going);
        drop(waiting.await);
        drop(other);
        assert!(holds.blocks().is_empty(), "nothing is left behind");
    }
}
