//! Who belongs to which organisation, and as what.

use std::collections::HashMap;

use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Set};
use vaidya_clinic::id::{OrgId, PersonId};
use vaidya_clinic::role::Role;
use vaidya_clinic::time::Timestamp;

use super::StoreError;
use super::entity::member::{self, Column};
use super::entity::{organisation, person};
use super::error::known;

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
