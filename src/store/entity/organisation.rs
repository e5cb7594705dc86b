//! Hospitals and clinics.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "organisation")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub name: String,
    pub kind: String,
    pub zone: String,
    pub languages: String,
    pub phone: Option<String>,
    pub address: Option<String>,
    pub hours: String,
    pub policy: String,
    pub operator: i64,
    pub state: String,
    pub named_at: Option<i64>,
    pub made_by: Option<Uuid>,
    pub made_at: i64,
    pub decided_by: Option<Uuid>,
    pub decided_at: Option<i64>,
    pub why: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
