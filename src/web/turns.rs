//! Whose password is checked next: a fair queue, in which a crowd waits for itself and nobody else does.
//!
//! First come those who are signed in, browsers in which the same person signed in before (a device cookie, as in OWASP's
//! "Slow Down Online Guessing Attacks with Device Cookies") and networks from which somebody did lately; then the first
//! tries at a login and from a network; then those whose earlier tries had no answer yet; last, but in every fourth turn,
//! those of whom somebody was wrong. Among equals every
//! network has a clock of its own that runs faster the more of its tries were wrong; whose clock stands lowest is next.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::stranger::Key;
pub use super::stranger::Stranger;

/// Checks that may wait for their turn: some 3 s of work for two threads. When full, the one that would wait longest is
/// told that the server is busy: lower turns away a shift that signs in at once, higher lets a right one from nowhere wait
/// for longer while a storm is new.
const WAITING: usize = 256;

/// Networks, logins and devices remembered at the same time, of each sort of memory; when full, what is over is
/// forgotten, and nothing new remembered. Some 50 bytes each: lower forgets wrong ones in a storm, higher costs memory.
const REMEMBERED: usize = 50_000;

/// How long a wrong try slows its network down. Lower forgives a storm between two of its waves, higher keeps a ward that
/// mistyped waiting behind others for longer.
const REMEMBER: Duration = Duration::from_secs(5 * 60);

/// Every so many turns, one is of those who were wrong lately. Lower lets a storm in, higher starves who mistyped in one.
const SHARE: u64 = 4;

/// How long a sign-in speaks for its network. Lower lets a morning's staff wait in a storm, higher lets in who stole one
/// password long ago.
const KNOWN: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Doublings of the pace of a network's clock, at most: one for each wrong try.
const DOUBLINGS: u32 = 10;

/// Whose turn is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    /// That of someone who is signed in.
    Inside,
    /// That of somebody who wants to.
    From(Stranger),
}

/// One check or hash, which knows where its answer goes. Dropped when it is not done.
pub(super) type Work = Box<dyn FnOnce() + Send>;

/// As many wait as may, all of them before this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Full;

/// What is known of a lane, the best first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Repute {
    /// The same browser signed in before, or somebody from there lately, and nobody was wrong since.
    Good,
    /// Nothing.
    None,
    /// They tried before, and it is not known yet how that turned out: they wait, or were told that the server is busy.
    Asked,
    /// Somebody was wrong, from there or with this login.
    Bad,
}

/// The queue.
#[derive(Default)]
pub(super) struct Turns {
    queue: Mutex<Queue>,
    more: Condvar,
}

/// Closes the queue when the last who may put something into it is gone.
pub(super) struct Door(pub(super) Arc<Turns>);

#[derive(Default)]
struct Queue {
    /// By what is known of their lane, then by its network's clock, then in the order in which they came.
    waiting: BTreeMap<(Repute, u64, u64), Work>,
    /// Turns given, for the share of those who were wrong.
    given: u64,
    /// Where the clocks of networks stand.
    clocks: HashMap<Key, u64>,
    wrong: HashMap<Key, (u32, Instant)>,
    /// Who tried, and until when that counts, unless it turns out to be right.
    asked: HashMap<Key, Instant>,
    /// Networks from which somebody signed in, and until when that counts.
    right: HashMap<Key, Instant>,
    /// Where the clock of the last one served stood.
    now: u64,
    came: u64,
    closed: bool,
}

impl Turns {
    /// Puts a piece of work where it belongs.
    ///
    /// # Errors
    /// [`Full`]; then the work is dropped, as is that of whoever is pushed out by one before them.
    pub(super) fn push(&self, lane: Lane, work: Work, at: Instant) -> Result<(), Full> {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        let (repute, clock) = queue.clock(lane, at);
        queue.asks(lane, at);
        if queue.waiting.len() >= WAITING {
            let last = queue.waiting.last_key_value().map(|((repute, clock, _), _)| (*repute, *clock));
            if last.is_none_or(|last| last <= (repute, clock)) {
                return Err(Full);
            }
            queue.waiting.pop_last();
        }
        if let Lane::From(stranger) = lane {
            queue.clocks.insert(stranger.network, clock);
        }
        queue.came += 1;
        let place = (repute, clock, queue.came);
        queue.waiting.insert(place, work);
        drop(queue);
        self.more.notify_one();
        Ok(())
    }

    /// Waits for the next piece of work; none when the queue is closed.
    pub(super) fn pop(&self) -> Option<Work> {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(work) = queue.next() {
                return Some(work);
            }
            if queue.closed {
                return None;
            }
            queue = self.more.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// The next piece of work, if one waits.
    pub(super) fn try_pop(&self) -> Option<Work> {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        queue.next()
    }

    /// Whether nothing waits.
    pub(super) fn is_empty(&self) -> bool {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner).waiting.is_empty()
    }

