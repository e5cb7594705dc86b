//! Agrees: a PBFT replica as a pure state machine (Castro & Liskov, OSDI'99, the variant with signatures). No IO, no clock, no luck.
//!
//! A driver owns one [`Replica`] and does what it says: [`Replica::step`] takes one [`Input`] and appends [`Output`]s, to be performed in
//! order. What must be on disk before it may be said is held back by the driver: a message with `after: Some(token)` leaves only when
//! that token's record is durable, and the driver then says [`Input::Persisted`]. What is ordered are digests of batches; heads of the
//! log are computed at execution, by whoever executes, and come back as [`Input::Executed`].

mod batch;
mod certificate;
mod check;
mod checkpoint;
mod codec;
mod config;
mod evidence;
mod fair;
mod frame;
mod io;
mod keys;
mod load;
mod message;
mod mutant;
mod new_view;
mod normal;
mod pace;
mod pool;
mod propose;
mod quorum;
mod rate;
mod recover;
mod replica;
mod slot;
mod standing;
mod status;
#[cfg(test)]
mod tests;
mod transfer;
mod view;
mod wal;

pub use batch::{Batch, Tx};
pub use certificate::{Cosigner, Prepared, Stable};
pub use check::Check;
pub use config::{Config, Limits, ReplicaId};
pub use evidence::Evidence;
pub use fair::Inbox;
pub use frame::{Frame, MAX_FRAME};
pub use io::{Block, Bytes, Input, Output, Point, Token};
pub use keys::Keys;
pub use load::{Kept, Load};
pub use message::{Body, Checkpoint, Commit, Fetch, NewView, Prepare, Proposal, Signed, Status, ViewChange, Vote};
pub use mutant::Mutant;
pub use quorum::Quorum;
pub use replica::{Mode, Replica};
pub use transfer::Chunk;
pub use wal::{Damaged, Place, Record, read};

/// Number of a view; its primary is `view mod n` (section 4.1).
pub type View = u64;

/// Number of a block, from 1; 0 is the beginning.
pub type Seq = u64;

/// Milliseconds since 1970, UTC.
pub type Millis = u64;
