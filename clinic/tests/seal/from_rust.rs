//! What Rust seals for the browser's side to open: made from fixed luck, kept in `seal_from_rust.json`.
//! `VAIDYA_WRITE_VECTORS=1` writes the file anew; without it this test says whether the file is what the code makes.

use chacha20::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};
use serde_json::{Value, json};
use vaidya_clinic::e2ee::chat::{Place, Seen, chain_next, chain_start, seal_body};
use vaidya_clinic::e2ee::epoch::{self, EpochSecret, Kind, Way};
use vaidya_clinic::e2ee::frame::Sealer;
use vaidya_clinic::e2ee::member::Member;
use vaidya_clinic::e2ee::pair::Pair;
use vaidya_clinic::e2ee::pass::{CHECKED, KEY, REVEAL};
use vaidya_clinic::e2ee::phrase::{Side, phrase};
use vaidya_clinic::e2ee::roster::{Entry, Roster};
use vaidya_clinic::e2ee::{StaticSecret, x25519_public};
use vaidya_clinic::id::{KeyId, MessageId, RecordId, SeatId, VisitId};
use vaidya_clinic::time::Timestamp;
use vaidya_clinic::vault::header::Draft;
use vaidya_clinic::vault::jwe::Jwe;
use vaidya_clinic::vault::object::{self, Cid};
use vaidya_clinic::vault::secret::Secret;
use vaidya_clinic::visit::SeatRole;

use super::given::{sealing_keys, signers, to_hex};

/// Fixed luck, so that the file stays the same.
struct Luck(ChaCha20Rng);

impl Luck {
    fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.fill_bytes(&mut bytes);
        bytes
    }
}

#[test]
fn the_browser_s_side_opens_what_this_code_seals_today() {
    let mut luck = Luck(ChaCha20Rng::from_seed([3; 32]));
    let made = json!({
        "about": "Made by clinic/tests/seal/from_rust.rs; docs/sealing.md says what each is. Bytes are hex, except in `general`, which is a JWE. Private keys: those of seal_vectors.json.",
        "record": record(&mut luck),
        "chat": chat(&mut luck),
        "call": call(&mut luck),
        "frames": frames(&mut luck),
    });
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/seal_from_rust.json");
    if std::env::var_os("VAIDYA_WRITE_VECTORS").is_some() {
        std::fs::write(path, serde_json::to_string_pretty(&made).unwrap() + "\n").unwrap();
    }
    let kept: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    assert!(kept == made, "seal_from_rust.json is not what the code makes: VAIDYA_WRITE_VECTORS=1 writes it anew");
}

fn record(luck: &mut Luck) -> Value {
    let content = r#"{"v":1,"messages":[{"seq":1,"text":"नमस्ते"}]}"#;
    let draft = Draft {
        cty: "application/vnd.vaidya.transcript+json".to_owned(),
        record: RecordId::from_random(luck.bytes()),
        version: 2,
        kind: "transcript".to_owned(),
        patient: None,
        visit: Some(VisitId::from_random(luck.bytes())),
        author: KeyId::from_random(luck.bytes()),
        at: Timestamp(1_790_000_000_456),
    };
    let [first, second] = sealing_keys();
    let ids = [(); 2].map(|()| KeyId::from_random(luck.bytes()));
    let jwe = Jwe::seal(draft, content.as_bytes(), &[(ids[0], &first), (ids[1], &second)], &mut luck.0).unwrap();
    let object = object::encode(&jwe.sealed).unwrap();
    let general: Value = serde_json::from_str(&jwe.to_json().unwrap()).unwrap();
    let salt = luck.bytes();
    json!({
        "json": content,
        "kids": ids,
        "general": general,
        "object": to_hex(&object),
        "cid": Cid::of(&object).as_str(),
        "salt": to_hex(&salt),
        "commitment": to_hex(&object::commitment("transcript", &salt, &object).unwrap()),
    })
}

fn chat(luck: &mut Luck) -> Value {
    let (visit, key) = (VisitId::from_random(luck.bytes()), luck.bytes());
    let seats = [(); 2].map(|()| SeatId::from_random(luck.bytes()));
    let mut seen = Seen { seq: 0, chain: chain_start(visit) };
    let mut messages = Vec::new();
    for (seq, text) in (1..).zip(["Good evening", "ਸਤ ਸ੍ਰੀ ਅਕਾਲ 🩺", "\"quoted\" \\ \u{7f}\n/"]) {
        let (turn, message) = (usize::try_from(seq).unwrap() % 2, MessageId::from_random(luck.bytes()));
        let place = Place { visit, message };
        let body = seal_body(&Secret::from_bytes(key), &signers()[turn], place, seen, luck.bytes(), text).unwrap();
        seen = Seen { seq, chain: chain_next(&seen.chain, seq, message, seats[turn], &body) };
        let author = to_hex(&signers()[turn].verifying_key().to_bytes());
        messages.push(json!({ "seq": seq, "id": message, "seat": seats[turn], "author": author, "text": text,
            "body": to_hex(&body), "chain": to_hex(&seen.chain) }));
    }
    let [first, _] = sealing_keys();
    let wrapped = first.wrap(&Secret::from_bytes(key), &mut luck.0).unwrap();
    json!({ "visit": visit, "key": to_hex(&key), "wrapped": to_hex(&wrapped), "messages": messages })
}

