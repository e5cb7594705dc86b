//! Passwords: stretched where a client did not do it itself, argon2id, a few at a time, and as long for a user name
//! nobody has as for one somebody has.

use std::sync::Arc;

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Deserializer, Serialize};
use tokio::sync::oneshot;
use utoipa::ToSchema;
use vaidya_clinic::vault::password::{ROUNDS, login_key};
use vaidya_clinic::vault::secret::Secret;
use vaidya_clinic::wire::Body;
use zeroize::Zeroizing;

pub use super::gate::Pass;
use super::gate::{AGAIN, Gate};
use super::turns::{Door, Full, Turns};
pub use super::turns::{Lane, Stranger};
use crate::clock;
use crate::error::Problem;
use crate::store::accounts::Account;
use crate::store::passwords::{Credentials, Kdf};

/// Fewest threads that check passwords; a machine with more than twice as many cores has one for two cores. Each check
/// takes 19 MiB and a core for some 20 ms, and ten times that when the password has to be stretched here: fewer make a
/// morning's logins queue, more let a crowd of logins starve the calls. They are
/// threads of their own, because memory once used by a thread of a shared pool stays with that thread, and a shared pool
/// has hundreds.
const THREADS: usize = 2;

/// Shortest password, in characters (NIST SP 800-63B).
pub const SHORTEST: usize = 8;

/// Longest password, in bytes: more would only cost time.
pub const LONGEST: usize = 512;

/// The version of the way passwords are stretched.
const VERSION: u32 = 1;

/// A password or a login key as it was sent: wiped when dropped, never shown.
#[derive(Clone, ToSchema)]
#[schema(value_type = String, as = Secret, max_length = 4096)]
pub struct Sent(Zeroizing<String>);

impl<'de> Deserialize<'de> for Sent {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from).map(|text| Self(Zeroizing::new(text)))
    }
}

impl From<&str> for Sent {
    fn from(text: &str) -> Self {
        Self(Zeroizing::new(text.to_owned()))
    }
}

/// How a password is stretched, as it is sent.
#[derive(Deserialize, Serialize, ToSchema)]
pub struct KdfView {
    v: u32,
    salt: Body,
    iterations: u32,
}

impl From<Kdf> for KdfView {
    fn from(kdf: Kdf) -> Self {
        Self { v: VERSION, salt: Body(kdf.salt.to_vec()), iterations: kdf.iterations }
    }
}

/// What someone proves with who they are.
#[derive(Clone)]
pub enum Proof {
    /// The login key: the client stretched the password.
    Key(Secret<32>),
    /// The password itself: the stretching is left to us.
    Password(Sent),
}

/// A password that is to be kept.
pub enum NewPassword {
    /// Stretched by the client, this way.
    Key(Kdf, Secret<32>),
    /// As it was typed.
    Typed(Sent),
}

impl Proof {
    /// Out of the two fields of which a client sends one.
    ///
    /// # Errors
    /// `bad_field`.
    pub fn of(key: Option<Sent>, password: Option<Sent>) -> Result<Self, Problem> {
        match (key, password) {
            (Some(key), None) => Ok(Self::Key(a_key(&key)?)),
            (None, Some(password)) => Ok(Self::Password(password)),
            _ => Err(Problem::bad_field("Send either a login key or a password.")),
        }
    }
}

impl NewPassword {
    /// Out of the fields of which a client sends `kdf` and `key`, or `password`.
    ///
    /// # Errors
    /// `bad_field`.
    pub fn of(kdf: Option<KdfView>, key: Option<Sent>, password: Option<Sent>) -> Result<Self, Problem> {
        match (kdf, key, password) {
            (Some(kdf), Some(key), None) => Ok(Self::Key(a_kdf(kdf)?, a_key(&key)?)),
            (None, None, Some(password)) => Ok(Self::Typed(password)),
            _ => Err(Problem::bad_field("Send either a login key with how it was made, or a password.")),
        }
    }
}

