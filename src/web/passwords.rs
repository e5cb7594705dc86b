//! Passwords: argon2id, a few at a time, and as long for a user name nobody has as for one somebody has.

use std::sync::{Arc, Mutex, PoisonError};

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use tokio::sync::mpsc::{Receiver, Sender, channel, error::TrySendError};
use tokio::sync::oneshot;

use crate::clock;
use crate::error::Problem;

/// Threads that check passwords. Each check takes 19 MiB and a core for some 20 ms: fewer make a morning's logins queue,
/// more let a crowd of logins starve the calls. They are threads of their own, because memory once used by a thread of a
/// shared pool stays with that thread, and a shared pool has hundreds.
const THREADS: usize = 2;

/// Logins that may wait for their turn. When full, the next is told that the server is busy.
const WAITING: usize = 256;

/// Shortest password, in characters (NIST SP 800-63B).
pub const SHORTEST: usize = 8;

/// Longest password, in bytes: more would only cost time.
pub const LONGEST: usize = 512;

/// One check or hash, which knows where its answer goes.
type Work = Box<dyn FnOnce() + Send>;

/// Checks and hashes passwords.
#[derive(Clone)]
pub struct Passwords {
    turns: Sender<Work>,
    nobody: Arc<str>,
}

/// Why passwords cannot be checked here.
#[derive(Debug, thiserror::Error)]
pub enum PasswordsError {
    /// Argon2 refuses its own defaults.
    #[error("passwords cannot be hashed: {0}")]
    Hash(argon2::password_hash::Error),
    /// The machine has no threads left.
    #[error("no thread for passwords: {0}")]
    Thread(#[from] std::io::Error),
}

impl Passwords {
    /// Starts the threads. Takes some 20 ms: it hashes a password that nobody has.
    ///
    /// # Errors
    /// When argon2 or the machine refuses.
    pub fn new() -> Result<Self, PasswordsError> {
        let nobody = hashed(&clock::random::<32>()).map_err(PasswordsError::Hash)?;
        let (turns, queue) = channel(WAITING);
        let queue = Arc::new(Mutex::new(queue));
        for _ in 0..THREADS {
            let queue = Arc::clone(&queue);
            std::thread::Builder::new().name("passwords".to_owned()).spawn(move || work_off(&queue))?;
        }
        Ok(Self { turns, nobody: nobody.into() })
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
        let (reply, answer) = oneshot::channel();
        let work = Box::new(move || {
            // A browser that left before its turn is not worked for.
            if !reply.is_closed() {
                let _left_meanwhile = reply.send(work());
            }
        });
        self.turns.try_send(work).map_err(|full| match full {
            TrySendError::Full(_) => Problem::busy(),
            TrySendError::Closed(_) => Problem::failed(),
        })?;
        answer.await.map_err(|_| Problem::failed())
    }
}

/// Does one piece of work after another, until nobody can ask for more.
fn work_off(queue: &Mutex<Receiver<Work>>) {
    loop {
        let next = queue.lock().unwrap_or_else(PoisonError::into_inner).blocking_recv();
        match next {
            Some(work) => work(),
            None => return,
        }
    }
}

fn hashed(password: &[u8]) -> Result<String, argon2::password_hash::Error> {
    Ok(Argon2::default().hash_password_with_salt(password, &clock::random::<16>())?.to_string())
}
