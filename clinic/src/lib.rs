//! The domain of Vaidya: it decides, and does nothing.
//!
//! No IO, no clock, no randomness: the time and every new id come in as arguments, so that each rule
//! can be tested as a sentence. What follows from a decision is returned as data; the shells perform it.

pub mod anchor;
pub mod block;
mod body;
pub mod chat;
pub mod consent;
pub mod contact;
pub mod credential;
pub mod e2ee;
pub mod erasure;
pub mod event;
pub mod fhir;
pub mod fhir_bundle;
pub mod guardian;
pub mod id;
pub mod keyring;
pub mod link;
pub mod message;
pub mod name;
pub mod organisation;
pub mod papers;
pub mod policy;
pub mod profile;
pub mod quality;
pub mod record;
pub mod refusal;
pub mod role;
pub mod room;
pub mod scope;
pub mod time;
pub mod vault;
pub mod visit;
pub mod wire;
mod word;
