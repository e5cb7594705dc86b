//! Erasing as rows: what goes and what stays, who sees what is left, what the law keeps and until when, and databases that
//! came back from a backup.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use sea_orm::ConnectionTrait as _;
use vaidya::gateway::erasures::Erasures;
use vaidya::store::erasures::Which;
use vaidya::store::records::Filter;
use vaidya::store::{Store, StoreError};
use vaidya_clinic::erasure::{Erased, Kept, Outcome, kept_until};
use vaidya_clinic::event::{Consumer, Fact, HouseEvent};
use vaidya_clinic::id::{KeyId, OrgId, RecordId};
use vaidya_clinic::policy::Retention;
use vaidya_clinic::record::RecordKind;
use vaidya_clinic::role::Role;
use vaidya_clinic::time::Timestamp;

use super::keys::live;
use super::versions::note;
use crate::house::{House, NOW, Visit, on_both};

/// Long after the law let go of everything that was made at [`NOW`].
const LATER: Timestamp = Timestamp(NOW.0 + 1_100 * 24 * 60 * 60 * 1_000);

/// What was noted beside the database.
type Noted = Arc<Mutex<Vec<Erased>>>;

struct Ward {
    house: House,
    visit: Visit,
    doctor: KeyId,
    patient: KeyId,
    noted: Noted,
}

fn noting(store: &Store) -> Noted {
    let noted = Noted::default();
    let kept = Arc::clone(&noted);
    store.note_erasures(Arc::new(move |erased| {
        kept.lock().unwrap().extend_from_slice(erased);
        Ok(())
    }));
    noted
}

impl Ward {
    async fn open(house: House) -> Self {
        let noted = noting(&house.store);
        let visit = house.visit().await;
        let (doctor, patient) = (live(&house, visit.doctor.id).await, live(&house, visit.patient.id).await);
        Self { house, visit, doctor, patient, noted }
    }

    /// A note of the doctor's.
    async fn theirs(&self) -> RecordId {
        let new = note(self.visit.patient.id, self.doctor, &[self.doctor, self.patient]);
        let id = new.id;
        self.house.store.seal_record(&self.visit.doctor, new, NOW).await.unwrap();
        id
    }

    /// A document of the patient's own.
    async fn own(&self) -> RecordId {
        let mut new = note(self.visit.patient.id, self.patient, &[self.patient]);
        new.kind = RecordKind::Document;
        let id = new.id;
        self.house.lets_keep(&self.visit.patient, self.visit.patient.id).await;
        self.house.store.seal_record(&self.visit.patient, new, NOW).await.unwrap();
        id
    }

    async fn erase(&self, which: Which, now: Timestamp) -> Vec<(RecordId, Outcome)> {
        let fates = self.house.store.erase_records(&self.visit.patient, which, now).await.unwrap();
        fates.into_iter().map(|fate| (fate.record, fate.outcome)).collect()
    }

    async fn listed(&self, doctor: bool) -> Vec<RecordId> {
        let person = if doctor { &self.visit.doctor } else { &self.visit.patient };
        let list = self.house.store.records_of(person, Filter::default(), NOW).await.unwrap();
        list.records.into_iter().map(|view| view.id).collect()
    }

    async fn sql(&self, text: &str) {
        let db = self.house.raw().await;
        db.execute_unprepared(text).await.unwrap();
        db.close().await.unwrap();
    }

    /// Rows that open anything, and salts.
    async fn openers(&self) -> i64 {
        let mut all = 0;
        for rows in ["record_wrap", "clinic_wrap", "grant_wrap", "record_version WHERE salt IS NOT NULL"] {
            all += self.house.number(&format!("SELECT count(*) AS n FROM {rows}")).await;
        }
        all
    }
}

