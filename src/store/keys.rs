//! The public keys of people and the backups of their private halves, which nothing in this database opens.

use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, Set,
};
use vaidya_clinic::event::HouseEvent;
use vaidya_clinic::id::{KeyId, PersonId};
use vaidya_clinic::keyring::{BackupKind, KeyStatus, standing_of_new};
use vaidya_clinic::time::Timestamp;

use super::entity::{key_backup, person_key};
use super::error::known;
use super::wraps::{self, Rewraps};
use super::{Store, StoreError, accounts, custody, facts};

/// A pair of keys of a person: the public halves.
#[derive(Clone, PartialEq, Eq)]
pub struct PersonKey {
    /// Its id.
    pub id: KeyId,
    /// Whose.
    pub person: PersonId,
    /// To seal to: RSA, as a SubjectPublicKeyInfo.
    pub rsa: Vec<u8>,
    /// To verify with: Ed25519.
    pub ed: [u8; 32],
    /// The signature that binds both to the person.
    pub sig: [u8; 64],
    /// On what device it was made, as its person knows it.
    pub device: String,
    /// When it was registered.
    pub made_at: Timestamp,
    /// How it stands.
    pub status: KeyStatus,
    /// Its own word, for the ledger, that it is this person's.
    pub possession: Option<[u8; 64]>,
}

/// A sealed copy of the private halves.
#[derive(Clone)]
pub struct Backup {
    /// What opens it.
    pub kind: BackupKind,
    /// Nonce of AES-GCM.
    pub iv: [u8; 12],
    /// Ciphertext and tag.
    pub ct: Vec<u8>,
}

/// A key to be registered, its binding checked.
#[derive(Clone)]
pub struct NewKey {
    /// The key; when it is made and how it stands are decided here.
    pub key: PersonKey,
    /// Its backups.
    pub backups: Vec<Backup>,
    /// There is no other way back: it is live without approval.
    pub start_over: bool,
    /// It is to be the first one or none.
    pub first: bool,
}

/// A key's approval by another key of the same person, its signature checked.
pub struct Approval {
    /// The key that becomes live.
    pub key: KeyId,
    /// The live key that approves.
    pub by: KeyId,
    /// Its signature.
    pub sig: [u8; 64],
    /// What was wrapped for the approving key, wrapped for the new one.
    pub wraps: Rewraps,
}

impl Store {
    /// Every key of a person, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn keys_of(&self, person: PersonId) -> Result<Vec<PersonKey>, StoreError> {
        self.read(move |db| Box::pin(all(db, person))).await
    }

    /// The backups of a person's keys that are not revoked.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn backups_of(&self, person: PersonId) -> Result<Vec<(KeyId, Backup)>, StoreError> {
        self.read(move |db| Box::pin(backups(db, person))).await
    }

    /// Registers a key with its backups. Registering the same once more does nothing.
    ///
    /// # Errors
    /// [`StoreError::Taken`] when it was to be the first and is not, or the id is another key's;
    /// [`StoreError::TooMany`].
    pub async fn add_key(&self, new: NewKey, now: Timestamp) -> Result<PersonKey, StoreError> {
        self.report(move |tx| Box::pin(add(tx, new, now))).await
    }

    /// Keeps a backup of a key, over an older one of the same kind.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when the key is not theirs or revoked.
    pub async fn put_backup(
        &self,
        person: PersonId,
        key: KeyId,
        backup: Backup,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.write(move |tx| Box::pin(keep_backup(tx, person, key, backup, now))).await
    }

    /// Makes a pending key live and keeps what was wrapped for it, all or nothing. For a key that is live already it
    /// adds the wraps that are missing.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when a key is not theirs, or something was never wrapped for the approving key;
    /// [`StoreError::BadState`] when the approving key is not live or the approved one is revoked.
    pub async fn approve_key(
        &self,
        person: PersonId,
        approval: Approval,
        now: Timestamp,
    ) -> Result<PersonKey, StoreError> {
        self.write(move |tx| Box::pin(approve(tx, person, approval, now))).await
    }

    /// Keeps a key's own word, for the ledger, that it is this person's; its signature is checked.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when it is not theirs or revoked, [`StoreError::Taken`] when it has said so before.
    pub async fn say_key(
        &self,
        person: PersonId,
        key: KeyId,
        said: [u8; 64],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.report(move |tx| Box::pin(say(tx, person, key, said, now))).await
    }

    /// Revokes a key: nothing is sealed to it from now on, and what was wrapped for it is not given out any more.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when it is not theirs.
    pub async fn revoke_key(&self, person: PersonId, key: KeyId, now: Timestamp) -> Result<(), StoreError> {
        self.report(move |tx| Box::pin(revoke(tx, person, key, now))).await
    }
}