/// Checks and hashes passwords.
#[derive(Clone)]
pub struct Passwords {
    door: Arc<Door>,
    gate: Gate,
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
        let turns = Arc::new(Turns::default());
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        for _ in 0..THREADS.max(cores / 2) {
            let turns = Arc::clone(&turns);
            std::thread::Builder::new().name("passwords".to_owned()).spawn(move || work_off(&turns))?;
        }
        Ok(Self { door: Arc::new(Door(turns)), gate: Gate::new(), nobody: nobody.into() })
    }

    /// A place among the few whose password is looked at, from before the first look into the database on.
    ///
    /// # Errors
    /// `busy` when too many wait.
    pub async fn enter(&self, lane: Lane) -> Result<Pass, Problem> {
        self.gate.enter(lane).await
    }

    /// Whether this proves to be the one whose account it is; without an account it does not, after as long a time.
    /// `kdf` is what the login's parameters say, invented or not.
    ///
    /// # Errors
    /// `busy` when too many wait.
    pub async fn right(&self, proof: Proof, kdf: Kdf, account: Option<&Account>, lane: Lane) -> Result<bool, Problem> {
        let known = account.is_some();
        let plain = account.is_some_and(|account| account.kdf.is_none());
        let hash = account.map_or_else(|| self.nobody.to_string(), |account| account.password_hash.clone());
        let same = self.in_turn(lane, move || {
            let (key, typed) = match proof {
                Proof::Key(key) => (key, None),
                Proof::Password(typed) => (login_key(&typed.0, &kdf.salt, kdf.iterations), Some(typed)),
            };
            let told = typed.as_ref().filter(|_| plain).map_or(key.expose().as_slice(), |typed| typed.0.as_bytes());
            Argon2::default().verify_password(told, hash.as_str()).is_ok()
        });
        let right = same.await? && known;
        self.door.0.tried(lane, right, clock::instant());
        self.gate.tried(lane, right);
        Ok(right)
    }

    /// What is kept of a new password.
    ///
    /// # Errors
    /// `bad_field` when it is too short or too long, `busy` when too many wait.
    pub async fn keep(&self, new: NewPassword) -> Result<Credentials, Problem> {
        if let NewPassword::Typed(typed) = &new
            && (typed.0.chars().count() < SHORTEST || typed.0.len() > LONGEST)
        {
            return Err(Problem::bad_field("Choose a password of 8 to 512 characters."));
        }
        let kept = self.in_turn(Lane::Inside, move || {
            let (kdf, key) = match new {
                NewPassword::Key(kdf, key) => (kdf, key),
                NewPassword::Typed(typed) => {
                    let kdf = Kdf { salt: clock::random(), iterations: ROUNDS };
                    (kdf, login_key(&typed.0, &kdf.salt, kdf.iterations))
                }
            };
            hashed(key.expose()).map(|hash| Credentials { kdf, hash })
        });
        kept.await?.map_err(|_| Problem::failed())
    }

    async fn in_turn<T: Send + 'static>(
        &self,
        lane: Lane,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let (reply, answer) = oneshot::channel();
        let work = Box::new(move || {
            // A browser that left before its turn is not worked for.
            if !reply.is_closed() {
                let _left_meanwhile = reply.send(work());
            }
        });
        self.door.0.push(lane, work, clock::instant()).map_err(|Full| Problem::busy().retry_after(AGAIN))?;
        // Dropped when somebody else had to go before it, in a queue that is full.
        answer.await.map_err(|_| Problem::busy().retry_after(AGAIN))
    }
}

/// Does one piece of work after another, until nobody can ask for more.
fn work_off(turns: &Turns) {
    while let Some(work) = turns.pop() {
        work();
    }
}

fn a_key(sent: &Sent) -> Result<Secret<32>, Problem> {
    let wrong = || Problem::bad_field("A login key is 32 bytes in base64url.");
    let bytes = Zeroizing::new(URL_SAFE_NO_PAD.decode(sent.0.as_bytes()).map_err(|_| wrong())?);
    Secret::from_slice(&bytes).map_err(|_| wrong())
}

/// Only the one way there is today: parameters then tell nobody whether a login is anyone's.
fn a_kdf(sent: KdfView) -> Result<Kdf, Problem> {
    let salt = <[u8; 16]>::try_from(sent.salt.0).ok().filter(|_| sent.v == VERSION && sent.iterations == ROUNDS);
    let kdf = salt.map(|salt| Kdf { salt, iterations: ROUNDS });
    kdf.ok_or_else(|| {
        Problem::bad_field(
            "Passwords are stretched by version 1, 600,000 rounds and a salt of 16 bytes. Reload the page.",
        )
    })
}

fn hashed(key: &[u8]) -> Result<String, argon2::password_hash::Error> {
    Ok(Argon2::default().hash_password_with_salt(key, &clock::random::<16>())?.to_string())
}
