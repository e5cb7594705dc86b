//! The chat's order: which messages are kept, under which number, and that each is kept once.

use std::collections::HashMap;

use crate::id::{MessageId, SeatId};
use crate::refusal::Refusal;
use crate::time::Timestamp;
use crate::wire::{Body, HISTORY_PAGE, MAX_BODY, RefusalCode, Said};

/// Most messages of one visit. Lower cuts a long consultation short, higher costs a room memory (about 50 bytes each)
/// and a rebuilt room time.
pub const MAX_MESSAGES: u64 = 20_000;

/// Most bytes of bodies in one page of history. Lower costs round trips, higher a thin link a long silence.
pub const PAGE_BYTES: usize = 256 * 1024;

/// What someone wants to say.
#[derive(Clone, Debug, PartialEq)]
pub struct Wish {
    /// Who.
    pub seat: SeatId,
    /// The message's id; a retry repeats it.
    pub id: MessageId,
    /// What.
    pub body: Body,
}

/// What becomes of a wish that is not refused.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// Keep it.
    New(Said),
    /// Something was kept (or is about to be, in the same batch) under this id: look whether it [is the same](same),
    /// and tell it again.
    Again {
        /// Under which number.
        seq: u64,
        /// What was wanted.
        wish: Wish,
    },
}

/// The order so far, without the bodies.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Chat {
    numbers: HashMap<MessageId, u64>,
    last: u64,
}

impl Chat {
    /// The order of messages that were kept.
    #[must_use]
    pub fn of(said: impl IntoIterator<Item = (MessageId, u64)>) -> Self {
        let numbers: HashMap<_, _> = said.into_iter().collect();
        let last = numbers.values().copied().max().unwrap_or(0);
        Self { numbers, last }
    }

    /// Number of the newest message; 0 when there is none.
    #[must_use]
    pub fn last(&self) -> u64 {
        self.last
    }

    /// Gives wishes their numbers, in order; they are to be kept together or not at all.
    #[must_use]
    pub fn decide(&self, wishes: Vec<Wish>, at: Timestamp) -> Vec<Result<Verdict, Refusal>> {
        let mut ahead = HashMap::new();
        let mut last = self.last;
        wishes
            .into_iter()
            .map(|wish| {
                fits(&wish.body)?;
                if let Some(seq) = self.numbers.get(&wish.id).or_else(|| ahead.get(&wish.id)) {
                    return Ok(Verdict::Again { seq: *seq, wish });
                }
                if last >= MAX_MESSAGES {
                    return Err(RefusalCode::ChatFull.into());
                }
                last += 1;
                ahead.insert(wish.id, last);
                Ok(Verdict::New(Said { seq: last, id: wish.id, seat: wish.seat, at, body: wish.body }))
            })
            .collect()
    }

    /// A message is on disk.
    pub fn apply(&mut self, said: &Said) {
        self.numbers.insert(said.id, said.seq);
        self.last = self.last.max(said.seq);
    }
}

fn fits(body: &Body) -> Result<(), Refusal> {
    if body.fits(MAX_BODY) { Ok(()) } else { Err(RefusalCode::BadBody.into()) }
}

/// Whether a wish is a retry of what was kept under its id.
///
/// # Errors
/// `id_taken` when it is another message.
pub fn same(kept: &Said, seat: SeatId, body: &Body) -> Result<(), Refusal> {
    if kept.seat == seat && kept.body == *body { Ok(()) } else { Err(RefusalCode::IdTaken.into()) }
}

