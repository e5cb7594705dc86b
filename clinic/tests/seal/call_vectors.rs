//! The call as the browser's side wrote it down: members, roster, secrets, passes, words and frames.

use ed25519_dalek::SigningKey;
use serde_json::Value;
use vaidya_clinic::e2ee::epoch::{self, EpochSecret, Kind, Way, base_key};
use vaidya_clinic::e2ee::frame::{Opener, Sealer, kid};
use vaidya_clinic::e2ee::member::{Member, commitment};
use vaidya_clinic::e2ee::pair::Pair;
use vaidya_clinic::e2ee::pass::{CHECKED, KEY, Pass, REVEAL};
use vaidya_clinic::e2ee::phrase::{Side, phrase};
use vaidya_clinic::e2ee::roster::{Entry, Known, Roster, Signed, next_epoch};
use vaidya_clinic::e2ee::{StaticSecret, x25519_public};
use vaidya_clinic::id::{SeatId, VisitId};
use vaidya_clinic::time::Timestamp;
use vaidya_clinic::vault::keys::Identity;
use vaidya_clinic::visit::SeatRole;

use super::given::{VECTORS, hex, hex_of, text, uuid};

fn call() -> &'static Value {
    &VECTORS["call"]
}

fn members() -> &'static [Value] {
    call()["members"].as_array().unwrap()
}

/// The member in this seat.
fn member(seat: &Value) -> &'static Value {
    members().iter().find(|member| member["seat"] == *seat).unwrap()
}

fn secret(member: &Value) -> StaticSecret {
    StaticSecret::from(hex_of::<32>(&member["x_private"]))
}

fn signer(member: &Value) -> SigningKey {
    SigningKey::from_bytes(&hex_of(&member["ed_seed"]))
}

fn visit() -> VisitId {
    VisitId(uuid(&call()["roster"]["visit"]))
}

fn seat(value: &Value) -> SeatId {
    SeatId(uuid(value))
}

fn entry(member: &Value) -> Entry {
    Entry { seat: seat(&member["seat"]), x25519: hex_of(&member["x"]), ed25519: hex_of(&member["ed"]) }
}

fn doctor() -> Identity {
    Identity::parse(&hex_of(&members()[0]["ed"])).unwrap()
}

#[test]
fn members_say_the_same_of_themselves() {
    for member in members() {
        let role: SeatRole = serde_json::from_value(member["role"].clone()).unwrap();
        let (x25519, nonce) = (x25519_public(&secret(member)), hex_of(&member["nonce"]));
        assert_eq!(x25519.as_slice(), hex(&member["x"]));
        assert_eq!(commitment(&nonce).as_slice(), hex(&member["commitment"]));
        assert_eq!(Member::make(visit(), role, x25519, &nonce, &signer(member)).encode(), hex(&member["blob"]));
        let read = Member::parse(&hex(&member["blob"])).unwrap();
        assert_eq!(read.verify(visit(), role).unwrap().raw().as_slice(), hex(&member["ed"]));
    }
}

#[test]
fn the_roster_is_the_same_and_each_member_takes_it() {
    let given = &call()["roster"];
    let entries: Vec<Entry> = members().iter().map(entry).collect();
    let made = Roster::new(visit(), given["epoch"].as_u64().unwrap(), entries.clone()).unwrap();
    assert_eq!(made.encode(), hex(&given["body"]));
    let made = made.sign(&signer(&members()[0]));
    assert_eq!((made.bytes(), made.hash().as_slice()), (&hex(&given["signed"])[..], &hex(&given["hash"])[..]));
    let signed = Signed::parse(&hex(&given["signed"]), &doctor()).unwrap();
    for own in &entries {
        let known = Known { visit: visit(), highest: None, own, others: &entries };
        assert_eq!(signed.roster().check(&known), Ok(()));
    }
}

#[test]
fn the_next_epoch_is_the_same() {
    for given in call()["next_epoch"].as_array().unwrap() {
        let now = Timestamp(given["now"].as_i64().unwrap());
        assert_eq!(Some(next_epoch(given["highest"].as_u64().unwrap(), now)), given["next"].as_u64());
    }
}

