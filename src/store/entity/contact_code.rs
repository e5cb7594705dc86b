//! Codes sent to a phone or an address, as hashes.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "contact_code")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub purpose: String,
    pub contact: String,
    pub contact_hash: Vec<u8>,
    pub org_id: Option<Uuid>,
    pub person_id: Option<Uuid>,
    pub language: String,
    pub code_hash: Vec<u8>,
    pub tries: i64,
    pub made_at: i64,
    pub sent_at: i64,
    pub expires_at: i64,
    pub used_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
