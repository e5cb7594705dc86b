//! The vectors both languages read: proofs, heads and key map proofs, good and bad, each with what verifying it must say.
//!
//! `proof_vectors.json` is made here: every verdict in it is asserted first. After a change on purpose, `VECTORS=write cargo test
//! -p vaidya-ledger --test proof_vectors` writes it anew.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test that can't go on should stop")]

mod files;
mod heads;
mod json;
mod keys;
mod trees;
mod world;

use json::Json;
use world::{ORIGIN, THRESHOLD, World, log, policy, validator};

fn vectors(world: &World) -> Json {
    Json::Fields(vec![
        (
            "about",
            "Bytes are hexadecimal. `why` is null where the verifier must believe, else the word for what is wrong. Made by ledger/tests/proof_vectors."
                .into(),
        ),
        (
            "policy",
            Json::Fields(vec![
                ("origin", ORIGIN.into()),
                ("log", log().to_string().into()),
                ("validators", (0..4).map(|n| validator(n).to_string()).collect::<Vec<_>>().into()),
                ("threshold", u64::try_from(THRESHOLD).unwrap().into()),
                ("text", policy().to_string().into()),
            ]),
        ),
        ("trees", trees::vectors(world)),
        ("heads", heads::vectors(world)),
        ("proofs", files::vectors(world)),
        ("object", json::hex(world::OBJECT)),
        ("names", keys::names()),
        ("ways", keys::ways(world)),
        ("keys", keys::vectors(world)),
    ])
}

#[test]
fn the_vectors_are_those_that_are_written_down() {
    let made = vectors(&World::new()).to_string();
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/proof_vectors.json");
    if std::env::var("VECTORS").is_ok_and(|word| word == "write") {
        std::fs::write(file, &made).unwrap();
    }
    let written = std::fs::read_to_string(file).unwrap_or_default();
    assert!(
        made == written,
        "proof_vectors.json is not what this crate makes; if that is meant, write it anew with VECTORS=write"
    );
}

#[test]
fn every_flipped_bit_of_a_proof_file_is_refused() {
    let (world, policy) = (World::new(), policy());
    let case = world.case("a record");
    let file = world.proof(case.index, &case.opening, &[0, 1, 3]).to_string();
    assert!(vaidya_ledger::proof::verify(&file, &policy).is_ok());
    let mut bytes = file.into_bytes();
    for at in 0..bytes.len() {
        for bit in 0..8 {
            bytes[at] ^= 1 << bit;
            let refused = str::from_utf8(&bytes).map(|file| vaidya_ledger::proof::verify(file, &policy));
            assert!(!matches!(refused, Ok(Ok(_))), "bit {bit} of byte {at}");
            bytes[at] ^= 1 << bit;
        }
    }
}

#[test]
fn a_proof_file_that_is_cut_off_or_has_something_taken_out_is_refused() {
    let (world, policy) = (World::new(), policy());
    let case = world.case("a registration");
    let file = world.proof(case.index, &case.opening, &[0, 1, 3]).to_string();
    for at in (0..file.len()).filter(|at| file.is_char_boundary(*at)) {
        assert!(vaidya_ledger::proof::verify(&file[..at], &policy).is_err(), "cut at {at}");
    }
    let lines: Vec<&str> = file.split_inclusive('\n').collect();
    for at in 0..lines.len() {
        let without = [&lines[..at], &lines[at + 1..]].concat().concat();
        assert!(vaidya_ledger::proof::verify(&without, &policy).is_err(), "without line {at}");
        let twice = [&lines[..=at], &lines[at..]].concat().concat();
        let refused = vaidya_ledger::proof::verify(&twice, &policy);
        assert!(refused.is_err() || lines[at].starts_with('\u{2014}'), "line {at} twice");
    }
}