on_both! {
    async fn what_is_ones_own_is_erased_at_once_and_leaves_a_tombstone(house) {
        let ward = Ward::open(house).await;
        let own = ward.own().await;
        assert_eq!(ward.openers().await, 2, "a wrap and a salt");
        assert_eq!(ward.erase(Which::These(vec![own]), NOW).await, [(own, Outcome::Erased)]);
        assert_eq!(ward.openers().await, 0);
        assert!(ward.listed(false).await.is_empty());
        let read = ward.house.store.record_for(own, None, &ward.visit.patient, NOW).await;
        assert!(matches!(read, Err(StoreError::NotFound)));
        assert_eq!(*ward.noted.lock().unwrap(), [Erased { record: own, outcome: Outcome::Erased, at: NOW }]);
        let stones = ward.house.store.erasures_of(ward.visit.patient.id, NOW).await.unwrap();
        assert!(matches!(stones.as_slice(), [stone] if stone.record == own && stone.kind == RecordKind::Document));
        let again = ward.house.store.erase_records(&ward.visit.patient, Which::These(vec![own]), NOW).await;
        assert!(matches!(again, Err(StoreError::NotFound)), "what is gone is not there to be erased");
    }

    async fn what_belongs_to_a_treatment_is_restricted_until_its_years_are_over_and_then_erased(house) {
        let ward = Ward::open(house).await;
        let theirs = ward.theirs().await;
        let fates = ward.house.store.erase_records(&ward.visit.patient, Which::All, NOW).await.unwrap();
        let until = kept_until(NOW, Retention::default());
        assert!(matches!(fates.as_slice(), [fate] if fate.outcome == Outcome::Restricted
            && fate.why == Some(Kept::Retention) && fate.until == Some(until)));
        assert_eq!(ward.listed(false).await, [theirs], "the patient sees that it is there");
        let read = ward.house.store.record_for(theirs, None, &ward.visit.patient, NOW).await;
        assert!(matches!(read, Err(StoreError::Restricted)));
        assert!(ward.listed(true).await.is_empty());
        let read = ward.house.store.record_for(theirs, None, &ward.visit.doctor, NOW).await;
        assert!(matches!(read, Err(StoreError::NotFound)), "for the doctor it is not there");
        let read = ward.house.store.block_for(theirs, "x", &ward.visit.doctor, NOW).await;
        assert!(matches!(read, Err(StoreError::NotFound)));
        assert_eq!(ward.openers().await, 3, "whom the law names can still be given it");
        let before = Timestamp(until.0 - 1);
        assert_eq!(ward.house.store.erase_due(10, before).await.unwrap(), 0);
        assert_eq!(ward.house.store.erase_due(10, until).await.unwrap(), 1);
        assert_eq!(ward.openers().await, 0);
        assert!(ward.listed(false).await.is_empty());
        let told: Vec<_> = ward.noted.lock().unwrap().iter().map(|one| one.outcome).collect();
        assert_eq!(told, [Outcome::Restricted, Outcome::Erased]);
    }

    async fn a_treatment_that_began_long_ago_is_erased_at_once(house) {
        let ward = Ward::open(house).await;
        let theirs = ward.theirs().await;
        assert_eq!(ward.erase(Which::All, LATER).await, [(theirs, Outcome::Erased)]);
    }

    async fn a_doctors_word_in_what_was_ones_own_makes_it_part_of_the_treatment(house) {
        let ward = Ward::open(house).await;
        let own = ward.own().await;
        ward.sql("INSERT INTO record_version (record_id, ver, author_id, at, cid, size, blocks, made_at) \
            SELECT v.record_id, 2, d.id, v.at, 'second', 1, 0, v.made_at FROM record_version v JOIN person d ON d.login = 'd001'").await;
        assert_eq!(ward.erase(Which::All, NOW).await, [(own, Outcome::Restricted)]);
    }

    async fn nobody_erases_what_is_anothers_and_then_nothing_of_it_happens(house) {
        let ward = Ward::open(house).await;
        let (own, theirs) = (ward.own().await, ward.theirs().await);
        let stranger = ward.house.person("p002", Role::Patient).await;
        for which in [vec![own], vec![theirs, own], vec![RecordId(uuid::Uuid::new_v4())]] {
            let tried = ward.house.store.erase_records(&stranger, Which::These(which), NOW).await;
            assert!(matches!(tried, Err(StoreError::NotFound)));
        }
        assert!(ward.house.store.erase_records(&stranger, Which::All, NOW).await.unwrap().is_empty());
        assert!(ward.noted.lock().unwrap().is_empty());
        assert_eq!(ward.openers().await, 5);
    }

    async fn nothing_is_erased_that_cannot_be_noted(house) {
        let visit = house.visit().await;
        let (patient, own) = (live(&house, visit.patient.id).await, visit.patient.clone());
        let new = note(visit.patient.id, patient, &[patient]);
        house.lets_keep(&own, own.id).await;
        house.store.seal_record(&own, new, NOW).await.unwrap();
        let unset = house.store.erase_records(&own, Which::All, NOW).await;
        assert!(matches!(unset, Err(StoreError::Unavailable(_))), "there is no log");
        house.store.note_erasures(Arc::new(|_| Err(io::ErrorKind::StorageFull.into())));
        assert!(matches!(house.store.erase_records(&own, Which::All, NOW).await, Err(StoreError::Full)));
        assert_eq!(house.number("SELECT count(*) AS n FROM record_wrap").await, 1);
        assert_eq!(house.number("SELECT count(*) AS n FROM record WHERE erased_at IS NOT NULL").await, 0);
    }

    async fn each_erasure_is_in_the_audit_and_told_to_the_ledger(house) {
        let ward = Ward::open(house).await;
        let (own, theirs) = (ward.own().await, ward.theirs().await);
        ward.erase(Which::All, NOW).await;
        for (action, record) in [("record.erase", own), ("record.restrict", theirs)] {
            let wanted = vaidya::store::trail::Wanted { action: Some(action.to_owned()), ..Default::default() };
            let entries = ward.house.store.audit(OrgId::HOME, wanted).await.unwrap();
            assert!(matches!(entries.as_slice(), [entry] if entry.thing == Some(("record".to_owned(), record.0))
                && entry.about == Some(ward.visit.patient.id.0) && entry.actor == Some(ward.visit.patient.id.0)));
        }
        assert!(ward.house.store.walk_audit().await.unwrap().first_bad.is_none());
        let facts = ward.house.store.claim(Consumer::Ledger, 100, NOW, Duration::from_secs(9)).await.unwrap();
        let mut told: Vec<_> = facts.into_iter().filter_map(|job| match job.fact {
            Some(Fact::House(HouseEvent::RecordErased { record, outcome })) => Some((record, outcome)),
            _ => None,
        }).collect();
        told.sort_by_key(|(_, outcome)| outcome.as_str());
        assert_eq!(told, [(own, Outcome::Erased), (theirs, Outcome::Restricted)]);
    }

    async fn what_a_backup_brings_back_is_erased_again_and_once(house) {
        let ward = Ward::open(house).await;
        let (own, theirs, kept) = (ward.own().await, ward.theirs().await, ward.theirs().await);
        ward.erase(Which::These(vec![own, theirs]), NOW).await;
        // The rows of before are there again.
        ward.sql("UPDATE record SET erased_at = NULL, restricted_at = NULL, why = NULL").await;
        ward.sql("UPDATE record_version SET salt = commitment").await;
        ward.sql("INSERT INTO record_wrap (record_id, ver, key_id, ek, made_at) \
            SELECT r.id, 1, k.id, k.rsa, 1 FROM record r JOIN person_key k ON k.person_id = r.patient_id \
            WHERE r.kind = 'document'").await;
        let noted = ward.noted.lock().unwrap().clone();
        assert_eq!(ward.house.store.erase_again(noted.clone(), LATER).await.unwrap(), 2);
        assert_eq!(ward.listed(true).await, [kept]);
        let read = ward.house.store.record_for(own, None, &ward.visit.patient, NOW).await;
        assert!(matches!(read, Err(StoreError::NotFound)));
        let read = ward.house.store.record_for(theirs, None, &ward.visit.patient, NOW).await;
        assert!(matches!(read, Err(StoreError::Restricted)));
        assert_eq!(ward.house.number("SELECT count(*) AS n FROM record_wrap").await, 4, "of the two that are not erased");
        assert_eq!(ward.house.store.erase_again(noted, LATER).await.unwrap(), 0);
    }
}

