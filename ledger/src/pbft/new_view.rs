//! What a new view must propose, computed from its view changes alone (section 4.4): the primary and every backup come to the same.
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::message::{Signed, ViewChange};
use super::{Batch, Config, Keys, Mutant, Prepared, Seq, Stable};
use crate::Hash;

/// min-s with its proof, and O without signatures.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Plan {
    /// min-s: the highest stable checkpoint in V.
    pub(super) low: Seq,
    /// Its certificate; none at the beginning of the validator set.
    pub(super) stable: Option<Arc<Stable>>,
    /// A digest for each number from min-s + 1 to max-s.
    pub(super) proposals: Vec<(Seq, Hash)>,
}

impl Plan {
    /// Of verified view changes.
    pub(super) fn of<'a>(changes: impl Iterator<Item = &'a ViewChange> + Clone, config: &Config) -> Self {
        let stable =
            changes.clone().filter_map(|change| change.stable.as_ref()).max_by_key(|stable| stable.seq()).cloned();
        let low = stable.as_ref().map_or(config.start.seq, |stable| stable.seq());
        let mut best: BTreeMap<Seq, &Prepared> = BTreeMap::new();
        for prepared in changes.flat_map(|change| &change.prepared) {
            let body = prepared.proposal.body;
            let higher = best.get(&body.seq).is_none_or(|known| known.proposal.body.view < body.view);
            if body.seq > low && higher {
                best.insert(body.seq, prepared);
            }
        }
        let high = best.last_key_value().map_or(low, |(seq, _)| *seq);
        let null = Batch::null().digest();
        let digest = |seq| best.get(&seq).map(|prepared| prepared.proposal.body.digest);
        let skips = config.bug(Mutant::NullSkipped);
        let proposals = (low + 1..=high)
            .filter(|seq| !skips || best.contains_key(seq))
            .map(|seq| (seq, digest(seq).unwrap_or(null)))
            .collect();
        Self { low, stable, proposals }
    }
}

/// Whether a VIEW-CHANGE proves what it says: C by a quorum, P by prepared certificates of lower views between its watermarks, ascending.
pub(super) fn is_proven(change: &Signed<ViewChange>, keys: &mut Keys, config: &Config) -> bool {
    let quorum = config.quorum();
    if !keys.verify(change) {
        return false;
    }
    let body = &change.body;
    let stable = body.stable.as_ref().is_none_or(|stable| stable.holds(keys, quorum.strong()));
    let low = body.stable.as_ref().map_or(config.start.seq, |stable| stable.seq());
    let high = low.saturating_add(config.limits.window);
    let numbers: Vec<Seq> = body.prepared.iter().map(|prepared| prepared.proposal.body.seq).collect();
    let ascending = numbers.is_sorted_by(|one, next| one < next);
    let between = numbers.iter().all(|seq| (low < *seq && *seq <= high) || config.bug(Mutant::WatermarkUnchecked));
    let lower = body.prepared.iter().all(|prepared| prepared.proposal.body.view < body.view);
    let believed = config.bug(Mutant::PreparedUnverified);
    stable
        && ascending
        && between
        && lower
        && (believed || body.prepared.iter().all(|prepared| prepared.holds(keys, quorum.prepares())))
}

/// Whether these are enough view changes, to that view, of different replicas.
pub(super) fn is_entitled(changes: &[Arc<Signed<ViewChange>>], view: super::View, config: &Config) -> bool {
    let different: BTreeSet<_> = changes.iter().map(|change| change.body.by).collect();
    different.len() == changes.len()
        && changes.len() >= config.quorum().strong()
        && changes.iter().all(|change| change.body.view == view)
}
