//! Tells the people of a visit or a consent what changed in it, on every device they have on line where they see it.

use std::collections::HashMap;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use uuid::Uuid;
use vaidya_actors::directory::{HereIn, Stand, Tell, Within};
use vaidya_clinic::event::{Consumer, Fact, HouseEvent};
use vaidya_clinic::id::{ConsentId, RecordId, VisitId};
use vaidya_clinic::wire::{DoctorStanding, ServerMessage};

use super::Ports;
use crate::store::outbox::Job;
use crate::store::{Store, StoreError};

/// Facts taken at a time. Lower costs transactions in a burst, higher makes more of them wait for a slow one.
const BATCH: u64 = 64;

/// How often the outbox is looked at when nobody in this process rang: what other processes wrote, what is due again.
const POLL: Duration = Duration::from_secs(1);

/// How long a fact is ours. Lower lets others repeat what is still under way, higher lets a crash delay it for longer.
const LEASE: Duration = Duration::from_secs(30);

/// How long an actor may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Tries before a human has to look. Lower gives up during a short outage, higher tells people stale things.
const TRIES: u32 = 8;

/// Wait before the second try; it doubles with each further one.
const FIRST_WAIT: Duration = Duration::from_secs(1);

/// How telling ended.
#[derive(Clone, Copy)]
enum Outcome {
    Done,
    Later(&'static str),
    Never(&'static str),
}

/// Passes facts on until it is told to stop.
pub(super) async fn run(store: Store, ports: Ports, mut stop: watch::Receiver<()>) {
    let mut written = store.written();
    loop {
        match round(&store, &ports).await {
            Ok(taken) if taken == BATCH => continue,
            Ok(_) => (),
            Err(err) => tracing::warn!(error = %err, "the outbox was not read"),
        }
        tokio::select! {
            _ = stop.changed() => return,
            _ = written.changed() => (),
            () = sleep(POLL) => (),
        }
    }
}

/// One batch, and how many facts were in it. A visit is told once however many of its facts are in the batch: what
/// is told is how it stands now.
async fn round(store: &Store, ports: &Ports) -> Result<u64, StoreError> {
    let jobs = store.claim(Consumer::Notifier, BATCH, (ports.clock)(), LEASE).await?;
    let mut told = HashMap::new();
    for job in &jobs {
        let outcome = match (job.visit, &job.fact) {
            (Some(visit), Some(Fact::Room(_))) => once(&mut told, store, ports, visit).await,
            (_, Some(Fact::House(HouseEvent::CredentialChanged { credential, .. }))) => {
                stand(store, ports, *credential).await
            }
            (
                _,
                Some(Fact::House(HouseEvent::ConsentChanged { consent, .. } | HouseEvent::WitnessCalled { consent })),
            ) => grant(store, ports, ConsentId(*consent)).await,
            (_, Some(Fact::House(HouseEvent::CorrectionAsked { record }))) => correction(store, ports, *record).await,
            _ => Outcome::Never("the fact cannot be read"),
        };
        settle(store, ports, job, outcome).await?;
    }
    Ok(u64::try_from(jobs.len()).unwrap_or(0))
}

async fn once(told: &mut HashMap<VisitId, Outcome>, store: &Store, ports: &Ports, visit: VisitId) -> Outcome {
    if let Some(outcome) = told.get(&visit) {
        return *outcome;
    }
    let outcome = tell(store, ports, visit).await;
    told.insert(visit, outcome);
    outcome
}

async fn tell(store: &Store, ports: &Ports, visit: VisitId) -> Outcome {
    let Ok(here) = timeout(PATIENCE, ports.here.send(HereIn(visit))).await else {
        return Outcome::Later("the room did not answer");
    };
    let (view, people) = match (store.visit(visit).await, store.visit_people(visit).await) {
        (Ok(Some(view)), Ok(Some(people))) => (view, people),
        (Ok(_), Ok(_)) => return Outcome::Never("there is no such visit"),
        _ => return Outcome::Later("the visit could not be read"),
    };
    let message = ServerMessage::Visit { visit: vaidya_clinic::wire::VisitView { here: here.unwrap_or(0), ..view } };
    for (person, own) in [(people.doctor, false), (people.patient, true)] {
        let tell = Tell { person, within: Within { org: people.org, own }, message: message.clone() };
        let sent = timeout(PATIENCE, ports.tell.send(tell)).await;
        if !matches!(sent, Ok(Ok(()))) {
            return Outcome::Later("the directory did not answer");
        }
    }
    Outcome::Done
}

/// Tells the visits under way of a doctor how their registration stands now.
async fn stand(store: &Store, ports: &Ports, credential: Uuid) -> Outcome {
    let found = match store.doctor_standing(credential, (ports.clock)()).await {
        Ok(found) => found,
        Err(StoreError::NotFound) => return Outcome::Never("there is no such registration"),
        Err(_) => return Outcome::Later("the registration could not be read"),
    };
    let doctor = if found.in_force { DoctorStanding::Active } else { DoctorStanding::Suspended };
    for visit in found.visits {
        let sent = timeout(PATIENCE, ports.stand.send(Stand { visit, doctor })).await;
        if !matches!(sent, Ok(Ok(()))) {
            return Outcome::Later("the directory did not answer");
        }
    }
    Outcome::Done
}

/// Tells the patient, the doctors and the witness of a consent how it stands now: pages that show what it opened close.
async fn grant(store: &Store, ports: &Ports, consent: ConsentId) -> Outcome {
    let found = match store.consent_stands(consent, (ports.clock)()).await {
        Ok(found) => found,
        Err(StoreError::NotFound) => return Outcome::Never("there is no such consent"),
        Err(_) => return Outcome::Later("the consent could not be read"),
    };
    let message = ServerMessage::Grant { consent, state: found.state, patient: found.patient };
    let side = found.side.into_iter().map(|person| (person, true));
    for (person, own) in side.chain(found.staff.into_iter().map(|person| (person, false))) {
        let tell = Tell { person, within: Within { org: Some(found.org), own }, message: message.clone() };
        let sent = timeout(PATIENCE, ports.tell.send(tell)).await;
        if !matches!(sent, Ok(Ok(()))) {
            return Outcome::Later("the directory did not answer");
        }
    }
    Outcome::Done
}

/// Tells the doctors who wrote a record that its patient asks for a correction.
async fn correction(store: &Store, ports: &Ports, note: RecordId) -> Outcome {
    let found = match store.correction(note).await {
        Ok(found) => found,
        Err(StoreError::NotFound) => return Outcome::Never("there is no such record"),
        Err(_) => return Outcome::Later("the record could not be read"),
    };
    let message = ServerMessage::Correction { record: found.record, note, patient: found.patient };
    for person in found.doctors {
        let within = Within { org: Some(found.org), own: false };
        let sent = timeout(PATIENCE, ports.tell.send(Tell { person, within, message: message.clone() })).await;
        if !matches!(sent, Ok(Ok(()))) {
            return Outcome::Later("the directory did not answer");
        }
    }
    Outcome::Done
}

async fn settle(store: &Store, ports: &Ports, job: &Job, outcome: Outcome) -> Result<(), StoreError> {
    let kept = match outcome {
        Outcome::Done => store.finish(job).await?,
        Outcome::Later(why) if job.attempts < TRIES => {
            store.retry(job, (ports.clock)().plus(wait(job.attempts)), why).await?
        }
        Outcome::Later(why) | Outcome::Never(why) => store.refuse(job, why).await?,
    };
    if !kept {
        tracing::info!("a fact took longer than its lease; whoever has it now tells it again");
    }
    Ok(())
}

fn wait(attempts: u32) -> Duration {
    FIRST_WAIT.saturating_mul(2_u32.saturating_pow(attempts.saturating_sub(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_further_try_waits_twice_as_long() {
        assert_eq!((1..=4).map(|tries| wait(tries).as_secs()).collect::<Vec<_>>(), [1, 2, 4, 8]);
    }
}
