//! Keys of organisations: their public halves.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "clinic_key")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub org_id: Uuid,
    pub rsa: Vec<u8>,
    pub ed: Vec<u8>,
    pub sig: Vec<u8>,
    pub status: String,
    pub made_at: i64,
    pub retired_at: Option<i64>,
    pub possession: Option<Vec<u8>>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
