//! One connection: plain or in TLS, given up when its other end takes too long, and counted by whose it is.

use std::cell::Cell;
use std::collections::HashMap;
use std::io::{self, ErrorKind};
use std::net::IpAddr;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep};
use tokio_rustls::server::TlsStream;

use super::broken;
use super::client::Proxies;

/// Longest a connection may keep us waiting: for a whole request head, or to take more of an answer. Lower cuts thin
/// links, higher lets a few strangers hold every place.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Connections of one address at the same time; an IPv6 host counts as its /64. Lower locks out a building behind one
/// address, higher lets one stranger hold more places. Trusted proxies are not counted.
pub const AN_ADDRESS: usize = 1_000;

/// How many connections each address has.
#[derive(Clone)]
pub(super) struct Crowd {
    here: Arc<Mutex<HashMap<IpAddr, usize>>>,
    proxies: Proxies,
}

/// A place in the crowd, free again when dropped.
pub(super) struct Place(Option<(Crowd, IpAddr)>);

impl Crowd {
    pub(super) fn new(proxies: Proxies) -> Self {
        Self { here: Arc::default(), proxies }
    }

    /// A place for a connection from this address; none when it has too many.
    pub(super) fn enter(&self, address: IpAddr) -> Option<Place> {
        if self.proxies.trusts(address) {
            return Some(Place(None));
        }
        let network = network(address);
        let mut here = self.here.lock().unwrap_or_else(PoisonError::into_inner);
        let count = here.entry(network).or_default();
        if *count >= AN_ADDRESS {
            return None;
        }
        *count += 1;
        Some(Place(Some((self.clone(), network))))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some((crowd, network)) = &self.0 else { return };
        let mut here = crowd.here.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = here.get_mut(network) {
            *count -= 1;
            if *count == 0 {
                here.remove(network);
            }
        }
    }
}

fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => IpAddr::V6((address.to_bits() >> 64 << 64).into()),
    }
}

/// What a connection and the requests on it tell each other.
#[derive(Clone)]
pub(super) struct Pulse(Rc<Beat>);

struct Beat {
    tls: bool,
    /// Requests being answered: then it is us who are slow.
    busy: Cell<usize>,
    /// Answers of which more may be written.
    answers: Cell<usize>,
    /// Whether everything that was answered is written.
    written: Cell<bool>,
    /// When the other end last had to wait for us, or took something.
    since: Cell<Instant>,
}

/// A request being answered.
pub(super) struct Busy(Pulse);

/// An answer of which more may come.
pub(super) struct Answering(Pulse);

impl Pulse {
    fn new(tls: bool) -> Self {
        let since = Cell::new(Instant::now());
        Self(Rc::new(Beat { tls, busy: Cell::new(0), answers: Cell::new(0), written: Cell::new(true), since }))
    }

    /// Whether the connection is in TLS.
    pub(super) fn tls(&self) -> bool {
        self.0.tls
    }

    /// Says that a request is being answered, until the word is dropped.
    pub(super) fn busy(&self) -> Busy {
        self.0.busy.set(self.0.busy.get().saturating_add(1));
        Busy(self.clone())
    }

    /// Says that an answer of ours is to be written, until the word is dropped.
    pub(super) fn answering(&self) -> Answering {
        self.0.answers.set(self.0.answers.get().saturating_add(1));
        self.0.written.set(false);
        Answering(self.clone())
    }

    /// Everything that was answered so far is written.
    fn flushed(&self) {
        self.0.written.set(self.0.answers.get() == 0);
    }

    fn beat(&self) {
        self.0.since.set(Instant::now());
    }

    /// When the connection is given up, if nothing happens until then.
    fn ends(&self) -> Instant {
        let since = if self.0.busy.get() > 0 { Instant::now() } else { self.0.since.get() };
        since + PATIENCE
    }
}

impl Busy {
    /// The answer is a socket, which has its own patience: the connection is not given up any more.
    pub(super) fn for_good(self) {
        std::mem::forget(self);
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.beat();
        self.0.0.busy.set(self.0.0.busy.get().saturating_sub(1));
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.0.answers.set(self.0.0.answers.get().saturating_sub(1));
    }
}

/// What a connection is made of.
enum Wire {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

/// A connection.
pub(super) struct Line {
    wire: Wire,
    pulse: Pulse,
    patience: Pin<Box<Sleep>>,
    /// An answer written in the place of another, and how much of it is.
    instead: Option<(Vec<u8>, usize)>,
    /// Whether people come by https.
    secure: bool,
    _place: Place,
}

impl Line {
    pub(super) fn plain(stream: TcpStream, place: Place, secure: bool) -> Self {
        Self::new(Wire::Plain(stream), Pulse::new(false), place, secure)
    }

    pub(super) fn tls(stream: TlsStream<TcpStream>, place: Place, secure: bool) -> Self {
        Self::new(Wire::Tls(Box::new(stream)), Pulse::new(true), place, secure)
    }

    fn new(wire: Wire, pulse: Pulse, place: Place, secure: bool) -> Self {
        let patience = Box::pin(tokio::time::sleep_until(pulse.ends()));
        Self { wire, pulse, patience, instead: None, secure, _place: place }
    }

