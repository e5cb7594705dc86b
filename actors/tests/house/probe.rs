//! Probes: a disk that can be held, full or broken; a media worker that answers every offer but bad ones; a clock that
//! can be set; and personas with a browser each.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use actix::{Actor, Addr, Context, Handler, ResponseFuture};
use tokio::sync::{OwnedRwLockWriteGuard, RwLock, mpsc, watch};
use vaidya_actors::directory::Directory;
use vaidya_actors::outlet::{Closed, Frame, Frames, Outlet};
use vaidya_actors::port::{Keep, KeepError, Ports, ReadBack, Recall};
use vaidya_actors::room::{self, Room};
use vaidya_clinic::id::{DeviceId, LinkId, MessageId, PersonId, SeatId, VisitId};
use vaidya_clinic::time::Timestamp;
use vaidya_clinic::visit::{Change, EndedWhy, Holder, Refusal, RoomMemory, Seat, SeatRole, Standing, VisitState};
use vaidya_clinic::wire::{Body, RefusalCode, Said, SeatView, ServerMessage};
use vaidya_media::{Admitted, Command, MediaError, PeerKey, RoomKey, Slot};

pub(crate) const VISIT: VisitId = VisitId::from_number(0xA11);
pub(crate) const DOCTOR: SeatId = SeatId::from_number(1);
pub(crate) const PATIENT: SeatId = SeatId::from_number(2);

/// How long a test waits for a word, on the test's clock.
const PATIENCE: Duration = Duration::from_secs(20);

/// What is on disk.
pub(crate) struct Kept {
    pub(crate) state: VisitState,
    pub(crate) ended: Option<(Timestamp, EndedWhy)>,
    pub(crate) seats: Vec<Seat>,
    pub(crate) said: Vec<Said>,
    pub(crate) batches: Vec<Vec<Change>>,
    pub(crate) error: Option<KeepError>,
    pub(crate) recalls: usize,
}

/// A disk.
#[derive(Clone)]
pub(crate) struct Disk {
    kept: Arc<Mutex<Kept>>,
    gate: Arc<RwLock<()>>,
    asked: Arc<watch::Sender<usize>>,
}

impl Disk {
    fn new() -> Self {
        let kept = Kept {
            state: VisitState::Open,
            ended: None,
            seats: vec![
                seat(DOCTOR, person(1), SeatRole::Doctor, Standing::Admitted),
                seat(PATIENT, person(2), SeatRole::Patient, Standing::Lobby),
            ],
            said: vec![],
            batches: vec![],
            error: None,
            recalls: 0,
        };
        Self { kept: Arc::new(Mutex::new(kept)), gate: Arc::default(), asked: Arc::new(watch::channel(0).0) }
    }

    pub(crate) fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap()
    }

    /// Every write waits until the guard is dropped.
    pub(crate) async fn hold(&self) -> OwnedRwLockWriteGuard<()> {
        self.gate.clone().write_owned().await
    }

    /// Waits until so many writes were asked for since the start.
    pub(crate) async fn is_asked(&self, times: usize) {
        self.asked.subscribe().wait_for(|asked| *asked >= times).await.unwrap();
    }

    pub(crate) fn asked(&self) -> usize {
        *self.asked.borrow()
    }

    pub(crate) fn breaks(&self, error: Option<KeepError>) {
        self.kept().error = error;
    }

    /// Every change kept, in order.
    pub(crate) fn changes(&self) -> Vec<Change> {
        self.kept().batches.concat()
    }
}

impl Kept {
    fn keep(&mut self, keep: &Keep) -> Result<(), KeepError> {
        if let Some(error) = self.error {
            return Err(error);
        }
        for change in &keep.changes {
            match change {
                Change::Admitted(seat) => self.stand(*seat, Standing::Admitted),
                Change::Removed(seat) => self.stand(*seat, Standing::Removed),
                Change::Said(said) => self.said.push(said.clone()),
                Change::Ended(why) => {
                    self.state = VisitState::Ended;
                    self.ended = Some((keep.at, *why));
                }
                Change::Seated(_) => panic!("the store has guests already"),
                Change::Joined(_) | Change::Left { .. } | Change::Quality { .. } => {}
            }
        }
        self.batches.push(keep.changes.clone());
        Ok(())
    }

    pub(crate) fn stand(&mut self, seat: SeatId, standing: Standing) {
        self.seats.iter_mut().find(|known| known.id == seat).unwrap().standing = standing;
    }

    pub(crate) fn memory(&self) -> RoomMemory {
        RoomMemory {
            visit: VISIT,
            state: self.state,
            opens: None,
            ended: self.ended,
            seats: self.seats.clone(),
            said: self.said.iter().map(|said| (said.id, said.seq)).collect(),
        }
    }
}

