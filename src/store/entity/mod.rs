//! The tables as SeaORM sees them: private to the store, which speaks in the clinic's types.
#![expect(unreachable_pub, reason = "the derive writes pub items; nothing outside the store can name them")]

pub(super) mod audit;
pub(super) mod audit_head;
pub(super) mod contact_code;
pub(super) mod credential;
pub(super) mod credential_document;
pub(super) mod credential_step;
pub(super) mod guest_link;
pub(super) mod invite;
pub(super) mod key_backup;
pub(super) mod lockout;
pub(super) mod member;
pub(super) mod message;
pub(super) mod organisation;
pub(super) mod outbox;
pub(super) mod person;
pub(super) mod person_key;
pub(super) mod record;
pub(super) mod record_wrap;
pub(super) mod recovery_code;
pub(super) mod registry_entry;
pub(super) mod seat;
pub(super) mod second_factor;
pub(super) mod sent_message;
pub(super) mod service_token;
pub(super) mod session;
pub(super) mod setup;
pub(super) mod visit;
pub(super) mod visit_wrap;
