//! The block folder: sealed objects under the names that follow from their bytes, on disk before anyone is told so.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use thiserror::Error;
use vaidya_clinic::vault::object::{Cid, MAX_OBJECT};

/// Holds what is being written; what is found in it at the start was never finished.
const UNFINISHED: &str = "unfinished";

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
    #[error("the disk is full: make room in the data folder")]
    Full,
    /// What is on the disk is not what was put there.
    #[error("the object {0} is damaged on disk: restore it from a backup")]
    Damaged(String),
    /// The disk fails in another way.
    #[error("the block folder cannot be used: {0}")]
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

/// The block folder. Cheap to clone.
#[derive(Clone)]
pub struct Blobs {
    inner: Arc<Inner>,
}

struct Inner {
    root: PathBuf,
    next: AtomicU64,
}

impl Blobs {
    /// Opens the folder, makes it if it isn't there, and clears away what was never finished. The caller holds the data
    /// folder's lock: nobody else writes here.
    ///
    /// # Errors
    /// [`BlobError::Full`] and [`BlobError::Failed`].
    pub fn open(root: &Path) -> Result<Self, BlobError> {
        let unfinished = root.join(UNFINISHED);
        make(&unfinished)?;
        for left in fs::read_dir(&unfinished)? {
            fs::remove_file(left?.path())?;
        }
        Ok(Self { inner: Arc::new(Inner { root: root.to_owned(), next: AtomicU64::new(0) }) })
    }

    /// Keeps an object: when this returns, it is on the disk. Keeping it once more does nothing, or mends it.
    /// Goes on by itself when the caller goes away. Needs a tokio runtime.
    ///
    /// # Errors
    /// [`BlobError`]; nothing is kept then.
    pub async fn put(&self, name: Cid, object: Vec<u8>) -> Result<(), BlobError> {
        self.blocking(move |inner| inner.put(&name, &object)).await
    }

    /// The object of this name; `None` when there is none. Its bytes are hashed again before they are given.
    ///
    /// # Errors
    /// [`BlobError::Damaged`] and [`BlobError::Failed`].
    pub async fn get(&self, name: Cid) -> Result<Option<Vec<u8>>, BlobError> {
        self.blocking(move |inner| inner.get(&name)).await
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Inner) -> Result<T, BlobError> + Send + 'static,
    ) -> Result<T, BlobError> {
        let inner = self.inner.clone();
        let done = tokio::task::spawn_blocking(move || work(&inner)).await;
        done.unwrap_or_else(|stopped| Err(BlobError::Failed(io::Error::other(stopped))))
    }
}

impl Inner {
    fn put(&self, name: &Cid, object: &[u8]) -> Result<(), BlobError> {
        if object.len() > MAX_OBJECT {
            return Err(BlobError::TooLarge);
        }
        if Cid::of(object) != *name {
            return Err(BlobError::Misnamed);
        }
        let place = self.place(name);
        if matches!(read(&place), Ok(Some(kept)) if kept == object) {
            return self.settle(&place);
        }
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let unfinished = self.root.join(UNFINISHED).join(number.to_string());
        let kept = self.write(&unfinished, &place, object);
        if kept.is_err() {
            // It may not be there at all; what stays is cleared away at the next start.
            let _gone = fs::remove_file(&unfinished);
        }
        kept
    }

    fn write(&self, unfinished: &Path, place: &Path, object: &[u8]) -> Result<(), BlobError> {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(unfinished)?;
        file.write_all(object)?;
        file.sync_all()?;
        if let Some(folder) = place.parent() {
            make(folder)?;
        }
        fs::rename(unfinished, place)?;
        self.settle(place)
    }

    /// Makes the names durable: of the object in its folder, and of the folders up to ours. Also for an object that was
    /// there already: who put it may not have come this far yet.
    fn settle(&self, place: &Path) -> Result<(), BlobError> {
        for folder in place.ancestors().skip(1).take_while(|folder| folder.starts_with(&self.root)) {
            File::open(folder)?.sync_all()?;
        }
        Ok(())
    }

    fn get(&self, name: &Cid) -> Result<Option<Vec<u8>>, BlobError> {
        let Some(object) = read(&self.place(name))? else { return Ok(None) };
        if object.len() <= MAX_OBJECT && Cid::of(&object) == *name {
            return Ok(Some(object));
        }
        tracing::error!(object = name.as_str(), "an object is damaged on disk");
        Err(BlobError::Damaged(name.as_str().to_owned()))
    }

    /// Two folders of 1,024 each, from the first letters that are all hash (those before are the same in every name).
    fn place(&self, name: &Cid) -> PathBuf {
        let name = name.as_str();
        let part = |range| name.get(range).unwrap_or(UNFINISHED);
        self.root.join(part(8..10)).join(part(10..12)).join(name)
    }
}

/// At most one byte more than a block: enough to see that it is too large.
fn read(place: &Path) -> Result<Option<Vec<u8>>, BlobError> {
    let file = match File::open(place) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let mut object = Vec::new();
    let limit = u64::try_from(MAX_OBJECT).unwrap_or(u64::MAX).saturating_add(1);
    file.take(limit).read_to_end(&mut object)?;
    Ok(Some(object))
}

