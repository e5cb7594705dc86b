//! Blocks and the rows that name them: nothing without its block, nothing swept that is wanted, damage found and mended.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests end by panicking")]

use sea_orm::{ConnectionTrait as _, Database, DatabaseConnection};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;
use vaidya::clock;
use vaidya::gateway::blobs::{Blobs, Where};
use vaidya::jobs::blocks::{Audited, NotDone, ORPHAN, audit, sweep};
use vaidya::store::Store;
use vaidya_clinic::block::Flaw;
use vaidya_clinic::id::RecordId;
use vaidya_clinic::time::Timestamp;
use vaidya_clinic::vault::object::Cid;

use crate::house::{House, on_both};
use crate::records::{Sealed, files, wait_until};
use crate::visit::Clinic;

const HOUR: Duration = Duration::from_secs(60 * 60);

fn blobs(folder: &Path) -> Blobs {
    Blobs::open(&Where::Folder, &folder.join("blocks"), None).unwrap()
}

/// When what is put now may be swept.
fn in_three_days() -> Timestamp {
    clock::now().plus(ORPHAN + HOUR)
}

async fn put(blobs: &Blobs) -> Cid {
    let bytes = clock::random::<64>().to_vec();
    let name = Cid::of(&bytes);
    drop(blobs.put(name.clone(), bytes).await.unwrap());
    name
}

/// Rows behind the store's back, on a visit's shoulders: a record with versions, an upload, papers.
struct Rows(DatabaseConnection);

impl Rows {
    async fn of(house: &House) -> Self {
        house.visit().await;
        let rows = Self(house.raw().await);
        rows.add(
            "INSERT INTO record (id, org_id, patient_id, kind, made_at) SELECT id, org_id, patient_id, 'note', 1 FROM visit",
        )
        .await;
        rows
    }

    async fn add(&self, sql: &str) {
        self.0.execute_unprepared(sql).await.expect("SQL");
    }

    async fn version(&self, ver: u32, name: &Cid) {
        self.add(&format!(
            "INSERT INTO record_version (record_id, ver, author_id, at, cid, size, blocks, made_at) \
             SELECT id, {ver}, doctor_id, 1, '{}', 64, 0, 1 FROM visit",
            name.as_str()
        ))
        .await;
    }

    async fn further(&self, place: u32, name: &Cid) {
        let name = name.as_str();
        self.add(&format!(
            "INSERT INTO record_block (record_id, ver, place, cid) SELECT id, 1, {place}, '{name}' FROM visit"
        ))
        .await;
    }

    async fn upload(&self, name: &Cid, expires: Timestamp) {
        self.add(&format!(
            "INSERT INTO upload (id, person_id, org_id, blocks, bytes, made_at, expires_at) \
             SELECT id, patient_id, org_id, 1, 64, 1, {} FROM visit",
            expires.0
        ))
        .await;
        self.arrived(name).await;
    }

    async fn arrived(&self, name: &Cid) {
        let name = name.as_str();
        self.add(&format!(
            "INSERT INTO upload_block (upload_id, cid, size, made_at) SELECT id, '{name}', 64, 1 FROM visit"
        ))
        .await;
    }

    async fn papers(&self, names: [&Cid; 2]) {
        self.add(&format!(
            "INSERT INTO credential_document (id, credential_id, name, kind, size, cid, made_at) \
             SELECT id, id, 'licence', 'application/pdf', 128, '{} {}', 1 FROM credential",
            names[0].as_str(),
            names[1].as_str()
        ))
        .await;
    }
}

async fn there(blobs: &Blobs, names: &[&Cid]) -> Vec<bool> {
    let mut there = Vec::new();
    for name in names {
        there.push(blobs.has(name).await.unwrap());
    }
    there
}

