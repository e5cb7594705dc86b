//! Facts waiting for their consumers.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "outbox")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub event_id: Uuid,
    pub consumer: String,
    pub visit_id: Option<Uuid>,
    pub kind: String,
    pub payload: String,
    pub made_at: i64,
    pub due_at: i64,
    pub state: String,
    pub attempts: i64,
    pub leased_until: Option<i64>,
    pub last_error: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
