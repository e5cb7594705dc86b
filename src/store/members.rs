//! Who belongs to which organisation, and as what.

use std::collections::HashMap;

use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait, Set,
};
use vaidya_clinic::id::{OrgId, PersonId};
use vaidya_clinic::role::Role;
use vaidya_clinic::time::Timestamp;

use super::accounts::{self, Person};
use super::entity::member::{self, Column};
use super::entity::{organisation, person, second_factor, session};
use super::error::known;
use super::sessions::{self, Stage};
use super::{SecretHash, Store, StoreError, organisations};

/// What a person is in one organisation.
#[derive(Clone, PartialEq, Eq)]
pub struct Member {
    /// Which organisation.
    pub org: OrgId,
    /// What they are there.
    pub role: Role,
    /// Department or specialty there.
    pub department: Option<String>,
}

/// What an admin makes of a member; what is none stays.
#[derive(Clone, Default)]
pub struct Change {
    /// The role.
    pub role: Option<Role>,
    /// The department; `Some(None)` takes it away.
    pub department: Option<Option<String>>,
}

/// A member who was changed.
pub struct Changed {
    /// As they are now.
    pub person: Person,
    /// Sessions that ended, for their sockets: who has another role begins anew.
    pub ended: Vec<SecretHash>,
}

impl Store {
    /// Changes what someone is in an organisation. A new role ends their sessions there.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when they are not there, [`StoreError::LastAdmin`].
    pub async fn change_member(
        &self,
        org: OrgId,
        person: PersonId,
        change: Change,
        now: Timestamp,
    ) -> Result<Changed, StoreError> {
        self.write(move |tx| Box::pin(changed(tx, org, person, change, now))).await
    }

    /// Makes someone who has an account a member of an organisation too.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_member(&self, person: PersonId, member: Member, now: Timestamp) -> Result<(), StoreError> {
        self.write(move |tx| Box::pin(async move { join(tx, person, &member, now).await })).await
    }

    /// A session goes on in another organisation of its person.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when they don't belong there.
    pub async fn switch_organisation(&self, token: SecretHash, who: PersonId, org: OrgId) -> Result<(), StoreError> {
        self.write(move |tx| Box::pin(switch(tx, token, who, org))).await
    }
}

impl Store {
    /// Whether an admin of this organisation may change what someone signs in with.
    ///
    /// # Errors
    /// [`StoreError::Elsewhere`] when they belong to other organisations too.
    pub async fn only_here(&self, person: PersonId, org: OrgId) -> Result<(), StoreError> {
        self.read(move |db| Box::pin(only_here(db, person, org))).await
    }
}

/// [`StoreError::Elsewhere`] for someone who belongs to more organisations than this one: what they sign in with is not
/// one organisation's to change.
pub(super) async fn only_here<C: ConnectionTrait>(db: &C, person: PersonId, org: OrgId) -> Result<(), StoreError> {
    let elsewhere = every(db, person).await?.iter().any(|member| member.org != org);
    if elsewhere { Err(StoreError::Elsewhere) } else { Ok(()) }
}

/// [`StoreError::LastAdmin`] when without this person nobody would look after the organisation. Holds it, so that of
/// two admins who put each other out one stays.
pub(super) async fn keep_an_admin(tx: &DatabaseTransaction, org: OrgId, without: PersonId) -> Result<(), StoreError> {
    organisations::hold(tx, org).await?;
    let enabled = person::Entity::find()
        .select_only()
        .column(person::Column::Id)
        .filter(person::Column::DisabledAt.is_null())
        .into_query();
    let others = member::Entity::find()
        .filter(Column::OrgId.eq(org.0))
        .filter(Column::EndedAt.is_null())
        .filter(Column::Role.eq(Role::Admin.as_str()))
        .filter(Column::PersonId.ne(without.0))
        .filter(Column::PersonId.in_subquery(enabled));
    if others.count(tx).await? == 0 { Err(StoreError::LastAdmin) } else { Ok(()) }
}

async fn changed(
    tx: &DatabaseTransaction,
    org: OrgId,
    person: PersonId,
    Change { role, department }: Change,
    now: Timestamp,
) -> Result<Changed, StoreError> {
    organisations::hold(tx, org).await?;
    let was = of(tx, person, org).await?.ok_or(StoreError::NotFound)?;
    let role = role.unwrap_or(was.role);
    if was.role == Role::Admin && role != Role::Admin {
        keep_an_admin(tx, org, person).await?;
    }
    let is = Member { org, role, department: department.unwrap_or(was.department) };
    join(tx, person, &is, now).await?;
    let ended = if role == was.role { Vec::new() } else { sessions::end_in(tx, person, org, now).await? };
    let person = accounts::find(tx, person, org).await?.ok_or(StoreError::NotFound)?;
    Ok(Changed { person, ended })
}

