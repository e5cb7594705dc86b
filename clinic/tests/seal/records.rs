//! Records: what opens them, what doesn't, and what is not even read.

use chacha20::ChaCha20Rng;
use rand_core::SeedableRng;
use rsa::pkcs8::{DecodePrivateKey, EncodePublicKey};
use rsa::{BoxedUint, Oaep, RsaPrivateKey, RsaPublicKey};
use serde_json::{Value, json};
use sha2::Sha256;
use vaidya_clinic::id::{KeyId, RecordId, VisitId};
use vaidya_clinic::time::Timestamp;
use vaidya_clinic::vault::Broken;
use vaidya_clinic::vault::header::Draft;
use vaidya_clinic::vault::jwe::{Jwe, MAX_JSON, MAX_RECIPIENTS};
use vaidya_clinic::vault::keys::{Identity, SealingKey};
use vaidya_clinic::vault::object::{self, MAX_OBJECT};
use vaidya_clinic::vault::secret::{ContentKey, Secret};

use super::given::{VECTORS, flipped, hex, sealing_keys};

const CONTENT: &[u8] = br#"{"v":1,"messages":[]}"#;

fn draft() -> Draft {
    Draft {
        cty: "application/vnd.vaidya.transcript+json".to_owned(),
        record: RecordId::from_number(1),
        version: 1,
        kind: "transcript".to_owned(),
        patient: None,
        visit: Some(VisitId::from_number(2)),
        author: KeyId::from_number(3),
        at: Timestamp(1_790_000_000_000),
    }
}

/// A record for both keys of the vectors.
fn record(rng: &mut ChaCha20Rng) -> Jwe {
    let [first, second] = sealing_keys();
    let recipients = [(KeyId::from_number(10), &first), (KeyId::from_number(11), &second)];
    Jwe::seal(draft(), CONTENT, &recipients, rng).unwrap()
}

/// What the holder of a private key does; the server's own way is in the shell, not here.
fn unwrap(jwe: &Jwe, key: KeyId, pkcs8: &Value) -> ContentKey {
    let private = RsaPrivateKey::from_pkcs8_der(&hex(pkcs8)).unwrap();
    let wrap = &jwe.wrap_for(key).unwrap().wrapped;
    Secret::from_slice(&private.decrypt(Oaep::<Sha256>::new(), wrap).unwrap()).unwrap()
}

fn rng() -> ChaCha20Rng {
    ChaCha20Rng::from_seed([7; 32])
}

fn first_key(jwe: &Jwe) -> ContentKey {
    unwrap(jwe, KeyId::from_number(10), &VECTORS["bundle"]["rsa_pkcs8"])
}

#[test]
fn a_record_opens_for_each_of_its_recipients() {
    let jwe = Jwe::parse(record(&mut rng()).to_json().unwrap().as_bytes()).unwrap();
    assert_eq!(jwe.sealed.open(&first_key(&jwe)).unwrap().as_slice(), CONTENT);
    let second = unwrap(&jwe, KeyId::from_number(11), &VECTORS["approval"]["second_rsa_pkcs8"]);
    assert_eq!(jwe.sealed.open(&second).unwrap().as_slice(), CONTENT);
}

#[test]
fn each_record_has_a_key_of_its_own() {
    let mut rng = rng();
    let (one, other) = (record(&mut rng), record(&mut rng));
    assert_ne!(first_key(&one).expose(), first_key(&other).expose());
    assert_eq!(one.sealed.open(&first_key(&other)).err(), Some(Broken::Commitment));
}

#[test]
fn every_flipped_bit_of_an_object_is_refused() {
    let jwe = record(&mut rng());
    let key = first_key(&jwe);
    let object = object::encode(&jwe.sealed).unwrap();
    for changed in flipped(&object) {
        assert!(object::parse(&changed).and_then(|sealed| sealed.open(&key)).is_err());
    }
}

#[test]
fn every_shorter_object_is_refused() {
    let jwe = record(&mut rng());
    let key = first_key(&jwe);
    let object = object::encode(&jwe.sealed).unwrap();
    for length in 0..object.len() {
        assert!(object::parse(&object[..length]).and_then(|sealed| sealed.open(&key)).is_err());
    }
}

#[test]
fn a_key_that_the_header_does_not_commit_to_is_told_before_anything_is_decrypted() {
    let jwe = record(&mut rng());
    let mut changed = jwe.sealed.clone();
    changed.ciphertext.clear();
    assert_eq!(changed.open(&Secret::from_bytes([0; 32])).err(), Some(Broken::Commitment));
    assert_eq!(changed.open(&first_key(&jwe)).err(), Some(Broken::Seal));
}

