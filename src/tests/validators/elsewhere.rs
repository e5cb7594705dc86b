//! Four validators in processes of their own.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use actix::Arbiter;
use vaidya::app::validators::{Founded, elsewhere, joined, publics};
use vaidya::clock;
use vaidya_actors::validator::Since;
use vaidya_ledger::pbft::Tx;
use vaidya_ledger::{Genesis, Validator, Validators};

use super::{Client, master};
use crate::cut::Line;
use crate::server::{Folder, command, free_port, run};

/// How long a validator that was killed may take until it votes again, on a machine that does nothing else: the figure is measured by
/// `make bench-ledger`. Here others compile beside it.
const BACK: Duration = Duration::from_secs(20);

/// One validator's machine.
pub(super) struct Site {
    id: u8,
    data: Folder,
    port: u16,
    process: Option<Child>,
    line: Line,
}

impl Site {
    fn new(id: u8) -> (Self, Validator) {
        let (data, port) = (Folder::new(), free_port());
        let said = run(&data.0, &[], &["validator", "--keys"]);
        let said = String::from_utf8(said.stdout).expect("text");
        let key = said.lines().find_map(|line| line.strip_prefix("validator ")).expect("its key");
        let line = Line::to(port);
        let address = format!("127.0.0.1:{}", line.port);
        let validator = Validator { id, name: format!("site {id}"), public: bytes(key), address };
        (Self { id, data, port, process: None, line }, validator)
    }

    fn command(&self, genesis: &Path) -> Command {
        let listen = format!("127.0.0.1:{}", self.port);
        let genesis = genesis.display().to_string();
        let settings = [("VAIDYA_LEDGER_GENESIS", genesis.as_str()), ("VAIDYA_LEDGER_LISTEN", listen.as_str())];
        let mut command = command(&self.data.0, &settings);
        command.arg("validator");
        command
    }

    fn start(&mut self, genesis: &Path) {
        let mut command = self.command(genesis);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("it starts");
        let mut line = String::new();
        let mut out = BufReader::new(child.stdout.take().expect("its output"));
        out.read_line(&mut line).expect("a line");
        assert!(line.starts_with(&format!("Ready: validator {}", self.id)), "{line}");
        self.process = Some(child);
    }

    /// Why it doesn't start.
    fn refused(&self, genesis: &Path) -> String {
        let out = self.command(genesis).output().expect("it ends");
        assert!(!out.status.success(), "it started");
        String::from_utf8(out.stderr).expect("text")
    }

    pub(super) fn kill(&mut self) {
        let mut child = self.process.take().expect("it runs");
        child.kill().expect("it can be killed");
        child.wait().expect("it is dead");
    }

    fn signal(&self, signal: &str) {
        let id = self.process.as_ref().expect("it runs").id().to_string();
        assert!(Command::new("kill").arg(signal).arg(id).status().expect("kill runs").success());
    }

    fn votes(&self) -> PathBuf {
        self.data.0.join("ledger/validator/votes.db")
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        if let Some(child) = &mut self.process {
            let _dead_already = child.kill();
            let _reaped_already = child.wait();
        }
    }
}

fn bytes(hex: &str) -> [u8; 32] {
    let digits: Vec<_> = hex.trim().chars().map(|digit| digit.to_digit(16).expect("a digit")).collect();
    let bytes: Vec<_> = digits
        .chunks(2)
        .map(|pair| u8::try_from(pair.iter().fold(0, |sum, digit| sum * 16 + digit)).expect("a byte"))
        .collect();
    bytes.try_into().expect("32 bytes")
}

/// A ledger of several sites.
pub(super) struct World {
    sites: Vec<Site>,
    founded: Founded,
    pub(super) client: Client,
    genesis: PathBuf,
    node: Folder,
}

fn written(node: &Path, name: &str, validators: &[Validator]) -> PathBuf {
    let [_, submitter, log] = publics(node, &master()).expect("keys");
    let genesis = Genesis {
        made_at: u64::try_from(clock::now().0).expect("a time"),
        interval: 1,
        origin: "test.example/log".to_owned(),
        log,
        validators: Validators::new(validators.to_vec()).expect("a set"),
        submitters: vec![submitter],
    };
    let file = node.join(name);
    std::fs::write(&file, genesis.checked().expect("a genesis").encode()).expect("written");
    file
}

impl World {
    pub(super) fn new() -> (Self, Vec<Validator>) {
        let node = Folder::new();
        let (sites, validators): (Vec<_>, Vec<_>) = (1..=4).map(Site::new).unzip();
        let genesis = written(&node.0, "genesis", &validators);
        let founded = joined(&node.0, &master(), &genesis).expect("a ledger");
        let client = Client::new(&founded);
        let mut world = Self { sites, founded, client, genesis, node };
        world.start_all();
        let hall = world.client.hall.clone().recipient();
        world.client.ways = elsewhere(&world.founded, &hall, &Arbiter::new()).expect("ways");
        (world, validators)
    }

