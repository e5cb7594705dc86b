//! The thread that owns the sockets and the clock: it reads, lets the [`Sfu`] decide, and sends.

use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::task::Poll;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use socket2::SockRef;
use str0m::net::{Protocol, Transmit};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{mpsc, oneshot};

use crate::demux::{Path, Transport};
use crate::handle::{Command, Event};
use crate::sfu::{Certificate, Sfu};
use crate::start::Door;
use crate::tcp::{INBOUND, Inbound, Links};
use crate::tell::Teller;

/// Datagrams taken from one socket in a turn, so that no socket starves another or the clock.
const BATCH: usize = 64;

/// Longest datagram read, bytes; a longer one is nothing of ours.
const MAX_DATAGRAM: usize = 2_048;

/// How long to wait before events are offered again, or a connection is accepted after the system had no more to give.
const RETRY: Duration = Duration::from_millis(50);

/// How often quiet TCP connections are looked for.
const SWEEP: Duration = Duration::from_secs(1);

/// A running worker. Dropping it stops its thread.
#[derive(Debug)]
pub struct Worker {
    addresses: Vec<SocketAddr>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Worker {
    /// Where it receives, by UDP and by TCP.
    #[must_use]
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Stops it and waits until it has.
    pub fn stop(self) {
        drop(self);
    }

    pub(crate) fn start(
        doors: Vec<Door>,
        certificate: Certificate,
        commands: mpsc::Receiver<Command>,
        events: mpsc::Sender<Event>,
    ) -> io::Result<Self> {
        let addresses: Vec<SocketAddr> = doors.iter().map(|door| door.local).collect();
        let runtime = Builder::new_current_thread().enable_io().enable_time().build()?;
        let sockets = register(&runtime, doors)?;
        let (stop, stopped) = oneshot::channel();
        let sfu = Sfu::new(addresses.clone(), certificate);
        let thread = std::thread::Builder::new().name("media".to_owned()).spawn(move || {
            let (inbound, frames) = mpsc::channel(INBOUND);
            let shell = Shell {
                sockets,
                sfu,
                links: Links::new(inbound),
                frames,
                commands,
                teller: Teller::new(events),
                sweep: now(),
                accept_after: None,
            };
            runtime.block_on(shell.run(stopped));
        })?;
        Ok(Self { addresses, stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        drop(self.stop.take());
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the media thread had failed");
        }
    }
}

/// The sockets of one address, as the runtime knows them.
struct Socket {
    local: SocketAddr,
    udp: UdpSocket,
    tcp: TcpListener,
}

fn register(runtime: &Runtime, doors: Vec<Door>) -> io::Result<Vec<Socket>> {
    let _here = runtime.enter();
    doors
        .into_iter()
        .map(|door| {
            Ok(Socket { local: door.local, udp: UdpSocket::from_std(door.udp)?, tcp: TcpListener::from_std(door.tcp)? })
        })
        .collect()
}

/// Everything the thread owns.
struct Shell {
    sockets: Vec<Socket>,
    sfu: Sfu,
    links: Links,
    frames: mpsc::Receiver<Inbound>,
    commands: mpsc::Receiver<Command>,
    teller: Teller,
    sweep: Instant,
    accept_after: Option<Instant>,
}

/// What woke the thread.
enum Woken {
    Command(Command),
    Frame(Inbound),
    Connection(SocketAddr, io::Result<(TcpStream, SocketAddr)>),
    Time,
    Stop,
}

impl Shell {
    async fn run(mut self, mut stopped: oneshot::Receiver<()>) {
        let mut buffer = vec![0; MAX_DATAGRAM];
        loop {
            let woken = self.wait(&mut stopped).await;
            let now = now();
            match woken {
                Woken::Stop => return,
                Woken::Command(command) => self.sfu.command(now, command),
                Woken::Frame(inbound) => self.frame(now, inbound),
                Woken::Connection(local, accepted) => self.connection(now, local, accepted),
                Woken::Time => {}
            }
            self.drain(now, &mut buffer);
            self.sfu.turn(now);
            self.flush();
            self.teller.tell(self.sfu.outbox().events.drain(..));
        }
    }

    /// Waits for something to do.
    async fn wait(&mut self, stopped: &mut oneshot::Receiver<()>) -> Woken {
        let until = self.until();
        let Self { sockets, frames, commands, accept_after, .. } = self;
        let sockets = &*sockets;
        let readable = poll_fn(|cx| {
            let ready = sockets.iter().any(|socket| socket.udp.poll_recv_ready(cx).is_ready());
            if ready { Poll::Ready(()) } else { Poll::Pending }
        });
        let accepted = poll_fn(|cx| {
            for socket in sockets {
                if let Poll::Ready(accepted) = socket.tcp.poll_accept(cx) {
                    return Poll::Ready((socket.local, accepted));
                }
            }
            Poll::Pending
        });
        tokio::select! {
            _ = stopped => Woken::Stop,
            () = readable => Woken::Time,
            Some(command) = commands.recv() => Woken::Command(command),
            Some(inbound) = frames.recv() => Woken::Frame(inbound),
            (local, result) = accepted, if accept_after.is_none() => Woken::Connection(local, result),
            () = tokio::time::sleep_until(until.into()) => Woken::Time,
        }
    }

    fn until(&self) -> Instant {
        let retry = self.teller.is_behind().then(|| now() + RETRY);
        [self.sfu.due(), self.accept_after, retry].into_iter().flatten().fold(self.sweep, Instant::min)
    }

    /// Takes what else is there: a turn costs the same for one packet as for a hundred.
    fn drain(&mut self, now: Instant, buffer: &mut [u8]) {
        for _ in 0..BATCH {
            let Ok(command) = self.commands.try_recv() else { break };
            self.sfu.command(now, command);
        }
        for _ in 0..BATCH {
            let Ok(inbound) = self.frames.try_recv() else { break };
            self.frame(now, inbound);
        }
        for socket in &self.sockets {
            for _ in 0..BATCH {
                let Ok((length, remote)) = socket.udp.try_recv_from(buffer) else { break };
                let path = Path { transport: Transport::Udp, remote, local: socket.local };
                match buffer.get(..length).filter(|_| length < MAX_DATAGRAM) {
                    Some(bytes) => _ = self.sfu.receive(now, path, bytes),
                    None => self.sfu.count_garbage(),
                }
            }
        }
        if now >= self.sweep {
            self.sweep = now + SWEEP;
            for _ in 0..self.links.sweep(now) {
                self.sfu.count_garbage();
            }
        }
        self.accept_after = self.accept_after.filter(|after| now < *after);
    }

    fn frame(&mut self, now: Instant, inbound: Inbound) {
        match inbound {
            Inbound::Frame { path, bytes } => {
                let verdict = self.sfu.receive(now, path, &bytes);
                self.links.judge(now, &path, verdict);
            }
            Inbound::Ended { path, broken } => {
                self.links.close(&path);
                self.sfu.ended(&path);
                if broken {
                    self.sfu.count_garbage();
                }
            }
        }
    }

    fn connection(&mut self, now: Instant, local: SocketAddr, accepted: io::Result<(TcpStream, SocketAddr)>) {
        match accepted {
            Ok((stream, remote)) => {
                if !self.links.accept(now, stream, remote, local) {
                    self.sfu.count_garbage();
                }
            }
            Err(error) => {
                tracing::warn!(%error, "a media connection could not be accepted");
                self.accept_after = Some(now + RETRY);
            }
        }
    }

    /// Sends what the turn left behind.
    fn flush(&mut self) {
        let outbox = self.sfu.outbox();
        let (transmits, closed) = (std::mem::take(&mut outbox.transmits), std::mem::take(&mut outbox.closed));
        for transmit in &transmits {
            match transmit.proto {
                Protocol::Udp => self.send(transmit),
                _ => {
                    let (remote, local) = (transmit.destination, transmit.source);
                    self.links.send(&Path { transport: Transport::Tcp, remote, local }, &transmit.contents);
                }
            }
        }
        for path in &closed {
            self.links.close(path);
        }
    }

    fn send(&self, transmit: &Transmit) {
        let Some(socket) = self.sockets.iter().find(|socket| socket.local == transmit.source) else { return };
        if let Err(error) = SockRef::from(&socket.udp).send_to(&transmit.contents, &transmit.destination.into()) {
            tracing::trace!(%error, "a media packet could not be sent");
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the worker is where media gets its clock")]
fn now() -> Instant {
    Instant::now()
}
