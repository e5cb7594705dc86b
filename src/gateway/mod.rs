//! The doors to what lies outside the database: the block folder, private keys, certificates, and the mail server.

pub mod acme;
pub mod blobs;
pub mod keys;
pub mod mail;
pub mod tls;
