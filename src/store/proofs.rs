//! How a session goes on after it was opened: the second factor passed, a fresh proof, locked and unlocked, and each
//! person's list of theirs.

use std::net::IpAddr;

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, UpdateMany};
use vaidya_clinic::id::PersonId;
use vaidya_clinic::time::Timestamp;

use super::entity::session::{self, Column};
use super::sessions::{IDLE, LOCK_GRACE, LONGEST, Place, SessionId, Stage, end_of_person, end_one, last_place, touch};
use super::{SecretHash, Store, StoreError, before, organisations};

/// How often a session's move to another place is written down. Lower fills the audit with phones that change networks,
/// higher notices a thief later.
const MOVE_STEP: std::time::Duration = std::time::Duration::from_secs(60);

/// A session as its person sees it in their list.
pub struct Listed {
    /// Which.
    pub id: SessionId,
    /// On what device it was opened.
    pub label: String,
    /// Since when.
    pub made_at: Timestamp,
    /// When it was used last.
    pub seen_at: Timestamp,
    /// From where, last.
    pub address: Option<IpAddr>,
    /// Whether it is locked.
    pub locked: bool,
    /// Whether it was used from another place than where it was opened.
    pub moved: bool,
}

impl Store {
    /// Lets a session in: whoever holds it proved everything that is asked. It goes on under another token, so that
    /// nobody who saw the first one comes in with it.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when it is over, or was let in already.
    pub async fn complete_session(&self, id: SessionId, token: SecretHash, now: Timestamp) -> Result<(), StoreError> {
        let change = of(id)
            .col_expr(Column::Stage, Expr::value(Stage::Full.as_str()))
            .col_expr(Column::TokenHash, Expr::value(token.0.to_vec()))
            .col_expr(Column::FreshAt, Expr::value(now.0))
            .col_expr(Column::SeenAt, Expr::value(now.0))
            .col_expr(Column::ExpiresAt, Expr::value(now.plus(LONGEST).0))
            .filter(Column::Stage.ne(Stage::Full.as_str()));
        self.change_session(change).await
    }

    /// Notes that whoever holds a session proved once more who they are.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when it is over.
    pub async fn freshen(&self, id: SessionId, now: Timestamp) -> Result<(), StoreError> {
        self.change_session(of(id).col_expr(Column::FreshAt, Expr::value(now.0))).await
    }

    /// Locks a session; one that is locked stays so.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when it is over or not complete.
    pub async fn lock_session(&self, id: SessionId, now: Timestamp) -> Result<(), StoreError> {
        let change =
            of(id).col_expr(Column::LockedAt, Expr::value(now.0)).filter(Column::Stage.eq(Stage::Full.as_str()));
        self.change_session(change).await
    }

    /// Unlocks a session.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when it is over.
    pub async fn unlock_session(&self, id: SessionId, now: Timestamp) -> Result<(), StoreError> {
        let change =
            of(id).col_expr(Column::LockedAt, Expr::value(None::<i64>)).col_expr(Column::SeenAt, Expr::value(now.0));
        self.change_session(change).await
    }

    /// Notes that a session was used, without a request: by its socket.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn touch_session(&self, token: SecretHash, now: Timestamp) -> Result<(), StoreError> {
        let used = touch(token, now);
        self.write(move |tx| Box::pin(async move { Ok(used.exec(tx).await.map(|_| ())?) })).await
    }

    /// Notes that a session is used from another place than before; `false` when that was noted within the last minute.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn move_session(&self, id: SessionId, place: Place, now: Timestamp) -> Result<bool, StoreError> {
        let change = of(id)
            .col_expr(Column::MovedAt, Expr::value(now.0))
            .col_expr(Column::MovedLabel, Expr::value(place.label))
            .col_expr(Column::MovedAddress, Expr::value(place.address.map(|address| address.to_string())))
            .filter(Condition::any().add(Column::MovedAt.is_null()).add(Column::MovedAt.lt(before(now, MOVE_STEP).0)));
        match self.change_session(change).await {
            Ok(()) => Ok(true),
            Err(StoreError::NotFound) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// A person's sessions that are not over, the one used last first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sessions_of(&self, person: PersonId, now: Timestamp) -> Result<Vec<Listed>, StoreError> {
        self.read(move |db| Box::pin(list(db, person, now))).await
    }

    /// Ends one of a person's sessions, and says whose token it was; none when it is over, or nobody's of theirs.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_session_of(
        &self,
        person: PersonId,
        id: SessionId,
        now: Timestamp,
    ) -> Result<Option<SecretHash>, StoreError> {
        self.write(move |tx| Box::pin(async move { end_one(tx, person, id, now).await })).await
    }

    /// Ends every session of a person, but for one, and says whose tokens they were.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_sessions_but(
        &self,
        person: PersonId,
        but: Option<SecretHash>,
        now: Timestamp,
    ) -> Result<Vec<SecretHash>, StoreError> {
        self.write(move |tx| Box::pin(async move { end_of_person(tx, person, but, now).await })).await
    }

    async fn change_session(&self, change: UpdateMany<session::Entity>) -> Result<(), StoreError> {
        let changed = self.write(move |tx| Box::pin(async move { Ok(change.exec(tx).await?.rows_affected) }));
        if changed.await? == 1 { Ok(()) } else { Err(StoreError::NotFound) }
    }
}

fn of(id: SessionId) -> UpdateMany<session::Entity> {
    session::Entity::update_many().filter(Column::Id.eq(id.0)).filter(Column::RevokedAt.is_null())
}

async fn list<C: ConnectionTrait>(db: &C, person: PersonId, now: Timestamp) -> Result<Vec<Listed>, StoreError> {
    let rows = session::Entity::find()
        .filter(Column::PersonId.eq(person.0))
        .filter(Column::RevokedAt.is_null())
        .filter(Column::Stage.eq(Stage::Full.as_str()))
        .filter(Column::ExpiresAt.gt(now.0))
        .filter(Column::SeenAt.gt(before(now, IDLE).0))
        .order_by_desc(Column::SeenAt)
        .order_by_asc(Column::Id);
    let mut listed = Vec::new();
    for row in rows.all(db).await? {
        let locked = row.locked_at.is_some() || is_due(db, &row, person, now).await?;
        listed.push(Listed {
            id: SessionId(row.id),
            made_at: Timestamp(row.made_at),
            seen_at: Timestamp(row.seen_at),
            address: last_place(&row).address,
            moved: row.moved_at.is_some(),
            label: row.label,
            locked,
        });
    }
    Ok(listed)
}

/// Whether a session locks as soon as someone uses it.
async fn is_due<C: ConnectionTrait>(
    db: &C,
    row: &session::Model,
    person: PersonId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let Some(org) = row.org_id.map(vaidya_clinic::id::OrgId) else { return Ok(false) };
    let Some(member) = super::members::of(db, person, org).await? else { return Ok(true) };
    let limit = organisations::policy(db, org).await?.lock_after(member.role).saturating_add(LOCK_GRACE);
    Ok(now.since(Timestamp(row.seen_at)) >= limit)
}
