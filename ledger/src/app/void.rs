//! Why an entry has no effect: the reasons a leaf of the log can carry.

macro_rules! reasons {
    ($($name:ident = $number:literal, $word:literal, $sentence:literal;)+) => {
        /// Why an entry is void. The number is the first byte of its leaf, for ever.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
        pub enum Void {
            $(#[doc = $sentence] #[error($sentence)] $name,)+
        }

        impl Void {
            /// Every reason, in the order of their numbers.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// Its number in a leaf: 1 to 254.
            #[must_use]
            pub fn number(self) -> u8 {
                match self { $(Self::$name => $number),+ }
            }

            /// Its word in metrics and tables.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self { $(Self::$name => $word),+ }
            }

            /// The reason that has this number, if one has.
            #[must_use]
            pub fn of(number: u8) -> Option<Self> {
                match number { $($number => Some(Self::$name),)+ _ => None }
            }
        }
    };
}

reasons! {
    Malformed = 1, "malformed", "the bytes are not an entry";
    UnknownSubmitter = 2, "unknown_submitter", "who handed it in may not, or not any more";
    SubmitterSignature = 3, "submitter_signature", "who handed it in did not sign it";
    Sequence = 4, "sequence", "its sequence number was used before, or is too old";
    Late = 5, "late", "its time was over when it was executed";
    UnknownKey = 6, "unknown_key", "it names a key that is not bound";
    RevokedKey = 7, "revoked_key", "it names a key that was revoked";
    ActorSignature = 8, "actor_signature", "whose statement it is did not sign it";
    KeyKnown = 9, "key_known", "the key was bound before";
    OthersKey = 10, "others_key", "the key is another person's";
    TooManyKeys = 11, "too_many_keys", "the person has as many keys as anyone can have";
    UnknownCredential = 12, "unknown_credential", "the registration is not on the log";
    InactiveCredential = 13, "inactive_credential", "the registration is not in force";
    Known = 14, "known", "what it begins has begun before";
    UnknownConsent = 15, "unknown_consent", "the consent is not on the log";
    ConsentOver = 16, "consent_over", "the consent was answered, taken back, or has ended";
    NullifierUsed = 17, "nullifier_used", "the one-time code was used before";
    UnknownGround = 18, "unknown_ground", "what the record stands on is neither a consent nor a visit on the log";
    UnknownRecord = 19, "unknown_record", "the record's version is not on the log";
    NotLatest = 20, "not_latest", "the record has a later version";
    Erased = 21, "erased", "the record was erased";
    UnknownRoom = 22, "unknown_room", "the visit's room is not on the log";
    RoomClosed = 23, "room_closed", "the visit is over";
    Fork = 24, "fork", "it does not follow the last root of that log, or does not grow it";
    OthersLog = 25, "others_log", "that log is continued by someone else";
    UnknownEmergency = 26, "unknown_emergency", "the break-glass access is not on the log";
    Reviewed = 27, "reviewed", "it was reviewed before";
    OwnReview = 28, "own_review", "nobody reviews themselves";
    NotAgreed = 29, "not_agreed", "too few validators agreed";
    Serial = 30, "serial", "another change was agreed to before";
    Unfit = 31, "unfit", "the change would leave no valid set of validators or submitters";
    NoContradiction = 32, "no_contradiction", "the two messages do not contradict each other";
    UnknownStatus = 33, "unknown_status", "the registration's status is none there is";
}

impl Void {
    /// Whether the same bytes may have an effect later, because what they stand on can still come: worth handing in again.
    #[must_use]
    pub fn may_pass_later(self) -> bool {
        matches!(
            self,
            Self::UnknownKey
                | Self::UnknownCredential
                | Self::InactiveCredential
                | Self::UnknownConsent
                | Self::UnknownGround
                | Self::UnknownRecord
                | Self::UnknownRoom
                | Self::UnknownEmergency
                | Self::Fork
                | Self::Serial
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_that_are_on_the_log_for_ever() {
        let numbers: Vec<u8> = Void::ALL.iter().map(|reason| reason.number()).collect();
        assert_eq!(numbers, (1..=33).collect::<Vec<u8>>());
        assert!(Void::ALL.iter().all(|reason| Void::of(reason.number()) == Some(*reason)));
        assert_eq!((Void::of(0), Void::of(0xff)), (None, None));
    }

    #[test]
    fn the_document_says_what_each_reason_means() {
        let document = include_str!("../../../docs/ledger.md");
        for reason in Void::ALL {
            let row = format!("| {} | `{}` | {reason} |", reason.number(), reason.word());
            assert!(document.contains(&row), "docs/ledger.md lacks {row}");
        }
    }
}
