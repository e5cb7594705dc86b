//! Notes on the local disk of what this server has put into a store that it shares with others.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use vaidya_clinic::time::Timestamp;
use vaidya_clinic::vault::object::Cid;

use super::folder::{blocking, changed, touch};
use super::{BlobError, Found};

/// The folder of notes: empty files with the names of blocks.
#[derive(Clone)]
pub(super) struct Notes {
    folder: PathBuf,
}

impl Notes {
    pub(super) fn open(folder: &Path) -> Result<Self, BlobError> {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        Ok(Self { folder: folder.to_owned() })
    }

    /// Writes down, durably, that this block is about to be put.
    pub(super) async fn write(&self, names: Vec<Cid>) -> Result<(), BlobError> {
        let folder = self.folder.clone();
        blocking(move || {
            for name in names {
                let mut options = OpenOptions::new();
                let options = options.write(true).create(true).truncate(false).mode(0o600);
                touch(&options.open(folder.join(name.as_str()))?)?;
            }
            Ok(File::open(&folder)?.sync_all()?)
        })
        .await
    }

    /// When it was last written down.
    pub(super) async fn at(&self, name: &Cid) -> Result<Option<Timestamp>, BlobError> {
        let path = self.folder.join(name.as_str());
        blocking(move || Ok(changed(&path)?)).await
    }

    /// Forgets a block.
    pub(super) async fn forget(&self, name: &Cid) -> Result<(), BlobError> {
        let path = self.folder.join(name.as_str());
        blocking(move || match fs::remove_file(path) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        })
        .await
    }

    /// Everything that is written down.
    pub(super) fn all(&self) -> io::Result<impl Iterator<Item = Found> + use<>> {
        Ok(fs::read_dir(&self.folder)?.flatten().filter_map(|entry| {
            let name = Cid::parse(entry.file_name().to_str()?).ok()?;
            Some(Found { name, at: changed(&entry.path()).ok()?? })
        }))
    }
}
