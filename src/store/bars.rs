//! Accounts that an admin disables and enables again, and second factors that they take away for whoever lost theirs.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use vaidya_clinic::id::{OrgId, PersonId};
use vaidya_clinic::role::Role;
use vaidya_clinic::time::Timestamp;

use super::entity::person;
use super::{SecretHash, Store, StoreError, factors, members, sessions};

impl Store {
    /// Disables the account of someone who belongs to this organisation alone. Their sessions end and are named.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when they are not there, [`StoreError::Elsewhere`], [`StoreError::LastAdmin`].
    pub async fn disable(&self, org: OrgId, who: PersonId, now: Timestamp) -> Result<Vec<SecretHash>, StoreError> {
        self.write(move |tx| Box::pin(disable(tx, org, who, now))).await
    }

    /// Enables an account again.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when they are not there, [`StoreError::Elsewhere`].
    pub async fn enable(&self, org: OrgId, who: PersonId) -> Result<(), StoreError> {
        self.write(move |tx| Box::pin(enable(tx, org, who))).await
    }

    /// Takes away the second factor of someone who belongs to this organisation alone. Their sessions end and are named:
    /// where a second factor is required they enrol anew when they sign in.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when they are not there, [`StoreError::Elsewhere`].
    pub async fn reset_factor(&self, org: OrgId, who: PersonId, now: Timestamp) -> Result<Vec<SecretHash>, StoreError> {
        self.write(move |tx| Box::pin(reset_factor(tx, org, who, now))).await
    }
}

async fn disable(
    tx: &DatabaseTransaction,
    org: OrgId,
    who: PersonId,
    now: Timestamp,
) -> Result<Vec<SecretHash>, StoreError> {
    if role_of(tx, org, who).await? == Role::Admin {
        members::keep_an_admin(tx, org, who).await?;
    }
    stand(tx, who, Some(now)).await?;
    sessions::end_of_person(tx, who, None, now).await
}

async fn enable(tx: &DatabaseTransaction, org: OrgId, who: PersonId) -> Result<(), StoreError> {
    role_of(tx, org, who).await?;
    stand(tx, who, None).await
}

async fn reset_factor(
    tx: &DatabaseTransaction,
    org: OrgId,
    who: PersonId,
    now: Timestamp,
) -> Result<Vec<SecretHash>, StoreError> {
    role_of(tx, org, who).await?;
    factors::remove(tx, who).await?;
    sessions::end_of_person(tx, who, None, now).await
}

/// What someone is in the one organisation they belong to.
async fn role_of(tx: &DatabaseTransaction, org: OrgId, who: PersonId) -> Result<Role, StoreError> {
    let member = members::of(tx, who, org).await?.ok_or(StoreError::NotFound)?;
    members::only_here(tx, who, org).await?;
    Ok(member.role)
}

async fn stand(tx: &DatabaseTransaction, who: PersonId, disabled: Option<Timestamp>) -> Result<(), StoreError> {
    let change = person::Entity::update_many()
        .col_expr(person::Column::DisabledAt, Expr::value(disabled.map(|at| at.0)))
        .filter(person::Column::Id.eq(who.0));
    change.exec(tx).await?;
    Ok(())
}
