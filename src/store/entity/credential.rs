//! Registrations of doctors.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "credential")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub person_id: Uuid,
    pub org_id: Uuid,
    pub qualification: String,
    pub council: String,
    pub number: String,
    pub specialty: String,
    pub valid_until: i64,
    pub state: String,
    pub checked_by: Option<Uuid>,
    pub matched_by: Option<Uuid>,
    pub match_note: Option<String>,
    pub activated_by: Option<Uuid>,
    pub verified_at: Option<i64>,
    pub why: Option<String>,
    pub made_at: i64,
    pub changed_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
