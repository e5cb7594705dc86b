//! The log of erasures: a file beside the database that a backup of the database does not take back.
//!
//! One line of JSON for each record that was erased or restricted. It is on the disk before the database commits; at the
//! start whatever it says and the database does not is done again.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use vaidya_clinic::erasure::Erased;

/// Its name in the data folder.
const FILE: &str = "erasures.log";

/// The log. Cheap to clone; writers take turns.
#[derive(Clone)]
pub struct Erasures {
    path: Arc<Path>,
    turn: Arc<Mutex<()>>,
}

/// What a log says.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// What was erased or restricted, oldest first.
    pub erased: Vec<Erased>,
    /// Lines that nobody can read: the last one of a server that crashed in the middle of it, whose change was never
    /// committed, or a damaged file.
    pub unreadable: usize,
}

impl Erasures {
    /// The log in this data folder; the file is made with the first line.
    #[must_use]
    pub fn new(data: &Path) -> Self {
        Self { path: PathBuf::from(data).join(FILE).into(), turn: Arc::default() }
    }

    /// Adds lines: they are on the disk when this returns.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn note(&self, erased: &[Erased]) -> io::Result<()> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let mut options = OpenOptions::new();
        let mut file = options.read(true).append(true).create(true).mode(0o600).open(&self.path)?;
        let mut text = Vec::new();
        if is_torn(&mut file)? {
            text.push(b'\n');
        }
        for one in erased {
            serde_json::to_writer(&mut text, one)?;
            text.push(b'\n');
        }
        file.write_all(&text)?;
        file.sync_all()?;
        // The name of a new file is in its folder, which is a file of its own.
        match self.path.parent() {
            Some(folder) => File::open(folder)?.sync_all(),
            None => Ok(()),
        }
    }

    /// Everything it says.
    ///
    /// # Errors
    /// When it is there and cannot be read.
    pub fn read(&self) -> io::Result<Said> {
        let bytes = match std::fs::read(&self.path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Said::default()),
            Err(error) => return Err(error),
        };
        let mut said = Said::default();
        for line in bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            match serde_json::from_slice(line) {
                Ok(one) => said.erased.push(one),
                Err(_) => said.unreadable = said.unreadable.saturating_add(1),
            }
        }
        Ok(said)
    }
}

/// Whether the last line was not written to its end.
fn is_torn(file: &mut File) -> io::Result<bool> {
    if file.metadata()?.len() == 0 {
        return Ok(false);
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
}

#[cfg(test)]
mod tests {
    use vaidya_clinic::erasure::Outcome;
    use vaidya_clinic::id::RecordId;
    use vaidya_clinic::time::Timestamp;

    use super::*;

    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("vaidya-erasures-{name}-{}", std::process::id()));
            std::fs::create_dir_all(&path).unwrap();
            Self(path)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _gone = std::fs::remove_dir_all(&self.0);
        }
    }

    fn erased(number: u128) -> Erased {
        let record = RecordId(uuid::Uuid::from_u128(number));
        Erased { record, outcome: Outcome::Erased, at: Timestamp(7) }
    }

    #[test]
    fn what_was_noted_is_read_in_its_order_by_the_next_server() {
        let folder = Folder::new("order");
        assert_eq!(Erasures::new(&folder.0).read().unwrap(), Said::default());
        Erasures::new(&folder.0).note(&[erased(1), erased(2)]).unwrap();
        Erasures::new(&folder.0).note(&[erased(3)]).unwrap();
        let said = Erasures::new(&folder.0).read().unwrap();
        assert_eq!((said.erased, said.unreadable), (vec![erased(1), erased(2), erased(3)], 0));
    }

    #[test]
    fn a_line_that_a_crash_cut_does_not_spoil_the_next_one() {
        let folder = Folder::new("torn");
        let log = Erasures::new(&folder.0);
        log.note(&[erased(1)]).unwrap();
        let path = folder.0.join(FILE);
        let whole = std::fs::read(&path).unwrap();
        let cut = [whole.as_slice(), &whole[..20]].concat();
        std::fs::write(&path, cut).unwrap();
        log.note(&[erased(2)]).unwrap();
        let said = log.read().unwrap();
        assert_eq!((said.erased, said.unreadable), (vec![erased(1), erased(2)], 1));
    }
}
