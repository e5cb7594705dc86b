//! Fairness between peers: each has a bounded queue of its own, and they are served in turn (Aardvark, section 4.4).
use std::collections::VecDeque;

use super::{Bytes, ReplicaId};

/// Messages that wait for a replica. A driver puts in what the transport brings, and takes out what the replica does next: whoever floods
/// fills its own queue only.
#[derive(Debug)]
pub struct Inbox {
    queues: Vec<Queue>,
    turn: usize,
    most: usize,
    most_bytes: usize,
}

#[derive(Debug, Default)]
struct Queue {
    messages: VecDeque<Bytes>,
    bytes: usize,
}

impl Inbox {
    /// For `n` peers with at most so many messages and bytes each. One message always fits, whatever its size, because the transport
    /// has a bound for that ([`MAX_FRAME`](super::MAX_FRAME)).
    #[must_use]
    pub fn new(n: usize, most: usize, most_bytes: usize) -> Self {
        Self { queues: (0..n).map(|_| Queue::default()).collect(), turn: 0, most, most_bytes }
    }

    /// Puts one in; `false` when that peer's queue is full, or there is no such peer. What is dropped will be sent again.
    pub fn put(&mut self, from: ReplicaId, bytes: Bytes) -> bool {
        let (most, most_bytes) = (self.most, self.most_bytes);
        let Some(queue) = self.queues.get_mut(usize::from(from.0)) else { return false };
        let full = queue.messages.len() >= most || queue.bytes + bytes.len() > most_bytes;
        if full && !queue.messages.is_empty() {
            return false;
        }
        queue.bytes += bytes.len();
        queue.messages.push_back(bytes);
        true
    }

    /// Takes the next one out: one of each peer in turn.
    pub fn take(&mut self) -> Option<(ReplicaId, Bytes)> {
        let n = self.queues.len();
        for step in 0..n {
            let at = (self.turn + step) % n;
            let Some(queue) = self.queues.get_mut(at) else { continue };
            if let Some(bytes) = queue.messages.pop_front() {
                queue.bytes -= bytes.len();
                self.turn = at + 1;
                return Some((ReplicaId(u8::try_from(at).ok()?), bytes));
            }
        }
        None
    }

    /// How many wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.queues.iter().map(|queue| queue.messages.len()).sum()
    }

    /// Whether none waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_floods_waits_behind_itself_only() {
        let mut inbox = Inbox::new(3, 4, 1_000);
        let taken = (0..10).filter(|_| inbox.put(ReplicaId(0), Bytes::from([0u8].as_slice()))).count();
        assert_eq!(taken, 4);
        assert!(inbox.put(ReplicaId(2), Bytes::from([2u8].as_slice())));
        assert_eq!(inbox.take().unwrap().0, ReplicaId(0));
        assert_eq!(inbox.take().unwrap().0, ReplicaId(2), "its turn, before the flood");
        assert_eq!(inbox.len(), 3);
    }

    #[test]
    fn bytes_are_bounded_but_one_message_fits() {
        let mut inbox = Inbox::new(1, 10, 4);
        assert!(inbox.put(ReplicaId(0), Bytes::from([0u8; 9].as_slice())));
        assert!(!inbox.put(ReplicaId(0), Bytes::from([0u8; 1].as_slice())));
        assert!(!inbox.put(ReplicaId(7), Bytes::from([0u8; 1].as_slice())), "nobody's");
        assert!(inbox.take().is_some() && inbox.is_empty());
    }
}
