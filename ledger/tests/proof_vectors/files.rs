//! Proof files: one of each sort that is good, and each part of one changed.
use vaidya_ledger::merkle::leaf_hash;
use vaidya_ledger::note::Policy;
use vaidya_ledger::proof::{Opening, Refused, TlogProof, What, Word, commitment, verify};
use vaidya_ledger::{Entry, Hash, Kind, Leaf};

use crate::json::{Json, hex};
use crate::world::{SALT, TERMS, World, message, policy, signed, statement, thing};

/// Name, file, and why it proves nothing.
type File = (String, String, Option<&'static str>);

const THREE: [u8; 3] = [0, 1, 3];

fn good(world: &World) -> Vec<File> {
    let file = |case: &crate::world::Case| world.proof(case.index, &case.opening, &THREE).to_string();
    let why = |name| if name == "a void record" { Some("void") } else { None };
    world.cases.iter().map(|case| (case.name.to_owned(), file(case), why(case.name))).collect()
}

/// The proof of a case with something changed.
fn with(world: &World, name: &str, change: impl FnOnce(&mut TlogProof)) -> String {
    let case = world.case(name);
    let mut proof = world.proof(case.index, &case.opening, &THREE);
    change(&mut proof);
    proof.to_string()
}

/// The proof of a case whose opening is changed.
fn opened(world: &World, name: &str, change: impl FnOnce(&mut Opening)) -> String {
    let mut opening = world.case(name).opening.clone();
    change(&mut opening);
    with(world, name, |proof| proof.extra = Some(opening.encode().unwrap()))
}

fn logged(world: &World) -> Vec<File> {
    let elsewhere = Some("not_in_log");
    let size = world.tree.size();
    let all: Vec<(&str, String, Option<&'static str>)> = vec![
        ("another place", with(world, "a record", |proof| proof.index += 1), elsewhere),
        ("a place beyond the log", with(world, "a record", |proof| proof.index = size), elsewhere),
        ("a hash of the path changed", with(world, "a record", |proof| proof.path[2].0[5] ^= 4), elsewhere),
        ("a hash of the path missing", with(world, "a record", |proof| proof.path.truncate(3)), elsewhere),
        ("a hash of the path too many", with(world, "a record", |proof| proof.path.push(proof.path[0])), elsewhere),
        ("the path turned round", with(world, "a record", |proof| proof.path.reverse()), elsewhere),
        (
            "an older head than the path's",
            with(world, "a record", |proof| {
                proof.checkpoint = signed(&world.head(world.ends[2].0 + 1), &THREE).to_string();
            }),
            elsewhere,
        ),
        (
            "two signatures",
            with(world, "a record", |proof| proof.checkpoint = signed(&world.newest(), &[1, 2]).to_string()),
            Some("too_few"),
        ),
        (
            "a place in another log's numbers",
            with(world, "a record", |proof| proof.index = u64::from(u32::MAX)),
            elsewhere,
        ),
    ];
    all.into_iter().map(|(name, file, why)| (name.to_owned(), file, why)).collect()
}

fn openings(world: &World) -> Vec<File> {
    let (other, changed, damaged, elsewhere) =
        (Some("other_thing"), Some("changed"), Some("damaged"), Some("not_in_log"));
    let leaf_at = |at: usize| opened(world, "a record", |opening| opening.leaf[at] ^= 1);
    let all: Vec<(&str, String, Option<&'static str>)> = vec![
        ("nothing of the entry", with(world, "a record", |proof| proof.extra = None), Some("no_entry")),
        ("an empty opening", with(world, "a record", |proof| proof.extra = Some(Vec::new())), damaged),
        (
            "an opening of another version",
            with(world, "a record", |proof| proof.extra.as_mut().unwrap()[0] = 2),
            damaged,
        ),
        (
            "an opening with more behind it",
            with(world, "a record", |proof| proof.extra.as_mut().unwrap().push(0)),
            damaged,
        ),
        ("the block's number changed", leaf_at(8), elsewhere),
        ("the time changed", leaf_at(16), elsewhere),
        ("the outcome changed", leaf_at(0), elsewhere),
        ("a void entry made to stand", opened(world, "a void record", |opening| opening.leaf[0] = 0), elsewhere),
        ("the submitter changed", leaf_at(20), elsewhere),
        ("the submitter's signature changed", leaf_at(17 + 273), elsewhere),
        ("the reference changed", leaf_at(17 + 42), other),
        ("the commitment changed", leaf_at(17 + 106), changed),
        ("the leaf cut off", opened(world, "a record", |opening| opening.leaf.truncate(200)), damaged),
        (
            "the end of a batch as an entry",
            opened(world, "a record", |opening| opening.leaf = world.ends[1].1.clone()),
            damaged,
        ),
        ("another record", opened(world, "a record", |opening| opening.thing.id[0] ^= 1), other),
        ("another version of the record", opened(world, "a record", |opening| opening.thing.version = 2), other),
        ("a record called a consent", opened(world, "a record", |opening| opening.thing.word = Word::Consent), other),
        ("another salt", opened(world, "a record", |opening| opening.what = object("prescription", [1; 32])), changed),
        ("another kind of record", opened(world, "a record", |opening| opening.what = object("note", SALT)), changed),
        (
            "the reference of a used code itself",
            opened(world, "a code that was used", |opening| opening.thing = thing(Word::Consent, 0xc9, 0)),
            other,
        ),
    ];
    all.into_iter().map(|(name, file, why)| (name.to_owned(), file, why)).collect()
}

fn object(kind: &str, salt: [u8; 32]) -> What {
    What::Object { kind: kind.to_owned(), salt, hash: Hash::of(&[crate::world::OBJECT]) }
}

fn facts(world: &World) -> Vec<File> {
    let (changed, damaged) = (Some("changed"), Some("damaged"));
    let stated = |text: String| What::Statement { kind: "credential".to_owned(), salt: SALT, text };
    let signs = |label: &[u8], about: u8, text: &str| What::Signed {
        message: message(label, about, TERMS),
        text: text.to_owned(),
    };
    let inner = |change: fn(&mut u64, &mut Vec<Hash>, &mut Vec<u8>)| {
        opened(world, "who looked", |opening| {
            if let What::Inner { index, path, entry } = &mut opening.what {
                change(index, path, entry);
            }
        })
    };
    let all: Vec<(&str, String, Option<&'static str>)> = vec![
        (
            "a fact changed",
            opened(world, "a registration", |opening| opening.what = stated(statement("expired"))),
            changed,
        ),
        (
            "a statement for an object",
            opened(world, "a registration", |opening| opening.what = object("credential", SALT)),
            changed,
        ),
        (
            "the terms changed",
            opened(world, "a consent that was given", |opening| {
                opening.what = signs(b"vaidya/consent/v1", 0xc1, "for all\n")
            }),
            changed,
        ),
        (
            "another message",
            opened(world, "a consent that was given", |opening| {
                opening.what = signs(b"vaidya/break-glass/v1", 0xc1, TERMS)
            }),
            changed,
        ),
        ("another entry of the clinic's log", inner(|_, _, entry| entry.push(0)), Some("not_in_log")),
        ("another place in the clinic's log", inner(|index, _, _| *index += 1), Some("not_in_log")),
        ("another way in the clinic's log", inner(|_, path, _| path[1].0[0] ^= 1), Some("not_in_log")),
        (
            "a statement with a fact twice",
            recommitted(world, "vaidya/credential/v1\nstate active\nstate expired\n"),
            damaged,
        ),
        ("a statement of another kind", recommitted(world, "vaidya/consent/v1\nstate active\n"), damaged),
        ("a statement without an end", recommitted(world, "vaidya/credential/v1\nstate active"), damaged),
    ];
    all.into_iter().map(|(name, file, why)| (name.to_owned(), file, why)).collect()
}

/// A registration whose entry commits to this statement. It is in no log, but what it says is looked at first.
fn recommitted(world: &World, text: &str) -> String {
    opened(world, "a registration", |opening| {
        let Ok(Leaf::Entry { outcome, seq, time, entry }) = Leaf::decode(&opening.leaf) else { panic!("an entry") };
        let mut entry = Entry::decode(&entry).unwrap();
        entry.statement.commitment = commitment("credential", &SALT, &Hash::of(&[text.as_bytes()]));
        assert_eq!(entry.statement.kind, Kind::CredentialIssued);
        opening.leaf = Leaf::Entry { outcome, seq, time, entry: entry.encode() }.encode();
        opening.what = What::Statement { kind: "credential".to_owned(), salt: SALT, text: text.to_owned() };
    })
}

fn spellings(world: &World) -> Vec<File> {
    let file = with(world, "a record", |_| ());
    let (no_proof, damaged) = (Some("not_a_proof"), Some("damaged"));
    let index = format!("index {}", world.case("a record").index);
    let all: Vec<(&str, String, Option<&'static str>)> = vec![
        ("an empty file", String::new(), no_proof),
        ("another version of the format", file.replace("tlog-proof@v1", "tlog-proof@v2"), no_proof),
        ("carriage returns", file.replace('\n', "\r\n"), no_proof),
        ("no checkpoint", file.split_once("\n\n").unwrap().0.to_owned(), no_proof),
        ("something before it", format!("\n{file}"), no_proof),
        ("no index", file.replace(&format!("{index}\n"), ""), damaged),
        ("an index with a zero before it", file.replace("index ", "index 0"), damaged),
        ("an index that is no number", file.replace(&index, "index x"), damaged),
        ("the extra line after the index", swapped(&file), damaged),
        ("an extra line that isn't base64", file.replacen("extra ", "extra !", 1), damaged),
        ("a path that isn't base64", file.replacen(&format!("{index}\n"), &format!("{index}\n!"), 1), damaged),
        ("a hash of the path too short", file.replacen(&format!("{index}\n"), &format!("{index}\nAAAA\n"), 1), damaged),
        ("something after it", format!("{file}more"), damaged),
    ];
    all.into_iter().map(|(name, file, why)| (name.to_owned(), file, why)).collect()
}

fn swapped(file: &str) -> String {
    let mut lines: Vec<&str> = file.split('\n').collect();
    lines.swap(1, 2);
    lines.join("\n")
}

pub(crate) fn vectors(world: &World) -> Json {
    let all = [good(world), logged(world), openings(world), facts(world), spellings(world)].concat();
    let policy = policy();
    let all = all.into_iter().map(|(name, file, why)| {
        let verified = verify(&file, &policy);
        assert_eq!(verified.as_ref().err().map(Refused::word), why, "{name}: {verified:?}");
        let held = in_log(&file, &policy);
        let mut fields =
            vec![("name", name.into()), ("file", file.into()), ("why", why.into()), ("in_log", held.into())];
        if let Ok(proven) = &verified {
            fields.push(("proven", proven_fields(proven)));
        }
        Json::Fields(fields)
    });
    Json::List(all.collect())
}

/// Whether the leaf that the file holds is in the log, whatever else the file says; nothing when it holds none that can be taken out.
fn in_log(file: &str, policy: &Policy) -> Option<bool> {
    let proof = TlogProof::parse(file).ok()?;
    let extra = proof.extra.as_ref()?;
    let length = usize::from(u16::from_be_bytes(*extra.get(1..)?.first_chunk()?));
    Some(proof.verify(&leaf_hash(extra.get(3..3 + length)?), policy).is_ok())
}

fn proven_fields(proven: &vaidya_ledger::proof::Proven) -> Json {
    let Leaf::Entry { entry, .. } = &proven.leaf else { panic!("an entry") };
    let entry = Entry::decode(entry).unwrap();
    let thing = &proven.opening.thing;
    let facts =
        proven.opening.what.facts().into_iter().map(|(name, value)| Json::List(vec![name.into(), value.into()]));
    Json::Fields(vec![
        ("kind", entry.statement.kind.word().into()),
        ("index", proven.index.into()),
        ("size", proven.witnessed.checkpoint.size.into()),
        ("seq", proven.leaf.seq().into()),
        ("time", proven.leaf.time().into()),
        ("word", thing.word.word().into()),
        ("id", hex(&thing.id)),
        ("version", u64::from(thing.version).into()),
        ("reference", hex(&thing.reference().0)),
        ("opened", opened_word(&proven.opening.what).into()),
        ("facts", Json::List(facts.collect())),
    ])
}

fn opened_word(what: &What) -> &'static str {
    match what {
        What::Sealed => "sealed",
        What::Object { .. } => "object",
        What::Statement { .. } => "statement",
        What::Inner { .. } => "inner",
        What::Signed { .. } => "signed",
    }
}
