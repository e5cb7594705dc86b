//! One-time codes of consents under races and out of time: one winner of ten thousand, and codes that can't be tried out.

use futures_util::stream::{self, StreamExt as _};
use sea_orm::{ConnectionTrait as _, Statement};
use std::time::Duration;
use uuid::Uuid;
use vaidya::store::StoreError;
use vaidya::store::accounts::Person;
use vaidya::store::contact_codes::Redeemed;
use vaidya_clinic::consent::{Opening, State, code_hash};
use vaidya_clinic::id::{ConsentId, OrgId};
use vaidya_clinic::record::RecordKind;
use vaidya_clinic::time::Timestamp;

use super::consenting::{Clinic, MINUTE, PHONE, Pair, asking, key, otp, patient_only, sql, terms};
use crate::house::{House, NOW, on_both};

fn is_right<T>(redeemed: &Redeemed<T>) -> bool {
    matches!(redeemed, Redeemed::Right(_))
}

fn is_spent<T>(redeemed: &Redeemed<T>) -> bool {
    matches!(redeemed, Redeemed::Spent)
}

on_both! {
    async fn of_ten_thousand_who_redeem_one_code_at_once_one_wins(house) {
        let clinic = Clinic::new(house).await;
        clinic.asks(1, &[RecordKind::Lab]).await;
        let tries = (0..10_000).map(|_| clinic.redeems(1, "042917", NOW));
        let done: Vec<_> = stream::iter(tries).buffer_unordered(500).map(Result::unwrap).collect().await;
        let right = done.iter().filter(|one| is_right(one)).count();
        let spent = done.iter().filter(|one| is_spent(one)).count();
        assert_eq!((right, spent), (1, 9_999));
        let told = "SELECT count(*) AS n FROM outbox WHERE consumer = 'ledger' AND payload LIKE '%nullifier%'";
        assert_eq!(clinic.house.number(told).await, 1, "and the ledger is told of one");
    }

    async fn of_a_thousand_wrong_codes_at_once_five_are_compared(house) {
        let clinic = Clinic::new(house).await;
        clinic.asks(1, &[RecordKind::Lab]).await;
        let tries = (0..1_000).map(|_| clinic.redeems(1, "999999", NOW));
        let done: Vec<_> = stream::iter(tries).buffer_unordered(200).map(Result::unwrap).collect().await;
        assert_eq!(done.iter().filter(|one| matches!(one, Redeemed::Wrong)).count(), 5);
        assert!(is_spent(&clinic.redeems(1, "042917", NOW).await.unwrap()), "the sixth, also when it is right");
    }

    async fn a_code_works_once_for_300_seconds_and_for_the_doctor_who_asked(house) {
        let clinic = Clinic::new(house).await;
        clinic.asks(1, &[RecordKind::Lab]).await;
        clinic.asks(2, &[RecordKind::Lab]).await;
        let last = Timestamp(NOW.plus(5 * MINUTE).0 - 1);
        let id = ConsentId::from_number(1);
        let another = clinic.store().redeem_consent(id, &clinic.treating, otp("042917"), last).await;
        assert!(matches!(another, Err(StoreError::NotFound)), "another doctor");
        let elsewhere = Person { org: OrgId(Uuid::new_v4()), ..clinic.other.clone() };
        let elsewhere = clinic.store().redeem_consent(id, &elsewhere, otp("042917"), last).await;
        assert!(matches!(elsewhere, Err(StoreError::NotFound)), "the same one in another organisation");
        let Redeemed::Right(view) = clinic.redeems(1, "042917", last).await.unwrap() else { panic!("it works") };
        assert_eq!((view.state, view.asserted, view.until), (State::Granted, true, Some(last.plus(Duration::from_secs(86_400)))));
        assert!(is_spent(&clinic.redeems(1, "042917", last).await.unwrap()), "replayed");
        assert!(is_spent(&clinic.redeems(2, "042917", NOW.plus(5 * MINUTE)).await.unwrap()), "too late");
    }

    async fn a_suspended_doctor_and_a_disabled_patient_redeem_nothing(house) {
        let clinic = Clinic::new(house).await;
        clinic.asks(1, &[RecordKind::Lab]).await;
        sql(&clinic.house, "UPDATE credential SET state = 'suspended' WHERE person_id = (SELECT id FROM person WHERE login = 'd002')").await;
        assert!(matches!(clinic.redeems(1, "042917", NOW).await, Err(StoreError::NotActive)));
        let asked = clinic.store().ask_consent(&clinic.other, asking(2, clinic.patient.id, clinic.other.id, &[RecordKind::Lab]), NOW).await;
        assert!(matches!(asked, Err(StoreError::NotActive)));
        sql(&clinic.house, "UPDATE credential SET state = 'active'").await;
        sql(&clinic.house, &format!("UPDATE person SET disabled_at = {} WHERE login = 'p001'", NOW.0)).await;
        assert!(matches!(clinic.redeems(1, "042917", NOW).await, Err(StoreError::NotFound)));
        sql(&clinic.house, "UPDATE person SET disabled_at = NULL").await;
        assert!(is_right(&clinic.redeems(1, "042917", NOW).await.unwrap()), "no try was counted");
    }

    async fn another_code_comes_after_half_a_minute_and_replaces_the_one_before(house) {
        let clinic = Clinic::new(house).await;
        let id = clinic.asks(1, &[RecordKind::Lab]).await.id;
        let early = clinic.store().send_consent_code(id, &clinic.patient, otp("111111"), Timestamp(NOW.0 + 29_999)).await;
        assert!(matches!(early, Err(StoreError::NotBefore(again)) if again == NOW.plus(MINUTE / 2)));
        let later = NOW.plus(MINUTE / 2);
        let stranger = clinic.store().send_consent_code(id, &clinic.treating, otp("111111"), later).await;
        assert!(matches!(stranger, Err(StoreError::NotFound)));
        let sent = clinic.store().send_consent_code(id, &clinic.other, otp("111111"), later).await.unwrap();
        assert_eq!((sent.expires, sent.resend_after), (later.plus(5 * MINUTE), later.plus(MINUTE / 2)));
        assert!(matches!(clinic.redeems(1, "042917", later).await.unwrap(), Redeemed::Wrong));
        assert!(is_right(&clinic.redeems(1, "111111", later).await.unwrap()));
        let messages = clinic.store().newest_messages(10).await.unwrap();
        assert!(messages.iter().all(|one| one.body.contains("Name of d002") && one.body.contains("lab reports for 24 h")));
        assert_eq!(messages.len(), 2);
    }

    async fn who_has_a_key_is_sent_no_code_and_who_has_nothing_is_not_asked(house) {
        let clinic = Clinic::new(house).await;
        sql(&clinic.house, "UPDATE person SET phone = NULL, email = NULL WHERE login = 'p001'").await;
        let ask = async |id| {
            clinic.store().ask_consent(&clinic.other, asking(id, clinic.patient.id, clinic.other.id, &[RecordKind::Lab]), NOW).await
        };
        assert!(matches!(ask(1).await, Err(StoreError::Unreachable)));
        sql(&clinic.house, PHONE).await;
        patient_only(&clinic.house).await;
        assert!(matches!(ask(2).await, Err(StoreError::NoCustody)), "a code would open nothing");
        Pair::of(&clinic.house, clinic.patient.id, 5).await;
        assert!(ask(3).await.unwrap().code.is_none());
        let messages = clinic.store().newest_messages(10).await.unwrap();
        assert!(messages.len() == 1 && !messages[0].body.contains("042917"));
        let by_doctor = clinic.store().send_consent_code(ConsentId::from_number(3), &clinic.other, otp("1"), NOW).await;
        assert!(matches!(by_doctor, Err(StoreError::NotFound)), "only the patient asks for a code then");
        for id in 4..8 {
            ask(id).await.unwrap();
        }
        assert!(matches!(ask(9).await, Err(StoreError::TooMany)), "five wait for an answer");
    }
}

async fn six_digits(house: House) {
    let clinic = Clinic::new(house).await;
    let view = clinic.asks(7, &[RecordKind::Lab]).await;
    let db = clinic.house.raw().await;
    let row = Statement::from_string(db.get_database_backend(), "SELECT code_hash FROM consent");
    let kept: Vec<u8> = db.query_one_raw(row).await.unwrap().unwrap().try_get("", "code_hash").unwrap();
    let (id, terms) = (view.id, terms(&view));
    let found = |opening: &Opening| {
        let hits = (0..1_000_000_u32).map(|code| format!("{code:06}"));
        hits.filter(|code| code_hash(id, opening, code).as_slice() == kept).collect::<Vec<_>>()
    };
    let known = Opening::of(&[0; 32], id, clinic.other.id, &terms);
    assert!(found(&known).is_empty(), "everything but the key is in the copy, and no code fits");
    let opening = Opening::of(&key().0, id, clinic.other.id, &terms);
    assert_eq!(found(&opening), ["042917"], "with the key it is a second's work");
}

#[test]
fn six_digits_are_found_with_the_opening_and_not_without_it() {
    actix::System::new().block_on(async { six_digits(House::on_sqlite().await).await });
}
