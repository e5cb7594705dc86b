//! Places in visits.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "seat")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub visit_id: Uuid,
    pub person_id: Option<Uuid>,
    pub link_id: Option<Uuid>,
    pub role: String,
    pub name: String,
    pub standing: String,
    pub made_at: i64,
    pub birth_year: Option<i64>,
    pub confirmed_at: Option<i64>,
    pub flag: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
