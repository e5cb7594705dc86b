//! The validators: how a ledger begins in the data folder, the four of this process, one alone as a process, and the way to others.

use std::fs::{DirBuilder, File};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use actix::{Actor as _, Addr, Arbiter, Recipient};
use vaidya_actors::port::Clock;
use vaidya_actors::validator::{self, Close, Ports, Setup, Told, Unfit, Validator, Way};
use vaidya_ledger::genesis::INTERVAL;
use vaidya_ledger::key::Public;
use vaidya_ledger::pbft::Seq;
use vaidya_ledger::{Genesis, Signer, Validators};

use super::AppError;
use super::folder::Folder;
use crate::clock;
use crate::config::Settings;
use crate::console::say;
use crate::gateway::custody::{Master, NoKey};
use crate::gateway::submitter;
use crate::gateway::validators::{Ears, Far, Near, NoTransport, Node, Peer, Side};
use crate::store::votes::{NoVotes, Owner, Votes};

/// The ledger's folder in the data folder.
const FOLDER: &str = "ledger";

/// The file that a ledger begins with: its SHA-256 is the ledger's id.
const GENESIS: &str = "genesis";

/// A validator's file of votes, in its own folder.
const VOTES: &str = "votes.db";

/// Beside it, once its key was used: without the file of votes it has lost something then.
const BEGUN: &str = "begun";

/// The node's own copy of the log, in a folder with the log's key.
const LOG: &str = "log";

/// The copy.
const COPY: &str = "log.db";

/// The folder of the key with which this node hands entries in.
const SUBMITTER: &str = "submitter";

/// How many validators there are unless it is said: the fewest that stand a fault.
const FOUR: u8 = 4;

/// Why a validator or the ledger doesn't start; a sentence.
#[derive(Debug, thiserror::Error)]
pub enum NoLedger {
    /// A file of votes can't be used.
    #[error("{0}")]
    Votes(#[from] NoVotes),
    /// What it remembers can't be.
    #[error("validator {id} does not start: {why}")]
    Unfit {
        /// Which.
        id: u8,
        /// Why.
        why: Unfit,
    },
    /// A key can't be used.
    #[error("the key in {folder} can't be used: {why}")]
    Key {
        /// Where it is.
        folder: String,
        /// Why not.
        why: NoKey,
    },
    /// The genesis file can't be used.
    #[error("the genesis file {file} can't be used: {why}")]
    Genesis {
        /// Which.
        file: String,
        /// Why not.
        why: String,
    },
    /// There are votes, and nothing says for which ledger.
    #[error("{folder} has votes of validators and no genesis file: bring {folder}/genesis back from a backup")]
    NoGenesis {
        /// The folder.
        folder: String,
    },
    /// This key is no validator's.
    #[error(
        "the key {key} is not among the validators of the genesis {file}: give this public key to whoever makes the genesis, or use the data folder of the validator"
    )]
    NotAValidator {
        /// The public key, in hexadecimal.
        key: String,
        /// The genesis file.
        file: String,
    },
    /// Two files tell different histories.
    #[error(
        "{one} and {other} tell different histories of the ledger: {what}. One of them is a copy that went on by itself; stop, and find out which before anything is removed"
    )]
    Forked {
        /// A file.
        one: String,
        /// Another.
        other: String,
        /// Where they part.
        what: String,
    },
    /// The folder can't be written.
    #[error("{folder} can't be written: {why}")]
    Unwritable {
        /// Which.
        folder: String,
        /// What the system says.
        why: std::io::Error,
    },
    /// The other validators can't be reached or heard.
    #[error("{0}")]
    Transport(#[from] NoTransport),
    /// The system gives no threads.
    #[error("a validator can't be started: {0}")]
    Arbiter(std::io::Error),
}

