//! What is on the ledger, or on its way there.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "ledger_entry")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub event_id: Uuid,
    pub part: i64,
    pub org_id: Option<Uuid>,
    pub kind: String,
    pub thing: Option<String>,
    pub thing_id: Option<Uuid>,
    pub ver: Option<i64>,
    pub bytes: Vec<u8>,
    pub opening: Option<Vec<u8>>,
    pub submitter: Vec<u8>,
    pub sequence: i64,
    pub urgent: i64,
    pub state: String,
    pub leaf: Option<i64>,
    pub block: Option<i64>,
    pub committed_at: Option<i64>,
    pub outcome: Option<i64>,
    pub voided: i64,
    pub reason: Option<String>,
    pub made_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