/// Every key of a person, oldest first.
pub(super) async fn all<C: ConnectionTrait>(db: &C, person: PersonId) -> Result<Vec<PersonKey>, StoreError> {
    let rows = of(person).order_by_asc(person_key::Column::MadeAt).order_by_asc(person_key::Column::Id);
    rows.all(db).await?.into_iter().map(PersonKey::try_from).collect()
}

/// The live keys of a person, oldest first.
pub(super) async fn live<C: ConnectionTrait>(db: &C, person: PersonId) -> Result<Vec<PersonKey>, StoreError> {
    let keys = all(db, person).await?.into_iter();
    Ok(keys.filter(|key| key.status == KeyStatus::Live).collect())
}

/// Keeps a backup of a key, over an older one of the same kind.
pub(super) async fn keep_backup(
    tx: &DatabaseTransaction,
    person: PersonId,
    key: KeyId,
    backup: Backup,
    now: Timestamp,
) -> Result<(), StoreError> {
    let theirs = one(tx, person, key).await?;
    if theirs.status == KeyStatus::Revoked {
        return Err(StoreError::NotFound);
    }
    let over = OnConflict::columns([key_backup::Column::KeyId, key_backup::Column::Kind])
        .update_columns([key_backup::Column::Iv, key_backup::Column::Ct, key_backup::Column::MadeAt])
        .to_owned();
    let row = key_backup::ActiveModel {
        key_id: Set(key.0),
        kind: Set(backup.kind.as_str().to_owned()),
        iv: Set(backup.iv.to_vec()),
        ct: Set(backup.ct),
        made_at: Set(now.0),
    };
    key_backup::Entity::insert(row).on_conflict(over).exec_without_returning(tx).await?;
    Ok(())
}

async fn add(tx: &DatabaseTransaction, new: NewKey, now: Timestamp) -> Result<PersonKey, StoreError> {
    let person = new.key.person;
    accounts::hold(tx, &[person]).await?;
    let others = all(tx, person).await?;
    if let Some(same) = others.iter().find(|other| other.id == new.key.id) {
        let again = (&same.rsa, same.ed, same.sig) == (&new.key.rsa, new.key.ed, new.key.sig);
        return if again { Ok(same.clone()) } else { Err(StoreError::Taken) };
    }
    let standing: Vec<KeyStatus> = others.iter().map(|key| key.status).collect();
    if new.first && standing.contains(&KeyStatus::Live) {
        return Err(StoreError::Taken);
    }
    let status = standing_of_new(&standing, new.start_over).map_err(|_| StoreError::TooMany)?;
    let key = PersonKey { made_at: now, status, ..new.key };
    row(&key).insert(tx).await?;
    if key.possession.is_some() {
        facts::house(tx, &HouseEvent::KeyBound { key: key.id }, now).await?;
    }
    for backup in new.backups {
        keep_backup(tx, person, key.id, backup, now).await?;
    }
    // Whoever had no key so far has records that only the clinic opens.
    if others.is_empty() {
        custody::restore_due(tx, person, key.id, now).await?;
    }
    Ok(key)
}

async fn approve(
    tx: &DatabaseTransaction,
    person: PersonId,
    approval: Approval,
    now: Timestamp,
) -> Result<PersonKey, StoreError> {
    accounts::hold(tx, &[person]).await?;
    let approver = one(tx, person, approval.by).await?;
    let key = one(tx, person, approval.key).await?;
    if approver.status != KeyStatus::Live || key.status == KeyStatus::Revoked || approver.id == key.id {
        return Err(StoreError::BadState);
    }
    let live = person_key::Entity::update_many()
        .col_expr(person_key::Column::Status, Expr::value(KeyStatus::Live.as_str()))
        .col_expr(person_key::Column::ApprovedBy, Expr::value(approver.id.0))
        .col_expr(person_key::Column::ApprovedSig, Expr::value(approval.sig.to_vec()))
        .filter(person_key::Column::Id.eq(key.id.0));
    live.exec(tx).await?;
    wraps::pass_on(tx, approver.id, key.id, approval.wraps, now).await?;
    Ok(PersonKey { status: KeyStatus::Live, ..key })
}

