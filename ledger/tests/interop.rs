//! Other people's implementation of C2SP's formats verifies what we make, and we verify what it makes (scripts/c2sp.sh).
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that can't go on should stop")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use vaidya_ledger::Hash;
use vaidya_ledger::merkle::{leaf_hash, verify_consistency};
use vaidya_ledger::note::{Note, Policy};
use vaidya_ledger::proof::TlogProof;

fn theirs(words: &[&str]) -> String {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../scripts/c2sp.sh");
    let done = Command::new(script).args(words).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap()
}

/// A folder that goes with the test.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("vaidya-interop-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.0.join(name)).unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Where the specification leaves the choice, we refuse and they don't: a wrong signature of a known key when enough others signed, and how many
/// signatures are too many.
const STRICTER: [&str; 3] =
    ["a forged fourth", "a right one and a wrong one of the same validator", "more signatures than anyone reads"];

/// What the file of vectors says must come of it, in its order. It is ours, with a name a line.
fn expected(vectors: &str) -> Vec<(&'static str, bool, String)> {
    let mut all = Vec::new();
    let (mut sort, mut name) = ("", String::new());
    for line in vectors.lines().map(|line| line.trim().trim_end_matches(',')) {
        match line.split_once(": ") {
            Some(("\"heads\"", _)) => sort = "head",
            Some(("\"proofs\"", _)) => sort = "proof",
            Some(("\"consistency\"", _)) => (sort, name) = ("consistency", "0".to_owned()),
            Some(("\"object\"", _)) => sort = "",
            Some(("\"name\"", value)) => name = value.trim_matches('"').to_owned(),
            Some(("\"why\"", value)) if sort == "head" => all.push((sort, value == "null", name.clone())),
            Some(("\"in_log\"", value)) if sort == "proof" && value != "null" => {
                all.push((sort, value == "true", name.clone()))
            }
            Some(("\"right\"", value)) if sort == "consistency" => {
                all.push((sort, value == "true", name.clone()));
                name = (name.parse::<u32>().unwrap() + 1).to_string();
            }
            _ => (),
        }
    }
    all
}

#[test]
fn another_implementation_judges_our_heads_and_proofs_as_we_do() {
    let vectors = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/proof_vectors.json");
    let said = theirs(&["judge", vectors]);
    let said: BTreeMap<(&str, &str), bool> = said
        .lines()
        .map(|line| line.split('\t').collect::<Vec<_>>())
        .map(|words| ((words[0], words[2]), words[1] == "yes"))
        .collect();
    let expected = expected(&std::fs::read_to_string(vectors).unwrap());
    let right = |sort: &str| expected.iter().filter(|(of, right, _)| *of == sort && *right).count();
    assert!(
        [right("head"), right("proof"), right("consistency")].iter().all(|count| *count >= 7),
        "the vectors were not read"
    );
    for (sort, right, name) in &expected {
        let theirs = said.get(&(*sort, name.as_str())).copied();
        let right = *right || (*sort == "head" && STRICTER.contains(&name.as_str()));
        assert_eq!(theirs, Some(right), "{sort}: {name}");
    }
    assert_eq!(said.len(), expected.len());
}

fn files(folder: &Path, ending: &str) -> Vec<String> {
    let names = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| name.ends_with(ending)).collect();
    names.sort();
    names
}

#[test]
fn what_another_implementation_makes_we_verify() {
    let folder = Folder::new();
    theirs(&["make", folder.0.to_str().unwrap()]);
    let policy = Policy::parse(&folder.read("policy")).unwrap();
    let proofs = files(&folder.0, ".tlog-proof");
    assert_eq!(proofs.len(), 1 + 2 + 3 + 7 + 8 + 31 + 40);
    for name in &proofs {
        let text = folder.read(name);
        let proof = TlogProof::parse(&text).unwrap();
        assert_eq!(proof.to_string(), text, "{name}: the same in our spelling");
        let leaf = std::fs::read(folder.0.join(name.replace(".tlog-proof", ".leaf"))).unwrap();
        let witnessed = proof.verify(&leaf_hash(&leaf), &policy).unwrap();
        let times: Vec<u64> = witnessed.cosigners.iter().map(|(_, time)| *time).collect();
        assert_eq!(times, [1_763_000_011, 1_763_000_013], "{name}");
        assert!(proof.verify(&leaf_hash(b"another"), &policy).is_err(), "{name}");
        assert_eq!(proof.extra, proof.index.is_multiple_of(2).then_some(leaf), "{name}");
    }
    for size in [1, 2, 3, 7, 8, 31, 40] {
        let note = folder.read(&format!("head-{size}"));
        assert_eq!(policy.verify(&note).unwrap().checkpoint.size, size);
        assert_eq!(Note::parse(&note).unwrap().to_string(), note);
        for old in 1..size {
            grew(&folder, old, size);
        }
    }
}

fn hash(hex: &str) -> Hash {
    let digits: Vec<u8> =
        hex.trim().bytes().map(|digit| u8::try_from(char::from(digit).to_digit(16).unwrap()).unwrap()).collect();
    Hash(digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect::<Vec<u8>>().try_into().unwrap())
}

/// Their proof that their log grew, and that it is none for another.
fn grew(folder: &Folder, old: u64, new: u64) {
    let root = |size: u64| hash(&folder.read(&format!("root-{size}")));
    let proof: Vec<Hash> = folder.read(&format!("grown-{old}-{new}")).lines().map(hash).collect();
    assert_eq!(verify_consistency(old, &root(old), new, &root(new), &proof), Ok(()), "{old} to {new}");
    assert!(verify_consistency(old, &root(new), new, &root(new), &proof).is_err(), "{old} to {new}");
}
