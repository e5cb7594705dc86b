//! Entries on their way: what waits to be handed in, what is under way, and who waits for an answer.
use std::collections::BTreeMap;
use std::time::Duration;

use tokio::sync::oneshot;
use vaidya_ledger::Hash;
use vaidya_ledger::pbft::Tx;

use crate::port::{Anchored, Unanchored};

/// The most entries that wait or are under way. When full, who hands in is told to come again. Lower turns a burst away, higher holds more in
/// memory while too few validators answer.
pub const MOST_WAITING: usize = 16_384;
/// The most bytes of them.
pub const MOST_BYTES: usize = 16 << 20;
/// The most entries in one message to the validators, as many as in a batch.
pub const MOST_AT_ONCE: usize = 1_000;
/// The most bytes in one message to the validators, as many as in a batch.
pub const MOST_BYTES_AT_ONCE: usize = 1 << 20;
/// When an entry that isn't committed is handed in again. Lower repeats what is only slow, higher leaves what was lost longer.
pub const AGAIN: Duration = Duration::from_secs(2);
/// How long someone with an urgent entry waits to hear that there is no quorum; the entry stays under way.
pub const URGENT_PATIENCE: Duration = Duration::from_secs(2);
/// How long others wait, from when it was handed in to the validators.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Where an answer goes.
pub(super) type Reply = oneshot::Sender<Result<Anchored, Unanchored>>;

/// An entry on its way.
pub(super) struct Waiting {
    bytes: Tx,
    urgent: bool,
    /// When it came here, ms.
    pub(super) since: u64,
    /// When it was last handed in to the validators, ms.
    sent: Option<u64>,
    first_sent: Option<u64>,
    pub(super) replies: Vec<Reply>,
}

/// Entries on their way, in the order in which they came.
pub(super) struct Pool {
    window: u64,
    waiting: BTreeMap<u64, Waiting>,
    tickets: BTreeMap<Hash, u64>,
    /// Tickets below it were handed in.
    unsent: u64,
    next: u64,
    bytes: usize,
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

impl Pool {
    /// Entries wait this long for others.
    pub(super) fn new(window: Duration) -> Self {
        Self {
            window: millis(window),
            waiting: BTreeMap::new(),
            tickets: BTreeMap::new(),
            unsent: 0,
            next: 0,
            bytes: 0,
        }
    }

    /// Takes an entry in. One that is here already isn't taken twice: both hear the same.
    pub(super) fn hand_in(&mut self, digest: Hash, bytes: &[u8], urgent: bool, now: u64, reply: Reply) {
        if let Some(waiting) = self.tickets.get(&digest).and_then(|ticket| self.waiting.get_mut(ticket)) {
            waiting.replies.push(reply);
            waiting.urgent |= urgent;
            waiting.first_sent = waiting.first_sent.map(|_| now);
        } else if self.waiting.len() >= MOST_WAITING || self.bytes.saturating_add(bytes.len()) > MOST_BYTES {
            let _gone = reply.send(Err(Unanchored::Full));
        } else {
            let (bytes, replies) = (Tx::from(bytes), vec![reply]);
            self.bytes += bytes.len();
            let waiting = Waiting { bytes, urgent, since: now, sent: None, first_sent: None, replies };
            self.waiting.insert(self.next, waiting);
            self.tickets.insert(digest, self.next);
            self.next += 1;
        }
    }

    /// Whether what waits should go now: someone can't wait, the window is over, or a batch is full.
    pub(super) fn is_due(&self, now: u64) -> bool {
        let unsent = || self.waiting.range(self.unsent..).map(|(_, waiting)| waiting);
        let old = unsent().next().is_some_and(|first| now >= first.since.saturating_add(self.window));
        let full = || unsent().count() >= MOST_AT_ONCE || bytes(unsent()) >= MOST_BYTES_AT_ONCE;
        old || unsent().any(|waiting| waiting.urgent) || full()
    }

    /// What waits, in messages to the validators; it is under way from now on.
    pub(super) fn flush(&mut self, now: u64) -> Vec<Vec<Tx>> {
        let unsent = self.waiting.range_mut(self.unsent..).map(|(_, waiting)| waiting.send(now)).collect();
        self.unsent = self.next;
        messages(unsent)
    }

    /// What is under way for too long, in messages to the validators.
    pub(super) fn again(&mut self, now: u64) -> Vec<Vec<Tx>> {
        let lost = |waiting: &&mut Waiting| waiting.sent.is_some_and(|sent| now >= sent.saturating_add(millis(AGAIN)));
        messages(self.waiting.values_mut().filter(lost).map(|waiting| waiting.send(now)).collect())
    }

    /// Those who have waited long enough hear that there is no quorum. What they handed in stays under way.
    pub(super) fn lose_patience(&mut self, now: u64) {
        for waiting in self.waiting.values_mut() {
            let patience = millis(if waiting.urgent { URGENT_PATIENCE } else { PATIENCE });
            if waiting.first_sent.is_some_and(|sent| now >= sent.saturating_add(patience)) {
                for reply in waiting.replies.drain(..) {
                    let _gone = reply.send(Err(Unanchored::NoQuorum));
                }
            }
        }
    }

    /// It is committed.
    pub(super) fn done(&mut self, digest: &Hash) -> Option<Waiting> {
        let waiting = self.waiting.remove(&self.tickets.remove(digest)?)?;
        self.bytes = self.bytes.saturating_sub(waiting.bytes.len());
        Some(waiting)
    }

