//! The ledger: its genesis when its validators run elsewhere, and where a validator listens.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::{ConfigError, Given};

/// Where the ledger's validators are.
#[derive(Clone, Debug, PartialEq)]
pub struct Validating {
    /// The genesis of a ledger with validators in processes of their own; none means four in this one.
    pub genesis: Option<PathBuf>,
    /// Where a validator of its own process listens; none means the address the genesis has for it.
    pub listen: Option<SocketAddr>,
    /// How long entries wait for others.
    pub window: Duration,
    /// What one busy core takes, where the machine doesn't say.
    pub watts: f64,
}

/// Longest window, seconds. More would make receipts wait longer than people do.
const LONGEST: f64 = 60.0;

/// Most watts of a core.
const MOST: f64 = 1_000.0;

impl Given {
    pub(super) fn validating(&self) -> Result<Validating, ConfigError> {
        let genesis = Some(self.text("ledger_genesis")).filter(|text| !text.is_empty()).map(PathBuf::from);
        let listen = self.optional("ledger_listen", |text| text.parse::<SocketAddr>().is_ok())?;
        let window = self.within("ledger_window", LONGEST)?;
        let watts = self.within("ledger_watts", MOST)?;
        let listen = listen.and_then(|text| text.parse().ok());
        Ok(Validating { genesis, listen, window: Duration::from_secs_f64(window), watts })
    }

    /// A number from 0 to that.
    fn within(&self, key: &str, most: f64) -> Result<f64, ConfigError> {
        let number: f64 = self.parsed(key)?;
        if (0.0..=most).contains(&number) { Ok(number) } else { Err(self.refused(key)) }
    }
}
