//! The ledger's figures with votes on the disk: entries a second, how long one takes, and how soon a validator that was killed votes.

use std::time::Duration;

use vaidya::clock;
use vaidya_actors::validator::Submit;

use super::elsewhere::World;
use super::here::house;
use crate::server::Folder;

/// Entries that are handed in at once.
const BATCH: u64 = 1_000;

/// Batches under way at once.
const AHEAD: usize = 4;

/// Batches in all.
const BATCHES: usize = 40;

/// Entries that are measured one by one.
const SINGLE: usize = 300;

/// Times that a validator is killed.
const KILLS: usize = 10;

#[actix_web::test]
#[ignore = "a measurement: make bench-ledger"]
async fn throughput() {
    let folder = Folder::new();
    let mut house = house(&folder.0, 1).await;
    let batches: Vec<_> = (0..BATCHES).map(|_| house.client.entries(BATCH)).collect();
    let start = clock::instant();
    let mut under_way = std::collections::VecDeque::new();
    for entries in batches {
        for way in &house.client.ways {
            let taken = way.submit.send(Submit { entries: entries.clone(), urgent: false }).await;
            assert!(taken.is_ok());
        }
        under_way.push_back(entries);
        if under_way.len() >= AHEAD {
            house.client.committed(&under_way.pop_front().expect("one")).await;
        }
    }
    for entries in under_way {
        house.client.committed(&entries).await;
    }
    let took = start.elapsed().as_secs_f64();
    let count = f64::from(u32::try_from(BATCHES).expect("few")) * f64::from(u32::try_from(BATCH).expect("few"));
    figure(
        "entries a second, n = 4, votes on the disk, every signature verified by every validator",
        count / took,
        "≥ 4000",
    );
    house.here.stop().await;
}

#[actix_web::test]
#[ignore = "a measurement: make bench-ledger"]
async fn one_urgent_entry() {
    let folder = Folder::new();
    let mut house = house(&folder.0, 1).await;
    let mut took = Vec::new();
    for _ in 0..SINGLE {
        let entries = house.client.entries(1);
        let start = clock::instant();
        house.client.commit(&entries).await;
        took.push(start.elapsed());
    }
    took.sort_unstable();
    figure("one urgent entry, p50, ms", millis(took[SINGLE / 2]), "≤ 5");
    figure("one urgent entry, p99, ms", millis(took[SINGLE * 99 / 100]), "≤ 25");
    house.here.stop().await;
}

#[actix_web::test]
#[ignore = "a measurement: make bench-ledger"]
async fn back_after_a_kill() {
    let (mut world, _) = World::new();
    let mut longest = Duration::ZERO;
    for round in 0..KILLS {
        let id = round % 4 + 1;
        let load = world.client.entries(20);
        world.client.submit(&load).await;
        world.site(id).kill();
        world.client.commit(&load).await;
        let start = clock::instant();
        world.start_all();
        world.is_back(u8::try_from(id).expect("small")).await;
        longest = longest.max(start.elapsed());
    }
    figure("back to voting after kill -9, longest of ten, s", longest.as_secs_f64(), "≤ 2");
}

fn millis(took: Duration) -> f64 {
    took.as_secs_f64() * 1_000.0
}

#[expect(clippy::print_stdout, reason = "it is what the command is for")]
fn figure(what: &str, value: f64, wanted: &str) {
    println!("{what}: {value:.1} ({wanted})");
}
