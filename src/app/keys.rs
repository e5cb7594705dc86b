//! Clinics' keys at the start, and `vaidya keys`: one more key that follows, and how all of them stand.

use std::path::{Path, PathBuf};

use vaidya_clinic::id::OrgId;

use super::folder::{Folder, FolderError};
use super::{AppError, other};
use crate::clock;
use crate::config::{MasterKey, Settings};
use crate::console::say;
use crate::custodian;
use crate::gateway::custody::{Custody, Master};
use crate::jobs;
use crate::store::Store;
use crate::store::cover::Cover;
use crate::store::custody::KeptKey;

/// The folder of private keys in the data folder.
const KEYS: &str = "keys";

/// What is to be done with clinics' keys.
pub enum Deed {
    /// A new key follows the live one.
    Rotate,
    /// Show how they stand.
    List,
    /// Seal their private halves under the master key of the settings; they are under the one in this file.
    Reseal(PathBuf),
}

/// Where private keys lie, under the master key of the settings or, for want of one, of the server's own key.
///
/// # Errors
/// When the file of the master key cannot be read.
pub(super) fn opened(settings: &Settings, server: &[u8; 32]) -> Result<Custody, AppError> {
    let master = master(settings, server)?;
    if master.is_derived() {
        tracing::warn!(
            "there is no VAIDYA_MASTER_KEY: clinics' keys are sealed under the server's own key, which lies beside them. \
             Whoever takes the data folder opens what clinics hold. Not for production"
        );
    }
    Ok(Custody::new(&settings.data.join(KEYS), master))
}

pub(super) fn master(settings: &Settings, server: &[u8; 32]) -> Result<Master, AppError> {
    Ok(match &settings.master {
        Some(MasterKey::Key(key)) => Master::given(key.clone(), server),
        Some(MasterKey::File(file)) => Master::given(Master::in_file(file)?, server),
        None => Master::derived(server),
    })
}

/// Makes the keys that are missing, and says which can't be used: the server starts all the same.
///
/// # Errors
/// When a key cannot be made, or the database fails.
pub(super) async fn made(store: &Store, custody: &Custody) -> Result<(), AppError> {
    custodian::ready_all(store, custody, clock::now()).await?;
    let unusable = custodian::look(store, custody).await?;
    if unusable > 0 {
        say(&format!("Careful: {unusable} of the clinics' keys can't be used; the log says which, and what to do."));
    }
    Ok(())
}

/// Does it, also while the server runs: that goes on with what is left to do.
///
/// # Errors
/// When the database or the keys cannot be used.
pub async fn run(settings: &Settings, org: Option<OrgId>, deed: Deed) -> Result<(), AppError> {
    let key = Folder::key_of(&settings.data)?;
    let custody = opened(settings, &key)?;
    let store = Store::open(settings.database_url.as_deref(), &settings.data).await?;
    store.cover_messages(Cover::new(&key)?);
    let done = match deed {
        Deed::Rotate => rotate(settings, &store, &custody, org.unwrap_or(OrgId::HOME)).await,
        Deed::List => list(&store, &custody, org).await,
        Deed::Reseal(former) => reseal(settings, &store, &former).await,
    };
    store.close().await;
    done
}

async fn rotate(settings: &Settings, store: &Store, custody: &Custody, org: OrgId) -> Result<(), AppError> {
    let made = custodian::rotate(&store.acting(trace(org)), custody, org, clock::now()).await?;
    say(&format!("Key {} is the live one.", made.id.0));
    // Held while we work, so that no server starts in the middle; a server that has it does the work.
    match Folder::open(&settings.data) {
        Ok(_folder) => {
            let blobs = super::blocks::open(settings).await?;
            let vault = jobs::Vault { blobs, custody: custody.clone() };
            jobs::custodian::work_off(store, clock::clock(), vault).await?;
            list(store, custody, Some(org)).await
        }
        Err(FolderError::InUse(..)) => {
            say("The running server wraps what is held anew; `vaidya keys list` shows how far it is.");
            Ok(())
        }
        Err(error) => Err(error.into()),
    }
}

/// No server may run meanwhile: it has the former master key in mind.
async fn reseal(settings: &Settings, store: &Store, former: &Path) -> Result<(), AppError> {
    let folder = Folder::open(&settings.data)?;
    if settings.master.is_none() {
        return Err(other("set VAIDYA_MASTER_KEY or VAIDYA_MASTER_KEY_FILE to the new master key, and do this again"));
    }
    let master = master(settings, &folder.key()?)?.after(Master::in_file(former)?);
    super::ledger::reseal(&settings.data, &master)?;
    list(store, &Custody::new(&settings.data.join(KEYS), master), None).await?;
    say(
        "What can be used is sealed under the new master key now. Start the server with it, and keep the former one with old backups.",
    );
    Ok(())
}

/// Entries of the audit are the server's own: who may run commands here is not known to it.
fn trace(org: OrgId) -> std::sync::Arc<crate::store::audit::Trace> {
    use crate::store::audit::{Actor, ROTATE, Trace};
    std::sync::Arc::new(Trace::new(Actor::System, Some(org), ROTATE, clock::now()))
}

async fn list(store: &Store, custody: &Custody, org: Option<OrgId>) -> Result<(), AppError> {
    let unusable = custodian::unusable(store, custody).await?;
    for kept in store.every_clinic_key().await?.iter().filter(|kept| org.is_none_or(|org| kept.key.org == org)) {
        let why = unusable.iter().find(|(one, _)| one.key.id == kept.key.id).map(|(_, why)| why.to_string());
        let name = store.organisation(kept.key.org).await.map_err(other)?.name;
        say(&line(kept, &name, why.as_deref()));
    }
    Ok(())
}

fn line(kept: &KeptKey, name: &str, why: Option<&str>) -> String {
    let stands = why.map_or_else(String::new, |why| format!("  CAN'T BE USED: {why}"));
    format!("{}  {:<8} {:>7} versions  {name}{stands}", kept.key.id.0, kept.status.as_str(), kept.versions)
}
