//! A room's media: offers answered by the worker, and what the worker tells.

use std::time::Duration;

use vaidya_clinic::id::SeatId;
use vaidya_clinic::quality::Figures;
use vaidya_clinic::visit::{QualityLevel, Refusal};
use vaidya_clinic::wire::{RefusalCode, ServerMessage, Slot};
use vaidya_media::{Admitted, Event, MediaError, PeerKey, Sample};

use super::Renew;
use super::live::{At, Live};

/// How long a room waits for the media worker. Lower refuses people on a busy machine, higher stops the room's chat
/// for as long when the worker stands still.
const PATIENCE: Duration = Duration::from_secs(5);

/// The media worker doesn't answer.
const NO_MEDIA: Refusal = Refusal {
    code: RefusalCode::Busy,
    detail: "The server can't carry sound and video just now. Wait a moment and try again.",
};

impl Live {
    /// Has a first offer answered.
    pub(super) async fn carry(&self, peer: PeerKey, offer: String) -> Result<Admitted, Refusal> {
        let answer = tokio::time::timeout(PATIENCE, self.ports.media.admit(self.key(), peer, offer)).await;
        answer.unwrap_or(Err(MediaError::Gone)).map_err(|error| refusal(&error))
    }

    /// Has a later offer answered. A peer the worker doesn't know any more must come back.
    pub(super) async fn renew(&mut self, renew: Renew) -> Result<(), Refusal> {
        let seat = self.inside(renew.device)?;
        let Some(peer) = self.peer(seat) else { return Err(self.restart(seat)) };
        let answer = tokio::time::timeout(PATIENCE, self.ports.media.reoffer(self.key(), peer, renew.offer)).await;
        match answer.unwrap_or(Err(MediaError::Gone)) {
            Ok(carried) => {
                let (visit, slots) = (self.visit(), slots(carried.slots));
                self.tell(seat, &ServerMessage::Answer { re: renew.re, visit, answer: carried.answer, slots });
                Ok(())
            }
            Err(MediaError::NoPeer) => Err(self.restart(seat)),
            Err(error) => Err(refusal(&error)),
        }
    }

    /// The worker has something to tell.
    pub(super) async fn carried(&mut self, event: Event) -> Result<(), Refusal> {
        match event {
            Event::Connected { .. } => Ok(()),
            Event::Lost { peer, .. } => self.lost(peer).await,
            Event::Slots { peer, slots: carried, .. } => {
                if let Some(seat) = self.current(peer) {
                    self.tell(seat, &ServerMessage::Slots { visit: self.visit(), slots: slots(carried) });
                }
                Ok(())
            }
            Event::Quality { peer, sample, .. } => self.sampled(peer, sample).await,
            Event::Collapsed { .. } => {
                self.collapsed();
                Ok(())
            }
        }
    }

    async fn lost(&mut self, peer: PeerKey) -> Result<(), Refusal> {
        let Some(seat) = self.current(peer) else { return Ok(()) };
        self.come_back(seat);
        let now = self.now();
        let level = self.gauges.entry(seat).or_default().lose(now);
        self.grade(seat, level).await
    }

    fn collapsed(&mut self) {
        let inside = self.lines.iter().filter(|line| matches!(line.at, At::Inside(_)));
        for seat in inside.map(|line| line.seat).collect::<Vec<_>>() {
            self.come_back(seat);
        }
    }

    async fn sampled(&mut self, peer: PeerKey, sample: Sample) -> Result<(), Refusal> {
        let Some(seat) = self.current(peer) else { return Ok(()) };
        let sending = self.room.shown(seat).is_some_and(|shown| shown.mic || shown.cam);
        let figures = Figures {
            loss_up: sample.loss_up,
            loss_down: sample.loss_down,
            rtt: sample.rtt,
            received: sample.received,
            sending,
        };
        let now = self.now();
        let level = self.gauges.entry(seat).or_default().read(figures, now);
        self.grade(seat, level).await
    }

    /// Keeps and tells a new word about a seat's line.
    async fn grade(&mut self, seat: SeatId, level: Option<QualityLevel>) -> Result<(), Refusal> {
        let Some(level) = level else { return Ok(()) };
        let at = self.now();
        self.keep(self.room.decide_quality(seat, level), at).await?;
        self.tell_all(&ServerMessage::Quality { visit: self.visit(), seat, level });
        Ok(())
    }

    /// A new offer for a connection that is no more.
    fn restart(&mut self, seat: SeatId) -> Refusal {
        self.come_back(seat);
        NO_MEDIA
    }

    /// Tells a seat to come back with a new connection.
    fn come_back(&mut self, seat: SeatId) {
        if let Some(line) = self.line(seat) {
            line.at = At::Inside(None);
        }
        self.tell(seat, &ServerMessage::Restart { visit: self.visit() });
    }

    /// The seat of a peer, when that is its connection of now.
    fn current(&self, peer: PeerKey) -> Option<SeatId> {
        let seat = SeatId::from_number(peer.seat);
        (self.peer(seat) == Some(peer)).then_some(seat)
    }

    fn peer(&self, seat: SeatId) -> Option<PeerKey> {
        let line = self.lines.iter().find(|line| line.seat == seat)?;
        if let At::Inside(peer) = line.at { peer } else { None }
    }
}

/// The worker's slots with our seats in them.
pub(super) fn slots(carried: Vec<vaidya_media::Slot>) -> Vec<Slot> {
    let slot = |slot: vaidya_media::Slot| Slot { mid: slot.mid, seat: slot.seat.map(SeatId::from_number) };
    carried.into_iter().map(slot).collect()
}

fn refusal(error: &MediaError) -> Refusal {
    match error {
        MediaError::BadOffer(_) => RefusalCode::BadOffer.into(),
        MediaError::NoPeer | MediaError::Gone => NO_MEDIA,
    }
}
