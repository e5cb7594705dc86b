//! ICE over TCP (RFC 6544): connections, their frames (RFC 4571), and how many strangers are put up with.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::mpsc;
use tokio::task::AbortHandle;

use crate::demux::{Path, Transport};
use crate::sfu::Verdict;

/// Longest frame, bytes. Media packets are kept below an Ethernet frame; a longer length is someone else's protocol.
const MAX_FRAME: usize = 2_048;

/// Frames that wait for the worker, of all connections. When full, the connections are read more slowly.
pub(crate) const INBOUND: usize = 1_024;

/// Packets that wait for one connection. When full, packets are dropped, as UDP would.
const OUTBOUND: usize = 256;

/// Connections at a time.
const MAX_LINKS: usize = 2_048;

/// Connections at a time that have not yet shown whose they are. For one more the oldest is closed: a browser shows
/// itself within a round trip.
const MAX_STRANGERS: usize = 128;

/// A stranger has this long.
const SHOW_WITHIN: Duration = Duration::from_secs(10);

/// A connection that says nothing for this long is closed. ICE speaks every few seconds.
const QUIET: Duration = Duration::from_secs(60);

/// Senseless frames a stranger may send.
const MAX_JUNK: u32 = 4;

/// What a connection says to the worker.
#[derive(Debug)]
pub(crate) enum Inbound {
    /// A datagram came.
    Frame { path: Path, bytes: Vec<u8> },
    /// It ended. `broken` is when it spoke another protocol.
    Ended { path: Path, broken: bool },
}

/// The connections of a worker.
#[derive(Debug)]
pub(crate) struct Links {
    links: HashMap<Path, Link>,
    inbound: mpsc::Sender<Inbound>,
}

#[derive(Debug)]
struct Link {
    outbound: mpsc::Sender<Vec<u8>>,
    tasks: [AbortHandle; 2],
    known: bool,
    junk: u32,
    born: Instant,
    heard: Instant,
}

impl Drop for Link {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

impl Links {
    /// No connection yet; what they say goes to `inbound`.
    pub(crate) fn new(inbound: mpsc::Sender<Inbound>) -> Self {
        Self { links: HashMap::new(), inbound }
    }

    /// Takes a new connection in. False when there is no place for it.
    pub(crate) fn accept(&mut self, now: Instant, stream: TcpStream, remote: SocketAddr, local: SocketAddr) -> bool {
        if self.links.len() >= MAX_LINKS {
            return false;
        }
        self.make_place();
        let path = Path { transport: Transport::Tcp, remote, local };
        // Without it small packets would wait for acknowledgements; where it cannot be had they do.
        let _ = stream.set_nodelay(true);
        let (read, write) = stream.into_split();
        let (outbound, queue) = mpsc::channel(OUTBOUND);
        let reader = tokio::spawn(read_frames(read, path, self.inbound.clone()));
        let writer = tokio::spawn(write_frames(write, queue));
        let tasks = [reader.abort_handle(), writer.abort_handle()];
        self.links.insert(path, Link { outbound, tasks, known: false, junk: 0, born: now, heard: now });
        true
    }

    /// Notes what a frame was worth, and closes the connection of a stranger who talks nonsense.
    pub(crate) fn judge(&mut self, now: Instant, path: &Path, verdict: Verdict) {
        let Some(link) = self.links.get_mut(path) else { return };
        match verdict {
            Verdict::Known => (link.known, link.heard) = (true, now),
            Verdict::Garbage => link.junk = link.junk.saturating_add(1),
        }
        if !link.known && link.junk > MAX_JUNK {
            self.close(path);
        }
    }

    /// Sends a datagram. Dropped when the connection is gone or does not keep up.
    pub(crate) fn send(&self, path: &Path, bytes: &[u8]) {
        let Some(link) = self.links.get(path) else { return };
        let Ok(length) = u16::try_from(bytes.len()) else { return };
        let mut frame = Vec::with_capacity(bytes.len().saturating_add(2));
        frame.extend_from_slice(&length.to_be_bytes());
        frame.extend_from_slice(bytes);
        if link.outbound.try_send(frame).is_err() {
            tracing::trace!("a slow media connection dropped a packet");
        }
    }

