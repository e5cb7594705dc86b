//! The command: starting, stopping, refusing to start with a sentence, and coming back from the dead.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests end by panicking")]

use std::collections::{HashMap, HashSet};
use std::net::{TcpListener, UdpSocket};
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::json;

use crate::browser::Browser;
use crate::server::{Folder, Server, VAIDYA, run};
use crate::visit::{clinic, say};

/// What the command complains of; it must fail.
fn complaint(data: &Path, settings: &[(&str, &str)], words: &[&str]) -> String {
    let done = run(data, settings, words);
    assert!(!done.status.success());
    let said = String::from_utf8(done.stderr).unwrap();
    assert_eq!(said.trim().lines().filter(|line| line.starts_with("vaidya: ")).count(), 1, "one sentence: {said}");
    said
}

#[test]
fn a_taken_port_is_named_with_the_setting_that_moves_it() {
    let folder = Folder::new();
    let web = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = web.local_addr().unwrap().to_string();
    let said = complaint(&folder.0, &[("VAIDYA_HTTP", &address)], &["serve"]);
    assert!(said.contains(&address) && said.contains("VAIDYA_HTTP"), "{said}");
    let media = UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = media.local_addr().unwrap().port().to_string();
    let said = complaint(&folder.0, &[("VAIDYA_MEDIA", &port)], &["serve"]);
    assert!(said.contains(&port) && said.contains("VAIDYA_MEDIA"), "{said}");
}

#[test]
fn a_second_server_on_the_same_folder_is_refused_and_told_which_has_it() {
    let folder = Folder::new();
    let server = Server::start(&folder.0);
    let said = complaint(&folder.0, &[], &["serve"]);
    assert!(said.contains(&format!("process {}", server.id())), "{said}");
    server.stop();
    Server::start(&folder.0);
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let folder = Folder::new();
    let file = folder.0.join("a-file");
    std::fs::write(&file, "").unwrap();
    let said = complaint(&folder.0, &[("VAIDYA_DATA", file.join("data").to_str().unwrap())], &["serve"]);
    assert!(said.contains("a-file/data") && said.contains("VAIDYA_DATA"), "{said}");
}

#[test]
fn settings_are_checked_before_anything_starts() {
    let folder = Folder::new();
    assert!(complaint(&folder.0, &[("VAIDYA_HTPP", "x")], &["serve"]).contains("did you mean VAIDYA_HTTP?"));
    assert!(complaint(&folder.0, &[("VAIDYA_MEDIA", "many")], &["serve"]).contains("VAIDYA_MEDIA is \"many\""));
    std::fs::write(folder.0.join("vaidya.toml"), "clinik_name = \"x\"").unwrap();
    let said = complaint(&folder.0, &[], &["serve"]);
    assert!(said.contains("clinik_name in vaidya.toml") && said.contains("clinic_name"), "{said}");
    std::fs::write(folder.0.join("vaidya.toml"), "clinic_name = \"Hill Clinic\"").unwrap();
    let server = Server::start(&folder.0);
    assert_eq!(server.browser().get("/config").json()["clinic"], "Hill Clinic");
}

#[test]
fn check_config_shows_every_setting_hides_passwords_and_tries_them() {
    let folder = Folder::new();
    let settings = [("VAIDYA_DATABASE_URL", "postgres://vaidya:hunter2@127.0.0.1:1/vaidya")];
    let done = run(&folder.0, &settings, &["check-config"]);
    let said = format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(!done.status.success());
    assert!(said.contains("postgres://vaidya:***@127.0.0.1:1/vaidya") && !said.contains("hunter2"), "{said}");
    assert!(said.contains("web port: free") && said.contains("database: cannot use the database"), "{said}");
    let done = run(&folder.0, &[], &["check-config"]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stdout));
}

