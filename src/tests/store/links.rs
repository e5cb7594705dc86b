//! Links: one device is the first, further ones wait, each finds its seat again, and all of them go when it is revoked.

use std::time::Duration;

use futures_util::future::{join, join_all};
use vaidya::store::StoreError;
use vaidya::store::arrivals::Newcomer;
use vaidya::store::links::{Host, LIVE_LINKS, Link, NewLink, PutOut};
use vaidya::store::sent_messages::Outgoing;
use vaidya::store::sessions::{Guest, IDLE, Who};
use vaidya::store::visits::NewVisit;
use vaidya_clinic::contact::{Channel, Contact};
use vaidya_clinic::id::{LinkId, OrgId, SeatId};
use vaidya_clinic::link::{AFTER_END, Door, LinkFor, RESEND, SECOND_DEVICES, WAITS};
use vaidya_clinic::message::{self, Notice};
use vaidya_clinic::organisation::Language;
use vaidya_clinic::role::Role;
use vaidya_clinic::time::Timestamp;
use vaidya_clinic::visit::{Change, EndedWhy, Holder, SeatFlag, SeatRole, Standing};

use crate::house::{House, NOW, Visit, on_both, secret};

/// Devices that may come by one link.
const DEVICES: usize = 4;

on_both! {
    async fn of_ten_thousand_who_come_by_a_link_at_once_one_is_the_first(house) {
        assert_eq!(u64::try_from(DEVICES), Ok(SECOND_DEVICES + 1));
        let visit = house.visit().await;
        make(&house, &visit, 200, LinkFor::Guest).await;
        let (mut came, mut late) = (Vec::new(), 0);
        for crowd in 0..100_u64 {
            let tries = (0..100).map(|n| house.store.join_link(secret(200), device(crowd * 100 + n), NOW));
            for one in join_all(tries).await {
                match one {
                    Ok(guest) => came.push(guest),
                    Err(StoreError::LinkUsed) => late += 1,
                    Err(other) => panic!("{other}"),
                }
            }
        }
        assert_eq!((came.len(), late), (DEVICES, 10_000 - DEVICES));
        assert_eq!(came.iter().filter(|guest| guest.seat.flag.is_none()).count(), 1, "one is bound");
        assert_eq!(house.number("SELECT count(*) AS n FROM seat WHERE role = 'guest'").await, 4);
        assert_eq!(house.number("SELECT count(*) AS n FROM session").await, 4);
    }

    async fn a_guest_waits_at_the_door_and_what_they_said_is_kept(house) {
        let visit = house.visit().await;
        let link = make(&house, &visit, 200, LinkFor::Guest).await;
        let came = house.store.join_link(secret(200), device(7), NOW).await.unwrap();
        assert_eq!((came.visit, came.link, came.seat.standing), (visit.id, link.id, Standing::Lobby));
        let Some(Who::Guest(known)) = house.store.session(device(7).token, NOW).await.unwrap().map(|found| found.who)
        else {
            panic!("a guest's session");
        };
        assert!(known.seat == came.seat && known.seat.holder == Holder::Guest(link.id));
        let told = house.store.told_of(visit.id).await.unwrap()[&came.seat.id];
        assert_eq!((told.birth_year, told.confirmed_at), (1980, NOW));
        assert!(house.store.links(visit.id, host(&visit)).await.unwrap()[0].used);
    }

    async fn a_patient_comes_by_a_link_to_their_own_seat_under_the_name_they_give(house) {
        let visit = house.visit().await;
        make(&house, &visit, 200, LinkFor::Patient).await;
        let came = house.store.join_link(secret(200), device(7), NOW).await.unwrap();
        assert_eq!((came.seat.id, came.seat.role), (visit.patient_seat.id, SeatRole::Patient));
        assert_eq!(came.seat.holder, Holder::Person(visit.patient.id));
        let seats = house.store.seats_of(visit.id).await.unwrap();
        assert_eq!((seats.len(), seats[1].name.as_str()), (2, "Device 7"));
        assert!(house.store.told_of(visit.id).await.unwrap().contains_key(&visit.patient_seat.id));
    }

    async fn revoking_a_patients_link_ends_the_session_and_leaves_the_seat_to_the_patient(house) {
        let visit = house.visit().await;
        let link = make(&house, &visit, 200, LinkFor::Patient).await;
        house.store.join_link(secret(200), device(7), NOW).await.unwrap();
        let second = house.store.join_link(secret(200), device(8), NOW).await.unwrap();
        let out = house.store.revoke_link(visit.id, link.id, host(&visit), NOW).await.unwrap();
        assert_eq!(out, PutOut { removed: vec![second.seat.id], left: Some(visit.patient_seat.id) });
        assert!(house.store.session(device(7).token, NOW).await.unwrap().is_none());
        let held = house.store.seat_of(visit.id, Holder::Person(visit.patient.id)).await.unwrap().unwrap();
        assert_eq!(held.standing, Standing::Lobby, "the patient may come otherwise");
    }

    async fn removing_the_patient_ends_every_link_that_is_theirs(house) {
        let visit = house.visit().await;
        make(&house, &visit, 200, LinkFor::Patient).await;
        make(&house, &visit, 201, LinkFor::Guest).await;
        house.store.join_link(secret(200), device(7), NOW).await.unwrap();
        let second = house.store.join_link(secret(200), device(8), NOW).await.unwrap();
        house.store.keep(visit.id, vec![Change::Removed(visit.patient_seat.id)], NOW).await.unwrap();
        let gone = house.store.gone_with(visit.id, visit.patient_seat.id).await.unwrap();
        assert_eq!(gone.removed, [second.seat.id]);
        assert!(house.store.session(device(7).token, NOW).await.unwrap().is_none());
        assert!(house.store.invitation(secret(200), NOW).await.unwrap().is_none());
        assert!(house.store.invitation(secret(201), NOW).await.unwrap().is_some(), "a guest's link goes on");
    }

    async fn a_second_device_gets_a_flagged_seat_and_the_same_one_however_often_it_comes_back(house) {
        let visit = house.visit().await;
        let link = make(&house, &visit, 200, LinkFor::Guest).await;
        let first = house.store.join_link(secret(200), device(1), NOW).await.unwrap();
        let second = house.store.join_link(secret(200), device(2), NOW).await.unwrap();
        assert_eq!((first.seat.flag, second.seat.flag), (None, Some(SeatFlag::SecondDevice)));
        assert_eq!(second.seat.standing, Standing::Lobby);
        assert!(house.store.came_by(link.id, second.link).await.unwrap());
        for n in 10..15 {
            let back = Newcomer { before: Some(device(2).token), ..device(n) };
            let back = house.store.join_link(secret(200), back, NOW).await.unwrap();
            assert_eq!((back.seat.id, back.seat.flag), (second.seat.id, Some(SeatFlag::SecondDevice)));
        }
        assert_eq!(house.number("SELECT count(*) AS n FROM seat WHERE role = 'guest'").await, 2);
        assert_eq!(house.store.links(visit.id, host(&visit)).await.unwrap().len(), 1, "its own link is nobody's affair");
    }

    async fn the_first_device_goes_on_after_its_session_has_run_out(house) {
        let visit = house.visit().await;
        make(&house, &visit, 200, LinkFor::Guest).await;
        let first = house.store.join_link(secret(200), device(1), NOW).await.unwrap();
        let later = NOW.plus(IDLE);
        assert!(house.store.session(device(1).token, later).await.unwrap().is_none());
        let back = Newcomer { before: Some(device(1).token), ..device(9) };
        let back = house.store.join_link(secret(200), back, later).await.unwrap();
        assert_eq!((back.seat.id, back.seat.flag), (first.seat.id, None));
        assert!(house.store.session(device(9).token, later).await.unwrap().is_some());
    }

    async fn a_token_of_another_visit_or_of_nobody_is_no_way_back(house) {
        let visit = house.visit().await;
        make(&house, &visit, 200, LinkFor::Guest).await;
        make(&house, &visit, 201, LinkFor::Guest).await;
        let first = house.store.join_link(secret(200), device(1), NOW).await.unwrap();
        let elsewhere = house.store.join_link(secret(201), device(2), NOW).await.unwrap();
        for stranger in [device(2).token, secret(99)] {
            let who = Newcomer { before: Some(stranger), ..device(if stranger == secret(99) { 50 } else { 51 }) };
            let came = house.store.join_link(secret(200), who, NOW).await.unwrap();
            assert_eq!(came.seat.flag, Some(SeatFlag::SecondDevice));
            assert!(came.seat.id != first.seat.id && came.seat.id != elsewhere.seat.id);
        }
    }

    async fn looking_five_times_changes_no_row(house) {
        let visit = house.visit().await;
        make(&house, &visit, 200, LinkFor::Guest).await;
        let before = everything(&house).await;
        for _ in 0..5 {
            let shown = house.store.invitation(secret(200), NOW).await.unwrap().expect("an invitation");
            assert_eq!((shown.visit, shown.doctor.name.as_str(), shown.door), (visit.id, "Name of d001", Door::Open));
            assert!(house.store.invitation(secret(201), NOW).await.unwrap().is_none());
        }
        assert_eq!(everything(&house).await, before);
    }

    async fn a_link_waits_a_day_and_then_for_nobody(house) {
        let visit = house.visit().await;
        make(&house, &visit, 200, LinkFor::Guest).await;
        let last = Timestamp(NOW.plus(WAITS).0 - 1);
        assert!(house.store.invitation(secret(200), last).await.unwrap().is_some());
        let late = house.store.join_link(secret(200), device(1), NOW.plus(WAITS)).await;
        assert!(matches!(late, Err(StoreError::NotFound)));
    }

    async fn a_link_of_a_planned_visit_opens_half_an_hour_before(house) {
        let patient = house.person("p001", Role::Patient).await;
        let doctor = house.person("d001", Role::Doctor).await;
        let at = NOW.plus(Duration::from_secs(3600));
        let new = NewVisit { org: OrgId::HOME, patient: patient.id, doctor: doctor.id, made_by: Role::Desk, at: Some(at) };
        let visit = house.store.make_visit(new, NOW).await.unwrap().view;
        assert_eq!(visit.planned_at, Some(at));
        house.store.make_link(wanted(&visit.id.0, 200), Host::from(&doctor), NOW).await.unwrap();
        let opens = NOW.plus(Duration::from_secs(1800));
        let shown = house.store.invitation(secret(200), NOW).await.unwrap().unwrap();
        assert_eq!(shown.door, Door::TooEarly(opens));
        let early = house.store.join_link(secret(200), device(1), Timestamp(opens.0 - 1)).await;
        assert!(matches!(early, Err(StoreError::NotBefore(when)) if when == opens));
        assert_eq!(house.number("SELECT count(*) AS n FROM seat WHERE role = 'guest'").await, 0);
        assert!(house.store.join_link(secret(200), device(1), opens).await.is_ok());
        assert_eq!(house.store.recall(visit.id).await.unwrap().unwrap().opens, Some(opens), "its room knows as well");
    }

    async fn revoking_a_link_puts_out_everyone_who_came_by_it_and_it_is_dead(house) {
        let visit = house.visit().await;
        let link = make(&house, &visit, 200, LinkFor::Guest).await;
        let mut seats = Vec::new();
        for n in 0..3 {
            seats.push(house.store.join_link(secret(200), device(n), NOW).await.unwrap().seat.id);
        }
        let out = house.store.revoke_link(visit.id, link.id, host(&visit), NOW).await.unwrap();
        seats.sort();
        assert_eq!((out.removed.clone(), out.left), (seats, None));
        assert_eq!(house.store.revoke_link(visit.id, link.id, host(&visit), NOW).await.unwrap(), out, "twice is once");
        for n in 0..3 {
            assert!(house.store.session(device(n).token, NOW).await.unwrap().is_none());
            let back = Newcomer { before: Some(device(n).token), ..device(n + 50) };
            assert!(matches!(house.store.join_link(secret(200), back, NOW).await, Err(StoreError::NotFound)));
        }
        assert!(house.store.invitation(secret(200), NOW).await.unwrap().is_none());
        for undo in out.removed.into_iter().flat_map(|seat| [Change::Admitted(seat), Change::Joined(seat)]) {
            let refused = house.store.keep(visit.id, vec![undo], NOW).await;
            assert!(matches!(refused, Err(StoreError::BadState)), "a removed seat stays removed");
        }
    }

    async fn removing_a_second_device_leaves_the_first_and_removing_the_first_takes_all(house) {
        let visit = house.visit().await;
        make(&house, &visit, 200, LinkFor::Guest).await;
        let first = house.store.join_link(secret(200), device(1), NOW).await.unwrap().seat.id;
        let second = house.store.join_link(secret(200), device(2), NOW).await.unwrap().seat.id;
        let third = house.store.join_link(secret(200), device(3), NOW).await.unwrap().seat.id;
        house.store.keep(visit.id, vec![Change::Removed(second)], NOW).await.unwrap();
        let back = Newcomer { before: Some(device(2).token), ..device(9) };
        let back = house.store.join_link(secret(200), back, NOW).await.unwrap();
        assert_ne!(back.seat.id, second, "out is out");
        let more = house.store.join_link(secret(200), device(10), NOW).await;
        assert!(matches!(more, Err(StoreError::LinkUsed)), "and those that were put out still count");
        assert!(house.store.session(device(1).token, NOW).await.unwrap().is_some());
        house.store.keep(visit.id, vec![Change::Removed(first)], NOW).await.unwrap();
        let gone = house.store.gone_with(visit.id, first).await.unwrap().removed;
        assert!([first, second, third, back.seat.id].iter().all(|seat| gone.contains(seat)));
        assert!(house.store.links(visit.id, host(&visit)).await.unwrap()[0].revoked);
        assert!(house.store.session(device(3).token, NOW).await.unwrap().is_none());
    }

    async fn coming_and_revoking_at_once_leave_nobody_inside(house) {
        let visit = house.visit().await;
        for n in 0..10 {
            let link = make(&house, &visit, 200 + n, LinkFor::Guest).await.id;
            let come = house.store.join_link(secret(200 + n), device(u64::from(n)), NOW);
            let revoke = house.store.revoke_link(visit.id, link, host(&visit), NOW);
            let (came, revoked) = join(come, revoke).await;
            let came: Vec<SeatId> = came.into_iter().map(|guest| guest.seat.id).collect();
            assert_eq!(came, revoked.unwrap().removed, "who came is who is to be put out");
            assert!(house.store.session(device(u64::from(n)).token, NOW).await.unwrap().is_none());
        }
    }

    async fn a_visit_has_only_so_many_live_links(house) {
        let visit = house.visit().await;
        let full = u8::try_from(LIVE_LINKS).unwrap();
        let made = (0..full + 8).map(|n| house.store.make_link(wanted(&visit.id.0, n), host(&visit), NOW));
        let made = join_all(made).await;
        assert_eq!(made.iter().filter(|one| matches!(one, Err(StoreError::TooMany))).count(), 8);
        let links = house.store.links(visit.id, host(&visit)).await.unwrap();
        house.store.revoke_link(visit.id, links[0].id, host(&visit), NOW).await.unwrap();
        house.store.make_link(wanted(&visit.id.0, 99), host(&visit), NOW).await.unwrap();
    }

    async fn after_the_end_only_who_came_before_may_look_and_that_for_two_hours(house) {
        let visit = house.visit().await;
        make(&house, &visit, 200, LinkFor::Guest).await;
        make(&house, &visit, 201, LinkFor::Guest).await;
        let first = house.store.join_link(secret(200), device(1), NOW).await.unwrap();
        house.store.keep(visit.id, vec![Change::Ended(EndedWhy::Doctor)], NOW).await.unwrap();
        let back = |n| Newcomer { before: Some(device(1).token), ..device(n) };
        assert_eq!(house.store.invitation(secret(201), NOW).await.unwrap().unwrap().door, Door::Ended);
        assert_eq!(house.store.join_link(secret(200), back(2), NOW).await.unwrap().seat.id, first.seat.id);
        for code in [200, 201] {
            assert!(matches!(house.store.join_link(secret(code), device(3), NOW).await, Err(StoreError::NotFound)));
        }
        let late = house.store.join_link(secret(200), back(4), NOW.plus(AFTER_END)).await;
        assert!(matches!(late, Err(StoreError::NotFound)));
        let more = house.store.make_link(wanted(&visit.id.0, 202), host(&visit), NOW).await;
        assert!(matches!(more, Err(StoreError::BadState)));
    }

    async fn the_doctor_and_the_desk_make_links_and_nobody_else(house) {
        let visit = house.visit().await;
        let desk = house.person("r001", Role::Desk).await;
        let stranger = house.person("d002", Role::Doctor).await;
        house.store.make_link(wanted(&visit.id.0, 1), Host::from(&desk), NOW).await.unwrap();
        for other in [&stranger, &visit.patient] {
            let refused = house.store.make_link(wanted(&visit.id.0, 2), Host::from(other), NOW).await;
            assert!(matches!(refused, Err(StoreError::NotFound)));
            assert!(house.store.links(visit.id, Host::from(other)).await.is_err());
        }
    }

    async fn a_link_goes_out_with_its_message_and_again_with_a_new_code(house) {
        let visit = house.visit().await;
        let to = || NewLink { phone: Some(PHONE.to_owned()), message: Some(text()), ..wanted(&visit.id.0, 200) };
        let link = house.store.make_link(to(), host(&visit), NOW).await.unwrap();
        assert_eq!(house.number("SELECT count(*) AS n FROM sent_message WHERE state = 'waiting'").await, 1);
        assert_eq!(house.number("SELECT count(*) AS n FROM outbox WHERE kind = 'message_due'").await, 1);
        let again = |now| house.store.resend_link((visit.id, link.id), host(&visit), (secret(201), Some(text())), now);
        assert!(matches!(again(NOW).await, Err(StoreError::NotBefore(when)) if when == NOW.plus(RESEND)));
        again(NOW.plus(RESEND)).await.unwrap();
        assert_eq!(house.number("SELECT count(*) AS n FROM sent_message").await, 2);
        assert!(house.store.invitation(secret(200), NOW).await.unwrap().is_none(), "the old code is dead");
        assert!(house.store.join_link(secret(201), device(1), NOW).await.is_ok());
        let none = house.store.resend_link((visit.id, LinkId(visit.id.0)), host(&visit), (secret(9), None), NOW).await;
        assert!(matches!(none, Err(StoreError::NotFound)));
    }

    async fn a_name_is_kept_as_it_was_written_whatever_it_means_to_a_database(house) {
        let visit = house.visit().await;
        make(&house, &visit, 200, LinkFor::Guest).await;
        let name = "'; DROP TABLE seat; -- <img src=x onerror=alert(1)>";
        let came = house.store.join_link(secret(200), Newcomer { name: name.to_owned(), ..device(1) }, NOW).await;
        let Guest { seat, .. } = came.unwrap();
        let seats = house.store.seats_of(visit.id).await.unwrap();
        assert_eq!(seats.iter().find(|one| one.id == seat.id).unwrap().name, name);
    }
}

