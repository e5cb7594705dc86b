//! Rules of registrations, and of what only a doctor whose registration is in force may begin.
use super::Void;
use super::row::{Consent, Credential, Emergency, Room};
use super::rules::{Case, Verdict};
use super::state::Effect;
use crate::Hash;

/// What the attachment of a change of status says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// In force.
    Active,
    /// Taken out of force, for a time.
    Suspended,
    /// Its time is over.
    Expired,
    /// Taken back.
    Withdrawn,
}

impl Status {
    /// Its byte in the attachment.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Self::Active => 1,
            Self::Suspended => 2,
            Self::Expired => 3,
            Self::Withdrawn => 4,
        }
    }

    /// The status that has this byte, if one has.
    #[must_use]
    pub fn of(number: u8) -> Option<Self> {
        [Self::Active, Self::Suspended, Self::Expired, Self::Withdrawn].into_iter().find(|it| it.number() == number)
    }
}

/// A registration comes into force, once.
pub(super) fn issue(case: &Case<'_>) -> Verdict {
    if case.state.has::<Credential>(case.reference()) {
        return Err(Void::Known);
    }
    let until = case.entry.statement.not_after;
    Ok(vec![case.becomes(Credential { label: case.parent(), active: true, until })])
}

/// It changes its status and its end. One in force has its end ahead.
pub(super) fn change(case: &Case<'_>) -> Verdict {
    let before = case.state.get::<Credential>(case.reference()).ok_or(Void::UnknownCredential)?;
    let status = case.entry.attachment.first().copied().and_then(Status::of).ok_or(Void::UnknownStatus)?;
    let (active, until) = (status == Status::Active, case.entry.statement.not_after);
    if active && case.is_over(until) {
        return Err(Void::Late);
    }
    Ok(vec![case.becomes(Credential { label: before.label, active, until })])
}

/// A room is opened once, by a doctor whose registration, when it is named, is in force.
pub(super) fn open_room(case: &Case<'_>) -> Verdict {
    if case.state.has::<Room>(case.reference()) || case.state.has::<Consent>(case.reference()) {
        return Err(Void::Known);
    }
    if case.parent() != Hash::default() {
        active(case)?;
    }
    Ok(vec![case.becomes(Room { closed: false })])
}

/// Records are opened in an emergency: under a registration in force, by its owner when anyone is named.
pub(super) fn break_glass(case: &Case<'_>) -> Verdict {
    if case.state.has::<Consent>(case.reference()) || case.state.has::<Room>(case.reference()) {
        return Err(Void::Known);
    }
    let doctor = active(case)?.label;
    if case.actor_label().is_some_and(|label| label != doctor) {
        return Err(Void::OthersKey);
    }
    let grant = Consent::Granted { until: case.entry.statement.not_after };
    Ok(vec![case.becomes(grant), Effect::new(case.reference(), Emergency { doctor, reviewed: false })])
}

/// The registration the entry stands on is in force.
fn active<'a>(case: &'a Case<'_>) -> Result<&'a Credential, Void> {
    let credential = case.state.get::<Credential>(case.parent()).ok_or(Void::UnknownCredential)?;
    let in_force = credential.active && !case.is_over(credential.until);
    if in_force { Ok(credential) } else { Err(Void::InactiveCredential) }
}
