//! `vaidya audit verify`: whether the audit is still as it was written.

use super::AppError;
use crate::config::Settings;
use crate::console::say;
use crate::store::Store;

/// Walks along the whole chain and says how it stands. A server may be running meanwhile.
///
/// # Errors
/// When an entry was changed, removed or put in, or the database cannot be read.
pub async fn verify(settings: &Settings) -> Result<(), AppError> {
    let store = Store::open(settings.database_url.as_deref(), &settings.data).await?;
    let walked = store.walk_audit().await;
    store.close().await;
    let walked = walked?;
    match walked.first_bad {
        None => say(&format!("The audit is whole: {} entries, each as it was written.", walked.entries)),
        Some(seq) => return Err(AppError::Audit { seq, entries: walked.entries }),
    }
    Ok(())
}
