//! The outbox: facts that wait for their consumers, taken on a lease and ended as done, tried again later, or refused.

use std::time::Duration;

use sea_orm::sea_query::{Expr, ExprTrait, LockBehavior, LockType};
use sea_orm::{
    ColumnTrait, Condition, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect, UpdateMany,
};
use vaidya_clinic::event::{Consumer, Fact};
use vaidya_clinic::id::{EventId, VisitId};
use vaidya_clinic::time::Timestamp;

use super::entity::outbox::{self, Column};
use super::{Store, StoreError, before};

/// How long rows that are done stay, for whoever asks what happened.
const REMEMBER: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// A fact on a lease: until it ends nobody else is given it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Which fact.
    pub event: EventId,
    /// Of which visit.
    pub visit: Option<VisitId>,
    /// The fact; none when this program cannot read it.
    pub fact: Option<Fact>,
    /// How often it was taken, this time included.
    pub attempts: u32,
    /// When it was written.
    pub made_at: Timestamp,
    row: i64,
}

/// Rows of one consumer in one state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxCount {
    /// The consumer's name.
    pub consumer: String,
    /// `pending`, `leased`, `done` or `refused`.
    pub state: String,
    /// How many.
    pub rows: u64,
}

/// What waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backlog {
    /// How many.
    pub rows: u64,
    /// Since when the oldest of it does.
    pub since: Option<Timestamp>,
}

impl Store {
    /// Takes up to `limit` facts that are due, oldest first, for `lease`. Facts whose lease ran out are due again.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn claim(
        &self,
        consumer: Consumer,
        limit: u64,
        now: Timestamp,
        lease: Duration,
    ) -> Result<Vec<Job>, StoreError> {
        self.write(move |tx| Box::pin(claim(tx, consumer, limit, now, now.plus(lease)))).await
    }

    /// The fact was dealt with. `false`: the lease was lost to someone else, who will end it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn finish(&self, job: &Job) -> Result<bool, StoreError> {
        self.settle(ours(job).col_expr(Column::State, Expr::value("done"))).await
    }

    /// It is to be tried again at `due`, for this reason (which names nobody). `false`: the lease was lost.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn retry(&self, job: &Job, due: Timestamp, reason: &'static str) -> Result<bool, StoreError> {
        let again = ours(job)
            .col_expr(Column::State, Expr::value("pending"))
            .col_expr(Column::DueAt, Expr::value(due.0))
            .col_expr(Column::LastError, Expr::value(reason));
        self.settle(again).await
    }

    /// It will never succeed, for this reason (which names nobody): a human will look. `false`: the lease was lost.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn refuse(&self, job: &Job, reason: &'static str) -> Result<bool, StoreError> {
        let refused =
            ours(job).col_expr(Column::State, Expr::value("refused")).col_expr(Column::LastError, Expr::value(reason));
        self.settle(refused).await
    }

    /// How many rows each consumer has in each state.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn outbox_counts(&self) -> Result<Vec<OutboxCount>, StoreError> {
        let counted = outbox::Entity::find()
            .select_only()
            .columns([Column::Consumer, Column::State])
            .column_as(Column::Id.count(), "rows")
            .group_by(Column::Consumer)
            .group_by(Column::State)
            .order_by_asc(Column::Consumer)
            .order_by_asc(Column::State)
            .into_tuple::<(String, String, i64)>();
        let rows = self.read(move |db| Box::pin(async move { Ok(counted.all(db).await?) })).await?;
        let count = |(consumer, state, rows)| OutboxCount { consumer, state, rows: u64::try_from(rows).unwrap_or(0) };
        Ok(rows.into_iter().map(count).collect())
    }

    /// What a consumer has not dealt with yet.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn backlog(&self, consumer: Consumer) -> Result<Backlog, StoreError> {
        let waiting = outbox::Entity::find()
            .select_only()
            .column_as(Column::Id.count(), "rows")
            .column_as(Column::MadeAt.min(), "since")
            .filter(Column::Consumer.eq(consumer.as_str()))
            .filter(Column::State.is_in(["pending", "leased"]))
            .into_tuple::<(i64, Option<i64>)>();
        let found = self.read(move |db| Box::pin(async move { Ok(waiting.one(db).await?) })).await?;
        let (rows, since) = found.unwrap_or_default();
        Ok(Backlog { rows: u64::try_from(rows).unwrap_or(0), since: since.map(Timestamp) })
    }

    /// Removes rows that have been done for a week, and says how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget_done(&self, now: Timestamp) -> Result<u64, StoreError> {
        let before = before(now, REMEMBER).0;
        let forget = outbox::Entity::delete_many().filter(Column::State.eq("done")).filter(Column::MadeAt.lt(before));
        self.write(move |tx| Box::pin(async move { Ok(forget.exec(tx).await?.rows_affected) })).await
    }

    async fn settle(&self, change: UpdateMany<outbox::Entity>) -> Result<bool, StoreError> {
        self.write(move |tx| Box::pin(async move { Ok(change.exec(tx).await?.rows_affected == 1) })).await
    }
}

