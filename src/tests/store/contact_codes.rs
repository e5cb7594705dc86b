//! Codes sent to contacts: one winner, five tries, and the accounts they make.

use futures_util::future::join_all;
use uuid::Uuid;
use vaidya::store::contact_codes::{Drawn, Issued, LIFE, NewCode, PAUSE, Proof, Purpose, Redeemed};
use vaidya::store::passwords::{Credentials, Kdf};
use vaidya::store::phone_only::NewPatient;
use vaidya::store::registrations::Registration;
use vaidya::store::{Store, StoreError};
use vaidya_clinic::contact::Contact;
use vaidya_clinic::id::{OrgId, PersonId};
use vaidya_clinic::organisation::Language;
use vaidya_clinic::profile::Sex;
use vaidya_clinic::role::Role;
use vaidya_clinic::time::Timestamp;

use crate::house::{House, NOW, on_both, secret};

const PHONE: &str = "+919876543210";

fn new(id: u128, purpose: Purpose, person: Option<PersonId>) -> NewCode {
    NewCode {
        id: Uuid::from_u128(id),
        purpose,
        contact: Contact::read(PHONE),
        counted: secret(9),
        org: OrgId::HOME,
        person,
        language: Language::En,
        drawn: Drawn { hash: secret(1), code: "042917".to_owned() },
    }
}

async fn issued(store: &Store, purpose: Purpose, person: Option<PersonId>) -> Issued {
    store.issue_code(new(1, purpose, person), NOW).await.unwrap()
}

fn proof(purpose: Purpose, hash: u8) -> Proof {
    Proof { id: Uuid::from_u128(1), purpose, hash: secret(hash) }
}

pub(super) fn password() -> Credentials {
    Credentials { kdf: Kdf { salt: [1; 16], iterations: 600_000 }, hash: "$argon2id$new".to_owned() }
}

fn wish(login: &str) -> Registration {
    Registration {
        proof: proof(Purpose::Register, 1),
        login: login.to_owned(),
        name: "Asha Rao".to_owned(),
        birth_year: 1980,
        sex: Sex::Female,
        language: Language::Hi,
        guardian: None,
        password: password(),
        claim: None,
    }
}

fn is_right<T>(redeemed: &Redeemed<T>) -> bool {
    matches!(redeemed, Redeemed::Right(_))
}

fn is_spent<T>(redeemed: &Redeemed<T>) -> bool {
    matches!(redeemed, Redeemed::Spent)
}

