//! Four validators in this process.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use vaidya::app::validators::{Founded, Here, NoLedger, founded};
use vaidya::clock;
use vaidya_actors::port::Clock;
use vaidya_clinic::time::Timestamp;
use vaidya_ledger::pbft::Tx;

use super::{Client, copy, master};
use crate::server::Folder;

/// A ledger with its validators.
pub(super) struct House {
    pub(super) here: Here,
    pub(super) client: Client,
}

fn begin(data: &Path) -> Founded {
    founded(data, &master(), "test.example/log").expect("a ledger")
}

async fn open(data: &Path, next: u64, clock: impl Fn(u8) -> Clock) -> Result<House, NoLedger> {
    let founded = founded(data, &master(), "test.example/log")?;
    let mut client = Client::after(&founded, next);
    let (here, ways) = Here::start(&founded, None, client.hall.clone().recipient(), clock).await?;
    client.ways = ways;
    Ok(House { here, client })
}

pub(super) async fn house(data: &Path, next: u64) -> House {
    open(data, next, |_| clock::clock()).await.expect("it starts")
}

/// Why it doesn't start.
async fn refused(data: &Path) -> String {
    open(data, 1, |_| clock::clock()).await.err().expect("it doesn't start").to_string()
}

/// Commits so many entries, each in a block of its own or nearly so.
async fn commit(house: &mut House, blocks: u64) -> Vec<Tx> {
    let mut all = Vec::new();
    for _ in 0..blocks {
        let entries = house.client.entries(2);
        house.client.commit(&entries).await;
        all.extend(entries);
    }
    all
}

fn votes(data: &Path, id: u8) -> PathBuf {
    data.join(format!("ledger/validator-{id}/votes.db"))
}

/// Everyone has everything.
async fn settle(house: &mut House, last: &Tx) {
    house.client.until("all four say so", |client| client.sayers(last) == 4).await;
}

#[actix_web::test]
async fn four_validators_commit_and_go_on_after_a_restart() {
    let folder = Folder::new();
    let mut first = house(&folder.0, 1).await;
    let entries = commit(&mut first, 3).await;
    settle(&mut first, entries.last().expect("one")).await;
    let (next, height) = (first.client.next(), first.client.reached[&1]);
    first.here.stop().await;
    let mut again = house(&folder.0, next).await;
    let entries = commit(&mut again, 1).await;
    settle(&mut again, entries.last().expect("one")).await;
    assert!(again.client.reached.values().all(|seq| *seq > height), "the chain goes on where it was");
    again.here.stop().await;
}

#[actix_web::test]
async fn a_changed_byte_is_found_at_the_start_and_its_entry_named() {
    let folder = Folder::new();
    let mut first = house(&folder.0, 1).await;
    let entries = commit(&mut first, 3).await;
    settle(&mut first, entries.last().expect("one")).await;
    first.here.stop().await;
    let file = votes(&folder.0, 3);
    let whole = std::fs::read(&file).expect("the file");
    // The second entry of the first block. It is in the block, and nowhere else once its records are forgotten.
    let entry = &entries[1];
    let at: Vec<_> = (0..whole.len() - entry.len()).filter(|at| whole[*at..].starts_with(entry)).collect();
    assert!(!at.is_empty());
    let mut changed = whole.clone();
    at.iter().for_each(|at| changed[at + entry.len() - 3] ^= 1);
    std::fs::write(&file, &changed).expect("written");
    let said = refused(&folder.0).await;
    assert!(said.contains("validator-3") && said.contains("entry 1 of the log, in block 1"), "{said}");
    std::fs::write(&file, &whole[..whole.len() / 2]).expect("written");
    let said = refused(&folder.0).await;
    assert!(said.contains("validator-3") && said.contains("damaged"), "{said}");
    std::fs::write(&file, &whole).expect("written");
    house(&folder.0, 1_000).await.here.stop().await;
}

