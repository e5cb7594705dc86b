//! Erasing: in one transaction, written down in the audit and for the ledger, and noted beside the database before it is
//! committed.

use std::collections::BTreeSet;

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;
use vaidya_clinic::erasure::{Erased, Kept, Outcome};
use vaidya_clinic::event::HouseEvent;
use vaidya_clinic::id::{OrgId, PersonId, RecordId};
use vaidya_clinic::record::RecordKind;
use vaidya_clinic::time::Timestamp;

use super::super::accounts::{self, Person};
use super::super::audit::{Actor, ERASE, RESTRICT, Trace};
use super::super::entity::{clinic_wrap, grant_wrap, record, record_version, record_wrap, visit_wrap};
use super::super::{StoreError, audit, facts, guardians};
use super::fate::{AT_ONCE, decided};
use super::{Fate, Note, Which, unnoted};

/// What someone asked for.
pub(super) async fn asked(
    tx: &DatabaseTransaction,
    who: Person,
    which: Which,
    note: Note,
    now: Timestamp,
) -> Result<Vec<Fate>, StoreError> {
    let mut theirs = vec![who.id];
    if let Which::These(_) = which {
        theirs.extend(guardians::wards(tx, who.id, now).await?);
    }
    theirs.sort_unstable();
    accounts::hold(tx, &theirs).await?;
    let rows = found(tx, &theirs, which).await?;
    let all = decided(tx, rows, now).await?;
    let fates = all.iter().map(|(_, fate)| *fate).collect();
    let new = |row: &record::Model, fate: &Fate| fate.outcome == Outcome::Erased || row.restricted_at.is_none();
    let done: Vec<_> = all.into_iter().filter(|(row, fate)| new(row, fate)).collect();
    let done: Vec<_> = done.into_iter().map(|(row, fate)| (row, fate.outcome)).collect();
    carry_out(tx, &done, Actor::Person(who.id, who.role), now).await?;
    noted(done.iter().map(|(row, outcome)| line(row, *outcome, now)).collect(), note).await?;
    Ok(fates)
}

/// What the law keeps no longer.
pub(super) async fn due(
    tx: &DatabaseTransaction,
    ids: Vec<Uuid>,
    note: Note,
    now: Timestamp,
) -> Result<usize, StoreError> {
    let done: Vec<_> = held(tx, ids).await?.into_iter().map(|row| (row, Outcome::Erased)).collect();
    carry_out(tx, &done, Actor::System, now).await?;
    noted(done.iter().map(|(row, outcome)| line(row, *outcome, now)).collect(), note).await?;
    Ok(done.len())
}

/// What was noted and is not so.
pub(super) async fn again(tx: &DatabaseTransaction, undone: Vec<Erased>, now: Timestamp) -> Result<(), StoreError> {
    let mut done = Vec::with_capacity(undone.len());
    for row in held(tx, undone.iter().map(|note| note.record.0).collect()).await? {
        let note = undone.iter().find(|note| note.record.0 == row.id);
        done.extend(note.map(|note| (row, note.outcome)));
    }
    carry_out(tx, &done, Actor::System, now).await
}

/// The records that are meant, with nothing that is erased already.
async fn found(tx: &DatabaseTransaction, theirs: &[PersonId], which: Which) -> Result<Vec<record::Model>, StoreError> {
    let own = Condition::all().add(record::Column::PatientId.is_in(theirs.iter().map(|id| id.0)));
    let ids: BTreeSet<Uuid> = match which {
        Which::All => {
            let live = record::Entity::find().filter(own).filter(record::Column::ErasedAt.is_null());
            return Ok(live.order_by_asc(record::Column::Id).all(tx).await?);
        }
        Which::These(ids) => ids.into_iter().map(|id| id.0).collect(),
    };
    let ids: Vec<Uuid> = ids.into_iter().collect();
    let mut rows = Vec::with_capacity(ids.len());
    for some in ids.chunks(AT_ONCE) {
        let named = record::Entity::find().filter(own.clone()).filter(record::Column::Id.is_in(some.to_vec()));
        rows.extend(named.order_by_asc(record::Column::Id).all(tx).await?);
    }
    if rows.len() != ids.len() || rows.iter().any(|row| row.erased_at.is_some()) {
        return Err(StoreError::NotFound);
    }
    Ok(rows)
}

/// Records that are not erased, their patients held: nobody wraps anything of them for anybody meanwhile.
async fn held(tx: &DatabaseTransaction, ids: Vec<Uuid>) -> Result<Vec<record::Model>, StoreError> {
    let live = || record::Entity::find().filter(record::Column::ErasedAt.is_null());
    let mut rows = Vec::with_capacity(ids.len());
    for some in ids.chunks(AT_ONCE) {
        let these = || live().filter(record::Column::Id.is_in(some.to_vec()));
        let patients: BTreeSet<PersonId> =
            these().all(tx).await?.into_iter().map(|row| PersonId(row.patient_id)).collect();
        accounts::hold(tx, &patients.into_iter().collect::<Vec<_>>()).await?;
        rows.extend(these().order_by_asc(record::Column::Id).all(tx).await?);
    }
    Ok(rows)
}

