//! Doctors' registrations: two people bring them into force, and only doctors in force begin visits.

use std::time::Duration;

use futures_util::future::{join, join_all};
use uuid::Uuid;
use vaidya::store::StoreError;
use vaidya::store::accounts::Person;
use vaidya::store::credentials::{Deed, Fields, Undone};
use vaidya::store::papers::NewDocument;
use vaidya::store::registry::{Entry, NoMatch};
use vaidya::store::visits::NewVisit;
use vaidya_clinic::credential::{CredentialState, Unfit};
use vaidya_clinic::id::OrgId;
use vaidya_clinic::papers::{Credential, MAX_DOCUMENTS, PaperKind};
use vaidya_clinic::role::Role;
use vaidya_clinic::time::Timestamp;
use vaidya_clinic::visit::VisitState;

use crate::house::{House, NOW, on_both};

const YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

on_both! {
    async fn two_people_bring_a_doctor_into_force_and_then_visits_begin(house) {
        let people = people(&house).await;
        let patient = house.person("p001", Role::Patient).await;
        let wanted = NewVisit { org: OrgId::HOME, patient: patient.id, doctor: people.doctor.id, made_by: Role::Desk, at: None };
        assert!(matches!(house.store.make_visit(wanted, NOW).await, Err(StoreError::NotActive)));
        let made = matched(&house, &people).await;
        assert!(matches!(house.store.make_visit(wanted, NOW).await, Err(StoreError::NotActive)), "matched is not active");
        let alone = house.store.step_credential(made.id, Deed::Activate, people.one.id, NOW).await;
        assert!(matches!(alone, Err(Undone::Unfit(Unfit::TwoPeople))));
        let active = house.store.step_credential(made.id, Deed::Activate, people.other.id, NOW).await.unwrap();
        assert_eq!((active.state, active.verified_on), (CredentialState::Active, Some(NOW)));
        assert_eq!(active.checked_by.as_deref(), Some("Name of a001"));
        let steps: Vec<_> = active.history.iter().map(|step| step.to).collect();
        let all = [CredentialState::Submitted, CredentialState::Checked, CredentialState::Matched, CredentialState::Active];
        assert_eq!(steps, all);
        let visit = house.store.make_visit(wanted, NOW).await.unwrap().view;
        assert_eq!(visit.doctor.registration.as_deref(), Some("PMC 12345"));
        assert_eq!(visit.doctor.verified_on, Some(NOW));
    }

    async fn of_many_who_activate_at_once_one_does(house) {
        let people = people(&house).await;
        let made = matched(&house, &people).await;
        let tries = join_all((0..8).map(|_| house.store.step_credential(made.id, Deed::Activate, people.other.id, NOW))).await;
        assert_eq!(tries.iter().filter(|done| done.is_ok()).count(), 1);
        let facts = "SELECT count(*) AS n FROM outbox WHERE kind = 'credential_changed' AND payload LIKE '%active%'";
        assert_eq!(house.number(facts).await, 2, "the notifier and the ledger are told once");
    }

    async fn suspending_and_beginning_a_visit_at_once_leave_no_visit_begun_after_it(house) {
        let people = people(&house).await;
        let made = active(&house, &people).await;
        let patient = house.person("p001", Role::Patient).await;
        let wanted = NewVisit { org: OrgId::HOME, patient: patient.id, doctor: people.doctor.id, made_by: Role::Desk, at: None };
        let out = house.store.step_credential(made.id, Deed::Suspend("A complaint.".into()), people.one.id, NOW);
        let (out, _either) = join(out, house.store.make_visit(wanted, NOW)).await;
        assert_eq!(out.unwrap().suspended_why.as_deref(), Some("A complaint."));
        let other = house.person("p002", Role::Patient).await;
        let late = NewVisit { patient: other.id, ..wanted };
        assert!(matches!(house.store.make_visit(late, NOW).await, Err(StoreError::NotActive)));
    }

    async fn suspended_a_doctor_accepts_nothing_and_is_shown_without_registration(house) {
        let people = people(&house).await;
        let made = active(&house, &people).await;
        let patient = house.person("p001", Role::Patient).await;
        let wanted = NewVisit { org: OrgId::HOME, patient: patient.id, doctor: people.doctor.id, made_by: Role::Patient, at: None };
        let asked = house.store.make_visit(wanted, NOW).await.unwrap().view;
        assert_eq!(asked.state, VisitState::Requested);
        house.store.step_credential(made.id, Deed::Suspend("A complaint.".into()), people.one.id, NOW).await.unwrap();
        let accepted = house.store.accept_visit(asked.id, people.doctor.id, NOW).await;
        assert!(matches!(accepted, Err(StoreError::NotActive)));
        let shown = house.store.visit(asked.id).await.unwrap().unwrap();
        assert_eq!((shown.doctor.registration, shown.doctor.verified_on), (None, None));
        assert!(house.store.decline_visit(asked.id, people.doctor.id, NOW).await.is_ok(), "saying no needs nothing");
        house.store.step_credential(made.id, Deed::Reinstate("Cleared.".into()), people.one.id, NOW).await.unwrap();
        assert!(house.store.make_visit(wanted, NOW).await.is_ok());
    }

    async fn a_registration_expires_at_its_end_by_itself(house) {
        let people = people(&house).await;
        let made = active(&house, &people).await;
        let end = made.valid_until;
        assert!(house.store.doctor_in_force(people.doctor.id, OrgId::HOME, Timestamp(end.0 - 1)).await.unwrap());
        assert!(!house.store.doctor_in_force(people.doctor.id, OrgId::HOME, end).await.unwrap(), "before the keeper looks");
        assert_eq!(house.store.expire_credentials(Timestamp(end.0 - 1)).await.unwrap(), 0);
        assert_eq!(house.store.expire_credentials(end).await.unwrap(), 1);
        assert_eq!(house.store.expire_credentials(end).await.unwrap(), 0, "once");
    }

    async fn what_is_corrected_begins_anew(house) {
        let people = people(&house).await;
        let made = active(&house, &people).await;
        let again = house.store.submit_credential(&people.doctor, fields(), NOW).await.unwrap();
        assert_eq!((again.id, again.state, again.checked_by), (made.id, CredentialState::Submitted, None));
        assert!(!house.store.doctor_in_force(people.doctor.id, OrgId::HOME, NOW).await.unwrap());
    }

    async fn a_registration_is_matched_with_the_register_and_its_differences_are_named(house) {
        let people = people(&house).await;
        let made = house.store.submit_credential(&people.doctor, fields(), NOW).await.unwrap();
        house.store.step_credential(made.id, Deed::Check, people.one.id, NOW).await.unwrap();
        for (row, no) in [
            (None, NoMatch::Absent),
            (Some(Entry { name: "Somebody Else".into(), ..row() }), NoMatch::Name("Somebody Else".into())),
            (Some(Entry { suspended: true, ..row() }), NoMatch::Suspended),
            (Some(Entry { valid_until: Some(NOW), ..row() }), NoMatch::Over),
        ] {
            house.store.import_register(OrgId::HOME, row.into_iter().collect(), true, NOW).await.unwrap();
            let refused = house.store.step_credential(made.id, Deed::Match(None), people.one.id, NOW).await;
            assert!(matches!(&refused, Err(Undone::NoMatch(told)) if *told == no), "{no:?}");
        }
        let earlier = Some(NOW.plus(YEAR));
        house.store.import_register(OrgId::HOME, vec![Entry { valid_until: earlier, ..row() }], true, NOW).await.unwrap();
        let done = house.store.step_credential(made.id, Deed::Match(None), people.one.id, NOW).await.unwrap();
        assert_eq!((done.state, Some(done.valid_until)), (CredentialState::Matched, earlier), "the register's end counts");
    }

    async fn a_newer_register_suspends_who_is_gone_or_suspended_and_no_one_else(house) {
        let people = people(&house).await;
        house.store.import_register(OrgId::HOME, vec![row()], true, NOW).await.unwrap();
        let made = house.store.submit_credential(&people.doctor, fields(), NOW).await.unwrap();
        for (deed, by) in [(Deed::Check, &people.one), (Deed::Match(None), &people.one), (Deed::Activate, &people.other)] {
            house.store.step_credential(made.id, deed, by.id, NOW).await.unwrap();
        }
        let by_hand = house.person("d002", Role::Doctor).await;
        let other = Entry { number: "777".into(), ..row() };
        house.store.import_register(OrgId::HOME, vec![other.clone()], false, NOW).await.unwrap();
        let state = async || house.store.credential(made.id, NOW).await.unwrap();
        assert_eq!(state().await.state, CredentialState::Active, "a file with bad lines takes nobody for gone");
        let elsewhere = Entry { council: "Delhi".into(), ..other.clone() };
        house.store.import_register(OrgId::HOME, vec![elsewhere], true, NOW).await.unwrap();
        assert_eq!(state().await.state, CredentialState::Active, "another council says nothing of this one");
        house.store.import_register(OrgId::HOME, vec![other], true, NOW).await.unwrap();
        let gone = state().await;
        assert_eq!((gone.state, gone.history.last().unwrap().by.clone()), (CredentialState::Suspended, None));
        let back = house.store.step_credential(made.id, Deed::Reinstate("Please.".into()), people.one.id, NOW).await;
        assert!(matches!(back, Err(Undone::NoMatch(NoMatch::Absent))), "not while the register lacks it");
        assert!(house.store.doctor_in_force(by_hand.id, OrgId::HOME, NOW).await.unwrap(), "who was matched by hand stays");
        let rows = vec![row(), Entry { number: "PMC d002".into(), suspended: true, ..row() }];
        house.store.import_register(OrgId::HOME, rows, true, NOW).await.unwrap();
        assert!(!house.store.doctor_in_force(by_hand.id, OrgId::HOME, NOW).await.unwrap(), "but not against the register");
        assert!(house.store.step_credential(made.id, Deed::Reinstate("It is back.".into()), people.one.id, NOW).await.is_ok());
    }

    async fn a_number_is_in_force_for_one_doctor(house) {
        let people = people(&house).await;
        active(&house, &people).await;
        let twin = house.newcomer("d009", Role::Doctor).await;
        let made = house.store.submit_credential(&twin, Fields { number: "pmc-12345".into(), ..fields() }, NOW).await.unwrap();
        house.store.step_credential(made.id, Deed::Check, people.one.id, NOW).await.unwrap();
        let taken = house.store.step_credential(made.id, Deed::Match(Some("I called them.".into())), people.one.id, NOW).await;
        assert!(matches!(taken, Err(Undone::NoMatch(NoMatch::Taken))));
    }

    async fn a_registration_has_five_documents_and_no_more(house) {
        let people = people(&house).await;
        let none = house.store.add_document(people.doctor.id, OrgId::HOME, paper(0), NOW).await;
        assert!(matches!(none, Err(StoreError::NotFound)), "first the registration");
        let made = house.store.submit_credential(&people.doctor, fields(), NOW).await.unwrap();
        let tries = (0..12).map(|n| house.store.add_document(people.doctor.id, OrgId::HOME, paper(n), NOW));
        let tries = join_all(tries).await;
        assert_eq!(tries.iter().filter(|kept| kept.is_ok()).count(), MAX_DOCUMENTS);
        assert!(matches!(house.store.may_add_document(people.doctor.id, OrgId::HOME).await, Err(StoreError::TooMany)));
        let shown = house.store.credential(made.id, NOW).await.unwrap();
        assert_eq!(shown.documents.len(), MAX_DOCUMENTS);
        let other = house.store.document(Uuid::nil(), shown.documents[0].id).await;
        assert!(matches!(other, Err(StoreError::NotFound)), "a document is of its registration");
    }

    async fn only_a_doctor_sends_in_a_registration(house) {
        let desk = house.person("r001", Role::Desk).await;
        assert!(matches!(house.store.submit_credential(&desk, fields(), NOW).await, Err(StoreError::NotFound)));
    }
}

