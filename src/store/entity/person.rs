//! People with an account.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "person")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub login: String,
    pub name: String,
    pub password_hash: String,
    pub made_at: i64,
    pub disabled_at: Option<i64>,
    pub kdf_salt: Option<Vec<u8>>,
    pub kdf_iterations: Option<i64>,
    pub phone: Option<String>,
    pub email: Option<String>,
    pub birth_year: Option<i64>,
    pub sex: Option<String>,
    pub language: Option<String>,
    pub guardian_name: Option<String>,
    pub guardian_relation: Option<String>,
    pub last_org_id: Option<Uuid>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
