//! The clinic's keys at work: for who had no key, for who lost theirs, and when one key follows another.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests end by panicking")]

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use sea_orm::ConnectionTrait as _;
use uuid::Uuid;
use vaidya::custodian;
use vaidya::jobs::{Vault, custodian as job};
use vaidya::store::StoreError;
use vaidya::store::audit::{RENEW, RESTORE};
use vaidya::store::keys::NewKey;
use vaidya::store::organisations::Changed;
use vaidya::store::phone_only::NewPatient;
use vaidya::store::records::{ClinicKey, NewRecord};
use vaidya::store::trail::Wanted;
use vaidya::store::wraps::Wrap;
use vaidya_clinic::event::Consumer;
use vaidya_clinic::id::{KeyId, OrgId, PersonId, RecordId};
use vaidya_clinic::keyring::ClinicKeyStatus;
use vaidya_clinic::policy::{Custody, Policy};
use vaidya_clinic::record::RecordKind;
use vaidya_clinic::time::Timestamp;
use vaidya_clinic::vault::header::Draft;
use vaidya_clinic::vault::keys::SealingKey;
use vaidya_clinic::vault::object::{self, Cid};
use vaidya_clinic::vault::sealed::Sealed;
use vaidya_clinic::vault::secret::{ContentKey, Secret};

use crate::device::{spki, unwrapped};
use crate::house::{House, NOW, Visit, on_both};
use crate::jobs::vault;

/// A doctor with a key, a patient of theirs, and a clinic with a key.
pub(crate) struct Clinic {
    pub(crate) house: House,
    vault: Vault,
    pub(crate) visit: Visit,
    doctor_key: KeyId,
}

impl Clinic {
    pub(crate) async fn open(house: House) -> Self {
        let vault = vault(&house);
        custodian::ready_all(&house.store, &vault.custody, NOW).await.unwrap();
        let visit = house.visit().await;
        let doctor_key = key_of(&house, visit.doctor.id).await;
        Self { house, vault, visit, doctor_key }
    }

    async fn live(&self) -> ClinicKey {
        self.house.store.clinic_key(OrgId::HOME).await.unwrap().unwrap()
    }

    /// A note of the doctor on a patient, sealed to everyone it must be sealed to.
    async fn note(&self, patient: PersonId, text: &str) -> RecordId {
        let (author, content) = (self.doctor_key, Secret::draw(&mut rand::rng()));
        let (id, kind) = (RecordId(Uuid::new_v4()), RecordKind::Note);
        let (cty, at) = (kind.media_type().to_owned(), NOW);
        let kind_word = kind.as_str().to_owned();
        let draft =
            Draft { cty, record: id, version: 1, kind: kind_word, patient: Some(patient), visit: None, author, at };
        let sealed = Sealed::make(draft, text.as_bytes(), &content, rand::random()).unwrap();
        let block = object::encode(&sealed).unwrap();
        let cid = Cid::of(&block);
        let size = u64::try_from(block.len()).unwrap();
        let _held = self.vault.blobs.put(cid.clone(), block).await.unwrap();
        let to = self.house.store.recipients(&self.visit.doctor, patient, None, NOW).await.unwrap();
        let new = NewRecord {
            id,
            kind,
            patient: Some(patient),
            department: None,
            visit: None,
            corrects: None,
            ver: 1,
            author,
            at,
            cid: cid.as_str().to_owned(),
            size,
            blocks: Vec::new(),
            salt: [1; 32],
            commitment: [2; 32],
            wraps: to.keys.iter().map(|key| wrap(key.id, &key.rsa, &content)).collect(),
            signature: None,
            clinic: to.clinic.map(|key| wrap(key.id, &key.rsa, &content)),
        };
        assert!(self.house.store.seal_record(&self.visit.doctor, new, NOW).await.unwrap().new);
        id
    }

    pub(crate) async fn notes(&self, many: u32) -> Vec<RecordId> {
        let mut made = Vec::new();
        for number in 0..many {
            made.push(self.note(self.visit.patient.id, &format!("note {number}")).await);
        }
        made
    }