struct People {
    doctor: Person,
    one: Person,
    other: Person,
}

async fn people(house: &House) -> People {
    People {
        doctor: house.newcomer("d001", Role::Doctor).await,
        one: house.person("a001", Role::Admin).await,
        other: house.person("a002", Role::Admin).await,
    }
}

async fn matched(house: &House, people: &People) -> Credential {
    let made = house.store.submit_credential(&people.doctor, fields(), NOW).await.expect("sent in");
    house.store.step_credential(made.id, Deed::Check, people.one.id, NOW).await.expect("checked");
    let by_hand = Deed::Match(Some("I called them.".into()));
    house.store.step_credential(made.id, by_hand, people.one.id, NOW).await.expect("matched")
}

async fn active(house: &House, people: &People) -> Credential {
    let made = matched(house, people).await;
    house.store.step_credential(made.id, Deed::Activate, people.other.id, NOW).await.expect("active")
}

fn fields() -> Fields {
    Fields {
        qualification: "MBBS, MD".into(),
        council: "Punjab Medical Council".into(),
        number: "PMC 12345".into(),
        specialty: "Cardiology".into(),
        valid_until: NOW.plus(2 * YEAR),
    }
}

fn row() -> Entry {
    Entry {
        council: "PUNJAB medical council".into(),
        number: "pmc/12345".into(),
        name: "D001 of Name".into(),
        qualification: String::new(),
        valid_until: None,
        suspended: false,
    }
}

fn paper(number: u128) -> NewDocument {
    let id = Uuid::from_u128(number + 1);
    NewDocument { id, name: "degree.pdf".into(), kind: PaperKind::Pdf, size: 10, blocks: "block".into() }
}
