//! The open sockets of each session, so that they end with it, and the word that the server is going down.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;
use vaidya_clinic::id::{DeviceId, SeatId};

use crate::store::SecretHash;

/// Sockets one session may have open: tabs. When full, the next one is refused with `busy`.
const A_SESSION: usize = 32;

/// Why a socket is to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// Go on.
    Stay,
    /// The session ended.
    SignedOut,
    /// The server is going down.
    GoingDown,
}

/// Every open socket.
#[derive(Default)]
pub struct Sockets {
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    of_session: HashMap<[u8; 32], HashMap<DeviceId, watch::Sender<Word>>>,
    /// Of those who came by a link.
    of_seat: HashMap<SeatId, HashMap<DeviceId, watch::Sender<Word>>>,
    going_down: bool,
}

/// A socket's place among the open ones; given back when dropped.
pub struct Place {
    sockets: Arc<Sockets>,
    sessions: Vec<[u8; 32]>,
    seat: Option<SeatId>,
    device: DeviceId,
    /// Changes when the socket is to end.
    pub word: watch::Receiver<Word>,
}

impl Sockets {
    /// A place for a socket that these sessions opened, one of them perhaps for a seat; none when one of them has too many or the server is going
    /// down.
    #[must_use]
    pub fn enter(self: &Arc<Self>, tokens: &[SecretHash], seat: Option<SeatId>, device: DeviceId) -> Option<Place> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let sessions: Vec<_> = tokens.iter().map(|token| token.0).collect();
        let crowded = |session| open.of_session.get(session).is_some_and(|places| places.len() >= A_SESSION);
        if open.going_down || sessions.iter().any(crowded) {
            return None;
        }
        let (say, word) = watch::channel(Word::Stay);
        for session in &sessions {
            open.of_session.entry(*session).or_default().insert(device, say.clone());
        }
        if let Some(seat) = seat {
            open.of_seat.entry(seat).or_default().insert(device, say);
        }
        metrics::gauge!("vaidya_sockets").increment(1.0);
        Some(Place { sockets: Arc::clone(self), sessions, seat, device, word })
    }

    /// Ends the sockets of a session.
    pub fn sign_out(&self, token: SecretHash) {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        for say in open.of_session.get(&token.0).into_iter().flat_map(HashMap::values) {
            say.send_replace(Word::SignedOut);
        }
    }

    /// Ends the sockets of whoever came to a seat by a link.
    pub fn sign_out_seat(&self, seat: SeatId) {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        for say in open.of_seat.get(&seat).into_iter().flat_map(HashMap::values) {
            say.send_replace(Word::SignedOut);
        }
    }

    /// Ends every socket, and lets no new one in.
    pub fn go_down(&self) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.going_down = true;
        for say in open.of_session.values().flat_map(HashMap::values) {
            say.send_replace(Word::GoingDown);
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.sockets.open.lock().unwrap_or_else(PoisonError::into_inner);
        for session in &self.sessions {
            if let Some(places) = open.of_session.get_mut(session) {
                places.remove(&self.device);
                if places.is_empty() {
                    open.of_session.remove(session);
                }
            }
        }
        if let Some(seat) = self.seat
            && let Some(places) = open.of_seat.get_mut(&seat)
        {
            places.remove(&self.device);
            if places.is_empty() {
                open.of_seat.remove(&seat);
            }
        }
        metrics::gauge!("vaidya_sockets").decrement(1.0);
    }
}
