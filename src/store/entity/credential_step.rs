//! What became of a registration, step by step.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "credential_step")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub credential_id: Uuid,
    pub at: i64,
    pub by_id: Option<Uuid>,
    pub state: String,
    pub why: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