#[actix_web::test]
async fn another_key_another_genesis_and_no_genesis_are_refused_by_name() {
    let folder = Folder::new();
    begin(&folder.0);
    let mut first = house(&folder.0, 1).await;
    commit(&mut first, 1).await;
    first.here.stop().await;
    let elsewhere = Folder::new();
    copy(&folder.0, &elsewhere.0);
    std::fs::copy(votes(&folder.0, 2), votes(&elsewhere.0, 1)).expect("a copy");
    let said = refused(&elsewhere.0).await;
    assert!(said.contains("validator-1") && said.contains("must not vote on what another has said"), "{said}");
    let genesis = elsewhere.0.join("ledger/genesis");
    std::fs::remove_file(&genesis).expect("removed");
    let said = refused(&elsewhere.0).await;
    assert!(said.contains("no genesis file"), "{said}");
    // The same keys begin another ledger: none of them has voted yet, as far as they know.
    for id in 1..=4 {
        std::fs::remove_file(elsewhere.0.join(format!("ledger/validator-{id}/begun"))).expect("removed");
    }
    let said = refused(&elsewhere.0).await;
    assert!(said.contains("belongs to another ledger"), "{said}");
}

#[actix_web::test]
async fn a_copy_that_went_on_by_itself_is_refused_and_the_first_other_entry_named() {
    let folder = Folder::new();
    let mut first = house(&folder.0, 1).await;
    let entries = commit(&mut first, 2).await;
    settle(&mut first, entries.last().expect("one")).await;
    let (next, size) = (first.client.next(), first.client.reached[&1]);
    first.here.stop().await;
    let fork = Folder::new();
    copy(&folder.0, &fork.0);
    for (data, next) in [(&folder.0, next), (&fork.0, next + 100)] {
        let mut house = house(data, next).await;
        let entries = commit(&mut house, 2).await;
        settle(&mut house, entries.last().expect("one")).await;
        house.here.stop().await;
    }
    std::fs::copy(votes(&fork.0, 2), votes(&folder.0, 2)).expect("a copy");
    let said = refused(&folder.0).await;
    assert!(said.contains("validator-1") && said.contains("validator-2"), "{said}");
    assert!(said.contains(&format!("in block {}, is the first that differs", size + 1)), "{said}");
}

#[actix_web::test]
async fn a_validator_with_an_empty_disk_takes_everything_over_and_stays_silent_until_it_may_vote() {
    let folder = Folder::new();
    let mut first = house(&folder.0, 1).await;
    let entries = commit(&mut first, 3).await;
    settle(&mut first, entries.last().expect("one")).await;
    let (next, height) = (first.client.next(), first.client.reached[&1]);
    first.here.stop().await;
    for end in ["", "-wal", "-shm"] {
        let _not_there = std::fs::remove_file(format!("{}{end}", votes(&folder.0, 4).display()));
    }
    let mut again = house(&folder.0, next).await;
    again.client.until("it has everything", |client| client.reached.get(&4) >= Some(&height)).await;
    again.client.until("it says how it is", |client| client.standing.contains_key(&4)).await;
    assert!(!again.client.standing[&4].voting, "it may have said what it no longer knows");
    commit(&mut again, 1).await;
    again.here.stop().await;
}

#[actix_web::test]
async fn a_clock_an_hour_off_either_way_stops_nobody_and_moves_no_time() {
    let folder = Folder::new();
    let skew = |id: u8| -> Clock {
        let off = match id {
            1 => 3_600_000,
            _ => 0,
        };
        Arc::new(move || Timestamp(clock::now().0 + off))
    };
    let mut fast = open(&folder.0, 1, skew).await.expect("it starts");
    commit(&mut fast, 2).await;
    let next = fast.client.next();
    fast.here.stop().await;
    let skew = |id: u8| -> Clock {
        let off = match id {
            2 => -3_600_000,
            _ => 0,
        };
        Arc::new(move || Timestamp(clock::now().0 + off))
    };
    let mut slow = open(&folder.0, next, skew).await.expect("it starts");
    commit(&mut slow, 2).await;
    slow.here.stop().await;
}
