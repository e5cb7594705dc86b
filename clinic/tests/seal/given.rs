//! The vectors that the browser's side made, and what tests need to read them.

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::SigningKey;
use serde_json::Value;
use uuid::Uuid;
use vaidya_clinic::vault::keys::SealingKey;

pub(crate) static VECTORS: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("../seal_vectors.json")).unwrap());

pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

pub(crate) fn base64(value: &Value) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text(value)).unwrap()
}

pub(crate) fn hex(value: &Value) -> Vec<u8> {
    unhex(text(value))
}

pub(crate) fn hex_of<const N: usize>(value: &Value) -> [u8; N] {
    hex(value).try_into().unwrap()
}

pub(crate) fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

pub(crate) fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) fn uuid(value: &Value) -> Uuid {
    text(value).parse().unwrap()
}

/// The Ed25519 keys of the two devices in the vectors.
pub(crate) fn signers() -> [SigningKey; 2] {
    let seeds = [&VECTORS["bundle"]["ed_seed"], &VECTORS["approval"]["second_ed_seed"]];
    seeds.map(|seed| SigningKey::from_bytes(&hex_of(seed)))
}

/// The public RSA keys of the two devices in the vectors.
pub(crate) fn sealing_keys() -> [SealingKey; 2] {
    ["binding", "approval"].map(|name| SealingKey::parse(&base64(&VECTORS[name]["key"]["rsa"])).unwrap())
}

/// Each copy of `bytes` in which one bit is another.
pub(crate) fn flipped(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> + '_ {
    (0..bytes.len() * 8).map(|bit| {
        let mut copy = bytes.to_vec();
        copy[bit / 8] ^= 1 << (bit % 8);
        copy
    })
}
