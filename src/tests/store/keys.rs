//! Keys and wraps under races: one first key, one transcript key, approvals whole or not at all.

use futures_util::future::join_all;
use uuid::Uuid;
use vaidya::store::StoreError;
use vaidya::store::keys::{Approval, Backup, NewKey, PersonKey};
use vaidya::store::passwords::{Change, Credentials, Kdf};
use vaidya::store::wraps::{Rewraps, Wrap};
use vaidya_clinic::id::{KeyId, PersonId, VisitId};
use vaidya_clinic::keyring::{BackupKind, KeyStatus, MOST_KEYS};
use vaidya_clinic::role::Role;

use crate::house::{House, NOW, on_both, secret, session_of};

pub(crate) fn key(person: PersonId) -> NewKey {
    let key = PersonKey {
        id: KeyId(Uuid::new_v4()),
        person,
        rsa: vec![1; 294],
        ed: [2; 32],
        sig: [3; 64],
        device: "a telephone".to_owned(),
        made_at: NOW,
        possession: None,
        status: KeyStatus::Pending,
    };
    NewKey { key, backups: vec![backup(1)], start_over: false, first: false }
}

fn backup(noise: u8) -> Backup {
    Backup { kind: BackupKind::Password, iv: [noise; 12], ct: vec![noise; 100] }
}

pub(super) async fn live(house: &House, person: PersonId) -> KeyId {
    let made = house.store.add_key(NewKey { start_over: true, ..key(person) }, NOW).await.unwrap();
    assert_eq!(made.status, KeyStatus::Live);
    made.id
}

pub(crate) fn wrap(key: KeyId) -> Wrap {
    Wrap { key, ek: vec![7; 256] }
}

fn passed_on(visits: &[VisitId]) -> Rewraps {
    Rewraps { visits: visits.iter().map(|visit| (*visit, vec![8; 256])).collect(), records: Vec::new() }
}

fn credentials(number: u8) -> Credentials {
    Credentials { kdf: Kdf { salt: [number; 16], iterations: 600_000 }, hash: format!("hash {number}") }
}

