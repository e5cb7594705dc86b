//! The store as the rest of the house sees it, on both databases: races, full disks and crashes included.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests end by panicking"
)]

mod accounts;
mod audit;
mod consent_codes;
mod consenting;
mod consents;
mod contact_codes;
mod credentials;
mod erasures;
mod invites;
mod keys;
mod ledger;
mod links;
mod opening;
mod organisations;
mod outbox;
mod phone_only;
mod records;
mod rooms;
mod tokens;
mod uploads;
mod versions;
mod visits;
mod witnesses;

pub(crate) use consenting::{PHONE, asking, sql};
pub(crate) use keys::{key, wrap};
