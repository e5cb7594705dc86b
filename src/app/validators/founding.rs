//! How a ledger begins in the data folder: its keys first, then the genesis that names them.

use std::fs::{DirBuilder, File};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use vaidya_ledger::genesis::INTERVAL;
use vaidya_ledger::key::Public;
use vaidya_ledger::{Genesis, Signer, Validators};

use super::{BEGUN, FOLDER, GENESIS, LOG, NoLedger};
use crate::clock;
use crate::gateway::custody::Master;
use crate::gateway::submitter;

/// The folder of the key with which this node hands entries in.
const SUBMITTER: &str = "submitter";

/// How many validators there are unless it is said: the fewest that stand a fault.
const FOUR: u8 = 4;

/// How the ledger begins, and the keys of this node.
pub struct Founded {
    /// How it begins.
    pub genesis: Arc<Genesis>,
    /// The log's own key; none when another node has it.
    pub log: Signer,
    /// With which this node hands entries in.
    pub submitter: Signer,
    pub(super) folder: PathBuf,
    pub(super) validators: Vec<(u8, Signer)>,
}

/// The ledger that lies in a data folder; begun, with four validators, when there is none. `name` is the log's.
///
/// # Errors
/// When a file is missing or isn't what it must be.
pub fn founded(data: &Path, master: &Master, name: &str) -> Result<Founded, NoLedger> {
    let folder = data.join(FOLDER);
    let (log, submitter) = (key(&folder.join(LOG), master)?, key(&folder.join(SUBMITTER), master)?);
    let validators = (1..=FOUR).map(|id| Ok((id, key(&seat(&folder, id), master)?)));
    let validators: Vec<_> = validators.collect::<Result<_, NoLedger>>()?;
    let file = folder.join(GENESIS);
    let genesis = match std::fs::read(&file) {
        Ok(bytes) => read(&file, &bytes)?,
        Err(why) if why.kind() == ErrorKind::NotFound => {
            if (1..=FOUR).any(|id| !is_new(&seat(&folder, id))) {
                return Err(NoLedger::NoGenesis { folder: folder.display().to_string() });
            }
            found(&folder, name, &log, &submitter, &validators)?
        }
        Err(why) => return Err(bad(&file, why)),
    };
    for (id, signer) in &validators {
        if genesis.whose(signer) != Some(*id) {
            return Err(stranger(signer, &file));
        }
    }
    Ok(Founded { genesis: Arc::new(genesis), log, submitter, folder, validators })
}

/// The ledger of validators elsewhere, and the keys with which this node hands entries in.
///
/// # Errors
/// When a file is missing or isn't what it must be.
pub fn joined(data: &Path, master: &Master, genesis: &Path) -> Result<Founded, NoLedger> {
    let folder = data.join(FOLDER);
    let genesis = Arc::new(genesis_in(genesis)?);
    let (log, submitter) = (key(&folder.join(LOG), master)?, key(&folder.join(SUBMITTER), master)?);
    Ok(Founded { genesis, log, submitter, folder, validators: Vec::new() })
}

/// A genesis from its file.
///
/// # Errors
/// When there is none, or it is damaged.
pub fn genesis_in(file: &Path) -> Result<Genesis, NoLedger> {
    let bytes = std::fs::read(file).map_err(|why| bad(file, why))?;
    read(file, &bytes)
}

/// The public keys of this data folder as a genesis needs them: of the validator, of who hands entries in, and of the log.
///
/// # Errors
/// When a key can't be made or read.
pub fn publics(data: &Path, master: &Master) -> Result<[Public; 3], NoLedger> {
    let folder = data.join(FOLDER);
    let public = |name: &str| key(&folder.join(name), master).map(|signer| signer.public());
    Ok([public("validator")?, public(SUBMITTER)?, public(LOG)?])
}

fn found(
    folder: &Path,
    name: &str,
    log: &Signer,
    submitter: &Signer,
    validators: &[(u8, Signer)],
) -> Result<Genesis, NoLedger> {
    let file = folder.join(GENESIS);
    let validator = |(id, signer): &(u8, Signer)| vaidya_ledger::Validator {
        id: *id,
        name: format!("validator {id}"),
        public: signer.public(),
        address: String::new(),
    };
    let genesis = Genesis {
        made_at: u64::try_from(clock::now().0).unwrap_or(0),
        interval: INTERVAL,
        origin: name.to_owned(),
        log: log.public(),
        validators: Validators::new(validators.iter().map(validator).collect()).map_err(|why| bad(&file, why))?,
        submitters: vec![submitter.public()],
    };
    let genesis = genesis.checked().map_err(|why| bad(&file, why))?;
    written(&file, &genesis.encode())?;
    Ok(genesis)
}

/// Writes a file whole under another name first: a crash leaves no half.
pub(super) fn written(file: &Path, bytes: &[u8]) -> Result<(), NoLedger> {
    let folder = file.parent().unwrap_or(file);
    let half = file.with_extension("new");
    let write = || {
        let mut unfinished = File::create(&half)?;
        unfinished.write_all(bytes)?;
        unfinished.sync_all()?;
        std::fs::rename(&half, file)?;
        File::open(folder)?.sync_all()
    };
    write().map_err(|why| NoLedger::Unwritable { folder: folder.display().to_string(), why })
}

pub(super) fn key(folder: &Path, master: &Master) -> Result<Signer, NoLedger> {
    let unwritable = |why| NoLedger::Unwritable { folder: folder.display().to_string(), why };
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(unwritable)?;
    submitter::opened(folder, master).map_err(|why| NoLedger::Key { folder: folder.display().to_string(), why })
}

pub(super) fn seat(folder: &Path, id: u8) -> PathBuf {
    folder.join(format!("validator-{id}"))
}

/// Whether the key in this folder was never used to vote.
pub(super) fn is_new(folder: &Path) -> bool {
    !folder.join(BEGUN).exists()
}

fn read(file: &Path, bytes: &[u8]) -> Result<Genesis, NoLedger> {
    Genesis::decode(bytes).map_err(|why| bad(file, why))
}

fn bad(file: &Path, why: impl std::fmt::Display) -> NoLedger {
    NoLedger::Genesis { file: file.display().to_string(), why: why.to_string() }
}

pub(super) fn stranger(signer: &Signer, file: &Path) -> NoLedger {
    NoLedger::NotAValidator { key: hex(&signer.public()), file: file.display().to_string() }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
