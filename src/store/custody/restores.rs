//! What the clinic holds for a person, wrapped for a new key of theirs: asked for, told to them, kept and written down.

use std::collections::BTreeSet;

use sea_orm::{Condition, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect};
use vaidya_clinic::contact::Contact;
use vaidya_clinic::event::HouseEvent;
use vaidya_clinic::id::{KeyId, OrgId, PersonId};
use vaidya_clinic::keyring::KeyStatus;
use vaidya_clinic::message::Notice;
use vaidya_clinic::organisation::Language;
use vaidya_clinic::policy::Custody;
use vaidya_clinic::record::Held;
use vaidya_clinic::time::Timestamp;

use super::super::audit::{RESTORE, Use};
use super::super::entity::{clinic_wrap, person, person_key};
use super::super::keys::{self, PersonKey};
use super::super::sent_messages::{self, Draft};
use super::super::{Store, StoreError, accounts, audit, facts, guardians, organisations, wraps};
use super::held::{Place, any, behind, found, not_wrapped_for};
use super::moves::of_version;

/// Most versions that are counted before a restore: what a person has, with room.
const MOST: u64 = 100_000;

impl Store {
    /// Asks for what is held for a person to be wrapped for a live key of theirs, tells them so, and says how many
    /// versions that are.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when the key is not theirs, [`StoreError::BadState`] when it is not live,
    /// [`StoreError::NoCustody`] when nobody holds anything for them and their organisation won't.
    pub async fn ask_restore(
        &self,
        person: PersonId,
        key: KeyId,
        org: OrgId,
        now: Timestamp,
    ) -> Result<usize, StoreError> {
        self.report(move |tx| Box::pin(ask(tx, person, key, org, now))).await
    }

    /// What is still to be wrapped for a key, after a place, at most `limit`; none when the key is not live any more.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn to_restore(
        &self,
        key: KeyId,
        after: Option<Place>,
        limit: u64,
        now: Timestamp,
    ) -> Result<Option<(PersonKey, Vec<Held>)>, StoreError> {
        self.read(move |db| {
            Box::pin(async move {
                let Some(row) = person_key::Entity::find_by_id(key.0).one(db).await? else { return Ok(None) };
                let key = PersonKey::try_from(row)?;
                if key.status != KeyStatus::Live {
                    return Ok(None);
                }
                let which = not_wrapped_for(&whose(db, key.person, now).await?, key.id).add_option(after.map(behind));
                Ok(Some((key, found(db, which, limit).await?)))
            })
        })
        .await
    }

    /// Keeps what was wrapped for a person's key, and says how much: nothing of what was erased meanwhile, and nothing
    /// when the key is not live any more.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn keep_restored(
        &self,
        key: PersonKey,
        restored: Vec<(Held, Vec<u8>)>,
        now: Timestamp,
    ) -> Result<usize, StoreError> {
        self.report(move |tx| Box::pin(keep(tx, key, restored, now))).await
    }
}

async fn ask(
    tx: &DatabaseTransaction,
    person: PersonId,
    key: KeyId,
    org: OrgId,
    now: Timestamp,
) -> Result<usize, StoreError> {
    accounts::hold(tx, &[person]).await?;
    if keys::one(tx, person, key).await?.status != KeyStatus::Live {
        return Err(StoreError::BadState);
    }
    let missing = missing(tx, person, key, now).await?;
    if missing.is_empty() {
        let whole = any(tx, &whose(tx, person, now).await?).await?;
        let keeps = organisations::policy(tx, org).await?.custody == Custody::PatientAndClinic;
        return if whole || keeps { Ok(0) } else { Err(StoreError::NoCustody) };
    }
    queue(tx, person, key, org, now).await?;
    Ok(missing.len())
}

/// Asks for a restore by itself when something is held for a person that this new key of theirs does not open.
pub(in crate::store) async fn due(
    tx: &DatabaseTransaction,
    person: PersonId,
    key: KeyId,
    now: Timestamp,
) -> Result<(), StoreError> {
    match missing(tx, person, key, now).await?.first() {
        Some(held) => queue(tx, person, key, held.org, now).await,
        None => Ok(()),
    }
}