    pub(super) fn start_all(&mut self) {
        let genesis = self.genesis.clone();
        self.sites.iter_mut().filter(|site| site.process.is_none()).for_each(|site| site.start(&genesis));
    }

    pub(super) fn site(&mut self, id: usize) -> &mut Site {
        self.sites.get_mut(id - 1).expect("a site")
    }

    async fn commit(&mut self, count: u64) -> Vec<Tx> {
        let entries = self.client.entries(count);
        self.client.commit(&entries).await;
        entries
    }

    /// Waits until a validator votes, with all that the others had.
    pub(super) async fn is_back(&mut self, id: u8) -> Duration {
        let (since, height) = (clock::instant(), self.client.reached.values().max().copied().unwrap_or(0));
        self.client.standing.remove(&id);
        let votes = |client: &Client| {
            client.standing.get(&id).is_some_and(|it| it.voting && !it.changing && it.executed >= height)
        };
        self.client.until("it votes again", votes).await;
        since.elapsed()
    }
}

#[actix_web::test]
async fn what_was_acknowledged_outlives_kills_stops_and_cuts() {
    let (mut world, _) = World::new();
    let mut acknowledged = world.commit(2).await;
    // The primary, under load.
    let load = world.client.entries(50);
    world.client.submit(&load).await;
    world.site(1).kill();
    world.client.commit(&load).await;
    acknowledged.extend(load);
    acknowledged.extend(world.commit(5).await);
    world.start_all();
    let took = world.is_back(1).await;
    assert!(took < BACK, "it took {took:?} to vote again");
    // One that stands still, and then goes on as if nothing had been.
    world.site(2).signal("-STOP");
    acknowledged.extend(world.commit(5).await);
    world.site(2).signal("-CONT");
    world.is_back(2).await;
    // One that nobody reaches: what it says itself still gets through, and it learns what it missed when the line is mended.
    world.site(3).line.cut();
    acknowledged.extend(world.commit(5).await);
    world.site(3).line.mend();
    world.is_back(3).await;
    // All at once.
    (1..=4).for_each(|id| world.site(id).kill());
    world.start_all();
    acknowledged.extend(world.commit(3).await);
    // Someone who knows nothing asks all of them.
    let mut fresh = Client::after(&world.founded, world.client.next());
    let hall = fresh.hall.clone().recipient();
    fresh.ways = elsewhere(&world.founded, &hall, &Arbiter::new()).expect("ways");
    let missing = |client: &Client| acknowledged.iter().filter(|entry| !client.is_committed(entry)).count();
    while missing(&fresh) > 0 {
        for way in &fresh.ways {
            let _down = way.since.send(Since(0)).await;
        }
        let pause = actix_web::rt::time::sleep(Duration::from_millis(300));
        tokio::pin!(pause);
        loop {
            tokio::select! {
                () = fresh.hear() => {}
                () = &mut pause => break,
            }
        }
    }
}

#[actix_web::test]
async fn an_empty_disk_is_filled_by_the_others_and_a_stranger_is_let_in_nowhere() {
    let (mut world, mut validators) = World::new();
    world.commit(3).await;
    let height = world.client.reached.values().max().copied().expect("a block");
    world.site(4).kill();
    std::fs::remove_file(world.site(4).votes()).expect("removed");
    for end in ["-wal", "-shm"] {
        let _not_there = std::fs::remove_file(format!("{}{end}", world.site(4).votes().display()));
    }
    world.start_all();
    world.client.standing.remove(&4);
    let caught_up = |client: &Client| client.standing.get(&4).is_some_and(|it| it.executed >= height);
    world.client.until("it has everything", caught_up).await;
    assert!(!world.client.standing[&4].voting, "it may have said what it no longer knows");
    // Another genesis with the same people.
    world.site(4).kill();
    let other = written(&world.node.0, "other", &validators);
    let said = world.site(4).refused(&other);
    assert!(said.contains("belongs to another ledger"), "{said}");
    // A key that is nobody's.
    let (stranger, its) = Site::new(4);
    let said = stranger.refused(&world.genesis);
    assert!(said.contains("is not among the validators"), "{said}");
    // Its genesis has it in the place of the fourth: the others have another, and don't let it in.
    validators[3] = Validator { address: validators[3].address.clone(), ..its };
    let forged = written(&world.node.0, "forged", &validators);
    let (mut stranger, genesis) = (stranger, Arc::new(forged));
    stranger.start(&genesis);
    world.commit(2).await;
    assert!(world.client.reached[&2] > height);
}
