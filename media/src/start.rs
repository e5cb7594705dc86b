//! Binds the sockets and starts the worker.

use std::collections::BTreeSet;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, UdpSocket};

use socket2::{Domain, Protocol, Socket, Type};
use tokio::sync::mpsc;

use crate::demux::Transport;
use crate::handle::{EVENTS, Event, Handle, pair};
use crate::sfu::Certificate;
use crate::worker::Worker;

/// Kernel buffer asked for per socket and direction, bytes: half a second of 64 Mbit/s. The kernel may give less.
const BUFFER: usize = 4 * 1024 * 1024;

/// TCP connections that may wait to be accepted.
const BACKLOG: i32 = 1_024;

/// How often a free port is looked for where port 0 was asked for: it must be free on every address, by UDP and TCP.
const TRIES: usize = 32;

/// Where media is received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// UDP port, and TCP port of the same number; 0 takes any that is free.
    pub port: u16,
    /// Addresses that peers are told; one named twice counts once. One that is not this machine's own is taken to be its
    /// address outside a NAT: then it is the only one of its family, and media is received on all of the machine's.
    pub announce: Vec<IpAddr>,
}

/// Why the worker cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// There is nothing to announce.
    #[error("no address is announced to browsers")]
    NoAddress,
    /// Nobody could send to this address.
    #[error("{address} cannot be announced to browsers")]
    Unusable {
        /// It.
        address: IpAddr,
    },
    /// It is not this machine's own, and others of its family are announced beside it: one socket cannot serve both.
    #[error("{address} is not an address of this machine (behind a NAT announce it alone)")]
    Foreign {
        /// It.
        address: IpAddr,
    },
    /// A socket could not be had.
    #[error("{}", refused(*transport, *address, source))]
    Bind {
        /// Which kind of socket.
        transport: Transport,
        /// Where.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// The worker's thread could not be made.
    #[error("the media thread could not start: {0}")]
    Thread(#[source] io::Error),
    /// No certificate could be made.
    #[error("no certificate could be made for media")]
    Certificate,
}

fn refused(transport: Transport, address: SocketAddr, source: &io::Error) -> String {
    let (ip, port) = (address.ip(), address.port());
    match source.kind() {
        io::ErrorKind::AddrInUse => format!("{transport} port {port} on {ip} is taken by another program"),
        io::ErrorKind::AddrNotAvailable => format!("{ip} is not an address of this machine"),
        io::ErrorKind::PermissionDenied => format!("{transport} port {port} on {ip} needs more rights"),
        _ => format!("{transport} port {port} on {ip} cannot be used: {source}"),
    }
}

/// The sockets of one address.
#[derive(Debug)]
pub(crate) struct Door {
    /// The address announced, with the port.
    pub(crate) local: SocketAddr,
    pub(crate) udp: UdpSocket,
    pub(crate) tcp: TcpListener,
}

/// Binds the sockets and starts the worker's thread. Keep the [`Worker`]: dropping it stops the thread.
///
/// # Errors
/// When there is nothing to announce, a socket cannot be had, or the thread cannot start.
pub fn start(config: Config) -> Result<(Handle, mpsc::Receiver<Event>, Worker), StartError> {
    let doors = open(&config)?;
    let certificate = Certificate::generate().ok_or(StartError::Certificate)?;
    let (handle, commands) = pair();
    let (events, told) = mpsc::channel(EVENTS);
    let worker = Worker::start(doors, certificate, commands, events).map_err(StartError::Thread)?;
    Ok((handle, told, worker))
}

fn open(config: &Config) -> Result<Vec<Door>, StartError> {
    let addresses: BTreeSet<IpAddr> = config.announce.iter().copied().collect();
    let Some(first) = addresses.first() else { return Err(StartError::NoAddress) };
    if let Some(address) = addresses.iter().find(|ip| !can_be_announced(**ip)) {
        return Err(StartError::Unusable { address: *address });
    }
    if config.port != 0 {
        return open_all(&addresses, config.port);
    }
    let mut last = StartError::NoAddress;
    for _ in 0..TRIES {
        let port = free_port(binding(*first, &addresses)?)?;
        match open_all(&addresses, port) {
            Err(StartError::Bind { transport, address, source }) if source.kind() == io::ErrorKind::AddrInUse => {
                last = StartError::Bind { transport, address, source };
            }
            result => return result,
        }
    }
    Err(last)
}

fn free_port(ip: IpAddr) -> Result<u16, StartError> {
    let address = SocketAddr::new(ip, 0);
    let bound = UdpSocket::bind(address).and_then(|socket| socket.local_addr());
    let bound = bound.map_err(|source| StartError::Bind { transport: Transport::Udp, address, source })?;
    Ok(bound.port())
}

/// A link-local address of version 6 means nothing without the interface, which a browser cannot be told.
fn can_be_announced(ip: IpAddr) -> bool {
    let link_local = matches!(ip, IpAddr::V6(ip) if ip.is_unicast_link_local());
    !(ip.is_unspecified() || ip.is_multicast() || link_local)
}

fn open_all(addresses: &BTreeSet<IpAddr>, port: u16) -> Result<Vec<Door>, StartError> {
    let doors = addresses.iter().map(|ip| {
        let bound = binding(*ip, addresses)?;
        open_one(SocketAddr::new(*ip, port), SocketAddr::new(bound, port))
    });
    doors.collect()
}

fn open_one(local: SocketAddr, bound: SocketAddr) -> Result<Door, StartError> {
    let refused = |transport| move |source| StartError::Bind { transport, address: bound, source };
    let udp = udp(bound).map_err(refused(Transport::Udp))?;
    let tcp = tcp(bound).map_err(refused(Transport::Tcp))?;
    Ok(Door { local, udp, tcp })
}

/// Where to receive what is sent to an announced address: there, or anywhere when a NAT stands before it.
fn binding(announced: IpAddr, addresses: &BTreeSet<IpAddr>) -> Result<IpAddr, StartError> {
    let foreign = UdpSocket::bind((announced, 0)).is_err_and(|error| error.kind() == io::ErrorKind::AddrNotAvailable);
    if !foreign {
        return Ok(announced);
    }
    if addresses.iter().filter(|ip| ip.is_ipv4() == announced.is_ipv4()).count() > 1 {
        return Err(StartError::Foreign { address: announced });
    }
    Ok(if announced.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() })
}