    /// How many are here.
    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// The ticket that the next entry gets: what has a lower one was there before.
    pub(super) fn next(&self) -> u64 {
        self.next
    }

    /// Whether all with a lower ticket are committed.
    pub(super) fn is_through(&self, ticket: u64) -> bool {
        self.waiting.first_key_value().is_none_or(|(first, _)| *first >= ticket)
    }
}

impl Waiting {
    fn send(&mut self, now: u64) -> Tx {
        self.sent = Some(now);
        self.first_sent.get_or_insert(now);
        Tx::clone(&self.bytes)
    }
}

fn bytes<'a>(waiting: impl Iterator<Item = &'a Waiting>) -> usize {
    waiting.map(|waiting| waiting.bytes.len()).sum()
}

fn messages(entries: Vec<Tx>) -> Vec<Vec<Tx>> {
    let (mut all, mut last, mut size) = (Vec::new(), Vec::new(), 0_usize);
    for entry in entries {
        if last.len() >= MOST_AT_ONCE || size.saturating_add(entry.len()) > MOST_BYTES_AT_ONCE {
            all.push(std::mem::take(&mut last));
            size = 0;
        }
        size = size.saturating_add(entry.len());
        last.push(entry);
    }
    all.extend(Some(last).filter(|last| !last.is_empty()));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Duration = Duration::from_secs(6);

    fn hand_in(
        pool: &mut Pool,
        number: usize,
        urgent: bool,
        now: u64,
    ) -> oneshot::Receiver<Result<Anchored, Unanchored>> {
        let (reply, answer) = oneshot::channel();
        let bytes = number.to_be_bytes();
        pool.hand_in(Hash::of(&[&bytes]), &bytes, urgent, now, reply);
        answer
    }

    #[test]
    fn entries_wait_for_each_other_and_not_longer_than_the_window() {
        let mut pool = Pool::new(WINDOW);
        let _one = hand_in(&mut pool, 1, false, 0);
        let _two = hand_in(&mut pool, 2, false, 5_000);
        assert!(!pool.is_due(5_999));
        assert!(pool.is_due(6_000));
        assert_eq!(pool.flush(6_000)[0].len(), 2);
        assert!(!pool.is_due(60_000), "what is under way is not handed in by the window again");
    }

    #[test]
    fn an_urgent_entry_takes_everything_before_it_along_and_overtakes_nothing() {
        let mut pool = Pool::new(WINDOW);
        let _one = hand_in(&mut pool, 1, false, 0);
        let _two = hand_in(&mut pool, 2, true, 1);
        assert!(pool.is_due(1));
        let message = &pool.flush(1)[0];
        assert_eq!(message.iter().map(|entry| entry[7]).collect::<Vec<_>>(), [1, 2]);
    }

    #[test]
    fn a_full_batch_does_not_wait() {
        let mut pool = Pool::new(WINDOW);
        let _all: Vec<_> = (0..MOST_AT_ONCE).map(|number| hand_in(&mut pool, number, false, 0)).collect();
        assert!(pool.is_due(0));
        let _more = hand_in(&mut pool, MOST_AT_ONCE, false, 0);
        assert_eq!(pool.flush(0).iter().map(Vec::len).collect::<Vec<_>>(), [1_000, 1]);
    }

    #[test]
    fn what_got_lost_is_handed_in_again() {
        let mut pool = Pool::new(WINDOW);
        let _one = hand_in(&mut pool, 1, true, 0);
        pool.flush(0);
        assert!(pool.again(1_999).is_empty());
        assert_eq!(pool.again(2_000).len(), 1);
        assert!(pool.again(2_001).is_empty());
    }

    #[test]
    fn who_waits_hears_that_there_is_no_quorum_and_the_entry_stays_under_way() {
        let mut pool = Pool::new(WINDOW);
        let mut one = hand_in(&mut pool, 1, true, 0);
        pool.flush(0);
        pool.lose_patience(1_999);
        assert!(one.try_recv().is_err());
        pool.lose_patience(2_000);
        assert_eq!(one.try_recv().unwrap(), Err(Unanchored::NoQuorum));
        let mut again = hand_in(&mut pool, 1, true, 2_500);
        assert_eq!(pool.len(), 1);
        pool.lose_patience(4_000);
        assert!(again.try_recv().is_err(), "who asks again waits again");
        assert_eq!(pool.done(&Hash::of(&[&1_usize.to_be_bytes()])).unwrap().replies.len(), 1);
    }

    #[test]
    fn a_full_pool_says_so() {
        let mut pool = Pool::new(WINDOW);
        let _all: Vec<_> = (0..MOST_WAITING).map(|number| hand_in(&mut pool, number, false, 0)).collect();
        assert_eq!(hand_in(&mut pool, MOST_WAITING, false, 0).try_recv().unwrap(), Err(Unanchored::Full));
        pool.done(&Hash::of(&[&0_usize.to_be_bytes()])).unwrap();
        assert!(hand_in(&mut pool, MOST_WAITING, false, 0).try_recv().is_err());
    }

    #[test]
    fn it_is_known_when_all_that_were_there_are_through() {
        let mut pool = Pool::new(WINDOW);
        let _one = hand_in(&mut pool, 1, false, 0);
        let ticket = pool.next();
        let _two = hand_in(&mut pool, 2, false, 0);
        assert!(!pool.is_through(ticket));
        pool.done(&Hash::of(&[&1_usize.to_be_bytes()])).unwrap();
        assert!(pool.is_through(ticket));
    }
}
