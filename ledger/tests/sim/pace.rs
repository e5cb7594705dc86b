//! What one bad validator or client costs the others: the same work in a calm world, with and without it.
use crate::byzantine::Vice;
use crate::scenario::Scenario;
use crate::world::World;

/// How much of the throughput must be left, percent.
const LEAST: u64 = 50;

/// A calm world with much to do and the bounds of a real one.
fn busy(entries: usize) -> Scenario {
    let calm = Scenario::calm(11);
    let mut limits = vaidya_ledger::pbft::Limits { checkpoint_every: 4, ..Default::default() };
    limits.batch_entries = 8;
    Scenario { limits, clients: 4, entries, until: 600_000, ..calm }
}

fn took(scenario: Scenario) -> u64 {
    let outcome = World::new(scenario).run();
    assert!(outcome.violations.is_empty(), "{:?}", outcome.violations);
    outcome.took
}

/// The first primary has each vice, and then one client sends nothing but nonsense: the percent of the throughput without.
#[expect(clippy::print_stdout, reason = "a table to look at")]
fn left(entries: usize) -> Vec<u64> {
    let good = took(busy(entries));
    println!("{} entries take {} s without", 4 * entries, good / 1_000);
    let share = |scenario| 100 * good / took(scenario).max(1);
    let primary = |vice: Vice| {
        let vices = [(0, vice)].into();
        let left = share(Scenario { vices, ..busy(entries) });
        println!("{:<28} {left:>4} % of the throughput without", format!("primary: {vice:?}"));
        left
    };
    let mut all: Vec<_> = Vice::ALL.into_iter().map(primary).collect();
    let client = share(Scenario { bad_client: true, ..busy(entries) });
    println!("{:<28} {client:>4} % of the throughput without", "client: nonsense");
    all.push(client);
    all
}

#[test]
#[ignore = "make bench-ledger"]
#[expect(clippy::print_stdout, reason = "a table to look at")]
fn table() {
    let left = left(100);
    let worst = left.into_iter().min().unwrap();
    let goal = if worst >= LEAST { "reached" } else { "MISSED" };
    println!("one bad primary or client leaves at least {worst} %: the goal of {LEAST} % is {goal}");
}
