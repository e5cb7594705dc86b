//! Facts on their way out: one outbox row for each consumer, written in the transaction of the change they report.

use sea_orm::{ConnectionTrait, EntityTrait, Set};
use serde::Serialize;
use uuid::Uuid;
use vaidya_clinic::event::{Consumer, HouseEvent, RoomEvent};
use vaidya_clinic::id::{EventId, VisitId};
use vaidya_clinic::time::Timestamp;

use super::StoreError;
use super::entity::outbox;

/// Rows in one statement: 12 values each, and SQLite takes 32,766 of them.
const AT_ONCE: usize = 1_000;

/// Writes facts of a visit, in order, each with a fresh event id.
pub(super) async fn write<C: ConnectionTrait>(
    db: &C,
    visit: VisitId,
    facts: &[RoomEvent],
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut rows = Vec::new();
    for fact in facts {
        rows.extend(of(Some(visit), fact, fact.consumers(), now)?);
    }
    insert(db, rows).await
}

/// Writes a fact that may be of a visit or of none.
pub(super) async fn of_visit_or_not<C: ConnectionTrait>(
    db: &C,
    visit: Option<VisitId>,
    fact: &RoomEvent,
    now: Timestamp,
) -> Result<(), StoreError> {
    insert(db, of(visit, fact, fact.consumers(), now)?.collect()).await
}

/// Writes a fact of the house outside its rooms.
pub(super) async fn house<C: ConnectionTrait>(db: &C, fact: &HouseEvent, now: Timestamp) -> Result<(), StoreError> {
    insert(db, of(None, fact, fact.consumers(), now)?.collect()).await
}

/// Writes facts of the house, in order, each with a fresh event id.
pub(super) async fn of_the_house<C: ConnectionTrait>(
    db: &C,
    facts: &[HouseEvent],
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut rows = Vec::new();
    for fact in facts {
        rows.extend(of(None, fact, fact.consumers(), now)?);
    }
    insert(db, rows).await
}

async fn insert<C: ConnectionTrait>(db: &C, rows: Vec<outbox::ActiveModel>) -> Result<(), StoreError> {
    for some in rows.chunks(AT_ONCE) {
        outbox::Entity::insert_many(some.to_vec()).exec_without_returning(db).await?;
    }
    Ok(())
}

fn of<F: Serialize>(
    visit: Option<VisitId>,
    fact: &F,
    consumers: &'static [Consumer],
    now: Timestamp,
) -> Result<impl Iterator<Item = outbox::ActiveModel> + use<F>, StoreError> {
    let event = EventId(Uuid::new_v4());
    let payload = serde_json::to_value(fact).map_err(|_| StoreError::strange("a fact that cannot be written"))?;
    let kind = payload.get("kind").and_then(|kind| kind.as_str()).unwrap_or_default().to_owned();
    let row = move |consumer: &Consumer| outbox::ActiveModel {
        event_id: Set(event.0),
        consumer: Set(consumer.as_str().to_owned()),
        visit_id: Set(visit.map(|visit| visit.0)),
        kind: Set(kind.clone()),
        payload: Set(payload.to_string()),
        made_at: Set(now.0),
        due_at: Set(now.0),
        state: Set("pending".to_owned()),
        attempts: Set(0),
        leased_until: Set(None),
        last_error: Set(None),
        ..Default::default()
    };
    Ok(consumers.iter().map(row))
}
