//! The door: organisations and who belongs to them, second factors, codes, invitations, doctors' credentials, service
//! tokens, and the audit.

use sea_orm_migration::prelude::*;

use crate::dialect;

/// Contacts are personal data and stay in `person`, `contact_code`, `invite` and `sent_message`. Codes and tokens are
/// hashes under a key that the database does not know; a second factor's secret is sealed under such a key.
const SCHEMA: &str = "
CREATE TABLE organisation (
    id {id} NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('hospital', 'clinic')),
    zone TEXT NOT NULL,
    languages TEXT NOT NULL,
    phone TEXT,
    address TEXT,
    hours TEXT NOT NULL,
    policy TEXT NOT NULL,
    operator {number} NOT NULL CHECK (operator IN (0, 1)),
    state TEXT NOT NULL CHECK (state IN ('pending', 'active', 'refused', 'closed')),
    named_at {time},
    made_by {id} REFERENCES person (id),
    made_at {time} NOT NULL,
    decided_by {id} REFERENCES person (id),
    decided_at {time},
    why TEXT
) {strict};
CREATE UNIQUE INDEX organisation_one_operator ON organisation (operator) WHERE operator = 1;

CREATE TABLE member (
    person_id {id} NOT NULL REFERENCES person (id),
    org_id {id} NOT NULL REFERENCES organisation (id),
    role TEXT NOT NULL CHECK (role IN ('patient', 'doctor', 'desk', 'pharmacist', 'researcher', 'admin', 'auditor')),
    department TEXT,
    made_at {time} NOT NULL,
    ended_at {time},
    PRIMARY KEY (person_id, org_id)
) {strict};
CREATE INDEX member_by_org ON member (org_id, role);

ALTER TABLE person ADD COLUMN phone TEXT;
ALTER TABLE person ADD COLUMN email TEXT;
ALTER TABLE person ADD COLUMN birth_year {number};
ALTER TABLE person ADD COLUMN sex TEXT CHECK (sex IN ('female', 'male', 'other', 'unsaid'));
ALTER TABLE person ADD COLUMN language TEXT;
ALTER TABLE person ADD COLUMN guardian_name TEXT;
ALTER TABLE person ADD COLUMN guardian_relation TEXT;
ALTER TABLE person ADD COLUMN last_org_id {id};
CREATE INDEX person_by_phone ON person (phone) WHERE phone IS NOT NULL;
CREATE INDEX person_by_email ON person (email) WHERE email IS NOT NULL;

CREATE TABLE second_factor (
    person_id {id} NOT NULL PRIMARY KEY REFERENCES person (id),
    secret {bytes} NOT NULL,
    last_step {number} NOT NULL,
    made_at {time} NOT NULL
) {strict};

CREATE TABLE recovery_code (
    code_hash {bytes} NOT NULL PRIMARY KEY,
    person_id {id} NOT NULL REFERENCES person (id),
    made_at {time} NOT NULL,
    used_at {time}
) {strict};
CREATE INDEX recovery_code_by_person ON recovery_code (person_id);

CREATE TABLE contact_code (
    id {id} NOT NULL PRIMARY KEY,
    purpose TEXT NOT NULL CHECK (purpose IN ('register', 'reset', 'contact', 'claim')),
    contact TEXT NOT NULL,
    contact_hash {bytes} NOT NULL,
    org_id {id} REFERENCES organisation (id),
    person_id {id} REFERENCES person (id),
    language TEXT NOT NULL,
    code_hash {bytes} NOT NULL,
    tries {number} NOT NULL,
    made_at {time} NOT NULL,
    sent_at {time} NOT NULL,
    expires_at {time} NOT NULL,
    used_at {time}
) {strict};
CREATE INDEX contact_code_by_contact ON contact_code (contact_hash, sent_at);
CREATE INDEX contact_code_by_expiry ON contact_code (expires_at);

