//! The validators: how a ledger begins in the data folder, the four of this process, one alone as a process, and the way to others.

use std::path::Path;
use std::sync::Arc;

use actix::{Actor as _, Addr, Arbiter, Recipient};
use vaidya_actors::port::Clock;
use vaidya_actors::validator::{self, Close, Ports, Setup, Told, Validator, Way};
use vaidya_ledger::{Genesis, Signer};

use crate::gateway::validators::{Ears, Near, Node, Peer};
use crate::store::votes::{Owner, Votes};

mod alone;
mod founding;
mod history;
mod node;
mod wrong;

pub use alone::{Alone, run, show_keys};
pub use founding::{Founded, founded, genesis_in, joined, publics};
use founding::{is_new, seat, written};
use history::one_history;
pub use node::Kept;
pub use wrong::NoLedger;

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

/// Opens a validator's file of votes, and notes that its key is used from now on.
async fn votes(folder: &Path, genesis: &Genesis, signer: &Signer) -> Result<(Votes, validator::Recalled), NoLedger> {
    let owner = Owner { key: Some(signer.public()), is_new: is_new(folder) };
    let opened = Votes::open(&folder.join(VOTES), genesis, owner).await?;
    if owner.is_new {
        written(&folder.join(BEGUN), &genesis.id().0)?;
    }
    Ok(opened)
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