    /// Closes a connection.
    pub(crate) fn close(&mut self, path: &Path) {
        self.links.remove(path);
    }

    /// Closes those that have been quiet for too long; tells how many were strangers.
    pub(crate) fn sweep(&mut self, now: Instant) -> usize {
        let before = self.strangers();
        self.links.retain(|_, link| {
            let (since, limit) = if link.known { (link.heard, QUIET) } else { (link.born, SHOW_WITHIN) };
            now.saturating_duration_since(since) < limit
        });
        before.saturating_sub(self.strangers())
    }

    fn strangers(&self) -> usize {
        self.links.values().filter(|link| !link.known).count()
    }

    fn make_place(&mut self) {
        if self.strangers() < MAX_STRANGERS {
            return;
        }
        let strangers = self.links.iter().filter(|(_, link)| !link.known);
        if let Some(oldest) = strangers.min_by_key(|(_, link)| link.born).map(|(path, _)| *path) {
            self.close(&oldest);
        }
    }
}

async fn read_frames(mut stream: OwnedReadHalf, path: Path, inbound: mpsc::Sender<Inbound>) {
    let mut frames = Frames::default();
    let mut buffer = vec![0; 4_096];
    let broken = loop {
        let read = match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => break false,
            Ok(read) => read,
        };
        frames.push(buffer.get(..read).unwrap_or_default());
        let mut next = frames.next();
        while let Ok(Some(bytes)) = next {
            if inbound.send(Inbound::Frame { path, bytes }).await.is_err() {
                return;
            }
            next = frames.next();
        }
        if next.is_err() {
            break true;
        }
    };
    // A worker that is gone needs no farewell.
    let _ = inbound.send(Inbound::Ended { path, broken }).await;
}

async fn write_frames(mut stream: OwnedWriteHalf, mut queue: mpsc::Receiver<Vec<u8>>) {
    while let Some(frame) = queue.recv().await {
        if stream.write_all(&frame).await.is_err() {
            return;
        }
    }
}

/// Cuts a stream of bytes into frames: two bytes of length, then that many bytes.
#[derive(Debug, Default)]
struct Frames {
    held: Vec<u8>,
}

/// The length is not one of this protocol.
#[derive(Debug, PartialEq, Eq)]
struct Foreign;

impl Frames {
    fn push(&mut self, bytes: &[u8]) {
        self.held.extend_from_slice(bytes);
    }

    fn next(&mut self) -> Result<Option<Vec<u8>>, Foreign> {
        let Some((head, rest)) = self.held.split_first_chunk::<2>() else { return Ok(None) };
        let length = usize::from(u16::from_be_bytes(*head));
        if length == 0 || length > MAX_FRAME {
            return Err(Foreign);
        }
        let Some(frame) = rest.get(..length).map(<[u8]>::to_vec) else { return Ok(None) };
        self.held.drain(..length.saturating_add(2));
        Ok(Some(frame))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_found_however_the_bytes_arrive() {
        let stream = [0, 3, 1, 2, 3, 0, 1, 9, 0, 2, 8, 7];
        for size in 1..=stream.len() {
            let (mut frames, mut found) = (Frames::default(), Vec::new());
            for bytes in stream.chunks(size) {
                frames.push(bytes);
                while let Ok(Some(frame)) = frames.next() {
                    found.push(frame);
                }
            }
            assert_eq!(found, [vec![1, 2, 3], vec![9], vec![8, 7]], "in pieces of {size}");
        }
    }

    #[test]
    fn a_length_of_another_protocol_is_told() {
        for start in [b"GET / HTTP/1.1".as_slice(), &[0, 0], &[0xff, 0xff], &[8, 1]] {
            let mut frames = Frames::default();
            frames.push(start);
            assert_eq!(frames.next(), Err(Foreign));
        }
    }
}
