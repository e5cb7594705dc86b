//! The doors to what lies outside the database: the block folder, private keys, certificates, and people's phones and
//! mailboxes.

pub mod acme;
pub mod blobs;
pub mod custody;
pub mod energy;
pub mod erasures;
pub mod keys;
pub mod mail;
pub mod sms;
pub mod submitter;
pub mod tls;
pub mod validators;
