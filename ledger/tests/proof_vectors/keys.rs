//! What the log holds for a person now: names, ways in the key map, and whole proofs.
use vaidya_ledger::Hash;
use vaidya_ledger::keymap::{Keymap, MapProof, Unmapped, binding_of, label_of, value_of};
use vaidya_ledger::proof::{KeyProof, Refused};

use crate::json::{Json, hex};
use crate::world::{PATIENT, SALT, World, device, label, policy, signed};

/// How labels, bindings and values are made.
pub(crate) fn names() -> Json {
    let bindings = [device(0), device(1), device(2)].map(|(rsa, ed)| binding_of(&rsa, &ed));
    let devices = [0, 1, 2].map(|n| {
        let (rsa, ed) = device(n);
        Json::Fields(vec![("rsa_hash", hex(&rsa)), ("ed", hex(&ed)), ("binding", hex(&binding_of(&rsa, &ed).0))])
    });
    let value = |count: usize| value_of(&bindings[..count]).map(|value| hex(&value));
    let backwards: Vec<Hash> = bindings.iter().rev().copied().collect();
    assert_eq!(value_of(&backwards), value_of(&bindings), "the order of devices says nothing");
    Json::Fields(vec![
        ("salt", hex(&SALT)),
        ("person", hex(&PATIENT)),
        ("label", hex(&label_of(&SALT, &PATIENT))),
        ("devices", Json::List(devices.into())),
        ("values", Json::List((0..=3).map(|count| value(count).into()).collect())),
    ])
}

fn way(name: &str, bytes: &[u8], label: &[u8; 32], root: &Hash, why: Option<&str>) -> Json {
    let verified = MapProof::from_bytes(bytes).and_then(|way| way.verify(label, root));
    let word = verified.err().map(|error| match error {
        Unmapped::Malformed => "damaged",
        Unmapped::Elsewhere => "other_thing",
        Unmapped::Root => "not_in_log",
    });
    assert_eq!(word, why, "{name}");
    Json::Fields(vec![
        ("name", name.into()),
        ("way", hex(bytes)),
        ("label", hex(label)),
        ("root", hex(&root.0)),
        ("why", why.into()),
        ("value", verified.ok().flatten().map(|value| hex(&value)).into()),
    ])
}

/// Ways in maps of different shapes.
pub(crate) fn ways(world: &World) -> Json {
    let map = &world.keymap;
    let (root, here) = (map.root(), label());
    let absent: [u8; 32] = Hash::of(&[b"nobody"]).0;
    let proof = map.prove(&here);
    let changed = |change: &dyn Fn(&mut MapProof)| {
        let mut other = proof.clone();
        change(&mut other);
        other.to_bytes()
    };
    let mut all = vec![
        way("there", &proof.to_bytes(), &here, &root, None),
        way("not there", &map.prove(&absent).to_bytes(), &absent, &root, None),
        way("in a map of nobody", &Keymap::new().prove(&here).to_bytes(), &here, &Keymap::new().root(), None),
        way(
            "another value",
            &changed(&|way| way.end = way.end.map(|(label, _)| (label, [1; 32]))),
            &here,
            &root,
            Some("not_in_log"),
        ),
        way("there, said to be absent", &changed(&|way| way.end = None), &here, &root, Some("not_in_log")),
        way("a hash too few", &changed(&|way| way.siblings.truncate(1)), &here, &root, Some("not_in_log")),
        way("a hash too many", &changed(&|way| way.siblings.push(Hash::default())), &here, &root, Some("not_in_log")),
        way("a hash changed", &changed(&|way| way.siblings[0].0[0] ^= 1), &here, &root, Some("not_in_log")),
        way("under another root", &proof.to_bytes(), &here, &Hash([1; 32]), Some("not_in_log")),
        way("for another label", &map.prove(&absent).to_bytes(), &here, &root, Some("other_thing")),
        way("cut off", &proof.to_bytes()[..90], &here, &root, Some("damaged")),
        way("with more behind it", &[proof.to_bytes(), vec![0]].concat(), &here, &root, Some("damaged")),
        way("with another first byte", &[&[2], &proof.to_bytes()[1..]].concat(), &here, &root, Some("damaged")),
        way("nothing", &[], &here, &root, Some("damaged")),
    ];
    let (one, mut two) = ([0xaa; 32], [0xaa; 32]);
    two[31] ^= 1;
    let mut deep = Keymap::new();
    deep.insert(one, [1; 32]);
    all.push(way("alone in the map", &deep.prove(&one).to_bytes(), &one, &deep.root(), None));
    all.push(way("absent beside one", &deep.prove(&two).to_bytes(), &two, &deep.root(), None));
    deep.insert(two, [2; 32]);
    all.push(way("as deep as can be", &deep.prove(&two).to_bytes(), &two, &deep.root(), None));
    Json::List(all)
}

