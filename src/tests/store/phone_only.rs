//! Patients without an account: one for a name and a telephone, and an account takes over all that was theirs.

use std::time::Duration;

use futures_util::future::join_all;
use vaidya::store::StoreError;
use vaidya::store::arrivals::Newcomer;
use vaidya::store::links::{Host, NewLink};
use vaidya::store::phone_only::NewPatient;
use vaidya::store::visits::NewVisit;
use vaidya_clinic::id::{OrgId, PersonId};
use vaidya_clinic::link::LinkFor;
use vaidya_clinic::role::Role;
use vaidya_clinic::visit::{Holder, VisitState};

use crate::house::{House, NOW, on_both, secret};

const PHONE: &str = "+919876543210";

on_both! {
    async fn the_same_telephone_and_name_are_one_person_and_a_family_is_several(house) {
        let made = join_all((0..10).map(|_| house.store.patient_by_phone(patient("Asha Verma"), NOW))).await;
        let made: Vec<_> = made.into_iter().map(|one| one.unwrap().id).collect();
        assert!(made.iter().all(|one| *one == made[0]));
        assert!(house.store.patient_by_phone(patient("  asha  VERMA "), NOW).await.unwrap().id == made[0]);
        assert!(house.store.patient_by_phone(patient("Ravi Verma"), NOW).await.unwrap().id != made[0]);
        assert_eq!(house.number("SELECT count(*) AS n FROM person").await, 2);
        let waiting = house.store.waiting(PHONE, OrgId::HOME).await.unwrap();
        assert_eq!(waiting.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["Asha Verma", "Ravi Verma"]);
        assert!(house.store.waiting("+910000000000", OrgId::HOME).await.unwrap().is_empty());
    }

    async fn nobody_signs_in_as_someone_without_an_account(house) {
        let made = house.store.patient_by_phone(patient("Asha Verma"), NOW).await.unwrap();
        assert!(made.login.starts_with('~'));
        assert!(house.store.account(&made.login).await.unwrap().is_none());
    }

    async fn an_account_takes_over_every_visit_with_its_seats_and_links(house) {
        let doctor = house.person("d001", Role::Doctor).await;
        let from = house.store.patient_by_phone(patient("Asha Verma"), NOW).await.unwrap();
        let to = house.person("p001", Role::Patient).await;
        let now = house.store.make_visit(with(from.id, doctor.id), NOW).await.unwrap().view.id;
        let at = NOW.plus(Duration::from_secs(7 * 24 * 3600));
        let later = NewVisit { at: Some(at), ..with(from.id, doctor.id) };
        let later = house.store.make_visit(later, NOW).await.unwrap();
        assert!(later.new && later.view.id != now, "one for now, and one for next week");
        let link = NewLink {
            visit: now, code: secret(200), whom: LinkFor::Patient, phone: None, language: None, message: None,
        };
        house.store.make_link(link, Host::from(&doctor), NOW).await.unwrap();
        let seat = house.store.join_link(secret(200), newcomer(7), NOW).await.unwrap().seat.id;
        assert_eq!(house.store.patient_of_link(secret(200), NOW).await.unwrap(), Some(from.id));
        assert_eq!(house.store.adopt(from.id, to.id, NOW).await.unwrap(), 2);
        let mine = house.store.visits_of(&to).await.unwrap();
        assert_eq!(mine.len(), 2);
        let held = house.store.seat_of(now, Holder::Person(to.id)).await.unwrap().unwrap();
        assert!(held.id == seat, "the seat moved");
        assert!(house.store.session(secret(7), NOW).await.unwrap().is_some(), "and whoever sits on it may go on");
        assert!(house.store.waiting(PHONE, OrgId::HOME).await.unwrap().is_empty());
        assert!(house.store.patient_of_link(secret(200), NOW).await.unwrap().is_none());
        let again = house.store.adopt(from.id, to.id, NOW).await;
        assert!(matches!(again, Err(StoreError::NotFound)), "once");
    }

    async fn when_both_have_a_live_visit_with_a_doctor_one_goes_on_and_none_is_lost(house) {
        let doctor = house.person("d001", Role::Doctor).await;
        let from = house.store.patient_by_phone(patient("Asha Verma"), NOW).await.unwrap();
        let to = house.person("p001", Role::Patient).await;
        let theirs = house.store.make_visit(with(from.id, doctor.id), NOW).await.unwrap().view.id;
        let asked = NewVisit { made_by: Role::Patient, ..with(to.id, doctor.id) };
        let asked = house.store.make_visit(asked, NOW).await.unwrap().view.id;
        assert_eq!(house.store.adopt(from.id, to.id, NOW).await.unwrap(), 1);
        let states: Vec<_> = house.store.visits_of(&to).await.unwrap().into_iter().map(|one| (one.id, one.state)).collect();
        assert_eq!(states, [(theirs, VisitState::Open), (asked, VisitState::Ended)], "the open one goes on");
        assert_eq!(house.number("SELECT count(*) AS n FROM seat").await, 4);
    }

    async fn only_someone_without_an_account_is_taken_over(house) {
        let (one, other) = (house.person("p001", Role::Patient).await, house.person("p002", Role::Patient).await);
        let waiting = house.store.patient_by_phone(patient("Asha Verma"), NOW).await.unwrap();
        for (from, to) in [(one.id, other.id), (waiting.id, waiting.id), (one.id, waiting.id)] {
            assert!(matches!(house.store.adopt(from, to, NOW).await, Err(StoreError::NotFound)));
        }
    }
}

fn patient(name: &str) -> NewPatient {
    let (name, phone, language) = (name.to_owned(), PHONE.to_owned(), "hi".to_owned());
    NewPatient { org: OrgId::HOME, name, phone, language }
}

fn with(patient: PersonId, doctor: PersonId) -> NewVisit {
    NewVisit { org: OrgId::HOME, patient, doctor, made_by: Role::Desk, at: None }
}

fn newcomer(number: u8) -> Newcomer {
    let (name, label) = ("Asha".to_owned(), "Safari".to_owned());
    Newcomer { name, birth_year: 1980, token: secret(number), before: None, label }
}