/// On PostgreSQL rows that another runner is just taking are stepped over; on SQLite the whole transaction holds the
/// file's write lock, and the condition on the state in the update says the same once more.
async fn claim(
    tx: &DatabaseTransaction,
    consumer: Consumer,
    limit: u64,
    now: Timestamp,
    until: Timestamp,
) -> Result<Vec<Job>, StoreError> {
    let rows = outbox::Entity::find()
        .filter(Column::Consumer.eq(consumer.as_str()))
        .filter(due(now))
        .order_by_asc(Column::DueAt)
        .order_by_asc(Column::Id)
        .limit(limit)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .all(tx)
        .await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let take = outbox::Entity::update_many()
        .col_expr(Column::State, Expr::value("leased"))
        .col_expr(Column::LeasedUntil, Expr::value(until.0))
        .col_expr(Column::Attempts, Expr::col(Column::Attempts).add(1))
        .filter(Column::Id.is_in(rows.iter().map(|row| row.id)))
        .filter(due(now));
    take.exec(tx).await?;
    Ok(rows.into_iter().map(read).collect())
}

/// Waiting and due, or taken by someone who did not come back. Both arms name a state of the partial index.
fn due(now: Timestamp) -> Condition {
    let waiting = Condition::all().add(Column::State.eq("pending")).add(Column::DueAt.lte(now.0));
    let lost = Condition::all().add(Column::State.eq("leased")).add(Column::LeasedUntil.lte(now.0));
    Condition::any().add(waiting).add(lost)
}

/// The row, as long as nobody took it after us: each taking counts one attempt.
fn ours(job: &Job) -> UpdateMany<outbox::Entity> {
    outbox::Entity::update_many()
        .col_expr(Column::LeasedUntil, Expr::value(None::<i64>))
        .filter(Column::Id.eq(job.row))
        .filter(Column::State.eq("leased"))
        .filter(Column::Attempts.eq(i64::from(job.attempts)))
}

/// Ours for as long as it takes, without a lease: an entry of the ledger that keeps its bytes holds it. `false`: it was
/// taken by someone else, who deals with it.
pub(super) async fn park(tx: &DatabaseTransaction, job: &Job) -> Result<bool, StoreError> {
    Ok(ours(job).exec(tx).await?.rows_affected == 1)
}

/// Nothing holds it any more: it is to be looked at again at `due`.
pub(super) async fn unpark(
    tx: &DatabaseTransaction,
    job: &Job,
    due: Timestamp,
    reason: &'static str,
) -> Result<(), StoreError> {
    let again = ours(job)
        .col_expr(Column::State, Expr::value("pending"))
        .col_expr(Column::DueAt, Expr::value(due.0))
        .col_expr(Column::LastError, Expr::value(reason));
    again.exec(tx).await?;
    Ok(())
}

/// As [`Store::refuse`], within a transaction.
pub(super) async fn refuse_in(tx: &DatabaseTransaction, job: &Job, reason: &'static str) -> Result<bool, StoreError> {
    let refused =
        ours(job).col_expr(Column::State, Expr::value("refused")).col_expr(Column::LastError, Expr::value(reason));
    Ok(refused.exec(tx).await?.rows_affected == 1)
}

fn read(row: outbox::Model) -> Job {
    Job {
        event: EventId(row.event_id),
        visit: row.visit_id.map(VisitId),
        fact: serde_json::from_str(&row.payload).ok(),
        attempts: u32::try_from(row.attempts.saturating_add(1)).unwrap_or(u32::MAX),
        made_at: Timestamp(row.made_at),
        row: row.id,
    }
}
