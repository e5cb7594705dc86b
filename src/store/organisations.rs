//! Organisations: registered by one, approved by another, described by their own admins.

use sea_orm::sea_query::{Expr, SimpleExpr};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect, Set,
};
use uuid::Uuid;
use vaidya_clinic::id::{OrgId, PersonId};
use vaidya_clinic::organisation::{Hours, Language, OrgKind, OrgState, Organisation};
use vaidya_clinic::policy::Policy;
use vaidya_clinic::role::Role;
use vaidya_clinic::time::Timestamp;

use super::entity::organisation::{self, Column, Entity};
use super::entity::person;
use super::error::known;
use super::members::{self, Member};
use super::{Store, StoreError};

/// Most organisations in one list. Lower hides some, higher makes the page slow on a thin link.
const LISTED: u64 = 500;

/// An organisation that wants to be on this server.
#[derive(Clone)]
pub struct NewOrganisation {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: OrgKind,
    /// Its zone.
    pub zone: String,
    /// The languages spoken there.
    pub languages: Vec<Language>,
    /// Its telephone.
    pub phone: Option<String>,
    /// Where it is.
    pub address: Option<String>,
}

/// One that waits for an answer, with the name of who registered it.
#[derive(Clone)]
pub struct Waiting {
    /// What it says of itself.
    pub organisation: Organisation,
    /// Who registered it.
    pub by: String,
    /// Their id: they don't answer it themselves.
    pub by_id: Option<PersonId>,
}

/// What its admin changes; what is none stays.
#[derive(Clone, Default)]
pub struct Changed {
    /// The name.
    pub name: Option<String>,
    /// The zone.
    pub zone: Option<String>,
    /// The languages.
    pub languages: Option<Vec<Language>>,
    /// The telephone; `Some(None)` takes it away.
    pub phone: Option<Option<String>>,
    /// The address; `Some(None)` takes it away.
    pub address: Option<Option<String>>,
    /// The hours.
    pub hours: Option<Hours>,
    /// The policy.
    pub policy: Option<Policy>,
}

/// How an organisation that waits is answered.
#[derive(Clone)]
pub enum Answer {
    /// It may begin; whoever registered it becomes its admin.
    Approved,
    /// It may not, for this reason.
    Refused(String),
}

impl Store {
    /// Keeps an organisation that waits for the operator's answer.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn register_organisation(
        &self,
        new: NewOrganisation,
        by: PersonId,
        now: Timestamp,
    ) -> Result<Organisation, StoreError> {
        self.write(move |tx| Box::pin(register(tx, new, by, now))).await
    }

    /// Answers one that waits.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::BadState`] when it was answered before, [`StoreError::TwoPeople`] when
    /// this person registered it.
    pub async fn answer_organisation(
        &self,
        org: OrgId,
        answer: Answer,
        by: PersonId,
        now: Timestamp,
    ) -> Result<Organisation, StoreError> {
        self.write(move |tx| Box::pin(decide(tx, org, answer, by, now))).await
    }

    /// Those that wait, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn waiting_organisations(&self) -> Result<Vec<Waiting>, StoreError> {
        self.read(|db| Box::pin(waiting(db))).await
    }

    /// Those at work, by name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn organisations(&self) -> Result<Vec<Organisation>, StoreError> {
        let rows = Entity::find().filter(Column::State.eq(OrgState::Active.as_str())).order_by_asc(Column::Name);
        let rows = rows.order_by_asc(Column::Id).limit(LISTED);
        let rows = self.read(move |db| Box::pin(async move { Ok(rows.all(db).await?) })).await?;
        rows.into_iter().map(read).collect()
    }

    /// One organisation.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn organisation(&self, org: OrgId) -> Result<Organisation, StoreError> {
        self.read(move |db| Box::pin(async move { read(one(db, org).await?) })).await
    }

    /// The rules of an organisation.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn policy(&self, org: OrgId) -> Result<Policy, StoreError> {
        Ok(self.organisation(org).await?.policy)
    }

    /// Changes what an organisation says of itself.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn change_organisation(
        &self,
        org: OrgId,
        changed: Changed,
        now: Timestamp,
    ) -> Result<Organisation, StoreError> {
        self.write(move |tx| Box::pin(change(tx, org, changed, now))).await
    }

    /// Gives the operator's organisation the name of the settings, until one of its admins names it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn name_home(&self, name: &str) -> Result<(), StoreError> {
        let named = Entity::update_many()
            .col_expr(Column::Name, Expr::value(name))
            .filter(Column::Id.eq(OrgId::HOME.0))
            .filter(Column::NamedAt.is_null())
            .filter(Column::Name.ne(name));
        self.write(move |tx| Box::pin(async move { Ok(named.exec(tx).await.map(|_| ())?) })).await
    }

    /// Every organisation a person belongs to, with its name, the oldest membership first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn organisations_of(&self, person: PersonId) -> Result<Vec<(Organisation, Role)>, StoreError> {
        self.read(move |db| {
            Box::pin(async move {
                let mut all = Vec::new();
                for member in members::every(db, person).await? {
                    all.push((read(one(db, member.org).await?)?, member.role));
                }
                Ok(all)
            })
        })
        .await
    }
}

/// Holds an organisation until the transaction ends: whoever changes who belongs to it does so one after the other.
pub(super) async fn hold(tx: &DatabaseTransaction, org: OrgId) -> Result<organisation::Model, StoreError> {
    Entity::find_by_id(org.0).lock_exclusive().one(tx).await?.ok_or(StoreError::NotFound)
}

/// The rules of an organisation.
pub(super) async fn policy<C: ConnectionTrait>(db: &C, org: OrgId) -> Result<Policy, StoreError> {
    Ok(read(one(db, org).await?)?.policy)
}

