//! The actors through their mailboxes, with probes for what is outside.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that can't go on should stop")]

mod directory;
mod ledger;
mod people;
mod probe;
mod room;
mod validators;