/// As many of these messages, from the first, as go into one page: [`HISTORY_PAGE`] of them and [`PAGE_BYTES`], but
/// always one.
#[must_use]
pub fn page(said: Vec<Said>) -> Vec<Said> {
    let mut bytes = 0;
    said.into_iter()
        .take(HISTORY_PAGE)
        .enumerate()
        .take_while(|(place, said)| {
            bytes += said.body.0.len();
            *place == 0 || bytes <= PAGE_BYTES
        })
        .map(|(_, said)| said)
        .collect()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn wish(seat: u128, id: u128, body: &[u8]) -> Wish {
        Wish { seat: SeatId(Uuid::from_u128(seat)), id: MessageId(Uuid::from_u128(id)), body: Body(body.to_vec()) }
    }

    fn said(wish: &Wish, seq: u64) -> Said {
        Said { seq, id: wish.id, seat: wish.seat, at: Timestamp(5), body: wish.body.clone() }
    }

    fn one(chat: &Chat, wish: Wish) -> Result<Verdict, Refusal> {
        chat.decide(vec![wish], Timestamp(5)).remove(0)
    }

    #[test]
    fn messages_are_numbered_in_the_order_they_came() {
        let wishes: Vec<_> = (0..3).map(|id| wish(1, id, b"x")).collect();
        let verdicts = Chat::default().decide(wishes.clone(), Timestamp(5));
        let expected: Vec<_> = wishes.iter().zip(1..).map(|(wish, seq)| Ok(Verdict::New(said(wish, seq)))).collect();
        assert_eq!(verdicts, expected);
    }

    #[test]
    fn a_refused_message_takes_no_number() {
        let verdicts = Chat::default().decide(vec![wish(1, 1, b""), wish(1, 2, b"x")], Timestamp(5));
        assert_eq!(verdicts[0], Err(RefusalCode::BadBody.into()));
        assert_eq!(verdicts[1], Ok(Verdict::New(said(&wish(1, 2, b"x"), 1))));
    }

    #[test]
    fn a_kept_message_is_not_kept_twice() {
        let mut chat = Chat::default();
        chat.apply(&said(&wish(1, 9, b"x"), 1));
        assert_eq!(one(&chat, wish(1, 9, b"x")), Ok(Verdict::Again { seq: 1, wish: wish(1, 9, b"x") }));
        assert_eq!(chat.last(), 1);
    }

    #[test]
    fn a_message_twice_in_one_batch_is_kept_once() {
        let verdicts = Chat::default().decide(vec![wish(1, 9, b"x"), wish(1, 9, b"x")], Timestamp(5));
        assert_eq!(verdicts[1], Ok(Verdict::Again { seq: 1, wish: wish(1, 9, b"x") }));
    }

    #[test]
    fn bodies_have_one_to_sixteen_kib() {
        let chat = Chat::default();
        assert!(one(&chat, wish(1, 1, &[0])).is_ok());
        assert!(one(&chat, wish(1, 1, &vec![0; MAX_BODY])).is_ok());
        assert_eq!(one(&chat, wish(1, 1, &vec![0; MAX_BODY + 1])), Err(RefusalCode::BadBody.into()));
    }

    #[test]
    fn the_chat_has_an_end() {
        let chat = Chat::of([(MessageId(Uuid::from_u128(1)), MAX_MESSAGES - 1)]);
        let verdicts = chat.decide(vec![wish(1, 2, b"x"), wish(1, 3, b"x")], Timestamp(5));
        assert!(verdicts[0].is_ok());
        assert_eq!(verdicts[1], Err(RefusalCode::ChatFull.into()));
    }

    #[test]
    fn an_id_belongs_to_its_author_and_its_body() {
        let kept = said(&wish(1, 9, b"x"), 1);
        assert_eq!(same(&kept, kept.seat, &kept.body), Ok(()));
        assert_eq!(same(&kept, SeatId(Uuid::from_u128(2)), &kept.body), Err(RefusalCode::IdTaken.into()));
        assert_eq!(same(&kept, kept.seat, &Body(b"y".to_vec())), Err(RefusalCode::IdTaken.into()));
    }

    #[test]
    fn a_page_ends_at_its_bytes_but_never_before_its_first_message() {
        let large: Vec<_> = (1..40).map(|seq| said(&wish(1, seq.into(), &vec![0; MAX_BODY]), seq)).collect();
        assert_eq!(page(large.clone()).len(), PAGE_BYTES / MAX_BODY);
        assert_eq!(page(large[..1].to_vec()).len(), 1);
        let small: Vec<_> = (1..200).map(|seq| said(&wish(1, seq.into(), b"x"), seq)).collect();
        assert_eq!(page(small).len(), HISTORY_PAGE);
    }
}
