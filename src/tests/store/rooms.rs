//! What rooms keep: all of a change or none of it, in order, whatever dies or fills up meanwhile.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use futures_util::future::join_all;
use sea_orm::ConnectionTrait;
use uuid::Uuid;
use vaidya::store::scribe::Scribe;
use vaidya::store::{Store, StoreError};
use vaidya_actors::port::{Keep, KeepError, ReadBack, Recall};
use vaidya_clinic::id::{MessageId, SeatId, VisitId};
use vaidya_clinic::role::Role;
use vaidya_clinic::visit::{Change, EndedWhy, LeftWhy, QualityLevel, Standing, VisitState};

use crate::house::{House, NOW, on_both, said};

/// Messages in one change of the writer that is killed.
const TOGETHER: u64 = 25;

on_both! {
    async fn a_thousand_messages_are_kept_in_order_and_read_back_in_pages(house) {
        let visit = house.visit().await;
        let scribe = Scribe::start(house.store.clone(), &actix::Arbiter::current());
        let all: Vec<Change> = (1..=1_000).map(|seq| said(visit.doctor_seat.id, seq)).collect();
        for some in all.chunks(128) {
            let keep = Keep { visit: visit.id, at: NOW, changes: some.to_vec() };
            scribe.send(keep).await.unwrap().unwrap();
        }
        assert_eq!(house.store.last_message(visit.id).await.unwrap(), 1_000);
        let mut seen = 0;
        while seen < 1_000 {
            let page = ReadBack { visit: visit.id, after: seen, limit: 100 };
            let page = scribe.send(page).await.unwrap().unwrap();
            assert_eq!(page.len(), 100);
            for message in page {
                seen += 1;
                assert!(said(visit.doctor_seat.id, seen) == Change::Said(message));
            }
        }
        let memory = scribe.send(Recall(visit.id)).await.unwrap().unwrap().expect("a room");
        let order: Vec<_> = (1..=1_000).map(|seq| (MessageId(Uuid::from_u128(u128::from(seq))), seq)).collect();
        assert!(memory.said == order);
        let said = "SELECT count(*) AS n FROM outbox WHERE kind = 'said' AND consumer = 'ledger'";
        assert_eq!(house.number(said).await, 1_000);
    }

    async fn a_place_that_is_taken_fails_everything_that_came_with_it(house) {
        let visit = house.visit().await;
        let seat = visit.doctor_seat.id;
        assert_eq!(house.store.last_message(visit.id).await.unwrap(), 0);
        house.store.keep(visit.id, vec![said(seat, 1)], NOW).await.unwrap();
        let before = house.number("SELECT count(*) AS n FROM outbox").await;
        let scribe = Scribe::start(house.store.clone(), &actix::Arbiter::current());
        let changes = vec![Change::Admitted(visit.patient_seat.id), said(seat, 2), said(seat, 1)];
        let refused = scribe.send(Keep { visit: visit.id, at: NOW, changes }).await.unwrap();
        assert_eq!(refused, Err(KeepError::Failed));
        assert_eq!(house.store.messages(visit.id, 0, 10).await.unwrap().len(), 1);
        assert_eq!(house.number("SELECT count(*) AS n FROM outbox").await, before);
        let seats = house.store.seats_of(visit.id).await.unwrap();
        assert!(seats.iter().any(|seat| seat.standing == Standing::Lobby), "nobody was let in");
    }

    async fn two_rooms_that_believe_in_the_same_place_keep_one_message(house) {
        let visit = house.visit().await;
        let id = |n| MessageId(Uuid::from_u128(n));
        let race = (0..20).map(|n| {
            let Change::Said(message) = said(visit.doctor_seat.id, 1) else { panic!("a message") };
            house.store.keep(visit.id, vec![Change::Said(vaidya_clinic::wire::Said { id: id(n), ..message })], NOW)
        });
        let kept = join_all(race).await;
        assert_eq!(kept.iter().filter(|one| one.is_ok()).count(), 1);
        assert_eq!(kept.iter().filter(|one| matches!(one, Err(StoreError::Taken))).count(), 19);
    }

    async fn every_change_is_reported_to_each_of_its_consumers(house) {
        let visit = house.visit().await;
        let seat = visit.patient_seat.id;
        let changes = vec![
            Change::Admitted(seat),
            Change::Joined(seat),
            said(seat, 1),
            Change::Quality { seat, level: QualityLevel::Poor },
            Change::Left { seat, why: LeftWhy::HungUp },
            Change::Ended(EndedWhy::Doctor),
        ];
        house.store.keep(visit.id, changes, NOW).await.unwrap();
        for (kind, rows) in [("created", 3), ("joined", 3), ("said", 1), ("quality", 1), ("left", 3), ("ended", 3)] {
            let count = format!("SELECT count(*) AS n FROM outbox WHERE kind = '{kind}'");
            assert_eq!(house.number(&count).await, rows, "{kind}");
        }
        let memory = house.store.recall(visit.id).await.unwrap().expect("a room");
        assert_eq!((memory.state, memory.ended), (VisitState::Ended, Some((NOW, EndedWhy::Doctor))));
        assert_eq!(memory.seats.iter().map(|seat| seat.standing).collect::<Vec<_>>(), [Standing::Admitted; 2]);
    }

    async fn after_the_end_people_only_leave(house) {
        let visit = house.visit().await;
        let seat = visit.doctor_seat.id;
        house.store.keep(visit.id, vec![Change::Ended(EndedWhy::Doctor)], NOW).await.unwrap();
        for late in [said(seat, 1), Change::Joined(seat), Change::Ended(EndedWhy::Doctor)] {
            assert!(matches!(house.store.keep(visit.id, vec![late], NOW).await, Err(StoreError::BadState)));
        }
        let leave = Change::Left { seat, why: LeftWhy::Ended };
        house.store.keep(visit.id, vec![leave], NOW).await.unwrap();
    }

    async fn a_visit_nobody_knows_has_no_room(house) {
        let nowhere = VisitId(Uuid::from_u128(9));
        assert!(house.store.recall(nowhere).await.unwrap().is_none());
        let kept = house.store.keep(nowhere, vec![], NOW).await;
        assert!(matches!(kept, Err(StoreError::NotFound)));
    }

    async fn rooms_do_not_wait_for_each_others_order(house) {
        let mut visits = vec![house.visit().await];
        for n in 2..6 {
            let patient = house.person(&format!("p00{n}"), Role::Patient).await;
            let doctor = house.person(&format!("d00{n}"), Role::Doctor).await;
            visits.push(house.visit_of(patient, doctor).await);
        }
        let rooms = visits.iter().map(|visit| async {
            for seq in 1..=20 {
                house.store.keep(visit.id, vec![said(visit.doctor_seat.id, seq)], NOW).await.unwrap();
            }
        });
        join_all(rooms).await;
        assert_eq!(house.number("SELECT count(*) AS n FROM message").await, 100);
    }

    async fn a_server_killed_while_it_writes_leaves_whole_changes_only(house) {
        let visit = house.visit().await;
        let (mut child, written) = writer(&house, visit.id, visit.doctor_seat.id);
        child.kill().unwrap();
        child.wait().unwrap();
        let kept = house.store.recall(visit.id).await.unwrap().expect("a room").said.len();
        let kept = u64::try_from(kept).unwrap();
        assert!(kept >= written, "what was answered is on disk: {kept} of {written}");
        assert_eq!(kept % TOGETHER, 0, "a change is there as a whole");
        let facts = house.number("SELECT count(*) AS n FROM outbox WHERE kind = 'said'").await;
        assert_eq!(u64::try_from(facts).unwrap(), kept, "with the facts that report it");
        house.store.keep(visit.id, vec![said(visit.doctor_seat.id, kept + 1)], NOW).await.unwrap();
    }
}

