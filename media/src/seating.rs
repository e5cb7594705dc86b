//! Whose media goes on whose slot: every line of every peer on a free slot of every other, while there are any.

use std::collections::BTreeMap;

use str0m::media::MediaKind;

use crate::peer::Peer;
use crate::slot::Origin;
use crate::source::Fan;

/// Seats everyone anew. Who has a slot keeps it. Returns whose slots changed.
pub(crate) fn arrange(peers: &mut BTreeMap<u64, Peer>) -> Vec<u64> {
    let origins = origins(peers);
    let changed = peers.iter_mut().filter_map(|(number, peer)| assign(*number, peer, &origins).then_some(*number));
    let changed = changed.collect();
    fan_out(peers);
    changed
}

/// All lines there are: first lines of everyone before second lines of anyone, and by who came first.
fn origins(peers: &BTreeMap<u64, Peer>) -> Vec<(MediaKind, Origin)> {
    let mut origins = Vec::new();
    for (number, peer) in peers {
        for kind in [MediaKind::Audio, MediaKind::Video] {
            let lines = peer.sources.iter().filter(|source| source.kind == kind);
            origins.extend(
                lines
                    .enumerate()
                    .map(|(rank, source)| (rank, kind, Origin { peer: *number, mid: source.mid, seat: peer.key.seat })),
            );
        }
    }
    origins.sort_by_key(|(rank, ..)| *rank);
    origins.into_iter().map(|(_, kind, origin)| (kind, origin)).collect()
}

/// Tells every source who watches it.
fn fan_out(peers: &mut BTreeMap<u64, Peer>) {
    let mut fans: Vec<(Origin, Fan)> = Vec::new();
    for (number, peer) in &*peers {
        let slots = peer.slots.iter().enumerate();
        fans.extend(slots.filter_map(|(slot, line)| Some((line.from()?, Fan { peer: *number, slot }))));
    }
    for (number, peer) in peers {
        for source in &mut peer.sources {
            let watched = fans.iter().filter(|(from, _)| from.peer == *number && from.mid == source.mid);
            source.fans = watched.map(|(_, fan)| *fan).collect();
        }
    }
}

/// Frees the slots of those who left and fills free ones with those who wait. Returns whether anything changed.
fn assign(number: u64, peer: &mut Peer, origins: &[(MediaKind, Origin)]) -> bool {
    let before = peer.told_slots();
    let others = || origins.iter().filter(|(_, origin)| origin.peer != number);
    for slot in &mut peer.slots {
        if slot.from().is_some_and(|from| !others().any(|(_, origin)| *origin == from)) {
            slot.assign(None);
        }
    }
    for (kind, origin) in others() {
        if peer.slots.iter().any(|slot| slot.from() == Some(*origin)) {
            continue;
        }
        if let Some(free) = peer.slots.iter_mut().find(|slot| slot.kind == *kind && slot.from().is_none()) {
            free.assign(Some(*origin));
        }
    }
    before != peer.told_slots()
}
