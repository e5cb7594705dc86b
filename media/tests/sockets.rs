//! The worker with real sockets on loopback: UDP, ICE over TCP, and what strangers do to it.

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream, UdpSocket};
use std::time::{Duration, Instant};

use str0m::media::MediaKind::{Audio, Video};
use str0m::net::{Protocol, Transmit};
use tokio::sync::mpsc;
use vaidya_media::{Config, Event, Handle, PeerKey, RoomKey, StartError, Transport, Worker, start};

use crate::client::{Client, usual};

const ROOM: RoomKey = RoomKey(7);
const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const PATIENCE: Duration = Duration::from_secs(10);

#[expect(clippy::disallowed_methods, reason = "these tests run in real time")]
fn now() -> Instant {
    Instant::now()
}

fn begin() -> (Handle, mpsc::Receiver<Event>, Worker) {
    start(Config { port: 0, announce: vec![LOOPBACK] }).unwrap()
}

/// A client on a socket of its own.
struct Caller {
    client: Client,
    wire: Wire,
    local: SocketAddr,
    spoke: Instant,
    showed: Instant,
}

enum Wire {
    Udp(UdpSocket),
    Tcp { stream: TcpStream, held: Vec<u8>, server: SocketAddr },
}

impl Caller {
    fn udp(mark: u8) -> Self {
        let socket = UdpSocket::bind((LOOPBACK, 0)).unwrap();
        socket.set_nonblocking(true).unwrap();
        let local = socket.local_addr().unwrap();
        Self::new(mark, local, Protocol::Udp, Wire::Udp(socket))
    }

    fn tcp(mark: u8, server: SocketAddr) -> Self {
        let stream = TcpStream::connect(server).unwrap();
        stream.set_nonblocking(true).unwrap();
        let local = stream.local_addr().unwrap();
        Self::new(mark, local, Protocol::Tcp, Wire::Tcp { stream, held: Vec::new(), server })
    }

    fn new(mark: u8, local: SocketAddr, protocol: Protocol, wire: Wire) -> Self {
        let now = now();
        Self { client: Client::new(now, local, protocol, mark), wire, local, spoke: now, showed: now }
    }

    async fn join(&mut self, handle: &Handle) {
        let offer = self.client.offer(usual(1));
        let peer = PeerKey { seat: u128::from(self.client.mark), take: 1 };
        let admitted = handle.admit(ROOM, peer, offer).await.unwrap();
        self.client.answer(&admitted.answer);
    }

    fn turn(&mut self) {
        let now = now();
        let mut leaves = Vec::new();
        while let Some((from, bytes)) = self.wire.read() {
            let protocol = self.wire.protocol();
            self.client.receive(now, protocol, from, self.local, &bytes);
            self.client.drain(now, &mut leaves);
        }
        if self.client.connected && now - self.spoke >= Duration::from_millis(20) {
            self.spoke = now;
            self.client.speak(now);
        }
        if self.client.connected && now - self.showed >= Duration::from_millis(33) {
            self.showed = now;
            self.client.show(now, 400);
        }
        leaves.extend(self.client.turn(now));
        for transmit in &leaves {
            self.wire.write(transmit);
        }
    }
}

impl Wire {
    fn protocol(&self) -> Protocol {
        match self {
            Wire::Udp(_) => Protocol::Udp,
            Wire::Tcp { .. } => Protocol::Tcp,
        }
    }

    fn read(&mut self) -> Option<(SocketAddr, Vec<u8>)> {
        let mut buffer = [0; 4_096];
        match self {
            Wire::Udp(socket) => {
                let (length, from) = socket.recv_from(&mut buffer).ok()?;
                Some((from, buffer[..length].to_vec()))
            }
            Wire::Tcp { stream, held, server } => {
                if let Ok(length) = stream.read(&mut buffer) {
                    held.extend_from_slice(&buffer[..length]);
                }
                let length = usize::from(u16::from_be_bytes(*held.first_chunk::<2>()?));
                let frame = held.get(2..2 + length)?.to_vec();
                held.drain(..2 + length);
                Some((*server, frame))
            }
        }
    }

    fn write(&mut self, transmit: &Transmit) {
        match self {
            Wire::Udp(socket) if transmit.proto == Protocol::Udp => {
                let _ = socket.send_to(&transmit.contents, transmit.destination);
            }
            Wire::Tcp { stream, .. } if transmit.proto == Protocol::Tcp => {
                let mut frame = u16::try_from(transmit.contents.len()).unwrap().to_be_bytes().to_vec();
                frame.extend_from_slice(&transmit.contents);
                let _ = stream.write_all(&frame);
            }
            _ => {}
        }
    }
}