/// How the ledger begins, and the keys of this node.
pub struct Founded {
    /// How it begins.
    pub genesis: Arc<Genesis>,
    /// The log's own key; none when another node has it.
    pub log: Signer,
    /// With which this node hands entries in.
    pub submitter: Signer,
    folder: PathBuf,
    validators: Vec<(u8, Signer)>,
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
fn written(file: &Path, bytes: &[u8]) -> Result<(), NoLedger> {
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

fn key(folder: &Path, master: &Master) -> Result<Signer, NoLedger> {
    let unwritable = |why| NoLedger::Unwritable { folder: folder.display().to_string(), why };
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(unwritable)?;
    submitter::opened(folder, master).map_err(|why| NoLedger::Key { folder: folder.display().to_string(), why })
}

fn seat(folder: &Path, id: u8) -> PathBuf {
    folder.join(format!("validator-{id}"))
}

/// Whether the key in this folder was never used to vote.
fn is_new(folder: &Path) -> bool {
    !folder.join(BEGUN).exists()
}

fn read(file: &Path, bytes: &[u8]) -> Result<Genesis, NoLedger> {
    Genesis::decode(bytes).map_err(|why| bad(file, why))
}

fn bad(file: &Path, why: impl std::fmt::Display) -> NoLedger {
    NoLedger::Genesis { file: file.display().to_string(), why: why.to_string() }
}

fn stranger(signer: &Signer, file: &Path) -> NoLedger {
    NoLedger::NotAValidator { key: hex(&signer.public()), file: file.display().to_string() }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Opens a validator's file of votes, and notes that its key is used from now on.
async fn votes(folder: &Path, genesis: &Genesis, signer: &Signer) -> Result<(Votes, validator::Recalled), NoLedger> {
    let owner = Owner { key: Some(signer.public()), is_new: is_new(folder) };
    let opened = Votes::open(&folder.join(VOTES), genesis, owner).await?;
    if owner.is_new {
        written(&folder.join(BEGUN), &genesis.id().0)?;
    }
    Ok(opened)
}

/// Whether all of these tell one history, as far as each goes.
async fn one_history(all: &[(PathBuf, Votes)]) -> Result<(), NoLedger> {
    let Some((one, first)) = all.first() else { return Ok(()) };
    for (other, votes) in all.iter().skip(1) {
        let common = first.last().await?.min(votes.last().await?);
        if common == 0 || first.point(common).await? == votes.point(common).await? {
            continue;
        }
        let what = parting(first, votes, common).await?;
        return Err(NoLedger::Forked { one: one.display().to_string(), other: other.display().to_string(), what });
    }
    Ok(())
}

/// Where two histories part that differ at a block: the chain says so at every block after, so that halving finds the first.
async fn parting(one: &Votes, other: &Votes, differs: Seq) -> Result<String, NoLedger> {
    let (mut same, mut differs) = (0, differs);
    while differs.saturating_sub(same) > 1 {
        let middle = same.midpoint(differs);
        match one.point(middle).await? == other.point(middle).await? {
            true => same = middle,
            false => differs = middle,
        }
    }
    let (here, there) = (one.block(differs).await?, other.block(differs).await?);
    let entry = here.zip(there).and_then(|((here, _), (there, _))| {
        let at = here.leaves.iter().zip(&there.leaves).position(|(here, there)| here != there);
        here.first().checked_add(u64::try_from(at.unwrap_or(0)).ok()?)
    });
    Ok(format!("entry {} of the log, in block {differs}, is the first that differs", entry.unwrap_or(0)))
}

/// The node's own copy of the log.
///
/// # Errors
/// When the file isn't what it was.
pub async fn copy(founded: &Founded) -> Result<Votes, NoLedger> {
    let owner = Owner { key: None, is_new: true };
    let file = founded.folder.join(LOG).join(COPY);
    let (votes, _) = Votes::open(&file, &founded.genesis, owner).await?;
    Ok(votes)
}

/// Validators that run in this process.
pub struct Here {
    validators: Vec<Addr<Validator>>,
    votes: Vec<Votes>,
    arbiters: Vec<Arbiter>,
}

impl Here {
    /// Starts the validators of this process, each on a thread of its own and with a clock by its number. `copy` is compared with them.
    ///
    /// # Errors
    /// When one of them can't be started, or they don't tell one history.
    pub async fn start(
        founded: &Founded,
        copy: Option<&Votes>,
        tell: Recipient<Told>,
        clock: impl Fn(u8) -> Clock,
    ) -> Result<(Self, Vec<Way>), NoLedger> {
        let mut opened = Vec::new();
        for (id, signer) in &founded.validators {
            let folder = seat(&founded.folder, *id);
            opened.push((folder.join(VOTES), votes(&folder, &founded.genesis, signer).await?));
        }
        let mut all: Vec<_> = opened.iter().map(|(file, (votes, _))| (file.clone(), votes.clone())).collect();
        all.extend(copy.map(|copy| (founded.folder.join(LOG).join(COPY), copy.clone())));
        one_history(&all).await?;
        let mut here = Self { validators: Vec::new(), votes: Vec::new(), arbiters: Vec::new() };
        let ears = Ears::default();
        for ((id, signer), (_, (votes, recalled))) in founded.validators.iter().zip(opened) {
            let arbiter = Arbiter::try_new().map_err(NoLedger::Arbiter)?;
            let near = Near::new(*id, Arc::clone(&ears));
            let carry = Near::start_in_arbiter(&arbiter.handle(), move |_| near).recipient();
            let (genesis, signer) = (Arc::clone(&founded.genesis), Signer::from_seed(&signer.seed()));
            let setup = Setup { genesis, id: *id, signer, recalled };
            here.add(setup, votes, carry, tell.clone(), clock(*id), arbiter)?;
        }
        let ids = founded.validators.iter().map(|(id, _)| *id);
        let _first = ears.set(ids.clone().zip(&here.validators).map(|(id, it)| (id, it.clone().recipient())).collect());
        let ways = ids.zip(&here.validators);
        let way = |(id, it): (u8, &Addr<Validator>)| Way {
            id,
            submit: it.clone().recipient(),
            since: it.clone().recipient(),
        };
        let ways = ways.map(way).collect();
        Ok((here, ways))
    }

    fn add(
        &mut self,
        setup: Setup,
        votes: Votes,
        carry: Recipient<validator::Carry>,
        tell: Recipient<Told>,
        clock: Clock,
        arbiter: Arbiter,
    ) -> Result<(), NoLedger> {
        let file = votes.clone().start(&arbiter.handle());
        let ports = Ports { persist: file.clone().recipient(), read: file.recipient(), carry, tell, clock };
        let (id, genesis) = (setup.id, Arc::clone(&setup.genesis));
        let started = Validator::open(setup, ports).map_err(|why| NoLedger::Unfit { id, why })?;
        let started = started.start_on(&arbiter.handle());
        actix_web::rt::spawn(check(id, votes.clone(), genesis, started.clone()));
        self.validators.push(started);
        self.votes.push(votes);
        self.arbiters.push(arbiter);
        Ok(())
    }

    /// Lets them keep what is to be kept, and stops them.
    pub async fn stop(self) {
        for validator in &self.validators {
            let _died = validator.send(Close).await;
        }
        for votes in &self.votes {
            votes.close().await;
        }
        for arbiter in self.arbiters {
            arbiter.stop();
        }
    }
}

/// What opening left out of a very long log is hashed again beside it; a validator whose past was changed stops.
async fn check(id: u8, votes: Votes, genesis: Arc<Genesis>, validator: Addr<Validator>) {
    if let Err(why) = votes.check(&genesis).await {
        tracing::error!(validator = id, %why, "a validator stops");
        let _died = validator.send(Close).await;
    }
}

/// Ways to the validators of a genesis that run elsewhere.
///
/// # Errors
/// When TLS can't be set up.
pub fn elsewhere(founded: &Founded, tell: &Recipient<Told>, arbiter: &Arbiter) -> Result<Vec<Way>, NoLedger> {
    let way = |it: &vaidya_ledger::Validator| {
        let peer = Peer::new(&founded.submitter, &it.address, it.public)?;
        Ok(Node::start(it.id, peer, tell.clone(), &arbiter.handle()))
    };
    founded.genesis.validators.iter().map(way).collect()
}

/// One validator in a process of its own.
pub struct Alone {
    here: Here,
    /// Its number.
    pub id: u8,
    /// Where it listens.
    pub listen: String,
}

impl Alone {
    /// Starts the validator whose key is in the data folder. `added` is the number of one that isn't in the genesis, but came later.
    ///
    /// # Errors
    /// When its key is no validator's, its file isn't what it was, or the address is taken.
    pub async fn start(
        data: &Path,
        master: &Master,
        (genesis, added): (&Path, Option<u8>),
        listen: Option<&str>,
        clock: Clock,
    ) -> Result<Self, NoLedger> {
        let folder = data.join(FOLDER).join("validator");
        let (file, genesis, signer) = (genesis, Arc::new(genesis_in(genesis)?), key(&folder, master)?);
        let id = genesis.whose(&signer).or(added).ok_or_else(|| stranger(&signer, file))?;
        let (votes, recalled) = votes(&folder, &genesis, &signer).await?;
        let own = genesis.validators.get(id).map(|it| it.address.clone()).unwrap_or_default();
        let listen = listen.map_or(own, str::to_owned);
        let side = Arc::new(OnceLock::new());
        let copy = || Signer::from_seed(&signer.seed());
        let far = Far::open(id, copy(), &genesis, &listen, Arc::clone(&side))?;
        let arbiter = Arbiter::try_new().map_err(NoLedger::Arbiter)?;
        let far = Far::start_in_arbiter(&arbiter.handle(), move |_| far);
        let mut here = Here { validators: Vec::new(), votes: Vec::new(), arbiters: Vec::new() };
        let setup = Setup { genesis, id, signer: copy(), recalled };
        here.add(setup, votes, far.clone().recipient(), far.recipient(), clock, arbiter)?;
        if let Some(it) = here.validators.first() {
            let (heard, submit, since) = (it.clone().recipient(), it.clone().recipient(), it.clone().recipient());
            let _first = side.set(Side { heard, submit, since });
        }
        Ok(Self { here, id, listen })
    }

    /// Lets it keep what is to be kept, and stops it.
    pub async fn stop(self) {
        self.here.stop().await;
    }
}

/// `vaidya validator`: runs the validator of this data folder until it is told to stop.
///
/// # Errors
/// When it can't be started.
pub async fn run(settings: &Settings, added: Option<u8>) -> Result<(), AppError> {
    let folder = Folder::open(&settings.data)?;
    let master = super::keys::master(settings, &folder.key()?)?;
    let given = settings.validating.genesis.clone();
    let genesis = given.unwrap_or_else(|| settings.data.join(FOLDER).join(GENESIS));
    let listen = settings.validating.listen.map(|address| address.to_string());
    let alone = Alone::start(&settings.data, &master, (&genesis, added), listen.as_deref(), clock::clock()).await?;
    say(&format!("Ready: validator {}, listening on {}. Stop it with Ctrl-C.", alone.id, alone.listen));
    super::told_to_stop().await?;
    alone.stop().await;
    drop(folder);
    Ok(())
}

/// `vaidya validator --keys`: the public keys of this data folder, in hexadecimal.
///
/// # Errors
/// When they can't be made or read.
pub fn show_keys(settings: &Settings) -> Result<(), AppError> {
    let folder = Folder::open(&settings.data)?;
    let master = super::keys::master(settings, &folder.key()?)?;
    let [validator, submitter, log] = publics(&settings.data, &master)?;
    say(&format!("validator {}", hex(&validator)));
    say(&format!("submitter {}", hex(&submitter)));
    say(&format!("log       {}", hex(&log)));
    Ok(())
}

impl From<NoLedger> for AppError {
    fn from(why: NoLedger) -> Self {
        Self::Ledger(Box::new(why))
    }
}
