//! Wrong passwords in a row, by the hash of the login.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "lockout")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub login_hash: Vec<u8>,
    pub failed: i64,
    pub locked_until: Option<i64>,
    pub tried_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