/// Runs the clients until something is true.
async fn until(callers: &mut [Caller], what: &str, mut done: impl FnMut(&[Caller]) -> bool) -> Duration {
    let start = now();
    while !done(callers) {
        assert!(start.elapsed() < PATIENCE, "not within {PATIENCE:?}: {what}");
        for caller in &mut *callers {
            caller.turn();
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    start.elapsed()
}

fn meet(callers: &[Caller]) -> bool {
    let (a, b) = (&callers[0].client, &callers[1].client);
    [(a, b), (b, a)].iter().all(|(a, b)| a.of(b.mark, Audio).len() > 20 && a.of(b.mark, Video).len() > 20)
}

#[tokio::test]
async fn two_peers_meet_over_udp() {
    let (handle, mut events, _worker) = begin();
    let mut callers = [Caller::udp(1), Caller::udp(2)];
    for caller in &mut callers {
        caller.join(&handle).await;
    }
    until(&mut callers, "both hear and see", meet).await;
    assert!(matches!(events.recv().await, Some(Event::Slots { .. })));
    assert!(matches!(events.recv().await, Some(Event::Connected { .. })));
    let counts = handle.count().await.unwrap();
    assert_eq!((counts.rooms, counts.peers, counts.garbage), (1, 2, 0));
    assert!(counts.packets_in > 80 && counts.packets_out > 80, "{counts:?}");
}

#[tokio::test]
async fn two_peers_meet_one_of_them_over_tcp() {
    let (handle, _events, worker) = begin();
    let mut callers = [Caller::udp(1), Caller::tcp(2, worker.addresses()[0])];
    for caller in &mut callers {
        caller.join(&handle).await;
    }
    until(&mut callers, "both hear and see", meet).await;
}

#[tokio::test]
async fn a_call_goes_on_while_strangers_connect_shout_and_say_nothing() {
    let (handle, _events, worker) = begin();
    let server = worker.addresses()[0];
    let mut callers = [Caller::udp(1), Caller::tcp(2, server)];
    for caller in &mut callers {
        caller.join(&handle).await;
    }
    until(&mut callers, "both hear and see", meet).await;
    let strangers = std::thread::spawn(move || {
        let mut silent = Vec::new();
        for _ in 0..400 {
            silent.extend(TcpStream::connect(server));
        }
        let mut loud = TcpStream::connect(server).unwrap();
        let junk = vec![0xa5; 1 << 20];
        let shouted = (0..10).take_while(|_| loud.write_all(&junk).is_ok()).count();
        let udp = UdpSocket::bind((LOOPBACK, 0)).unwrap();
        for length in 0..1_400 {
            let _ = udp.send_to(&vec![length as u8; length], server);
        }
        let mut closed = 0;
        for mut stream in silent.into_iter().take(200) {
            stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
            closed += usize::from(matches!(stream.read(&mut [0]), Ok(0) | Err(_)));
        }
        (shouted, closed)
    });
    let before = callers[0].client.of(2, Audio).len();
    until(&mut callers, "the call goes on", |callers| {
        strangers.is_finished() && callers[0].client.of(2, Audio).len() > before + 50
    })
    .await;
    let (shouted, closed) = strangers.join().unwrap();
    assert!(shouted < 10, "the one who shouts is cut off");
    assert_eq!(closed, 200, "the first who say nothing make place for others");
    assert!(handle.count().await.unwrap().garbage >= 1_000);
}

#[tokio::test]
async fn a_taken_port_is_told_with_its_address() {
    let (_handle, _events, worker) = begin();
    let taken = worker.addresses()[0];
    let refused = start(Config { port: taken.port(), announce: vec![LOOPBACK] });
    let Err(StartError::Bind { transport: Transport::Udp, address, source }) = refused else { panic!("it started") };
    assert_eq!((address, source.kind()), (taken, std::io::ErrorKind::AddrInUse));
    let said = StartError::Bind { transport: Transport::Udp, address, source }.to_string();
    assert_eq!(said, format!("UDP port {} on 127.0.0.1 is taken by another program", taken.port()));
}

#[tokio::test]
async fn addresses_that_cannot_be_are_refused() {
    let nobody = start(Config { port: 0, announce: Vec::new() });
    assert!(matches!(nobody, Err(StartError::NoAddress)));
    let anywhere = start(Config { port: 0, announce: vec![IpAddr::V4(Ipv4Addr::UNSPECIFIED)] });
    assert!(matches!(anywhere, Err(StartError::Unusable { .. })));
    let link_local = start(Config { port: 0, announce: vec!["fe80::1".parse().unwrap()] });
    assert!(matches!(link_local, Err(StartError::Unusable { .. })));
    let foreign = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 7));
    let beside = start(Config { port: 0, announce: vec![foreign, LOOPBACK] });
    assert!(matches!(beside, Err(StartError::Foreign { address }) if address == foreign));
}

#[tokio::test]
async fn an_address_named_twice_counts_once() {
    let (_handle, _events, worker) = start(Config { port: 0, announce: vec![LOOPBACK, LOOPBACK] }).unwrap();
    assert_eq!(worker.addresses().len(), 1);
}

#[tokio::test]
async fn a_worker_that_stops_frees_its_port_and_says_so() {
    let (handle, mut events, worker) = begin();
    let address = worker.addresses()[0];
    worker.stop();
    assert_eq!(events.recv().await, None);
    assert!(handle.count().await.is_err());
    let again = start(Config { port: address.port(), announce: vec![LOOPBACK] });
    assert!(again.is_ok());
}