on_both! {
    async fn a_sweep_takes_what_no_row_names_after_two_days_and_nothing_else(house) {
        let (rows, blobs) = (Rows::of(&house).await, blobs(house.folder.path()));
        let (orphan, version, further) = (put(&blobs).await, put(&blobs).await, put(&blobs).await);
        let (first, second, uploaded) = (put(&blobs).await, put(&blobs).await, put(&blobs).await);
        rows.version(1, &version).await;
        rows.further(0, &further).await;
        rows.papers([&first, &second]).await;
        rows.upload(&uploaded, in_three_days().plus(HOUR)).await;
        let all = [&orphan, &version, &further, &first, &second, &uploaded];
        assert_eq!(sweep(&house.store, &blobs, clock::now().plus(ORPHAN - HOUR), false).await.unwrap(), 0, "too new");
        assert_eq!(there(&blobs, &all).await, [true; 6]);
        assert_eq!(sweep(&house.store, &blobs, in_three_days(), false).await.unwrap(), 1);
        assert_eq!(there(&blobs, &all).await, [false, true, true, true, true, true]);
        assert_eq!(sweep(&house.store, &blobs, in_three_days().plus(HOUR * 2), false).await.unwrap(), 1, "the upload is over");
        assert_eq!(there(&blobs, &all).await, [false, true, true, true, true, false]);
        assert_eq!(house.number("SELECT count(*) AS n FROM upload_block").await, 0);
    }

    async fn when_the_database_knows_too_few_blocks_none_is_swept_until_somebody_says_so(house) {
        let (rows, blobs) = (Rows::of(&house).await, blobs(house.folder.path()));
        rows.version(1, &put(&blobs).await).await;
        for _ in 0..65 {
            put(&blobs).await;
        }
        let refused = sweep(&house.store, &blobs, in_three_days(), false).await;
        assert!(matches!(refused, Err(NotDone::Foreign { unknown: 65, all: 66 })));
        assert_eq!(sweep(&house.store, &blobs, in_three_days(), true).await.unwrap(), 65);
        assert_eq!(sweep(&house.store, &blobs, in_three_days(), false).await.unwrap(), 0);
    }

    async fn a_block_that_comes_again_while_it_is_swept_is_there_when_its_row_is(house) {
        let (rows, blobs) = (Arc::new(Rows::of(&house).await), blobs(house.folder.path()));
        rows.upload(&put(&blobs).await, in_three_days().plus(HOUR)).await;
        for _ in 0..40 {
            let bytes = clock::random::<64>().to_vec();
            let name = Cid::of(&bytes);
            drop(blobs.put(name.clone(), bytes.clone()).await.unwrap());
            let (rows, into, of) = (Arc::clone(&rows), blobs.clone(), name.clone());
            let comes = tokio::spawn(async move {
                let held = into.put(of.clone(), bytes).await.unwrap();
                tokio::task::yield_now().await;
                rows.arrived(&of).await;
                drop(held);
            });
            sweep(&house.store, &blobs, in_three_days(), false).await.unwrap();
            comes.await.unwrap();
            assert!(blobs.has(&name).await.unwrap(), "a row without its block");
            assert_eq!(sweep(&house.store, &blobs, in_three_days(), false).await.unwrap(), 0);
        }
    }

    async fn an_audit_finds_what_is_missing_or_damaged_once_and_ends_the_alarm_when_it_is_whole(house) {
        let (rows, blobs) = (Rows::of(&house).await, blobs(house.folder.path()));
        let mut names = Vec::new();
        for ver in 1..=20 {
            let name = put(&blobs).await;
            rows.version(ver, &name).await;
            names.push(name);
        }
        rows.further(0, &names[3]).await;
        let clock = clock::clock();
        let whole = |whole| Audited { whole, ..Audited::default() };
        assert_eq!(audit(&house.store, &blobs, &clock, None).await.unwrap(), whole(20));
        assert_eq!(audit(&house.store, &blobs, &clock, Some(7)).await.unwrap(), whole(7));
        assert_eq!(audit(&house.store, &blobs, &clock, Some(0)).await.unwrap(), whole(0));
        let (good, flawed) = (blobs.get(names[3].clone()).await.unwrap().unwrap(), [&names[3], &names[5]]);
        std::fs::write(path_of(house.folder.path(), flawed[0]), b"damaged").unwrap();
        std::fs::remove_file(path_of(house.folder.path(), flawed[1])).unwrap();
        let found = Audited { whole: 18, flawed: 2, mended: 0 };
        assert_eq!(audit(&house.store, &blobs, &clock, None).await.unwrap(), found);
        let first = house.store.block_alarms().await.unwrap();
        let told = |name: &Cid| first.iter().find(|one| one.cid == name.as_str()).unwrap();
        assert_eq!((told(flawed[0]).what, told(flawed[0]).records), (Flaw::Damaged, 1));
        assert_eq!((told(flawed[1]).what, told(flawed[1]).mended_at), (Flaw::Missing, None));
        audit(&house.store, &blobs, &clock, Some(0)).await.unwrap();
        assert_eq!(house.store.block_alarms().await.unwrap(), first, "they are looked at again, and known");
        drop(blobs.put(names[3].clone(), good).await.unwrap());
        let now = audit(&house.store, &blobs, &clock, Some(0)).await.unwrap();
        assert_eq!((now.mended, house.store.open_block_alarms().await.unwrap()), (1, 1));
        let after = house.store.block_alarms().await.unwrap();
        assert_eq!((after[0].what, after[0].mended_at, after[1].mended_at.is_some()), (Flaw::Missing, None, true));
    }

    async fn a_sample_is_drawn_from_every_side(house) {
        let (rows, blobs) = (Rows::of(&house).await, blobs(house.folder.path()));
        let mut names = Vec::new();
        for ver in 1..=30 {
            let name = put(&blobs).await;
            rows.version(ver, &name).await;
            names.push(name);
        }
        names.sort();
        let from = names[27].clone();
        let sample = house.store.sample_blocks(&from, 6).await.unwrap();
        assert_eq!(sample, [&names[27..], &names[..3]].concat(), "around the end");
        assert_eq!(house.store.sample_blocks(&from, 100).await.unwrap().len(), 30, "each once");
    }
}