#[test]
fn one_more_may_open_it_and_the_object_stays_as_it_is() {
    let mut rng = rng();
    let mut jwe = record(&mut rng);
    let before = object::encode(&jwe.sealed).unwrap();
    let (key, [_, second]) = (first_key(&jwe), sealing_keys());
    let added = KeyId::from_number(12);
    assert_eq!(jwe.add(added, &second, &Secret::from_bytes([0; 32]), &mut rng), Err(Broken::Commitment));
    jwe.add(added, &second, &key, &mut rng).unwrap();
    assert_eq!(jwe.add(added, &second, &key, &mut rng), Err(Broken::Malformed("recipient twice")));
    assert_eq!(object::encode(&jwe.sealed).unwrap(), before);
    let theirs = unwrap(&jwe, added, &VECTORS["approval"]["second_rsa_pkcs8"]);
    assert_eq!(jwe.sealed.open(&theirs).unwrap().as_slice(), CONTENT);
}

#[test]
fn a_transcript_larger_than_a_block_is_not_sealed() {
    let content = vec![b' '; MAX_OBJECT];
    assert_eq!(Jwe::seal(draft(), &content, &[], &mut rng()).err(), Some(Broken::TooLarge("object")));
}

#[test]
fn json_that_is_not_ours_is_refused_with_its_reason() {
    let json: Value = serde_json::from_str(&record(&mut rng()).to_json().unwrap()).unwrap();
    let with = |path: &str, value: Value| {
        let mut changed = json.clone();
        *changed.pointer_mut(path).unwrap() = value;
        Jwe::parse(changed.to_string().as_bytes()).err()
    };
    let wraps = json["recipients"].as_array().unwrap();
    assert_eq!(with("/recipients/0/header/alg", json!("dir")), Some(Broken::Unsupported("algorithm of a recipient")));
    assert_eq!(with("/recipients/1", wraps[0].clone()), Some(Broken::Malformed("recipient twice")));
    assert_eq!(with("/recipients", json!(vec![&wraps[0]; MAX_RECIPIENTS + 1])), Some(Broken::TooLarge("recipients")));
    assert_eq!(with("/tag", json!("AAAA")), Some(Broken::Malformed("length of iv or tag")));
    assert_eq!(with("/iv", json!("AAA=")), Some(Broken::Malformed("base64url")));
    assert_eq!(with("/protected", json!("A".repeat(5_000))), Some(Broken::TooLarge("header")));
    assert_eq!(with("/tag", json!(1)), Some(Broken::Malformed("JWE")));
    assert_eq!(Jwe::parse(&vec![b' '; MAX_JSON + 1]).err(), Some(Broken::TooLarge("JWE")));
}

#[test]
fn a_record_without_a_commitment_is_not_opened_for_several() {
    let jwe = record(&mut rng());
    let refused = Some(Broken::Unsupported("several recipients without a commitment"));
    assert_eq!(jwe.open_foreign(&first_key(&jwe)).err(), refused);
}

fn spki(modulus: &BoxedUint, exponent: u32) -> Vec<u8> {
    let key = RsaPublicKey::new_unchecked(modulus.clone(), BoxedUint::from(exponent));
    key.to_public_key_der().unwrap().into_vec()
}

#[test]
fn weak_and_odd_keys_are_refused() {
    use rsa::traits::PublicKeyParts;
    let private = RsaPrivateKey::from_pkcs8_der(&hex(&VECTORS["bundle"]["rsa_pkcs8"])).unwrap();
    let good = spki(private.n(), 65_537);
    assert!(SealingKey::parse(&good).is_ok());
    assert_eq!(SealingKey::parse(&spki(private.n(), 3)).err(), Some(Broken::Key("RSA with the exponent 65,537")));
    let small = BoxedUint::from_be_slice(&[0xff; 128], 1_024).unwrap();
    assert!(SealingKey::parse(&spki(&small, 65_537)).is_err());
    let huge = BoxedUint::from_be_slice(&[0xff; 1_024], 8_192).unwrap();
    assert_eq!(SealingKey::parse(&spki(&huge, 65_537)).err(), Some(Broken::TooLarge("SPKI")));
    assert_eq!(SealingKey::parse(&[good.as_slice(), &[0]].concat()).err(), Some(Broken::Malformed("SPKI")));
    let mut neutral = [0; 32];
    neutral[0] = 1;
    assert!(Identity::parse(&neutral).is_err(), "everything verifies under the neutral element");
}
