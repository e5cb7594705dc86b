//! Rules of consents: asked for, given once, used once, taken back; and of looking at what was opened without one.
use super::Void;
use super::row::{Consent, Emergency, Nullifier, Room};
use super::rules::{Case, Verdict};
use super::state::Effect;

/// Asked for once.
pub(super) fn request(case: &Case<'_>) -> Verdict {
    let until = case.entry.statement.not_after;
    fresh(case)?;
    Ok(vec![case.becomes(Consent::Requested { until })])
}

/// Given once: when it was asked for, in time; or unasked, as what stands until it is taken back.
pub(super) fn grant(case: &Case<'_>) -> Verdict {
    match case.state.get::<Consent>(case.reference()) {
        Some(Consent::Requested { until }) if case.is_over(*until) => return Err(Void::ConsentOver),
        Some(Consent::Requested { .. }) => {}
        Some(_) => return Err(Void::ConsentOver),
        None => fresh(case)?,
    }
    Ok(vec![case.becomes(Consent::Granted { until: case.entry.statement.not_after })])
}

/// A code is used once, for a consent that is asked for or given.
pub(super) fn nullify(case: &Case<'_>) -> Verdict {
    match case.state.get::<Consent>(case.parent()) {
        None => return Err(Void::UnknownConsent),
        Some(Consent::Requested { until } | Consent::Granted { until }) if !case.is_over(*until) => {}
        Some(_) => return Err(Void::ConsentOver),
    }
    if case.state.has::<Nullifier>(case.reference()) {
        return Err(Void::NullifierUsed);
    }
    Ok(vec![case.becomes(Nullifier)])
}

/// Taken back, or not given.
pub(super) fn revoke(case: &Case<'_>) -> Verdict {
    match case.state.get::<Consent>(case.reference()) {
        None => Err(Void::UnknownConsent),
        Some(Consent::Over) => Err(Void::ConsentOver),
        Some(_) => Ok(vec![case.becomes(Consent::Over)]),
    }
}

/// A break-glass access is looked at once, by someone else.
pub(super) fn review(case: &Case<'_>) -> Verdict {
    let emergency = case.state.get::<Emergency>(case.parent()).ok_or(Void::UnknownEmergency)?;
    match () {
        () if emergency.reviewed => Err(Void::Reviewed),
        () if case.actor_label() == Some(emergency.doctor) => Err(Void::OwnReview),
        () => Ok(vec![Effect::new(case.parent(), Emergency { reviewed: true, ..emergency.clone() })]),
    }
}

/// Nothing has this reference yet that records could stand on.
fn fresh(case: &Case<'_>) -> Result<(), Void> {
    let known = case.state.has::<Consent>(case.reference()) || case.state.has::<Room>(case.reference());
    if known { Err(Void::Known) } else { Ok(()) }
}
