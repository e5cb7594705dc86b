//! The jobs: who is told what, and what ends by itself.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "tests end by panicking")]

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use actix::{Actor, Context, Handler};
use tokio::sync::mpsc;
use uuid::Uuid;
use vaidya::gateway::blobs::{Blobs, Where};
use vaidya::gateway::custody::{Custody, Master};
use vaidya::gateway::sms::Post;
use vaidya::jobs;
use vaidya::store::credentials::Deed;
use vaidya_actors::directory::{HereIn, Stand, Tell, Within};
use vaidya_clinic::credential::CredentialState;
use vaidya_clinic::id::{OrgId, VisitId};
use vaidya_clinic::role::Role;
use vaidya_clinic::time::Timestamp;
use vaidya_clinic::visit::{IDLE_LIMIT, VisitState};
use vaidya_clinic::wire::{DoctorStanding, ServerMessage, VisitView};

use crate::house::{House, NOW, on_both, said};

/// Sealed blocks and keys of a house, which has none yet.
pub(crate) fn vault(house: &House) -> jobs::Vault {
    let folder = house.folder.path();
    let custody = Custody::new(&folder.join("keys"), Master::derived(&[1; 32]));
    jobs::Vault { blobs: Blobs::open(&Where::Folder, &folder.join("blocks"), None).unwrap(), custody }
}

on_both! {
    async fn both_people_are_told_of_a_new_visit_and_who_is_here(house) {
        let (ports, mut told) = ports(2, NOW);
        let running = jobs::start(&house.store, &ports, Post::new(true, None), vault(&house));
        let visit = house.visit().await;
        let (first, second) = (next(&mut told).await, next(&mut told).await);
        let people: HashSet<_> = [first.0, second.0].into();
        assert_eq!(people, [visit.doctor.id, visit.patient.id].into());
        let org = Some(OrgId::HOME);
        let (own, theirs) = (Within { org, own: true }, Within { org, own: false });
        let within = HashMap::from([(visit.doctor.id, theirs), (visit.patient.id, own)]);
        for (person, view, heard) in [first, second] {
            assert_eq!(within.get(&person), Some(&heard));
            assert_eq!((view.id, view.state, view.here), (visit.id, VisitState::Open, 2));
        }
        running.stop().await;
        assert_eq!(rows(&house, "notifier", "done").await, 1);
        assert_eq!(rows(&house, "scheduler", "pending").await, 1, "they wait for their own consumer");
    }

    async fn what_was_written_while_nobody_ran_is_told_at_the_start(house) {
        house.visit().await;
        let (ports, mut told) = ports(0, NOW);
        let running = jobs::start(&house.store, &ports, Post::new(true, None), vault(&house));
        next(&mut told).await;
        next(&mut told).await;
        running.stop().await;
        assert_eq!(rows(&house, "notifier", "done").await, 1);
    }

    async fn a_fact_nobody_can_read_is_refused_and_the_next_one_told(house) {
        let visit = house.visit().await;
        let broken = "UPDATE outbox SET payload = '{}' WHERE consumer = 'notifier'";
        sea_orm::ConnectionTrait::execute_unprepared(&house.raw().await, broken).await.unwrap();
        let ended = vaidya_clinic::visit::Change::Ended(vaidya_clinic::visit::EndedWhy::Doctor);
        house.store.keep(visit.id, vec![ended], NOW).await.unwrap();
        let (ports, mut told) = ports(0, NOW);
        let running = jobs::start(&house.store, &ports, Post::new(true, None), vault(&house));
        assert_eq!(next(&mut told).await.1.state, VisitState::Ended);
        running.stop().await;
        assert_eq!(rows(&house, "notifier", "refused").await, 1);
    }

    async fn what_could_not_be_told_is_tried_again_later(house) {
        house.visit().await;
        let (ports, _told) = ports(0, NOW);
        let gone = jobs::Ports { tell: gone().await, ..ports };
        jobs::start(&house.store, &gone, Post::new(true, None), vault(&house)).stop().await;
        assert_eq!(rows(&house, "notifier", "pending").await, 1);
        let waits = "SELECT due_at AS n FROM outbox WHERE attempts = 1 AND last_error IS NOT NULL";
        assert_eq!(house.number(waits).await, NOW.plus(Duration::from_secs(1)).0);
    }

    async fn a_visit_nobody_came_back_to_ends_and_both_are_told(house) {
        let visit = house.visit().await;
        house.store.keep(visit.id, vec![said(visit.doctor_seat.id, 1)], NOW).await.unwrap();
        let (ports, mut told) = ports(0, NOW.plus(IDLE_LIMIT).plus(Duration::from_millis(1)));
        let running = jobs::start(&house.store, &ports, Post::new(true, None), vault(&house));
        while next(&mut told).await.1.state != VisitState::Ended {}
        running.stop().await;
        let memory = house.store.recall(visit.id).await.unwrap().expect("a room");
        assert_eq!(memory.ended.map(|(_, why)| why), Some(vaidya_clinic::visit::EndedWhy::Idle));
    }

    async fn a_suspension_is_told_to_the_visits_under_way_and_expiry_is_found(house) {
        let visit = house.visit().await;
        let admin = house.person("a001", Role::Admin).await;
        let (told, _heard) = mpsc::unbounded_channel();
        let (stood, mut stands) = mpsc::unbounded_channel();
        let (ports, _probe) = all_ports(Probe { here: 1, told, stood }, NOW);
        let credential = house.store.credential_of(visit.doctor.id, OrgId::HOME, NOW).await.unwrap().expect("one");
        house.store.step_credential(credential.id, Deed::Suspend("A complaint.".into()), admin.id, NOW).await.unwrap();
        let running = jobs::start(&house.store, &ports, Post::new(true, None), vault(&house));
        let heard: Stand = stands.recv().await.expect("the visit is told");
        assert_eq!((heard.visit, heard.doctor), (visit.id, DoctorStanding::Suspended));
        house.store.step_credential(credential.id, Deed::Reinstate("Cleared.".into()), admin.id, NOW).await.unwrap();
        assert_eq!(stands.recv().await.expect("told again").doctor, DoctorStanding::Active);
        running.stop().await;
        let (told, _heard) = mpsc::unbounded_channel();
        let (stood, mut stands) = mpsc::unbounded_channel();
        let (late, _probe) = all_ports(Probe { here: 1, told, stood }, credential.valid_until);
        let running = jobs::start(&house.store, &late, Post::new(true, None), vault(&house));
        assert_eq!(stands.recv().await.expect("expiry is told").doctor, DoctorStanding::Suspended);
        running.stop().await;
        let now = house.store.credential(credential.id, NOW).await.unwrap();
        assert_eq!((now.state, now.history.last().unwrap().by.clone()), (CredentialState::Expired, None));
    }

    async fn a_visit_someone_is_in_does_not_end_by_itself(house) {
        let visit = house.visit().await;
        let late = NOW.plus(IDLE_LIMIT * 2);
        let (ports, mut told) = ports(1, late);
        let running = jobs::start(&house.store, &ports, Post::new(true, None), vault(&house));
        next(&mut told).await;
        running.stop().await;
        assert!(house.store.recall(visit.id).await.unwrap().expect("a room").ended.is_none());
        assert!(house.store.end_idle(visit.id, late, late).await.unwrap(), "it would have, empty");
        assert!(!house.store.end_idle(visit.id, late, late).await.unwrap(), "and only once");
    }
}

