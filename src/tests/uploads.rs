//! Large files over HTTP: sent in blocks, gone on with after a cut, kept whole or not at all.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests end by panicking")]

use sea_orm::{ConnectionTrait as _, Database};
use serde_json::{Value, json};
use uuid::Uuid;
use vaidya_clinic::record::RecordKind;
use vaidya_clinic::vault::chunk::{CHUNK, Chunks};
use vaidya_clinic::vault::object::{Cid, MAX_OBJECT};
use vaidya_clinic::vault::secret::Secret;

use crate::app::on_a_small_disk;
use crate::browser::{Answer, Browser};
use crate::device::Writing;
use crate::records::{files, wait_until};
use crate::server::{Folder, Server};
use crate::visit::{Clinic, id};
use crate::writing::Ward;

/// Two full blocks and a small one.
struct File {
    what: Writing,
    chunks: Chunks,
    blocks: Vec<Vec<u8>>,
}

impl File {
    fn of(ward: &Ward) -> Self {
        let what = ward.writing(RecordKind::Document, "a manifest");
        let chunks = Chunks::new(&Secret::from_bytes([9; 32]), what.record, 1);
        let plain = [vec![1; CHUNK], vec![2; CHUNK], vec![3; 1_000]];
        let seal = |(index, plain): (u32, &Vec<u8>)| chunks.seal(index, index == 2, plain).unwrap();
        let blocks = (0..).zip(&plain).map(seal).collect();
        Self { what, chunks, blocks }
    }

    fn cid(&self, index: usize) -> String {
        Cid::of(&self.blocks[index]).as_str().to_owned()
    }

    fn cids(&self) -> Vec<String> {
        (0..self.blocks.len()).map(|index| self.cid(index)).collect()
    }

    fn announced(&self) -> Value {
        json!({"blocks": self.blocks.len(), "bytes": self.blocks.iter().map(Vec::len).sum::<usize>()})
    }

    fn begin(&self, browser: &mut Browser) -> String {
        let begun = browser.post("/uploads", &self.announced());
        assert_eq!(begun.status, 201, "{}", begun.body);
        id(&begun.json())
    }

    fn put(&self, browser: &mut Browser, upload: &str, index: usize) -> Answer {
        browser.put(&format!("/uploads/{upload}/blocks/{}", self.cid(index)), &self.blocks[index])
    }

    fn record(&self, ward: &Ward) -> Value {
        let mut sent = ward.by_patient(&self.what);
        sent["blocks"] = json!(self.cids());
        sent
    }
}

#[test]
fn a_large_file_is_sent_in_blocks_gone_on_with_after_a_cut_and_opens_whole() {
    let mut ward = Ward::new();
    let file = File::of(&ward);
    let upload = file.begin(&mut ward.patient.browser);
    assert_eq!(file.put(&mut ward.patient.browser, &upload, 1).status, 204);
    let path = format!("/uploads/{upload}");
    let so_far = ward.patient.browser.get(&path).json();
    assert_eq!((&so_far["have"], &so_far["bytes"]), (&json!([file.cid(1)]), &json!(MAX_OBJECT)));
    let early = ward.patient.browser.post("/records", &file.record(&ward));
    assert_eq!((early.status, early.code().as_str()), (424, "block_missing"));
    for index in [0, 1, 2, 2] {
        assert_eq!(file.put(&mut ward.patient.browser, &upload, index).status, 204, "again is as good as once");
    }
    let made = ward.patient.browser.post("/records", &file.record(&ward));
    assert_eq!((made.status, &made.json()["blocks"]), (201, &json!(3)), "{}", made.body);
    assert_eq!(ward.patient.browser.get(&path).status, 404, "it has done what it was for");
    let record = id(&made.json());
    let given = ward.patient.browser.get(&format!("/records/{record}")).json();
    assert_eq!(given["blocks"], json!(file.cids()));
    for (index, last) in [(0_u32, false), (1, false), (2, true)] {
        let cid = file.cid(usize::try_from(index).unwrap());
        let (status, block) = ward.patient.browser.fetch(&format!("/blocks/{cid}?record={record}"));
        assert_eq!(status, 200);
        assert!(file.chunks.open(index, last, &block).is_ok());
        assert!(file.chunks.open(index + 1, last, &block).is_err(), "nowhere else");
    }
}