impl Actor for Disk {
    type Context = Context<Self>;
}

impl Handler<Keep> for Disk {
    type Result = ResponseFuture<Result<(), KeepError>>;

    fn handle(&mut self, keep: Keep, _: &mut Self::Context) -> Self::Result {
        let disk = self.clone();
        disk.asked.send_modify(|asked| *asked += 1);
        Box::pin(async move {
            let _open = disk.gate.read().await;
            disk.kept().keep(&keep)
        })
    }
}

impl Handler<Recall> for Disk {
    type Result = Result<Option<RoomMemory>, KeepError>;

    fn handle(&mut self, Recall(visit): Recall, _: &mut Self::Context) -> Self::Result {
        let mut kept = self.kept();
        kept.recalls += 1;
        Ok((visit == VISIT).then(|| kept.memory()))
    }
}

impl Handler<ReadBack> for Disk {
    type Result = Result<Vec<Said>, KeepError>;

    fn handle(&mut self, read: ReadBack, _: &mut Self::Context) -> Self::Result {
        Ok(self.kept().said.iter().filter(|said| said.seq > read.after).take(read.limit).cloned().collect())
    }
}

/// What the media worker was asked.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Asked {
    Admit(SeatId),
    Reoffer(SeatId),
    Dismiss(SeatId),
    Close,
}

/// A media worker that answers every offer but `bad` ones.
#[derive(Clone, Default)]
pub(crate) struct Worker {
    asked: Arc<Mutex<Vec<Asked>>>,
    peers: Arc<Mutex<Vec<PeerKey>>>,
    forgetful: Arc<AtomicBool>,
}

impl Worker {
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// The newest connection of a seat.
    pub(crate) fn peer(&self, seat: SeatId) -> PeerKey {
        let peers = self.peers.lock().unwrap();
        *peers.iter().rev().find(|peer| peer.seat == seat.number()).unwrap()
    }

    /// It has lost all peers.
    pub(crate) fn forgets(&self) {
        self.forgetful.store(true, Ordering::SeqCst);
    }

    async fn work(self, mut commands: mpsc::Receiver<Command>) {
        while let Some(command) = commands.recv().await {
            self.answer(command);
        }
    }

    fn answer(&self, command: Command) {
        let seat = |peer: PeerKey| SeatId::from_number(peer.seat);
        let asked = match command {
            Command::Admit { peer, offer, reply, .. } => {
                self.peers.lock().unwrap().push(peer);
                reply.send(answer(&offer)).unwrap();
                Asked::Admit(seat(peer))
            }
            Command::Reoffer { peer, offer, reply, .. } => {
                let forgot = self.forgetful.load(Ordering::SeqCst);
                reply.send(if forgot { Err(MediaError::NoPeer) } else { answer(&offer) }).unwrap();
                Asked::Reoffer(seat(peer))
            }
            Command::Dismiss { peer, .. } => Asked::Dismiss(seat(peer)),
            Command::Close { .. } => Asked::Close,
            _ => return,
        };
        self.asked.lock().unwrap().push(asked);
    }
}

fn answer(offer: &str) -> Result<Admitted, MediaError> {
    if offer == "bad" {
        return Err(MediaError::BadOffer("it is bad".into()));
    }
    let slots = vec![Slot { mid: "2".into(), seat: Some(DOCTOR.number()) }];
    Ok(Admitted { answer: format!("answer to {offer}"), slots })
}

/// Everything outside the actors.
pub(crate) struct House {
    pub(crate) disk: Disk,
    pub(crate) worker: Worker,
    pub(crate) ports: Ports,
    now: Arc<AtomicI64>,
    broken_clock: Arc<AtomicBool>,
}

impl House {
    /// A visit of a doctor and a patient; the test's own clock is paused.
    pub(crate) fn new() -> Self {
        tokio::time::pause();
        Self::awake()
    }

    /// The same on the real clock, for tests over several threads.
    pub(crate) fn awake() -> Self {
        let (disk, worker) = (Disk::new(), Worker::default());
        let (media, commands) = vaidya_media::pair();
        actix::spawn(worker.clone().work(commands));
        let (now, broken_clock) = (Arc::new(AtomicI64::new(1_790_000_000_000)), Arc::new(AtomicBool::new(false)));
        let (time, broken) = (now.clone(), broken_clock.clone());
        let address = disk.clone().start();
        let ports = Ports {
            keep: address.clone().recipient(),
            recall: address.clone().recipient(),
            read_back: address.recipient(),
            media,
            clock: Arc::new(move || {
                assert!(!broken.load(Ordering::SeqCst), "the clock is broken, on purpose");
                Timestamp(time.load(Ordering::SeqCst))
            }),
        };
        Self { disk, worker, ports, now, broken_clock }
    }

