//! The data folder: one server at a time, and the server's own key.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read as _, Seek as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use crate::clock;

/// Held by the server that uses the folder; holds its process id.
const LOCK: &str = "vaidya.lock";

/// Holds the server's own key: 32 random bytes.
const KEY: &str = "server.key";

/// Why the folder cannot be used; a sentence.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// It cannot be made or written.
    #[error("the data folder {0} cannot be written ({1}): make it writable for this user, or set VAIDYA_DATA")]
    Unwritable(PathBuf, std::io::Error),
    /// Another server has it.
    #[error("the data folder {0} is in use by another vaidya server (process {1}): stop that one, or set VAIDYA_DATA")]
    InUse(PathBuf, String),
    /// There is no key yet.
    #[error("the server's key {0} cannot be read ({1}): start the server once, or set VAIDYA_DATA")]
    NoKey(PathBuf, std::io::Error),
    /// The key is not one.
    #[error("the server's key {0} is damaged: it must be 32 bytes; restore it from a backup")]
    BadKey(PathBuf),
}

/// The data folder, ours as long as this lives.
pub struct Folder {
    path: PathBuf,
    _lock: File,
}

impl Folder {
    /// Makes the folder if it isn't there, and takes it.
    ///
    /// # Errors
    /// When it cannot be written, or another server has it.
    pub fn open(path: &Path) -> Result<Self, FolderError> {
        let unwritable = |why| FolderError::Unwritable(path.to_owned(), why);
        DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(unwritable)?;
        let mut options = OpenOptions::new();
        let options = options.read(true).write(true).create(true).truncate(false).mode(0o600);
        let mut lock = options.open(path.join(LOCK)).map_err(unwritable)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut process = String::new();
                let _unnamed = lock.read_to_string(&mut process);
                return Err(FolderError::InUse(path.to_owned(), process.trim().to_owned()));
            }
            Err(TryLockError::Error(why)) => return Err(unwritable(why)),
        }
        let sign = |lock: &mut File| {
            lock.set_len(0)?;
            lock.rewind()?;
            writeln!(lock, "{}", std::process::id())
        };
        sign(&mut lock).map_err(unwritable)?;
        Ok(Self { path: path.to_owned(), _lock: lock })
    }

    /// The server's key; made, readable for this user only, when there is none.
    ///
    /// # Errors
    /// When it cannot be read or written, or is not 32 bytes.
    pub fn key(&self) -> Result<[u8; 32], FolderError> {
        let path = self.path.join(KEY);
        match std::fs::read(&path) {
            Ok(bytes) => bytes.try_into().map_err(|_| FolderError::BadKey(path)),
            Err(why) if why.kind() == ErrorKind::NotFound => self.make_key(&path),
            Err(why) => Err(FolderError::Unwritable(self.path.clone(), why)),
        }
    }

    /// The key of the server that uses a folder, or used it: for commands beside a running server.
    ///
    /// # Errors
    /// When there is none, or it is not 32 bytes.
    pub fn key_of(path: &Path) -> Result<[u8; 32], FolderError> {
        let place = path.join(KEY);
        let bytes = std::fs::read(&place).map_err(|why| FolderError::NoKey(place.clone(), why))?;
        bytes.try_into().map_err(|_| FolderError::BadKey(place))
    }

    /// Written whole under another name first: a crash leaves no half key.
    fn make_key(&self, path: &Path) -> Result<[u8; 32], FolderError> {
        let key = clock::random();
        let half = path.with_extension("new");
        let write = || {
            let mut options = OpenOptions::new();
            let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&half)?;
            file.write_all(&key)?;
            file.sync_all()?;
            std::fs::rename(&half, path)?;
            File::open(&self.path)?.sync_all()
        };
        write().map_err(|why| FolderError::Unwritable(self.path.clone(), why))?;
        Ok(key)
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_folder_has_one_server_and_a_key_only_it_can_read() {
        let path = std::env::temp_dir().join(format!("vaidya-folder-{}", std::process::id()));
        let folder = Folder::open(&path).unwrap();
        let said = Folder::open(&path).err().unwrap().to_string();
        assert!(said.contains(&format!("process {}", std::process::id())), "{said}");
        let key = folder.key().unwrap();
        assert_eq!(folder.key().unwrap(), key);
        let mode = std::fs::metadata(path.join(KEY)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        std::fs::write(path.join(KEY), "short").unwrap();
        assert!(matches!(folder.key(), Err(FolderError::BadKey(_))));
        drop(folder);
        assert!(Folder::open(&path).is_ok(), "the folder is free again");
        std::fs::remove_dir_all(&path).unwrap();
    }
}
