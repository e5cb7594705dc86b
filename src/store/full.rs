//! A full disk, seen from inside: only here can the one connection that writes be given too few pages.

use sea_orm::ConnectionTrait;
use uuid::Uuid;
use vaidya_actors::port::{Keep, KeepError};
use vaidya_clinic::id::{MessageId, OrgId, SeatId, VisitId};
use vaidya_clinic::role::Role;
use vaidya_clinic::time::Timestamp;
use vaidya_clinic::visit::{Change, Holder};
use vaidya_clinic::wire::{Body, MAX_BODY, Said};

use super::accounts::NewPerson;
use super::scribe::Scribe;
use super::sessions::{IDLE, NewSession, Place, Stage};
use super::visits::NewVisit;
use super::{SecretHash, Store};

const NOW: Timestamp = Timestamp(1_800_000_000_000);
const TOKEN: SecretHash = SecretHash([1; 32]);

#[test]
fn a_full_disk_is_said_to_be_full_keeps_what_was_kept_and_goes_on_when_there_is_room() {
    let folder = std::env::temp_dir().join(format!("vaidya-full-{}", Uuid::new_v4().simple()));
    actix::System::new().block_on(async {
        let store = Store::open(None, &folder).await.unwrap();
        store.migrate().await.unwrap();
        let (visit, seat) = visit(&store).await;
        let doctor = store.visit_people(visit).await.unwrap().unwrap().doctor;
        let place = Place { label: "Chromium".to_owned(), address: None };
        let session = NewSession { person: doctor, org: OrgId::HOME, token: TOKEN, place, stage: Stage::Full };
        store.open_session(session, NOW).await.unwrap();
        pages(&store, 200).await;
        let scribe = Scribe::start(store.clone(), &actix::Arbiter::current());
        let kept = fill(&scribe, visit, seat).await;
        assert!(kept > 0, "there was room for some");
        assert!(store.session(TOKEN, NOW.plus(IDLE / 2)).await.unwrap().is_some(), "who is in can still read");
        assert_eq!(store.messages(visit, 0, 1_000).await.unwrap().len(), kept, "what was kept is there");
        pages(&store, 1_000_000).await;
        let next = u64::try_from(kept).unwrap() + 1;
        scribe.send(said(visit, seat, next)).await.unwrap().unwrap();
    });
    std::fs::remove_dir_all(folder).unwrap();
}

/// Says the longest messages until the disk is full; how many were kept.
async fn fill(scribe: &actix::Addr<Scribe>, visit: VisitId, seat: SeatId) -> usize {
    for seq in 1..1_000 {
        match scribe.send(said(visit, seat, seq)).await.unwrap() {
            Ok(()) => continue,
            Err(KeepError::Full) => return usize::try_from(seq - 1).unwrap(),
            Err(KeepError::Failed) => panic!("a full disk was taken for a failure"),
        }
    }
    panic!("the disk was never full");
}

async fn pages(store: &Store, pages: u32) {
    let writes = store.inner.db.writes.clone();
    let limit = format!("PRAGMA max_page_count = {pages}");
    store.spawn(async move { writes.execute_unprepared(&limit).await }).await.unwrap().unwrap();
}

async fn visit(store: &Store) -> (VisitId, SeatId) {
    let patient = store.add_person(person("p001", Role::Patient), NOW).await.unwrap().id;
    let doctor = store.add_person(person("d001", Role::Doctor), NOW).await.unwrap().id;
    let in_force = "INSERT INTO credential (id, person_id, org_id, qualification, council, number, specialty, \
        valid_until, state, checked_by, matched_by, activated_by, verified_at, made_at, changed_at) \
        SELECT p.id, p.id, m.org_id, 'MBBS', 'PMC', '1', 'Cardiology', 4102444800000, 'active', p.id, p.id, p.id, 0, 0, 0 \
        FROM person p JOIN member m ON m.person_id = p.id WHERE m.role = 'doctor'";
    let writes = store.inner.db.writes.clone();
    store.spawn(async move { writes.execute_unprepared(in_force).await }).await.unwrap().unwrap();
    let made = store
        .make_visit(NewVisit { org: OrgId::HOME, patient, doctor, made_by: Role::Doctor, at: None }, NOW)
        .await
        .unwrap();
    let seat = store.seat_of(made.view.id, Holder::Person(doctor)).await.unwrap().unwrap();
    (made.view.id, seat.id)
}

fn person(login: &str, role: Role) -> NewPerson {
    let (login, name) = (login.to_owned(), "Someone".to_owned());
    NewPerson { login, org: OrgId::HOME, role, name, department: None, password_hash: String::new(), kdf: None }
}

fn said(visit: VisitId, seat: SeatId, seq: u64) -> Keep {
    let id = MessageId(Uuid::from_u128(u128::from(seq)));
    let said = Said { seq, id, seat, at: NOW, body: Body(vec![7; MAX_BODY]) };
    Keep { visit, at: NOW, changes: vec![Change::Said(said)] }
}