async fn one<C: ConnectionTrait>(db: &C, org: OrgId) -> Result<organisation::Model, StoreError> {
    Entity::find_by_id(org.0).one(db).await?.ok_or(StoreError::NotFound)
}

async fn register(
    tx: &DatabaseTransaction,
    new: NewOrganisation,
    by: PersonId,
    now: Timestamp,
) -> Result<Organisation, StoreError> {
    let row = organisation::ActiveModel {
        id: Set(Uuid::new_v4()),
        name: Set(new.name),
        kind: Set(new.kind.as_str().to_owned()),
        zone: Set(new.zone),
        languages: Set(joined(&new.languages)),
        phone: Set(new.phone),
        address: Set(new.address),
        hours: Set("[]".to_owned()),
        policy: Set("{}".to_owned()),
        operator: Set(0),
        state: Set(OrgState::Pending.as_str().to_owned()),
        named_at: Set(Some(now.0)),
        made_by: Set(Some(by.0)),
        made_at: Set(now.0),
        decided_by: Set(None),
        decided_at: Set(None),
        why: Set(None),
    };
    read(row.insert(tx).await?)
}

async fn decide(
    tx: &DatabaseTransaction,
    org: OrgId,
    answer: Answer,
    by: PersonId,
    now: Timestamp,
) -> Result<Organisation, StoreError> {
    let row = hold(tx, org).await?;
    if known(OrgState::parse(&row.state))? != OrgState::Pending {
        return Err(StoreError::BadState);
    }
    if row.made_by == Some(by.0) {
        return Err(StoreError::TwoPeople);
    }
    let (state, why) = match answer {
        Answer::Approved => (OrgState::Active, None),
        Answer::Refused(why) => (OrgState::Refused, Some(why)),
    };
    let answered = Entity::update_many()
        .col_expr(Column::State, Expr::value(state.as_str()))
        .col_expr(Column::DecidedBy, Expr::value(by.0))
        .col_expr(Column::DecidedAt, Expr::value(now.0))
        .col_expr(Column::Why, Expr::value(why))
        .filter(Column::Id.eq(org.0));
    answered.exec(tx).await?;
    if let (OrgState::Active, Some(registrant)) = (state, row.made_by) {
        let admin = Member { org, role: Role::Admin, department: None };
        members::join(tx, PersonId(registrant), &admin, now).await?;
    }
    read(one(tx, org).await?)
}

async fn waiting<C: ConnectionTrait>(db: &C) -> Result<Vec<Waiting>, StoreError> {
    let rows = Entity::find().filter(Column::State.eq(OrgState::Pending.as_str())).order_by_asc(Column::MadeAt);
    let rows = rows.order_by_asc(Column::Id).limit(LISTED).all(db).await?;
    let mut all = Vec::with_capacity(rows.len());
    for row in rows {
        let by = match row.made_by {
            Some(id) => person::Entity::find_by_id(id).one(db).await?.map(|who| who.name),
            None => None,
        };
        let by_id = row.made_by.map(PersonId);
        all.push(Waiting { organisation: read(row)?, by: by.unwrap_or_default(), by_id });
    }
    Ok(all)
}

async fn change(
    tx: &DatabaseTransaction,
    org: OrgId,
    changed: Changed,
    now: Timestamp,
) -> Result<Organisation, StoreError> {
    hold(tx, org).await?;
    let columns = columns(changed, now)?;
    if !columns.is_empty() {
        let update =
            columns.into_iter().fold(Entity::update_many(), |update, (column, value)| update.col_expr(column, value));
        update.filter(Column::Id.eq(org.0)).exec(tx).await?;
    }
    read(one(tx, org).await?)
}

/// What is to be written where.
fn columns(changed: Changed, now: Timestamp) -> Result<Vec<(Column, SimpleExpr)>, StoreError> {
    let Changed { name, zone, languages, phone, address, hours, policy } = changed;
    let mut columns = Vec::new();
    if let Some(name) = name {
        columns.push((Column::Name, Expr::value(name)));
        columns.push((Column::NamedAt, Expr::value(now.0)));
    }
    if let Some(zone) = zone {
        columns.push((Column::Zone, Expr::value(zone)));
    }
    if let Some(languages) = languages {
        columns.push((Column::Languages, Expr::value(joined(&languages))));
    }
    if let Some(phone) = phone {
        columns.push((Column::Phone, Expr::value(phone)));
    }
    if let Some(address) = address {
        columns.push((Column::Address, Expr::value(address)));
    }
    if let Some(hours) = hours {
        columns.push((Column::Hours, Expr::value(json(&hours)?)));
    }
    if let Some(policy) = policy {
        columns.push((Column::Policy, Expr::value(json(&policy)?)));
    }
    Ok(columns)
}

fn json<T: serde::Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|_| StoreError::strange("a value that cannot be written"))
}

fn joined(languages: &[Language]) -> String {
    languages.iter().map(|language| language.as_str()).collect::<Vec<_>>().join(",")
}

fn read(row: organisation::Model) -> Result<Organisation, StoreError> {
    let strange = |_| StoreError::strange("hours or a policy that cannot be read");
    Ok(Organisation {
        id: OrgId(row.id),
        name: row.name,
        kind: known(OrgKind::parse(&row.kind))?,
        zone: row.zone,
        languages: row.languages.split(',').map(|word| known(Language::parse(word))).collect::<Result<_, _>>()?,
        phone: row.phone,
        address: row.address,
        hours: serde_json::from_str(&row.hours).map_err(strange)?,
        policy: serde_json::from_str(&row.policy).map_err(strange)?,
        operator: row.operator == 1,
        state: known(OrgState::parse(&row.state))?,
    })
}
