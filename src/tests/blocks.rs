//! Blocks and the rows that name them: nothing without its block, nothing swept that is wanted, damage told and mended.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests end by panicking")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;
use std::time::Duration;

use sea_orm::{ConnectionTrait as _, Database, DatabaseConnection};
use serde_json::{Value, json};
use uuid::Uuid;
use vaidya::clock;
use vaidya::gateway::blobs::{Blobs, Where};
use vaidya::jobs::blocks::{Audited, NotDone, ORPHAN, audit, sweep};
use vaidya::store::Store;
use vaidya_clinic::block::Flaw;
use vaidya_clinic::id::RecordId;
use vaidya_clinic::record::RecordKind;
use vaidya_clinic::time::Timestamp;
use vaidya_clinic::vault::object::Cid;

use crate::browser::{Answer, Browser, base64url};
use crate::cut::Line;
use crate::device::Writing;
use crate::house::{House, on_both};
use crate::kubo::Kubo;
use crate::records::{Sealed, files, wait_until};
use crate::s3::{BUCKET, S3};
use crate::server::{Folder, Server, VAIDYA, run};
use crate::visit::{Clinic, clinic_with, id};

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

fn vaidya(folder: &Folder, words: &[&str]) -> (Output, String) {
    let done = run(&folder.0, &[], words);
    let said = format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    (done, said)
}

fn fails(folder: &Folder, words: &[&str]) -> String {
    let (done, said) = vaidya(folder, words);
    assert!(!done.status.success(), "{said}");
    said
}

fn does(folder: &Folder, words: &[&str]) -> String {
    let (done, said) = vaidya(folder, words);
    assert!(done.status.success(), "{said}");
    said
}

fn ready(server: &Server) -> Value {
    server.browser().send("GET", "/readyz", &[], "").json()
}

#[tokio::test]
async fn a_damaged_record_is_told_to_the_admin_and_opens_again_after_a_good_copy_was_imported() {
    let mut sealed = Sealed::ended().await;
    let record = id(&sealed.doctor.browser.post("/records", &sealed.record("whole")).json());
    let folder = &sealed.clinic.folder;
    let copy = folder.0.join("one.car");
    let copy = copy.to_str().unwrap();
    does(folder, &["blocks", "export", copy, "--record", &record]);
    let said = fails(folder, &["blocks", "export", copy]);
    assert!(said.contains("exists"), "nothing is written over: {said}");
    assert!(fails(folder, &["blocks", "export", "x.car", "--record", &Uuid::new_v4().to_string()]).contains("no such"));
    let block = files(&folder.0.join("blocks")).remove(0);
    let mut damaged = std::fs::read(&block).unwrap();
    damaged[9] ^= 1;
    std::fs::write(&block, damaged).unwrap();
    assert_eq!(sealed.patient.browser.get(&format!("/records/{record}")).code(), "block_damaged");
    let name = block.file_name().unwrap().to_str().unwrap();
    let said = fails(folder, &["blocks", "audit", "--all"]);
    assert!(said.contains(name) && said.contains("vaidya blocks import"), "{said}");
    let said = fails(folder, &["blocks", "export", "rest.car"]);
    assert!(said.contains(name), "{said}");
    let state = ready(&sealed.clinic.server);
    assert_eq!((state["state"].as_str(), state["block_alarms"].as_u64()), (Some("degraded"), Some(1)), "{state}");
    let mut admin = Browser::signed_in(sealed.clinic.server.port, "a001", "admin123");
    let alarms = admin.get("/block-alarms").json();
    assert_eq!((alarms[0]["cid"].as_str(), alarms[0]["what"].as_str()), (Some(name), Some("damaged")));
    assert_eq!((alarms[0]["records"].as_u64(), alarms[1].is_null()), (Some(1), true));
    assert_eq!(sealed.doctor.browser.get("/block-alarms").status, 403);
    let said = does(folder, &["blocks", "import", copy]);
    assert!(said.contains("1 had been"), "{said}");
    assert_eq!(sealed.patient.open(&record), "whole");
    assert!(admin.get("/block-alarms").json()[0]["mended_at"].is_i64());
    assert_eq!(ready(&sealed.clinic.server)["state"], "ok");
    does(folder, &["blocks", "audit", "--all"]);
}

