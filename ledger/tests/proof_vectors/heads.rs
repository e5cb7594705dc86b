//! Signed heads: what makes one good, and everything that doesn't.
use vaidya_ledger::note::{Checkpoint, Line, Note};
use vaidya_ledger::proof::Refused;

use crate::json::Json;
use crate::world::{World, cosign, log, policy, signed, signer, validator};

/// Name, note, and why it isn't believed.
type Head = (&'static str, String, Option<&'static str>);

fn changed(note: &Note, change: impl FnOnce(&mut Note)) -> String {
    let mut other = note.clone();
    change(&mut other);
    other.to_string()
}

fn relabelled(line: &Line, name: &str) -> Line {
    Line { name: name.to_owned(), ..line.clone() }
}

fn signatures(world: &World) -> Vec<Head> {
    let head = world.newest();
    let three = signed(&head, &[0, 1, 3]);
    let text = head.to_string();
    let few = Some("too_few");
    let forged = Some("validator_signature");
    vec![
        ("three of four", three.to_string(), None),
        ("all four", signed(&head, &[0, 1, 2, 3]).to_string(), None),
        ("in another order", changed(&three, |note| note.lines.reverse()), None),
        ("with a stranger's signature too", changed(&three, |note| note.lines.push(cosign(9, &text, 1))), None),
        ("one of them twice", changed(&three, |note| note.lines.push(cosign(3, &text, 5))), None),
        ("two of four", signed(&head, &[0, 3]).to_string(), few),
        ("nobody but the log", signed(&head, &[]).to_string(), few),
        ("two, of whom one signed twice", signed(&head, &[0, 3, 3]).to_string(), few),
        ("two and a stranger", signed(&head, &[0, 3, 9]).to_string(), few),
        (
            "two and one under another name",
            changed(&three, |note| note.lines[3] = relabelled(&note.lines[3], "somebody")),
            few,
        ),
        ("a forged fourth", changed(&signed(&head, &[0, 1, 2, 3]), |note| note.lines[4].signature[30] ^= 1), forged),
        ("a signature with another time", changed(&three, |note| note.lines[2].signature[7] ^= 1), forged),
        ("a signature that is cut off", changed(&three, |note| note.lines[2].signature.truncate(40)), forged),
        (
            "a signature of another head",
            changed(&three, |note| note.lines[1] = cosign(0, &world.head(5).to_string(), 1)),
            forged,
        ),
        (
            "a right one and a wrong one of the same validator",
            changed(&three, |note| {
                note.lines.push(cosign(0, &world.head(5).to_string(), 1));
            }),
            forged,
        ),
    ]
}

fn logs(world: &World) -> Vec<Head> {
    let head = world.newest();
    let three = signed(&head, &[0, 1, 3]);
    let log_signature = Some("log_signature");
    let elsewhere = Checkpoint { origin: "elsewhere.example".to_owned(), ..head.clone() };
    vec![
        ("not signed by the log", changed(&three, |note| drop(note.lines.remove(0))), log_signature),
        (
            "another size",
            three.to_string().replacen(&format!("\n{}\n", head.size), &format!("\n{}\n", head.size + 1), 1),
            log_signature,
        ),
        ("another root", Note { text: world.head(5).to_string(), ..three.clone() }.to_string(), log_signature),
        ("a forged signature of the log", changed(&three, |note| note.lines[0].signature[0] ^= 1), log_signature),
        (
            "signed by a validator as the log",
            changed(&three, |note| note.lines[0].signature = signer(0).sign(note.text.as_bytes()).to_vec()),
            log_signature,
        ),
        ("of another log", signed(&elsewhere, &[0, 1, 3]).to_string(), Some("other_log")),
        (
            "with a line more",
            signed(&Checkpoint { extensions: vec!["more".to_owned()], ..head.clone() }, &[0, 1, 3]).to_string(),
            None,
        ),
        (
            "the log's signature as a validator's",
            changed(&three, |note| {
                let line = Line { signature: note.lines[0].signature.clone(), ..validator(0).cosigned(&blank()) };
                note.lines[1] = line;
            }),
            Some("validator_signature"),
        ),
        (
            "the empty log",
            signed(&Checkpoint::new(log().name(), 0, vaidya_ledger::merkle::empty_root()), &[0, 1, 2]).to_string(),
            None,
        ),
    ]
}

fn blank() -> vaidya_ledger::note::Cosigned {
    vaidya_ledger::note::Cosigned { seconds: 0, signature: [0; 64] }
}

fn spellings(world: &World) -> Vec<Head> {
    let three = signed(&world.newest(), &[0, 1, 3]).to_string();
    let damaged = Some("damaged");
    let size = world.newest().size;
    vec![
        ("without the last newline", three.trim_end().to_owned(), damaged),
        ("with an empty line at the end", format!("{three}\n"), damaged),
        ("with carriage returns", three.replace('\n', "\r\n"), damaged),
        (
            "with a size that begins with zero",
            three.replacen(&format!("\n{size}\n"), &format!("\n0{size}\n"), 1),
            damaged,
        ),
        ("with a dash that isn't one", three.replace('\u{2014}', "-"), damaged),
        ("with two spaces", three.replace('\u{2014}', "\u{2014} "), damaged),
        ("with a tab", three.replacen('\n', "\t\n", 1), damaged),
        ("with an empty line in it", three.replacen('\n', "\n\n", 1), damaged),
        ("without a root", "clinic.example/ledger\n5\n\n".to_owned() + three.split_once("\n\n").unwrap().1, damaged),
        ("nothing", String::new(), damaged),
        (
            "more signatures than anyone reads",
            format!("{three}{}", three.split_once("\n\n").unwrap().1.repeat(20)),
            damaged,
        ),
    ]
}

pub(crate) fn vectors(world: &World) -> Json {
    let all = [signatures(world), logs(world), spellings(world)].concat();
    let policy = policy();
    let all = all.into_iter().map(|(name, note, why)| {
        let verified = policy.verify(&note).map_err(Refused::from);
        assert_eq!(verified.as_ref().err().map(Refused::word), why, "{name}: {verified:?}");
        let signers =
            verified.ok().map(|witnessed| witnessed.cosigners.into_iter().map(|(name, _)| name).collect::<Vec<_>>());
        Json::Fields(vec![
            ("name", name.into()),
            ("note", note.into()),
            ("why", why.into()),
            ("signers", signers.into()),
        ])
    });
    Json::List(all.collect())
}