/// The same for every live key of someone who speaks for a child from now on, and who is told so in other words. Says
/// whether the clinic holds anything of the child's that they can't open yet; who has no key is given it with their first.
pub(in crate::store) async fn due_for_guardian(
    tx: &DatabaseTransaction,
    guardian: PersonId,
    child: PersonId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let live = keys::live(tx, guardian).await?;
    if live.is_empty() {
        return any(tx, &[child]).await;
    }
    let mut some = false;
    for key in live {
        if !found(tx, not_wrapped_for(&[child], key.id), 1).await?.is_empty() {
            facts::house(tx, &HouseEvent::RestoreDue { key: key.id }, now).await?;
            some = true;
        }
    }
    Ok(some)
}

/// Whose records someone may open: their own, and those of the children they speak for.
async fn whose<C: ConnectionTrait>(db: &C, person: PersonId, now: Timestamp) -> Result<Vec<PersonId>, StoreError> {
    let mut whose = guardians::wards(db, person, now).await?;
    whose.push(person);
    whose.sort_unstable();
    Ok(whose)
}

async fn missing<C: ConnectionTrait>(
    db: &C,
    person: PersonId,
    key: KeyId,
    now: Timestamp,
) -> Result<Vec<Held>, StoreError> {
    let all = found(db, not_wrapped_for(&whose(db, person, now).await?, key), MOST).await?;
    let mut seen = BTreeSet::new();
    Ok(all.into_iter().filter(|held| seen.insert((held.record, held.ver))).collect())
}

async fn queue(
    tx: &DatabaseTransaction,
    person: PersonId,
    key: KeyId,
    org: OrgId,
    now: Timestamp,
) -> Result<(), StoreError> {
    facts::house(tx, &HouseEvent::RestoreDue { key }, now).await?;
    let Some(row) = person::Entity::find_by_id(person.0).one(tx).await? else { return Ok(()) };
    let contact = row.phone.as_deref().or(row.email.as_deref()).and_then(Contact::read);
    let Some(contact) = contact else { return Ok(()) };
    let language = row.language.as_deref().and_then(Language::parse).unwrap_or(Language::En);
    let draft = Draft { to: Some(&contact), notice: Notice::RecordsRestored, language, org };
    sent_messages::tell(tx, draft, now).await
}

async fn keep(
    tx: &DatabaseTransaction,
    key: PersonKey,
    restored: Vec<(Held, Vec<u8>)>,
    now: Timestamp,
) -> Result<usize, StoreError> {
    // Whoever erases a record or revokes a key holds its person too.
    let whose = whose(tx, key.person, now).await?;
    accounts::hold(tx, &whose).await?;
    if keys::one(tx, key.person, key.id).await?.status != KeyStatus::Live {
        return Ok(0);
    }
    // By whichever key of the organisation: it may be followed by another just now.
    let those = restored.iter().map(|(held, _)| of_version(held)).fold(Condition::any(), Condition::add);
    let there = clinic_wrap::Entity::find().filter(those).lock_shared().all(tx).await?;
    let there: BTreeSet<_> = there.into_iter().map(|row| (row.record_id, row.ver)).collect();
    let stays = |held: &Held| whose.contains(&held.patient) && there.contains(&(held.record.0, i64::from(held.ver)));
    let restored: Vec<_> = restored.into_iter().filter(|(held, _)| stays(held)).collect();
    let rows = restored.iter().map(|(held, ek)| (held.record, held.ver, key.id, ek.clone()));
    wraps::insert_of_records(tx, rows, now).await?;
    let on_behalf = Some(key.person);
    let uses: Vec<_> = restored.iter().map(|(held, _)| Use { action: RESTORE, held, on_behalf }).collect();
    audit::used(tx, &uses, now).await?;
    Ok(restored.len())
}
