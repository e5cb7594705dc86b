//! Sends the messages that are due: once each as far as anyone can tell, again later when the other side can't now.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::sleep;
use uuid::Uuid;
use vaidya_clinic::contact::Contact;
use vaidya_clinic::event::{Consumer, Fact, HouseEvent};

use super::Ports;
use crate::gateway::mail::Sending;
use crate::gateway::sms::{Delivered, Post};
use crate::store::outbox::Job;
use crate::store::sent_messages::{Sent, SentMessage};
use crate::store::{Store, StoreError};

/// Messages taken at a time. They go one after the other: lower costs transactions, higher lets leases run out behind
/// a slow mail server.
const BATCH: u64 = 8;

/// How often the outbox is looked at when nobody in this process rang.
const POLL: Duration = Duration::from_secs(1);

/// How long a message is ours: a whole batch of the slowest mails. Lower sends some twice, higher lets a crash delay
/// them for longer.
const LEASE: Duration = Duration::from_secs(10 * 60);

/// Tries before a human has to look. With the waits between them the last is an hour after the first, when no code in
/// it works any more.
const TRIES: u32 = 10;

/// Wait before the second try; it doubles with each further one.
const FIRST_WAIT: Duration = Duration::from_secs(5);

/// Longest wait between two tries.
const LONGEST_WAIT: Duration = Duration::from_secs(15 * 60);

/// Sends what is due until it is told to stop.
pub(super) async fn run(store: Store, ports: Ports, post: Post, mut stop: watch::Receiver<()>) {
    let mut written = store.written();
    loop {
        match round(&store, &ports, &post).await {
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

/// One batch, and how many messages were in it.
async fn round(store: &Store, ports: &Ports, post: &Post) -> Result<u64, StoreError> {
    let jobs = store.claim(Consumer::Messenger, BATCH, (ports.clock)(), LEASE).await?;
    for job in &jobs {
        one(store, ports, post, job).await?;
    }
    Ok(u64::try_from(jobs.len()).unwrap_or(0))
}

async fn one(store: &Store, ports: &Ports, post: &Post, job: &Job) -> Result<(), StoreError> {
    let Some(Fact::House(HouseEvent::MessageDue { message })) = &job.fact else {
        store.refuse(job, "the fact cannot be read").await?;
        return Ok(());
    };
    // Forgotten, or sent by someone whose lease had run out.
    let Some(kept) = store.message(*message).await?.filter(|kept| kept.waiting) else {
        store.finish(job).await?;
        return Ok(());
    };
    let sending = deliver(post, &kept).await;
    count(sending);
    settle(store, ports, job, *message, sending).await
}

async fn deliver(post: &Post, kept: &SentMessage) -> Delivered {
    if kept.lost {
        return Delivered::Asked(Sending::Refused("its text is sealed under another server.key"));
    }
    match Contact::read(&kept.to) {
        Some(to) => post.send(&to, &kept.subject, &kept.body).await,
        // To nobody: it was written so that nobody can tell.
        None => Delivered::Asked(Sending::Sent),
    }
}

async fn settle(
    store: &Store,
    ports: &Ports,
    job: &Job,
    message: Uuid,
    delivered: Delivered,
) -> Result<(), StoreError> {
    let now = (ports.clock)();
    let ended = match delivered {
        Delivered::Shown => Ok(Sent::Shown),
        Delivered::Asked(Sending::Sent) => Ok(Sent::Gone),
        Delivered::Asked(Sending::Later(why)) if job.attempts < TRIES => Err(why),
        Delivered::Asked(Sending::Later(why) | Sending::Refused(why)) => Ok(Sent::Failed(why)),
    };
    match ended {
        Err(why) => store.retry(job, now.plus(wait(job.attempts)), why).await?,
        Ok(how) => {
            store.message_went(message, how, now).await?;
            match how {
                Sent::Failed(why) => store.refuse(job, why).await?,
                Sent::Gone | Sent::Shown => store.finish(job).await?,
            }
        }
    };
    Ok(())
}

fn count(delivered: Delivered) {
    let how = match delivered {
        Delivered::Shown => "shown",
        Delivered::Asked(Sending::Sent) => "sent",
        Delivered::Asked(Sending::Later(_)) => "later",
        Delivered::Asked(Sending::Refused(_)) => "refused",
    };
    metrics::counter!("vaidya_messages_total", "how" => how).increment(1);
}

fn wait(attempts: u32) -> Duration {
    FIRST_WAIT.saturating_mul(2_u32.saturating_pow(attempts.saturating_sub(1))).min(LONGEST_WAIT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_further_try_waits_twice_as_long_and_all_are_made_within_the_hour() {
        assert_eq!((1..=4).map(|tries| wait(tries).as_secs()).collect::<Vec<_>>(), [5, 10, 20, 40]);
        let all: Duration = (1..TRIES).map(wait).sum();
        assert!(all > Duration::from_secs(30 * 60) && all < Duration::from_secs(60 * 60), "{all:?}");
    }
}
