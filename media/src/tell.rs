//! Tells the actors: what they must know waits for them, figures do not.

use std::collections::VecDeque;

use tokio::sync::mpsc::Sender;
use tokio::sync::mpsc::error::TrySendError;

use crate::handle::Event;

/// Events kept for actors that do not keep up; beyond it the oldest are lost, and said to be.
const MAX_UNSENT: usize = 4_096;

/// The events on their way.
#[derive(Debug)]
pub(crate) struct Teller {
    events: Sender<Event>,
    unsent: VecDeque<Event>,
}

impl Teller {
    /// Tells whoever holds the other end.
    pub(crate) fn new(events: Sender<Event>) -> Self {
        Self { events, unsent: VecDeque::new() }
    }

    /// Whether some wait to be told again.
    pub(crate) fn is_behind(&self) -> bool {
        !self.unsent.is_empty()
    }

    /// Tells these, after those that wait.
    pub(crate) fn tell(&mut self, events: impl IntoIterator<Item = Event>) {
        self.unsent.extend(events);
        while let Some(event) = self.unsent.pop_front() {
            match self.events.try_send(event) {
                Ok(()) | Err(TrySendError::Full(Event::Quality { .. })) => {}
                Err(TrySendError::Closed(_)) => self.unsent.clear(),
                Err(TrySendError::Full(event)) => {
                    self.unsent.push_front(event);
                    self.unsent.retain(|event| !matches!(event, Event::Quality { .. }));
                    break;
                }
            }
        }
        while self.unsent.len() > MAX_UNSENT {
            self.unsent.pop_front();
            tracing::error!("the actors do not keep up: a media event was lost");
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc;

    use super::*;
    use crate::handle::{PeerKey, RoomKey, Sample};

    fn lost(seat: u128) -> Event {
        Event::Lost { room: RoomKey(1), peer: PeerKey { seat, take: 1 } }
    }

    fn quality() -> Event {
        Event::Quality { room: RoomKey(1), peer: PeerKey { seat: 1, take: 1 }, sample: Sample::default() }
    }

    #[test]
    fn what_must_be_known_waits_in_its_order_and_figures_do_not() {
        let (events, mut told) = mpsc::channel(2);
        let mut teller = Teller::new(events);
        teller.tell([lost(1), lost(2), quality(), lost(3), quality(), lost(4)]);
        assert!(teller.is_behind());
        assert_eq!((told.try_recv(), told.try_recv()), (Ok(lost(1)), Ok(lost(2))));
        teller.tell([]);
        assert_eq!((told.try_recv(), told.try_recv()), (Ok(lost(3)), Ok(lost(4))));
        assert!(!teller.is_behind());
    }

    #[test]
    fn actors_that_never_listen_cost_so_much_and_no_more() {
        let (events, _told) = mpsc::channel(1);
        let mut teller = Teller::new(events);
        for seat in 0..10_000 {
            teller.tell([lost(seat)]);
        }
        assert_eq!(teller.unsent.len(), MAX_UNSENT);
    }

    #[test]
    fn actors_that_are_gone_are_told_nothing() {
        let (events, told) = mpsc::channel(1);
        drop(told);
        let mut teller = Teller::new(events);
        teller.tell([lost(1), lost(2)]);
        assert!(!teller.is_behind());
    }
}
