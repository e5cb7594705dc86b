//! The way from an actor to one socket: a bounded queue of frames, each encoded once however many sockets hear it.

use std::sync::Arc;

use tokio::sync::mpsc;
use vaidya_clinic::wire::ServerMessage;

/// Frames that may wait for one socket. When full the reader is too slow: the socket is closed, and the browser comes
/// back and asks for what it missed. Lower drops people on thin links sooner, higher costs memory a socket.
pub const OUTLET: usize = 256;

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

/// The sending end, held by actors.
#[derive(Clone, Debug)]
pub struct Outlet(mpsc::Sender<Frame>);

impl Outlet {
    /// An outlet and the frames that come out of it. When every `Outlet` is gone the frames end, and the socket closes.
    #[must_use]
    pub fn open() -> (Self, mpsc::Receiver<Frame>) {
        let (frames, taken) = mpsc::channel(OUTLET);
        (Self(frames), taken)
    }

    /// Puts a frame in the queue. `false`: the queue is full or the socket gone, and whoever holds the outlet drops it.
    #[must_use]
    pub fn tell(&self, frame: &Frame) -> bool {
        self.0.try_send(frame.clone()).is_ok()
    }
}
