//! Wrong passwords in a row: how often, and until when nobody may try. Kept by the hash of the login, so that logins
//! nobody has are locked the same way and tell nothing.

use std::time::Duration;

use sea_orm::sea_query::{Expr, ExprTrait as _, OnConflict};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect, Set,
};
use sha2::{Digest, Sha256};
use vaidya_clinic::id::PersonId;
use vaidya_clinic::time::Timestamp;

use super::accounts::fold;
use super::entity::lockout;
use super::{Store, StoreError, before};

/// Wrong tries in a row that are let through. Lower locks out the forgetful, higher helps the guesser.
const FREE_TRIES: i64 = 5;

/// The first lock. Each further wrong try doubles it.
const FIRST_LOCK: Duration = Duration::from_secs(60);

/// The longest lock. Lower helps the guesser, higher lets a stranger keep someone out for longer.
const LONGEST_LOCK: Duration = Duration::from_secs(15 * 60);

/// How long tries are remembered. Lower helps a patient guesser, higher keeps rows of logins nobody has.
const REMEMBER: Duration = Duration::from_secs(24 * 60 * 60);

/// Whether a password may be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Try {
    /// Compare it.
    Go,
    /// Don't: too many were wrong.
    Locked {
        /// When the next try is let through.
        until: Timestamp,
    },
}

/// How long the login is locked after so many wrong tries in a row.
fn lock_after(failed: i64) -> Option<Duration> {
    let further = failed.checked_sub(FREE_TRIES).filter(|further| *further >= 0)?;
    let further = u32::try_from(further).unwrap_or(u32::MAX);
    let doubled = FIRST_LOCK.saturating_mul(2_u32.saturating_pow(further));
    Some(doubled.min(LONGEST_LOCK))
}

impl Store {
    /// May a password be compared now? The try counts as wrong from here on, until [`Store::tried_well`] says
    /// otherwise: so however many come at once, no more than five are compared before the lock.
    ///
    /// # Errors
    /// When the database fails; then nothing may be compared.
    pub async fn may_try(&self, login: &str, now: Timestamp) -> Result<Try, StoreError> {
        let key = key(login);
        self.write(move |tx| Box::pin(count(tx, key, now))).await
    }

    /// The password was right: the count begins anew.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn tried_well(&self, login: &str) -> Result<(), StoreError> {
        let key = key(login);
        let forget = lockout::Entity::delete_by_id(key);
        self.write(move |tx| Box::pin(async move { Ok(forget.exec(tx).await.map(|_| ())?) })).await
    }

    /// The password was not compared after all: the try does not count, nor the lock that came of it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn not_tried(&self, login: &str) -> Result<(), StoreError> {
        let take_back = lockout::Entity::update_many()
            .col_expr(lockout::Column::Failed, Expr::col(lockout::Column::Failed).sub(1))
            .col_expr(lockout::Column::LockedUntil, Expr::value(None::<i64>))
            .filter(lockout::Column::LoginHash.eq(key(login)))
            .filter(lockout::Column::Failed.gt(0));
        self.write(move |tx| Box::pin(async move { Ok(take_back.exec(tx).await.map(|_| ())?) })).await
    }

    /// May a code of a person's second factor be compared now? Counted as [`Store::may_try`] does, apart from passwords.
    ///
    /// # Errors
    /// When the database fails; then nothing may be compared.
    pub async fn may_try_factor(&self, person: PersonId, now: Timestamp) -> Result<Try, StoreError> {
        let key = factor_key(person);
        self.write(move |tx| Box::pin(count(tx, key, now))).await
    }

    /// The code was right: the count begins anew.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn tried_factor_well(&self, person: PersonId) -> Result<(), StoreError> {
        let forget = lockout::Entity::delete_by_id(factor_key(person));
        self.write(move |tx| Box::pin(async move { Ok(forget.exec(tx).await.map(|_| ())?) })).await
    }

    /// Forgets logins nobody tried for a day, and says how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget_tries(&self, now: Timestamp) -> Result<u64, StoreError> {
        let old = lockout::Column::TriedAt.lt(before(now, REMEMBER).0);
        let forget = lockout::Entity::delete_many().filter(old);
        self.write(move |tx| Box::pin(async move { Ok(forget.exec(tx).await?.rows_affected) })).await
    }
}

fn key(login: &str) -> Vec<u8> {
    Sha256::digest(fold(login).as_bytes()).to_vec()
}

/// What no login can hash to: 0xff begins no text in UTF-8.
fn factor_key(person: PersonId) -> Vec<u8> {
    Sha256::digest([&[0xff], person.0.as_bytes().as_slice()].concat()).to_vec()
}

async fn count<C: ConnectionTrait>(tx: &C, key: Vec<u8>, now: Timestamp) -> Result<Try, StoreError> {
    let fresh =
        lockout::Model { login_hash: key.clone(), failed: 0, locked_until: None, tried_at: now.0 }.into_active_model();
    let once = OnConflict::column(lockout::Column::LoginHash).do_nothing().to_owned();
    lockout::Entity::insert(fresh).on_conflict(once).exec_without_returning(tx).await?;
    // From here the row is ours alone until the transaction ends.
    let row = lockout::Entity::find_by_id(key).lock_exclusive().one(tx).await?.ok_or(StoreError::NotFound)?;
    if let Some(until) = row.locked_until.map(Timestamp).filter(|until| *until > now) {
        return Ok(Try::Locked { until });
    }
    let failed = row.failed.saturating_add(1);
    let mut row = row.into_active_model();
    row.failed = Set(failed);
    row.locked_until = Set(lock_after(failed).map(|span| now.plus(span).0));
    row.tried_at = Set(now.0);
    row.update(tx).await?;
    Ok(Try::Go)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fifth_wrong_password_locks_for_a_minute_and_each_further_one_doubles_it_to_a_quarter_hour() {
        let minutes = |failed| lock_after(failed).map(|span| span.as_secs() / 60);
        assert_eq!((1..=4).map(minutes).collect::<Vec<_>>(), [None; 4]);
        assert_eq!((5..=10).map(minutes).collect::<Vec<_>>(), [1, 2, 4, 8, 15, 15].map(Some));
        assert_eq!(minutes(i64::MAX), Some(15));
    }
}
