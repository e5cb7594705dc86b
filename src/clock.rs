//! The shell's clock and its luck: the only places where time is read and random bytes are drawn.

use std::sync::Arc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use rand::Rng as _;
use vaidya_actors::port::Clock;
use vaidya_clinic::time::Timestamp;

/// The time of day.
#[must_use]
pub fn now() -> Timestamp {
    #[expect(clippy::disallowed_methods, reason = "this is the shell's clock")]
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// A point on the clock that never goes back, for measuring spans.
#[must_use]
pub fn instant() -> Instant {
    #[expect(clippy::disallowed_methods, reason = "this is the shell's clock")]
    Instant::now()
}

/// The clock as the actors take it.
#[must_use]
pub fn clock() -> Clock {
    Arc::new(now)
}

/// Random bytes from the thread's cryptographic generator, which the operating system seeds.
#[must_use]
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    rand::rng().fill_bytes(&mut bytes);
    bytes
}
