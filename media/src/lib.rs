//! The SFU: forwards media between the peers of a room. It has never heard of a patient.

mod handle;

pub use handle::{
    Admitted, COMMANDS, Command, Counts, EVENTS, Event, Handle, MediaError, PeerKey, RoomKey, SAMPLE_EVERY, Sample,
    Slot, pair,
};
