//! The chat: messages in their order, bodies as the bytes they came as.

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set};
use uuid::Uuid;
use vaidya_clinic::id::{MessageId, SeatId, VisitId};
use vaidya_clinic::time::Timestamp;
use vaidya_clinic::wire::{Body, Said};

use super::entity::message;
use super::{Store, StoreError, erasures};

/// Messages in one statement: 6 values each.
const AT_ONCE: usize = 1_000;

impl Store {
    /// Kept messages of a visit after a sequence number, oldest first, at most `limit`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn messages(&self, visit: VisitId, after: u64, limit: usize) -> Result<Vec<Said>, StoreError> {
        // Numbers that do not fit are beyond every message.
        let after = i64::try_from(after).unwrap_or(i64::MAX);
        let page = message::Entity::find()
            .filter(message::Column::VisitId.eq(visit.0))
            .filter(message::Column::Seq.gt(after))
            .filter(message::Column::VisitId.not_in_subquery(erasures::withheld(visit)))
            .order_by_asc(message::Column::Seq)
            .limit(u64::try_from(limit).unwrap_or(u64::MAX));
        let rows = self.read(move |db| Box::pin(async move { Ok(page.all(db).await?) })).await?;
        rows.into_iter().map(read).collect()
    }

    /// The highest sequence number of a visit's chat; zero when nothing was said.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn last_message(&self, visit: VisitId) -> Result<u64, StoreError> {
        let last = message::Entity::find()
            .select_only()
            .column(message::Column::Seq)
            .filter(message::Column::VisitId.eq(visit.0))
            .order_by_desc(message::Column::Seq)
            .into_tuple::<i64>();
        let last = self.read(move |db| Box::pin(async move { Ok(last.one(db).await?) })).await?;
        last.map_or(Ok(0), place)
    }
}

/// Writes messages. [`StoreError::Taken`] when a place in the order, or an id, is taken.
pub(super) async fn insert<C: ConnectionTrait>(db: &C, visit: VisitId, said: &[&Said]) -> Result<(), StoreError> {
    for some in said.chunks(AT_ONCE) {
        let rows = some.iter().map(|one| row(visit, one)).collect::<Result<Vec<_>, _>>()?;
        message::Entity::insert_many(rows).exec_without_returning(db).await?;
    }
    Ok(())
}

/// The ids of all messages of a visit with their places, in order.
pub(super) async fn index<C: ConnectionTrait>(db: &C, visit: VisitId) -> Result<Vec<(MessageId, u64)>, StoreError> {
    let rows: Vec<(Uuid, i64)> = message::Entity::find()
        .select_only()
        .columns([message::Column::Id, message::Column::Seq])
        .filter(message::Column::VisitId.eq(visit.0))
        .order_by_asc(message::Column::Seq)
        .into_tuple()
        .all(db)
        .await?;
    rows.into_iter().map(|(id, seq)| Ok((MessageId(id), place(seq)?))).collect()
}

fn row(visit: VisitId, said: &Said) -> Result<message::ActiveModel, StoreError> {
    let seq = i64::try_from(said.seq).map_err(|_| StoreError::strange("a place beyond every order"))?;
    Ok(message::ActiveModel {
        visit_id: Set(visit.0),
        seq: Set(seq),
        id: Set(said.id.0),
        seat_id: Set(said.seat.0),
        at: Set(said.at.0),
        body: Set(said.body.0.clone()),
    })
}

fn read(row: message::Model) -> Result<Said, StoreError> {
    Ok(Said {
        seq: place(row.seq)?,
        id: MessageId(row.id),
        seat: SeatId(row.seat_id),
        at: Timestamp(row.at),
        body: Body(row.body),
    })
}

fn place(seq: i64) -> Result<u64, StoreError> {
    u64::try_from(seq).map_err(|_| StoreError::strange("a message before the first"))
}
