//! The tables as SeaORM sees them: private to the store, which speaks in the clinic's types.
#![expect(unreachable_pub, reason = "the derive writes pub items; nothing outside the store can name them")]

pub(super) mod guest_link;
pub(super) mod key_backup;
pub(super) mod lockout;
pub(super) mod message;
pub(super) mod outbox;
pub(super) mod person;
pub(super) mod person_key;
pub(super) mod record;
pub(super) mod record_wrap;
pub(super) mod seat;
pub(super) mod session;
pub(super) mod setup;
pub(super) mod visit;
pub(super) mod visit_wrap;
