//! Where blocks are kept, when it is away, full or none: records wait and go on, and nothing is there by half.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests end by panicking")]

use std::path::PathBuf;
use std::process::Command;

use serde_json::json;
use uuid::Uuid;
use vaidya::clock;
use vaidya_clinic::id::RecordId;
use vaidya_clinic::record::RecordKind;
use vaidya_clinic::vault::object::Cid;

use crate::block_copies::ready;
use crate::browser::{Answer, Browser, base64url};
use crate::cut::Line;
use crate::device::Writing;
use crate::kubo::Kubo;
use crate::records::{Sealed, files};
use crate::s3::{BUCKET, S3};
use crate::server::{Folder, Server, VAIDYA, run};
use crate::visit::{Clinic, clinic_with, id};

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
