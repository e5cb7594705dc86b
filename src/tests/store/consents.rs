//! Consents as they are given and end: signed, out of time, passed on, for a child, in an emergency.

use std::time::Duration;
use vaidya::store::StoreError;
use vaidya::store::accounts::Person;
use vaidya::store::consents::{Approved, Given, Review, Whole};
use vaidya::store::records::Filter;
use vaidya::store::wraps::Wrap;
use vaidya_clinic::consent::{State, Subject, TEXT, Verdict};
use vaidya_clinic::event::Consumer;
use vaidya_clinic::id::{ConsentId, OrgId};
use vaidya_clinic::organisation::Language;
use vaidya_clinic::record::RecordKind;
use vaidya_clinic::role::Role;
use vaidya_clinic::time::Timestamp;

use super::consenting::{Clinic, DAY, MINUTE, Pair, breaking, granted, otp, patient_only, sql};
use crate::house::{House, NOW, on_both};

on_both! {
    async fn what_a_patient_shares_opens_for_that_doctor_until_it_is_taken_back(house) {
        let clinic = Clinic::new(house).await;
        let patient = Pair::of(&clinic.house, clinic.patient.id, 1).await;
        let treating = Pair::of(&clinic.house, clinic.treating.id, 2).await;
        let other = Pair::of(&clinic.house, clinic.other.id, 4).await;
        let keys = [treating.id, patient.id];
        let lab = clinic.record(RecordKind::Lab, None, keys).await;
        let note = clinic.record(RecordKind::Note, None, keys).await;
        assert!(matches!(clinic.reads(lab, NOW).await, Err(StoreError::NotFound)));
        clinic.asks(1, &[RecordKind::Lab]).await;
        let whole = Whole { key: Some(patient.id) };
        let asked = clinic.store().consent(ConsentId::from_number(1), &clinic.patient, whole, NOW).await.unwrap();
        assert!(asked.wraps == [(lab, 1, vec![7; 256])] && asked.keys.len() == 1, "what it covers and for whom, no more");
        let as_doctor = clinic.store().consent(ConsentId::from_number(1), &clinic.other, Whole::default(), NOW).await.unwrap();
        assert!(as_doctor.wraps.is_empty() && as_doctor.keys.is_empty());
        let more = clinic.approves(1, &patient, vec![granted(note, other.id)]).await;
        assert!(matches!(more, Err(StoreError::NotFound)), "not more than was asked for");
        let wrong = clinic.approves(1, &patient, vec![granted(lab, treating.id)]).await;
        assert!(matches!(wrong, Err(StoreError::KeysChanged)), "not for another doctor's key");
        let view = clinic.approves(1, &patient, vec![granted(lab, other.id)]).await.unwrap();
        assert!(view.state == State::Granted && !view.asserted);
        assert!(clinic.reads(lab, NOW).await.unwrap() == [Wrap { key: other.id, ek: vec![8; 256] }]);
        assert!(matches!(clinic.reads(note, NOW).await, Err(StoreError::NotFound)));
        let list = clinic.store().records_of(&clinic.other, Filter::default(), NOW).await.unwrap().records;
        assert_eq!(list.iter().map(|one| one.id).collect::<Vec<_>>(), [lab]);
        let again = clinic.approves(1, &patient, Vec::new()).await;
        assert!(matches!(again, Err(StoreError::BadState)), "answered");
        clinic.store().revoke_consent(ConsentId::from_number(1), &clinic.patient, NOW).await.unwrap();
        assert!(matches!(clinic.reads(lab, NOW).await, Err(StoreError::NotFound)));
        assert!(clinic.store().records_of(&clinic.other, Filter::default(), NOW).await.unwrap().records.is_empty());
        assert_eq!(clinic.house.number("SELECT count(*) AS n FROM grant_wrap").await, 0);
    }

    async fn a_yes_is_signed_over_what_was_asked_by_a_live_key_of_the_patient(house) {
        let clinic = Clinic::new(house).await;
        let patient = Pair::of(&clinic.house, clinic.patient.id, 1).await;
        clinic.asks(1, &[RecordKind::Lab]).await;
        let (id, day) = (ConsentId::from_number(1), Duration::from_secs(86_400));
        let refused = async |approved| clinic.store().approve_consent(id, &clinic.patient, approved, NOW).await.err().unwrap();
        let good = patient.approved(&clinic, 1, NOW.plus(day), Vec::new()).await;
        let flipped = Approved { signature: { let mut bad = good.signature; bad[0] ^= 1; bad }, ..good.clone() };
        assert!(matches!(refused(flipped).await, StoreError::BadSignature));
        let longer = Approved { until: NOW.plus(day + MINUTE), ..good.clone() };
        assert!(matches!(refused(longer).await, StoreError::BadSignature), "signed for another end");
        let too_long = patient.approved(&clinic, 1, NOW.plus(2 * day), Vec::new()).await;
        assert!(matches!(refused(too_long).await, StoreError::BadSignature), "longer than was asked for");
        let elses = Pair::of(&clinic.house, clinic.other.id, 6).await.approved(&clinic, 1, NOW.plus(day), Vec::new()).await;
        assert!(matches!(refused(elses).await, StoreError::KeysChanged), "a key of somebody else");
        let by_doctor = clinic.store().approve_consent(id, &clinic.other, good.clone(), NOW).await;
        assert!(matches!(by_doctor, Err(StoreError::NotFound)));
        let late = clinic.store().approve_consent(id, &clinic.patient, good.clone(), NOW.plus(day)).await;
        assert!(matches!(late, Err(StoreError::BadState)), "nobody answered for a day");
        clinic.store().revoke_key(clinic.patient.id, patient.id, NOW).await.unwrap();
        assert!(matches!(refused(good).await, StoreError::KeysChanged), "a revoked key");
    }

    async fn time_ends_a_grant_at_once_and_the_keeper_removes_what_it_opened(house) {
        let clinic = Clinic::new(house).await;
        let patient = Pair::of(&clinic.house, clinic.patient.id, 1).await;
        let treating = Pair::of(&clinic.house, clinic.treating.id, 2).await;
        let other = Pair::of(&clinic.house, clinic.other.id, 4).await;
        let lab = clinic.record(RecordKind::Lab, Some("Cardiology"), [treating.id, patient.id]).await;
        clinic.asks(1, &[RecordKind::Lab]).await;
        clinic.asks(2, &[RecordKind::Lab]).await;
        clinic.approves(1, &patient, vec![granted(lab, other.id)]).await.unwrap();
        let end = NOW.plus(Duration::from_secs(86_400));
        assert!(clinic.reads(lab, Timestamp(end.0 - 1)).await.is_ok());
        assert!(matches!(clinic.reads(lab, end).await, Err(StoreError::NotFound)), "also before anybody wrote it down");
        let late = clinic.store().keep_grant(ConsentId::from_number(1), Vec::new(), end).await;
        assert!(matches!(late, Err(StoreError::BadState)));
        let over = clinic.store().consents_over(10, end).await.unwrap();
        assert_eq!(over.len(), 2, "the grant, and the ask that nobody answered");
        for one in over {
            assert!(clinic.store().end_consent(one.id, end).await.unwrap());
            assert!(!clinic.store().end_consent(one.id, end).await.unwrap(), "once");
        }
        assert_eq!(clinic.house.number("SELECT count(*) AS n FROM grant_wrap").await, 0);
        assert_eq!(clinic.house.number("SELECT count(*) AS n FROM consent WHERE state IN ('expired', 'lapsed') AND code_hash IS NULL").await, 2);
    }

    async fn what_was_passed_on_goes_with_what_it_came_from(house) {
        let clinic = Clinic::new(house).await;
        let patient = Pair::of(&clinic.house, clinic.patient.id, 1).await;
        clinic.asks(1, &[RecordKind::Lab]).await;
        let new = || (ConsentId::from_number(2), clinic.treating.id);
        let early = clinic.store().delegate_consent(&clinic.other, ConsentId::from_number(1), new(), otp("1"), NOW).await;
        assert!(matches!(early, Err(StoreError::BadState)), "not granted yet");
        clinic.approves(1, &patient, Vec::new()).await.unwrap();
        let asked = clinic.store().delegate_consent(&clinic.other, ConsentId::from_number(1), new(), otp("1"), NOW.plus(60 * MINUTE)).await.unwrap();
        assert_eq!((asked.state, asked.minutes, asked.delegated_from), (State::Asked, Some(DAY - 60), Some(ConsentId::from_number(1))));
        let until = NOW.plus(Duration::from_secs(3_600));
        let approved = patient.approved(&clinic, 2, until, Vec::new()).await;
        clinic.store().approve_consent(ConsentId::from_number(2), &clinic.patient, approved, NOW).await.unwrap();
        clinic.store().revoke_consent(ConsentId::from_number(1), &clinic.patient, NOW).await.unwrap();
        assert_eq!(clinic.house.number("SELECT count(*) AS n FROM consent WHERE state = 'revoked'").await, 2);
    }

    async fn a_doctor_without_a_key_is_granted_where_the_clinic_can_wrap_later(house) {
        let clinic = Clinic::new(house).await;
        let patient = Pair::of(&clinic.house, clinic.patient.id, 1).await;
        clinic.asks(1, &[RecordKind::Lab]).await;
        clinic.asks(2, &[RecordKind::Lab]).await;
        assert_eq!(clinic.approves(1, &patient, Vec::new()).await.unwrap().state, State::Granted);
        patient_only(&clinic.house).await;
        assert!(matches!(clinic.approves(2, &patient, Vec::new()).await, Err(StoreError::NoKey)));
    }

    async fn a_child_does_not_consent_alone(house) {
        let clinic = Clinic::new(house).await;
        let patient = Pair::of(&clinic.house, clinic.patient.id, 1).await;
        let child = "UPDATE person SET birth_year = 2020, guardian_name = 'Sunita Gill', guardian_relation = 'mother' WHERE login = 'p001'";
        sql(&clinic.house, child).await;
        clinic.asks(1, &[RecordKind::Lab]).await;
        assert!(matches!(clinic.approves(1, &patient, Vec::new()).await, Err(StoreError::GuardianNeeded)));
        let day = NOW.plus(Duration::from_secs(86_400));
        let approved = Approved { guardian: true, ..patient.approved(&clinic, 1, day, Vec::new()).await };
        let view = clinic.store().approve_consent(ConsentId::from_number(1), &clinic.patient, approved, NOW).await.unwrap();
        assert!(view.guardian.is_some_and(|one| (one.name.as_str(), one.relation.as_str()) == ("Sunita Gill", "mother")));
    }

    async fn what_stands_is_given_once_and_taken_back(house) {
        let clinic = Clinic::new(house).await;
        let give = async |id, subject| {
            let id = ConsentId::from_number(id);
            let given = Given { id, patient: None, subject, text: TEXT, language: Language::En, signed: None, guardian: false };
            clinic.store().give_consent(&clinic.patient, given, NOW).await.unwrap()
        };
        let (first, new) = give(1, Subject::Store).await;
        assert!(new && first.state == State::Granted && first.until.is_none());
        let (same, new) = give(2, Subject::Store).await;
        assert!(!new && same.id == first.id);
        assert!(give(3, Subject::Research).await.1, "another thing is another consent");
        let much_later = NOW.plus(Duration::from_secs(10 * 365 * 86_400));
        assert!(clinic.store().consents_over(10, much_later).await.unwrap().is_empty());
        clinic.store().revoke_consent(first.id, &clinic.patient, much_later).await.unwrap();
        assert!(give(4, Subject::Store).await.1);
    }

    async fn glass_breaks_for_four_hours_tells_the_patient_and_is_reviewed_by_another(house) {
        let clinic = Clinic::new(house).await;
        let auditor = clinic.house.person("u001", Role::Auditor).await;
        let (view, new) = clinic.store().break_glass(&clinic.other, breaking(1, clinic.patient.id), NOW).await.unwrap();
        let end = NOW.plus(Duration::from_secs(4 * 3_600));
        assert!(new && view.break_glass && view.until == Some(end) && view.kinds == RecordKind::ALL);
        assert!(!clinic.store().break_glass(&clinic.other, breaking(2, clinic.patient.id), NOW).await.unwrap().1, "open already");
        let message = clinic.store().newest_messages(10).await.unwrap().remove(0);
        assert!(message.body.contains("Name of d002") && message.body.contains("emergency"));
        let by_day_three = NOW.plus(Duration::from_secs(72 * 3_600));
        assert!(!clinic.store().reviews(OrgId::HOME, Timestamp(by_day_three.0 - 1)).await.unwrap()[0].overdue);
        assert!(clinic.store().reviews(OrgId::HOME, by_day_three).await.unwrap()[0].overdue);
        let found = || Review { verdict: Verdict::Justified, note: "The ward confirms it".to_owned() };
        let own = Person { id: clinic.other.id, ..auditor.clone() };
        assert!(matches!(clinic.store().review(view.id, &own, found(), NOW).await, Err(StoreError::TwoPeople)));
        let done = clinic.store().review(view.id, &auditor, found(), NOW).await.unwrap();
        assert!(done.verdict == Some(Verdict::Justified) && done.reviewed_at == Some(NOW));
        assert!(matches!(clinic.store().review(view.id, &auditor, found(), NOW).await, Err(StoreError::BadState)));
        assert!(!clinic.store().reviews(OrgId::HOME, by_day_three).await.unwrap()[0].overdue);
        assert!(clinic.store().break_glass(&clinic.other, breaking(3, clinic.patient.id), end).await.unwrap().1, "and anew");
        patient_only(&clinic.house).await;
        let refused = clinic.store().break_glass(&clinic.treating, breaking(4, clinic.patient.id), NOW).await;
        assert!(matches!(refused, Err(StoreError::NoCustody)));
    }

    async fn everyone_a_consent_concerns_is_told_and_the_ledger_learns_no_name(house) {
        let clinic = Clinic::new(house).await;
        clinic.asks(1, &[RecordKind::Lab]).await;
        clinic.redeems(1, "042917", NOW).await.unwrap();
        let stands = clinic.store().consent_stands(ConsentId::from_number(1), NOW).await.unwrap();
        assert!(stands.state == State::Granted && stands.side == [clinic.patient.id] && stands.staff == [clinic.other.id].into());
        let facts = clinic.store().claim(Consumer::Ledger, 100, NOW, MINUTE).await.unwrap();
        let told = facts.iter().filter_map(|job| serde_json::to_string(&job.fact).ok()).filter(|fact| fact.contains("consent_changed"));
        let told: Vec<_> = told.collect();
        assert_eq!(told.len(), 2);
        assert!(told.iter().all(|fact| !fact.contains(&clinic.patient.id.0.to_string())));
    }
}