async fn say(
    tx: &DatabaseTransaction,
    person: PersonId,
    key: KeyId,
    said: [u8; 64],
    now: Timestamp,
) -> Result<(), StoreError> {
    accounts::hold(tx, &[person]).await?;
    let found = one(tx, person, key).await?;
    if found.status == KeyStatus::Revoked {
        return Err(StoreError::NotFound);
    }
    if found.possession.is_some() {
        return Err(StoreError::Taken);
    }
    let kept = person_key::Entity::update_many()
        .col_expr(person_key::Column::Possession, Expr::value(said.to_vec()))
        .filter(person_key::Column::Id.eq(key.0));
    kept.exec(tx).await?;
    facts::house(tx, &HouseEvent::KeyBound { key }, now).await
}

async fn revoke(tx: &DatabaseTransaction, person: PersonId, key: KeyId, now: Timestamp) -> Result<(), StoreError> {
    accounts::hold(tx, &[person]).await?;
    one(tx, person, key).await?;
    let change = person_key::Entity::update_many()
        .col_expr(person_key::Column::Status, Expr::value(KeyStatus::Revoked.as_str()))
        .col_expr(person_key::Column::RevokedAt, Expr::value(now.0))
        .filter(person_key::Column::Id.eq(key.0))
        .filter(person_key::Column::Status.ne(KeyStatus::Revoked.as_str()));
    if change.exec(tx).await?.rows_affected == 1 {
        facts::house(tx, &HouseEvent::KeyRevoked { key }, now).await?;
    }
    Ok(())
}

async fn backups<C: ConnectionTrait>(db: &C, person: PersonId) -> Result<Vec<(KeyId, Backup)>, StoreError> {
    let ours = all(db, person).await?.into_iter().filter(|key| key.status != KeyStatus::Revoked);
    let rows = key_backup::Entity::find()
        .filter(key_backup::Column::KeyId.is_in(ours.map(|key| key.id.0)))
        .order_by_asc(key_backup::Column::KeyId)
        .order_by_asc(key_backup::Column::Kind);
    rows.all(db).await?.into_iter().map(backup).collect()
}

/// A key of this person.
pub(super) async fn one<C: ConnectionTrait>(db: &C, person: PersonId, key: KeyId) -> Result<PersonKey, StoreError> {
    let row = of(person).filter(person_key::Column::Id.eq(key.0)).one(db).await?;
    row.ok_or(StoreError::NotFound)?.try_into()
}

fn of(person: PersonId) -> sea_orm::Select<person_key::Entity> {
    person_key::Entity::find().filter(person_key::Column::PersonId.eq(person.0))
}

fn row(key: &PersonKey) -> person_key::ActiveModel {
    person_key::ActiveModel {
        id: Set(key.id.0),
        person_id: Set(key.person.0),
        rsa: Set(key.rsa.clone()),
        ed: Set(key.ed.to_vec()),
        sig: Set(key.sig.to_vec()),
        device: Set(key.device.clone()),
        status: Set(key.status.as_str().to_owned()),
        made_at: Set(key.made_at.0),
        approved_by: Set(None),
        approved_sig: Set(None),
        revoked_at: Set(None),
        possession: Set(key.possession.map(|one| one.to_vec())),
    }
}

fn backup(row: key_backup::Model) -> Result<(KeyId, Backup), StoreError> {
    let kind = known(BackupKind::parse(&row.kind))?;
    let iv = row.iv.try_into().map_err(|_| StoreError::strange("a nonce of another length"))?;
    Ok((KeyId(row.key_id), Backup { kind, iv, ct: row.ct }))
}

impl TryFrom<person_key::Model> for PersonKey {
    type Error = StoreError;

    fn try_from(row: person_key::Model) -> Result<Self, StoreError> {
        let strange = |_| StoreError::strange("a key of another length");
        Ok(Self {
            id: KeyId(row.id),
            person: PersonId(row.person_id),
            rsa: row.rsa,
            ed: row.ed.try_into().map_err(strange)?,
            sig: row.sig.try_into().map_err(strange)?,
            device: row.device,
            made_at: Timestamp(row.made_at),
            status: known(KeyStatus::parse(&row.status))?,
            possession: row.possession.map(|one| one.try_into().map_err(strange)).transpose()?,
        })
    }
}
