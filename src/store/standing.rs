//! How someone stands in an organisation: what is asked of them there when they sign in, and what they are told of it.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use vaidya_clinic::id::{OrgId, PersonId};
use vaidya_clinic::policy::Policy;

use super::entity::{organisation, person, second_factor};
use super::{Store, StoreError, members, organisations};

/// The rules of an organisation that never chose any.
const UNDECIDED: &str = "{}";

/// What a person's browser needs to know of where they are.
#[derive(Clone, PartialEq, Eq)]
pub struct Standing {
    /// The organisation's name.
    pub organisation: String,
    /// Its rules.
    pub policy: Policy,
    /// The language the person reads, when they said so.
    pub language: Option<String>,
    /// Whether they have a second factor.
    pub second_factor: bool,
}

impl Store {
    /// Whether any organisation a person belongs to asks them for a second factor: a person signs in to all of them at
    /// once, so the strictest counts.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn factor_required(&self, person: PersonId) -> Result<bool, StoreError> {
        self.read(move |db| Box::pin(required(db, person))).await
    }

    /// Gives these rules to an organisation that never chose any.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn propose_policy(&self, org: OrgId, policy: Policy) -> Result<(), StoreError> {
        let policy =
            serde_json::to_string(&policy).map_err(|_| StoreError::strange("a policy that cannot be written"))?;
        let propose = organisation::Entity::update_many()
            .col_expr(organisation::Column::Policy, Expr::value(policy))
            .filter(organisation::Column::Id.eq(org.0))
            .filter(organisation::Column::Policy.eq(UNDECIDED));
        self.write(move |tx| Box::pin(async move { Ok(propose.exec(tx).await.map(|_| ())?) })).await
    }

    /// How a person stands in an organisation.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], or when the database fails.
    pub async fn standing_of(&self, person: PersonId, org: OrgId) -> Result<Standing, StoreError> {
        self.read(move |db| Box::pin(find(db, person, org))).await
    }
}

async fn find<C: ConnectionTrait>(db: &C, id: PersonId, org: OrgId) -> Result<Standing, StoreError> {
    let home = organisation::Entity::find_by_id(org.0).one(db).await?.ok_or(StoreError::NotFound)?;
    let language = person::Entity::find_by_id(id.0).select_only().column(person::Column::Language);
    let language = language.into_tuple::<Option<String>>().one(db).await?.ok_or(StoreError::NotFound)?;
    let second_factor = second_factor::Entity::find_by_id(id.0).one(db).await?.is_some();
    Ok(Standing { policy: read(&home.policy)?, organisation: home.name, language, second_factor })
}

async fn required<C: ConnectionTrait>(db: &C, person: PersonId) -> Result<bool, StoreError> {
    for member in members::every(db, person).await? {
        if organisations::policy(db, member.org).await?.requires_factor(member.role) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn read(policy: &str) -> Result<Policy, StoreError> {
    serde_json::from_str(policy).map_err(|_| StoreError::strange("a policy that cannot be read"))
}