async fn switch(tx: &DatabaseTransaction, token: SecretHash, who: PersonId, org: OrgId) -> Result<(), StoreError> {
    let member = of(tx, who, org).await?.ok_or(StoreError::NotFound)?;
    let policy = organisations::policy(tx, org).await?;
    let enrolled = second_factor::Entity::find_by_id(who.0).one(tx).await?.is_some();
    let stage = if policy.requires_factor(member.role) && !enrolled { Stage::Enrol } else { Stage::Full };
    let moved = session::Entity::update_many()
        .col_expr(session::Column::OrgId, Expr::value(org.0))
        .col_expr(session::Column::Stage, Expr::value(stage.as_str()))
        .filter(session::Column::TokenHash.eq(token.0.to_vec()))
        .filter(session::Column::PersonId.eq(who.0))
        .filter(session::Column::RevokedAt.is_null());
    if moved.exec(tx).await?.rows_affected != 1 {
        return Err(StoreError::NotFound);
    }
    let last = person::Entity::update_many()
        .col_expr(person::Column::LastOrgId, Expr::value(org.0))
        .filter(person::Column::Id.eq(who.0));
    last.exec(tx).await?;
    Ok(())
}

/// Makes someone a member, or changes what they are; a membership that ended begins anew.
pub(super) async fn join<C: ConnectionTrait>(
    db: &C,
    person: PersonId,
    member: &Member,
    now: Timestamp,
) -> Result<(), StoreError> {
    let row = member::ActiveModel {
        person_id: Set(person.0),
        org_id: Set(member.org.0),
        role: Set(member.role.as_str().to_owned()),
        department: Set(member.department.clone()),
        made_at: Set(now.0),
        ended_at: Set(None),
    };
    let again = OnConflict::columns([Column::PersonId, Column::OrgId])
        .update_columns([Column::Role, Column::Department, Column::EndedAt])
        .to_owned();
    member::Entity::insert(row).on_conflict(again).exec_without_returning(db).await?;
    Ok(())
}

/// What a person is in an organisation that is not closed.
pub(super) async fn of<C: ConnectionTrait>(db: &C, person: PersonId, org: OrgId) -> Result<Option<Member>, StoreError> {
    let row = live().filter(Column::PersonId.eq(person.0)).filter(Column::OrgId.eq(org.0)).one(db).await?;
    row.map(read).transpose()
}

/// Every organisation a person belongs to, the oldest membership first.
pub(super) async fn every<C: ConnectionTrait>(db: &C, person: PersonId) -> Result<Vec<Member>, StoreError> {
    let rows = live().filter(Column::PersonId.eq(person.0)).order_by_asc(Column::MadeAt).order_by_asc(Column::OrgId);
    rows.all(db).await?.into_iter().map(read).collect()
}

/// What a person is where they were last, or else where they have been longest.
pub(super) async fn latest<C: ConnectionTrait>(db: &C, row: &person::Model) -> Result<Option<Member>, StoreError> {
    let every = every(db, PersonId(row.id)).await?;
    let last = every.iter().find(|member| Some(member.org.0) == row.last_org_id);
    Ok(last.or(every.first()).cloned())
}

/// Everyone in an organisation, or everyone of a role there.
pub(super) async fn all<C: ConnectionTrait>(
    db: &C,
    org: OrgId,
    role: Option<Role>,
) -> Result<HashMap<PersonId, Member>, StoreError> {
    let mut rows = live().filter(Column::OrgId.eq(org.0));
    if let Some(role) = role {
        rows = rows.filter(Column::Role.eq(role.as_str()));
    }
    rows.all(db).await?.into_iter().map(|row| Ok((PersonId(row.person_id), read(row)?))).collect()
}

/// Memberships that have not ended, in organisations that are active.
fn live() -> sea_orm::Select<member::Entity> {
    let active = organisation::Entity::find()
        .select_only()
        .column(organisation::Column::Id)
        .filter(organisation::Column::State.eq("active"))
        .into_query();
    member::Entity::find().filter(Column::EndedAt.is_null()).filter(Column::OrgId.in_subquery(active))
}

fn read(row: member::Model) -> Result<Member, StoreError> {
    let role = known(Role::parse(&row.role))?;
    Ok(Member { org: OrgId(row.org_id), role, department: row.department })
}
