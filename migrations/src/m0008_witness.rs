//! Who hears a patient say yes, which record a patient asks to have corrected, and what is known of who speaks for a child.

use sea_orm_migration::prelude::*;

use crate::dialect;

/// One statement for each column: databases differ in how they add several.
const SCHEMA: &str = "
ALTER TABLE consent ADD COLUMN witness_id {id} REFERENCES person (id);
ALTER TABLE consent ADD COLUMN witness_by {time};
CREATE INDEX consent_by_witness ON consent (witness_id, witness_by) WHERE witness_id IS NOT NULL;
ALTER TABLE record ADD COLUMN corrects {id} REFERENCES record (id);
CREATE INDEX record_corrects ON record (corrects) WHERE corrects IS NOT NULL;
ALTER TABLE guardian ADD COLUMN relation TEXT
    CHECK (relation IN ('mother', 'father', 'grandparent', 'relative', 'guardian'));
ALTER TABLE guardian ADD COLUMN papers TEXT
    CHECK (papers IN ('birth_certificate', 'identity', 'court_order', 'other'));
";

/// Widens what is kept of consents, records and guardians.
pub(crate) struct Witness;

impl MigrationName for Witness {
    fn name(&self) -> &str {
        "m0008_witness"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Witness {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        db.execute_unprepared(&dialect::spoken(SCHEMA, db.get_database_backend())).await.map(|_| ())
    }
}
