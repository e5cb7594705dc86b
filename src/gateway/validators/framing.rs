//! What goes over a line: a length, a kind and a body; a length of zero says only that the line is alive.

use std::io;
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use vaidya_actors::validator::{Since, Submit};
use vaidya_ledger::pbft::{Bytes, MAX_FRAME, Tx};

/// Longest body, with what is around the longest message of the protocol.
const LONGEST: usize = MAX_FRAME + 64;

/// Most entries handed in at once.
const ENTRIES: usize = 4_096;

/// A message on the line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Framed {
    /// Between validators.
    Vote(Bytes),
    /// Entries to be ordered.
    Submit(Bytes),
    /// What was committed after this number is wanted.
    Since(u64),
    /// What a validator tells who hands entries in.
    Told(Bytes),
}

impl Framed {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Vote(body) | Self::Submit(body) | Self::Told(body) => body.len(),
            Self::Since(_) => 8,
        }
    }

    fn kind(&self) -> u8 {
        match self {
            Self::Vote(_) => 1,
            Self::Submit(_) => 2,
            Self::Since(_) => 3,
            Self::Told(_) => 4,
        }
    }

    pub(super) async fn write(&self, to: &mut (impl AsyncWrite + Unpin)) -> io::Result<()> {
        let length = u32::try_from(self.len().saturating_add(1)).map_err(io::Error::other)?;
        let head = [&length.to_be_bytes()[..], &[self.kind()]].concat();
        to.write_all(&head).await?;
        match self {
            Self::Vote(body) | Self::Submit(body) | Self::Told(body) => to.write_all(body).await,
            Self::Since(after) => to.write_all(&after.to_be_bytes()).await,
        }
    }

    /// The next message; none when the other end only says that it is there.
    pub(super) async fn read(from: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<Self>> {
        let length = usize::try_from(from.read_u32().await?).map_err(io::Error::other)?;
        let Some(body) = length.checked_sub(1) else { return Ok(None) };
        if body > LONGEST {
            return Err(io::Error::other("a message longer than any"));
        }
        let kind = from.read_u8().await?;
        let mut bytes = vec![0; body];
        from.read_exact(&mut bytes).await?;
        let odd = || io::Error::other("a message of no kind");
        match kind {
            1 => Ok(Some(Self::Vote(bytes.into()))),
            2 => Ok(Some(Self::Submit(bytes.into()))),
            3 => Ok(Some(Self::Since(u64::from_be_bytes(bytes.try_into().map_err(|_| odd())?)))),
            4 => Ok(Some(Self::Told(bytes.into()))),
            _ => Err(odd()),
        }
    }
}

/// Says that the line is alive.
pub(super) async fn beat(to: &mut (impl AsyncWrite + Unpin)) -> io::Result<()> {
    to.write_u32(0).await
}

/// `u8 urgent ‖ (u32 length ‖ entry)*`.
pub(super) fn submit(Submit { entries, urgent }: &Submit) -> Framed {
    let mut to = vec![u8::from(*urgent)];
    for entry in entries {
        to.extend(u32::try_from(entry.len()).unwrap_or(u32::MAX).to_be_bytes());
        to.extend_from_slice(entry);
    }
    Framed::Submit(to.into())
}

pub(super) fn submitted(bytes: &[u8]) -> Option<Submit> {
    let (urgent, mut rest) = bytes.split_first()?;
    let mut entries: Vec<Tx> = Vec::new();
    while !rest.is_empty() {
        let (length, after) = rest.split_first_chunk()?;
        let (entry, after) = after.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
        entries.push(Arc::from(entry));
        rest = after;
    }
    (*urgent <= 1 && entries.len() <= ENTRIES).then_some(Submit { entries, urgent: *urgent == 1 })
}

pub(super) fn since(Since(after): Since) -> Framed {
    Framed::Since(after)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn messages_come_back_from_the_line_and_a_beat_is_none() {
        let all = [Framed::Vote(vec![1, 2].into()), Framed::Since(7), Framed::Told(Vec::new().into())];
        let mut line = Vec::new();
        for framed in &all {
            framed.write(&mut line).await.unwrap();
            beat(&mut line).await.unwrap();
        }
        let mut from = line.as_slice();
        for framed in all {
            assert_eq!(Framed::read(&mut from).await.unwrap(), Some(framed));
            assert_eq!(Framed::read(&mut from).await.unwrap(), None);
        }
        assert!(Framed::read(&mut from).await.is_err(), "the end");
    }

    #[tokio::test]
    async fn a_length_beyond_any_is_refused_before_anything_is_kept() {
        let mut from: &[u8] = &[0xff, 0xff, 0xff, 0xff, 1];
        assert!(Framed::read(&mut from).await.is_err());
    }

    #[test]
    fn entries_come_back_as_they_were_handed_in() {
        let entries: Vec<Tx> = vec![Arc::from([1_u8, 2].as_slice()), Arc::from([].as_slice())];
        let Framed::Submit(bytes) = submit(&Submit { entries: entries.clone(), urgent: true }) else {
            panic!("another")
        };
        let back = submitted(&bytes).unwrap();
        assert_eq!((back.entries, back.urgent), (entries, true));
        assert!(submitted(&bytes[..4]).is_none() && submitted(&[2]).is_none());
    }
}
