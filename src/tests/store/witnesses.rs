//! Consents said aloud: who may hear it, for how long, and that nobody confirms for another.

use std::time::Duration;
use vaidya::store::StoreError;
use vaidya::store::accounts::Person;
use vaidya_clinic::consent::{How, State};
use vaidya_clinic::event::Consumer;
use vaidya_clinic::id::{ConsentId, PersonId};
use vaidya_clinic::record::RecordKind;
use vaidya_clinic::role::Role;
use vaidya_clinic::time::Timestamp;

use super::consenting::{Clinic, MINUTE, patient_only, sql};
use crate::house::{House, NOW, on_both};

/// How long a witness has.
const BOUND: Duration = Duration::from_secs(600);

/// An ask for lab results, and somebody at the desk.
async fn asked(house: House) -> (Clinic, Person) {
    let clinic = Clinic::new(house).await;
    clinic.asks(1, &[RecordKind::Lab]).await;
    let desk = clinic.house.person("r001", Role::Desk).await;
    (clinic, desk)
}

fn id() -> ConsentId {
    ConsentId::from_number(1)
}

async fn calls(clinic: &Clinic, doctor: &Person, witness: PersonId) -> Result<(), StoreError> {
    clinic.store().call_witness(id(), doctor, witness, NOW).await.map(|_| ())
}

