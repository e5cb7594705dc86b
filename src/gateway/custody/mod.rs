//! The private keys of organisations: sealed in files under the master key, opened here, used here, given to nobody.

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use thiserror::Error;
use tokio::sync::Semaphore;
use vaidya_clinic::id::{KeyId, OrgId};
use vaidya_clinic::vault::header::Header;
use vaidya_clinic::vault::keys::SealingKey;
use vaidya_clinic::vault::secret::ContentKey;

use super::blobs::BlobError;

pub(super) mod file;
mod master;
mod pair;
mod passing;

pub use master::{Master, NoMaster};
use pair::Pair;
pub use passing::Moved;

/// Private operations that run at a time, each on a thread of its own. Lower makes a restore wait behind a rotation,
/// higher takes the processor from visits.
const AT_ONCE: usize = 2;

/// Why the clinic does not open something.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NoKey {
    /// There is no file with the private half.
    #[error("the file of the key is missing: bring keys/ back from a backup")]
    Missing,
    /// The file was sealed under another master key.
    #[error(
        "the file of the key is sealed under another master key: set VAIDYA_MASTER_KEY to the one it was made with"
    )]
    OtherMaster,
    /// The file is not as it was written, or is another key's.
    #[error("the file of the key is damaged: bring keys/ back from a backup")]
    Damaged,
    /// The file cannot be read or written.
    #[error("the file of the key cannot be used: {0}")]
    Failed(String),
    /// The wrap does not open with this key. Which of its checks failed is not said.
    #[error("this is not wrapped for this key")]
    NotForThisKey,
    /// The wrap opens, and what is in it is not the key of this record.
    #[error("this wrap belongs to another record")]
    OtherRecord,
    /// The record's block is missing or damaged, so nothing says whose key this is.
    #[error("the record's block is missing or damaged")]
    NoBlock,
    /// The block store does not answer now; trying again is safe.
    #[error("the block store does not answer: {0}")]
    Later(String),
}

impl NoKey {
    /// Whether it is this one wrap that does not open, and others may.
    #[must_use]
    pub fn is_of_the_wrap(&self) -> bool {
        matches!(self, Self::NotForThisKey | Self::OtherRecord | Self::NoBlock)
    }
}

impl From<io::Error> for NoKey {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::Missing,
            _ => Self::Failed(error.to_string()),
        }
    }
}

impl From<BlobError> for NoKey {
    fn from(error: BlobError) -> Self {
        match error {
            BlobError::Damaged(_) | BlobError::Misnamed | BlobError::TooLarge => Self::NoBlock,
            other => Self::Later(other.to_string()),
        }
    }
}

/// The public half of a pair that was made; its private half is on the disk.
pub struct Made {
    /// Its id.
    pub id: KeyId,
    /// Whose.
    pub org: OrgId,
    /// To seal to (SPKI).
    pub rsa: Vec<u8>,
    /// To check signatures with.
    pub ed: [u8; 32],
    /// Its binding to the organisation, signed by itself.
    pub sig: [u8; 64],
}

/// The keys of organisations. Cheap to clone. What opens or signs takes about a millisecond of a processor: from async
/// code it is asked through [`apart`](Self::apart).
#[derive(Clone)]
pub struct Custody {
    inner: Arc<Inner>,
}

struct Inner {
    folder: PathBuf,
    master: Master,
    open: RwLock<HashMap<KeyId, Arc<Pair>>>,
    turns: Semaphore,
}

impl Custody {
    /// The keys in this folder, which is made with the first one. The caller holds the data folder's lock, or makes new
    /// keys only.
    #[must_use]
    pub fn new(folder: &Path, master: Master) -> Self {
        let inner =
            Inner { folder: folder.to_owned(), master, open: RwLock::default(), turns: Semaphore::new(AT_ONCE) };
        Self { inner: Arc::new(inner) }
    }

