//! Limits on how often one address, account or phone does something: in memory, or in Redis so that several servers
//! share them.

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

/// So much of something in so much time, for each who does it.
#[derive(Clone, Copy, Debug)]
pub struct Bucket {
    /// Tells its counts from those of others.
    pub name: &'static str,
    /// How often.
    pub tries: u32,
    /// How long each counts.
    pub window: Duration,
}

/// Wrong tries of an address. Lower locks out a ward behind one address, higher helps who tries the same password on
/// every account.
pub const WRONG: Bucket = Bucket { name: "tries", tries: 100, window: Duration::from_secs(300) };

/// Counts remembered at the same time. When full, the rest share one count for each bucket.
const COUNTS: usize = 20_000;

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

    /// Counts a try of this address, which may turn out wrong, before it is made. `Err` is how long to wait when there
    /// were too many.
    ///
    /// # Errors
    /// With the time until tries are taken again.
    pub async fn take(&self, address: IpAddr) -> Result<(), Duration> {
        self.spend(&WRONG, &network(address)).await
    }

    /// Takes a try of this address back that was right.
    pub async fn forgive(&self, address: IpAddr) {
        self.refund(&WRONG, &network(address)).await;
    }

    /// Counts one of these for an address.
    ///
    /// # Errors
    /// With the time until more are taken.
    pub async fn from(&self, bucket: &Bucket, address: IpAddr) -> Result<(), Duration> {
        self.spend(bucket, &network(address)).await
    }

    /// Counts one of these for whoever these bytes stand for; they are hashed before they go anywhere. What others could
    /// find by trying all of it out, such as phone numbers, is hashed with the pepper before it comes here.
    ///
    /// # Errors
    /// With the time until more are taken.
    pub async fn spend(&self, bucket: &Bucket, who: &[u8]) -> Result<(), Duration> {
        let key = key(bucket, who);
        let (count, left) = match self.in_redis(COUNT, &key, bucket.window).await {
            Some((count, left)) => (count, Duration::from_millis(left)),
            None => self.in_memory(bucket, key, clock::instant()),
        };
        if count > bucket.tries { Err(left) } else { Ok(()) }
    }

    /// Takes one of these back.
    pub async fn refund(&self, bucket: &Bucket, who: &[u8]) {
        let key = key(bucket, who);
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

    async fn in_redis(&self, script: &str, key: &str, window: Duration) -> Option<(u32, u64)> {
        let mut redis = self.redis.clone()?;
        let script = Script::new(script);
        let mut call = script.prepare_invoke();
        call.key(key).arg(u64::try_from(window.as_millis()).unwrap_or(u64::MAX));
        let asked = call.invoke_async::<(u32, u64)>(&mut redis);
        let answer = tokio::time::timeout(REDIS_WAIT, asked).await.ok().and_then(Result::ok);
        self.noted(answer.is_some());
        answer
    }

    fn noted(&self, works: bool) {
        if self.redis_works.swap(works, Ordering::Relaxed) != works {
            if works {
                tracing::info!("Redis answers again; limits are counted there");
            } else {
                tracing::warn!("Redis does not answer; limits are counted in this server's memory");
            }
        }
    }

    fn in_memory(&self, bucket: &Bucket, key: String, now: Instant) -> (u32, Duration) {
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        if memory.len() >= COUNTS {
            memory.retain(|_, tries| tries.until > now);
        }
        let full = memory.len() >= COUNTS && !memory.contains_key(&key);
        let key = if full { bucket.name.to_owned() } else { key };
        let tries = memory.entry(key).or_insert(Tries { count: 0, until: now + bucket.window });
        if tries.until <= now {
            *tries = Tries { count: 0, until: now + bucket.window };
        }
        tries.count = tries.count.saturating_add(1);
        (tries.count, tries.until.saturating_duration_since(now))
    }
}

/// An IPv6 host counts as its /64, which is what one has.
fn network(address: IpAddr) -> Vec<u8> {
    match address.to_canonical() {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().into_iter().take(8).collect(),
    }
}

/// Addresses are personal data, and so is the rest: all is counted by hash.
fn key(bucket: &Bucket, who: &[u8]) -> String {
    format!("vaidya:{}:{}", bucket.name, URL_SAFE_NO_PAD.encode(Sha256::digest(who)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tries_count_until_the_window_ends_and_no_longer() {
        let limiter = Limiter::new(None);
        let start = clock::instant();
        let count = |who: &str, at| limiter.in_memory(&WRONG, who.to_owned(), at).0;
        for expected in 1..=WRONG.tries {
            assert_eq!(count("a", start), expected);
        }
        assert!(count("a", start + WRONG.window / 2) > WRONG.tries);
        assert_eq!(count("b", start), 1);
        assert_eq!(count("a", start + WRONG.window), 1);
    }

    #[test]
    fn a_crowd_of_addresses_cannot_fill_the_memory() {
        let limiter = Limiter::new(None);
        let start = clock::instant();
        for number in 0..COUNTS + 500 {
            limiter.in_memory(&WRONG, number.to_string(), start);
        }
        assert!(limiter.memory.lock().unwrap().len() <= COUNTS + 1);
    }

    #[test]
    fn one_household_of_ipv6_is_one_address() {
        let of = |text: &str| network(text.parse().unwrap());
        assert_eq!(of("2001:db8::1"), of("2001:db8::2"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_eq!(of("::ffff:10.0.0.1"), of("10.0.0.1"));
    }

    #[actix_web::test]
    async fn what_is_spent_in_one_bucket_is_not_missing_in_another() {
        let limiter = Limiter::new(None);
        let few = Bucket { name: "few", tries: 2, window: Duration::from_secs(60) };
        for _ in 0..2 {
            limiter.spend(&few, b"someone").await.unwrap();
        }
        let wait = limiter.spend(&few, b"someone").await.unwrap_err();
        assert!(wait <= few.window && wait > few.window / 2);
        limiter.spend(&few, b"another").await.unwrap();
        limiter.spend(&WRONG, b"someone").await.unwrap();
        limiter.refund(&few, b"someone").await;
        limiter.refund(&few, b"someone").await;
        limiter.spend(&few, b"someone").await.unwrap();
    }
}
