//! Consents under races and out of time: one winner of ten thousand, codes that can't be tried out, grants that are over.

use ed25519_dalek::{Signer as _, SigningKey};
use futures_util::stream::{self, StreamExt as _};
use sea_orm::{ConnectionTrait as _, Statement};
use std::time::Duration;
use uuid::Uuid;
use vaidya::store::accounts::Person;
use vaidya::store::consents::{Approved, Asking, Breaking, Given, GrantWrap, Otp, OtpKey, Review, Whole};
use vaidya::store::contact_codes::Redeemed;
use vaidya::store::keys::{NewKey, PersonKey};
use vaidya::store::organisations::Changed;
use vaidya::store::records::{Filter, NewRecord};
use vaidya::store::wraps::Wrap;
use vaidya::store::{Store, StoreError};
use vaidya_clinic::consent::{
    Approval, ConsentView, Emergency, Grantee, Opening, Purpose, Scope, State, Subject, TEXT, Terms, Verdict, Why,
    code_hash,
};
use vaidya_clinic::event::Consumer;
use vaidya_clinic::id::{ConsentId, KeyId, OrgId, PersonId, RecordId};
use vaidya_clinic::keyring::KeyStatus;
use vaidya_clinic::organisation::Language;
use vaidya_clinic::policy::{Custody, Policy};
use vaidya_clinic::record::RecordKind;
use vaidya_clinic::role::Role;
use vaidya_clinic::time::Timestamp;

use super::keys::wrap;
use crate::house::{House, NOW, on_both};

const MINUTE: Duration = Duration::from_secs(60);
const DAY: u64 = 24 * 60;
const PHONE: &str = "UPDATE person SET phone = '+919876543210' WHERE login = 'p001'";

/// A patient, the doctor who treats them, and another one.
struct Clinic {
    house: House,
    patient: Person,
    treating: Person,
    other: Person,
}

impl Clinic {
    async fn new(house: House) -> Self {
        let visit = house.visit().await;
        let other = house.person("d002", Role::Doctor).await;
        sql(&house, PHONE).await;
        Self { patient: visit.patient, treating: visit.doctor, other, house }
    }

    fn store(&self) -> &Store {
        &self.house.store
    }

    /// The other doctor asks for these kinds, for a day.
    async fn asks(&self, id: u128, kinds: &[RecordKind]) -> ConsentView {
        let asking = asking(id, self.patient.id, self.other.id, kinds);
        self.store().ask_consent(&self.other, asking, NOW).await.unwrap()
    }

    async fn redeems(&self, id: u128, code: &str, now: Timestamp) -> Result<Redeemed<ConsentView>, StoreError> {
        self.store().redeem_consent(ConsentId::from_number(id), &self.other, otp(code), now).await
    }

    /// A record of the patient, by the doctor who treats them.
    async fn record(&self, kind: RecordKind, department: Option<&str>, keys: [KeyId; 2]) -> RecordId {
        let id = RecordId(Uuid::new_v4());
        let number = id.0.as_bytes()[0];
        let new = NewRecord {
            id,
            kind,
            patient: Some(self.patient.id),
            department: department.map(str::to_owned),
            visit: None,
            ver: 1,
            author: keys[0],
            at: NOW,
            cid: format!("block {}", id.0),
            size: 1_000,
            blocks: Vec::new(),
            salt: [number; 32],
            commitment: [number; 32],
            wraps: keys.iter().map(|key| wrap(*key)).collect(),
            clinic: None,
        };
        self.store().seal_record(&self.treating, new, NOW).await.unwrap();
        id
    }

    /// The patient says yes.
    async fn approves(&self, id: u128, pair: &Pair, wraps: Vec<GrantWrap>) -> Result<ConsentView, StoreError> {
        let until = NOW.plus(Duration::from_secs(24 * 60 * 60));
        let approved = pair.approved(self, id, until, wraps).await;
        self.store().approve_consent(ConsentId::from_number(id), &self.patient, approved, NOW).await
    }

