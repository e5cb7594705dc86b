//! Our log before the programs of those who wrote C2SP's specifications (Debian's torchwood, scripts/torchwood.sh): a witness that cosigns our heads
//! once our consistency proofs convince it, and a verifier of our inclusion proofs; and their log before us.
#![expect(clippy::unwrap_used, reason = "a test that can't go on should stop")]

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use vaidya_ledger::Signer;
use vaidya_ledger::merkle::{Tree, leaf_hash};
use vaidya_ledger::note::{Checkpoint, Note, Policy, Role, Vkey};
use vaidya_ledger::proof::TlogProof;

const ORIGIN: &str = "clinic.example/ledger";

fn signer() -> Signer {
    Signer::from_seed(&[100; 32])
}

fn log() -> Vkey {
    Vkey::new(ORIGIN, Role::Log, signer().public()).unwrap()
}

fn leaf(n: u64) -> Vec<u8> {
    format!("entry {n}").into_bytes()
}

fn tree(size: u64) -> Tree {
    let mut tree = Tree::new();
    (0..size).for_each(|n| tree.append(leaf_hash(&leaf(n))));
    tree
}

fn signed(tree: &Tree, size: u64) -> Note {
    let text = Checkpoint::new(ORIGIN, size, tree.root_at(size).unwrap()).to_string();
    Note { lines: vec![log().sign(&signer(), &text)], text }
}

fn torchwood(words: &[&str]) -> Output {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../scripts/torchwood.sh");
    Command::new(script).args(words).output().unwrap()
}

fn told(done: &Output) -> String {
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout.clone()).unwrap()
}

/// A folder that goes with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("vaidya-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A running witness of our log.
struct Witness {
    folder: Folder,
    url: String,
    key: Vkey,
}

impl Witness {
    fn start() -> Self {
        let folder = Folder::new("witness");
        let place = folder.path("w");
        let pid = std::process::id().to_string();
        let said = told(&torchwood(&["start", &place, ORIGIN, &log().to_string(), &pid]));
        let (url, key) = said.trim().split_once('\n').unwrap();
        Self { url: url.to_owned(), key: Vkey::parse(key).unwrap(), folder }
    }

    /// The status and the body of its answer to a head that goes on from an old size.
    fn add(&self, old: u64, proof: &[vaidya_ledger::Hash], head: &Note) -> (u16, String) {
        let file =
            TlogProof { extra: None, index: old, path: proof.to_vec(), checkpoint: head.to_string() }.to_string();
        let request = file.split_once("\nindex ").unwrap().1;
        let mut curl = Command::new("curl")
            .args(["-s", "-w", "\n%{http_code}", "--data-binary", "@-", &format!("{}/add-checkpoint", self.url)])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        write!(curl.stdin.take().unwrap(), "old {request}").unwrap();
        let said = String::from_utf8(curl.wait_with_output().unwrap().stdout).unwrap();
        let (body, status) = said.rsplit_once('\n').unwrap();
        (status.parse().unwrap(), body.to_owned())
    }
}

impl Drop for Witness {
    fn drop(&mut self) {
        torchwood(&["stop", &self.folder.path("w")]);
    }
}

#[test]
#[ignore = "it fetches a program: make soak runs it"]
fn a_witness_cosigns_our_heads_as_long_as_the_log_only_grows() {
    let (witness, tree) = (Witness::start(), tree(70));
    let policy = Policy::new(log(), vec![witness.key.clone()], 1).unwrap();
    let mut old = 0;
    for size in [1, 2, 3, 7, 8, 33, 64, 70] {
        let mut head = signed(&tree, size);
        let (status, line) = witness.add(old, &tree.consistency(old, size).unwrap(), &head);
        assert_eq!(status, 200, "{old} to {size}: {line}");
        head.lines.extend(Note::parse(&format!("{}\n{line}", head.text)).unwrap().lines);
        let witnessed = policy.verify(&head.to_string()).unwrap();
        assert_eq!(witnessed.cosigners.len(), 1, "{old} to {size}");
        let forged = Note { text: head.text.replacen('/', "|", 1), ..head };
        assert!(policy.verify(&forged.to_string()).is_err());
        old = size;
    }
    let other = self::tree(71);
    let mut rewritten = Tree::new();
    (0..71).for_each(|n| rewritten.append(leaf_hash(&leaf(n + 1))));
    let proof = rewritten.consistency(70, 71).unwrap();
    assert_eq!(witness.add(70, &proof, &signed(&rewritten, 71)).0, 422, "the witness believes no rewritten log");
    let mut unsigned = signed(&other, 71);
    unsigned.lines = vec![log().sign(&Signer::from_seed(&[1; 32]), &unsigned.text)];
    assert_eq!(witness.add(70, &other.consistency(70, 71).unwrap(), &unsigned).0, 403);
    assert_eq!(witness.add(70, &other.consistency(70, 71).unwrap(), &signed(&other, 71)).0, 200);
}

#[test]
#[ignore = "it fetches a program: make soak runs it"]
fn our_inclusion_proofs_are_verified_by_them() {
    let (folder, tree) = (Folder::new("ours"), tree(70));
    let path = folder.path("entry");
    for index in [0, 1, 31, 32, 63, 64, 69] {
        let proof = TlogProof {
            extra: None,
            index,
            path: tree.inclusion(index, 70).unwrap(),
            checkpoint: signed(&tree, 70).to_string(),
        };
        // Their program is older than the format's first line.
        let file = proof.to_string();
        std::fs::write(folder.path("entry.spicy"), file.split_once('\n').unwrap().1).unwrap();
        let verify = || torchwood(&["spicy", "-verify", &log().to_string(), &path]);
        std::fs::write(&path, leaf(index)).unwrap();
        told(&verify());
        std::fs::write(&path, leaf(index + 1)).unwrap();
        assert!(!verify().status.success(), "{index}: another entry");
    }
}

#[test]
#[ignore = "it fetches a program: make soak runs it"]
fn their_proofs_are_verified_by_us() {
    let folder = Folder::new("theirs");
    let (key, assets) = (folder.path("key"), folder.path("assets"));
    std::fs::create_dir_all(&assets).unwrap();
    let done = torchwood(&["spicy", "-init", "theirs.example/log", "-key", &key, "-assets", &assets]);
    told(&done);
    let said = String::from_utf8(done.stderr).unwrap();
    let vkey = said.lines().find_map(|line| line.split_once("Public key: ")).unwrap().1;
    let policy = Policy::parse(&format!("log {vkey}\nquorum none\n")).unwrap();
    let mut words = vec!["spicy".to_owned(), "-key".to_owned(), key, "-assets".to_owned(), assets];
    for n in 0..19 {
        let file = folder.path(&format!("f{n}"));
        std::fs::write(&file, leaf(n)).unwrap();
        words.push(file);
    }
    told(&torchwood(&words.iter().map(String::as_str).collect::<Vec<_>>()));
    for n in 0..19 {
        let mut file = "c2sp.org/tlog-proof@v1\n".to_owned();
        write!(file, "{}", std::fs::read_to_string(folder.path(&format!("f{n}.spicy"))).unwrap()).unwrap();
        let proof = TlogProof::parse(&file).unwrap();
        let witnessed = proof.verify(&leaf_hash(&leaf(n)), &policy).unwrap();
        assert_eq!((proof.index, witnessed.checkpoint.size), (n, 19));
        assert!(proof.verify(&leaf_hash(&leaf(n + 1)), &policy).is_err());
    }
}
