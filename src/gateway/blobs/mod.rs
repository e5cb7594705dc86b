//! Sealed blocks under the names that follow from their bytes: in a folder, an S3 bucket or a Kubo node, and hashed
//! again whenever they are given.

use std::future::Future;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use futures_util::stream::{self, BoxStream};
use thiserror::Error;
use tokio::sync::Mutex;
use vaidya_clinic::time::Timestamp;
use vaidya_clinic::vault::object::{Cid, MAX_OBJECT};

pub mod car;
mod folder;
mod holds;
mod kubo;
mod notes;
mod s3;

use folder::Folder;
pub use holds::Held;
use holds::Holds;
use kubo::Kubo;
pub use kubo::Node;
pub use s3::Bucket;
use s3::S3;

use crate::clock;

/// How long a word on whether the store answers is passed on. Lower asks it at every look at `/readyz`, higher is late.
const WORD: Duration = Duration::from_secs(5);

/// Where blocks are kept.
#[derive(Clone, Debug)]
pub enum Where {
    /// In a folder of the data folder.
    Folder,
    /// In a bucket of an S3 server.
    S3(Bucket),
    /// In a Kubo node (IPFS).
    Kubo(Node),
}

/// Why an object is not kept or not given.
#[derive(Debug, Error)]
pub enum BlobError {
    /// Larger than a block.
    #[error("the object is larger than {MAX_OBJECT} bytes")]
    TooLarge,
    /// The bytes have another name.
    #[error("the object does not have the name it came with")]
    Misnamed,
    /// No room: nothing was kept, and there is something to do for whoever runs this server.
    #[error("the disk is full: make room where the blocks are kept")]
    Full,
    /// What is kept is not what was put there.
    #[error("the object {0} is damaged: restore it from a backup with `vaidya blocks import`")]
    Damaged(String),
    /// The store does not answer, or not to us; the same may work later.
    #[error("the block store is away: {0}")]
    Away(String),
    /// The settings lead to no store that could be used; a sentence.
    #[error("{0}")]
    Wrong(String),
    /// The disk fails in another way.
    #[error("the blocks cannot be used: {0}")]
    Failed(#[source] io::Error),
}

impl From<io::Error> for BlobError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Self::Full,
            _ => Self::Failed(error),
        }
    }
}

/// A block that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its name.
    pub name: Cid,
    /// When it was put there last.
    pub at: Timestamp,
}

/// The block store. Cheap to clone.
#[derive(Clone)]
pub struct Blobs {
    inner: Arc<Inner>,
}

struct Inner {
    place: Place,
    holds: Holds,
    word: Mutex<Option<(Instant, bool)>>,
}

enum Place {
    Folder(Folder),
    S3(S3),
    Kubo(Kubo),
}

impl Blobs {
    /// Opens the store and clears away what was never finished. The caller holds the data folder's lock: nobody else
    /// writes in `root`. `roots` are certificate authorities (PEM) to trust besides the usual ones.
    ///
    /// # Errors
    /// [`BlobError::Full`], [`BlobError::Failed`], and [`BlobError::Wrong`] for settings no client can be made of.
    pub fn open(place: &Where, root: &Path, roots: Option<&[u8]>) -> Result<Self, BlobError> {
        folder::clear(root)?;
        Self::beside(place, root, roots)
    }

    /// The same beside a server that may be running: for commands that read and add.
    ///
    /// # Errors
    /// As [`Blobs::open`].
    pub fn beside(place: &Where, root: &Path, roots: Option<&[u8]>) -> Result<Self, BlobError> {
        let place = match place {
            Where::Folder => Place::Folder(Folder::open(root)?),
            Where::S3(bucket) => Place::S3(S3::open(bucket, roots)?),
            Where::Kubo(node) => Place::Kubo(Kubo::open(node, root, roots)?),
        };
        Ok(Self { inner: Arc::new(Inner { place, holds: Holds::default(), word: Mutex::default() }) })
    }

    /// Keeps an object: when this returns, it is there to stay. Keeping it once more does nothing, or mends it. While
    /// the answer is held the block is not swept: hold it until the row that names it is written. Goes on by itself when
    /// the caller goes away. Needs a tokio runtime.
    ///
    /// # Errors
    /// [`BlobError`]; nothing is kept then.
    pub async fn put(&self, name: Cid, object: Vec<u8>) -> Result<Held, BlobError> {
        if object.len() > MAX_OBJECT {
            return Err(BlobError::TooLarge);
        }
        if Cid::of(&object) != name {
            return Err(BlobError::Misnamed);
        }
        self.alone(move |inner| async move {
            let held = inner.holds.hold(&name).await;
            match &inner.place {
                Place::Folder(folder) => folder.put(name, object).await?,
                Place::S3(s3) => s3.put(&name, object).await?,
                Place::Kubo(kubo) => kubo.put(&name, &object).await?,
            }
            Ok(held)
        })
        .await
    }

    /// Keeps several objects, in one request where the store can do that: a Kubo node takes them as one CAR.
    ///
    /// # Errors
    /// As [`Blobs::put`]; some may be kept then.
    pub async fn put_all(&self, objects: Vec<(Cid, Vec<u8>)>) -> Result<Vec<Held>, BlobError> {
        let Place::Kubo(_) = &self.inner.place else {
            let mut held = Vec::with_capacity(objects.len());
            for (name, object) in objects {
                held.push(self.put(name, object).await?);
            }
            return Ok(held);
        };
        if objects.iter().any(|(name, object)| Cid::of(object) != *name) {
            return Err(BlobError::Misnamed);
        }
        self.alone(move |inner| async move {
            let mut held = Vec::with_capacity(objects.len());
            for (name, _) in &objects {
                held.push(inner.holds.hold(name).await);
            }
            if let Place::Kubo(kubo) = &inner.place {
                kubo.import(&objects).await?;
            }
            Ok(held)
        })
        .await
    }