#[test]
fn blocks_are_given_to_those_who_may_read_their_record_and_as_part_of_it_alone() {
    let mut ward = Ward::new();
    let file = File::of(&ward);
    let upload = file.begin(&mut ward.patient.browser);
    for index in 0..3 {
        file.put(&mut ward.patient.browser, &upload, index);
    }
    let (waiting, record) = (file.cid(0), file.what.record.0);
    let before = ward.patient.browser.fetch(&format!("/blocks/{waiting}?record={record}"));
    assert_eq!(before.0, 404, "no record, no block");
    assert_eq!(ward.patient.browser.post("/records", &file.record(&ward)).status, 201);
    assert_eq!(ward.patient.browser.fetch(&format!("/blocks/{waiting}?record={record}")).0, 200);
    assert_eq!(ward.doctor.browser.fetch(&format!("/blocks/{waiting}?record={record}")).0, 404);
    let mut stranger = Browser::signed_in(ward.clinic.server.port, "p002", "patient456");
    assert_eq!(stranger.fetch(&format!("/blocks/{waiting}?record={record}")).0, 404);
    assert_eq!(stranger.get(&format!("/blocks/{waiting}")).status, 400, "of which record, one has to say");
    let note = id(&ward.kept(RecordKind::Note, "another"));
    assert_eq!(ward.patient.browser.fetch(&format!("/blocks/{waiting}?record={note}")).0, 404, "not of this one");
    for wrong in [waiting.to_uppercase(), format!("{}b", &waiting[..58]), waiting.replace("bafkrei", "bafybei")] {
        let answer = ward.patient.browser.get(&format!("/blocks/{wrong}?record={record}"));
        assert_eq!((answer.status, answer.code().as_str()), (422, "bad_field"), "{wrong}");
    }
}

#[test]
fn a_block_that_changed_on_its_way_or_is_anothers_is_refused() {
    let mut ward = Ward::new();
    let file = File::of(&ward);
    let upload = file.begin(&mut ward.patient.browser);
    let path = format!("/uploads/{upload}/blocks/{}", file.cid(2));
    let mut flipped = file.blocks[2].clone();
    flipped[7] ^= 1;
    for wrong in [flipped, file.blocks[2][1..].to_vec(), file.blocks[0].clone(), Vec::new()] {
        let answer = ward.patient.browser.put(&path, &wrong);
        assert_eq!((answer.status, answer.code().as_str()), (422, "bad_block"));
    }
    let larger = vec![1; MAX_OBJECT + 1];
    let answer = ward.patient.browser.put(&format!("/uploads/{upload}/blocks/{}", Cid::of(&larger).as_str()), &larger);
    assert_eq!((answer.status, answer.code().as_str()), (413, "too_large"));
    let by_another = ward.doctor.browser.put(&path, &file.blocks[2]);
    assert_eq!(by_another.status, 404);
    assert_eq!(ward.doctor.browser.get(&format!("/uploads/{upload}")).status, 404);
    assert_eq!(files(&ward.clinic.folder.0.join("blocks")).len(), 0, "nothing of it took space");
}

#[test]
fn a_record_takes_blocks_of_its_own_author_alone_and_none_twice() {
    let mut ward = Ward::new();
    let file = File::of(&ward);
    let upload = file.begin(&mut ward.doctor.browser);
    for index in 0..3 {
        file.put(&mut ward.doctor.browser, &upload, index);
    }
    assert_eq!(ward.patient.browser.post("/records", &file.record(&ward)).code(), "block_missing");
    let own = file.begin(&mut ward.patient.browser);
    for index in 0..3 {
        file.put(&mut ward.patient.browser, &own, index);
    }
    let mut twice = file.record(&ward);
    twice["blocks"] = json!([file.cid(0), file.cid(0), file.cid(1)]);
    assert_eq!(ward.patient.browser.post("/records", &twice).code(), "block_missing");
    assert_eq!(ward.patient.browser.post("/records", &file.record(&ward)).status, 201);
}

