//! People, their lock-out, the first admin, and sessions.

use std::time::Duration;

use futures_util::future::join_all;
use vaidya::store::StoreError;
use vaidya::store::lockout::Try;
use vaidya::store::sessions::{IDLE, LONGEST, Who};
use vaidya_clinic::id::OrgId;
use vaidya_clinic::role::Role;
use vaidya_clinic::time::Timestamp;

use crate::house::{House, NOW, newcomer, on_both, secret, session_of};

const MINUTE: Duration = Duration::from_secs(60);

on_both! {
    async fn a_login_is_found_however_it_is_typed(house) {
        let made = house.person(" D001 ", Role::Doctor).await;
        let found = house.store.account("d001").await.unwrap().expect("the account");
        assert!(found.person == made);
        assert_eq!(found.password_hash, "$argon2id$not-compared-here");
        assert!(house.store.account("d002").await.unwrap().is_none());
    }

    async fn of_many_who_want_a_login_one_gets_it(house) {
        let tries = join_all((0..20).map(|_| house.store.add_person(newcomer("p001", Role::Patient), NOW))).await;
        let taken = tries.iter().filter(|made| matches!(made, Err(StoreError::Taken))).count();
        assert_eq!((tries.iter().filter(|made| made.is_ok()).count(), taken), (1, 19));
    }

    async fn people_are_listed_by_name_and_role(house) {
        for (login, role) in [("d002", Role::Doctor), ("d001", Role::Doctor), ("p001", Role::Patient)] {
            house.person(login, role).await;
        }
        let names = |people: Vec<vaidya::store::accounts::Person>| people.into_iter().map(|who| who.login).collect::<Vec<_>>();
        assert_eq!(names(house.store.people(OrgId::HOME, Some(Role::Doctor)).await.unwrap()), ["d001", "d002"]);
        assert_eq!(names(house.store.people(OrgId::HOME, None).await.unwrap()), ["d001", "d002", "p001"]);
    }

    async fn forty_guesses_at_once_get_five_comparisons(house) {
        let tries = join_all((0..40).map(|_| house.store.may_try("p001", NOW))).await;
        let tries: Vec<Try> = tries.into_iter().map(Result::unwrap).collect();
        assert_eq!(tries.iter().filter(|one| **one == Try::Go).count(), 5);
        let locked = Try::Locked { until: NOW.plus(MINUTE) };
        assert_eq!(tries.iter().filter(|one| **one == locked).count(), 35);
    }

    async fn a_lock_lasts_longer_each_time_survives_a_restart_and_ends_with_the_right_password(house) {
        for _ in 0..5 {
            assert_eq!(house.store.may_try("P001", NOW).await.unwrap(), Try::Go);
        }
        let later = NOW.plus(MINUTE);
        let restarted = house.second_store().await;
        assert_eq!(restarted.may_try("p001", Timestamp(later.0 - 1)).await.unwrap(), Try::Locked { until: later });
        assert_eq!(restarted.may_try("p001", later).await.unwrap(), Try::Go);
        assert_eq!(restarted.may_try("p001", later).await.unwrap(), Try::Locked { until: later.plus(2 * MINUTE) });
        restarted.tried_well("p001").await.unwrap();
        assert_eq!(restarted.may_try("p001", later).await.unwrap(), Try::Go);
        assert_eq!(restarted.may_try("p002", later).await.unwrap(), Try::Go, "others are not locked");
    }

    async fn tries_are_forgotten_after_a_day(house) {
        house.store.may_try("p001", NOW).await.unwrap();
        assert_eq!(house.store.forget_tries(NOW).await.unwrap(), 0);
        assert_eq!(house.store.forget_tries(NOW.plus(25 * 60 * MINUTE)).await.unwrap(), 1);
    }

    async fn of_many_who_have_the_setup_code_one_becomes_the_admin(house) {
        assert!(house.store.setup_needed().await.unwrap());
        house.store.keep_setup_code(secret(1), NOW).await.unwrap();
        house.store.keep_setup_code(secret(2), NOW).await.unwrap();
        let old = house.store.redeem_setup(secret(1), newcomer("a000", Role::Admin), NOW).await;
        assert!(matches!(old, Err(StoreError::NotFound)), "the code before does not work any more");
        let admins = (0..20).map(|n| newcomer(&format!("a{n:03}"), Role::Admin));
        let tries = join_all(admins.map(|admin| house.store.redeem_setup(secret(2), admin, NOW))).await;
        assert_eq!(tries.iter().filter(|made| made.is_ok()).count(), 1);
        assert_eq!(house.store.people(OrgId::HOME, None).await.unwrap().len(), 1);
        assert!(!house.store.setup_needed().await.unwrap());
    }

    async fn a_setup_code_is_worthless_once_somebody_has_an_account(house) {
        house.store.keep_setup_code(secret(1), NOW).await.unwrap();
        house.person("p001", Role::Patient).await;
        let late = house.store.redeem_setup(secret(1), newcomer("a001", Role::Admin), NOW).await;
        assert!(matches!(late, Err(StoreError::NotFound)));
    }

    async fn a_session_ends_after_twelve_idle_hours(house) {
        let token = opened(&house, 1).await;
        let last = Timestamp(NOW.plus(IDLE).0 - 1);
        assert!(house.store.session(token, last).await.unwrap().is_some());
        let kept_up = Timestamp(last.plus(IDLE).0 - 1);
        assert!(house.store.session(token, kept_up).await.unwrap().is_some(), "it was used in between");
        assert!(house.store.session(token, kept_up.plus(IDLE)).await.unwrap().is_none());
    }

    async fn a_session_ends_after_seven_days_however_much_it_is_used(house) {
        let token = opened(&house, 1).await;
        let mut now = NOW;
        while now.plus(IDLE / 2) < NOW.plus(LONGEST) {
            now = now.plus(IDLE / 2);
            assert!(house.store.session(token, now).await.unwrap().is_some());
        }
        assert!(house.store.session(token, NOW.plus(LONGEST)).await.unwrap().is_none());
    }

    async fn a_session_is_touched_at_most_once_a_minute(house) {
        let token = opened(&house, 1).await;
        let seen = "SELECT seen_at AS n FROM session";
        house.store.session(token, NOW.plus(MINUTE / 2)).await.unwrap();
        assert_eq!(house.number(seen).await, NOW.0);
        house.store.session(token, NOW.plus(MINUTE)).await.unwrap();
        assert_eq!(house.number(seen).await, NOW.plus(MINUTE).0);
    }

    async fn one_session_or_all_of_a_person_can_be_ended(house) {
        let (one, two) = (opened(&house, 1).await, secret(2));
        let Some(Who::Person(who)) = house.store.session(one, NOW).await.unwrap().map(|found| found.who) else {
            panic!("a person's session");
        };
        house.store.open_session(session_of(&who, two, "Firefox"), NOW).await.unwrap();
        house.store.end_session(one, NOW).await.unwrap();
        assert!(house.store.session(one, NOW).await.unwrap().is_none());
        assert!(house.store.session(two, NOW).await.unwrap().is_some());
        assert_eq!(house.store.end_sessions_of(who.id, NOW).await.unwrap(), 1);
        assert!(house.store.session(two, NOW).await.unwrap().is_none());
        assert_eq!(house.store.forget_sessions(NOW.plus(LONGEST).plus(MINUTE)).await.unwrap(), 2);
    }
}

async fn opened(house: &House, token: u8) -> vaidya::store::SecretHash {
    let who = house.person("p001", Role::Patient).await;
    house.store.open_session(session_of(&who, secret(token), "Chromium"), NOW).await.expect("a session");
    secret(token)
}
