//! Service tokens: they work until they are too old or revoked, in one organisation.

use std::time::Duration;

use futures_util::future::join_all;
use vaidya::store::StoreError;
use vaidya::store::tokens::{MOST_TOKENS, NewToken, USED_STEP};
use vaidya_clinic::id::OrgId;
use vaidya_clinic::scope::Scope;
use vaidya_clinic::time::Timestamp;

use crate::house::{House, NOW, on_both, secret};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

on_both! {
    async fn a_token_works_until_its_day_and_its_use_is_noted_once_a_minute(house) {
        house.store.make_token(wanted(1), NOW).await.unwrap();
        let first = house.store.token(secret(1), NOW).await.unwrap().unwrap();
        assert_eq!((first.org, first.last_used_at), (OrgId::HOME, None));
        assert_eq!(first.scopes, [Scope::VisitsRead]);
        for (later, noted) in [(Duration::from_secs(59), NOW), (USED_STEP, NOW.plus(USED_STEP))] {
            house.store.token(secret(1), NOW.plus(later)).await.unwrap();
            assert_eq!(house.store.tokens(OrgId::HOME).await.unwrap()[0].last_used_at, Some(noted));
        }
        assert!(house.store.token(secret(1), Timestamp(NOW.plus(DAY).0 - 1)).await.unwrap().is_some());
        assert!(house.store.token(secret(1), NOW.plus(DAY)).await.unwrap().is_none());
        assert!(house.store.token(secret(2), NOW).await.unwrap().is_none());
    }

    async fn a_revoked_token_is_dead_and_another_organisation_cannot_revoke_it(house) {
        let made = house.store.make_token(wanted(1), NOW).await.unwrap();
        let stranger = house.store.revoke_token(OrgId::from_number(2), made.id, NOW).await;
        assert!(matches!(stranger, Err(StoreError::NotFound)));
        assert!(house.store.token(secret(1), NOW).await.unwrap().is_some());
        for _ in 0..2 {
            house.store.revoke_token(OrgId::HOME, made.id, NOW).await.unwrap();
        }
        assert!(house.store.token(secret(1), NOW).await.unwrap().is_none());
        assert!(house.store.tokens(OrgId::HOME).await.unwrap()[0].revoked);
    }

    async fn an_organisation_has_only_so_many_and_nobody_has_one_of_none(house) {
        let full = u8::try_from(MOST_TOKENS).unwrap();
        let made = join_all((0..full + 5).map(|n| house.store.make_token(wanted(n), NOW))).await;
        assert_eq!(made.iter().filter(|one| matches!(one, Err(StoreError::TooMany))).count(), 5);
        let nowhere = NewToken { org: OrgId::from_number(2), ..wanted(200) };
        assert!(matches!(house.store.make_token(nowhere, NOW).await, Err(StoreError::NotFound)));
        let nothing = NewToken { scopes: vec![], ..wanted(201) };
        assert!(house.store.make_token(nothing, NOW).await.is_err());
    }
}

fn wanted(number: u8) -> NewToken {
    let (name, scopes) = ("EHR".to_owned(), vec![Scope::VisitsRead]);
    NewToken { org: OrgId::HOME, name, scopes, hash: secret(number), by: None, life: DAY }
}
