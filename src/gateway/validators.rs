//! How validators reach each other and who hands entries in: in the same process by mailbox, elsewhere by mutually authenticated TLS.

mod dial;
mod far;
mod framing;
mod link;
mod near;
mod node;
mod pinned;
mod told;

pub use dial::Peer;
pub use far::{Far, Side};
pub use near::{Ears, Near};
pub use node::Node;
pub use pinned::NoTransport;
