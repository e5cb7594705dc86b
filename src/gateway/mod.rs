//! The doors to what lies outside the database: the block folder, and private keys.

pub mod blobs;
pub mod keys;
