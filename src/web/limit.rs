//! The limit on wrong tries of one address: in memory, or in Redis so that several servers share it.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{Client, RedisResult, Script};
use sha2::{Digest as _, Sha256};

use crate::clock;

/// Wrong tries of an address in one [`WINDOW`]. Lower locks out a ward behind one address, higher helps who tries
/// the same password on every account.
pub const TRIES: u32 = 100;

/// How long wrong tries count.
pub const WINDOW: Duration = Duration::from_secs(300);

/// Addresses remembered at the same time. When full, the rest share one count.
const ADDRESSES: usize = 20_000;

/// Longest wait for Redis before memory decides.
const REDIS_WAIT: Duration = Duration::from_millis(250);

/// Counts a try and says how many there are now and how long they count, in milliseconds.
const COUNT: &str = "local n = redis.call('INCR', KEYS[1]) \
    if n == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end \
    return {n, redis.call('PTTL', KEYS[1])}";

/// Takes a try back, and never below none.
const FORGIVE: &str =
    "if tonumber(redis.call('GET', KEYS[1]) or '0') > 0 then return redis.call('DECR', KEYS[1]) end return 0";

/// Longest pause between tries to reach a Redis that is down.
const REDIS_PAUSE: Duration = Duration::from_secs(2);

/// A connection to Redis that is made when first used and comes back by itself.
///
/// # Errors
/// When the URL is not one.
pub fn connect(url: &str) -> RedisResult<ConnectionManager> {
    let pauses = ConnectionManagerConfig::new().set_max_delay(REDIS_PAUSE);
    ConnectionManager::new_lazy_with_config(Client::open(url)?, pauses)
}

/// Counts wrong tries by address.
pub struct Limiter {
    memory: Mutex<HashMap<String, Tries>>,
    redis: Option<ConnectionManager>,
    redis_works: AtomicBool,
}

struct Tries {
    count: u32,
    until: Instant,
}

impl Limiter {
    /// A limiter in memory, or in this Redis as long as it answers.
    #[must_use]
    pub fn new(redis: Option<ConnectionManager>) -> Self {
        Self { memory: Mutex::default(), redis, redis_works: AtomicBool::new(true) }
    }

    /// Counts a try of this address before it is made. `Err` is how long to wait when there were too many.
    ///
    /// # Errors
    /// With the time until tries are taken again.
    pub async fn take(&self, address: IpAddr) -> Result<(), Duration> {
        let key = key(address);
        let (count, left) = match self.in_redis(COUNT, &key).await {
            Some((count, left)) => (count, Duration::from_millis(left)),
            None => self.in_memory(key, clock::instant()),
        };
        if count > TRIES { Err(left) } else { Ok(()) }
    }

    /// Takes a try back that was right.
    pub async fn forgive(&self, address: IpAddr) {
        let key = key(address);
        if let Some(redis) = &self.redis
            && self.redis_works.load(Ordering::Relaxed)
        {
            let mut redis = redis.clone();
            let script = Script::new(FORGIVE);
            let mut call = script.prepare_invoke();
            call.key(&key);
            let asked = call.invoke_async::<i64>(&mut redis);
            let _counted_until_the_window_ends = tokio::time::timeout(REDIS_WAIT, asked).await;
        }
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(tries) = memory.get_mut(&key) {
            tries.count = tries.count.saturating_sub(1);
        }
    }

    /// Whether Redis answers; true when there is none to ask.
    pub async fn redis_answers(&self) -> bool {
        let Some(redis) = &self.redis else { return true };
        let mut redis = redis.clone();
        let command = redis::cmd("PING");
        let asked = command.query_async::<String>(&mut redis);
        let answers = matches!(tokio::time::timeout(REDIS_WAIT, asked).await, Ok(Ok(_)));
        self.noted(answers);
        answers
    }

    async fn in_redis(&self, script: &str, key: &str) -> Option<(u32, u64)> {
        let mut redis = self.redis.clone()?;
        let script = Script::new(script);
        let mut call = script.prepare_invoke();
        call.key(key).arg(u64::try_from(WINDOW.as_millis()).unwrap_or(u64::MAX));
        let asked = call.invoke_async::<(u32, u64)>(&mut redis);
        let answer = tokio::time::timeout(REDIS_WAIT, asked).await.ok().and_then(Result::ok);
        self.noted(answer.is_some());
        answer
    }

    fn noted(&self, works: bool) {
        if self.redis_works.swap(works, Ordering::Relaxed) != works {
            if works {
                tracing::info!("Redis answers again; wrong passwords are counted there");
            } else {
                tracing::warn!("Redis does not answer; wrong passwords are counted in this server's memory");
            }
        }
    }

    fn in_memory(&self, key: String, now: Instant) -> (u32, Duration) {
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        if memory.len() >= ADDRESSES {
            memory.retain(|_, tries| tries.until > now);
        }
        let key = if memory.len() >= ADDRESSES && !memory.contains_key(&key) { String::new() } else { key };
        let tries = memory.entry(key).or_insert(Tries { count: 0, until: now + WINDOW });
        if tries.until <= now {
            *tries = Tries { count: 0, until: now + WINDOW };
        }
        tries.count = tries.count.saturating_add(1);
        (tries.count, tries.until.saturating_duration_since(now))
    }
}

/// Addresses are personal data: they are counted by hash. An IPv6 host counts as its /64, which is what one has.
fn key(address: IpAddr) -> String {
    let network = match address.to_canonical() {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().into_iter().take(8).collect(),
    };
    format!("vaidya:tries:{}", URL_SAFE_NO_PAD.encode(Sha256::digest(network)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tries_count_until_the_window_ends_and_no_longer() {
        let limiter = Limiter::new(None);
        let start = clock::instant();
        for expected in 1..=TRIES {
            assert_eq!(limiter.in_memory("a".to_owned(), start).0, expected);
        }
        assert!(limiter.in_memory("a".to_owned(), start + WINDOW / 2).0 > TRIES);
        assert_eq!(limiter.in_memory("b".to_owned(), start).0, 1);
        assert_eq!(limiter.in_memory("a".to_owned(), start + WINDOW).0, 1);
    }

    #[test]
    fn a_crowd_of_addresses_cannot_fill_the_memory() {
        let limiter = Limiter::new(None);
        let start = clock::instant();
        for number in 0..ADDRESSES + 500 {
            limiter.in_memory(number.to_string(), start);
        }
        assert!(limiter.memory.lock().unwrap().len() <= ADDRESSES + 1);
    }

    #[test]
    fn one_household_of_ipv6_is_one_address() {
        let of = |text: &str| key(text.parse().unwrap());
        assert_eq!(of("2001:db8::1"), of("2001:db8::2"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_eq!(of("::ffff:10.0.0.1"), of("10.0.0.1"));
    }
}
