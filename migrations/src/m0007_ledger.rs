//! The house's side of the ledger: entries with their receipts, clinics' own logs, and what people sign for it.

use sea_orm_migration::prelude::*;

use crate::dialect;

/// An entry is written once, with its bytes and its number, and only its receipt is added. A clinic's own log is only
/// added to; its nodes are the whole subtrees of RFC 6962, level 0 being the leaves.
const SCHEMA: &str = "
ALTER TABLE person_key ADD COLUMN possession {bytes};
ALTER TABLE clinic_key ADD COLUMN possession {bytes};
ALTER TABLE record ADD COLUMN consent_id {id} REFERENCES consent (id);
ALTER TABLE record_version ADD COLUMN signed_by {id};
ALTER TABLE record_version ADD COLUMN signature {bytes};

CREATE TABLE label_salt (
    whose {id} NOT NULL PRIMARY KEY,
    salt {bytes} NOT NULL
) {strict};

CREATE TABLE ledger_entry (
    id {serial},
    event_id {id} NOT NULL,
    part {number} NOT NULL,
    org_id {id},
    kind TEXT NOT NULL,
    thing TEXT,
    thing_id {id},
    ver {number},
    bytes {bytes} NOT NULL,
    opening {bytes},
    submitter {bytes} NOT NULL,
    sequence {number} NOT NULL CHECK (sequence > 0),
    urgent {number} NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'committed', 'void')),
    leaf {number},
    block {number},
    committed_at {time},
    outcome {number},
    voided {number} NOT NULL DEFAULT 0,
    reason TEXT,
    made_at {time} NOT NULL,
    UNIQUE (event_id, part),
    UNIQUE (submitter, sequence),
    CHECK (state = 'waiting' OR (leaf IS NOT NULL AND block IS NOT NULL AND committed_at IS NOT NULL))
) {strict};
CREATE INDEX ledger_entry_waiting ON ledger_entry (id) WHERE state = 'waiting';
CREATE INDEX ledger_entry_of_thing ON ledger_entry (thing_id, id) WHERE thing_id IS NOT NULL;
CREATE INDEX ledger_entry_void ON ledger_entry (made_at) WHERE state = 'void';
CREATE UNIQUE INDEX ledger_entry_by_leaf ON ledger_entry (leaf) WHERE leaf IS NOT NULL;

CREATE TABLE sublog_head (
    org_id {id} NOT NULL PRIMARY KEY REFERENCES organisation (id),
    size {number} NOT NULL,
    rooted_size {number} NOT NULL,
    root {bytes} NOT NULL,
    rooted_at {time} NOT NULL
) {strict};

CREATE TABLE sublog (
    org_id {id} NOT NULL REFERENCES organisation (id),
    n {number} NOT NULL,
    event_id {id} NOT NULL UNIQUE,
    visit_id {id},
    audit_seq {number},
    data {bytes} NOT NULL,
    made_at {time} NOT NULL,
    PRIMARY KEY (org_id, n)
) {strict};
CREATE INDEX sublog_of_visit ON sublog (visit_id, n) WHERE visit_id IS NOT NULL;
CREATE UNIQUE INDEX sublog_of_audit ON sublog (audit_seq) WHERE audit_seq IS NOT NULL;

CREATE TABLE sublog_node (
    org_id {id} NOT NULL,
    level {number} NOT NULL,
    n {number} NOT NULL,
    hash {bytes} NOT NULL,
    PRIMARY KEY (org_id, level, n)
) {strict};

CREATE TABLE sublog_root (
    org_id {id} NOT NULL REFERENCES organisation (id),
    size {number} NOT NULL,
    root {bytes} NOT NULL,
    event_id {id} NOT NULL UNIQUE,
    PRIMARY KEY (org_id, size)
) {strict};
";

/// Builds what the ledger needs of the house.
pub(crate) struct Ledger;

impl MigrationName for Ledger {
    fn name(&self) -> &str {
        "m0007_ledger"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Ledger {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        db.execute_unprepared(&dialect::spoken(SCHEMA, db.get_database_backend())).await.map(|_| ())
    }
}
