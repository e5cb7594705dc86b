//! What needs both the rows of organisations' keys and their private halves: making a key, letting one follow, saying
//! which can't be used.

use thiserror::Error;
use vaidya_clinic::anchor;
use vaidya_clinic::id::{KeyId, OrgId};
use vaidya_clinic::policy;
use vaidya_clinic::time::Timestamp;

use crate::clock;
use crate::gateway::custody::{Custody, Made, NoKey};
use crate::store::custody::KeptKey;
use crate::store::records::ClinicKey;
use crate::store::{Store, StoreError};

/// Why a key was not made.
#[derive(Clone, Debug, Error)]
pub enum Trouble {
    /// Its row.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// Its private half.
    #[error("{0}")]
    Key(#[from] NoKey),
}

/// The live key of an organisation whose custody says that it has one; made when there is none yet.
///
/// # Errors
/// [`Trouble`].
pub async fn ready(store: &Store, custody: &Custody, org: OrgId, now: Timestamp) -> Result<Option<ClinicKey>, Trouble> {
    if store.policy(org).await?.custody == policy::Custody::PatientOnly {
        return Ok(None);
    }
    if let Some(there) = store.clinic_key(org).await? {
        return Ok(Some(there));
    }
    let made = make(store, custody, org, now).await?;
    match store.add_clinic_key(made.clone(), now).await {
        Ok(()) => tracing::info!(key = %made.id.loggable(), organisation = %org.loggable(), "made a clinic's key"),
        // Somebody was faster: theirs is the one.
        Err(StoreError::Taken) => forget(custody, made.id).await?,
        Err(error) => return Err(error.into()),
    }
    Ok(store.clinic_key(org).await?)
}

/// Makes the keys that are missing.
///
/// # Errors
/// [`Trouble`].
pub async fn ready_all(store: &Store, custody: &Custody, now: Timestamp) -> Result<(), Trouble> {
    for org in store.without_clinic_key().await? {
        ready(store, custody, org, now).await?;
    }
    Ok(())
}

/// Lets a new key follow the live one of an organisation; `store` acts in the name of who wants that.
///
/// # Errors
/// [`Trouble`]; [`StoreError::NoCustody`] when its custody says that it has none.
pub async fn rotate(store: &Store, custody: &Custody, org: OrgId, now: Timestamp) -> Result<ClinicKey, Trouble> {
    let keeps = store.policy(org).await?.custody == policy::Custody::PatientAndClinic;
    if !keeps && store.clinic_key(org).await?.is_none() {
        return Err(StoreError::NoCustody.into());
    }
    let made = make(store, custody, org, now).await?;
    store.rotate_clinic_key(made.clone(), now).await?;
    tracing::info!(key = %made.id.loggable(), organisation = %org.loggable(), "a new clinic's key follows");
    Ok(made)
}

/// The keys whose private halves are needed and can't be used, each with why.
///
/// # Errors
/// When the database fails.
pub async fn unusable(store: &Store, custody: &Custody) -> Result<Vec<(KeptKey, NoKey)>, StoreError> {
    let needed: Vec<_> = store.every_clinic_key().await?.into_iter().filter(KeptKey::is_needed).collect();
    let tried = custody.apart(move |custody| {
        let why = |kept: KeptKey| custody.has(kept.key.id, &kept.key.rsa).err().map(|why| (kept, why));
        Ok(needed.into_iter().filter_map(why).collect())
    });
    tried.await.map_err(|error| StoreError::Unavailable(error.to_string()))
}

/// Says in the log which organisations can't open their records, and counts their keys.
///
/// # Errors
/// When the database fails.
pub async fn look(store: &Store, custody: &Custody) -> Result<usize, StoreError> {
    let unusable = unusable(store, custody).await?;
    for (kept, why) in &unusable {
        let name = store.organisation(kept.key.org).await?.name;
        let key = kept.key.id.loggable();
        tracing::error!(organisation = name, %key, records = kept.versions, %why, "a clinic can't open its records");
    }
    let count = u32::try_from(unusable.len()).unwrap_or(u32::MAX);
    metrics::gauge!("vaidya_clinic_keys_missing").set(f64::from(count));
    Ok(unusable.len())
}

async fn make(store: &Store, custody: &Custody, org: OrgId, now: Timestamp) -> Result<ClinicKey, Trouble> {
    let label = anchor::label(&store.label_salt(org.0, clock::random).await?, org.0);
    let made = custody.apart(move |custody| {
        let made = custody.make(org)?;
        let word = anchor::Statement::of_key(label, anchor::binding(&made.rsa, &made.ed)).message();
        Ok((custody.sign(made.id, &word)?, made))
    });
    let (possession, Made { id, org, rsa, ed, sig }) = made.await?;
    let (ed, sig, possession) = (ed.to_vec(), sig.to_vec(), Some(possession.to_vec()));
    Ok(ClinicKey { id, org, rsa, ed, sig, made_at: now, possession })
}

async fn forget(custody: &Custody, key: KeyId) -> Result<(), NoKey> {
    custody.apart(move |custody| custody.remove(key)).await
}
