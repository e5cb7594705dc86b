//! A validator's side of the lines: it calls every other one to speak, and is called by them and by who hands entries in.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use actix::{Actor, Context, Handler, Recipient};
use rustls::ServerConfig;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use vaidya_actors::validator::{Carry, Heard, Since, Submit, Told};
use vaidya_ledger::key::Public;
use vaidya_ledger::{Genesis, Signer, Validators};

use super::dial::Peer;
use super::framing::{Framed, submitted};
use super::link::{Outlet, queue, talk};
use super::pinned::{Known, NoTransport, Who, serving, who};
use super::told;

/// Messages that may wait here. They are only passed on; when full they are lost, and said again.
const MAILBOX: usize = 1_024;

/// Lines at a time that others have called. Lower keeps validators out while strangers try, higher costs memory.
const LINES: usize = 128;

/// How long who calls may take to prove its key.
const HANDSHAKE: Duration = Duration::from_secs(3);

/// Where what is heard goes.
pub struct Side {
    /// Messages of validators.
    pub heard: Recipient<Heard>,
    /// Entries.
    pub submit: Recipient<Submit>,
    /// Questions.
    pub since: Recipient<Since>,
}

type Clients = Arc<Mutex<Vec<Outlet>>>;

/// Carries what one validator says to others, and tells who hands entries in.
pub struct Far {
    me: u8,
    signer: Signer,
    submitters: Vec<Public>,
    known: Known,
    peers: BTreeMap<u8, (String, Public, Outlet)>,
    clients: Clients,
    side: Arc<OnceLock<Side>>,
    tls: Arc<ServerConfig>,
    listener: Option<std::net::TcpListener>,
}

impl Far {
    /// For the validator of this number, which listens there. What is heard goes to `side` once that is set.
    ///
    /// # Errors
    /// When the address can't be listened on.
    pub fn open(
        me: u8,
        signer: Signer,
        genesis: &Genesis,
        listen: &str,
        side: Arc<OnceLock<Side>>,
    ) -> Result<Self, NoTransport> {
        let refused = |why| NoTransport::Listen(listen.to_owned(), why);
        let listener = std::net::TcpListener::bind(listen).map_err(refused)?;
        listener.set_nonblocking(true).map_err(refused)?;
        let known = Known::default();
        let tls = serving(&signer, Arc::clone(&known))?;
        let (submitters, peers) = (genesis.submitters.clone(), BTreeMap::new());
        let clients = Clients::default();
        Ok(Self { me, signer, submitters, known, peers, clients, side, tls, listener: Some(listener) })
    }

    /// These validate from now on: who isn't among them is neither called nor let in.
    fn set(&mut self, set: &Validators) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        *known = self.submitters.iter().map(|key| (*key, Who::Submitter)).collect();
        known.extend(set.iter().map(|it| (it.public, Who::Validator(it.id))));
        drop(known);
        self.peers
            .retain(|id, (address, key, _)| set.get(*id).is_some_and(|it| it.address == *address && it.public == *key));
        for it in set.iter().filter(|it| it.id != self.me && !it.address.is_empty()) {
            if self.peers.contains_key(&it.id) {
                continue;
            }
            match Peer::new(&self.signer, &it.address, it.public) {
                Ok(peer) => {
                    let (outlet, inlet) = queue();
                    actix::spawn(peer.keep(inlet, async |_| {}));
                    self.peers.insert(it.id, (it.address.clone(), it.public, outlet));
                }
                Err(why) => tracing::error!(validator = it.id, %why, "a validator can't be called"),
            }
        }
    }

    fn to(&self, id: u8, framed: Framed) {
        if let Some((_, _, outlet)) = self.peers.get(&id)
            && !outlet.put(framed)
        {
            tracing::debug!(validator = id, "the line to a validator is full");
        }
    }
}

impl Actor for Far {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(MAILBOX);
        let Some(listener) = self.listener.take() else { return };
        let door = Door {
            tls: TlsAcceptor::from(Arc::clone(&self.tls)),
            known: Arc::clone(&self.known),
            clients: Arc::clone(&self.clients),
            side: Arc::clone(&self.side),
            lines: Arc::new(Semaphore::new(LINES)),
        };
        actix::spawn(async move {
            if let Err(why) = door.open(listener).await {
                tracing::error!(%why, "this validator can't be called any more");
            }
        });
    }
}

impl Handler<Carry> for Far {
    type Result = ();

    fn handle(&mut self, carry: Carry, _: &mut Self::Context) {
        match carry {
            Carry::To(id, bytes) => self.to(id, Framed::Vote(bytes)),
            Carry::All(bytes) => self.peers.keys().for_each(|id| self.to(*id, Framed::Vote(Arc::clone(&bytes)))),
            Carry::Set(set) => self.set(&set),
        }
    }
}

impl Handler<Told> for Far {
    type Result = ();

    fn handle(&mut self, told: Told, _: &mut Self::Context) {
        let bytes: Arc<[u8]> = told::encode(&told).into();
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        clients.retain(|client| !client.is_gone());
        for client in clients.iter() {
            // What is lost is asked for again, by its number.
            let _lost = client.put(Framed::Told(Arc::clone(&bytes)));
        }
    }
}

/// Where others call.
#[derive(Clone)]
struct Door {
    tls: TlsAcceptor,
    known: Known,
    clients: Clients,
    side: Arc<OnceLock<Side>>,
    lines: Arc<Semaphore>,
}

impl Door {
    async fn open(self, listener: std::net::TcpListener) -> io::Result<()> {
        let listener = TcpListener::from_std(listener)?;
        loop {
            let line = Arc::clone(&self.lines).acquire_owned().await.map_err(io::Error::other)?;
            // One that can't be taken (too many open files) is the caller's to try again.
            let Ok((stream, _)) = listener.accept().await else {
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            };
            let door = self.clone();
            actix::spawn(async move {
                if let Err(why) = door.answer(stream).await {
                    tracing::debug!(%why, "a line that was called broke");
                }
                drop(line);
            });
        }
    }

    async fn answer(self, stream: TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let stream = timeout(HANDSHAKE, self.tls.accept(stream)).await??;
        let who = who(&self.known, stream.get_ref().1.peer_certificates());
        let (outlet, mut inlet) = queue();
        match who {
            Some(Who::Validator(id)) => {
                let (side, known) = (self.side, self.known);
                // Kept, so that the line isn't over: it only says that it is alive.
                let _outlet = outlet;
                talk(stream, &mut inlet, async |framed| {
                    let still =
                        known.read().unwrap_or_else(PoisonError::into_inner).values().any(|it| Some(*it) == who);
                    if let (Framed::Vote(bytes), Some(side), true) = (framed, side.get(), still) {
                        // A full mailbox loses it: it is said again.
                        let _lost = side.heard.try_send(Heard { from: id, bytes });
                    }
                })
                .await
            }
            Some(Who::Submitter) => {
                self.clients.lock().unwrap_or_else(PoisonError::into_inner).push(outlet);
                let side = self.side;
                talk(stream, &mut inlet, async |framed| serve(side.get(), framed).await).await
            }
            None => Ok(()),
        }
    }
}

/// What who hands entries in wants.
async fn serve(side: Option<&Side>, framed: Framed) {
    let Some(side) = side else { return };
    match framed {
        Framed::Submit(bytes) => {
            if let Some(submit) = submitted(&bytes) {
                let _gone = side.submit.send(submit).await;
            }
        }
        Framed::Since(after) => {
            let _gone = side.since.send(Since(after)).await;
        }
        Framed::Vote(_) | Framed::Told(_) => {}
    }
}
