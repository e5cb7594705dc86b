//! Rules of records and the rooms they come from, of logs whose roots are taken up, and of published data.
use super::Void;
use super::row::{Consent, Dataset, Log, Room, Version};
use super::rules::{Case, Verdict};
use super::state::Effect;
use crate::Hash;

/// A record's first version: one's own writing, or on the ground of a consent that holds or of a visit.
pub(super) fn put(case: &Case<'_>) -> Verdict {
    unwritten(case)?;
    if case.parent() != Hash::default() && !case.state.has::<Room>(case.parent()) {
        match case.state.get::<Consent>(case.parent()) {
            Some(Consent::Granted { until }) if !case.is_over(*until) => {}
            Some(_) => return Err(Void::ConsentOver),
            None => return Err(Void::UnknownGround),
        }
    }
    Ok(vec![case.becomes(Version::Latest)])
}

/// The version that follows the latest one.
pub(super) fn amend(case: &Case<'_>) -> Verdict {
    latest(case)?;
    unwritten(case)?;
    Ok(vec![Effect::new(case.parent(), Version::Followed), case.becomes(Version::Latest)])
}

/// The record ends with its latest version.
pub(super) fn erase(case: &Case<'_>) -> Verdict {
    latest(case)?;
    unwritten(case)?;
    Ok(vec![Effect::new(case.parent(), Version::Erased), case.becomes(Version::Erased)])
}

/// A room is closed once.
pub(super) fn close_room(case: &Case<'_>) -> Verdict {
    match case.state.get::<Room>(case.reference()) {
        None => Err(Void::UnknownRoom),
        Some(Room { closed: true }) => Err(Void::RoomClosed),
        Some(Room { closed: false }) => Ok(vec![case.becomes(Room { closed: true })]),
    }
}

/// A log goes on where it was, and grows, at the hand of who began it.
pub(super) fn grow_log(case: &Case<'_>) -> Verdict {
    let size = <[u8; 8]>::try_from(case.entry.attachment.as_slice()).map_err(|_| Void::Malformed)?;
    let (size, submitter) = (u64::from_be_bytes(size), case.entry.submitter);
    let name = Hash::of(&[b"vaidya/ledger/sublog/v1", &[case.entry.statement.kind.number()], &case.reference().0]);
    let before = case.state.get::<Log>(name);
    let (last, length) = before.map_or((Hash::default(), 0), |log| (log.root, log.size));
    match () {
        () if before.is_some_and(|log| log.submitter != submitter) => Err(Void::OthersLog),
        () if last != case.parent() || size <= length => Err(Void::Fork),
        () => Ok(vec![Effect::new(name, Log { root: case.entry.statement.commitment, size, submitter })]),
    }
}

/// Data are published once.
pub(super) fn publish(case: &Case<'_>) -> Verdict {
    if case.state.has::<Dataset>(case.reference()) { Err(Void::Known) } else { Ok(vec![case.becomes(Dataset)]) }
}

fn unwritten(case: &Case<'_>) -> Result<(), Void> {
    if case.state.has::<Version>(case.reference()) { Err(Void::Known) } else { Ok(()) }
}

fn latest(case: &Case<'_>) -> Result<(), Void> {
    match case.state.get::<Version>(case.parent()) {
        None => Err(Void::UnknownRecord),
        Some(Version::Erased) => Err(Void::Erased),
        Some(Version::Followed) => Err(Void::NotLatest),
        Some(Version::Latest) => Ok(()),
    }
}
