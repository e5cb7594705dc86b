//! A key of an organisation followed by another: each wrap is replaced once, or not at all.

use sea_orm::{ColumnTrait, Condition, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect, Set};
use vaidya_clinic::id::KeyId;
use vaidya_clinic::keyring::ClinicKeyStatus::Live;
use vaidya_clinic::record::Held;
use vaidya_clinic::time::Timestamp;

use super::super::audit::{RENEW, Use};
use super::super::entity::clinic_wrap;
use super::super::{Store, StoreError, audit};

impl Store {
    /// Puts wraps for the live key in the place of those for one that is followed, and says how many: what was erased
    /// meanwhile stays erased.
    ///
    /// # Errors
    /// [`StoreError::BadState`] when the new key is not the live one (any more).
    pub async fn move_wraps(&self, to: KeyId, moved: Vec<(Held, Vec<u8>)>, now: Timestamp) -> Result<u64, StoreError> {
        self.report(move |tx| Box::pin(replace(tx, to, moved, now))).await
    }
}

async fn replace(
    tx: &DatabaseTransaction,
    to: KeyId,
    moved: Vec<(Held, Vec<u8>)>,
    now: Timestamp,
) -> Result<u64, StoreError> {
    if super::hold(tx, to).await?.status != Live.as_str() {
        return Err(StoreError::BadState);
    }
    let those = moved.iter().map(|(held, _)| only(held)).fold(Condition::any(), Condition::add);
    let there = clinic_wrap::Entity::find().filter(those.clone()).lock_exclusive().all(tx).await?;
    let stays = |held: &Held| {
        let ver = i64::from(held.ver);
        there.iter().any(|row| (row.record_id, row.ver, row.key_id) == (held.record.0, ver, held.key.0))
    };
    let moved: Vec<_> = moved.into_iter().filter(|(held, _)| stays(held)).collect();
    if moved.is_empty() {
        return Ok(0);
    }
    clinic_wrap::Entity::delete_many().filter(those).exec(tx).await?;
    let row = |(held, ek): &(Held, Vec<u8>)| clinic_wrap::ActiveModel {
        record_id: Set(held.record.0),
        ver: Set(i64::from(held.ver)),
        key_id: Set(to.0),
        ek: Set(ek.clone()),
        made_at: Set(now.0),
    };
    clinic_wrap::Entity::insert_many(moved.iter().map(row)).exec_without_returning(tx).await?;
    let uses: Vec<_> = moved.iter().map(|(held, _)| Use { action: RENEW, held, on_behalf: None }).collect();
    audit::used(tx, &uses, now).await?;
    Ok(u64::try_from(moved.len()).unwrap_or(u64::MAX))
}

/// The row of one wrap.
fn only(held: &Held) -> Condition {
    of_version(held).add(clinic_wrap::Column::KeyId.eq(held.key.0))
}

/// The rows of one version.
pub(super) fn of_version(held: &Held) -> Condition {
    Condition::all()
        .add(clinic_wrap::Column::RecordId.eq(held.record.0))
        .add(clinic_wrap::Column::Ver.eq(i64::from(held.ver)))
}