fn call(luck: &mut Luck) -> Value {
    let (visit, epoch) = (VisitId::from_random(luck.bytes()), 1_790_000_000_777);
    let roles = [SeatRole::Doctor, SeatRole::Patient];
    let seats = [(); 2].map(|()| SeatId::from_random(luck.bytes()));
    let (secrets, nonces) = ([(); 2].map(|()| luck.bytes::<32>()), [(); 2].map(|()| luck.bytes::<16>()));
    let x25519 = secrets.map(|secret| x25519_public(&StaticSecret::from(secret)));
    let ed25519 = signers().map(|signer| signer.verifying_key().to_bytes());
    let member = |at: usize| Member::make(visit, roles[at], x25519[at], &nonces[at], &signers()[at]).encode();
    let entry = |at: usize| Entry { seat: seats[at], x25519: x25519[at], ed25519: ed25519[at] };
    let roster = Roster::new(visit, epoch, vec![entry(0), entry(1)]).unwrap().sign(&signers()[0]);
    let sent = luck.bytes();
    let way = Way { visit, epoch, roster: roster.hash(), sender: seats[0], recipient: seats[1] };
    let mine = StaticSecret::from(secrets[0]);
    let wrap = epoch::wrap(&EpochSecret::from_bytes(sent), &mine, &x25519[1], &way).unwrap();
    let pair = Pair::new(&mine, &x25519[1], visit, seats[0], seats[1]).unwrap();
    let mut sealed = |kind, message: &[u8]| to_hex(&pair.seal(kind, luck.bytes(), message).unwrap());
    let members = [0, 1].map(|at| {
        json!({ "seat": seats[at], "role": roles[at], "x25519_private": to_hex(&secrets[at]), "nonce": to_hex(&nonces[at]),
            "x25519": to_hex(&x25519[at]), "ed25519": to_hex(&ed25519[at]), "blob": to_hex(&member(at)) })
    });
    let side = |at: usize| Side { seat: seats[at], ed25519: ed25519[at], nonce: nonces[at] };
    json!({
        "visit": visit,
        "epoch": epoch,
        "members": members,
        "roster": { "signed": to_hex(roster.bytes()), "hash": to_hex(&roster.hash()) },
        "secret": { "from": seats[0], "to": seats[1], "secret": to_hex(&sent), "wrap": to_hex(&wrap) },
        "reveal": sealed(REVEAL, &nonces[0]),
        "checked": sealed(CHECKED, &[1]),
        "key": { "key": to_hex(&sent), "sealed": sealed(KEY, &sent) },
        "phrase": phrase(visit, &side(0), &side(1)),
    })
}

fn frames(luck: &mut Luck) -> Value {
    let secret = luck.bytes();
    let mut sealed = |kind, word, epoch, counter, first, length: usize| {
        let mut plain = vec![first];
        plain.extend_from_slice(&luck.bytes::<64>()[..length - 1]);
        let mut sealer = Sealer::new(kind, epoch, &EpochSecret::from_bytes(secret)).starting_at(counter);
        json!({ "kind": word, "epoch": epoch, "counter": counter, "plain": to_hex(&plain),
            "sealed": to_hex(&sealer.seal(&plain).unwrap()) })
    };
    json!({ "secret": to_hex(&secret), "frames": [
        sealed(Kind::Audio, "audio", 9, 0, 0x78, 40),
        sealed(Kind::Audio, "audio", 9, 8, 0x78, 1),
        sealed(Kind::Audio, "audio", 15, 70_000, 0x79, 40),
        sealed(Kind::Video, "video", 9, 0, 0x30, 60),
        sealed(Kind::Video, "video", 9, 1, 0x31, 30),
        sealed(Kind::Video, "video", 9, 100, 0x31, 3),
        sealed(Kind::Video, "video", 15, 300, 0x10, 10),
        sealed(Kind::Video, "video", 15, 16_777_216, 0x50, 64),
    ]})
}
