//! What needs both the rows of grants and the clinic's keys: wrapping what the clinic holds for whom a patient shares it
//! with, and signing in place of patients who read out a code.

use std::sync::Arc;

use vaidya_clinic::id::{ConsentId, KeyId};
use vaidya_clinic::time::Timestamp;
use vaidya_clinic::vault::keys::SealingKey;

use crate::custodian::Trouble;
use crate::gateway::blobs::Blobs;
use crate::gateway::custody::{Custody, NoKey};
use crate::store::audit::{Actor, SIGN, Trace};
use crate::store::consents::{GrantWrap, Missing, Wanting};
use crate::store::{Store, StoreError};

/// Versions that one filling wraps at most. Lower leaves more to the next round, higher holds more of them in memory.
const MOST: usize = 10_000;

/// Versions in one transaction. Lower costs transactions, higher makes others wait longer for the audit's end.
const BATCH: usize = 64;

/// Does what the clinic has to do for a grant, as far as it holds: signs it, and wraps for the doctor what is wrapped for
/// the clinic and not yet for them. Doing it again does nothing.
///
/// # Errors
/// [`Trouble`]: of the database, or when the clinic's key can't be used now.
pub async fn fill(
    store: &Store,
    blobs: &Blobs,
    custody: &Custody,
    id: ConsentId,
    now: Timestamp,
) -> Result<(), Trouble> {
    let Some(wanting) = store.grant_wants(id, MOST, now).await? else { return Ok(()) };
    sign(store, custody, &wanting, now).await?;
    let mut missing = wanting.missing;
    while !missing.is_empty() {
        let rest = missing.split_off(missing.len().min(BATCH));
        let mut kept = Vec::with_capacity(missing.len());
        for one in missing {
            let Some(wraps) = wrapped(blobs, custody, &one).await? else { continue };
            kept.push((one.held, wraps));
        }
        match store.keep_grant(id, kept, now).await {
            // Taken back meanwhile: nothing of it stays.
            Err(StoreError::BadState) => return Ok(()),
            other => other?,
        }
        missing = rest;
    }
    Ok(())
}

/// What opens a version for the doctor's keys; none when this version never will.
async fn wrapped(blobs: &Blobs, custody: &Custody, one: &Missing) -> Result<Option<Vec<GrantWrap>>, NoKey> {
    let parsed = one.to.iter().map(|(id, spki)| Ok((*id, SealingKey::parse(spki)?)));
    let Ok(to) = parsed.collect::<Result<Vec<(KeyId, SealingKey)>, vaidya_clinic::vault::Broken>>() else {
        return Ok(None);
    };
    let (ids, keys): (Vec<_>, Vec<_>) = to.into_iter().unzip();
    match custody.pass_on(blobs, one.held.clone(), keys).await {
        Ok(eks) => {
            let wrap = |(key, ek)| GrantWrap { record: one.held.record, ver: one.held.ver, key, ek };
            Ok(Some(ids.into_iter().zip(eks).map(wrap).collect()))
        }
        Err(error) if error.is_of_the_wrap() => {
            tracing::warn!(%error, record = %one.held.record.loggable(), "a version is not shared");
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

async fn sign(store: &Store, custody: &Custody, wanting: &Wanting, now: Timestamp) -> Result<(), Trouble> {
    let Some((key, message)) = wanting.sign.clone() else { return Ok(()) };
    let signature = custody.apart(move |custody| custody.sign(key, &message)).await?;
    let trace = Trace::new(Actor::System, Some(wanting.org), SIGN, now);
    trace.about(|subject| {
        subject.thing = Some(("consent", wanting.consent.0));
        (subject.about, subject.on_behalf) = (Some(wanting.patient), Some(wanting.patient));
        subject.detail = Some(format!("with the clinic's key {}", key.loggable()));
    });
    Ok(store.acting(Arc::new(trace)).sign_grant(wanting.consent, key, signature).await?)
}
