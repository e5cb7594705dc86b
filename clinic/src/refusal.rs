//! Refusals: what was not done, as a word for programs and a sentence for people that says what to do.

use crate::wire::RefusalCode;
use crate::word::words;

/// Why a request was not carried out: a word for programs and a sentence for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct Refusal {
    /// The word.
    pub code: RefusalCode,
    /// The sentence: what happened and what to do.
    pub detail: &'static str,
}

impl From<RefusalCode> for Refusal {
    fn from(code: RefusalCode) -> Self {
        Self { code, detail: code.sentence() }
    }
}

words!(RefusalCode {
    BadMessage = "bad_message",
    NoVisit = "no_visit",
    Ended = "ended",
    NotOpen = "not_open",
    Removed = "removed",
    Full = "full",
    NotActive = "not_active",
    NotHost = "not_host",
    NotInRoom = "not_in_room",
    NoSeat = "no_seat",
    BadBody = "bad_body",
    IdTaken = "id_taken",
    ChatFull = "chat_full",
    BadOffer = "bad_offer",
    StorageFull = "storage_full",
    NotKept = "not_kept",
    Busy = "busy",
});

impl RefusalCode {
    /// What people are told when nothing more exact can be said.
    #[must_use]
    pub fn sentence(self) -> &'static str {
        match self {
            Self::BadMessage => "The server could not read that message. Reload the page.",
            Self::NoVisit => "There is no such visit, or you have no place in it. Go back to your visits.",
            Self::Ended => "This visit has ended. Ask for a new one.",
            Self::NotOpen => "The doctor has not accepted this visit yet. Wait until they do.",
            Self::Removed => "You were removed from this visit. Call the clinic if that was a mistake.",
            Self::Full => "Every place in this visit is taken. Ask the doctor to make room, then join again.",
            Self::NotActive => {
                "The doctor's registration is not in force, so this can't begin. Ask an administrator what is missing."
            }
            Self::NotHost => "Only the doctor can do this. Ask them.",
            Self::NotInRoom => "You are not in the room. Join the visit first.",
            Self::NoSeat => "There is no such person in this visit. Reload the page to see who is.",
            Self::BadBody => "A message can't be empty or longer than 16 kB. Send it in parts.",
            Self::IdTaken => "Another message was sent under this number. Send yours again as a new message.",
            Self::ChatFull => "The chat of this visit is full. Speak, or start a new visit.",
            Self::BadOffer => "The server can't use what your browser offered. Update the browser or try another one.",
            Self::StorageFull => "The server's disk is full. Your message waits here and is sent again by itself.",
            Self::NotKept => "The server could not keep this just now. It will be tried again.",
            Self::Busy => "Too much came at once. Wait a moment and try again.",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_says_what_to_do_in_whole_sentences() {
        for code in RefusalCode::ALL {
            let sentence = code.sentence();
            assert!(sentence.ends_with('.'), "{sentence}");
            assert!(sentence.matches('.').count() >= 2, "says what happened and what to do: {sentence}");
        }
    }

    #[test]
    fn a_refusal_code_is_the_same_word_in_json() {
        for code in RefusalCode::ALL {
            assert_eq!(serde_json::to_value(code).unwrap(), code.as_str());
        }
    }
}