#[test]
fn demo_people_are_made_once_and_only_when_asked_for() {
    let folder = Folder::new();
    Server::start(&folder.0).stop();
    let server = Server::start(&folder.0);
    let mut admin = Browser::signed_in(server.port, "a001", "admin123");
    assert_eq!(admin.get("/people").json().as_array().unwrap().len(), 9);
    for (login, password) in [
        ("p001", "patient123"),
        ("p002", "patient456"),
        ("d001", "doctor123"),
        ("d002", "doctor456"),
        ("r001", "reception123"),
    ] {
        assert!(server.said.contains(&format!("{login} / {password}")));
        Browser::signed_in(server.port, login, password);
    }
    server.stop();
    let plain = Server::with(&folder.0, &[], &["serve"]);
    assert!(plain.said.contains("Careful") && !plain.said.contains("doctor123"));
}

#[test]
fn the_page_is_served_for_every_path_with_headers_that_keep_browsers_careful() {
    let folder = Folder::new();
    let server = Server::start(&folder.0);
    let mut browser = server.browser();
    for path in ["/", "/login", "/visit/0b9d2f5e-6c1a-4a37-9a53-1f0f6f6f2a10", "/g/abc", "/setup/abc"] {
        let page = browser.send("GET", path, &[], "");
        assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")), "{path}");
        let policy = page.header("content-security-policy").unwrap();
        assert!(policy.contains("script-src 'self';") && !policy.contains("unsafe"), "{policy}");
        assert!(policy.contains("frame-ancestors 'none'"));
        assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
        assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
        assert!(page.header("permissions-policy").unwrap().contains("camera=(self)"));
    }
    assert_eq!(browser.send("GET", "/assets/none.js", &[], "").status, 404);
    assert_eq!(browser.get("/me").header("cache-control"), Some("no-store"));
    let metrics = browser.send("GET", "/metrics", &[], "");
    for name in ["vaidya_http_requests_total", "vaidya_rooms", "vaidya_peers", "vaidya_process_resident_bytes"] {
        assert!(metrics.body.contains(name), "{name}");
    }
    assert!(metrics.body.contains("route=\"/api/v1/me\",status=\"401\""));
}

#[tokio::test]
async fn killed_in_the_middle_of_a_thousand_messages_it_has_all_it_said_it_kept() {
    let mut clinic = clinic();
    let visit = clinic.open_visit();
    let (_doctor, mut patient) = clinic.both_in(&visit).await;
    let said: Vec<_> = (0..1000).map(|number| say(&visit, number + 10, &format!("message {number}"))).collect();
    for message in &said {
        patient.say(message).await;
    }
    let mut kept = HashMap::new();
    while kept.len() < 300 {
        let heard = patient.hear("said").await;
        kept.insert(heard["id"].as_str().unwrap().to_owned(), heard["seq"].as_u64().unwrap());
    }
    clinic.server.kill();
    while let Ok(heard) = patient.next().await {
        if heard["t"] == "said" {
            kept.insert(heard["id"].as_str().unwrap().to_owned(), heard["seq"].as_u64().unwrap());
        }
    }
    let server = Server::start(&clinic.folder.0);
    let mut back = clinic.patient.at(server.port).socket().await;
    assert_eq!(back.join(&visit).await["t"], "joined", "let in stays let in, signed in stays signed in");
    let mut chat = read_all(&mut clinic.patient.at(server.port), &visit);
    for (id, seq) in &kept {
        assert_eq!(chat.get(id), Some(seq), "said to be kept, and is");
    }
    // What was not answered is sent again with the same id, like a browser does.
    for message in &said {
        back.say(message).await;
    }
    while chat.len() < said.len() {
        let heard = back.hear_where(|message| message["t"] == "said" || message["t"] == "refused").await;
        match heard["t"].as_str() {
            Some("said") => drop(chat.insert(heard["id"].as_str().unwrap().to_owned(), heard["seq"].as_u64().unwrap())),
            _ => back.say(&said[usize::try_from(heard["re"].as_u64().unwrap()).unwrap() - 10]).await,
        }
    }
    let chat = read_all(&mut clinic.patient.at(server.port), &visit);
    let places: HashSet<_> = chat.values().copied().collect();
    assert_eq!(places, (1..=1000).collect(), "each once, without a gap");
    server.stop();
}

