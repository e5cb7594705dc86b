//! PostgreSQL for the tests: one private server for the whole run, a fresh database for each test that asks.
#![expect(clippy::expect_used, reason = "tests end by panicking")]

use std::fs::File;
use std::os::unix::process::parent_id;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use sea_orm::{ConnectionTrait, Database};
use uuid::Uuid;

/// The address of a fresh, empty database.
pub(crate) async fn fresh() -> String {
    static SERVER: OnceLock<String> = OnceLock::new();
    let server = SERVER.get_or_init(server);
    let name = format!("test_{}", Uuid::new_v4().simple());
    let admin = Database::connect(server.as_str()).await.expect("the tests' PostgreSQL answers");
    admin.execute_unprepared(&format!("CREATE DATABASE {name}")).await.expect("a database is made");
    admin.close().await.expect("the connection closes");
    let (host, _) = server.rsplit_once('/').expect("an address with a database");
    format!("{host}/{name}")
}

/// The address of the run's server. The first who asks starts it; the others, which may be other processes, wait at the
/// lock and read its address. The script stops it when the run ends, however it ends.
fn server() -> String {
    let (run, ends_with) = run();
    let folder = std::env::temp_dir().join(format!("vaidya-tests-{run}"));
    std::fs::create_dir_all(&folder).expect("a folder for PostgreSQL");
    let lock = File::create(folder.join("lock")).expect("a lock file");
    lock.lock().expect("the lock");
    let known = folder.join("url");
    if let Ok(url) = std::fs::read_to_string(&known) {
        return url;
    }
    let url = start(&folder, ends_with);
    std::fs::write(known, &url).expect("the address is written down");
    url
}

/// Which run this is, and the process it ends with: nextest gives every test a process of its own, cargo gives all of
/// them one.
fn run() -> (String, u32) {
    match std::env::var("NEXTEST_RUN_ID") {
        Ok(run) => (run, parent_id()),
        Err(_) => (std::process::id().to_string(), std::process::id()),
    }
}

fn start(folder: &Path, ends_with: u32) -> String {
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("scripts/postgres.sh");
    let started = Command::new(script).arg("start").arg(folder).arg(ends_with.to_string()).output();
    let started = started.expect("scripts/postgres.sh runs");
    let told = String::from_utf8_lossy(&started.stderr);
    assert!(started.status.success(), "{told}");
    String::from_utf8_lossy(&started.stdout).trim().to_owned()
}