    /// What a record says to a patient with the key that the tests have; none when it has no wrap for it.
    async fn read(&self, record: RecordId) -> Option<String> {
        let found = self.house.store.record_for(record, None, &self.visit.patient, NOW).await.unwrap();
        let block = self.vault.blobs.get(Cid::parse(&found.cid).unwrap()).await.unwrap().unwrap();
        let key = unwrapped(&found.wraps.first()?.ek);
        Some(String::from_utf8(object::parse(&block).unwrap().open(&key).unwrap().to_vec()).unwrap())
    }

    /// What the clinic's live key opens of a record.
    pub(crate) async fn opens(&self, record: RecordId) -> bool {
        let key = self.live().await.id;
        let held = self.house.store.held_by(key, None, 10_000).await.unwrap();
        let Some(held) = held.into_iter().find(|held| held.record == record) else { return false };
        let block = self.vault.blobs.get(Cid::parse(&held.cid).unwrap()).await.unwrap().unwrap();
        let header = object::parse(&block).unwrap().header().unwrap();
        self.vault.custody.open_for(key, &held.ek, &header).is_ok()
    }

    pub(crate) async fn work_off(&self, now: Timestamp) {
        job::work_off(&self.house.store, Arc::new(move || now), self.vault.clone()).await.unwrap();
    }

    async fn rotate(&self) -> (KeyId, KeyId) {
        let old = self.live().await.id;
        let new = custodian::rotate(&self.house.store, &self.vault.custody, OrgId::HOME, NOW).await.unwrap().id;
        (old, new)
    }

    async fn stands(&self, key: KeyId) -> (ClinicKeyStatus, u64) {
        let all = self.house.store.clinic_keys(OrgId::HOME, None).await.unwrap();
        let found = all.into_iter().find(|kept| kept.key.id == key).unwrap();
        (found.status, found.versions)
    }

    pub(crate) async fn sql(&self, statement: &str) {
        let db = self.house.raw().await;
        db.execute_unprepared(statement).await.unwrap();
        db.close().await.unwrap();
    }

    pub(crate) async fn entries(&self, action: &str) -> Vec<vaidya::store::trail::Entry> {
        let wanted = Wanted { action: Some(action.to_owned()), ..Wanted::default() };
        self.house.store.audit(OrgId::HOME, wanted).await.unwrap()
    }

    async fn jobs(&self, state: &str) -> u64 {
        let counts = self.house.store.outbox_counts().await.unwrap();
        counts.iter().find(|row| row.consumer == "custodian" && row.state == state).map_or(0, |row| row.rows)
    }

    fn file(&self, key: KeyId) -> std::path::PathBuf {
        self.house.folder.path().join(format!("keys/{}.key", key.0))
    }

    async fn may(&self, custody: Custody) {
        let policy = Some(Policy { custody, ..Policy::default() });
        let changed = Changed { policy, ..Changed::default() };
        self.house.store.change_organisation(OrgId::HOME, changed, NOW).await.unwrap();
    }
}

fn wrap(key: KeyId, rsa: &[u8], content: &ContentKey) -> Wrap {
    Wrap { key, ek: SealingKey::parse(rsa).unwrap().wrap(content, &mut rand::rng()).unwrap() }
}

/// A live key of someone, whose private half the tests have.
pub(crate) async fn key_of(house: &House, person: PersonId) -> KeyId {
    let mut new: NewKey = crate::store::key(person);
    new.key.rsa = spki();
    new.start_over = true;
    house.store.add_key(new, NOW).await.unwrap().id
}

/// So many seconds after the tests begin.
fn after(seconds: u64) -> Timestamp {
    NOW.plus(Duration::from_secs(seconds))
}

