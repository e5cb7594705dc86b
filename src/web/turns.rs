//! Whose password is checked next: a fair queue, in which a crowd waits for itself and nobody else does.
//!
//! Networks from which somebody signed in lately come first, then those without a wrong try, but for every fourth turn,
//! which is of the others. Among them every
//! network has a clock of its own that runs faster the more of its tries were wrong; whose clock stands lowest is next.
//! Who is signed in already does not wait behind strangers.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Checks that may wait for their turn. When full, the one that would wait longest is told that the server is busy:
/// lower turns away more of a crowd, higher lets the last of it wait for longer than browsers do.
const WAITING: usize = 256;

/// Networks remembered at the same time; when full, those with nothing waiting are forgotten.
const NETWORKS: usize = 20_000;

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
    /// That of a stranger at this address.
    From(IpAddr),
}

/// One check or hash, which knows where its answer goes. Dropped when it is not done.
pub(super) type Work = Box<dyn FnOnce() + Send>;

/// As many wait as may, all of them before this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Full;

/// What is known of a network, the best first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Repute {
    /// Somebody signed in from there lately, and nobody was wrong since.
    Good,
    /// Nothing.
    None,
    /// Somebody was wrong.
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
    /// By what is known of their network, then by its clock, then in the order in which they came.
    waiting: BTreeMap<(Repute, u64, u64), Work>,
    /// Turns given, for the share of those who were wrong.
    given: u64,
    /// Where the clocks of networks stand.
    clocks: HashMap<[u8; 8], u64>,
    wrong: HashMap<[u8; 8], (u32, Instant)>,
    /// Networks from which somebody signed in, and until when that counts.
    right: HashMap<[u8; 8], Instant>,
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
        if queue.waiting.len() >= WAITING {
            let last = queue.waiting.last_key_value().map(|((repute, clock, _), _)| (*repute, *clock));
            if last.is_none_or(|last| last <= (repute, clock)) {
                return Err(Full);
            }
            queue.waiting.pop_last();
        }
        if let Lane::From(address) = lane {
            queue.clocks.insert(network(address), clock);
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

    /// Notes how a try from a lane turned out: each wrong one makes the next ones of that network wait longer.
    pub(super) fn tried(&self, lane: Lane, right: bool, at: Instant) {
        let Lane::From(address) = lane else { return };
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        if queue.wrong.len() >= NETWORKS {
            queue.wrong.retain(|_, (_, until)| *until > at);
        }
        if right {
            if queue.right.len() >= NETWORKS {
                queue.right.retain(|_, until| *until > at);
            }
            if queue.right.len() < NETWORKS {
                queue.right.insert(network(address), at + KNOWN);
            }
            queue.wrong.remove(&network(address));
        } else if queue.wrong.len() < NETWORKS {
            let wrong = queue.wrong.entry(network(address)).or_insert((0, at));
            *wrong = (wrong.0.saturating_add(1), at + REMEMBER);
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

    /// What is known of a lane, and where its clock stands after one more.
    fn clock(&mut self, lane: Lane, at: Instant) -> (Repute, u64) {
        let Lane::From(address) = lane else { return (Repute::Good, self.now) };
        if self.clocks.len() >= NETWORKS {
            let now = self.now;
            self.clocks.retain(|_, clock| *clock > now);
        }
        let network = network(address);
        let wrong = self.wrong.get(&network).filter(|(_, until)| *until > at).map_or(0, |(wrong, _)| *wrong);
        let stands = self.clocks.get(&network).copied().unwrap_or(0).max(self.now);
        let right = self.right.get(&network).is_some_and(|until| *until > at);
        let repute = match wrong {
            0 if right => Repute::Good,
            0 => Repute::None,
            _ => Repute::Bad,
        };
        (repute, stands.saturating_add(1 << wrong.min(DOUBLINGS)))
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        self.0.queue.lock().unwrap_or_else(PoisonError::into_inner).closed = true;
        self.0.more.notify_all();
    }
}

/// What one has who has an address: that of IPv4, a /64 of IPv6.
fn network(address: IpAddr) -> [u8; 8] {
    let mut network = [0; 8];
    let bytes = match address.to_canonical() {
        IpAddr::V4(address) => [&[0xff; 4], address.octets().as_slice()].concat(),
        IpAddr::V6(address) => address.octets().to_vec(),
    };
    network.iter_mut().zip(bytes).for_each(|(to, from)| *to = from);
    network
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;

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

    fn from(number: u8) -> Lane {
        Lane::From([198, 51, 100, number].into())
    }

    #[test]
    fn a_crowd_from_one_address_waits_for_itself() {
        let (told, now) = (Told::default(), clock::instant());
        (0..100).for_each(|number| told.push(from(1), number, now).unwrap());
        told.push(from(2), 500, now).unwrap();
        told.push(from(3), 501, now).unwrap();
        assert_eq!(told.serve(4), [0, 500, 501, 1]);
    }

    #[test]
    fn a_right_one_goes_before_thousands_of_addresses_that_were_wrong_before() {
        let (told, now) = (Told::default(), clock::instant());
        for number in 0..200_u8 {
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

    #[test]
    fn a_household_of_ipv6_is_one_and_ipv4_is_not_mistaken_for_it() {
        let of = |text: &str| network(text.parse().unwrap());
        assert_eq!(of("2001:db8::1"), of("2001:db8::2"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_eq!(of("::ffff:10.0.0.1"), of("10.0.0.1"));
        assert_ne!(of("10.0.0.1"), of("10.0.0.2"));
    }
}
