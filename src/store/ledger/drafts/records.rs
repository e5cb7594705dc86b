//! Versions of records, and records that were erased, as entries.

use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder};
use vaidya_clinic::anchor::Thing;
use vaidya_clinic::erasure::Outcome;
use vaidya_clinic::id::{ConsentId, RecordId, VisitId};
use vaidya_ledger::{Hash, Kind, Statement};

use super::super::super::StoreError;
use super::super::super::entity::{record, record_version};
use super::super::{keys, unsigned};
use super::{Draft, opened};

/// A version that was kept, after the room that it stands on.
pub(super) async fn kept(tx: &DatabaseTransaction, id: RecordId, ver: u32) -> Result<Vec<Draft>, StoreError> {
    let row = record::Entity::find_by_id(id.0).one(tx).await?.ok_or(StoreError::NotFound)?;
    let version = record_version::Entity::find_by_id((id.0, i64::from(ver))).one(tx).await?;
    let version = version.ok_or(StoreError::NotFound)?;
    let commitment = version.commitment.ok_or_else(|| StoreError::strange("a version without a commitment"))?;
    let commitment = commitment.try_into().map_err(|_| StoreError::strange("a commitment of another length"))?;
    let stands_on = match ver.checked_sub(1).filter(|before| *before > 0) {
        Some(before) => Some(Thing::Record(id, before)),
        None => {
            row.visit_id.map(|id| Thing::Room(VisitId(id))).or(row.consent_id.map(|id| Thing::Consent(ConsentId(id))))
        }
    };
    let statement = Statement {
        kind: if ver > 1 { Kind::RecordAmended } else { Kind::RecordPut },
        reference: Hash(Thing::Record(id, ver).reference()),
        parent: stands_on.map(|thing| Hash(thing.reference())).unwrap_or_default(),
        commitment: Hash(commitment),
        not_after: 0,
    };
    let actor = keys::actor(tx, version.signed_by, version.signature).await?;
    let room = match stands_on {
        Some(Thing::Room(visit)) => opened(tx, Some(visit)).await?,
        _ => None,
    };
    let kept = Draft { actor, ..Draft::new(statement, ("record", id.0, Some(ver))) };
    Ok(room.into_iter().chain([kept]).collect())
}

/// A record that nobody can open any more.
pub(super) async fn erased(tx: &DatabaseTransaction, id: RecordId) -> Result<Option<Draft>, StoreError> {
    let latest = record_version::Entity::find()
        .filter(record_version::Column::RecordId.eq(id.0))
        .order_by_desc(record_version::Column::Ver);
    let Some(latest) = latest.one(tx).await? else { return Ok(None) };
    let ver = u32::try_from(unsigned(latest.ver)).map_err(|_| StoreError::strange("a version beyond every number"))?;
    let statement = Statement {
        kind: Kind::RecordErased,
        reference: Hash(Thing::Record(id, 0).reference()),
        parent: Hash(Thing::Record(id, ver).reference()),
        commitment: Hash(vaidya_clinic::anchor::erasure(Outcome::Erased.as_str())),
        not_after: 0,
    };
    Ok(Some(Draft::new(statement, ("record", id.0, Some(0)))))
}
