//! What the SFU does, seen from its peers: str0m clients over a simulated network, and over real sockets.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "the helpers of tests fail as tests do"
)]

mod client;
mod net;
mod simulation;

mod garbage;
mod poor_link;
mod rooms;
mod simulcast;
mod sockets;
mod two_peers;
