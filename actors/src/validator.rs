//! One validator: a replica and the state machine, driven by messages, the clock and the disk.

mod message;

pub use message::{
    Carry, Certified, Heard, Office, Persist, ReadBlocks, ReadTile, Since, Standing, Submit, Told, Unkept, Way,
};
