//! What is sealed opens for whom it was sealed, in Rust what the browser sealed and the other way round, and for nobody else.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests end by panicking")]

mod call;
mod call_vectors;
mod from_rust;
mod given;
mod records;
mod rfc;
mod vectors;
