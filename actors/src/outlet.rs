//! The way from an actor to one socket: a bounded queue of frames, each encoded once however many sockets hear it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use vaidya_clinic::id::SeatId;
use vaidya_clinic::wire::ServerMessage;

/// Frames that may wait for one socket. When full the reader is too slow: the socket is closed, and the browser comes
/// back and asks for what it missed. Lower drops people on thin links sooner, higher costs memory a socket. It holds all
/// that a room takes at once ([`WISHES`](crate::room::WISHES)), so that nobody is dropped for a burst of somebody else's.
pub const OUTLET: usize = 2048;

/// Passes from one seat that may wait for one socket. When full, more of that seat's are refused as `busy` and it sends
/// them again: nobody's line is filled by what another one passes on, and nobody's flood takes the place of a third.
/// Lower refuses the burst of a new epoch, higher lets a flood delay the chat of a thin link.
pub const PASSES: usize = 64;

/// One encoded message.
#[derive(Clone, Debug)]
pub struct Frame(pub Arc<str>);

impl Frame {
    /// Encodes a message.
    #[must_use]
    pub fn of(message: &ServerMessage) -> Self {
        // Encoding can only fail for maps with keys that are not strings, which no message has.
        Self(serde_json::to_string(message).unwrap_or_default().into())
    }
}

/// Why no more frames come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closed {
    /// The socket took its frames too slowly.
    Slow,
    /// Its person opened too many others since.
    Crowded,
    /// Nobody holds an outlet to it any more.
    Gone,
}

/// The sending end, held by actors and by the socket itself.
#[derive(Clone, Debug)]
pub struct Outlet {
    frames: mpsc::Sender<Waiting>,
    /// Places for the passes of each seat that has some waiting.
    passes: Arc<Mutex<HashMap<SeatId, Arc<Semaphore>>>>,
    closed: Arc<OnceLock<Closed>>,
}

/// The socket's end.
#[derive(Debug)]
pub struct Frames {
    taken: mpsc::Receiver<Waiting>,
    closed: Arc<OnceLock<Closed>>,
}

/// A frame in the queue; one that was passed on holds its permit until it is taken.
type Waiting = (Frame, Option<OwnedSemaphorePermit>);

impl Outlet {
    /// An outlet and the frames that come out of it.
    #[must_use]
    pub fn open() -> (Self, Frames) {
        let (frames, taken) = mpsc::channel(OUTLET);
        let closed = Arc::new(OnceLock::new());
        let passes = Arc::default();
        (Self { frames, passes, closed: closed.clone() }, Frames { taken, closed })
    }

    /// Puts a frame in the queue. `false`: the socket is gone or closing, or its queue is full and it closes now;
    /// whoever holds the outlet drops it.
    #[must_use]
    pub fn tell(&self, frame: &Frame) -> bool {
        if self.closed.get().is_some() {
            return false;
        }
        match self.frames.try_send((frame.clone(), None)) {
            Ok(()) => true,
            Err(mpsc::error::TrySendError::Closed(_)) => false,
            Err(mpsc::error::TrySendError::Full(_)) => {
                self.close(Closed::Slow);
                false
            }
        }
    }

    /// Puts what another seat passes on in the queue. `false`: [`PASSES`] of its own wait already, or the queue is full;
    /// the socket stays. A socket that is gone or closing takes it and forgets it.
    #[must_use]
    pub fn pass(&self, from: SeatId, frame: &Frame) -> bool {
        if self.closed.get().is_some() {
            return true;
        }
        let Ok(permit) = self.places(from).try_acquire_owned() else { return false };
        let sent = self.frames.try_send((frame.clone(), Some(permit)));
        !matches!(sent, Err(mpsc::error::TrySendError::Full(_)))
    }

    fn places(&self, from: SeatId) -> Arc<Semaphore> {
        let mut passes = self.passes.lock().unwrap_or_else(PoisonError::into_inner);
        passes.retain(|_, places| places.available_permits() < PASSES);
        passes.entry(from).or_insert_with(|| Arc::new(Semaphore::new(PASSES))).clone()
    }