/// Where a block is on the disk.
fn path_of(folder: &Path, name: &Cid) -> PathBuf {
    let found = files(&folder.join("blocks")).into_iter().find(|path| path.ends_with(name.as_str()));
    found.expect("its file")
}

#[tokio::test]
async fn what_a_server_killed_between_block_and_row_left_behind_is_swept() {
    let sealed = Sealed::ended().await;
    let record = sealed.record("never kept");
    let blocks = sealed.clinic.folder.0.join("blocks");
    let database = format!("sqlite://{}", sealed.clinic.folder.0.join("vaidya.db").display());
    let db = Database::connect(database).await.unwrap();
    db.execute_unprepared("BEGIN IMMEDIATE").await.unwrap();
    let mut browser = sealed.doctor.browser.clone();
    let waiting = std::thread::spawn(move || browser.post("/records", &record).status);
    wait_until(|| files(&blocks).iter().any(|file| !file.to_string_lossy().contains("unfinished")));
    let Clinic { server, folder, .. } = sealed.clinic;
    server.kill();
    assert_eq!(waiting.join().unwrap(), 0, "no answer came");
    db.close().await.unwrap();
    let (store, blobs) = (Store::open(None, &folder.0).await.unwrap(), blobs(&folder.0));
    assert_eq!(
        sweep(&store, &blobs, clock::now().plus(ORPHAN - HOUR), false).await.unwrap(),
        0,
        "whoever was cut off may come back"
    );
    assert_eq!(sweep(&store, &blobs, in_three_days(), false).await.unwrap(), 1);
    assert_eq!(files(&blocks), Vec::<PathBuf>::new());
    store.close().await;
}

#[tokio::test]
async fn blocks_of_a_record_are_those_of_all_its_versions() {
    let house = House::on_sqlite().await;
    let (rows, blobs) = (Rows::of(&house).await, blobs(house.folder.path()));
    let (first, second, further) = (put(&blobs).await, put(&blobs).await, put(&blobs).await);
    rows.version(1, &first).await;
    rows.version(2, &second).await;
    rows.further(0, &further).await;
    assert!(house.store.blocks_of(Some(RecordId(Uuid::nil()))).await.is_err(), "there is no such record");
    let mut all = vec![first, second, further];
    all.sort();
    assert_eq!(house.store.blocks_of(None).await.unwrap(), all);
}
