//! Consents as they are asked for and given, and what each of them opens.

use sea_orm_migration::prelude::*;

use crate::dialect;

/// What stands (to store, record, research) is given to the organisation and has no end of its own; a share is given to a
/// doctor and has one. Of a code there is a hash whose opening the database does not know.
const SCHEMA: &str = "
CREATE TABLE consent (
    id {id} NOT NULL PRIMARY KEY,
    org_id {id} NOT NULL REFERENCES organisation (id),
    patient_id {id} NOT NULL REFERENCES person (id),
    asked_by {id} REFERENCES person (id),
    grantee_id {id} REFERENCES person (id),
    subject TEXT NOT NULL CHECK (subject IN ('store', 'share', 'record', 'research')),
    purpose TEXT NOT NULL CHECK (purpose IN ('treatment', 'second_opinion', 'insurance', 'research', 'emergency')),
    kinds TEXT NOT NULL,
    departments TEXT,
    why TEXT,
    detail TEXT,
    minutes {number} CHECK (minutes > 0),
    text_version {number} NOT NULL,
    language TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('asked', 'granted', 'refused', 'revoked', 'expired', 'lapsed')),
    how TEXT CHECK (how IN ('tap', 'code', 'witness', 'break_glass')),
    code_hash {bytes},
    code_tries {number} NOT NULL DEFAULT 0,
    code_sent_at {time},
    code_expires_at {time},
    given_by {id} REFERENCES person (id),
    guardian_name TEXT,
    guardian_relation TEXT,
    signed_by {id},
    signature {bytes},
    made_at {time} NOT NULL,
    decided_at {time},
    until {time},
    ended_at {time},
    delegated_from {id} REFERENCES consent (id),
    review_by {time},
    reviewed_by {id} REFERENCES person (id),
    reviewed_at {time},
    verdict TEXT CHECK (verdict IN ('justified', 'not_justified')),
    review_note TEXT,
    CHECK (subject <> 'share' OR (grantee_id IS NOT NULL AND minutes IS NOT NULL)),
    CHECK (subject <> 'share' OR state <> 'granted' OR until IS NOT NULL)
) {strict};
CREATE INDEX consent_by_patient ON consent (patient_id, made_at);
CREATE INDEX consent_by_grantee ON consent (grantee_id, made_at) WHERE grantee_id IS NOT NULL;
CREATE INDEX consent_by_asker ON consent (asked_by, made_at) WHERE asked_by IS NOT NULL;
CREATE INDEX consent_waiting ON consent (made_at) WHERE state = 'asked';
CREATE INDEX consent_ending ON consent (until) WHERE state = 'granted';
CREATE INDEX consent_to_review ON consent (org_id, review_by) WHERE review_by IS NOT NULL;
CREATE UNIQUE INDEX consent_stands_once ON consent (org_id, patient_id, subject)
    WHERE state = 'granted' AND subject <> 'share';

CREATE TABLE grant_wrap (
    consent_id {id} NOT NULL REFERENCES consent (id),
    record_id {id} NOT NULL,
    ver {number} NOT NULL,
    key_id {id} NOT NULL REFERENCES person_key (id),
    ek {bytes} NOT NULL,
    made_at {time} NOT NULL,
    PRIMARY KEY (consent_id, record_id, ver, key_id),
    FOREIGN KEY (record_id, ver) REFERENCES record_version (record_id, ver)
) {strict};
CREATE INDEX grant_wrap_by_record ON grant_wrap (record_id, ver);
CREATE INDEX grant_wrap_by_key ON grant_wrap (key_id);
";

/// Builds the tables of consents.
pub(crate) struct Consents;

impl MigrationName for Consents {
    fn name(&self) -> &str {
        "m0005_consents"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Consents {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        db.execute_unprepared(&dialect::spoken(SCHEMA, db.get_database_backend())).await.map(|_| ())
    }
}