fn udp(local: SocketAddr) -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::for_address(local), Type::DGRAM, Some(Protocol::UDP))?;
    only_its_family(&socket, local)?;
    // Larger buffers are a wish: what the kernel gives will do.
    let _ = socket.set_recv_buffer_size(BUFFER);
    let _ = socket.set_send_buffer_size(BUFFER);
    socket.set_nonblocking(true)?;
    socket.bind(&local.into())?;
    Ok(socket.into())
}

fn tcp(local: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(local), Type::STREAM, Some(Protocol::TCP))?;
    only_its_family(&socket, local)?;
    socket.set_reuse_address(true)?; // a restart need not wait for old connections to time out
    socket.set_nonblocking(true)?;
    socket.bind(&local.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

fn only_its_family(socket: &Socket, local: SocketAddr) -> io::Result<()> {
    if local.is_ipv6() { socket.set_only_v6(true) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An address that is nobody's (RFC 5737).
    const OUTSIDE: IpAddr = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 7));

    #[test]
    fn an_address_outside_a_nat_is_announced_and_received_on_every_own_one() {
        let doors = open(&Config { port: 0, announce: vec![OUTSIDE] }).unwrap();
        let [door] = doors.as_slice() else { panic!("one address is one door") };
        assert_eq!(door.local.ip(), OUTSIDE);
        assert!(door.udp.local_addr().unwrap().ip().is_unspecified());
        assert_eq!(door.udp.local_addr().unwrap().port(), door.local.port());
        assert_eq!(door.tcp.local_addr().unwrap().port(), door.local.port());
    }

    #[test]
    fn an_address_outside_a_nat_stands_alone() {
        let config = Config { port: 0, announce: vec![OUTSIDE, Ipv4Addr::LOCALHOST.into()] };
        assert!(matches!(open(&config), Err(StartError::Foreign { address }) if address == OUTSIDE));
    }
}
