//! The actors: one live thing, one mailbox. They hold what is happening now; what must last is in the store.

mod devices;
pub mod directory;
mod doctor;
pub mod ledger;
pub mod outlet;
mod patient;
mod pool;
pub mod port;
pub mod room;
pub mod validator;

pub use devices::DEVICES;
