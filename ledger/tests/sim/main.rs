//! The test bed of the ledger: whole worlds of validators, disks, network, liars and clients, each of which follows from one number.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "the helpers of tests fail as tests do"
)]

mod byzantine;
mod client;
mod disk;
mod invariants;
mod log;
mod network;
mod rng;
mod scenario;
mod world;

mod agreement;
mod command;
mod mutants;
mod pace;
mod regressions;
mod twins;