    /// Notes how a try from a lane turned out: each wrong one makes the next ones like it wait longer.
    pub(super) fn tried(&self, lane: Lane, right: bool, at: Instant) {
        let Lane::From(stranger) = lane else { return };
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        if right {
            queue.was_right(&stranger, at);
        } else {
            queue.was_wrong(&stranger, at);
        }
    }
}

impl Queue {
    /// Takes out whose turn it is.
    fn next(&mut self) -> Option<Work> {
        self.given += 1;
        let theirs = (Repute::Bad, 0, 0);
        let place = match self.given % SHARE {
            0 => self.waiting.range(theirs..).next().or(self.waiting.first_key_value()),
            _ => self.waiting.first_key_value(),
        };
        let place = place.map(|(place, _)| *place)?;
        self.now = self.now.max(place.1);
        self.waiting.remove(&place)
    }

    fn was_right(&mut self, stranger: &Stranger, at: Instant) {
        if self.right.len() >= REMEMBERED {
            self.right.retain(|_, until| *until > at);
        }
        if self.right.len() < REMEMBERED {
            self.right.insert(stranger.network, at + KNOWN);
        }
        for key in [stranger.network, stranger.login].into_iter().chain(stranger.device) {
            self.wrong.remove(&key);
            self.asked.remove(&key);
        }
    }

    fn asks(&mut self, lane: Lane, at: Instant) {
        let Lane::From(stranger) = lane else { return };
        if self.asked.len() >= REMEMBERED {
            self.asked.retain(|_, until| *until > at);
        }
        for key in stranger.keys() {
            if self.asked.len() < REMEMBERED {
                self.asked.insert(key, at + REMEMBER);
            }
        }
    }

    fn was_wrong(&mut self, stranger: &Stranger, at: Instant) {
        if self.wrong.len() >= REMEMBERED {
            self.wrong.retain(|_, (_, until)| *until > at);
        }
        for key in stranger.keys() {
            if self.wrong.len() < REMEMBERED {
                let wrong = self.wrong.entry(key).or_insert((0, at));
                *wrong = (wrong.0.saturating_add(1), at + REMEMBER);
            }
        }
    }

