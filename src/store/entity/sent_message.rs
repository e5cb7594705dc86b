//! Short messages and mails, on their way and sent.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sent_message")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub channel: String,
    pub contact: String,
    pub kind: String,
    pub language: String,
    pub subject: Option<String>,
    pub body: String,
    pub org_id: Option<Uuid>,
    pub visit_id: Option<Uuid>,
    pub state: String,
    pub error: Option<String>,
    pub made_at: i64,
    pub sent_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