on_both! {
    async fn whoever_had_no_key_opens_their_records_with_their_first_one(house) {
        let clinic = Clinic::open(house).await;
        let notes = clinic.notes(3).await;
        let patient = clinic.visit.patient.id;
        let said = r"UPDATE person SET phone = '+919800000001' WHERE login = 'p001'";
        clinic.sql(said).await;
        key_of(&clinic.house, patient).await;
        assert_eq!(clinic.read(notes[0]).await, None, "it takes a moment");
        clinic.work_off(NOW).await;
        for (number, note) in notes.iter().enumerate() {
            assert_eq!(clinic.read(*note).await, Some(format!("note {number}")));
        }
        let told = clinic.house.store.newest_messages(10).await.unwrap();
        assert_eq!(told.iter().filter(|one| one.to == "+919800000001" && one.body.contains("records")).count(), 1);
        let uses = clinic.entries(RESTORE).await;
        assert_eq!(uses.len(), 3);
        assert!(uses.iter().all(|one| one.by == "system" && one.on_behalf == Some(patient.0) && one.about == Some(patient.0)));
        let records: Vec<_> = uses.iter().filter_map(|one| one.thing.clone()).collect();
        assert!(notes.iter().all(|note| records.contains(&("record".to_owned(), note.0))));
        assert_eq!(clinic.house.store.walk_audit().await.unwrap().first_bad, None);
        assert_eq!((clinic.jobs("done").await, clinic.jobs("pending").await), (1, 0));
    }

    async fn a_lost_phone_loses_no_record(house) {
        let clinic = Clinic::open(house).await;
        let patient = clinic.visit.patient.id;
        let lost = key_of(&clinic.house, patient).await;
        let notes = clinic.notes(2).await;
        assert!(clinic.read(notes[0]).await.is_some());
        clinic.house.store.revoke_key(patient, lost, NOW).await.unwrap();
        let new = key_of(&clinic.house, patient).await;
        clinic.work_off(NOW).await;
        assert_eq!(clinic.read(notes[0]).await, None, "only the first key is served without being asked");
        assert_eq!(clinic.house.store.ask_restore(patient, new, OrgId::HOME, NOW).await.unwrap(), 2);
        clinic.work_off(NOW).await;
        assert_eq!(clinic.read(notes[1]).await, Some("note 1".to_owned()));
        assert_eq!(clinic.house.store.ask_restore(patient, new, OrgId::HOME, NOW).await.unwrap(), 0, "nothing is left");
        let other = clinic.house.store.ask_restore(patient, lost, OrgId::HOME, NOW).await;
        assert!(matches!(other, Err(StoreError::BadState)), "not for a revoked key");
        let doctor = clinic.house.store.ask_restore(clinic.visit.doctor.id, new, OrgId::HOME, NOW).await;
        assert!(matches!(doctor, Err(StoreError::NotFound)), "not for somebody else's");
    }

    async fn a_key_revoked_while_records_are_restored_gets_nothing_more(house) {
        let clinic = Clinic::open(house).await;
        let notes = clinic.notes(1).await;
        let patient = clinic.visit.patient.id;
        let key = key_of(&clinic.house, patient).await;
        let (row, held) = clinic.house.store.to_restore(key, None, 10, NOW).await.unwrap().unwrap();
        clinic.house.store.revoke_key(patient, key, NOW).await.unwrap();
        let opened = held.into_iter().map(|one| (one, vec![7; 256])).collect();
        assert_eq!(clinic.house.store.keep_restored(row, opened, NOW).await.unwrap(), 0);
        clinic.work_off(NOW).await;
        assert_eq!(clinic.house.number("SELECT count(*) AS n FROM record_wrap").await, 1, "the doctor's");
        assert!(clinic.opens(notes[0]).await);
    }

    async fn records_of_who_had_no_account_open_after_they_claimed_them(house) {
        let clinic = Clinic::open(house).await;
        let store = &clinic.house.store;
        let account = clinic.visit.patient.clone();
        key_of(&clinic.house, account.id).await;
        let (name, phone, language) = ("Asha".to_owned(), "+919800000002".to_owned(), "en".to_owned());
        let without = store.patient_by_phone(NewPatient { org: OrgId::HOME, name, phone, language }, NOW).await.unwrap();
        clinic.house.visit_of(without.clone(), clinic.visit.doctor.clone()).await;
        let note = clinic.note(without.id, "from before the account").await;
        store.adopt(without.id, account.id, NOW).await.unwrap();
        clinic.work_off(NOW).await;
        assert_eq!(clinic.read(note).await, Some("from before the account".to_owned()));
    }

    async fn a_new_key_follows_and_the_former_one_opens_nothing_any_more(house) {
        let clinic = Clinic::open(house).await;
        let notes = clinic.notes(u32::try_from(job::BATCH).unwrap() + 3).await;
        let (old, new) = clinic.rotate().await;
        assert_eq!(clinic.stands(old).await.0, ClinicKeyStatus::Retiring);
        let late = clinic.note(clinic.visit.patient.id, "sealed to the new one").await;
        clinic.work_off(NOW).await;
        assert_eq!(clinic.stands(old).await, (ClinicKeyStatus::Retired, 0));
        assert_eq!(clinic.stands(new).await, (ClinicKeyStatus::Live, job::BATCH + 4));
        assert!(clinic.opens(notes[0]).await && clinic.opens(late).await);
        assert_eq!(clinic.house.number(&format!("SELECT count(*) AS n FROM audit WHERE action = '{RENEW}'")).await, 67);
        assert_eq!(clinic.house.store.walk_audit().await.unwrap().first_bad, None);
        clinic.work_off(after(60 * 60)).await;
        assert!(clinic.file(old).exists(), "kept for a day");
        clinic.work_off(after(25 * 60 * 60)).await;
        assert!(!clinic.file(old).exists() && clinic.file(new).exists());
    }

    async fn a_crash_in_the_middle_costs_one_batch_and_nothing_is_lost_or_done_twice(house) {
        let clinic = Clinic::open(house).await;
        let (store, custody) = (&clinic.house.store, &clinic.vault.custody);
        let notes = clinic.notes(20).await;
        let (old, new) = clinic.rotate().await;
        let live = SealingKey::parse(&clinic.live().await.rsa).unwrap();
        // Somebody takes the job, does a part, opens some more, and is gone.
        assert_eq!(store.claim(Consumer::Custodian, 1, NOW, Duration::from_secs(30)).await.unwrap().len(), 1);
        let moved = custody.move_all(store.held_by(old, None, 7).await.unwrap(), live.clone()).await.unwrap();
        let good = moved.into_iter().map(|one| (one.held, one.ek.unwrap())).collect();
        assert_eq!(store.move_wraps(new, good, NOW).await.unwrap(), 7);
        custody.move_all(store.held_by(old, None, 7).await.unwrap(), live).await.unwrap();
        clinic.work_off(NOW).await;
        assert_eq!(clinic.stands(old).await, (ClinicKeyStatus::Retiring, 13), "it is somebody's still");
        clinic.work_off(after(31)).await;
        assert_eq!(clinic.stands(old).await, (ClinicKeyStatus::Retired, 0));
        assert_eq!(clinic.entries(RENEW).await.len(), 20);
        for note in notes {
            assert!(clinic.opens(note).await);
        }
    }

    async fn of_two_keys_that_follow_at_once_the_last_holds_everything(house) {
        let clinic = Clinic::open(house).await;
        let notes = clinic.notes(5).await;
        let (first, second) = clinic.rotate().await;
        let held = clinic.house.store.held_by(first, None, 10).await.unwrap();
        let (_, third) = clinic.rotate().await;
        let late = held.into_iter().map(|one| (one, vec![7; 256])).collect();
        let moved = clinic.house.store.move_wraps(second, late, NOW).await;
        assert!(matches!(moved, Err(StoreError::BadState)), "nothing moves to a key that is not the live one");
        clinic.work_off(NOW).await;
        assert_eq!(clinic.stands(third).await, (ClinicKeyStatus::Live, 5));
        for key in [first, second] {
            assert_eq!(clinic.stands(key).await, (ClinicKeyStatus::Retired, 0));
        }
        assert!(clinic.opens(notes[4]).await);
    }

    async fn what_was_sealed_to_the_former_key_in_that_moment_is_found(house) {
        let clinic = Clinic::open(house).await;
        let notes = clinic.notes(2).await;
        let (old, new) = clinic.rotate().await;
        clinic.sql(&format!("UPDATE clinic_key SET status = 'retired', retired_at = {} WHERE id = {}", NOW.0, clinic.id(old))).await;
        clinic.work_off(after(60 * 60 * 24 * 3)).await;
        assert!(clinic.file(old).exists(), "as long as something refers to it");
        clinic.work_off(after(60 * 60 * 24 * 3 + 60)).await;
        assert_eq!((clinic.stands(old).await, clinic.stands(new).await.1), ((ClinicKeyStatus::Retired, 0), 2));
        assert!(clinic.opens(notes[0]).await && clinic.opens(notes[1]).await);
    }

    async fn what_is_erased_meanwhile_stays_erased(house) {
        let clinic = Clinic::open(house).await;
        clinic.notes(1).await;
        let key = key_of(&clinic.house, clinic.visit.patient.id).await;
        let (old, new) = clinic.rotate().await;
        let store = &clinic.house.store;
        let held = store.held_by(old, None, 10).await.unwrap();
        let (row, to_restore) = store.to_restore(key, None, 10, NOW).await.unwrap().unwrap();
        clinic.sql("DELETE FROM clinic_wrap; DELETE FROM record_wrap; UPDATE record SET erased_at = 1").await;
        let noise = |all: Vec<_>| all.into_iter().map(|one| (one, vec![7; 256])).collect::<Vec<_>>();
        assert_eq!(store.move_wraps(new, noise(held), NOW).await.unwrap(), 0);
        assert_eq!(store.keep_restored(row, noise(to_restore), NOW).await.unwrap(), 0);
        clinic.work_off(NOW).await;
        let left = "SELECT (SELECT count(*) FROM clinic_wrap) + (SELECT count(*) FROM record_wrap) AS n";
        assert_eq!(clinic.house.number(left).await, 0);
        assert!(clinic.entries("custody").await.is_empty(), "and nothing was opened");
    }

    async fn a_wrap_of_another_record_or_with_a_flipped_bit_is_not_passed_on(house) {
        let clinic = Clinic::open(house).await;
        let notes = clinic.notes(3).await;
        let of = |note: RecordId| clinic.id_of(note.0);
        clinic.sql(&format!(
            "UPDATE clinic_wrap SET ek = (SELECT ek FROM clinic_wrap WHERE record_id = {}) WHERE record_id = {}",
            of(notes[0]), of(notes[1]),
        )).await;
        let noise = if clinic.house.url.is_some() { "decode(repeat('07', 256), 'hex')" } else { "zeroblob(256)" };
        clinic.sql(&format!("UPDATE clinic_wrap SET ek = {noise} WHERE record_id = {}", of(notes[2]))).await;
        key_of(&clinic.house, clinic.visit.patient.id).await;
        clinic.work_off(NOW).await;
        assert_eq!(clinic.read(notes[0]).await, Some("note 0".to_owned()));
        assert_eq!((clinic.read(notes[1]).await, clinic.read(notes[2]).await), (None, None));
        assert_eq!(clinic.jobs("refused").await, 1, "a human will look");
        assert_eq!(clinic.entries(RESTORE).await.len(), 1);
        let (old, new) = clinic.rotate().await;
        clinic.work_off(NOW).await;
        assert_eq!(clinic.stands(old).await, (ClinicKeyStatus::Retiring, 1), "what does not open stays where it is");
        assert_eq!(clinic.stands(new).await, (ClinicKeyStatus::Live, 2));
        clinic.work_off(after(60 * 60 * 24 * 30)).await;
        assert!(clinic.file(old).exists());
    }

    async fn a_missing_key_makes_its_work_wait_and_nothing_else(house) {
        let clinic = Clinic::open(house).await;
        let notes = clinic.notes(2).await;
        let key = clinic.live().await.id;
        let away = clinic.file(key).with_extension("away");
        std::fs::rename(clinic.file(key), &away).unwrap();
        let clinic = Clinic { vault: vault(&clinic.house), ..clinic };
        let missing = custodian::unusable(&clinic.house.store, &clinic.vault.custody).await.unwrap();
        assert!(missing.len() == 1 && missing[0].0.key.id == key && missing[0].0.versions == 2);
        let sealed_without = clinic.note(clinic.visit.patient.id, "sealing goes on").await;
        key_of(&clinic.house, clinic.visit.patient.id).await;
        let (_, new) = clinic.rotate().await;
        clinic.work_off(NOW).await;
        assert_eq!((clinic.jobs("pending").await, clinic.jobs("refused").await), (2, 0));
        assert_eq!(clinic.read(notes[0]).await, None);
        std::fs::rename(away, clinic.file(key)).unwrap();
        clinic.work_off(after(31)).await;
        assert_eq!(clinic.read(notes[1]).await, Some("note 1".to_owned()));
        assert_eq!(clinic.read(sealed_without).await, Some("sealing goes on".to_owned()));
        assert_eq!(clinic.stands(new).await, (ClinicKeyStatus::Live, 3));
    }

    async fn of_twenty_who_need_the_first_key_at_once_all_get_the_same(house) {
        let vault = vault(&house);
        let tries = (0..20).map(|_| custodian::ready(&house.store, &vault.custody, OrgId::HOME, NOW));
        let keys: Vec<_> = join_all(tries).await.into_iter().map(|one| one.unwrap().unwrap().id).collect();
        assert!(keys.iter().all(|key| *key == keys[0]));
        assert_eq!(house.number("SELECT count(*) AS n FROM clinic_key").await, 1);
        let files = std::fs::read_dir(house.folder.path().join("keys")).unwrap().count();
        assert_eq!(files, 1, "those that came second leave no file");
    }

    async fn a_clinic_that_keeps_no_keys_says_so_and_is_honest_about_older_records(house) {
        let clinic = Clinic::open(house).await;
        let patient = clinic.visit.patient.id;
        clinic.may(Custody::PatientOnly).await;
        let key = key_of(&clinic.house, patient).await;
        let asked = clinic.house.store.ask_restore(patient, key, OrgId::HOME, NOW).await;
        assert!(matches!(asked, Err(StoreError::NoCustody)));
        assert!(custodian::ready(&clinic.house.store, &clinic.vault.custody, OrgId::HOME, NOW).await.unwrap().is_none());
        clinic.may(Custody::PatientAndClinic).await;
        let older = clinic.notes(1).await[0];
        clinic.may(Custody::PatientOnly).await;
        let newer = clinic.note(patient, "for the patient alone").await;
        clinic.house.store.revoke_key(patient, key, NOW).await.unwrap();
        let new = key_of(&clinic.house, patient).await;
        assert_eq!(clinic.house.store.ask_restore(patient, new, OrgId::HOME, NOW).await.unwrap(), 1);
        clinic.work_off(NOW).await;
        assert_eq!((clinic.read(older).await, clinic.read(newer).await), (Some("note 0".to_owned()), None));
        let list = clinic.house.store.records_of(&clinic.visit.patient, Default::default(), NOW).await.unwrap().records;
        let custody = |id| list.iter().find(|view| view.id == id).unwrap().custody;
        assert!(custody(older) && !custody(newer));
    }
}

impl Clinic {
    /// An id as this database writes it.
    pub(crate) fn id(&self, key: KeyId) -> String {
        self.id_of(key.0)
    }

    pub(crate) fn id_of(&self, id: Uuid) -> String {
        if self.house.url.is_some() { format!("'{id}'") } else { format!("x'{}'", id.simple()) }
    }
}
