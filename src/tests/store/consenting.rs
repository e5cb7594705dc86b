//! What tests of consents begin with: a patient, the doctor who treats them, another one, and keys that sign.

use ed25519_dalek::{Signer as _, SigningKey};
use sea_orm::ConnectionTrait as _;
use std::time::Duration;
use uuid::Uuid;
use vaidya::store::accounts::Person;
use vaidya::store::consents::{Approved, Asking, Breaking, GrantWrap, Otp, OtpKey, Whole};
use vaidya::store::contact_codes::Redeemed;
use vaidya::store::keys::{NewKey, PersonKey};
use vaidya::store::organisations::Changed;
use vaidya::store::records::NewRecord;
use vaidya::store::wraps::Wrap;
use vaidya::store::{Store, StoreError};
use vaidya_clinic::consent::{Approval, ConsentView, Emergency, Grantee, Purpose, Scope, Terms, Why};
use vaidya_clinic::id::{ConsentId, KeyId, OrgId, PersonId, RecordId};
use vaidya_clinic::keyring::KeyStatus;
use vaidya_clinic::organisation::Language;
use vaidya_clinic::policy::{Custody, Policy};
use vaidya_clinic::record::RecordKind;
use vaidya_clinic::role::Role;
use vaidya_clinic::time::Timestamp;

use super::keys::wrap;
use crate::house::{House, NOW};

pub(super) const MINUTE: Duration = Duration::from_secs(60);
pub(super) const DAY: u64 = 24 * 60;
pub(crate) const PHONE: &str = "UPDATE person SET phone = '+919876543210' WHERE login = 'p001'";

/// A patient, the doctor who treats them, and another one.
pub(super) struct Clinic {
    pub(super) house: House,
    pub(super) patient: Person,
    pub(super) treating: Person,
    pub(super) other: Person,
}

impl Clinic {
    pub(super) async fn new(house: House) -> Self {
        let visit = house.visit().await;
        let other = house.person("d002", Role::Doctor).await;
        sql(&house, PHONE).await;
        Self { patient: visit.patient, treating: visit.doctor, other, house }
    }

    pub(super) fn store(&self) -> &Store {
        &self.house.store
    }

    /// The other doctor asks for these kinds, for a day.
    pub(super) async fn asks(&self, id: u128, kinds: &[RecordKind]) -> ConsentView {
        let asking = asking(id, self.patient.id, self.other.id, kinds);
        self.store().ask_consent(&self.other, asking, NOW).await.unwrap()
    }

    pub(super) async fn redeems(
        &self,
        id: u128,
        code: &str,
        now: Timestamp,
    ) -> Result<Redeemed<ConsentView>, StoreError> {
        self.store().redeem_consent(ConsentId::from_number(id), &self.other, otp(code), now).await
    }

    /// A record of the patient, by the doctor who treats them.
    pub(super) async fn record(&self, kind: RecordKind, department: Option<&str>, keys: [KeyId; 2]) -> RecordId {
        let id = RecordId(Uuid::new_v4());
        let number = id.0.as_bytes()[0];
        let new = NewRecord {
            id,
            kind,
            patient: Some(self.patient.id),
            department: department.map(str::to_owned),
            visit: None,
            corrects: None,
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
            signature: None,
        };
        self.store().seal_record(&self.treating, new, NOW).await.unwrap();
        id
    }

    /// The patient says yes.
    pub(super) async fn approves(
        &self,
        id: u128,
        pair: &Pair,
        wraps: Vec<GrantWrap>,
    ) -> Result<ConsentView, StoreError> {
        let until = NOW.plus(Duration::from_secs(24 * 60 * 60));
        let approved = pair.approved(self, id, until, wraps).await;
        self.store().approve_consent(ConsentId::from_number(id), &self.patient, approved, NOW).await
    }

    pub(super) async fn reads(&self, record: RecordId, now: Timestamp) -> Result<Vec<Wrap>, StoreError> {
        Ok(self.store().record_for(record, None, &self.other, now).await?.wraps)
    }
}

/// A key of someone that signs.
pub(super) struct Pair {
    pub(super) id: KeyId,
    signer: SigningKey,
}

impl Pair {
    pub(super) async fn of(house: &House, person: PersonId, seed: u8) -> Self {
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
            possession: None,
        };
        let new = NewKey { key, backups: Vec::new(), start_over: true, first: false };
        Self { id: house.store.add_key(new, NOW).await.unwrap().id, signer }
    }

    pub(super) async fn approved(
        &self,
        clinic: &Clinic,
        id: u128,
        until: Timestamp,
        wraps: Vec<GrantWrap>,
    ) -> Approved {
        let consent = ConsentId::from_number(id);
        let whole = clinic.store().consent(consent, &clinic.patient, Whole::default(), NOW).await.unwrap().view;
        let terms = terms(&whole);
        let grantee = Grantee::Person(whole.grantee.unwrap().id);
        let (patient, key) = (clinic.patient.id, self.id);
        let message =
            Approval { consent, patient, key, grantee, until: Some(until), terms: &terms }.statement().message();
        let signature = self.signer.sign(&message).to_bytes();
        Approved { key, until, signature, guardian: false, wraps }
    }
}

pub(super) fn terms(view: &ConsentView) -> Terms {
    Terms {
        subject: view.subject,
        purpose: view.purpose,
        scope: Scope { kinds: view.kinds.clone(), departments: view.departments.clone() },
        minutes: view.minutes,
        text: view.text_version,
        language: Language::parse(&view.language).unwrap(),
    }
}

pub(super) fn key() -> OtpKey {
    OtpKey(zeroize::Zeroizing::new([9; 32]))
}

pub(super) fn otp(code: &str) -> Otp {
    Otp { key: key(), code: code.to_owned() }
}

pub(crate) fn asking(id: u128, patient: PersonId, grantee: PersonId, kinds: &[RecordKind]) -> Asking {
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

pub(super) fn granted(record: RecordId, key: KeyId) -> GrantWrap {
    GrantWrap { record, ver: 1, key, ek: vec![8; 256] }
}

pub(super) fn breaking(id: u128, patient: PersonId) -> Breaking {
    let (id, text) = (ConsentId::from_number(id), "Found unconscious in the ward".to_owned());
    Breaking { id, patient, why: Emergency::Unconscious, text }
}

pub(crate) async fn sql(house: &House, text: &str) {
    house.raw().await.execute_unprepared(text).await.unwrap();
}

pub(super) async fn patient_only(house: &House) {
    let policy = Some(Policy { custody: Custody::PatientOnly, ..Policy::default() });
    house.store.change_organisation(OrgId::HOME, Changed { policy, ..Changed::default() }, NOW).await.unwrap();
}
