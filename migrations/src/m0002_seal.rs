//! Sealing: how a password is stretched, the public keys of people with their backups, what is wrapped for which key,
//! and the records.

use sea_orm_migration::prelude::*;

use crate::dialect;

/// Nothing here opens anything: public keys, ciphertexts, and keys wrapped for private halves that browsers hold.
/// From here on `person.password_hash` is the hash of the login key that `kdf_salt` leads to; where that is NULL it
/// is still the hash of the password itself.
const SCHEMA: &str = "
ALTER TABLE person ADD COLUMN kdf_salt {bytes};
ALTER TABLE person ADD COLUMN kdf_iterations {number};

CREATE TABLE person_key (
    id {id} NOT NULL PRIMARY KEY,
    person_id {id} NOT NULL REFERENCES person (id),
    rsa {bytes} NOT NULL,
    ed {bytes} NOT NULL,
    sig {bytes} NOT NULL,
    device TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('pending', 'live', 'revoked')),
    made_at {time} NOT NULL,
    approved_by {id} REFERENCES person_key (id),
    approved_sig {bytes},
    revoked_at {time},
    CHECK ((status = 'revoked') = (revoked_at IS NOT NULL)),
    CHECK ((approved_by IS NULL) = (approved_sig IS NULL))
) {strict};
CREATE INDEX person_key_by_person ON person_key (person_id);

CREATE TABLE key_backup (
    key_id {id} NOT NULL REFERENCES person_key (id),
    kind TEXT NOT NULL CHECK (kind IN ('password', 'recovery')),
    iv {bytes} NOT NULL,
    ct {bytes} NOT NULL,
    made_at {time} NOT NULL,
    PRIMARY KEY (key_id, kind)
) {strict};

CREATE TABLE visit_wrap (
    visit_id {id} NOT NULL REFERENCES visit (id),
    key_id {id} NOT NULL REFERENCES person_key (id),
    ek {bytes} NOT NULL,
    made_at {time} NOT NULL,
    PRIMARY KEY (visit_id, key_id)
) {strict};
CREATE INDEX visit_wrap_by_key ON visit_wrap (key_id);

CREATE TABLE record (
    id {id} NOT NULL PRIMARY KEY,
    visit_id {id} NOT NULL REFERENCES visit (id),
    kind TEXT NOT NULL CHECK (kind IN ('transcript')),
    ver {number} NOT NULL CHECK (ver > 0),
    author_key {id} NOT NULL REFERENCES person_key (id),
    at {time} NOT NULL,
    cid TEXT NOT NULL UNIQUE,
    size {number} NOT NULL,
    salt {bytes} NOT NULL,
    made_at {time} NOT NULL
) {strict};
CREATE UNIQUE INDEX record_one_transcript ON record (visit_id) WHERE kind = 'transcript';

CREATE TABLE record_wrap (
    record_id {id} NOT NULL REFERENCES record (id),
    key_id {id} NOT NULL REFERENCES person_key (id),
    ek {bytes} NOT NULL,
    made_at {time} NOT NULL,
    PRIMARY KEY (record_id, key_id)
) {strict};
CREATE INDEX record_wrap_by_key ON record_wrap (key_id);
";

/// Makes room for what is sealed.
pub(crate) struct Seal;

impl MigrationName for Seal {
    fn name(&self) -> &str {
        "m0002_seal"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Seal {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        db.execute_unprepared(&dialect::spoken(SCHEMA, db.get_database_backend())).await.map(|_| ())
    }
}
