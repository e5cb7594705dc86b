//! Passwords as the database knows them: how each is stretched, and the hash of what comes out; changed and reset.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use vaidya_clinic::id::{KeyId, PersonId};
use vaidya_clinic::time::Timestamp;

use super::entity::person;
use super::keys::{self, Backup};
use super::{SecretHash, Store, StoreError, sessions};

/// How a password is stretched into a login key: PBKDF2-HMAC-SHA-256 (docs/sealing.md).
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Kdf {
    /// Of this account alone.
    pub salt: [u8; 16],
    /// Rounds.
    pub iterations: u32,
}

/// What is kept of a password.
#[derive(Clone)]
pub struct Credentials {
    /// How it is stretched.
    pub kdf: Kdf,
    /// PHC string of the login key's hash.
    pub hash: String,
}

/// A person's own change of their password.
pub struct Change {
    /// Whose.
    pub person: PersonId,
    /// The hash that the old password was compared with.
    pub old_hash: String,
    /// The new password.
    pub new: Credentials,
    /// Backups of their keys, sealed under the new password.
    pub backups: Vec<(KeyId, Backup)>,
    /// The session that goes on.
    pub session: Option<SecretHash>,
}

impl Kdf {
    /// Out of its columns.
    pub(super) fn read(salt: Option<&[u8]>, iterations: Option<i64>) -> Result<Option<Self>, StoreError> {
        let strange = || StoreError::strange("parameters of a password that cannot be");
        let (Some(salt), Some(iterations)) = (salt, iterations) else { return Ok(None) };
        let salt = salt.try_into().map_err(|_| strange())?;
        Ok(Some(Self { salt, iterations: u32::try_from(iterations).map_err(|_| strange())? }))
    }
}

impl Store {
    /// Changes a person's password with the backups that it opens, in one; their other sessions end and are named.
    ///
    /// # Errors
    /// [`StoreError::BadState`] when the password was changed meanwhile, [`StoreError::NotFound`] when a backup is for
    /// a key that is not theirs or revoked.
    pub async fn change_password(&self, change: Change, now: Timestamp) -> Result<Vec<SecretHash>, StoreError> {
        self.write(move |tx| Box::pin(replace(tx, change, now))).await
    }

    /// Gives a person another password; all their sessions end and are named. Backups under the old one stay as they are.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn reset_password(
        &self,
        person: PersonId,
        new: Credentials,
        now: Timestamp,
    ) -> Result<Vec<SecretHash>, StoreError> {
        self.write(move |tx| Box::pin(reset(tx, person, new, now))).await
    }

    /// Keeps the hash of the login key where only the hash of the password was kept; sessions go on.
    ///
    /// # Errors
    /// [`StoreError::BadState`] when the password was changed meanwhile.
    pub async fn stretch_password(
        &self,
        person: PersonId,
        old_hash: String,
        new: Credentials,
    ) -> Result<(), StoreError> {
        self.write(move |tx| Box::pin(async move { keep(tx, person, Some(&old_hash), &new).await })).await
    }
}

async fn replace(tx: &DatabaseTransaction, change: Change, now: Timestamp) -> Result<Vec<SecretHash>, StoreError> {
    keep(tx, change.person, Some(&change.old_hash), &change.new).await?;
    for (key, backup) in change.backups {
        keys::keep_backup(tx, change.person, key, backup, now).await?;
    }
    sessions::end_of_person(tx, change.person, change.session, now).await
}

pub(super) async fn reset(
    tx: &DatabaseTransaction,
    person: PersonId,
    new: Credentials,
    now: Timestamp,
) -> Result<Vec<SecretHash>, StoreError> {
    keep(tx, person, None, &new).await.map_err(|error| match error {
        StoreError::BadState => StoreError::NotFound,
        other => other,
    })?;
    sessions::end_of_person(tx, person, None, now).await
}

/// Writes new credentials; when the old hash is named, only over that one.
async fn keep(
    tx: &DatabaseTransaction,
    person: PersonId,
    old_hash: Option<&str>,
    new: &Credentials,
) -> Result<(), StoreError> {
    let mut change = person::Entity::update_many()
        .col_expr(person::Column::PasswordHash, Expr::value(new.hash.clone()))
        .col_expr(person::Column::KdfSalt, Expr::value(new.kdf.salt.to_vec()))
        .col_expr(person::Column::KdfIterations, Expr::value(i64::from(new.kdf.iterations)))
        .filter(person::Column::Id.eq(person.0))
        .filter(person::Column::DisabledAt.is_null());
    if let Some(old) = old_hash {
        change = change.filter(person::Column::PasswordHash.eq(old));
    }
    match change.exec(tx).await?.rows_affected {
        1 => Ok(()),
        _ => Err(StoreError::BadState),
    }
}
