//! What an entry can say: its kinds, and the shape each has.
use std::ops::RangeInclusive;

use crate::entry::{Malformed, Statement};

/// The longest attachment there is: governance carries a signature of each validator who agrees. Lower excludes large sets of validators, higher lets
/// one entry take more of a block.
pub const LONGEST_ATTACHMENT: usize = 4096;

macro_rules! kinds {
    ($($(#[$doc:meta])+ $name:ident = $number:literal, $word:literal;)+) => {
        /// What an entry says. The number is its second byte, for ever.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kind {
            $($(#[$doc])+ $name,)+
        }

        impl Kind {
            /// Every kind, in the order of their numbers.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// Its number in the bytes of an entry.
            #[must_use]
            pub fn number(self) -> u8 {
                match self { $(Self::$name => $number),+ }
            }

            /// Its word in metrics, files and tables.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self { $(Self::$name => $word),+ }
            }

            /// The kind that has this number, if one has.
            #[must_use]
            pub fn of(number: u8) -> Option<Self> {
                match number { $($number => Some(Self::$name),)+ _ => None }
            }
        }
    };
}

kinds! {
    /// A public key is a person's (or a clinic's).
    KeyBind = 1, "key_bind";
    /// It is not any more.
    KeyRevoke = 2, "key_revoke";
    /// A doctor's registration came into force.
    CredentialIssued = 3, "credential_issued";
    /// It was suspended, is in force again, has a new end, or is over.
    CredentialStatus = 4, "credential_status";
    /// Someone asks to see something.
    ConsentRequested = 5, "consent_requested";
    /// They may.
    ConsentGranted = 6, "consent_granted";
    /// The one-time code that said so was used.
    ConsentUsed = 7, "consent_used";
    /// They may not (any more).
    ConsentRevoked = 8, "consent_revoked";
    /// The first version of a record.
    RecordPut = 9, "record_put";
    /// The version that follows another.
    RecordAmended = 10, "record_amended";
    /// The record can't be opened any more, by anyone.
    RecordErased = 11, "record_erased";
    /// A visit's room is open.
    RoomOpened = 12, "room_opened";
    /// The visit is over.
    RoomClosed = 13, "room_closed";
    /// How far a clinic's own log of accesses and room events has come.
    AuditRoot = 14, "audit_root";
    /// A doctor opened records without being asked, in an emergency.
    BreakGlass = 15, "break_glass";
    /// Someone else looked at that.
    BreakGlassReview = 16, "break_glass_review";
    /// Data were published for research.
    DatasetPublished = 17, "dataset_published";
    /// How far someone else's log has come.
    ExternalCheckpoint = 18, "external_checkpoint";
    /// A validator or submitter comes or goes.
    Governance = 19, "governance";
    /// A validator said two things that can't both be.
    Evidence = 20, "evidence";
}

impl Kind {
    /// Whether the client sends a block with it at once, and doesn't wait for others: someone is waiting to be allowed or protected.
    #[must_use]
    pub fn is_urgent(self) -> bool {
        matches!(
            self,
            Self::KeyBind
                | Self::KeyRevoke
                | Self::CredentialStatus
                | Self::ConsentRequested
                | Self::ConsentGranted
                | Self::ConsentUsed
                | Self::ConsentRevoked
                | Self::BreakGlass
        )
    }

    /// Which fields say something, and how long the attachment is. What says nothing is zero, so that an entry has one spelling.
    fn shape(self) -> Shape {
        use Field::{May, Must, No};
        let (parent, commitment, not_after, actor, attachment) = match self {
            Self::KeyBind => (May, Must, No, Must, 32..=32),
            Self::KeyRevoke => (Must, No, No, May, 0..=0),
            Self::CredentialIssued => (Must, Must, Must, May, 0..=0),
            Self::CredentialStatus => (No, Must, Must, May, 1..=1),
            Self::ConsentRequested | Self::ConsentGranted => (No, Must, May, May, 0..=0),
            Self::ConsentUsed => (Must, No, No, May, 0..=0),
            Self::ConsentRevoked => (No, May, No, May, 0..=0),
            Self::RecordPut => (May, Must, May, May, 0..=0),
            Self::RecordAmended => (Must, Must, May, May, 0..=0),
            Self::RecordErased => (Must, Must, No, May, 0..=0),
            Self::RoomOpened => (May, May, No, May, 0..=0),
            Self::RoomClosed => (No, May, No, May, 0..=0),
            Self::AuditRoot | Self::ExternalCheckpoint => (May, Must, No, No, 8..=8),
            Self::BreakGlass => (Must, Must, Must, May, 0..=0),
            Self::BreakGlassReview => (Must, Must, No, May, 0..=0),
            Self::DatasetPublished => (May, Must, No, May, 0..=0),
            Self::Governance | Self::Evidence => (No, No, No, No, 1..=LONGEST_ATTACHMENT),
        };
        Shape { parent, commitment, not_after, actor, attachment }
    }

    /// Whether the fields that this kind has are there, and no others.
    ///
    /// # Errors
    /// Which one is wrong.
    pub(crate) fn fits(self, said: &Statement, actor: bool, attachment: usize) -> Result<(), Malformed> {
        let shape = self.shape();
        let zero = |field: &crate::Hash| field.0 == [0; 32];
        Field::Must.fits(!zero(&said.reference), "reference")?;
        shape.parent.fits(!zero(&said.parent), "parent")?;
        shape.commitment.fits(!zero(&said.commitment), "commitment")?;
        shape.not_after.fits(said.not_after != 0, "not_after")?;
        shape.actor.fits(actor, "actor")?;
        if shape.attachment.contains(&attachment) { Ok(()) } else { Err(Malformed::Attachment) }
    }
}

struct Shape {
    parent: Field,
    commitment: Field,
    not_after: Field,
    actor: Field,
    attachment: RangeInclusive<usize>,
}

/// Whether a field says something.
#[derive(Clone, Copy)]
enum Field {
    Must,
    May,
    No,
}

impl Field {
    fn fits(self, there: bool, name: &'static str) -> Result<(), Malformed> {
        match (self, there) {
            (Self::Must, false) => Err(Malformed::Missing(name)),
            (Self::No, true) => Err(Malformed::Superfluous(name)),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_are_those_that_are_on_the_log_for_ever() {
        let numbers: Vec<u8> = Kind::ALL.iter().map(|kind| kind.number()).collect();
        assert_eq!(numbers, (1..=20).collect::<Vec<u8>>());
        assert!(Kind::ALL.iter().all(|kind| Kind::of(kind.number()) == Some(*kind)));
        assert_eq!((Kind::of(0), Kind::of(21)), (None, None));
    }

    impl Kind {
        /// Which of parent, commitment, end and actor an entry of this kind has, when it wants those it may have.
        pub(crate) fn has(self, may: [bool; 4]) -> [bool; 4] {
            let shape = self.shape();
            let mut fields = [shape.parent, shape.commitment, shape.not_after, shape.actor].into_iter().zip(may);
            std::array::from_fn(|_| match fields.next() {
                Some((Field::May, may)) => may,
                Some((field, _)) => matches!(field, Field::Must),
                None => false,
            })
        }

        /// A length its attachment can have.
        pub(crate) fn attachment(self, index: prop::sample::Index) -> usize {
            let range = self.shape().attachment;
            range.start() + index.index(range.end() - range.start() + 1)
        }
    }

    #[test]
    fn words_are_distinct() {
        let words: std::collections::BTreeSet<_> = Kind::ALL.iter().map(|kind| kind.word()).collect();
        assert_eq!(words.len(), Kind::ALL.len());
    }
}