/// The whole chat over HTTP: ids with their places.
fn read_all(browser: &mut Browser, visit: &str) -> HashMap<String, u64> {
    let (mut chat, mut after) = (HashMap::new(), 0);
    loop {
        let page = browser.get(&format!("/visits/{visit}/chat?after={after}")).json();
        let page = page["chat"].as_array().expect("a page").clone();
        if page.is_empty() {
            return chat;
        }
        for said in page {
            after = said["seq"].as_u64().unwrap();
            assert!(chat.insert(said["id"].as_str().unwrap().to_owned(), after).is_none(), "kept twice");
        }
    }
}

/// A server with a disk of 5 MB that only it sees, a fifth of it ballast, which the answer names.
pub(crate) fn on_a_small_disk(folder: &Folder) -> (Server, String) {
    let data = folder.0.join("small");
    std::fs::create_dir(&data).unwrap();
    let disk = "mount -t tmpfs -o size=5m none \"$VAIDYA_DATA\" && cd / && dd if=/dev/zero of=\"$VAIDYA_DATA/ballast\" bs=1k count=1024 \
        status=none && exec \"$0\" serve --demo";
    let mut command = Command::new("unshare");
    command
        .args(["--map-root-user", "--mount", "sh", "-c", disk, VAIDYA])
        .env_clear()
        .env("PATH", "/usr/bin:/bin:/usr/sbin:/sbin");
    command.env("VAIDYA_HTTP", "127.0.0.1:0").env("VAIDYA_MEDIA", "0").env("VAIDYA_PUBLIC_IP", "127.0.0.1");
    command.env("VAIDYA_DATA", &data).stdout(Stdio::piped()).stderr(Stdio::piped());
    let server = Server::of(command);
    let ballast = format!("/proc/{}/root{}", server.id(), data.join("ballast").display());
    (server, ballast)
}

#[tokio::test]
async fn a_full_disk_refuses_messages_loses_none_and_takes_them_when_there_is_room_again() {
    let folder = Folder::new();
    let (server, ballast) = on_a_small_disk(&folder);
    let mut doctor = Browser::signed_in(server.port, "d001", "doctor123");
    let patient = Browser::signed_in(server.port, "p001", "patient123").me();
    let visit = doctor.post("/visits", &json!({"patient": patient["id"]})).json();
    let visit = visit["id"].as_str().unwrap();
    let mut socket = doctor.socket().await;
    socket.join(visit).await;
    let mut kept = HashSet::new();
    let refused = loop {
        let message = say(visit, kept.len(), &"x".repeat(12_000));
        socket.say(&message).await;
        let heard = socket.hear_where(|heard| heard["t"] == "said" || heard["t"] == "refused").await;
        if heard["t"] == "refused" {
            assert_eq!(heard["code"], "storage_full", "{heard}");
            break message;
        }
        kept.insert(heard["id"].as_str().unwrap().to_owned());
        assert!(kept.len() < 1000, "the disk must get full");
    };
    assert_eq!(doctor.get("/me").status, 200, "the server goes on");
    // What is written down takes less room than a message did: some of it may still fit.
    let mut looks = (0..1000).map(|_| doctor.get(&format!("/visits/{visit}/chat")));
    let unseen = looks.find(|look| look.status != 200).expect("the disk is full");
    assert_eq!(unseen.code(), "storage_full", "what cannot be written down as seen is not shown");
    std::fs::remove_file(ballast).expect("the ballast");
    socket.say(&refused).await;
    let heard = socket.hear_where(|heard| heard["t"] == "said" || heard["t"] == "refused").await;
    assert_eq!((heard["t"].as_str(), &heard["id"]), (Some("said"), &refused["id"]));
    kept.insert(refused["id"].as_str().unwrap().to_owned());
    let read = read_all(&mut doctor, visit).into_keys().collect::<HashSet<_>>();
    assert_eq!(read, kept, "all that was said to be kept, and no more");
    let _log = server.kill();
}