    async fn reads(&self, record: RecordId, now: Timestamp) -> Result<Vec<Wrap>, StoreError> {
        Ok(self.store().record_for(record, None, &self.other, now).await?.wraps)
    }
}

/// A key of someone that signs.
struct Pair {
    id: KeyId,
    signer: SigningKey,
}

impl Pair {
    async fn of(house: &House, person: PersonId, seed: u8) -> Self {
        let signer = SigningKey::from_bytes(&[seed; 32]);
        let key = PersonKey {
            id: KeyId(Uuid::new_v4()),
            person,
            rsa: vec![seed; 294],
            ed: signer.verifying_key().to_bytes(),
            sig: [3; 64],
            device: "a telephone".to_owned(),
            made_at: NOW,
            status: KeyStatus::Pending,
        };
        let new = NewKey { key, backups: Vec::new(), start_over: true, first: false };
        Self { id: house.store.add_key(new, NOW).await.unwrap().id, signer }
    }

    async fn approved(&self, clinic: &Clinic, id: u128, until: Timestamp, wraps: Vec<GrantWrap>) -> Approved {
        let consent = ConsentId::from_number(id);
        let whole = clinic.store().consent(consent, &clinic.patient, Whole::default(), NOW).await.unwrap().view;
        let terms = terms(&whole);
        let grantee = Grantee::Person(whole.grantee.unwrap().id);
        let (patient, key) = (clinic.patient.id, self.id);
        let message = Approval { consent, patient, key, grantee, until: Some(until), terms: &terms }.message();
        let signature = self.signer.sign(&message).to_bytes();
        Approved { key, until, signature, guardian: false, wraps }
    }
}

fn terms(view: &ConsentView) -> Terms {
    Terms {
        subject: view.subject,
        purpose: view.purpose,
        scope: Scope { kinds: view.kinds.clone(), departments: view.departments.clone() },
        minutes: view.minutes,
        text: view.text_version,
        language: Language::parse(&view.language).unwrap(),
    }
}

fn key() -> OtpKey {
    OtpKey(zeroize::Zeroizing::new([9; 32]))
}

fn otp(code: &str) -> Otp {
    Otp { key: key(), code: code.to_owned() }
}

fn asking(id: u128, patient: PersonId, grantee: PersonId, kinds: &[RecordKind]) -> Asking {
    Asking {
        id: ConsentId::from_number(id),
        patient,
        grantee,
        purpose: Purpose::Treatment,
        scope: Scope { kinds: kinds.to_vec(), departments: None },
        minutes: DAY,
        why: Why::FollowUp,
        by_code: false,
        otp: otp("042917"),
    }
}

fn granted(record: RecordId, key: KeyId) -> GrantWrap {
    GrantWrap { record, ver: 1, key, ek: vec![8; 256] }
}

fn breaking(id: u128, patient: PersonId) -> Breaking {
    let (id, text) = (ConsentId::from_number(id), "Found unconscious in the ward".to_owned());
    Breaking { id, patient, why: Emergency::Unconscious, text }
}

async fn sql(house: &House, text: &str) {
    house.raw().await.execute_unprepared(text).await.unwrap();
}

async fn patient_only(house: &House) {
    let policy = Some(Policy { custody: Custody::PatientOnly, ..Policy::default() });
    house.store.change_organisation(OrgId::HOME, Changed { policy, ..Changed::default() }, NOW).await.unwrap();
}

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
        assert!(stands.state == State::Granted && stands.side == [clinic.patient.id] && stands.doctors == [clinic.other.id].into());
        let facts = clinic.store().claim(Consumer::Ledger, 100, NOW, MINUTE).await.unwrap();
        let told = facts.iter().filter_map(|job| serde_json::to_string(&job.fact).ok()).filter(|fact| fact.contains("consent_changed"));
        let told: Vec<_> = told.collect();
        assert_eq!(told.len(), 2);
        assert!(told.iter().all(|fact| !fact.contains(&clinic.patient.id.0.to_string())));
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
