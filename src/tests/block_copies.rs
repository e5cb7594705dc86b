//! Copies of blocks: files of them are taken out and in again, and what was damaged is told to the admin and mended by one.

use std::process::Output;

use serde_json::Value;
use uuid::Uuid;
use vaidya_clinic::vault::object::Cid;

use crate::browser::Browser;
use crate::records::{Sealed, files};
use crate::server::{Folder, Server, run};
use crate::visit::id;

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

pub(crate) fn ready(server: &Server) -> Value {
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
