//! The chat: kept in order, many messages at a time, told when they are on disk.

use vaidya_clinic::chat::{self, Verdict, Wish};
use vaidya_clinic::time::Timestamp;
use vaidya_clinic::visit::{Change, Refusal};
use vaidya_clinic::wire::{HISTORY_PAGE, Re, RefusalCode, Said, ServerMessage};

use super::live::Live;
use super::{Catchup, Say};
use crate::outlet::{Frame, Outlet};
use crate::port::{KeepError, ReadBack};

/// Who is to hear what became of a message.
struct Author {
    outlet: Outlet,
    re: Re,
}

/// A message that was kept before, or is in this batch.
struct Repeat {
    author: Author,
    seq: u64,
    wish: Wish,
}

/// What is to be kept together, and who waits for it.
#[derive(Default)]
struct Batch {
    new: Vec<Said>,
    authors: Vec<Author>,
    repeats: Vec<Repeat>,
}

impl Live {
    /// Keeps messages together and tells everyone each of them.
    pub(super) async fn say(&mut self, says: Vec<Say>) {
        let at = self.now();
        let batch = self.gather(says, at);
        let before = self.room.last();
        let kept = self.keep(batch.new.iter().cloned().map(Change::Said).collect(), at).await;
        match kept {
            Ok(()) => self.tell_said(&batch.new),
            Err(refusal) => batch.authors.iter().for_each(|author| refuse(&author.outlet, author.re, refusal)),
        }
        for repeat in batch.repeats {
            match kept {
                Err(refusal) if repeat.seq > before => refuse(&repeat.author.outlet, repeat.author.re, refusal),
                _ => self.repeat(repeat, &batch.new).await,
            }
        }
    }

    /// The chat after a sequence number, for one device.
    pub(super) async fn catch_up(&mut self, catchup: Catchup) -> Result<(), Refusal> {
        let seat = self.inside(catchup.device)?;
        let chat = self.read(catchup.after).await?;
        let last = self.room.last();
        self.tell(seat, &ServerMessage::History { re: catchup.re, visit: self.visit(), chat, last });
        Ok(())
    }

    /// A page of the chat after a sequence number.
    pub(super) async fn read(&self, after: u64) -> Result<Vec<Said>, Refusal> {
        if after >= self.room.last() {
            return Ok(vec![]);
        }
        self.read_back(after, HISTORY_PAGE).await.map(chat::page)
    }

    async fn read_back(&self, after: u64, limit: usize) -> Result<Vec<Said>, Refusal> {
        match self.ports.read_back.send(ReadBack { visit: self.visit(), after, limit }).await {
            Ok(Ok(said)) => Ok(said),
            Ok(Err(KeepError::Full)) => Err(RefusalCode::StorageFull.into()),
            Ok(Err(KeepError::Failed)) | Err(_) => Err(RefusalCode::NotKept.into()),
        }
    }

    fn gather(&self, says: Vec<Say>, at: Timestamp) -> Batch {
        let mut wishes = vec![];
        let mut authors = vec![];
        for say in says {
            match self.inside(say.device) {
                Ok(seat) => {
                    wishes.push(Wish { seat, id: say.id, body: say.body });
                    authors.push(Author { outlet: say.outlet, re: say.re });
                }
                Err(refusal) => refuse(&say.outlet, say.re, refusal),
            }
        }
        let mut batch = Batch::default();
        for (verdict, author) in self.room.decide_say(wishes, at).into_iter().zip(authors) {
            batch.take(verdict, author);
        }
        batch
    }

    fn tell_said(&mut self, said: &[Said]) {
        for said in said {
            self.tell_all(&ServerMessage::Said { visit: self.visit(), said: said.clone() });
        }
    }

    async fn repeat(&mut self, repeat: Repeat, new: &[Said]) {
        let Repeat { author, seq, wish } = repeat;
        match self.kept(seq, new).await.and_then(|said| chat::same(&said, wish.seat, &wish.body).map(|()| said)) {
            // A new one was told to everyone just now, its author included.
            Ok(said) if new.iter().any(|new| new.seq == said.seq) => {}
            Ok(said) => {
                let frame = Frame::of(&ServerMessage::Said { visit: self.visit(), said });
                self.tell_those(&frame, |line| line.seat == wish.seat);
            }
            Err(refusal) => refuse(&author.outlet, author.re, refusal),
        }
    }

    async fn kept(&self, seq: u64, new: &[Said]) -> Result<Said, Refusal> {
        if let Some(said) = new.iter().find(|said| said.seq == seq) {
            return Ok(said.clone());
        }
        let mut page = self.read_back(seq.saturating_sub(1), 1).await?;
        page.pop().filter(|said| said.seq == seq).ok_or(RefusalCode::NotKept.into())
    }
}

impl Batch {
    fn take(&mut self, verdict: Result<Verdict, Refusal>, author: Author) {
        match verdict {
            Ok(Verdict::New(said)) => {
                self.new.push(said);
                self.authors.push(author);
            }
            Ok(Verdict::Again { seq, wish }) => self.repeats.push(Repeat { author, seq, wish }),
            Err(refusal) => refuse(&author.outlet, author.re, refusal),
        }
    }
}

/// Tells an author that a message was not kept. A socket that takes nothing more closes, and sends it again.
pub(super) fn refuse(outlet: &Outlet, re: Re, refusal: Refusal) {
    let message = ServerMessage::Refused { re: Some(re), code: refusal.code, detail: refusal.detail.to_owned() };
    let _closing = outlet.tell(&Frame::of(&message));
}