#[test]
fn a_full_disk_of_postgres_is_said_to_be_full_and_nothing_is_kept() {
    actix::System::new().block_on(async {
        let house = House::on_postgres().await;
        let visit = house.visit().await;
        let db = house.raw().await;
        db.execute_unprepared(DISK_FULL).await.unwrap();
        let scribe = Scribe::start(house.store.clone(), &actix::Arbiter::current());
        let changes = vec![Change::Admitted(visit.patient_seat.id), said(visit.doctor_seat.id, 1)];
        let keep = Keep { visit: visit.id, at: NOW, changes };
        assert_eq!(scribe.send(keep.clone()).await.unwrap(), Err(KeepError::Full));
        let seat = house.store.seat_of(visit.id, visit.patient_seat.holder).await.unwrap().unwrap();
        assert_eq!(seat.standing, Standing::Lobby);
        db.execute_unprepared("DROP TRIGGER full_disk ON message").await.unwrap();
        scribe.send(keep).await.unwrap().unwrap();
    });
}

/// PostgreSQL's own word for a full disk, at the moment it would come: when a message is written.
const DISK_FULL: &str = "
    CREATE FUNCTION full_disk() RETURNS trigger AS $$
    BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END
    $$ LANGUAGE plpgsql;
    CREATE TRIGGER full_disk BEFORE INSERT ON message EXECUTE FUNCTION full_disk();
";

/// Starts a process that writes as fast as it can, and waits until it has kept a few changes.
fn writer(house: &House, visit: VisitId, seat: SeatId) -> (Child, u64) {
    let program = std::env::current_exe().expect("this program");
    let mut child = Command::new(program)
        .args(["store::rooms::a_writer_that_is_killed", "--exact", "--ignored", "--nocapture"])
        .env("WRITER_URL", house.url.as_deref().unwrap_or_default())
        .env("WRITER_FOLDER", house.folder.path())
        .env("WRITER_VISIT", visit.0.to_string())
        .env("WRITER_SEAT", seat.0.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .expect("a second process");
    let told = BufReader::new(child.stdout.take().expect("what it says"));
    let mut kept = told.lines().map_while(Result::ok).filter_map(|line| line.strip_prefix("kept ")?.parse().ok());
    let written = kept.nth(5).expect("five changes are kept");
    (child, written)
}

#[test]
#[ignore = "it is the process that a_server_killed_while_it_writes starts and kills"]
fn a_writer_that_is_killed() {
    let told = |name: &str| std::env::var(name).expect("started by its test");
    let url = Some(told("WRITER_URL")).filter(|url| !url.is_empty());
    let visit = VisitId(Uuid::parse_str(&told("WRITER_VISIT")).unwrap());
    let seat = SeatId(Uuid::parse_str(&told("WRITER_SEAT")).unwrap());
    actix::System::new().block_on(async {
        let store = Store::open(url.as_deref(), told("WRITER_FOLDER").as_ref()).await.unwrap();
        for first in (1..).step_by(usize::try_from(TOGETHER).unwrap()) {
            let changes = (first..first + TOGETHER).map(|seq| said(seat, seq)).collect();
            store.keep(visit, changes, NOW).await.unwrap();
            use std::io::Write as _;
            writeln!(std::io::stdout(), "kept {}", first + TOGETHER - 1).unwrap();
        }
    });
}