    /// The object of this name; `None` when there is none. Its bytes are hashed again before they are given.
    ///
    /// # Errors
    /// [`BlobError::Damaged`], [`BlobError::Away`] and [`BlobError::Failed`].
    pub async fn get(&self, name: Cid) -> Result<Option<Vec<u8>>, BlobError> {
        let found = match &self.inner.place {
            Place::Folder(folder) => folder.get(name.clone()).await?,
            Place::S3(s3) => s3.get(&name).await?,
            Place::Kubo(kubo) => kubo.get(&name).await?,
        };
        let Some(object) = found else { return Ok(None) };
        if object.len() <= MAX_OBJECT && Cid::of(&object) == name {
            return Ok(Some(object));
        }
        tracing::error!(object = name.as_str(), "an object is damaged where it is kept");
        Err(BlobError::Damaged(name.as_str().to_owned()))
    }

    /// Whether there is an object of this name; it is not looked at.
    ///
    /// # Errors
    /// [`BlobError::Away`] and [`BlobError::Failed`].
    pub async fn has(&self, name: &Cid) -> Result<bool, BlobError> {
        match &self.inner.place {
            Place::Folder(folder) => Ok(folder.at(name.clone()).await?.is_some()),
            Place::S3(s3) => Ok(s3.at(name).await?.is_some()),
            Place::Kubo(kubo) => kubo.has(name).await,
        }
    }

    /// Removes a block that was last put there before `before`, when nobody holds it and `unwanted` says so after that;
    /// answers whether it is gone. Whoever puts it meanwhile waits, and then puts it anew.
    ///
    /// # Errors
    /// [`BlobError::Away`] and [`BlobError::Failed`].
    pub async fn remove_if(
        &self,
        name: &Cid,
        before: Timestamp,
        unwanted: impl Future<Output = bool> + Send,
    ) -> Result<bool, BlobError> {
        let Some(_going) = self.inner.holds.take(name) else { return Ok(false) };
        let at = match &self.inner.place {
            Place::Folder(folder) => folder.at(name.clone()).await?,
            Place::S3(s3) => s3.at(name).await?,
            Place::Kubo(kubo) => kubo.at(name).await?,
        };
        if at.is_none_or(|at| at >= before) || !unwanted.await {
            return Ok(false);
        }
        self.delete(name).await?;
        Ok(true)
    }

    /// Removes an object, wanted or not; one that isn't there is no failure.
    ///
    /// # Errors
    /// [`BlobError::Away`] and [`BlobError::Failed`].
    pub async fn delete(&self, name: &Cid) -> Result<(), BlobError> {
        match &self.inner.place {
            Place::Folder(folder) => folder.delete(name.clone()).await,
            Place::S3(s3) => s3.delete(name).await,
            Place::Kubo(kubo) => kubo.delete(name).await,
        }
    }

    /// Every block that may have to be swept: all there are; of a Kubo node, which holds other people's too, those put
    /// there by this server that are not [settled](Blobs::settle) yet.
    #[must_use]
    pub fn list(&self) -> BoxStream<'static, Result<Found, BlobError>> {
        match &self.inner.place {
            Place::Folder(folder) => folder.list(),
            Place::S3(s3) => s3.list(),
            Place::Kubo(kubo) => kubo.list(),
        }
    }

    /// A row names this block for good: it need not be listed any more.
    ///
    /// # Errors
    /// [`BlobError::Failed`].
    pub async fn settle(&self, name: &Cid) -> Result<(), BlobError> {
        match &self.inner.place {
            Place::Folder(_) | Place::S3(_) => Ok(()),
            Place::Kubo(kubo) => kubo.settle(name).await,
        }
    }

    /// Whether the store can be used, asked now.
    ///
    /// # Errors
    /// [`BlobError::Wrong`] with what to change in the settings, [`BlobError::Away`] when waiting may help.
    pub async fn probe(&self) -> Result<(), BlobError> {
        match &self.inner.place {
            Place::Folder(folder) => folder.probe().await,
            Place::S3(s3) => s3.probe().await,
            Place::Kubo(kubo) => kubo.probe().await,
        }
    }

    /// Whether the store answers, as it was a few seconds ago at most.
    pub async fn answers(&self) -> bool {
        let mut word = self.inner.word.lock().await;
        if let Some((at, well)) = *word
            && clock::instant().saturating_duration_since(at) < WORD
        {
            return well;
        }
        let well = match self.probe().await {
            Ok(()) => true,
            Err(error) => {
                tracing::warn!(%error, "the block store does not answer");
                false
            }
        };
        *word = Some((clock::instant(), well));
        well
    }

    /// What was begun ends by itself when the caller goes away.
    async fn alone<T, F>(&self, work: impl FnOnce(Arc<Inner>) -> F) -> Result<T, BlobError>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, BlobError>> + Send + 'static,
    {
        let done = tokio::spawn(work(Arc::clone(&self.inner))).await;
        done.unwrap_or_else(|stopped| Err(BlobError::Failed(io::Error::other(stopped))))
    }
}

/// A list that failed before it began.
fn failed(error: BlobError) -> BoxStream<'static, Result<Found, BlobError>> {
    stream::once(async { Err(error) }).boxed()
}