on_both! {
    async fn of_twenty_first_keys_one_is_live_and_no_more_than_ten_stay(house) {
        let person = house.person("p001", Role::Patient).await.id;
        let tries = join_all((0..20).map(|_| house.store.add_key(key(person), NOW))).await;
        let made: Vec<_> = tries.iter().filter_map(|one| one.as_ref().ok()).collect();
        assert_eq!(made.iter().filter(|key| key.status == KeyStatus::Live).count(), 1);
        assert_eq!(made.len(), MOST_KEYS);
        assert!(tries.iter().all(|one| matches!(one, Ok(_) | Err(StoreError::TooMany))));
        assert_eq!(house.store.backups_of(person).await.unwrap().len(), MOST_KEYS);
    }

    async fn of_twenty_who_want_to_be_the_first_one_is(house) {
        let person = house.person("p001", Role::Patient).await.id;
        let first = || NewKey { first: true, ..key(person) };
        let tries = join_all((0..20).map(|_| house.store.add_key(first(), NOW))).await;
        assert_eq!(tries.iter().filter(|one| one.is_ok()).count(), 1);
        assert!(tries.iter().all(|one| matches!(one, Ok(_) | Err(StoreError::Taken))));
    }

    async fn of_twenty_first_wraps_one_wins_whole(house) {
        let visit = house.visit().await;
        let (doctor, patient) = (live(&house, visit.doctor.id).await, live(&house, visit.patient.id).await);
        let tries = (0..20).map(|number| {
            let ek = vec![number; 256];
            let wraps = vec![Wrap { key: doctor, ek: ek.clone() }, Wrap { key: patient, ek }];
            house.store.first_wraps(visit.id, visit.doctor.id, wraps, NOW)
        });
        let tries = join_all(tries).await;
        let winners: Vec<_> = tries.iter().enumerate().filter(|(_, one)| one.is_ok()).map(|(number, _)| number).collect();
        assert_eq!(winners.len(), 1);
        assert!(tries.iter().all(|one| matches!(one, Ok(()) | Err(StoreError::Taken))));
        for (person, key) in [(visit.doctor.id, doctor), (visit.patient.id, patient)] {
            let held = house.store.visit_wraps(visit.id, person).await.unwrap();
            let ek = vec![u8::try_from(winners[0]).unwrap(); 256];
            assert_eq!(held, [Wrap { key, ek }], "both are the winner's");
        }
    }

    async fn a_key_that_becomes_live_while_the_transcript_key_is_wrapped_is_not_forgotten(house) {
        let visit = house.visit().await;
        let (doctor, patient) = (live(&house, visit.doctor.id).await, live(&house, visit.patient.id).await);
        for _ in 0..5 {
            house.number("SELECT count(*) AS n FROM visit_wrap").await;
            let wraps = vec![wrap(doctor), wrap(patient)];
            let wrapped = house.store.first_wraps(visit.id, visit.doctor.id, wraps, NOW);
            let added = house.store.add_key(NewKey { start_over: true, ..key(visit.patient.id) }, NOW);
            let (wrapped, added) = futures_util::future::join(wrapped, added).await;
            let added = added.unwrap().id;
            match wrapped {
                // Wrapped first: whoever has the transcript key adds the new key's wrap.
                Ok(()) => house.store.add_wraps(visit.id, visit.patient.id, vec![wrap(added)], NOW).await.unwrap(),
                Err(error) => assert!(matches!(error, StoreError::KeysChanged), "{error}"),
            }
            let held = house.store.visit_wraps(visit.id, visit.patient.id).await.unwrap();
            assert!(held.is_empty() || held.iter().any(|wrap| wrap.key == added));
            if held.is_empty() {
                house.store.revoke_key(visit.patient.id, added, NOW).await.unwrap();
            } else {
                break;
            }
        }
    }

    async fn wraps_are_added_for_live_keys_of_both_and_never_replaced(house) {
        let visit = house.visit().await;
        let doctor = live(&house, visit.doctor.id).await;
        house.store.first_wraps(visit.id, visit.doctor.id, vec![wrap(doctor)], NOW).await.unwrap();
        let patient = live(&house, visit.patient.id).await;
        let early = house.store.add_wraps(visit.id, visit.patient.id, vec![wrap(patient)], NOW).await;
        assert!(matches!(early, Err(StoreError::BadState)), "who has no wrap has nothing to add");
        let other = Wrap { key: doctor, ek: vec![9; 256] };
        house.store.add_wraps(visit.id, visit.doctor.id, vec![other, wrap(patient)], NOW).await.unwrap();
        assert_eq!(house.store.visit_wraps(visit.id, visit.doctor.id).await.unwrap(), [wrap(doctor)]);
        let stranger = house.person("p002", Role::Patient).await.id;
        let strange = live(&house, stranger).await;
        let for_stranger = house.store.add_wraps(visit.id, visit.doctor.id, vec![wrap(strange)], NOW).await;
        assert!(matches!(for_stranger, Err(StoreError::KeysChanged)));
        let by_stranger = house.store.add_wraps(visit.id, stranger, vec![wrap(strange)], NOW).await;
        assert!(matches!(by_stranger, Err(StoreError::NotFound)));
        assert_eq!(house.number("SELECT count(*) AS n FROM visit_wrap").await, 2);
    }

    async fn an_approval_keeps_every_wrap_or_none(house) {
        let visit = house.visit().await;
        let (doctor, patient) = (live(&house, visit.doctor.id).await, live(&house, visit.patient.id).await);
        house.store.first_wraps(visit.id, visit.doctor.id, vec![wrap(doctor), wrap(patient)], NOW).await.unwrap();
        let second = house.store.add_key(key(visit.patient.id), NOW).await.unwrap().id;
        let approval = |wraps| Approval { key: second, by: patient, sig: [5; 64], wraps };
        let nowhere = passed_on(&[visit.id, VisitId(Uuid::new_v4())]);
        let refused = house.store.approve_key(visit.patient.id, approval(nowhere), NOW).await;
        assert!(matches!(refused, Err(StoreError::NotFound)));
        assert!(house.store.wraps_of_key(visit.patient.id, second).await.unwrap() == Rewraps::default());
        let by_another = house.store.approve_key(visit.doctor.id, approval(passed_on(&[])), NOW).await;
        assert!(matches!(by_another, Err(StoreError::NotFound)));
        house.store.approve_key(visit.patient.id, approval(passed_on(&[])), NOW).await.unwrap();
        let live = house.store.approve_key(visit.patient.id, approval(passed_on(&[visit.id])), NOW).await.unwrap();
        assert_eq!(live.status, KeyStatus::Live);
        assert_eq!(house.store.wraps_of_key(visit.patient.id, second).await.unwrap(), passed_on(&[visit.id]));
        house.store.revoke_key(visit.patient.id, second, NOW).await.unwrap();
        let revoked = house.store.wraps_of_key(visit.patient.id, second).await;
        assert!(matches!(revoked, Err(StoreError::NotFound)));
    }

    async fn of_two_who_change_a_password_at_once_one_does(house) {
        let who = house.person("p001", Role::Patient).await;
        let person = who.id;
        let key = live(&house, person).await;
        let kept = house.store.open_session(session_of(&who, secret(1), "here"), NOW).await.is_ok();
        house.store.open_session(session_of(&who, secret(2), "elsewhere"), NOW).await.unwrap();
        assert!(kept);
        let old_hash = house.store.account("p001").await.unwrap().unwrap().password_hash;
        let change = |number| {
            let change = Change {
                person,
                old_hash: old_hash.clone(),
                new: credentials(number),
                backups: vec![(key, backup(number))],
                session: Some(secret(1)),
            };
            house.store.change_password(change, NOW)
        };
        let tries = join_all((1..=8).map(change)).await;
        assert_eq!(tries.iter().filter(|one| one.is_ok()).count(), 1);
        let winner = tries.iter().position(Result::is_ok).unwrap();
        assert!(tries[winner].as_ref().unwrap() == &[secret(2)], "the other session ended");
        let number = u8::try_from(winner + 1).unwrap();
        let account = house.store.account("p001").await.unwrap().unwrap();
        assert_eq!(account.password_hash, format!("hash {number}"));
        assert!(account.kdf == Some(credentials(number).kdf));
        let backups = house.store.backups_of(person).await.unwrap();
        assert_eq!(backups[0].1.ct, vec![number; 100], "the backup is the winner's too");
        assert!(house.store.session(secret(1), NOW).await.unwrap().is_some());
        assert!(house.store.session(secret(2), NOW).await.unwrap().is_none());
    }
}
