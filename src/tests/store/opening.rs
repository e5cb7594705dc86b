//! Opening a database: empty, old, new, and not one of ours.

use sea_orm::ConnectionTrait;
use vaidya::store::{Store, StoreError};

use crate::house::{Folder, House, on_both};

on_both! {
    async fn a_fresh_database_is_brought_up_to_date_once(house) {
        assert!(house.store.pending().await.unwrap().is_empty());
        assert!(house.store.migrate().await.unwrap().is_empty(), "nothing is left to apply");
        house.store.ping().await.unwrap();
    }

    async fn a_database_from_a_newer_vaidya_is_refused_by_name(house) {
        let newer = "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m9999_tomorrow', 0)";
        house.raw().await.execute_unprepared(newer).await.unwrap();
        let Err(refused) = Store::open(house.url.as_deref(), house.folder.path()).await else {
            panic!("a newer database was opened");
        };
        let told = refused.to_string();
        assert!(told.contains("m9999_tomorrow"), "{told}");
        assert!(told.contains("written by a newer Vaidya; run that version, or restore a backup"), "{told}");
    }

    async fn what_was_closed_answers_no_more_and_can_be_opened_again(house) {
        house.store.close().await;
        assert!(house.store.ping().await.is_err());
        house.second_store().await.ping().await.unwrap();
    }
}

/// An ended visit with a sealed transcript, as the schema before the vault has them.
fn before_the_vault(postgres: bool) -> String {
    let id = |number: u8| {
        let hex = format!("{number:02x}").repeat(16);
        if postgres { format!("'{hex}'") } else { format!("X'{hex}'") }
    };
    let bytes = |text: &str| if postgres { format!("'\\x{text}'::bytea") } else { format!("X'{text}'") };
    let home = if postgres { "'00000000-0000-0000-0000-000000000001'" } else { "X'00000000000000000000000000000001'" };
    let (patient, doctor, visit, key, record) = (id(1), id(2), id(3), id(4), id(5));
    let salt = bytes(&"07".repeat(32));
    format!(
        "INSERT INTO person (id, login, name, password_hash, made_at) VALUES ({patient}, 'p', 'P', 'x', 1), ({doctor}, 'd', 'D', 'x', 1);
        INSERT INTO visit (id, patient_id, doctor_id, state, made_by, made_at, last_at, ended_at, org_id)
            VALUES ({visit}, {patient}, {doctor}, 'ended', 'doctor', 1, 2, 3, {home});
        INSERT INTO person_key (id, person_id, rsa, ed, sig, device, status, made_at)
            VALUES ({key}, {doctor}, {salt}, {salt}, {salt}, 'x', 'live', 1);
        INSERT INTO record (id, visit_id, kind, ver, author_key, at, cid, size, salt, made_at)
            VALUES ({record}, {visit}, 'transcript', 1, {key}, 4, 'a block', 77, {salt}, 5);
        INSERT INTO record_wrap (record_id, key_id, ek, made_at) VALUES ({record}, {key}, {salt}, 6);"
    )
}

/// Lays the schema as it was before the vault, with a transcript in it, and opens it with this program.
async fn moved_in(url: Option<String>) {
    let folder = Folder::new();
    let file = format!("sqlite://{}?mode=rwc", folder.path().join("vaidya.db").display());
    let db = sea_orm::Database::connect(url.clone().unwrap_or(file)).await.unwrap();
    let tx = sea_orm::TransactionTrait::begin(&db).await.unwrap();
    vaidya_migrations::up_to(&tx, 3).await.unwrap();
    tx.execute_unprepared(&before_the_vault(url.is_some())).await.unwrap();
    tx.commit().await.unwrap();
    db.close().await.unwrap();
    let store = Store::open(url.as_deref(), folder.path()).await.unwrap();
    assert_eq!(store.migrate().await.unwrap().first().map(String::as_str), Some("m0004_vault"));
    let house = House { store, url, folder };
    for (what, count) in [
        (
            "record r JOIN visit v ON v.id = r.visit_id AND v.patient_id = r.patient_id AND v.org_id = r.org_id WHERE r.made_at = 5",
            1,
        ),
        (
            "record_version WHERE ver = 1 AND cid = 'a block' AND size = 77 AND blocks = 0 AND at = 4 AND salt IS NOT NULL",
            1,
        ),
        ("record_version v JOIN person p ON p.id = v.author_id WHERE p.login = 'd'", 1),
        ("record_wrap WHERE ver = 1 AND made_at = 6", 1),
    ] {
        assert_eq!(house.number(&format!("SELECT count(*) AS n FROM {what}")).await, count, "{what}");
    }
}

#[test]
fn transcripts_from_before_the_vault_move_in_on_sqlite() {
    actix::System::new().block_on(moved_in(None));
}

#[test]
fn transcripts_from_before_the_vault_move_in_on_postgres() {
    actix::System::new().block_on(async { moved_in(Some(crate::postgres::fresh().await)).await });
}

#[test]
fn two_servers_that_start_together_lay_the_schema_once() {
    actix::System::new().block_on(async {
        let url = crate::postgres::fresh().await;
        let folder = Folder::new();
        let one = Store::open(Some(&url), folder.path()).await.unwrap();
        let two = Store::open(Some(&url), folder.path()).await.unwrap();
        let (first, second) = futures_util::future::join(one.migrate(), two.migrate()).await;
        first.unwrap();
        second.unwrap();
        assert!(one.pending().await.unwrap().is_empty());
    });
}

#[test]
fn a_postgres_that_hung_up_is_called_again() {
    actix::System::new().block_on(async {
        let house = House::on_postgres().await;
        house.visit().await;
        let cut = "SELECT count(pg_terminate_backend(pid)) AS n FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid()";
        assert!(house.number(cut).await > 0);
        house.store.ping().await.unwrap();
        house.person("p002", vaidya_clinic::role::Role::Patient).await;
    });
}

#[test]
fn an_address_of_another_kind_is_refused() {
    actix::System::new().block_on(async {
        let folder = Folder::new();
        let refused = Store::open(Some("mysql://127.0.0.1/vaidya"), folder.path()).await;
        assert!(matches!(refused, Err(StoreError::BadUrl)));
    });
}

#[test]
fn a_database_that_is_not_there_is_told_from_a_broken_one() {
    actix::System::new().block_on(async {
        let folder = Folder::new();
        // Port 9 of this machine is the discard service, which nobody runs.
        let refused = Store::open(Some("postgres://nobody@127.0.0.1:9/none"), folder.path()).await;
        assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{:?}", refused.err());
    });
}

#[test]
fn sqlite_keeps_a_log_ahead_of_its_writes() {
    actix::System::new().block_on(async {
        let house = House::on_sqlite().await;
        house.visit().await;
        assert!(house.folder.path().join("vaidya.db-wal").exists());
    });
}