#[test]
fn secrets_are_wrapped_and_opened_to_the_same_bytes() {
    let given = &call()["epoch"];
    let (from, to) = (member(&given["from"]), member(&given["to"]));
    let roster = Signed::parse(&hex(&call()["roster"]["signed"]), &doctor()).unwrap();
    let (sender, recipient) = (seat(&given["from"]), seat(&given["to"]));
    let way = Way { visit: visit(), epoch: roster.roster().epoch(), roster: roster.hash(), sender, recipient };
    let sent = EpochSecret::from_bytes(hex_of(&given["secret"]));
    assert_eq!(epoch::wrap(&sent, &secret(from), &hex_of(&to["x"]), &way).unwrap(), hex(&given["wrap"]));
    let opened = epoch::unwrap(&hex(&given["wrap"]), &secret(to), &hex_of(&from["x"]), &way).unwrap();
    assert_eq!(opened.expose(), sent.expose());
    assert_eq!(base_key(&sent, Kind::Audio).expose().as_slice(), hex(&given["audio"]));
    assert_eq!(base_key(&sent, Kind::Video).expose().as_slice(), hex(&given["video"]));
}

#[test]
fn what_two_say_alone_is_the_same() {
    let given = &call()["pair"];
    let (from, to) = (member(&given["from"]), member(&given["to"]));
    let (one, other) = (seat(&given["from"]), seat(&given["to"]));
    let sender = Pair::new(&secret(from), &hex_of(&to["x"]), visit(), one, other).unwrap();
    let recipient = Pair::new(&secret(to), &hex_of(&from["x"]), visit(), other, one).unwrap();
    for pass in given["sealed"].as_array().unwrap() {
        let bytes = hex(&pass["pass"]);
        let (kind, sealed) = match Pass::parse(&bytes).unwrap() {
            Pass::Reveal(sealed) => (REVEAL, sealed),
            Pass::Checked(sealed) => (CHECKED, sealed),
            Pass::Key(sealed) => (KEY, sealed),
            other => unreachable!("{other:?}"),
        };
        assert_eq!(recipient.open(kind, &sealed).unwrap(), hex(&pass["plain"]));
        assert_eq!(sender.seal(kind, hex_of(&pass["iv"]), &hex(&pass["plain"])).unwrap(), sealed);
    }
}

#[test]
fn passes_are_the_same() {
    let (given, epoch) = (&call()["passes"], call()["roster"]["epoch"].as_u64().unwrap());
    let passes = [
        ("roster", Pass::Roster(hex(&call()["roster"]["signed"]))),
        ("secret", Pass::Secret { epoch, wrap: hex(&call()["epoch"]["wrap"]) }),
        ("ready", Pass::Ready(epoch)),
        ("want", Pass::Want(epoch)),
        ("hello", Pass::Hello(0)),
    ];
    for (name, pass) in passes {
        assert_eq!(pass.encode(), hex(&given[name]), "{name}");
        assert_eq!(Pass::parse(&hex(&given[name])), Ok(pass));
    }
}

#[test]
fn the_words_are_the_same() {
    let given = &call()["phrase"];
    let side = |name: &str| {
        let member = member(&given[name]);
        Side { seat: seat(&given[name]), ed25519: hex_of(&member["ed"]), nonce: hex_of(&member["nonce"]) }
    };
    let places = phrase(visit(), &side("one"), &side("other"));
    let words: Vec<&str> = places.iter().map(|place| text(&given["list"][usize::from(*place)])).collect();
    let expected: Vec<&str> = given["words"].as_array().unwrap().iter().map(text).collect();
    assert_eq!(words, expected);
}

#[test]
fn frames_are_sealed_and_opened_to_the_same_bytes() {
    let given = &VECTORS["frames"];
    let epoch = given["epoch"].as_u64().unwrap();
    let secret = EpochSecret::from_bytes(hex_of(&call()["epoch"]["secret"]));
    for (name, kind) in [("audio", Kind::Audio), ("video", Kind::Video)] {
        assert_eq!(Some(u64::from(kid(epoch))), given[name]["kid"].as_u64());
        let mut opener = Opener::new(kind, epoch, &secret);
        for one in given[name]["frames"].as_array().unwrap() {
            let mut sealer = Sealer::new(kind, epoch, &secret).starting_at(one["ctr"].as_u64().unwrap());
            assert_eq!(sealer.seal(&hex(&one["frame"])).unwrap(), hex(&one["sealed"]), "{name} {}", one["ctr"]);
            assert_eq!(opener.open(&hex(&one["sealed"])).unwrap(), hex(&one["frame"]), "{name} {}", one["ctr"]);
        }
    }
}
