//! `vaidya ledger`: what a proof file proves, and how a ledger of several sites begins.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use vaidya_actors::port::LedgerPorts;
use vaidya_clinic::time::Timestamp;
use vaidya_ledger::genesis::{Genesis, INTERVAL};
use vaidya_ledger::note::Policy;
use vaidya_ledger::proof::{self, What};
use vaidya_ledger::validators::{Validator, Validators};
use vaidya_ledger::{Entry, Leaf, Signer};

use super::validators::NoLedger;
use super::{AppError, other, validators};
use crate::clock;
use crate::config::Settings;
use crate::console::say;
use crate::gateway::custody::{Master, NoKey};
use crate::gateway::submitter;
use crate::jobs::Running;
use crate::jobs::accuser::InWhoseName;
use crate::jobs::anchor::Anchoring;
use crate::store::Store;
use crate::store::ledger::Submitter;

/// Where the ledger's files lie in the data folder.
pub const FOLDER: &str = "ledger";

/// The file that says how the ledger began.
pub const GENESIS: &str = "genesis";

/// A ledger that is kept, as far as the rest of the house needs it.
pub struct Kept {
    /// The ways to it.
    pub ports: LedgerPorts,
    /// Who hands entries in.
    pub submitter: Submitter,
    /// How long entries wait for others.
    pub window: Duration,
}

impl Kept {
    /// The ledger that this node keeps.
    #[must_use]
    pub fn of(kept: &validators::Kept, settings: &Settings) -> Self {
        let signer = Signer::from_seed(&kept.submitter.seed());
        let (submitter, window) = (Submitter { ledger: kept.id, signer }, settings.validating.window);
        Self { ports: kept.ports.clone(), submitter, window }
    }
}

/// A ledger whose keys can't be opened is none until they can: visits and records go on without, and facts wait.
///
/// # Errors
/// Everything else that keeps a ledger from starting, and the server with it: what isn't as it was must be looked at.
pub(super) fn unless_locked(started: Result<validators::Kept, NoLedger>) -> Result<Option<validators::Kept>, NoLedger> {
    match started {
        Ok(kept) => Ok(Some(kept)),
        Err(locked @ NoLedger::Key { why: NoKey::OtherMaster, .. }) => {
            tracing::error!(why = %locked, "there is no ledger: nothing is anchored, and facts wait");
            say(&format!("Careful: there is no ledger, because {locked}. Facts wait for it."));
            Ok(None)
        }
        Err(other) => Err(other),
    }
}

/// Carries facts to the ledger, and what validators are caught at; what is opened without asking waits for it from now on.
pub(super) fn carried(
    running: Running,
    store: &Store,
    kept: Option<Kept>,
    name: &InWhoseName,
) -> (Running, Option<LedgerPorts>) {
    let Some(Kept { ports, submitter, window }) = kept else { return (running, None) };
    let submitter = Arc::new(submitter);
    let _once = name.set(Arc::clone(&submitter));
    store.keep_ledger();
    let (anchor, clock) = (ports.anchor.clone(), clock::clock());
    let anchoring = Anchoring { anchor, submitter, window, clock };
    (running.with_ledger(store, anchoring), Some(ports))
}

/// Seals the ledger's keys in a data folder under another master key.
///
/// # Errors
/// When one of them can't be opened with either.
pub(super) fn reseal(data: &Path, master: &Master) -> Result<(), AppError> {
    let folder = data.join(FOLDER);
    let Ok(entries) = std::fs::read_dir(&folder) else { return Ok(()) };
    for entry in entries {
        let folder = entry.map_err(other)?.path();
        if !folder.is_dir() {
            continue;
        }
        match submitter::read(&folder, master) {
            Ok(_) | Err(NoKey::Missing) => {}
            Err(why) => return Err(NoLedger::Key { folder: folder.display().to_string(), why }.into()),
        }
    }
    Ok(())
}

/// What is to be done.
pub enum Deed {
    /// Say what a proof file proves; the policy is in this file, or follows from the genesis in the data folder.
    Verify(PathBuf, Option<PathBuf>),
    /// Write a genesis.
    Genesis(Founding),
}

/// How a ledger is to begin.
pub struct Founding {
    /// The file to make.
    pub file: PathBuf,
    /// The log's name.
    pub origin: String,
    /// The log's key.
    pub log: String,
    /// Who may hand entries in.
    pub submitters: Vec<String>,
    /// Who agrees: `name,address,key`.
    pub validators: Vec<String>,
}

/// Does it. Nothing here needs the server, the database or a network.
///
/// # Errors
/// What is wrong, in one sentence.
pub fn run(settings: &Settings, deed: Deed) -> Result<(), AppError> {
    match deed {
        Deed::Verify(file, policy) => verify(settings, &file, policy.as_deref()),
        Deed::Genesis(founding) => found(founding),
    }
}

/// The genesis in a data folder.
///
/// # Errors
/// When there is none, or it is damaged.
pub fn genesis_of(data: &Path) -> Result<Genesis, AppError> {
    let file = data.join(FOLDER).join(GENESIS);
    let bytes = std::fs::read(&file).map_err(|why| cannot(&file, &why))?;
    Genesis::decode(&bytes).map_err(|why| other(format!("{} is damaged: {why}", file.display())))
}

