//! Organisations: approved by a second person, walled off from each other, and never without an admin.

use futures_util::future::join;
use vaidya::store::members::{Change, Member};
use vaidya::store::organisations::{Answer, Changed, NewOrganisation};
use vaidya::store::sessions::Who;
use vaidya::store::visits::NewVisit;
use vaidya::store::{StoreError, Thing};
use vaidya_clinic::id::OrgId;
use vaidya_clinic::organisation::{Language, OrgKind, OrgState};
use vaidya_clinic::policy::{Policy, Required};
use vaidya_clinic::role::Role;

use crate::house::{House, NOW, newcomer, on_both, secret, session_of};

on_both! {
    async fn an_organisation_begins_when_a_second_person_approves_it(house) {
        let (one, other) = (house.person("a001", Role::Admin).await, house.person("a002", Role::Admin).await);
        let made = house.store.register_organisation(hill(), one.id, NOW).await.unwrap();
        assert_eq!((made.state, made.operator), (OrgState::Pending, false));
        assert_eq!(house.store.organisations().await.unwrap().len(), 1, "strangers don't see it yet");
        let waiting = house.store.waiting_organisations().await.unwrap();
        assert_eq!((waiting.len(), waiting[0].by.as_str()), (1, "Name of a001"));
        let own = house.store.answer_organisation(made.id, Answer::Approved, one.id, NOW).await;
        assert!(matches!(own, Err(StoreError::TwoPeople)));
        let done = house.store.answer_organisation(made.id, Answer::Approved, other.id, NOW).await.unwrap();
        assert_eq!(done.state, OrgState::Active);
        assert!(house.store.person(one.id, made.id).await.unwrap().is_some_and(|person| person.role == Role::Admin));
        let again = house.store.answer_organisation(made.id, Answer::Refused("no".into()), other.id, NOW).await;
        assert!(matches!(again, Err(StoreError::BadState)));
    }

    async fn of_two_answers_at_once_one_counts(house) {
        let (one, other) = (house.person("a001", Role::Admin).await, house.person("a002", Role::Admin).await);
        let made = house.store.register_organisation(hill(), one.id, NOW).await.unwrap();
        let yes = house.store.answer_organisation(made.id, Answer::Approved, other.id, NOW);
        let no = house.store.answer_organisation(made.id, Answer::Refused("no".into()), other.id, NOW);
        let (yes, no) = join(yes, no).await;
        assert_ne!(yes.is_ok(), no.is_ok());
    }

    async fn what_belongs_to_one_is_not_within_reach_of_another(house) {
        let visit = house.visit().await;
        let there = another(&house).await;
        for role in [Role::Doctor, Role::Desk, Role::Admin, Role::Auditor] {
            let who = house.store.add_person(at(there, role), NOW).await.unwrap();
            assert!(!house.store.reaches(&who, Thing::Visit(visit.id)).await.unwrap(), "{role:?}");
            assert!(!house.store.reaches(&who, Thing::Person(visit.patient.id)).await.unwrap(), "{role:?}");
            assert!(!house.store.reaches(&who, Thing::Credential(visit.doctor.id.0)).await.unwrap(), "{role:?}");
        }
        assert!(house.store.reaches(&visit.doctor, Thing::Visit(visit.id)).await.unwrap());
        assert!(house.store.reaches(&visit.doctor, Thing::Person(visit.patient.id)).await.unwrap());
        assert!(house.store.people(there, None).await.unwrap().iter().all(|who| who.id != visit.patient.id));
    }

    async fn a_doctor_in_two_sees_in_each_what_is_of_it_and_a_patient_sees_their_own(house) {
        let visit = house.visit().await;
        let there = another(&house).await;
        for (person, role) in [(&visit.doctor, Role::Doctor), (&visit.patient, Role::Patient)] {
            house.store.add_member(person.id, Member { org: there, role, department: None }, NOW).await.unwrap();
        }
        let doctor = house.store.person(visit.doctor.id, there).await.unwrap().unwrap();
        assert!(!house.store.reaches(&doctor, Thing::Visit(visit.id)).await.unwrap());
        assert!(house.store.visits_of(&doctor).await.unwrap().is_empty());
        let new = NewVisit { org: there, patient: visit.patient.id, doctor: doctor.id, made_by: Role::Doctor, at: None };
        assert!(matches!(house.store.make_visit(new, NOW).await, Err(StoreError::NotActive)), "not registered there");
        let patient = house.store.person(visit.patient.id, there).await.unwrap().unwrap();
        assert!(house.store.reaches(&patient, Thing::Visit(visit.id)).await.unwrap());
        assert_eq!(house.store.visits_of(&patient).await.unwrap().len(), 1);
    }

    async fn the_last_admin_stays_also_when_two_put_each_other_out(house) {
        let (one, other) = (house.person("a001", Role::Admin).await, house.person("a002", Role::Admin).await);
        let desk = || Change { role: Some(Role::Desk), department: None };
        let first = house.store.change_member(OrgId::HOME, one.id, desk(), NOW);
        let second = house.store.change_member(OrgId::HOME, other.id, desk(), NOW);
        let (first, second) = join(first, second).await;
        assert_ne!(first.is_ok(), second.is_ok());
        assert!(matches!(first.err().or(second.err()), Some(StoreError::LastAdmin)));
        assert_eq!(house.store.people(OrgId::HOME, Some(Role::Admin)).await.unwrap().len(), 1);
    }

    async fn a_new_role_ends_the_sessions_there_and_a_new_department_does_not(house) {
        let desk = house.person("r001", Role::Desk).await;
        house.store.open_session(session_of(&desk, secret(1), "Firefox"), NOW).await.unwrap();
        let department = Change { role: None, department: Some(Some("Front".into())) };
        let changed = house.store.change_member(OrgId::HOME, desk.id, department, NOW).await.unwrap();
        assert_eq!((changed.ended.len(), changed.person.department.as_deref()), (0, Some("Front")));
        let role = Change { role: Some(Role::Pharmacist), department: None };
        let changed = house.store.change_member(OrgId::HOME, desk.id, role, NOW).await.unwrap();
        assert!(changed.ended == [secret(1)]);
        assert_eq!((changed.person.role, changed.person.department.as_deref()), (Role::Pharmacist, Some("Front")));
        assert!(house.store.session(secret(1), NOW).await.unwrap().is_none());
    }

    async fn a_session_goes_on_where_its_person_belongs_and_nowhere_else(house) {
        let desk = house.person("r001", Role::Desk).await;
        let there = another(&house).await;
        house.store.open_session(session_of(&desk, secret(1), "Firefox"), NOW).await.unwrap();
        let stranger = house.store.switch_organisation(secret(1), desk.id, there).await;
        assert!(matches!(stranger, Err(StoreError::NotFound)));
        let free = Changed { policy: Some(Policy { second_factor: Required::Nobody, ..Policy::default() }), ..Changed::default() };
        house.store.change_organisation(there, free, NOW).await.unwrap();
        house.store.add_member(desk.id, Member { org: there, role: Role::Pharmacist, department: None }, NOW).await.unwrap();
        house.store.switch_organisation(secret(1), desk.id, there).await.unwrap();
        let Some(Who::Person(now)) = house.store.session(secret(1), NOW).await.unwrap().map(|one| one.who) else {
            panic!("a session")
        };
        assert!(now.org == there && now.role == Role::Pharmacist);
        let names = house.store.organisations_of(desk.id).await.unwrap();
        assert_eq!(names.iter().map(|(of, _)| of.name.as_str()).collect::<Vec<_>>(), ["Vaidya", "Hill Clinic"]);
        assert!(matches!(house.store.only_here(desk.id, OrgId::HOME).await, Err(StoreError::Elsewhere)));
    }

    async fn the_settings_name_the_operator_until_an_admin_does(house) {
        house.store.name_home("PGI").await.unwrap();
        assert_eq!(house.store.organisation(OrgId::HOME).await.unwrap().name, "PGI");
        let named = Changed { name: Some("Our Hospital".into()), ..Changed::default() };
        house.store.change_organisation(OrgId::HOME, named, NOW).await.unwrap();
        house.store.name_home("PGI").await.unwrap();
        assert_eq!(house.store.organisation(OrgId::HOME).await.unwrap().name, "Our Hospital");
    }
}

fn hill() -> NewOrganisation {
    NewOrganisation {
        name: "Hill Clinic".into(),
        kind: OrgKind::Clinic,
        zone: "Asia/Kolkata".into(),
        languages: vec![Language::Hi],
        phone: None,
        address: None,
    }
}

fn at(org: OrgId, role: Role) -> vaidya::store::accounts::NewPerson {
    vaidya::store::accounts::NewPerson { org, ..newcomer(&format!("{}-there", role.as_str()), role) }
}

/// Another organisation, at work.
async fn another(house: &House) -> OrgId {
    let one = house.person("a101", Role::Admin).await;
    let other = house.person("a102", Role::Admin).await;
    let made = house.store.register_organisation(hill(), one.id, NOW).await.expect("registered");
    house.store.answer_organisation(made.id, Answer::Approved, other.id, NOW).await.expect("approved").id
}
