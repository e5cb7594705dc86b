//! The block folder: sealed objects on the local disk, there to stay before anyone is told so.

use std::fs::{self, DirBuilder, File, FileTimes, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures_util::StreamExt as _;
use futures_util::stream::{self, BoxStream};
use tokio::sync::mpsc;
use vaidya_clinic::time::Timestamp;
use vaidya_clinic::vault::object::{Cid, MAX_OBJECT};

use super::{BlobError, Found};
use crate::clock;

/// Holds what is being written; what is found in it at the start was never finished.
const UNFINISHED: &str = "unfinished";

/// Blocks that are listed ahead of whoever reads the list. Full, the list waits.
const AHEAD: usize = 256;

/// The block folder. Cheap to clone.
#[derive(Clone)]
pub(super) struct Folder {
    inner: Arc<Inner>,
}

struct Inner {
    root: PathBuf,
    /// What this run of the program calls what it has not finished.
    run: u64,
    next: AtomicU64,
}

/// Clears away what was never finished. Nobody else writes here meanwhile.
pub(super) fn clear(root: &Path) -> Result<(), BlobError> {
    let unfinished = root.join(UNFINISHED);
    make(&unfinished)?;
    for left in fs::read_dir(&unfinished)? {
        fs::remove_file(left?.path())?;
    }
    Ok(())
}

impl Folder {
    /// Opens the folder, and makes it if it isn't there.
    pub(super) fn open(root: &Path) -> Result<Self, BlobError> {
        make(&root.join(UNFINISHED))?;
        let run = u64::from_be_bytes(clock::random());
        Ok(Self { inner: Arc::new(Inner { root: root.to_owned(), run, next: AtomicU64::new(0) }) })
    }

    pub(super) async fn put(&self, name: Cid, object: Vec<u8>) -> Result<(), BlobError> {
        self.blocking(move |inner| inner.put(&name, &object)).await
    }

    /// The bytes under this name, not looked at; one more than a block has when there are more.
    pub(super) async fn get(&self, name: Cid) -> Result<Option<Vec<u8>>, BlobError> {
        self.blocking(move |inner| match read(&inner.place(&name))? {
            None => inner.probe().map(|()| None),
            found => Ok(found),
        })
        .await
    }

    /// When it was put here last.
    pub(super) async fn at(&self, name: Cid) -> Result<Option<Timestamp>, BlobError> {
        self.blocking(move |inner| Ok(changed(&inner.place(&name))?)).await
    }

    pub(super) async fn delete(&self, name: Cid) -> Result<(), BlobError> {
        self.blocking(move |inner| inner.delete(&name)).await
    }

    pub(super) async fn probe(&self) -> Result<(), BlobError> {
        self.blocking(Inner::probe).await
    }

    /// Every block, in no order.
    pub(super) fn list(&self) -> BoxStream<'static, Result<Found, BlobError>> {
        let (tell, told) = mpsc::channel(AHEAD);
        let inner = Arc::clone(&self.inner);
        tokio::task::spawn_blocking(move || {
            if let Err(error) = inner.walk(&tell) {
                let _nobody_listens = tell.blocking_send(Err(error.into()));
            }
        });
        stream::unfold(told, async |mut told| Some((told.recv().await?, told))).boxed()
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Inner) -> Result<T, BlobError> + Send + 'static,
    ) -> Result<T, BlobError> {
        let inner = self.inner.clone();
        blocking(move || work(&inner)).await
    }
}

/// Work that waits for the disk.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, BlobError> + Send + 'static,
) -> Result<T, BlobError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|stopped| Err(BlobError::Failed(io::Error::other(stopped))))
}

impl Inner {
    /// A disk that is not mounted is not one that has lost every block.
    fn probe(&self) -> Result<(), BlobError> {
        let there = fs::metadata(self.root.join(UNFINISHED)).is_ok_and(|found| found.is_dir());
        if there { Ok(()) } else { Err(BlobError::Away("its folder is gone".to_owned())) }
    }

