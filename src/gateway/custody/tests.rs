//! What the clinic's keys open, and what they don't.

use rand::SeedableRng as _;
use rand::rngs::StdRng;
use vaidya_clinic::id::{PersonId, RecordId};
use vaidya_clinic::record::Held;
use vaidya_clinic::time::Timestamp;
use vaidya_clinic::vault::header::Draft;
use vaidya_clinic::vault::keys::{Bound, Identity};
use vaidya_clinic::vault::object::{self, Cid};
use vaidya_clinic::vault::sealed::Sealed;
use vaidya_clinic::vault::secret::Secret;

use super::*;
use crate::gateway::blobs::{Blobs, Where};

const SERVER: [u8; 32] = [7; 32];

/// A data folder that goes with the test.
struct Place(PathBuf);

impl Place {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("vaidya-custody-{}", uuid::Uuid::new_v4().simple()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn keys(&self) -> PathBuf {
        self.0.join("keys")
    }

    fn custody(&self, master: Master) -> Custody {
        Custody::new(&self.keys(), master)
    }

    fn file(&self, id: KeyId) -> PathBuf {
        self.keys().join(format!("{}.key", id.0))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _left = std::fs::remove_dir_all(&self.0);
    }
}

fn made(custody: &Custody) -> (Made, SealingKey) {
    let made = custody.make(OrgId::HOME).unwrap();
    let rsa = SealingKey::parse(&made.rsa).unwrap();
    (made, rsa)
}

fn wrapped(content: u8, to: &SealingKey) -> Vec<u8> {
    to.wrap(&Secret::from_bytes([content; 32]), &mut StdRng::seed_from_u64(3)).unwrap()
}

fn draft(record: RecordId) -> Draft {
    let author = KeyId::from_number(5);
    let (cty, kind) = ("application/vnd.vaidya.note+json".to_owned(), "note".to_owned());
    let patient = Some(PersonId::from_number(4));
    Draft { cty, record, version: 1, kind, patient, visit: None, author, at: Timestamp(1) }
}

#[test]
fn a_key_made_here_opens_signs_and_is_bound_to_its_organisation() {
    let place = Place::new();
    let custody = place.custody(Master::derived(&SERVER));
    let (made, rsa) = made(&custody);
    let ed = Identity::parse(&made.ed).unwrap();
    let bound = Bound { person: PersonId(made.org.0), id: made.id, rsa: rsa.clone(), ed };
    assert_eq!(bound.check(&made.sig), Ok(()));
    let again = place.custody(Master::derived(&SERVER));
    assert_eq!(again.open(made.id, &wrapped(9, &rsa)).unwrap().expose(), &[9; 32]);
    let signature = again.sign(made.id, b"a consent").unwrap();
    assert_eq!(ed.verify(b"a consent", &signature), Ok(()));
    assert_eq!(again.has(made.id, &made.rsa), Ok(()));
    assert_eq!(again.has(made.id, &made.rsa[1..]), Err(NoKey::Damaged), "another public half");
}

#[test]
fn a_wrap_for_another_key_or_with_a_flipped_bit_does_not_open() {
    let place = Place::new();
    let custody = place.custody(Master::derived(&SERVER));
    let ((one, rsa), (other, _)) = (made(&custody), made(&custody));
    let wrap = wrapped(1, &rsa);
    assert_eq!(custody.open(other.id, &wrap).err(), Some(NoKey::NotForThisKey));
    for bit in [0, 100, 2047] {
        let mut flipped = wrap.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(custody.open(one.id, &flipped).err(), Some(NoKey::NotForThisKey));
    }
}

#[test]
fn a_missing_damaged_or_swapped_file_is_said_to_be_that() {
    let place = Place::new();
    let custody = place.custody(Master::derived(&SERVER));
    let ((one, _), (other, _)) = (made(&custody), made(&custody));
    let whole = std::fs::read(place.file(one.id)).unwrap();
    let said = |bytes: &[u8]| {
        std::fs::write(place.file(one.id), bytes).unwrap();
        place.custody(Master::derived(&SERVER)).sign(one.id, b"").err()
    };
    let mut flipped = whole.clone();
    *flipped.last_mut().unwrap() ^= 1;
    assert_eq!(said(&flipped), Some(NoKey::Damaged));
    assert_eq!(said(&whole[..40]), Some(NoKey::Damaged));
    assert_eq!(said(&[0; 9_000]), Some(NoKey::Damaged));
    assert_eq!(said(&std::fs::read(place.file(other.id)).unwrap()), Some(NoKey::Damaged), "another's");
    assert_eq!(said(&whole), None);
    std::fs::remove_file(place.file(one.id)).unwrap();
    assert_eq!(place.custody(Master::derived(&SERVER)).sign(one.id, b"").err(), Some(NoKey::Missing));
}

#[test]
fn another_master_key_is_told_from_a_damaged_file() {
    let place = Place::new();
    let given = |byte| Master::given(Secret::from_bytes([byte; 32]), &SERVER);
    let (made, _) = made(&place.custody(given(1)));
    assert_eq!(place.custody(given(2)).sign(made.id, b"").err(), Some(NoKey::OtherMaster));
    assert_eq!(place.custody(Master::derived(&SERVER)).sign(made.id, b"").err(), Some(NoKey::OtherMaster));
    assert!(place.custody(given(1)).sign(made.id, b"").is_ok());
}

#[test]
fn files_from_before_there_was_a_master_key_are_sealed_under_it_when_they_are_used() {
    let place = Place::new();
    let (made, _) = made(&place.custody(Master::derived(&SERVER)));
    let given = || Master::given(Secret::from_bytes([1; 32]), &SERVER);
    assert!(place.custody(given()).sign(made.id, b"").is_ok());
    assert_eq!(place.custody(Master::derived(&SERVER)).sign(made.id, b"").err(), Some(NoKey::OtherMaster));
    assert!(place.custody(given()).sign(made.id, b"").is_ok());
}

#[test]
fn a_master_key_that_is_changed_takes_the_files_of_the_former_one_over() {
    let place = Place::new();
    let given = |byte| Master::given(Secret::from_bytes([byte; 32]), &SERVER);
    let (made, _) = made(&place.custody(given(1)));
    assert!(place.custody(given(2).after(Secret::from_bytes([1; 32]))).has(made.id, &made.rsa).is_ok());
    assert!(place.custody(given(2)).sign(made.id, b"").is_ok());
    assert_eq!(place.custody(given(1)).sign(made.id, b"").err(), Some(NoKey::OtherMaster));
}

#[test]
fn nothing_of_a_private_half_is_readable_in_its_file() {
    let place = Place::new();
    let custody = place.custody(Master::derived(&SERVER));
    let (made, _) = made(&custody);
    let halves = file::read(&place.keys(), made.id, &Master::derived(&SERVER)).unwrap();
    let bytes = std::fs::read(place.file(made.id)).unwrap();
    assert!(halves.len() > 1_000);
    assert!(!halves.windows(16).any(|part| bytes.windows(16).any(|other| part == other)));
    use std::os::unix::fs::PermissionsExt as _;
    assert_eq!(std::fs::metadata(place.file(made.id)).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(std::fs::metadata(place.keys()).unwrap().permissions().mode() & 0o777, 0o700);
}

#[test]
fn what_was_removed_opens_nothing_any_more() {
    let place = Place::new();
    let custody = place.custody(Master::derived(&SERVER));
    let (made, rsa) = made(&custody);
    assert!(custody.open(made.id, &wrapped(1, &rsa)).is_ok());
    custody.remove(made.id).unwrap();
    assert_eq!(custody.open(made.id, &wrapped(1, &rsa)).err(), Some(NoKey::Missing));
    assert_eq!(custody.remove(made.id), Ok(()), "twice is once");
}

#[tokio::test]
async fn a_content_key_is_passed_on_for_its_own_record_and_no_other() {
    let place = Place::new();
    let custody = place.custody(Master::derived(&SERVER));
    let blobs = Blobs::open(&Where::Folder, &place.0.join("blocks"), None).unwrap();
    let ((ours, rsa), (theirs, to)) = (made(&custody), made(&custody));
    let record = RecordId::from_number(1);
    let content = Secret::from_bytes([8; 32]);
    let block = object::encode(&Sealed::make(draft(record), b"{}", &content, [1; 12]).unwrap()).unwrap();
    let cid = Cid::of(&block);
    drop(blobs.put(cid.clone(), block).await.unwrap());
    let (patient, org) = (PersonId::from_number(4), OrgId::HOME);
    let held = Held { record, ver: 1, cid: cid.as_str().to_owned(), patient, org, key: ours.id, ek: wrapped(8, &rsa) };
    let passed = custody.pass_on(&blobs, held.clone(), vec![to.clone()]).await.unwrap();
    assert_eq!(custody.open(theirs.id, &passed[0]).unwrap().expose(), content.expose());
    let pass = async |held| custody.pass_on(&blobs, held, vec![to.clone()]).await.err();
    assert_eq!(pass(Held { ek: wrapped(9, &rsa), ..held.clone() }).await, Some(NoKey::OtherRecord));
    assert_eq!(pass(Held { record: RecordId::from_number(2), ..held.clone() }).await, Some(NoKey::OtherRecord));
    assert_eq!(pass(Held { ver: 2, ..held.clone() }).await, Some(NoKey::OtherRecord));
    let gone = Cid::of(b"gone").as_str().to_owned();
    assert_eq!(pass(Held { cid: gone, ..held }).await, Some(NoKey::NoBlock));
}

#[test]
fn a_master_key_is_read_in_either_alphabet_and_in_no_other_length() {
    let key = Master::parse(" +/++AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n").unwrap();
    assert_eq!(key.expose(), Master::parse("-_--AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA").unwrap().expose());
    for odd in ["", "hunter2", "AAAA", &"A".repeat(44)] {
        assert!(Master::parse(odd).is_none(), "{odd}");
    }
}
