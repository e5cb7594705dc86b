//! Redis for the tests: a private server for the test that asks.
#![expect(clippy::expect_used, reason = "tests end by panicking")]

use std::path::PathBuf;
use std::process::Command;

use crate::server::Folder;

/// A running Redis.
pub(crate) struct Redis {
    folder: Folder,
    pub(crate) url: String,
}

fn script(word: &str, folder: &Folder) -> String {
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("scripts/redis.sh");
    let done = Command::new(script).arg(word).arg(&folder.0).output().expect("scripts/redis.sh runs");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8_lossy(&done.stdout).trim().to_owned()
}

impl Redis {
    pub(crate) fn start() -> Self {
        let folder = Folder::new();
        let url = script("start", &folder);
        Self { folder, url }
    }

    pub(crate) fn stop(self) {
        drop(self);
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        script("stop", &self.folder);
    }
}
