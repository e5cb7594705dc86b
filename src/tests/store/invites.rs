//! Invitations: used once, by someone new or someone who has an account.

use futures_util::future::join_all;
use vaidya::store::StoreError;
use vaidya::store::invites::{Guestlist, InviteState, LIFE, NewInvite};
use vaidya_clinic::contact::Contact;
use vaidya_clinic::id::{OrgId, PersonId};
use vaidya_clinic::organisation::Language;
use vaidya_clinic::role::Role;

use super::contact_codes::password;
use crate::house::{House, NOW, on_both, secret};

fn invite(code: u8, by: PersonId) -> NewInvite {
    NewInvite {
        org: OrgId::HOME,
        contact: Contact::read("kavita@example.org").unwrap(),
        name: "Kavita Sharma".to_owned(),
        role: Role::Desk,
        department: Some("Front desk".to_owned()),
        code: secret(code),
        url: "http://localhost/invite/0123456789ab".to_owned(),
        language: Language::En,
        by,
    }
}

fn newcomer(login: &str) -> Guestlist {
    Guestlist::New { login: login.to_owned(), name: "Kavita Sharma".to_owned(), password: password() }
}

on_both! {
    async fn of_many_who_come_by_one_invitation_one_gets_in(house) {
        let admin = house.person("a001", Role::Admin).await;
        house.store.make_invite(invite(1, admin.id), NOW).await.unwrap();
        let logins: Vec<String> = (0..20).map(|number| format!("kavita{number}")).collect();
        let done = join_all(logins.iter().map(|login| house.store.accept_invite(secret(1), newcomer(login), NOW))).await;
        assert_eq!(done.iter().filter(|one| one.is_ok()).count(), 1);
        assert!(done.iter().all(|one| matches!(one, Ok(_) | Err(StoreError::NotFound))));
        let person = done.into_iter().flatten().next().unwrap();
        assert_eq!((person.role, person.department.as_deref()), (Role::Desk, Some("Front desk")));
        assert_eq!(house.number("SELECT count(*) AS n FROM person WHERE login LIKE 'kavita%'").await, 1);
        assert_eq!(house.store.invites(OrgId::HOME, NOW).await.unwrap()[0].state, InviteState::Used);
        assert_eq!(house.number("SELECT count(*) AS n FROM person WHERE email = 'kavita@example.org'").await, 1);
    }

    async fn a_login_that_is_taken_does_not_use_an_invitation_up(house) {
        let admin = house.person("a001", Role::Admin).await;
        house.store.make_invite(invite(1, admin.id), NOW).await.unwrap();
        assert!(matches!(house.store.accept_invite(secret(1), newcomer("a001"), NOW).await, Err(StoreError::Taken)));
        assert!(house.store.accept_invite(secret(1), newcomer("kavita"), NOW).await.is_ok());
    }

    async fn an_invitation_ends_when_revoked_and_after_a_week(house) {
        let admin = house.person("a001", Role::Admin).await;
        let first = house.store.make_invite(invite(1, admin.id), NOW).await.unwrap();
        house.store.make_invite(invite(2, admin.id), NOW).await.unwrap();
        house.store.revoke_invite(OrgId::HOME, first.id, NOW).await.unwrap();
        let elsewhere = house.store.revoke_invite(OrgId::from_number(7), first.id, NOW).await;
        assert!(matches!(elsewhere, Err(StoreError::NotFound)));
        for (code, at) in [(1, NOW), (2, NOW.plus(LIFE)), (3, NOW)] {
            assert!(house.store.asked(secret(code), at).await.unwrap().is_none());
            let tried = house.store.accept_invite(secret(code), newcomer("kavita"), at).await;
            assert!(matches!(tried, Err(StoreError::NotFound)));
        }
        let states = house.store.invites(OrgId::HOME, NOW.plus(LIFE)).await.unwrap();
        let mut states: Vec<_> = states.iter().map(|one| format!("{:?}", one.state)).collect();
        states.sort();
        assert_eq!(states, ["Expired", "Revoked"]);
        assert!(house.store.asked(secret(2), NOW).await.unwrap().is_some());
    }

    async fn who_has_an_account_joins_with_it_and_keeps_what_they_were(house) {
        let admin = house.person("a001", Role::Admin).await;
        let patient = house.person("p001", Role::Patient).await;
        for code in [1, 2] {
            house.store.make_invite(invite(code, admin.id), NOW).await.unwrap();
        }
        let joined = house.store.accept_invite(secret(1), Guestlist::Known(patient.id), NOW).await.unwrap();
        assert_eq!((joined.id, joined.role), (patient.id, Role::Desk));
        let again = house.store.accept_invite(secret(2), Guestlist::Known(admin.id), NOW).await;
        assert!(matches!(again, Err(StoreError::BadState)), "the admin is not made someone of the desk");
        assert!(house.store.accept_invite(secret(2), newcomer("kavita"), NOW).await.is_ok());
    }
}