    /// Shared with the requests on it.
    pub(super) fn pulse(&self) -> Pulse {
        self.pulse.clone()
    }

    /// Pending, or an error when it took too long.
    fn wait<T>(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<T>> {
        while self.patience.as_mut().poll(cx).is_ready() {
            let ends = self.pulse.ends();
            if ends <= Instant::now() {
                metrics::counter!("vaidya_connections_refused_total", "why" => "slow").increment(1);
                return Poll::Ready(Err(ErrorKind::TimedOut.into()));
            }
            self.patience.as_mut().reset(ends);
        }
        Poll::Pending
    }
}

impl Line {
    fn put(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = match &mut self.wire {
            Wire::Plain(stream) => Pin::new(stream).poll_write(cx, bytes),
            Wire::Tls(stream) => Pin::new(stream).poll_write(cx, bytes),
        };
        if written.is_pending() {
            return self.wait(cx);
        }
        self.pulse.beat();
        written
    }

    /// Writes the rest of what takes the place of this many other bytes.
    fn put_instead(
        &mut self,
        cx: &mut Context<'_>,
        (answer, mut done): (Vec<u8>, usize),
        bytes: usize,
    ) -> Poll<io::Result<usize>> {
        while let Some(rest) = answer.get(done..).filter(|rest| !rest.is_empty()) {
            match self.put(cx, rest) {
                Poll::Ready(Ok(count)) if count > 0 => done += count,
                Poll::Ready(other) => return Poll::Ready(other),
                Poll::Pending => {
                    self.instead = Some((answer, done));
                    return Poll::Pending;
                }
            }
        }
        Poll::Ready(Ok(bytes))
    }
}

impl AsyncRead for Line {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let read = match &mut self.wire {
            Wire::Plain(stream) => Pin::new(stream).poll_read(cx, into),
            Wire::Tls(stream) => Pin::new(stream).poll_read(cx, into),
        };
        // What comes does not buy time: a head in drops is as slow as none.
        if read.is_pending() { self.wait(cx) } else { read }
    }
}

impl AsyncWrite for Line {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if let Some(instead) = self.instead.take() {
            return self.put_instead(cx, instead, bytes.len());
        }
        // No request of ours is being answered: this is what the library says to one that it could not read.
        if self.pulse.0.written.get()
            && let Some(answer) = broken::answer(bytes, self.secure)
        {
            return self.put_instead(cx, (answer, 0), bytes.len());
        }
        self.put(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = match &mut self.wire {
            Wire::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Wire::Tls(stream) => Pin::new(stream).poll_flush(cx),
        };
        if flushed.is_pending() {
            return self.wait(cx);
        }
        self.pulse.flushed();
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let closed = match &mut self.wire {
            Wire::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Wire::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
        };
        if closed.is_pending() { self.wait(cx) } else { closed }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_so_many_places_and_gets_them_back() {
        let crowd = Crowd::new(Proxies::new(vec!["10.0.0.0/8".parse().unwrap()]));
        let enter = |text: &str| crowd.enter(text.parse().unwrap());
        let mut places: Vec<_> = (0..AN_ADDRESS).map(|_| enter("203.0.113.9").unwrap()).collect();
        assert!(enter("203.0.113.9").is_none() && enter("::ffff:203.0.113.9").is_none());
        assert!(enter("203.0.113.8").is_some(), "others are not in the way");
        places.pop();
        assert!(enter("203.0.113.9").is_some());
        drop(places);
        assert!(crowd.here.lock().unwrap().is_empty(), "nothing is remembered of those who left");
    }

    #[test]
    fn a_proxy_speaks_for_many_and_an_ipv6_host_is_one() {
        let crowd = Crowd::new(Proxies::new(vec!["10.0.0.0/8".parse().unwrap()]));
        let proxied: Vec<_> = (0..=AN_ADDRESS).map(|_| crowd.enter("10.1.1.1".parse().unwrap())).collect();
        assert!(proxied.iter().all(Option::is_some));
        assert_eq!(network("2001:db8::1".parse().unwrap()), network("2001:db8::ffff:1".parse().unwrap()));
        assert_ne!(network("2001:db8::1".parse().unwrap()), network("2001:db8:0:1::1".parse().unwrap()));
    }

    #[tokio::test(start_paused = true)]
    async fn who_keeps_us_waiting_is_given_up_and_who_waits_for_us_is_not() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let _silent = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (stream, _) = listener.accept().await.unwrap();
        let crowd = Crowd::new(Proxies::default());
        let mut line = Line::plain(stream, crowd.enter(IpAddr::from([203, 0, 113, 9])).unwrap(), false);
        let began = Instant::now();
        let busy = line.pulse().busy();
        let mut byte = [0];
        let answered = tokio::time::timeout(PATIENCE * 3, tokio::io::AsyncReadExt::read(&mut line, &mut byte)).await;
        assert!(answered.is_err(), "a request is being answered");
        drop(busy);
        let read = tokio::io::AsyncReadExt::read(&mut line, &mut byte).await;
        assert_eq!(read.err().map(|why| why.kind()), Some(ErrorKind::TimedOut));
        assert!(began.elapsed() >= PATIENCE * 4 && began.elapsed() < PATIENCE * 5);
    }
}