#[tokio::test]
async fn everything_exported_is_everything_on_an_empty_disk() {
    let mut sealed = Sealed::ended().await;
    let record = id(&sealed.doctor.browser.post("/records", &sealed.record("kept")).json());
    let folder = &sealed.clinic.folder;
    does(folder, &["blocks", "export", "all.car"]);
    std::fs::remove_dir_all(folder.0.join("blocks")).unwrap();
    assert_eq!(ready(&sealed.clinic.server)["blocks"], "down");
    let away = sealed.patient.browser.get(&format!("/records/{record}"));
    assert_eq!((away.status, away.code().as_str()), (503, "blocks_away"), "a disk that isn't there has lost nothing");
    does(folder, &["blocks", "import", "all.car"]);
    assert_eq!(sealed.patient.open(&record), "kept");
}

#[test]
fn a_file_of_blocks_is_taken_in_as_far_as_it_is_what_it_says() {
    let folder = Folder::new();
    let server = Server::start(&folder.0);
    server.stop();
    let blocks: Vec<Vec<u8>> = (0..3).map(|number| vec![number; 2_000]).collect();
    let rt = tokio::runtime::Runtime::new().unwrap();
    let names: Vec<Cid> = blocks.iter().map(|block| Cid::of(block)).collect();
    rt.block_on(async {
        let file = folder.0.join("three.car");
        let mut writer = vaidya::gateway::blobs::car::Writer::create(&file, &names).await.unwrap();
        for (name, block) in names.iter().zip(&blocks) {
            writer.add(name, block).await.unwrap();
        }
        writer.finish().await.unwrap();
    });
    let whole = std::fs::read(folder.0.join("three.car")).unwrap();
    let kept = |name: &Cid| files(&folder.0.join("blocks")).iter().any(|path| path.ends_with(name.as_str()));
    let mut flipped = whole.clone();
    let middle = flipped.windows(16).position(|part| part == [1; 16]).unwrap();
    flipped[middle + 5] ^= 1;
    std::fs::write(folder.0.join("flipped.car"), flipped).unwrap();
    let said = fails(&folder, &["blocks", "import", "flipped.car"]);
    assert!(said.contains(names[1].as_str()) && said.contains("refused"), "{said}");
    assert_eq!(names.iter().map(kept).collect::<Vec<_>>(), [true, false, true], "the others are kept");
    std::fs::write(folder.0.join("cut.car"), &whole[..whole.len() - 2_100]).unwrap();
    assert!(fails(&folder, &["blocks", "import", "cut.car"]).contains("cut short"));
    // Cut where a block ends: only the list at the root knows.
    let last = whole.windows(16).position(|part| part == [2; 16]).unwrap();
    std::fs::write(folder.0.join("short.car"), &whole[..last - 38]).unwrap();
    let said = fails(&folder, &["blocks", "import", "short.car"]);
    assert!(said.contains("1 block is listed"), "{said}");
    std::fs::write(folder.0.join("no.car"), b"PK\x03\x04 and so on").unwrap();
    assert!(fails(&folder, &["blocks", "import", "no.car"]).contains("no CAR"));
    assert!(fails(&folder, &["blocks", "import", "none.car"]).contains("none.car"));
    does(&folder, &["blocks", "import", "three.car"]);
    assert_eq!(names.iter().map(kept).collect::<Vec<_>>(), [true; 3]);
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

#[tokio::test]
async fn while_s3_is_away_records_wait_and_then_are_kept_and_opened() {
    let s3 = S3::start();
    let line = Line::to(s3.port);
    let settings = s3.settings(line.port);
    let settings: Vec<_> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let mut sealed = Sealed::ended_in(clinic_with(&settings)).await;
    let record = sealed.record("kept in a bucket");
    line.cut();
    let away = sealed.doctor.browser.post("/records", &record);
    assert_eq!((away.status, away.code().as_str()), (503, "blocks_away"), "{}", away.body);
    assert!(away.header("retry-after").unwrap().parse::<u64>().unwrap() > 0);
    let state = ready(&sealed.clinic.server);
    assert_eq!((state["state"].as_str(), state["blocks"].as_str()), (Some("degraded"), Some("down")), "{state}");
    assert_eq!(sealed.clinic.server.browser().send("GET", "/readyz", &[], "").status, 200, "visits go on");
    assert_eq!(sealed.doctor.browser.get("/records").json()["records"], json!([]), "no row without its block");
    line.mend();
    let kept = sealed.doctor.browser.post("/records", &record);
    assert_eq!(kept.status, 201, "{}", kept.body);
    let record = id(&kept.json());
    assert_eq!(sealed.patient.open(&record), "kept in a bucket");
    line.cut();
    let away = sealed.patient.browser.get(&format!("/records/{record}"));
    assert_eq!((away.status, away.code().as_str()), (503, "blocks_away"));
    line.mend();
    assert_eq!(sealed.patient.open(&record), "kept in a bucket");
    let Clinic { server, folder, .. } = sealed.clinic;
    let log = server.stop();
    assert!(log.contains("can't be reached") || log.contains("broke off"), "{log}");
    assert!(!log.contains(&s3.secret) && !log.contains(&s3.key), "{log}");
    assert!(files(&folder.0.join("blocks")).is_empty(), "none of it is here");
    let done = run(&folder.0, &settings, &["blocks", "audit", "--all"]);
    assert!(String::from_utf8_lossy(&done.stdout).contains("1 whole"), "{done:?}");
}

#[tokio::test]
async fn a_server_with_a_kubo_node_keeps_records_there() {
    let node = Kubo::start();
    let place = format!("kubo+http://127.0.0.1:{}", node.port);
    let mut sealed = Sealed::ended_in(clinic_with(&[("VAIDYA_BLOCKS", &place)])).await;
    let made = sealed.doctor.browser.post("/records", &sealed.record("kept in a node")).json();
    assert!(node.having.lock().unwrap().pins.contains(made["cid"].as_str().unwrap()));
    assert_eq!(sealed.patient.open(&id(&made)), "kept in a node");
    node.having.lock().unwrap().full = true;
}

#[test]
fn a_server_whose_blocks_have_no_place_does_not_start_and_says_why() {
    let (s3, folder) = (S3::start(), Folder::new());
    let complaint = |settings: &[(&str, &str)]| {
        let done = run(&folder.0, settings, &["serve"]);
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        assert!(!done.status.success(), "{said}");
        assert!(!said.contains(&s3.secret) && !said.contains("hunter2"), "{said}");
        said
    };
    assert!(complaint(&[("VAIDYA_BLOCKS", "ftp://x:hunter2@y/z")]).contains("VAIDYA_BLOCKS"));
    assert!(complaint(&[("VAIDYA_BLOCKS", "s3://bucket")]).contains("VAIDYA_S3_KEY"));
    assert!(complaint(&[("VAIDYA_S3_SECRET", "hunter2")]).contains("VAIDYA_BLOCKS"));
    let settings = s3.settings(s3.port);
    let with = |name: &str, value: &str| {
        let mut all: Vec<(&str, String)> = settings.to_vec();
        all.iter_mut().filter(|(one, _)| *one == name).for_each(|(_, old)| *old = value.to_owned());
        let all: Vec<_> = all.iter().map(|(name, value)| (*name, value.as_str())).collect();
        complaint(&all)
    };
    assert!(with("VAIDYA_S3_SECRET", "hunter2").contains("VAIDYA_S3_SECRET"));
    assert!(with("VAIDYA_BLOCKS", "s3://elsewhere").contains("no bucket elsewhere"));
    let settings: Vec<_> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let done = run(&folder.0, &settings, &["check-config"]);
    let said = String::from_utf8_lossy(&done.stdout);
    assert!(said.contains(&format!("blocks: usable, in s3://{BUCKET}/blocks")), "{said}");
    assert!(!said.contains(&s3.secret) && !said.contains(&s3.key), "{said}");
}

/// A file of this many parts on its way to a server, by a doctor.
struct Upload {
    id: String,
    parts: Vec<String>,
}

impl Upload {
    fn begin(browser: &mut Browser, parts: Vec<String>) -> Self {
        let bytes: usize = parts.iter().map(String::len).sum();
        let begun = browser.post("/uploads", &json!({"blocks": parts.len(), "bytes": bytes}));
        assert_eq!(begun.status, 201, "{}", begun.body);
        Self { id: id(&begun.json()), parts }
    }

    fn names(&self) -> Vec<String> {
        self.parts.iter().map(|part| Cid::of(part.as_bytes()).as_str().to_owned()).collect()
    }

    fn put(&self, browser: &mut Browser, number: usize) -> Answer {
        let path = format!("/api/v1/uploads/{}/blocks/{}", self.id, self.names()[number]);
        let origin = browser.origin();
        let headers = [("origin", origin.as_str()), ("content-type", "application/octet-stream")];
        browser.send("PUT", &path, &headers, &self.parts[number])
    }

    /// How many of the first parts are there, and no others.
    fn have(&self, browser: &mut Browser) -> usize {
        let told = browser.get(&format!("/uploads/{}", self.id)).json();
        let mut have: Vec<String> = serde_json::from_value(told["have"].clone()).unwrap();
        let mut first = self.names()[..have.len()].to_vec();
        have.sort();
        first.sort();
        assert_eq!(have, first);
        have.len()
    }
}

#[tokio::test]
async fn an_upload_goes_on_after_s3_was_away_in_the_middle_of_it() {
    let s3 = S3::start();
    let line = Line::to(s3.port);
    let settings = s3.settings(line.port);
    let settings: Vec<_> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let mut sealed = Sealed::ended_in(clinic_with(&settings)).await;
    let parts = (0..5).map(|_| base64url(clock::random::<3_000>()).repeat(20)).collect();
    let upload = Upload::begin(&mut sealed.doctor.browser, parts);
    for number in 0..2 {
        assert_eq!(upload.put(&mut sealed.doctor.browser, number).status, 204);
    }
    line.cut_after(20_000);
    for number in 2..4 {
        let away = upload.put(&mut sealed.doctor.browser, number);
        assert_eq!((away.status, away.code().as_str()), (503, "blocks_away"), "{}", away.body);
        assert!(away.header("retry-after").is_some());
    }
    assert_eq!(upload.have(&mut sealed.doctor.browser), 2, "what came is known, and nothing else");
    let writing = Writing {
        record: RecordId(Uuid::new_v4()),
        version: 1,
        kind: RecordKind::Document,
        patient: sealed.patient.person,
        visit: None,
        text: "a list of parts".to_owned(),
    };
    let mut record = sealed.doctor.write(&writing, &[&sealed.doctor, &sealed.patient]);
    record["blocks"] = json!(upload.names());
    line.mend();
    let early = sealed.doctor.browser.post("/records", &record);
    assert_eq!((early.status, early.code().as_str()), (424, "block_missing"), "{}", early.body);
    for number in 2..5 {
        assert_eq!(upload.put(&mut sealed.doctor.browser, number).status, 204);
    }
    assert_eq!(upload.put(&mut sealed.doctor.browser, 0).status, 204, "the same once more");
    assert_eq!(upload.have(&mut sealed.doctor.browser), 5);
    let made = sealed.doctor.browser.post("/records", &record);
    assert_eq!(made.status, 201, "{}", made.body);
    let record = id(&made.json());
    assert_eq!(sealed.patient.open(&record), "a list of parts");
    for (name, part) in upload.names().iter().zip(&upload.parts) {
        let given = sealed.patient.browser.get(&format!("/blocks/{name}?record={record}"));
        assert!(given.status == 200 && given.body == *part);
    }
    let folder = &sealed.clinic.folder;
    let done = run(&folder.0, &settings, &["blocks", "export", "record.car", "--record", &record]);
    assert!(String::from_utf8_lossy(&done.stdout).contains("6 blocks"), "{done:?}");
}

#[test]
fn a_full_disk_takes_no_half_block_and_goes_on_when_there_is_room() {
    let folder = Folder::new();
    let blocks = folder.0.join("blocks");
    std::fs::create_dir(&blocks).unwrap();
    // A disk of 3 MB for blocks alone that only this server sees, a third of it ballast.
    let disk = "mount -t tmpfs -o size=3200k none \"$VAIDYA_DATA/blocks\" && cd / && dd if=/dev/zero \
        of=\"$VAIDYA_DATA/blocks/ballast\" bs=1k count=1024 status=none && exec \"$0\" serve --demo";
    let mut command = Command::new("unshare");
    command.args(["--map-root-user", "--mount", "sh", "-c", disk, VAIDYA]).env_clear();
    command.env("PATH", "/usr/bin:/bin:/usr/sbin:/sbin").env("VAIDYA_DATA", &folder.0);
    command.env("VAIDYA_HTTP", "127.0.0.1:0").env("VAIDYA_MEDIA", "0").env("VAIDYA_PUBLIC_IP", "127.0.0.1");
    let server = Server::of(command);
    let mut doctor = Browser::signed_in(server.port, "d001", "doctor123");
    let parts = (0..3).map(|number| number.to_string().repeat(1_000_000)).collect();
    let upload = Upload::begin(&mut doctor, parts);
    assert_eq!(upload.put(&mut doctor, 0).status, 204);
    assert_eq!(upload.put(&mut doctor, 1).status, 204);
    let full = upload.put(&mut doctor, 2);
    assert_eq!((full.status, full.code().as_str()), (507, "storage_full"), "{}", full.body);
    assert_eq!(upload.have(&mut doctor), 2);
    let seen = PathBuf::from(format!("/proc/{}/root{}", server.id(), blocks.display()));
    let names: Vec<_> = files(&seen).iter().map(|path| path.file_name().unwrap().to_owned()).collect();
    assert_eq!(names.len(), 3, "two blocks, the ballast and nothing half: {names:?}");
    std::fs::remove_file(seen.join("ballast")).unwrap();
    assert_eq!(upload.put(&mut doctor, 2).status, 204);
    assert_eq!(upload.have(&mut doctor), 3);
    let _log = server.kill();
}