async fn carry_out(
    tx: &DatabaseTransaction,
    done: &[(record::Model, Outcome)],
    actor: Actor,
    now: Timestamp,
) -> Result<(), StoreError> {
    let of = |wanted: Outcome| done.iter().filter(move |(_, outcome)| *outcome == wanted).map(|(row, _)| row);
    for some in of(Outcome::Erased).collect::<Vec<_>>().chunks(AT_ONCE) {
        erase(tx, some, now).await?;
    }
    for some in of(Outcome::Restricted).map(|row| row.id).collect::<Vec<_>>().chunks(AT_ONCE) {
        restrict(tx, some, now).await?;
    }
    let fact = |(row, outcome): &(record::Model, Outcome)| HouseEvent::RecordErased {
        record: RecordId(row.id),
        outcome: *outcome,
    };
    facts::of_the_house(tx, &done.iter().map(fact).collect::<Vec<_>>(), now).await?;
    let traces: Vec<_> = done.iter().map(|(row, outcome)| trace(row, *outcome, actor, now)).collect();
    // The audit's end is the last thing a transaction takes.
    audit::all_done(tx, &traces).await
}

/// Everything that opens these records goes: wraps for people, for the clinic and for grants, the key of a transcript's
/// messages, and the salts that tie them to what the ledger says.
async fn erase(tx: &DatabaseTransaction, rows: &[&record::Model], now: Timestamp) -> Result<(), StoreError> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let transcripts = rows.iter().filter(|row| row.kind == RecordKind::Transcript.as_str());
    let visits: Vec<Uuid> = transcripts.filter_map(|row| row.visit_id).collect();
    let of = |column: record_wrap::Column| column.is_in(ids.clone());
    record_wrap::Entity::delete_many().filter(of(record_wrap::Column::RecordId)).exec(tx).await?;
    let held = clinic_wrap::Column::RecordId.is_in(ids.clone());
    clinic_wrap::Entity::delete_many().filter(held).exec(tx).await?;
    let granted = grant_wrap::Column::RecordId.is_in(ids.clone());
    grant_wrap::Entity::delete_many().filter(granted).exec(tx).await?;
    visit_wrap::Entity::delete_many().filter(visit_wrap::Column::VisitId.is_in(visits)).exec(tx).await?;
    let unsalted = record_version::Entity::update_many()
        .col_expr(record_version::Column::Salt, Expr::value(None::<Vec<u8>>))
        .filter(record_version::Column::RecordId.is_in(ids.clone()));
    unsalted.exec(tx).await?;
    let gone = record::Entity::update_many()
        .col_expr(record::Column::ErasedAt, Expr::value(now.0))
        .col_expr(record::Column::Why, Expr::value(None::<String>))
        .filter(record::Column::Id.is_in(ids));
    gone.exec(tx).await?;
    Ok(())
}

/// Nobody is given these records any more; what would open them for those the law names stays.
async fn restrict(tx: &DatabaseTransaction, ids: &[Uuid], now: Timestamp) -> Result<(), StoreError> {
    let granted = grant_wrap::Column::RecordId.is_in(ids.iter().copied());
    grant_wrap::Entity::delete_many().filter(granted).exec(tx).await?;
    let kept = record::Entity::update_many()
        .col_expr(record::Column::RestrictedAt, Expr::value(now.0))
        .col_expr(record::Column::Why, Expr::value(Kept::Retention.as_str()))
        .filter(record::Column::Id.is_in(ids.iter().copied()));
    kept.exec(tx).await?;
    Ok(())
}

fn trace(row: &record::Model, outcome: Outcome, actor: Actor, now: Timestamp) -> Trace {
    let action = match outcome {
        Outcome::Erased => ERASE,
        Outcome::Restricted => RESTRICT,
    };
    let trace = Trace::new(actor, Some(OrgId(row.org_id)), action, now);
    trace.about(|subject| {
        (subject.thing, subject.about) = (Some(("record", row.id)), Some(PersonId(row.patient_id)));
    });
    trace
}

fn line(row: &record::Model, outcome: Outcome, at: Timestamp) -> Erased {
    Erased { record: RecordId(row.id), outcome, at }
}

/// Notes beside the database, on a thread that may wait for the disk.
async fn noted(lines: Vec<Erased>, note: Note) -> Result<(), StoreError> {
    if lines.is_empty() {
        return Ok(());
    }
    let written = tokio::task::spawn_blocking(move || note(&lines)).await;
    let written = written.map_err(|error| StoreError::Unavailable(error.to_string()))?;
    written.map_err(|error| unnoted(&error))
}
