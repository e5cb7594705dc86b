//! Versions of records: their blocks are named, not held.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "record_version")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub record_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub ver: i64,
    pub author_id: Uuid,
    pub author_key: Option<Uuid>,
    pub at: i64,
    pub cid: String,
    pub size: i64,
    pub blocks: i64,
    pub salt: Option<Vec<u8>>,
    pub commitment: Option<Vec<u8>>,
    pub made_at: i64,
    pub signed_by: Option<Uuid>,
    pub signature: Option<Vec<u8>>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
