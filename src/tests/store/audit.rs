//! The audit: an entry with every change or none, in a chain that shows what was done to it.

use std::sync::Arc;

use sea_orm::ConnectionTrait;
use uuid::Uuid;
use vaidya::store::audit::{ASKED, Actor, Trace};
use vaidya::store::trail::{Walked, Wanted};
use vaidya::store::visits::NewVisit;
use vaidya::store::{Store, StoreError};
use vaidya_clinic::id::{OrgId, PersonId};
use vaidya_clinic::role::Role;
use vaidya_clinic::time::Timestamp;

use crate::house::{House, NOW, newcomer, on_both};

/// Writers at a time, and entries each of them writes.
const WRITERS: u8 = 8;
const EACH: u8 = 12;

fn trace(action: &'static str) -> Arc<Trace> {
    Arc::new(Trace::new(Actor::System, Some(OrgId::HOME), action, NOW))
}

fn by(person: PersonId, action: &'static str, at: Timestamp) -> Arc<Trace> {
    Arc::new(Trace::new(Actor::Person(person, Role::Doctor), Some(OrgId::HOME), action, at))
}

async fn some_entries(store: &Store, count: u8) {
    for _ in 0..count {
        store.note(trace("test"), 200).await.unwrap();
    }
}

/// Does to the database what its triggers forbid.
async fn tamper(house: &House, sql: &str) {
    let db = house.raw().await;
    let triggers = match house.url {
        Some(_) => "ALTER TABLE audit DISABLE TRIGGER ALL; ALTER TABLE audit_head DISABLE TRIGGER ALL",
        None => {
            "DROP TRIGGER IF EXISTS audit_is_not_changed; DROP TRIGGER IF EXISTS audit_is_not_shortened; \
             DROP TRIGGER IF EXISTS audit_head_moves_on; DROP TRIGGER IF EXISTS audit_head_stays"
        }
    };
    db.execute_unprepared(triggers).await.unwrap();
    db.execute_unprepared(sql).await.unwrap();
    db.close().await.unwrap();
}

fn copied(from: u8, to: u8) -> String {
    let rest = "at, org_id, actor_kind, actor_id, actor_role, on_behalf_id, action, outcome, about_id, subject_kind, \
                subject_id, visit_id, address, session_id, detail, prev, hash";
    format!("INSERT INTO audit (seq, {rest}) SELECT {to}, {rest} FROM audit WHERE seq = {from}")
}

