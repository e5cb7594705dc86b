//! The ledger as this node keeps it: its validators, here or elsewhere, its own copy of the log, and the client between.

use std::sync::Arc;

use actix::{Addr, Arbiter, Recipient};
use vaidya_actors::ledger::{Accuse, Ledger, Reach, Setup, Used};
use vaidya_actors::port::LedgerPorts;
use vaidya_ledger::Signer;

use super::{Founded, Here, NoLedger, copy, elsewhere, founded, joined};
use crate::clock;
use crate::config::Settings;
use crate::gateway::custody::Master;
use crate::gateway::energy::Meter;
use crate::store::votes::Votes;

/// A ledger that is kept.
pub struct Kept {
    /// The ways to it.
    pub ports: LedgerPorts,
    /// With which this node hands entries in.
    pub submitter: Signer,
    /// Which ledger it is.
    pub id: vaidya_ledger::Hash,
    here: Option<Here>,
    copy: Votes,
    arbiter: Arbiter,
}

impl Kept {
    /// Starts everything. `name` is the log's, should it begin now; `accuse` hears of validators that contradict themselves.
    ///
    /// # Errors
    /// When a file isn't what it was, or a validator can't be started.
    pub async fn start(
        settings: &Settings,
        master: &Master,
        name: &str,
        accuse: Option<Recipient<Accuse>>,
    ) -> Result<Self, NoLedger> {
        let (data, validating) = (&settings.data, &settings.validating);
        let founded = match &validating.genesis {
            Some(genesis) => joined(data, master, genesis)?,
            None => founded(data, master, name)?,
        };
        let arbiter = Arbiter::try_new().map_err(NoLedger::Arbiter)?;
        let copy = copy(&founded).await?;
        let ledger = open(&founded, &copy, settings, accuse, &arbiter).await?;
        let tell = ledger.clone().recipient();
        let (here, ways) = match &validating.genesis {
            Some(_) => (None, elsewhere(&founded, &tell, &arbiter)?),
            None => {
                let (here, ways) = Here::start(&founded, Some(&copy), tell, |_| clock::clock()).await?;
                (Some(here), ways)
            }
        };
        // It can't be gone yet; were it, nothing would be anchored, and /readyz says so.
        let _gone = ledger.send(Reach(ways)).await;
        let ports = Ledger::ports(&ledger);
        Ok(Self { ports, submitter: founded.submitter, id: founded.genesis.id(), here, copy, arbiter })
    }

    /// Stops the validators of this process, and lets go of the files.
    pub async fn stop(self) {
        if let Some(here) = self.here {
            here.stop().await;
        }
        self.arbiter.stop();
        self.copy.close().await;
    }
}

async fn open(
    founded: &Founded,
    copy: &Votes,
    settings: &Settings,
    accuse: Option<Recipient<Accuse>>,
    arbiter: &Arbiter,
) -> Result<Addr<Ledger>, NoLedger> {
    let file = copy.clone().start(&arbiter.handle());
    let validating = &settings.validating;
    let one_process = validating.genesis.is_none();
    // Who runs them: in one process that is whoever runs this server, however many validators there are.
    let operators = if one_process {
        vec![settings.clinic_name.clone()]
    } else {
        founded.genesis.validators.iter().map(|it| it.name.clone()).collect()
    };
    let meter = Meter::new(validating.watts);
    let setup = Setup {
        genesis: (*founded.genesis).clone(),
        log: Signer::from_seed(&founded.log.seed()),
        persist: file.clone().recipient(),
        read_blocks: file.clone().recipient(),
        read_tile: file.recipient(),
        clock: clock::clock(),
        energy: Arc::new(move || {
            let reading = meter.read();
            Used { joules: reading.joules, method: reading.method, watts: reading.watts }
        }),
        accuse,
        window: validating.window,
        operators,
        one_process,
    };
    Ok(Ledger::open(setup, &arbiter.handle()).await?)
}
