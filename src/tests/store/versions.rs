//! Records of every kind as rows: pages, organisations, children and those who speak for them, and accounts that are claimed.

use std::collections::BTreeSet;

use sea_orm::ConnectionTrait as _;
use uuid::Uuid;
use vaidya::store::StoreError;
use vaidya::store::accounts::Person;
use vaidya::store::phone_only::NewPatient;
use vaidya::store::records::{Filter, NewRecord};
use vaidya_clinic::id::{KeyId, OrgId, PersonId, RecordId};
use vaidya_clinic::record::RecordKind;
use vaidya_clinic::role::Role;
use vaidya_clinic::time::Timestamp;

use super::keys::{live, wrap};
use crate::house::{House, NOW, Visit, on_both};

/// A note about a patient.
pub(super) fn note(patient: PersonId, author: KeyId, keys: &[KeyId]) -> NewRecord {
    let id = Uuid::new_v4();
    NewRecord {
        id: RecordId(id),
        kind: RecordKind::Note,
        patient: Some(patient),
        department: None,
        visit: None,
        corrects: None,
        ver: 1,
        author,
        at: NOW,
        cid: format!("block {id}"),
        size: 1_000,
        blocks: Vec::new(),
        salt: [1; 32],
        commitment: [2; 32],
        wraps: keys.iter().map(|key| wrap(*key)).collect(),
        signature: None,
        clinic: None,
    }
}

/// A visit whose people have keys: the doctor's and the patient's.
async fn ward(house: &House) -> (Visit, KeyId, KeyId) {
    let visit = house.visit().await;
    let (doctor, patient) = (live(house, visit.doctor.id).await, live(house, visit.patient.id).await);
    (visit, doctor, patient)
}

fn later(minutes: i64) -> Timestamp {
    Timestamp(NOW.0 + minutes * 60_000)
}

async fn ids(house: &House, person: &Person, filter: Filter) -> (Vec<RecordId>, Option<RecordId>) {
    let list = house.store.records_of(person, filter, NOW).await.unwrap();
    (list.records.into_iter().map(|view| view.id).collect(), list.next)
}

async fn sql(house: &House, text: &str) {
    let db = house.raw().await;
    db.execute_unprepared(text).await.unwrap();
    db.close().await.unwrap();
}

