//! Records as rows: one transcript a visit however many seal it, its wraps and its fact with it, for two people.

use futures_util::future::join_all;
use uuid::Uuid;
use vaidya::store::StoreError;
use vaidya::store::records::{Filter, NewRecord};
use vaidya_clinic::event::{Consumer, RoomEvent};
use vaidya_clinic::id::{KeyId, RecordId, VisitId};
use vaidya_clinic::record::RecordKind;
use vaidya_clinic::role::Role;
use vaidya_clinic::visit::{Change, EndedWhy};
use vaidya_clinic::wire::Body;

use super::keys::{live, wrap};
use crate::house::{House, NOW, Visit, on_both, said};

/// An ended visit in which something was said, with a live key of each.
struct Ended {
    visit: Visit,
    doctor: KeyId,
    patient: KeyId,
}

async fn ended(house: &House) -> Ended {
    let visit = house.visit().await;
    let (doctor, patient) = (live(house, visit.doctor.id).await, live(house, visit.patient.id).await);
    house.store.first_wraps(visit.id, visit.doctor.id, vec![wrap(doctor), wrap(patient)], NOW).await.unwrap();
    house
        .store
        .keep(visit.id, vec![said(visit.doctor_seat.id, 1), Change::Ended(EndedWhy::Doctor)], NOW)
        .await
        .unwrap();
    Ended { visit, doctor, patient }
}

fn record(visit: VisitId, author: KeyId, keys: &[KeyId], number: u8) -> NewRecord {
    NewRecord {
        id: RecordId(Uuid::new_v4()),
        kind: RecordKind::Transcript,
        patient: None,
        department: None,
        visit: Some(visit),
        corrects: None,
        ver: 1,
        author,
        at: NOW,
        cid: format!("block {number}"),
        size: 1_000,
        blocks: Vec::new(),
        salt: [number; 32],
        commitment: [number; 32],
        wraps: keys.iter().map(|key| wrap(*key)).collect(),
        signature: None,
        clinic: None,
    }
}

