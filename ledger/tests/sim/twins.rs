//! Twins (Bano et al., 2021): one validator runs twice with one key, and every way to cut the network in every view is tried.
//!
//! An equivocator needs no code of its own: two correct copies with one key, told different things, are one. With four validators, one of them twice, there are
//! 52 ways to cut the five processes into groups; for each view each of them, and for each of the four validators as the twin, which puts it at every place
//! among the primaries of the views. After the last view the network is whole, and everything must come to its end.
use crate::network::{CALM, Partition, Weather};
use crate::scenario::{Scenario, limits};
use crate::world::World;

const VALIDATORS: usize = 4;
/// As long as a view lasts in these worlds, milliseconds: what can be decided is, and then everyone wants the next one.
const VIEW: u64 = 240;

/// Every way to cut so many processes into groups: the group of each, numbered in the order in which they appear.
fn cuts(processes: usize) -> Vec<Vec<u8>> {
    let mut all = vec![Vec::new()];
    for _ in 0..processes {
        let grown = all.iter().flat_map(|cut: &Vec<u8>| {
            let groups = cut.iter().max().map_or(0, |last| last + 1);
            (0..=groups).map(move |group| [cut.as_slice(), &[group]].concat())
        });
        all = grown.collect();
    }
    all
}

fn scenario(twin: usize, views: &[&Vec<u8>]) -> Scenario {
    let mut limits = limits(2, 4, 2);
    limits.view_timeout = std::time::Duration::from_millis(VIEW / 2);
    limits.relay_after = std::time::Duration::from_millis(VIEW / 5);
    let cut =
        |(part, view): (&&Vec<u8>, u64)| Partition { from: view * VIEW, to: (view + 1) * VIEW, part: part.to_vec() };
    let partitions: Vec<_> = views.iter().zip(0..).map(cut).collect();
    let weather = Weather { delay: (1, 1), ..CALM };
    Scenario {
        limits,
        stable_from: VIEW * partitions.len() as u64,
        partitions,
        calm: weather.clone(),
        weather,
        twin: Some(twin),
        // What makes the twins propose different things: their clocks.
        skew: vec![0, 0, 0, 0, 7],
        clients: 2,
        entries: 2,
        sync: (1, 1),
        ..Scenario::calm(7)
    }
}

/// Every world of that many views with this twin, the ones of this share: `part` of `parts`.
fn every_world(twin: usize, views: u32, part: usize, parts: usize) -> (usize, Vec<String>) {
    let cuts = cuts(VALIDATORS + 1);
    let (mut worlds, mut broken) = (0, Vec::new());
    for number in (part..cuts.len().pow(views)).step_by(parts) {
        let chosen: Vec<_> = (0..views).map(|view| &cuts[number / cuts.len().pow(view) % cuts.len()]).collect();
        let outcome = World::new(scenario(twin, &chosen)).run();
        worlds += 1;
        if !outcome.violations.is_empty() {
            broken.push(format!("twin {twin}, world {number}, cuts {chosen:?}: {:?}", outcome.violations));
        }
    }
    (worlds, broken)
}

fn nothing_breaks(twin: usize, part: usize) {
    let (worlds, broken) = every_world(twin, 2, part, 2);
    assert!(broken.is_empty(), "{} of {worlds} worlds: {}", broken.len(), broken.join("\n"));
    assert_eq!(worlds, 52 * 52 / 2);
}

#[test]
fn there_are_52_ways_to_cut_five_processes_into_groups() {
    let cuts = cuts(5);
    assert_eq!(cuts.len(), 52);
    assert!(cuts.contains(&vec![0, 0, 0, 0, 0]) && cuts.contains(&vec![0, 1, 2, 3, 4]));
}

macro_rules! twins {
    ($($name:ident: $twin:literal, $part:literal,)+) => {
        $(#[test]
        fn $name() {
            nothing_breaks($twin, $part);
        })+
    };
}

twins! {
    validator_0_twice_through_every_even_cut_of_two_views: 0, 0,
    validator_0_twice_through_every_odd_cut_of_two_views: 0, 1,
    validator_1_twice_through_every_even_cut_of_two_views: 1, 0,
    validator_1_twice_through_every_odd_cut_of_two_views: 1, 1,
    validator_2_twice_through_every_even_cut_of_two_views: 2, 0,
    validator_2_twice_through_every_odd_cut_of_two_views: 2, 1,
    validator_3_twice_through_every_even_cut_of_two_views: 3, 0,
    validator_3_twice_through_every_odd_cut_of_two_views: 3, 1,
}

#[test]
#[ignore = "make soak: hours"]
#[expect(clippy::print_stdout, reason = "a soak says how far it came")]
fn every_cut_of_three_views() {
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let found = std::thread::scope(|scope| {
        let work =
            |part| scope.spawn(move || (0..VALIDATORS).map(|twin| every_world(twin, 3, part, workers)).collect());
        let work: Vec<_> = (0..workers).map(work).collect();
        work.into_iter().flat_map(|it| -> Vec<(usize, Vec<String>)> { it.join().unwrap() }).collect::<Vec<_>>()
    });
    let worlds: usize = found.iter().map(|(worlds, _)| worlds).sum();
    let broken: Vec<_> = found.into_iter().flat_map(|(_, broken)| broken).collect();
    println!("twins: {worlds} worlds of three views, {} violations", broken.len());
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}
