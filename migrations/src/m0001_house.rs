//! The first schema: people and their sessions, visits with seats, chat and guest links, and the outbox.

use sea_orm_migration::prelude::*;

use crate::dialect;

/// Ids are UUIDs, times milliseconds since 1970 UTC, enums words, message bodies bytes nobody here can read.
const SCHEMA: &str = "
CREATE TABLE person (
    id {id} NOT NULL PRIMARY KEY,
    login TEXT NOT NULL UNIQUE,
    role TEXT NOT NULL CHECK (role IN ('patient', 'doctor', 'desk', 'admin')),
    name TEXT NOT NULL,
    department TEXT,
    registration TEXT,
    password_hash TEXT NOT NULL,
    made_at {time} NOT NULL,
    disabled_at {time}
) {strict};

CREATE TABLE lockout (
    login_hash {bytes} NOT NULL PRIMARY KEY,
    failed {number} NOT NULL,
    locked_until {time},
    tried_at {time} NOT NULL
) {strict};

CREATE TABLE setup (
    code_hash {bytes} NOT NULL PRIMARY KEY,
    made_at {time} NOT NULL,
    used_at {time}
) {strict};

CREATE TABLE visit (
    id {id} NOT NULL PRIMARY KEY,
    patient_id {id} NOT NULL REFERENCES person (id),
    doctor_id {id} NOT NULL REFERENCES person (id),
    state TEXT NOT NULL CHECK (state IN ('requested', 'open', 'ended', 'declined')),
    made_by TEXT NOT NULL,
    made_at {time} NOT NULL,
    opened_at {time},
    ended_at {time},
    ended_why TEXT,
    last_at {time} NOT NULL
) {strict};
CREATE UNIQUE INDEX visit_one_live ON visit (patient_id, doctor_id) WHERE state IN ('requested', 'open');
CREATE INDEX visit_by_patient ON visit (patient_id, made_at);
CREATE INDEX visit_by_doctor ON visit (doctor_id, made_at);
CREATE INDEX visit_by_made ON visit (made_at);
CREATE INDEX visit_idle ON visit (last_at) WHERE state = 'open';

CREATE TABLE guest_link (
    id {id} NOT NULL PRIMARY KEY,
    visit_id {id} NOT NULL REFERENCES visit (id),
    code_hash {bytes} NOT NULL UNIQUE,
    made_by {id} NOT NULL REFERENCES person (id),
    made_at {time} NOT NULL,
    expires_at {time} NOT NULL,
    used_at {time},
    revoked_at {time}
) {strict};
CREATE INDEX guest_link_by_visit ON guest_link (visit_id);

CREATE TABLE seat (
    id {id} NOT NULL PRIMARY KEY,
    visit_id {id} NOT NULL REFERENCES visit (id),
    person_id {id} REFERENCES person (id),
    link_id {id} UNIQUE REFERENCES guest_link (id),
    role TEXT NOT NULL CHECK (role IN ('doctor', 'patient', 'guest')),
    name TEXT NOT NULL,
    standing TEXT NOT NULL CHECK (standing IN ('lobby', 'admitted', 'removed')),
    made_at {time} NOT NULL,
    UNIQUE (visit_id, person_id),
    CHECK ((person_id IS NULL) <> (link_id IS NULL))
) {strict};

CREATE TABLE message (
    visit_id {id} NOT NULL REFERENCES visit (id),
    seq {number} NOT NULL CHECK (seq > 0),
    id {id} NOT NULL,
    seat_id {id} NOT NULL REFERENCES seat (id),
    at {time} NOT NULL,
    body {bytes} NOT NULL,
    PRIMARY KEY (visit_id, seq),
    UNIQUE (visit_id, id)
) {strict};

CREATE TABLE session (
    id {id} NOT NULL PRIMARY KEY,
    token_hash {bytes} NOT NULL UNIQUE,
    person_id {id} REFERENCES person (id),
    seat_id {id} REFERENCES seat (id),
    label TEXT NOT NULL,
    made_at {time} NOT NULL,
    seen_at {time} NOT NULL,
    expires_at {time} NOT NULL,
    revoked_at {time},
    CHECK ((person_id IS NULL) <> (seat_id IS NULL))
) {strict};
CREATE INDEX session_by_person ON session (person_id);
CREATE INDEX session_by_seat ON session (seat_id);
CREATE INDEX session_by_expiry ON session (expires_at);

CREATE TABLE outbox (
    id {serial},
    event_id {id} NOT NULL,
    consumer TEXT NOT NULL,
    visit_id {id} REFERENCES visit (id),
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,
    made_at {time} NOT NULL,
    due_at {time} NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'leased', 'done', 'refused')),
    attempts {number} NOT NULL,
    leased_until {time},
    last_error TEXT,
    UNIQUE (event_id, consumer)
) {strict};
CREATE INDEX outbox_waiting ON outbox (consumer, due_at, id) WHERE state IN ('pending', 'leased');
CREATE INDEX outbox_done ON outbox (made_at) WHERE state = 'done';
";

/// Builds the house.
pub(crate) struct House;

impl MigrationName for House {
    fn name(&self) -> &str {
        "m0001_house"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for House {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        db.execute_unprepared(&dialect::spoken(SCHEMA, db.get_database_backend())).await.map(|_| ())
    }
}
