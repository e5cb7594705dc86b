//! What is to become of records: what is the patient's own goes, what belongs to a treatment is kept for its years.

use std::collections::{BTreeSet, HashMap};

use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;
use vaidya_clinic::erasure::{Erased, Kept, Outcome, kept_until};
use vaidya_clinic::id::{OrgId, RecordId};
use vaidya_clinic::policy::Retention;
use vaidya_clinic::record::RecordKind;
use vaidya_clinic::time::Timestamp;

use super::super::entity::{guardian, record, record_version, visit};
use super::super::{StoreError, organisations};
use super::Fate;

/// Ids in one question: SQLite takes 32,766 values.
pub(super) const AT_ONCE: usize = 1_000;

/// A record and what is to become of it.
pub(super) type Decided = (record::Model, Fate);

/// What decides: who wrote each record, and when each treatment began.
struct Known {
    own: BTreeSet<Uuid>,
    visits: HashMap<Uuid, i64>,
    years: HashMap<Uuid, Retention>,
}

/// What is to become of these records now.
pub(super) async fn decided<C: ConnectionTrait>(
    db: &C,
    rows: Vec<record::Model>,
    now: Timestamp,
) -> Result<Vec<Decided>, StoreError> {
    let known = Known::of(db, &rows).await?;
    let with_fate = |row: record::Model| {
        let fate = known.fate(&row, now);
        (row, fate)
    };
    Ok(rows.into_iter().map(with_fate).collect())
}

impl Known {
    async fn of<C: ConnectionTrait>(db: &C, rows: &[record::Model]) -> Result<Self, StoreError> {
        let (mut own, mut visits, mut years) = (BTreeSet::new(), HashMap::new(), HashMap::new());
        for some in rows.chunks(AT_ONCE) {
            own.extend(own_ones(db, some).await?);
            let ids = some.iter().filter_map(|row| row.visit_id);
            let found = visit::Entity::find().filter(visit::Column::Id.is_in(ids)).all(db).await?;
            visits.extend(found.into_iter().map(|row| (row.id, row.opened_at.unwrap_or(row.made_at))));
        }
        for org in rows.iter().map(|row| row.org_id).collect::<BTreeSet<_>>() {
            years.insert(org, organisations::policy(db, OrgId(org)).await?.retention_years);
        }
        Ok(Self { own, visits, years })
    }

    fn fate(&self, row: &record::Model, now: Timestamp) -> Fate {
        let until = self.until(row);
        let erased = until.is_none_or(|until| until <= now);
        let (outcome, why) = match erased {
            true => (Outcome::Erased, None),
            false => (Outcome::Restricted, Some(Kept::Retention)),
        };
        Fate { record: RecordId(row.id), outcome, why, until: until.filter(|_| !erased) }
    }

    /// Until when the law keeps a record; none for what is the patient's own.
    fn until(&self, row: &record::Model) -> Option<Timestamp> {
        if self.own.contains(&row.id) {
            return None;
        }
        let begun = row.visit_id.and_then(|visit| self.visits.get(&visit)).copied().unwrap_or(row.made_at);
        Some(kept_until(Timestamp(begun), self.years.get(&row.org_id).copied().unwrap_or_default()))
    }
}

/// Those of them that only the patient's side wrote. Whose browser sealed a transcript is chance: what was said in a
/// visit is the visit's.
async fn own_ones<C: ConnectionTrait>(db: &C, rows: &[record::Model]) -> Result<BTreeSet<Uuid>, StoreError> {
    let patients: BTreeSet<Uuid> = rows.iter().map(|row| row.patient_id).collect();
    let links = guardian::Entity::find().filter(guardian::Column::PatientId.is_in(patients.iter().copied()));
    let mut sides: BTreeSet<(Uuid, Uuid)> = patients.iter().map(|id| (*id, *id)).collect();
    sides.extend(links.all(db).await?.into_iter().map(|row| (row.patient_id, row.guardian_id)));
    let versions: Vec<(Uuid, Uuid)> = record_version::Entity::find()
        .select_only()
        .columns([record_version::Column::RecordId, record_version::Column::AuthorId])
        .filter(record_version::Column::RecordId.is_in(rows.iter().map(|row| row.id)))
        .into_tuple()
        .all(db)
        .await?;
    let mut authors: HashMap<Uuid, Vec<Uuid>> = HashMap::new();
    for (record, author) in versions {
        authors.entry(record).or_default().push(author);
    }
    let own = |row: &&record::Model| {
        let wrote = authors.get(&row.id).map(Vec::as_slice).unwrap_or_default();
        row.kind != RecordKind::Transcript.as_str() && wrote.iter().all(|one| sides.contains(&(row.patient_id, *one)))
    };
    Ok(rows.iter().filter(own).map(|row| row.id).collect())
}

/// Restricted records that are kept no longer.
pub(super) async fn due<C: ConnectionTrait>(db: &C, limit: u64, now: Timestamp) -> Result<Vec<Uuid>, StoreError> {
    let rows = record::Entity::find()
        .filter(record::Column::RestrictedAt.is_not_null())
        .filter(record::Column::ErasedAt.is_null())
        .order_by_asc(record::Column::MadeAt);
    let decided = decided(db, rows.all(db).await?, now).await?;
    let due = decided.into_iter().filter(|(_, fate)| fate.outcome == Outcome::Erased).map(|(row, _)| row.id);
    Ok(due.take(usize::try_from(limit).unwrap_or(usize::MAX)).collect())
}

/// Of what was noted, what is not so in this database; of a record's notes the one that goes further counts.
pub(super) async fn undone<C: ConnectionTrait>(db: &C, noted: Vec<Erased>) -> Result<Vec<Erased>, StoreError> {
    let mut last: HashMap<Uuid, Erased> = HashMap::new();
    for note in noted {
        let kept = last.entry(note.record.0).or_insert(note);
        if note.outcome == Outcome::Erased {
            *kept = note;
        }
    }
    let ids: Vec<Uuid> = last.keys().copied().collect();
    let mut found = Vec::new();
    for some in ids.chunks(AT_ONCE) {
        let not_so = Condition::all()
            .add(record::Column::Id.is_in(some.iter().copied()))
            .add(record::Column::ErasedAt.is_null());
        let rows = record::Entity::find().filter(not_so).all(db).await?;
        let undone = rows.into_iter().filter_map(|row| last.get(&row.id).copied().zip(Some(row.restricted_at)));
        let undone = undone.filter(|(note, restricted)| note.outcome == Outcome::Erased || restricted.is_none());
        found.extend(undone.map(|(note, _)| note));
    }
    found.sort_by_key(|note| (note.at, note.record));
    Ok(found)
}