    /// What is known of a lane, and where its clock stands after one more.
    fn clock(&mut self, lane: Lane, at: Instant) -> (Repute, u64) {
        let Lane::From(stranger) = lane else { return (Repute::Good, self.now) };
        if self.clocks.len() >= REMEMBERED {
            let now = self.now;
            self.clocks.retain(|_, clock| *clock > now);
        }
        let wrong = |key: Key| self.wrong.get(&key).filter(|(_, until)| *until > at).map_or(0, |(wrong, _)| *wrong);
        let of_device = stranger.device.map(wrong);
        let (of_network, of_login) = (wrong(stranger.network), wrong(stranger.login));
        let asked = |key: Key| self.asked.get(&key).is_some_and(|until| *until > at);
        let right = self.right.get(&stranger.network).is_some_and(|until| *until > at);
        let repute = match (of_device, of_network, of_login) {
            (Some(0), ..) => Repute::Good,
            (Some(_), ..) => Repute::Bad,
            (None, 0, _) if right => Repute::Good,
            (None, 0, 0) if stranger.keys().any(asked) => Repute::Asked,
            (None, 0, 0) => Repute::None,
            (None, ..) => Repute::Bad,
        };
        let stands = self.clocks.get(&stranger.network).copied().unwrap_or(0).max(self.now);
        let pace = of_device.unwrap_or(of_network).min(DOUBLINGS);
        (repute, stands.saturating_add(1 << pace))
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        self.0.queue.lock().unwrap_or_else(PoisonError::into_inner).closed = true;
        self.0.more.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;
    use crate::store::SecretHash;

    /// A queue that notes the numbers of whose turn it was.
    #[derive(Default)]
    struct Told {
        turns: Turns,
        order: Arc<Mutex<Vec<u32>>>,
    }

    impl Told {
        fn push(&self, lane: Lane, number: u32, at: Instant) -> Result<(), Full> {
            let order = Arc::clone(&self.order);
            self.turns.push(lane, Box::new(move || order.lock().unwrap().push(number)), at)
        }

        fn serve(&self, count: usize) -> Vec<u32> {
            (0..count).for_each(|_| self.turns.pop().unwrap()());
            std::mem::take(&mut self.order.lock().unwrap())
        }
    }

    /// Somebody of this network, each with a login of their own.
    fn from(number: u16) -> Lane {
        with(number, number, None)
    }

    fn with(network: u16, login: u16, device: Option<u8>) -> Lane {
        let device = device.map(|device| SecretHash([device; 32]));
        let ([high, low], mut hash) = (network.to_be_bytes(), [0; 32]);
        hash.iter_mut().zip(login.to_be_bytes()).for_each(|(to, from)| *to = from);
        Lane::From(Stranger::new([198, 51, high, low].into(), SecretHash(hash), device))
    }

    #[test]
    fn a_crowd_from_one_address_waits_for_itself() {
        let (told, now) = (Told::default(), clock::instant());
        (0..50).for_each(|number| told.push(from(1), number, now).unwrap());
        told.push(from(2), 500, now).unwrap();
        told.push(from(3), 501, now).unwrap();
        assert_eq!(told.serve(4), [0, 500, 501, 1]);
    }

    #[test]
    fn a_right_one_goes_before_thousands_of_addresses_that_were_wrong_before() {
        let (told, now) = (Told::default(), clock::instant());
        for number in 0..50_u16 {
            (0..2).for_each(|_| told.turns.tried(from(number), false, now));
            told.push(from(number), u32::from(number), now).unwrap();
        }
        told.push(from(250), 500, now).unwrap();
        told.push(Lane::Inside, 501, now).unwrap();
        assert_eq!(told.serve(3), [501, 500, 0]);
    }

    #[test]
    fn whoever_was_wrong_is_served_all_the_same_and_forgiven_when_right() {
        let (told, now) = (Told::default(), clock::instant());
        (0..3).for_each(|_| told.turns.tried(from(1), false, now));
        told.push(from(1), 1, now).unwrap();
        (10..30).for_each(|number| told.push(from(2), number, now).unwrap());
        let order = told.serve(21);
        assert_eq!(order.iter().position(|number| *number == 1), Some(3), "every fourth turn is theirs");
        told.turns.tried(from(1), true, now);
        told.push(from(2), 40, now).unwrap();
        told.push(from(1), 41, now).unwrap();
        assert_eq!(told.serve(2), [41, 40]);
    }

    #[test]
    fn a_network_from_which_somebody_signed_in_waits_for_no_stranger() {
        let (told, now) = (Told::default(), clock::instant());
        told.turns.tried(from(1), true, now);
        (10..30).for_each(|number| told.push(from(number), u32::from(number), now).unwrap());
        told.push(from(1), 1, now).unwrap();
        assert_eq!(told.serve(2), [1, 10]);
        told.turns.tried(from(1), false, now);
        told.push(from(1), 2, now).unwrap();
        assert_eq!(told.serve(1), [11], "a wrong try ends that");
    }

    #[test]
    fn a_browser_that_was_here_before_waits_for_no_stranger_wherever_it_is_now() {
        let (told, now) = (Told::default(), clock::instant());
        told.turns.tried(from(1), false, now);
        told.push(from(3), 3, now).unwrap();
        told.push(with(1, 1, Some(9)), 1, now).unwrap();
        assert_eq!(told.serve(2), [1, 3], "though this network and this login were wrong");
        told.turns.tried(with(1, 1, Some(9)), false, now);
        told.push(with(1, 1, Some(9)), 4, now).unwrap();
        told.push(from(5), 5, now).unwrap();
        assert_eq!(told.serve(1), [5], "it answers for itself");
    }

    #[test]
    fn a_first_try_waits_for_none_that_was_told_to_come_again() {
        let (told, now) = (Told::default(), clock::instant());
        let waiting = u16::try_from(WAITING).unwrap();
        (0..waiting).for_each(|number| told.push(from(number), u32::from(number), now).unwrap());
        assert_eq!(told.push(from(600), 600, now), Err(Full));
        assert_eq!(told.serve(1), [0]);
        told.push(from(600), 600, now).unwrap();
        assert_eq!(told.push(from(601), 601, now), Ok(()), "the one that came twice gives way");
        assert!(told.serve(WAITING - 1).ends_with(&[255]), "one of the first tries was served before them");
        assert_eq!(told.serve(1), [601]);
    }

    #[test]
    fn a_login_that_many_try_waits_behind_one_that_nobody_does() {
        let (told, now) = (Told::default(), clock::instant());
        told.turns.tried(with(1, 7, None), false, now);
        told.push(with(2, 7, None), 1, now).unwrap();
        told.push(with(3, 8, None), 2, now).unwrap();
        assert_eq!(told.serve(2), [2, 1]);
        told.turns.tried(with(4, 7, None), true, now);
        told.push(with(5, 9, None), 3, now).unwrap();
        told.push(with(6, 7, None), 4, now).unwrap();
        assert_eq!(told.serve(2), [3, 4], "forgiven when right");
    }

    #[test]
    fn wrong_tries_are_forgotten() {
        let (told, now) = (Told::default(), clock::instant());
        (0..5).for_each(|_| told.turns.tried(from(1), false, now));
        told.push(from(1), 1, now + REMEMBER).unwrap();
        told.push(from(2), 2, now + REMEMBER).unwrap();
        assert_eq!(told.serve(2), [1, 2]);
    }

    #[test]
    fn in_a_full_queue_the_one_who_would_wait_longest_gives_way() {
        let (told, now) = (Told::default(), clock::instant());
        let waiting = u32::try_from(WAITING).unwrap();
        (0..waiting).for_each(|number| told.push(from(1), number, now).unwrap());
        assert_eq!(told.push(from(1), 900, now), Err(Full), "of the crowd nobody comes in any more");
        told.push(from(2), 901, now).unwrap();
        let order = told.serve(WAITING);
        assert_eq!((order[1], order.contains(&(waiting - 1))), (901, false));
    }
}
