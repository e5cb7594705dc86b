//! Passwords: argon2id, a few at a time, and as long for a user name nobody has as for one somebody has.

use std::sync::Arc;

use actix_web::web::block;
use argon2::Argon2;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use tokio::sync::Semaphore;

use crate::clock;
use crate::error::Problem;

/// Passwords checked at the same moment. Each takes 19 MiB and a core for some 20 ms: lower makes a morning's logins
/// queue, higher lets a crowd of logins starve the calls.
const AT_ONCE: usize = 2;

/// Logins that may wait for their turn. When full, the next is told that the server is busy.
const WAITING: usize = 256;

/// Shortest password, in characters (NIST SP 800-63B).
pub const SHORTEST: usize = 8;

/// Longest password, in bytes: more would only cost time.
pub const LONGEST: usize = 512;

/// Checks and hashes passwords.
#[derive(Clone)]
pub struct Passwords {
    turns: Arc<Semaphore>,
    queue: Arc<Semaphore>,
    nobody: Arc<str>,
}

impl Passwords {
    /// Takes some 20 ms: it hashes a password that nobody has.
    ///
    /// # Errors
    /// When argon2 refuses its own defaults.
    pub fn new() -> Result<Self, argon2::password_hash::Error> {
        let nobody = hashed(&clock::random::<32>())?;
        Ok(Self {
            turns: Arc::new(Semaphore::new(AT_ONCE)),
            queue: Arc::new(Semaphore::new(AT_ONCE.saturating_add(WAITING))),
            nobody: nobody.into(),
        })
    }

    /// Whether this is the password that was hashed; without a hash it is not, after as long a time.
    ///
    /// # Errors
    /// `busy` when too many wait.
    pub async fn right(&self, password: String, hash: Option<String>) -> Result<bool, Problem> {
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| self.nobody.to_string());
        let same =
            self.in_turn(move || Argon2::default().verify_password(password.as_bytes(), hash.as_str()).is_ok()).await?;
        Ok(same && known)
    }

    /// The hash of a new password, as a PHC string.
    ///
    /// # Errors
    /// `bad_field` when it is too short or too long, `busy` when too many wait.
    pub async fn hash(&self, password: String) -> Result<String, Problem> {
        if password.chars().count() < SHORTEST || password.len() > LONGEST {
            return Err(Problem::bad_field("Choose a password of 8 to 512 characters."));
        }
        self.in_turn(move || hashed(password.as_bytes())).await?.map_err(|_| Problem::failed())
    }

    async fn in_turn<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
        let _place = self.queue.try_acquire().map_err(|_| Problem::busy())?;
        let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(|_| Problem::failed())?;
        // The turn goes with the work: a browser that leaves does not make room for another one's work too early.
        let done = block(move || {
            let _turn = turn;
            work()
        });
        done.await.map_err(|_| Problem::failed())
    }
}

fn hashed(password: &[u8]) -> Result<String, argon2::password_hash::Error> {
    Ok(Argon2::default().hash_password_with_salt(password, &clock::random::<16>())?.to_string())
}
