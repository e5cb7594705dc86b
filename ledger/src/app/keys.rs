//! Rules of keys: whose they are, and until when.
use super::Void;
use super::row::{Key, Person};
use super::rules::{Case, Verdict};
use super::state::Effect;
use crate::key::usable;
use crate::{Hash, KeyId};

/// The most live keys of a person: one for each device. More would make the answer to "which keys are theirs" unreadable.
pub const MOST_KEYS: usize = 16;

/// The key id in the first half of a parent; the second half is zero.
fn named(parent: &Hash) -> Option<KeyId> {
    let (id, rest) = parent.0.split_first_chunk()?;
    rest.iter().all(|byte| *byte == 0).then_some(KeyId(*id))
}

/// A key that was never bound proves that it is there, and may follow another one of the same person.
pub(super) fn bind(case: &Case<'_>) -> Verdict {
    let public = <[u8; 32]>::try_from(case.entry.attachment.as_slice()).map_err(|_| Void::Malformed)?;
    let (id, label, binding) = (KeyId::of(&public), case.reference(), case.entry.statement.commitment);
    if !usable(&public) || !case.entry.is_said_by(&public) {
        return Err(Void::ActorSignature);
    }
    if case.state.has::<Key>(id) {
        return Err(Void::KeyKnown);
    }
    let mut person = case.state.get::<Person>(label).cloned().unwrap_or_default();
    let mut effects = match case.parent() == Hash::default() {
        true => Vec::new(),
        false => vec![retire(case, &mut person)?],
    };
    if person.0.len() >= MOST_KEYS {
        return Err(Void::TooManyKeys);
    }
    person.0.push((id, binding));
    person.0.sort_unstable();
    effects.extend([Effect::new(id, Key { public, label, binding, revoked: false }), Effect::new(label, person)]);
    Ok(effects)
}

/// A live key of that person stops being one; whoever says so with a key of their own is that person.
pub(super) fn revoke(case: &Case<'_>) -> Verdict {
    if case.actor_label().is_some_and(|label| label != case.reference()) {
        return Err(Void::OthersKey);
    }
    let mut person = case.state.get::<Person>(case.reference()).cloned().unwrap_or_default();
    Ok(vec![retire(case, &mut person)?, case.becomes(person)])
}

fn retire(case: &Case<'_>, person: &mut Person) -> Result<Effect, Void> {
    let id = named(&case.parent()).ok_or(Void::UnknownKey)?;
    let key = case.live_key(id)?;
    if key.label != case.reference() {
        return Err(Void::OthersKey);
    }
    person.0.retain(|(other, _)| *other != id);
    Ok(Effect::new(id, Key { revoked: true, ..key.clone() }))
}