fn make(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    /// A folder that is gone when the test is.
    struct Place(PathBuf);

    impl Place {
        fn new() -> Self {
            Self(std::env::temp_dir().join(format!("vaidya-blobs-{}", Uuid::new_v4().simple())))
        }

        fn open(&self) -> Blobs {
            Blobs::open(&self.0).unwrap()
        }

        fn unfinished(&self) -> usize {
            fs::read_dir(self.0.join(UNFINISHED)).unwrap().count()
        }
    }

    impl Drop for Place {
        fn drop(&mut self) {
            let _gone = fs::remove_dir_all(&self.0);
        }
    }

    fn object() -> (Cid, Vec<u8>) {
        let bytes = b"sealed".repeat(1_000);
        (Cid::of(&bytes), bytes)
    }

    #[tokio::test]
    async fn what_was_put_is_there_after_a_restart() {
        let (place, (name, bytes)) = (Place::new(), object());
        let blobs = place.open();
        assert_eq!(blobs.get(name.clone()).await.unwrap(), None);
        blobs.put(name.clone(), bytes.clone()).await.unwrap();
        drop(blobs);
        assert_eq!(place.open().get(name).await.unwrap(), Some(bytes));
        assert_eq!(place.unfinished(), 0);
    }

    #[tokio::test]
    async fn an_object_under_another_name_is_not_kept() {
        let (place, (_, bytes)) = (Place::new(), object());
        let blobs = place.open();
        let other = Cid::of(b"other");
        assert!(matches!(blobs.put(other.clone(), bytes).await, Err(BlobError::Misnamed)));
        assert_eq!(blobs.get(other).await.unwrap(), None);
    }

    #[tokio::test]
    async fn an_object_may_be_as_large_as_a_block_and_no_larger() {
        let place = Place::new();
        let blobs = place.open();
        let (block, larger) = (vec![1; MAX_OBJECT], vec![1; MAX_OBJECT + 1]);
        blobs.put(Cid::of(&block), block.clone()).await.unwrap();
        assert!(matches!(blobs.put(Cid::of(&larger), larger).await, Err(BlobError::TooLarge)));
        assert_eq!(blobs.get(Cid::of(&block)).await.unwrap().map(|read| read.len()), Some(MAX_OBJECT));
    }

    #[tokio::test]
    async fn a_bit_that_flipped_on_disk_is_told_and_mended_by_putting_it_again() {
        let (place, (name, bytes)) = (Place::new(), object());
        let blobs = place.open();
        blobs.put(name.clone(), bytes.clone()).await.unwrap();
        let path = blobs.inner.place(&name);
        let mut damaged = bytes.clone();
        damaged[17] ^= 4;
        for wrong in [damaged, bytes[1..].to_vec(), vec![0; MAX_OBJECT + 5]] {
            fs::write(&path, wrong).unwrap();
            assert!(matches!(blobs.get(name.clone()).await, Err(BlobError::Damaged(_))));
        }
        blobs.put(name.clone(), bytes.clone()).await.unwrap();
        assert_eq!(blobs.get(name).await.unwrap(), Some(bytes));
    }

    #[tokio::test]
    async fn what_a_killed_server_left_unfinished_is_cleared_away_and_never_given() {
        let (place, (name, bytes)) = (Place::new(), object());
        drop(place.open());
        fs::write(place.0.join(UNFINISHED).join("0"), &bytes[..100]).unwrap();
        let blobs = place.open();
        assert_eq!((place.unfinished(), blobs.get(name.clone()).await.unwrap()), (0, None));
        blobs.put(name.clone(), bytes.clone()).await.unwrap();
        assert_eq!(blobs.get(name).await.unwrap(), Some(bytes));
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn many_may_put_the_same_object_at_once() {
        let (place, (name, bytes)) = (Place::new(), object());
        let blobs = place.open();
        let puts = (0..32).map(|_| {
            let (blobs, name, bytes) = (blobs.clone(), name.clone(), bytes.clone());
            tokio::spawn(async move { blobs.put(name, bytes).await })
        });
        for put in puts.collect::<Vec<_>>() {
            put.await.unwrap().unwrap();
        }
        assert_eq!(blobs.get(name).await.unwrap(), Some(bytes));
        assert_eq!(place.unfinished(), 0);
    }

    #[tokio::test]
    async fn a_put_that_fails_leaves_nothing_behind() {
        let (place, (name, bytes)) = (Place::new(), object());
        let blobs = place.open();
        // A file where a folder is to be: as an administrator's mistake, and it fails for every user.
        fs::write(place.0.join(&name.as_str()[8..10]), b"").unwrap();
        assert!(matches!(blobs.put(name, bytes).await, Err(BlobError::Failed(_))));
        assert_eq!(place.unfinished(), 0);
    }

    #[test]
    fn a_full_disk_is_said_to_be_full() {
        for number in [28, 122] {
            // ENOSPC and EDQUOT of Linux.
            assert!(matches!(BlobError::from(io::Error::from_raw_os_error(number)), BlobError::Full));
        }
        assert!(matches!(BlobError::from(io::Error::from_raw_os_error(5)), BlobError::Failed(_)));
    }
}