/// Stands in for the directory: says how many are here, and passes on what it was to tell.
struct Probe {
    here: u8,
    told: mpsc::UnboundedSender<Tell>,
    stood: mpsc::UnboundedSender<Stand>,
}

impl Actor for Probe {
    type Context = Context<Self>;
}

impl Handler<Tell> for Probe {
    type Result = ();

    fn handle(&mut self, tell: Tell, _: &mut Self::Context) {
        let _nobody_listens = self.told.send(tell);
    }
}

impl Handler<HereIn> for Probe {
    type Result = u8;

    fn handle(&mut self, _: HereIn, _: &mut Self::Context) -> u8 {
        self.here
    }
}

impl Handler<Stand> for Probe {
    type Result = ();

    fn handle(&mut self, stand: Stand, _: &mut Self::Context) {
        let _nobody_listens = self.stood.send(stand);
    }
}

fn ports(here: u8, now: Timestamp) -> (jobs::Ports, mpsc::UnboundedReceiver<Tell>) {
    let (told, heard) = mpsc::unbounded_channel();
    let (ports, _) = all_ports(Probe { here, told, stood: mpsc::unbounded_channel().0 }, now);
    (ports, heard)
}

fn all_ports(probe: Probe, now: Timestamp) -> (jobs::Ports, actix::Addr<Probe>) {
    let probe = probe.start();
    let ports = jobs::Ports {
        tell: probe.clone().recipient(),
        stand: probe.clone().recipient(),
        here: probe.clone().recipient(),
        clock: Arc::new(move || now),
    };
    (ports, probe)
}

/// The address of a directory that has stopped.
async fn gone() -> actix::Recipient<Tell> {
    let arbiter = actix::Arbiter::new();
    let probe = Probe::start_in_arbiter(&arbiter.handle(), |_| Probe {
        here: 0,
        told: mpsc::unbounded_channel().0,
        stood: mpsc::unbounded_channel().0,
    });
    probe.send(HereIn(VisitId(Uuid::nil()))).await.expect("it lives");
    arbiter.stop();
    arbiter.join().expect("it ended well");
    probe.recipient()
}

async fn next(told: &mut mpsc::UnboundedReceiver<Tell>) -> (vaidya_clinic::id::PersonId, VisitView, Within) {
    let Tell { person, within, message } = told.recv().await.expect("someone is told");
    match message {
        ServerMessage::Visit { visit } => (person, visit, within),
        other => unreachable!("a notifier says only how visits stand, not {other:?}"),
    }
}

async fn rows(house: &House, consumer: &str, state: &str) -> u64 {
    let counts = house.store.outbox_counts().await.expect("counts");
    counts.iter().find(|row| row.consumer == consumer && row.state == state).map_or(0, |row| row.rows)
}