on_both! {
    async fn pages_of_a_list_have_every_record_once_newest_first(house) {
        let (visit, doctor, patient) = ward(&house).await;
        let mut made = Vec::new();
        for number in 0..230 {
            let new = note(visit.patient.id, doctor, &[doctor, patient]);
            // Three at each time: the order goes on within them.
            made.push((number / 3, new.id));
            house.store.seal_record(&visit.doctor, new, later(number / 3)).await.unwrap();
        }
        made.sort_by(|a, b| b.cmp(a));
        for person in [&visit.doctor, &visit.patient] {
            let (mut seen, mut after, mut pages) = (Vec::new(), None, 0);
            loop {
                let (ids, next) = ids(&house, person, Filter { after, ..Filter::default() }).await;
                seen.extend(ids);
                pages += 1;
                after = next;
                if after.is_none() {
                    break;
                }
            }
            let order: Vec<_> = made.iter().map(|(_, id)| *id).collect();
            assert!(seen == order, "all of them, in their order");
            assert_eq!(pages, 3);
        }
        let between = Filter { from: Some(later(10)), to: Some(later(12)), ..Filter::default() };
        assert_eq!(ids(&house, &visit.patient, between).await.0.len(), 6);
        let stranger = house.person("p002", Role::Patient).await;
        let (_, first) = made[0];
        let peeked = house.store.records_of(&stranger, Filter { after: Some(first), ..Filter::default() }, NOW).await;
        assert!(matches!(peeked, Err(StoreError::NotFound)), "nobody pages from what they may not see");
    }

    async fn what_another_organisation_keeps_is_not_found_there(house) {
        let (visit, doctor, patient) = ward(&house).await;
        let new = note(visit.patient.id, doctor, &[doctor, patient]);
        let (id, next) = (new.id, NewRecord { ver: 2, cid: "second".to_owned(), ..new.clone() });
        house.store.seal_record(&visit.doctor, new, NOW).await.unwrap();
        let elsewhere = Person { org: OrgId(Uuid::new_v4()), ..visit.doctor.clone() };
        assert!(ids(&house, &elsewhere, Filter::default()).await.0.is_empty());
        assert!(matches!(house.store.record_for(id, None, &elsewhere, NOW).await, Err(StoreError::NotFound)));
        assert!(matches!(house.store.block_for(id, "second", &elsewhere, NOW).await, Err(StoreError::NotFound)));
        assert!(matches!(house.store.seal_record(&elsewhere, next, NOW).await, Err(StoreError::NotFound)));
        let theirs = Person { org: OrgId(Uuid::new_v4()), ..visit.patient.clone() };
        assert_eq!(ids(&house, &theirs, Filter::default()).await.0, [id], "a patient's own is theirs everywhere");
    }

    async fn a_doctor_out_of_force_adds_nothing_and_reads_what_they_wrote(house) {
        let (visit, doctor, patient) = ward(&house).await;
        let new = note(visit.patient.id, doctor, &[doctor, patient]);
        let id = new.id;
        house.store.seal_record(&visit.doctor, new, NOW).await.unwrap();
        sql(&house, "UPDATE credential SET state = 'suspended'").await;
        let late = house.store.seal_record(&visit.doctor, note(visit.patient.id, doctor, &[doctor, patient]), NOW).await;
        assert!(matches!(late, Err(StoreError::NotActive)));
        assert!(house.store.record_for(id, None, &visit.doctor, NOW).await.is_ok());
    }

    async fn a_restricted_record_is_hidden_from_doctors_and_an_erased_one_from_all(house) {
        let (visit, doctor, patient) = ward(&house).await;
        let new = note(visit.patient.id, doctor, &[doctor, patient]);
        let id = new.id;
        house.store.seal_record(&visit.doctor, new, NOW).await.unwrap();
        sql(&house, "UPDATE record SET restricted_at = 1").await;
        assert!(matches!(house.store.record_for(id, None, &visit.doctor, NOW).await, Err(StoreError::NotFound)));
        assert!(ids(&house, &visit.doctor, Filter::default()).await.0.is_empty());
        assert!(house.store.records_of(&visit.patient, Filter::default(), NOW).await.unwrap().records[0].restricted);
        sql(&house, "UPDATE record SET erased_at = 1").await;
        assert!(matches!(house.store.record_for(id, None, &visit.patient, NOW).await, Err(StoreError::NotFound)));
        assert!(ids(&house, &visit.patient, Filter::default()).await.0.is_empty());
    }

    async fn who_speaks_for_a_child_has_what_is_sealed_about_it_until_it_is_of_age(house) {
        let (visit, doctor, patient) = ward(&house).await;
        let mother = house.person("p002", Role::Patient).await;
        let mothers = live(&house, mother.id).await;
        sql(&house, "UPDATE person SET birth_year = 2015 WHERE login = 'p001'").await;
        sql(
            &house,
            "INSERT INTO guardian (patient_id, guardian_id, made_by, made_at) SELECT p.id, g.id, g.id, 1 FROM person p, person g \
             WHERE p.login = 'p001' AND g.login = 'p002'",
        )
        .await;
        let without = house.store.seal_record(&visit.doctor, note(visit.patient.id, doctor, &[doctor, patient]), NOW).await;
        assert!(matches!(without, Err(StoreError::KeysChanged)), "sealed to the mother as well");
        let new = note(visit.patient.id, doctor, &[doctor, patient, mothers]);
        let id = new.id;
        house.store.seal_record(&visit.doctor, new, NOW).await.unwrap();
        let opened = house.store.record_for(id, None, &mother, NOW).await.unwrap();
        assert_eq!(opened.wraps, [wrap(mothers)]);
        assert_eq!(ids(&house, &mother, Filter::default()).await.0, [id]);
        let keys = house.store.recipients(&mother, visit.patient.id, None, NOW).await.unwrap();
        assert_eq!(keys.ids(), BTreeSet::from([patient, mothers]));
        let brought = || note(visit.patient.id, mothers, &[patient, mothers]);
        let without = house.store.seal_record(&mother, brought(), NOW).await;
        assert!(matches!(without, Err(StoreError::ConsentNeeded)), "nobody consented that it is kept");
        house.lets_keep(&mother, visit.patient.id).await;
        house.store.seal_record(&mother, brought(), NOW).await.unwrap();
        sql(&house, "UPDATE person SET birth_year = 1990 WHERE login = 'p001'").await;
        assert!(matches!(house.store.record_for(id, None, &mother, NOW).await, Err(StoreError::NotFound)));
        assert!(ids(&house, &mother, Filter::default()).await.0.is_empty());
        let own = house.store.recipients(&visit.patient, visit.patient.id, None, NOW).await.unwrap();
        assert_eq!(own.ids(), BTreeSet::from([patient]), "nobody speaks for who is of age");
    }

    async fn an_account_that_is_claimed_has_the_records_too(house) {
        let doctor = house.person("d001", Role::Doctor).await;
        let by_phone = NewPatient {
            org: OrgId::HOME,
            name: "Asha".to_owned(),
            phone: "+919876543210".to_owned(),
            language: "en".to_owned(),
        };
        let patient = house.store.patient_by_phone(by_phone, NOW).await.unwrap();
        house.visit_of(patient.clone(), doctor.clone()).await;
        let (doctors, patients) = (live(&house, doctor.id).await, live(&house, patient.id).await);
        let new = note(patient.id, doctors, &[doctors, patients]);
        let id = new.id;
        house.store.seal_record(&doctor, new, NOW).await.unwrap();
        let account = house.person("p001", Role::Patient).await;
        house.store.adopt(patient.id, account.id, NOW).await.unwrap();
        assert_eq!(ids(&house, &account, Filter::default()).await.0, [id]);
    }
}
