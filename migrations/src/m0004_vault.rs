//! The vault: records of every kind in versions, the clinic's keys, uploads, and what was erased.

use sea_orm_migration::prelude::*;

use crate::dialect;

/// A version's salt and every wrap of it go when it is erased; what stays says that there was something, and opens nothing.
/// One-time codes of consents are hashes whose opening the database does not know.
const SCHEMA: &str = "
ALTER TABLE record_wrap RENAME TO old_record_wrap;
ALTER TABLE record RENAME TO old_record;

CREATE TABLE record (
    id {id} NOT NULL PRIMARY KEY,
    org_id {id} NOT NULL REFERENCES organisation (id),
    patient_id {id} NOT NULL REFERENCES person (id),
    kind TEXT NOT NULL CHECK (kind IN ('transcript', 'note', 'document', 'image', 'lab', 'letter')),
    department TEXT,
    visit_id {id} REFERENCES visit (id),
    made_at {time} NOT NULL,
    restricted_at {time},
    erased_at {time},
    why TEXT
) {strict};
CREATE UNIQUE INDEX record_one_transcript_a_visit ON record (visit_id) WHERE kind = 'transcript';
CREATE INDEX record_by_patient ON record (patient_id, made_at, id);
CREATE INDEX record_by_visit ON record (visit_id) WHERE visit_id IS NOT NULL;

CREATE TABLE record_version (
    record_id {id} NOT NULL REFERENCES record (id),
    ver {number} NOT NULL CHECK (ver > 0),
    author_id {id} NOT NULL REFERENCES person (id),
    author_key {id} REFERENCES person_key (id),
    at {time} NOT NULL,
    cid TEXT NOT NULL UNIQUE,
    size {number} NOT NULL,
    blocks {number} NOT NULL,
    salt {bytes},
    commitment {bytes},
    made_at {time} NOT NULL,
    PRIMARY KEY (record_id, ver)
) {strict};
CREATE INDEX record_version_by_author ON record_version (author_id);

CREATE TABLE record_block (
    record_id {id} NOT NULL,
    ver {number} NOT NULL,
    place {number} NOT NULL CHECK (place >= 0),
    cid TEXT NOT NULL,
    PRIMARY KEY (record_id, ver, place),
    FOREIGN KEY (record_id, ver) REFERENCES record_version (record_id, ver)
) {strict};
CREATE INDEX record_block_by_cid ON record_block (cid);

CREATE TABLE record_wrap (
    record_id {id} NOT NULL,
    ver {number} NOT NULL,
    key_id {id} NOT NULL REFERENCES person_key (id),
    ek {bytes} NOT NULL,
    made_at {time} NOT NULL,
    PRIMARY KEY (record_id, ver, key_id),
    FOREIGN KEY (record_id, ver) REFERENCES record_version (record_id, ver)
) {strict};
CREATE INDEX record_wrap_of_key ON record_wrap (key_id);

INSERT INTO record (id, org_id, patient_id, kind, visit_id, made_at)
    SELECT old_record.id, coalesce(visit.org_id, {home}), visit.patient_id, old_record.kind, visit.id, old_record.made_at
    FROM old_record JOIN visit ON visit.id = old_record.visit_id;
INSERT INTO record_version (record_id, ver, author_id, author_key, at, cid, size, blocks, salt, made_at)
    SELECT old_record.id, old_record.ver, person_key.person_id, person_key.id, old_record.at, old_record.cid,
        old_record.size, 0, old_record.salt, old_record.made_at
    FROM old_record JOIN person_key ON person_key.id = old_record.author_key;
INSERT INTO record_wrap (record_id, ver, key_id, ek, made_at)
    SELECT old_record_wrap.record_id, old_record.ver, old_record_wrap.key_id, old_record_wrap.ek, old_record_wrap.made_at
    FROM old_record_wrap JOIN old_record ON old_record.id = old_record_wrap.record_id;
DROP TABLE old_record_wrap;
DROP TABLE old_record;

CREATE TABLE upload (
    id {id} NOT NULL PRIMARY KEY,
    person_id {id} NOT NULL REFERENCES person (id),
    org_id {id} NOT NULL REFERENCES organisation (id),
    blocks {number} NOT NULL,
    bytes {number} NOT NULL,
    made_at {time} NOT NULL,
    expires_at {time} NOT NULL
) {strict};
CREATE INDEX upload_by_expiry ON upload (expires_at);
CREATE INDEX upload_by_person ON upload (person_id);

CREATE TABLE upload_block (
    upload_id {id} NOT NULL REFERENCES upload (id),
    cid TEXT NOT NULL,
    size {number} NOT NULL,
    made_at {time} NOT NULL,
    PRIMARY KEY (upload_id, cid)
) {strict};
CREATE INDEX upload_block_by_cid ON upload_block (cid);

CREATE TABLE clinic_key (
    id {id} NOT NULL PRIMARY KEY,
    org_id {id} NOT NULL REFERENCES organisation (id),
    rsa {bytes} NOT NULL,
    ed {bytes} NOT NULL,
    sig {bytes} NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('live', 'retiring', 'retired')),
    made_at {time} NOT NULL,
    retired_at {time}
) {strict};
CREATE UNIQUE INDEX clinic_key_one_live ON clinic_key (org_id) WHERE status = 'live';

CREATE TABLE clinic_wrap (
    record_id {id} NOT NULL,
    ver {number} NOT NULL,
    key_id {id} NOT NULL REFERENCES clinic_key (id),
    ek {bytes} NOT NULL,
    made_at {time} NOT NULL,
    PRIMARY KEY (record_id, ver, key_id),
    FOREIGN KEY (record_id, ver) REFERENCES record_version (record_id, ver)
) {strict};
CREATE INDEX clinic_wrap_by_key ON clinic_wrap (key_id);

CREATE TABLE guardian (
    patient_id {id} NOT NULL REFERENCES person (id),
    guardian_id {id} NOT NULL REFERENCES person (id),
    made_by {id} NOT NULL REFERENCES person (id),
    made_at {time} NOT NULL,
    ended_at {time},
    PRIMARY KEY (patient_id, guardian_id),
    CHECK (patient_id <> guardian_id)
) {strict};
CREATE INDEX guardian_by_guardian ON guardian (guardian_id);

CREATE TABLE block_alarm (
    cid TEXT NOT NULL PRIMARY KEY,
    found_at {time} NOT NULL,
    what TEXT NOT NULL CHECK (what IN ('missing', 'damaged')),
    mended_at {time}
) {strict};
";

/// Builds the vault; the transcripts that are there move in.
pub(crate) struct Vault;

impl MigrationName for Vault {
    fn name(&self) -> &str {
        "m0004_vault"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Vault {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        db.execute_unprepared(&dialect::spoken(SCHEMA, db.get_database_backend())).await.map(|_| ())
    }
}
