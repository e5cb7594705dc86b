//! Service tokens: what other programs may do in an organisation, until when, and when they last did.

use std::time::Duration;

use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, Set,
};
use uuid::Uuid;
use vaidya_clinic::id::{OrgId, PersonId};
use vaidya_clinic::scope::{self, Scope};
use vaidya_clinic::time::Timestamp;

use super::entity::{organisation, service_token};
use super::error::known;
use super::{SecretHash, Store, StoreError};

/// Tokens of one organisation that work. When full one is revoked first. Lower keeps programs out, higher makes the list
/// one that nobody looks through.
pub const MOST_TOKENS: u64 = 50;

/// How exactly the last use is kept. Lower costs a write for more requests, higher tells less.
pub const USED_STEP: Duration = Duration::from_secs(60);

/// A token that is wanted.
#[derive(Clone)]
pub struct NewToken {
    /// Of which organisation.
    pub org: OrgId,
    /// What it is for, in the words of who makes it.
    pub name: String,
    /// What may be done with it, at least one thing.
    pub scopes: Vec<Scope>,
    /// The hash of it.
    pub hash: SecretHash,
    /// Who makes it; none on the server's own command line.
    pub by: Option<PersonId>,
    /// How long it works.
    pub life: Duration,
}

/// A token, without its secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    /// Its id.
    pub id: Uuid,
    /// Of which organisation.
    pub org: OrgId,
    /// What it is for.
    pub name: String,
    /// What may be done with it.
    pub scopes: Vec<Scope>,
    /// When it was made.
    pub made_at: Timestamp,
    /// When it stops working.
    pub expires_at: Timestamp,
    /// When it was used last, to about a minute.
    pub last_used_at: Option<Timestamp>,
    /// Whether it was revoked.
    pub revoked: bool,
}

impl Store {
    /// Keeps a new token.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is no such organisation at work, [`StoreError::TooMany`] when [`MOST_TOKENS`]
    /// work, [`StoreError::BadState`] without a scope.
    pub async fn make_token(&self, new: NewToken, now: Timestamp) -> Result<Token, StoreError> {
        self.write(move |tx| Box::pin(make(tx, new, now))).await
    }

    /// The tokens of an organisation, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn tokens(&self, org: OrgId) -> Result<Vec<Token>, StoreError> {
        let rows = of(org).order_by_desc(service_token::Column::MadeAt).order_by_asc(service_token::Column::Id);
        let rows = self.read(move |db| Box::pin(async move { Ok(rows.all(db).await?) })).await?;
        rows.into_iter().map(read).collect()
    }

    /// Revokes a token; twice is once.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when this organisation has no such token.
    pub async fn revoke_token(&self, org: OrgId, id: Uuid, now: Timestamp) -> Result<(), StoreError> {
        let done = self.write(move |tx| {
            Box::pin(async move {
                of(org).filter(service_token::Column::Id.eq(id)).one(tx).await?.ok_or(StoreError::NotFound)?;
                let change = service_token::Entity::update_many()
                    .col_expr(service_token::Column::RevokedAt, Expr::value(now.0))
                    .filter(service_token::Column::Id.eq(id))
                    .filter(service_token::Column::RevokedAt.is_null());
                change.exec(tx).await?;
                Ok(())
            })
        });
        done.await
    }

    /// The token of this secret, if it works; that it was used is noted at most once a [`USED_STEP`].
    ///
    /// # Errors
    /// When the database fails.
    pub async fn token(&self, hash: SecretHash, now: Timestamp) -> Result<Option<Token>, StoreError> {
        let Some(token) = self.read(move |db| Box::pin(working(db, hash, now))).await? else { return Ok(None) };
        if token.last_used_at.is_none_or(|last| now.since(last) >= USED_STEP) {
            let used = service_token::Entity::update_many()
                .col_expr(service_token::Column::LastUsedAt, Expr::value(now.0))
                .filter(service_token::Column::Id.eq(token.id));
            let noted = self.write(move |tx| Box::pin(async move { Ok(used.exec(tx).await.map(|_| ())?) })).await;
            // On a full disk programs still read what is there.
            if let Err(error) = noted {
                tracing::warn!(%error, "the use of a token was not noted");
            }
        }
        Ok(Some(token))
    }
}

async fn make(tx: &DatabaseTransaction, new: NewToken, now: Timestamp) -> Result<Token, StoreError> {
    // Held, so that those made at once are counted one after the other.
    at_work(new.org).lock_exclusive().one(tx).await?.ok_or(StoreError::NotFound)?;
    let live = of(new.org)
        .filter(service_token::Column::RevokedAt.is_null())
        .filter(service_token::Column::ExpiresAt.gt(now.0));
    if live.count(tx).await? >= MOST_TOKENS {
        return Err(StoreError::TooMany);
    }
    let row = service_token::ActiveModel {
        id: Set(Uuid::new_v4()),
        org_id: Set(new.org.0),
        name: Set(new.name),
        scopes: Set(scope::kept(&new.scopes).ok_or(StoreError::BadState)?),
        token_hash: Set(new.hash.0.to_vec()),
        made_by: Set(new.by.map(|person| person.0)),
        made_at: Set(now.0),
        expires_at: Set(now.plus(new.life).0),
        last_used_at: Set(None),
        revoked_at: Set(None),
    };
    read(row.insert(tx).await?)
}

async fn working<C: ConnectionTrait>(db: &C, hash: SecretHash, now: Timestamp) -> Result<Option<Token>, StoreError> {
    let row = service_token::Entity::find()
        .filter(service_token::Column::TokenHash.eq(hash.0.to_vec()))
        .filter(service_token::Column::RevokedAt.is_null())
        .filter(service_token::Column::ExpiresAt.gt(now.0));
    let Some(row) = row.one(db).await? else { return Ok(None) };
    match at_work(OrgId(row.org_id)).one(db).await? {
        Some(_) => read(row).map(Some),
        None => Ok(None),
    }
}

fn at_work(org: OrgId) -> sea_orm::Select<organisation::Entity> {
    organisation::Entity::find_by_id(org.0).filter(organisation::Column::State.eq("active"))
}

fn of(org: OrgId) -> sea_orm::Select<service_token::Entity> {
    service_token::Entity::find().filter(service_token::Column::OrgId.eq(org.0))
}

fn read(row: service_token::Model) -> Result<Token, StoreError> {
    Ok(Token {
        id: row.id,
        org: OrgId(row.org_id),
        name: row.name,
        scopes: known(scope::read(&row.scopes))?,
        made_at: Timestamp(row.made_at),
        expires_at: Timestamp(row.expires_at),
        last_used_at: row.last_used_at.map(Timestamp),
        revoked: row.revoked_at.is_some(),
    })
}
