//! Who speaks for a child: what the clinic wraps for them when they are linked, what nobody can give them, and who is told.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests end by panicking")]

use vaidya::store::StoreError;
use vaidya::store::accounts::Person;
use vaidya::store::audit::RESTORE;
use vaidya::store::guardians::{Earlier, NewGuardian};
use vaidya_clinic::guardian::{Papers, Relation};
use vaidya_clinic::id::{KeyId, PersonId};
use vaidya_clinic::role::Role;

use crate::custody::{Clinic, key_of};
use crate::house::{House, NOW, on_both};

/// A clinic with a child, a grown-up with an account, and somebody at the desk.
struct Family {
    clinic: Clinic,
    mother: Person,
    desk: Person,
}

impl Family {
    async fn open(house: House) -> Self {
        let clinic = Clinic::open(house).await;
        let mother = clinic.house.person("p002", Role::Patient).await;
        let desk = clinic.house.person("r001", Role::Desk).await;
        clinic.sql("UPDATE person SET birth_year = 2020, phone = '+919800000001' WHERE login = 'p001'").await;
        clinic.sql("UPDATE person SET birth_year = 1990, phone = '+919800000002' WHERE login = 'p002'").await;
        Self { clinic, mother, desk }
    }

    async fn link(&self, guardian: PersonId) -> Result<Earlier, StoreError> {
        let new = NewGuardian { id: guardian, relation: Relation::Mother, papers: Papers::BirthCertificate };
        let child = self.clinic.visit.patient.id;
        Ok(self.clinic.house.store.add_guardian(&self.desk, child, new, NOW).await?.1)
    }

    async fn wraps(&self, key: KeyId) -> i64 {
        let key = self.clinic.id(key);
        self.clinic.house.number(&format!("SELECT count(*) AS n FROM record_wrap WHERE key_id = {key}")).await
    }
}

on_both! {
    async fn a_guardian_opens_with_a_new_phone_what_is_a_childs(house) {
        let clinic = Clinic::open(house).await;
        let (child, guardian) = (clinic.visit.patient.clone(), clinic.house.person("p002", Role::Patient).await);
        let stranger = clinic.house.person("p003", Role::Patient).await;
        let note = clinic.notes(1).await[0];
        let (c, g) = (clinic.id_of(child.id.0), clinic.id_of(guardian.id.0));
        clinic.sql(&format!(
            "UPDATE person SET birth_year = 2020 WHERE id = {c};
             INSERT INTO guardian (patient_id, guardian_id, made_by, made_at) VALUES ({c}, {g}, {g}, 1)"
        )).await;
        let (theirs, other) = (key_of(&clinic.house, guardian.id).await, key_of(&clinic.house, stranger.id).await);
        clinic.work_off(NOW).await;
        let wraps = |key: KeyId| format!("SELECT count(*) AS n FROM record_wrap WHERE key_id = {}", clinic.id(key));
        assert_eq!(clinic.house.number(&wraps(theirs)).await, 1);
        assert_eq!(clinic.house.number(&wraps(other)).await, 0);
        let uses = clinic.entries(RESTORE).await;
        assert_eq!((uses[0].about, uses[0].on_behalf), (Some(child.id.0), Some(guardian.id.0)));
        assert!(clinic.opens(note).await);
    }

    async fn what_was_sealed_before_a_guardian_was_linked_is_wrapped_for_them_by_the_clinic(house) {
        let family = Family::open(house).await;
        let clinic = &family.clinic;
        clinic.notes(2).await;
        let key = key_of(&clinic.house, family.mother.id).await;
        clinic.work_off(NOW).await;
        assert_eq!(family.wraps(key).await, 0, "a stranger so far");
        assert_eq!(family.link(family.mother.id).await.unwrap(), Earlier { follows: true, closed: false });
        clinic.work_off(NOW).await;
        assert_eq!(family.wraps(key).await, 2);
        let uses = clinic.entries(RESTORE).await;
        assert_eq!((uses.len(), uses[0].about, uses[0].on_behalf), (2, Some(clinic.visit.patient.id.0), Some(family.mother.id.0)));
        let again = family.link(family.mother.id).await.unwrap();
        assert_eq!(again, Earlier { follows: false, closed: false }, "there is nothing left to wrap");
    }

    async fn who_has_no_key_yet_is_given_what_was_before_with_their_first(house) {
        let family = Family::open(house).await;
        family.clinic.notes(1).await;
        assert!(family.link(family.mother.id).await.unwrap().follows);
        let key = key_of(&family.clinic.house, family.mother.id).await;
        family.clinic.work_off(NOW).await;
        assert_eq!(family.wraps(key).await, 1);
    }

    async fn what_the_clinic_does_not_hold_stays_closed_to_a_new_guardian_and_they_are_told(house) {
        let family = Family::open(house).await;
        let clinic = &family.clinic;
        clinic.notes(1).await;
        clinic.sql("DELETE FROM clinic_wrap").await;
        let key = key_of(&clinic.house, family.mother.id).await;
        assert_eq!(family.link(family.mother.id).await.unwrap(), Earlier { follows: false, closed: true });
        clinic.work_off(NOW).await;
        assert_eq!(family.wraps(key).await, 0);
        let wards = clinic.house.store.wards(family.mother.id, NOW).await.unwrap();
        assert!(wards.len() == 1 && wards[0].closed && wards[0].relation == Some(Relation::Mother));
    }

    async fn everyone_concerned_is_told_of_a_link_each_number_once(house) {
        let family = Family::open(house).await;
        let clinic = &family.clinic;
        family.link(family.mother.id).await.unwrap();
        let told = clinic.house.store.newest_messages(10).await.unwrap();
        let mut to: Vec<_> = told.iter().map(|one| one.to.as_str()).collect();
        to.sort_unstable();
        assert_eq!(to, ["+919800000001", "+919800000002"]);
        assert!(told.iter().all(|one| one.body.contains("guardian")));
        clinic.sql("UPDATE person SET phone = '+919800000001'").await;
        family.link(family.mother.id).await.unwrap();
        assert_eq!(clinic.house.store.newest_messages(10).await.unwrap().len(), 3, "one phone for both");
    }

    async fn only_a_grown_up_speaks_for_a_child_and_four_at_most(house) {
        let family = Family::open(house).await;
        let clinic = &family.clinic;
        let child = clinic.visit.patient.id;
        assert!(matches!(family.link(child).await, Err(StoreError::NotFound)), "for themselves");
        assert!(matches!(family.link(clinic.visit.doctor.id).await, Err(StoreError::NotFound)), "a doctor is no patient");
        clinic.sql("UPDATE person SET birth_year = NULL WHERE login = 'p002'").await;
        assert!(matches!(family.link(family.mother.id).await, Err(StoreError::BadState)), "nobody knows how old");
        for number in 3..7 {
            let login = format!("p00{number}");
            let one = clinic.house.person(&login, Role::Patient).await;
            clinic.sql(&format!("UPDATE person SET birth_year = 1980 WHERE login = '{login}'")).await;
            family.link(one.id).await.unwrap();
        }
        clinic.sql("UPDATE person SET birth_year = 1990 WHERE login = 'p002'").await;
        assert!(matches!(family.link(family.mother.id).await, Err(StoreError::TooMany)));
        clinic.sql("UPDATE person SET birth_year = 2000 WHERE login = 'p001'").await;
        assert!(clinic.house.store.guardians(child, NOW).await.unwrap().guardians.is_empty(), "of age");
        assert!(clinic.house.store.wards(family.mother.id, NOW).await.unwrap().is_empty());
    }
}