    /// A room as the disk remembers it.
    pub(crate) fn room(&self) -> Addr<Room> {
        Room::new(self.disk.kept().memory(), self.ports.clone(), None).start()
    }

    pub(crate) fn directory(&self) -> Addr<Directory> {
        Directory::start_here(self.ports.clone())
    }

    /// Moves the house's clock.
    pub(crate) fn wait(&self, span: Duration) {
        self.now.fetch_add(i64::try_from(span.as_millis()).unwrap(), Ordering::SeqCst);
    }

    /// Whoever asks for the time dies.
    pub(crate) fn break_clock(&self, broken: bool) {
        self.broken_clock.store(broken, Ordering::SeqCst);
    }

    pub(crate) fn doctor(&self) -> Browser {
        Browser::of(11, person(1), None)
    }

    pub(crate) fn patient(&self) -> Browser {
        Browser::of(12, person(2), None)
    }

    /// A guest whose seat is on disk, and unknown to a room that is live.
    pub(crate) fn guest(&self, number: u128) -> Browser {
        let holder = Holder::Guest(LinkId::from_number(100 + number));
        let seat = seat(SeatId::from_number(100 + number), holder, SeatRole::Guest, Standing::Lobby);
        let mut kept = self.disk.kept();
        if !kept.seats.iter().any(|known| known.id == seat.id) {
            kept.seats.push(seat.clone());
        }
        Browser::of(1000 + number, holder, Some(seat))
    }

    /// A doctor and a patient in the room, with nothing left to hear.
    pub(crate) async fn visit(&self, room: &Addr<Room>) -> (Browser, Browser) {
        let (mut doctor, mut patient) = (self.doctor(), self.patient());
        doctor.join(room).await.unwrap();
        patient.join(room).await.unwrap();
        doctor.admit(room, PATIENT).await.unwrap();
        patient.hears_joined().await;
        doctor.forget();
        patient.forget();
        (doctor, patient)
    }
}

fn person(number: u128) -> Holder {
    Holder::Person(PersonId::from_number(number))
}

fn seat(id: SeatId, holder: Holder, role: SeatRole, standing: Standing) -> Seat {
    Seat { id, holder, role, name: format!("Seat {}", id.loggable()), standing, flag: None }
}

/// One tab of somebody's browser.
pub(crate) struct Browser {
    pub(crate) device: DeviceId,
    pub(crate) holder: Holder,
    pub(crate) guest: Option<Seat>,
    pub(crate) outlet: Outlet,
    pub(crate) frames: Frames,
    pub(crate) offer: String,
    pub(crate) seen: u64,
    /// What it joins with: another for every join.
    pub(crate) key: Body,
    re: u32,
}

impl Browser {
    fn of(device: u128, holder: Holder, guest: Option<Seat>) -> Self {
        let (outlet, frames) = Outlet::open();
        let device = DeviceId::from_number(device);
        Self { device, holder, guest, outlet, frames, offer: "offer".into(), seen: 0, key: Body(vec![]), re: 0 }
    }

    /// Another tab or phone of the same person; also what a reload makes.
    pub(crate) fn another(&self) -> Self {
        Self { re: 50, ..Self::of(self.device.number() + 10_000, self.holder, self.guest.clone()) }
    }

    fn next(&mut self) -> u32 {
        self.re += 1;
        self.re
    }

    pub(crate) fn wants_in(&mut self) -> room::Join {
        let re = self.next();
        self.key = Body(format!("key {re} of {}", self.device.number()).into_bytes());
        room::Join {
            device: self.device,
            holder: self.holder,
            active: true,
            guest: self.guest.clone(),
            outlet: self.outlet.clone(),
            re,
            offer: self.offer.clone(),
            seen: self.seen,
            mic: true,
            cam: true,
            key: self.key.clone(),
        }
    }

    pub(crate) async fn join(&mut self, room: &Addr<Room>) -> Result<(), Refusal> {
        let join = self.wants_in();
        room.send(join).await.unwrap()
    }

    pub(crate) async fn admit(&self, room: &Addr<Room>, seat: SeatId) -> Result<(), Refusal> {
        room.send(room::Admit { device: self.device, seat }).await.unwrap()
    }

    pub(crate) async fn remove(&self, room: &Addr<Room>, seat: SeatId) -> Result<(), Refusal> {
        room.send(room::Remove { device: self.device, seat }).await.unwrap()
    }

    pub(crate) async fn leave(&self, room: &Addr<Room>) -> Result<(), Refusal> {
        room.send(room::Leave { device: self.device }).await.unwrap()
    }

    pub(crate) async fn end(&self, room: &Addr<Room>) -> Result<(), Refusal> {
        room.send(room::End { device: self.device }).await.unwrap()
    }

    pub(crate) async fn drops(&self, room: &Addr<Room>) {
        room.send(room::Dropped { device: self.device }).await.unwrap().unwrap();
    }