on_both! {
    async fn what_a_patient_said_is_given_when_who_heard_it_confirms(house) {
        let (clinic, desk) = asked(house).await;
        calls(&clinic, &clinic.other, desk.id).await.unwrap();
        let waiting = clinic.store().to_witness(&desk, NOW).await.unwrap();
        assert_eq!((waiting.len(), waiting[0].witness_by), (1, Some(NOW.plus(BOUND))));
        assert!(waiting[0].state == State::Asked && waiting[0].witness.as_ref().is_some_and(|one| one.id == desk.id));
        let given = clinic.store().confirm_consent(id(), &desk, NOW.plus(MINUTE)).await.unwrap();
        assert_eq!((given.state, given.how, given.asserted), (State::Granted, Some(How::Witness), true));
        assert!(given.witness.is_some_and(|one| one.name == "Name of r001") && given.witness_by.is_none());
        assert_eq!(given.until, Some(NOW.plus(MINUTE).plus(Duration::from_secs(86_400))), "from the yes on");
        let told = clinic.store().newest_messages(10).await.unwrap();
        let heard = |body: &str| body.contains("Name of d002") && body.contains("Name of r001 heard it");
        assert_eq!(told.iter().filter(|one| heard(&one.body)).count(), 1, "the patient is told");
        assert!(clinic.store().to_witness(&desk, NOW.plus(MINUTE)).await.unwrap().is_empty());
        let again = clinic.store().confirm_consent(id(), &desk, NOW.plus(MINUTE)).await;
        assert!(matches!(again, Err(StoreError::BadState)), "once");
    }

    async fn a_witness_is_a_second_member_of_staff(house) {
        let (clinic, desk) = asked(house).await;
        let auditor = clinic.house.person("u001", Role::Auditor).await;
        for nobody in [clinic.other.id, clinic.patient.id, auditor.id, PersonId::from_number(77)] {
            assert!(matches!(calls(&clinic, &clinic.other, nobody).await, Err(StoreError::NotFound)));
        }
        assert!(matches!(calls(&clinic, &clinic.treating, desk.id).await, Err(StoreError::NotFound)), "another doctor's ask");
        let names: Vec<_> = clinic.store().witnesses(&clinic.other).await.unwrap().into_iter().map(|one| one.id).collect();
        assert!(names.contains(&desk.id) && names.contains(&clinic.treating.id));
        assert!(!names.contains(&clinic.other.id) && !names.contains(&auditor.id) && !names.contains(&clinic.patient.id));
        calls(&clinic, &clinic.other, desk.id).await.unwrap();
        for one in [&clinic.other, &clinic.treating, &clinic.patient] {
            let confirmed = clinic.store().confirm_consent(id(), one, NOW).await;
            assert!(matches!(confirmed, Err(StoreError::NotFound)), "nobody confirms for another");
        }
    }

    async fn a_witness_confirms_within_ten_minutes_or_not_at_all(house) {
        let (clinic, desk) = asked(house).await;
        calls(&clinic, &clinic.other, desk.id).await.unwrap();
        let end = NOW.plus(BOUND);
        assert!(clinic.store().to_witness(&desk, end).await.unwrap().is_empty());
        assert!(matches!(clinic.store().confirm_consent(id(), &desk, end).await, Err(StoreError::BadState)));
        let last = Timestamp(end.0 - 1);
        assert_eq!(clinic.store().confirm_consent(id(), &desk, last).await.unwrap().state, State::Granted);
    }

    async fn who_did_not_hear_it_says_so_and_the_ask_waits_on(house) {
        let (clinic, desk) = asked(house).await;
        calls(&clinic, &clinic.other, desk.id).await.unwrap();
        let denied = clinic.store().deny_consent(id(), &desk, NOW).await.unwrap();
        assert!(denied.state == State::Asked && denied.witness.is_none());
        assert!(matches!(clinic.store().confirm_consent(id(), &desk, NOW).await, Err(StoreError::NotFound)));
        calls(&clinic, &clinic.other, clinic.treating.id).await.unwrap();
        assert!(clinic.store().confirm_consent(id(), &clinic.treating, NOW).await.is_ok(), "another one did");
    }

    async fn what_is_answered_or_can_t_be_opened_needs_no_witness(house) {
        let (clinic, desk) = asked(house).await;
        calls(&clinic, &clinic.other, desk.id).await.unwrap();
        patient_only(&clinic.house).await;
        assert!(matches!(calls(&clinic, &clinic.other, desk.id).await, Err(StoreError::NoCustody)));
        assert!(matches!(clinic.store().confirm_consent(id(), &desk, NOW).await, Err(StoreError::NoCustody)));
        clinic.store().refuse_consent(id(), &clinic.patient, NOW).await.unwrap();
        assert!(matches!(calls(&clinic, &clinic.other, desk.id).await, Err(StoreError::BadState)));
        assert!(matches!(clinic.store().confirm_consent(id(), &desk, NOW).await, Err(StoreError::BadState)));
    }

    async fn for_a_child_it_is_the_guardian_who_says_it(house) {
        let (clinic, desk) = asked(house).await;
        sql(&clinic.house, "UPDATE person SET birth_year = 2020 WHERE login = 'p001'").await;
        assert!(matches!(calls(&clinic, &clinic.other, desk.id).await, Err(StoreError::GuardianNeeded)));
        sql(&clinic.house, "UPDATE person SET guardian_name = 'Sunita Gill', guardian_relation = 'mother' WHERE login = 'p001'").await;
        calls(&clinic, &clinic.other, desk.id).await.unwrap();
        let given = clinic.store().confirm_consent(id(), &desk, NOW).await.unwrap();
        assert!(given.guardian.is_some_and(|one| one.name == "Sunita Gill"));
    }

    async fn a_witness_is_told_at_once_and_the_ledger_only_of_the_yes(house) {
        let (clinic, desk) = asked(house).await;
        calls(&clinic, &clinic.other, desk.id).await.unwrap();
        let stands = clinic.store().consent_stands(id(), NOW).await.unwrap();
        assert!(stands.staff.contains(&desk.id));
        let facts = async |consumer| {
            let jobs = clinic.store().claim(consumer, 100, NOW, MINUTE).await.unwrap();
            jobs.iter().filter_map(|job| serde_json::to_string(&job.fact).ok()).collect::<Vec<_>>()
        };
        assert_eq!(facts(Consumer::Notifier).await.iter().filter(|fact| fact.contains("witness_called")).count(), 1);
        assert!(facts(Consumer::Ledger).await.iter().all(|fact| !fact.contains("witness_called")));
    }
}
