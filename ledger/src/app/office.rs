//! Rules of the validators themselves: how their set changes, and what they are caught at.
use std::collections::BTreeSet;

use super::Void;
use super::row::{Accused, Office, Submitter};
use super::rules::{Case, Verdict};
use super::state::Effect;
use super::window::Window;
use crate::codec::Reader;
use crate::genesis::MOST_SUBMITTERS;
use crate::governance::{Change, Proposal};
use crate::key::usable;
use crate::pbft::{Evidence, Keys};
use crate::validators::Validators;
use crate::{Hash, KeyId};

/// How many signatures are remembered while two messages are compared: all of the certificates in them.
const SIGNATURES: usize = 64;

/// A change that a quorum of those in office signed. Validators change at the next checkpoint, submitters at once.
pub(super) fn change(case: &Case<'_>) -> Verdict {
    let (proposal, assents) = Proposal::read(&case.entry.attachment).map_err(|_| Void::Malformed)?;
    let (office, set) = (case.state.office(), case.state.validators().ok_or(Void::Unfit)?);
    match () {
        () if case.reference() != proposal.reference(case.ledger) => return Err(Void::Malformed),
        () if proposal.serial != office.serial => return Err(Void::Serial),
        () if !proposal.is_agreed(case.ledger, &assents, set) => return Err(Void::NotAgreed),
        () => {}
    }
    let before = office.next.as_ref().unwrap_or(set);
    let after = proposal.validators(before).map_err(|_| Void::Unfit)?;
    let next = if after == *set { None } else { Some(after) };
    let mut effects = submitters(case, &proposal)?;
    effects.push(Effect::new(0_u64, Office { serial: office.serial.saturating_add(1), next, ..office }));
    Ok(effects)
}

/// What becomes of those who hand entries in: at least one is left, and not too many.
fn submitters(case: &Case<'_>, proposal: &Proposal) -> Verdict {
    let changes = proposal.changes.iter().filter_map(|change| submitter(case, change));
    let effects = changes.collect::<Result<Vec<(Effect, i8)>, Void>>()?;
    let came: i64 = effects.iter().map(|(_, one)| i64::from(*one)).sum();
    let active = case.state.all::<Submitter>().filter(|it| it.active).count();
    let count = i64::try_from(active).unwrap_or(i64::MAX).saturating_add(came);
    let names: BTreeSet<_> = effects.iter().map(|(Effect(name, _), _)| *name).collect();
    let enough = usize::try_from(count).is_ok_and(|count| (1..=MOST_SUBMITTERS).contains(&count));
    let fits = enough && names.len() == effects.len();
    if fits { Ok(effects.into_iter().map(|(effect, _)| effect).collect()) } else { Err(Void::Unfit) }
}

/// One who comes or goes, with +1 or −1. One who comes back goes on with the numbers that are not used yet.
fn submitter(case: &Case<'_>, change: &Change) -> Option<Result<(Effect, i8), Void>> {
    let known = |id: KeyId| case.state.get::<Submitter>(id);
    match change {
        Change::AddSubmitter(public) => {
            let (id, new) = (KeyId::of(public), Submitter { public: *public, active: true, window: Window::new() });
            Some(match known(id) {
                None if usable(public) => Ok((Effect::new(id, new), 1)),
                Some(before) if !before.active => {
                    Ok((Effect::new(id, Submitter { active: true, ..before.clone() }), 1))
                }
                _ => Err(Void::Unfit),
            })
        }
        Change::RemoveSubmitter(id) => Some(match known(*id) {
            Some(before) if before.active => Ok((Effect::new(*id, Submitter { active: false, ..before.clone() }), -1)),
            _ => Err(Void::Unfit),
        }),
        Change::Add(_) | Change::Remove(_) | Change::Replace(_) => None,
    }
}

/// Two messages of one validator that contradict each other, in the epoch they were sent in.
pub(super) fn accuse(case: &Case<'_>) -> Verdict {
    let mut reader = Reader::new(&case.entry.attachment, "evidence");
    let epoch = reader.u64().map_err(|_| Void::Malformed)?;
    let evidence = Evidence::decode(reader.rest()).ok_or(Void::Malformed)?;
    if case.reference() != Hash::of(&[&case.entry.attachment]) {
        return Err(Void::Malformed);
    }
    if case.state.has::<Accused>(case.reference()) {
        return Err(Void::Known);
    }
    let set = case.state.get::<Validators>(epoch).ok_or(Void::NoContradiction)?;
    let publics = set.iter().map(|validator| validator.public).collect();
    let mut keys = Keys::new(*case.ledger, epoch, publics, SIGNATURES);
    if !evidence.holds(&mut keys) {
        return Err(Void::NoContradiction);
    }
    let validator = set.at(evidence.culprit(&keys).0.into()).ok_or(Void::NoContradiction)?;
    Ok(vec![case.becomes(Accused { epoch, validator })])
}
