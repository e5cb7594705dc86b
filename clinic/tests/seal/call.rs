//! The sealed call: members, rosters, secrets, frames and words, and everything that is not taken.

use ed25519_dalek::SigningKey;
use proptest::prelude::*;
use vaidya_clinic::e2ee::chat::{Place, Seen, TranscriptKey, chain_next, chain_start, open_body, seal_body};
use vaidya_clinic::e2ee::epoch::{self, EpochSecret, Kind, Way};
use vaidya_clinic::e2ee::frame::{Opener, Sealer, kid, kid_of};
use vaidya_clinic::e2ee::member::{self, Member};
use vaidya_clinic::e2ee::pair::Pair;
use vaidya_clinic::e2ee::pass::{MAX_PASS, Pass, REVEAL};
use vaidya_clinic::e2ee::phrase::{LIST, Side, phrase, revealed};
use vaidya_clinic::e2ee::roster::{Entry, Known, MAX_MEMBERS, Refusal, Roster, Signed, next_epoch};
use vaidya_clinic::e2ee::{StaticSecret, x25519_public};
use vaidya_clinic::id::{MessageId, SeatId, VisitId};
use vaidya_clinic::time::Timestamp;
use vaidya_clinic::vault::Broken;
use vaidya_clinic::vault::keys::Identity;
use vaidya_clinic::vault::secret::Secret;
use vaidya_clinic::visit::SeatRole;

use super::given::flipped;

const VISIT: VisitId = VisitId::from_number(7);
const DOCTOR: SeatId = SeatId::from_number(1);
const PATIENT: SeatId = SeatId::from_number(2);
const NONCE: [u8; 16] = [9; 16];

