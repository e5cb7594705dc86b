//! Public keys of people.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "person_key")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub person_id: Uuid,
    pub rsa: Vec<u8>,
    pub ed: Vec<u8>,
    pub sig: Vec<u8>,
    pub device: String,
    pub status: String,
    pub made_at: i64,
    pub approved_by: Option<Uuid>,
    pub approved_sig: Option<Vec<u8>>,
    pub revoked_at: Option<i64>,
    pub possession: Option<Vec<u8>>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
