//! Identifiers: one type each, so that a seat is never taken for a person.
//!
//! Ids of people and their things have no `Debug` that prints them whole. Logs use [`Loggable`],
//! the first eight hex digits: enough to follow a visit through a log, too little to look a person up.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// An id as a log may show it: its first eight hex digits.
pub struct Loggable(u32);

impl fmt::Display for Loggable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", self.0)
    }
}

impl fmt::Debug for Loggable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A version 4 UUID (RFC 9562) from 16 random bytes that the caller drew.
            #[must_use]
            pub fn from_random(bytes: [u8; 16]) -> Self {
                Self(uuid::Builder::from_random_bytes(bytes).into_uuid())
            }

            /// The id that a number stands for: the inverse of [`number`](Self::number).
            #[must_use]
            pub const fn from_number(number: u128) -> Self {
                Self(Uuid::from_u128(number))
            }

            /// The id as a number, for those who know no ids (the media worker).
            #[must_use]
            pub fn number(&self) -> u128 {
                self.0.as_u128()
            }

            /// The form of this id that may appear in a log.
            #[must_use]
            pub fn loggable(&self) -> Loggable {
                Loggable(self.0.as_fields().0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({}…)"), self.loggable())
            }
        }
    };
}

id!(
    /// A person with an account.
    PersonId
);
id!(
    /// A hospital or clinic with its own people.
    OrgId
);
impl OrgId {
    /// The organisation that runs the server: it is there from the beginning.
    pub const HOME: Self = Self::from_number(1);
}
id!(
    /// A visit; its room has the same id.
    VisitId
);
id!(
    /// A place in one visit's room, held by one person or guest.
    SeatId
);
id!(
    /// A guest link of one visit.
    LinkId
);
id!(
    /// A chat message, chosen by the browser that wrote it: the same message keeps its id however often it is sent.
    MessageId
);
id!(
    /// One open socket of one browser tab.
    DeviceId
);
id!(
    /// A fact in the outbox; with a consumer's name it is the key of an outbox row.
    EventId
);
id!(
    /// A pair of keys of one person: what is sealed to that person names it.
    KeyId
);
id!(
    /// A sealed record, in all its versions.
    RecordId
);
id!(
    /// What a patient was asked to consent to, or consented to unasked.
    ConsentId
);