on_both! {
    async fn entries_of_many_writers_stand_in_one_chain(house) {
        let second = house.second_store().await;
        let writers = (0..WRITERS).map(|writer| {
            let store = if writer % 2 == 0 { house.store.clone() } else { second.clone() };
            tokio::task::spawn_local(async move { some_entries(&store, EACH).await })
        });
        for writer in writers.collect::<Vec<_>>() {
            writer.await.unwrap();
        }
        let entries = u64::from(WRITERS) * u64::from(EACH);
        assert_eq!(house.store.walk_audit().await.unwrap(), Walked { entries, first_bad: None });
        assert_eq!(house.number("SELECT count(*) AS n FROM outbox WHERE kind = 'audited'").await, 96);
    }

    async fn a_change_and_its_entry_are_one(house) {
        let acting = house.store.acting(trace("person.add"));
        acting.add_person(newcomer("p001", Role::Patient), NOW).await.unwrap();
        acting.add_person(newcomer("p002", Role::Patient), NOW).await.unwrap();
        assert_eq!(house.number("SELECT count(*) AS n FROM audit").await, 1, "a request is written down once");
        let trace = trace("person.add");
        let refused = house.store.acting(Arc::clone(&trace)).add_person(newcomer("p001", Role::Doctor), NOW).await;
        assert!(matches!(refused, Err(StoreError::Taken)));
        assert!(!trace.noted(), "what was rolled back left no entry");
        assert_eq!(house.number("SELECT count(*) AS n FROM audit").await, 1);
        house.store.note(trace, 409).await.unwrap();
        assert_eq!(house.number("SELECT outcome AS n FROM audit WHERE seq = 2").await, 409);
        assert_eq!(house.store.walk_audit().await.unwrap().first_bad, None);
    }

    async fn a_change_whose_entry_cannot_be_written_is_not_made(house) {
        tamper(&house, "DELETE FROM audit_head").await;
        let acting = house.store.acting(trace("person.add"));
        assert!(acting.add_person(newcomer("p001", Role::Patient), NOW).await.is_err());
        assert!(house.store.setup_needed().await.unwrap(), "nobody was added");
        assert!(house.store.note(trace("test"), 200).await.is_err(), "what is to be shown must not be shown");
    }

    async fn the_database_refuses_to_change_what_was_written(house) {
        some_entries(&house.store, 2).await;
        let db = house.raw().await;
        for sql in [
            "UPDATE audit SET outcome = 200 WHERE seq = 1",
            "DELETE FROM audit WHERE seq = 2",
            "UPDATE audit_head SET seq = 1",
            "DELETE FROM audit_head",
        ] {
            assert!(db.execute_unprepared(sql).await.is_err(), "{sql}");
        }
        db.close().await.unwrap();
        assert_eq!(house.store.walk_audit().await.unwrap(), Walked { entries: 2, first_bad: None });
    }

    async fn a_changed_entry_is_found(house) {
        some_entries(&house.store, 9).await;
        tamper(&house, "UPDATE audit SET action = 'other' WHERE seq = 4").await;
        assert_eq!(house.store.walk_audit().await.unwrap(), Walked { entries: 9, first_bad: Some(4) });
    }

    async fn a_removed_entry_is_found(house) {
        some_entries(&house.store, 9).await;
        tamper(&house, "DELETE FROM audit WHERE seq = 5").await;
        assert_eq!(house.store.walk_audit().await.unwrap(), Walked { entries: 9, first_bad: Some(5) });
        tamper(&house, "DELETE FROM audit WHERE seq > 5").await;
        assert_eq!(house.store.walk_audit().await.unwrap().first_bad, Some(5));
    }

    async fn a_shortened_audit_is_found(house) {
        some_entries(&house.store, 9).await;
        tamper(&house, "DELETE FROM audit WHERE seq = 9").await;
        assert_eq!(house.store.walk_audit().await.unwrap(), Walked { entries: 9, first_bad: Some(9) });
    }

    async fn an_entry_put_in_is_found(house) {
        some_entries(&house.store, 9).await;
        tamper(&house, &copied(9, 10)).await;
        assert_eq!(house.store.walk_audit().await.unwrap(), Walked { entries: 9, first_bad: Some(10) });
        tamper(&house, &format!("DELETE FROM audit WHERE seq = 3; {}", copied(2, 3))).await;
        assert_eq!(house.store.walk_audit().await.unwrap().first_bad, Some(3));
    }

    async fn a_visit_made_for_a_patient_is_theirs_in_the_audit(house) {
        let (patient, doctor) = (house.person("p001", Role::Patient).await, house.person("d001", Role::Doctor).await);
        let new = NewVisit { org: OrgId::HOME, patient: patient.id, doctor: doctor.id, made_by: Role::Doctor, at: None };
        let acting = house.store.acting(by(doctor.id, "visit.make", NOW));
        let visit = acting.make_visit(new, NOW).await.unwrap().view.id;
        let seen = house.store.audit_about(patient.id, None).await.unwrap();
        assert_eq!(seen.len(), 1);
        assert!(seen[0].visit == Some(visit) && seen[0].actor_name.as_deref() == Some("Name of d001"));
        assert_eq!(seen[0].department.as_deref(), Some("Cardiology"));
        assert!(house.store.audit_about(doctor.id, None).await.unwrap().is_empty(), "what one does oneself is no news");
    }

    async fn what_a_room_refused_is_not_told_as_done(house) {
        let visit = house.visit().await;
        for (at, refused) in [(Timestamp(NOW.0 + 1), false), (Timestamp(NOW.0 + 2), true)] {
            let trace = by(visit.doctor.id, "visit.join", at);
            trace.about(|subject| subject.visit = Some(visit.id));
            house.store.note(Arc::clone(&trace), ASKED).await.unwrap();
            if refused {
                house.store.note(trace, 403).await.unwrap();
            }
        }
        let seen = house.store.audit_about(visit.patient.id, None).await.unwrap();
        assert_eq!(seen.iter().map(|entry| entry.at.0 - NOW.0).collect::<Vec<_>>(), [1]);
    }

    async fn an_auditor_finds_what_they_look_for_and_nothing_of_others(house) {
        let doctor = house.person("d001", Role::Doctor).await;
        some_entries(&house.store, 3).await;
        house.store.note(by(doctor.id, "visit.read", NOW), 200).await.unwrap();
        let elsewhere = Trace::new(Actor::System, Some(OrgId(Uuid::from_u128(9))), "test", NOW);
        house.store.note(Arc::new(elsewhere), 200).await.unwrap();
        let find = async |wanted| {
            let found = house.store.audit(OrgId::HOME, wanted).await.unwrap();
            found.into_iter().map(|entry| entry.seq).collect::<Vec<_>>()
        };
        assert_eq!(find(Wanted::default()).await, [4, 3, 2, 1]);
        assert_eq!(find(Wanted { before: Some(3), ..Wanted::default() }).await, [2, 1]);
        assert_eq!(find(Wanted { actor: Some(doctor.id.0), ..Wanted::default() }).await, [4]);
        assert_eq!(find(Wanted { action: Some("visit".to_owned()), ..Wanted::default() }).await, [4]);
        assert_eq!(find(Wanted { action: Some("vis".to_owned()), ..Wanted::default() }).await, Vec::<u64>::new());
        assert_eq!(find(Wanted { to: Some(NOW), ..Wanted::default() }).await, Vec::<u64>::new());
        assert_eq!(find(Wanted { from: Some(NOW), ..Wanted::default() }).await.len(), 4);
    }
}
