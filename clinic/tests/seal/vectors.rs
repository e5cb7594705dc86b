//! Everything the browser's side wrote down, computed again here.

use ed25519_dalek::Verifier;
use serde_json::Value;
use vaidya_clinic::e2ee::chat::{Place, Seen, chain_next, chain_start, open_body, seal_body};
use vaidya_clinic::id::{KeyId, MessageId, PersonId, RecordId, SeatId, VisitId};
use vaidya_clinic::record::RecordKind;
use vaidya_clinic::time::Timestamp;
use vaidya_clinic::vault::chunk::{CHUNK, Chunks, layout};
use vaidya_clinic::vault::header::Draft;
use vaidya_clinic::vault::jwe::Jwe;
use vaidya_clinic::vault::keys::{Bound, Identity, SealingKey};
use vaidya_clinic::vault::object::{self, Cid};
use vaidya_clinic::vault::password::{self, Master};
use vaidya_clinic::vault::sealed::Sealed;
use vaidya_clinic::vault::secret::Secret;
use vaidya_clinic::vault::{Broken, padme};

use super::given::{VECTORS, base64, hex, hex_of, signers, text, uuid};

fn bound(key: &Value) -> Bound {
    Bound {
        person: PersonId(uuid(&key["person"])),
        id: KeyId(uuid(&key["id"])),
        rsa: SealingKey::parse(&base64(&key["rsa"])).unwrap(),
        ed: Identity::parse(&base64(&key["ed"]).try_into().unwrap()).unwrap(),
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}

#[test]
fn a_password_gives_the_same_two_keys() {
    let given = &VECTORS["password"];
    let rounds = u32::try_from(given["iterations"].as_u64().unwrap()).unwrap();
    let master = Master::stretch(text(&given["password"]), &base64(&given["salt"]).try_into().unwrap(), rounds);
    assert_eq!(rounds, password::ROUNDS);
    assert_eq!(master.login().expose().as_slice(), hex(&given["login"]));
    assert_eq!(master.wrap().expose().as_slice(), hex(&given["wrap"]));
}

#[test]
fn a_person_s_key_is_bound_and_has_the_same_fingerprint() {
    let given = &VECTORS["binding"];
    let key = bound(&given["key"]);
    assert_eq!(key.binding(), hex(&given["message"]));
    assert_eq!(key.check(&base64(&given["key"]["sig"]).try_into().unwrap()), Ok(()));
    assert_eq!(key.fingerprint(), text(&given["fingerprint"]));
}

#[test]
fn a_binding_of_another_person_or_key_does_not_hold() {
    let given = &VECTORS["binding"]["key"];
    let signature: [u8; 64] = base64(&given["sig"]).try_into().unwrap();
    let mut other = bound(given);
    other.person = PersonId::from_number(1);
    assert_eq!(other.check(&signature), Err(Broken::Signature));
    let mut other = bound(given);
    other.rsa = bound(&VECTORS["approval"]["key"]).rsa;
    assert_eq!(other.check(&signature), Err(Broken::Signature));
}

#[test]
fn a_second_key_is_approved_by_the_first_and_by_no_other() {
    let given = &VECTORS["approval"];
    let key = bound(&given["key"]);
    let first = Identity::parse(&base64(&given["by"]).try_into().unwrap()).unwrap();
    let signature = hex_of(&given["signature"]);
    assert_eq!(key.check_approval(&first, &signature), Ok(()));
    assert_eq!(key.check_approval(&key.ed, &signature), Err(Broken::Signature), "a key can't approve itself");
    let [second, _] = [&signers()[1], &signers()[0]];
    assert!(second.verifying_key().verify(&key.approval(), &signature.into()).is_err());
}

#[test]
fn chat_opens_and_is_sealed_to_the_same_bytes() {
    let given = &VECTORS["chat"];
    let (visit, key) = (VisitId(uuid(&given["visit"])), Secret::from_bytes(hex_of(&given["key"])));
    let author = &signers()[0];
    for message in list(&given["messages"]) {
        let place = Place { visit, message: MessageId(uuid(&message["id"])) };
        let seen = Seen { seq: message["seen"].as_u64().unwrap(), chain: hex_of(&message["seen_hash"]) };
        let opened = open_body(&key, place, &base64(&message["body"])).unwrap();
        assert_eq!((opened.text.as_str(), opened.seen), (text(&message["text"]), seen));
        assert_eq!(opened.author.raw().as_slice(), hex(&given["author"]));
        let sealed = seal_body(&key, author, place, seen, hex_of(&message["iv"]), &opened.text).unwrap();
        assert_eq!(sealed, base64(&message["body"]));
    }
}

#[test]
fn the_chain_of_a_chat_is_the_same() {
    let given = &VECTORS["chat"];
    let mut chain = chain_start(VisitId(uuid(&given["visit"])));
    assert_eq!(chain.as_slice(), hex(&given["chain0"]));
    for message in list(&given["messages"]) {
        let (id, seat) = (MessageId(uuid(&message["id"])), SeatId(uuid(&message["seat"])));
        chain = chain_next(&chain, message["seq"].as_u64().unwrap(), id, seat, &base64(&message["body"]));
        assert_eq!(chain.as_slice(), hex(&message["chain"]));
    }
}

#[test]
fn a_record_the_browser_sealed_opens() {
    let given = &VECTORS["record"];
    let jwe = Jwe::parse(given["general"].to_string().as_bytes()).unwrap();
    let key = Secret::from_bytes(hex_of(&given["content_key"]));
    assert_eq!(jwe.sealed.open(&key).unwrap().as_slice(), text(&given["json"]).as_bytes());
    assert_eq!(object::encode(&jwe.sealed).unwrap(), hex(&given["object"]));
    assert_eq!(object::parse(&hex(&given["object"])).unwrap(), jwe.sealed);
    let back: Value = serde_json::from_str(&jwe.to_json().unwrap()).unwrap();
    assert_eq!(back, given["general"]);
}

#[test]
fn a_record_is_sealed_to_the_same_bytes() {
    let given = &VECTORS["record"];
    let head = &given["head"];
    let draft = Draft {
        cty: "application/vnd.vaidya.transcript+json".to_owned(),
        record: RecordId(uuid(&head["rec"])),
        version: 1,
        kind: text(&head["kind"]).to_owned(),
        patient: None,
        visit: Some(VisitId(uuid(&head["visit"]))),
        author: KeyId(uuid(&head["key"])),
        at: Timestamp(head["at"].as_i64().unwrap()),
    };
    let key = Secret::from_bytes(hex_of(&given["content_key"]));
    let sealed = Sealed::make(draft, text(&given["json"]).as_bytes(), &key, hex_of(&given["iv"])).unwrap();
    let object = object::encode(&sealed).unwrap();
    assert_eq!(object, hex(&given["object"]));
    assert_eq!(Cid::of(&object).as_str(), text(&given["cid"]));
    let commitment = object::commitment(text(&head["kind"]), &hex_of(&given["salt"]), &object).unwrap();
    assert_eq!(commitment.as_slice(), hex(&given["commitment"]));
}

#[test]
fn names_of_objects_are_the_same() {
    for given in list(&VECTORS["cids"]) {
        assert_eq!(Cid::of(&hex(&given["object"])).as_str(), text(&given["cid"]));
    }
}

#[test]
fn padded_lengths_are_the_same() {
    for given in list(&VECTORS["padme"]) {
        assert_eq!(padme::padded(given["length"].as_u64().unwrap()), given["padded"].as_u64().unwrap());
    }
}

#[test]
fn a_record_that_says_whose_it_is_is_sealed_to_the_same_bytes() {
    let given = &VECTORS["file"];
    let head = &given["head"];
    let draft = Draft {
        cty: RecordKind::Document.media_type().to_owned(),
        record: RecordId(uuid(&head["rec"])),
        version: 3,
        kind: text(&head["kind"]).to_owned(),
        patient: Some(PersonId(uuid(&head["patient"]))),
        visit: Some(VisitId(uuid(&head["visit"]))),
        author: KeyId(uuid(&head["key"])),
        at: Timestamp(head["at"].as_i64().unwrap()),
    };
    let key = Secret::from_bytes(hex_of(&given["content_key"]));
    let sealed = Sealed::make(draft, text(&given["json"]).as_bytes(), &key, hex_of(&given["iv"])).unwrap();
    let object = object::encode(&sealed).unwrap();
    assert_eq!(object, hex(&given["object"]));
    assert_eq!(Cid::of(&object).as_str(), text(&given["cid"]));
}

#[test]
fn chunks_are_sealed_to_the_same_bytes_and_open_at_the_same_places() {
    let given = &VECTORS["file"];
    let key = Secret::from_bytes(hex_of(&given["content_key"]));
    let chunks = Chunks::new(&key, RecordId(uuid(&given["head"]["rec"])), 3);
    let plain = hex(&given["plain"]);
    for one in list(&given["blocks"]) {
        let (index, last) = (u32::try_from(one["index"].as_u64().unwrap()).unwrap(), one["last"].as_bool().unwrap());
        let block = hex(&one["block"]);
        assert_eq!(chunks.seal(index, last, &plain).unwrap(), block);
        assert_eq!(*chunks.open(index, last, &block).unwrap(), plain);
        assert!(chunks.open(index, !last, &block).is_err());
    }
    let full = chunks.seal(2, false, &vec![7; CHUNK]).unwrap();
    assert_eq!(Cid::of(&full).as_str(), text(&given["full"]["cid"]));
    for one in list(&given["layouts"]) {
        let numbers = |name: &str| one[name].as_u64().unwrap();
        assert_eq!(layout(numbers("length")), (numbers("total"), numbers("count")));
    }
}
