//! The one-time code that makes the first admin.

use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, Set};
use vaidya_clinic::time::Timestamp;

use super::accounts::{self, NewPerson, Person};
use super::entity::setup;
use super::{SecretHash, Store, StoreError};

impl Store {
    /// Keeps the hash of a fresh code; codes made before stop working.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn keep_setup_code(&self, code: SecretHash, now: Timestamp) -> Result<(), StoreError> {
        self.write(move |tx| Box::pin(keep(tx, code, now))).await
    }

    /// Makes the first admin. Of many who come at once with the same code one wins.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when the code is wrong or used, or somebody has an account already;
    /// [`StoreError::BadState`] when the account is not an admin's.
    pub async fn redeem_setup(&self, code: SecretHash, admin: NewPerson, now: Timestamp) -> Result<Person, StoreError> {
        if admin.role != vaidya_clinic::role::Role::Admin {
            return Err(StoreError::BadState);
        }
        self.write(move |tx| Box::pin(redeem(tx, code, admin, now))).await
    }
}

async fn keep(tx: &DatabaseTransaction, code: SecretHash, now: Timestamp) -> Result<(), StoreError> {
    setup::Entity::delete_many().filter(setup::Column::UsedAt.is_null()).exec(tx).await?;
    let row = setup::ActiveModel { code_hash: Set(code.0.to_vec()), made_at: Set(now.0), used_at: Set(None) };
    row.insert(tx).await?;
    Ok(())
}

async fn redeem(
    tx: &DatabaseTransaction,
    code: SecretHash,
    admin: NewPerson,
    now: Timestamp,
) -> Result<Person, StoreError> {
    let taken = setup::Entity::update_many()
        .col_expr(setup::Column::UsedAt, Expr::value(now.0))
        .filter(setup::Column::CodeHash.eq(code.0.to_vec()))
        .filter(setup::Column::UsedAt.is_null())
        .exec(tx)
        .await?;
    if taken.rows_affected != 1 || !accounts::nobody(tx).await? {
        return Err(StoreError::NotFound);
    }
    accounts::insert(tx, admin, now).await
}