    pub(crate) async fn renew(&mut self, room: &Addr<Room>) -> Result<(), Refusal> {
        let renew = room::Renew { device: self.device, re: self.next(), offer: "more".into() };
        room.send(renew).await.unwrap()
    }

    pub(crate) fn message(&mut self, id: u128, body: &str) -> room::Say {
        room::Say {
            device: self.device,
            outlet: self.outlet.clone(),
            re: self.next(),
            id: MessageId::from_number(id),
            body: Body(body.as_bytes().to_vec()),
        }
    }

    pub(crate) async fn say(&mut self, room: &Addr<Room>, id: u128, body: &str) -> Result<(), Refusal> {
        let say = self.message(id, body);
        room.send(say).await.unwrap()
    }

    pub(crate) async fn pass(&self, room: &Addr<Room>, to: SeatId, body: &[u8]) -> Result<(), Refusal> {
        let pass = room::Pass { device: self.device, to, body: Body(body.to_vec()) };
        room.send(pass).await.unwrap()
    }

    /// What is passed on to it next, and by whom.
    pub(crate) async fn hears_passed(&mut self) -> (SeatId, Vec<u8>) {
        let passed =
            |message| if let ServerMessage::Passed { from, body, .. } = message { Some((from, body.0)) } else { None };
        self.hears_that(passed).await
    }

    /// The next thing it hears.
    pub(crate) async fn hears(&mut self) -> ServerMessage {
        let frame = tokio::time::timeout(PATIENCE, self.frames.recv()).await.expect("nothing came");
        serde_json::from_str(&frame.expect("the socket closed").0).unwrap()
    }

    /// Whatever it hears first that is asked for here.
    pub(crate) async fn hears_that<T>(&mut self, wanted: impl Fn(ServerMessage) -> Option<T>) -> T {
        loop {
            if let Some(heard) = wanted(self.hears().await) {
                return heard;
            }
        }
    }

    pub(crate) async fn hears_joined(&mut self) -> Joined {
        self.hears_that(|message| match message {
            ServerMessage::Joined { re, seat, answer, roster, people, chat, last, .. } => {
                Some(Joined { re, seat, answer, roster, people, chat, last })
            }
            _ => None,
        })
        .await
    }

    pub(crate) async fn hears_said(&mut self) -> Said {
        self.hears_that(|message| if let ServerMessage::Said { said, .. } = message { Some(said) } else { None }).await
    }

    pub(crate) async fn hears_refusal(&mut self) -> RefusalCode {
        let code = |message| if let ServerMessage::Refused { code, .. } = message { Some(code) } else { None };
        self.hears_that(code).await
    }

    /// Hears that it was put out.
    pub(crate) async fn is_told_to_go(&mut self) {
        self.hears_that(|message| matches!(message, ServerMessage::Removed { .. }).then_some(())).await;
    }

    /// How it next sees a seat.
    pub(crate) async fn sees(&mut self, seat: SeatId) -> SeatView {
        let view = |message| match message {
            ServerMessage::Seat { seat: view, .. } if view.id == seat => Some(view),
            _ => None,
        };
        self.hears_that(view).await
    }

    /// It was told nothing that it hasn't heard.
    pub(crate) async fn heard_all(&mut self) {
        assert!(self.outlet.tell(&Frame::of(&ServerMessage::Pong)), "its socket is closed");
        assert_eq!(self.hears().await, ServerMessage::Pong);
    }

    /// What was told before this is forgotten.
    pub(crate) fn forget(&mut self) {
        let (outlet, frames) = (&self.outlet, &mut self.frames);
        assert!(outlet.tell(&Frame::of(&ServerMessage::Pong)));
        let mut heard = std::pin::pin!(async {
            while let Some(frame) = frames.recv().await {
                if frame.0.contains(r#""pong""#) {
                    return;
                }
            }
        });
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(heard.as_mut().poll(&mut context).is_ready());
    }

    /// Hears its socket close.
    pub(crate) async fn is_closed(&mut self) -> Closed {
        while self.frames.recv().await.is_some() {}
        self.frames.closed()
    }
}

/// What one hears when one is in.
pub(crate) struct Joined {
    pub(crate) re: u32,
    pub(crate) seat: SeatId,
    pub(crate) answer: String,
    pub(crate) roster: Vec<SeatView>,
    pub(crate) people: u8,
    pub(crate) chat: Vec<Said>,
    pub(crate) last: u64,
}

/// The room's number as the media worker knows it.
pub(crate) fn key() -> RoomKey {
    RoomKey(VISIT.number())
}

/// The word of a refusal.
pub(crate) fn code(answer: Result<(), Refusal>) -> RefusalCode {
    answer.expect_err("it was not refused").code
}
