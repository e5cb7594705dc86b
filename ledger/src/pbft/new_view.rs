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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pbft::message::{Prepare, Proposal, Vote};
    use crate::pbft::tests::{config, signer};
    use crate::pbft::{Limits, ReplicaId, View};

    fn keys() -> Keys {
        Keys::of(&config(4, 0, Limits::default()))
    }

    fn prepared(view: View, seq: Seq, what: u8) -> Arc<Prepared> {
        let mut keys = keys();
        let digest = Hash([what; 32]);
        let primary = u8::try_from(view % 4).unwrap();
        let proposal = keys.sign(Proposal { view, seq, digest }, &signer(primary));
        let backups = (0..4).filter(|by| *by != primary).take(2);
        let prepares = backups.map(|by| {
            let vote = Vote { view, seq, digest, by: ReplicaId(by) };
            (ReplicaId(by), keys.sign(Prepare(vote), &signer(by)).signature)
        });
        Arc::new(Prepared { proposal, prepares: prepares.collect() })
    }

    fn change(by: u8, prepared: Vec<Arc<Prepared>>) -> Arc<Signed<ViewChange>> {
        let body = ViewChange { view: 3, stable: None, prepared, by: ReplicaId(by) };
        Arc::new(keys().sign(body, &signer(by)))
    }

    fn is_good(change: &Signed<ViewChange>) -> bool {
        is_proven(change, &mut keys(), &config(4, 0, Limits::default()))
    }

    #[test]
    fn the_highest_view_wins_and_gaps_are_null() {
        let changes = [
            change(0, vec![prepared(0, 1, 1), prepared(2, 4, 3)]),
            change(1, vec![prepared(1, 1, 2)]),
            change(2, Vec::new()),
        ];
        assert!(changes.iter().all(|change| is_good(change)));
        assert!(is_entitled(&changes, 3, &config(4, 0, Limits::default())));
        let plan = Plan::of(changes.iter().map(|change| &change.body), &config(4, 0, Limits::default()));
        let null = Batch::null().digest();
        assert_eq!(plan.proposals, [(1, Hash([2; 32])), (2, null), (3, null), (4, Hash([3; 32]))]);
        assert_eq!(plan.low, 0);
    }

    #[test]
    fn a_quorum_is_of_different_replicas_for_this_view() {
        let one = change(0, Vec::new());
        let config = config(4, 0, Limits::default());
        assert!(!is_entitled(&[one.clone(), one.clone(), one.clone()], 3, &config));
        let all = [one, change(1, Vec::new()), change(2, Vec::new())];
        assert!(!is_entitled(&all[..2], 3, &config));
        assert!(!is_entitled(&all, 4, &config));
    }

    #[test]
    fn a_forged_certificate_spoils_the_view_change() {
        let forge = |by: fn(&mut Prepared)| {
            let mut certificate = Arc::unwrap_or_clone(prepared(0, 1, 1));
            by(&mut certificate);
            change(0, vec![Arc::new(certificate)])
        };
        assert!(is_good(&forge(|_| {})));
        assert!(!is_good(&forge(|it| it.proposal.body.digest = Hash::default())), "another digest");
        assert!(!is_good(&forge(|it| it.prepares.truncate(1))), "too few");
        assert!(!is_good(&forge(|it| it.prepares = vec![it.prepares[0]; 2])), "one of them twice");
        assert!(!is_good(&forge(|it| it.prepares[1].0 = ReplicaId(0))), "the primary as a backup");
        assert!(!is_good(&forge(|it| it.prepares[1].1 = [0; 64])), "a bad signature");
        assert!(!is_good(&change(0, vec![prepared(3, 1, 1)])), "from the view it wants");
        assert!(!is_good(&change(0, vec![prepared(0, 2, 1), prepared(0, 1, 1)])), "not ascending");
        assert!(!is_good(&change(0, vec![prepared(0, 33, 1)])), "above the watermark");
    }
}
