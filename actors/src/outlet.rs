//! The way from an actor to one socket: a bounded queue of frames, each encoded once however many sockets hear it.

use std::sync::{Arc, OnceLock};

use tokio::sync::mpsc;
use vaidya_clinic::wire::ServerMessage;

/// Frames that may wait for one socket. When full the reader is too slow: the socket is closed, and the browser comes
/// back and asks for what it missed. Lower drops people on thin links sooner, higher costs memory a socket. It holds all
/// that a room takes at once ([`WISHES`](crate::room::WISHES)), so that nobody is dropped for a burst of somebody else's.
pub const OUTLET: usize = 2048;

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
    frames: mpsc::Sender<Frame>,
    closed: Arc<OnceLock<Closed>>,
}

/// The socket's end.
#[derive(Debug)]
pub struct Frames {
    taken: mpsc::Receiver<Frame>,
    closed: Arc<OnceLock<Closed>>,
}

impl Outlet {
    /// An outlet and the frames that come out of it.
    #[must_use]
    pub fn open() -> (Self, Frames) {
        let (frames, taken) = mpsc::channel(OUTLET);
        let closed = Arc::new(OnceLock::new());
        (Self { frames, closed: closed.clone() }, Frames { taken, closed })
    }

    /// Puts a frame in the queue. `false`: the socket is gone or closing, or its queue is full and it closes now;
    /// whoever holds the outlet drops it.
    #[must_use]
    pub fn tell(&self, frame: &Frame) -> bool {
        if self.closed.get().is_some() {
            return false;
        }
        match self.frames.try_send(frame.clone()) {
            Ok(()) => true,
            Err(mpsc::error::TrySendError::Closed(_)) => false,
            Err(mpsc::error::TrySendError::Full(_)) => {
                self.close(Closed::Slow);
                false
            }
        }
    }

    /// Closes the socket; what still waits in its queue is not sent. The first reason stays.
    pub fn close(&self, why: Closed) {
        if self.closed.set(why).is_ok() {
            // Wakes a socket that waits for frames. When the queue is full it isn't waiting, and looks at its next turn.
            let _awake = self.frames.try_send(Frame(Arc::from("")));
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
        if self.closed.get().is_some() { None } else { frame }
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
