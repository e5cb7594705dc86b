//! Whose a datagram is: by the path it came on, or by the name in its ICE check.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::net::SocketAddr;

use crate::handle::RoomKey;

/// Paths one peer may hold. A browser tries a handful of its addresses against each of ours; more is noise, and the
/// oldest is given up.
const MAX_PATHS: usize = 64;

/// How a datagram travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Transport {
    /// As it is.
    Udp,
    /// Framed by RFC 4571.
    Tcp,
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Transport::Udp => "UDP",
            Transport::Tcp => "TCP",
        })
    }
}

/// Where a datagram came from and where it arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Path {
    /// How it travels.
    pub transport: Transport,
    /// Their end.
    pub remote: SocketAddr,
    /// Our end: one of the announced addresses.
    pub local: SocketAddr,
}

/// A peer within the worker: its room, and a number never given twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct PeerId {
    pub(crate) room: RoomKey,
    pub(crate) number: u64,
}

/// The two maps, and what each peer holds in them.
#[derive(Debug, Default)]
pub(crate) struct Demux {
    by_path: HashMap<Path, PeerId>,
    by_name: HashMap<String, PeerId>,
    held: HashMap<PeerId, Held>,
}

#[derive(Debug, Default)]
struct Held {
    name: String,
    paths: VecDeque<Path>,
}

impl Demux {
    /// Whose this path is.
    pub(crate) fn by_path(&self, path: &Path) -> Option<PeerId> {
        self.by_path.get(path).copied()
    }

    /// Whose ICE user name fragment this is.
    pub(crate) fn by_name(&self, name: &str) -> Option<PeerId> {
        self.by_name.get(name).copied()
    }

    /// Gives a peer its name; the one it had before (an ICE restart changes it) is forgotten.
    pub(crate) fn name(&mut self, peer: PeerId, name: String) {
        let held = self.held.entry(peer).or_default();
        if held.name != name {
            self.by_name.remove(&held.name);
            held.name.clone_from(&name);
            self.by_name.insert(name, peer);
        }
    }

    /// Gives a peer a path on which it proved itself. One that another living peer holds stays where it is, so that
    /// nobody takes someone else's packets by forging a source address. Returns the path given up for it, if any.
    pub(crate) fn claim(&mut self, path: Path, peer: PeerId) -> Claim {
        if self.by_path.contains_key(&path) {
            return Claim::Taken;
        }
        let Some(held) = self.held.get_mut(&peer) else { return Claim::Taken };
        let dropped = if held.paths.len() >= MAX_PATHS { held.paths.pop_front() } else { None };
        held.paths.push_back(path);
        self.by_path.insert(path, peer);
        if let Some(dropped) = &dropped {
            self.by_path.remove(dropped);
        }
        Claim::Given { dropped }
    }

    /// Takes a path from whoever holds it.
    pub(crate) fn release(&mut self, path: &Path) {
        if let Some(held) = self.by_path.remove(path).and_then(|peer| self.held.get_mut(&peer)) {
            held.paths.retain(|held| held != path);
        }
    }

    /// Forgets a peer, and tells the paths it had.
    pub(crate) fn forget(&mut self, peer: PeerId) -> Vec<Path> {
        let Some(held) = self.held.remove(&peer) else { return Vec::new() };
        self.by_name.remove(&held.name);
        for path in &held.paths {
            self.by_path.remove(path);
        }
        held.paths.into()
    }

    /// How many peers there are.
    pub(crate) fn len(&self) -> usize {
        self.held.len()
    }

    /// Everyone known of a room: for one whose own list can no longer be trusted.
    pub(crate) fn of_room(&self, room: RoomKey) -> Vec<PeerId> {
        self.held.keys().filter(|id| id.room == room).copied().collect()
    }
}

/// What became of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Claim {
    /// It is the peer's now; `dropped` had to go for it.
    Given { dropped: Option<Path> },
    /// It is someone else's.
    Taken,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u64) -> PeerId {
        PeerId { room: RoomKey(1), number }
    }

    fn path(port: u16) -> Path {
        Path {
            transport: Transport::Udp,
            remote: SocketAddr::from(([192, 0, 2, 1], port)),
            local: SocketAddr::from(([192, 0, 2, 2], 7443)),
        }
    }

    #[test]
    fn a_peer_is_found_by_its_name_and_by_its_paths() {
        let mut demux = Demux::default();
        demux.name(id(1), "abcd".into());
        assert_eq!(demux.claim(path(1), id(1)), Claim::Given { dropped: None });
        assert_eq!(demux.by_name("abcd"), Some(id(1)));
        assert_eq!(demux.by_path(&path(1)), Some(id(1)));
        assert_eq!(demux.by_path(&Path { transport: Transport::Tcp, ..path(1) }), None);
    }

    #[test]
    fn a_restart_changes_the_name_and_keeps_the_paths() {
        let mut demux = Demux::default();
        demux.name(id(1), "old".into());
        demux.claim(path(1), id(1));
        demux.name(id(1), "new".into());
        assert_eq!(demux.by_name("old"), None);
        assert_eq!(demux.by_name("new"), Some(id(1)));
        assert_eq!(demux.by_path(&path(1)), Some(id(1)));
    }

    #[test]
    fn nobody_takes_the_path_of_a_living_peer() {
        let mut demux = Demux::default();
        demux.name(id(1), "one".into());
        demux.name(id(2), "two".into());
        demux.claim(path(1), id(1));
        assert_eq!(demux.claim(path(1), id(2)), Claim::Taken);
        assert_eq!(demux.forget(id(1)), vec![path(1)]);
        assert_eq!(demux.claim(path(1), id(2)), Claim::Given { dropped: None });
    }

    #[test]
    fn a_path_that_is_released_can_be_taken() {
        let mut demux = Demux::default();
        demux.name(id(1), "one".into());
        demux.name(id(2), "two".into());
        demux.claim(path(1), id(1));
        demux.release(&path(1));
        assert_eq!(demux.by_path(&path(1)), None);
        assert_eq!(demux.claim(path(1), id(2)), Claim::Given { dropped: None });
        assert_eq!(demux.forget(id(1)), vec![]);
        assert_eq!(demux.by_path(&path(1)), Some(id(2)));
    }

    #[test]
    fn a_peer_that_is_forgotten_is_found_no_more() {
        let mut demux = Demux::default();
        demux.name(id(1), "one".into());
        demux.claim(path(1), id(1));
        demux.forget(id(1));
        assert_eq!(demux.by_name("one"), None);
        assert_eq!(demux.by_path(&path(1)), None);
        assert_eq!(demux.claim(path(1), id(1)), Claim::Taken);
    }

    #[test]
    fn a_peer_holds_only_so_many_paths() {
        let mut demux = Demux::default();
        demux.name(id(1), "one".into());
        for port in 1..=64 {
            demux.claim(path(port), id(1));
        }
        assert_eq!(demux.claim(path(65), id(1)), Claim::Given { dropped: Some(path(1)) });
        assert_eq!(demux.by_path(&path(1)), None);
        assert_eq!(demux.by_path(&path(65)), Some(id(1)));
    }
}
