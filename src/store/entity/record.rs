//! Records of patients: what they are, not what is in them.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "record")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub org_id: Uuid,
    pub patient_id: Uuid,
    pub kind: String,
    pub department: Option<String>,
    pub visit_id: Option<Uuid>,
    pub made_at: i64,
    pub restricted_at: Option<i64>,
    pub erased_at: Option<i64>,
    pub why: Option<String>,
    pub corrects: Option<Uuid>,
    pub consent_id: Option<Uuid>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
