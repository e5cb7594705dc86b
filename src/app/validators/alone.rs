//! One validator in a process of its own: `vaidya validator`.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use actix::{Actor as _, Arbiter};
use vaidya_actors::port::Clock;
use vaidya_actors::validator::Setup;
use vaidya_ledger::Signer;

use super::super::folder::Folder;
use super::super::{AppError, keys, told_to_stop};
use super::founding::{genesis_in, hex, key, publics, stranger};
use super::{FOLDER, GENESIS, Here, NoLedger, votes};
use crate::clock;
use crate::config::Settings;
use crate::console::say;
use crate::gateway::custody::Master;
use crate::gateway::validators::{Far, Side};

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
    let master = keys::master(settings, &folder.key()?)?;
    let given = settings.validating.genesis.clone();
    let genesis = given.unwrap_or_else(|| settings.data.join(FOLDER).join(GENESIS));
    let listen = settings.validating.listen.map(|address| address.to_string());
    let alone = Alone::start(&settings.data, &master, (&genesis, added), listen.as_deref(), clock::clock()).await?;
    say(&format!("Ready: validator {}, listening on {}. Stop it with Ctrl-C.", alone.id, alone.listen));
    told_to_stop().await?;
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
    let master = keys::master(settings, &folder.key()?)?;
    let [validator, submitter, log] = publics(&settings.data, &master)?;
    say(&format!("validator {}", hex(&validator)));
    say(&format!("submitter {}", hex(&submitter)));
    say(&format!("log       {}", hex(&log)));
    Ok(())
}