/// A key proof with what the server shows of the person's keys.
struct Shown {
    name: &'static str,
    devices: Vec<u8>,
    person: [u8; 16],
    proof: KeyProof,
    why: Option<&'static str>,
}

fn shown(world: &World) -> Vec<Shown> {
    let proof = world.keys_of(&label());
    let one = |name, devices: &[u8], proof: KeyProof, why| Shown {
        name,
        devices: devices.to_vec(),
        person: PATIENT,
        proof,
        why,
    };
    let changed = |change: &dyn Fn(&mut KeyProof)| {
        let mut other = proof.clone();
        change(&mut other);
        other
    };
    let (index, leaf) = world.ends[world.ends.len() - 2].clone();
    let before =
        KeyProof { index, leaf, path: world.tree.inclusion(index, world.tree.size()).unwrap(), ..proof.clone() };
    let stranger = [0x77; 16];
    let nobody = world.keys_of(&label_of(&SALT, &stranger));
    vec![
        one("both devices", &[0, 1], proof.clone(), None),
        one("in another order", &[1, 0], proof.clone(), None),
        one("a key too few", &[0], proof.clone(), Some("other_key")),
        one("a key too many", &[0, 1, 2], proof.clone(), Some("other_key")),
        one("another key", &[0, 2], proof.clone(), Some("other_key")),
        one("no key", &[], proof.clone(), Some("other_key")),
        Shown {
            name: "somebody who has none",
            devices: Vec::new(),
            person: stranger,
            proof: nobody.clone(),
            why: None,
        },
        Shown {
            name: "a key for somebody who has none",
            devices: vec![0],
            person: stranger,
            proof: nobody.clone(),
            why: Some("other_key"),
        },
        one("another's absence", &[], nobody, Some("not_in_log")),
        one("the map of a batch before", &[0, 1], before, Some("not_newest")),
        one("a map that isn't in the log", &[0, 1], changed(&|proof| proof.leaf[20] ^= 1), Some("not_in_log")),
        one("an entry for the map", &[0, 1], changed(&|proof| proof.leaf[0] = 0), Some("not_in_log")),
        one("another way in the log", &[0, 1], changed(&|proof| proof.path[0].0[0] ^= 1), Some("not_in_log")),
        one(
            "too few signatures",
            &[0, 1],
            changed(&|proof| proof.checkpoint = signed(&world.newest(), &[2]).to_string()),
            Some("too_few"),
        ),
        one("a damaged way", &[0, 1], changed(&|proof| proof.way.truncate(70)), Some("damaged")),
    ]
}

pub(crate) fn vectors(world: &World) -> Json {
    let policy = policy();
    let all = shown(world).into_iter().map(|Shown { name, devices, person, proof, why }| {
        let bindings: Vec<Hash> = devices.iter().map(|n| device(*n)).map(|(rsa, ed)| binding_of(&rsa, &ed)).collect();
        let held = proof.verify(&label_of(&SALT, &person), &policy);
        let word = match &held {
            Ok(held) => (held.value != value_of(&bindings)).then_some("other_key"),
            Err(refused) => Some(Refused::word(refused)),
        };
        assert_eq!(word, why, "{name}: {held:?}");
        Json::Fields(vec![
            ("name", name.into()),
            ("person", hex(&person)),
            ("salt", hex(&SALT)),
            ("devices", devices.into_iter().map(u64::from).collect::<Vec<_>>().into()),
            ("checkpoint", proof.checkpoint.into()),
            ("index", proof.index.into()),
            ("path", Json::List(proof.path.iter().map(|hash| hex(&hash.0)).collect())),
            ("leaf", hex(&proof.leaf)),
            ("way", hex(&proof.way)),
            ("why", why.into()),
        ])
    });
    Json::List(all.collect())
}
