//! Rooms as they are remembered: changes of one visit are kept together, and a room is rebuilt from them.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DatabaseConnection, DatabaseTransaction, EntityTrait, QueryFilter};
use vaidya_clinic::event::RoomEvent;
use vaidya_clinic::id::{SeatId, VisitId};
use vaidya_clinic::link;
use vaidya_clinic::time::Timestamp;
use vaidya_clinic::visit::{Change, EndedWhy, RoomMemory, Standing, VisitState};
use vaidya_clinic::wire::Said;

use super::entity::{seat, visit};
use super::error::known;
use super::{Store, StoreError, facts, links, messages, seats, sessions, visits};

impl Store {
    /// Puts changes of one visit, and the facts that report them, on disk in one transaction.
    ///
    /// # Errors
    /// None of it is kept: [`StoreError::NotFound`] (no such visit), [`StoreError::BadState`] (the visit is over, or
    /// a seat does not stand as the change presumes: whoever decided it should look again), [`StoreError::Taken`]
    /// (a message's place or id is taken), [`StoreError::Full`], or a failure.
    pub async fn keep(&self, visit: VisitId, changes: Vec<Change>, at: Timestamp) -> Result<(), StoreError> {
        self.report(move |tx| Box::pin(async move { keep(tx, visit, &changes, at).await })).await
    }

    /// What is remembered of a visit's room; none when there is no such visit.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn recall(&self, visit: VisitId) -> Result<Option<RoomMemory>, StoreError> {
        self.read(move |db| Box::pin(recall(db, visit))).await
    }

    /// Ends an open visit that nothing happened in since `before`. `false`: something did, or it is over.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_idle(&self, visit: VisitId, before: Timestamp, now: Timestamp) -> Result<bool, StoreError> {
        let trace = self.trace.clone();
        let work = async move |tx: &DatabaseTransaction| {
            let ended = end_idle(tx, visit, before, now).await?;
            if let Some(trace) = trace.filter(|_| !ended) {
                trace.leave_out();
            }
            Ok(ended)
        };
        self.report(move |tx| Box::pin(async move { work(tx).await })).await
    }
}

async fn keep(tx: &DatabaseTransaction, id: VisitId, changes: &[Change], at: Timestamp) -> Result<(), StoreError> {
    let row = visits::hold(tx, id).await?;
    let open = known(VisitState::parse(&row.state))? == VisitState::Open;
    let only_leaving = changes.iter().all(|change| matches!(change, Change::Left { .. }));
    if !open && !only_leaving {
        return Err(StoreError::BadState);
    }
    for change in changes {
        perform(tx, id, change, at).await?;
    }
    let said: Vec<&Said> = changes.iter().filter_map(said).collect();
    messages::insert(tx, id, &said).await?;
    let told: Vec<RoomEvent> = changes.iter().filter_map(fact).collect();
    facts::write(tx, id, &told, at).await?;
    if open { touch(tx, id, at).await } else { Ok(()) }
}

/// What a change does to seats and the visit; messages are written together afterwards.
async fn perform(tx: &DatabaseTransaction, id: VisitId, change: &Change, at: Timestamp) -> Result<(), StoreError> {
    match change {
        Change::Admitted(seat) => seats::stand(tx, id, *seat, Standing::Admitted).await,
        Change::Joined(seat) => must_be_let_in(tx, id, *seat).await,
        Change::Removed(seat) => put_out(tx, id, *seat, at).await,
        Change::Ended(why) => end(tx, id, *why, at).await,
        Change::Seated(_) | Change::Left { .. } | Change::Said(_) | Change::Quality { .. } => Ok(()),
    }
}

fn said(change: &Change) -> Option<&Said> {
    match change {
        Change::Said(said) => Some(said),
        _ => None,
    }
}

/// The fact that reports a change, where there is one.
fn fact(change: &Change) -> Option<RoomEvent> {
    match change {
        Change::Seated(_) | Change::Admitted(_) | Change::Removed(_) => None,
        Change::Joined(seat) => Some(RoomEvent::Joined { seat: *seat }),
        Change::Left { seat, why } => Some(RoomEvent::Left { seat: *seat, why: *why }),
        Change::Said(said) => Some(RoomEvent::Said { seat: said.seat, seq: said.seq, id: said.id }),
        Change::Quality { seat, level } => Some(RoomEvent::Quality { seat: *seat, level: *level }),
        Change::Ended(why) => Some(RoomEvent::Ended { why: *why }),
    }
}

async fn must_be_let_in(tx: &DatabaseTransaction, id: VisitId, who: SeatId) -> Result<(), StoreError> {
    let admitted = seat::Entity::find_by_id(who.0)
        .filter(seat::Column::VisitId.eq(id.0))
        .filter(seat::Column::Standing.eq(Standing::Admitted.as_str()))
        .one(tx)
        .await?;
    admitted.map(|_| ()).ok_or(StoreError::BadState)
}

/// Removes a seat for good: what led to it and its sessions stop working too, and with a link go the seats of its
/// further devices.
pub(super) async fn put_out(
    tx: &DatabaseTransaction,
    id: VisitId,
    who: SeatId,
    at: Timestamp,
) -> Result<(), StoreError> {
    seats::stand(tx, id, who, Standing::Removed).await?;
    links::close_of_seat(tx, id, who, at).await?;
    sessions::end_of_seat(tx, who, at).await
}

async fn end(tx: &DatabaseTransaction, id: VisitId, why: EndedWhy, at: Timestamp) -> Result<(), StoreError> {
    let over = visit::Entity::update_many()
        .col_expr(visit::Column::State, Expr::value(VisitState::Ended.as_str()))
        .col_expr(visit::Column::EndedAt, Expr::value(at.0))
        .col_expr(visit::Column::EndedWhy, Expr::value(why.as_str()))
        .filter(visit::Column::Id.eq(id.0));
    over.exec(tx).await?;
    Ok(())
}

async fn touch(tx: &DatabaseTransaction, id: VisitId, at: Timestamp) -> Result<(), StoreError> {
    let touched = visit::Entity::update_many()
        .col_expr(visit::Column::LastAt, Expr::value(at.0))
        .filter(visit::Column::Id.eq(id.0))
        .filter(visit::Column::LastAt.lt(at.0));
    touched.exec(tx).await?;
    Ok(())
}

async fn end_idle(
    tx: &DatabaseTransaction,
    id: VisitId,
    before: Timestamp,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let row = visits::hold(tx, id).await?;
    if known(VisitState::parse(&row.state))? != VisitState::Open || row.last_at >= before.0 {
        return Ok(false);
    }
    keep(tx, id, &[Change::Ended(EndedWhy::Idle)], now).await?;
    Ok(true)
}

async fn recall(db: &DatabaseConnection, id: VisitId) -> Result<Option<RoomMemory>, StoreError> {
    let Some(row) = visit::Entity::find_by_id(id.0).one(db).await? else { return Ok(None) };
    let why = row.ended_why.as_deref().map(|word| known(EndedWhy::parse(word))).transpose()?;
    let ended = row.ended_at.map(Timestamp).zip(why);
    Ok(Some(RoomMemory {
        visit: id,
        state: known(VisitState::parse(&row.state))?,
        opens: link::opens(row.planned_at.map(Timestamp)),
        ended,
        seats: seats::of_visit(db, id).await?,
        said: messages::index(db, id).await?,
    }))
}
