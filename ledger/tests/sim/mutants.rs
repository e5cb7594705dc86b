//! A test bed that finds nothing proves nothing: each of the bugs that a replica can be told to have must break a promise within so many worlds.
use vaidya_ledger::pbft::Mutant;

use crate::scenario::Scenario;
use crate::world::World;

/// In how many worlds at most a bug must show.
const WORLDS: u64 = 300;

/// The first world in which it shows, and how.
pub(crate) fn found(mutant: Mutant) -> Option<(u64, String)> {
    (0..WORLDS).find_map(|seed| {
        let outcome = World::new(Scenario { mutant: Some(mutant), ..Scenario::of(seed) }).run();
        outcome.violations.first().map(|it| (seed, format!("{:?}: {}", it.promise, it.what)))
    })
}

macro_rules! mutants {
    ($($name:ident: $mutant:ident,)+) => {
        $(#[test]
        fn $name() {
            let found = found(Mutant::$mutant);
            assert!(found.is_some(), "{:?} shows in none of {WORLDS} worlds", Mutant::$mutant);
        })+

        #[test]
        fn every_bug_has_its_test() {
            assert_eq!([$(Mutant::$mutant),+].as_slice(), Mutant::ALL);
        }
    };
}

mutants! {
    a_commit_quorum_too_small_is_found: SmallQuorum,
    prepares_for_any_digest_are_found: PrepareAnyDigest,
    a_new_view_taken_as_it_comes_is_found: NewViewUnchecked,
    prepared_certificates_that_nobody_verifies_are_found: PreparedUnverified,
    sending_before_it_is_on_disk_is_found: SendBeforePersist,
    watermarks_that_nobody_checks_are_found: WatermarkUnchecked,
    a_checkpoint_of_too_few_is_found: WeakCheckpoint,
    a_view_change_that_shows_nothing_is_found: ViewChangeWithoutPrepared,
    a_timer_that_never_doubles_is_found: TimerNeverDoubles,
    a_gap_that_nobody_fills_is_found: NullSkipped,
    a_forgotten_vote_is_found: VoteForgotten,
    commits_of_another_view_are_found: StaleCommit,
    a_primary_that_counts_as_a_backup_is_found: PrimaryPrepares,
    a_time_that_nobody_checks_is_found: TimeUnchecked,
    executing_twice_is_found: ExecutedTwice,
    collecting_too_early_is_found: EarlyCollection,
    voting_without_memory_is_found: AmnesiacVotes,
    a_new_view_of_anyone_is_found: NewViewFromAnyone,
    certificates_that_nobody_verifies_are_found: CertificateUnverified,
    blocks_that_nobody_verifies_are_found: TransferUnverified,
}

#[test]
#[ignore = "make ledger-mutants"]
#[expect(clippy::print_stdout, reason = "a table to look at")]
fn table() {
    let mut killed = 0;
    for mutant in Mutant::ALL {
        let found = found(*mutant);
        killed += usize::from(found.is_some());
        println!(
            "{:<26} {}",
            format!("{mutant:?}"),
            found.map_or("NOT FOUND".to_owned(), |(seed, how)| format!("seed {seed}: {how}"))
        );
    }
    println!("{killed} of {} seeded bugs found within {WORLDS} seeds", Mutant::ALL.len());
    assert_eq!(killed, Mutant::ALL.len());
}
