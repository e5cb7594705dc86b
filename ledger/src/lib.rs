//! Proves: a Merkle log of entries that validators agree on by PBFT, and proofs that anyone can check. No IO, no clock, no luck of its own.

pub mod app;
pub mod chain;
mod codec;
pub mod entry;
pub mod follow;
pub mod genesis;
pub mod governance;
mod hash;
mod head;
pub mod key;
pub mod keymap;
mod kind;
pub mod leaf;
pub mod merkle;
pub mod note;
pub mod pbft;
pub mod proof;
pub mod tile;
pub mod validators;

pub use app::{App, Void};
pub use codec::Malformed;
pub use entry::{Actor, Entry, Statement};
pub use genesis::Genesis;
pub use hash::{Hash, KeyId};
pub use head::Head;
pub use key::Signer;
pub use kind::{Kind, LONGEST_ATTACHMENT};
pub use leaf::Leaf;
pub use validators::{Validator, Validators};
