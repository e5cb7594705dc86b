//! Consents of patients, asked for and given.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "consent")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub org_id: Uuid,
    pub patient_id: Uuid,
    pub asked_by: Option<Uuid>,
    pub grantee_id: Option<Uuid>,
    pub subject: String,
    pub purpose: String,
    pub kinds: String,
    pub departments: Option<String>,
    pub why: Option<String>,
    pub detail: Option<String>,
    pub minutes: Option<i64>,
    pub text_version: i64,
    pub language: String,
    pub state: String,
    pub how: Option<String>,
    pub code_hash: Option<Vec<u8>>,
    pub code_tries: i64,
    pub code_sent_at: Option<i64>,
    pub code_expires_at: Option<i64>,
    pub given_by: Option<Uuid>,
    pub guardian_name: Option<String>,
    pub guardian_relation: Option<String>,
    pub signed_by: Option<Uuid>,
    pub signature: Option<Vec<u8>>,
    pub made_at: i64,
    pub decided_at: Option<i64>,
    pub until: Option<i64>,
    pub ended_at: Option<i64>,
    pub delegated_from: Option<Uuid>,
    pub review_by: Option<i64>,
    pub reviewed_by: Option<Uuid>,
    pub reviewed_at: Option<i64>,
    pub verdict: Option<String>,
    pub review_note: Option<String>,
    pub witness_id: Option<Uuid>,
    pub witness_by: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
