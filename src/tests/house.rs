//! A store with an empty database, and the few people the tests know; each test lives on SQLite and on PostgreSQL.
#![expect(clippy::expect_used, reason = "tests end by panicking")]

use std::path::{Path, PathBuf};

use sea_orm::{ConnectionTrait, Database, DatabaseConnection, Statement};
use uuid::Uuid;
use vaidya::store::accounts::{NewPerson, Person};
use vaidya::store::consents::Given;
use vaidya::store::cover::Cover;
use vaidya::store::sessions::{NewSession, Place, Stage};
use vaidya::store::visits::{MadeVisit, NewVisit};
use vaidya::store::{SecretHash, Store};
use vaidya_clinic::consent::{Subject, TEXT};
use vaidya_clinic::id::{ConsentId, MessageId, OrgId, PersonId, SeatId, VisitId};
use vaidya_clinic::organisation::Language;
use vaidya_clinic::role::Role;
use vaidya_clinic::time::Timestamp;
use vaidya_clinic::visit::{Change, Holder, Seat};
use vaidya_clinic::wire::{Body, Said};

use crate::postgres;

/// When every test begins.
pub(crate) const NOW: Timestamp = Timestamp(1_800_000_000_000);

/// Turns a sentence into two tests, one on each database.
macro_rules! on_both {
    ($($(#[$doc:meta])* async fn $name:ident($house:ident) $body:block)+) => { $(
        $(#[$doc])*
        mod $name {
            use super::*;

            async fn tell($house: House) $body

            #[test]
            fn on_sqlite() {
                actix::System::new().block_on(async { tell(House::on_sqlite().await).await });
            }

            #[test]
            fn on_postgres() {
                actix::System::new().block_on(async { tell(House::on_postgres().await).await });
            }
        }
    )+ };
}
pub(crate) use on_both;

/// A folder that goes when the test ends.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("vaidya-test-{}", Uuid::new_v4().simple()));
        std::fs::create_dir_all(&folder).expect("a folder");
        Self(folder)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _gone = std::fs::remove_dir_all(&self.0);
    }
}

/// What texts of messages are sealed under here.
const COVERED: [u8; 32] = [7; 32];

/// A store, where it lives, and how to look behind it.
pub(crate) struct House {
    pub(crate) store: Store,
    pub(crate) url: Option<String>,
    pub(crate) folder: Folder,
}

impl House {
    pub(crate) async fn on_sqlite() -> Self {
        Self::at(None).await
    }

    pub(crate) async fn on_postgres() -> Self {
        Self::at(Some(postgres::fresh().await)).await
    }

    async fn at(url: Option<String>) -> Self {
        let folder = Folder::new();
        let store = Store::open(url.as_deref(), folder.path()).await.expect("an empty database opens");
        store.migrate().await.expect("the schema is laid");
        store.cover_messages(Cover::new(&COVERED).expect("a key"));
        Self { store, url, folder }
    }

    /// Another process's store of the same database.
    pub(crate) async fn second_store(&self) -> Store {
        let store = Store::open(self.url.as_deref(), self.folder.path()).await.expect("the database opens again");
        store.cover_messages(Cover::new(&COVERED).expect("a key"));
        store
    }

    /// The database, behind the store's back.
    pub(crate) async fn raw(&self) -> DatabaseConnection {
        let file = format!("sqlite://{}", self.folder.path().join("vaidya.db").display());
        Database::connect(self.url.clone().unwrap_or(file)).await.expect("the database answers")
    }