#[test]
fn nobody_sends_more_than_they_announced_or_announces_more_than_there_is_room_for() {
    let mut ward = Ward::new();
    let file = File::of(&ward);
    let browser = &mut ward.patient.browser;
    for wrong in [(0, 1), (50, 1), (1, 0), (1, MAX_OBJECT + 1)] {
        let answer = browser.post("/uploads", &json!({"blocks": wrong.0, "bytes": wrong.1}));
        assert_eq!((answer.status, answer.code().as_str()), (422, "bad_field"));
    }
    let small = id(&browser.post("/uploads", &json!({"blocks": 1, "bytes": 2_000})).json());
    assert_eq!(file.put(browser, &small, 0).code(), "bad_field", "more bytes");
    assert_eq!(file.put(browser, &small, 2).status, 204);
    let more = b"one more".to_vec();
    let path = format!("/uploads/{small}/blocks/{}", Cid::of(&more).as_str());
    assert_eq!(browser.put(&path, &more).code(), "bad_field", "more blocks");
    let all: Vec<_> = (0..7).map(|_| file.begin(browser)).collect();
    let answer = browser.post("/uploads", &file.announced());
    assert_eq!((answer.status, answer.code().as_str()), (429, "too_many_uploads"));
    assert_eq!(browser.ask("DELETE", &format!("/uploads/{}", all[0]), &Value::Null).status, 204);
    assert_eq!(browser.ask("DELETE", &format!("/uploads/{}", all[0]), &Value::Null).status, 404);
    file.begin(browser);
    let whole = json!({"blocks": 49, "bytes": 49 * MAX_OBJECT});
    let mut other = Browser::signed_in(ward.clinic.server.port, "p002", "patient456");
    let made: Vec<_> = (0..6).map(|_| other.post("/uploads", &whole).status).collect();
    assert_eq!(made, [201, 201, 201, 201, 201, 429], "256 MiB at the same time");
}

#[tokio::test]
async fn a_server_killed_between_block_and_row_takes_the_block_again() {
    let mut ward = Ward::new();
    let file = File::of(&ward);
    let upload = file.begin(&mut ward.patient.browser);
    let db = format!("sqlite://{}", ward.clinic.folder.0.join("vaidya.db").display());
    let db = Database::connect(db).await.unwrap();
    db.execute_unprepared("BEGIN IMMEDIATE").await.unwrap();
    let (mut browser, path, block) =
        (ward.patient.browser.clone(), format!("/uploads/{upload}/blocks/{}", file.cid(2)), file.blocks[2].clone());
    let waiting = std::thread::spawn(move || browser.put(&path, &block).status);
    let blocks = ward.clinic.folder.0.join("blocks");
    wait_until(|| files(&blocks).iter().any(|file| !file.to_string_lossy().contains("unfinished")));
    let Ward { clinic, mut patient, mut doctor, visit } = ward;
    let Clinic { server, folder, .. } = clinic;
    server.kill();
    assert_eq!(waiting.join().unwrap(), 0, "no answer came");
    db.close().await.unwrap();
    let server = Server::start(&folder.0);
    patient.browser = patient.browser.at(server.port);
    doctor.browser = doctor.browser.at(server.port);
    assert_eq!(patient.browser.get(&format!("/uploads/{upload}")).json()["have"], json!([]));
    for index in 0..3 {
        assert_eq!(file.put(&mut patient.browser, &upload, index).status, 204);
    }
    let clinic = Clinic { server, folder, doctor: doctor.browser.clone(), patient: patient.browser.clone() };
    let mut ward = Ward { clinic, visit, doctor, patient };
    assert_eq!(ward.patient.browser.post("/records", &file.record(&ward)).status, 201);
    assert_eq!(files(&blocks).len(), 4, "three blocks and the record");
    assert_eq!(ward.patient.browser.get(&format!("/records/{}", Uuid::new_v4())).status, 404);
}

#[test]
fn a_full_disk_takes_no_block_loses_none_and_goes_on_when_there_is_room_again() {
    let folder = Folder::new();
    let (server, ballast) = on_a_small_disk(&folder);
    let doctor = Browser::signed_in(server.port, "d001", "doctor123");
    let patient = Browser::signed_in(server.port, "p001", "patient123");
    let mut ward = Ward::of(Clinic { server, folder, doctor, patient });
    let mut kept = 0;
    let (file, upload, at) = 'full: loop {
        let file = File::of(&ward);
        let upload = file.begin(&mut ward.patient.browser);
        for index in 0..3 {
            let answer = file.put(&mut ward.patient.browser, &upload, index);
            if answer.status == 507 {
                assert_eq!(answer.code(), "storage_full");
                break 'full (file, upload, index);
            }
            assert_eq!(answer.status, 204, "{}", answer.body);
            kept += 1;
        }
        assert!(kept < 8, "the disk must get full");
    };
    std::fs::remove_file(ballast).unwrap();
    let path = format!("/uploads/{upload}");
    let have = ward.patient.browser.get(&path).json()["have"].as_array().unwrap().len();
    assert_eq!(have, at, "what was there before is there still");
    assert_eq!(file.put(&mut ward.patient.browser, &upload, at).status, 204, "the same once more");
}
