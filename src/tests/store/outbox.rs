//! The outbox: each fact to one runner at a time, until one of them says it is done.

use std::collections::HashMap;
use std::time::Duration;

use futures_util::future::join_all;
use vaidya::store::Store;
use vaidya::store::outbox::OutboxCount;
use vaidya_clinic::event::{Consumer, RoomEvent};
use vaidya_clinic::id::EventId;
use vaidya_clinic::visit::{Change, LeftWhy};

use crate::house::{House, NOW, on_both};

const LEASE: Duration = Duration::from_secs(30);

on_both! {
    async fn four_runners_in_two_processes_take_each_fact_once(house) {
        written(&house, 200).await;
        let other = house.second_store().await;
        let runners = [&house.store, &house.store, &other, &other].map(drain);
        let mut taken: HashMap<EventId, usize> = HashMap::new();
        for event in join_all(runners).await.into_iter().flatten() {
            *taken.entry(event).or_default() += 1;
        }
        assert_eq!(taken.len(), 201, "all of them, the visit's creation included");
        assert!(taken.values().all(|times| *times == 1));
    }

    async fn facts_are_taken_in_the_order_they_were_written(house) {
        written(&house, 3).await;
        let kinds: Vec<_> = claim(&house.store, 10).await.into_iter().map(|job| job.fact.unwrap().room().unwrap()).collect();
        assert_eq!(kinds[0], RoomEvent::Created);
        assert!(kinds[1..].iter().all(|fact| matches!(fact, RoomEvent::Left { .. })));
    }

    async fn a_fact_whose_runner_died_is_taken_again_after_its_lease(house) {
        written(&house, 0).await;
        let lost = claim(&house.store, 10).await.remove(0);
        let early = house.store.claim(Consumer::Notifier, 10, NOW.plus(LEASE / 2), LEASE).await.unwrap();
        assert!(early.is_empty(), "it is still under way");
        let again = house.store.claim(Consumer::Notifier, 10, NOW.plus(LEASE), LEASE).await.unwrap().remove(0);
        assert_eq!((again.event, again.attempts), (lost.event, 2));
        assert!(!house.store.finish(&lost).await.unwrap(), "whoever lost the lease has no say any more");
        assert!(house.store.finish(&again).await.unwrap());
        let later = house.store.claim(Consumer::Notifier, 10, NOW.plus(LEASE * 9), LEASE).await.unwrap();
        assert!(later.is_empty(), "done is done");
    }

    async fn a_fact_to_be_tried_again_waits_until_it_is_due(house) {
        written(&house, 0).await;
        let job = claim(&house.store, 10).await.remove(0);
        assert!(house.store.retry(&job, NOW.plus(LEASE), "nobody answered").await.unwrap());
        assert!(claim(&house.store, 10).await.is_empty());
        let again = house.store.claim(Consumer::Notifier, 10, NOW.plus(LEASE), LEASE).await.unwrap();
        assert_eq!(again.len(), 1);
        assert!(house.store.refuse(&again[0], "no such visit").await.unwrap());
        assert_eq!(count(&house, "notifier", "refused").await, 1);
        assert_eq!(house.number("SELECT count(*) AS n FROM outbox WHERE last_error = 'no such visit'").await, 1);
    }

    async fn what_one_consumer_takes_the_others_still_have(house) {
        written(&house, 1).await;
        for job in claim(&house.store, 10).await {
            house.store.finish(&job).await.unwrap();
        }
        assert_eq!(count(&house, "notifier", "done").await, 2);
        assert_eq!(count(&house, "scheduler", "pending").await, 2);
        assert_eq!(count(&house, "ledger", "pending").await, 2);
    }

    async fn what_is_done_is_forgotten_after_a_week_and_nothing_else(house) {
        written(&house, 0).await;
        let job = claim(&house.store, 10).await.remove(0);
        house.store.finish(&job).await.unwrap();
        let week = Duration::from_secs(7 * 24 * 60 * 60);
        assert_eq!(house.store.forget_done(NOW.plus(week)).await.unwrap(), 0);
        assert_eq!(house.store.forget_done(NOW.plus(week).plus(LEASE)).await.unwrap(), 1);
        assert_eq!(house.number("SELECT count(*) AS n FROM outbox").await, 2);
    }
}

/// A visit, and so many facts after its creation.
async fn written(house: &House, facts: usize) {
    let visit = house.visit().await;
    let left = Change::Left { seat: visit.doctor_seat.id, why: LeftWhy::Dropped };
    house.store.keep(visit.id, vec![left; facts], NOW).await.expect("facts are kept");
}

async fn claim(store: &Store, limit: u64) -> Vec<vaidya::store::outbox::Job> {
    store.claim(Consumer::Notifier, limit, NOW, LEASE).await.expect("a claim")
}

/// Takes facts, seven at a time, until there are none.
async fn drain(store: &Store) -> Vec<EventId> {
    let mut taken = Vec::new();
    loop {
        let jobs = claim(store, 7).await;
        if jobs.is_empty() {
            return taken;
        }
        for job in jobs {
            assert!(store.finish(&job).await.expect("an answer"));
            taken.push(job.event);
        }
    }
}

async fn count(house: &House, consumer: &str, state: &str) -> u64 {
    let counts: Vec<OutboxCount> = house.store.outbox_counts().await.expect("counts");
    counts.iter().find(|row| row.consumer == consumer && row.state == state).map_or(0, |row| row.rows)
}