    fn put(&self, name: &Cid, object: &[u8]) -> Result<(), BlobError> {
        self.probe()?;
        let place = self.place(name);
        if matches!(read(&place), Ok(Some(kept)) if kept == object) {
            // Put again: no sweep takes it for old.
            touch(&File::open(&place)?)?;
            return self.settle(&place);
        }
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let unfinished = self.root.join(UNFINISHED).join(format!("{:016x}-{number}", self.run));
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

    fn delete(&self, name: &Cid) -> Result<(), BlobError> {
        match fs::remove_file(self.place(name)) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// Tells of every block until there are no more or nobody listens.
    fn walk(&self, tell: &mpsc::Sender<Result<Found, BlobError>>) -> io::Result<()> {
        for above in folders(&self.root)? {
            for below in folders(&above)? {
                for entry in fs::read_dir(below)? {
                    let entry = entry?;
                    let Some(name) = entry.file_name().to_str().and_then(|name| Cid::parse(name).ok()) else {
                        continue;
                    };
                    // Gone since it was listed: no longer ours to tell of.
                    let Some(at) = changed(&entry.path())? else { continue };
                    if tell.blocking_send(Ok(Found { name, at })).is_err() {
                        return Ok(());
                    }
                }
            }
        }
        Ok(())
    }

    /// Two folders of 1,024 each, from the first letters that are all hash (those before are the same in every name).
    fn place(&self, name: &Cid) -> PathBuf {
        let name = name.as_str();
        let part = |range| name.get(range).unwrap_or(UNFINISHED);
        self.root.join(part(8..10)).join(part(10..12)).join(name)
    }
}

/// The folders in a folder that blocks may be in.
fn folders(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let short = |path: &PathBuf| path.file_name().is_some_and(|name| name.len() == 2);
    let entries = fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path()));
    let paths = entries.collect::<io::Result<Vec<_>>>()?;
    Ok(paths.into_iter().filter(|path| short(path) && path.is_dir()).collect())
}

/// At most one byte more than a block: enough to see that it is too large.
fn read(place: &Path) -> io::Result<Option<Vec<u8>>> {
    let file = match File::open(place) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut object = Vec::new();
    let limit = u64::try_from(MAX_OBJECT).unwrap_or(u64::MAX).saturating_add(1);
    file.take(limit).read_to_end(&mut object)?;
    Ok(Some(object))
}

/// When a file was last written or touched; none when it isn't there.
pub(super) fn changed(path: &Path) -> io::Result<Option<Timestamp>> {
    let at = match fs::metadata(path) {
        Ok(found) => found.modified()?,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
    Ok(Some(Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))))
}

/// Makes a file new.
pub(super) fn touch(file: &File) -> io::Result<()> {
    file.set_times(FileTimes::new().set_modified(system_time(clock::now())))
}

fn system_time(at: Timestamp) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(u64::try_from(at.0).unwrap_or(0))
}

fn make(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::super::{Blobs, Where};
    use super::*;

    /// A folder that is gone when the test is.
    struct Place(PathBuf);

    impl Place {
        fn new() -> Self {
            Self(std::env::temp_dir().join(format!("vaidya-blobs-{}", Uuid::new_v4().simple())))
        }

        fn open(&self) -> Blobs {
            Blobs::open(&Where::Folder, &self.0, None).unwrap()
        }

        fn path(&self, name: &Cid) -> PathBuf {
            Folder::open(&self.0).unwrap().inner.place(name)
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
        drop(blobs.put(name.clone(), bytes.clone()).await.unwrap());
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
        drop(blobs.put(Cid::of(&block), block.clone()).await.unwrap());
        assert!(matches!(blobs.put(Cid::of(&larger), larger).await, Err(BlobError::TooLarge)));
        assert_eq!(blobs.get(Cid::of(&block)).await.unwrap().map(|read| read.len()), Some(MAX_OBJECT));
    }

    #[tokio::test]
    async fn a_bit_that_flipped_on_disk_is_told_and_mended_by_putting_it_again() {
        let (place, (name, bytes)) = (Place::new(), object());
        let blobs = place.open();
        drop(blobs.put(name.clone(), bytes.clone()).await.unwrap());
        let path = place.path(&name);
        let mut damaged = bytes.clone();
        damaged[17] ^= 4;
        for wrong in [damaged, bytes[1..].to_vec(), vec![0; MAX_OBJECT + 5]] {
            fs::write(&path, wrong).unwrap();
            assert!(matches!(blobs.get(name.clone()).await, Err(BlobError::Damaged(_))));
        }
        drop(blobs.put(name.clone(), bytes.clone()).await.unwrap());
        assert_eq!(blobs.get(name).await.unwrap(), Some(bytes));
    }

    #[tokio::test]
    async fn what_a_killed_server_left_unfinished_is_cleared_away_and_never_given() {
        let (place, (name, bytes)) = (Place::new(), object());
        drop(place.open());
        fs::write(place.0.join(UNFINISHED).join("0"), &bytes[..100]).unwrap();
        let blobs = place.open();
        assert_eq!((place.unfinished(), blobs.get(name.clone()).await.unwrap()), (0, None));
        drop(blobs.put(name.clone(), bytes.clone()).await.unwrap());
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
            drop(put.await.unwrap().unwrap());
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
