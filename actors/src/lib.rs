//! The actors: one live thing, one mailbox. They hold what is happening now; what must last is in the store.

pub mod directory;
pub mod outlet;
pub mod port;
pub mod room;
