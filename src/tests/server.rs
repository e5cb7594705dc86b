//! A real server: the built command in a process of its own, on free ports, with a folder of its own.
#![expect(clippy::expect_used, reason = "tests end by panicking")]

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::sync::Mutex;
use std::sync::mpsc::Receiver;
use std::thread::JoinHandle;
use std::time::Duration;

use uuid::Uuid;

use crate::browser::Browser;

/// The command.
pub(crate) const VAIDYA: &str = env!("CARGO_BIN_EXE_vaidya");

/// Longest wait for a line of the log.
const PATIENCE: Duration = Duration::from_secs(60);

/// A folder that goes with the test.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        let path = std::env::temp_dir().join(format!("vaidya-test-{}", Uuid::new_v4().simple()));
        std::fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Left behind when something still writes in it; the system clears its temporary folder.
        let _left = std::fs::remove_dir_all(&self.0);
    }
}

/// A running server; killed when dropped.
pub(crate) struct Server {
    child: Child,
    /// Where it is.
    pub(crate) port: u16,
    /// What it said before it was ready.
    pub(crate) said: String,
    rest: JoinHandle<String>,
    log: JoinHandle<String>,
    so_far: Mutex<Receiver<String>>,
}

/// The command with nothing of this machine's environment and everything on free ports.
pub(crate) fn command(data: &Path, settings: &[(&str, &str)]) -> Command {
    // Measurements look at the release build.
    let program = std::env::var_os("PROGRAM_UNDER_TEST").unwrap_or_else(|| VAIDYA.into());
    let mut command = Command::new(program);
    command.env_clear().current_dir(data).env("VAIDYA_DATA", data);
    command.env("VAIDYA_HTTP", "127.0.0.1:0").env("VAIDYA_MEDIA", "0").env("VAIDYA_PUBLIC_IP", "127.0.0.1");
    command.env("VAIDYA_LOG", "info,vaidya=debug");
    command.envs(settings.iter().copied());
    command
}

/// Runs the command to its end.
pub(crate) fn run(data: &Path, settings: &[(&str, &str)], words: &[&str]) -> Output {
    command(data, settings).args(words).output().expect("the command runs")
}

impl Server {
    /// A server with the demo people.
    pub(crate) fn start(data: &Path) -> Self {
        Self::with(data, &[], &["serve", "--demo"])
    }

    /// A server with these settings and words.
    pub(crate) fn with(data: &Path, settings: &[(&str, &str)], words: &[&str]) -> Self {
        let mut command = command(data, settings);
        command.args(words).stdout(Stdio::piped()).stderr(Stdio::piped());
        Self::of(command)
    }

    /// A server by this command, whose output is piped.
    pub(crate) fn of(command: Command) -> Self {
        let server = Self::silent(command);
        server.browser().wait_until_it_answers();
        server
    }

    /// The same, for one that does not answer plain http.
    pub(crate) fn silent(mut command: Command) -> Self {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the server starts");
        let mut out = BufReader::new(child.stdout.take().expect("its output"));
        let lines = BufReader::new(child.stderr.take().expect("its log")).lines();
        let (tell, so_far) = std::sync::mpsc::channel();
        let log = std::thread::spawn(move || {
            let mut text = String::new();
            for line in lines.map_while(Result::ok) {
                text.push_str(&line);
                text.push('\n');
                let _nobody_listens = tell.send(line);
            }
            text
        });
        let (port, said) = ready(&mut out).unwrap_or_else(|| panic_with(&mut child));
        let rest = std::thread::spawn(move || {
            let mut text = String::new();
            let _cut_short = out.read_to_string(&mut text);
            text
        });
        Self { child, port, said, rest, log, so_far: Mutex::new(so_far) }
    }

    /// What it logs from where one looked last until a line with these words, which it must log in good time.
    pub(crate) fn log_until(&self, words: &str) -> String {
        let (so_far, mut heard) = (self.so_far.lock().expect("the log"), String::new());
        while !heard.contains(words) {
            let line = so_far.recv_timeout(PATIENCE);
            heard.push_str(&line.unwrap_or_else(|_| not_logged(words, &heard)));
            heard.push('\n');
        }
        heard
    }

    /// Someone in front of it, not signed in.
    pub(crate) fn browser(&self) -> Browser {
        Browser::new(self.port)
    }

    /// Its process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// `kill -9`.
    pub(crate) fn kill(mut self) -> String {
        self.child.kill().expect("it can be killed");
        self.child.wait().expect("it is dead");
        std::mem::replace(&mut self.log, std::thread::spawn(String::new)).join().expect("its log")
    }

    /// SIGTERM; answers with its log when it has stopped well.
    pub(crate) fn stop(mut self) -> String {
        let told = Command::new("kill").arg("-TERM").arg(self.id().to_string()).status().expect("kill runs");
        assert!(told.success());
        let status = self.child.wait().expect("it stops");
        let log = std::mem::replace(&mut self.log, std::thread::spawn(String::new)).join().expect("its log");
        let rest = std::mem::replace(&mut self.rest, std::thread::spawn(String::new)).join().expect("its words");
        assert!(status.success(), "{status}: {rest}{log}");
        log
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _dead_already = self.child.kill();
        let _reaped_already = self.child.wait();
    }
}

/// Reads what it says until it says where it is and all that belongs to it.
fn ready(out: &mut BufReader<ChildStdout>) -> Option<(u16, String)> {
    let mut said = String::new();
    loop {
        let mut line = String::new();
        if out.read_line(&mut line).ok()? == 0 {
            return None;
        }
        said.push_str(&line);
        if let Some(ready) = line.strip_prefix("Ready: listening on ") {
            let port = ready.split(". ").next()?.rsplit(':').next()?.parse().ok()?;
            return Some((port, said));
        }
    }
}

#[expect(clippy::panic, reason = "a server that does not say what it must ends the test")]
fn not_logged(words: &str, heard: &str) -> ! {
    panic!("not logged: {words}; but:\n{heard}")
}

/// A port that was free a moment ago, for what must know its port before it starts.
pub(crate) fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("its address").port()
}

#[expect(clippy::panic, reason = "a server that does not start ends the test")]
fn panic_with(child: &mut Child) -> ! {
    let status = child.wait();
    panic!("the server did not start: {status:?}")
}