on_both! {
    async fn of_a_thousand_who_type_the_right_code_at_once_one_gets_in(house) {
        let person = house.person("p001", Role::Patient).await;
        issued(&house.store, Purpose::Reset, Some(person.id)).await;
        let tries = (0..1_000).map(|_| house.store.recover(proof(Purpose::Reset, 1), password(), NOW));
        let done = join_all(tries).await;
        let right = done.iter().filter(|one| is_right(one.as_ref().unwrap())).count();
        let spent = done.iter().filter(|one| is_spent(one.as_ref().unwrap())).count();
        assert_eq!((right, spent), (1, 999));
    }

    async fn five_wrong_tries_spend_a_code_however_many_come_at_once(house) {
        issued(&house.store, Purpose::Register, None).await;
        let done = join_all((0..40).map(|_| house.store.look_by_code(proof(Purpose::Register, 2), NOW))).await;
        let wrong = done.iter().filter(|one| matches!(one.as_ref().unwrap(), Redeemed::Wrong)).count();
        assert_eq!(wrong, 5);
        assert!(is_spent(&house.store.look_by_code(proof(Purpose::Register, 1), NOW).await.unwrap()), "the right one too");
        assert!(house.store.code_standing(Uuid::from_u128(1), NOW).await.unwrap().is_none());
    }

    async fn a_code_is_for_one_purpose_and_ten_minutes(house) {
        let told = issued(&house.store, Purpose::Register, None).await;
        assert_eq!((told.expires, told.resend_after), (NOW.plus(LIFE), NOW.plus(PAUSE)));
        assert!(is_spent(&house.store.whose_code(proof(Purpose::Reset, 1), NOW).await.unwrap()));
        let last = Timestamp(NOW.plus(LIFE).0 - 1);
        assert!(is_right(&house.store.look_by_code(proof(Purpose::Register, 1), last).await.unwrap()));
        assert!(is_spent(&house.store.look_by_code(proof(Purpose::Register, 1), NOW.plus(LIFE)).await.unwrap()));
    }

    async fn looking_with_the_right_code_costs_no_try_and_the_account_uses_it_up(house) {
        issued(&house.store, Purpose::Register, None).await;
        for _ in 0..20 {
            assert!(is_right(&house.store.look_by_code(proof(Purpose::Register, 1), NOW).await.unwrap()));
        }
        house.person("taken", Role::Patient).await;
        assert!(matches!(house.store.register(wish("taken"), NOW).await, Err(StoreError::Taken)));
        assert!(is_right(&house.store.register(wish("asha"), NOW).await.unwrap()), "the code still works");
        assert!(is_spent(&house.store.register(wish("asha2"), NOW).await.unwrap()), "and then no more");
        let count = "SELECT count(*) AS n FROM person WHERE login LIKE 'asha%' AND phone = '+919876543210' AND birth_year = 1980 \
                     AND sex = 'female' AND language = 'hi'";
        assert_eq!(house.number(count).await, 1);
    }

    async fn a_family_shares_a_phone(house) {
        for (number, login) in [(1, "asha"), (2, "arjun")] {
            house.store.issue_code(new(number, Purpose::Register, None), NOW).await.unwrap();
            let mut wish = wish(login);
            wish.proof.id = Uuid::from_u128(number);
            assert!(is_right(&house.store.register(wish, NOW).await.unwrap()));
        }
        house.store.issue_code(new(3, Purpose::Register, None), NOW).await.unwrap();
        let mut third = proof(Purpose::Register, 1);
        third.id = Uuid::from_u128(3);
        let Redeemed::Right(found) = house.store.look_by_code(third, NOW).await.unwrap() else { panic!("right") };
        assert_eq!((found.accounts, found.waiting.len()), (2, 0));
    }

    async fn who_was_known_by_phone_alone_becomes_the_account_or_gives_it_their_visits(house) {
        let known = |name: &str| NewPatient {
            org: OrgId::HOME,
            name: name.to_owned(),
            phone: PHONE.to_owned(),
            language: "en".to_owned(),
        };
        let asha = house.store.patient_by_phone(known("Asha Rao"), NOW).await.unwrap();
        let arjun = house.store.patient_by_phone(known("Arjun Rao"), NOW).await.unwrap();
        let doctor = house.person("d001", Role::Doctor).await;
        house.visit_of(arjun.clone(), doctor).await;
        issued(&house.store, Purpose::Register, None).await;
        let Redeemed::Right(found) = house.store.look_by_code(proof(Purpose::Register, 1), NOW).await.unwrap() else {
            panic!("the code is right")
        };
        let waiting: Vec<_> = found.waiting.iter().map(|one| (one.name.as_str(), one.visits)).collect();
        assert_eq!((found.accounts, waiting), (0, vec![("Arjun Rao", 1), ("Asha Rao", 0)]));
        let stranger = house.person("p001", Role::Patient).await;
        let theirs = Registration { claim: Some(stranger.id), ..wish("eve") };
        assert!(matches!(house.store.register(theirs, NOW).await, Err(StoreError::NotFound)), "they have an account");
        let own = Registration { claim: Some(asha.id), ..wish("asha") };
        let Redeemed::Right(person) = house.store.register(own, NOW).await.unwrap() else { panic!("the code is right") };
        assert_eq!((person.id, person.login.as_str()), (asha.id, "asha"));
        let mut claim = new(2, Purpose::Claim, Some(asha.id));
        claim.drawn.hash = secret(5);
        house.store.issue_code(claim, NOW).await.unwrap();
        let proof = Proof { id: Uuid::from_u128(2), purpose: Purpose::Claim, hash: secret(5) };
        let wrong = house.store.claim_by_code(stranger.id, arjun.id, proof, NOW).await.unwrap();
        assert!(matches!(wrong, Redeemed::Wrong), "a code is of one account");
        assert!(is_right(&house.store.claim_by_code(asha.id, arjun.id, proof, NOW).await.unwrap()));
        let Redeemed::Right(left) = house.store.waiting_by_code(asha.id, proof, NOW).await.unwrap() else {
            panic!("the code is right")
        };
        assert!(left.is_empty());
        let moved = "SELECT count(*) AS n FROM visit v JOIN person p ON p.id = v.patient_id WHERE p.login = 'asha'";
        assert_eq!(house.number(moved).await, 1);
    }

    async fn a_code_sent_again_replaces_the_one_before(house) {
        issued(&house.store, Purpose::Register, None).await;
        let drawn = || Drawn { hash: secret(3), code: "111111".to_owned() };
        let early = house.store.send_code_again(Uuid::from_u128(1), drawn(), Timestamp(NOW.plus(PAUSE).0 - 1)).await;
        assert!(matches!(early, Err(StoreError::NotFound)));
        let later = NOW.plus(PAUSE);
        let again = house.store.send_code_again(Uuid::from_u128(1), drawn(), later).await.unwrap();
        assert_eq!(again.expires, later.plus(LIFE));
        assert!(!is_right(&house.store.look_by_code(proof(Purpose::Register, 1), later).await.unwrap()));
        assert!(is_right(&house.store.look_by_code(proof(Purpose::Register, 3), later).await.unwrap()));
        assert_eq!(house.number("SELECT count(*) AS n FROM outbox WHERE consumer = 'messenger'").await, 2);
    }

    async fn a_code_that_went_to_nobody_does_the_same_and_opens_nothing(house) {
        let mut nobody = new(1, Purpose::Reset, None);
        nobody.contact = None;
        house.store.issue_code(nobody, NOW).await.unwrap();
        assert!(matches!(house.store.whose_code(proof(Purpose::Reset, 1), NOW).await.unwrap(), Redeemed::Wrong));
        for (table, rows) in [("contact_code", 1), ("sent_message", 1), ("outbox", 1)] {
            assert_eq!(house.number(&format!("SELECT count(*) AS n FROM {table}")).await, rows, "{table}");
        }
        assert!(house.store.newest_messages(10).await.unwrap().is_empty(), "and nobody reads it");
    }

    async fn what_is_over_is_forgotten(house) {
        issued(&house.store, Purpose::Register, None).await;
        let later = NOW.plus(LIFE * 6 * 25);
        assert_eq!((house.store.forget_codes(NOW).await.unwrap(), house.store.forget_codes(later).await.unwrap()), (0, 1));
        assert_eq!(house.store.forget_messages(NOW.plus(LIFE * 6 * 24 * 8)).await.unwrap(), 1);
    }
}