CREATE TABLE sent_message (
    id {id} NOT NULL PRIMARY KEY,
    channel TEXT NOT NULL CHECK (channel IN ('sms', 'mail')),
    contact TEXT NOT NULL,
    kind TEXT NOT NULL,
    language TEXT NOT NULL,
    subject TEXT,
    body TEXT NOT NULL,
    org_id {id} REFERENCES organisation (id),
    visit_id {id} REFERENCES visit (id),
    state TEXT NOT NULL CHECK (state IN ('waiting', 'sent', 'failed')),
    error TEXT,
    made_at {time} NOT NULL,
    sent_at {time}
) {strict};
CREATE INDEX sent_message_by_made ON sent_message (made_at);

CREATE TABLE invite (
    id {id} NOT NULL PRIMARY KEY,
    org_id {id} NOT NULL REFERENCES organisation (id),
    contact TEXT NOT NULL,
    name TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('patient', 'doctor', 'desk', 'pharmacist', 'researcher', 'admin', 'auditor')),
    department TEXT,
    code_hash {bytes} NOT NULL UNIQUE,
    made_by {id} NOT NULL REFERENCES person (id),
    made_at {time} NOT NULL,
    expires_at {time} NOT NULL,
    used_at {time},
    used_by {id} REFERENCES person (id),
    revoked_at {time}
) {strict};
CREATE INDEX invite_by_org ON invite (org_id, made_at);

ALTER TABLE session ADD COLUMN org_id {id};
ALTER TABLE session ADD COLUMN link_id {id};
ALTER TABLE session ADD COLUMN stage TEXT NOT NULL DEFAULT 'full' CHECK (stage IN ('full', 'factor', 'enrol'));
ALTER TABLE session ADD COLUMN fresh_at {time};
ALTER TABLE session ADD COLUMN locked_at {time};
ALTER TABLE session ADD COLUMN address TEXT;
ALTER TABLE session ADD COLUMN pending_secret {bytes};
ALTER TABLE session ADD COLUMN moved_at {time};
ALTER TABLE session ADD COLUMN moved_label TEXT;
ALTER TABLE session ADD COLUMN moved_address TEXT;

ALTER TABLE visit ADD COLUMN org_id {id};
ALTER TABLE visit ADD COLUMN planned_at {time};
DROP INDEX visit_one_live;
CREATE UNIQUE INDEX visit_one_live ON visit (org_id, patient_id, doctor_id, (coalesce(planned_at, 0)))
    WHERE state IN ('requested', 'open');
CREATE INDEX visit_by_org ON visit (org_id, made_at);

ALTER TABLE guest_link ADD COLUMN for_role TEXT NOT NULL DEFAULT 'guest' CHECK (for_role IN ('guest', 'patient'));
ALTER TABLE guest_link ADD COLUMN parent_id {id};
ALTER TABLE guest_link ADD COLUMN phone TEXT;
ALTER TABLE guest_link ADD COLUMN language TEXT;
ALTER TABLE guest_link ADD COLUMN sent_at {time};
CREATE INDEX guest_link_by_parent ON guest_link (parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX session_by_link ON session (link_id) WHERE link_id IS NOT NULL;
UPDATE session SET link_id = (SELECT link_id FROM seat WHERE seat.id = session.seat_id) WHERE seat_id IS NOT NULL;

ALTER TABLE seat ADD COLUMN birth_year {number};
ALTER TABLE seat ADD COLUMN confirmed_at {time};
ALTER TABLE seat ADD COLUMN flag TEXT CHECK (flag IN ('second_device'));

CREATE TABLE service_token (
    id {id} NOT NULL PRIMARY KEY,
    org_id {id} NOT NULL REFERENCES organisation (id),
    name TEXT NOT NULL,
    scopes TEXT NOT NULL,
    token_hash {bytes} NOT NULL UNIQUE,
    made_by {id} REFERENCES person (id),
    made_at {time} NOT NULL,
    expires_at {time} NOT NULL,
    last_used_at {time},
    revoked_at {time}
) {strict};
CREATE INDEX service_token_by_org ON service_token (org_id);

CREATE TABLE credential (
    id {id} NOT NULL PRIMARY KEY,
    person_id {id} NOT NULL REFERENCES person (id),
    org_id {id} NOT NULL REFERENCES organisation (id),
    qualification TEXT NOT NULL,
    council TEXT NOT NULL,
    number TEXT NOT NULL,
    specialty TEXT NOT NULL,
    valid_until {time} NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('submitted', 'checked', 'matched', 'active', 'expired', 'suspended', 'refused')),
    checked_by {id} REFERENCES person (id),
    matched_by {id} REFERENCES person (id),
    match_note TEXT,
    activated_by {id} REFERENCES person (id),
    verified_at {time},
    why TEXT,
    made_at {time} NOT NULL,
    changed_at {time} NOT NULL,
    UNIQUE (person_id, org_id)
) {strict};
CREATE INDEX credential_by_number ON credential (council, number);

