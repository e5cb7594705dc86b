//! `vaidya registry import`: takes over a council's register for the operator's organisation.

use std::path::Path;
use std::sync::Arc;

use vaidya_clinic::id::OrgId;

use super::{AppError, other};
use crate::clock;
use crate::config::Settings;
use crate::console::say;
use crate::register;
use crate::store::Store;
use crate::store::audit::{Actor, Trace};

/// Imports a file, also while the server runs: it hears of suspensions within seconds.
///
/// # Errors
/// When the file is no register, or the database cannot be used or is not up to date.
pub async fn import(settings: &Settings, file: &Path) -> Result<(), AppError> {
    let bytes = std::fs::read(file).map_err(|why| other(format!("{}: {why}", file.display())))?;
    let read = register::read(&bytes)?;
    let store = Store::open(settings.database_url.as_deref(), &settings.data).await?;
    if !store.pending().await?.is_empty() {
        return Err(other("the database is not up to date: run `vaidya migrate` first"));
    }
    let trace = Trace::new(Actor::System, Some(OrgId::HOME), "registry.import", clock::now());
    let whole = read.bad.is_empty();
    let kept = store.acting(Arc::new(trace)).import_register(OrgId::HOME, read.rows, whole, clock::now()).await?;
    store.close().await;
    say(&format!("Kept {kept} rows."));
    for bad in &read.bad {
        say(&format!("Line {}: {}", bad.line, bad.why));
    }
    if !whole {
        say("Because of these lines nothing was taken for gone: mend them and import the file again.");
    }
    Ok(())
}