fn signer(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

fn secret(seed: u8) -> StaticSecret {
    StaticSecret::from([seed; 32])
}

fn entry(seat: u128, seed: u8) -> Entry {
    let (x25519, ed25519) = (x25519_public(&secret(seed)), signer(seed).verifying_key().to_bytes());
    Entry { seat: SeatId::from_number(seat), x25519, ed25519 }
}

fn doctor() -> Identity {
    signer(1).verifying_key().into()
}

fn roster(epoch: u64) -> Signed {
    Roster::new(VISIT, epoch, vec![entry(2, 2), entry(1, 1)]).unwrap().sign(&signer(1))
}

#[test]
fn a_member_is_who_signed_it() {
    let made = Member::make(VISIT, SeatRole::Patient, x25519_public(&secret(2)), &NONCE, &signer(2));
    let read = Member::parse(&made.encode()).unwrap();
    assert_eq!(made.encode().len(), member::LENGTH);
    assert_eq!(read.verify(VISIT, SeatRole::Patient).unwrap(), signer(2).verifying_key().into());
    assert_eq!(read.verify(VISIT, SeatRole::Doctor), Err(Broken::Signature), "another role");
    assert_eq!(read.verify(VisitId::from_number(8), SeatRole::Patient), Err(Broken::Signature), "another visit");
}

#[test]
fn every_flipped_bit_of_a_member_is_refused() {
    let blob = Member::make(VISIT, SeatRole::Guest, x25519_public(&secret(2)), &NONCE, &signer(2)).encode();
    for changed in flipped(&blob) {
        assert!(Member::parse(&changed).and_then(|member| member.verify(VISIT, SeatRole::Guest)).is_err());
    }
    assert!(Member::parse(&blob[1..]).is_err() && Member::parse(&[blob.as_slice(), &[0]].concat()).is_err());
}

#[test]
fn a_roster_is_in_the_order_of_seats_and_comes_back() {
    let signed = roster(5);
    let read = Signed::parse(signed.bytes(), &doctor()).unwrap();
    assert_eq!(read, signed);
    assert_eq!(read.roster().entries().iter().map(|entry| entry.seat).collect::<Vec<_>>(), [DOCTOR, PATIENT]);
}

#[test]
fn every_flipped_bit_of_a_roster_is_refused() {
    for changed in flipped(roster(5).bytes()) {
        assert!(Signed::parse(&changed, &doctor()).is_err());
    }
}

#[test]
fn a_roster_that_the_doctor_did_not_sign_is_refused() {
    let forged = Roster::new(VISIT, 5, vec![entry(1, 1), entry(2, 2)]).unwrap().sign(&signer(3));
    assert_eq!(Signed::parse(forged.bytes(), &doctor()), Err(Broken::Signature));
}

#[test]
fn a_roster_with_seats_twice_out_of_order_or_too_many_is_refused() {
    let twice = Roster::new(VISIT, 1, vec![entry(1, 1), entry(1, 2)]);
    assert_eq!(twice, Err(Broken::Malformed("roster")));
    let many = (0..=MAX_MEMBERS).map(|seat| entry(u128::try_from(seat).unwrap(), 1)).collect();
    assert_eq!(Roster::new(VISIT, 1, many), Err(Broken::TooLarge("roster")));
    assert_eq!(Roster::new(VISIT, 1, vec![]), Err(Broken::Malformed("roster")));
    let bytes = Roster::new(VISIT, 1, vec![entry(1, 1), entry(2, 2)]).unwrap().encode();
    let (head, entries) = bytes.split_at(26);
    let (one, two) = entries.split_at(80);
    assert_eq!(Roster::parse(&[head, two, one].concat()), Err(Broken::Malformed("roster")));
}

#[test]
fn a_member_takes_only_a_new_roster_of_this_room_with_itself_and_whom_it_verified() {
    let (own, others) = (entry(2, 2), [entry(1, 1)]);
    let known = Known { visit: VISIT, highest: Some(4), own: &own, others: &others };
    let signed = roster(5);
    let check = |known: Known<'_>| signed.roster().check(&known);
    assert_eq!(check(known), Ok(()));
    assert_eq!(check(Known { visit: VisitId::from_number(8), ..known }), Err(Refusal::OtherVisit));
    assert_eq!(check(Known { highest: Some(5), ..known }), Err(Refusal::Old));
    assert_eq!(check(Known { own: &entry(2, 3), ..known }), Err(Refusal::NotMe));
    assert_eq!(check(Known { others: &[], ..known }), Err(Refusal::Stranger));
    assert_eq!(check(Known { others: &[entry(1, 3)], ..known }), Err(Refusal::Stranger), "a swapped key");
}

fn way() -> Way {
    Way { visit: VISIT, epoch: 5, roster: roster(5).hash(), sender: DOCTOR, recipient: PATIENT }
}

#[test]
fn a_secret_opens_for_its_recipient_in_its_epoch_alone() {
    let (mine, theirs) = (secret(1), secret(2));
    let sent = EpochSecret::from_bytes([3; 32]);
    let wrapped = epoch::wrap(&sent, &mine, &x25519_public(&theirs), &way()).unwrap();
    assert_eq!(wrapped.len(), epoch::WRAP);
    let from = x25519_public(&mine);
    let open = |way: &Way| epoch::unwrap(&wrapped, &theirs, &from, way).map(|secret| *secret.expose());
    assert_eq!(open(&way()), Ok([3; 32]));
    assert_eq!(open(&Way { epoch: 6, ..way() }), Err(Broken::Seal));
    assert_eq!(open(&Way { roster: roster(6).hash(), ..way() }), Err(Broken::Seal));
    assert_eq!(open(&Way { sender: PATIENT, recipient: DOCTOR, ..way() }), Err(Broken::Seal), "reflected");
    assert!(epoch::unwrap(&wrapped, &secret(4), &from, &way()).is_err());
    for changed in flipped(&wrapped) {
        assert_eq!(epoch::unwrap(&changed, &theirs, &from, &way()).err(), Some(Broken::Seal));
    }
}

#[test]
fn nothing_is_agreed_with_a_point_of_small_order() {
    let refused = Some(Broken::Key("an X25519 point"));
    assert_eq!(epoch::wrap(&Secret::from_bytes([3; 32]), &secret(1), &[0; 32], &way()).err(), refused);
    assert_eq!(Pair::new(&secret(1), &[0; 32], VISIT, DOCTOR, PATIENT).err(), refused);
}

#[test]
fn what_two_members_say_opens_for_the_other_alone() {
    let doctor = Pair::new(&secret(1), &x25519_public(&secret(2)), VISIT, DOCTOR, PATIENT).unwrap();
    let patient = Pair::new(&secret(2), &x25519_public(&secret(1)), VISIT, PATIENT, DOCTOR).unwrap();
    let sealed = doctor.seal(REVEAL, [4; 12], &NONCE).unwrap();
    assert_eq!(patient.open(REVEAL, &sealed).unwrap(), NONCE);
    assert_eq!(doctor.open(REVEAL, &sealed), Err(Broken::Seal), "sent back");
    assert_eq!(patient.open(REVEAL + 1, &sealed), Err(Broken::Seal), "as another kind");
    for changed in flipped(&sealed) {
        assert_eq!(patient.open(REVEAL, &changed), Err(Broken::Seal));
    }
}

#[test]
fn passes_come_back_and_odd_ones_are_refused() {
    let passes = [
        Pass::Roster(roster(5).bytes().to_vec()),
        Pass::Secret { epoch: 5, wrap: vec![1; epoch::WRAP] },
        Pass::Ready(5),
        Pass::Want(5),
        Pass::Reveal(vec![2; 44]),
        Pass::Checked(vec![2; 29]),
        Pass::Key(vec![2; 60]),
        Pass::Hello(0),
    ];
    for (number, pass) in (1..).zip(passes) {
        let bytes = pass.encode();
        assert_eq!(bytes[0], number);
        assert_eq!(Pass::parse(&bytes), Ok(pass));
    }
    assert_eq!(Pass::parse(&[9]), Err(Broken::Unsupported("pass")));
    assert_eq!(Pass::parse(&[]), Err(Broken::Malformed("pass")));
    assert_eq!(Pass::parse(&[3, 0, 0, 0, 0, 0, 0, 0, 5, 0]), Err(Broken::Malformed("pass")));
    assert_eq!(Pass::parse(&vec![1; MAX_PASS + 1]), Err(Broken::TooLarge("pass")));
}

#[test]
fn both_sides_read_the_same_words_and_another_key_or_nonce_gives_others() {
    let side = |seat, seed: u8| Side { seat, ed25519: [seed; 32], nonce: [seed; 16] };
    let (one, other) = (side(DOCTOR, 1), side(PATIENT, 2));
    let words = phrase(VISIT, &one, &other);
    assert_eq!(phrase(VISIT, &other, &one), words);
    assert!(words.iter().all(|word| usize::from(*word) < LIST));
    assert_ne!(phrase(VISIT, &one, &Side { ed25519: [3; 32], ..other }), words);
    assert_ne!(phrase(VISIT, &one, &Side { nonce: [3; 16], ..other }), words);
    assert_ne!(phrase(VisitId::from_number(8), &one, &other), words);
}

#[test]
fn a_nonce_that_was_not_committed_to_gives_no_phrase() {
    let committed = member::commitment(&NONCE);
    assert_eq!(revealed(NONCE, &committed), Ok(NONCE));
    assert_eq!(revealed([8; 16], &committed), Err(Broken::Commitment));
}

/// A key frame is even in its first byte, a delta frame odd (VP8).
fn frame(kind: Kind, delta: bool, length: usize) -> Vec<u8> {
    let mut frame = vec![0xa4; length];
    frame[0] = if delta && kind == Kind::Video { 0x31 } else { 0x30 };
    frame
}

fn keys(kind: Kind, epoch: u64) -> (Sealer, Opener) {
    let secret = EpochSecret::from_bytes([5; 32]);
    (Sealer::new(kind, epoch, &secret), Opener::new(kind, epoch, &secret))
}

#[test]
fn frames_open_and_their_trailers_are_as_short_as_was_said() {
    for (kind, delta, counter, trailer) in [
        (Kind::Audio, false, 7, 5),
        (Kind::Audio, false, 8, 6),
        (Kind::Audio, false, 65_536, 8),
        (Kind::Video, false, 0, 17),
        (Kind::Video, false, 8, 18),
        (Kind::Video, false, 65_536, 20),
        (Kind::Video, true, 0, 18),
        (Kind::Video, true, 200, 18),
    ] {
        let (sealer, mut opener) = keys(kind, 11);
        let plain = frame(kind, delta, 100);
        let sealed = sealer.starting_at(counter).seal(&plain).unwrap();
        assert_eq!(sealed.len() - plain.len(), trailer, "{kind:?} {delta} {counter}");
        assert_eq!(kid_of(&sealed), Some(kid(11)));
        assert_eq!(opener.open(&sealed).unwrap(), plain);
    }
}

#[test]
fn what_an_sfu_reads_stays_readable_and_nothing_else_does() {
    for (kind, delta, clear) in [(Kind::Audio, false, 1), (Kind::Video, false, 10), (Kind::Video, true, 3)] {
        let plain = frame(kind, delta, 60);
        let sealed = keys(kind, 0).0.seal(&plain).unwrap();
        assert_eq!(sealed[..clear], plain[..clear]);
        assert!(!sealed[clear..].windows(6).any(|window| window == [0xa4; 6]));
    }
}

#[test]
fn a_frame_shorter_than_its_clear_bytes_is_authenticated_all_the_same() {
    for (kind, delta, length) in [(Kind::Video, false, 9), (Kind::Video, true, 1), (Kind::Audio, false, 1)] {
        let (mut sealer, mut opener) = keys(kind, 0);
        let plain = frame(kind, delta, length);
        let sealed = sealer.seal(&plain).unwrap();
        for changed in flipped(&sealed) {
            assert!(opener.open(&changed).is_err());
        }
        assert_eq!(opener.open(&sealed).unwrap(), plain);
    }
}

#[test]
fn an_empty_frame_does_not_go_out() {
    for kind in [Kind::Audio, Kind::Video] {
        assert_eq!(keys(kind, 0).0.seal(&[]), Err(Broken::Malformed("frame")));
    }
}

#[test]
fn every_flipped_bit_of_a_frame_is_refused() {
    for (kind, delta, counter) in
        [(Kind::Audio, false, 3), (Kind::Audio, false, 300), (Kind::Video, false, 70_000), (Kind::Video, true, 9)]
    {
        let (sealer, mut opener) = keys(kind, 3);
        let plain = frame(kind, delta, 40);
        let sealed = sealer.starting_at(counter).seal(&plain).unwrap();
        for changed in flipped(&sealed) {
            assert!(opener.open(&changed).is_err());
        }
        assert_eq!(opener.open(&sealed).unwrap(), plain, "what was refused changed nothing");
    }
}

#[test]
fn a_frame_opens_once_and_with_no_other_key() {
    let (mut sealer, mut opener) = keys(Kind::Video, 3);
    let sealed = sealer.seal(&frame(Kind::Video, false, 40)).unwrap();
    let mut wrong = Opener::new(Kind::Video, 3, &EpochSecret::from_bytes([6; 32]));
    assert_eq!(wrong.open(&sealed), Err(Broken::Seal));
    assert_eq!(keys(Kind::Video, 4).1.open(&sealed), Err(Broken::Key("of another epoch")));
    assert_eq!(keys(Kind::Video, 11).1.open(&sealed).unwrap(), frame(Kind::Video, false, 40), "KIDs come back after 8");
    assert!(opener.open(&sealed).is_ok());
    assert_eq!(opener.open(&sealed), Err(Broken::Seal));
}

#[test]
fn a_longer_form_of_a_counter_is_refused() {
    let (sealer, mut opener) = keys(Kind::Audio, 0);
    let sealed = sealer.starting_at(3).seal(&frame(Kind::Audio, false, 20)).unwrap();
    let (_, front) = sealed.split_last().unwrap();
    assert_eq!(opener.open(&[front, &[3, 0x08]].concat()), Err(Broken::Malformed("trailer")));
    assert_eq!(opener.open(&[front, &[0, 3, 0x09]].concat()), Err(Broken::Malformed("trailer")));
    assert!(opener.open(&sealed).is_ok());
}

fn chat() -> (TranscriptKey, Place, Seen) {
    let place = Place { visit: VISIT, message: MessageId::from_number(40) };
    (Secret::from_bytes([6; 32]), place, Seen { seq: 0, chain: chain_start(VISIT) })
}

#[test]
fn every_flipped_bit_of_a_chat_body_is_refused() {
    let (key, place, seen) = chat();
    let body = seal_body(&key, &signer(1), place, seen, [7; 12], "It hurts here").unwrap();
    assert_eq!(open_body(&key, place, &body).unwrap().text, "It hurts here");
    for changed in flipped(&body) {
        assert!(open_body(&key, place, &changed).is_err());
    }
}

#[test]
fn a_chat_body_opens_in_its_own_place_alone_and_does_not_print_itself() {
    let (key, place, seen) = chat();
    let body = seal_body(&key, &signer(1), place, seen, [7; 12], "canary").unwrap();
    let elsewhere = Place { message: MessageId::from_number(41), ..place };
    assert_eq!(open_body(&key, elsewhere, &body).err(), Some(Broken::Seal));
    assert!(!format!("{:?}", open_body(&key, place, &body).unwrap()).contains("canary"));
}

#[test]
fn a_chain_shows_what_was_changed_dropped_or_moved() {
    let (one, two) = (MessageId::from_number(1), MessageId::from_number(2));
    let start = chain_start(VISIT);
    let link = |last: &[u8; 32], seq, id, body: &[u8]| chain_next(last, seq, id, DOCTOR, body);
    let whole = link(&link(&start, 1, one, b"a"), 2, two, b"b");
    assert_ne!(whole, link(&link(&start, 1, one, b"A"), 2, two, b"b"), "changed");
    assert_ne!(whole, link(&start, 2, two, b"b"), "dropped");
    assert_ne!(whole, link(&link(&start, 1, two, b"b"), 2, one, b"a"), "moved");
    assert_ne!(link(&start, 1, one, b"a"), chain_next(&start, 1, one, PATIENT, b"a"), "another seat");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_roster_comes_back(epoch: u64, seats in proptest::collection::btree_set(any::<u128>(), 1..=MAX_MEMBERS), x: [u8; 32]) {
        let ed25519 = signer(9).verifying_key().to_bytes();
        let entries = seats.iter().map(|seat| Entry { seat: SeatId::from_number(*seat), x25519: x, ed25519 }).collect();
        let roster = Roster::new(VISIT, epoch, entries).unwrap();
        prop_assert_eq!(Roster::parse(&roster.encode()), Ok(roster));
    }

    #[test]
    fn no_bytes_make_a_reader_stumble(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = (Roster::parse(&bytes).is_ok(), Pass::parse(&bytes).is_ok(), Member::parse(&bytes).is_ok());
        let _ = (keys(Kind::Audio, 0).1.open(&bytes).is_ok(), keys(Kind::Video, 0).1.open(&bytes).is_ok());
    }

    #[test]
    fn the_next_epoch_is_higher_not_before_the_clock_and_has_the_next_kid(highest in 0_u64..1 << 50, now in 0_i64..1 << 45) {
        let next = next_epoch(highest, Timestamp(now));
        prop_assert!(next > highest && next >= u64::try_from(now).unwrap());
        prop_assert_eq!(kid(next), kid(highest + 1));
        prop_assert!(next - highest.max(u64::try_from(now).unwrap()) <= 8);
    }

    #[test]
    fn shortened_counters_survive_loss_and_reordering_and_nothing_opens_twice(
        start in 0_u64..100_000,
        order in proptest::collection::vec((0_usize..120, any::<bool>()), 1..200),
    ) {
        let (sealer, mut opener) = keys(Kind::Video, 1);
        let mut sealer = sealer.starting_at(start);
        let key_frame = sealer.seal(&frame(Kind::Video, false, 30)).unwrap();
        let deltas: Vec<_> = (0..120).map(|length| {
            let plain = frame(Kind::Video, true, 3 + length);
            (sealer.seal(&plain).unwrap(), plain)
        }).collect();
        prop_assert!(opener.open(&key_frame).is_ok());
        let mut opened = std::collections::BTreeSet::new();
        for (index, lost) in order {
            let (sealed, plain) = &deltas[index];
            if lost { continue; }
            let expected = if opened.insert(index) { Ok(plain.clone()) } else { Err(Broken::Seal) };
            prop_assert_eq!(opener.open(sealed), expected);
        }
        prop_assert_eq!(opener.open(&key_frame), Err(Broken::Seal));
    }
}