CREATE TABLE credential_step (
    id {serial},
    credential_id {id} NOT NULL REFERENCES credential (id),
    at {time} NOT NULL,
    by_id {id} REFERENCES person (id),
    state TEXT NOT NULL,
    why TEXT
) {strict};
CREATE INDEX credential_step_by_credential ON credential_step (credential_id);

CREATE TABLE credential_document (
    id {id} NOT NULL PRIMARY KEY,
    credential_id {id} NOT NULL REFERENCES credential (id),
    name TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('application/pdf', 'image/jpeg', 'image/png')),
    size {number} NOT NULL,
    cid TEXT NOT NULL,
    made_at {time} NOT NULL
) {strict};
CREATE INDEX credential_document_by_credential ON credential_document (credential_id);

CREATE TABLE registry_entry (
    org_id {id} NOT NULL REFERENCES organisation (id),
    council TEXT NOT NULL,
    number TEXT NOT NULL,
    name TEXT NOT NULL,
    qualification TEXT NOT NULL,
    valid_until {time},
    standing TEXT NOT NULL CHECK (standing IN ('good', 'suspended')),
    imported_at {time} NOT NULL,
    PRIMARY KEY (org_id, council, number)
) {strict};

CREATE TABLE audit (
    seq {number} NOT NULL PRIMARY KEY CHECK (seq > 0),
    at {time} NOT NULL,
    org_id {id},
    actor_kind TEXT NOT NULL CHECK (actor_kind IN ('person', 'guest', 'token', 'nobody', 'system')),
    actor_id {id},
    actor_role TEXT,
    on_behalf_id {id},
    action TEXT NOT NULL,
    outcome {number} NOT NULL,
    about_id {id},
    subject_kind TEXT,
    subject_id {id},
    visit_id {id},
    address TEXT,
    session_id {id},
    detail TEXT,
    prev {bytes} NOT NULL,
    hash {bytes} NOT NULL
) {strict};
CREATE INDEX audit_by_org ON audit (org_id, seq);
CREATE INDEX audit_by_about ON audit (about_id, seq) WHERE about_id IS NOT NULL;
CREATE INDEX audit_by_actor ON audit (actor_id, seq) WHERE actor_id IS NOT NULL;

CREATE TABLE audit_head (
    id {number} NOT NULL PRIMARY KEY CHECK (id = 1),
    seq {number} NOT NULL,
    hash {bytes} NOT NULL
) {strict};

INSERT INTO organisation (id, name, kind, zone, languages, hours, policy, operator, state, made_at)
    VALUES ({home}, 'Vaidya', 'clinic', 'Asia/Kolkata', 'en,hi,pa', '[]', '{}', 1, 'active', 0);
INSERT INTO member (person_id, org_id, role, department, made_at)
    SELECT id, {home}, role, department, made_at FROM person;
UPDATE visit SET org_id = {home};
UPDATE session SET org_id = {home} WHERE person_id IS NOT NULL;
INSERT INTO audit_head (id, seq, hash) VALUES (1, 0, {zeros});
{audit_stays}

ALTER TABLE person DROP COLUMN role;
ALTER TABLE person DROP COLUMN department;
ALTER TABLE person DROP COLUMN registration;
";

/// Opens the door: the first organisation is there, with the well-known id 1; everyone who had an account belongs to it,
/// and so do their visits and sessions.
pub(crate) struct Door;

impl MigrationName for Door {
    fn name(&self) -> &str {
        "m0003_door"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Door {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        db.execute_unprepared(&dialect::spoken(SCHEMA, db.get_database_backend())).await.map(|_| ())
    }
}
