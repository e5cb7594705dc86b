//! The behaviours of the whole house: one binary, so that it is linked once.

mod house;
mod jobs;
mod postgres;
mod store;
