//! The door between the actors and the media worker: bounded commands in, bounded events out.

use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

/// Commands that may wait for a worker. When full, the sender waits; a worker that stands still for long is dead anyway.
pub const COMMANDS: usize = 256;

/// Events that may wait for the actors. When full, quality samples are dropped (they come again in seconds) and
/// connection events are retried by the worker at its next turn.
pub const EVENTS: usize = 1024;

/// A room, as the caller numbers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoomKey(pub u128);

/// One connection of one seat. `take` counts the seat's connections, so that a late event of an old one is not taken
/// for the new one's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PeerKey {
    /// The seat, as the caller numbers it.
    pub seat: u128,
    /// Which of its connections, from 1.
    pub take: u32,
}

/// One receive m-line of a peer and whose media it carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// The m-line's `mid`.
    pub mid: String,
    /// Whose; none when free.
    pub seat: Option<u128>,
}

/// A peer's offer was answered.
#[derive(Clone, Debug)]
pub struct Admitted {
    /// SDP answer.
    pub answer: String,
    /// The peer's receive slots.
    pub slots: Vec<Slot>,
}

/// Why an offer was not answered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MediaError {
    /// The offer cannot be read, or asks for what this server does not speak.
    #[error("the offer cannot be answered: {0}")]
    BadOffer(String),
    /// No such peer in that room (for a new offer).
    #[error("no such peer")]
    NoPeer,
    /// The worker is gone.
    #[error("the media worker is gone")]
    Gone,
}

/// What the actors ask of a worker.
#[derive(Debug)]
pub enum Command {
    /// Answer a first offer and carry this peer's media. A peer of the same seat is replaced.
    Admit {
        /// Which room.
        room: RoomKey,
        /// Which connection.
        peer: PeerKey,
        /// SDP offer.
        offer: String,
        /// Where the answer goes.
        reply: oneshot::Sender<Result<Admitted, MediaError>>,
    },
    /// Answer a later offer of a peer.
    Reoffer {
        /// Which room.
        room: RoomKey,
        /// Which connection.
        peer: PeerKey,
        /// SDP offer.
        offer: String,
        /// Where the answer goes.
        reply: oneshot::Sender<Result<Admitted, MediaError>>,
    },
    /// Stop carrying a peer.
    Dismiss {
        /// Which room.
        room: RoomKey,
        /// Which connection.
        peer: PeerKey,
    },
    /// Stop carrying everyone in a room.
    Close {
        /// Which room.
        room: RoomKey,
    },
    /// Count what is carried.
    Count {
        /// Where the counts go.
        reply: oneshot::Sender<Counts>,
    },
}

/// What a worker tells.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// Media flows to and from this peer.
    Connected {
        /// Which room.
        room: RoomKey,
        /// Which connection.
        peer: PeerKey,
    },
    /// Nothing has come from this peer for long enough to give it up; it is no longer carried.
    Lost {
        /// Which room.
        room: RoomKey,
        /// Which connection.
        peer: PeerKey,
    },
    /// Who is on which slot of this peer has changed.
    Slots {
        /// Which room.
        room: RoomKey,
        /// Whose slots.
        peer: PeerKey,
        /// All of them.
        slots: Vec<Slot>,
    },
    /// How well this peer is connected; every [`SAMPLE_EVERY`].
    Quality {
        /// Which room.
        room: RoomKey,
        /// Which connection.
        peer: PeerKey,
        /// Figures since the last sample.
        sample: Sample,
    },
    /// The worker failed in this room and has dropped it; everyone in it must come back.
    Collapsed {
        /// Which room.
        room: RoomKey,
    },
}

/// How often a peer's quality is told.
pub const SAMPLE_EVERY: Duration = Duration::from_secs(5);

/// Figures of one peer over one sample period.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sample {
    /// Share of the packets towards us that were lost, 0–1; none when nothing was sent.
    pub loss_up: Option<f32>,
    /// Share of the packets towards the peer that were lost, as it reports, 0–1.
    pub loss_down: Option<f32>,
    /// Round trip.
    pub rtt: Option<Duration>,
    /// Estimated downlink, bit/s.
    pub estimate: Option<u64>,
    /// RTP payload received from the peer, bytes.
    pub received: u64,
    /// RTP payload sent to the peer, bytes.
    pub sent: u64,
}

/// What is carried now, and has been since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Rooms with at least one peer.
    pub rooms: u64,
    /// Peers.
    pub peers: u64,
    /// RTP packets received.
    pub packets_in: u64,
    /// RTP packets forwarded.
    pub packets_out: u64,
    /// Datagrams and TCP frames that made no sense, or belonged to nobody.
    pub garbage: u64,
    /// Key frames asked of publishers.
    pub keyframe_requests: u64,
    /// Peers given up after a failure of ours.
    pub collapsed: u64,
}

/// The actors' end.
#[derive(Clone, Debug)]
pub struct Handle(mpsc::Sender<Command>);

/// A handle and the commands that come through it: the worker takes the second, or a test does.
#[must_use]
pub fn pair() -> (Handle, mpsc::Receiver<Command>) {
    let (commands, taken) = mpsc::channel(COMMANDS);
    (Handle(commands), taken)
}

impl Handle {
    /// Answers a first offer and carries this peer's media. A peer of the same seat is replaced.
    ///
    /// # Errors
    /// When the offer cannot be answered, or the worker is gone.
    pub async fn admit(&self, room: RoomKey, peer: PeerKey, offer: String) -> Result<Admitted, MediaError> {
        self.ask(|reply| Command::Admit { room, peer, offer, reply }).await?
    }

    /// Answers a later offer of a peer.
    ///
    /// # Errors
    /// When there is no such peer, the offer cannot be answered, or the worker is gone.
    pub async fn reoffer(&self, room: RoomKey, peer: PeerKey, offer: String) -> Result<Admitted, MediaError> {
        self.ask(|reply| Command::Reoffer { room, peer, offer, reply }).await?
    }

    /// Stops carrying a peer; nothing happens when it is not there.
    pub async fn dismiss(&self, room: RoomKey, peer: PeerKey) {
        self.send(Command::Dismiss { room, peer }).await;
    }

    /// Stops carrying everyone in a room.
    pub async fn close(&self, room: RoomKey) {
        self.send(Command::Close { room }).await;
    }

    /// Counts what is carried.
    ///
    /// # Errors
    /// When the worker is gone.
    pub async fn count(&self) -> Result<Counts, MediaError> {
        self.ask(|reply| Command::Count { reply }).await
    }

    async fn send(&self, command: Command) {
        if self.0.send(command).await.is_err() {
            tracing::error!("the media worker is gone");
        }
    }

    async fn ask<T>(&self, command: impl FnOnce(oneshot::Sender<T>) -> Command) -> Result<T, MediaError> {
        let (reply, answer) = oneshot::channel();
        self.send(command(reply)).await;
        answer.await.map_err(|_| MediaError::Gone)
    }
}
