//! Visits: asked for and opened once however many ask, answered once, listed for those they concern.

use std::time::Duration;

use futures_util::future::{join, join_all};
use vaidya::store::StoreError;
use vaidya::store::visits::NewVisit;
use vaidya_clinic::id::OrgId;
use vaidya_clinic::role::Role;
use vaidya_clinic::time::Timestamp;
use vaidya_clinic::visit::{Holder, SeatRole, Standing, VisitState};

use crate::house::{House, NOW, on_both};

on_both! {
    async fn fifty_who_ask_at_once_get_one_visit(house) {
        let wanted = wanted(&house, Role::Patient).await;
        let made = join_all((0..50).map(|_| house.store.make_visit(wanted, NOW))).await;
        let made: Vec<_> = made.into_iter().map(Result::unwrap).collect();
        assert_eq!(made.iter().filter(|one| one.new).count(), 1);
        assert!(made.iter().all(|one| one.view.id == made[0].view.id));
        assert_eq!(house.number("SELECT count(*) AS n FROM visit").await, 1);
        assert_eq!(house.number("SELECT count(*) AS n FROM seat").await, 2);
        let created = "SELECT count(*) AS n FROM outbox WHERE kind = 'created' AND state = 'pending'";
        assert_eq!(house.number(created).await, 3, "one row for each consumer");
    }

    async fn a_doctor_is_let_in_and_a_patient_waits_at_the_door(house) {
        let visit = house.visit().await;
        assert_eq!((visit.doctor_seat.role, visit.doctor_seat.standing), (SeatRole::Doctor, Standing::Admitted));
        assert_eq!((visit.patient_seat.role, visit.patient_seat.standing), (SeatRole::Patient, Standing::Lobby));
        assert_eq!(visit.patient_seat.name, "Name of p001");
        assert!(house.store.seats_of(visit.id).await.unwrap() == [visit.doctor_seat, visit.patient_seat]);
    }

    async fn a_request_is_accepted_once_by_its_doctor(house) {
        let wanted = wanted(&house, Role::Patient).await;
        let asked = house.store.make_visit(wanted, NOW).await.unwrap().view;
        assert_eq!(asked.state, VisitState::Requested);
        let other = house.person("d002", Role::Doctor).await;
        for stranger in [other.id, wanted.patient] {
            let refused = house.store.accept_visit(asked.id, stranger, NOW).await;
            assert!(matches!(refused, Err(StoreError::NotFound)));
        }
        assert_eq!(house.store.accept_visit(asked.id, wanted.doctor, NOW).await.unwrap().state, VisitState::Open);
        let again = house.store.accept_visit(asked.id, wanted.doctor, NOW).await;
        assert!(matches!(again, Err(StoreError::BadState)));
    }

    async fn accepting_and_taking_back_at_once_end_in_one_of_them(house) {
        let wanted = wanted(&house, Role::Patient).await;
        for _ in 0..10 {
            let asked = house.store.make_visit(wanted, NOW).await.unwrap().view.id;
            let accept = house.store.accept_visit(asked, wanted.doctor, NOW);
            let decline = house.store.decline_visit(asked, wanted.patient, NOW);
            let (accepted, declined) = join(accept, decline).await;
            assert_ne!(accepted.is_ok(), declined.is_ok());
            if declined.is_err() {
                break;
            }
        }
    }

    async fn what_a_patient_asked_for_is_accepted_when_the_doctor_makes_it(house) {
        let wanted = wanted(&house, Role::Patient).await;
        let asked = house.store.make_visit(wanted, NOW).await.unwrap().view;
        let made = house.store.make_visit(NewVisit { made_by: Role::Doctor, ..wanted }, NOW).await.unwrap();
        assert!(!made.new && made.view.id == asked.id);
        assert_eq!((made.view.state, made.view.made_by), (VisitState::Open, Role::Patient));
    }

    async fn after_a_visit_was_declined_the_two_may_have_another(house) {
        let wanted = wanted(&house, Role::Patient).await;
        let asked = house.store.make_visit(wanted, NOW).await.unwrap().view;
        let declined = house.store.decline_visit(asked.id, wanted.patient, NOW).await.unwrap();
        assert_eq!((declined.state, declined.ended_at), (VisitState::Declined, Some(NOW)));
        assert!(house.store.make_visit(wanted, NOW).await.unwrap().new);
    }

    async fn only_a_patient_and_a_doctor_have_a_visit(house) {
        let wanted = wanted(&house, Role::Desk).await;
        let turned = NewVisit { patient: wanted.doctor, doctor: wanted.patient, ..wanted };
        assert!(matches!(house.store.make_visit(turned, NOW).await, Err(StoreError::NotFound)));
        let by_admin = NewVisit { made_by: Role::Admin, ..wanted };
        assert!(matches!(house.store.make_visit(by_admin, NOW).await, Err(StoreError::BadState)));
        assert_eq!(house.number("SELECT count(*) AS n FROM visit").await, 0);
    }

    async fn live_visits_are_listed_first_and_then_the_newest(house) {
        let wanted = wanted(&house, Role::Patient).await;
        let hour = Duration::from_secs(3600);
        let mut made = Vec::new();
        for n in 0..3_u32 {
            let view = house.store.make_visit(wanted, NOW.plus(n * hour)).await.unwrap().view;
            house.store.decline_visit(view.id, wanted.doctor, NOW.plus(n * hour)).await.unwrap();
            made.push(view.id);
        }
        let other = house.person("d002", Role::Doctor).await;
        let live = NewVisit { doctor: other.id, made_by: Role::Desk, ..wanted };
        let live = house.store.make_visit(live, Timestamp(NOW.0 - 1)).await.unwrap().view;
        let listed = house.store.visits_of(&house.store.person(wanted.patient, OrgId::HOME).await.unwrap().unwrap()).await.unwrap();
        let ids: Vec<_> = listed.iter().map(|view| view.id).collect();
        assert_eq!(ids, [live.id, made[2], made[1], made[0]]);
        assert_eq!(listed[0].doctor.name, "Name of d002");
        assert_eq!(listed[0].doctor.department.as_deref(), Some("Cardiology"));
        assert_eq!(house.store.visits_of(&other).await.unwrap().len(), 1);
        let today = house.store.visits_since(OrgId::HOME, NOW.plus(hour)).await.unwrap();
        assert_eq!(today.len(), 3, "the live one, and those of the last two hours");
    }

    async fn a_visit_is_shown_to_those_who_have_a_seat(house) {
        let visit = house.visit().await;
        let stranger = house.person("p002", Role::Patient).await;
        assert!(house.store.visit_for(visit.id, visit.patient.id).await.unwrap().is_some());
        assert!(house.store.visit_for(visit.id, stranger.id).await.unwrap().is_none());
        assert!(house.store.seat_of(visit.id, Holder::Person(stranger.id)).await.unwrap().is_none());
        let people = house.store.visit_people(visit.id).await.unwrap().unwrap();
        assert_eq!((people.patient, people.doctor), (visit.patient.id, visit.doctor.id));
    }
}

async fn wanted(house: &House, made_by: Role) -> NewVisit {
    let patient = house.person("p001", Role::Patient).await;
    let doctor = house.person("d001", Role::Doctor).await;
    NewVisit { org: OrgId::HOME, patient: patient.id, doctor: doctor.id, made_by, at: None }
}
