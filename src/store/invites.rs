//! Invitations: whom an organisation asks to join it, as what; each is used once.

use std::time::Duration;

use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter,
    QueryOrder, QuerySelect, Set,
};
use uuid::Uuid;
use vaidya_clinic::contact::Contact;
use vaidya_clinic::id::{OrgId, PersonId};
use vaidya_clinic::message::Notice;
use vaidya_clinic::organisation::Language;
use vaidya_clinic::role::Role;
use vaidya_clinic::time::Timestamp;

use super::accounts::{self, NewPerson, Person};
use super::entity::invite::{self, Column};
use super::entity::{organisation, person};
use super::error::known;
use super::members::{self, Member};
use super::passwords::Credentials;
use super::registrations::columns;
use super::sent_messages::{self, Draft};
use super::{SecretHash, Store, StoreError};

/// How long an invitation waits. Lower makes admins invite again, higher leaves doors ajar.
pub const LIFE: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Invitations listed at most, newest first.
const LISTED: u64 = 200;

/// An invitation that is wanted.
pub struct NewInvite {
    /// To which organisation.
    pub org: OrgId,
    /// Where it is sent.
    pub contact: Contact,
    /// Whom.
    pub name: String,
    /// As what.
    pub role: Role,
    /// Department or specialty.
    pub department: Option<String>,
    /// Hash of its code.
    pub code: SecretHash,
    /// Where it leads, with the code.
    pub url: String,
    /// In which language it is sent.
    pub language: Language,
    /// By whom.
    pub by: PersonId,
}

/// Where an invitation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InviteState {
    /// It waits.
    Open,
    /// Someone came by it.
    Used,
    /// It was taken back.
    Revoked,
    /// Nobody came in time.
    Expired,
}

/// An invitation as its organisation sees it.
#[derive(Clone)]
pub struct Invite {
    /// Its id.
    pub id: Uuid,
    /// Whom.
    pub name: String,
    /// As what.
    pub role: Role,
    /// Department or specialty.
    pub department: Option<String>,
    /// Where it was sent.
    pub contact: Contact,
    /// When.
    pub made_at: Timestamp,
    /// Until when it works.
    pub expires: Timestamp,
    /// Where it stands.
    pub state: InviteState,
}

/// What an invitation shows to who holds it.
#[derive(Clone)]
pub struct Asked {
    /// To which organisation.
    pub organisation: String,
    /// Whom.
    pub name: String,
    /// As what.
    pub role: Role,
    /// Until when.
    pub expires: Timestamp,
}

/// Who comes by an invitation.
pub enum Guestlist {
    /// Someone new.
    New {
        /// What they will type to log in.
        login: String,
        /// Their name.
        name: String,
        /// Their password.
        password: Credentials,
    },
    /// Someone with an account.
    Known(PersonId),
}

impl Store {
    /// Keeps an invitation and sends it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn make_invite(&self, new: NewInvite, now: Timestamp) -> Result<Invite, StoreError> {
        self.report(move |tx| Box::pin(make(tx, new, now))).await
    }

    /// The invitations of an organisation, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn invites(&self, org: OrgId, now: Timestamp) -> Result<Vec<Invite>, StoreError> {
        let rows = of(org).order_by_desc(Column::MadeAt).order_by_desc(Column::Id).limit(LISTED);
        let rows = self.read(move |db| Box::pin(async move { Ok(rows.all(db).await?) })).await?;
        rows.into_iter().map(|row| read(row, now)).collect()
    }

    /// Takes an invitation back; one that is over stays as it is.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn revoke_invite(&self, org: OrgId, id: Uuid, now: Timestamp) -> Result<(), StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                of(org).filter(Column::Id.eq(id)).one(tx).await?.ok_or(StoreError::NotFound)?;
                let change = invite::Entity::update_many()
                    .col_expr(Column::RevokedAt, Expr::value(now.0))
                    .filter(Column::Id.eq(id))
                    .filter(open(now));
                change.exec(tx).await?;
                Ok(())
            })
        })
        .await
    }

    /// What the invitation of this code says; none when it is wrong or over.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn asked(&self, code: SecretHash, now: Timestamp) -> Result<Option<Asked>, StoreError> {
        self.read(move |db| Box::pin(async move { asked(db, code, now).await })).await
    }

    /// Comes by an invitation. Of several who come at once one wins.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when it is wrong or over, [`StoreError::Taken`] when the login is,
    /// [`StoreError::BadState`] when someone with an account works there already.
    pub async fn accept_invite(&self, code: SecretHash, who: Guestlist, now: Timestamp) -> Result<Person, StoreError> {
        self.write(move |tx| Box::pin(accept(tx, code, who, now))).await
    }
}

