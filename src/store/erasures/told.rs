//! What is known of records that are erased or restricted, and what of a visit is withheld with its transcript.

use sea_orm::sea_query::{Query, SelectStatement};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use vaidya_clinic::erasure::{Kept, Outcome};
use vaidya_clinic::id::{PersonId, RecordId, VisitId};
use vaidya_clinic::record::RecordKind;
use vaidya_clinic::time::Timestamp;

use super::super::StoreError;
use super::super::entity::record;
use super::super::error::known;
use super::Tombstone;
use super::fate::decided;

/// Most that are listed.
const LISTED: u64 = 1_000;

/// The visits among this one whose transcript nobody is given any more: the messages it was made of aren't either.
pub(in crate::store) fn withheld(visit: VisitId) -> SelectStatement {
    let gone =
        Condition::any().add(record::Column::RestrictedAt.is_not_null()).add(record::Column::ErasedAt.is_not_null());
    Query::select()
        .column(record::Column::VisitId)
        .from(record::Entity)
        .and_where(record::Column::VisitId.eq(visit.0))
        .and_where(record::Column::Kind.eq(RecordKind::Transcript.as_str()))
        .cond_where(gone)
        .to_owned()
}

/// The tombstones among these records, newest first.
pub(super) async fn list<C: ConnectionTrait>(
    db: &C,
    which: Condition,
    now: Timestamp,
) -> Result<Vec<Tombstone>, StoreError> {
    let gone =
        Condition::any().add(record::Column::RestrictedAt.is_not_null()).add(record::Column::ErasedAt.is_not_null());
    let rows = record::Entity::find()
        .filter(which)
        .filter(gone)
        .order_by_desc(record::Column::MadeAt)
        .order_by_desc(record::Column::Id)
        .limit(LISTED);
    let decided = decided(db, rows.all(db).await?, now).await?;
    let mut found = decided.into_iter().map(|(row, fate)| stone(&row, fate.until)).collect::<Result<Vec<_>, _>>()?;
    found.sort_by_key(|stone| std::cmp::Reverse(stone.at));
    Ok(found)
}

fn stone(row: &record::Model, until: Option<Timestamp>) -> Result<Tombstone, StoreError> {
    let (outcome, at) = match (row.erased_at, row.restricted_at) {
        (Some(at), _) => (Outcome::Erased, at),
        (None, Some(at)) => (Outcome::Restricted, at),
        (None, None) => return Err(StoreError::strange("a record that is neither erased nor restricted")),
    };
    let restricted = outcome == Outcome::Restricted;
    Ok(Tombstone {
        record: RecordId(row.id),
        kind: known(RecordKind::parse(&row.kind))?,
        patient: PersonId(row.patient_id),
        made_at: Timestamp(row.made_at),
        outcome,
        at: Timestamp(at),
        why: row.why.as_deref().filter(|_| restricted).map(|why| known(Kept::parse(why))).transpose()?,
        until: until.filter(|_| restricted),
    })
}
