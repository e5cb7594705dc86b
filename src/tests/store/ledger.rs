//! From facts to the ledger and back: nothing is lost, nothing is said twice, whoever crashes in between.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use vaidya::store::Store;
use vaidya::store::ledger::{Place, Put, Receipt, Submitter, Waiting};
use vaidya_clinic::event::Consumer;
use vaidya_clinic::role::Role;
use vaidya_clinic::time::Timestamp;
use vaidya_clinic::visit::{Change, EndedWhy};
use vaidya_ledger::merkle::{Tree, leaf_hash};
use vaidya_ledger::{Entry, Hash, Kind, Signer};

use super::consenting::{PHONE, asking, sql};
use crate::house::{House, NOW, Visit, on_both, said};

const LEASE: Duration = Duration::from_secs(30);
const WINDOW: Duration = Duration::from_secs(6);

fn submitter() -> Arc<Submitter> {
    Arc::new(Submitter { ledger: Hash([9; 32]), signer: Signer::from_seed(&[1; 32]) })
}

async fn put_by(store: &Store, now: Timestamp) -> Put {
    let mut all = Put::default();
    loop {
        let jobs = store.claim(Consumer::Ledger, 50, now, LEASE).await.unwrap();
        if jobs.is_empty() {
            return all;
        }
        let put = store.put_on_ledger(jobs, submitter(), || [5; 32], now).await.unwrap();
        all.entries += put.entries;
        all.leaves += put.leaves;
        all.later += put.later;
        all.refused += put.refused;
    }
}

async fn put(house: &House) -> Put {
    put_by(&house.store, NOW).await
}

async fn waiting(house: &House) -> Vec<Waiting> {
    house.store.waiting_entries(0, 1_000).await.unwrap()
}

fn kinds(waiting: &[Waiting]) -> Vec<Kind> {
    waiting.iter().map(|one| Entry::decode(&one.bytes).unwrap().statement.kind).collect()
}

fn holds(leaf: u64) -> Receipt {
    Receipt { leaf, block: 1, at: NOW, outcome: 0, reason: "", may_pass: false }
}

/// Everything that waits comes to be.
async fn committed(house: &House) -> usize {
    let waiting = waiting(house).await;
    let receipts: Vec<_> = waiting.iter().map(|one| (one.id, holds(u64::try_from(one.id).unwrap()))).collect();
    house.store.keep_receipts(receipts, submitter()).await.unwrap().len()
}

async fn outbox(house: &House, state: &str) -> i64 {
    house.number(&format!("SELECT count(*) AS n FROM outbox WHERE consumer = 'ledger' AND state = '{state}'")).await
}

async fn talked(house: &House) -> Visit {
    let visit = house.visit().await;
    let seat = visit.doctor_seat.id;
    for change in [Change::Joined(seat), said(seat, 1), said(seat, 2)] {
        house.store.keep(visit.id, vec![change], NOW).await.unwrap();
    }
    house.store.keep(visit.id, vec![Change::Ended(EndedWhy::Doctor)], NOW).await.unwrap();
    visit
}