/// Whether these bytes are anywhere in the files of a SQLite database.
fn in_files(house: &House, bytes: &[u8]) -> bool {
    ["vaidya.db", "vaidya.db-wal"].iter().any(|file| {
        let text = std::fs::read(house.folder.path().join(file)).unwrap_or_default();
        text.windows(bytes.len()).any(|part| part == bytes)
    })
}

#[test]
fn nothing_of_a_wrap_is_left_in_sqlites_files() {
    actix::System::new().block_on(async {
        let ward = Ward::open(House::on_sqlite().await).await;
        let own = ward.own().await;
        let marker = b"A WRAP THAT MUST BE GONE FROM EVERY PAGE AND FROM THE LOG OF WRITES";
        let hex: String = marker.iter().map(|byte| format!("{byte:02x}")).collect();
        ward.sql(&format!("UPDATE record_wrap SET ek = X'{hex}'")).await;
        ward.sql(&format!("UPDATE record_version SET salt = X'{hex}'")).await;
        assert!(in_files(&ward.house, marker), "the test sees what is there");
        ward.erase(Which::These(vec![own]), NOW).await;
        ward.house.store.scrub().await;
        assert!(!in_files(&ward.house, marker));
    });
}

#[test]
fn a_file_that_came_back_from_a_backup_is_erased_by_the_log_beside_it() {
    actix::System::new().block_on(async {
        let ward = Ward::open(House::on_sqlite().await).await;
        let own = ward.own().await;
        let folder = ward.house.folder.path().to_owned();
        let backup = folder.join("backup.db");
        ward.sql(&format!("VACUUM INTO '{}'", backup.display())).await;
        let log = Erasures::new(&folder);
        let second = ward.house.second_store().await;
        let noting = log.clone();
        second.note_erasures(Arc::new(move |erased| noting.note(erased)));
        second.erase_records(&ward.visit.patient, Which::All, NOW).await.unwrap();
        second.close().await;
        ward.house.store.close().await;
        for file in ["vaidya.db-wal", "vaidya.db-shm"] {
            let _was_there = std::fs::remove_file(folder.join(file));
        }
        std::fs::copy(&backup, folder.join("vaidya.db")).unwrap();
        let restored = Store::open(None, &folder).await.unwrap();
        assert!(restored.record_for(own, None, &ward.visit.patient, NOW).await.is_ok(), "the backup has it");
        assert_eq!(restored.erase_again(log.read().unwrap().erased, NOW).await.unwrap(), 1);
        let read = restored.record_for(own, None, &ward.visit.patient, NOW).await;
        assert!(matches!(read, Err(StoreError::NotFound)));
        assert_eq!(ward.house.number("SELECT count(*) AS n FROM record_wrap").await, 0);
        restored.close().await;
    });
}
