//! Sessions of people, and of guests through their seats.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "session")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub token_hash: Vec<u8>,
    pub person_id: Option<Uuid>,
    pub seat_id: Option<Uuid>,
    pub label: String,
    pub made_at: i64,
    pub seen_at: i64,
    pub expires_at: i64,
    pub revoked_at: Option<i64>,
    pub org_id: Option<Uuid>,
    pub link_id: Option<Uuid>,
    pub stage: String,
    pub fresh_at: Option<i64>,
    pub locked_at: Option<i64>,
    pub address: Option<String>,
    pub pending_secret: Option<Vec<u8>>,
    pub moved_at: Option<i64>,
    pub moved_label: Option<String>,
    pub moved_address: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