    /// Makes a pair for an organisation: when this returns its private half is on the disk, sealed. It is nobody's key
    /// until a row says so.
    ///
    /// # Errors
    /// [`NoKey::Failed`].
    pub fn make(&self, org: OrgId) -> Result<Made, NoKey> {
        let id = KeyId::from_random(crate::clock::random());
        let (pair, secret) = Pair::draw().map_err(|()| NoKey::Failed("no key could be drawn".to_owned()))?;
        let sig = pair.sign(&pair.bound(id, org)?.binding())?;
        file::write(&self.inner.folder, id, &secret, &self.inner.master)?;
        Ok(Made { id, org, rsa: pair.spki().to_vec(), ed: pair.ed(), sig })
    }

    /// Whether the private half of a key can be used.
    ///
    /// # Errors
    /// Why not: of the key.
    pub fn has(&self, key: KeyId, spki: &[u8]) -> Result<(), NoKey> {
        if self.pair(key)?.spki() == spki { Ok(()) } else { Err(NoKey::Damaged) }
    }

    /// Opens a wrapped content key. Whose content key it is is not known: [`open_for`](Self::open_for) checks that.
    ///
    /// # Errors
    /// [`NoKey`].
    pub fn open(&self, key: KeyId, ek: &[u8]) -> Result<ContentKey, NoKey> {
        self.pair(key)?.open(ek)
    }

    /// Opens a wrapped content key that must be the one this header commits to.
    ///
    /// # Errors
    /// [`NoKey`]; [`NoKey::OtherRecord`] when it is not.
    pub fn open_for(&self, key: KeyId, ek: &[u8], header: &Header) -> Result<ContentKey, NoKey> {
        let opened = self.open(key, ek)?;
        header.check(&opened).map_err(|_| NoKey::OtherRecord)?;
        Ok(opened)
    }

    /// Wraps a content key that is wrapped for one of our keys for another key, without checking whose it is.
    ///
    /// # Errors
    /// [`NoKey`].
    pub fn rewrap(&self, key: KeyId, ek: &[u8], to: &SealingKey) -> Result<Vec<u8>, NoKey> {
        wrap(&self.open(key, ek)?, to)
    }

    /// Signs with a key of ours: Ed25519 (RFC 8032).
    ///
    /// # Errors
    /// [`NoKey`].
    pub fn sign(&self, key: KeyId, message: &[u8]) -> Result<[u8; 64], NoKey> {
        self.pair(key)?.sign(message)
    }

    /// Removes the private half for good.
    ///
    /// # Errors
    /// [`NoKey::Failed`].
    pub fn remove(&self, key: KeyId) -> Result<(), NoKey> {
        self.inner.open.write().unwrap_or_else(PoisonError::into_inner).remove(&key);
        file::remove(&self.inner.folder, key)
    }

    /// Works with keys on a thread where that holds nobody up, a few at a time. Needs a tokio runtime; the work ends by
    /// itself when the caller goes away.
    ///
    /// # Errors
    /// Those of the work.
    pub async fn apart<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> Result<T, NoKey> + Send + 'static,
    ) -> Result<T, NoKey> {
        let stopped = |why: String| NoKey::Later(why);
        let custody = self.clone();
        let _turn = self.inner.turns.acquire().await.map_err(|error| stopped(error.to_string()))?;
        let done = tokio::task::spawn_blocking(move || work(&custody)).await;
        done.unwrap_or_else(|error| Err(stopped(error.to_string())))
    }

    /// A pair, from memory or from its file.
    fn pair(&self, key: KeyId) -> Result<Arc<Pair>, NoKey> {
        if let Some(pair) = self.inner.open.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Ok(Arc::clone(pair));
        }
        let secret = file::read(&self.inner.folder, key, &self.inner.master)?;
        let pair = Arc::new(Pair::read(&secret)?);
        self.inner.open.write().unwrap_or_else(PoisonError::into_inner).insert(key, Arc::clone(&pair));
        Ok(pair)
    }
}

/// Wraps a content key for someone.
fn wrap(content: &ContentKey, to: &SealingKey) -> Result<Vec<u8>, NoKey> {
    to.wrap(content, &mut rand::rng()).map_err(|error| NoKey::Failed(error.to_string()))
}

impl fmt::Debug for Custody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Custody(…)")
    }
}

#[cfg(test)]
mod tests;
