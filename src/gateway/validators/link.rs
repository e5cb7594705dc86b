//! One line between two ends: both say now and then that they are there, and hang up on who doesn't.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _, ReadHalf, WriteHalf, split};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::time::{sleep, timeout};

use super::framing::{Framed, beat};

/// Messages that may wait for one line. When full, more are lost and said again. Lower loses them in a burst, higher delivers what is
/// old to who comes back.
const WAITING: usize = 1_024;

/// Bytes of them.
const BYTES: usize = 64 << 20;

/// How often an end says that it is there.
const BEAT: Duration = Duration::from_millis(500);

/// How long an end may be silent. Lower hangs up over a hiccup, higher keeps talking to a machine that is gone.
const SILENCE: Duration = Duration::from_secs(3);

/// What waits, with its share of the bytes that may.
type Waiting = (Framed, OwnedSemaphorePermit);

/// The end that is put into.
#[derive(Clone)]
pub(super) struct Outlet {
    waiting: mpsc::Sender<Waiting>,
    room: Arc<Semaphore>,
}

/// The end that comes out at the line.
pub(super) struct Inlet(mpsc::Receiver<Waiting>);

pub(super) fn queue() -> (Outlet, Inlet) {
    let (waiting, taken) = mpsc::channel(WAITING);
    (Outlet { waiting, room: Arc::new(Semaphore::new(BYTES)) }, Inlet(taken))
}

impl Outlet {
    /// `false`: there is no room, and it is lost.
    pub(super) fn put(&self, framed: Framed) -> bool {
        let length = u32::try_from(framed.len()).unwrap_or(u32::MAX);
        let room = Arc::clone(&self.room).try_acquire_many_owned(length);
        room.is_ok_and(|room| self.waiting.try_send((framed, room)).is_ok())
    }

    pub(super) fn is_gone(&self) -> bool {
        self.waiting.is_closed()
    }
}

impl Inlet {
    /// Forgets what waits: it is old.
    pub(super) fn drain(&mut self) {
        while self.0.try_recv().is_ok() {}
    }

    /// Whether nobody puts anything in any more.
    pub(super) fn is_over(&self) -> bool {
        self.0.is_closed() && self.0.is_empty()
    }
}

/// Speaks and hears until the line breaks, or nobody has anything to say on it any more.
pub(super) async fn talk<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    inlet: &mut Inlet,
    hear: impl AsyncFnMut(Framed),
) -> io::Result<()> {
    let (mut from, mut to) = split(stream);
    tokio::select! {
        ended = speak(&mut to, inlet) => ended,
        ended = listen(&mut from, hear) => ended,
    }
}

async fn speak<S: AsyncWrite>(to: &mut WriteHalf<S>, inlet: &mut Inlet) -> io::Result<()> {
    loop {
        let next = tokio::select! {
            next = inlet.0.recv() => match next {
                Some(next) => Some(next),
                None => return Ok(()),
            },
            () = sleep(BEAT) => None,
        };
        let said = async {
            match &next {
                Some((framed, _room)) => framed.write(to).await?,
                None => beat(to).await?,
            }
            if inlet.0.is_empty() { to.flush().await } else { Ok(()) }
        };
        timeout(SILENCE, said).await??;
    }
}

async fn listen<S: AsyncRead>(from: &mut ReadHalf<S>, mut hear: impl AsyncFnMut(Framed)) -> io::Result<()> {
    loop {
        if let Some(framed) = timeout(SILENCE, Framed::read(from)).await?? {
            hear(framed).await;
        }
    }
}