    /// A number that SQL tells: `SELECT count(*) AS n …`.
    pub(crate) async fn number(&self, sql: &str) -> i64 {
        let db = self.raw().await;
        let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), sql)).await.expect("SQL");
        let number = row.expect("a row").try_get("", "n").expect("a number");
        db.close().await.expect("the connection closes");
        number
    }

    /// A person; a doctor's registration is in force.
    pub(crate) async fn person(&self, login: &str, role: Role) -> Person {
        let person = self.newcomer(login, role).await;
        if role == Role::Doctor {
            self.bring_into_force(login).await;
        }
        person
    }

    /// A person as they are when they are new: a doctor has no registration.
    pub(crate) async fn newcomer(&self, login: &str, role: Role) -> Person {
        self.store.add_person(newcomer(login, role), NOW).await.expect("a free login")
    }

    /// A registration in force for a doctor, in every organisation of theirs, written without its history and facts.
    pub(crate) async fn bring_into_force(&self, login: &str) {
        let db = self.raw().await;
        db.execute_unprepared(&in_force(&login.trim().to_lowercase())).await.expect("SQL");
        db.close().await.expect("the connection closes");
    }

    /// A patient, or who speaks for one, consents that what they bring is kept.
    pub(crate) async fn lets_keep(&self, who: &Person, patient: PersonId) {
        let (id, language) = (ConsentId(Uuid::new_v4()), Language::En);
        let patient = Some(patient);
        let given = Given { id, patient, subject: Subject::Store, text: TEXT, language, signed: None, guardian: true };
        self.store.give_consent(who, given, NOW).await.expect("a consent");
    }

    /// A patient, a doctor and their open visit.
    pub(crate) async fn visit(&self) -> Visit {
        let patient = self.person("p001", Role::Patient).await;
        let doctor = self.person("d001", Role::Doctor).await;
        self.visit_of(patient, doctor).await
    }

    pub(crate) async fn visit_of(&self, patient: Person, doctor: Person) -> Visit {
        let new =
            NewVisit { org: OrgId::HOME, patient: patient.id, doctor: doctor.id, made_by: Role::Doctor, at: None };
        let MadeVisit { view, .. } = self.store.make_visit(new, NOW).await.expect("a visit");
        let seat = async |who: &Person| {
            self.store.seat_of(view.id, Holder::Person(who.id)).await.expect("an answer").expect("a seat")
        };
        Visit { id: view.id, doctor_seat: seat(&doctor).await, patient_seat: seat(&patient).await, patient, doctor }
    }
}

/// An open visit and its people.
pub(crate) struct Visit {
    pub(crate) id: VisitId,
    pub(crate) patient: Person,
    pub(crate) doctor: Person,
    pub(crate) doctor_seat: Seat,
    pub(crate) patient_seat: Seat,
}

/// Brings the registration of a doctor into force; its id is the doctor's.
fn in_force(login: &str) -> String {
    let (now, end) = (NOW.0, NOW.0 + 10 * 365 * 24 * 60 * 60 * 1000);
    format!(
        "INSERT INTO credential (id, person_id, org_id, qualification, council, number, specialty, valid_until, state, \
         checked_by, matched_by, match_note, activated_by, verified_at, made_at, changed_at) \
         SELECT p.id, p.id, m.org_id, 'MBBS', 'Punjab Medical Council', 'PMC ' || p.login, 'Cardiology', {end}, 'active', \
         p.id, p.id, 'a test', p.id, {now}, {now}, {now} FROM person p JOIN member m ON m.person_id = p.id \
         WHERE p.login = '{login}'"
    )
}

pub(crate) fn newcomer(login: &str, role: Role) -> NewPerson {
    NewPerson {
        login: login.to_owned(),
        org: OrgId::HOME,
        role,
        name: format!("Name of {login}"),
        department: (role == Role::Doctor).then(|| "Cardiology".to_owned()),
        password_hash: "$argon2id$not-compared-here".to_owned(),
        kdf: None,
    }
}

/// A session of someone whose password was all that was asked for.
pub(crate) fn session_of(who: &Person, token: SecretHash, label: &str) -> NewSession {
    let place = Place { label: label.to_owned(), address: None };
    NewSession { person: who.id, org: who.org, token, place, stage: Stage::Full }
}

/// A secret that differs for each number.
pub(crate) fn secret(number: u8) -> SecretHash {
    SecretHash([number; 32])
}

/// A message at a place in the order; its id and body follow from the place.
pub(crate) fn said(seat: SeatId, seq: u64) -> Change {
    let id = MessageId(Uuid::from_u128(u128::from(seq)));
    Change::Said(Said { seq, id, seat, at: NOW, body: Body(format!("message {seq}").into_bytes()) })
}