fn verify(settings: &Settings, file: &Path, policy: Option<&Path>) -> Result<(), AppError> {
    let text = std::fs::read_to_string(file).map_err(|why| cannot(file, &why))?;
    let policy = match policy {
        Some(policy) => {
            let text = std::fs::read_to_string(policy).map_err(|why| cannot(policy, &why))?;
            Policy::parse(&text).map_err(other)?
        }
        None => {
            let genesis = genesis_of(&settings.data)?;
            genesis.validators.policy(&genesis.origin, genesis.log).map_err(other)?
        }
    };
    let proven = proof::verify(&text, &policy).map_err(|why| other(format!("this proves nothing: {why}")))?;
    say(&told(&proven));
    Ok(())
}

/// What was proven, line by line.
fn told(proven: &proof::Proven) -> String {
    let head = &proven.witnessed.checkpoint;
    let thing = &proven.opening.thing;
    let mut lines = vec![format!("Proven: entry {} of {} in the log {}.", proven.index, head.size, head.origin)];
    if let Leaf::Entry { entry, seq, time, .. } = &proven.leaf {
        let kind = Entry::decode(entry).map_or("unknown", |entry| entry.statement.kind.word());
        let at = Timestamp(i64::try_from(*time).unwrap_or(i64::MAX)).rfc3339();
        lines.push(format!("{kind}, in block {seq}, at {at}"));
    }
    let version = if thing.version > 0 { format!(" version {}", thing.version) } else { String::new() };
    lines.push(format!("{} {}{version}", thing.word.word(), uuid::Uuid::from_bytes(thing.id)));
    match &proven.opening.what {
        What::Sealed => {}
        What::Object { kind, hash, .. } => lines.push(format!("{kind}: an object with SHA-256 {}", hex(&hash.0))),
        What::Statement { .. } => {
            lines.extend(proven.opening.what.facts().iter().map(|(name, value)| format!("  {name}: {value}")));
        }
        What::Inner { index, .. } => lines.push(format!("entry {index} of the clinic's own log")),
        What::Signed { text, .. } => lines.push(text.trim_end().to_owned()),
    }
    lines.join("\n")
}

fn found(founding: Founding) -> Result<(), AppError> {
    let validators = founding.validators.iter().zip(1..).map(|(text, id)| validator(text, id));
    let validators = Validators::new(validators.collect::<Result<_, _>>()?).map_err(other)?;
    let submitters = founding.submitters.iter().map(|text| key(text)).collect::<Result<_, _>>()?;
    let genesis = Genesis {
        made_at: u64::try_from(clock::now().0).unwrap_or_default(),
        interval: INTERVAL,
        origin: founding.origin,
        log: key(&founding.log)?,
        validators,
        submitters,
    };
    let genesis = genesis.checked().map_err(other)?;
    if founding.file.exists() {
        return Err(other(format!("{} is there already: a ledger begins once", founding.file.display())));
    }
    std::fs::write(&founding.file, genesis.encode()).map_err(|why| cannot(&founding.file, &why))?;
    say(&format!("The ledger {} begins. Give this file to every validator and node.", hex(&genesis.id().0)));
    Ok(())
}

fn validator(text: &str, id: u8) -> Result<Validator, AppError> {
    let parts: Vec<&str> = text.split(',').map(str::trim).collect();
    let [name, address, public] = parts.as_slice() else {
        return Err(other(format!("a validator is given as NAME,ADDRESS,KEY, not as {text}")));
    };
    Ok(Validator { id, public: key(public)?, name: (*name).to_owned(), address: (*address).to_owned() })
}

/// A public key as it is written: 32 bytes in hexadecimal.
fn key(text: &str) -> Result<[u8; 32], AppError> {
    let wrong = || other(format!("a public key is 64 hexadecimal digits, not {text}"));
    let digits: Vec<u32> =
        text.trim().chars().map(|digit| digit.to_digit(16)).collect::<Option<_>>().ok_or_else(wrong)?;
    let bytes = digits.chunks(2).map(|pair| match pair {
        [high, low] => u8::try_from(high * 16 + low).ok(),
        _ => None,
    });
    bytes.collect::<Option<Vec<u8>>>().and_then(|bytes| bytes.try_into().ok()).ok_or_else(wrong)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn cannot(file: &Path, why: &std::io::Error) -> AppError {
    other(format!("{} cannot be used: {why}", file.display()))
}

#[cfg(test)]
mod tests {
    use vaidya_ledger::Signer;

    use super::*;

    fn public(seed: u8) -> String {
        hex(&Signer::from_seed(&[seed; 32]).public())
    }

    #[test]
    fn a_key_is_read_as_it_is_written_and_nothing_else_is_one() {
        assert_eq!(key(&public(1)).unwrap(), Signer::from_seed(&[1; 32]).public());
        for odd in ["", "ab", &"a".repeat(63), &"a".repeat(66), &"g".repeat(64)] {
            assert!(key(odd).is_err(), "{odd}");
        }
    }

    #[test]
    fn a_ledger_of_four_begins_once() {
        let folder = std::env::temp_dir().join(format!("vaidya-genesis-{}", uuid::Uuid::new_v4().simple()));
        let file = folder.join(FOLDER).join(GENESIS);
        std::fs::create_dir_all(folder.join(FOLDER)).unwrap();
        let founding = |validators: u8| Founding {
            file: file.clone(),
            origin: "clinic.example/log".to_owned(),
            log: public(100),
            submitters: vec![public(101)],
            validators: (1..=validators).map(|id| format!("site {id}, 127.0.0.1:{id}, {}", public(id))).collect(),
        };
        assert!(found(founding(3)).is_err(), "three can't agree when one of them lies");
        found(founding(4)).unwrap();
        let genesis = genesis_of(&folder).unwrap();
        assert_eq!(
            genesis.validators.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(),
            ["site 1", "site 2", "site 3", "site 4"]
        );
        assert!(found(founding(4)).is_err());
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
