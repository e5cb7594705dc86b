//! The ledger: its genesis when its validators run elsewhere, and where a validator listens.

use std::net::SocketAddr;
use std::path::PathBuf;

use super::{ConfigError, Given};

/// Where the ledger's validators are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Validating {
    /// The genesis of a ledger with validators in processes of their own; none means four in this one.
    pub genesis: Option<PathBuf>,
    /// Where a validator of its own process listens; none means the address the genesis has for it.
    pub listen: Option<SocketAddr>,
}

impl Given {
    pub(super) fn validating(&self) -> Result<Validating, ConfigError> {
        let genesis = Some(self.text("ledger_genesis")).filter(|text| !text.is_empty()).map(PathBuf::from);
        let listen = self.optional("ledger_listen", |text| text.parse::<SocketAddr>().is_ok())?;
        Ok(Validating { genesis, listen: listen.and_then(|text| text.parse().ok()) })
    }
}
