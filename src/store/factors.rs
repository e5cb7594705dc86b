//! Second factors: sealed secrets of which each step counts once, and the codes for whoever lost theirs.

use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, Set};
use vaidya_clinic::id::PersonId;
use vaidya_clinic::time::Timestamp;

use super::entity::{recovery_code, second_factor, session};
use super::sessions::{SessionId, Stage};
use super::{SecretHash, Store, StoreError};

/// What is kept of a second factor.
pub struct Factor {
    /// Its secret, sealed by the server's key.
    pub sealed: Vec<u8>,
    /// The last step whose code was used.
    pub last_step: i64,
}

/// A second factor whose first code was right.
pub struct Enrolment {
    /// Whose.
    pub person: PersonId,
    /// The session in which it was asked for.
    pub session: SessionId,
    /// Its secret, sealed.
    pub sealed: Vec<u8>,
    /// The step of that code.
    pub step: i64,
    /// Hashes of the codes for whoever loses it.
    pub recovery: Vec<SecretHash>,
}

impl Store {
    /// A person's second factor.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn factor(&self, person: PersonId) -> Result<Option<Factor>, StoreError> {
        let find = second_factor::Entity::find_by_id(person.0);
        let row = self.read(move |db| Box::pin(async move { Ok(find.one(db).await?) })).await?;
        Ok(row.map(|row| Factor { sealed: row.secret, last_step: row.last_step }))
    }

    /// Whether a person has one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn has_factor(&self, person: PersonId) -> Result<bool, StoreError> {
        Ok(self.factor(person).await?.is_some())
    }

    /// Uses up the code of a step; `false` when it, or a later one, was used before. Of many at once one gets it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn use_step(&self, person: PersonId, step: i64) -> Result<bool, StoreError> {
        let used = second_factor::Entity::update_many()
            .col_expr(second_factor::Column::LastStep, Expr::value(step))
            .filter(second_factor::Column::PersonId.eq(person.0))
            .filter(second_factor::Column::LastStep.lt(step));
        self.write(move |tx| Box::pin(async move { Ok(used.exec(tx).await?.rows_affected == 1) })).await
    }

    /// Uses up a code for a lost second factor; `false` when there is none like it, or it was used before.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn use_recovery(&self, person: PersonId, code: SecretHash, now: Timestamp) -> Result<bool, StoreError> {
        let used = recovery_code::Entity::update_many()
            .col_expr(recovery_code::Column::UsedAt, Expr::value(now.0))
            .filter(recovery_code::Column::PersonId.eq(person.0))
            .filter(recovery_code::Column::CodeHash.eq(code.0.to_vec()))
            .filter(recovery_code::Column::UsedAt.is_null());
        self.write(move |tx| Box::pin(async move { Ok(used.exec(tx).await?.rows_affected == 1) })).await
    }

    /// Keeps a secret with the session that asked for it, in place of the one before.
    ///
    /// # Errors
    /// [`StoreError::Taken`] when the person has a second factor already.
    pub async fn begin_enrolment(
        &self,
        person: PersonId,
        session: SessionId,
        sealed: Vec<u8>,
    ) -> Result<(), StoreError> {
        self.write(move |tx| Box::pin(begin(tx, person, session, sealed))).await
    }

    /// The secret that a session asked for last.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn pending_secret(&self, session: SessionId) -> Result<Option<Vec<u8>>, StoreError> {
        let find = session::Entity::find_by_id(session.0);
        let row = self.read(move |db| Box::pin(async move { Ok(find.one(db).await?) })).await?;
        Ok(row.and_then(|row| row.pending_secret))
    }

    /// Makes a secret the person's second factor. Of two devices that enrol at once the first wins; sessions that were
    /// to enrol are asked for a code from now on.
    ///
    /// # Errors
    /// [`StoreError::Taken`] when the person has one already.
    pub async fn enrol(&self, enrolment: Enrolment, now: Timestamp) -> Result<(), StoreError> {
        self.write(move |tx| Box::pin(enrol(tx, enrolment, now))).await
    }

    /// Puts new codes in the place of all the old ones.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when the person has no second factor.
    pub async fn renew_recovery(
        &self,
        person: PersonId,
        codes: Vec<SecretHash>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.write(move |tx| Box::pin(renew(tx, person, codes, now))).await
    }

    /// Takes a person's second factor away, with its codes; `false` when there was none.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn remove_factor(&self, person: PersonId) -> Result<bool, StoreError> {
        self.write(move |tx| Box::pin(async move { remove(tx, person).await })).await
    }
}

async fn begin(
    tx: &DatabaseTransaction,
    person: PersonId,
    session: SessionId,
    sealed: Vec<u8>,
) -> Result<(), StoreError> {
    if second_factor::Entity::find_by_id(person.0).one(tx).await?.is_some() {
        return Err(StoreError::Taken);
    }
    let keep = session::Entity::update_many()
        .col_expr(session::Column::PendingSecret, Expr::value(sealed))
        .filter(session::Column::Id.eq(session.0));
    keep.exec(tx).await?;
    Ok(())
}

async fn enrol(tx: &DatabaseTransaction, enrolment: Enrolment, now: Timestamp) -> Result<(), StoreError> {
    let Enrolment { person, session, sealed, step, recovery } = enrolment;
    let row = second_factor::ActiveModel {
        person_id: Set(person.0),
        secret: Set(sealed),
        last_step: Set(step),
        made_at: Set(now.0),
    };
    let first = OnConflict::column(second_factor::Column::PersonId).do_nothing().to_owned();
    if second_factor::Entity::insert(row).on_conflict(first).exec_without_returning(tx).await? != 1 {
        return Err(StoreError::Taken);
    }
    let settle = session::Entity::update_many()
        .col_expr(session::Column::PendingSecret, Expr::value(None::<Vec<u8>>))
        .filter(session::Column::PersonId.eq(person.0));
    settle.exec(tx).await?;
    let ask = session::Entity::update_many()
        .col_expr(session::Column::Stage, Expr::value(Stage::Factor.as_str()))
        .filter(session::Column::PersonId.eq(person.0))
        .filter(session::Column::Stage.eq(Stage::Enrol.as_str()))
        .filter(session::Column::Id.ne(session.0));
    ask.exec(tx).await?;
    renew(tx, person, recovery, now).await
}

async fn renew(
    tx: &DatabaseTransaction,
    person: PersonId,
    codes: Vec<SecretHash>,
    now: Timestamp,
) -> Result<(), StoreError> {
    if second_factor::Entity::find_by_id(person.0).one(tx).await?.is_none() {
        return Err(StoreError::NotFound);
    }
    forget_codes(tx, person).await?;
    for code in codes {
        let row = recovery_code::ActiveModel {
            code_hash: Set(code.0.to_vec()),
            person_id: Set(person.0),
            made_at: Set(now.0),
            used_at: Set(None),
        };
        row.insert(tx).await?;
    }
    Ok(())
}

/// Takes a person's second factor away.
pub(super) async fn remove<C: ConnectionTrait>(db: &C, person: PersonId) -> Result<bool, StoreError> {
    forget_codes(db, person).await?;
    let gone = second_factor::Entity::delete_by_id(person.0).exec(db).await?;
    Ok(gone.rows_affected == 1)
}

async fn forget_codes<C: ConnectionTrait>(db: &C, person: PersonId) -> Result<(), StoreError> {
    let theirs = recovery_code::Column::PersonId.eq(person.0);
    recovery_code::Entity::delete_many().filter(theirs).exec(db).await?;
    Ok(())
}