const PHONE: &str = "+919876543210";

fn text() -> Outgoing {
    let words = message::words(Notice::Visit("https://v.example/g/0"), "City Clinic", Language::Hi, Channel::Sms);
    let contact = Contact::phone(PHONE).expect("a telephone");
    Outgoing { contact, kind: "link", language: Language::Hi, words, org: Some(OrgId::HOME), visit: None }
}

fn device(number: u64) -> Newcomer {
    let mut token = [1; 32];
    token[..8].copy_from_slice(&number.to_be_bytes());
    let token = vaidya::store::SecretHash(token);
    Newcomer { name: format!("Device {number}"), birth_year: 1980, token, before: None, label: "Safari".to_owned() }
}

fn wanted(visit: &uuid::Uuid, code: u8) -> NewLink {
    let visit = vaidya_clinic::id::VisitId(*visit);
    NewLink { visit, code: secret(code), whom: LinkFor::Guest, phone: None, language: None, message: None }
}

fn host(visit: &Visit) -> Host {
    Host::from(&visit.doctor)
}

async fn make(house: &House, visit: &Visit, code: u8, whom: LinkFor) -> Link {
    let new = NewLink { whom, ..wanted(&visit.id.0, code) };
    house.store.make_link(new, host(visit), NOW).await.expect("a link")
}

/// A number that changes with every row a link could touch.
async fn everything(house: &House) -> Vec<i64> {
    let mut counts = Vec::new();
    for sql in [
        "SELECT count(*) AS n FROM guest_link",
        "SELECT count(*) AS n FROM guest_link WHERE used_at IS NULL AND revoked_at IS NULL AND sent_at IS NULL",
        "SELECT count(*) AS n FROM seat",
        "SELECT count(*) AS n FROM session",
        "SELECT count(*) AS n FROM outbox",
        "SELECT count(*) AS n FROM audit",
        "SELECT count(*) AS n FROM lockout",
        "SELECT cast(sum(last_at) AS bigint) AS n FROM visit",
    ] {
        counts.push(house.number(sql).await);
    }
    counts
}
