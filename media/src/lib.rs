//! The SFU: forwards media between the peers of a room. It has never heard of a patient.
//!
//! [`start`] binds the sockets and starts the thread that owns them. What it does with a packet is decided by [`Sfu`],
//! which has no socket and no clock: time is an argument, and what is to be sent comes out in an [`Outbox`].

mod claim;
mod demux;
mod handle;
mod keyframes;
mod layers;
mod offer;
mod peer;
mod room;
mod seating;
mod sfu;
mod slot;
mod source;
mod start;
mod tcp;
mod tell;
mod terms;
mod track;
mod worker;

pub use demux::{Path, Transport};
pub use handle::{
    Admitted, COMMANDS, Command, Counts, EVENTS, Event, Handle, MediaError, PeerKey, RoomKey, SAMPLE_EVERY, Sample,
    Slot, pair,
};
pub use sfu::{Certificate, Outbox, Sfu, Verdict};
pub use start::{Config, StartError, start};
pub use worker::Worker;