on_both! {
    async fn a_visit_is_a_room_that_opens_and_closes_over_what_happened_in_it(house) {
        talked(&house).await;
        put(&house).await;
        let waiting = waiting(&house).await;
        assert_eq!(kinds(&waiting), [Kind::RoomOpened, Kind::RoomClosed]);
        let closed = Entry::decode(&waiting[1].bytes).unwrap().statement;
        assert_eq!(closed.reference, Entry::decode(&waiting[0].bytes).unwrap().statement.reference);
        let db = house.raw().await;
        let rows = sea_orm::ConnectionTrait::query_all_raw(
            &db,
            sea_orm::Statement::from_string(
                sea_orm::ConnectionTrait::get_database_backend(&db),
                "SELECT data FROM sublog WHERE visit_id IS NOT NULL ORDER BY n",
            ),
        );
        let mut tree = Tree::default();
        let leaves: Vec<Vec<u8>> = rows.await.unwrap().iter().map(|row| row.try_get("", "data").unwrap()).collect();
        leaves.iter().for_each(|leaf| tree.append(leaf_hash(leaf)));
        assert_eq!(leaves.len(), 3, "joined, and what was said twice");
        assert_eq!(closed.commitment, tree.root());
        db.close().await.unwrap();
    }

    async fn a_fact_is_done_when_its_receipt_is_kept_and_not_before(house) {
        house.visit().await;
        let facts = outbox(&house, "pending").await;
        put(&house).await;
        assert_eq!((outbox(&house, "done").await, outbox(&house, "leased").await), (0, facts));
        let later = NOW.plus(LEASE * 1_000);
        assert_eq!(put_by(&house.store, later).await, Put::default(), "an entry holds them, not a lease");
        house.store.root_sublogs(WINDOW, submitter(), NOW).await.unwrap();
        committed(&house).await;
        assert_eq!((outbox(&house, "done").await, outbox(&house, "leased").await), (facts, 0));
        assert!(waiting(&house).await.is_empty());
    }

    async fn an_entry_keeps_its_bytes_when_its_fact_is_taken_twice(house) {
        house.visit().await;
        let jobs = house.store.claim(Consumer::Ledger, 50, NOW, LEASE).await.unwrap();
        // Two who both believe that the fact is theirs, as after a lease that ran out.
        let tries = join_all((0..2).map(|_| house.store.put_on_ledger(jobs.clone(), submitter(), || [5; 32], NOW)));
        let made: u64 = tries.await.into_iter().map(|put| put.unwrap().entries).sum();
        assert_eq!(made, 1);
        let before = waiting(&house).await;
        let other = house.second_store().await;
        assert_eq!(other.waiting_entries(0, 10).await.unwrap(), before);
        assert_eq!(before.len(), 1);
    }

    async fn numbers_go_on_and_none_is_given_twice(house) {
        let visit = house.visit().await;
        let jobs = house.store.claim(Consumer::Ledger, 50, NOW, LEASE).await.unwrap();
        house.store.put_on_ledger(jobs, submitter(), || [5; 32], NOW).await.unwrap();
        for number in 2..12 {
            let login = format!("p{number:03}");
            let patient = house.person(&login, Role::Patient).await;
            house.visit_of(patient, visit.doctor.clone()).await;
        }
        put(&house).await;
        let numbers: Vec<u64> =
            waiting(&house).await.iter().map(|one| Entry::decode(&one.bytes).unwrap().sequence).collect();
        assert_eq!(numbers, (1..=11).collect::<Vec<_>>());
    }

    async fn a_clinics_own_log_has_one_root_in_a_window(house) {
        let visit = house.visit().await;
        put(&house).await;
        let seat = visit.doctor_seat.id;
        let roots = async |now| house.store.root_sublogs(WINDOW, submitter(), now).await.unwrap();
        assert_eq!(roots(NOW).await, 0, "nothing happened that is not an entry of its own");
        house.store.keep(visit.id, vec![Change::Joined(seat)], NOW).await.unwrap();
        put(&house).await;
        assert_eq!(roots(NOW).await, 1);
        house.store.keep(visit.id, vec![said(seat, 1)], NOW).await.unwrap();
        put(&house).await;
        assert_eq!(roots(NOW.plus(WINDOW)).await, 0, "the one before still waits");
        committed(&house).await;
        assert_eq!(roots(NOW.plus(WINDOW / 2)).await, 0, "the window is not over");
        assert_eq!(roots(NOW.plus(WINDOW)).await, 1);
        let waiting = waiting(&house).await;
        let root = Entry::decode(&waiting[0].bytes).unwrap();
        assert_eq!((root.statement.kind, root.attachment), (Kind::AuditRoot, 2_u64.to_be_bytes().to_vec()));
        assert_ne!(root.statement.parent, Hash::default(), "it follows the one before");
        assert_eq!(outbox(&house, "leased").await, 1, "what the second root covers");
        committed(&house).await;
        assert_eq!(outbox(&house, "leased").await, 0);
    }

    async fn what_the_ledger_refuses_a_human_sees(house) {
        house.visit().await;
        put(&house).await;
        let one = waiting(&house).await.remove(0);
        let void = Receipt { outcome: 7, reason: "no such key", ..holds(3) };
        let came = house.store.keep_receipts(vec![(one.id, void)], submitter()).await.unwrap();
        assert_eq!(came[0].holds, Some(false));
        assert_eq!(outbox(&house, "refused").await, 1);
        let told = "SELECT count(*) AS n FROM outbox WHERE last_error LIKE '%room_opened: no such key'";
        assert_eq!(house.number(told).await, 1);
    }

    async fn what_can_hold_later_is_handed_in_again_but_not_for_ever(house) {
        house.visit().await;
        put(&house).await;
        let one = waiting(&house).await.remove(0);
        let early = || Receipt { outcome: 7, reason: "not yet", may_pass: true, ..holds(3) };
        let mut tries = 0;
        while house.store.keep_receipts(vec![(one.id, early())], submitter()).await.unwrap()[0].holds.is_none() {
            tries += 1;
            let again = waiting(&house).await.remove(0);
            assert_eq!(again.id, one.id);
            let (was, is) = (Entry::decode(&one.bytes).unwrap(), Entry::decode(&again.bytes).unwrap());
            assert_eq!((is.statement, is.sequence), (was.statement, was.sequence + tries), "under a new number");
        }
        assert_eq!(tries, 8);
        assert_eq!(outbox(&house, "refused").await, 1);
    }

    async fn a_receipt_that_comes_twice_is_one(house) {
        house.visit().await;
        put(&house).await;
        let one = waiting(&house).await.remove(0);
        assert_eq!(house.store.keep_receipts(vec![(one.id, holds(3))], submitter()).await.unwrap().len(), 1);
        assert!(house.store.keep_receipts(vec![(one.id, holds(4))], submitter()).await.unwrap().is_empty());
        assert_eq!(house.number("SELECT leaf AS n FROM ledger_entry").await, 3);
    }

    async fn a_consent_says_on_the_ledger_what_it_says_in_the_house(house) {
        let visit = house.visit().await;
        let other = house.person("d002", Role::Doctor).await;
        sql(&house, PHONE).await;
        let asked = asking(9, visit.patient.id, other.id, &[vaidya_clinic::record::RecordKind::Lab]);
        let view = house.store.ask_consent(&other, asked, NOW).await.unwrap();
        assert!(matches!(house.store.consent_on_ledger(view.id, None).await.unwrap(), Place::OnItsWay(NOW)));
        put(&house).await;
        assert_eq!(kinds(&waiting(&house).await), [Kind::RoomOpened, Kind::ConsentRequested]);
        committed(&house).await;
        let Place::There(proven) = house.store.consent_on_ledger(view.id, None).await.unwrap() else {
            panic!("it is there");
        };
        let opening = vaidya_ledger::proof::Opening::decode(&proven.opening).unwrap();
        opening.check().unwrap();
        let facts: BTreeSet<_> = opening.what.facts().into_iter().collect();
        assert!(facts.contains(&("data", "lab")) && facts.contains(&("state", "asked")));
    }
}
