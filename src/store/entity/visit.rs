//! Visits.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "visit")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub patient_id: Uuid,
    pub doctor_id: Uuid,
    pub state: String,
    pub made_by: String,
    pub made_at: i64,
    pub opened_at: Option<i64>,
    pub ended_at: Option<i64>,
    pub ended_why: Option<String>,
    pub last_at: i64,
    pub org_id: Option<Uuid>,
    pub planned_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