    /// Closes the socket; what still waits in its queue is not sent. The first reason stays.
    pub fn close(&self, why: Closed) {
        if self.closed.set(why).is_ok() {
            // Wakes a socket that waits for frames. When the queue is full it isn't waiting, and looks at its next turn.
            let _awake = self.frames.try_send((Frame(Arc::from("")), None));
        }
    }
}

impl Frames {
    /// The next frame; `None` when the socket is to be closed. Safe to drop halfway.
    pub async fn recv(&mut self) -> Option<Frame> {
        if self.closed.get().is_some() {
            return None;
        }
        let frame = self.taken.recv().await;
        if self.closed.get().is_some() { None } else { frame.map(|(frame, _permit)| frame) }
    }

    /// Why no more frames come. Means something once [`recv`](Self::recv) answered `None`.
    #[must_use]
    pub fn closed(&self) -> Closed {
        self.closed.get().copied().unwrap_or(Closed::Gone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pong() -> Frame {
        Frame::of(&ServerMessage::Pong)
    }

    #[actix_rt::test]
    async fn frames_come_out_in_the_order_they_went_in() {
        let (outlet, mut frames) = Outlet::open();
        assert!(outlet.tell(&pong()));
        assert!(outlet.tell(&Frame::of(&ServerMessage::Done { re: 1 })));
        assert_eq!(&*frames.recv().await.unwrap().0, r#"{"t":"pong"}"#);
        assert_eq!(&*frames.recv().await.unwrap().0, r#"{"t":"done","re":1}"#);
    }

    #[actix_rt::test]
    async fn a_reader_that_falls_behind_is_closed_as_slow() {
        let (outlet, mut frames) = Outlet::open();
        for _ in 0..OUTLET {
            assert!(outlet.tell(&pong()));
        }
        assert!(!outlet.tell(&pong()));
        assert!(frames.recv().await.is_none());
        assert_eq!(frames.closed(), Closed::Slow);
    }

    #[actix_rt::test]
    async fn passes_keep_their_place_and_no_more_of_them_wait_than_may() {
        let (outlet, mut frames) = Outlet::open();
        assert!(outlet.tell(&Frame::of(&ServerMessage::Done { re: 1 })));
        let (guest, patient) = (SeatId::from_number(3), SeatId::from_number(2));
        for _ in 0..PASSES {
            assert!(outlet.pass(guest, &pong()));
        }
        assert!(!outlet.pass(guest, &pong()));
        assert!(outlet.pass(patient, &pong()), "the flood of one takes no place of another");
        assert!(outlet.tell(&Frame::of(&ServerMessage::Done { re: 2 })), "the socket stays");
        assert_eq!(&*frames.recv().await.unwrap().0, r#"{"t":"done","re":1}"#);
        assert!(!outlet.pass(guest, &pong()), "what is told gives no place to what is passed on");
        frames.recv().await.unwrap();
        assert!(outlet.pass(guest, &pong()), "what is taken does");
        for _ in 0..PASSES {
            assert_eq!(&*frames.recv().await.unwrap().0, r#"{"t":"pong"}"#);
        }
        assert_eq!(&*frames.recv().await.unwrap().0, r#"{"t":"done","re":2}"#);
    }

    #[actix_rt::test]
    async fn a_full_queue_takes_no_pass_and_stays() {
        let (outlet, mut frames) = Outlet::open();
        for _ in 0..OUTLET {
            assert!(outlet.tell(&pong()));
        }
        assert!(!outlet.pass(SeatId::from_number(3), &pong()));
        assert!(frames.recv().await.is_some());
    }

    #[actix_rt::test]
    async fn a_waiting_socket_wakes_when_it_is_closed() {
        let (outlet, mut frames) = Outlet::open();
        let other = outlet.clone();
        let waits = actix_rt::spawn(async move { (frames.recv().await.is_none(), frames.closed()) });
        actix_rt::task::yield_now().await;
        outlet.close(Closed::Crowded);
        assert_eq!(waits.await.unwrap(), (true, Closed::Crowded));
        assert!(!other.tell(&pong()), "nothing is told to a socket that closes");
    }

    #[actix_rt::test]
    async fn a_socket_nobody_holds_ends() {
        let (outlet, mut frames) = Outlet::open();
        drop(outlet);
        assert!(frames.recv().await.is_none());
        assert_eq!(frames.closed(), Closed::Gone);
    }
}
