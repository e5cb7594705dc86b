//! What patients may ask for: finding what is restricted until it may be erased.

use sea_orm_migration::prelude::*;

use crate::dialect;

/// Few records are restricted, and they are looked for every minute.
const SCHEMA: &str = "
CREATE INDEX record_restricted ON record (restricted_at) WHERE restricted_at IS NOT NULL AND erased_at IS NULL;
";

/// Builds what the rights of patients need.
pub(crate) struct Rights;

impl MigrationName for Rights {
    fn name(&self) -> &str {
        "m0006_rights"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Rights {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        db.execute_unprepared(&dialect::spoken(SCHEMA, db.get_database_backend())).await.map(|_| ())
    }
}
