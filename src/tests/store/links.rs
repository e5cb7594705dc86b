//! Guest links: one winner, an end, and a way to take them back.

use futures_util::future::{join, join_all};
use vaidya::store::StoreError;
use vaidya::store::links::{LINK_LIFE, LIVE_LINKS, NewGuest};
use vaidya::store::sessions::Who;
use vaidya_clinic::id::SeatId;
use vaidya_clinic::time::Timestamp;
use vaidya_clinic::visit::{Change, EndedWhy, Holder, Standing};

use crate::house::{House, NOW, Visit, on_both, secret};

on_both! {
    async fn a_hundred_who_come_by_a_link_at_once_have_one_winner(house) {
        let visit = house.visit().await;
        house.store.make_link(visit.id, visit.doctor.id, secret(200), NOW).await.unwrap();
        let tries = join_all((0..100).map(|n| house.store.join_link(secret(200), guest(n), NOW))).await;
        let late = tries.iter().filter(|one| matches!(one, Err(StoreError::LinkUsed))).count();
        assert_eq!((tries.iter().filter(|one| one.is_ok()).count(), late), (1, 99));
        assert_eq!(house.number("SELECT count(*) AS n FROM seat WHERE role = 'guest'").await, 1);
        assert_eq!(house.number("SELECT count(*) AS n FROM session").await, 1);
    }

    async fn a_guest_waits_at_the_door_with_a_session_of_their_own(house) {
        let visit = house.visit().await;
        let link = house.store.make_link(visit.id, visit.doctor.id, secret(200), NOW).await.unwrap();
        let came = house.store.join_link(secret(200), guest(7), NOW).await.unwrap();
        assert_eq!((came.visit, came.link, came.seat.standing), (visit.id, link.id, Standing::Lobby));
        let Some(Who::Guest(known)) = house.store.session(secret(7), NOW).await.unwrap().map(|found| found.who) else {
            panic!("a guest's session");
        };
        assert!(known.seat == came.seat && known.seat.holder == Holder::Guest(link.id));
        assert!(house.store.links(visit.id, visit.doctor.id).await.unwrap()[0].used);
    }

    async fn a_link_shows_the_doctor_and_nothing_happens(house) {
        let visit = house.visit().await;
        house.store.make_link(visit.id, visit.doctor.id, secret(200), NOW).await.unwrap();
        let shown = house.store.invitation(secret(200), NOW).await.unwrap().expect("an invitation");
        assert_eq!((shown.visit, shown.doctor.name.as_str()), (visit.id, "Name of d001"));
        assert!(house.store.invitation(secret(201), NOW).await.unwrap().is_none());
        assert!(!house.store.links(visit.id, visit.doctor.id).await.unwrap()[0].used);
    }

    async fn a_link_stops_working_after_a_day(house) {
        let visit = house.visit().await;
        house.store.make_link(visit.id, visit.doctor.id, secret(200), NOW).await.unwrap();
        let last = Timestamp(NOW.plus(LINK_LIFE).0 - 1);
        assert!(house.store.invitation(secret(200), last).await.unwrap().is_some());
        let late = house.store.join_link(secret(200), guest(1), NOW.plus(LINK_LIFE)).await;
        assert!(matches!(late, Err(StoreError::NotFound)));
    }

    async fn revoking_a_link_puts_out_whoever_came_by_it(house) {
        let (visit, link, seat) = with_guest(&house).await;
        let out = house.store.revoke_link(visit.id, link, visit.doctor.id, NOW).await.unwrap();
        assert_eq!(out, Some(seat));
        assert!(house.store.session(secret(7), NOW).await.unwrap().is_none());
        let held = house.store.seat_of(visit.id, Holder::Guest(link)).await.unwrap().unwrap();
        assert_eq!(held.standing, Standing::Removed);
        assert!(house.store.invitation(secret(200), NOW).await.unwrap().is_none());
        for undo in [Change::Admitted(seat), Change::Joined(seat)] {
            let refused = house.store.keep(visit.id, vec![undo], NOW).await;
            assert!(matches!(refused, Err(StoreError::BadState)), "a removed seat stays removed");
        }
    }

    async fn removing_a_guest_revokes_their_link(house) {
        let (visit, _, seat) = with_guest(&house).await;
        house.store.keep(visit.id, vec![Change::Removed(seat)], NOW).await.unwrap();
        assert!(house.store.links(visit.id, visit.doctor.id).await.unwrap()[0].revoked);
        assert!(house.store.session(secret(7), NOW).await.unwrap().is_none());
    }

    async fn coming_and_revoking_at_once_leave_nobody_inside(house) {
        let visit = house.visit().await;
        for n in 0..10 {
            let link = house.store.make_link(visit.id, visit.doctor.id, secret(200 + n), NOW).await.unwrap().id;
            let come = house.store.join_link(secret(200 + n), guest(n), NOW);
            let revoke = house.store.revoke_link(visit.id, link, visit.doctor.id, NOW);
            let (came, revoked) = join(come, revoke).await;
            assert_eq!(came.ok().map(|guest| guest.seat.id), revoked.unwrap(), "who came is who is to be put out");
            assert!(house.store.session(secret(n), NOW).await.unwrap().is_none());
        }
    }

    async fn a_visit_has_only_so_many_live_links(house) {
        let visit = house.visit().await;
        let full = u8::try_from(LIVE_LINKS).unwrap();
        let made = join_all((0..full + 8).map(|n| house.store.make_link(visit.id, visit.doctor.id, secret(n), NOW))).await;
        assert_eq!(made.iter().filter(|one| matches!(one, Err(StoreError::TooMany))).count(), 8);
        let links = house.store.links(visit.id, visit.doctor.id).await.unwrap();
        house.store.revoke_link(visit.id, links[0].id, visit.doctor.id, NOW).await.unwrap();
        house.store.make_link(visit.id, visit.doctor.id, secret(99), NOW).await.unwrap();
    }

    async fn a_link_leads_nowhere_once_the_visit_is_over(house) {
        let visit = house.visit().await;
        house.store.make_link(visit.id, visit.doctor.id, secret(200), NOW).await.unwrap();
        let stranger = house.store.make_link(visit.id, visit.patient.id, secret(201), NOW).await;
        assert!(matches!(stranger, Err(StoreError::NotFound)), "only its doctor makes links");
        house.store.keep(visit.id, vec![Change::Ended(EndedWhy::Doctor)], NOW).await.unwrap();
        assert!(house.store.invitation(secret(200), NOW).await.unwrap().is_none());
        assert!(matches!(house.store.join_link(secret(200), guest(1), NOW).await, Err(StoreError::NotFound)));
        let more = house.store.make_link(visit.id, visit.doctor.id, secret(202), NOW).await;
        assert!(matches!(more, Err(StoreError::BadState)));
    }
}

fn guest(number: u8) -> NewGuest {
    NewGuest { name: "A relative".to_owned(), token: secret(number), label: "Safari".to_owned() }
}

async fn with_guest(house: &House) -> (Visit, vaidya_clinic::id::LinkId, SeatId) {
    let visit = house.visit().await;
    let link = house.store.make_link(visit.id, visit.doctor.id, secret(200), NOW).await.expect("a link");
    let seat = house.store.join_link(secret(200), guest(7), NOW).await.expect("a guest").seat.id;
    (visit, link.id, seat)
}