async fn make(tx: &DatabaseTransaction, new: NewInvite, now: Timestamp) -> Result<Invite, StoreError> {
    let draft =
        Draft { to: Some(&new.contact), notice: Notice::Invite(&new.url), language: new.language, org: new.org };
    sent_messages::tell(tx, draft, now).await?;
    let row = invite::ActiveModel {
        id: Set(Uuid::new_v4()),
        org_id: Set(new.org.0),
        contact: Set(new.contact.as_str().to_owned()),
        name: Set(new.name),
        role: Set(new.role.as_str().to_owned()),
        department: Set(new.department),
        code_hash: Set(new.code.0.to_vec()),
        made_by: Set(new.by.0),
        made_at: Set(now.0),
        expires_at: Set(now.plus(LIFE).0),
        used_at: Set(None),
        used_by: Set(None),
        revoked_at: Set(None),
    };
    read(row.insert(tx).await?, now)
}

async fn asked<C: ConnectionTrait>(db: &C, code: SecretHash, now: Timestamp) -> Result<Option<Asked>, StoreError> {
    let row = invite::Entity::find().filter(Column::CodeHash.eq(code.0.to_vec())).filter(open(now)).one(db).await?;
    let Some(row) = row else { return Ok(None) };
    let Some(org) = organisation::Entity::find_by_id(row.org_id).one(db).await? else { return Ok(None) };
    let role = known(Role::parse(&row.role))?;
    Ok(Some(Asked { organisation: org.name, name: row.name, role, expires: Timestamp(row.expires_at) }))
}

async fn accept(
    tx: &DatabaseTransaction,
    code: SecretHash,
    who: Guestlist,
    now: Timestamp,
) -> Result<Person, StoreError> {
    let ours = Column::CodeHash.eq(code.0.to_vec());
    let take = invite::Entity::update_many().col_expr(Column::UsedAt, Expr::value(now.0));
    if take.filter(ours.clone()).filter(open(now)).exec(tx).await?.rows_affected != 1 {
        return Err(StoreError::NotFound);
    }
    let row = invite::Entity::find().filter(ours.clone()).one(tx).await?.ok_or(StoreError::NotFound)?;
    let (org, id) = (OrgId(row.org_id), row.id);
    let person = match who {
        Guestlist::New { login, name, password } => newcomer(tx, row, login, name, password, now).await?,
        Guestlist::Known(person) => joined(tx, row, person, now).await?,
    };
    let by = invite::Entity::update_many().col_expr(Column::UsedBy, Expr::value(person.0)).filter(Column::Id.eq(id));
    by.exec(tx).await?;
    accounts::find(tx, person, org).await?.ok_or(StoreError::NotFound)
}

async fn newcomer(
    tx: &DatabaseTransaction,
    row: invite::Model,
    login: String,
    name: String,
    password: Credentials,
    now: Timestamp,
) -> Result<PersonId, StoreError> {
    let role = known(Role::parse(&row.role))?;
    let new = NewPerson {
        login,
        org: OrgId(row.org_id),
        role,
        name,
        department: row.department,
        password_hash: password.hash,
        kdf: Some(password.kdf),
    };
    let person = accounts::insert(tx, new, now).await?.id;
    // Whoever holds the code got it there.
    let contact = known(Contact::read(&row.contact))?;
    let (phone, email) = columns(&contact);
    let reached = person::Entity::update_many()
        .col_expr(person::Column::Phone, Expr::value(phone))
        .col_expr(person::Column::Email, Expr::value(email))
        .filter(person::Column::Id.eq(person.0));
    reached.exec(tx).await?;
    Ok(person)
}

/// Adds the membership; a patient there becomes staff, and who is staff there already stays what they are.
async fn joined(
    tx: &DatabaseTransaction,
    row: invite::Model,
    person: PersonId,
    now: Timestamp,
) -> Result<PersonId, StoreError> {
    let org = OrgId(row.org_id);
    accounts::hold(tx, &[person]).await?.first().ok_or(StoreError::NotFound)?;
    if members::of(tx, person, org).await?.is_some_and(|member| member.role.is_staff()) {
        return Err(StoreError::BadState);
    }
    let member = Member { org, role: known(Role::parse(&row.role))?, department: row.department };
    members::join(tx, person, &member, now).await?;
    Ok(person)
}

fn of(org: OrgId) -> sea_orm::Select<invite::Entity> {
    invite::Entity::find().filter(Column::OrgId.eq(org.0))
}

fn open(now: Timestamp) -> Condition {
    Condition::all().add(Column::UsedAt.is_null()).add(Column::RevokedAt.is_null()).add(Column::ExpiresAt.gt(now.0))
}

fn read(row: invite::Model, now: Timestamp) -> Result<Invite, StoreError> {
    let state = match (row.used_at, row.revoked_at) {
        (Some(_), _) => InviteState::Used,
        (None, Some(_)) => InviteState::Revoked,
        (None, None) if row.expires_at <= now.0 => InviteState::Expired,
        (None, None) => InviteState::Open,
    };
    Ok(Invite {
        id: row.id,
        name: row.name,
        role: known(Role::parse(&row.role))?,
        department: row.department,
        contact: known(Contact::read(&row.contact))?,
        made_at: Timestamp(row.made_at),
        expires: Timestamp(row.expires_at),
        state,
    })
}
