//! Ends visits nobody came back to and registrations whose time is over, and forgets rows nobody needs any more.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::sleep;
use vaidya_actors::directory::HereIn;
use vaidya_clinic::id::VisitId;
use vaidya_clinic::time::Timestamp;
use vaidya_clinic::visit::IDLE_LIMIT;

use super::Ports;
use crate::store::audit::{Actor, CONSENT_END, END_IDLE, Trace};
use crate::store::{Store, StoreError, before};

/// How often the house is looked after.
const ROUND: Duration = Duration::from_secs(60);

/// Visits ended in one transaction's worth of looking.
const BATCH: u64 = 50;

/// Consents ended in one round.
const CONSENTS: u64 = 500;
/// Restricted records erased in one round.
const ERASED: u64 = 500;

/// Looks after the house until it is told to stop.
pub(super) async fn run(store: Store, ports: Ports, mut stop: watch::Receiver<()>) {
    loop {
        if let Err(err) = round(&store, &ports).await {
            tracing::warn!(error = %err, "the house was not looked after");
        }
        tokio::select! {
            _ = stop.changed() => return,
            () = sleep(ROUND) => (),
        }
    }
}

async fn round(store: &Store, ports: &Ports) -> Result<(), StoreError> {
    let now = (ports.clock)();
    end_idle(store, ports, now).await?;
    let expired = store.expire_credentials(now).await?;
    if expired > 0 {
        tracing::info!(expired, "registrations of doctors expired");
    }
    end_consents(store, now).await?;
    let erased = store.erase_due(ERASED, now).await?;
    if erased > 0 {
        tracing::info!(erased, "erased records that the law keeps no longer");
    }
    store.scrub().await;
    let sessions = store.forget_sessions(now).await?;
    let facts = store.forget_done(now).await?;
    let lockouts = store.forget_tries(now).await?;
    let (codes, messages) = (store.forget_codes(now).await?, store.forget_messages(now).await?);
    let uploads = store.forget_uploads(now).await?;
    tracing::debug!(sessions, facts, lockouts, codes, messages, uploads, "forgot what nobody needs");
    Ok(())
}

async fn end_idle(store: &Store, ports: &Ports, now: Timestamp) -> Result<(), StoreError> {
    let before = before(now, IDLE_LIMIT);
    for visit in store.idle_visits(before, BATCH).await? {
        // A call in which nobody wrote for half a day is still a call.
        let empty = matches!(ports.here.send(HereIn(visit)).await, Ok(0));
        if empty && as_the_server(store, visit, now).end_idle(visit, before, now).await? {
            tracing::info!(visit = %visit.loggable(), "ended a visit nobody came back to");
        }
    }
    Ok(())
}

/// Ends consents whose time is over: until then nothing is given out that they opened, from then on it is gone.
async fn end_consents(store: &Store, now: Timestamp) -> Result<(), StoreError> {
    for over in store.consents_over(CONSENTS, now).await? {
        let trace = Trace::new(Actor::System, Some(over.org), CONSENT_END, now);
        trace.about(|subject| (subject.thing, subject.about) = (Some(("consent", over.id.0)), Some(over.patient)));
        store.acting(Arc::new(trace)).end_consent(over.id, now).await?;
    }
    Ok(())
}

/// The store, in the server's own name for the audit.
fn as_the_server(store: &Store, visit: VisitId, now: Timestamp) -> Store {
    let trace = Trace::new(Actor::System, None, END_IDLE, now);
    trace.about(|subject| subject.visit = Some(visit));
    store.acting(Arc::new(trace))
}