on_both! {
    async fn of_twenty_who_seal_a_visit_one_does_and_its_fact_is_told_once(house) {
        let Ended { visit, doctor, patient } = ended(&house).await;
        let tries = (0..20).map(|number| {
            let (person, author) = if number % 2 == 0 { (&visit.doctor, doctor) } else { (&visit.patient, patient) };
            house.store.seal_record(person, record(visit.id, author, &[doctor, patient], number), NOW)
        });
        let sealed: Vec<_> = join_all(tries).await.into_iter().map(Result::unwrap).collect();
        let winner = sealed.iter().position(|one| one.new).unwrap();
        assert_eq!(sealed.iter().filter(|one| one.new).count(), 1);
        assert!(sealed.iter().all(|one| one.view == sealed[winner].view));
        assert_eq!(sealed[winner].view.cid, format!("block {winner}"));
        assert_eq!(house.number("SELECT count(*) AS n FROM record_wrap").await, 2);
        let lease = std::time::Duration::from_secs(60);
        let facts = house.store.claim(Consumer::Ledger, 100, NOW, lease).await.unwrap();
        let told: Vec<_> = facts.into_iter().filter_map(|job| job.fact?.room()).filter(|fact| fact.kind() == "record_sealed").collect();
        let commitment = Body(vec![u8::try_from(winner).unwrap(); 32]);
        assert_eq!(told, [RoomEvent::RecordSealed { record: sealed[winner].view.id, ver: 1, commitment }]);
    }

    async fn a_record_is_refused_before_the_end_and_with_keys_that_are_not_the_live_ones(house) {
        let visit = house.visit().await;
        let (doctor, patient) = (live(&house, visit.doctor.id).await, live(&house, visit.patient.id).await);
        let new = || record(visit.id, doctor, &[doctor, patient], 1);
        let early = house.store.seal_record(&visit.doctor, new(), NOW).await;
        assert!(matches!(early, Err(StoreError::BadState)));
        house.store.keep(visit.id, vec![Change::Ended(EndedWhy::Doctor)], NOW).await.unwrap();
        let as_another = house.store.seal_record(&visit.patient, new(), NOW).await;
        assert!(matches!(as_another, Err(StoreError::KeysChanged)), "the header names a key of the doctor");
        let stranger = house.person("p002", Role::Patient).await;
        assert!(matches!(house.store.seal_record(&stranger, new(), NOW).await, Err(StoreError::NotFound)));
        house.store.revoke_key(visit.doctor.id, doctor, NOW).await.unwrap();
        let own = |keys: &[KeyId]| record(visit.id, patient, keys, 1);
        let revoked = house.store.seal_record(&visit.patient, own(&[doctor, patient]), NOW).await;
        assert!(matches!(revoked, Err(StoreError::KeysChanged)));
        assert_eq!(house.number("SELECT count(*) AS n FROM record").await, 0);
        assert!(house.store.seal_record(&visit.patient, own(&[patient]), NOW).await.unwrap().new);
    }

    async fn a_record_that_only_its_doctor_could_open_is_not_kept(house) {
        let Ended { visit, doctor, patient } = ended(&house).await;
        house.store.revoke_key(visit.patient.id, patient, NOW).await.unwrap();
        let alone = house.store.seal_record(&visit.doctor, record(visit.id, doctor, &[doctor], 1), NOW).await;
        assert!(matches!(alone, Err(StoreError::NoReader)));
        assert_eq!(house.number("SELECT count(*) AS n FROM record").await, 0);
    }

    async fn a_record_is_there_for_its_two_people_alone(house) {
        let Ended { visit, doctor, patient } = ended(&house).await;
        let waiting = house.store.records_of(&visit.patient, Filter::default(), NOW).await.unwrap();
        assert!(waiting.records.is_empty() && waiting.unsealed == [visit.id]);
        let new = record(visit.id, doctor, &[doctor, patient], 1);
        assert!(house.store.may_seal(&visit.doctor, new.clone(), NOW).await.unwrap().is_none());
        let sealed = house.store.seal_record(&visit.doctor, new.clone(), NOW).await.unwrap().view;
        assert!(house.store.may_seal(&visit.doctor, new, NOW).await.unwrap().is_some_and(|found| found == sealed));
        for (person, key) in [(&visit.doctor, doctor), (&visit.patient, patient)] {
            let list = house.store.records_of(person, Filter::default(), NOW).await.unwrap();
            assert!(list.records == [sealed.clone()] && list.unsealed.is_empty());
            let opened = house.store.record_for(sealed.id, None, person, NOW).await.unwrap();
            assert_eq!((opened.cid.as_str(), opened.wraps), ("block 1", vec![wrap(key)]));
        }
        let stranger = house.person("p002", Role::Patient).await;
        assert!(matches!(house.store.record_for(sealed.id, None, &stranger, NOW).await, Err(StoreError::NotFound)));
        assert!(house.store.records_of(&stranger, Filter::default(), NOW).await.unwrap().records.is_empty());
    }

    async fn a_visit_without_a_word_or_without_a_wrap_does_not_wait_for_a_record(house) {
        let visit = house.visit().await;
        live(&house, visit.doctor.id).await;
        house.store.keep(visit.id, vec![said(visit.doctor_seat.id, 1), Change::Ended(EndedWhy::Doctor)], NOW).await.unwrap();
        assert!(house.store.records_of(&visit.doctor, Filter::default(), NOW).await.unwrap().unsealed.is_empty(), "no wrap");
        let quiet = house.visit_of(visit.patient.clone(), visit.doctor.clone()).await;
        let keys = house.store.visit_keys(quiet.id).await.unwrap().ids();
        let wraps = keys.into_iter().map(wrap).collect();
        house.store.first_wraps(quiet.id, quiet.doctor.id, wraps, NOW).await.unwrap();
        house.store.keep(quiet.id, vec![Change::Ended(EndedWhy::Doctor)], NOW).await.unwrap();
        assert!(house.store.records_of(&visit.doctor, Filter::default(), NOW).await.unwrap().unsealed.is_empty(), "no message");
    }
}
